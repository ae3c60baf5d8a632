"""Billable shares without limits of staff, against binomial, beta-binomial and convolution.

FALSE_ALARM is 1e-6 (see chance.py); each test names the difference that it resolves.
"""

from __future__ import annotations

from typing import Any

from tests.verification.chance import assert_share

import ccmsim
from ccmsim import ideal, theory
from ccmsim.scenario import Scenario

ANSWER = {"family": "beta", "a": 0.70, "b": 0.75}
CALL = {"family": "lognormal", "mean": 12.0, "cv": 0.60691}


def roomy(patients: int, **contact: Any) -> Scenario:
    """Return a practice without losses, other work, push and attrition, with room for all calls.

    A coordinator for each ten patients has eight hours a day, nineteen of the longest calls.
    """
    changes = {f"contact.{name}": value for name, value in contact.items()}
    return ccmsim.load("perfect").but(
        {
            "panel.enrolled_at_start": patients,
            "staff.coordinator.coordinators": patients // 10,
            "staff.coordinator.hours_per_week": 40.0,
            "operations.assignment": "pooled",
            **changes,
        }
    )


def billable(scenario: Scenario, *, replications: int, months: int = 1) -> tuple[int, int]:
    """Return billable and enrolled patient-months."""
    values = ccmsim.simulate(scenario, months=months, replications=replications, seed=11).values
    return int(values["billable_patients"].sum()), int(values["enrolled_patients"].sum())


def test_ceiling_is_one_minus_the_chance_that_nobody_answers() -> None:
    """600,000 patients and up to four calls that are long enough; resolves 0.65 points."""
    for attempts in (1, 4):
        scenario = roomy(600, answer_probability=ANSWER, max_attempts=attempts, call_minutes=20.0)
        count, trials = billable(scenario, replications=1000)
        expected = theory.ceiling_share_closed_form(ANSWER, attempts)
        assert_share(count, trials, expected, resolves=0.0065, comparisons=2)


def test_threshold_is_reached_as_the_convolution_says() -> None:
    """900,000 patient-months of up to three calls of random length; resolves 0.55 points."""
    scenario = roomy(
        300, answer_probability=0.4, max_attempts=3, call_minutes=CALL, notes_minutes=5.0
    )
    count, trials = billable(scenario, months=6, replications=500)
    expected = theory.threshold_share(0.4, 3, [CALL, 5.0])
    assert 0.4 < expected < 0.6
    assert_share(count, trials, expected, resolves=0.0055)


def test_threshold_with_patients_who_differ() -> None:
    """600,000 patients whose answer probability is a beta law; resolves 0.65 points."""
    scenario = roomy(
        600, answer_probability=ANSWER, max_attempts=3, call_minutes=CALL, notes_minutes=5.0
    )
    count, trials = billable(scenario, replications=1000)
    expected = theory.threshold_share(ANSWER, 3, [CALL, 5.0])
    assert_share(count, trials, expected, resolves=0.0065)


def test_ceiling_by_simulation_covers_the_closed_form() -> None:
    """`theory.ceiling_share` of a scenario for which both hold; resolves 0.6 points."""
    scenario = ccmsim.load("perfect").but(
        {
            "panel.enrolled_at_start": 100,
            "contact.answer_probability": ANSWER,
            "contact.max_attempts": 4,
            "documentation.not_claimable_share": 0.2,
            "documentation.real_time.entry_loss_share": 0.2,
        }
    )
    found = theory.ceiling_share(scenario, months=1, replications=4000, seed=3, level=1 - 1e-6)
    assert found.low <= theory.ceiling_share_closed_form(ANSWER, 4) <= found.high
    assert found.half_width <= 0.006


def test_ceiling_is_above_today_and_above_every_idealisation() -> None:
    """Under the same random numbers, in every replication of a small practice."""
    scenario = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})
    settings: dict[str, Any] = {"months": 3, "replications": 300, "seed": 5}

    def billed(changed: Scenario) -> Any:
        return ccmsim.simulate(changed, **settings).values["billable_patients"].sum(axis=1)

    top = billed(ideal.ceiling(scenario))
    for change in (ideal.no_disruptions, ideal.lossless_capture, ideal.perfect_documentation):
        assert (top >= billed(change(scenario))).all()
    assert (top > billed(scenario)).all()
