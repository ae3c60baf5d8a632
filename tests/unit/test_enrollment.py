"""Visibility and enrollment: by hand, against expectations, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.quiet import counted, practice, run, seen

import ccmsim
from ccmsim import rules
from ccmsim.engine.ledger import Facts
from ccmsim.errors import InputError
from ccmsim.measures import estimate_of, measures_and_warning, precise_names
from ccmsim.scenario import Scenario

FALSE_ALARM = 1e-6
EVERYBODY = {"eligible_share": 1.0, "found_share": 1.0}
CERTAIN = {
    "consent_share": 1.0,
    "initiating_visit_share": 0.0,
    "reach_factor": 1.0,
    "talk_minutes": 15,
}


def asking(patients: int, enrolled: int = 0, **changes: Any) -> Scenario:
    """Return the quiet practice on a Medicare panel, where everybody says yes by default."""
    medicare = {"patients": patients, **EVERYBODY, **changes.pop("medicare", {})}
    enrollment = {**CERTAIN, **changes.pop("enrollment", {})}
    return practice(
        panel__replace_leavers=False,
        panel__enrolled_at_start=enrolled,
        panel__medicare=medicare,
        enrollment=enrollment,
        **changes,
    )


def enrolled(facts: Facts, months: int) -> list[int]:
    return [int(n) for n in np.bincount(facts.patient_months["month"], minlength=months)]


# ---------------------------------------------------------------- by hand


def test_who_consents_is_enrolled_at_the_next_month_start() -> None:
    """Four people over 20 business days: days 0, 5, 10, 15; talks of 15 minutes from 9:00."""
    _, facts, events = run(asking(4), 2)
    january = [2, 9, 16, 26]  # the 19th is a holiday
    assert seen(events, "released")[:4] == [
        (day, 480, patient, -1, "approach") for patient, day in enumerate(january)
    ]
    assert [row[:3] for row in seen(events, "started")[:4]] == [
        (day, 540, patient) for patient, day in enumerate(january)
    ]
    assert enrolled(facts, 2) == [0, 4]
    first = facts.counts[0]
    assert (first["listed_patients"], first["approached_patients"]) == (4, 4)
    assert (first["approaches"], first["talks"], first["consents"]) == (4, 4, 4)
    assert facts.counts["new_patients"].tolist() == [0, 4]
    assert facts.worked_minutes[0].sum() == facts.uncounted_minutes[0].sum() == 60.0
    assert facts.services[0].sum() == 4


def test_the_consent_talk_makes_the_caller_familiar() -> None:
    """Whoever was spoken with answers an outreach call that strangers never answer."""
    scenario = asking(2, contact__unfamiliar_factor=0.0)
    _, facts, _ = run(scenario, 2)
    assert facts.counts["answered"].tolist() == [0, 2]
    _, alone, _ = run(scenario.but({"enrollment.approach": "visits"}), 4)
    assert alone.counts["answered"].sum() == alone.counts["attempts"].sum() > 0
    hires = {"kind": "turnover", "per_year": 0.0, "vacancy_days": 1}
    assert run(scenario.but({"disruptions.quit": hires}), 2)[1].counts["answered"].sum() == 2


@pytest.mark.parametrize(
    ("policy", "quota", "first"),
    [
        ("care_first", 0.0, "outreach"),
        ("enrollment_first", 0.0, "approach"),
        ("weekly_quota", 0.0, "outreach"),
        ("weekly_quota", 10.0, "approach"),
    ],
)
def test_policy_decides_what_comes_first(policy: str, quota: float, first: str) -> None:
    """On 2 January at 9:00 one outreach and one approach are open."""
    scenario = asking(2, 1, enrollment={"policy": policy, "quota_minutes_per_week": quota})
    _, _, events = run(scenario)
    both = ["outreach", "approach"] if first == "outreach" else ["approach", "outreach"]
    assert [row[4] for row in seen(events, "started")] == both


def test_the_quota_is_a_coordinator_s_own_and_of_a_calendar_week() -> None:
    """Twenty people a day: 15 minutes of approaches first a week, then five outreach calls."""
    scenario = asking(
        45,
        5,
        contact__outreach_pattern="first_day",
        enrollment={"policy": "weekly_quota", "quota_minutes_per_week": 15.0},
    )
    _, _, events = run(scenario)
    first_day = [row[4] for row in seen(events, "started") if row[0] == 2]
    assert first_day[:6] == ["approach", *["outreach"] * 5]
    # the 2nd is a Friday: on Monday the quota begins anew, though only approaches are left


def test_unanswered_calls_are_repeated_and_then_rest() -> None:
    scenario = asking(
        1,
        contact__answer_probability=0,
        contact__retry_gap_days=2,
        enrollment={"max_attempts": 3, "again_after_months": 2},
    )
    _, facts, events = run(scenario, 4)
    # business days 0, 2, 4 of January, then nothing until March
    assert [row[0] for row in seen(events, "started")[:3]] == [2, 6, 8]
    assert facts.counts["approaches"].tolist() == [3, 0, 3, 0]
    assert facts.counts["listed_patients"].tolist() == [1, 0, 1, 0]
    assert facts.counts["talks"].sum() == 0


def test_open_approaches_expire_at_the_month_s_end() -> None:
    scenario = asking(3, staff__nurse={"hours_per_week": 0.0})
    _, facts, _ = run(scenario, 2)
    assert facts.counts["released_items"].tolist() == [3, 3]
    assert facts.counts["expired_items"].tolist() == [3, 3]
    assert facts.counts["approached_patients"].sum() == 0


def test_who_is_not_met_at_a_visit_goes_home() -> None:
    """The nurse works on Mondays only: others come and go."""
    monday = {"shifts": {"monday": ["09:00-12:00"]}, "desk_productive_share": 1.0}
    scenario = asking(
        60,
        staff__nurse=monday,
        enrollment={"approach": "visits", "visit_share_per_month": 1.0,
                    "approaches_per_month": 60, "talk_minutes": 1},
    )  # fmt: skip
    _, facts, events = run(scenario)
    weekday = {day: (day + 2) % 7 for day in range(1, 32)}  # 1 January 2026 is a Thursday: 3
    released = seen(events, "released")
    assert len(released) == 60
    on_monday = [row[2] for row in released if weekday[row[0]] == 0]
    met = [row[2] for row in seen(events, "started")]
    assert sorted(met) == sorted(on_monday)
    assert counted(facts, "expired_items") == 60 - len(met)
    assert {row[1] for row in seen(events, "expired")} == {0}


def test_initiating_visits_are_given_in_order_of_consent() -> None:
    """One slot a month, everybody needs a visit: one enrolls each month, from the second on."""
    scenario = asking(
        4,
        enrollment={
            "initiating_visit_share": 1.0,
            "practitioner_slots_per_month": 1,
            "no_show_share": 0.0,
        },
    )
    _, facts, events = run(scenario, 7)
    assert enrolled(facts, 7) == [0, 0, 1, 2, 3, 4, 4]
    assert facts.counts["waiting_patients"].tolist() == [0, 3, 2, 1, 0, 0, 0]
    assert facts.counts["initiating_visits"].tolist() == [0, 1, 1, 1, 1, 0, 0]
    assert [row[2] for row in seen(events, "enrolled")] == [0, 1, 2, 3]
    missed = scenario.but({"enrollment.no_show_share": 1.0})
    _, facts, _ = run(missed, 4)
    assert facts.counts["missed_visits"].tolist() == [0, 1, 1, 1]
    assert counted(facts, "new_patients") == 0


def test_the_practice_asks_up_to_its_target() -> None:
    scenario = asking(30, 5, enrollment={"target_patients": 9, "approaches_per_month": 3})
    _, facts, _ = run(scenario, 4)
    assert enrolled(facts, 4) == [5, 8, 9, 9]
    assert facts.counts["listed_patients"].tolist() == [3, 1, 0, 0]


def test_nobody_is_asked_where_enrollment_is_left_out() -> None:
    scenario = asking(50, 10).but({"enrollment": None})
    _, facts, _ = run(scenario, 3)
    assert enrolled(facts, 3) == [10, 10, 10]
    assert facts.counts["eligible_patients"].tolist() == [50, 50, 50]
    assert counted(facts, "approaches") == 0


GROWING = asking(
    8, 2, medicare={"early_below": 4, "mature_from": 7}, enrollment={"approaches_per_month": 3}
)


def test_stages_follow_the_enrolled() -> None:
    _, facts, _ = run(GROWING, 4)
    assert enrolled(facts, 4) == [2, 5, 8, 8]
    assert facts.counts["stage"].tolist() == [0, 1, 2, 2]


def test_helpers_enroll_nobody() -> None:
    """With its own nurse away for good, a desk's people are never asked, whoever else is there."""
    away = {"hours_per_week": 0.0}
    scenario = asking(
        8,
        0,
        operations__assignment="owned_with_backup",
        operations__backup_after_days=0,
        staff__second=away,
    )
    _, facts, events = run(scenario.but({"staff.nurse": away}), 1)
    assert seen(events, "started") == []
    _, facts, events = run(scenario, 1)
    assert {row[3] for row in seen(events, "started")} <= {0}
    assert counted(facts, "approaches") + counted(facts, "expired_items") == 8


def test_who_is_found_false_is_never_asked_again() -> None:
    nobody = {"eligible_share": 0.0, "false_share": 1.0}
    _, facts, _ = run(asking(5, medicare=nobody), 3)
    assert facts.counts["talks"].tolist() == [5, 0, 0]
    assert counted(facts, "consents") == 0
    assert facts.counts["eligible_patients"].tolist() == [0, 0, 0]


def test_enrollment_is_paid_by_work_and_not_by_a_fee() -> None:
    scenario = asking(10, finance__replacement_cost_usd=1_000.0)
    values = ccmsim.simulate(scenario, months=3, replications=1).values
    assert values["new_patients"].sum() == 10
    item = values["cost_usd"][0].sum(axis=0)
    assert item[ccmsim.variables.coordinates()["item"].index("replacement")] == 0.0
    hours = values["overhead_hours"][0, 0]
    assert hours[0] == pytest.approx(10 * 15.0 / 60.0)  # outreach and coordination


# ---------------------------------------------------------------- expectations


def of_first_months(scenario: Scenario, n: int, months: int = 1) -> Mapping[str, Any]:
    return ccmsim.simulate(scenario, months=months, replications=n, seed=5).values


def binomial_is_plausible(count: int, trials: int, probability: float) -> None:
    tail = (
        stats.binom.cdf(count, trials, probability),
        stats.binom.sf(count - 1, trials, probability),
    )
    assert 2.0 * min(tail) > FALSE_ALARM


def test_shares_of_the_panel_are_as_asked() -> None:
    """Eligible: E + Binomial(N − E, (sN − E) ÷ (N − E)); on the registry: a coin each."""
    scenario = asking(
        300, 60, medicare={"eligible_share": 0.6, "found_share": 0.7, "false_share": 0.2}
    ).but({"enrollment": None})
    values = of_first_months(scenario, 40)
    eligible = int((values["eligible_patients"][:, 0] - 60).sum())
    binomial_is_plausible(eligible, 40 * 240, (0.6 * 300 - 60) / 240)
    identified = int((values["identified_patients"][:, 0] - 60).sum())
    binomial_is_plausible(identified, eligible, 0.7)


def test_the_missed_are_found_month_by_month() -> None:
    scenario = asking(
        200, 0, medicare={"found_share": 0.0, "found_per_month_share": 0.3},
        enrollment={"approaches_per_month": 1},
    )  # fmt: skip
    values = of_first_months(scenario, 20, months=4)
    for month in range(4):
        found = int(values["identified_patients"][:, month].sum())
        if month == 0:
            assert found == 0
        else:
            binomial_is_plausible(found, 20 * 200, 1.0 - 0.7**month)


def test_consent_follows_cover() -> None:
    """Among those talked with: c with supplemental cover, halved odds without."""
    wide = {"staff.nurse": {"hours_per_week": 60.0}}
    base = asking(100, enrollment={"approaches_per_month": 100, "consent_share": 0.6,
                                   "talk_minutes": 1}).but(wide)  # fmt: skip
    for share, probability in ((0.0, 0.6), (1.0, 0.5 * 0.6 / (0.4 + 0.5 * 0.6))):
        values = of_first_months(base.but({"finance.no_supplement_share": share}), 40)
        talks, consents = int(values["talks"].sum()), int(values["consents"].sum())
        assert talks == 4_000
        binomial_is_plausible(consents, talks, probability)


def test_newcomers_come_at_their_rates_and_need_a_visit() -> None:
    scenario = asking(
        1, 0, medicare={"joins_per_month": 3.0, "ages_in_per_month": 2.0},
        enrollment={"practitioner_slots_per_month": 0},
    )  # fmt: skip
    values = of_first_months(scenario, 60, months=5)
    grown = int((values["eligible_patients"][:, 4] - 1).sum())
    mean = 60 * 4 * 5.0
    assert (
        2.0 * min(stats.poisson.cdf(grown, mean), stats.poisson.sf(grown - 1, mean)) > FALSE_ALARM
    )
    # who joined waits for ever; who aged in enrolls: a share of 2 in 5, or less where time is short
    consents, new = values["consents"].sum(), values["new_patients"].sum()
    assert 0 < new < consents


def test_people_die_before_they_are_asked() -> None:
    scenario = asking(1_000, 0, panel__death_per_month_share=0.1).but({"enrollment": None,
        "panel.enrolled_at_start": 1})  # fmt: skip
    values = of_first_months(scenario, 5, months=3)
    alive = int((values["eligible_patients"][:, 2]).sum())
    binomial_is_plausible(alive, 5 * 1_000, 0.9**2)


def test_a_higher_consent_share_never_loses_a_consent() -> None:
    """One uniform a person: with time for everybody consents only ever join."""
    wide = {"staff.nurse": {"hours_per_week": 60.0}}
    found: set[int] = set()
    for share in (0.2, 0.5, 0.9):
        scenario = asking(60, enrollment={"consent_share": share, "approaches_per_month": 60})
        _, _, events = run(scenario.but(wide), 2)
        now = {row[2] for row in seen(events, "enrolled")}
        assert found <= now
        found = now
    assert len(found) > 40


def test_one_more_medicare_patient_moves_nobody_s_luck() -> None:
    few, more = asking(20, 5), asking(21, 5)
    rows = [run(scenario, 1)[1].patient_months for scenario in (few, more)]
    assert rows[0].tobytes() == rows[1].tobytes()


# ---------------------------------------------------------------- rules, measures, refusals


def test_rules_at_their_edges() -> None:
    assert rules.consent_probability(0.0, 0.5, False) == 0.0
    assert rules.consent_probability(1.0, 0.5, False) == 1.0
    assert rules.consent_probability(0.6, 0.5, True) == 0.6
    assert rules.eligible_among_others(0.5, 100, 80) == 0.0
    assert rules.eligible_among_others(0.5, 80, 80) == 0.0
    assert rules.approach_first(rules.WEEKLY_QUOTA, 119.0, 120.0)
    assert not rules.approach_first(rules.WEEKLY_QUOTA, 120.0, 120.0)
    monday = 3 * 1440.0  # the clock starts on a Thursday
    assert [rules.week(day * 1440.0, monday) for day in (0, 3, 4, 10, 11)] == [0, 0, 1, 1, 2]


def test_billable_is_reported_beside_both_enrolled_and_eligible() -> None:
    results = ccmsim.simulate(asking(40, 10), months=3, replications=20)
    found, _ = measures_and_warning(results)
    values = results.values
    expected = values["billable_patients"].sum() / values["eligible_patients"].sum()
    assert found["billable_share_of_eligible"].value == pytest.approx(expected)
    assert found["billable_share_of_eligible"].value < found["billable_share"].value
    assert found["enrolled_share_of_eligible"].value < 1.0
    assert found["identified_share_of_eligible"].value == 1.0
    same = estimate_of(results, "billable_share_of_eligible")
    assert same == found["billable_share_of_eligible"]
    blind = ccmsim.simulate(practice(), months=1, replications=20)
    without, _ = measures_and_warning(blind)
    assert "billable_share_of_eligible" not in without
    with pytest.raises(InputError, match="measure: is not known"):
        estimate_of(blind, "billable_share_of_eligible")
    assert "billable_share_of_eligible" in precise_names(results.scenario)
    assert "billable_share_of_eligible" not in precise_names(blind.scenario)


def test_months_are_labelled_by_stage() -> None:
    """Of 2, 5, 8 and 8 enrolled patients one month is early, one growth, two mature."""
    results = ccmsim.simulate(GROWING, months=4, replications=2)
    found, _ = measures_and_warning(results)
    shares = [found[f"stage_share.{name}"].value for name in ("early", "growth", "mature")]
    assert shares == [0.25, 0.25, 0.5]
    assert results.data.stage.attrs["flag_meanings"] == "early growth mature"


@pytest.mark.parametrize(("changes", "message"), [
    ({"panel.enrolled_at_start": 0, "panel.medicare": None, "enrollment": None},
     "panel.enrolled_at_start: must be at least 1 (got 0)"),
    ({"panel.enrolled_at_start": 0, "enrollment": None},
     "panel.enrolled_at_start: must be at least 1 where nobody is asked to enroll (got 0)"),
    ({"panel.medicare": None},
     ("enrollment: needs people to ask: panel.medicare is left out (got 'given'); "
      "valid: also panel.medicare = { patients = 600 }")),
    ({"panel.medicare": None, "panel.replace_leavers": True},
     "valid: also panel.medicare = { patients = 600 } and panel.replace_leavers = false"),
    ({"panel.medicare.patients": 3},
     "panel.medicare.patients: is below panel.enrolled_at_start (5) (got 3); valid: at least 5"),
    ({"panel.replace_leavers": True},
     "panel.replace_leavers: cannot be with panel.medicare: enrollment work makes up"),
    ({"enrollment.policy": "both"}, "enrollment.policy"),
    ({"enrollment.consent_odds_ratio": 0.0}, "enrollment.consent_odds_ratio"),
    ({"panel.medicare.joins_per_month": 701.0}, "panel.medicare.joins_per_month"),
])  # fmt: skip
def test_refusals(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        asking(20, 5).but(changes)
    assert message in str(caught.value)
