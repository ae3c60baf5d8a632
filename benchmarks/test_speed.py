"""The speed suite: each case counts what it did beside the seconds, and checks the count.

make bench                                          # times everything, among other things
pytest benchmarks/test_speed.py --benchmark-disable # runs each case once, as a check
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tomllib
from functools import cache
from typing import Any

import pytest
from benchmarks.direct_simpy import SCENARIO, one_round

import ccmsim
from ccmsim import availability as av
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.ledger import Facts
from ccmsim.engine.simpy_model import simulate_one
from ccmsim.finance import settle, terms_of
from ccmsim.scenario.loading import preset_texts
from ccmsim.scenario.model import Scenario

MONTHS, SEED = 12, 7

REPLICATIONS = {200: 20, 2_000: 2, 20_000: 1}
"""Of the compiled engine, by enrolled patients; the SimPy model has one."""

FIRST_EVENTS = {
    ("owned", 200): 27_254,
    ("owned", 2_000): 270_913,
    ("owned", 20_000): 2_693_490,
    ("owned_with_backup", 200): 27_254,
    ("owned_with_backup", 2_000): 274_067,
    ("owned_with_backup", 20_000): 2_741_705,
    ("pooled", 200): 27_332,
    ("pooled", 2_000): 275_630,
    ("pooled", 20_000): 2_743_705,
}
"""Events of replication 0, by assignment and enrolled patients: the same in both engines."""

SIMPY_CASES = [case for case in FIRST_EVENTS if case[1] == 200]
SIMPY_CASES += [("owned_with_backup", 2_000)]

PRESET_EVENTS = {
    "two_nurses": 27_254,
    "solo_nurse": 13_855,
    "structured_75": 10_093,
    "informal_200": 20_603,
}
"""Of the first replication."""

IMPORTED = {"": 0, "import ccmsim": 1}
"""Modules of ccmsim: what they import is imported when it is first used."""

COUNT_IMPORTED = """
import sys
print(len(sys.modules), sum(name.partition(".")[0] == "ccmsim" for name in sys.modules))
"""

VALUES = 183
"""In the text of two_nurses."""

BUSINESS_DAYS = 250
"""Of its year."""

INTERVALS = 459
"""On-duty intervals of two seats in the first replication."""

CLAIMS = 1_616
"""Of the first replication of two_nurses."""

SOLO_EVENTS = 13_390_841
"""Of a thousand replications of solo_nurse."""

EROSION_BILLABLE = 15_105
"""Patient-months in 20 replications of solo_nurse."""


def practice(assignment: str, patients: int) -> Scenario:
    """Return two_nurses with so many patients, a coordinator for each hundred."""
    return ccmsim.load("two_nurses").but(
        {
            "operations.assignment": assignment,
            "panel.enrolled_at_start": patients,
            "staff.nurses.coordinators": patients // 100,
        }
    )


def noted(benchmark: Any, **counts: int) -> None:
    """Keep what was counted, beside the seconds."""
    benchmark.extra_info.update(counts)


def leaves(value: Any) -> int:
    """Return how many values there are in tables of tables."""
    return sum(map(leaves, value.values())) if isinstance(value, dict) else 1


# ---------------------------------------------------------------- before anything is simulated


@pytest.mark.parametrize("code", IMPORTED)
def test_import(benchmark: Any, code: str) -> None:
    """A fresh interpreter, and what `import ccmsim` adds to it."""
    command = [sys.executable, "-c", code]
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=5)
    counting = [sys.executable, "-c", code + COUNT_IMPORTED]
    done = subprocess.run(counting, check=True, capture_output=True, text=True)
    modules, ours = map(int, done.stdout.split())
    noted(benchmark, modules=modules, modules_of_ccmsim=ours)
    assert ours == IMPORTED[code]


def test_load_scenario(benchmark: Any) -> None:
    """Read and check a scenario's text; a preset is read once and kept."""
    text = preset_texts()["two_nurses"]
    scenario = benchmark(ccmsim.loads, text)
    values = leaves(tomllib.loads(text))
    noted(benchmark, values=values, parameters=leaves(scenario.model_dump()))
    assert values == VALUES
    assert scenario == ccmsim.load("two_nurses")


def test_prepare(benchmark: Any) -> None:
    """Make a scenario ready for an engine: calendar, laws, staff."""
    inputs = benchmark(prepare, ccmsim.load("two_nurses"), MONTHS)
    days, seats = len(inputs.calendar.business_day_minutes), inputs.staffing.seats
    noted(benchmark, business_days=days, seats=seats)
    assert (days, seats) == (BUSINESS_DAYS, 2)


def test_availability(benchmark: Any) -> None:
    """A year of on-duty intervals of two seats."""
    inputs = two_nurses()

    def year() -> int:
        state = av.new_state(inputs, SEED, 0)
        return sum(
            len(av.month_availability(inputs, state, SEED, 0, month).intervals)
            for month in range(MONTHS)
        )

    intervals = benchmark(year)
    noted(benchmark, intervals=intervals)
    assert intervals == INTERVALS


# ---------------------------------------------------------------- engines


@pytest.mark.parametrize(("assignment", "patients"), FIRST_EVENTS)
def test_compiled(benchmark: Any, assignment: str, patients: int) -> None:
    """A whole call of the compiled engine on one thread, by assignment and panel."""
    scenario, replications = practice(assignment, patients), REPLICATIONS[patients]
    settings = {"months": MONTHS, "replications": replications, "seed": SEED, "workers": 1}
    values = benchmark(ccmsim.simulate, scenario, **settings).values
    noted(
        benchmark,
        events=int(values["events"].sum()),
        patient_months=int(values["enrolled_patients"].sum()),
    )
    assert values["events"][0].sum() == FIRST_EVENTS[assignment, patients]


@pytest.mark.parametrize(("assignment", "patients"), SIMPY_CASES)
def test_simpy(benchmark: Any, assignment: str, patients: int) -> None:
    """A whole call of the SimPy engine, by assignment and panel: the same events."""
    settings = {"months": MONTHS, "replications": 1, "seed": SEED, "engine": "simpy"}
    arguments = ((practice(assignment, patients),), settings)
    values = benchmark.pedantic(ccmsim.simulate, *arguments, rounds=3).values
    events = int(values["events"].sum())
    noted(benchmark, events=events, patient_months=int(values["enrolled_patients"].sum()))
    assert events == FIRST_EVENTS[assignment, patients]


@pytest.mark.parametrize("preset", PRESET_EVENTS)
def test_preset(benchmark: Any, preset: str) -> None:
    """Ten replications of a preset by the compiled engine."""
    settings = {"months": MONTHS, "replications": 10, "seed": SEED, "workers": 1}
    values = benchmark(ccmsim.simulate, ccmsim.load(preset), **settings).values
    noted(benchmark, events=int(values["events"].sum()))
    assert values["events"][0].sum() == PRESET_EVENTS[preset]


def test_direct_model(benchmark: Any) -> None:
    """The hand-written SimPy model and ours: every contact and every billable month agree."""
    inputs = prepare(ccmsim.loads(SCENARIO), MONTHS)
    one_round(inputs, 0)  # compiles

    def rounds() -> list[tuple[float, float, int]]:
        return [one_round(inputs, replication) for replication in range(1, 8)]

    times = benchmark.pedantic(rounds, rounds=1)
    ratio = statistics.median(ours / direct for direct, ours, _ in times)
    noted(benchmark, contacts=sum(contacts for _, _, contacts in times))
    benchmark.extra_info["ratio"] = round(ratio, 2)
    assert ratio < 4.0  # 1.9 to 2.9, by machine


# ---------------------------------------------------------------- after the simulation


@cache
def two_nurses() -> Inputs:
    return prepare(ccmsim.load("two_nurses"), MONTHS)


@pytest.fixture(scope="module")
def facts() -> Facts:
    """One replication of two_nurses."""
    return simulate_one(two_nurses(), SEED, 0)


def test_billing(benchmark: Any, facts: Facts) -> None:
    """Statuses, claims and payments of one replication."""
    inputs = two_nurses()
    terms = terms_of(inputs)

    def bill() -> Any:
        return settle(facts, judge(facts, inputs, SEED, 0), terms, inputs, SEED, 0)

    claims = int(benchmark(bill)["units"][:, 0].sum())
    noted(benchmark, claims=claims, patient_months=len(facts.patient_months))
    assert claims == CLAIMS


def test_summary(benchmark: Any) -> None:
    """Every measure of a thousand replications, with its interval."""
    results = ccmsim.simulate(
        ccmsim.load("solo_nurse"), months=MONTHS, replications=1000, seed=SEED
    )
    summary = benchmark.pedantic(results.summary, rounds=3)
    noted(benchmark, events=int(results.values["events"].sum()), measures=len(summary))
    assert results.values["events"].sum() == SOLO_EVENTS


def test_erosion(benchmark: Any) -> None:
    """What each disruption of solo_nurse costs: simulations of 20 replications each."""
    settings = {"months": MONTHS, "replications": 20, "seed": SEED, "workers": 1}
    arguments = ((ccmsim.load("solo_nurse"),), settings)
    found = benchmark.pedantic(ccmsim.erosion, *arguments, rounds=3)
    today = next(row for row in found.rows() if row.name == "today")
    billable = 20.0 * today.estimates["billable_patient_months"].value
    noted(benchmark, causes=len(found.causes), billable_patient_months=round(billable))
    assert billable == pytest.approx(EROSION_BILLABLE)
