"""What the SimPy model writes down while it runs: counters, minutes, patient-months, a trace.

Comes in: facts at the moment they happen. Goes out: `Facts`. Plain lists, because single entries of
arrays are slow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ccmsim import availability as av
from ccmsim import rules
from ccmsim.arrays import Records
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.ledger import COUNTS, MONTH_COUNTS, PATIENT_MONTH, Facts

if TYPE_CHECKING:
    from ccmsim.engine.people import Coordinator, Patient, PatientMonth


class TraceEvent(NamedTuple):
    """One event of one replication; −1 and NaN where something has no meaning."""

    minute: float
    """Minutes of the clock."""
    event: str
    patient: int
    coordinator: int
    """Seats first, substitutes after them."""
    item: str
    minutes: float
    """What a service takes with its logging (started) or counts (completed, outside)."""
    captured_minutes: float
    answered: bool | None


Observer = Callable[[TraceEvent], None]

NAN = float("nan")


class Recorder:
    """Collects the facts of one replication."""

    def __init__(self, inputs: Inputs, observe: Observer | None) -> None:
        months, people = inputs.months, len(inputs.staffing.shift_counts)
        days = len(inputs.calendar.business_day_minutes)
        self.observe = observe
        self.month = 0
        self.counts = {name: [0] * months for name in MONTH_COUNTS}
        self.worked, self.overtime, self.paid_overtime, self.uncounted = (
            [[0.0] * people for _ in range(months)] for _ in range(4)
        )
        self.services = [[0] * people for _ in range(months)]
        self.rows: list[tuple[float, ...]] = []
        self.on_duty, self.template = np.zeros((people, days)), np.zeros((people, days))
        self.lost = np.zeros((months, av.N_CAUSES))
        self.lost_by_day = np.zeros((people, days, av.N_CAUSES))
        self.paid_lost = np.zeros((months, inputs.staffing.seats, av.N_CAUSES))
        self.paid, self.nominal = np.zeros((months, people)), np.zeros((months, people))
        self.hires = np.zeros((months, inputs.staffing.seats), np.int64)

        self.load_absence_factor = np.ones(months)
        self.practitioner_minutes = np.zeros(months)
        self.initiating_month = np.zeros(0, np.int64)

    def add(
        self, counter: str, time: float, patient: int = -1, coordinator: int = -1, kind: int = -1,
        minutes: float = NAN, captured: float = NAN, answered: bool | None = None,
    ) -> None:  # fmt: skip
        """Count something that happened at an instant, and show it to the observer."""
        self.counts[counter][self.month] += 1
        if self.observe is not None:
            self.show(
                EVENTS[counter], time, patient, coordinator, kind, minutes, captured, answered
            )

    def show(
        self, event: str, time: float, patient: int = -1, coordinator: int = -1, kind: int = -1,
        minutes: float = NAN, captured: float = NAN, answered: bool | None = None,
    ) -> None:  # fmt: skip
        """Show something to the observer that no counter counts."""
        if self.observe is not None:
            item = rules.ITEM_KINDS[kind] if kind >= 0 else ""
            self.observe(
                TraceEvent(time, event, patient, coordinator, item, minutes, captured, answered)
            )

    def tally(self, counter: str, number: int = 1) -> None:
        """Count something without an event of its own."""
        self.counts[counter][self.month] += number

    def availability(self, first: int, last: int, duty: av.MonthAvailability) -> None:
        """Enter the availability of the present month, business days first … last − 1."""
        self.on_duty[:, first:last] = duty.on_duty
        self.template[:, first:last] = duty.template
        self.lost[self.month] = duty.lost
        self.lost_by_day[:, first:last] = duty.lost_by_day
        self.paid_lost[self.month] = duty.paid_lost
        self.paid[self.month] = duty.paid
        self.nominal[self.month] = duty.nominal
        self.hires[self.month] = duty.hires

    def service(self, who: Coordinator, start: float, end: float, uncounted: float) -> None:
        """Enter a service's minutes in the month of its start; off-duty ones are overtime."""
        self.worked[self.month][who.number] += end - start
        self.uncounted[self.month][who.number] += uncounted
        self.services[self.month][who.number] += 1
        if end <= who.duty_end:
            return
        in_duty = who.duty_end - start
        for opens, closes in who.intervals:
            if opens >= who.duty_end:
                in_duty += max(0.0, min(end, closes) - opens)
        self.overtime[self.month][who.number] += end - start - in_duty
        self.paid_overtime[self.month][who.number] += rules.paid_overtime(
            start, end, who.gross_end, who.next_gross_start
        )

    def patient_month(self, patient: Patient, this: PatientMonth) -> None:
        """Enter the facts of a patient's month."""
        self.rows.append(
            (
                patient.number, this.month, patient.plan_due, patient.owner, this.release_day,
                this.attempts, this.answered + this.charts, this.waiting, this.countable,
                this.captured, this.own_countable, this.own_captured,
            )
        )  # fmt: skip

    def rows_of(self, month: int) -> Records:
        """Return the facts of the patient-months of a month."""
        return np.array([row for row in self.rows if row[1] == month], PATIENT_MONTH)

    def facts(self, waiting_items: int) -> Facts:
        """Return all that was recorded."""
        return Facts(
            patient_months=np.array(self.rows, PATIENT_MONTH),
            counts=np.array(
                list(zip(*(self.counts[name] for name in MONTH_COUNTS), strict=True)), COUNTS
            ),
            worked_minutes=np.array(self.worked),
            overtime_minutes=np.array(self.overtime),
            paid_overtime_minutes=np.array(self.paid_overtime),
            uncounted_minutes=np.array(self.uncounted),
            services=np.array(self.services, np.int64),
            on_duty_minutes=self.on_duty,
            template_minutes=self.template,
            lost_minutes=self.lost,
            lost_by_day=self.lost_by_day,
            paid_lost_minutes=self.paid_lost,
            paid_minutes=self.paid,
            nominal_minutes=self.nominal,
            hires=self.hires,
            load_absence_factor=self.load_absence_factor,
            practitioner_minutes=self.practitioner_minutes,
            initiating_month=self.initiating_month,
            waiting_items=waiting_items,
        )


EVENTS = {
    "released_items": "released",
    "started_items": "started",
    "done_items": "completed",
    "dropped_items": "dropped",
    "expired_items": "expired",
    "outside_items": "done_outside",
    "new_patients": "enrolled",
}
"""How a trace calls what a counter counts."""
