"""Beyond the first code: staff go on to add-on units, and book the next call."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.quiet import practice, run, seen

from ccmsim import rules
from ccmsim.billing import codes
from ccmsim.engine.inputs import prepare
from ccmsim.errors import InputError

# An answered call takes 12 + 5 minutes, so two calls make 34 and three make 51.
CALLS: dict[str, Any] = {
    "contact__call_minutes": 12,
    "contact__target_minutes": 22.0,
    "contact__max_attempts": 9,
    "contact__followup_gap_days": 1,
}


@pytest.mark.parametrize(
    ("steps", "within", "calls"),
    [
        (0, 20.0, 2),
        (1, 7.0, 2),  # 8 minutes are missing to 42
        (1, 8.0, 3),
        (2, 8.0, 3),  # from 51 on, 11 are missing to 62
        (2, 11.0, 4),
    ],
)
def test_staff_go_on_while_little_is_missing(steps: int, within: float, calls: int) -> None:
    scenario = practice(**CALLS, contact__addon_steps=steps, contact__addon_within_minutes=within)
    _, facts, _ = run(scenario)
    assert facts.patient_months["attempts"].tolist() == [calls]
    assert facts.patient_months["captured_minutes"].tolist() == [17.0 * calls]


def test_chart_work_fills_the_add_on_up() -> None:
    """A call of 17 minutes, chart work to 22; then 20 are missing, of which the cap has 15 left."""
    scenario = practice(
        **CALLS,
        contact__followup="chart",
        contact__chart_minutes_per_month=20.0,
        contact__addon_steps=1,
        contact__addon_within_minutes=20.0,
    )
    _, facts, _ = run(scenario)
    assert facts.patient_months["captured_minutes"].tolist() == [37.0]
    assert facts.counts["chart_work_done"].tolist() == [2]


def test_who_goes_on_comes_after_everybody_who_is_short() -> None:
    """Patient 0 is at 34 of 42 minutes, patient 1 at 17 of 22: eight missing wait for five."""
    known = {0: 34.0, 1: 17.0}
    ranks = {}
    for patient, minutes in known.items():
        goal = rules.current_target(minutes, 22.0, 1, 8.0, 20.0)
        ranks[patient] = rules.request_order(rules.CLOSEST_TO_THRESHOLD, minutes, 22.0, goal, 0.0)
    assert ranks[1] == 5.0
    assert 1e6 < ranks[0] < math.inf
    done = rules.request_order(rules.CLOSEST_TO_THRESHOLD, 43.0, 22.0, 42.0, 0.0)
    assert done == math.inf


@pytest.mark.parametrize(
    ("changes", "family"),
    [
        ({}, "ccm_staff"),
        ({"billing__program": "pcm", "contact__threshold_minutes": 30.0}, "pcm_staff"),
        ({"staff__nurse__role": "practitioner"}, "ccm_practitioner"),
    ],
)
def test_the_unit_is_that_of_the_add_on_code(changes: dict[str, Any], family: str) -> None:
    scenario = practice(contact__target_minutes=30.0, contact__addon_steps=1, **changes)
    minutes = prepare(scenario, 1).settings[0]["addon_minutes"]
    assert minutes == codes.FAMILIES[family].addon_minutes


def test_single_conditions_go_on_in_steps_of_thirty() -> None:
    """Two calls make 34, three 51: of 62, a fourth is placed if 11 may be missing."""
    calls = CALLS | {"contact__target_minutes": 32.0, "contact__threshold_minutes": 30.0}
    for within, attempts in ((10.0, 2), (28.0, 4)):
        scenario = practice(
            **calls,
            billing__program="pcm",
            contact__addon_steps=1,
            contact__addon_within_minutes=within,
        )
        _, facts, _ = run(scenario)
        assert facts.patient_months["attempts"].tolist() == [attempts]


@pytest.mark.parametrize("steps", [-1, 3, 1.5])
def test_medicare_pays_two_add_on_units(steps: float) -> None:
    with pytest.raises(InputError, match=r"contact\.addon_steps"):
        practice(contact__addon_steps=steps)


def answered_by_month(*, booked: bool, factor: float) -> list[int]:
    scenario = practice(
        contact__book_next_call=booked,
        contact__scheduled_factor=factor,
        contact__answer_probability=1,
    )
    _, facts, _ = run(scenario, 4)
    answered: list[int] = facts.counts["answered"].tolist()
    return answered


def test_only_who_answered_last_month_is_booked() -> None:
    """Booked calls are never answered here: so every other month's is not booked, and is."""
    assert answered_by_month(booked=True, factor=0.0) == [1, 0, 1, 0]
    assert answered_by_month(booked=False, factor=0.0) == [1, 1, 1, 1]


def test_a_retry_is_not_booked() -> None:
    scenario = practice(
        contact__book_next_call=True,
        contact__scheduled_factor=0.0,
        contact__max_attempts=2,
        contact__retry_gap_days=1,
    )
    _, facts, events = run(scenario, 2)
    assert facts.counts["attempts"].tolist() == [1, 2]
    assert facts.counts["answered"].tolist() == [1, 1]
    assert [kind for *_, kind in seen(events, "started")] == ["outreach", "outreach", "retry"]
