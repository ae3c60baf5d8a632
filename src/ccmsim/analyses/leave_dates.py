"""The dates of a planned leave, and what may be changed around it: scenarios only.

Comes in: a scenario. Goes out: it with a leave, the dates that fit, and changes to try. Simulates
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from ccmsim.checks import several, table
from ccmsim.errors import refuse
from ccmsim.ideal import without
from ccmsim.scenario.disruptions import ExtendedLeave, PlannedLeave, Turnover
from ccmsim.scenario.model import Scenario

ENTRY: Final = "leave_planner"
TODAY: Final = "as today"
_PATTERNS: Final = {
    "first_day": "first calls all on the first day",
    "front_loaded": "first calls early in the month",
    "even": "first calls spread evenly",
    "back_loaded": "first calls late in the month",
}


def with_leave(scenario: Scenario, start: date, *, days: int, seat: int = 0) -> Scenario:
    """Return the scenario with one more planned leave, of known dates.

    Parameters
    ----------
    scenario : Scenario
    start : date
    days : int
        Business days from the first one on or after `start`.
    seat : int
        Whose, in the order of `Scenario.seats`.

    Examples
    --------
    >>> import ccmsim
    >>> away = with_leave(ccmsim.load("two_nurses"), date(2026, 7, 6), days=10)
    >>> away.disruptions["leave_planner"].spells[0].days
    10
    """
    planned = [entry for entry in scenario.disruptions.values() if isinstance(entry, PlannedLeave)]
    paid = max((each.paid_share for each in planned), default=1.0)
    return with_absence(
        scenario, start, days=days, seat=seat, name=ENTRY, cause="planned_leave", paid_share=paid
    )


def with_absence(
    scenario: Scenario,
    start: date,
    *,
    days: int,
    seat: int,
    name: str,
    cause: str,
    paid_share: float,
) -> Scenario:
    """Return the scenario with one more absence of known dates, under a name that is free.

    Examples
    --------
    >>> import ccmsim
    >>> away = with_absence(
    ...     ccmsim.load("two_nurses"),
    ...     date(2026, 1, 1),
    ...     days=48,
    ...     seat=0,
    ...     name="gone",
    ...     cause="extended_leave",
    ...     paid_share=0.0,
    ... )
    >>> away.disruptions["gone"].paid_share
    0.0
    """
    while name in scenario.disruptions:
        name += "_"
    entry = {
        "kind": "recorded",
        "cause": cause,
        "paid_share": paid_share,
        "spells": [{"seat": seat, "start": start, "days": days}],
    }
    return scenario.but({f"disruptions.{name}": entry})


def seat_of(scenario: Scenario, group: str | None) -> tuple[str, int]:
    """Return a group's name and the number of its first seat."""
    names = [name for name, _ in scenario.seats()]
    if group is None:
        return names[0], 0
    if group not in names:
        raise refuse("group", "is not a staff group", group, ", ".join(sorted(set(names))))
    return group, names.index(group)


def complete(scenario: Scenario) -> Scenario:
    """Return the scenario in which nobody quits and nobody is away for long."""
    long = [
        name
        for name, entry in scenario.disruptions.items()
        if isinstance(entry, ExtendedLeave | Turnover)
    ]
    return without(scenario, *long)


def dates_of(
    scenario: Scenario, months: int, days: int, window: tuple[date, date] | None
) -> list[tuple[date, date]]:
    """Return first and last day of each leave that is tried: one a week."""
    open_days = _open_days(scenario, months)
    first, last = (open_days[0], open_days[-1]) if window is None else _window(window)
    found: list[tuple[date, date]] = []
    weeks = set()
    for k, day in enumerate(open_days[: len(open_days) - days + 1]):
        week = day.isocalendar()[:2]
        if first <= day <= last and week not in weeks:
            weeks.add(week)
            found.append((day, open_days[k + days - 1]))
    if len(found) < 2:
        valid = "months and a window with room for the leave from two weeks' first days on"
        raise refuse("window", "has too few dates for the leave", window, valid)
    return found


def _window(window: Any) -> tuple[date, date]:
    """Return the first and last date of a window."""
    valid = "two dates, the first one not later"
    ends = several(window, "window", valid)
    if len(ends) != 2 or not all(type(end) is date for end in ends) or ends[0] > ends[1]:
        raise refuse("window", "must be two dates", window, valid)
    return ends[0], ends[1]


def _open_days(scenario: Scenario, months: int) -> list[date]:
    from ccmsim import calendar

    rules = scenario.operations
    built = calendar.build(
        scenario.start, months, closed_days=rules.closed_days,
        federal_holidays=rules.federal_holidays,
    )  # fmt: skip
    return [built.business_date(k) for k in range(len(built.business_day_minutes))]


def months_of(scenario: Scenario, first_day: date, last_day: date, months: int) -> list[int]:
    """Return the reported months, from 0, in which a leave has a business day."""
    away = {
        (day.year, day.month)
        for day in _open_days(scenario, months)
        if first_day <= day <= last_day
    }
    first = 12 * scenario.start.year + scenario.start.month
    return sorted(12 * year + month - first for year, month in away)


def ways_to_help(
    scenario: Scenario, group: str, cover: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """Return the ways to help, as changes; today's first."""
    ways: dict[str, dict[str, Any]] = {TODAY: {}}
    rules = scenario.operations
    alone = {
        "operations.assignment": "owned",
        "operations.backup_above_backlog_items": None,
        "operations.cover": None,
    }
    if rules.assignment != "pooled" and (rules.assignment, rules.cover) != ("owned", None):
        ways["nobody helps"] = alone
    if rules.assignment == "owned" and len(scenario.seats()) > 1:
        ways["colleagues help"] = {"operations.assignment": "owned_with_backup"}
    if rules.assignment != "pooled" and (cover is not None or rules.cover is None):
        valid = '{"hours_per_week": 12}'
        usual = _substitute(scenario, group)
        substitute = usual if cover is None else table(cover, "cover", valid)
        ways["a substitute"] = {"operations.cover": substitute}
    return ways


def _substitute(scenario: Scenario, group: str) -> dict[str, Any]:
    """Return a substitute with the group's hours and wage who comes from the first day on."""
    fields = ("hours_per_week", "weekdays", "shifts", "desk_productive_share", "wage_usd_per_hour")
    usual = {name: getattr(scenario.staff[group], name) for name in fields}
    return {name: value for name, value in usual.items() if value is not None} | {"after_days": 0}


def pulls_forward(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Return what may be pulled forward, as changes."""
    found: dict[str, dict[str, Any]] = {
        label: {"contact.outreach_pattern": pattern}
        for pattern, label in _PATTERNS.items()
        if pattern != scenario.contact.outreach_pattern
    }
    if scenario.contact.retry_gap_days > 1:
        found["unanswered calls tried again next day"] = {"contact.retry_gap_days": 1}
    return found
