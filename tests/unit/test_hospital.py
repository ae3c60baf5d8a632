"""Stays in hospital: no answers, no requests, no minutes; nobody tells the practice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from tests.quiet import counted, practice, run, statuses

import ccmsim
from ccmsim import keyed, rules
from ccmsim.errors import InputError

FALSE_ALARM = 1e-6


def test_who_is_in_hospital_all_month_is_unreached() -> None:
    """Admitted in January for a hundred days: from February on nothing counts or comes."""
    scenario = practice(
        panel__enrolled_at_start=5,
        panel__hospital_per_month_share=1.0,
        panel__hospital_days=100,
        contact__inbound_per_month=2.0,
        contact__care_tasks_per_month=2.0,
        contact__other_work_outside_share=0.5,
        contact__request_patience_days=1.0,
    )
    _, facts, _ = run(scenario, 3)
    rows = facts.patient_months
    later = rows["month"] > 0
    assert (rows["countable_minutes"][later] == 0.0).all()
    assert (rows["attempts"][later] == 1).all()  # staff go on calling
    assert facts.counts["answered"][1:].tolist() == [0, 0]
    assert facts.counts["inbound_taken"][1:].tolist() == [0, 0]
    assert facts.counts["hospital_stays"].tolist() == [5, 5, 5]
    assert set(statuses(scenario, 3)[5:]) == {"unreached"}


def test_work_in_hospital_takes_time_and_counts_nothing() -> None:
    """Unanswered calls count in this practice, but not while the patient is in hospital."""
    at_home = practice(contact__count_unanswered=True, contact__answer_probability=0)
    away = at_home.but({"panel.hospital_per_month_share": 1.0, "panel.hospital_days": 100})
    minutes = []
    for scenario in (at_home, away):
        _, facts, _ = run(scenario, 2)
        rows = facts.patient_months[1]
        minutes.append((rows["countable_minutes"], facts.worked_minutes[1].sum()))
    assert minutes == [(2.0, 2.0), (0.0, 2.0)]


def test_chart_work_in_hospital_counts_nothing() -> None:
    """The push is chart work for strangers: it uses the cap up, and nobody can bill it."""
    scenario = practice(
        panel__hospital_per_month_share=1.0,
        panel__hospital_days=100,
        contact__followup="chart",
        contact__final_push_days=3,
        contact__chart_work_without_contact=True,
        contact__chart_minutes_per_month=20.0,
    )
    _, facts, _ = run(scenario, 2)
    assert facts.counts["chart_work_done"][1] == 1
    assert facts.patient_months["countable_minutes"][1] == 0.0


def test_stays_are_a_union() -> None:
    away = rules.in_hospital
    assert [away(t, 5.0, 10.0, 12.0) for t in (0.0, 4.99, 5.0, 9.99, 10.0, 11.99, 12.0)] == [
        True, True, False, False, True, True, False,
    ]  # fmt: skip
    assert not away(0.0, 0.0, -1.0, -1.0)


def test_a_stay_that_the_patient_does_not_live_to_see_is_none() -> None:
    scenario = practice(
        panel__enrolled_at_start=400,
        panel__hospital_per_month_share=1.0,
        panel__death_per_month_share=1.0,
        staff__nurse__shifts={},
    )
    inputs, facts, _ = run(scenario)
    start, end = inputs.calendar.month_start_minutes[:2]
    before = 0
    for patient in range(400):
        dies = keyed.death(7, 0, patient, 0, 1.0, start, end)
        before += keyed.admission(7, 0, patient, 0, 1.0, start, end) < dies
    assert counted(facts, "hospital_stays") == before
    low, high = stats.binom.interval(1.0 - FALSE_ALARM, 400, 0.5)
    assert low <= before <= high


def test_stays_begin_as_often_as_the_scenario_says() -> None:
    scenario = ccmsim.load("two_nurses").but({"panel.hospital_per_month_share": 0.033})
    values = ccmsim.simulate(scenario, months=12, replications=50, seed=4).values
    stays, enrolled = int(values["hospital_stays"].sum()), int(values["enrolled_patients"].sum())
    # half of the few who die do so before they would have been admitted
    share = 0.033 * (1.0 - 0.006 / 2.0)
    low, high = stats.binom.interval(1.0 - FALSE_ALARM, enrolled, share)
    assert low <= stays <= high
    assert (high - low) / enrolled < 0.006


def test_lengths_follow_the_law() -> None:
    scenario = practice(panel__hospital_days={"family": "geometric", "mean": 5.0})
    inputs, _, _ = run(scenario)
    laws = inputs.laws
    minutes = np.array(
        [keyed.stay_minutes(laws.handle, laws.rows["stay"], 1, 0, p, 0) for p in range(4000)]
    )
    assert set(minutes % 1440.0) == {0.0}
    error = math.sqrt(20.0 / 4000)  # a geometric length of mean 5 has variance 20
    assert abs(minutes.mean() / 1440.0 - 5.0) < stats.norm.isf(FALSE_ALARM / 2) * error


def test_more_stays_never_bill_more_where_nobody_waits() -> None:
    """Each patient alone with a nurse: stays are the same draws, so they only take away."""
    billed = []
    for share in (0.0, 0.1, 0.4):
        scenario = practice(
            panel__hospital_per_month_share=share,
            contact__answer_probability=0.6,
            contact__max_attempts=3,
        )
        values = ccmsim.simulate(scenario, months=12, replications=200, seed=2).values
        billed.append(values["billable_patients"].sum(axis=1))
    assert (billed[0] >= billed[1]).all()
    assert (billed[1] >= billed[2]).all()
    assert billed[0].sum() > billed[2].sum()


def test_the_share_is_a_share() -> None:
    with pytest.raises(InputError, match=r"panel\.hospital_per_month_share"):
        practice(panel__hospital_per_month_share=1.5)
