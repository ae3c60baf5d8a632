"""A scenario made ready for an engine: numbers and arrays only.

Comes in: a scenario, months and warm-up months. Goes out: `Inputs`, read-only and picklable, the
same for every replication and engine. Never holds a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

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
from ccmsim.laws import Laws
from ccmsim.scenario.contact import FOLLOWUPS, PATTERNS
from ccmsim.scenario.disruptions import CAUSES, Recorded
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.operations import ORDERS, Operations
from ccmsim.scenario.staff import Schedule, StaffGroup, clock_minutes
from ccmsim.streams import STREAMS, entry_stream, refuse_collisions
from ccmsim.units import MINUTES_PER_DAY, TICKS_PER_MINUTE

_KINDS = {
    "sick_spells": av.SICK,
    "planned_leave": av.PLANNED,
    "extended_leave": av.EXTENDED,
    "turnover": av.TURNOVER,
    "floor_cover": av.FLOOR,
    "closure": av.CLOSURE,
    "outage": av.OUTAGE,
    "outbreak": av.OUTBREAK,
    "recorded": av.RECORDED,
    "migration": av.MIGRATION,
}
_LENGTHS: tuple[tuple[str, Grid], ...] = (
    ("length_days", "days"),
    ("vacancy_days", "days"),
    ("length_minutes", "duration"),
)
_RATES = ("spells_per_year", "per_year", "per_shift_share")
_CAUSE_OF_KIND = {"turnover": "vacancy", "outbreak": "sick_spells", "migration": "outage"}


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
    protected = np.array([_on_grid(group.protected_minutes_per_week()) for group in seats])
    staffing = _staffing(scenario, calendar, laws.rows)
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
        staffing=staffing,
        protected_minutes=protected if protected.sum() > 0.0 else np.ones(len(seats)),
        **choices,
        practitioners=_practitioners(seats, len(staffing.shift_counts)),
        next_review=next_reviews(calendar, operations.worklist_review, contact.final_push_days),
        losses=tuple((loss.entry_loss_share, loss.minute_loss_share) for loss in losses),
        settings=settings(
            scenario,
            laws.rows,
            **choices,
            months=calendar.months,
            seats=staffing.seats,
            people=len(staffing.shift_counts),
            monday=_monday(calendar),
            opens=staffing.opens,
            open_minutes=staffing.closes - staffing.opens,
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


def _on_grid(minutes: float) -> float:
    return float(np.floor(minutes * TICKS_PER_MINUTE + 0.5) / TICKS_PER_MINUTE)


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


def _staffing(scenario: Scenario, calendar: Calendar, rows: dict[str, int]) -> av.Staffing:
    operations = scenario.operations
    seats = scenario.seats()
    people: list[Schedule] = [group for _, group in seats]
    if operations.cover is not None:
        people += [operations.cover] * operations.cover.coordinators
    shifts, shift_counts = _shifts(people)
    named = sorted(
        scenario.disruptions.items(), key=lambda item: (CAUSES.index(_cause(item[1])), item[0])
    )
    entries = [entry for _, entry in named]
    strikes = [[_strikes(entry, group) for group, _ in seats] for entry in entries]
    with_backup = operations.assignment == "owned_with_backup"
    return av.Staffing(
        entries=np.array(
            [_record(name, entry, rows, calendar, operations) for name, entry in named], av.ENTRY
        ),
        shifts=shifts,
        shift_counts=shift_counts,
        strikes=np.array(strikes, np.bool_).reshape(len(entries), len(seats)),
        days_in_year=_days_in_year(entries, calendar, operations.federal_holidays),
        recorded=_recorded(entries, calendar, len(seats), operations),
        seats=len(seats),
        backup_after_days=operations.backup_after_days if with_backup else -1,
        cover_after_days=operations.cover.after_days if operations.cover is not None else -1,
        owner_away=operations.owner.away_share if operations.owner is not None else 0.0,
        opens=clock_minutes(operations.clinic_opens),
        closes=clock_minutes(operations.clinic_closes),
        load_row=rows["load"],
    )


def _shifts(people: list[Schedule]) -> tuple[Records, Ints]:
    weeks = [person.week_minutes() for person in people]
    most = max(1, max(len(day) for week in weeks for day in week))
    shifts = np.zeros((len(people), 5, most), av.SHIFT)
    counts = np.zeros((len(people), 5), np.int64)
    for p, (person, week) in enumerate(zip(people, weeks, strict=True)):
        for weekday, day in enumerate(week):
            counts[p, weekday] = len(day)
            for k, (opens, closes) in enumerate(day):
                start, end = _on_grid(opens), _on_grid(closes)
                duty_end = start + _on_grid((end - start) * person.desk_productive_share)
                shifts[p, weekday, k] = start, duty_end, end
    return shifts, counts


def _record(
    name: str, entry: Any, rows: dict[str, int], calendar: Calendar, operations: Operations
) -> tuple[Any, ...]:
    """Return an entry as ENTRY has it; fields that its kind lacks are 0."""
    rate = next(
        (getattr(entry, field) for field in _RATES if hasattr(entry, field)),
        0.0,
    )
    return (
        _KINDS[entry.kind],
        entry_stream(name),
        CAUSES.index(_cause(entry)),
        rate,
        rows.get(f"disruptions.{name}", -1),
        rows.get(f"disruptions.{name}.frailty", -1),
        getattr(entry, "season_amplitude", 0.0),
        getattr(entry, "ramp_start_share", 0.0),
        getattr(entry, "ramp_weeks", 0.0),
        getattr(entry, "early_rate_ratio", 0.0),
        getattr(entry, "early_days", 0) * MINUTES_PER_DAY,
        _first_day(entry, calendar, operations),
        getattr(entry, "last_share", getattr(entry, "lost_share", 0.0)),
        getattr(entry, "sick_factor", 0.0),
        getattr(entry, "paid_share", 1.0),
    )


def _first_day(entry: Any, calendar: Calendar, operations: Operations) -> int:
    """Return the business day on which an entry with a date begins; below 0 before the first."""
    first = getattr(entry, "first_day", None)
    if first is None:
        return av.NO_DAY
    return _day_of(first, calendar) - _days_before(first, calendar.first_day, operations)


def _day_of(first: date, calendar: Calendar) -> int:
    """Return the first simulated business day on or after a date; their number where none is."""
    minute = (first - calendar.first_day).days * MINUTES_PER_DAY
    return int(np.searchsorted(calendar.business_day_minutes, minute))


def _cause(entry: Any) -> str:
    if isinstance(entry, Recorded):
        return entry.cause
    return _CAUSE_OF_KIND.get(entry.kind, str(entry.kind))


def _strikes(entry: Any, group: str) -> bool:
    named = getattr(entry, "staff", None)
    return named is None or group in named


def _days_in_year(entries: list[Any], calendar: Calendar, federal: bool) -> Floats:
    days = np.tile(calendar.business_days_in_year.astype(np.float64), (len(entries), 1))
    for e, entry in enumerate(entries):
        months = getattr(entry, "months", None)
        if months is not None:
            days[e] = _days_in_months(calendar, tuple(months), federal)
    return days


def _days_in_months(calendar: Calendar, months: tuple[int, ...], federal: bool) -> Floats:
    """Return each business day's yearly number of days in these months; inf in other months."""
    month_years = [int(label[:4]) for label in calendar.month_labels]
    years = sorted(set(month_years))
    off = calendars.days_off(years, federal_holidays=federal)
    counts = {}
    for year in years:
        firsts = [np.datetime64(f"{year}-{month:02d}") for month in months]
        starts = [first.astype("datetime64[D]") for first in firsts]
        ends = [(first + 1).astype("datetime64[D]") for first in firsts]
        counts[year] = float(np.busday_count(starts, ends, holidays=off).sum())
    by_day = np.array([counts[month_years[m]] for m in calendar.business_day_month.tolist()])
    inside = np.isin(calendar.business_day_calendar_month, months)
    return np.where(inside & (by_day > 0.0), by_day, np.inf)


def _recorded(entries: list[Any], calendar: Calendar, seats: int, operations: Operations) -> Bools:
    logs = [(e, entry) for e, entry in enumerate(entries) if isinstance(entry, Recorded)]
    n_days = len(calendar.business_day_minutes) if logs else 0
    away = np.zeros((len(entries), seats, n_days), np.bool_)
    for e, entry in logs:
        for spell in entry.spells:
            first = _day_of(spell.start, calendar)
            left = spell.days - _days_before(spell.start, calendar.first_day, operations)
            away[e, spell.seat, first : first + max(0, left)] = True
    return away


def _days_before(start: date, first_day: date, operations: Operations) -> int:
    """Return the business days from `start` to the day before the first simulated one."""
    if start >= first_day:
        return 0
    off = calendars.days_off(
        range(start.year, first_day.year + 1),
        closed_days=operations.closed_days,
        federal_holidays=operations.federal_holidays,
    )
    return int(np.busday_count(start, first_day, holidays=off))


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
