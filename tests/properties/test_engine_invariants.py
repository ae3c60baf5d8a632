"""What holds in every replication of every scenario: conservation, partitions, order, owners.

Each random practice is simulated with a model that watches itself: every dispatch is compared with
a plain search through all open items, every service is noted with its item, and the facts are
recomputed from what was seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from tests.properties.strategies import scenarios

from ccmsim import rules
from ccmsim.engine.desk import Desk
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import FOUND, judge
from ccmsim.engine.ledger import EVENT_COUNTS, MONTH_COUNTS, Facts
from ccmsim.engine.people import Coordinator
from ccmsim.engine.recorder import Observer, TraceEvent
from ccmsim.engine.simpy_model import SimpyModel
from ccmsim.engine.simpy_services import Services
from ccmsim.engine.worklist import Item
from ccmsim.finance import month_fees, settle, terms_of
from ccmsim.outcome import month_values
from ccmsim.scenario import Scenario
from ccmsim.scenario.operations import ORDERS
from ccmsim.units import MINUTES_PER_DAY, TICK_MINUTES, TICKS_PER_MINUTE
from ccmsim.variables import VARIABLES

MONTHS = 3
SEED = 7

# Six in ten of the profile's examples: a replication takes about a twentieth of a second.
few = settings(max_examples=(settings.default or settings()).max_examples * 6 // 10)


@dataclass
class Service:
    """One service as the watching model saw it start."""

    item: Item
    person: int
    month: int
    start: float
    end: float
    action: int
    answered: bool
    countable: float
    captured: float


class WatchedDesk(Desk):
    """The desk, whose every choice is compared with a plain search through all open items."""

    def __init__(self, model: Watched) -> None:
        super().__init__(model.inputs, model.agenda, model.record)
        self.model = model
        self.full: set[tuple[int, int]] = set()

    def look_for_overfull(self) -> None:
        """Write down the seats whose patients have more open items than the level, with the day."""
        level = self.model.inputs.scenario.operations.backup_above_backlog_items
        assert level is not None
        for seat in range(self.seats):
            people = [person for person in self.model.patients if person.owner == seat]
            if sum(len(person.open_items) for person in people) > level:
                self.full.add((seat, self.agenda.business_day()))
        super().look_for_overfull()

    def next_item(self, who: Coordinator) -> Item | None:
        chosen: Item | None = super().next_item(who)
        groups: list[list[int]] = [[0]] if self.pooled else []
        if not self.pooled:
            others = [s for s in range(self.seats) if s != who.seat and self._may_take(who, s)]
            groups = ([[who.seat]] if who.seat >= 0 else []) + [others]
        for owners in groups:
            own = self.pooled or owners == [who.seat]
            people = [*self.model.patients, *(self.model.enrollment.asked.values() if own else ())]
            candidates = [
                item for person in people if person.owner in owners for item in person.open_items
            ]
            if candidates:
                best: Item = min(candidates, key=lambda item: self.rank_now(who, item))
                assert chosen is best
                return chosen
        assert chosen is None
        return None

    def enrolls_first(self, who: Coordinator) -> bool:
        """Return whether approaches come before outreach, from the services of this week."""
        enrollment = self.model.inputs.scenario.enrollment
        assert enrollment is not None
        if enrollment.policy != "weekly_quota":
            return enrollment.policy == "enrollment_first"
        first = self.model.inputs.calendar.first_day
        today = first + timedelta(days=self.agenda.today())
        monday = (today - timedelta(days=today.weekday()) - first).days * MINUTES_PER_DAY
        spent = sum(
            service.end - service.start
            for service in self.model.seen
            if service.item.kind == rules.APPROACH
            and (service.person, service.month) == (who.number, self.model.month)
            and service.start >= monday
        )
        return spent < enrollment.quota_minutes_per_week

    def rank_now(self, who: Coordinator, item: Item) -> tuple[Any, ...]:
        """Return an item's place as section 5 of docs/model.md says it, from what is known now."""
        if item.kind == rules.APPROACH:
            place = 0.5 if self.enrolls_first(who) else 2.0
            return (place, 0.0, item.release, item.patient.number, item.kind, item.index)
        request = item.kind >= rules.INBOUND
        known, order = self.known(item.patient.now), ORDERS[self.order]
        rank = 0.0
        if not request and order == "closest_to_threshold":
            goal = item.patient.target
            each = 30.0 if self.model.inputs.scenario.own_desks() else 20.0
            for _ in range(self.contact.addon_steps):
                if goal <= known and goal + each <= known + self.contact.addon_within_minutes:
                    goal += each
            goes_on = goal > known >= item.patient.target
            rank = goal - known + 1e9 * goes_on if known < goal else float("inf")
        if not request and order == "longest_unseen":
            rank = item.patient.last_seen
        return (not request, rank, item.release, item.patient.number, item.kind, item.index)


class Watched(SimpyModel):
    """The model, which also writes down its services."""

    def __init__(self, inputs: Inputs, seed: int, replication: int, observe: Observer) -> None:
        super().__init__(inputs, seed, replication, observe)
        self.desk: WatchedDesk = WatchedDesk(self)
        self.seen: list[Service] = []
        self.services = WatchedServices(self)


class WatchedServices(Services):
    """Services that are written down when they start."""

    model: Watched

    def start(self, who: Coordinator, item: Item) -> tuple[float, tuple[bool, float, float]]:
        assert who.on_duty
        assert item.open
        assert item.patient.enrolled == (item.kind != rules.APPROACH)
        end, learned = super().start(who, item)
        answered, countable, captured = learned
        service = Service(
            item,
            who.number,
            self.model.month,
            self.agenda.now,
            end,
            item.action,
            answered,
            countable,
            captured,
        )
        self.model.seen.append(service)
        return end, learned


@dataclass
class Seen:
    """One replication: inputs, facts, trace, services."""

    inputs: Inputs
    facts: Facts
    events: list[TraceEvent]
    services: list[Service]
    full: set[tuple[int, int]]
    """Seats whose worklist was full at opening, with the business day."""
    duty: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        return self.inputs.scenario

    def month_of(self, minute: float) -> int:
        return int(np.searchsorted(self.inputs.calendar.month_start_minutes, minute, "right")) - 1

    def rows(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.facts.patient_months.tolist())


def watch(scenario: Scenario, replication: int = 0) -> Seen:
    inputs = prepare(scenario, MONTHS)
    events: list[TraceEvent] = []
    model = Watched(inputs, SEED, replication, events.append)
    facts = model.run()
    seen = Seen(inputs, facts, events, model.seen, model.desk.full)
    opened: dict[int, float] = {}
    horizon = float(inputs.calendar.month_start_minutes[-1])
    intervals = defaultdict(list)
    for event in events:
        if event.event == "on_duty":
            assert event.coordinator not in opened
            opened[event.coordinator] = event.minute
        elif event.event == "off_duty":
            intervals[event.coordinator].append((opened.pop(event.coordinator), event.minute))
    for person, start in opened.items():
        intervals[person].append((start, horizon))
    seen.duty = dict(intervals)
    return seen


def overlap(start: float, end: float, intervals: list[tuple[float, float]]) -> float:
    return sum(max(0.0, min(end, closes) - max(start, opens)) for opens, closes in intervals)


def check_time(seen: Seen) -> None:
    minutes = [event.minute for event in seen.events]
    assert minutes == sorted(minutes)
    assert all((minute * TICKS_PER_MINUTE).is_integer() for minute in minutes)


def check_services(seen: Seen) -> None:
    """One coordinator serves one item at a time, each item once, and minutes add up."""
    free: dict[int, float] = defaultdict(float)
    for service in seen.services:
        assert service.start >= free[service.person]
        free[service.person] = service.end
        assert service.end > service.start
        assert 0.0 <= service.captured <= service.countable
    assert len({id(service.item) for service in seen.services}) == len(seen.services)
    shape = seen.facts.worked_minutes.shape
    worked, overtime = np.zeros(shape), np.zeros(shape)
    starts = seen.inputs.calendar.month_start_minutes
    for service in seen.services:
        worked[service.month, service.person] += service.end - service.start
        end = min(service.end, starts[service.month + 1])  # beyond the month all is overtime
        on_duty = overlap(service.start, end, seen.duty[service.person])
        overtime[service.month, service.person] += service.end - service.start - on_duty
    np.testing.assert_array_equal(seen.facts.worked_minutes, worked)
    np.testing.assert_array_equal(seen.facts.overtime_minutes, overtime)
    assert (seen.facts.paid_overtime_minutes >= 0.0).all()
    assert (seen.facts.paid_overtime_minutes <= overtime).all()


def check_duty(seen: Seen) -> None:
    """Template = on duty + lost, the trace shows the same intervals, pay is within the shift."""
    facts, calendar = seen.facts, seen.inputs.calendar
    firsts = calendar.month_first_business_day
    on_duty = np.zeros_like(facts.on_duty_minutes)
    for person, intervals in seen.duty.items():
        for start, end in intervals:
            day = calendar.day_index(start)
            on_duty[person, day] += end - start
            assert end <= calendar.business_day_minutes[day] + MINUTES_PER_DAY
    np.testing.assert_array_equal(facts.on_duty_minutes, on_duty)
    for month in range(MONTHS):
        days = slice(firsts[month], firsts[month + 1])
        template = facts.template_minutes[:, days].sum()
        assert template == facts.on_duty_minutes[:, days].sum() + facts.lost_minutes[month].sum()
    assert (facts.on_duty_minutes <= facts.template_minutes).all()
    assert (facts.lost_minutes >= 0.0).all()
    # a paid share of 0 leaves a rounding error of minutes
    assert (facts.paid_minutes >= -1e-6).all()
    assert (facts.nominal_minutes >= facts.paid_minutes - 1e-6).all()


def check_items(seen: Seen) -> None:
    """Released = done + dropped + expired + waiting (or in service at the horizon)."""
    counts = {name: int(seen.facts.counts[name].sum()) for name in MONTH_COUNTS}
    gone = counts["done_items"] + counts["dropped_items"] + counts["expired_items"]
    assert counts["released_items"] == gone + seen.facts.waiting_items
    names = {
        "released_items": "released",
        "started_items": "started",
        "done_items": "completed",
        "dropped_items": "dropped",
        "expired_items": "expired",
        "outside_items": "done_outside",
        "new_patients": "enrolled",
    }
    shown = Counter(event.event for event in seen.events if event.item != "practitioner")
    for counter, event in names.items():
        assert counts[counter] == shown[event], counter
    assert counts["duty_changes"] == shown["on_duty"] + shown["off_duty"]
    assert counts["attempts"] >= counts["answered"]
    assert counts["started_items"] == (
        counts["attempts"]
        + counts["inbound_taken"]
        + counts["care_tasks_done"]
        + counts["chart_work_done"]
        + counts["approaches"]
        + counts["care_plans"]
    )


def check_worklists(seen: Seen) -> None:
    """At most one outreach-type item of a patient is open, and nothing leaves twice."""
    open_items: Counter[tuple[int, str]] = Counter()
    gone: set[int] = set()
    requests = ("inbound", "care_task")
    asked: set[int] = set()
    for event in seen.events:
        key = (event.patient, event.item)
        if event.event == "enrolled":
            asked.discard(event.patient)
        if event.event == "released":
            assert event.patient not in gone
            assert event.patient not in asked or event.item == "approach"
            asked |= {event.patient} if event.item == "approach" else set()
            open_items[key] += 1
        elif event.event in ("started", "dropped", "expired"):
            open_items[key] -= 1
            assert open_items[key] >= 0
        elif event.event in ("died", "opted_out", "disenrolled"):
            assert event.patient not in gone
            gone.add(event.patient)
        elif event.event == "done_outside":
            assert event.patient not in gone
        if event.event == "released" and event.item not in requests:
            kinds = (kind for kind in rules.ITEM_KINDS if kind not in requests)
            assert sum(open_items[event.patient, kind] for kind in kinds) == 1
            calendar = seen.inputs.calendar
            midnight = calendar.business_day_minutes[calendar.day_index(event.minute)]
            assert event.minute == midnight + seen.inputs.staffing.opens


def check_months(seen: Seen) -> None:
    """Facts of patient-months are the sums of their services and of work by others."""
    contact = seen.scenario.contact
    attempts: Counter[tuple[int, int]] = Counter()
    pushes: Counter[tuple[int, int]] = Counter()
    charted: dict[tuple[int, int], float] = defaultdict(float)
    charts: Counter[tuple[int, int]] = Counter()
    plans: Counter[tuple[int, int]] = Counter()
    countable: dict[tuple[int, int], float] = defaultdict(float)
    captured: dict[tuple[int, int], float] = defaultdict(float)
    own: dict[tuple[int, int], float] = defaultdict(float)
    for service in seen.services:
        key = (service.item.patient.number, service.month)
        if service.item.kind == rules.APPROACH:
            assert service.countable == 0.0
            continue
        countable[key] += service.countable
        captured[key] += service.captured
        own[key] += service.countable * bool(seen.inputs.practitioners[service.person])
        pushes[key] += service.item.kind == rules.FINAL_PUSH
        if service.item.kind >= rules.INBOUND:
            continue
        if service.action == rules.CHART:
            charted[key] += service.countable
            charts[key] += 1
            assert contact.followup != "call"
        elif service.action == rules.PLAN:
            plans[key] += 1
        else:
            attempts[key] += 1
    for event in seen.events:
        if event.event == "done_outside":
            # a request that loses patience at the month's first instant counts in the new month
            key = (event.patient, seen.month_of(event.minute))
            countable[key] += event.minutes
            captured[key] += event.captured_minutes
            own[key] += event.minutes * (event.item == "practitioner")
    for row in seen.rows():
        patient, month, _, _, _, calls, served, _, minutes, logged, own_minutes, own_logged = row
        assert own_minutes == own[patient, month]
        assert own_logged <= min(logged, own_minutes)
        key = (patient, month)
        assert (minutes, logged) == (countable[key], captured[key])
        assert calls == attempts[key]
        assert served <= calls + charts[key] + plans[key]
        assert plans[key] <= 1
        assert pushes[key] <= 1
        assert calls - pushes[key] <= contact.max_attempts
        # chart work lasts at least a tick, so it can overshoot a cap that is off the grid
        assert charted[key] <= contact.chart_minutes_per_month + TICK_MINUTES


def check_contact(seen: Seen) -> None:
    """Months without contact are those since a patient was spoken with, or enrolled."""
    spoken_with = {
        (service.item.patient.number, service.month)
        for service in seen.services
        if service.item.kind == rules.INBOUND
        or (service.item.kind < rules.INBOUND and service.action == rules.PLAN)
        or (service.item.kind < rules.INBOUND and service.action == rules.CALL and service.answered)
    }
    months: dict[int, list[int]] = defaultdict(list)
    for patient, month, *_ in seen.rows():
        months[patient].append(month)
    total, three = np.zeros((2, MONTHS), int)
    for patient, present in months.items():
        assert present == list(range(present[0], present[-1] + 1))
        for month in present:
            since = [m for m in range(present[0], month + 1) if (patient, m) in spoken_with]
            without = month - max(since, default=present[0] - 1)
            total[month] += without
            three[month] += without >= 3
    assert seen.facts.counts["uncontacted_months"].tolist() == total.tolist()
    assert seen.facts.counts["uncontacted_patients"].tolist() == three.tolist()


def check_owners(seen: Seen) -> None:
    """Nobody but the owner serves a patient, except where backup or cover may."""
    operations, facts, calendar = seen.scenario.operations, seen.facts, seen.inputs.calendar
    seats, opens = seen.inputs.staffing.seats, seen.inputs.staffing.opens
    assert facts.counts["overfull_days"].sum() == len(seen.full)
    owner_of = {row[0]: row[3] for row in seen.rows()}
    if operations.assignment == "pooled":
        assert set(owner_of.values()) <= {0}
        return
    for service in seen.services:
        if service.item.kind == rules.APPROACH:
            assert service.person == service.item.patient.owner
            continue
        owner = owner_of[service.item.patient.number]
        if service.person == owner:
            continue
        day = calendar.day_index(service.start)
        opening = calendar.business_day_minutes[day] + opens
        if service.person < seats and (owner, day) in seen.full and service.start >= opening:
            assert operations.assignment == "owned_with_backup"
            continue
        assert facts.on_duty_minutes[owner, day] == 0.0
        scheduled = np.flatnonzero(facts.template_minutes[owner, :day] > 0.0)
        if service.person < seats:
            assert operations.assignment == "owned_with_backup"
            latest = operations.backup_after_days
        else:
            assert operations.cover is not None
            latest = operations.cover.after_days
        assert len(scheduled) >= latest
        recent = scheduled[len(scheduled) - latest :]
        assert (facts.on_duty_minutes[owner, recent] == 0.0).all()


def suffices(scenario: Scenario, rows: Any, kind: str) -> Any:
    """Return whether minutes of a kind are enough for a first code, as section 6 says."""
    own = rows[f"own_{kind}_minutes"]
    minutes, threshold = rows[f"{kind}_minutes"], scenario.contact.threshold_minutes
    enough = (minutes - own >= threshold) | (own >= 30.0)
    as_staff = scenario.billing.practitioner_time == "counts_as_staff"
    return enough | (as_staff & (minutes >= threshold))


def check_judgement(seen: Seen) -> None:
    """Statuses partition the enrolled, follow their order, and money adds up to the cent."""
    inputs, facts, scenario = seen.inputs, seen.facts, seen.scenario
    judgement = judge(facts, inputs, SEED, 0)
    status = judgement.status
    rows = facts.patient_months
    enough, worked = (suffices(scenario, rows, kind) for kind in ("captured", "countable"))
    found = (status == rules.BILLABLE) & (judgement.detail & FOUND > 0)
    assert enough[(status == rules.BILLABLE) & ~found].all()
    assert not enough[found].any()
    assert worked[found].all()
    assert enough[status == rules.UNDOCUMENTED].all()
    assert not enough[status > rules.UNDOCUMENTED].any()
    assert not (found.any() and scenario.documentation.internal_audit_months is None)
    assert worked[status == rules.LOST_CAPTURE].all()
    assert not worked[status > rules.LOST_CAPTURE].any()
    assert (rows["served"][status == rules.SHORT] > 0).all()
    assert (rows["served"][status > rules.SHORT] == 0).all()
    assert (rows["attempts"][status == rules.UNREACHED] > 0).all()
    assert (rows["attempts"][status > rules.UNREACHED] == 0).all()
    fees = month_fees(scenario, inputs.calendar)
    money = settle(facts, judgement, terms_of(inputs), inputs, SEED, 0)
    values = month_values(facts, judgement, money, inputs)
    assert list(values.dtype.names or ()) == list(VARIABLES)
    assert values.shape == money.shape == (MONTHS,)
    enrolled = values["enrolled_patients"]
    missed = values["missed_patients"].sum(axis=1)
    np.testing.assert_array_equal(enrolled, values["billable_patients"] + missed)
    for name, reason in (("not_claimable", 0), ("undocumented", 1)):
        parts = values[f"{name}_patients"].sum(axis=1)
        np.testing.assert_array_equal(parts, values["missed_patients"][:, reason])
    assert (values["defective_claims"] <= values["billable_patients"]).all()
    firsts = money["units"][:, [0, 2, 4]].sum(axis=1)  # of staff, of the practitioner, complex
    np.testing.assert_array_equal(firsts, values["billable_patients"])
    np.testing.assert_array_equal(money["billed"], (money["units"] * fees).sum(axis=1))
    assert (money["units"][:, 1] <= 2 * money["units"][:, 0]).all()
    assert (money["final"] >= 0).all()
    assert (money["final"] <= money["billed"] + money["overpaid"]).all()
    assert (money["written_off"] >= 0).all()
    np.testing.assert_array_equal(
        money["billed"] + money["overpaid"], money["final"] + money["written_off"].sum(axis=1)
    )
    np.testing.assert_array_equal(
        np.cumsum(money["final"]), np.cumsum(money["collected"]) + money["receivable"]
    )
    assert (money["receivable"] >= 0).all()
    spent = money["staff_cost"] + money["other_cost"] + money["recouped"]
    for name, paid in (("net_usd", "final"), ("cash_net_usd", "collected")):
        np.testing.assert_array_equal(values[name], (money[paid] - spent) / 100.0)
    assert (money["recouped"][money["audits"] == 0] == 0).all()
    assert (money["wrong"] >= 0).all()
    assert (values["idle_minutes"] >= 0.0).all()
    total = sum(values[name] for name in EVENT_COUNTS)
    np.testing.assert_array_equal(values["events"], total)


@few
@given(scenarios())
def test_time_and_services(scenario: Scenario) -> None:
    seen = watch(scenario)
    check_time(seen)
    check_services(seen)
    check_duty(seen)


@few
@given(scenarios())
def test_items_and_patient_months(scenario: Scenario) -> None:
    seen = watch(scenario)
    check_items(seen)
    check_worklists(seen)
    check_months(seen)
    check_contact(seen)


@few
@given(scenarios())
def test_owners_statuses_and_money(scenario: Scenario) -> None:
    seen = watch(scenario, replication=1)
    check_owners(seen)
    check_judgement(seen)


@few
@given(scenarios())
def test_a_repeated_replication_has_the_same_bits(scenario: Scenario) -> None:
    first, second = watch(scenario), watch(scenario)
    assert repr(first.events) == repr(second.events)  # NaN is not equal to itself
    for name in ("counts", "worked_minutes", "overtime_minutes", "on_duty_minutes", "lost_minutes"):
        np.testing.assert_array_equal(getattr(first.facts, name), getattr(second.facts, name))
