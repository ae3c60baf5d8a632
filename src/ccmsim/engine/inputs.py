"""A scenario made ready for an engine: numbers and arrays only.

Comes in: a scenario, months and warm-up months. Goes out: `Inputs`, read-only and picklable, the
same for every replication and engine. Never holds a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccmsim import availability as av
from ccmsim import calendar as calendars
from ccmsim import distributions, rules
from ccmsim.arrays import Bools, Floats, Ints, Records
from ccmsim.calendar import Calendar
from ccmsim.compiling import jit
from ccmsim.distributions import Family, Gamma, Grid, Lognormal
from ccmsim.engine.review import next_reviews
from ccmsim.engine.settings import settings
from ccmsim.engine.staffing import on_grid, staffing
from ccmsim.laws import Laws
from ccmsim.scenario.contact import FOLLOWUPS, PATTERNS
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.operations import ORDERS, Operations
from ccmsim.scenario.staff import StaffGroup
from ccmsim.streams import STREAMS, refuse_collisions
from ccmsim.units import MINUTES_PER_DAY

_LENGTHS: tuple[tuple[str, Grid], ...] = (
    ("length_days", "days"),
    ("vacancy_days", "days"),
    ("length_minutes", "duration"),
)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What an engine needs of a scenario.

    Parameters
    ----------
    scenario : Scenario
    calendar : Calendar
        Warm-up included.
    warmup_months : int
        Months of the calendar before the first reported one.
    laws : Laws
        Compiled distributions.
    days : DayTable
    staffing : Staffing
    protected_minutes : ndarray, shape (S,)
        Gross protected minutes a week of each seat, or ones where nobody has any.
    pattern, followup, mode, order : int
        Positions of the scenario's choices, as the rules take them.
    losses : tuple of (entry loss, minute loss)
        By capture mode.
    settings : array of SETTINGS, shape (1,)
        The scenario's single numbers, for compiled code.
    next_review : ndarray of int64, shape (D,)
        From `review.next_reviews`.
    practitioners : ndarray of bool, shape (S + C,)
        Whose minutes are the practitioner's own.
    """

    scenario: Scenario
    calendar: Calendar
    warmup_months: int
    laws: Laws
    days: av.DayTable
    staffing: av.Staffing
    protected_minutes: Floats
    pattern: int
    followup: int
    mode: int
    order: int
    losses: tuple[tuple[float, float], ...]
    settings: Records
    next_review: Ints
    practitioners: Bools

    @property
    def disenroll_after(self) -> int:
        """Months without contact after which somebody takes a patient off; −1: nobody does."""
        return int(self.settings[0]["disenroll_after"])

    @property
    def pooled(self) -> bool:
        """Whether all coordinators share one worklist."""
        return self.scenario.operations.assignment == "pooled"

    @property
    def months(self) -> int:
        """Simulated months, warm-up included."""
        return self.calendar.months


def prepare(scenario: Scenario, months: int, *, warmup_months: int = 0) -> Inputs:
    """Return the inputs of any engine for so many reported months.

    Examples
    --------
    >>> import ccmsim
    >>> inputs = prepare(ccmsim.load("two_nurses"), 12)
    >>> inputs.months, inputs.staffing.seats
    (12, 2)
    """
    operations, contact = scenario.operations, scenario.contact
    refuse_collisions(list(scenario.disruptions))
    calendar = calendars.build(
        scenario.start,
        months,
        warmup_months=warmup_months,
        closed_days=operations.closed_days,
        federal_holidays=operations.federal_holidays,
    )
    laws = distributions.compile_laws(_laws(scenario))
    documentation = scenario.documentation
    losses = (documentation.real_time, documentation.end_of_day, documentation.end_of_month)
    seats = [group for _, group in scenario.seats()]
    protected = np.array([on_grid(group.protected_minutes_per_week()) for group in seats])
    staffed = staffing(scenario, calendar, laws.rows)
    choices = {
        "pattern": PATTERNS.index(contact.outreach_pattern),
        "followup": FOLLOWUPS.index(contact.followup),
        "mode": CAPTURE_MODES.index(documentation.capture),
        "order": ORDERS.index(_order(operations)),
    }
    return Inputs(
        scenario=scenario,
        calendar=calendar,
        warmup_months=warmup_months,
        laws=laws,
        days=av.DayTable(
            calendar.business_day_minutes,
            calendar.business_day_weekday,
            calendar.business_day_in_month,
            av.season_cosine(calendar.business_day_of_year),
        ),
        staffing=staffed,
        protected_minutes=protected if protected.sum() > 0.0 else np.ones(len(seats)),
        **choices,
        practitioners=_practitioners(seats, len(staffed.shift_counts)),
        next_review=next_reviews(calendar, operations.worklist_review, contact.final_push_days),
        losses=tuple((loss.entry_loss_share, loss.minute_loss_share) for loss in losses),
        settings=settings(
            scenario,
            laws.rows,
            **choices,
            months=calendar.months,
            seats=staffed.seats,
            people=len(staffed.shift_counts),
            monday=_monday(calendar),
            opens=staffed.opens,
            open_minutes=staffed.closes - staffed.opens,
        ),
    )


def _monday(calendar: Calendar) -> float:
    """Return the minutes from the latest Monday's midnight to the clock's start."""
    return float(calendar.first_day.weekday() * MINUTES_PER_DAY)


def _practitioners(seats: list[StaffGroup], people: int) -> Bools:
    """Return who is a practitioner; substitutes, after the seats, never are."""
    roles = [group.role for group in seats] + ["clinical"] * (people - len(seats))
    return np.array([role == "practitioner" for role in roles])


def _order(operations: Operations) -> str:
    """Return the order of the worklist: who never looks at it cannot tell who is short."""
    if operations.worklist_review == "never" and operations.order == "closest_to_threshold":
        return "release"
    return operations.order


def _laws(scenario: Scenario) -> dict[str, tuple[Family, Grid]]:
    contact = scenario.contact
    laws: dict[str, tuple[Family, Grid]] = {
        "need": (scenario.panel.need, "factor"),
        "answer": (contact.answer_probability, "factor"),
        "call": (contact.call_minutes, "duration"),
        "notes": (contact.notes_minutes, "duration"),
        "attempt": (contact.attempt_minutes, "duration"),
        "inbound": (contact.inbound_minutes, "duration"),
        "care_task": (contact.care_task_minutes, "duration"),
        "stay": (scenario.panel.hospital_days, "factor"),
        "biller": (scenario.tail.biller_away_months, "days"),
        "supervisor": (scenario.tail.practitioner_vacancy_months, "days"),
        "audit": (scenario.tail.audit_factor, "factor"),
        "load": (Lognormal(mean=1.0, cv=scenario.operations.clinic_load_cv), "factor"),
    }
    if contact.care_plan_minutes is not None:
        laws["plan"] = (contact.care_plan_minutes, "duration")
    if scenario.enrollment is not None:
        laws["talk"] = (scenario.enrollment.talk_minutes, "duration")
    if scenario.practitioner is not None:
        laws["practitioner"] = (scenario.practitioner.minutes, "duration")
    if scenario.visits is not None:
        laws["visits"] = (Lognormal(mean=1.0, cv=scenario.visits.cv), "factor")
    for name, entry in scenario.disruptions.items():
        for field, grid in _LENGTHS:
            law = getattr(entry, field, None)
            if law is not None:
                laws[f"disruptions.{name}"] = (law, grid)
        shape = getattr(entry, "frailty_shape", None)
        if shape is not None:
            laws[f"disruptions.{name}.frailty"] = (Gamma.from_shape(shape), "factor")
    return laws


@jit
def next_owner(protected_minutes: Floats, counts: Ints) -> int:
    """Return the seat of the next patient, in number order, and count the patient in `counts`.

    Each goes to the seat that is furthest below its share of protected hours (largest remainder;
    the lower seat where equal), so a patient's seat never depends on later patients.

    Examples
    --------
    >>> counts = np.zeros(2, np.int64)
    >>> [next_owner(np.array([960.0, 480.0]), counts) for _ in range(6)]
    [0, 1, 0, 0, 1, 0]
    """
    total = 0.0
    placed = 1
    for s in range(len(counts)):
        total += protected_minutes[s]
        placed += counts[s]
    seat = 0
    most = -np.inf
    for s in range(len(counts)):
        behind = protected_minutes[s] * placed - counts[s] * total
        if behind > most:
            seat, most = s, behind
    counts[seat] += 1
    return seat


PATIENT_STREAMS = {
    rules.INBOUND: tuple(
        STREAMS[f"inbound_{part}"].number for part in ("release", "work", "outside")
    ),
    rules.CARE_TASK: tuple(
        STREAMS[f"care_{part}"].number for part in ("release", "work", "outside")
    ),
}
"""The release, work and outside streams of the requests."""
