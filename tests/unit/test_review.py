"""Who looks down the list, and when: never, monthly, weekly, daily."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.quiet import practice, run, seen, statuses

import ccmsim
from ccmsim import calendar
from ccmsim.engine.inputs import prepare
from ccmsim.engine.review import NOT_THIS_MONTH, next_reviews
from ccmsim.scenario.operations import ORDERS

# Business days of January 2026: 2, 5–9, 12–16, 20–23 (the 19th is a holiday), 26–30.
JANUARY = [2, *range(5, 10), *range(12, 17), *range(20, 24), *range(26, 31)]


def review_dates(review: str, push_days: int) -> list[int]:
    """Return the days of January on which somebody looks down the list."""
    coming = next_reviews(calendar.build(date(2026, 1, 1), 2), review, push_days)
    return [JANUARY[day] for day in range(len(JANUARY)) if coming[day] == day]


@pytest.mark.parametrize(
    ("review", "push_days", "expected"),
    [
        ("daily", 3, JANUARY),
        ("weekly", 3, [2, 5, 12, 20, 26, 28]),
        ("weekly", 0, [2, 5, 12, 20, 26, 30]),
        ("monthly", 3, [28]),
        ("monthly", 0, [30]),
        ("monthly", 99, [2]),
        ("never", 3, []),
    ],
)
def test_review_days_of_a_month(review: str, push_days: int, expected: list[int]) -> None:
    assert review_dates(review, push_days) == expected


def test_the_next_review_is_of_the_same_month() -> None:
    coming = next_reviews(calendar.build(date(2026, 1, 1), 2), "monthly", 3)
    assert coming[: len(JANUARY)].tolist() == [17] * 18 + [NOT_THIS_MONTH] * 2
    assert coming[len(JANUARY)] == 16  # of 19 business days in February
    never = next_reviews(calendar.build(date(2026, 1, 1), 1), "never", 3)
    assert set(never.tolist()) == {NOT_THIS_MONTH}


# Calls of 20 minutes and a target of 60, the first on Friday 2 January, follow-ups two days later.
SHORT: dict[str, Any] = {
    "contact__target_minutes": 60.0,
    "contact__max_attempts": 9,
    "contact__final_push_days": 3,
}


@pytest.mark.parametrize(
    ("review", "days"),
    [("daily", [2, 6, 8]), ("weekly", [2, 12, 20]), ("monthly", [2, 28]), ("never", [2])],
)
def test_follow_ups_wait_for_a_review(review: str, days: list[int]) -> None:
    scenario = practice(**SHORT, operations__worklist_review=review)
    _, _, events = run(scenario)
    assert [day for day, *_ in seen(events, "started")] == days


@pytest.mark.parametrize("review", ["daily", "weekly", "monthly", "never"])
def test_retries_wait_for_nobody(review: str) -> None:
    scenario = practice(
        operations__worklist_review=review,
        contact__answer_probability=0,
        contact__max_attempts=3,
    )
    _, _, events = run(scenario)
    assert [day for day, *_ in seen(events, "started")] == [2, 6, 8]


@pytest.mark.parametrize(("review", "pushes"), [("daily", 1), ("monthly", 1), ("never", 0)])
def test_nobody_pushes_who_does_not_look(review: str, pushes: int) -> None:
    scenario = practice(
        operations__worklist_review=review,
        contact__answer_probability=0,
        contact__final_push_days=3,
    )
    _, _, events = run(scenario)
    kinds = [kind for *_, kind in seen(events, "started")]
    assert kinds.count("final_push") == pushes


@pytest.mark.parametrize(("review", "enrolled"), [("daily", [1, 1, 0]), ("never", [1, 1, 1])])
def test_nobody_takes_off_whom_nobody_misses(review: str, enrolled: list[int]) -> None:
    scenario = practice(
        operations__worklist_review=review,
        contact__answer_probability=0,
        panel__disenroll_after_months_without_contact=2,
        panel__replace_leavers=False,
    )
    _, facts, _ = run(scenario, 3)
    assert [int((facts.patient_months["month"] == m).sum()) for m in range(3)] == enrolled


@pytest.mark.parametrize("order", ORDERS)
def test_without_a_review_nobody_knows_who_is_closest(order: str) -> None:
    scenario = practice(operations__worklist_review="never", operations__order=order)
    chosen = ORDERS[prepare(scenario, 1).order]
    assert chosen == ("release" if order == "closest_to_threshold" else order)


def test_a_month_is_lost_where_nobody_looks() -> None:
    scenario = practice(**SHORT, contact__threshold_minutes=40.0)
    assert statuses(scenario) == ["billable"]
    assert statuses(scenario.but({"operations.worklist_review": "never"})) == ["short"]


def test_fewer_reviews_bill_fewer_months() -> None:
    scenario = ccmsim.load("two_nurses")
    shares = []
    for review in ("daily", "weekly", "never"):
        changed = scenario.but({"operations.worklist_review": review})
        values = ccmsim.simulate(changed, months=12, replications=100, seed=3).values
        shares.append(values["billable_patients"].sum() / values["enrolled_patients"].sum())
    assert shares[0] > shares[2] + 0.05
    assert shares[1] > shares[2] + 0.05
