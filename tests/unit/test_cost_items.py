"""What a month's cost is made of: sums to the cent, forgotten work and old work by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.quiet import away, practice

import ccmsim
from ccmsim.batches import Engine
from ccmsim.finance import ITEMS, OVERHEADS
from ccmsim.scenario import Scenario
from ccmsim.scenario.disruptions import CAUSES

BUSY = {
    "finance.denied_share": 0.3,
    "finance.appealed_share": 0.5,
    "finance.baseline_coordination_minutes": 900.0,
    "documentation.training_hours_per_year": 4.0,
    "documentation.training_hours_per_hire": 8.0,
    "operations.owner": {},
    "practitioner": {},
    "tail.audits_per_year": 1.0,
    "operations.cover": {"coordinators": 1, "wage_usd_per_hour": 55.0, "hours_per_week": 6.0,
                         "after_days": 1},
}  # fmt: skip
ENGINES: tuple[Engine, ...] = ("compiled", "simpy")


def cents(values: Any) -> Any:
    return np.rint(np.asarray(values) * 100.0).astype(np.int64)


def run(scenario: Scenario, engine: Engine = "compiled", *, n: int = 1, months: int = 1) -> Any:
    return ccmsim.simulate(scenario, months=months, replications=n, seed=7, engine=engine).values


@pytest.fixture(scope="module")
def busy() -> Any:
    return run(ccmsim.load("two_nurses").but(BUSY), n=20, months=12)


def test_items_add_up_to_the_months_cost_to_the_cent(busy: Any) -> None:
    items = cents(busy["cost_usd"])
    staff = [ITEMS.index(name) for name in
             ("wages", "paid_absence", "overtime", "cover", "onboarding")]  # fmt: skip
    others = sorted(set(range(len(ITEMS))) - set(staff))
    assert (items[..., staff].sum(axis=-1) == cents(busy["staff_cost_usd"])).all()
    assert (items[..., others].sum(axis=-1) == cents(busy["other_cost_usd"])).all()
    assert (items.sum(axis=(0, 1)) > 0).all()


def test_paid_absence_by_cause_adds_up_to_the_item(busy: Any) -> None:
    absence = cents(busy["absence_cost_usd"])
    assert (absence.sum(axis=-1) == cents(busy["cost_usd"])[..., ITEMS.index("paid_absence")]).all()
    of_cause = dict(zip(CAUSES, absence.sum(axis=(0, 1)).tolist(), strict=True))
    assert of_cause["vacancy"] == 0  # nobody is paid
    assert min(of_cause[cause] for cause in ("ramp", "sick_spells", "planned_leave")) > 0


def test_worked_minutes_count_or_are_overhead() -> None:
    """Service = what counts + what doesn't + logging, where others do nothing."""
    without_requests = {"contact.inbound_per_month": 0.0, "contact.care_tasks_per_month": 0.0}
    values = run(ccmsim.load("two_nurses").but(without_requests), n=5, months=12)
    hours = values["overhead_hours"]
    forgotten = hours[..., OVERHEADS.index("outreach_coordination")]
    logging = hours[..., OVERHEADS.index("tracking_logging")]
    counted = values["countable_minutes"]
    np.testing.assert_allclose(
        values["worked_minutes"], counted + 60.0 * (forgotten + logging), rtol=1e-12
    )
    assert (forgotten > 0.0).all()
    assert (60.0 * logging).sum() >= values["attempts"].sum()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_month_by_hand(engine: Engine) -> None:
    """One nurse at $30 × 1.25; one call of 2 minutes, unanswered; one paid sick day of 3 hours."""
    sick = away(date(2026, 1, 20)) | {"paid_share": 0.5}
    scenario = practice(
        staff__nurse__wage_usd_per_hour=30.0,
        disruptions={"sick": sick},
        contact__answer_probability=0.0,
        contact__chart_minutes_per_month=0.0,
        documentation__logging_minutes_per_entry=1.0,
        documentation__training_hours_per_year=6.0,
        finance__oversight_usd_per_claim=2.0,
    )
    values = run(scenario, engine)
    items = dict(zip(ITEMS, values["cost_usd"][0, 0].tolist(), strict=True))
    assert items["wages"] == 19 * 3 * 37.5
    assert items["paid_absence"] == 1.5 * 37.5
    assert items["training"] == 0.5 * 37.5
    assert items["software"] == 2.5
    assert values["overhead_hours"][0, 0].tolist() == [2.0 / 60.0, 0.5, 0.0, 1.0 / 60.0]
    assert values["overhead_usd"][0, 0].tolist() == [1.25, 18.75, 0.0, 0.63]


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({}, 1.0),  # 2 dollars at 120 an hour
        ({"finance__oversight_usd_per_claim": 3.0}, 1.5),
        ({"finance__oversight_usd_per_claim": 0.0}, 0.0),
        ({"practitioner": {"usd_per_hour": 60.0, "contact_share": 0.0}}, 2.0),
        ({"practitioner": {"usd_per_hour": 0.0, "contact_share": 0.0}}, 0.0),
    ],
)
def test_oversight_of_a_claim_takes_the_practitioners_minutes(
    changes: dict[str, Any], minutes: float
) -> None:
    """One claim: what its oversight costs, at the practitioner's hour."""
    given = {"finance__oversight_usd_per_claim": 2.0} | changes
    values = run(practice(**given))
    oversight = OVERHEADS.index("workflow_oversight")
    assert values["claim_units"].sum() == 1
    assert values["overhead_hours"][0, 0, oversight] == minutes / 60.0
    cost = given["finance__oversight_usd_per_claim"]
    assert values["overhead_usd"][0, 0, oversight] == cost


@pytest.mark.parametrize(("baseline", "old", "cost"), [
    (0.0, 0.0, 0.0), (5.0, 16.53, 3.13), (20.0, 66.13, 12.5), (1000.0, 66.13, 12.5),
])  # fmt: skip
def test_old_work_by_hand(baseline: float, old: float, cost: float) -> None:
    """One answered call of 20 minutes: from 20 minutes on all that is billed was done before."""
    scenario = practice(
        staff__nurse__wage_usd_per_hour=30.0,
        finance__fee_year=2026,
        finance__baseline_coordination_minutes=baseline,
    )
    values = run(scenario)
    assert values["countable_minutes"].tolist() == [[20.0]]
    assert values["billed_old_work_usd"].tolist() == [[old]]
    assert values["baseline_cost_usd"].tolist() == [[cost]]


def test_training_costs_money_and_no_time(busy: Any) -> None:
    without = run(ccmsim.load("two_nurses").but(
        BUSY | {"documentation.training_hours_per_year": 0.0,
                "documentation.training_hours_per_hire": 0.0}
    ), n=20, months=12)  # fmt: skip
    training = cents(busy["cost_usd"])[..., ITEMS.index("training")]
    assert (cents(without["net_usd"]) - cents(busy["net_usd"]) == training).all()
    assert without["worked_minutes"].tolist() == busy["worked_minutes"].tolist()
    year = 2 * 4.0 / 12.0 * busy["hires"].size + 8.0 * busy["hires"].sum()
    hours = busy["overhead_hours"][..., OVERHEADS.index("documentation_training")].sum()
    assert hours == pytest.approx(year)
