"""The owner of the programme: what depends on being there, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.quiet import january, practice, run

import ccmsim
from ccmsim.engine.inputs import prepare
from ccmsim.engine.review import NOT_THIS_MONTH, next_held
from ccmsim.errors import InputError
from ccmsim.finance import ITEMS

ALWAYS_AWAY = {"away_share": 1.0}
ALWAYS_THERE = {"away_share": 0.0}
LIVELY = ccmsim.load("structured_75").but({"panel.disenroll_after_months_without_contact": 2})


def facts_of(scenario: ccmsim.Scenario, months: int = 6) -> tuple[bytes, ...]:
    _, facts, _ = run(scenario, months)
    rows, worked = facts.patient_months, facts.worked_minutes
    return rows.tobytes(), worked.tobytes(), facts.on_duty_minutes.tobytes()


def test_an_owner_who_is_never_there_is_nobodys_job() -> None:
    """The same facts as with review never, no cover, and no rule on silent patients."""
    away = LIVELY.but({"operations.owner": ALWAYS_AWAY, "operations.order": "release"})
    nobody = LIVELY.but(
        {
            "operations.worklist_review": "never",
            "operations.order": "release",
            "panel.disenroll_after_months_without_contact": None,
        }
    )
    without_cover = nobody.but({"operations.cover": None})
    rows_away, _, _ = facts_of(away)
    assert rows_away == facts_of(without_cover)[0]
    assert rows_away != facts_of(LIVELY)[0]


def test_an_owner_who_is_always_there_changes_nothing_but_cost() -> None:
    there = LIVELY.but({"operations.owner": ALWAYS_THERE})
    assert facts_of(there) == facts_of(LIVELY)


def test_substitutes_are_not_called_in_the_owner_s_absence() -> None:
    cover = {"hours_per_week": 10.0, "after_days": 0}
    scenario = practice(
        operations__cover=cover, disruptions__gone=january(5, 6, 7), operations__owner=ALWAYS_AWAY
    )
    _, facts, _ = run(scenario)
    assert facts.template_minutes[1].sum() == 0.0
    _, facts, _ = run(scenario.but({"operations.owner": ALWAYS_THERE}))
    assert (facts.template_minutes[1] > 0.0).sum() == 3


def test_reviews_that_fall_out_are_made_up_for_by_the_next_one_held() -> None:
    daily = np.arange(6)
    weekly = np.array([0, 3, 3, 3, NOT_THIS_MONTH, NOT_THIS_MONTH])
    there = np.array([True, True, False, False, True, True])
    assert [next_held(daily, there, 0, 6, day) for day in range(6)] == [0, 1, 4, 4, 4, 5]
    assert next_held(weekly, there, 0, 6, 1) == NOT_THIS_MONTH
    assert next_held(weekly, np.ones(6, np.bool_), 0, 6, 1) == 3


def test_weeks_are_calendar_weeks_of_a_month() -> None:
    """January 2026 has Friday 2, then the weeks of 5, 12, 20 (Monday is a holiday) and 26."""
    scenario = practice(operations__owner={"away_share": 0.5})
    inputs = prepare(scenario, 1)
    weekday = inputs.days.weekday
    first = [0, *(day for day in range(1, 20) if weekday[day] < weekday[day - 1])]
    assert len(first) == 5
    seen = set()
    for replication in range(40):
        _, facts, _ = run(scenario, replication=replication)
        seen.add(int(facts.counts["reviews"][0]))
    sizes = np.diff([*first, 20])
    sums = {int(sizes[[bool(k >> w & 1) for w in range(5)]].sum()) for k in range(32)}
    assert len(seen) > 5
    assert seen <= sums


def test_away_weeks_come_at_their_share() -> None:
    """Reviewed days of 400 months: a share of 0.7, with one coin a week."""
    scenario = practice(operations__owner={"away_share": 0.3})
    values = ccmsim.simulate(scenario, months=1, replications=400, seed=11).values
    share = values["reviews"][:, 0] / 20.0
    error = share.std(ddof=1) / 20.0
    assert abs(share.mean() - 0.7) < 5.1 * error  # false alarm 1e-6 at 399 degrees of freedom
    assert 5.1 * error < 0.08


@pytest.mark.parametrize(("hours", "minutes"), [(2.0, 480.0), (0.5, 20 * (10.0 + 0.5 * 4))])
def test_the_owner_is_paid_for_the_hours_or_for_the_reviews(hours: float, minutes: float) -> None:
    """20 business days, 4 patients: weekly hours x 4, or 20 reviews of 12 minutes."""
    owner = {
        "hours_per_week": hours,
        "wage_usd_per_hour": 48.0,
        "away_share": 0.0,
        "review_minutes": 10.0,
        "review_minutes_per_patient": 0.5,
    }
    without = practice(panel__enrolled_at_start=4, finance__wage_load=1.25)
    paid = without.but({"operations.owner": owner})
    one, other = (ccmsim.simulate(s, months=1, replications=1).values for s in (paid, without))
    cost = minutes / 60.0 * 48.0 * 1.25
    assert one["cost_usd"][0, 0, ITEMS.index("owner")] == pytest.approx(cost)
    assert one["other_cost_usd"] - other["other_cost_usd"] == pytest.approx(cost)
    assert one["claim_units"].sum() == 4  # a minute of oversight each: 2 dollars at 120 an hour
    assert one["overhead_hours"][0, 0, 2] == pytest.approx((minutes + 4.0) / 60.0)
    assert one["overhead_usd"][0, 0, 2] - other["overhead_usd"][0, 0, 2] == pytest.approx(cost)
    assert other["cost_usd"][0, 0, ITEMS.index("owner")] == 0.0


def test_refusal() -> None:
    with pytest.raises(InputError, match=r"operations\.owner\.away_share"):
        practice(operations__owner={"away_share": 1.5})
