"""Sensitivity, one factor at a time: how far a result moves over the range of each assumption.

Comes in: a scenario, factors with their ranges, the settings of `simulate`. Goes out: a frozen
`Tornado` of paired differences. Says nothing of factors that move together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ccmsim.analyses.factors import (
    check_level,
    check_measure,
    difference,
    furthest,
    moved,
    number_at,
    part_of,
    plain_estimate,
    values_of,
)
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.scenario.changing import paths
from ccmsim.scenario.contact import Contact
from ccmsim.scenario.evidence import Range, ranges
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

Factors = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One factor: its range, and what the measure gains or loses at either end.

    Parameters
    ----------
    factor : str
        A dotted path; of a distribution, its mean is what moves.
    today, low, high : float
        The scenario's value, and the ends of the range.
    source : str
        Where the range comes from.
    at_low, at_high : Estimate
        Paired differences to today.
    swing : Estimate
        At high less at low, paired.
    """

    factor: str
    today: float
    low: float
    high: float
    source: str
    at_low: Estimate
    at_high: Estimate
    swing: Estimate


@dataclass(frozen=True, kw_only=True)
class Tornado:
    """How far a measure moves over the range of each factor, the widest swing first.

    Parameters
    ----------
    scenario : str
    measure : str
        One of MEASURES.
    first_month : str
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval, one by one.
    today : Estimate
        The measure of the scenario as it is.
    bars : tuple of Bar
    """

    scenario: str
    measure: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    today: Estimate
    bars: tuple[Bar, ...]

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (factor, end) with ends "low", "high" and "swing"; columns factor_value, value,
            standard_error, low, high, level, replications and method.

        Examples
        --------
        >>> import ccmsim
        >>> found = sensitivity(
        ...     ccmsim.load("perfect"), {"finance.wage_load": (1.2, 1.4)}, months=1, replications=2
        ... )
        >>> found.table().index.tolist()[0]
        ('finance.wage_load', 'low')
        """
        import pandas as pd

        keys, values = [], []
        for bar in self.bars:
            ends = (("low", bar.low, bar.at_low), ("high", bar.high, bar.at_high))
            for end, at, estimate in (*ends, ("swing", math.nan, bar.swing)):
                keys.append((bar.factor, end))
                values.append({"factor_value": at, **estimate.as_dict()})
        index = pd.MultiIndex.from_tuples(keys, names=["factor", "end"])
        return pd.DataFrame(values, index=index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "measure", "first_month", "months", "replications", "seed",
            "warmup_months", "level",
        )  # fmt: skip
        bars = [
            {
                "factor": bar.factor,
                "today": bar.today,
                "range": [bar.low, bar.high],
                "source": bar.source,
                "at_low": plain_estimate(bar.at_low),
                "at_high": plain_estimate(bar.at_high),
                "swing": plain_estimate(bar.swing),
            }
            for bar in self.bars
        ]
        head = {name: getattr(self, name) for name in names}
        return head | {"today": plain_estimate(self.today), "factors": bars}

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, most: int = 15) -> Figure:
        """Return a tornado of the factors with the widest swings.

        Parameters
        ----------
        most : int
            So many factors at most.
        """
        from ccmsim.analyses.sensitivity_views import figure

        return figure(self, most)

    def __str__(self) -> str:
        from ccmsim.analyses.sensitivity_views import text

        return text(self)


def sensitivity(
    scenario: Scenario,
    factors: Factors | Iterable[str] | None = None,
    *,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Tornado:
    """Move one factor at a time over its range, and see how far a measure follows.

    Equal seeds give common random numbers, so what is shown is the factor's doing and not luck:
    every interval is that of a paired difference. Intervals hold one by one; with forty of them
    two are expected to miss. Where few differences are not the usual one, no spread is believed:
    the interval is the usual difference and what those seen, and those that were not, may move it,
    by no more than all that could be billed (`ccmsim.estimation.rare.allowing_difference`).

    Parameters
    ----------
    scenario : Scenario
    factors : mapping of str to (low, high), or paths, optional
        Dotted paths with their ranges; of a distribution the mean is moved, its shape kept. Paths
        alone take the range of the evidence table (docs/evidence.md). Left out: every range of
        that table whose value the scenario uses, that is, does not have at 0.
    measure : str
        One of MEASURES: a total over the reported months.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; progress is that of all simulations.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Tornado

    Raises
    ------
    ccmsim.errors.InputError
        When a factor is not a number of the scenario, has no range, or a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = sensitivity(
    ...     small,
    ...     ["staff.*.wage_usd_per_hour", "contact.call_minutes"],
    ...     months=1,
    ...     replications=4,
    ...     seed=7,
    ... )
    >>> sorted(bar.factor for bar in found.bars)
    ['contact.call_minutes', 'staff.nurse.wage_usd_per_hour']
    """
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    chosen = _chosen(scenario, factors)
    planned = [scenario]
    for path, (low, high, _) in chosen.items():
        planned += [moved(scenario, path, low), moved(scenario, path, high)]
    whole, values, most = replications * len(planned), [], 0.0
    with shown(progress, whole) as report:
        for i, changed in enumerate(planned):
            results = simulate(
                changed,
                months=months,
                replications=replications,
                seed=seed,
                warmup_months=warmup_months,
                executor=executor,
                workers=workers,
                progress=part_of(report, i * replications, whole),
            )
            values.append(values_of(results, measure))
            most = max(most, furthest(results, measure))

    def less(above: int, below: int) -> Estimate:
        pair = planned[above], planned[below]
        return difference(values[above], values[below], pair, level=level, most=most or math.inf)

    bars = [
        Bar(
            factor=path,
            today=number_at(scenario, path),
            low=low,
            high=high,
            source=source,
            at_low=less(2 * i + 1, 0),
            at_high=less(2 * i + 2, 0),
            swing=less(2 * i + 2, 2 * i + 1),
        )
        for i, (path, (low, high, source)) in enumerate(chosen.items())
    ]
    return Tornado(
        scenario=scenario.name,
        measure=measure,
        first_month=results.months[0],
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        today=mean(values[0], level=level),
        bars=tuple(sorted(bars, key=lambda bar: -abs(bar.swing.value))),
    )


def _chosen(
    scenario: Scenario, factors: Factors | Iterable[str] | None
) -> dict[str, tuple[float, float, str]]:
    """Return the ends and the source of every factor's range, by path."""
    if factors is None:
        return with_ranges(scenario, None)
    if not isinstance(factors, Mapping):
        return with_ranges(scenario, list(factors))
    chosen: dict[str, tuple[float, float, str]] = {}
    problems: list[Problem] = []
    for path, ends in factors.items():
        try:
            low, high = (float(end) for end in ends)
            number_at(scenario, path)
        except InputError as error:
            problems += error.problems
        except (TypeError, ValueError):
            valid = "two numbers, such as (0.2, 0.8)"
            problems.append(Problem(path, "needs a low and a high value", ends, valid))
        else:
            chosen[path] = (low, high, "given")
            if not low < high:
                problems.append(Problem(path, "must have low below high", ends, "(low, high)"))
    if problems:
        raise InputError(problems)
    return chosen


def _above_threshold(found: Range, threshold: float) -> Range:
    """Return the range of the target: the table's buffer, above the scenario's own threshold."""
    more = threshold - Contact().threshold_minutes
    return Range(found.low + more, found.high + more, found.source)


def with_ranges(
    scenario: Scenario, wanted: list[str] | None
) -> dict[str, tuple[float, float, str]]:
    """Return the ranges of the evidence table for the wanted paths; None: all that are used."""
    table = {path.removesuffix(".mean"): found for path, found in ranges().items()}
    known = [path for path in paths(scenario) if any(fnmatchcase(path, p) for p in table)]
    if wanted is not None:
        for pattern in wanted:
            if not any(fnmatchcase(path, pattern) for path in known):
                rule = "has no range in the evidence table"
                valid = f'{{"{pattern}": (low, high)}}, or one of {", ".join(known)}'
                raise refuse("factors", rule, pattern, valid)
        known = [path for path in known if any(fnmatchcase(path, p) for p in wanted)]
    chosen = {}
    for path in known:
        found = next(item for pattern, item in table.items() if fnmatchcase(path, pattern))
        if path == "contact.target_minutes":
            found = _above_threshold(found, scenario.contact.threshold_minutes)
        today = number_at(scenario, path)
        if today != 0.0 or wanted is not None:
            chosen[path] = (min(found.low, today), max(found.high, today), found.source)
    return chosen
