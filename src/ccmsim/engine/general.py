"""The general event loop: all desks and all coordinators, through one window of a month.

Comes in: the room and the number of a window. Goes out: the room, changed in place. `upcoming`
holds the next event of each coordinator, a change of duty or a completion, and of each desk, an
expiry; what comes to patients is sorted beforehand. Exact for every assignment.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.compiling import inner
from ccmsim.engine.approaches import send_home
from ccmsim.engine.coming import gather, look_at, sort_arrivals
from ccmsim.engine.desks import append, let_fall
from ccmsim.engine.lazy import walk
from ccmsim.engine.records import (
    DEATH,
    SHIFT,
    arrival_at,
    count_at,
    desk_at,
    free_at,
    open_desk_at,
    patient_at,
    person_at,
    prefetch_arrival,
    prefetch_patient,
    seat_day_at,
    today_at,
    turn_at,
    window_at,
)
from ccmsim.engine.services import set_flag
from ccmsim.engine.settings import Settings
from ccmsim.engine.steps import (
    calls_us,
    change_duty,
    complete,
    die,
    do_outside,
    expire,
    open_day,
    take_own_time,
)
from ccmsim.engine.turns import call_on, dispatch, forget_turns, look_for_overfull, update
from ccmsim.engine.upcoming import (
    ARRIVAL,
    COMPLETION,
    DUTY,
    NEVER,
    OPENING,
    await_expiry,
    clear,
    event_of,
    first_event,
    kind_of,
    look_at_duty,
    next_of_desk,
    next_of_person,
    number_of,
    play,
    put,
    set_leaf,
    time_of,
)
from ccmsim.memory import Handle


@inner
def _desk_of(settings: Settings, room: Handle, number: int) -> int:
    """Return a patient's worklist."""
    return 0 if settings.pooled else patient_at(room, number).owner


@inner
def _find_shared(settings: Settings, room: Handle) -> None:
    """Mark the desks on whose items others still work as a window begins."""
    for d in range(room.n_desks):
        desk_at(room, d).shared = False
    for p in range(room.n_people):
        who = person_at(room, p)
        if who.foreign:
            desk_at(room, _desk_of(settings, room, who.patient)).shared = True


@inner
def _walk_ahead(
    settings: Settings, room: Handle, laws: Handle, d: int, number: int, alone: bool
) -> float:
    """Walk a desk through a window as far as nobody else has to do with it; return how far.

    Others never take the items of a desk that is not open, and its coordinator takes others' items
    only when she is free and has none of her own.
    """
    desk, who = desk_at(room, d), person_at(room, d)
    desk.backup_open = desk.cover_open = False
    if number > 0:
        seat_day = seat_day_at(room, d * room.n_business_days + room.first_day + number - 1)
        desk.backup_open, desk.cover_open = seat_day.backup_open, seat_day.cover_open
    if desk.backup_open or desk.cover_open:
        open_desk_at(room, room.n_open_desks).value = d
        room.n_open_desks += 1
        return -np.inf
    idle = who.on_duty and not who.busy
    if not alone or desk.shared or who.foreign or idle:
        return -np.inf
    return walk(settings, room, laws, d, number, True)


@inner
def _done_until(settings: Settings, room: Handle, p: int) -> float:
    """Return up to when somebody's own desk was walked ahead: −inf, not at all."""
    seat = person_at(room, p).seat
    if settings.pooled or seat < 0:
        return -np.inf
    done: float = desk_at(room, seat).done_until
    return done


@inner
def _take_leaves(settings: Settings, room: Handle) -> None:
    """Give a leaf to everybody and every desk with a part in the window."""
    leaves = 0
    for p in range(room.n_people):
        if _done_until(settings, room, p) < np.inf:
            person_at(room, p).leaf = leaves
            leaves += 1
    for d in range(room.n_desks):
        if desk_at(room, d).done_until < np.inf:
            desk_at(room, d).leaf = leaves
            leaves += 1
    clear(room, leaves)


@inner
def _begin_desk(settings: Settings, room: Handle, d: int, number: int, size: int) -> int:
    """Let a window begin at a desk that was not walked ahead; return how many arrivals."""
    desk, window = desk_at(room, d), window_at(room, number)
    size = gather(room, d, number, size)
    desk.armed = False
    set_leaf(room, desk.leaf, next_of_desk(room, d, settings.patience, window.until))
    if number > 0 and desk.done_until == -np.inf:
        let_fall(settings, room, desk, window.midnight)
        send_home(settings, room, count_at(room, room.month), desk)
    return size


@inner
def _begin(
    settings: Settings, room: Handle, laws: Handle, number: int, alone: bool
) -> tuple[int, int]:
    """Find what is next in a window; return where its arrivals begin and how many."""
    until, size = window_at(room, number).until, 0
    room.n_open_desks = 0
    for w in range(room.n_flags):
        free_at(room, w).value = turn_at(room, w).value = 0
    forget_turns(room)
    _find_shared(settings, room)
    for d in range(room.n_desks):
        done = -np.inf
        if not settings.pooled:
            done = _walk_ahead(settings, room, laws, d, number, alone)
        desk_at(room, d).done_until = done
    _take_leaves(settings, room)
    for p in range(room.n_people):
        who, done = person_at(room, p), _done_until(settings, room, p)
        if done == np.inf:
            continue
        look_at_duty(room, p, until)
        event = next_of_person(room, p, until)
        if done > -np.inf:  # she is free from that instant on
            event = min(event, event_of(room, done, until, COMPLETION, p))
        elif who.on_duty and not who.busy:
            set_flag(free_at(room, p >> SHIFT), p, True)
        set_leaf(room, who.leaf, event)
    for d in range(room.n_desks):
        if desk_at(room, d).done_until < np.inf:
            size = _begin_desk(settings, room, d, number, size)
    play(room)
    return sort_arrivals(room, size), size


@inner
def _look_ahead(room: Handle, k: int, size: int) -> None:
    """Have what comes soon brought to the cache: the `size` next arrivals begin at k."""
    if room.far and size > 6:
        prefetch_arrival(room, today_at(room, k + 6).arrival)
        look_at(room, k + 3)


@inner
def _arrive(settings: Settings, room: Handle, count: Any, i: int, now: float, until: float) -> None:
    """Let a death or a request come."""
    arrival = arrival_at(room, i)
    d = _desk_of(settings, room, arrival.patient)
    desk = desk_at(room, d)
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
        await_expiry(room, d, settings.patience, until)
        call_on(settings, room, d)


@inner
def _expire(settings: Settings, room: Handle, count: Any, d: int, now: float, until: float) -> None:
    """Let a desk's first request lose patience, if it is still the one that was meant."""
    desk = desk_at(room, d)
    desk.armed = False
    if desk.head >= 0 and arrival_at(room, desk.head).time + settings.patience <= now:
        expire(settings, room, count, desk, now)
    put(room, desk_at(room, d).leaf, next_of_desk(room, d, settings.patience, until))


@inner
def _change_duty(room: Handle, count: Any, p: int, day: int, until: float) -> None:
    """Let somebody's duty begin or end."""
    who = person_at(room, p)
    holder = 0
    if who.seat >= 0:
        holder = seat_day_at(room, who.seat * room.n_business_days + room.first_day + day).holder
    change_duty(room, count, who, holder)
    update(room, p)
    look_at_duty(room, p, until)
    put(room, person_at(room, p).leaf, next_of_person(room, p, until))


@inner
def _complete(settings: Settings, room: Handle, count: Any, p: int, day: int, now: float) -> None:
    """Let somebody complete a service, or be free again after a walk."""
    who = person_at(room, p)
    if who.busy:
        desk = desk_at(room, _desk_of(settings, room, who.patient))
        complete(settings, room, count, who, desk, day, now)
    put(room, who.leaf, who.next_duty)
    update(room, p)


@inner
def run_window(settings: Settings, room: Handle, laws: Handle, number: int, alone: bool) -> None:
    """Run one window of the month; `alone` allows desks to be walked ahead of it."""
    window, count, day = window_at(room, number), count_at(room, room.month), number - 1
    until, opening = window.until, window.opening
    room.begun = room.first_day + day
    begin, size = _begin(settings, room, laws, number, alone)
    arrived = 0
    turn, now = False, -np.inf
    while True:
        time, event, upcoming = np.inf, -1, first_event(room)
        if upcoming != NEVER:
            time, event = time_of(room, upcoming), kind_of(upcoming)
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
            if room.far and event == COMPLETION:
                prefetch_patient(room, person_at(room, number_of(upcoming)).patient)
            if settings.most_items >= 0 and now == window.opening:
                look_for_overfull(settings, room, count)
            dispatch(settings, room, laws, window, count, now)
            continue
        if time >= until:
            return
        now, turn = time, True
        if event == OPENING:
            opening = np.inf
            for d in range(room.n_desks):
                if desk_at(room, d).done_until < now:
                    open_day(settings, room, count, desk_at(room, d), day, now)
                    call_on(settings, room, d)
        elif event == ARRIVAL:
            arrived += 1
            _look_ahead(room, begin + arrived, size - arrived)
            _arrive(settings, room, count, i, now, until)
        elif event == COMPLETION:
            _complete(settings, room, count, number_of(upcoming), day, now)
        elif event == DUTY:
            _change_duty(room, count, number_of(upcoming), day, until)
        else:
            _expire(settings, room, count, number_of(upcoming), now, until)
