"""Month-end forecast: from the minutes logged so far, how the month ends and whom to call first.

Comes in: a scenario, a month's log and a day. Goes out: a frozen `Forecast`. The days that are left
are simulated by the SimPy model from where each patient stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim import ideal
from ccmsim.analyses.factors import check_level, part_of
from ccmsim.analyses.month_end import (
    LOST,
    OPEN,
    REACHED,
    WITHOUT_ENTRY,
    Forecast,
    PatientForecast,
)
from ccmsim.analyses.month_state import MonthState, state_of
from ccmsim.checks import check_run, check_scenario, table, whole
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import mean, paired_difference, ratio_of_means
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.fitting.month_log import MonthLog, read_month_log
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.analyses.rest_of_month import MonthEnd
    from ccmsim.montecarlo import Progress

LEAST_GAIN: Final = 0.02
_PATIENTS_A_COORDINATOR: Final = 5


def forecast(
    scenario: Scenario,
    log: str | Path | MonthLog,
    *,
    day: date,
    enrolled: int | None = None,
    away: Mapping[int, date] | None = None,
    columns: Mapping[str, str] | None = None,
    replications: int = 200,
    seed: int = 0,
    progress: Progress | bool | None = None,
    level: float = 0.95,
    interval: float = 0.8,
) -> Forecast:
    """Forecast a month's end from its log so far, and say who can still be saved.

    Parameters
    ----------
    scenario : Scenario
        The practice; its probability of answering and its need are what is believed of patients
        before the log.
    log : path or MonthLog
        A CSV file with the columns of `ccmsim.fitting.month_log`; nothing else of it is read. Calls
        of earlier months, too, tell who answers.
    day : date
        The log is complete up to this evening; later lines are left aside.
    enrolled : int, optional
        Patients enrolled; left out: the scenario's. Those beyond the log have no entry yet.
    away : mapping of int to date, optional
        Who is away now, by seat, and when they are back. Everybody else is there.
    columns : mapping of str to str, optional
        The file's own names of columns.
    replications : int
        At least 20.
    seed, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the estimates.
    interval : float
        Probability of the forecast's range.

    Raises
    ------
    ccmsim.errors.InputError
        When the log is refused or is of other months, the day leaves no business day, or a setting
        is impossible.

    Notes
    -----
    The SimPy model simulates the days that are left, with the scenario's disruptions, worklists and
    rules. A patient begins with the log's minutes, calls and chart work, and with what follows from
    the latest of them. docs/forecast.md says what is approximate.

    Examples
    --------
    >>> import ccmsim
    >>> from ccmsim.fitting.month_log import Entry, MonthLog
    >>> seen = MonthLog("by hand", {"17": (Entry(date(2026, 3, 2), 25.0, "answered"),)})
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 3})
    >>> found = forecast(small, seen, day=date(2026, 3, 18), replications=20)
    >>> [(each.label, each.verdict) for each in found.patients][-1]
    ('17', 'has the minutes')
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(1, 0, replications, seed)
    check_level(level)
    back = {} if away is None else table(away, "away", "{0: date(2026, 3, 23)}")
    own = None if columns is None else table(columns, "columns", '{"minutes": "spent"}')
    _check(replications, interval, day, enrolled, back, scenario)
    known = log if isinstance(log, MonthLog) else read_month_log(log, own)
    _check_month(known, day)
    state = state_of(scenario, known.until(day), day, enrolled=enrolled, away=back)
    practices = (state.scenario, _with_time(state.scenario), _without_staff(state.scenario))
    with shown(progress, len(practices) * replications) as report:
        ends = [
            _ends(state, one, replications, seed, part_of(report, k * replications,
                                                          len(practices) * replications))
            for k, one in enumerate(practices)
        ]  # fmt: skip
    staffed = ends[0]
    threshold = scenario.contact.threshold_minutes
    fee = _fee(state)
    return Forecast(
        scenario=scenario.name,
        log=known.source,
        day=day,
        past_days=state.past,
        days=state.days,
        enrolled=len(state.patients),
        threshold=threshold,
        reached=sum(each.minutes >= threshold for each in state.patients),
        fee_usd=fee,
        replications=replications,
        seed=seed,
        level=level,
        interval=interval,
        billable=np.array([float(end.billable.sum()) for end in staffed]),
        billed_usd=np.array([end.billed_usd for end in staffed]),
        finally_paid_usd=np.array([end.finally_paid_usd for end in staffed]),
        patients=_patients(state, ends, fee, threshold, level),
    )


def _with_time(scenario: Scenario) -> Scenario:
    """Return the practice in which coordinators have time for everything."""
    plenty = ideal.unlimited_staff(ideal.no_disruptions(scenario))
    many = 1 + len(scenario.seats()) + scenario.panel.enrolled_at_start // _PATIENTS_A_COORDINATOR
    return plenty.but({f"staff.{group}.coordinators": many for group in plenty.staff})


def _without_staff(scenario: Scenario) -> Scenario:
    """Return the practice in which no coordinator works; others do what they do anyway."""
    changes: dict[str, Any] = {"operations.cover": None}
    for group in scenario.staff:
        changes |= {f"staff.{group}.hours_per_week": 0.0, f"staff.{group}.shifts": None}
    return ideal.no_disruptions(scenario).but(changes)


def _ends(
    state: MonthState, scenario: Scenario, replications: int, seed: int, report: Progress
) -> list[MonthEnd]:
    from ccmsim.analyses.rest_of_month import RestOfMonth

    rest, found = RestOfMonth(state, scenario), []
    for number in range(replications):
        found.append(rest.end(seed, number))
        report(number + 1, replications)
    return found


def _fee(state: MonthState) -> float:
    """Return the mean allowed amount of the panel's first code."""
    from ccmsim.montecarlo import simulate

    values = simulate(state.scenario, months=1, replications=1).values
    return float(values["plan_usd"].sum() / max(values["enrolled_patients"].sum(), 1))


def _patients(
    state: MonthState, ends: list[list[MonthEnd]], fee: float, threshold: float, level: float
) -> tuple[PatientForecast, ...]:
    staffed, pursued, left = (
        np.array([end.billable for end in of_one], np.float64) for of_one in ends
    )
    minutes = np.array([end.minutes for end in ends[1]])
    groups = [([k], one) for k, one in enumerate(state.patients) if one.label]
    if rest := [k for k, one in enumerate(state.patients) if not one.label]:
        groups.append((rest, state.patients[rest[0]]))
    found = []
    for numbers, one in groups:
        with_all, without, time = (
            table[:, numbers].mean(axis=1) for table in (pursued, left, minutes)
        )
        gain = paired_difference(with_all, without, level=level)
        worth = None
        if time.any():
            worth = ratio_of_means(fee * (with_all - without), time, level=level)
        verdict = OPEN if gain.value >= LEAST_GAIN else LOST
        found.append(
            PatientForecast(
                label=one.label or WITHOUT_ENTRY,
                patients=len(numbers),
                minutes=one.minutes,
                calls=one.calls,
                answered=one.answered,
                billable=mean(staffed[:, numbers].mean(axis=1), level=level),
                gain=gain,
                coordinator_minutes=mean(time, level=level),
                usd_per_minute=worth,
                verdict=REACHED if one.minutes >= threshold else verdict,
            )
        )
    return tuple(sorted(found, key=_rank))


def _rank(one: PatientForecast) -> tuple[int, float]:
    worth = 0.0 if one.usd_per_minute is None else one.usd_per_minute.value
    return (OPEN, LOST, REACHED).index(one.verdict), -worth


def _check_month(log: MonthLog, day: date) -> None:
    """Raise `InputError` where a log has lines, but none of the day's month."""
    days = sorted(entry.day for entries in log.entries.values() for entry in entries)
    if days and all((each.year, each.month) != (day.year, day.month) for each in days):
        rule = f"lies in a month of which {log.source} has no line"
        raise refuse("day", rule, day.isoformat(), f"a day of the log, {days[0]} to {days[-1]}")


def _check(
    replications: int,
    interval: float,
    day: Any,
    enrolled: Any,
    away: Mapping[Any, Any],
    scenario: Scenario,
) -> None:
    """Raise `InputError` for what has no meaning here."""
    problems = []
    if replications < 20:
        problems.append(Problem("replications", "must be at least 20", replications, "200"))
    if type(day) is not date:
        problems.append(Problem("day", "must be a date", day, "date(2026, 3, 18)"))
    if enrolled is not None:
        problems += whole(enrolled, "enrolled", 1, 1_000_000, "200")
    last = len(scenario.seats()) - 1
    for seat, back in away.items():
        if whole(seat, "away", 0, last, "0"):
            problems.append(Problem("away", "names a seat that is not there", seat, f"0 to {last}"))
        if type(back) is not date:
            problems.append(Problem("away", "must be a date", back, "when they are back"))
    if problems:
        raise InputError(problems)
    between_0_and_1("interval", interval, "such as 0.8")
