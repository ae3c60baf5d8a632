"""Batches: the same bits whatever room they had, also where it was too small or used before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.facts import same_facts, same_values

import ccmsim
from ccmsim.batches import (
    Job,
    Prepared,
    ReplicationError,
    StoppedError,
    new_stop,
    prepared,
    run_batch,
)
from ccmsim.engine import simpy_model
from ccmsim.engine.inputs import prepare
from ccmsim.office import Office, compiled_facts
from ccmsim.scenario import Scenario
from ccmsim.scenario.operations import ASSIGNMENTS

SMALL = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 20})

# Everybody is replaced every month: twelve times as many patients as there are at first.
ALL_DIE = SMALL.but({"panel.death_per_month_share": 1.0, "panel.replace_leavers": True})
# About four times as many, so that some replications have room and others don't.
SOME_DIE = SMALL.but({"panel.death_per_month_share": 0.41, "panel.replace_leavers": True})
# Few patients, one in ten of whom has a hundred times the usual need.
MANY_REQUESTS = SMALL.but(
    {
        "panel.enrolled_at_start": 3,
        "panel.need": {"family": "empirical", "values": [0.01] * 9 + [99.0]},
        "contact.inbound_per_month": 3.0,
        "contact.care_tasks_per_month": 3.0,
    }
)
# Nobody serves them and nobody loses patience, so they are carried from month to month.
CARRIED = SMALL.but(
    {
        "staff.nurses.hours_per_week": 0.0,
        "contact.inbound_per_month": 4.0,
        "contact.care_tasks_per_month": 4.0,
        "contact.other_work_outside_share": 0.0,
        "contact.request_patience_days": 365.0,
        "operations.carry_open_items": True,
    }
)
CROWDED = {
    "all die": ALL_DIE,
    "some die": SOME_DIE,
    "many requests": MANY_REQUESTS,
    "carried": CARRIED,
}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Let every test make its own rooms."""
    prepared.cache_clear()
    yield
    prepared.cache_clear()


def job(scenario: Scenario, *, seed: int = 7, keep: Any = "patient_months", **more: Any) -> Job:
    return Job(scenario, 12, 0, seed, keep, more.get("engine", "compiled"))


def times(scenario: Scenario) -> list[int]:
    """Return how large the rooms are that wait for the next batch."""
    return [office.times for office in prepared(scenario, 12, 0)._rooms]


@pytest.mark.parametrize("keep", ["months", "patient_months"])
@pytest.mark.parametrize("name", CROWDED)
def test_a_room_that_is_too_small_is_enlarged_and_gives_the_same_bits(name: str, keep: Any) -> None:
    scenario, replications = CROWDED[name], range(5, 25)
    found = run_batch(job(scenario, keep=keep), replications)
    [enlarged] = times(scenario)
    assert enlarged > 1, "it was large enough"
    same_values(found, run_batch(job(scenario, keep=keep, engine="simpy"), replications))
    # with room from the start
    spacious = prepared(scenario, 12, 0)
    spacious._rooms.clear()
    spacious.give_back(Office(spacious.inputs, times=64))
    same_values(found, run_batch(job(scenario, keep=keep), replications))
    assert times(scenario) == [64]


def test_replications_before_the_first_that_had_no_room_are_kept() -> None:
    """Some replications have room and some don't, so a batch is resumed in the middle."""
    found = run_batch(job(SOME_DIE), range(30))
    rooms = []
    for replication in range(30):
        prepared.cache_clear()
        alone = run_batch(job(SOME_DIE), range(replication, replication + 1))
        rooms.extend(times(SOME_DIE))
        for name, values in alone.items():
            patients = slice(None, values.shape[1])
            np.testing.assert_array_equal(found[name][replication, patients], values[0], name)
    assert len(set(rooms)) > 1, "all or none had room"
    assert rooms[0] < max(rooms), "the first of the batch had none either"


@pytest.mark.parametrize("name", CROWDED)
@pytest.mark.parametrize("alone", [True, False])
def test_one_replication_in_a_room_that_is_too_small(name: str, alone: bool) -> None:
    inputs = prepare(CROWDED[name], 12)
    for replication in range(5, 10):
        same_facts(
            compiled_facts(inputs, 7, replication, alone=alone),
            simpy_model.simulate_one(inputs, 7, replication),
        )


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_room_keeps_nothing_of_what_was_simulated_in_it(assignment: str) -> None:
    changes = {"operations.assignment": assignment, "disruptions.sick.spells_per_year": 8.0}
    scenario = SMALL.but(changes)
    expected = run_batch(job(scenario), range(4))
    for seed in (8, 9):
        run_batch(job(scenario, seed=seed), range(3))
    assert len(prepared(scenario, 12, 0)._rooms) == 1, "another room was used"
    same_values(run_batch(job(scenario), range(4)), expected)


def test_results_do_not_change_when_a_room_is_used_again() -> None:
    """What a batch returns is its own: no later batch writes into it."""
    found = run_batch(job(SMALL), range(4))
    copies = {name: values.copy() for name, values in found.items()}
    run_batch(job(SMALL, seed=8), range(4))
    same_values(found, copies)


def test_batches_at_once_have_rooms_of_their_own() -> None:
    ready = Prepared(SMALL, 12, 0)
    first, second = ready.office(), ready.office()
    assert first is not second
    assert not np.shares_memory(first.room.arrays["rows"], second.room.arrays["rows"])
    ready.give_back(first)
    assert ready.office() is first


def test_what_is_prepared_is_shared_by_the_batches_of_a_scenario() -> None:
    again = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 20})
    assert prepared(SMALL, 12, 0) is prepared(again, 12, 0)
    assert prepared(SMALL, 12, 0) is not prepared(SMALL, 12, 1)
    assert prepared(SMALL, 12, 0) is not prepared(ALL_DIE, 12, 0)


@pytest.mark.parametrize("replications", [range(0), range(2**32 - 3, 2**32)])
def test_no_replications_and_the_largest_numbers(replications: range) -> None:
    found = run_batch(job(SMALL, seed=2**32 - 1, keep="months"), replications)
    assert len(found["events"]) == len(replications)
    one_by_one = (
        run_batch(job(SMALL, seed=2**32 - 1, keep="months", engine="simpy"), replications)
        if replications
        else found
    )
    same_values(found, one_by_one)


def test_a_batch_that_is_told_to_stop_gives_its_room_back() -> None:
    stop = new_stop()
    run_batch(job(SMALL), range(5, 9), stop)
    stop[0] = 1
    with pytest.raises(StoppedError, match="stopped before replication 5"):
        run_batch(job(SMALL), range(5, 9), stop)
    assert times(SMALL) == [1]


def test_a_batch_that_runs_stops_with_its_replication() -> None:
    stop, count = new_stop(), 500_000
    run_batch(job(SMALL, keep="months"), range(1))
    begun = threading.Timer(0.3, stop.fill, (1,))
    begun.start()
    with pytest.raises(StoppedError) as caught:
        run_batch(job(SMALL, keep="months"), range(count), stop)
    assert 0 < int(str(caught.value).split()[-1]) < count


@pytest.mark.parametrize(
    ("replications", "said"),
    [
        (range(3, 4), "replication 3 of seed 7 failed"),
        (range(3, 13), "one of the replications 3 to 12 of seed 7 failed"),
    ],
)
@pytest.mark.parametrize(
    ("error", "why"),
    [
        (MemoryError("Unable to allocate 9 TiB"), "not enough memory; fewer replications, months"),
        (OverflowError("too large"), "OverflowError: too large"),
    ],
)
def test_an_error_in_a_compiled_batch_says_which_replications(
    monkeypatch: pytest.MonkeyPatch, replications: range, said: str, error: Exception, why: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("ccmsim.batches.Office", fail)
    with pytest.raises(ReplicationError) as caught:
        run_batch(job(SMALL), replications)
    assert caught.value.__cause__ is error
    assert str(caught.value).startswith(f"{said} (scenario {SMALL.fingerprint}): {why}")
    assert (caught.value.replication, caught.value.last) == (3, replications[-1])
