"""A binary heap in a part of an array: the smallest (key, order) is first.

Comes in: an array of ENTRY, where the part begins, how many entries it has. Goes out: the same,
changed in place. Orders are unique, so ties never depend on history.
"""

from __future__ import annotations

from ccmsim.arrays import Records
from ccmsim.compiling import jit


@jit
def push(heap: Records, begin: int, size: int, key: float, order: int) -> None:
    """Add an entry to a heap of `size` entries."""
    i = size
    while i > 0:
        above = heap[begin + (i - 1) // 2]
        if above.key < key or (above.key == key and above.order < order):
            break
        heap[begin + i].key = above.key
        heap[begin + i].order = above.order
        i = (i - 1) // 2
    heap[begin + i].key = key
    heap[begin + i].order = order


@jit
def pop(heap: Records, begin: int, size: int) -> None:
    """Take the first entry off a heap of `size` entries, at least one."""
    size -= 1
    key, order = heap[begin + size].key, heap[begin + size].order
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        below = heap[begin + child]
        if child + 1 < size:
            other = heap[begin + child + 1]
            if other.key < below.key or (other.key == below.key and other.order < below.order):
                child += 1
                below = other
        if key < below.key or (key == below.key and order < below.order):
            break
        heap[begin + i].key = below.key
        heap[begin + i].order = below.order
        i = child
    heap[begin + i].key = key
    heap[begin + i].order = order
