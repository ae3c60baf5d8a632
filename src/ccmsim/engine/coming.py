"""What arrives in a window, in order: gathered desk by desk, then sorted.

Comes in: the room, with a month's arrivals by desk and window. Goes out: today's arrivals, in the
order of their time. Decides nothing.
"""

from __future__ import annotations

from ccmsim.compiling import apart, inner
from ccmsim.engine.records import (
    arrival_at,
    bucket_at,
    desk_at,
    first_arrival_at,
    prefetch_patient,
    today_at,
)
from ccmsim.memory import Handle

_REQUEST = 1 << 60  # a death's order is its patient's number
_WHOSE, _KIND = 24, 20
_NUMBERS = (1 << 32) - 1

_FEW = 24
"""So many arrivals are sorted by insertion alone."""


@inner
def order_of(number: int, kind: int, index: int) -> int:
    """Return where a patient's request stands among what comes at one instant: after deaths."""
    return _REQUEST | number << _WHOSE | kind << _KIND | index


@inner
def look_at(room: Handle, k: int) -> None:
    """Have the patient of an arrival of today brought to the cache, unless it is a death."""
    prefetch_patient(room, today_at(room, k).order >> _WHOSE & _NUMBERS)


@apart
def look_at_all(room: Handle, size: int) -> None:
    """Have the patients of today's arrivals brought to the cache."""
    for k in range(size):
        look_at(room, k)


@inner
def gather(room: Handle, d: int, number: int, size: int) -> int:
    """Append a desk's arrivals in a window to today's `size` ones; return the new size.

    Those that came as the desk was walked ahead are left out.
    """
    slot, after = d * (room.n_windows + 1) + number, desk_at(room, d).done_until
    for i in range(first_arrival_at(room, slot).value, first_arrival_at(room, slot + 1).value):
        arrival, coming = arrival_at(room, i), today_at(room, size)
        coming.time, coming.order, coming.arrival = arrival.time, arrival.order, i
        size += arrival.time > after
    return size


@inner
def _spread(room: Handle, size: int) -> int:
    """Sort today's arrivals roughly, into as many equal parts of their time; return where to."""
    begin = room.n_arrivals
    first = last = today_at(room, 0).time
    for i in range(size):
        first, last = min(first, today_at(room, i).time), max(last, today_at(room, i).time)
        bucket_at(room, i).value = 0
    bucket_at(room, size).value = 0
    if first == last:
        return 0
    scale = (size - 1) / (last - first)
    for i in range(size):
        bucket_at(room, 1 + int((today_at(room, i).time - first) * scale)).value += 1
    for i in range(size):
        bucket_at(room, i + 1).value += bucket_at(room, i).value
    for i in range(size):
        coming = today_at(room, i)
        bucket = bucket_at(room, int((coming.time - first) * scale))
        place = today_at(room, begin + bucket.value)
        bucket.value += 1
        place.time, place.order, place.arrival = coming.time, coming.order, coming.arrival
    return begin


@inner
def sort_arrivals(room: Handle, size: int) -> int:
    """Sort today's arrivals by time and order; return where they begin."""
    begin = _spread(room, size) if size > _FEW else 0
    for k in range(begin + 1, begin + size):
        coming = today_at(room, k)
        time, order, arrival = coming.time, coming.order, coming.arrival
        place = coming
        for j in range(k - 1, begin - 1, -1):
            before = today_at(room, j)
            if before.time < time or (before.time == time and before.order < order):
                break
            place.time, place.order, place.arrival = before.time, before.order, before.arrival
            place = before
        place.time, place.order, place.arrival = time, order, arrival
    return begin
