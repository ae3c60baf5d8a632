"""Rules that react: the backup for full worklists, and pauses of enrollment; by hand and by facts.

Every case runs in both engines and both kernels, which `run` compares bit for bit.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.quiet import away, counted, january, practice, run, seen

import ccmsim
from ccmsim import ideal
from ccmsim.analyses.leave_dates import ways_to_help
from ccmsim.analyses.levers import LEVERS
from ccmsim.arrays import Floats
from ccmsim.estimation import mean
from ccmsim.scenario import Scenario
from ccmsim.scenario.operations import ORDERS
from ccmsim.scenario.staff import WEEKDAYS
from ccmsim.variables import coordinates

FALSE_ALARM = 1e-6
LEVEL = "operations.backup_above_backlog_items"
PAUSE = "enrollment.pause_below_billable_share"


def shift(hours: str, *days: str) -> dict[str, Any]:
    """Return a schedule without breaks: some hours on some days, or on all five."""
    return {"shifts": {day: [hours] for day in days or WEEKDAYS}, "desk_productive_share": 1.0}


# ------------------------------------------------------------- full worklists


def helping(level: int | None, patients: int = 24, **changes: Any) -> Scenario:
    """Return two nurses of whom one, whom absence alone brings no help, is away on 2 January.

    Each has half of the patients, whose calls of twenty minutes come on the first business day.
    """
    return practice(
        **{
            "staff__nurse__coordinators": 2,
            "panel__enrolled_at_start": patients,
            "operations__assignment": "owned_with_backup",
            "operations__backup_after_days": 30,
            "operations__backup_above_backlog_items": level,
            "disruptions__log": january(2, seat=0),
            **changes,
        }
    )


def by_others(events: Any) -> list[tuple[int, float, int]]:
    """Return (day, minute, patient) of services by nurses who are not the patients' own."""
    return [
        (day, minute, patient)
        for day, minute, patient, who, _ in seen(events, "started")
        if who != patient % 2
    ]


@pytest.mark.parametrize(("level", "helped"), [(None, False), (12, False), (11, True)])
def test_the_backup_helps_with_more_items_than_the_level(level: int | None, helped: bool) -> None:
    """On Monday the 5th seat 0 has twelve open items, and seat 1 three of her own."""
    _, facts, events = run(helping(level))
    # she is free at 10:00; they take turns, the owner first, also when few are left
    turns = [(5, 600.0, 8), (5, 620.0, 12), (5, 640.0, 16), (5, 660.0, 20)]
    assert by_others(events) == (turns if helped else [])
    # twelve items at both desks on the 2nd, and again at seat 0 on the 5th
    assert counted(facts, "overfull_days") == (3 if helped else 0)


def test_it_is_judged_at_opening_and_lasts_till_the_next_business_day() -> None:
    """Ten items on the 5th, of which six are left on the 6th: no longer more than the level."""
    shared = helping(6, 20, disruptions__log=january(2, 5, 6, 7, seat=0))
    _, facts, events = run(shared)
    # seat 1 has one item of her own left on the 5th: eight of the ten follow at once
    assert by_others(events) == [(5, 560.0 + 20.0 * k, 2 * k) for k in range(8)]
    assert counted(facts, "overfull_days") == 3  # both on the 2nd, seat 0 on the 5th
    # a level that the rest of the 6th still passes brings help on that day, too
    _, facts, events = run(shared.but({LEVEL: 1}))
    assert by_others(events)[8:] == [(6, 540.0, 16), (6, 560.0, 18)]
    assert counted(facts, "overfull_days") == 4


@pytest.mark.parametrize("each", [2, 3])
def test_help_begins_at_opening_and_not_before(each: int) -> None:
    """On the 5th seat 1 is done with her own at 7:40, or at 8:00, when the clinic opens."""
    both_away = {
        "disruptions__log": january(2, 5, seat=0),
        "disruptions__other": january(2, seat=1),
    }
    early = shift("07:00-12:00") | {"coordinators": 2}
    _, facts, events = run(helping(each - 1, 2 * each, staff__nurse=early, **both_away))
    own = [row[1] for row in seen(events, "started") if row[3] == row[2] % 2]
    assert own == [420.0 + 20.0 * k for k in range(each)]
    assert by_others(events) == [(5, 480.0 + 20.0 * k, 2 * k) for k in range(each)]
    # seat 1's list was as full on the 2nd
    assert counted(facts, "overfull_days") == 3


def test_own_items_come_first() -> None:
    """With twenty of her own, nine of them on the 2nd and nine on the 5th, seat 1 is late."""
    _, _, events = run(helping(1, 40))
    assert by_others(events)[0] == (6, 580.0, 24)
    assert {day for day, _, _ in by_others(events)} == {6}


def test_substitutes_are_not_called_by_a_full_worklist() -> None:
    cover = shift("09:00-12:00") | {"after_days": 30}
    _, facts, events = run(helping(11, operations__cover=cover))
    assert {row[3] for row in seen(events, "started")} == {0, 1}
    assert facts.paid_minutes[:, 2].sum() == 0.0


def test_approaches_do_not_fill_a_worklist() -> None:
    """Ten people wait for a talk, and nobody for care."""
    scenario = asking(20, 0, operations__assignment="owned_with_backup").but({LEVEL: 0})
    _, facts, _ = run(scenario)
    assert facts.counts["listed_patients"].tolist() == [20]
    assert counted(facts, "overfull_days") == 0


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_open_at_opening_is_counted_as_the_trace_says(order: str) -> None:
    """Seat by seat and day by day: released, less started, expired and dropped before."""
    level = 7
    scenario = helping(
        level,
        60,
        disruptions__log=january(5, 6, 7, 8, seat=0),
        panel__death_per_month_share=0.4,
        operations__order=order,
        contact__followup_gap_days=2,
        contact__call_minutes=12,
        contact__max_attempts=3,
        contact__answer_probability=0.5,
        contact__inbound_per_month=2.0,
        contact__care_tasks_per_month=2.0,
        contact__request_patience_days=3.0,
        contact__outreach_pattern="even",
    )
    inputs, facts, events = run(scenario, 2)
    assert facts.counts["dropped_items"].all()
    assert facts.counts["expired_items"].all()
    full = Counter[int]()
    for opening in inputs.calendar.business_day_minutes + inputs.staffing.opens:
        items = Counter[int]()
        for event in events:
            if event.minute <= opening and event.event == "released":
                items[event.patient % 2] += 1
            ended = event.event in ("expired", "dropped") and event.minute <= opening
            if ended or (event.event == "started" and event.minute < opening):
                items[event.patient % 2] -= 1
        month = int(opening >= inputs.calendar.month_start_minutes[1])
        full[month] += sum(many > level for many in items.values())
    assert 0 < full[0] < 2 * 20
    assert facts.counts["overfull_days"].tolist() == [full[0], full[1]]


def test_a_level_never_reached_changes_nothing() -> None:
    base = ccmsim.load("two_nurses")
    one, other = (
        ccmsim.simulate(scenario, months=6, replications=10, seed=3).values
        for scenario in (base, base.but({LEVEL: 1_000_000}))
    )
    assert not other["overfull_days"].any()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def test_the_level_goes_where_nobody_could_help() -> None:
    """What takes the colleagues' help away takes the level with it."""
    base = ccmsim.load("two_nurses").but({LEVEL: 20})
    assert ideal.unlimited_staff(base).operations.backup_above_backlog_items is None
    teams = ccmsim.teams(base, assignments=["owned", "owned_with_backup", "pooled"])
    levels = [team.operations.backup_above_backlog_items for team in teams.values()]
    assert levels == [None, 20, None]
    alone = ways_to_help(base, "nurses", None)["nobody helps"]
    assert base.but(alone).operations.backup_above_backlog_items is None
    changes = next(lever for lever in LEVERS if lever.name == "pooled").changes(base)
    assert base.but(changes).operations.assignment == "pooled"


# ------------------------------------------------------------- pauses


def asking(patients: int, enrolled: int, **changes: Any) -> Scenario:
    """Return the quiet practice on a Medicare panel: three a month say yes when they come."""
    enrollment = {
        "approach": "visits",
        "visit_share_per_month": 1.0,
        "consent_share": 1.0,
        "consent_odds_ratio": 1.0,
        "initiating_visit_share": 0.0,
        "talk_minutes": 1,
        **changes.pop("enrollment", {}),
    }
    return practice(
        panel__replace_leavers=False,
        panel__enrolled_at_start=enrolled,
        panel__medicare={"patients": patients, "eligible_share": 1.0},
        enrollment=enrollment,
        **changes,
    )


THREE = {"approaches_per_month": 3}


def test_nobody_is_asked_after_a_month_with_too_few() -> None:
    """Everybody but in February, when the nurse is away: March has no list, and April has."""
    february = away(*(date(2026, 2, day) for day in range(1, 29)))
    scenario = asking(30, 5, enrollment=THREE, disruptions__log=february)
    _, facts, _ = run(scenario.but({PAUSE: 1.0}), 5)
    assert facts.counts["listed_patients"].tolist() == [3, 3, 0, 3, 3]
    assert facts.counts["paused_months"].tolist() == [0, 0, 1, 0, 0]
    assert facts.counts["consents"].tolist() == [3, 0, 0, 3, 3]
    # who consented in January is in from February on, whatever February was like
    assert np.bincount(facts.patient_months["month"]).tolist() == [5, 8, 8, 8, 11]
    _, facts, _ = run(scenario, 5)
    assert facts.counts["listed_patients"].tolist() == [3] * 5
    assert counted(facts, "paused_months") == 0


def test_what_is_underway_goes_on() -> None:
    """Nobody answers a call; two of three who consent in January wait for visits, one a month."""
    scenario = asking(
        30,
        5,
        contact__answer_probability=0,
        enrollment={**THREE, "initiating_visit_share": 1.0, "practitioner_slots_per_month": 1,
                    "no_show_share": 0.0, "pause_below_billable_share": 0.1},
    )  # fmt: skip
    _, facts, _ = run(scenario, 5)
    assert facts.counts["paused_months"].tolist() == [0, 1, 1, 1, 1]
    assert facts.counts["approaches"].tolist() == [3, 0, 0, 0, 0]
    assert facts.counts["initiating_visits"].tolist() == [0, 1, 1, 1, 0]
    assert np.bincount(facts.patient_months["month"]).tolist() == [5, 5, 6, 7, 8]


def test_nobody_enrolled_is_no_reason_to_pause() -> None:
    _, facts, _ = run(asking(9, 0, enrollment=THREE).but({PAUSE: 1.0}), 3)
    assert facts.counts["listed_patients"].tolist() == [3, 3, 3]
    assert counted(facts, "paused_months") == 0


@pytest.mark.parametrize(("below", "paused"), [(0.0, 0), (0.69, 0), (0.7, 0), (0.71, 1)])
def test_the_very_share_is_enough(below: float, paused: int) -> None:
    """One Monday in January has time for seven of ten calls."""
    scenario = asking(
        30,
        10,
        staff__nurse=shift("09:00-11:20", "monday"),
        disruptions__log=january(12, 26),
        enrollment={**THREE, "pause_below_billable_share": below},
    )
    _, facts, _ = run(scenario, 2)
    enough = facts.patient_months["captured_minutes"] >= 20.0
    assert int(enough[facts.patient_months["month"] == 0].sum()) == 7
    assert facts.counts["paused_months"].tolist() == [0, paused]
    assert facts.counts["listed_patients"].tolist() == [3, 3 - 3 * paused]


@pytest.mark.parametrize(
    ("changes", "paused"),
    [
        ({"documentation.real_time.entry_loss_share": 1.0}, 1),  # worked, and not in the log
        ({"documentation.failure_share": 1.0}, 0),  # in the log, and not documented
        ({"documentation.not_claimable_share": 1.0}, 0),
        ({"documentation.consent_missing_share": 1.0}, 0),
        ({"contact.care_plan_minutes": 5.0}, 0),
    ],
)
def test_it_goes_by_what_the_time_log_says(changes: dict[str, Any], paused: int) -> None:
    scenario = asking(30, 5, enrollment={**THREE, "pause_below_billable_share": 0.5})
    _, facts, _ = run(scenario.but(changes), 2)
    assert facts.counts["paused_months"].tolist() == [0, paused]


PROGRAMS: dict[str, dict[str, Any]] = {
    "ccm": {},
    "threshold": {"contact.threshold_minutes": 16.0, "contact.target_minutes": 18.0},
    "apcm": {"billing.program": "apcm", "contact.addon_steps": 0},
    "per_patient": {"billing.program": "per_patient", "contact.addon_steps": 0},
    "own": {"staff.nurses.role": "practitioner", "contact.target_minutes": 31.0},
    "as_staff": {
        "staff.nurses.role": "practitioner",
        "billing.practitioner_time": "counts_as_staff",
    },
    "beside": {"practitioner": {"contact_share": 0.4, "minutes": 14.0}},
    "beside_as_staff": {
        "practitioner": {"contact_share": 0.4, "minutes": 14.0},
        "billing.practitioner_time": "counts_as_staff",
    },
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_patient_has_their_own_threshold(program: str) -> None:
    """Where nothing but minutes is in the way, the share is that of the months billed."""
    base = ideal.perfect_documentation(ccmsim.load("growth_100")).but(
        {"contact.care_plan_minutes": None, "tail.practitioner_leaves_per_year": 0.0}
        | PROGRAMS[program]
    )
    free = ccmsim.simulate(base, months=6, replications=20, seed=11).values
    shares = free["billable_patients"] / free["enrolled_patients"]
    below = float(np.median(shares[:, :-1]))
    held = ccmsim.simulate(base.but({PAUSE: below}), months=6, replications=20, seed=11).values
    share = held["billable_patients"][:, :-1] / held["enrolled_patients"][:, :-1]
    paused = held["paused_months"]
    assert not paused[:, 0].any()
    np.testing.assert_array_equal(paused[:, 1:], share < below)
    assert 10 < paused.sum() < 90
    assert not held["approaches"][paused == 1].any()
    assert held["listed_patients"][paused == 0].any()


def test_warm_up_months_are_months_before() -> None:
    """The first reported month may be paused by the last month of the warm-up."""
    scenario = asking(30, 5, contact__answer_probability=0).but({PAUSE: 0.5})
    values = ccmsim.simulate(scenario, months=2, warmup_months=1, replications=1).values
    assert values["paused_months"].tolist() == [[1, 1]]
    values = ccmsim.simulate(scenario, months=2, replications=1).values
    assert values["paused_months"].tolist() == [[0, 1]]


def test_a_share_of_nothing_changes_nothing() -> None:
    base = ccmsim.load("growth_100")
    one, other = (
        ccmsim.simulate(scenario, months=6, replications=5, seed=3).values
        for scenario in (base, base.but({PAUSE: 0.0}))
    )
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


# ------------------------------------------------------------- what they are for


def paired(scenario: Scenario, changes: dict[str, Any], months: int, n: int) -> Any:
    """Return a function that gives the paired mean difference of what it is given, at 1 − 1e-6."""
    before, after = (
        ccmsim.simulate(one, months=months, replications=n, seed=23).values
        for one in (scenario, scenario.but(changes))
    )

    def difference(measure: Any) -> Any:
        values: Floats = measure(after) - measure(before)
        return mean(values, level=1.0 - FALSE_ALARM)

    return difference


def test_a_pause_raises_the_billable_share_of_a_team_with_too_many_patients() -> None:
    """Two years of `growth_100` whose people are asked at visits: about 57 of 100 are billed.

    The difference is 2.3 points; with 60 replications 0.8 points would be seen.
    """
    scenario = ccmsim.load("growth_100").but({"enrollment.approach": "visits"})
    difference = paired(scenario, {PAUSE: 0.6}, 24, 60)
    share = difference(
        lambda v: v["billable_patients"].sum(axis=1) / v["enrolled_patients"].sum(axis=1)
    )
    assert share.low > 0.005
    assert difference(lambda v: v["paused_months"].sum(axis=1).astype(float)).low > 3.0
    assert difference(lambda v: v["enrolled_patients"][:, -1].astype(float)).high < -3.0


def test_help_with_full_worklists_leaves_fewer_patients_without_an_attempt() -> None:
    """A year of `two_nurses`: about 12 of 65 patient-months; five would be seen."""
    reasons = coordinates()["reason"]
    backlog = reasons.index("no_attempt_backlog")
    difference = paired(ccmsim.load("two_nurses"), {LEVEL: 20}, 12, 100)
    missed = difference(lambda v: v["missed_patients"][:, :, backlog].sum(axis=1).astype(float))
    assert missed.high < -5.0
    billed = difference(lambda v: v["billable_patients"].sum(axis=1).astype(float))
    assert billed.low > 5.0


def test_a_lower_level_helps_on_more_days() -> None:
    base = ccmsim.load("two_nurses")
    days = [
        ccmsim.simulate(base.but({LEVEL: level}), months=6, replications=40, seed=2)
        .values["overfull_days"]
        .sum()
        for level in (0, 10, 40, 160)
    ]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) == 4
