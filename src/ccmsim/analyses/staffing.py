"""Staffing: which team to choose, as sure as is asked, within limits of risk.

Comes in: options (teams, as scenarios) and the settings of `simulate`. Goes out: a frozen
`Staffing`: the best option that keeps the limits, with the probability that it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.compare import named
from ccmsim.analyses.factors import (
    MEASURES,
    check_level,
    check_measure,
    plain_estimate,
    values_of,
)
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import Estimate, mean, quantile
from ccmsim.estimation.selection import Selection, select_best
from ccmsim.measures import billable_shares
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.results import Results

KEEPS: Final = "keeps the limits"
BREAKS: Final = "breaks a limit"
UNSURE: Final = "may keep them"
LIMITED: Final = {"net_usd": "net", "cash_net_usd": "net by cash", "billable_share": "billed share"}
"""What a limit may be of, month by month."""

BAD_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """At most a share of months may lie below a level.

    Parameters
    ----------
    measure : str
        "net_usd" or "cash_net_usd" of a month, or "billable_share" (0 to 1).
    level : float
        In the measure's unit.
    months_share : float
        So many of all months may lie below it, 0 to 1.

    Examples
    --------
    >>> RiskLimit("net_usd", 0.0, 0.05)
    RiskLimit(measure='net_usd', level=0.0, months_share=0.05)
    """

    measure: str
    level: float
    months_share: float

    def __str__(self) -> str:
        percent = f"{100.0 * self.months_share:g} %"
        return f"{LIMITED[self.measure]} below {self.level:,.8g} in at most {percent} of months"

    def below(self, results: Results) -> Floats:
        """Return the share of months below the level, one a replication."""
        monthly = (
            billable_shares(results)
            if self.measure == "billable_share"
            else results.values[self.measure]
        )
        shares: Floats = (monthly < self.level).mean(axis=1)
        return shares


@dataclass(frozen=True, slots=True)
class Option:
    """One team.

    Parameters
    ----------
    name : str
    mean : Estimate
        Of the measure; its interval holds by itself.
    bad_year : Estimate
        The one-in-twenty bad year.
    limits : tuple of Estimate
        Share of months below each limit's level; these hold for all options at once.
    verdict : str
        "keeps the limits", "breaks a limit" or "may keep them".
    replications : int
        When it was last looked at.
    """

    name: str
    mean: Estimate
    bad_year: Estimate
    limits: tuple[Estimate, ...]
    verdict: str
    replications: int


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """Which team to choose.

    Parameters
    ----------
    measure, first_month : str
    months, seed, warmup_months : int
    worth : float
        A difference that matters, in the measure's unit.
    level : float
        Probability of a correct selection, and coverage of intervals.
    limits : tuple of RiskLimit
    options : tuple of Option
        The highest mean first.
    best : str or None
        None where every option breaks a limit.
    decided : bool
        Whether the selection came to its end before the cap.
    left : tuple of str
        Those that may still be the best, where it did not.
    """

    measure: str
    first_month: str
    months: int
    seed: int
    warmup_months: int
    worth: float
    level: float
    limits: tuple[RiskLimit, ...]
    options: tuple[Option, ...]
    best: str | None
    decided: bool
    left: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (option, number): "mean", "bad_year" and "limit 1", …; columns verdict, value,
            standard_error, low, high, level, replications and method.
        """
        import pandas as pd

        rows = {}
        for option in self.options:
            for name, number in _numbers(option).items():
                rows[option.name, name] = {"verdict": option.verdict, **number.as_dict()}
        index = pd.MultiIndex.from_tuples(list(rows), names=["option", "number"])
        return pd.DataFrame(list(rows.values()), index=index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "measure", "first_month", "months", "seed", "warmup_months", "worth", "level", "best",
            "decided",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names} | {"left": list(self.left)}
        return head | {
            "limits": [str(limit) for limit in self.limits],
            "options": [
                {
                    "name": option.name,
                    "verdict": option.verdict,
                    "replications": option.replications,
                    **{name: plain_estimate(found) for name, found in _numbers(option).items()},
                }
                for option in self.options
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the mean of each option against its bad year."""
        from ccmsim.analyses.staffing_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.staffing_views import text

        return text(self)


def _numbers(option: Option) -> dict[str, Estimate]:
    limits = {f"limit {k}": found for k, found in enumerate(option.limits, start=1)}
    return {"mean": option.mean, "bad_year": option.bad_year, **limits}


def teams(
    scenario: Scenario,
    *,
    coordinators: Iterable[int] | None = None,
    hours: Iterable[float] | None = None,
    assignments: Iterable[str] | None = None,
) -> dict[str, Scenario]:
    """Return the teams of a grid, by name; of several groups the first is changed.

    Parameters
    ----------
    scenario : Scenario
    coordinators : iterable of int, optional
    hours : iterable of float, optional
        Protected hours a week of each.
    assignments : iterable of str, optional
        "owned", "owned_with_backup" or "pooled".

    Raises
    ------
    ccmsim.errors.InputError
        When a team is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> list(teams(ccmsim.load("two_nurses"), coordinators=[1, 2], hours=[16]))
    ['1 x 16 h', '2 x 16 h']
    """
    check_scenario(scenario)
    name, group = next(iter(scenario.staff.items()))
    if group.hours_per_week is None:
        valid = "a group with hours_per_week"
        raise refuse(f"staff.{name}.hours_per_week", "is needed here", None, valid)
    grid = product(
        [group.coordinators] if coordinators is None else list(coordinators),
        [group.hours_per_week] if hours is None else list(hours),
        [""] if assignments is None else list(assignments),
    )
    found = {}
    for count, each, assignment in grid:
        changes: dict[str, Any] = {
            f"staff.{name}.coordinators": count, f"staff.{name}.hours_per_week": each,
        }  # fmt: skip
        if assignment:
            changes["operations.assignment"] = assignment
        label = f"{count} x {each:g} h"
        found[f"{label}, {assignment}" if assignment else label] = scenario.but(changes)
    return found


def staffing(
    options: Mapping[str, Scenario] | Iterable[Scenario],
    *,
    measure: str = "net_usd",
    limits: Iterable[RiskLimit] = (),
    worth: float = 1_000.0,
    months: int = 12,
    first: int = 50,
    most: int = 5_000,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    level: float = 0.95,
) -> Staffing:
    """Choose the team with the highest mean among those that keep limits of risk.

    Options that break a limit are set aside first; among the others the best is selected by a
    fully sequential procedure with common random numbers. With probability `level` at least it is
    the best of them, or within `worth` of it.

    Parameters
    ----------
    options : mapping of str to Scenario, or scenarios
        Two or more; `teams` makes a grid of them.
    measure : str
        One of MEASURES: a total over the reported months.
    limits : iterable of RiskLimit
    worth : float
        A difference that matters, in the measure's unit, above 0: smaller takes longer.
    months, seed, warmup_months, executor, workers
        As in `ccmsim.simulate`.
    first, most : int
        Replications of an option before the first look, at least 20, and at most.
    level : float

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    See `ccmsim.estimation.selection.select_best`. An option breaks a limit if the interval of its
    share of months lies above what may be, all options and limits at once (Bonferroni), after
    `first` replications times 4; one that cannot be told yet stays in and is named so.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = staffing(teams(small, hours=[4, 16]), months=3, first=20, worth=500.0)
    >>> found.best, found.decided
    ('1 x 4 h', True)
    """
    chosen, bounds = named(options), tuple(limits)
    _check(bounds, measure, worth, months, warmup_months, first, most, seed, level)
    runs = _Runs(chosen, months, warmup_months, seed, executor, workers)
    names = list(chosen)
    at_once = 1.0 - (1.0 - level) / max(len(names) * len(bounds), 1)
    sifted = min(4 * first, most) if bounds else first
    verdicts = {name: _verdict(runs.results(name, sifted), bounds, at_once) for name in names}
    kept = [name for name in names if verdicts[name] != BREAKS]
    selection = Selection(0, (), (), True)
    if len(kept) > 1:
        selection = select_best(
            lambda i, n: values_of(runs.results(kept[i], n), measure)[:n],
            len(kept), worth=worth, level=level, first=first, most=most,
        )  # fmt: skip
    found = [
        _option(name, runs.last(name), measure, bounds, verdicts[name], level, at_once)
        for name in names
    ]
    return Staffing(
        measure=measure,
        first_month=f"{next(iter(chosen.values())).start:%Y-%m}",
        months=months,
        seed=seed,
        warmup_months=warmup_months,
        worth=float(worth),
        level=level,
        limits=bounds,
        options=tuple(sorted(found, key=lambda option: -option.mean.value)),
        best=kept[selection.best] if kept else None,
        decided=selection.decided,
        left=() if selection.decided else tuple(kept[i] for i in selection.left),
    )


@dataclass
class _Runs:
    """Results of the options, simulated anew where more replications are wanted."""

    options: Mapping[str, Scenario]
    months: int
    warmup_months: int
    seed: int
    executor: Executor | None
    workers: int | None

    def __post_init__(self) -> None:
        self._done: dict[str, Results] = {}

    def results(self, name: str, replications: int) -> Results:
        """Return results of at least so many replications."""
        from ccmsim.montecarlo import simulate

        done = self._done.get(name)
        if done is None or done.replications < replications:
            self._done[name] = simulate(
                self.options[name],
                months=self.months,
                warmup_months=self.warmup_months,
                replications=replications,
                seed=self.seed,
                executor=self.executor,
                workers=self.workers,
            )
        return self._done[name]

    def last(self, name: str) -> Results:
        """Return the results that there are."""
        return self._done[name]


def _verdict(results: Results, limits: tuple[RiskLimit, ...], level: float) -> str:
    """Return whether an option keeps all limits, breaks one, or neither can be told."""
    found = [(limit, mean(limit.below(results), level=level)) for limit in limits]
    if any(number.low > limit.months_share for limit, number in found):
        return BREAKS
    return KEEPS if all(number.high <= limit.months_share for limit, number in found) else UNSURE


def _option(
    name: str,
    results: Results,
    measure: str,
    limits: tuple[RiskLimit, ...],
    verdict: str,
    level: float,
    at_once: float,
) -> Option:
    values = values_of(results, measure)
    return Option(
        name=name,
        mean=mean(values, level=level),
        bad_year=quantile(values, BAD_SHARE, level=level),
        limits=tuple(mean(limit.below(results), level=at_once) for limit in limits),
        verdict=verdict,
        replications=results.replications,
    )


def _check(
    limits: tuple[RiskLimit, ...],
    measure: str,
    worth: float,
    months: int,
    warmup_months: int,
    first: int,
    most: int,
    seed: int,
    level: float,
) -> None:
    """Raise `InputError` for what has no meaning here."""
    check_run(months, warmup_months, first, seed)
    check_level(level)
    check_measure(measure)
    problems = []
    for limit in limits:
        if limit.measure not in LIMITED:
            problems.append(
                Problem("limits", "is not of a known measure", limit.measure, ", ".join(LIMITED))
            )
        if not (np.isfinite(limit.level) and 0.0 <= limit.months_share < 1.0):
            valid = 'such as RiskLimit("net_usd", 0.0, 0.05)'
            problems.append(Problem("limits", "is out of range", limit, valid))
    if problems:
        raise InputError(problems)
    if not 0.0 < worth < math.inf:
        unit = MEASURES[measure]
        raise refuse("worth", "must be above 0", worth, f"a difference that matters, in {unit}")
    if first < 20 or most < first:
        raise refuse("first", "must be at least 20, and no more than most", (first, most), "50")
