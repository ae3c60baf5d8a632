"""The care plan of patients enrolled later: by hand, and what a month without it is worth."""

from __future__ import annotations

from typing import Any

import pytest
from tests.quiet import practice, run, seen, statuses

from ccmsim.errors import InputError
from ccmsim.scenario import Scenario


def replaced(**changes: Any) -> Scenario:
    """Return the quiet practice whose patients leave each month and are replaced."""
    return practice(panel__opt_out_per_month_share=1.0, contact__care_plan_minutes=30, **changes)


def test_the_first_month_of_a_new_patient_brings_the_plan() -> None:
    """January: a call of 20 minutes. From February on a plan of 30 minutes, and no call."""
    _, facts, events = run(replaced(), 3)
    rows = facts.patient_months
    assert rows["countable_minutes"].tolist() == [20.0, 30.0, 30.0]
    assert rows["attempts"].tolist() == [1, 0, 0]
    assert rows["served"].tolist() == [1, 1, 1]
    assert facts.counts["care_plans"].tolist() == [0, 1, 1]
    assert facts.counts["attempts"].tolist() == [1, 0, 0]
    assert [row[4] for row in seen(events, "started")] == ["outreach"] * 3
    assert statuses(replaced(), 3) == ["billable"] * 3


def test_patients_of_the_first_day_have_their_plan() -> None:
    stays = practice(contact__care_plan_minutes=30)
    _, facts, _ = run(stays, 2)
    assert facts.counts["care_plans"].sum() == 0
    assert not facts.patient_months["plan_missing"].any()


def test_the_plan_is_made_once() -> None:
    """In a patient's first month the plan and no call, later calls and no plan."""
    half = replaced(panel__enrolled_at_start=40).but({"panel.opt_out_per_month_share": 0.5})
    _, facts, _ = run(half, 6)
    rows = facts.patient_months
    for number in range(40, int(rows["patient"].max()) + 1):
        months = rows[rows["patient"] == number]
        assert months["attempts"][0] == 0
        assert (months["attempts"][1:] == 1).all()


def test_without_the_plan_the_month_is_undocumented() -> None:
    """The nurse is away; care tasks by others give the minutes, and nobody makes the plan."""
    scenario = replaced(
        staff__nurse={"hours_per_week": 0.0},
        contact__care_tasks_per_month=20.0,
        contact__other_work_outside_share=1.0,
        documentation__outside_capture_share=1.0,
    )
    _, facts, _ = run(scenario, 3)
    assert facts.patient_months["plan_missing"].tolist() == [0, 1, 1]
    assert (facts.patient_months["captured_minutes"] >= 20.0).all()
    assert statuses(scenario, 3) == ["billable", "undocumented", "undocumented"]


def test_the_plan_makes_the_caller_familiar() -> None:
    scenario = replaced(
        contact__unfamiliar_factor=0.0,
        contact__target_minutes=60.0,
        contact__max_attempts=3,
    )
    _, facts, _ = run(scenario, 2)
    february = facts.counts[1]
    assert february["care_plans"] == 1
    assert february["answered"] == february["attempts"] > 0  # follow-ups, by a known voice


def test_refusal() -> None:
    with pytest.raises(InputError, match=r"contact\.care_plan_minutes"):
        practice(contact__care_plan_minutes=-1.0)
