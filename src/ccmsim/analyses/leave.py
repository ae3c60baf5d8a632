"""Planned leave: the cheapest dates for it, whether cover pays, what to pull forward.

Comes in: a scenario, a number of business days and the settings of `simulate`. Goes out: a frozen
`LeavePlan`. All its simulations share their random numbers: what lies between them is the leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import (
    check_level,
    check_measure,
    part_of,
    values_of,
)
from ccmsim.analyses.leave_dates import (
    TODAY,
    complete,
    dates_of,
    months_of,
    pulls_forward,
    seat_of,
    ways_to_help,
    with_leave,
)
from ccmsim.analyses.leave_plan import Help, LeavePlan, LeaveStart, PulledForward
from ccmsim.arrays import Floats
from ccmsim.checks import MONTHS_MAX, check_run, check_scenario, whole
from ccmsim.errors import InputError, Problem
from ccmsim.estimation import paired_difference, with_the_best
from ccmsim.estimation.estimate import negative
from ccmsim.measures import billable_points
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

AFTER_MONTHS: Final = 1
"""Months simulated after those in which the leave may lie."""


def leave_plan(
    scenario: Scenario,
    *,
    days: int = 10,
    group: str | None = None,
    window: tuple[date, date] | None = None,
    cover: Mapping[str, Any] | None = None,
    long_absences: bool = False,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> LeavePlan:
    """Find the cheapest dates for a planned leave of one coordinator, and what helps meanwhile.

    A leave is tried from the first business day of each week. It comes on top of the scenario's
    short absences, and costs the measure without it less that with it, under common random numbers.

    Parameters
    ----------
    scenario : Scenario
    days : int
        Business days of the leave, 1 to 250.
    group : str, optional
        Staff group whose first coordinator is on leave; left out: who has most hours.
    window : pair of date, optional
        The leave begins from the first to the second of these dates.
    cover : mapping, optional
        A substitute to try, as the fields of `operations.cover`; left out: one with the group's
        hours and wage who comes from the first day on, where the scenario has none.
    long_absences : bool
        Whether turnover and extended leave are simulated, too. Left out, the team is complete: a
        leave is planned for somebody who is there, and vacancies only hide what dates do.
    measure : str
        One of MEASURES.
    months : int
        The leave lies in so many months from the scenario's start; one more is simulated, as some
        of what it costs is lost later.
    replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications.
    level : float
        Coverage of the intervals; above 0.5.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or fewer than two dates fit.

    Notes
    -----
    Which dates are not surely dearer than the best: multiple comparisons with the best (Hsu 1984),
    paired. A way to help is judged by the leave's cost with it and without it, each against the
    same practice without the leave: what it does in other absences is the same in both and drops
    out. The leave is paid as the scenario's planned leave.

    Examples
    --------
    >>> import ccmsim
    >>> from datetime import date
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> plan = leave_plan(
    ...     small, days=5, window=(date(2026, 1, 5), date(2026, 1, 20)), months=1, replications=9
    ... )
    >>> [each.start.isoformat() for each in plan.starts]
    ['2026-01-05', '2026-01-12', '2026-01-20']
    """
    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    problems = whole(days, "days", 1, 250, "10") + whole(
        months, "months", 1, MONTHS_MAX - AFTER_MONTHS, "12"
    )
    if replications < 2:
        problems.append(Problem("replications", "must be at least 2", replications, "100"))
    if problems:
        raise InputError(problems)
    name, seat = seat_of(scenario, group)
    if not long_absences:
        scenario = complete(scenario)
    dates = dates_of(scenario, months, days, window)
    ways = ways_to_help(scenario, name, cover)
    pulled = pulls_forward(scenario)
    total = replications * (1 + len(dates) + 2 * len(ways) + 2 * len(pulled))
    from ccmsim.progress import shown

    with shown(progress, total) as report:
        runs = _Runs(
            scenario, seat, days, months + AFTER_MONTHS, replications, warmup_months, executor,
            workers, report, total,
        )  # fmt: skip
        starts = _starts(runs, dates, measure, seed, level)
        best = min(starts, key=lambda each: each.cost.value)
        pairs = {
            key: (runs(changes, None, seed + 1), runs(changes, best.start, seed + 1))
            for key, changes in (ways | pulled).items()
        }
    inside = months_of(scenario, best.start, best.end, months)
    return LeavePlan(
        scenario=scenario.name,
        group=name,
        measure=measure,
        first_month=f"{scenario.start:%Y-%m}",
        days=days,
        long_absences=long_absences,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        starts=starts,
        help=_helped(ways, pairs, measure, level),
        leave_months=tuple(pairs[TODAY][0].months[month] for month in inside),
        pulled_forward=_forward(pulled, pairs, inside, measure, level),
    )


@dataclass
class _Runs:
    """The settings of every simulation, and how many replications are done."""

    scenario: Scenario
    seat: int
    days: int
    months: int
    replications: int
    warmup_months: int
    executor: Executor | None
    workers: int | None
    report: Progress
    total: int
    done: int = 0

    def __call__(self, changes: Mapping[str, Any], start: date | None, seed: int) -> Results:
        """Return the results of the practice with changes, and with a leave from a date on."""
        from ccmsim.montecarlo import simulate

        one = self.scenario.but(changes)
        results = simulate(
            one if start is None else with_leave(one, start, days=self.days, seat=self.seat),
            months=self.months,
            replications=self.replications,
            seed=seed % 2**32,
            warmup_months=self.warmup_months,
            executor=self.executor,
            workers=self.workers,
            progress=part_of(self.report, self.done, self.total),
        )
        self.done += self.replications
        return results


def _starts(
    runs: _Runs, dates: list[tuple[date, date]], measure: str, seed: int, level: float
) -> tuple[LeaveStart, ...]:
    without = runs({}, None, seed)
    usual, billable = (values_of(without, name) for name in (measure, "billable_patients"))
    found = []
    samples = []
    for first, _ in dates:
        results = runs({}, first, seed)
        samples.append(values_of(results, measure))
        lost = values_of(results, "billable_patients")
        found.append(
            (
                paired_difference(usual, samples[-1], level=level),
                paired_difference(billable, lost, level=level),
            )
        )
    distances = with_the_best(samples, level=level)
    return tuple(
        LeaveStart(first, last, cost, lost_months, negative(distance))
        for (first, last), (cost, lost_months), distance in zip(
            dates, found, distances, strict=True
        )
    )


def _helped(
    ways: Mapping[str, Mapping[str, Any]],
    pairs: Mapping[str, tuple[Results, Results]],
    measure: str,
    level: float,
) -> tuple[Help, ...]:
    costs = {
        name: values_of(pairs[name][0], measure) - values_of(pairs[name][1], measure)
        for name in ways
    }
    nothing = np.zeros_like(costs[TODAY])
    return tuple(
        Help(
            name,
            changes,
            paired_difference(costs[name], nothing, level=level),
            None if name == TODAY else paired_difference(costs[TODAY], costs[name], level=level),
        )
        for name, changes in ways.items()
    )


def _forward(
    pulled: Mapping[str, Mapping[str, Any]],
    pairs: Mapping[str, tuple[Results, Results]],
    inside: list[int],
    measure: str,
    level: float,
) -> tuple[PulledForward, ...]:
    usual = [_within(results, inside, measure) for results in pairs[TODAY]]
    found = []
    for name, changes in pulled.items():
        without, away = (
            paired_difference(_within(results, inside, measure), today, level=level)
            for results, today in zip(pairs[name], usual, strict=True)
        )
        found.append(PulledForward(name, changes, away, without))
    return tuple(found)


def _within(results: Results, months: list[int], measure: str) -> Floats:
    """Return the measure of some months only, one value a replication."""
    if measure == "billable_points":
        parts = ("billable_patients", "enrolled_patients")
        return billable_points({name: results.values[name][:, months] for name in parts})
    monthly: Floats = results.values[measure][:, months].sum(axis=1)
    return monthly
