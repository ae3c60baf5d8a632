"""Requests in the SimPy model, and what others do: inbound calls, care tasks, own time.

Comes in: patients at a month's start. Goes out: items on their worklists, and the minutes of people
beside the desks. Section 4 of docs/model.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim import keyed, rules
from ccmsim.engine.agenda import EXPIRY, release_order
from ccmsim.engine.inputs import PATIENT_STREAMS
from ccmsim.engine.people import Patient
from ccmsim.engine.worklist import Item
from ccmsim.sampling import duration
from ccmsim.units import MINUTES_PER_DAY

if TYPE_CHECKING:
    from ccmsim.engine.simpy_model import SimpyModel


class Requests:
    """What patients ask for, and what others than coordinators do for them."""

    def __init__(self, model: SimpyModel) -> None:
        self.model = model
        self.inputs, self.key, self.settings = model.inputs, model.key, model.settings
        self.agenda, self.record = model.agenda, model.record
        scenario = model.inputs.scenario
        self.contact, self.documentation = scenario.contact, scenario.documentation
        self.staffing = model.inputs.staffing

    def begin(self, patient: Patient, first: int, days: int) -> None:
        """Let a patient's month bring what it brings, on `days` business days from `first` on."""
        self.schedule_requests(patient, first, days)
        if self.settings["contact_share"] > 0.0 and not self.model.vacant[self.model.month]:
            self.schedule_practitioner(patient, first, days)

    def schedule_requests(self, patient: Patient, first: int, days: int) -> None:
        """Let a patient's inbound calls and care tasks of the month come."""
        contact, inputs = self.contact, self.inputs
        counts = keyed.request_counts(
            *self.key, patient.number, self.model.month, contact.inbound_per_month * patient.need,
            contact.care_tasks_per_month * patient.need,
        )  # fmt: skip
        clinic_day = self.staffing.closes - self.staffing.opens
        kinds = ((rules.INBOUND, "inbound", counts[0]), (rules.CARE_TASK, "care_task", counts[1]))
        for kind, law, how_many in kinds:
            for index in range(how_many):
                day, minute, minutes, outside, logged, capture = keyed.request(
                    inputs.laws.handle, inputs.laws.rows[law], *self.key, PATIENT_STREAMS[kind],
                    patient.number, self.model.month, index, days, clinic_day,
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
        self.model.release(item)
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
            self.model.drop(item, "expired_items")
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
        self.model.learn(item.patient, this, captured, captured)

    def schedule_practitioner(self, patient: Patient, first: int, days: int) -> None:
        """Let the practitioner give a patient time of their own this month."""
        settings, laws = self.settings, self.inputs.laws
        day, minute, minutes, logged = keyed.practitioner_time(
            laws.handle, settings["contact_row"], *self.key, patient.number, self.model.month, days,
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
        self.record.practitioner_minutes[self.model.month] += minutes
        self.record.show(
            "done_outside", self.agenda.now, patient.number, -1, rules.PRACTITIONER, minutes,
            captured,
        )  # fmt: skip
        if self.settings["own_is_known"]:
            self.model.learn(patient, this, captured, captured)
