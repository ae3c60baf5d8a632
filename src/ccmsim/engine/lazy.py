"""The lazy walk: one coordinator with a desk of their own, through a window of a month, alone.

Comes in: the room, a desk, a window in which nobody else may take its items. Goes out: the room,
changed in place. No event list: with one server the next event is the earliest of five
instants. Exact, because desks share nothing within a month on such days.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.compiling import inner
from ccmsim.engine.approaches import send_home
from ccmsim.engine.coming import gather, look_at_all, sort_arrivals
from ccmsim.engine.desks import append, let_fall
from ccmsim.engine.records import (
    DEATH,
    arrival_at,
    count_at,
    desk_at,
    person_at,
    seat_day_at,
    today_at,
    window_at,
)
from ccmsim.engine.settings import Settings
from ccmsim.engine.steps import (
    calls_us,
    change_duty,
    complete,
    die,
    do_outside,
    expire,
    next_change,
    open_day,
    start_best,
    take_own_time,
)
from ccmsim.engine.upcoming import ARRIVAL, COMPLETION, DUTY, EXPIRY, OPENING
from ccmsim.memory import Handle


@inner
def _arrive(settings: Settings, room: Handle, count: Any, desk: Any, i: int, now: float) -> None:
    """Let a death or a request come."""
    arrival = arrival_at(room, i)
    if arrival.kind == DEATH:
        die(room, count, desk, arrival.patient)
    elif not calls_us(settings, room, arrival.patient, now):
        return
    elif arrival.kind == rules.PRACTITIONER:
        take_own_time(settings, room, desk, i, now)
    elif arrival.outside:
        do_outside(settings, room, count, desk, i, now)
    else:
        append(room, desk, i)
        count.released_items += 1


@inner
def walk(settings: Settings, room: Handle, laws: Handle, d: int, number: int, ahead: bool) -> float:
    """Walk through window `number` of the month at desk `d`; return how far: inf, to its end.

    `ahead` ends the walk at the first instant at which the coordinator is free and has no item of
    her own: from then on she may take others'.
    """
    window, desk, who = window_at(room, number), desk_at(room, d), person_at(room, d)
    count, day = count_at(room, room.month), number - 1
    until, opening, patience = window.until, window.opening, settings.patience
    room.begun = room.first_day + day
    holder = 0
    if day >= 0:
        holder = seat_day_at(room, d * room.n_business_days + room.first_day + day).holder
        let_fall(settings, room, desk, window.midnight)
        send_home(settings, room, count, desk)
    desk.done_until = -np.inf
    size = gather(room, d, number, 0)
    if room.far:
        look_at_all(room, size)
    begin = sort_arrivals(room, size)
    arrived, turn, now = 0, False, -np.inf
    duty = next_change(room, who)
    while True:
        time, event = duty, DUTY
        if desk.head >= 0:
            expiry = arrival_at(room, desk.head).time + patience
            if expiry < time:
                time, event = expiry, EXPIRY
        if who.busy and who.end < time:
            time, event = who.end, COMPLETION
        i = -1
        if arrived < size:
            coming = today_at(room, begin + arrived)
            i = coming.arrival
            if coming.time < time:
                time, event = coming.time, ARRIVAL
        if opening < time or (
            opening == time and event == ARRIVAL and arrival_at(room, i).kind != DEATH
        ):
            time, event = opening, OPENING
        if turn and time > now:  # everything else of this instant has happened
            turn = False
            free = who.on_duty and not who.busy
            if free:
                if start_best(settings, room, laws, window, count, who, desk, now):
                    continue
                if ahead:
                    return now
        if time >= until:
            return np.inf
        now, turn = time, True
        if event == COMPLETION:
            complete(settings, room, count, who, desk, day, now)
        elif event == OPENING:
            opening = np.inf
            open_day(settings, room, count, desk, day, now)
        elif event == ARRIVAL:
            arrived += 1
            _arrive(settings, room, count, desk, i, now)
        elif event == EXPIRY:
            expire(settings, room, count, desk, now)
        else:
            change_duty(room, count, who, holder)
            duty = next_change(room, who)
