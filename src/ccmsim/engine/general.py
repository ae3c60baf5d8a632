"""The general event loop: all desks and all coordinators, through one day.

Comes in: plan, room and one day of a month. Goes out: the room, changed in place. A heap holds the
next change of duty and the completion of each coordinator and the next expiry of each desk; what
comes to patients is sorted beforehand. Exact for every assignment.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim.arrays import Ints, Records
from ccmsim.compiling import jit
from ccmsim.engine.desks import append, best, free_arrival, let_fall, reorder, take, unlink
from ccmsim.engine.heap import pop, push
from ccmsim.engine.records import DEATH, WORD, Plan, Room
from ccmsim.engine.settings import Settings
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

# Classes of events in the order of one instant; the heap adds the number of a person or desk.
_CLASS: Final = 32
_DUTY, _EXPIRY, _COMPLETION, _ARRIVAL, _OPENING = range(5)


@jit
def _set_flag(flags: Ints, number: int, on: bool) -> None:
    bit = 1 << (number % WORD)
    if on:
        flags[number // WORD] |= bit
    else:
        flags[number // WORD] &= ~bit


@jit
def _schedule(events: Records, counters: Any, time: float, until: float, order: int) -> None:
    """Put an event on the heap, if it falls into this day."""
    if time < until:
        push(events, 0, counters.events, time, order)
        counters.events += 1


@jit
def _schedule_expiry(room: Room, d: int, patience: float, until: float) -> None:
    """Put the next expiry of a desk on the heap, unless it is there."""
    desk = room.desks[d]
    if desk.head < 0 or desk.armed:
        return
    time = room.arrivals[desk.head].time + patience
    desk.armed = time < until
    _schedule(room.events, room.counters[0], time, until, _EXPIRY << _CLASS | d)


@jit
def _schedule_duty(room: Room, p: int, until: float) -> None:
    """Put somebody's next change of duty on the heap; ends come before beginnings."""
    who = room.people[p]
    order = _DUTY << _CLASS | p << 1 | (who.change % 2 == 0)
    _schedule(room.events, room.counters[0], next_change(who, room.intervals), until, order)


@jit
def _open_to(desk: Any, who: Any) -> bool:
    """Return whether somebody may take another seat's items today."""
    return desk.backup_open if who.seat >= 0 else desk.cover_open


@jit
def _best_of_others(settings: Settings, room: Room, who: Any) -> int:
    """Return the seat with the best item among those that somebody may help, −1 without."""
    desks, patients, entries, arrivals = room.desks, room.patients, room.entries, room.arrivals
    found = -1
    for k in range(room.counters[0].open_desks):  # requests come before outreach-type items
        d = room.open_desks[k]
        if d == who.seat or not _open_to(desks[d], who) or desks[d].head < 0:
            continue
        if found < 0:
            found = d
            continue
        one, other = arrivals[desks[d].head], arrivals[desks[found].head]
        if one.time < other.time or (one.time == other.time and one.order < other.order):
            found = d
    if found >= 0:
        return found
    for k in range(room.counters[0].open_desks):
        d = room.open_desks[k]
        if d == who.seat or not _open_to(desks[d], who):
            continue
        if best(settings, desks[d], entries, patients) < 0:
            continue
        if found < 0:
            found = d
            continue
        one = entries[desks[d].entries + desks[d].front]
        other = entries[desks[found].entries + desks[found].front]
        if one.key < other.key or (one.key == other.key and one.order < other.order):
            found = d
    return found


@jit
def _best_desk(settings: Settings, room: Room, who: Any) -> int:
    """Return the worklist from which somebody takes the next item, −1 without."""
    if settings.pooled or who.seat >= 0:
        d = 0 if settings.pooled else who.seat
        desk = room.desks[d]
        if desk.head >= 0 or best(settings, desk, room.entries, room.patients) >= 0:
            return d
        if settings.pooled or not settings.with_backup:
            return -1
    return _best_of_others(settings, room, who)


@jit
def _start(
    plan: Plan, room: Room, key: Key, p: int, d: int, now: float, until: float,
    entry_loss: float, minute_loss: float,
) -> None:  # fmt: skip
    """Let a coordinator start the best item of a worklist that has one."""
    settings, count = plan.settings[0], room.facts.counts[key[2]]
    desk, who = room.desks[d], room.people[p]
    i = desk.head
    if i >= 0:
        arrival = room.arrivals[i]
        unlink(desk, room.arrivals, i)
        start_request(
            settings, count, who, room.patients[arrival.patient], arrival, key[2], now, entry_loss,
            minute_loss,
        )  # fmt: skip
        free_arrival(room.counters[0], room.arrivals, i)
    else:
        number = best(settings, desk, room.entries, room.patients)
        take(settings, desk, room.entries)
        seat = max(0, who.seat) if room.familiar.shape[1] > 1 else 0
        start_outreach(
            settings, plan.laws, plan.tables, key, count, who, room.patients[number], number,
            room.familiar[number, seat] == who.holder, now, entry_loss, minute_loss,
        )  # fmt: skip
    who.foreign = not settings.pooled and who.seat != d
    if who.end > who.duty_end:
        overtime(who, room.intervals, now)
    _set_flag(room.free, p, False)
    _schedule(room.events, room.counters[0], who.end, until, _COMPLETION << _CLASS | p)


@jit
def _dispatch(
    plan: Plan, room: Room, key: Key, now: float, until: float, entry_loss: float,
    minute_loss: float,
) -> None:  # fmt: skip
    """Let everybody who has a turn, in order, take an item or rest."""
    settings, free = plan.settings[0], room.free
    for w in range(len(free)):
        word = free[w] if settings.pooled else free[w] & room.turns[w]
        room.turns[w] = 0
        p = w * WORD
        while word:
            if word & 1:
                d = _best_desk(settings, room, room.people[p])
                if d >= 0:
                    _start(plan, room, key, p, d, now, until, entry_loss, minute_loss)
                elif settings.pooled:
                    return
            word >>= 1
            p += 1


@jit
def _call_on(settings: Settings, room: Room, d: int) -> None:
    """Give a turn to everybody who may take from a worklist."""
    if settings.pooled:
        return
    _set_flag(room.turns, d, True)
    if room.desks[d].backup_open or room.desks[d].cover_open:
        for w in range(len(room.free)):
            room.turns[w] |= room.free[w]


@jit
def _begin_day(plan: Plan, room: Room, key: Key, window: int, until: float) -> int:
    """Put the events of a day on the heap; return the number of sorted arrivals."""
    settings, counters, month = plan.settings[0], room.counters[0], key[2]
    day = plan.first_day[month] + window - 1
    counters.events = counters.open_desks = 0
    for w in range(len(room.free)):
        room.free[w] = room.turns[w] = 0
    for p in range(len(room.people)):
        who = room.people[p]
        _schedule_duty(room, p, until)
        if who.busy:
            _schedule(room.events, counters, who.end, until, _COMPLETION << _CLASS | p)
        elif who.on_duty:
            _set_flag(room.free, p, True)
    size = 0
    for d in range(len(room.desks)):
        desk = room.desks[d]
        size = gather(room.arrivals, room.first_arrival[window, d], room.today, size)
        desk.armed = desk.backup_open = desk.cover_open = False
        _schedule_expiry(room, d, settings.patience, until)
        if window > 0:
            if not settings.pooled:
                seat_day = room.duty.seat_days[d, day]
                desk.backup_open, desk.cover_open = seat_day.backup_open, seat_day.cover_open
            if desk.backup_open or desk.cover_open:
                room.open_desks[counters.open_desks] = d
                counters.open_desks += 1
            let_fall(
                settings, desk, room.entries, room.patients, room.members, room.falling,
                plan.days.midnight[day],
            )  # fmt: skip
    sort_arrivals(room.arrivals, room.today, size)
    return size


@jit
def _change(plan: Plan, room: Room, count: Any, p: int, day: int, until: float) -> None:
    """Let somebody's duty begin or end."""
    who = room.people[p]
    holder = np.int64(0)
    if who.seat >= 0 and day < room.duty.seat_days.shape[1]:
        holder = room.duty.seat_days[p, day].holder
    change_duty(count, who, room.intervals, holder)
    _set_flag(room.free, p, who.on_duty and not who.busy)
    _set_flag(room.turns, p, True)
    _schedule_duty(room, p, until)


@jit
def _complete(plan: Plan, room: Room, key: Key, p: int, day: int, now: float) -> None:
    """Complete somebody's service."""
    settings, month, who = plan.settings[0], key[2], room.people[p]
    d = 0 if settings.pooled else room.patients[who.patient].owner
    complete(
        settings, room.facts.counts[month], who, room.desks[d], room.entries, room.patients,
        room.members, room.falling, room.notes, room.familiar, month, day,
        plan.first_day[month + 1] - plan.first_day[month], now,
    )  # fmt: skip
    _set_flag(room.free, p, who.on_duty)
    _set_flag(room.turns, p, True)


@jit
def _outside(plan: Plan, room: Room, count: Any, i: int, d: int, now: float) -> None:
    """Have others do a request, and give its record back."""
    settings, arrival = plan.settings[0], room.arrivals[i]
    do_outside(count, room.patients[arrival.patient], arrival.minutes, arrival.logged, now)
    reorder(
        settings, room.desks[d], room.entries, room.patients, room.members, room.falling,
        arrival.patient, now,
    )  # fmt: skip
    free_arrival(room.counters[0], room.arrivals, i)


@jit
def _arrive(plan: Plan, room: Room, count: Any, i: int, now: float, until: float) -> None:
    """Let a death or a request come."""
    settings, arrival = plan.settings[0], room.arrivals[i]
    patient = room.patients[arrival.patient]
    d = 0 if settings.pooled else patient.owner
    if arrival.kind != DEATH and patient.enrolled:
        if arrival.outside:
            _outside(plan, room, count, i, d, now)
            return
        append(room.desks[d], room.arrivals, i)
        count.released_items += 1
        _schedule_expiry(room, d, settings.patience, until)
        _call_on(settings, room, d)
        return
    if arrival.kind == DEATH:
        die(count, room.desks[d], room.patients, room.arrivals, room.counters[0], arrival.patient)
    free_arrival(room.counters[0], room.arrivals, i)


@jit
def _expire(plan: Plan, room: Room, count: Any, d: int, now: float, until: float) -> None:
    """Let a desk's first request lose patience, if it is still the one that was meant."""
    desk, patience = room.desks[d], plan.settings[0].patience
    desk.armed = False
    i = desk.head
    if i >= 0 and room.arrivals[i].time + patience <= now:
        unlink(desk, room.arrivals, i)
        count.expired_items += 1
        _outside(plan, room, count, i, d, now)
    _schedule_expiry(room, d, patience, until)


@jit
def _open(plan: Plan, room: Room, key: Key, day: int, now: float) -> None:
    """Open the practice: release what all desks have noted for the day of the month."""
    settings, first = plan.settings[0], plan.first_day[key[2]]
    for d in range(len(room.desks)):
        open_day(
            settings, room.facts.counts[key[2]], room.desks[d], room.entries, room.patients,
            room.members, room.notes, day, plan.first_day[key[2] + 1] - first, first, now,
        )  # fmt: skip
        _call_on(settings, room, d)


@jit
def run_day(plan: Plan, room: Room, key: Key, window: int) -> None:
    """Run one window of a month: a business day with the days off after it, or what is before."""
    count, counters, month, day = room.facts.counts[key[2]], room.counters[0], key[2], window - 1
    first_day, until = plan.first_day[month], plan.month_start[month + 1]
    if window < plan.first_day[month + 1] - first_day:
        until = plan.days.midnight[first_day + window]
    opening = np.inf
    entry_loss = minute_loss = 0.0
    if day >= 0:
        opening = plan.days.midnight[first_day + day] + plan.settings[0].opens
        entry_loss, minute_loss = losses_of_day(
            plan.losses, plan.settings[0].mode, room.duty.outage_day[first_day + day]
        )
    size = _begin_day(plan, room, key, window, until)
    arrived = 0
    turn, now = False, -np.inf
    while True:
        time, event, number = np.inf, -1, 0
        if counters.events > 0:
            time, order = room.events[0].key, room.events[0].order
            event, number = order >> _CLASS, order & ((1 << _CLASS) - 1)
        if arrived < size and room.arrivals[room.today[arrived]].time < time:
            time, event = room.arrivals[room.today[arrived]].time, _ARRIVAL
        if opening < time or (
            opening == time
            and event == _ARRIVAL
            and room.arrivals[room.today[arrived]].kind != DEATH
        ):
            time, event = opening, _OPENING
        if turn and time > now:  # everything else of this instant has happened
            turn = False
            _dispatch(plan, room, key, now, until, entry_loss, minute_loss)
            continue
        if time >= until:
            break
        now, turn = time, True
        if event == _OPENING:
            opening = np.inf
            _open(plan, room, key, day, now)
        elif event == _ARRIVAL:
            _arrive(plan, room, count, room.today[arrived], now, until)
            arrived += 1
        else:
            pop(room.events, 0, counters.events)
            counters.events -= 1
            if event == _COMPLETION:
                _complete(plan, room, key, number, day, now)
            elif event == _DUTY:
                _change(plan, room, count, number >> 1, first_day + day, until)
            else:
                _expire(plan, room, count, number, now, until)
