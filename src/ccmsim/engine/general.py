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
from ccmsim.engine.coming import gather, sort_arrivals
from ccmsim.engine.desks import append, best, first_entry, let_fall, open_items
from ccmsim.engine.lazy import walk
from ccmsim.engine.records import (
    DEATH,
    SHIFT,
    WORD,
    arrival_at,
    count_at,
    desk_at,
    entry_at,
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
    next_change,
    open_day,
    start_best,
    take_own_time,
)
from ccmsim.engine.upcoming import (
    NEVER,
    event_of,
    first_event,
    kind_of,
    number_of,
    play,
    put,
    set_leaf,
    time_of,
)
from ccmsim.memory import Handle, lowest_flag

# Classes of events in the order of one instant.
_DUTY, _EXPIRY, _COMPLETION, _ARRIVAL, _OPENING = range(5)

# ---------------------------------------------------------------- what is next


@inner
def _next_of_desk(room: Handle, d: int, patience: float, until: float) -> int:
    """Return the next expiry of a desk that has none to come."""
    desk = desk_at(room, d)
    if desk.head < 0:
        return NEVER
    event = event_of(room, arrival_at(room, desk.head).time + patience, until, _EXPIRY, d)
    desk.armed = event != NEVER
    return event


@inner
def _await_expiry(room: Handle, d: int, patience: float, until: float) -> None:
    """Enter the next expiry of a desk, unless there is one to come."""
    if not desk_at(room, d).armed:
        put(room, room.n_people + d, _next_of_desk(room, d, patience, until))


@inner
def _look_at_duty(room: Handle, p: int, until: float) -> None:
    """Remember somebody's next change of duty."""
    who = person_at(room, p)
    who.next_duty = event_of(room, next_change(room, who), until, _DUTY, p)


@inner
def _next_of_person(room: Handle, p: int, until: float) -> int:
    """Return what is next for somebody: a change of duty, or the end of the service."""
    who = person_at(room, p)
    event: int = who.next_duty
    if who.busy:
        event = min(event, event_of(room, who.end, until, _COMPLETION, p))
    return event


# ---------------------------------------------------------------- who takes what


@inner
def _update(room: Handle, p: int) -> None:
    """Enter whether somebody is free, and give a turn."""
    who = person_at(room, p)
    set_flag(free_at(room, p >> SHIFT), p, who.on_duty and not who.busy)
    set_flag(turn_at(room, p >> SHIFT), p, True)


@inner
def _call_on(settings: Settings, room: Handle, d: int) -> None:
    """Give a turn to everybody who may take from a worklist."""
    if settings.pooled:
        return
    set_flag(turn_at(room, d >> SHIFT), d, True)
    if desk_at(room, d).backup_open or desk_at(room, d).cover_open:
        for w in range(room.n_flags):
            turn_at(room, w).value |= free_at(room, w).value


@inner
def _look_for_overfull(settings: Settings, room: Handle, count: Any) -> None:
    """Open what holds too much at opening to the backup, for the rest of the window."""
    for d in range(room.n_desks):
        desk = desk_at(room, d)
        if not rules.overfull(open_items(room, desk), settings.most_items):
            continue
        count.overfull_days += 1
        if not (desk.backup_open or desk.cover_open):
            open_desk_at(room, room.n_open_desks).value = d
            room.n_open_desks += 1
        desk.backup_open = True
        _call_on(settings, room, d)


@inner
def _may_help(desk: Any, who: Any) -> bool:
    """Return whether somebody may take another seat's items today."""
    return desk.backup_open if who.seat >= 0 else desk.cover_open


@inner
def _request_of_others(room: Handle, who: Any) -> int:
    """Return the seat with the first request among those that somebody may help, −1 without."""
    found, time, order = -1, np.inf, 0
    for k in range(room.n_open_desks):
        d = open_desk_at(room, k).value
        desk = desk_at(room, d)
        if d == who.seat or desk.head < 0 or not _may_help(desk, who):
            continue
        arrival = arrival_at(room, desk.head)
        if arrival.time < time or (arrival.time == time and arrival.order < order):
            found, time, order = d, arrival.time, arrival.order
    return found


@inner
def _item_of_others(room: Handle, who: Any) -> int:
    """Return the seat with the best outreach-type item among those, −1 without."""
    found, key, order = -1, np.inf, 0
    for k in range(room.n_open_desks):
        d = open_desk_at(room, k).value
        desk = desk_at(room, d)
        if d == who.seat or not _may_help(desk, who) or best(room, desk) < 0:
            continue
        entry = entry_at(room, first_entry(room, desk))
        if found < 0 or entry.key < key or (entry.key == key and entry.order < order):
            found, key, order = d, entry.key, entry.order
    return found


@inner
def _best_desk(settings: Settings, room: Handle, who: Any) -> int:
    """Return the worklist from which somebody takes the next item, −1 without."""
    if settings.pooled or who.seat >= 0:
        d = 0 if settings.pooled else who.seat
        desk = desk_at(room, d)
        if desk.head >= 0 or desk.approaches > 0 or best(room, desk) >= 0:
            return d
    if room.n_open_desks == 0:
        return -1
    d = _request_of_others(room, who)
    return d if d >= 0 else _item_of_others(room, who)


@inner
def _dispatch(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    now: float,
) -> None:  # fmt: skip
    """Let everybody who has a turn, in order, take an item or rest."""
    for w in range(room.n_flags):
        word = free_at(room, w).value
        if not settings.pooled:
            word &= turn_at(room, w).value
            turn_at(room, w).value = 0
        while word:
            p = w * WORD + lowest_flag(word)
            word &= word - 1
            who = person_at(room, p)
            d = _best_desk(settings, room, who)
            if d >= 0:
                start_best(settings, room, laws, window, count, who, desk_at(room, d), now)
                who.foreign = not settings.pooled and who.seat != d
                set_flag(free_at(room, w), p, False)
                put(room, p, _next_of_person(room, p, window.until))
            elif settings.pooled:
                return


# ---------------------------------------------------------------- events


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
def _begin_desk(settings: Settings, room: Handle, d: int, number: int, size: int) -> int:
    """Let a window begin at a desk that was not walked ahead; return how many arrivals."""
    desk, window = desk_at(room, d), window_at(room, number)
    size = gather(room, d, number, size)
    desk.armed = False
    set_leaf(room, room.n_people + d, _next_of_desk(room, d, settings.patience, window.until))
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
    _find_shared(settings, room)
    for d in range(room.n_desks):
        done = -np.inf
        if not settings.pooled:
            done = _walk_ahead(settings, room, laws, d, number, alone)
        desk_at(room, d).done_until = done
    for p in range(room.n_people):
        who = person_at(room, p)
        done = -np.inf
        if who.seat >= 0 and not settings.pooled:
            done = desk_at(room, who.seat).done_until
        event = NEVER
        if done < np.inf:
            _look_at_duty(room, p, until)
            event = _next_of_person(room, p, until)
            if done > -np.inf:  # she is free from that instant on
                event = min(event, event_of(room, done, until, _COMPLETION, p))
            elif who.on_duty and not who.busy:
                set_flag(free_at(room, p >> SHIFT), p, True)
        set_leaf(room, p, event)
    for d in range(room.n_desks):
        set_leaf(room, room.n_people + d, NEVER)
        if desk_at(room, d).done_until < np.inf:
            size = _begin_desk(settings, room, d, number, size)
    play(room)
    return sort_arrivals(room, size), size


@inner
def _look_ahead(room: Handle, k: int, size: int) -> None:
    """Have what comes soon brought to the cache: the `size` next arrivals begin at k."""
    if room.far and size > 6:
        prefetch_arrival(room, today_at(room, k + 6).arrival)
        prefetch_patient(room, arrival_at(room, today_at(room, k + 3).arrival).patient)


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
        _await_expiry(room, d, settings.patience, until)
        _call_on(settings, room, d)


@inner
def _expire(settings: Settings, room: Handle, count: Any, d: int, now: float, until: float) -> None:
    """Let a desk's first request lose patience, if it is still the one that was meant."""
    desk = desk_at(room, d)
    desk.armed = False
    if desk.head >= 0 and arrival_at(room, desk.head).time + settings.patience <= now:
        expire(settings, room, count, desk, now)
    put(room, room.n_people + d, _next_of_desk(room, d, settings.patience, until))


@inner
def _change_duty(room: Handle, count: Any, p: int, day: int, until: float) -> None:
    """Let somebody's duty begin or end."""
    who = person_at(room, p)
    holder = 0
    if who.seat >= 0:
        holder = seat_day_at(room, who.seat * room.n_business_days + room.first_day + day).holder
    change_duty(room, count, who, holder)
    _update(room, p)
    _look_at_duty(room, p, until)
    put(room, p, _next_of_person(room, p, until))


@inner
def _complete(settings: Settings, room: Handle, count: Any, p: int, day: int, now: float) -> None:
    """Let somebody complete a service, or be free again after a walk."""
    who = person_at(room, p)
    if who.busy:
        desk = desk_at(room, _desk_of(settings, room, who.patient))
        complete(settings, room, count, who, desk, day, now)
    put(room, p, who.next_duty)
    _update(room, p)


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
                time, event = coming.time, _ARRIVAL
        if opening < time or (
            opening == time and event == _ARRIVAL and arrival_at(room, i).kind != DEATH
        ):
            time, event = opening, _OPENING
        if turn and time > now:  # everything else of this instant has happened
            turn = False
            if settings.most_items >= 0 and now == window.opening:
                _look_for_overfull(settings, room, count)
            _dispatch(settings, room, laws, window, count, now)
            continue
        if time >= until:
            return
        now, turn = time, True
        if event == _OPENING:
            opening = np.inf
            for d in range(room.n_desks):
                if desk_at(room, d).done_until < now:
                    open_day(settings, room, count, desk_at(room, d), day, now)
                    _call_on(settings, room, d)
        elif event == _ARRIVAL:
            arrived += 1
            _look_ahead(room, begin + arrived, size - arrived)
            _arrive(settings, room, count, i, now, until)
        elif event == _COMPLETION:
            _complete(settings, room, count, number_of(upcoming), day, now)
        elif event == _DUTY:
            _change_duty(room, count, number_of(upcoming), day, until)
        else:
            _expire(settings, room, count, number_of(upcoming), now, until)
