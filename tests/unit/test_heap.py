"""The heap against sorted lists, with ties, within its part of the entries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors import door
from tests.facts import same_bits

from ccmsim.engine import heap
from ccmsim.engine.records import ENTRY, HANDLE

push, pop = door(heap.push), door(heap.pop)
ROOM, BEGIN = 64, 5

KEYS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, np.inf, -np.inf]),
    st.floats(allow_nan=False),
)


class Heap:
    """A heap in the middle of entries that belong to others."""

    def __init__(self) -> None:
        self.entries = np.zeros(ROOM + 2 * BEGIN, ENTRY)
        self.entries["key"], self.entries["order"] = -7.0, -7
        self.before = self.entries.copy()
        self.handle = np.zeros(1, HANDLE)
        self.handle["entries"] = self.entries.ctypes.data
        self.size = 0

    def push(self, key: float, order: int) -> None:
        push(self.handle[0], BEGIN, self.size, key, order)
        self.size += 1

    def first(self) -> tuple[float, int]:
        found: tuple[float, int] = self.entries[BEGIN].item()
        return found

    def pop(self) -> tuple[float, int]:
        found = self.first()
        pop(self.handle[0], BEGIN, self.size)
        self.size -= 1
        return found

    def check(self, expected: list[tuple[float, int]]) -> None:
        inside = slice(BEGIN, BEGIN + self.size)
        assert sorted(self.entries[inside].tolist()) == expected
        for others in (slice(0, BEGIN), slice(BEGIN + ROOM, None)):
            same_bits(self.entries[others], self.before[others])


@given(steps=st.lists(st.one_of(KEYS, st.none()), max_size=ROOM))
def test_the_first_is_the_least_after_any_steps(steps: list[float | None]) -> None:
    """None takes the first off; a number is pushed, with orders that jump about."""
    mine, plain = Heap(), list[tuple[float, int]]()
    for number, key in enumerate(steps):
        if key is not None:
            order = number * 37 % 101 - 50
            mine.push(key, order)
            plain.append((key, order))
            plain.sort()
        elif plain:
            assert mine.pop() == plain.pop(0)
        mine.check(plain)
        if plain:
            assert mine.first() == plain[0]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kinds", [1, 3, 1000])
def test_a_full_heap_comes_out_sorted(seed: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, kinds, ROOM).astype(np.float64).tolist()
    orders = rng.permutation(ROOM).tolist()
    mine = Heap()
    for key, order in zip(keys, orders, strict=True):
        mine.push(key, order)
    assert [mine.pop() for _ in range(ROOM)] == sorted(zip(keys, orders, strict=True))
    mine.check([])


def test_what_is_first_does_not_depend_on_history() -> None:
    entries: list[Any] = [(float(i % 3), i) for i in range(30)]
    ways = []
    for order in (entries, entries[::-1], sorted(entries, key=lambda entry: entry[1] % 7)):
        mine = Heap()
        for key, number in order:
            mine.push(key, number)
        ways.append([mine.pop() for _ in range(30)])
    assert ways[0] == ways[1] == ways[2] == sorted(entries)
