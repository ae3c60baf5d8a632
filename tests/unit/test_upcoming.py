"""What is next, against the least of plain tuples: instants, classes and whose event it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors import door

from ccmsim.engine import upcoming
from ccmsim.engine.records import HANDLE, NUMBER
from ccmsim.engine.upcoming import NEVER
from ccmsim.units import TICK_MINUTES

event_of, first_event, time_of = map(
    door, (upcoming.event_of, upcoming.first_event, upcoming.time_of)
)
kind_of, number_of = door(upcoming.kind_of), door(upcoming.number_of)
clear, put, set_leaf, play = map(
    door, (upcoming.clear, upcoming.put, upcoming.set_leaf, upcoming.play)
)

MONTH_START = 3_000 * 1440.0
"""Day 3,000 of a long run."""
UNTIL = MONTH_START + 31 * 1440.0
NAMES = 2**28
"""How many people or desks there may be."""

TIMES = st.one_of(
    st.sampled_from([MONTH_START, UNTIL - TICK_MINUTES, UNTIL, np.inf]),
    st.integers(0, 40 * 1440 * 1024).map(lambda tick: MONTH_START + tick * TICK_MINUTES),
)
EVENTS = st.tuples(TIMES, st.integers(0, 2), st.integers(0, NAMES - 1))


def a_room(leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a handle, and nodes of which no leaf has an event."""
    nodes = np.zeros(2 * leaves, NUMBER)
    handle = np.zeros(1, HANDLE)
    handle["upcoming"], handle["month_start"] = nodes.ctypes.data, MONTH_START
    clear(handle[0], leaves)
    assert handle["n_leaves"] == leaves
    return handle, nodes


@given(events=st.lists(EVENTS, min_size=2, max_size=2))
def test_events_are_in_the_order_of_time_class_and_number(
    events: list[tuple[float, int, int]],
) -> None:
    handle, _ = a_room(2)
    one, other = (event_of(handle[0], time, np.inf, kind, n) for time, kind, n in events)
    if np.inf not in (events[0][0], events[1][0]):
        assert (one < other, one == other) == (events[0] < events[1], events[0] == events[1])


@given(event=EVENTS)
def test_an_event_can_be_read_back(event: tuple[float, int, int]) -> None:
    handle, _ = a_room(2)
    time, kind, number = event
    found = event_of(handle[0], time, UNTIL, kind, number)
    assert (found == NEVER) == (time >= UNTIL)
    if found != NEVER:
        assert (time_of(handle[0], found), kind_of(found), number_of(found)) == event


@pytest.mark.parametrize(("leaves", "power"), [(1, 2), (2, 2), (3, 4), (5, 8), (64, 64)])
def test_there_is_room_for_so_many(leaves: int, power: int) -> None:
    handle, nodes = np.zeros(1, HANDLE), np.zeros(128, NUMBER)
    handle["upcoming"] = nodes.ctypes.data
    clear(handle[0], leaves)
    assert handle["n_leaves"] == power
    assert (nodes["value"][1 : 2 * power] == NEVER).all()
    assert (nodes["value"][2 * power :] == 0).all()


@pytest.mark.parametrize("leaves", [2, 4, 64])
@given(data=st.data())
def test_the_first_is_the_least_of_all_leaves(leaves: int, data: st.DataObject) -> None:
    """Set all at once, and then put one after another, some of them away."""
    handle, nodes = a_room(leaves)
    event = st.one_of(st.just(NEVER), st.integers(0, 5), st.integers(0, NEVER))
    start = data.draw(st.lists(event, max_size=leaves))
    plain = start + [NEVER] * (leaves - len(start))
    for leaf, first in enumerate(plain):
        set_leaf(handle[0], leaf, first)
    play(handle[0])
    assert first_event(handle[0]) == min(plain)
    steps = data.draw(st.lists(st.tuples(st.integers(0, leaves - 1), event), max_size=30))
    for leaf, then in steps:
        put(handle[0], leaf, then)
        plain[leaf] = then
        assert first_event(handle[0]) == min(plain)
    assert nodes["value"][leaves:].tolist() == plain
