"""The readable specification: one replication of a practice as a SimPy model.

Comes in: `Inputs` and a key (seed, replication). Goes out: `Facts`. It reads like docs/model.md:
coordinators and patients are processes, worklists lie between them, and every decision is a rule of
`ccmsim.rules`. Facts are entered when a service starts, knowledge when it is completed. Never draws
a number that isn't keyed.

This module holds months, duty and the panel. What happens within a month has a part for each idea:
`simpy_enrollment` (section 2), `simpy_outreach` and `simpy_requests` (section 4), `simpy_services`
(sections 5 and 6). The clock and the order of simultaneous events are in `agenda`, who may take
what in `desk`.
"""

from __future__ import annotations

import numpy as np

from ccmsim import availability as av
from ccmsim import keyed, rules
from ccmsim.arrays import Records
from ccmsim.engine.agenda import DEATH, DUTY, MONTH, Agenda, Process
from ccmsim.engine.desk import Desk
from ccmsim.engine.inputs import Inputs, next_owner
from ccmsim.engine.ledger import Facts, has_apcm, load_of_last_month
from ccmsim.engine.people import Coordinator, Patient, PatientMonth
from ccmsim.engine.recorder import Observer, Recorder
from ccmsim.engine.simpy_enrollment import Enrollment
from ccmsim.engine.simpy_outreach import Outreach
from ccmsim.engine.simpy_requests import Requests
from ccmsim.engine.simpy_services import Services
from ccmsim.engine.supervision import vacancies
from ccmsim.engine.worklist import Item


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
        self.desk = Desk(inputs, self.agenda, self.record)
        self.patients: list[Patient] = []
        self.settings = inputs.settings[0]
        self.owner_counts = np.zeros(inputs.staffing.seats, np.int64)
        self.numbers = 0  # patient numbers given so far
        self.month = 0
        self.month_end = 0.0
        self.outage_days: list[bool] = []
        self.vacant = vacancies(inputs, seed, replication)  # months without supervision
        self.enrollment = Enrollment(self)
        self.outreach = Outreach(self)
        self.requests = Requests(self)
        self.services = Services(self)

    def run(self) -> Facts:
        """Simulate all months and return the facts."""
        for coordinator in self.desk.coordinators:
            self.agenda.process(self.services.coordinate(coordinator))
        self.agenda.run(until=self.agenda.process(self.months()))
        waiting = sum(len(patient.open_items) for patient in self.patients)
        waiting += sum(not coordinator.idle for coordinator in self.desk.coordinators)
        self.record.initiating_month = self.enrollment.initiating_months()
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
                self.outreach.reviewed(day, month) == day for day in range(first, last)
            )
            self.schedule_duty()
            if month == 0 or self.panel.replace_leavers:
                self.enroll(leavers, replacing=month > 0)
            if self.panel.medicare is not None:
                self.enrollment.begin_month(first, last)
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
        day = first + keyed.outreach_day(*self.key, number, month, self.inputs.pattern, days)
        self.outreach.begin(patient, first, days, day)
        self.requests.begin(patient, first, days)

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

    def leave(self, patient: Patient, why: str) -> None:
        """Take a patient off the panel at once; open items are dropped."""
        patient.enrolled = False
        self.enrollment.close(patient, why)
        self.record.show(why, self.agenda.now, patient.number)
        for item in patient.items_in_order():
            self.drop(item, "dropped_items")

    # ------------------------------------------------ what all its parts do

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
            patient.silent = rules.months_without(patient.silent, this.answered > 0)
            patient.booked = self.contact.book_next_call and this.answered > 0
            patient.without_contact = rules.months_without(patient.without_contact, this.in_contact)
            self.record.tally("uncontacted_months", patient.without_contact)
            self.record.tally("uncontacted_patients", patient.without_contact >= rules.UNCONTACTED)
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
        self.enrollment.end_month(month)
        return before - len(self.patients)


def simulate_one(
    inputs: Inputs, seed: int, replication: int, *, luck: Records | None = None
) -> Facts:
    """Return the facts of one replication by the SimPy model; `luck` from a design of absence."""
    return SimpyModel(inputs, seed, replication, luck=luck).run()
