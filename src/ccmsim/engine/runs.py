"""Entries in order: a batch of them is sorted and merged into a run, from which the first is taken.

Comes in: the room, where entries begin, how many there are. Goes out: the same, changed in place.
Orders are unique at any time, so what comes first never depends on history. To take the first of
thousands off a heap is a walk through its levels, each of which waits for the one before; here it
is the next entry, and those after it can be looked at ahead.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim.compiling import inner
from ccmsim.engine.records import bucket_at, entry_at
from ccmsim.memory import Handle

_FEW = 16
"""So many entries are sorted by insertion."""


@inner
def comes_before(one: Any, other: Any) -> bool:
    """Return whether an entry comes before another one: without a branch to guess."""
    return (one.key < other.key) | ((one.key == other.key) & (one.order < other.order))


@inner
def move(room: Handle, source: int, to: int, size: int) -> None:
    """Copy `size` entries, from the first to the last."""
    for i in range(size):
        entry, place = entry_at(room, source + i), entry_at(room, to + i)
        place.key, place.order = entry.key, entry.order


@inner
def _insert(room: Handle, begin: int, end: int) -> None:
    """Sort a few entries by insertion."""
    for k in range(begin + 1, end):
        place = entry_at(room, k)
        key, order = place.key, place.order
        for j in range(k - 1, begin - 1, -1):
            before = entry_at(room, j)
            if before.key < key or (before.key == key and before.order < order):
                break
            place.key, place.order = before.key, before.order
            place = before
        place.key, place.order = key, order


@inner
def _merge_pairs(room: Handle, source: int, to: int, size: int, width: int) -> None:
    """Merge neighbours, sorted parts of `width` entries each, two by two."""
    for first in range(0, size, 2 * width):
        middle, last = min(first + width, size), min(first + 2 * width, size)
        i, j, k = source + first, source + middle, to + first
        while i < source + middle and j < source + last:
            one, other, place = entry_at(room, i), entry_at(room, j), entry_at(room, k)
            later = comes_before(other, one)
            place.key = other.key if later else one.key
            place.order = other.order if later else one.order
            i, j, k = i + (not later), j + later, k + 1
        move(room, i, k, source + middle - i)
        move(room, j, k + source + middle - i, source + last - j)


@inner
def _in_order(room: Handle, begin: int, end: int) -> bool:
    """Return whether entries are sorted already, as those of one key are released."""
    for i in range(begin + 1, end):
        if comes_before(entry_at(room, i), entry_at(room, i - 1)):
            return False
    return True


@inner
def _sort_part(room: Handle, begin: int, size: int, spare: int) -> None:
    """Sort entries of any keys, in size × log(size) steps."""
    if size > _FEW and _in_order(room, begin, begin + size):
        return
    for first in range(begin, begin + size, _FEW):
        _insert(room, first, min(first + _FEW, begin + size))
    width = _FEW
    while width < size:
        _merge_pairs(room, begin, spare, size, width)
        _merge_pairs(room, spare, begin, size, 2 * width)
        width *= 4


@inner
def _scale(room: Handle, begin: int, size: int) -> tuple[float, float, float]:
    """Return the least and the greatest finite key, and by what to multiply what is between."""
    low, high = np.inf, -np.inf
    for i in range(begin, begin + size):
        key = entry_at(room, i).key
        low = min(low, key)
        if key < np.inf:
            high = max(high, key)
    return low, high, (size - 1) / (high - low)


@inner
def _bucket(key: float, low: float, high: float, scale: float, last: int) -> int:
    return int((key - low) * scale) if key <= high else last


@inner
def sort(room: Handle, begin: int, size: int, spare: int) -> None:
    """Sort `size` entries; from `spare` on there is room for as many.

    Many are first spread over as many equal parts of their keys' range, each of which then has
    few, or equal keys; if it has not, it takes a little longer.
    """
    if size <= _FEW:
        _insert(room, begin, begin + size)
        return
    low, high, scale = _scale(room, begin, size)
    if not 0.0 < scale < np.inf:  # equal keys, or no finite range
        _sort_part(room, begin, size, spare)
        return
    for k in range(size + 1):
        bucket_at(room, k).value = 0
    for i in range(begin, begin + size):
        k = _bucket(entry_at(room, i).key, low, high, scale, size - 1)
        bucket_at(room, k + 1).value += 1
    for k in range(size):
        bucket_at(room, k + 1).value += bucket_at(room, k).value
    move(room, begin, spare, size)
    for i in range(spare, spare + size):
        entry = entry_at(room, i)
        bucket = bucket_at(room, _bucket(entry.key, low, high, scale, size - 1))
        place = entry_at(room, begin + bucket.value)
        bucket.value += 1
        place.key, place.order = entry.key, entry.order
    first = 0
    for k in range(size):  # a bucket's number has become where it ends
        last = bucket_at(room, k).value
        if last > first + 1:
            _sort_part(room, begin + first, last - first, spare)
        first = last


@inner
def merge(room: Handle, batch: int, size: int, run: int, end: int) -> None:
    """Merge a sorted batch into the run from `run` to `end`; there is room for it behind."""
    i, j = end - 1, batch + size - 1
    for k in range(end + size - 1, run - 1, -1):
        if j < batch:  # what is left of the run stands in its place
            return
        place = entry_at(room, k)
        entry = entry_at(room, j)
        if i >= run and comes_before(entry, entry_at(room, i)):
            entry = entry_at(room, i)
            i -= 1
        else:
            j -= 1
        place.key, place.order = entry.key, entry.order
