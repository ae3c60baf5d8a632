"""The readable specification: one replication of a practice as a SimPy model.

Comes in: `Inputs` and a key (seed, replication). Goes out: `Facts`. It reads like docs/model.md:
coordinators and patients are processes, worklists lie between them, and every decision is a rule of
`ccmsim.rules`. Facts are entered when a service starts, knowledge when it is completed. Never draws
a number that isn't keyed.

Simultaneous events happen in the order of the classes below (section 5 of docs/model.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from heapq import heappush
from typing import Any, Final

import numpy as np
import simpy

from ccmsim import availability as av
from ccmsim import rules
from ccmsim.engine.inputs import PATIENT_STREAMS, Inputs, owner_sequence
from ccmsim.engine.ledger import Facts
from ccmsim.engine.recorder import Observer, Recorder
from ccmsim.engine.worklist import Item, Worklist, best_of
from ccmsim.sampling import to_ticks
from ccmsim.units import MINUTES_PER_DAY

Process = Generator[simpy.Event, Any, None]

# What happens first at one instant; within a class the smaller number goes first.
MONTH, DUTY, EXPIRY, COMPLETION, DEATH, RELEASE, DISPATCH = (n << 60 for n in range(1, 8))
_PATIENT: Final = 24  # bits of (kind, index) within a patient's releases
_KIND: Final = 20

_MORNING_ENDS: Final = 720.0


class Agenda(simpy.Environment):
    """SimPy's environment, with a stated order among simultaneous events.

    SimPy's own `schedule` takes delays; instants on the time grid are exact, and quicker.
    """

    def pending(self) -> simpy.Event:
        """Return an event that has its (empty) value and waits for its instant."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        return event

    def put(self, event: simpy.Event, time: float, order: int) -> simpy.Event:
        """Let a pending event happen at an instant, in its order among those of that instant."""
        heappush(self._queue, (time, order, next(self._eid), event))  # type: ignore[misc]
        return event


class PatientMonth:
    """One patient in one month: what was done (facts) and what staff know of it."""

    __slots__ = (
        "answered", "attempts", "calls", "captured", "charted", "charts", "contacted", "countable",
        "excess", "excess_day", "in_contact", "item", "known_captured", "known_own", "month",
        "noted", "release_day",
    )  # fmt: skip

    def __init__(self, month: int) -> None:
        self.month = month
        self.release_day = 0
        # facts, entered when a service starts
        self.attempts = 0  # outgoing calls
        self.calls = 0  # outgoing calls, the final push aside
        self.answered = 0
        self.charts = 0
        self.charted = 0.0
        self.in_contact = False  # an answered call or an inbound call taken
        self.countable = 0.0
        self.captured = 0.0
        # knowledge, updated when a service is completed
        self.known_captured = 0.0
        self.known_own = 0.0
        self.excess = 0.0
        self.excess_day = -1
        self.contacted = False
        # the one outreach-type item: open, or noted for later
        self.item: Item | None = None
        self.noted = False


class Patient:
    """An enrolled patient."""

    __slots__ = (
        "answer", "enrolled", "familiar", "last_seen", "need", "now", "number", "open_items",
        "owner", "silent", "without_contact",
    )  # fmt: skip

    def __init__(self, number: int, owner: int, need: float, answer: float, now: float) -> None:
        self.number = number
        self.owner = owner
        self.need = need
        self.answer = answer
        self.enrolled = True
        self.silent = 0
        self.without_contact = 0
        self.last_seen = now
        self.familiar: dict[int, int] = {}  # seat -> the holder whom the patient has spoken with
        self.open_items: set[Item] = set()
        self.now = PatientMonth(-1)


class Coordinator:
    """A seat's holder, or a substitute on call."""

    __slots__ = (
        "called", "duty_end", "gross_end", "holder", "idle", "intervals", "next_gross_start",
        "number", "on_duty", "seat", "turn",
    )  # fmt: skip

    def __init__(self, number: int, seats: int) -> None:
        self.number = number
        self.seat = number if number < seats else -1  # −1: a substitute
        self.on_duty = False
        self.idle = False
        self.called = False
        self.holder = 0
        self.duty_end = self.gross_end = self.next_gross_start = 0.0
        self.intervals: list[tuple[float, float]] = []
        self.turn: simpy.Event


class SimpyModel:
    """One replication; `run` it once.

    Parameters
    ----------
    inputs : Inputs
    seed, replication : int
    observe : callable, optional
        Called with every event, for a trace.
    """

    def __init__(
        self, inputs: Inputs, seed: int, replication: int, observe: Observer | None = None
    ) -> None:
        scenario = inputs.scenario
        self.inputs = inputs
        self.key = (seed, replication)
        self.panel = scenario.panel
        self.contact = scenario.contact
        self.documentation = scenario.documentation
        self.operations = scenario.operations
        self.staffing = inputs.staffing
        self.env = Agenda()
        self.record = Recorder(inputs, observe)
        self.seats = inputs.staffing.seats
        self.pooled = self.operations.assignment == "pooled"
        self.with_backup = inputs.staffing.backup_after_days >= 0
        people = len(inputs.staffing.shift_counts)
        self.has_helpers = self.with_backup or people > self.seats
        self.coordinators = [Coordinator(number, self.seats) for number in range(people)]
        self.worklists = [Worklist() for _ in range(1 if self.pooled else self.seats)]
        self.patients: list[Patient] = []
        self.owner_counts = np.zeros(self.seats, np.int64)
        self.numbers = 0  # patient numbers given so far
        self.month = 0
        self.month_end = 0.0
        self.day = 0  # latest business day, and its midnight and the next one's
        self.day_ends = -1.0
        self.duty: av.MonthAvailability
        self.outage_days: list[bool] = []
        self.call_rows = tuple(inputs.rows[name] for name in ("call", "notes", "attempt"))
        self.business_days: list[float] = inputs.calendar.business_day_minutes.tolist()
        self.month_start: list[float] = inputs.calendar.month_start_minutes.tolist()
        self.first_day: list[int] = inputs.calendar.month_first_business_day.tolist()
        self.reordered: set[PatientMonth] = (
            set()
        )  # months whose known minutes fall at the day's end

    # ------------------------------------------------------------------ time

    def run(self) -> Facts:
        """Simulate all months and return the facts."""
        for coordinator in self.coordinators:
            self.env.process(self.coordinate(coordinator))
        self.env.run(until=self.env.process(self.months()))
        waiting = sum(len(patient.open_items) for patient in self.patients)
        return self.record.facts(waiting)

    def at(self, time: float, order: int) -> simpy.Event:
        """Return an event of an instant; `order` is its class plus its number within the class."""
        return self.env.put(self.env.pending(), time, order)

    def when(self, time: float, order: int, action: Callable[..., None], *arguments: Any) -> None:
        """Do something at an instant."""
        callbacks = self.at(time, order).callbacks
        callbacks.append(lambda _: action(*arguments))

    def today(self) -> int:
        """Return the days since the first simulated day."""
        return int(self.env.now // MINUTES_PER_DAY)

    def business_day(self, time: float) -> int:
        """Return the index of the latest business day that has begun, −1 before the first."""
        if time >= self.day_ends or time < self.day_ends - MINUTES_PER_DAY:
            day = self.inputs.calendar.day_index(time)
            self.day = day
            self.day_ends = (self.business_days[day] if day >= 0 else -math.inf) + MINUTES_PER_DAY
        return self.day

    def day_of_month(self) -> int:
        """Return the position of the present business day in its month."""
        return self.business_day(self.env.now) - self.first_day[self.month]

    # ---------------------------------------------------------------- months

    def months(self) -> Process:
        """Process of the calendar: each month begins with what follows from the last."""
        state = av.new_state(self.inputs, *self.key)
        leavers = self.panel.enrolled_at_start
        for month in range(self.inputs.months):
            yield self.at(self.month_start[month], MONTH)
            if month > 0:
                leavers = self.end_month(month - 1)
            self.month = self.record.month = month
            self.month_end = self.month_start[month + 1]
            first, last = self.first_day[month], self.first_day[month + 1]
            self.duty = av.month_availability(self.inputs, state, *self.key, month)
            self.outage_days = self.duty.outage_day.tolist()
            self.record.availability(first, last, self.duty)
            self.schedule_duty()
            if month == 0 or self.panel.replace_leavers:
                self.enroll(leavers, replacing=month > 0)
            for patient in self.patients:
                self.begin_patient_month(patient, first, last)
        yield self.at(self.month_end, MONTH)
        self.end_month(self.inputs.months - 1)

    def schedule_duty(self) -> None:
        """Let the month's on-duty intervals begin and end."""
        for coordinator in self.coordinators:
            coordinator.intervals = []
        for person, start, end, gross_end, following in self.duty.intervals.tolist():
            coordinator = self.coordinators[person]
            coordinator.intervals.append((start, end))
            number = DUTY | person << 1
            self.when(start, number | 1, self.come_on_duty, coordinator, end, gross_end, following)
            self.when(end, number, self.go_off_duty, coordinator)

    def come_on_duty(
        self, who: Coordinator, end: float, gross_end: float, following: float
    ) -> None:
        """Begin an on-duty interval."""
        who.on_duty, who.duty_end, who.gross_end = True, end, gross_end
        who.next_gross_start = following
        if who.seat >= 0:
            who.holder = int(self.duty.seat_days[who.seat, self.day_of_month()]["holder"])
        self.record.tally("duty_changes")
        self.record.show("on_duty", self.env.now, coordinator=who.number)
        self.call_on(who)

    def go_off_duty(self, who: Coordinator) -> None:
        """End an on-duty interval; what has started goes on."""
        who.on_duty = False
        self.record.tally("duty_changes")
        self.record.show("off_duty", self.env.now, coordinator=who.number)

    # -------------------------------------------------------------- patients

    def enroll(self, how_many: int, *, replacing: bool) -> None:
        """Enroll patients with new numbers; those of the first month know the seat's holder."""
        rows, now = self.inputs.rows, self.env.now
        owners = owner_sequence(self.inputs.protected_minutes, how_many, self.owner_counts)
        for owner in owners:
            number = self.numbers
            self.numbers += 1
            need, answer = rules.patient_traits(
                self.inputs.laws,
                self.inputs.tables,
                rows["need"],
                rows["answer"],
                *self.key,
                number,
            )
            patient = Patient(number, 0 if self.pooled else owner, need, answer, now)
            if replacing:
                self.record.add("new_patients", now, number)
            else:
                known = range(self.seats) if self.pooled else (owner,)
                patient.familiar = dict.fromkeys(known, 0)
            self.patients.append(patient)

    def begin_patient_month(self, patient: Patient, first: int, last: int) -> None:
        """Schedule a patient's month: outreach, final push, requests, perhaps death."""
        month, number = self.month, patient.number
        patient.now = this = PatientMonth(month)
        this.release_day = first
        start = self.month_start[month]
        dies = rules.death(
            *self.key, number, month, self.panel.death_per_month_share, start, self.month_end
        )
        if dies < self.month_end:
            self.when(dies, DEATH | number, self.leave, patient, "died")
        if last == first:
            return  # the practice is closed all month
        days = last - first
        this.release_day = first + rules.outreach_day(
            *self.key, number, month, self.inputs.pattern, days
        )
        this.noted = True
        self.env.process(self.pursue(patient, this, rules.OUTREACH, rules.CALL, this.release_day))
        push_days = self.contact.final_push_days
        if push_days > 0:
            opening = self.opening(max(first, last - push_days))
            order = self.release_order(number, rules.FINAL_PUSH, 0)
            self.when(opening, order, self.push, patient, this)
        self.schedule_requests(patient, first, days)

    def opening(self, day: int) -> float:
        """Return when the practice opens on a business day."""
        return self.business_days[day] + self.staffing.opens

    def release_order(self, patient: int, kind: int, index: int) -> int:
        """Return the order of a release: by patient, then item."""
        return RELEASE | patient << _PATIENT | kind << _KIND | index

    def pursue(
        self, patient: Patient, this: PatientMonth, kind: int, action: int, day: int | None
    ) -> Process:
        """Process of a patient's month: a call or chart work, what follows from it, and so on.

        `day` is the business day on which the first of them is noted for; None: now.
        """
        while True:
            if day is not None:
                this.noted = True
                yield self.at(self.opening(day), self.release_order(patient.number, kind, 0))
                this.noted = False
                if not patient.enrolled:
                    return
                if kind != rules.OUTREACH:
                    action = rules.released_action(
                        kind, action, self.inputs.followup, self.known(this),
                        self.contact.target_minutes, this.calls, self.contact.max_attempts,
                        this.charted, self.contact.chart_minutes_per_month,
                    )  # fmt: skip
                    if action == rules.NOTHING:
                        return
            item = Item(patient, kind, action, self.env.now)
            item.done = self.env.event()
            this.item = item
            self.release(item)
            answered = yield item.done
            kind, action = rules.next_step(
                kind, action, answered, self.inputs.followup, this.calls, self.contact.max_attempts
            )
            if action == rules.NOTHING:
                return
            contact = self.contact
            gap = contact.retry_gap_days if kind == rules.RETRY else contact.followup_gap_days
            day = self.business_day(self.env.now) + gap
            if day >= self.first_day[this.month + 1]:
                return

    def push(self, patient: Patient, this: PatientMonth) -> None:
        """Try a short patient once more near the month's end."""
        idle = patient.enrolled and this.item is None and not this.noted
        if not idle or self.known(this) >= self.contact.target_minutes:
            return
        action = rules.push_action(
            self.inputs.followup, this.contacted, self.contact.chart_work_without_contact,
            this.charted, self.contact.chart_minutes_per_month,
        )  # fmt: skip
        self.env.process(self.pursue(patient, this, rules.FINAL_PUSH, action, None))

    def known(self, this: PatientMonth) -> float:
        """Return the minutes that staff know of in a patient's month."""
        return rules.known_minutes(
            self.inputs.mode, this.known_captured, this.known_own, this.excess, this.excess_day,
            self.today(),
        )  # fmt: skip

    def leave(self, patient: Patient, why: str) -> None:
        """Take a patient off the panel at once; open items are dropped."""
        patient.enrolled = False
        self.record.show(why, self.env.now, patient.number)
        for item in sorted(
            patient.open_items, key=lambda item: (item.kind, item.release, item.index)
        ):
            self.drop(item, "dropped_items")

    # -------------------------------------------------------------- requests

    def schedule_requests(self, patient: Patient, first: int, days: int) -> None:
        """Let a patient's inbound calls and care tasks of the month come."""
        contact, inputs = self.contact, self.inputs
        counts = rules.request_counts(
            *self.key, patient.number, self.month, contact.inbound_per_month * patient.need,
            contact.care_tasks_per_month * patient.need,
        )  # fmt: skip
        clinic_day = self.staffing.closes - self.staffing.opens
        kinds = ((rules.INBOUND, "inbound", counts[0]), (rules.CARE_TASK, "care_task", counts[1]))
        for kind, law, how_many in kinds:
            for index in range(how_many):
                day, minute, minutes, outside, logged = rules.request(
                    inputs.laws, inputs.tables, inputs.rows[law], *self.key, PATIENT_STREAMS[kind],
                    patient.number, self.month, index, days, clinic_day,
                    contact.other_work_outside_share, self.documentation.outside_capture_share,
                )  # fmt: skip
                action = rules.CALL if kind == rules.INBOUND else rules.CHART
                item = Item(patient, kind, action, self.opening(first + day) + minute)
                item.index, item.minutes, item.outside_logged = index, minutes, logged
                order = self.release_order(patient.number, kind, index)
                self.when(item.release, order, self.request, item, outside)

    def request(self, item: Item, outside: bool) -> None:
        """Receive an inbound call or a care task: others do it, or it goes to the worklist."""
        if not item.patient.enrolled:
            return
        if outside:
            self.do_outside(item)
            return
        self.release(item)
        patience = self.contact.request_patience_days * MINUTES_PER_DAY
        self.when(
            item.release + to_ticks(patience),
            EXPIRY | item.patient.number,
            self.lose_patience,
            item,
        )

    def lose_patience(self, item: Item) -> None:
        """Others do a request that has waited too long."""
        if item.open:
            self.drop(item, "expired_items")
            self.do_outside(item)

    def do_outside(self, item: Item) -> None:
        """Have others do a request outside protected hours; it counts, and may be logged."""
        this = item.patient.now
        captured = item.minutes if item.outside_logged else 0.0
        this.countable += item.minutes
        this.captured += captured
        self.record.add(
            "outside_items",
            self.env.now,
            item.patient.number,
            -1,
            item.kind,
            item.minutes,
            captured,
        )
        self.learn(item.patient, this, captured, captured)

    # -------------------------------------------------------------- worklist

    def release(self, item: Item) -> None:
        """Put an item on its worklist and call on whoever may take it."""
        patient = item.patient
        item.released_in = self.month
        patient.open_items.add(item)
        self.enter(item)
        self.record.add("released_items", self.env.now, patient.number, kind=item.kind)
        if self.pooled:
            for who in self.coordinators:
                if who.idle and who.on_duty and not who.called:
                    self.call_on(who)
                    break
            return
        self.call_on(self.coordinators[patient.owner])
        if self.has_helpers:
            for who in self.coordinators:
                if who.idle and who.seat != patient.owner and self.may_take(who, patient.owner):
                    self.call_on(who)

    def enter(self, item: Item) -> None:
        """Enter an item in its worklist with its rank as of now."""
        is_request = item.kind >= rules.INBOUND
        rank = 0.0
        if not is_request and self.inputs.order != rules.BY_RELEASE:
            rank = rules.request_order(
                self.inputs.order, self.known(item.patient.now), self.contact.target_minutes,
                item.patient.last_seen,
            )  # fmt: skip
        self.worklists[item.patient.owner].add(item, rank, is_request=is_request)

    def reorder(self, this: PatientMonth) -> None:
        """Rank a patient's open outreach item anew."""
        if this.item is not None and this.item.open and self.inputs.order != rules.BY_RELEASE:
            self.enter(this.item)

    def may_take(self, who: Coordinator, owner: int) -> bool:
        """Return whether somebody who is not the owner may take the owner's items today."""
        if who.seat >= 0 and not self.with_backup:
            return False
        flag = "backup_open" if who.seat >= 0 else "cover_open"
        return bool(self.duty.seat_days[owner, self.day_of_month()][flag])

    def next_item(self, who: Coordinator) -> Item | None:
        """Return the best item for a coordinator: own ones first, then of owners who are away."""
        if self.reordered and self.inputs.mode == rules.END_OF_DAY:
            today = self.today()
            for this in [this for this in self.reordered if this.excess_day != today]:
                self.reordered.remove(this)
                self.reorder(this)
        if self.pooled:
            return best_of(self.worklists)
        if who.seat >= 0:
            own = best_of([self.worklists[who.seat]])
            if own is not None or not self.with_backup:
                return own
        others = [s for s in range(self.seats) if s != who.seat and self.may_take(who, s)]
        return best_of([self.worklists[s] for s in others])

    def drop(self, item: Item, counter: str) -> None:
        """Take an open item off its worklist."""
        self.close(item)
        self.record.add(counter, self.env.now, item.patient.number, kind=item.kind)

    def close(self, item: Item) -> None:
        """Mark an item as no longer open."""
        item.open = False
        item.patient.open_items.discard(item)

    # ---------------------------------------------------------- coordinators

    def call_on(self, who: Coordinator) -> None:
        """Give an idle coordinator on duty a turn, after everything else of this instant."""
        if who.idle and who.on_duty and not who.called:
            who.called = True
            self.env.put(who.turn, self.env.now, DISPATCH | who.number)

    def coordinate(self, who: Coordinator) -> Process:
        """Process of a coordinator: take the best item, finish it, take the next, or rest."""
        while True:
            item = self.next_item(who) if who.on_duty else None
            if item is None:
                who.turn = self.env.pending()
                who.idle, who.called = True, False
                yield who.turn
                who.idle = False
                continue
            end, learned = self.start(who, item)
            yield self.at(end, COMPLETION | who.number)
            alone = self.env.peek() > self.env.now
            self.complete(who, item, learned)
            if not alone:  # the other events of this instant come first
                yield self.at(self.env.now, DISPATCH | who.number)

    def start(self, who: Coordinator, item: Item) -> tuple[float, tuple[bool, float, float]]:
        """Start a service: enter its facts; return its end and (answered, countable, captured)."""
        self.close(item)
        patient, this = item.patient, item.patient.now
        item.patient_month = this
        answered, minutes, countable, captured = self.service(who, item, this)
        this.countable += countable
        this.captured += captured
        busy = minutes + to_ticks(self.documentation.logging_minutes_per_entry)
        end = self.env.now + busy
        self.record.service(who, self.env.now, end)
        self.record.add("started_items", self.env.now, patient.number, who.number, item.kind, busy)
        return end, (answered, countable, captured)

    def service(
        self, who: Coordinator, item: Item, this: PatientMonth
    ) -> tuple[bool, float, float, float]:
        """Count a service that starts now; return (answered, minutes, countable, captured)."""
        outage = self.outage_days[self.day_of_month()]
        losses = self.inputs.losses[rules.END_OF_MONTH if outage else self.inputs.mode]
        number, month = item.patient.number, self.month
        if item.kind >= rules.INBOUND:
            if item.kind == rules.INBOUND:
                this.in_contact = True
                self.record.tally("inbound_taken")
            else:
                self.record.tally("care_tasks_done")
            captured = rules.work_capture(
                *self.key, PATIENT_STREAMS[item.kind][1], number, item.released_in, item.index,
                item.minutes, *losses,
            )  # fmt: skip
            return True, item.minutes, item.minutes, captured
        if item.action == rules.CHART:
            minutes, captured = rules.chart_work(
                *self.key, number, month, this.charts, self.contact.target_minutes,
                self.known(this), self.contact.chart_minutes_per_month, this.charted, *losses,
            )  # fmt: skip
            this.charts += 1
            this.charted += minutes
            self.record.tally("chart_work_done")
            return True, minutes, minutes, captured
        answered, minutes, countable, captured = rules.call(
            self.inputs.laws, self.inputs.tables, self.call_rows, *self.key, number, month,
            this.attempts, item.patient.answer, *self.factors(who, item),
            self.contact.count_unanswered, *losses,
        )  # fmt: skip
        this.attempts += 1
        this.calls += item.kind != rules.FINAL_PUSH
        self.record.tally("attempts")
        if answered:
            this.answered += 1
            this.in_contact = True
            self.record.tally("answered")
        return answered, minutes, countable, captured

    def factors(self, who: Coordinator, item: Item) -> tuple[float, float, float]:
        """Return what multiplies the patient's answer probability now: hour, person, kind of call."""
        contact, patient = self.contact, item.patient
        morning = self.env.now % MINUTES_PER_DAY < _MORNING_ENDS
        hour = contact.morning_factor if morning else contact.afternoon_factor
        if who.seat < 0:
            person = self.operations.cover.answer_factor if self.operations.cover else 1.0
        else:
            known = patient.familiar.get(who.seat, -1) == who.holder
            person = 1.0 if known else contact.unfamiliar_factor
        call = contact.scheduled_factor if item.kind == rules.FOLLOW_UP else 1.0
        return hour, person, call

    def complete(self, who: Coordinator, item: Item, learned: tuple[bool, float, float]) -> None:
        """Complete a service: what is known changes, and the patient's month goes on."""
        answered, countable, captured = learned
        patient, this = item.patient, item.patient_month
        assert this is not None
        self.record.add(
            "done_items", self.env.now, patient.number, who.number, item.kind, countable, captured,
            answered
        )  # fmt: skip
        patient.last_seen = self.env.now
        if answered and item.action == rules.CALL and who.seat >= 0:
            patient.familiar[who.seat] = who.holder
        this.contacted = this.contacted or (answered and item.kind != rules.CARE_TASK)
        if this.item is item:
            this.item = None
        self.learn(patient, this, countable, captured)
        if item.done is not None and patient.enrolled:
            item.done.succeed(answered)

    def learn(self, patient: Patient, this: PatientMonth, own: float, captured: float) -> None:
        """Update what staff know of a patient's month."""
        today = self.today()
        if this.excess_day != today:
            this.excess, this.excess_day = 0.0, today
        this.excess += own - captured
        this.known_own += own
        this.known_captured += captured
        if this.excess != 0.0 and self.inputs.order == rules.CLOSEST_TO_THRESHOLD:
            self.reordered.add(this)
        self.reorder(patient.now)

    # ------------------------------------------------------------- month end

    def end_month(self, month: int) -> int:
        """Enter the month's facts, let items expire and patients leave; return how many left."""
        panel, before = self.panel, len(self.patients)
        self.reordered.clear()
        for patient in self.patients:
            this = patient.now
            self.record.patient_month(patient, this)
            patient.silent = 0 if this.answered else patient.silent + 1
            patient.without_contact = 0 if this.in_contact else patient.without_contact + 1
            for item in list(patient.open_items):
                if item.kind < rules.INBOUND or not self.operations.carry_open_items:
                    self.drop(item, "expired_items")
            if not patient.enrolled:
                continue
            rule = panel.disenroll_after_months_without_contact
            if rules.opts_out(
                *self.key, patient.number, month, panel.opt_out_per_month_share,
                panel.silent_rate_ratio, patient.silent, panel.silent_months,
            ):  # fmt: skip
                self.leave(patient, "opted_out")
            elif rule is not None and patient.without_contact >= rule:
                self.leave(patient, "disenrolled")
        self.patients = [patient for patient in self.patients if patient.enrolled]
        return before - len(self.patients)


def simulate_one(inputs: Inputs, seed: int, replication: int) -> Facts:
    """Return the facts of one replication by the SimPy model."""
    return SimpyModel(inputs, seed, replication).run()
