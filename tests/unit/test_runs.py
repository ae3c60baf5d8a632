"""Runs of entries against sorted lists, with ties, within their part of the entries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors import door
from tests.facts import same_bits

from ccmsim.engine import runs
from ccmsim.engine.records import ENTRY, HANDLE

move, sort, merge = door(runs.move), door(runs.sort), door(runs.merge)
BEGIN = 5
FOREIGN = (-7.0, -7)

KEYS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, np.inf, -np.inf]),
    st.floats(allow_nan=False),
)


def entries_of(keys: list[float]) -> list[tuple[float, int]]:
    """Return entries whose orders jump about and are unique."""
    orders = np.random.default_rng(len(keys)).permutation(len(keys)) - len(keys) // 2
    return list(zip(keys, orders.tolist(), strict=True))


class Room:
    """Entries, room for `spare` more, and others' before and behind."""

    def __init__(self, entries: list[tuple[float, int]], spare: int) -> None:
        before, behind = [FOREIGN] * BEGIN, [FOREIGN] * (spare + BEGIN)
        self.entries = np.array([*before, *entries, *behind], ENTRY)
        self.buckets = np.full(len(entries) + 2, -7)
        self.handles = np.zeros(1, HANDLE)
        self.handles["entries"] = self.entries.ctypes.data
        self.handles["buckets"] = self.buckets.ctypes.data

    @property
    def handle(self) -> Any:
        return self.handles[0]

    def check(self, expected: list[tuple[float, int]], spare: int) -> None:
        """Compare the entries with what is expected, and what is others' with what it was."""
        end = BEGIN + len(expected)
        same_bits(self.entries[BEGIN:end], np.array(expected, ENTRY))
        others = np.concatenate([self.entries[:BEGIN], self.entries[end + spare :]])
        same_bits(others, np.full(len(others), np.array(FOREIGN, ENTRY)))
        assert self.buckets[-1] == -7


def sorted_once(keys: list[float]) -> None:
    entries = entries_of(keys)
    room = Room(entries, len(entries))
    sort(room.handle, BEGIN, len(entries), BEGIN + len(entries))
    room.check(sorted(entries), len(entries))


@given(keys=st.lists(KEYS, max_size=100))
def test_a_batch_is_sorted_by_key_and_order(keys: list[float]) -> None:
    sorted_once(keys)


@pytest.mark.parametrize("size", [15, 16, 17, 32, 33, 64, 65, 255, 256, 257, 1023, 1025, 3000])
@pytest.mark.parametrize("kinds", [1, 3, 100_000])
def test_large_batches_are_sorted(size: int, kinds: int) -> None:
    sorted_once(np.random.default_rng(size).integers(0, kinds, size).astype(float).tolist())


@pytest.mark.parametrize("far", [2.0**40, -(2.0**40), np.inf, -np.inf, 1e308, 5e-324, 22.0])
@pytest.mark.parametrize("size", [40, 700])
def test_a_few_keys_far_from_the_others_leave_the_order(size: int, far: float) -> None:
    """Then hardly anything is spread: nearly all fall into one part, or there is no range."""
    rng = np.random.default_rng(size)
    near = rng.choice([22.0, 22.0 - 2.0**-10, *rng.uniform(0.0, 22.0, 50)], size)
    near[rng.integers(0, size, 3)] = far
    sorted_once(near.tolist())
    sorted_once([-far, *near])
    sorted_once([far] * size)


@given(keys=st.lists(KEYS, max_size=40), share=st.floats(0.0, 1.0))
def test_a_batch_is_merged_into_a_run(keys: list[float], share: float) -> None:
    """The run and, behind room for the batch, the batch."""
    entries = entries_of(keys)
    size = int(share * len(entries))
    batch, run = sorted(entries[:size]), sorted(entries[size:])
    room = Room([*run, *[FOREIGN] * size, *batch], 0)
    end = BEGIN + len(run)
    merge(room.handle, end + size, size, BEGIN, end)
    room.check([*sorted(entries), *batch], 0)


@pytest.mark.parametrize("back", [0, 1, 3, 10])
def test_entries_move_to_the_front(back: int) -> None:
    entries = entries_of([4.0, 1.0, 2.0, 3.0])
    room = Room([*entries[:1] * back, *entries], 0)
    move(room.handle, BEGIN + back, BEGIN, len(entries))
    same_bits(room.entries[BEGIN : BEGIN + len(entries)], np.array(entries, ENTRY))
