"""What is next in the general event loop: a tournament of everybody's and every desk's next event.

Comes in: the room, an instant and whose it is. Goes out: the same, changed in place. Each has a
leaf with its next event as one whole number, the earlier the smaller; each node above holds the
smaller of two, so that the first of all stands on top. A change plays its leaf's way up again. The
others on that way are known beforehand: no comparison is waited for to know what to read next, as
in a heap.
"""

from __future__ import annotations

from typing import Final

from ccmsim.compiling import inner
from ccmsim.engine.records import arrival_at, desk_at, person_at, upcoming_at
from ccmsim.engine.steps import next_change
from ccmsim.memory import Handle
from ccmsim.units import TICK_MINUTES, TICKS_PER_MINUTE

DUTY, EXPIRY, COMPLETION, ARRIVAL, OPENING = range(5)
"""Classes of events in the order of one instant; the last two are never in the tournament."""

_NUMBER: Final = 28
"""Bits of the number of a person or a desk."""
_CLASS: Final = 2
"""Bits of the class: what comes first at one instant."""

NEVER: Final = 2**63 - 1

_FIRST: Final = 1
"""The node on top."""


@inner
def event_of(room: Handle, time: float, until: float, kind: int, number: int) -> int:
    """Return an event of the present month as a number; `NEVER` if it is not before `until`.

    The smaller comes first: by instant, then class, then whose it is. Instants are whole ticks.
    """
    if time >= until:
        return NEVER
    ticks = int((time - room.month_start) * TICKS_PER_MINUTE)
    return (ticks << _CLASS | kind) << _NUMBER | number


@inner
def first_event(room: Handle) -> int:
    """Return the event that comes first of all."""
    event: int = upcoming_at(room, _FIRST).value
    return event


@inner
def time_of(room: Handle, event: int) -> float:
    """Return an event's instant; it is not `NEVER`."""
    return room.month_start + (event >> _CLASS + _NUMBER) * TICK_MINUTES


@inner
def kind_of(event: int) -> int:
    """Return an event's class."""
    return event >> _NUMBER & (1 << _CLASS) - 1


@inner
def number_of(event: int) -> int:
    """Return whose an event is."""
    return event & (1 << _NUMBER) - 1


@inner
def clear(room: Handle, leaves: int) -> None:
    """Make room for so many people and desks; none of them has an event."""
    room.n_leaves = 2
    while room.n_leaves < leaves:
        room.n_leaves *= 2
    for i in range(_FIRST, 2 * room.n_leaves):
        upcoming_at(room, i).value = NEVER


@inner
def put(room: Handle, leaf: int, event: int) -> None:
    """Make an event the next one of a person or a desk, by their leaf, in place of what was."""
    i = room.n_leaves + leaf
    upcoming_at(room, i).value = event
    while i > _FIRST:
        event = min(event, upcoming_at(room, i ^ 1).value)
        i >>= 1
        upcoming_at(room, i).value = event


@inner
def set_leaf(room: Handle, leaf: int, event: int) -> None:
    """Enter an event without looking who comes first; `play` when all have theirs."""
    upcoming_at(room, room.n_leaves + leaf).value = event


@inner
def play(room: Handle) -> None:
    """Find out who comes first after all leaves were set."""
    for i in range(room.n_leaves - 1, 0, -1):
        one, other = upcoming_at(room, 2 * i).value, upcoming_at(room, 2 * i + 1).value
        upcoming_at(room, i).value = min(one, other)


# ---------------------------------------------------------------- whose event


@inner
def next_of_desk(room: Handle, d: int, patience: float, until: float) -> int:
    """Return the next expiry of a desk that has none to come."""
    desk = desk_at(room, d)
    if desk.head < 0:
        return NEVER
    event = event_of(room, arrival_at(room, desk.head).time + patience, until, EXPIRY, d)
    desk.armed = event != NEVER
    return event


@inner
def await_expiry(room: Handle, d: int, patience: float, until: float) -> None:
    """Enter the next expiry of a desk, unless there is one to come."""
    if not desk_at(room, d).armed:
        put(room, desk_at(room, d).leaf, next_of_desk(room, d, patience, until))


@inner
def look_at_duty(room: Handle, p: int, until: float) -> None:
    """Remember somebody's next change of duty."""
    who = person_at(room, p)
    who.next_duty = event_of(room, next_change(room, who), until, DUTY, p)


@inner
def next_of_person(room: Handle, p: int, until: float) -> int:
    """Return what is next for somebody: a change of duty, or the end of the service."""
    who = person_at(room, p)
    event: int = who.next_duty
    if who.busy:
        event = min(event, event_of(room, who.end, until, COMPLETION, p))
    return event
