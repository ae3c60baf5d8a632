"""Steps of the compiled engine: arrivals of a window against a plain sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors import door

from ccmsim.engine import coming, services
from ccmsim.engine.records import COMING, HANDLE, NUMBER, WORD

FEW = coming._FEW
sort_arrivals, spread = door(coming.sort_arrivals), door(coming._spread)
set_flag = door(services.set_flag)

GUARD = -77


class Window:
    """A window's arrivals, gathered, with others' records after every array."""

    def __init__(self, times: Any, orders: Any = None) -> None:
        self.size = size = len(times)
        self.today = np.zeros(2 * size + 3, COMING)
        self.buckets = np.full(size + 4, GUARD, NUMBER)
        self.today["time"][2 * size :] = GUARD
        self.today["time"][:size] = times
        self.today["order"][:size] = range(size) if orders is None else orders
        self.today["arrival"][:size] = np.arange(size) + 100
        self.expected = sorted(self.today[:size].tolist())
        self.handle = np.zeros(1, HANDLE)
        self.handle["today"], self.handle["buckets"] = (
            array.ctypes.data for array in (self.today, self.buckets)
        )
        self.handle["n_arrivals"] = size

    def found(self, begin: int) -> list[Any]:
        assert (self.today["time"][2 * self.size :] == GUARD).all()
        assert (self.buckets["value"][self.size + 1 :] == GUARD).all()
        records: list[Any] = self.today[begin : begin + self.size].tolist()
        return records

    def check(self) -> None:
        """Assert that the arrivals are sorted by time, and then by order."""
        assert self.found(sort_arrivals(self.handle[0], self.size)) == self.expected


SIZES = pytest.mark.parametrize("size", [0, 1, 2, FEW - 1, FEW, FEW + 1, 5 * FEW, 1000])


@SIZES
@pytest.mark.parametrize("seed", range(3))
def test_arrivals_are_sorted(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    Window(rng.uniform(40_000.0, 44_000.0, size), rng.permutation(size)).check()


@SIZES
@pytest.mark.parametrize("instants", [1, 2, 5])
def test_arrivals_of_one_instant_are_sorted_by_order(size: int, instants: int) -> None:
    rng = np.random.default_rng(size)
    Window(480.0 + rng.integers(0, instants, size), rng.permutation(size)).check()


@pytest.mark.parametrize("size", [FEW, FEW + 1, 200])
@pytest.mark.parametrize("apart", [2.0**-10, 1.0, 1e9])
def test_arrivals_that_lie_unevenly_are_sorted(size: int, apart: float) -> None:
    """All but one within a tick or so: nearly everything falls into one part."""
    times = 500_000.0 + np.arange(size)[::-1] % 3 * 2.0**-10
    times[size // 2] += apart
    Window(times, np.arange(size)[::-1]).check()


@given(
    times=st.lists(st.integers(0, 2**20), min_size=FEW + 1, max_size=4 * FEW),
    shift=st.integers(0, 2**30),
)
def test_any_arrivals_on_the_grid_are_sorted(times: list[int], shift: int) -> None:
    ticks = np.array(times, float) + shift
    Window(ticks * 2.0**-10, range(len(times), 0, -1)).check()


def test_a_rough_sort_leaves_little_to_do() -> None:
    """Among evenly spread times hardly any is far from its place."""
    size = 2000
    window = Window(np.random.default_rng(1).uniform(0.0, 1440.0, size))
    begin = spread(window.handle[0], size)
    assert begin == size
    found = window.found(begin)
    assert sorted(found) == window.expected
    place = {record: i for i, record in enumerate(window.expected)}
    assert max(abs(place[record] - i) for i, record in enumerate(found)) < 10


@pytest.mark.parametrize("number", [0, 1, WORD - 1, WORD, 3 * WORD + 5])
def test_a_flag_is_set_and_cleared_alone(number: int) -> None:
    word = np.zeros(1, NUMBER)
    bit = 1 << number % WORD
    for before in (0, 0b1011, (1 << WORD) - 1):
        word["value"] = before
        set_flag(word[0], number, True)
        assert word["value"] == before | bit
        set_flag(word[0], number, False)
        assert word["value"] == before & ~bit
