"""Runs of entries against sorted lists, with ties, within their part of the entries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors import door
from tests.facts import same_bits

from ccmsim.arrays import Records
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


def room_of(entries: list[tuple[float, int]], spare: int) -> tuple[Records, Records]:
    """Return entries, room for `spare` more, others' before and behind; and a handle of it all."""
    before, behind = [FOREIGN] * BEGIN, [FOREIGN] * (spare + BEGIN)
    made = np.array([*before, *entries, *behind], ENTRY)
    handle = np.zeros(1, HANDLE)
    handle["entries"] = made.ctypes.data
    return made, handle


def check(made: Records, expected: list[tuple[float, int]], spare: int) -> None:
    """Compare the entries with what is expected, and others' with what they were."""
    end = BEGIN + len(expected)
    same_bits(made[BEGIN:end], np.array(expected, ENTRY))
    others = np.concatenate([made[:BEGIN], made[end + spare :]])
    same_bits(others, np.full(len(others), np.array(FOREIGN, ENTRY)))


def sorted_once(keys: list[float]) -> None:
    entries = entries_of(keys)
    made, handle = room_of(entries, len(entries))
    sort(handle[0], BEGIN, len(entries), BEGIN + len(entries))
    check(made, sorted(entries), len(entries))


@given(keys=st.lists(KEYS, max_size=100))
def test_a_batch_is_sorted_by_key_and_order(keys: list[float]) -> None:
    sorted_once(keys)


@pytest.mark.parametrize("size", [15, 16, 17, 32, 33, 64, 65, 255, 256, 257, 1023, 1025, 3000])
@pytest.mark.parametrize("kinds", [1, 3, 100_000])
def test_large_batches_are_sorted(size: int, kinds: int) -> None:
    sorted_once(np.random.default_rng(size).integers(0, kinds, size).astype(float).tolist())


@given(keys=st.lists(KEYS, max_size=40), share=st.floats(0.0, 1.0))
def test_a_batch_is_merged_into_a_run(keys: list[float], share: float) -> None:
    """The run and, behind room for the batch, the batch."""
    entries = entries_of(keys)
    size = int(share * len(entries))
    batch, run = sorted(entries[:size]), sorted(entries[size:])
    made, handle = room_of([*run, *[FOREIGN] * size, *batch], 0)
    end = BEGIN + len(run)
    merge(handle[0], end + size, size, BEGIN, end)
    check(made, [*sorted(entries), *batch], 0)


@pytest.mark.parametrize("back", [0, 1, 3, 10])
def test_entries_move_to_the_front(back: int) -> None:
    entries = entries_of([4.0, 1.0, 2.0, 3.0])
    made, handle = room_of([*entries[:1] * back, *entries], 0)
    move(handle[0], BEGIN + back, BEGIN, len(entries))
    same_bits(made[BEGIN : BEGIN + len(entries)], np.array(entries, ENTRY))
