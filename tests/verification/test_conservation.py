"""Nothing is lost or made: items, minutes, patients and cents, exactly, in every replication."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim.engine import simpy_model
from ccmsim.engine.compiled import plan_of
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.ledger import MONTH_COUNTS, Facts
from ccmsim.finance.terms import terms_of
from ccmsim.office import Office, run_one
from ccmsim.scenario import Scenario
from ccmsim.studies.accuracy.queues import round_the_clock
from ccmsim.variables import coordinates

MONTHS = 4
REPLICATIONS = 300
"""A hundred times as many as the first tests had: where arrays are compared they cost little."""

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "two_nurses": ("two_nurses", {}),
    "solo_nurse": ("solo_nurse", {}),
    "structured_75": ("structured_75", {}),
    "informal_200": ("informal_200", {}),
    "perfect": ("perfect", {}),
    "pooled": (
        "two_nurses",
        {"operations.assignment": "pooled", "operations.order": "longest_unseen"},
    ),
    "much absence": (
        "structured_75",
        {
            "disruptions.turnover.per_year": 3.0,
            "disruptions.sick.spells_per_year": 20.0,
            "disruptions.outage.per_year": 60.0,
            "operations.cover.after_days": 0,
        },
    ),
}


def case(name: str) -> Scenario:
    preset, changes = CASES[name]
    return ccmsim.load(preset).but({"panel.enrolled_at_start": 60, **changes})


def by_simpy(inputs: Inputs) -> Iterator[tuple[Facts, int]]:
    """Yield the facts of replications, and how many items are open or in service at the end."""
    for replication in range(2):
        facts = simpy_model.simulate_one(inputs, 9, replication)
        yield facts, facts.waiting_items


def by_compiled(inputs: Inputs) -> Iterator[tuple[Facts, int]]:
    """Yield the same of a hundred times as many replications, one after the other in one room."""
    desk = Office(inputs)
    for replication in range(REPLICATIONS):
        assert run_one(desk, plan_of(inputs), terms_of(inputs), 9, replication, alone=True)
        yield desk.room.facts, int(desk.room.handle[0]["waiting"])


def items(facts: Facts, waiting: int) -> tuple[int, int]:
    """Check a replication's items; return how many were released and are in service at the end."""
    total = {counter: int(facts.counts[counter].sum()) for counter in MONTH_COUNTS}
    in_service = total["started_items"] - total["done_items"]
    assert 0 <= in_service <= min(waiting, len(facts.worked_minutes[0]))
    ended = total["done_items"] + total["dropped_items"] + total["expired_items"]
    assert total["released_items"] == ended + waiting
    return total["released_items"], in_service


ENGINES = pytest.mark.parametrize(
    "replications", [by_simpy, by_compiled], ids=["simpy", "compiled"]
)


@ENGINES
@pytest.mark.parametrize("name", CASES)
def test_released_items_are_done_dropped_expired_or_open(name: str, replications: Any) -> None:
    for facts, waiting in replications(prepare(case(name), MONTHS)):
        released, _ = items(facts, waiting)
        assert released > 100


@ENGINES
def test_items_in_service_at_the_end_are_open(replications: Any) -> None:
    """A coordinator who is always there, also at midnight after Tuesday, 31 March."""
    inputs = prepare(round_the_clock(4.0, 70, 90.0).but({"start": "2026-03-01"}), 1)
    found = [items(facts, waiting) for facts, waiting in replications(inputs)]
    assert any(in_service for _, in_service in found)


def idle_by_trace(scenario: Scenario, seed: int) -> tuple[float, float, float]:
    """Return idle, on-duty and worked minutes, added up from the event log alone."""
    log = ccmsim.trace(scenario, seed=seed, months=MONTHS)
    horizon = float(prepare(scenario, MONTHS).calendar.month_start_minutes[-1])
    idle = on_duty = worked = 0.0
    for _, own in log[log["coordinator"] >= 0].groupby("coordinator"):
        opens = own.loc[own["event"] == "on_duty", "minute"].to_numpy()
        closes = own.loc[own["event"] == "off_duty", "minute"].to_numpy()
        closes = np.append(closes, np.full(len(opens) - len(closes), horizon))
        starts = own.loc[own["event"] == "started", "minute"].to_numpy()
        ends = starts + own.loc[own["event"] == "started", "minutes"].to_numpy()
        assert (ends[:-1] <= starts[1:]).all(), "one service at a time"
        on_duty += float((closes - opens).sum())
        worked += float((ends - starts).sum())
        overlap = np.minimum(closes[:, None], ends) - np.maximum(opens[:, None], starts)
        idle += float((closes - opens).sum() - np.maximum(overlap, 0.0).sum())
        inside = (opens[:, None] <= starts) & (starts < closes[:, None])
        assert (inside.sum(axis=0) == 1).all(), "nothing starts off duty"
    return idle, on_duty, worked


@pytest.mark.parametrize("name", CASES)
def test_minutes_of_staff_add_up(name: str) -> None:
    scenario = case(name)
    values = ccmsim.simulate(scenario, months=MONTHS, replications=REPLICATIONS, seed=9).values
    year = {key: array.sum(axis=tuple(range(1, array.ndim))) for key, array in values.items()}
    assert (year["template_minutes"] == year["on_duty_minutes"] + year["lost_minutes"]).all()
    idle, on_duty, worked = idle_by_trace(scenario, 9)
    assert on_duty == year["on_duty_minutes"][0]
    assert worked == year["worked_minutes"][0]
    assert idle == year["idle_minutes"][0]
    assert on_duty + year["overtime_minutes"][0] == worked + idle
    if name != "perfect":
        assert year["lost_minutes"][0] > 0.0


@pytest.mark.parametrize("name", CASES)
def test_statuses_partition_the_enrolled(name: str) -> None:
    results = ccmsim.simulate(
        case(name), months=MONTHS, replications=REPLICATIONS, seed=9, keep="patient_months"
    )
    values = results.values
    missed = values["enrolled_patients"] - values["billable_patients"]
    assert (values["missed_patients"].sum(axis=2) == missed).all()
    status = values["patient_status"]
    assert ((status >= 0).sum(axis=1) == values["enrolled_patients"]).all()
    counts = np.stack([(status == number).sum(axis=1) for number in range(8)], axis=2)
    assert (counts[..., 0] == values["billable_patients"]).all()
    assert (counts[..., 1:] == values["missed_patients"]).all()
    assert status.max() < 8


@pytest.mark.parametrize("name", ["two_nurses", "informal_200", "perfect"])
def test_claims_are_collected_or_receivable(name: str) -> None:
    """The final value comes from a simulation in which every payment arrives at once."""
    scenario = case(name).but({"finance.no_supplement_share": 0.3, "finance.denied_share": 0.2})
    lags = ("payment_lag_months", "patient_lag_months", "recovery_lag_months")
    settings: dict[str, Any] = {"months": MONTHS, "replications": REPLICATIONS, "seed": 9}
    at_once = ccmsim.simulate(
        scenario.but({f"finance.{lag}": 0 for lag in lags}), **settings
    ).values
    later = ccmsim.simulate(scenario, **settings).values

    def cents(values: Any) -> Any:
        return np.rint(values * 100.0).astype(np.int64)

    final = cents(at_once["collected_usd"])
    assert (cents(at_once["receivable_usd"]) == 0).all()
    assert (cents(later["finally_paid_usd"]) == final).all()
    collected, receivable = cents(later["collected_usd"]), cents(later["receivable_usd"])
    assert (collected.cumsum(axis=1) + receivable == final.cumsum(axis=1)).all()
    assert (receivable[:, -1] > 0).all()
    assert (collected[:, 0] == 0).all()


@pytest.mark.parametrize("name", sorted(ccmsim.presets()))
def test_every_preset_reconciles_from_what_is_allowed_to_what_arrives(name: str) -> None:
    """Allowed (units × published fee) → finally paid → collected and receivable, to the cent.

    In every month of every replication; what is billed is priced here anew.
    """
    scenario = ccmsim.load(name)
    values = ccmsim.simulate(scenario, months=12, replications=REPLICATIONS, seed=9).values
    cents = {key: np.rint(values[key] * 100.0).astype(np.int64) for key in values if "_usd" in key}
    allowed = np.zeros_like(cents["billed_usd"])
    for k, code in enumerate(coordinates()["code"]):
        units = values["claim_units"][..., k]
        if units.any():
            assert scenario.finance.fee_year == 2026
            allowed += units * int(100 * ccmsim.billing.fee(code, year=2026))
    assert (allowed > 0).any()
    assert (cents["billed_usd"] == allowed).all()
    final = cents["finally_paid_usd"]
    written_off = cents["written_off_usd"].sum(axis=2)
    assert (allowed + cents["overpaid_usd"] == final + written_off).all()
    assert (cents["written_off_usd"] >= 0).all()
    arrived = cents["collected_usd"].cumsum(axis=1)
    assert (final.cumsum(axis=1) == arrived + cents["receivable_usd"]).all()
    spent = cents["staff_cost_usd"] + cents["other_cost_usd"] + cents["recouped_usd"]
    assert (cents["net_usd"] == final - spent).all()
    assert (cents["cash_net_usd"] == cents["collected_usd"] - spent).all()
    both = cents["staff_cost_usd"] + cents["other_cost_usd"]
    assert (cents["cost_usd"].sum(axis=2) == both).all()
