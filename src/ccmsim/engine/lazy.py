"""The lazy walk: one coordinator with a desk of their own, through some days, alone.

Comes in: plan, room, the desk and a run of days on which nobody else may take its items. Goes out:
the room, changed in place. No event list: with one server the next event is the earliest of five
instants. Exact, because desks share nothing within a month on such days.
"""

from __future__ import annotations

import numpy as np

from ccmsim import rules
from ccmsim.compiling import jit
from ccmsim.engine.desks import append, best, free_arrival, let_fall, reorder, take, unlink
from ccmsim.engine.records import DEATH, Plan, Room
from ccmsim.engine.steps import (
    Key,
    change_duty,
    complete,
    die,
    do_outside,
    gather,
    losses_of_day,
    next_change,
    open_day,
    overtime,
    sort_arrivals,
    start_outreach,
    start_request,
)

# What is next; at one instant the smaller comes first.
_DUTY, _EXPIRY, _COMPLETION, _ARRIVAL, _OPENING = range(5)


@jit
def walk(plan: Plan, room: Room, key: Key, d: int, first_window: int, last_window: int) -> None:
    """Walk through the windows first_window … last_window − 1 of a month at desk `d`.

    Window 0 is the time before the first business day; each other one is a business day with the
    days off after it.
    """
    settings, laws, tables = plan.settings[0], plan.laws, plan.tables
    patients, arrivals, today = room.patients, room.arrivals, room.today
    entries, members, falling = room.entries, room.members, room.falling
    notes, familiar, intervals = room.notes, room.familiar, room.intervals
    counters, desk, who = room.counters[0], room.desks[d], room.people[d]
    month = key[2]
    count = room.facts.counts[month]
    first_day = plan.first_day[month]
    days = plan.first_day[month + 1] - first_day
    seat = 0 if familiar.shape[1] == 1 else d
    patience = settings.patience
    for window in range(first_window, last_window):
        day = window - 1
        until = plan.month_start[month + 1]
        if window < days:
            until = plan.days.midnight[first_day + day + 1]
        opening, holder = np.inf, np.int64(0)
        entry_loss = minute_loss = 0.0
        if day >= 0:
            midnight = plan.days.midnight[first_day + day]
            opening = midnight + settings.opens
            holder = room.duty.seat_days[d, first_day + day].holder
            entry_loss, minute_loss = losses_of_day(
                plan.losses, settings.mode, room.duty.outage_day[first_day + day]
            )
            if desk.falling > 0:
                let_fall(settings, desk, entries, patients, members, falling, midnight)
        size = gather(arrivals, room.first_arrival[window, d], today, 0)
        sort_arrivals(arrivals, today, size)
        arrived = 0
        turn, now = False, -np.inf
        while True:
            time, event = next_change(who, intervals), _DUTY
            if desk.head >= 0 and arrivals[desk.head].time + patience < time:
                time, event = arrivals[desk.head].time + patience, _EXPIRY
            if who.busy and who.end < time:
                time, event = who.end, _COMPLETION
            if arrived < size:
                arrival = arrivals[today[arrived]]
                if arrival.time < time:
                    time, event = arrival.time, _ARRIVAL
                if opening < time or (opening == time and arrival.kind != DEATH):
                    if event == _ARRIVAL or opening < time:
                        time, event = opening, _OPENING
            elif opening < time:
                time, event = opening, _OPENING
            if turn and time > now:  # everything else of this instant has happened
                turn = False
                if who.on_duty and not who.busy:
                    i = desk.head
                    number = -1
                    if i >= 0:
                        unlink(desk, arrivals, i)
                        patient = patients[arrivals[i].patient]
                        start_request(
                            settings, count, who, patient, arrivals[i], month, now, entry_loss,
                            minute_loss,
                        )  # fmt: skip
                        free_arrival(counters, arrivals, i)
                    else:
                        number = best(settings, desk, entries, patients)
                        if number >= 0:
                            take(settings, desk, entries)
                            start_outreach(
                                settings, laws, tables, key, count, who, patients[number], number,
                                familiar[number, seat] == who.holder, now, entry_loss, minute_loss,
                            )  # fmt: skip
                    if who.busy and who.end > who.duty_end:
                        overtime(who, intervals, now)
                continue
            if time >= until:
                break
            now = time
            if event == _COMPLETION:
                complete(
                    settings, count, who, desk, entries, patients, members, falling, notes,
                    familiar, month, day, days, now,
                )  # fmt: skip
                turn = True
            elif event == _OPENING:
                opening = np.inf
                open_day(
                    settings, count, desk, entries, patients, members, notes, day, days, first_day,
                    now,
                )  # fmt: skip
                turn = True
            elif event == _DUTY:
                change_duty(count, who, intervals, holder)
                turn = True
            else:
                if event == _EXPIRY:
                    i = np.int64(desk.head)
                    unlink(desk, arrivals, i)
                    count.expired_items += 1
                else:
                    i = today[arrived]
                    arrived += 1
                number = arrivals[i].patient
                if arrivals[i].kind == DEATH:
                    die(count, desk, patients, arrivals, counters, number)
                elif event == _EXPIRY or arrivals[i].outside:
                    if patients[number].enrolled:
                        do_outside(
                            count, patients[number], arrivals[i].minutes, arrivals[i].logged, now
                        )
                        if settings.order != rules.BY_RELEASE:
                            reorder(
                                settings, desk, entries, patients, members, falling, number, now
                            )
                elif patients[number].enrolled:
                    append(desk, arrivals, i)
                    count.released_items += 1
                    turn = True
                    continue
                free_arrival(counters, arrivals, i)
