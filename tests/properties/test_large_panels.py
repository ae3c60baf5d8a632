"""The engines leave the same facts in practices as large and as long as the studies need.

Two years of 300 patients and ten seats, with everything that strikes a practice; where the twin
test draws hundreds of small practices, here arrays are long and ties are many.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.facts import same_facts

import ccmsim
from ccmsim.engine import simpy_model
from ccmsim.engine.inputs import prepare
from ccmsim.engine.prospects import PANEL_COUNTS
from ccmsim.office import compiled_facts
from ccmsim.scenario import Scenario
from ccmsim.scenario.enrollment import APPROACHES
from ccmsim.scenario.operations import ASSIGNMENTS, ORDERS

MONTHS = 24
OF_ENROLLMENT = {
    *PANEL_COUNTS, "approached_patients", "approaches", "talks", "consents", "care_plans",
}  # fmt: skip
COVER = {"hours_per_week": 10.0, "coordinators": 2, "after_days": 1}


def large(assignment: str, **changes: Any) -> Scenario:
    """Return ten seats with six hours a week each, busy and often away."""
    return ccmsim.load("two_nurses").but(
        {
            "panel.enrolled_at_start": 300,
            "panel.replace_leavers": True,
            "panel.death_per_month_share": 0.01,
            "panel.hospital_per_month_share": 0.03,
            "staff.nurses.coordinators": 10,
            "staff.nurses.hours_per_week": 6.0,
            "disruptions.sick.spells_per_year": 5.0,
            "disruptions.turnover.per_year": 1.0,
            "disruptions.outage.per_year": 6.0,
            "contact.call_minutes": 15,  # services that end together
            "contact.attempt_minutes": 3,
            "operations.assignment": assignment,
            **{path.replace("__", "."): value for path, value in changes.items()},
        }
    )


def growing(assignment: str, **changes: Any) -> Scenario:
    """Return the same practice with a Medicare panel of 1,500, from which it enrolls, and pauses.

    Where colleagues help, they do so with full worklists, too.
    """
    medicare = {
        "patients": 1_500,
        "found_share": 0.8,
        "found_per_month_share": 0.1,
        "false_share": 0.1,
        "joins_per_month": 5.0,
        "ages_in_per_month": 6.0,
    }
    enrollment = {
        "policy": "weekly_quota",
        "practitioner_slots_per_month": 4,
        "pause_below_billable_share": 0.6,
    }
    if assignment == "owned_with_backup":
        changes = {"operations__backup_above_backlog_items": 10, **changes}
    return large(
        assignment,
        panel__replace_leavers=False,
        panel__medicare=medicare,
        enrollment=enrollment,
        contact__care_plan_minutes=30,
        tail__practitioner_leaves_per_year=2.0,
        **changes,
    )


def twins(scenario: Scenario, *key: int) -> None:
    """Compare the engines, and both kernels, on every fact of a replication."""
    inputs = prepare(scenario, MONTHS)
    facts = simpy_model.simulate_one(inputs, *key)
    counts = {name: int(facts.counts[name].sum()) for name in facts.counts.dtype.names or ()}
    if scenario.enrollment is None:
        assert len(facts.patient_months) == 300 * MONTHS
        counts = {name: n for name, n in counts.items() if name not in OF_ENROLLMENT}
    if scenario.operations.backup_above_backlog_items is None:
        assert counts.pop("overfull_days") == 0
    assert counts["attempts"] > 10_000
    assert min(counts.values()) > 0, counts
    for alone in (True, False):
        same_facts(compiled_facts(inputs, *key, alone=alone), facts)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_two_years_of_a_large_practice(assignment: str, order: str) -> None:
    twins(large(assignment, operations__order=order), 7, 3)


@pytest.mark.parametrize(
    ("assignment", "capture"), [("owned", "end_of_day"), ("owned_with_backup", "end_of_month")]
)
def test_two_years_of_a_large_practice_with_cover(assignment: str, capture: str) -> None:
    changes = {"operations__cover": COVER, "operations__order": "closest_to_threshold"}
    twins(large(assignment, documentation__capture=capture, **changes), 2**32 - 1, 2**32 - 1)


@pytest.mark.parametrize("approach", APPROACHES)
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_two_years_of_a_growing_practice(assignment: str, approach: str) -> None:
    """People are talked with at visits, or called: twenty thousand items of three kinds of work."""
    twins(growing(assignment, enrollment__approach=approach), 11, 5)


@pytest.mark.parametrize("assignment", ["pooled", "owned_with_backup"])
def test_two_years_of_seventy_seats(assignment: str) -> None:
    """More people than a word has flags, of whom many are free at one instant."""
    changes = {"staff__nurses__coordinators": 70, "staff__nurses__hours_per_week": 0.7}
    twins(large(assignment, **changes), 13, 2)
