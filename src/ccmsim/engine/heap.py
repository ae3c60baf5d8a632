"""A binary heap in a part of the room's entries: the smallest (key, order) is first.

Comes in: the room, where the part begins, how many entries it has. Goes out: the same, changed in
place. Orders are unique at any time, so what is first never depends on history.
"""

from __future__ import annotations

from ccmsim.compiling import inner
from ccmsim.engine.records import entry_at
from ccmsim.memory import Handle


@inner
def push(room: Handle, begin: int, size: int, key: float, order: int) -> None:
    """Add an entry to a heap of `size` entries."""
    i = size
    while i > 0:
        above = entry_at(room, begin + ((i - 1) >> 1))
        if above.key < key or (above.key == key and above.order < order):
            break
        entry = entry_at(room, begin + i)
        entry.key, entry.order = above.key, above.order
        i = (i - 1) >> 1
    entry = entry_at(room, begin + i)
    entry.key, entry.order = key, order


@inner
def pop(room: Handle, begin: int, size: int) -> None:
    """Take the first entry off a heap of `size` entries, at least one."""
    size -= 1
    last = entry_at(room, begin + size)
    key, order = last.key, last.order
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size:  # no branch to guess: which of the two is smaller is a coin's throw
            below, other = entry_at(room, begin + child), entry_at(room, begin + child + 1)
            lower = (other.key == below.key) & (other.order < below.order)
            child += (other.key < below.key) | lower
        below = entry_at(room, begin + child)
        if key < below.key or (key == below.key and order < below.order):
            break
        entry = entry_at(room, begin + i)
        entry.key, entry.order = below.key, below.order
        i = child
    entry = entry_at(room, begin + i)
    entry.key, entry.order = key, order
