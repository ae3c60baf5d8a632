"""Enrollment in the SimPy model: people on the Medicare panel are asked to take part.

Comes in: the panel at a month's border, by `prospects`. Goes out: approaches on the worklists, and
patients who enroll. Section 2 of docs/model.md.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from ccmsim import keyed, rules
from ccmsim.arrays import Ints
from ccmsim.engine import prospects as medicare
from ccmsim.engine.agenda import EXPIRY, Process, release_order
from ccmsim.engine.ledger import pauses_enrollment
from ccmsim.engine.people import Coordinator, Patient
from ccmsim.engine.worklist import Item

if TYPE_CHECKING:
    from ccmsim.engine.simpy_model import SimpyModel


class Enrollment:
    """The Medicare panel, where it is modelled, and the talks with people who are not enrolled."""

    def __init__(self, model: SimpyModel) -> None:
        self.model = model
        self.inputs, self.key, self.settings = model.inputs, model.key, model.settings
        self.agenda, self.record = model.agenda, model.record
        self.contact = model.inputs.scenario.contact
        self.prospects: medicare.Prospects | None = None
        self.asked: dict[int, Patient] = {}  # who was ever listed and isn't enrolled

    def initiating_months(self) -> Ints:
        """Return the month of each person's initiating visit, −1 without."""
        if self.prospects is None:
            return self.record.initiating_month
        return self.prospects.initiating_month[: self.prospects.panel[0]["people"]]

    def close(self, patient: Patient, why: str) -> None:
        """Remember why a patient has left: nobody is asked again."""
        if self.prospects is not None:
            state = medicare.GONE if why == "died" else medicare.LEFT
            self.prospects.people[patient.number]["state"] = state

    def begin_month(self, first: int, last: int) -> None:
        """Bring the Medicare panel over the month's border: consents enroll, others are asked."""
        if self.prospects is None:
            people = medicare.people_ever(self.settings, *self.key)
            self.prospects = medicare.new_prospects(people, self.inputs.months)
            medicare.begin_panel(self.prospects, self.settings, self.inputs.laws.handle, *self.key)
        month = self.model.month
        paused = False
        if self.settings["pause_below"] > 0.0:
            rows = self.record.rows_of(month - 1)
            paused = pauses_enrollment(self.settings, rows, month, *self.key)
        medicare.begin_panel_month(
            self.prospects, self.settings, *self.key, month, last - first,
            len(self.model.patients), paused, self.inputs.protected_minutes,
            self.model.owner_counts,
        )  # fmt: skip
        panel = self.prospects.panel[0]
        for name in medicare.PANEL_COUNTS:
            self.record.counts[name][month] = int(panel[name])
        for number in self.prospects.joining[: panel["joining"]].tolist():
            patient = self.asked.pop(number)
            self.model.join(patient)
            self.model.patients.append(patient)
        self.model.patients.sort(key=lambda patient: patient.number)
        many = panel["listed_patients"]
        days = self.prospects.days[:many].tolist()
        for number, day in zip(self.prospects.listed[:many].tolist(), days, strict=True):
            if number not in self.asked:
                person = self.model.somebody(number, self.prospects.people[number]["seat"])
                person.enrolled = False
                self.asked[number] = person
            self.agenda.process(self.approach(self.asked[number], first + day))

    def approach(self, person: Patient, day: int) -> Process:
        """Process of a month's approaches to somebody, from a business day on."""
        assert self.prospects is not None
        month = self.model.month
        for number in count():
            yield self.agenda.at(
                self.agenda.opening(day), release_order(person.number, rules.APPROACH, 0)
            )
            item = Item(person, rules.APPROACH, rules.CALL, self.agenda.now, self.agenda.pending())
            item.index = number
            self.model.release(item)
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
            self.model.drop(item, "expired_items")

    def talk(self, who: Coordinator, item: Item) -> tuple[bool, float, float, float]:
        """Count an approach that starts now; return (answered, minutes, 0, 0): it never counts."""
        assert self.prospects is not None
        person, rows = item.patient, self.inputs.laws.rows
        probability = 1.0
        if not self.settings["at_visits"]:
            probability = rules.answer_probability(
                person.answer, self.model.services.hour_factor(), 1.0, self.settings["reach_factor"]
            )
        answered, minutes = keyed.approach(
            self.inputs.laws.handle, (rows["talk"], rows["attempt"]), *self.key, person.number,
            self.model.month, item.index, probability,
        )  # fmt: skip
        consents = medicare.settle_approach(
            self.prospects.people[person.number], self.settings, *self.key, self.model.month,
            person.number, answered,
        )  # fmt: skip
        self.record.tally("approaches")
        for counter, happened in (
            ("approached_patients", item.index == 0), ("talks", answered), ("consents", consents),
        ):  # fmt: skip
            if happened:
                self.record.tally(counter)
        self.model.desk.spend(who, minutes + self.model.services.logging_minutes)
        return answered, minutes, 0.0, 0.0

    def end_month(self, month: int) -> None:
        """Let the month's open approaches expire, and people die who are not enrolled."""
        if self.prospects is None:
            return
        for person in self.asked.values():
            for item in person.items_in_order():
                self.model.drop(item, "expired_items")
        medicare.end_panel_month(self.prospects, self.settings, *self.key, month)
