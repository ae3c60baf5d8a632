"""The readable specification: one replication of a practice as a SimPy model.

Comes in: `Inputs` and a key (seed, replication). Goes out: `Facts`. It reads like docs/model.md:
coordinators and patients are processes, worklists lie between them, and every decision is a rule of
`ccmsim.rules`. Facts are entered when a service starts, knowledge when it is completed. Never draws
a number that isn't keyed.

The clock and the order of simultaneous events are in `agenda`, who may take what in `desk`.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import count
from typing import Any

import numpy as np
import simpy

from ccmsim import availability as av
from ccmsim import keyed, rules
from ccmsim.arrays import Records
from ccmsim.engine import prospects as medicare
from ccmsim.engine.agenda import (
    COMPLETION,
    DEATH,
    DISPATCH,
    DUTY,
    EXPIRY,
    MONTH,
    Agenda,
    release_order,
)  # fmt: skip
from ccmsim.engine.desk import Desk
from ccmsim.engine.inputs import PATIENT_STREAMS, Inputs, next_owner
from ccmsim.engine.ledger import Facts, has_apcm, load_of_last_month
from ccmsim.engine.people import Coordinator, Patient, PatientMonth
from ccmsim.engine.recorder import Observer, Recorder
from ccmsim.engine.review import next_held
from ccmsim.engine.supervision import vacancies
from ccmsim.engine.worklist import Item
from ccmsim.sampling import duration, to_ticks
from ccmsim.units import MINUTES_PER_DAY, NOON

Process = Generator[simpy.Event, Any, None]


class SimpyModel:
    """One replication; `run` it once.

    Parameters
    ----------
    inputs : Inputs
    seed, replication : int
    observe : callable, optional
        Called with every event, for a trace.
    luck : array of LUCK, optional
        What a design of absence chooses, as `availability.month_availability` takes it.
    """

    def __init__(
        self,
        inputs: Inputs,
        seed: int,
        replication: int,
        observe: Observer | None = None,
        *,
        luck: Records | None = None,
    ) -> None:
        scenario = inputs.scenario
        self.inputs = inputs
        self.key = (seed, replication)
        self.luck = luck
        self.panel = scenario.panel
        self.contact = scenario.contact
        self.documentation = scenario.documentation
        self.operations = scenario.operations
        self.staffing = inputs.staffing
        self.agenda = Agenda(inputs.calendar, inputs.staffing.opens)
        self.record = Recorder(inputs, observe)
        self.desk = Desk(inputs, self.agenda)
        self.call_rows = tuple(inputs.laws.rows[name] for name in ("call", "notes", "attempt"))
        self.patients: list[Patient] = []
        self.settings = inputs.settings[0]
        self.prospects: medicare.Prospects | None = None  # where the Medicare panel is modelled
        self.asked: dict[int, Patient] = {}  # who was ever listed and isn't enrolled
        self.owner_counts = np.zeros(inputs.staffing.seats, np.int64)
        self.numbers = 0  # patient numbers given so far
        self.month = 0
        self.month_end = 0.0
        self.outage_days: list[bool] = []
        self.vacant = vacancies(inputs, seed, replication)  # months without supervision
        self.logging_minutes = to_ticks(self.documentation.logging_minutes_per_entry)

    def run(self) -> Facts:
        """Simulate all months and return the facts."""
        for coordinator in self.desk.coordinators:
            self.agenda.process(self.coordinate(coordinator))
        self.agenda.run(until=self.agenda.process(self.months()))
        waiting = sum(len(patient.open_items) for patient in self.patients)
        waiting += sum(not coordinator.idle for coordinator in self.desk.coordinators)
        if self.prospects is not None:
            people = self.prospects.panel[0]["people"]
            self.record.initiating_month = self.prospects.initiating_month[:people]
        return self.record.facts(waiting)

    # ---------------------------------------------------------------- months

    def months(self) -> Process:
        """Process of the calendar: each month begins with what follows from the last."""
        state = av.new_state(self.inputs, *self.key, luck=self.luck)
        leavers, patients = self.panel.enrolled_at_start, 0
        for month in range(self.inputs.months):
            yield self.agenda.at(self.agenda.month_start[month], MONTH)
            if month > 0:
                leavers = self.end_month(month - 1)
            self.month = self.record.month = self.agenda.month = month
            self.month_end = self.agenda.month_start[month + 1]
            first, last = self.agenda.first_day[month], self.agenda.first_day[month + 1]
            factor = 1.0
            if month > 0:
                factor = load_of_last_month(
                    self.inputs.settings[0], self.record.on_duty, self.agenda.first_day[month - 1],
                    first, patients,
                )  # fmt: skip
            duty = av.month_availability(
                self.inputs, state, *self.key, month, load_absence_factor=factor, luck=self.luck
            )
            self.record.load_absence_factor[month] = factor
            self.outage_days = duty.outage_day.tolist()
            self.record.availability(first, last, duty)
            self.desk.open_month(duty)
            self.record.counts["reviews"][month] = sum(
                self.reviewed(day, month) == day for day in range(first, last)
            )
            self.schedule_duty()
            if month == 0 or self.panel.replace_leavers:
                self.enroll(leavers, replacing=month > 0)
            if self.panel.medicare is not None:
                self.begin_panel_month(first, last)
            patients = len(self.patients)
            self.record.counts["stage"][month] = rules.stage(
                patients, self.settings["early_below"], self.settings["mature_from"]
            )
            for patient in self.patients:
                self.begin_patient_month(patient, first, last)
        yield self.agenda.at(self.month_end, MONTH)
        self.end_month(self.inputs.months - 1)

    def schedule_duty(self) -> None:
        """Let the month's on-duty intervals begin and end."""
        for coordinator in self.desk.coordinators:
            coordinator.intervals = []
        for person, start, end, gross_end, following in self.desk.duty.intervals.tolist():
            coordinator = self.desk.coordinators[person]
            coordinator.intervals.append((start, end))
            number = DUTY | person << 1
            self.agenda.when(
                start, number | 1, self.come_on_duty, coordinator, end, gross_end, following
            )
            self.agenda.when(end, number, self.go_off_duty, coordinator)

    def come_on_duty(
        self, who: Coordinator, end: float, gross_end: float, following: float
    ) -> None:
        """Begin an on-duty interval."""
        who.duty_end, who.gross_end, who.next_gross_start = end, gross_end, following
        if who.seat >= 0:
            who.holder = int(
                self.desk.duty.seat_days[who.seat, self.agenda.day_of_month()]["holder"]
            )
        self.record.tally("duty_changes")
        self.record.show("on_duty", self.agenda.now, coordinator=who.number)
        self.desk.come(who)

    def go_off_duty(self, who: Coordinator) -> None:
        """End an on-duty interval."""
        self.desk.go(who)
        self.record.tally("duty_changes")
        self.record.show("off_duty", self.agenda.now, coordinator=who.number)

    # -------------------------------------------------------------- patients

    def enroll(self, how_many: int, *, replacing: bool) -> None:
        """Enroll patients with new numbers; those of the first month know the seat's holder."""
        for _ in range(how_many):
            owner = next_owner(self.inputs.protected_minutes, self.owner_counts)
            patient = self.somebody(self.numbers, owner)
            self.numbers += 1
            if replacing:
                self.join(patient)
            else:
                known = range(self.staffing.seats) if self.inputs.pooled else (owner,)
                patient.familiar = dict.fromkeys(known, 0)
            self.patients.append(patient)

    def begin_panel_month(self, first: int, last: int) -> None:
        """Bring the Medicare panel over the month's border: consents enroll, others are asked."""
        if self.prospects is None:
            people = medicare.people_ever(self.settings, *self.key)
            self.prospects = medicare.new_prospects(people, self.inputs.months)
            medicare.begin_panel(self.prospects, self.settings, self.inputs.laws.handle, *self.key)
        medicare.begin_panel_month(
            self.prospects, self.settings, *self.key, self.month, last - first,
            len(self.patients), self.inputs.protected_minutes, self.owner_counts,
        )  # fmt: skip
        panel = self.prospects.panel[0]
        for name in medicare.PANEL_COUNTS:
            self.record.counts[name][self.month] = int(panel[name])
        for number in self.prospects.joining[: panel["joining"]].tolist():
            patient = self.asked.pop(number)
            self.join(patient)
            self.patients.append(patient)
        self.patients.sort(key=lambda patient: patient.number)
        many = panel["listed_patients"]
        days = self.prospects.days[:many].tolist()
        for number, day in zip(self.prospects.listed[:many].tolist(), days, strict=True):
            if number not in self.asked:
                person = self.somebody(number, self.prospects.people[number]["seat"])
                person.enrolled = False
                self.asked[number] = person
            self.agenda.process(self.approach(self.asked[number], first + day))

    def somebody(self, number: int, owner: int) -> Patient:
        """Return a person with the traits of their number."""
        rows = self.inputs.laws.rows
        need, answer = keyed.patient_traits(
            self.inputs.laws.handle, rows["need"], rows["answer"], *self.key, number
        )
        owner = 0 if self.inputs.pooled else int(owner)
        return Patient(number, owner, need, answer, self.target(number), self.agenda.now)

    def join(self, patient: Patient) -> None:
        """Enroll somebody after the first day."""
        patient.enrolled, patient.joined = True, self.month
        patient.last_seen = self.agenda.now
        patient.plan_due = self.contact.care_plan_minutes is not None
        self.record.add("new_patients", self.agenda.now, patient.number)

    def approach(self, person: Patient, day: int) -> Process:
        """Process of a month's approaches to somebody, from a business day on."""
        assert self.prospects is not None
        month = self.month
        for number in count():
            yield self.agenda.at(
                self.agenda.opening(day), release_order(person.number, rules.APPROACH, 0)
            )
            item = Item(person, rules.APPROACH, rules.CALL, self.agenda.now, self.agenda.pending())
            item.index = number
            self.release(item)
            if self.settings["at_visits"] and day + 1 < self.agenda.first_day[month + 1]:
                midnight = self.agenda.business_days[day + 1]
                self.agenda.when(midnight, EXPIRY | person.number, self.go_home, item)
            answered = yield item.done
            if answered or not self.prospects.people[person.number]["attempts"]:
                return
            day = self.agenda.business_day() + self.contact.retry_gap_days
            if day >= self.agenda.first_day[month + 1]:
                return

    def go_home(self, item: Item) -> None:
        """Let somebody go home with whom nobody has spoken at the visit."""
        if item.open:
            self.drop(item, "expired_items")

    def talk(self, who: Coordinator, item: Item) -> tuple[bool, float, float, float]:
        """Count an approach that starts now; return (answered, minutes, 0, 0): it never counts."""
        assert self.prospects is not None
        person, rows = item.patient, self.inputs.laws.rows
        probability = 1.0
        if not self.settings["at_visits"]:
            probability = rules.answer_probability(
                person.answer, self.hour_factor(), 1.0, self.settings["reach_factor"]
            )
        answered, minutes = keyed.approach(
            self.inputs.laws.handle, (rows["talk"], rows["attempt"]), *self.key, person.number,
            self.month, item.index, probability,
        )  # fmt: skip
        consents = medicare.settle_approach(
            self.prospects.people[person.number], self.settings, *self.key, self.month,
            person.number, answered,
        )  # fmt: skip
        self.record.tally("approaches")
        for counter, happened in (
            ("approached_patients", item.index == 0), ("talks", answered), ("consents", consents),
        ):  # fmt: skip
            if happened:
                self.record.tally(counter)
        self.desk.spend(who, minutes + self.logging_minutes)
        return answered, minutes, 0.0, 0.0

    def target(self, number: int) -> float:
        """Return the known minutes at which staff stop in a month of a patient."""
        settings = self.inputs.settings[0]
        own = settings["per_patient"] and has_apcm(settings, *self.key, number)
        return float(settings["apcm_target" if own else "target"])

    def begin_patient_month(self, patient: Patient, first: int, last: int) -> None:
        """Schedule a patient's month: outreach, final push, requests, perhaps death."""
        month, number = self.month, patient.number
        patient.now = this = PatientMonth(month)
        this.release_day = first
        start = self.agenda.month_start[month]
        dies = keyed.death(
            *self.key, number, month, self.panel.death_per_month_share, start, self.month_end
        )
        if dies < self.month_end:
            self.agenda.when(dies, DEATH | number, self.leave, patient, "died")
        self.admit(patient, dies)
        if last == first:
            return  # the practice is closed all month
        days = last - first
        this.release_day = first + keyed.outreach_day(
            *self.key, number, month, self.inputs.pattern, days
        )
        this.noted = True
        first_action = rules.PLAN if patient.plan_due else rules.CALL
        self.agenda.process(
            self.pursue(patient, this, rules.OUTREACH, first_action, this.release_day)
        )
        push_days = self.contact.final_push_days
        pushed = first + rules.push_day(days, push_days)
        if push_days > 0 and self.reviewed(pushed, month) == pushed:
            opening = self.agenda.opening(pushed)
            order = release_order(number, rules.FINAL_PUSH, 0)
            self.agenda.when(opening, order, self.push, patient, this)
        self.schedule_requests(patient, first, days)
        if self.settings["contact_share"] > 0.0 and not self.vacant[month]:
            self.schedule_practitioner(patient, first, days)

    def admit(self, patient: Patient, dies: float) -> None:
        """Let a stay in hospital begin this month, unless the patient dies before."""
        patient.home_from = max(patient.home_from, patient.discharged)
        patient.admitted = patient.discharged = -1.0
        start = self.agenda.month_start[self.month]
        instant = keyed.admission(
            *self.key, patient.number, self.month, self.panel.hospital_per_month_share, start,
            self.month_end,
        )  # fmt: skip
        if instant < min(dies, self.month_end):
            laws = self.inputs.laws
            minutes = keyed.stay_minutes(
                laws.handle, laws.rows["stay"], *self.key, patient.number, self.month
            )
            patient.admitted, patient.discharged = instant, instant + minutes
            self.record.tally("hospital_stays")

    def pursue(
        self, patient: Patient, this: PatientMonth, kind: int, action: int, day: int | None
    ) -> Process:
        """Process of a patient's month: a call or chart work, what follows from it, and so on.

        `day` is the business day on which the first of them is noted for; None: now.
        """
        while True:
            if day is not None:
                this.noted = True
                yield self.agenda.at(
                    self.agenda.opening(day), release_order(patient.number, kind, 0)
                )
                this.noted = False
                if not patient.enrolled:
                    return
                if kind != rules.OUTREACH:
                    known = self.desk.known(this)
                    action = rules.released_action(
                        kind, action, self.inputs.followup, known,
                        self.desk.current_target(patient, known), this.calls,
                        self.contact.max_attempts, this.charted,
                        self.contact.chart_minutes_per_month,
                    )  # fmt: skip
                    if action == rules.NOTHING:
                        return
            item = Item(patient, kind, action, self.agenda.now, self.agenda.pending())
            this.item, this.since = item, self.agenda.business_day()
            self.release(item)
            answered = yield item.done
            kind, action = rules.next_step(
                kind, action, answered, self.inputs.followup, this.calls, self.contact.max_attempts
            )
            if action == rules.NOTHING:
                return
            contact = self.contact
            gap = contact.retry_gap_days if kind == rules.RETRY else contact.followup_gap_days
            day = self.agenda.business_day() + gap
            if kind != rules.RETRY:
                day = self.reviewed(day, this.month)
            if day >= self.agenda.first_day[this.month + 1]:
                return

    def reviewed(self, day: int, month: int) -> int:
        """Return when somebody looks down the list: on a business day or after it."""
        if day >= self.agenda.first_day[month + 1]:
            return day
        first, last = self.agenda.first_day[month], self.agenda.first_day[month + 1]
        held = next_held(self.inputs.next_review, self.desk.duty.owner_day, first, last, day)
        return first + int(held)

    def push(self, patient: Patient, this: PatientMonth) -> None:
        """Try a short patient once more near the month's end."""
        idle = patient.enrolled and this.item is None and not this.noted
        known = self.desk.known(this)
        if not idle or known >= self.desk.current_target(patient, known):
            return
        action = rules.push_action(
            self.inputs.followup, this.contacted, self.contact.chart_work_without_contact,
            this.charted, self.contact.chart_minutes_per_month,
        )  # fmt: skip
        self.agenda.process(self.pursue(patient, this, rules.FINAL_PUSH, action, None))

    def leave(self, patient: Patient, why: str) -> None:
        """Take a patient off the panel at once; open items are dropped."""
        patient.enrolled = False
        if self.prospects is not None:
            state = medicare.GONE if why == "died" else medicare.LEFT
            self.prospects.people[patient.number]["state"] = state
        self.record.show(why, self.agenda.now, patient.number)
        for item in patient.items_in_order():
            self.drop(item, "dropped_items")

    # -------------------------------------------------------------- requests

    def schedule_requests(self, patient: Patient, first: int, days: int) -> None:
        """Let a patient's inbound calls and care tasks of the month come."""
        contact, inputs = self.contact, self.inputs
        counts = keyed.request_counts(
            *self.key, patient.number, self.month, contact.inbound_per_month * patient.need,
            contact.care_tasks_per_month * patient.need,
        )  # fmt: skip
        clinic_day = self.staffing.closes - self.staffing.opens
        kinds = ((rules.INBOUND, "inbound", counts[0]), (rules.CARE_TASK, "care_task", counts[1]))
        for kind, law, how_many in kinds:
            for index in range(how_many):
                day, minute, minutes, outside, logged, capture = keyed.request(
                    inputs.laws.handle, inputs.laws.rows[law], *self.key, PATIENT_STREAMS[kind],
                    patient.number, self.month, index, days, clinic_day,
                    contact.other_work_outside_share, self.documentation.outside_capture_share,
                )  # fmt: skip
                action = rules.CALL if kind == rules.INBOUND else rules.CHART
                release = self.agenda.opening(first + day) + minute
                item = Item(patient, kind, action, release, self.agenda.pending())
                item.index, item.minutes = index, minutes
                item.outside_logged, item.capture = logged, capture
                order = release_order(patient.number, kind, index)
                self.agenda.when(item.release, order, self.request, item, outside)

    def request(self, item: Item, outside: bool) -> None:
        """Receive an inbound call or a care task: others do it, or it goes to the worklist."""
        if not item.patient.enrolled or item.patient.in_hospital(self.agenda.now):
            return
        if outside:
            self.do_outside(item)
            return
        self.release(item)
        patience = self.contact.request_patience_days * MINUTES_PER_DAY
        self.agenda.when(
            item.release + duration(patience),
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
        minutes = 0.0 if item.patient.in_hospital(self.agenda.now) else item.minutes
        captured = minutes if item.outside_logged else 0.0
        this.countable += minutes
        this.captured += captured
        self.record.add(
            "outside_items",
            self.agenda.now,
            item.patient.number,
            -1,
            item.kind,
            minutes,
            captured,
        )
        self.learn(item.patient, this, captured, captured)

    def schedule_practitioner(self, patient: Patient, first: int, days: int) -> None:
        """Let the practitioner give a patient time of their own this month."""
        settings, laws = self.settings, self.inputs.laws
        day, minute, minutes, logged = keyed.practitioner_time(
            laws.handle, settings["contact_row"], *self.key, patient.number, self.month, days,
            settings["open_minutes"], settings["contact_share"], settings["contact_ratio"],
            settings["complex"], settings["contact_logged"],
        )  # fmt: skip
        if day >= 0:
            order = release_order(patient.number, rules.PRACTITIONER, 0)
            when = self.agenda.opening(first + day) + minute
            self.agenda.when(when, order, self.take_own_time, patient, minutes, logged)

    def take_own_time(self, patient: Patient, minutes: float, logged: bool) -> None:
        """Let the practitioner give a patient time of their own; it counts, and may be logged."""
        if not patient.enrolled or patient.in_hospital(self.agenda.now):
            return
        this, captured = patient.now, minutes if logged else 0.0
        this.countable += minutes
        this.captured += captured
        this.own_countable += minutes
        this.own_captured += captured
        self.record.practitioner_minutes[self.month] += minutes
        self.record.show(
            "done_outside", self.agenda.now, patient.number, -1, rules.PRACTITIONER, minutes,
            captured,
        )  # fmt: skip
        if self.settings["own_is_known"]:
            self.learn(patient, this, captured, captured)

    def release(self, item: Item) -> None:
        """Release an item to its worklist."""
        self.desk.add(item)
        self.record.add("released_items", self.agenda.now, item.patient.number, kind=item.kind)

    def drop(self, item: Item, counter: str) -> None:
        """Take an open item off its worklist."""
        if item.kind < rules.INBOUND:
            self.wait(item.patient.now, self.agenda.business_day())
        self.desk.remove(item)
        self.record.add(counter, self.agenda.now, item.patient.number, kind=item.kind)

    def wait(self, this: PatientMonth, until: int) -> None:
        """Enter that a patient's open item has waited to before a business day."""
        first = self.agenda.first_day[this.month]
        this.waiting |= (1 << until - first) - (1 << this.since - first)

    # ---------------------------------------------------------- coordinators

    def coordinate(self, who: Coordinator) -> Process:
        """Process of a coordinator: take the best item, finish it, take the next, or rest."""
        while True:
            item = self.desk.next_item(who) if who.on_duty else None
            if item is None:
                who.turn = self.agenda.pending()
                who.idle, who.called = True, False
                yield who.turn
                who.idle = False
                continue
            end, learned = self.start(who, item)
            yield self.agenda.put(item.done, end, COMPLETION | who.number)
            alone = self.agenda.peek() > self.agenda.now
            self.complete(who, item, learned)
            if not alone:  # the other events of this instant come first
                yield self.agenda.at(self.agenda.now, DISPATCH | who.number)

    def start(self, who: Coordinator, item: Item) -> tuple[float, tuple[bool, float, float]]:
        """Start a service: enter its facts; return its end and (answered, countable, captured).

        Whoever waits for the item, its patient and then the coordinator, hears whether there was an
        answer.
        """
        self.desk.remove(item)
        patient, this = item.patient, item.patient.now
        if item.kind < rules.INBOUND:
            self.wait(this, self.agenda.business_day())
        item.patient_month = this
        answered, minutes, countable, captured = self.service(who, item, this)
        if patient.in_hospital(self.agenda.now):
            countable = captured = 0.0
        this.countable += countable
        this.captured += captured
        if who.is_practitioner:
            this.own_countable += countable
            this.own_captured += captured
        item.done._value = answered
        busy = minutes + self.logging_minutes
        end = self.agenda.now + busy
        self.record.service(who, self.agenda.now, end, minutes - countable)
        self.record.add(
            "started_items", self.agenda.now, patient.number, who.number, item.kind, busy
        )
        return end, (answered, countable, captured)

    def service(
        self, who: Coordinator, item: Item, this: PatientMonth
    ) -> tuple[bool, float, float, float]:
        """Count a service that starts now; return (answered, minutes, countable, captured)."""
        if item.kind == rules.APPROACH:
            return self.talk(who, item)
        outage = self.outage_days[self.agenda.day_of_month()]
        losses = self.inputs.losses[rules.END_OF_MONTH if outage else self.inputs.mode]
        number, month = item.patient.number, self.month
        if item.kind >= rules.INBOUND:
            if item.kind == rules.INBOUND:
                this.in_contact = True
                self.record.tally("inbound_taken")
            else:
                self.record.tally("care_tasks_done")
            captured = rules.captured_minutes(item.minutes, item.capture, *losses)
            return True, item.minutes, item.minutes, captured
        if item.action == rules.PLAN:
            minutes, captured = keyed.care_plan(
                self.inputs.laws.handle, self.inputs.laws.rows["plan"], *self.key, number, month,
                *losses,
            )  # fmt: skip
            item.patient.plan_due = False
            this.answered += 1
            this.in_contact = True
            self.record.tally("care_plans")
            return True, minutes, minutes, captured
        if item.action == rules.CHART:
            known = self.desk.known(this)
            minutes, captured = keyed.chart_work(
                *self.key, number, month, this.charts,
                self.desk.current_target(item.patient, known), known,
                self.contact.chart_minutes_per_month, this.charted, *losses,
            )  # fmt: skip
            this.charts += 1
            this.charted += minutes
            self.record.tally("chart_work_done")
            return True, minutes, minutes, captured
        answer = 0.0 if item.patient.in_hospital(self.agenda.now) else item.patient.answer
        answered, minutes, countable, captured = keyed.call(
            self.inputs.laws.handle, self.call_rows, *self.key, number, month,
            this.attempts, answer, *self.factors(who, item),
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
        """Return what multiplies the answer probability now: hour, person, kind of call."""
        contact, patient = self.contact, item.patient
        if who.seat < 0:
            person = self.settings["cover_factor"]
        else:
            person = contact.unfamiliar_factor
        if patient.familiar.get(who.number, -1) == who.holder:
            person = 1.0
        call = rules.call_factor(item.kind, patient.booked, contact.scheduled_factor)
        return self.hour_factor(), person, call

    def hour_factor(self) -> float:
        """Return what multiplies the answer probability at this hour."""
        morning = self.agenda.now % MINUTES_PER_DAY < NOON
        return self.contact.morning_factor if morning else self.contact.afternoon_factor

    def complete(self, who: Coordinator, item: Item, learned: tuple[bool, float, float]) -> None:
        """Complete a service: what is known changes, and the patient's month goes on."""
        answered, countable, captured = learned
        patient, this = item.patient, item.patient_month
        assert this is not None
        self.record.add(
            "done_items", self.agenda.now, patient.number, who.number, item.kind, countable,
            captured, answered if item.action == rules.CALL else None,
        )  # fmt: skip
        may_know = who.seat >= 0 or self.settings["cover_familiar"]
        if answered and item.action != rules.CHART and may_know:
            patient.familiar[who.number] = who.holder
        if item.kind == rules.APPROACH:
            return
        patient.last_seen = self.agenda.now
        this.contacted = this.contacted or (answered and item.kind != rules.CARE_TASK)
        if this.item is item:
            this.item = None
        self.learn(patient, this, countable, captured)

    def learn(self, patient: Patient, this: PatientMonth, own: float, captured: float) -> None:
        """Update what staff know of a patient's month."""
        today = self.agenda.today()
        if this.excess_day != today:
            this.excess, this.excess_day = 0.0, today
        this.excess += own - captured
        this.known_own += own
        this.known_captured += captured
        self.desk.reorder(patient.now)

    # ------------------------------------------------------------- month end

    def end_month(self, month: int) -> int:
        """Enter the month's facts, let items expire and patients leave; return how many left."""
        panel, before = self.panel, len(self.patients)
        owner_there = all(self.desk.duty.owner_day[-1:])
        for patient in self.patients:
            this = patient.now
            if this.item is not None and this.item.open:
                self.wait(this, self.agenda.first_day[month + 1])
            self.record.patient_month(patient, this)
            patient.silent = 0 if this.answered else patient.silent + 1
            patient.booked = self.contact.book_next_call and this.answered > 0
            patient.without_contact = 0 if this.in_contact else patient.without_contact + 1
            for item in patient.items_in_order():
                if item.kind < rules.INBOUND or not self.operations.carry_open_items:
                    self.drop(item, "expired_items")
            if not patient.enrolled:
                continue
            rule = self.inputs.disenroll_after
            base = rules.opt_out_base(
                panel.opt_out_per_month_share, panel.early_rate_ratio, patient.joined, month,
                panel.early_months,
            )  # fmt: skip
            if keyed.opts_out(
                *self.key, patient.number, month, base, panel.silent_rate_ratio,
                patient.silent, panel.silent_months,
            ):  # fmt: skip
                self.leave(patient, "opted_out")
            elif 0 <= rule <= patient.without_contact and owner_there:
                self.leave(patient, "disenrolled")
        self.patients = [patient for patient in self.patients if patient.enrolled]
        if self.prospects is not None:
            self.end_panel_month(month)
        return before - len(self.patients)

    def end_panel_month(self, month: int) -> None:
        """Let the month's open approaches expire, and people die who are not enrolled."""
        assert self.prospects is not None
        for person in self.asked.values():
            for item in person.items_in_order():
                self.drop(item, "expired_items")
        medicare.end_panel_month(self.prospects, self.settings, *self.key, month)


def simulate_one(
    inputs: Inputs, seed: int, replication: int, *, luck: Records | None = None
) -> Facts:
    """Return the facts of one replication by the SimPy model; `luck` from a design of absence."""
    return SimpyModel(inputs, seed, replication, luck=luck).run()
