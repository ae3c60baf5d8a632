"""Services in the SimPy model: coordinators take items, and what each of them leaves.

Comes in: worklists. Goes out: facts at the start of a service, knowledge at its completion.
Sections 4 to 6 of docs/model.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim import keyed, rules
from ccmsim.engine.agenda import COMPLETION, DISPATCH, Process
from ccmsim.engine.people import Coordinator, PatientMonth
from ccmsim.engine.worklist import Item
from ccmsim.sampling import to_ticks
from ccmsim.units import MINUTES_PER_DAY, NOON

if TYPE_CHECKING:
    from ccmsim.engine.simpy_model import SimpyModel


class Services:
    """What coordinators do, one item after another."""

    def __init__(self, model: SimpyModel) -> None:
        self.model = model
        self.inputs, self.key, self.settings = model.inputs, model.key, model.settings
        self.agenda, self.record = model.agenda, model.record
        scenario = model.inputs.scenario
        self.contact = scenario.contact
        rows = model.inputs.laws.rows
        self.call_rows = rows["call"], rows["notes"], rows["attempt"]
        self.logging_minutes = to_ticks(scenario.documentation.logging_minutes_per_entry)

    def coordinate(self, who: Coordinator) -> Process:
        """Process of a coordinator: take the best item, finish it, take the next, or rest."""
        while True:
            item = self.model.desk.next_item(who) if who.on_duty else None
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
        self.model.desk.remove(item)
        patient, this = item.patient, item.patient.now
        if item.kind < rules.INBOUND:
            self.model.wait(this, self.agenda.business_day())
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
            return self.model.enrollment.talk(who, item)
        outage = self.model.outage_days[self.agenda.day_of_month()]
        losses = self.inputs.losses[rules.END_OF_MONTH if outage else self.inputs.mode]
        number, month = item.patient.number, self.model.month
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
            known = self.model.desk.known(this)
            minutes, captured = keyed.chart_work(
                *self.key, number, month, this.charts,
                self.model.desk.current_target(item.patient, known), known,
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
        self.model.learn(patient, this, countable, captured)
