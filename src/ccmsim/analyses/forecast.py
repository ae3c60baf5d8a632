"""Month-end forecast: from the minutes logged so far, how the month ends and whom to call first.

Comes in: a scenario, a month's log and a day. Goes out: a frozen `Forecast`. The days that are left
are simulated by the SimPy model from where each patient stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim import ideal
from ccmsim.analyses.factors import check_level, part_of, plain_estimate, table_of
from ccmsim.analyses.month_state import MonthState, state_of
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import InputError, Problem
from ccmsim.estimation import Estimate, mean, paired_difference, quantile, ratio_of_means
from ccmsim.fitting.month_log import MonthLog, read_month_log
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.analyses.rest_of_month import MonthEnd
    from ccmsim.montecarlo import Progress

REACHED: Final = "has the minutes"
OPEN: Final = "can be saved"
LOST: Final = "can hardly be saved"
WITHOUT_ENTRY: Final = "(no entry yet)"
LEAST_GAIN: Final = 0.02
_PATIENTS_A_COORDINATOR: Final = 5


@dataclass(frozen=True, slots=True)
class PatientForecast:
    """What is to be expected of one patient, or of each of those without an entry.

    Parameters
    ----------
    label : str
        As the log has it.
    patients : int
        1, or how many have no entry.
    minutes : float
        Logged so far, those that count.
    calls, answered : int
        This month.
    billable : Estimate
        Probability of a billable month, as the practice is staffed.
    gain : Estimate
        How much likelier it is billable if coordinators have time for everything than if nobody
        does anything for it.
    coordinator_minutes : Estimate
        What that takes, logging included.
    usd_per_minute : Estimate or None
        Allowed amount gained for each of these minutes; None where it takes none.
    verdict : str
        REACHED, OPEN or LOST.
    """

    label: str
    patients: int
    minutes: float
    calls: int
    answered: int
    billable: Estimate
    gain: Estimate
    coordinator_minutes: Estimate
    usd_per_minute: Estimate | None
    verdict: str


NUMBERS: Final = ("billable", "gain", "coordinator_minutes", "usd_per_minute")


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """How the month ends, and who can still be saved.

    Parameters
    ----------
    scenario, log : str
        `log`: name of the file.
    day : date
        Its evening is where the forecast begins.
    past_days, days : int
        Business days gone, and of the month.
    enrolled : int
    threshold : float
        Minutes.
    reached : int
        Patients who have them.
    fee_usd : float
        Allowed amount of the first code, mean over the panel.
    replications, seed : int
    level : float
        Coverage of the estimates.
    interval : float
        Probability with which the month ends within `range_of`.
    billable, billed_usd, finally_paid_usd : ndarray, shape (replications,)
        Of the month, one a replication.
    patients : tuple of PatientForecast
        Those who can be saved first, by dollars a minute.
    """

    scenario: str
    log: str
    day: date
    past_days: int
    days: int
    enrolled: int
    threshold: float
    reached: int
    fee_usd: float
    replications: int
    seed: int
    level: float
    interval: float
    billable: Floats
    billed_usd: Floats
    finally_paid_usd: Floats
    patients: tuple[PatientForecast, ...]

    @property
    def numbers(self) -> dict[str, dict[str, Estimate]]:
        """Mean, median and the two ends of the forecast's range, of each variable."""
        low, high = (1.0 - self.interval) / 2.0, (1.0 + self.interval) / 2.0
        named = {
            "billable_patients": self.billable, "billed_usd": self.billed_usd,
            "finally_paid_usd": self.finally_paid_usd,
        }  # fmt: skip
        return {
            name: {
                "mean": mean(values, level=self.level),
                "low": quantile(values, low, level=self.level),
                "median": quantile(values, 0.5, level=self.level),
                "high": quantile(values, high, level=self.level),
            }
            for name, values in named.items()
        }

    def range_of(self, name: str) -> tuple[float, float]:
        """Return the range in which a variable ends with probability `interval`."""
        found = self.numbers[name]
        return found["low"].value, found["high"].value

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (of, number): "mean", "low", "median" and "high" of a variable, NUMBERS of a
            patient by label; columns value, standard_error, low, high, level, replications and
            method.
        """
        rows = {(of, name): e for of, found in self.numbers.items() for name, e in found.items()}
        for each in self.patients:
            for name in NUMBERS:
                if (number := getattr(each, name)) is not None:
                    rows[each.label, name] = number
        return table_of(rows, ["of", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "log", "past_days", "days", "enrolled", "threshold", "reached", "fee_usd",
            "replications", "seed", "level", "interval",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "day": self.day.isoformat(),
            "month": {
                of: {name: plain_estimate(e) for name, e in found.items()}
                for of, found in self.numbers.items()
            },
            "patients": [
                {
                    name: plain_estimate(value) if isinstance(value, Estimate) else value
                    for name in each.__slots__
                    for value in (getattr(each, name),)
                }
                for each in self.patients
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the month's end as a distribution, and whom to call first."""
        from ccmsim.analyses.forecast_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.forecast_views import text

        return text(self)


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
        When the log is refused, the day leaves no business day, or a setting is impossible.

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
    _check(replications, interval, enrolled, away, scenario)
    known = log if isinstance(log, MonthLog) else read_month_log(log, columns)
    state = state_of(scenario, known.until(day), day, enrolled=enrolled, away=away)
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


def _check(
    replications: int,
    interval: float,
    enrolled: int | None,
    away: Mapping[int, date] | None,
    scenario: Scenario,
) -> None:
    """Raise `InputError` for what has no meaning here."""
    problems = []
    if replications < 20:
        problems.append(Problem("replications", "must be at least 20", replications, "200"))
    if not 0.0 < interval < 1.0:
        problems.append(Problem("interval", "must lie between 0 and 1", interval, "such as 0.8"))
    if enrolled is not None and enrolled < 1:
        problems.append(Problem("enrolled", "must be at least 1", enrolled, "such as 200"))
    seats = len(scenario.seats())
    problems += [
        Problem("away", "names a seat that is not there", seat, f"0 to {seats - 1}")
        for seat in away or ()
        if not 0 <= seat < seats
    ]
    if problems:
        raise InputError(problems)
