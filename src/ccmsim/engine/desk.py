"""Who takes what: the worklists, and the coordinators who may take from them.

Comes in: released items, and the month's availability. Goes out: the best item for a coordinator,
and turns for idle ones. Sections 4 and 5 of docs/model.md. It starts no service and ends none.
"""

from __future__ import annotations

from ccmsim import rules
from ccmsim.availability import MonthAvailability
from ccmsim.engine.agenda import DISPATCH, LOOK, Agenda
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.people import Coordinator, Patient, PatientMonth
from ccmsim.engine.recorder import Recorder
from ccmsim.engine.worklist import Item, Worklist, best_of


class Desk:
    """The worklists of all seats, or the common one, and the coordinators in front of them."""

    def __init__(self, inputs: Inputs, agenda: Agenda, record: Recorder) -> None:
        self.agenda, self.record = agenda, record
        self.mode, self.order = inputs.mode, inputs.order
        self.contact = inputs.scenario.contact
        self.seats = inputs.staffing.seats
        self.pooled = inputs.pooled
        self.with_backup = inputs.staffing.backup_after_days >= 0
        people = len(inputs.staffing.shift_counts)
        self.has_helpers = self.with_backup or people > self.seats
        self.coordinators = [
            Coordinator(number, self.seats, is_practitioner=bool(inputs.practitioners[number]))
            for number in range(people)
        ]
        self.worklists = [Worklist() for _ in range(1 if self.pooled else self.seats)]
        self.approaches: list[list[Item]] = [[] for _ in self.worklists]
        self.policy, self.quota = inputs.settings[0]["policy"], inputs.settings[0]["quota"]
        self.monday = inputs.settings[0]["monday"]
        self.addon_minutes = inputs.settings[0]["addon_minutes"]
        self.most_items = inputs.settings[0]["most_items"]
        self.overfull = [-1] * self.seats  # the latest business day that found the seat's list so
        self.on_duty = 0  # coordinators on duty
        self.duty: MonthAvailability
        self.falling: set[PatientMonth] = set()  # known minutes that fall when the day ends

    def open_month(self, duty: MonthAvailability) -> None:
        """Take over the availability of a month that begins."""
        self.duty = duty
        self.falling.clear()
        for who in self.coordinators:
            who.approach_week = -1
        if self.most_items >= 0:
            first, last = self.agenda.first_day[self.agenda.month : self.agenda.month + 2]
            for day in range(first, last):
                self.agenda.when(self.agenda.opening(day), LOOK, self.look_for_overfull)

    def look_for_overfull(self) -> None:
        """Open what holds too much at opening to the backup, for the rest of the day."""
        for seat, worklist in enumerate(self.worklists):
            if rules.overfull(worklist.size(), self.most_items):
                self.overfull[seat] = self.agenda.business_day()
                self.record.tally("overfull_days")
                for who in self.coordinators:
                    if who.idle and who.seat != seat and self._may_take(who, seat):
                        self.call_on(who)

    def known(self, this: PatientMonth) -> float:
        """Return the minutes that staff know of in a patient's month."""
        known: float = rules.known_minutes(
            self.mode, this.known_captured, this.known_own, this.excess, this.excess_day,
            self.agenda.today(),
        )  # fmt: skip
        return known

    def current_target(self, patient: Patient, known: float) -> float:
        """Return what staff work towards now in a patient's month of which they know so much."""
        contact = self.contact
        target: float = rules.current_target(
            known, patient.target, contact.addon_steps, contact.addon_within_minutes,
            self.addon_minutes,
        )  # fmt: skip
        return target

    def add(self, item: Item) -> None:
        """Put a released item on its worklist and call on whoever may take it."""
        item.patient.open_items.add(item)
        if item.kind == rules.APPROACH:
            self.approaches[item.patient.owner].append(item)
        else:
            self._enter(item)
        owner = item.patient.owner
        if self.pooled:
            for who in self.coordinators if self.on_duty else ():
                if who.idle and who.on_duty and not who.called:
                    self.call_on(who)
                    break
            return
        self.call_on(self.coordinators[owner])
        if self.has_helpers and item.kind != rules.APPROACH:
            for who in self.coordinators:
                if who.idle and who.seat != owner and self._may_take(who, owner):
                    self.call_on(who)

    def remove(self, item: Item) -> None:
        """Take an item off: it is started, or will never be."""
        item.open = False
        item.patient.open_items.discard(item)

    def reorder(self, this: PatientMonth) -> None:
        """Rank a patient's open outreach item anew, because what is known has changed."""
        if this.excess != 0.0 and self.order == rules.CLOSEST_TO_THRESHOLD:
            self.falling.add(this)
        if this.item is not None and this.item.open and self.order != rules.BY_RELEASE:
            self._enter(this.item)

    def come(self, who: Coordinator) -> None:
        """Let a coordinator come on duty: a turn, if there may be something to do."""
        who.on_duty = True
        self.on_duty += 1
        if not self.pooled or self._own_item(who) is not None:
            self.call_on(who)

    def go(self, who: Coordinator) -> None:
        """Let a coordinator go off duty; what has started goes on."""
        who.on_duty = False
        self.on_duty -= 1

    def call_on(self, who: Coordinator) -> None:
        """Give an idle coordinator on duty a turn, after everything else of this instant."""
        if who.idle and who.on_duty and not who.called:
            who.called = True
            self.agenda.put(who.turn, self.agenda.now, DISPATCH | who.number)

    def next_item(self, who: Coordinator) -> Item | None:
        """Return the best item for a coordinator: own ones first, then of owners who are away."""
        if self.falling and self.mode == rules.END_OF_DAY:
            today = self.agenda.today()
            for this in [this for this in self.falling if this.excess_day != today]:
                self.falling.remove(this)
                if this.item is not None and this.item.open:
                    self._enter(this.item)
        if self.pooled:
            return self._own_item(who)
        if who.seat >= 0:
            own = self._own_item(who)
            if own is not None or not self.with_backup:
                return own
        others = [s for s in range(self.seats) if s != who.seat and self._may_take(who, s)]
        return best_of([self.worklists[s] for s in others])

    def spend(self, who: Coordinator, minutes: float) -> None:
        """Add to the minutes of approaches that a coordinator has started this week."""
        who.approach_minutes = self._spent(who) + minutes
        who.approach_week = rules.week(self.agenda.now, self.monday)

    def _spent(self, who: Coordinator) -> float:
        same = who.approach_week == rules.week(self.agenda.now, self.monday)
        return who.approach_minutes if same else 0.0

    def _own_item(self, who: Coordinator) -> Item | None:
        """Return the best item of somebody's own worklist, or of the common one."""
        place = 0 if self.pooled else who.seat
        entry = self.worklists[place].best()
        approaches = self.approaches[place] = [it for it in self.approaches[place] if it.open]
        if approaches and (entry is None or entry[0] > 0):  # requests come first
            first = rules.approach_first(self.policy, self._spent(who), self.quota)
            if first or entry is None:
                return min(approaches, key=lambda item: (item.release, item.patient.number))
        return None if entry is None else entry[7]

    def _may_take(self, who: Coordinator, owner: int) -> bool:
        """Return whether somebody who is not the owner may take the owner's items today."""
        if who.seat >= 0 and not self.with_backup:
            return False
        if who.seat >= 0 and self.overfull[owner] == self.agenda.business_day():
            return True
        flag = "backup_open" if who.seat >= 0 else "cover_open"
        return bool(self.duty.seat_days[owner, self.agenda.day_of_month()][flag])

    def _enter(self, item: Item) -> None:
        """Enter an item in its worklist with its rank as of now."""
        is_request = item.kind >= rules.INBOUND
        rank = 0.0
        if not is_request and self.order != rules.BY_RELEASE:
            patient = item.patient
            known = self.known(patient.now)
            rank = rules.request_order(
                self.order, known, patient.target, self.current_target(patient, known),
                patient.last_seen,
            )  # fmt: skip
        self.worklists[item.patient.owner].add(item, rank, is_request=is_request)
