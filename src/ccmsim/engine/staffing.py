"""Who works when, and what may happen to it: the part of a scenario that availability reads.

Comes in: a scenario, its calendar, the rows of its laws. Goes out: `availability.Staffing`, arrays
alone.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from ccmsim import availability as av
from ccmsim import calendar as calendars
from ccmsim.arrays import Bools, Floats, Ints, Records
from ccmsim.calendar import Calendar
from ccmsim.scenario.disruptions import CAUSES, Recorded
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.operations import Operations
from ccmsim.scenario.staff import Schedule, clock_minutes
from ccmsim.streams import entry_stream
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
_RATES = ("spells_per_year", "per_year", "per_shift_share")
_CAUSE_OF_KIND = {"turnover": "vacancy", "outbreak": "sick_spells", "migration": "outage"}


def on_grid(minutes: float) -> float:
    """Return minutes on the clock's grid."""
    return float(np.floor(minutes * TICKS_PER_MINUTE + 0.5) / TICKS_PER_MINUTE)


def staffing(scenario: Scenario, calendar: Calendar, rows: dict[str, int]) -> av.Staffing:
    """Return shifts, disruptions and what they strike; `rows` are those of the compiled laws."""
    operations = scenario.operations
    seats = scenario.seats()
    people: list[Schedule] = [group for _, group in seats]
    if operations.cover is not None:
        people += [operations.cover] * operations.cover.coordinators
    shifts, shift_counts = _shifts(people)
    named = [(name, scenario.disruptions[name]) for name in entry_names(scenario)]
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


def entry_names(scenario: Scenario) -> list[str]:
    """Return the disruptions in the order of the entries: of their causes, then of their names."""
    causes = {name: _cause(entry) for name, entry in scenario.disruptions.items()}
    return sorted(causes, key=lambda name: (CAUSES.index(causes[name]), name))


def _shifts(people: list[Schedule]) -> tuple[Records, Ints]:
    weeks = [person.week_minutes() for person in people]
    most = max(1, max(len(day) for week in weeks for day in week))
    shifts = np.zeros((len(people), 5, most), av.SHIFT)
    counts = np.zeros((len(people), 5), np.int64)
    for p, (person, week) in enumerate(zip(people, weeks, strict=True)):
        for weekday, day in enumerate(week):
            counts[p, weekday] = len(day)
            for k, (opens, closes) in enumerate(day):
                start, end = on_grid(opens), on_grid(closes)
                duty_end = start + on_grid((end - start) * person.desk_productive_share)
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
