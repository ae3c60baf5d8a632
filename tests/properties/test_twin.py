"""The two engines leave the same facts, bit for bit, for whatever scenario.

Every array of the ledger is compared: the SimPy model, the compiled engine as it chooses its
kernels, and the compiled engine with the general event loop alone. `make twin` draws many more
scenarios (TWIN_SCENARIOS).
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.strategies import scenarios

import ccmsim
from ccmsim.batches import Engine, Job, run_batch
from ccmsim.engine.ledger import MONTH_COUNTS, Facts
from ccmsim.scenario import Scenario
from ccmsim.scenario.operations import ASSIGNMENTS, ORDERS
from ccmsim.studies.accuracy.lively import Lively
from ccmsim.studies.accuracy.twin import twins as compare

LIVELY = int(os.environ.get("TWIN_SCENARIOS", "300"))
PARTS = 6
ENGINES: tuple[Engine, ...] = ("compiled", "simpy")


def twins(scenario: Scenario, *, months: int, warmup_months: int, key: tuple[int, int]) -> Facts:
    """Return the facts of a replication, having compared those of every engine and kernel."""
    facts, different = compare(scenario, months=months, warmup_months=warmup_months, key=key)
    assert different == []
    return facts


@pytest.mark.parametrize("part", range(PARTS))
def test_lively_scenarios(part: int) -> None:
    lively = Lively(part)
    seen: Counter[str] = Counter()
    for replication in range(-(-LIVELY // PARTS)):
        scenario = lively.scenario()
        facts = twins(scenario, months=3, warmup_months=part % 2, key=(part, replication))
        if replication % 5 == 0:  # and so are statuses, money and every variable
            jobs = [Job(scenario, 3, part % 2, part, "obstacles", e) for e in ENGINES]
            one, other = (run_batch(job, range(replication, replication + 2)) for job in jobs)
            assert {name for name in one if one[name].tobytes() != other[name].tobytes()} == set()
        seen.update(name for name in MONTH_COUNTS if facts.counts[name].any())
        seen.update(["overtime"] if facts.overtime_minutes.any() else [])
        seen.update(["waiting"] if facts.waiting_items else [])
        seen.update(["practitioner"] if facts.practitioner_minutes.any() else [])
        own = facts.patient_months["own_captured_minutes"] > 0.0
        seen.update(["own minutes"] if own.any() else [])
        seen.update(["initiating visits"] if (facts.initiating_month >= 0).any() else [])
        seen.update([scenario.operations.assignment, scenario.operations.order])
    # the scenarios have exercised everything that is counted
    others = {"overtime", "waiting", "practitioner", "own minutes", "initiating visits"}
    everything = {*MONTH_COUNTS, *others, *ASSIGNMENTS, *ORDERS}
    assert everything - set(seen) == set()


@given(
    scenario=scenarios(),
    months=st.integers(1, 4),
    warmup=st.integers(0, 2),
    seed=st.integers(0, 2**32 - 1),
    replication=st.integers(0, 2**32 - 1),
)
@settings(max_examples=LIVELY // 3)
def test_corners_of_the_schema(
    scenario: Scenario, months: int, warmup: int, seed: int, replication: int
) -> None:
    twins(scenario, months=months, warmup_months=warmup, key=(seed, replication))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_realistic_year(assignment: str, order: str) -> None:
    changes: dict[str, Any] = {"operations.assignment": assignment, "operations.order": order}
    scenario = ccmsim.load("two_nurses").but(changes)
    facts = twins(scenario, months=12, warmup_months=0, key=(7, 3))
    assert facts.counts["attempts"].sum() > 1000


@pytest.mark.parametrize("order", ORDERS)
def test_many_nurses_who_help_each_other(order: str) -> None:
    """Nearly every day somebody's items are open, and most desks are walked ahead of the others."""
    changes = {"panel.enrolled_at_start": 240, "operations.order": order}
    base = ccmsim.load("two_nurses")
    changes |= {f"staff.{group}.coordinators": 8 for group in base.staff}
    facts = twins(base.but(changes), months=2, warmup_months=0, key=(5, 1))
    assert facts.counts["attempts"].sum() > 500


@pytest.mark.parametrize("preset", ccmsim.presets())
def test_presets(preset: str) -> None:
    facts = twins(ccmsim.load(preset), months=6, warmup_months=1, key=(11, 0))
    assert facts.counts["done_items"].sum() > 100


@pytest.mark.parametrize("preset", ["two_nurses", "mature_300", "multi_site"])
def test_principal_care(preset: str) -> None:
    """Half an hour for a single condition; the random scenarios have the other programmes."""
    own = {"threshold": 30.0, "target": 32.0}
    changes = {f"contact.{name}_minutes": minutes for name, minutes in own.items()}
    scenario = ccmsim.load(preset).but({"billing.program": "pcm", **changes})
    twins(scenario, months=4, warmup_months=1, key=(13, 2))
    one, other = (run_batch(Job(scenario, 3, 0, 13, "months", e), range(2)) for e in ENGINES)
    assert {name for name in one if one[name].tobytes() != other[name].tobytes()} == set()
    assert one["billable_patients"].sum() > 0
