"""Limiting cases with known outcomes: the projection, no hours, nobody answers, no queue."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim import ideal
from ccmsim.rules import REASONS


def totals(values: Any, name: str) -> int:
    return int(values["missed_patients"][:, :, REASONS.index(name)].sum())


@pytest.mark.smoke
def test_perfect_pays_the_projection_every_month() -> None:
    """75 × 66.13 a month, 59,517.00 a year, whatever the seed."""
    for seed in (0, 1, 2**32 - 1):
        values = ccmsim.simulate(
            ccmsim.load("perfect"), months=12, replications=200, seed=seed
        ).values
        assert (values["billable_patients"] == 75).all()
        assert (np.round(values["billed_usd"], 2) == round(75 * 66.13, 2)).all()
        assert (np.round(values["billed_usd"].sum(axis=1), 2) == 59_517.00).all()
        assert (values["billed_usd"] == values["plan_usd"]).all()
        assert (values["finally_paid_usd"] == values["billed_usd"]).all()
        assert (values["lost_minutes"] == 0.0).all()
        assert not values["uncontacted_months"].any()


def test_perfect_holds_over_other_years() -> None:
    """The fewest business days of a month are 19, and 75 × 26 minutes fit in 19 × 120."""
    for start in ("2025-01-01", "2025-07-01", "2026-07-01"):
        scenario = ccmsim.load("perfect").but({"start": start, "finance.fee_year": 2026})
        values = ccmsim.simulate(scenario, months=12, replications=100).values
        assert (values["billable_patients"] == 75).all()


def test_without_hours_only_others_work() -> None:
    scenario = ccmsim.load("two_nurses").but(
        {"panel.enrolled_at_start": 60, "staff.nurses.hours_per_week": 0.0}
    )
    values = ccmsim.simulate(scenario, months=6, replications=200, seed=1).values
    for name in ("attempts", "answered", "contacts", "worked_minutes", "on_duty_minutes"):
        assert (values[name] == 0).all(), name
    assert (values["started_items"] == 0).all()
    assert (values["outside_items"].sum(axis=1) > 50).all()
    assert values["countable_minutes"].sum() > 0.0
    for reason in ("short", "unreached"):
        assert totals(values, reason) == 0
    assert (values["missed_patients"][:, :, REASONS.index("no_attempt_backlog")] > 0).all()
    quiet = scenario.but({"contact.inbound_per_month": 0.0, "contact.care_tasks_per_month": 0.0})
    values = ccmsim.simulate(quiet, months=6, replications=200, seed=1).values
    assert values["countable_minutes"].sum() == 0.0
    assert values["billable_patients"].sum() == 0
    assert values["billed_usd"].sum() == 0.0


def test_when_nobody_answers_nobody_is_billed() -> None:
    """Without attrition: who dies before the first call has a month without an attempt."""
    scenario = ideal.no_attrition(ideal.no_disruptions(ccmsim.load("two_nurses"))).but(
        {
            "panel.enrolled_at_start": 40,
            "contact.answer_probability": 0.0,
            "contact.inbound_per_month": 0.0,
            "contact.care_tasks_per_month": 0.0,
            "documentation.not_claimable_share": 0.0,
        }
    )
    values = ccmsim.simulate(scenario, months=3, replications=200, seed=1).values
    assert values["answered"].sum() == 0
    assert values["billable_patients"].sum() == 0
    assert totals(values, "unreached") == values["enrolled_patients"].sum()
    # nobody leaves, so each month adds one for everybody, and the third counts all of them
    assert (values["uncontacted_months"] == 40 * np.array([1, 2, 3])).all()
    assert (values["uncontacted_patients"] == np.array([0, 0, 40])).all()
    # four attempts and the final push for everybody whose month does not begin too late for them
    attempts, enrolled = (values[name].sum(axis=1) for name in ("attempts", "enrolled_patients"))
    assert (attempts <= 5 * enrolled).all()
    assert (attempts > 4 * enrolled).all()


def test_unlimited_staff_leave_nobody_without_an_attempt() -> None:
    """Only who dies before the first call, or needs none, goes without one."""
    scenario = ideal.no_attrition(ccmsim.load("informal_200")).but({"panel.enrolled_at_start": 40})
    values = ccmsim.simulate(ideal.ceiling(scenario), months=3, replications=200, seed=1).values
    for reason in ("not_claimable", "undocumented", "lost_capture", "no_attempt_off_duty"):
        assert totals(values, reason) == 0
    assert totals(values, "no_attempt_backlog") == 0
    assert (values["captured_minutes"] == values["countable_minutes"]).all()
