"""The first speed suite: each case counts what it did beside the seconds.

make bench            # times everything
pytest benchmarks --benchmark-disable    # runs each case once, as a check
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import Any

import pytest
from benchmarks.direct_simpy import SCENARIO, one_round

import ccmsim
from ccmsim import availability as av
from ccmsim.engine.inputs import prepare
from ccmsim.engine.ledger import EVENT_COUNTS, MONTH_COUNTS, judge
from ccmsim.engine.simpy_model import simulate_one
from ccmsim.estimation import expected_shortfall, quantile
from ccmsim.finance import month_fees, settle

PRESETS = ("two_nurses", "solo_nurse", "structured_75", "informal_200")


def test_import(benchmark: Any) -> None:
    """CPU of a fresh `import ccmsim`, the interpreter's own start included."""
    command = [sys.executable, "-c", "import ccmsim"]
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=5)


def test_load_scenario(benchmark: Any) -> None:
    """Read and check a preset."""
    scenario = benchmark(ccmsim.load, "two_nurses")
    assert scenario.panel.enrolled_at_start == 200


@pytest.mark.parametrize("preset", PRESETS)
def test_replication(benchmark: Any, preset: str) -> None:
    """One replication of twelve months by the SimPy model."""
    inputs = prepare(ccmsim.load(preset), 12)
    facts = benchmark(simulate_one, inputs, 7, 0)
    columns = [MONTH_COUNTS.index(name) for name in EVENT_COUNTS]
    benchmark.extra_info["events"] = int(facts.counts[:, columns].sum())
    benchmark.extra_info["patient_months"] = len(facts.patient_months.patient)
    assert benchmark.extra_info["events"] > 1000


def test_availability(benchmark: Any) -> None:
    """A year of on-duty intervals of two seats."""
    inputs = prepare(ccmsim.load("two_nurses"), 12)

    def year() -> int:
        state = av.new_state(inputs, 7, 0)
        return sum(
            len(av.month_availability(inputs, state, 7, 0, month).intervals) for month in range(12)
        )

    intervals = benchmark(year)
    benchmark.extra_info["intervals"] = intervals
    assert intervals > 100


def test_money(benchmark: Any) -> None:
    """Statuses, claims and payments of one replication."""
    inputs = prepare(ccmsim.load("two_nurses"), 12)
    facts, fees = simulate_one(inputs, 7, 0), month_fees(inputs.scenario, inputs.calendar)

    def money() -> Any:
        return settle(facts, judge(facts, inputs, 7, 0), fees, inputs, 7, 0)

    settled = benchmark(money)
    benchmark.extra_info["claims"] = int(settled.units[:, 0].sum())
    assert settled.billed.sum() > 0


def test_estimates(benchmark: Any) -> None:
    """A quantile and an expected shortfall of a thousand yearly totals."""
    results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=2)
    totals = [float(results.values["net_usd"].sum()) + 17.0 * (i * 37 % 101) for i in range(1000)]

    def estimates() -> tuple[Any, Any]:
        return quantile(totals, 0.05), expected_shortfall(totals)

    fifth, shortfall = benchmark(estimates)
    assert shortfall.value <= fifth.value


def test_direct_model(benchmark: Any) -> None:
    """The hand-written SimPy model and ours: every contact and every billable month agree."""
    inputs = prepare(ccmsim.loads(SCENARIO), 12)
    one_round(inputs, 0)  # compiles

    def rounds() -> list[tuple[float, float, int]]:
        return [one_round(inputs, replication) for replication in range(1, 8)]

    times = benchmark.pedantic(rounds, rounds=1)
    ratio = statistics.median(ours / direct for direct, ours, _ in times)
    benchmark.extra_info["contacts"] = sum(contacts for _, _, contacts in times)
    benchmark.extra_info["ratio"] = round(ratio, 2)
    assert ratio < 2.5  # 1.9 on a quiet machine
