"""The SimPy model in practices small enough to know what must happen, minute by minute."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.quiet import DAY, SHIFT, by_hand, counted, january, practice, run, seen, statuses

import ccmsim
from ccmsim import rules
from ccmsim.engine.inputs import next_owner, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.people import Coordinator, PatientMonth
from ccmsim.engine.simpy_model import SimpyModel, simulate_one
from ccmsim.engine.simpy_services import Services
from ccmsim.engine.worklist import Item
from ccmsim.scenario import Scenario
from ccmsim.streams import STREAMS, uniforms
from ccmsim.units import TICK_MINUTES

# ------------------------------------------------------------- the month by hand


def test_worked_example_minute_by_minute() -> None:
    _, facts, events = run(by_hand(), seed=38)
    # (day, minute of the day, patient, item, end) from docs/worked_example.md
    noon = 720.0
    hand = [
        (2, noon - 3, 0, "outreach", noon),
        (2, noon, 1, "outreach", noon + 18),
        (5, noon - 3, 2, "outreach", noon),
        (8, noon - 3, 1, "follow_up", noon),
        (8, noon, 0, "retry", noon + 18),
        (9, noon - 3, 2, "retry", noon),
        (12, noon - 3, 0, "follow_up", noon),
        (12, noon, 1, "follow_up", noon + 3),
        (13, noon - 3, 2, "retry", noon),
        (14, noon - 3, 1, "follow_up", noon),
        (14, noon, 0, "follow_up", noon + 3),
        (21, noon - 3, 2, "inbound", noon + 16),
        (28, noon - 3, 0, "final_push", noon),
        (28, noon, 1, "final_push", noon + 18),
        (29, noon - 3, 2, "final_push", noon),
    ]
    starts = [(d, minute, patient, item) for d, minute, patient, _, item in seen(events, "started")]
    ends = [minute for _, minute, _, _, _ in seen(events, "completed")]
    assert [(*start, end) for start, end in zip(starts, ends, strict=True)] == hand
    assert facts.worked_minutes.tolist() == [[106.0]]
    assert facts.overtime_minutes.tolist() == [[18.0]]
    assert facts.paid_overtime_minutes.tolist() == [[3.0]]
    assert facts.on_duty_minutes.sum() == 288.0
    assert facts.lost_minutes[0].tolist() == [0.0] * 6 + [32.0, 0.0]
    assert facts.patient_months["captured_minutes"].tolist() == [19.0, 36.0, 20.0]
    assert facts.patient_months["attempts"].tolist() == [4, 4, 3]
    assert facts.waiting_items == 0


def test_worked_example_statuses() -> None:
    assert statuses(by_hand(), seed=38) == ["short", "billable", "billable"]


@pytest.mark.parametrize("order", ["release", "longest_unseen"])
def test_worked_example_in_another_order(order: str) -> None:
    """On the 8th patient 0 comes first: lower number, or unseen for longer than patient 1."""
    _, _, events = run(by_hand().but({"operations.order": order}), seed=38)
    eighth = [patient for day, _, patient, _, _ in seen(events, "started") if day == 8]
    assert eighth == [0, 1]


# ------------------------------------------------------------- limits


@pytest.mark.smoke
def test_a_preset_runs() -> None:
    results = ccmsim.simulate(ccmsim.load("two_nurses"), months=2, replications=2, seed=7)
    billable = results.values["billable_patients"]
    assert billable.shape == (2, 2)
    assert ((billable > 50) & (billable < 200)).all()
    enrolled = billable + results.values["missed_patients"].sum(axis=2)
    assert (enrolled == results.values["enrolled_patients"]).all()


def test_the_perfect_practice_bills_everybody() -> None:
    results = ccmsim.simulate(ccmsim.load("perfect"), months=12, replications=2, seed=1)
    assert results.values["billed_usd"].sum(axis=1).tolist() == [59_517.0, 59_517.0]
    assert (results.values["billable_patients"] == 75).all()


def test_nobody_answers() -> None:
    assert (
        statuses(practice(contact__answer_probability=0, panel__enrolled_at_start=3))
        == ["unreached"] * 3
    )


def test_nobody_is_there() -> None:
    empty = practice(staff__nurse__shifts={})
    assert statuses(empty) == ["no_attempt_backlog"]
    absent = practice(disruptions__log=january(*range(2, 32)))
    assert statuses(absent) == ["no_attempt_off_duty"]


@pytest.mark.parametrize(("last_day_away", "expected"), [(14, "backlog"), (16, "off_duty")])
def test_half_of_the_template_decides(last_day_away: int, expected: str) -> None:
    """Of 20 days from the release on, 10 away are half (backlog), 11 or more are off duty."""
    scenario = practice(
        panel__enrolled_at_start=400,  # 20 minutes each: 9 a day
        disruptions__log=january(*range(2, last_day_away + 2)),
    )
    inputs, facts, _ = run(scenario)
    assert inputs.calendar.month_first_business_day.tolist() == [0, 20]
    status = judge(facts, inputs, 7, 0).status
    reason = rules.BACKLOG if expected == "backlog" else rules.OFF_DUTY
    assert set(status[facts.patient_months["attempts"] == 0].tolist()) == {reason}


def test_a_month_without_business_days_has_no_work() -> None:
    closed = [date(2026, 1, day) for day in range(1, 32)]
    scenario = practice(operations__closed_days=closed, contact__inbound_per_month=50.0)
    _, facts, events = run(scenario, 2)
    january_events = [e for e in events if e.minute < 31 * DAY]
    assert january_events == []
    assert facts.patient_months["month"].tolist() == [0, 1]
    assert facts.patient_months["attempts"].tolist() == [0, 1]


# ------------------------------------------------------------- service


def test_what_has_started_ends_and_nothing_starts_when_duty_ends() -> None:
    """180 minutes hold nine calls of 20; the ninth ends with duty, the tenth waits for a day."""
    _, facts, events = run(practice(panel__enrolled_at_start=10))
    starts = [(day, minute) for day, minute, *_ in seen(events, "started")]
    assert starts == [(2, 540.0 + 20.0 * k) for k in range(9)] + [(5, 540.0)]
    assert facts.overtime_minutes.sum() == 0.0
    longer = practice(panel__enrolled_at_start=10, contact__call_minutes=16)
    _, facts, events = run(longer)
    assert [day for day, *_ in seen(events, "started")] == [2] * 9 + [5]
    assert facts.overtime_minutes.sum() == 9.0
    assert facts.paid_overtime_minutes.sum() == 9.0


def test_breaks_are_overtime_without_extra_pay() -> None:
    scenario = practice(staff__nurse__desk_productive_share=0.1)  # on duty 9:00 to 9:18
    _, facts, events = run(scenario)
    assert seen(events, "completed")[0][:2] == (2, 560.0)
    assert facts.overtime_minutes.sum() == 2.0
    assert facts.paid_overtime_minutes.sum() == 0.0


def test_work_beyond_the_month_is_overtime_of_the_month_it_started_in() -> None:
    """April 2026 ends on a Thursday: a call of 20 minutes from 23:50 on belongs to April."""
    scenario = practice(
        start=date(2026, 4, 1),
        staff__nurse__shifts={"thursday": ["23:50-24:00"], "friday": ["00:00-01:00"]},
        panel__enrolled_at_start=5,  # one a Thursday: 2, 9, 16, 23, 30 April
        operations__closed_days=[date(2026, 4, d) for d in (3, 10, 17, 24)],
        contact__max_attempts=1,
    )
    _, facts, events = run(scenario, 2)
    last = next(e for e in events if e.event == "started" and e.patient == 4)
    assert last.minute == 30 * DAY - 10.0
    assert facts.worked_minutes[0].sum() == 5 * 20.0
    assert facts.overtime_minutes[0].sum() == 5 * 10.0
    assert facts.patient_months["countable_minutes"][:5].tolist() == [20.0] * 5


def test_items_in_service_at_the_horizon_are_waiting() -> None:
    scenario = practice(
        start=date(2026, 7, 1),  # ends on a Friday
        staff__nurse__shifts={"friday": ["23:50-24:00"]},
        panel__enrolled_at_start=6,
    )
    _, facts, _ = run(scenario)
    assert counted(facts, "released_items") == 6
    assert counted(facts, "started_items") == 4
    assert counted(facts, "done_items") == 3
    assert counted(facts, "expired_items") == 2
    assert facts.waiting_items == 1


def test_logging_is_worked_and_never_counts() -> None:
    _, facts, _ = run(practice(documentation__logging_minutes_per_entry=1.5))
    assert facts.worked_minutes.sum() == 21.5
    assert facts.patient_months["countable_minutes"].tolist() == [20.0]


def test_requests_come_first_and_in_order_of_release() -> None:
    scenario = practice(
        panel__enrolled_at_start=60,
        contact__inbound_per_month=1.0,
        contact__care_tasks_per_month=1.0,
    )
    _, _, events = run(scenario)
    waiting: dict[tuple[int, str], list[float]] = {}
    checked = 0
    for event in events:
        if event.event == "released":
            waiting.setdefault((event.patient, event.item), []).append(event.minute)
        elif event.event == "started":
            released = waiting[event.patient, event.item].pop(0)
            others = [
                minute
                for (_, item), minutes in waiting.items()
                for minute in minutes
                if item in ("inbound", "care_task")
            ]
            if event.item in ("inbound", "care_task"):
                assert all(released <= other for other in others)
            else:
                assert others == []
            checked += bool(others)
    assert checked > 10


def test_a_release_comes_before_the_dispatch_of_its_instant() -> None:
    """A call from 9:00 to 9:20 ends as closer items are released: one of them is taken."""
    scenario = practice(
        panel__enrolled_at_start=12,
        operations__clinic_opens="09:20",
        operations__order="closest_to_threshold",
        contact__target_minutes=30.0,
        contact__max_attempts=2,
        contact__followup_gap_days=1,
    )
    _, _, events = run(scenario)
    # eight calls on the 2nd, from 9:20 to 12:00; on the 5th their follow-ups come at 9:20
    monday = [entry for entry in seen(events, "started") if entry[0] == 5]
    assert monday[:2] == [(5, 540.0, 8, 0, "outreach"), (5, 560.0, 0, 0, "follow_up")]


def test_patience_ends_before_the_dispatch_of_its_instant() -> None:
    """A request whose patience ends as the shift begins is done by others; a tick later it is not.

    Patience is chosen to end at 9:00 on the first day of duty after the request's arrival.
    """
    scenario = practice(contact__inbound_per_month=1.0, contact__answer_probability=0)
    _, _, events = run(scenario, seed=4)
    arrival = next(e.minute for e in events if e.event == "released" and e.item == "inbound")
    begins = next(e.minute for e in events if e.event == "on_duty" and e.minute > arrival)
    assert not any(
        e.event == "on_duty" and e.minute <= arrival and arrival < e.minute + 180.0 for e in events
    ), "another seed: this request arrives on duty"
    for later, served in ((0.0, False), (TICK_MINUTES, True)):
        patience = (begins + later - arrival) / DAY
        _, _, events = run(scenario.but({"contact.request_patience_days": patience}), seed=4)
        at_nine = [e.event for e in events if e.minute == begins and e.item == "inbound"]
        assert at_nine == (["started"] if served else ["expired", "done_outside"])


# ------------------------------------------------------------- what follows


@pytest.mark.parametrize(("request_kind", "attempts"), [("inbound", 1), ("care_tasks", 2)])
def test_the_push_is_chart_work_after_contact(request_kind: str, attempts: int) -> None:
    """Nobody answers. Who has called gets chart work at the end; a care task is no contact."""
    scenario = practice(
        **{f"contact__{request_kind}_per_month": 8.0},
        contact__inbound_minutes=1,
        contact__care_task_minutes=1,
        contact__answer_probability=0,
        contact__followup="call_then_chart",
        contact__final_push_days=1,
    )
    _, facts, events = run(scenario)
    pushes = [e for e in events if e.event == "completed" and e.item == "final_push"]
    assert len(pushes) == 1
    assert facts.patient_months["attempts"].tolist() == [attempts]
    assert pushes[0].minutes == (10.0 if request_kind == "inbound" else 0.0)


def test_the_push_is_no_attempt_of_the_bound() -> None:
    """Nobody answers before noon. Patient 1: answered on the 2nd, then nothing, then the push.

    The push, on the 28th at 11:57, is not answered; one of two attempts is left for the 30th.
    """
    scenario = by_hand().but(
        {
            "panel.enrolled_at_start": 2,
            "disruptions": {},
            "contact.inbound_per_month": 0.0,
            "contact.max_attempts": 2,
            "contact.followup": "chart",
            "contact.chart_minutes_per_month": 0.0,
        }
    )
    _, _, events = run(scenario)
    mine = [(day, item) for day, _, patient, _, item in seen(events, "started") if patient == 1]
    assert mine == [(2, "outreach"), (28, "final_push"), (30, "retry")]


# ------------------------------------------------------------- whose items


TWO = {"a": {"shifts": SHIFT, "desk_productive_share": 1.0, "coordinators": 2}}


def test_largest_remainder_by_hours() -> None:
    counts, protected_minutes = np.zeros(3, np.int64), np.array([1200.0, 600.0, 0.0])
    owners = [next_owner(protected_minutes, counts) for _ in range(9)]
    assert [owners.count(seat) for seat in range(3)] == counts.tolist() == [6, 3, 0]
    assert owners[:3] == [0, 1, 0]
    # all that counts is how many each has
    half = np.array([owners[:4].count(seat) for seat in range(3)])
    assert [next_owner(protected_minutes, half) for _ in range(5)] == owners[4:]


@pytest.mark.parametrize(("after", "day"), [(0, 2), (1, 5), (2, 6), (3, 7)])
def test_backup_steps_in_after_so_many_days(after: int, day: int) -> None:
    """Seat 1 is away all January; patient 1 is hers."""
    scenario = practice(
        staff=TWO,
        panel__enrolled_at_start=2,
        operations__assignment="owned_with_backup",
        operations__backup_after_days=after,
        disruptions__log=january(*range(2, 31), seat=1),
    )
    _, _, events = run(scenario)
    # the other nurse serves her own patient 0 first
    minute = 560.0 if after == 0 else 540.0
    assert seen(events, "started") == [
        (2, 540.0, 0, 0, "outreach"),
        (day, minute, 1, 0, "outreach"),
    ]


def test_backup_takes_own_items_first_and_stops_when_the_owner_is_back() -> None:
    scenario = practice(
        staff=TWO,
        panel__enrolled_at_start=40,
        operations__assignment="owned_with_backup",
        disruptions__log=january(2, 5, seat=1),
    )
    _, _, events = run(scenario)
    by_other = [
        (day, patient) for day, _, patient, who, _ in seen(events, "started") if who != patient % 2
    ]
    # seat 0 has 20 patients: nine on the 2nd, nine on the 5th, so nothing is left for the others
    assert by_other == []
    fewer = scenario.but({"panel.enrolled_at_start": 26})
    _, _, events = run(fewer)
    by_other = [
        (day, patient) for day, _, patient, who, _ in seen(events, "started") if who != patient % 2
    ]
    # thirteen of her own: nine and four, and then five of the absent owner, in order, on the 5th
    assert by_other == [(5, 1), (5, 3), (5, 5), (5, 7), (5, 9)]


def test_cover_takes_the_items_of_owners_who_are_away_and_nothing_else() -> None:
    scenario = practice(
        staff=TWO,
        panel__enrolled_at_start=60,
        operations__cover={"shifts": {"wednesday": ["10:00-11:00"]}, "after_days": 2},
        contact__answer_probability=1,
        disruptions__log=january(*range(2, 10), seat=0),
    )
    _, facts, events = run(scenario)
    cover = [entry for entry in seen(events, "started") if entry[3] == 2]
    # away on the 2nd and 5th, so from the 6th on; the substitute comes on Wednesday the 7th
    assert {entry[0] for entry in cover} == {7}
    assert all(entry[2] % 2 == 0 for entry in cover)
    assert facts.paid_minutes[0, 2] == 60.0
    assert facts.template_minutes[2].sum() == 48.0


def test_cover_has_a_factor_of_its_own_and_makes_nobody_familiar() -> None:
    scenario = practice(
        operations__cover={
            "shifts": {"wednesday": ["10:00-11:00"]},
            "after_days": 0,
            "answer_factor": 0.0,
        },
        contact__max_attempts=3,
        contact__unfamiliar_factor=0.0,
        disruptions__log=january(2, 5, 6, 7),
    )
    _, _, events = run(scenario)
    completed = [e for e in events if e.event == "completed"]
    # the patient knows the nurse, and answers to nobody else
    outcomes = [(e.minute // DAY + 1, e.coordinator, e.answered) for e in completed]
    assert outcomes == [(7.0, 1, False), (9.0, 0, True)]


def test_pooled_work_goes_to_the_lowest_free_number() -> None:
    scenario = practice(staff=TWO, panel__enrolled_at_start=3, operations__assignment="pooled")
    _, facts, events = run(scenario)
    starts = [(minute, patient, who) for _, minute, patient, who, _ in seen(events, "started")]
    assert starts == [(540.0, 0, 0), (540.0, 1, 1), (560.0, 2, 0)]
    assert facts.patient_months["owner"].tolist() == [0, 0, 0]


# ------------------------------------------------------------- familiar voices


def test_new_patients_know_nobody() -> None:
    """Everybody leaves each month; with an unfamiliar factor of 0 only the first are reached."""
    scenario = practice(
        panel__opt_out_per_month_share=1.0,
        contact__unfamiliar_factor=0.0,
        panel__enrolled_at_start=2,
    )
    _, facts, _ = run(scenario, 3)
    months = facts.patient_months
    assert months["patient"].tolist() == [0, 1, 2, 3, 4, 5]
    assert months["served"].tolist() == [1, 1, 0, 0, 0, 0]
    assert months["attempts"].tolist() == [1] * 6
    assert counted(facts, "new_patients") == 4


def test_an_inbound_call_makes_familiar() -> None:
    """Patients of later months answer a call if, and only if, they have called before."""
    scenario = practice(
        panel__death_per_month_share=0.5,
        panel__enrolled_at_start=20,
        contact__unfamiliar_factor=0.0,
        contact__inbound_per_month=1.0,
        contact__care_tasks_per_month=1.0,  # nobody speaks with the patient in these
        contact__outreach_pattern="back_loaded",
    )
    _, _, events = run(scenario, 4)
    called: set[int] = set()
    outcomes = set()
    for e in events:
        if e.event == "completed" and e.patient >= 20:
            if e.item == "inbound":
                called.add(e.patient)
            elif e.item == "outreach":
                assert e.answered is (e.patient in called)
                outcomes.add(e.answered)
    assert outcomes == {True, False}


# ------------------------------------------------------------- requests


def inbound_only(**changes: Any) -> Scenario:
    return practice(contact__inbound_per_month=3.0, panel__enrolled_at_start=30, **changes)


def test_what_loses_patience_is_done_by_others_at_that_minute() -> None:
    scenario = inbound_only(staff__nurse__shifts={}, contact__request_patience_days=2.0)
    _, facts, events = run(scenario, 2)
    inbound = [e for e in events if e.item == "inbound"]
    released, expired, outside = (
        [(e.minute, e.patient) for e in inbound if e.event == kind]
        for kind in ("released", "expired", "done_outside")
    )
    late = [(minute + 2 * DAY, patient) for minute, patient in released]
    in_time = [(minute, patient) for minute, patient in late if minute < 59 * DAY]
    assert expired == in_time
    assert outside == in_time
    assert facts.waiting_items == len(released) - len(in_time) > 0
    assert facts.patient_months["countable_minutes"].sum() == 4.0 * len(outside)


def test_outside_share_of_one_leaves_nothing_to_coordinators() -> None:
    scenario = inbound_only(
        contact__other_work_outside_share=1.0, documentation__outside_capture_share=0.0
    )
    _, facts, events = run(scenario)
    assert {item for *_, item in seen(events, "started")} == {"outreach"}
    outside = counted(facts, "outside_items")
    assert outside > 50
    months = facts.patient_months
    assert months["countable_minutes"].sum() - months["captured_minutes"].sum() == 4.0 * outside


def test_kept_items_belong_to_the_month_in_which_they_are_started() -> None:
    """Nobody works in January: what came late is served on the first day of February."""
    kept = inbound_only(
        disruptions__log=january(*range(2, 31)), contact__request_patience_days=60.0
    )
    _, facts, events = run(kept, 2)
    first = [e for e in events if e.event == "started" and e.item == "inbound"]
    assert min(e.minute for e in first) == 32 * DAY + 540.0  # Monday 2 February
    january_minutes = facts.patient_months["countable_minutes"][:30]
    assert january_minutes.sum() == 0.0
    lost = kept.but({"operations.carry_open_items": False})
    _, facts, events = run(lost, 2)
    expired = [e for e in events if e.event == "expired" and e.item == "inbound"]
    assert 31 * DAY in {e.minute for e in expired} <= {31 * DAY, 59 * DAY}
    assert counted(facts, "outside_items") == 0


def test_a_kept_item_keeps_the_key_of_its_release() -> None:
    noted: list[tuple[Item, int, float]] = []

    class Noting(Services):
        def service(
            self, who: Coordinator, item: Item, this: PatientMonth
        ) -> tuple[bool, float, float, float]:
            outcome = super().service(who, item, this)
            if item.kind == rules.INBOUND:
                noted.append((item, self.model.month, outcome[3]))
            return outcome

    kept = inbound_only(
        disruptions__log=january(*range(2, 31)),
        contact__request_patience_days=60.0,
        documentation__real_time__entry_loss_share=0.5,
    )
    model = SimpyModel(prepare(kept, 2), 7, 0)
    model.services = Noting(model)
    model.run()
    work = STREAMS["inbound_work"].number
    carried = 0
    for item, month, captured in noted:
        released = int(item.release >= 31 * DAY)
        _, u = uniforms(7, 0, work, item.patient.number, released, item.index)
        assert captured == (4.0 if u >= 0.5 else 0.0)
        carried += released < month
    assert carried > 30


# ------------------------------------------------------------- leaving


def test_the_dead_are_served_no_more_and_their_items_dropped() -> None:
    scenario = practice(
        panel__death_per_month_share=1.0,
        panel__enrolled_at_start=40,
        contact__outreach_pattern="even",
        contact__inbound_per_month=5.0,
        disruptions__log=january(*range(2, 31, 2)),
    )
    _, facts, events = run(scenario, 2)
    died = {e.patient: e.minute for e in events if e.event == "died"}
    assert set(range(40)) <= set(died)
    for e in events:
        if e.patient in died and e.event in ("released", "started", "done_outside", "dropped"):
            assert e.minute <= died[e.patient]
    assert counted(facts, "dropped_items") > 0
    assert facts.patient_months["patient"].tolist() == list(range(80))  # all replaced in February
    gone = scenario.but({"panel.replace_leavers": False})
    _, facts, _ = run(gone, 2)
    assert facts.patient_months["patient"].tolist() == list(range(40))


def test_silent_patients_opt_out_more_often_and_the_rule_takes_them_off() -> None:
    """Nobody answers: from the third silent month on the hazard is a hundred times the base."""
    scenario = practice(
        panel__enrolled_at_start=20,
        panel__replace_leavers=False,
        panel__opt_out_per_month_share=0.01,
        panel__silent_rate_ratio=100.0,
        contact__answer_probability=0,
    )
    _, _, events = run(scenario, 4)
    months = {e.patient: e.minute / DAY for e in events if e.event == "opted_out"}
    assert len(months) == 20
    assert sum(day == 31 + 28 + 31 for day in months.values()) >= 18  # the end of March
    rule = scenario.but(
        {
            "panel.silent_rate_ratio": 1.0,
            "panel.opt_out_per_month_share": 0.0,
            "panel.disenroll_after_months_without_contact": 2,
        }
    )
    _, _, events = run(rule, 4)
    left = [(e.patient, e.minute / DAY) for e in events if e.event == "disenrolled"]
    assert left == [(patient, 59.0) for patient in range(20)]


@pytest.mark.parametrize("early", [1, 3])
def test_new_patients_leave_more_often_in_their_first_months(early: int) -> None:
    """Only those who came later are new, and only in their first months."""
    scenario = practice(
        panel__enrolled_at_start=300,
        panel__opt_out_per_month_share=0.05,
        panel__silent_rate_ratio=1.0,
        panel__early_rate_ratio=20.0,
        panel__early_months=early,
    )
    _, facts, _ = run(scenario, 4)
    rows = facts.patient_months
    left = {
        month: set(rows["patient"][rows["month"] == month].tolist())
        - set(rows["patient"][rows["month"] == month + 1].tolist())
        for month in range(3)
    }
    assert 2 <= len(left[0]) <= 40  # nobody is new: 15 expected
    assert max(left[0]) < 300
    new = 0
    for month in (1, 2):
        joined = {p for p in rows["patient"][rows["month"] == month].tolist() if p >= 300 + new}
        assert joined
        assert joined <= left[month]  # 20 times 0.05: all of them leave
        new += len(joined)
        assert left[month] - joined


def test_the_first_months_leavers_are_as_many_as_the_closed_form_says() -> None:
    """1 - (1 - death)(1 - ratio x base), of those who came (false alarm 1e-6)."""
    scenario = practice(
        panel__enrolled_at_start=400,
        panel__death_per_month_share=0.1,
        panel__opt_out_per_month_share=0.1,
        panel__silent_rate_ratio=1.0,
        panel__early_rate_ratio=3.0,
    )
    stayed = came = 0
    for seed in range(4):
        _, facts, _ = run(scenario, 8, seed=seed)
        rows = facts.patient_months
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        for patient, month in zip(rows["patient"].tolist(), rows["month"].tolist(), strict=True):
            first.setdefault(patient, month)
            last[patient] = month
        newcomers = [p for p in first if 0 < first[p] < 7]
        came += len(newcomers)
        stayed += sum(last[p] > first[p] for p in newcomers)
    assert came > 1_500
    assert stats.binomtest(came - stayed, came, 1.0 - 0.9 * 0.7).pvalue > 1e-6


# ------------------------------------------------------------- capture


def test_an_outage_loses_like_memory_all_day() -> None:
    """Outages of a minute on every business day: all own entries are lost, none is forgotten."""
    scenario = practice(
        panel__enrolled_at_start=3,
        contact__max_attempts=3,
        documentation__end_of_month__entry_loss_share=1.0,
        disruptions__down={"kind": "outage", "per_year": 250.0, "length_minutes": 0.001},
    )
    assert statuses(scenario) == ["lost_capture"] * 3
    assert statuses(scenario.but({"disruptions": {}})) == ["billable"] * 3


@pytest.mark.parametrize(
    ("mode", "calls"), [("real_time", 4), ("end_of_day", 4), ("end_of_month", 1)]
)
def test_staff_act_on_what_they_know(mode: str, calls: int) -> None:
    """Nothing is captured: who looks at the log calls again, who remembers does not."""
    scenario = practice(
        **{f"documentation__{mode}__entry_loss_share": 1.0},
        documentation__capture=mode,
        contact__max_attempts=4,
        contact__followup_gap_days=1,
    )
    _, facts, _ = run(scenario)
    assert facts.patient_months["attempts"].tolist() == [calls]
    assert facts.patient_months["captured_minutes"].tolist() == [0.0]
    assert facts.patient_months["countable_minutes"].tolist() == [20.0 * calls]


def test_end_of_day_remembers_today() -> None:
    """Two calls within one day are impossible: the follow-up of today's call is for tomorrow."""
    scenario = practice(
        documentation__capture="end_of_day",
        documentation__end_of_day__entry_loss_share=1.0,
        operations__order="closest_to_threshold",
        panel__enrolled_at_start=2,
        contact__max_attempts=2,
        contact__followup_gap_days=1,
    )
    _, _, events = run(scenario)
    assert [(day, patient) for day, _, patient, _, _ in seen(events, "started")] == [
        (2, 0),
        (2, 1),
        (5, 0),
        (5, 1),
    ]


def test_unanswered_calls_count_where_the_scenario_says_so() -> None:
    counting = practice(contact__answer_probability=0, contact__count_unanswered=True)
    _, facts, _ = run(counting)
    assert facts.patient_months["countable_minutes"].tolist() == [2.0]
    assert facts.patient_months["served"].tolist() == [0]


# ------------------------------------------------------------- replications


def test_a_replication_is_a_function_of_its_key() -> None:
    inputs = prepare(ccmsim.load("two_nurses"), 2)
    first, again = simulate_one(inputs, 7, 3), simulate_one(inputs, 7, 3)
    other, reseeded = simulate_one(inputs, 7, 4), simulate_one(inputs, 8, 3)
    minutes = [
        facts.patient_months["countable_minutes"].tolist()
        for facts in (first, again, other, reseeded)
    ]
    assert minutes[0] == minutes[1]
    assert minutes[0] != minutes[2] != minutes[3] != minutes[0]


def test_warm_up_is_the_head_of_a_longer_replication() -> None:
    short = ccmsim.load("two_nurses").but({"start": date(2026, 3, 1)})
    long = short.but({"start": date(2026, 1, 1)})
    tail = ccmsim.simulate(short, months=2, warmup_months=2, replications=2, seed=7)
    whole = ccmsim.simulate(long, months=4, replications=2, seed=7)
    assert tail.months == whole.months[2:]
    for name, values in whole.values.items():
        np.testing.assert_array_equal(tail.values[name], values[:, 2:], err_msg=name)
