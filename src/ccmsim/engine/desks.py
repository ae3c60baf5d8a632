"""Compiled worklists: open requests in order of release, open outreach-type items by rank.

Comes in: the room, a desk. Goes out: the same, changed in place. Requests of a desk are a list in
the order of their release, which is both the order in which they are served and the one in which
they lose patience. Outreach-type items stand in a run, in order, into which a day's are merged as
they are released; what gets another rank in between is in a heap beside it. An item that is
removed leaves its entry, which is skipped when it comes first.
"""

from __future__ import annotations

from typing import Any

from ccmsim import rules
from ccmsim.compiling import copied, inner
from ccmsim.engine.heap import pop, push
from ccmsim.engine.records import (
    OPEN,
    arrival_at,
    entry_at,
    falling_at,
    member_at,
    patient_at,
    prefetch_call,
    prefetch_familiar,
    prefetch_patient,
    target_at,
)
from ccmsim.engine.runs import comes_before, merge, move, sort
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle
from ccmsim.units import MINUTES_PER_DAY

_AHEAD = 8
"""So many items before it is taken, a patient is fetched."""

_NUMBER = (1 << 32) - 1  # an item's order is its release day and, in 32 bits, its patient's number


@inner
def known(settings: Settings, patient: Any, now: float) -> float:
    """Return the minutes that staff know of in a patient's month."""
    return rules.known_minutes(
        settings.mode, patient.known_captured, patient.known_own, patient.excess,
        patient.excess_day, int(now / MINUTES_PER_DAY),
    )  # fmt: skip


@inner
def first_target(settings: Settings, room: Handle, number: int) -> float:
    """Return what staff work towards first in a patient's month."""
    if settings.per_patient:
        return target_at(room, number).value
    return settings.target


@inner
def current_target(settings: Settings, room: Handle, number: int, minutes: float) -> float:
    """Return what staff work towards now in a patient's month of which they know `minutes`."""
    if settings.addon_steps == 0:
        return first_target(settings, room, number)
    return rules.current_target(
        minutes, settings.target, settings.addon_steps, settings.addon_within,
        settings.addon_minutes,
    )  # fmt: skip


@inner
def learn(settings: Settings, patient: Any, own: float, captured: float, now: float) -> None:
    """Update what staff know of a patient's month."""
    if settings.mode == rules.END_OF_DAY:
        today = int(now / MINUTES_PER_DAY)
        if patient.excess_day != today:
            patient.excess, patient.excess_day = 0.0, today
        patient.excess += own - captured
    patient.known_own += own
    patient.known_captured += captured


# ---------------------------------------------------------------- outreach-type items


@inner
def clear(desk: Any) -> None:
    """Forget the outreach-type items of a desk."""
    desk.front = desk.run = desk.size = desk.falling = 0


@inner
def _list(room: Handle, desk: Any, patient: Any) -> None:
    """Put an open item behind the heap's entries: to be sorted before anything is taken."""
    entry = entry_at(room, desk.first_entry + desk.size)
    entry.key, entry.order = patient.rank, patient.order
    desk.size += 1


@inner
def _append(room: Handle, desk: Any, patient: Any) -> bool:
    """Put an open item at the run's end if it belongs there; return whether it does.

    So do all of a day's where items are taken in the order of their release.
    """
    run, end, key, order = desk.run, desk.front + desk.run, patient.rank, patient.order
    if desk.size > 0 or end == desk.room:
        return False
    entry = entry_at(room, desk.first_entry + desk.room + end)
    if run > 0:
        last = entry_at(room, desk.first_entry + desk.room + end - 1)
        # `comes_before` of two entries, of which one is not stored yet: to store it and read it
        # back is slower
        if last.key > key or (last.key == key and last.order > order):
            return False
    entry.key, entry.order = key, order
    desk.run = run + 1
    return True


@inner
def settle(room: Handle, desk: Any) -> None:
    """Move what was listed, and what was in the heap, to the run of entries in order."""
    if desk.size == 0:
        return
    base = desk.first_entry + desk.room
    if desk.front + desk.run + desk.size > desk.room:
        if desk.run + desk.size > desk.room:
            _drop_stale(room, desk)
        move(room, base + desk.front, base, desk.run)
        desk.front = 0
    end = base + desk.front + desk.run
    sort(room, desk.first_entry, desk.size, end)
    merge(room, desk.first_entry, desk.size, base + desk.front, end)
    desk.run += desk.size
    desk.size = 0


@inner
def _drop_stale(room: Handle, desk: Any) -> None:
    """List the open items of a desk, and nothing that was removed or has another rank."""
    desk.front = desk.run = desk.size = 0
    for i in range(desk.first, desk.last):
        patient = patient_at(room, member_at(room, i).value)
        if patient.item == OPEN:
            _list(room, desk, patient)


@copied
def _rank(settings: Settings, room: Handle, patient: Any, now: float) -> None:
    """Give an open item its rank as of now."""
    patient.rank = 0.0
    if settings.order != rules.BY_RELEASE:
        minutes = known(settings, patient, now)
        number = patient.order & _NUMBER
        patient.rank = rules.request_order(
            settings.order, minutes, first_target(settings, room, number),
            current_target(settings, room, number, minutes), patient.last_seen,
        )  # fmt: skip


@inner
def _enter(settings: Settings, room: Handle, desk: Any, patient: Any, now: float) -> None:
    """Enter an open item in its desk's heap with its rank as of now."""
    _rank(settings, room, patient, now)
    if desk.size == desk.room:
        _drop_stale(room, desk)  # it is entered with the others
        settle(room, desk)
        return
    push(room, desk.first_entry, desk.size, patient.rank, patient.order)
    desk.size += 1


@inner
def open_item(
    settings: Settings, room: Handle, desk: Any, number: int, day: int, now: float
) -> None:
    """Release a patient's item, its kind and action being known, on a business day.

    Before anything is taken, `settle` what was released.
    """
    patient = patient_at(room, number)
    patient.order = day << 32 | number
    patient.item = OPEN
    _rank(settings, room, patient, now)
    if _append(room, desk, patient):
        return
    if desk.size == desk.room:
        _drop_stale(room, desk)
    else:
        _list(room, desk, patient)


@inner
def wait(room: Handle, patient: Any, until: int) -> None:
    """Enter that a patient's open item has waited to before a business day."""
    since = patient.order >> 32
    patient.waiting |= (1 << until - room.first_day) - (1 << since - room.first_day)


@inner
def reorder(settings: Settings, room: Handle, desk: Any, number: int, now: float) -> None:
    """Rank a patient's open item anew, because what is known of the patient has changed."""
    if settings.order == rules.BY_RELEASE:
        return
    patient = patient_at(room, number)
    if not patient.enrolled:  # left while a service went on: no open item, no place in the lists
        return
    if (
        patient.excess != 0.0
        and not patient.falling
        and settings.mode == rules.END_OF_DAY
        and settings.order == rules.CLOSEST_TO_THRESHOLD
    ):
        falling_at(room, desk.first + desk.falling).value = number
        desk.falling += 1
        patient.falling = True
    if patient.item == OPEN:
        _enter(settings, room, desk, patient, now)


@inner
def let_fall(settings: Settings, room: Handle, desk: Any, now: float) -> None:
    """Rank anew, as a day begins, whose known minutes fall because a day has ended."""
    for i in range(desk.first, desk.first + desk.falling):
        patient = patient_at(room, falling_at(room, i).value)
        patient.falling = False
        if patient.item == OPEN:
            _enter(settings, room, desk, patient, now)
    desk.falling = 0


@inner
def first_entry(room: Handle, desk: Any) -> int:
    """Return where the first of a desk's entries is, −1 without: in the run or in the heap."""
    run = desk.first_entry + desk.room + desk.front
    if desk.size == 0:
        return run if desk.run > 0 else -1
    if desk.run > 0 and comes_before(entry_at(room, run), entry_at(room, desk.first_entry)):
        return run
    return desk.first_entry


@inner
def _item_at(room: Handle, i: int) -> int:
    """Return the patient whose open item an entry is, −1 if it is stale."""
    entry = entry_at(room, i)
    number = entry.order & _NUMBER
    patient = patient_at(room, number)
    is_open = patient.item == OPEN
    return number if is_open and patient.order == entry.order and patient.rank == entry.key else -1


@inner
def best(room: Handle, desk: Any) -> int:
    """Return the patient with the best open item, −1 without; drop entries that are stale."""
    i = first_entry(room, desk)
    while i >= 0:
        number = _item_at(room, i)
        if number >= 0:
            return number
        _drop(room, desk, i)
        i = first_entry(room, desk)
    return -1


@inner
def take(room: Handle, desk: Any) -> int:
    """Take the best open item off a desk; return whose it is, −1 without."""
    number = -1
    while number < 0:
        i = first_entry(room, desk)
        if i < 0:
            return -1
        number = _item_at(room, i)
        _drop(room, desk, i)
    return number


@inner
def open_items(room: Handle, desk: Any) -> int:
    """Return how many items of a desk are open, approaches aside."""
    items, i = 0, desk.head
    while i >= 0:
        items += 1
        i = arrival_at(room, i).next
    for k in range(desk.first, desk.last):
        items += patient_at(room, member_at(room, k).value).item == OPEN
    return items


@copied
def _drop(room: Handle, desk: Any, i: int) -> None:
    """Take the first of a desk's entries, which is at `i`, off."""
    if i == desk.first_entry:
        pop(room, desk.first_entry, desk.size)
        desk.size -= 1
        return
    if room.far:
        _look_ahead(room, desk)
    desk.run -= 1
    desk.front = desk.front + 1 if desk.run > 0 else 0


@inner
def _look_ahead(room: Handle, desk: Any) -> None:
    """Have what is taken from the run soon brought to the cache."""
    run = desk.first_entry + desk.room + desk.front
    if desk.run > _AHEAD:
        prefetch_patient(room, entry_at(room, run + _AHEAD).order & _NUMBER)
        number = entry_at(room, run + _AHEAD // 2).order & _NUMBER
        prefetch_call(room, patient_at(room, number).member)
        prefetch_familiar(room, number * room.n_known)


# ---------------------------------------------------------------- requests


@inner
def append(room: Handle, desk: Any, i: int) -> None:
    """Put a released request at the end of a desk's open requests."""
    arrival = arrival_at(room, i)
    arrival.before, arrival.next = desk.tail, -1
    if desk.tail >= 0:
        arrival_at(room, desk.tail).next = i
    else:
        desk.head = i
    desk.tail = i
    patient_at(room, arrival.patient).requests += 1


@inner
def unlink(room: Handle, desk: Any, i: int) -> None:
    """Take a request out of a desk's open requests."""
    arrival = arrival_at(room, i)
    before, after = arrival.before, arrival.next
    if before >= 0:
        arrival_at(room, before).next = after
    else:
        desk.head = after
    if after >= 0:
        arrival_at(room, after).before = before
    else:
        desk.tail = before
    patient_at(room, arrival.patient).requests -= 1


@inner
def new_arrivals(room: Handle, how_many: int) -> int:
    """Return the first of so many free records; without, remember that the room was too small."""
    first = room.next_arrival
    room.next_arrival += how_many
    if room.next_arrival > (room.month % 2 + 1) * room.n_arrivals:
        room.full = True
        return -1
    return first


@inner
def keep_requests(room: Handle, desk: Any) -> None:
    """Move a desk's open requests from the last month's records to the present month's."""
    i = desk.head
    desk.head = desk.tail = -1
    while i >= 0 and not room.full:
        old, kept = arrival_at(room, i), new_arrivals(room, 1)
        if kept >= 0:
            new = arrival_at(room, kept)
            new.time, new.minutes, new.capture = old.time, old.minutes, old.capture
            new.order, new.patient, new.kind = old.order, old.patient, old.kind
            new.outside, new.logged = old.outside, old.logged
            patient_at(room, old.patient).requests -= 1
            append(room, desk, kept)
        i = old.next
