"""Outreach in the SimPy model: a patient's month of calls and chart work, and the final push.

Comes in: patients, and the days on which somebody looks down the list. Goes out: items on their
worklists. Section 4 of docs/model.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim import rules
from ccmsim.engine.agenda import Process, release_order
from ccmsim.engine.people import Patient, PatientMonth
from ccmsim.engine.review import next_held
from ccmsim.engine.worklist import Item

if TYPE_CHECKING:
    from ccmsim.engine.simpy_model import SimpyModel


class Outreach:
    """What coordinators do of their own accord, one thing at a time for each patient."""

    def __init__(self, model: SimpyModel) -> None:
        self.model = model
        self.inputs, self.agenda = model.inputs, model.agenda
        self.contact = model.inputs.scenario.contact

    def begin(self, patient: Patient, first: int, days: int, day: int) -> None:
        """Note a patient's outreach for a business day, and perhaps the month's final push.

        The month has `days` business days from `first` on.
        """
        this = patient.now
        this.release_day = day
        this.noted = True
        action = rules.PLAN if patient.plan_due else rules.CALL
        self.agenda.process(self.pursue(patient, this, rules.OUTREACH, action, day))
        push_days = self.contact.final_push_days
        pushed = first + rules.push_day(days, push_days)
        if push_days > 0 and self.reviewed(pushed, this.month) == pushed:
            opening = self.agenda.opening(pushed)
            order = release_order(patient.number, rules.FINAL_PUSH, 0)
            self.agenda.when(opening, order, self.push, patient, this)

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
                    known = self.model.desk.known(this)
                    action = rules.released_action(
                        kind, action, self.inputs.followup, known,
                        self.model.desk.current_target(patient, known), this.calls,
                        self.contact.max_attempts, this.charted,
                        self.contact.chart_minutes_per_month,
                    )  # fmt: skip
                    if action == rules.NOTHING:
                        return
            item = Item(patient, kind, action, self.agenda.now, self.agenda.pending())
            this.item, this.since = item, self.agenda.business_day()
            self.model.release(item)
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
        held = next_held(self.inputs.next_review, self.model.desk.duty.owner_day, first, last, day)
        return first + int(held)

    def push(self, patient: Patient, this: PatientMonth) -> None:
        """Try a short patient once more near the month's end."""
        idle = patient.enrolled and this.item is None and not this.noted
        known = self.model.desk.known(this)
        if not idle or known >= self.model.desk.current_target(patient, known):
            return
        action = rules.push_action(
            self.inputs.followup, this.contacted, self.contact.chart_work_without_contact,
            this.charted, self.contact.chart_minutes_per_month,
        )  # fmt: skip
        self.agenda.process(self.pursue(patient, this, rules.FINAL_PUSH, action, None))
