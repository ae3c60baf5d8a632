"""Who takes what in the general event loop: turns for people, the best item of open worklists.

Comes in: the room, an instant at which everything else has happened. Goes out: the room, changed in
place: services have started. Section 5 of docs/model.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.compiling import inner
from ccmsim.engine.desks import best, first_entry, open_items
from ccmsim.engine.records import (
    SHIFT,
    WORD,
    arrival_at,
    desk_at,
    entry_at,
    free_at,
    open_desk_at,
    person_at,
    turn_at,
)
from ccmsim.engine.services import set_flag
from ccmsim.engine.settings import Settings
from ccmsim.engine.steps import start_best
from ccmsim.engine.upcoming import next_of_person, put
from ccmsim.memory import Handle, lowest_flag


@inner
def forget_turns(room: Handle) -> None:
    """Let nobody have a turn."""
    room.first_called, room.last_called = room.n_flags, -1


@inner
def _look_through(room: Handle, first: int, last: int) -> None:
    """Have the words of flags from `first` to `last` looked through when turns are taken."""
    room.first_called = min(room.first_called, first)
    room.last_called = max(room.last_called, last)


@inner
def _give_turn(room: Handle, p: int) -> None:
    """Give a turn to somebody."""
    w = p >> SHIFT
    set_flag(turn_at(room, w), p, True)
    _look_through(room, w, w)


@inner
def update(room: Handle, p: int) -> None:
    """Enter whether somebody is free, and give a turn."""
    who = person_at(room, p)
    set_flag(free_at(room, p >> SHIFT), p, who.on_duty and not who.busy)
    _give_turn(room, p)


@inner
def call_on(settings: Settings, room: Handle, d: int) -> None:
    """Give a turn to everybody who may take from a worklist."""
    if settings.pooled:
        _look_through(room, 0, room.n_flags - 1)
        return
    _give_turn(room, d)
    if desk_at(room, d).backup_open or desk_at(room, d).cover_open:
        for w in range(room.n_flags):
            turn_at(room, w).value |= free_at(room, w).value
        _look_through(room, 0, room.n_flags - 1)


@inner
def look_for_overfull(settings: Settings, room: Handle, count: Any) -> None:
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
        call_on(settings, room, d)


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
def dispatch(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    now: float,
) -> None:  # fmt: skip
    """Let everybody who has a turn, in order, take an item or rest."""
    first, last = room.first_called, room.last_called
    forget_turns(room)
    for w in range(first, last + 1):
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
                put(room, who.leaf, next_of_person(room, p, window.until))
            elif settings.pooled:  # there is nothing to take, for anybody
                return
