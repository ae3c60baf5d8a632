"""Compiled worklists: open requests in order of release, open outreach-type items by rank.

Comes in: records of desks, patients and arrivals. Goes out: the same, changed in place. Requests of
a desk are a list in the order of their release, which is both the order in which they are served
and the one in which they lose patience. Outreach-type items are a heap with lazy removal, or a plain
queue where the order is that of release.
"""

from __future__ import annotations

from typing import Any

from ccmsim import rules
from ccmsim.arrays import Ints, Records
from ccmsim.compiling import jit
from ccmsim.engine.heap import pop, push
from ccmsim.engine.records import OPEN
from ccmsim.engine.settings import Settings
from ccmsim.units import MINUTES_PER_DAY

_NUMBER = (1 << 32) - 1  # an entry's order is its release day and, in 32 bits, its patient's number


@jit
def known(settings: Settings, patient: Any, now: float) -> float:
    """Return the minutes that staff know of in a patient's month."""
    return rules.known_minutes(
        settings.mode, patient.known_captured, patient.known_own, patient.excess,
        patient.excess_day, int(now / MINUTES_PER_DAY),
    )  # fmt: skip


@jit
def learn(patient: Any, own: float, captured: float, now: float) -> None:
    """Update what staff know of a patient's month."""
    today = int(now / MINUTES_PER_DAY)
    if patient.excess_day != today:
        patient.excess, patient.excess_day = 0.0, today
    patient.excess += own - captured
    patient.known_own += own
    patient.known_captured += captured


@jit
def clear(desk: Any) -> None:
    """Forget the outreach-type items of a desk."""
    desk.front = desk.size = desk.falling = 0


@jit
def _add(settings: Settings, desk: Any, entries: Records, key: float, order: int) -> None:
    if settings.order == rules.BY_RELEASE:  # comes in order
        entry = entries[desk.entries + desk.front + desk.size]
        entry.key, entry.order = key, order
    else:
        push(entries, desk.entries, desk.size, key, order)
    desk.size += 1


@jit
def _tidy(
    settings: Settings, desk: Any, entries: Records, patients: Records, members: Ints
) -> None:
    """Make room in a full heap: leave out what was removed or has another rank."""
    if settings.order == rules.BY_RELEASE:
        begin, last = desk.entries + desk.front, desk.entries + desk.front + desk.size
        desk.front = desk.size = 0
        for i in range(begin, last):
            patient = patients[entries[i].order & _NUMBER]
            if patient.item == OPEN and patient.entry == entries[i].order:
                _add(settings, desk, entries, 0.0, patient.entry)
        return
    desk.size = 0
    for i in range(desk.first, desk.last):
        patient = patients[members[i]]
        if patient.item == OPEN:
            _add(settings, desk, entries, patient.rank, patient.entry)


@jit
def enter(
    settings: Settings,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    patient: Any,
    now: float,
) -> None:
    """Enter an open outreach-type item in its desk's heap with its rank as of now."""
    patient.rank = 0.0
    if settings.order != rules.BY_RELEASE:
        patient.rank = rules.request_order(
            settings.order, known(settings, patient, now), settings.target, patient.last_seen
        )
    if desk.front + desk.size == desk.room:
        _tidy(settings, desk, entries, patients, members)
        if settings.order != rules.BY_RELEASE:
            return  # it was entered with the others
    _add(settings, desk, entries, patient.rank, patient.entry)


@jit
def open_item(
    settings: Settings,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    number: int,
    day: int,
    now: float,
) -> None:
    """Release a patient's outreach-type item, its kind and action being known, on a business day."""
    patient = patients[number]
    patient.entry = day << 32 | number
    patient.item = OPEN
    enter(settings, desk, entries, patients, members, patient, now)


@jit
def reorder(
    settings: Settings,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    falling: Ints,
    number: int,
    now: float,
) -> None:
    """Rank a patient's open item anew, because what is known of the patient has changed."""
    patient = patients[number]
    if (
        patient.excess != 0.0
        and not patient.falling
        and settings.mode == rules.END_OF_DAY
        and settings.order == rules.CLOSEST_TO_THRESHOLD
    ):
        falling[desk.first + desk.falling] = number
        desk.falling += 1
        patient.falling = True
    if patient.item == OPEN and settings.order != rules.BY_RELEASE:
        enter(settings, desk, entries, patients, members, patient, now)


@jit
def let_fall(
    settings: Settings,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    falling: Ints,
    now: float,
) -> None:
    """Rank anew, as a day begins, whose known minutes fall because a day has ended."""
    for i in range(desk.first, desk.first + desk.falling):
        patient = patients[falling[i]]
        patient.falling = False
        if patient.item == OPEN:
            enter(settings, desk, entries, patients, members, patient, now)
    desk.falling = 0


@jit
def best(settings: Settings, desk: Any, entries: Records, patients: Records) -> int:
    """Return the patient with the best open outreach-type item, −1 without; drop what is stale."""
    while desk.size > 0:
        entry = entries[desk.entries + desk.front]
        number = entry.order & _NUMBER
        patient = patients[number]
        if patient.item == OPEN and patient.entry == entry.order and patient.rank == entry.key:
            return number
        take(settings, desk, entries)
    return -1


@jit
def take(settings: Settings, desk: Any, entries: Records) -> None:
    """Take the first entry off a desk's heap."""
    if settings.order == rules.BY_RELEASE:
        desk.front += 1
        if desk.size == 1:
            desk.front = 0
    else:
        pop(entries, desk.entries, desk.size)
    desk.size -= 1


@jit
def append(desk: Any, arrivals: Records, i: int) -> None:
    """Put a released request at the end of a desk's open requests."""
    arrival = arrivals[i]
    arrival.before, arrival.next = desk.tail, -1
    if desk.tail >= 0:
        arrivals[desk.tail].next = i
    else:
        desk.head = i
    desk.tail = i


@jit
def unlink(desk: Any, arrivals: Records, i: int) -> None:
    """Take a request out of a desk's open requests."""
    before, after = arrivals[i].before, arrivals[i].next
    if before >= 0:
        arrivals[before].next = after
    else:
        desk.head = after
    if after >= 0:
        arrivals[after].before = before
    else:
        desk.tail = before


@jit
def new_arrival(counters: Any, arrivals: Records) -> int:
    """Return a free record, or −1 and remember that the room was too small."""
    i = counters.free
    if i < 0:
        counters.full = True
    else:
        counters.free = arrivals[i].next
    return int(i)


@jit
def free_arrival(counters: Any, arrivals: Records, i: int) -> None:
    """Give a record back."""
    arrivals[i].next = counters.free
    counters.free = i
