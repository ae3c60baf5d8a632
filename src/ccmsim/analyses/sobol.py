"""Global sensitivity: what decides a result while everything that is not known varies at once.

Comes in: a scenario, laws for the values that are not known, the settings of `simulate`. Goes out:
a frozen `Sobol`: indices of the mean year, chance taken out, and the ranges that lead to bad years.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import (
    check_level,
    check_limit,
    check_measure,
    plain_estimate,
    table_of,
)
from ccmsim.analyses.parameters import (
    Parameter,
    Uncertain,
    parameters_of,
    seed_of_set,
    with_values,
)
from ccmsim.analyses.regions import THIRDS, Regions, regions_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import InputError, refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.sobol import sobol_indices
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

FEWEST_ROWS: Final = 20
_SECOND: Final = 2**30
"""Number of the first set of the second matrix."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sobol:
    """What decides a measure, by parameter.

    Parameters
    ----------
    scenario, measure, first_month : str
    months, seed, warmup_months : int
    rows : int
        Sets in each of the two matrices.
    inner : int
        Replications of each set.
    replications : int
        In all: rows x (parameters + 2) x inner.
    level : float
        Coverage of every interval, one by one.
    parameters : tuple of Parameter
        What is not known, the highest total index first.
    first, total : mapping of str to Estimate
        By path: the share of the mean year's variance that knowing this parameter alone would take
        away, and the share that would stay if all others were known. NaN where chance hides it; 0
        without ends where no row happened to show the parameter.
    additive : Estimate
        Sum of the first; what it lacks of 1 is of parameters that work together.
    chance : Estimate
        Share of a single year's variance that is no parameter's.
    regions : Regions
        Where years come out below a limit.
    """

    scenario: str
    measure: str
    first_month: str
    months: int
    rows: int
    inner: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    parameters: tuple[Parameter, ...]
    first: Mapping[str, Estimate]
    total: Mapping[str, Estimate]
    additive: Estimate
    chance: Estimate
    regions: Regions

    def table(self) -> pd.DataFrame:
        """Return every number of the parameters as a row.

        Returns
        -------
        pandas.DataFrame
            Index (parameter, number), numbers "first", "total", and "below_low", "below_middle",
            "below_high", the share of years below the limit by third; columns value,
            standard_error, low, high, level, replications and method.
        """
        numbers = {}
        for item in self.parameters:
            numbers[item.path, "first"] = self.first[item.path]
            numbers[item.path, "total"] = self.total[item.path]
            for third, found in zip(THIRDS, self.regions.thirds[item.path], strict=True):
                numbers[item.path, f"below_{third}"] = found
        return table_of(numbers, ["parameter", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "measure", "first_month", "months", "rows", "inner", "replications",
            "seed", "warmup_months", "level",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "uncertain": [item.as_dict() for item in self.parameters],
            "first": {path: plain_estimate(found) for path, found in self.first.items()},
            "total": {path: plain_estimate(found) for path, found in self.total.items()},
            "additive": plain_estimate(self.additive),
            "chance": plain_estimate(self.chance),
            "regions": self.regions.as_dict(),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, most: int = 12) -> Figure:
        """Return a figure: indices, and bad years by third, of the parameters that matter most.

        Parameters
        ----------
        most : int
            So many parameters at most.
        """
        from ccmsim.analyses.sobol_views import figure

        return figure(self, most)

    def __str__(self) -> str:
        from ccmsim.analyses.sobol_views import text

        return text(self)


def sobol(
    scenario: Scenario,
    uncertain: Uncertain | Iterable[str] | None = None,
    *,
    measure: str = "net_usd",
    limit: float = 0.0,
    months: int = 12,
    replications: int = 16_000,
    inner: int = 2,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Sobol:
    """Split the variance of a mean year among what is not known, and find where bad years lie.

    Two matrices of sets are drawn, A and B, and for each parameter a third, A with that parameter
    from B, which shares the random numbers of A. Chance is known from the replications of each set
    and taken out of every index.

    Parameters
    ----------
    scenario : Scenario
    uncertain : mapping of str to law, or paths, optional
        As in `ccmsim.uncertainty`.
    measure : str
        One of MEASURES: a total over the reported months.
    limit : float
        In the measure's unit: years below it are the bad ones.
    replications : int
        In all, at most; at least 20 rows must come of it.
    inner : int
        Replications of each set, at least 2.
    months, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a path leads to no number, a law gives an impossible value, or a setting is impossible.

    Notes
    -----
    See `ccmsim.estimation.sobol.sobol_indices` for the estimators and their measured coverage, and
    `ccmsim.analyses.regions.regions_of` for the ranges. Parameters are independent of each other.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = sobol(
    ...     small,
    ...     ["contact.answer_probability", "finance.rework_usd"],
    ...     months=1,
    ...     replications=320,
    ... )
    >>> found.rows, found.parameters[0].path
    (40, 'contact.answer_probability')
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    check_limit(limit)
    if problems := whole(inner, "inner", 2, 10_000, "2"):
        raise InputError(problems)
    parameters = parameters_of(scenario, uncertain)
    each = inner * (len(parameters) + 2)
    rows = replications // each
    if rows < FEWEST_ROWS:
        rule = f"must be at least {FEWEST_ROWS * each:,} for {len(parameters)} parameters"
        raise refuse("replications", rule, replications, "more, or fewer parameters")
    total = rows * each
    with shown(progress, total) as report:
        run = Runs(months, warmup_months, executor, workers, report, total)
        draws, a = run.sets(measure, scenario, parameters, seed, range(rows), inner)
        others, b = run.sets(
            measure, scenario, parameters, seed, range(_SECOND, _SECOND + rows), inner
        )
        mixed = _mixed(run, measure, scenario, parameters, seed, draws, others, inner)
    found = sobol_indices(a, b, mixed, level=level)
    largest = [-np.inf if np.isnan(each.value) else each.value for each in found.total]
    order = sorted(range(len(parameters)), key=lambda k: -largest[k])
    return Sobol(
        scenario=scenario.name,
        measure=measure,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        rows=rows,
        inner=inner,
        replications=run.done,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        parameters=tuple(parameters[k] for k in order),
        first={parameters[k].path: found.first[k] for k in order},
        total={parameters[k].path: found.total[k] for k in order},
        additive=found.additive,
        chance=found.noise,
        regions=regions_of(
            parameters,
            np.concatenate([draws, others]),
            np.concatenate([a, b]),
            limit,
            level=level,
        ),
    )


def _mixed(
    run: Runs,
    measure: str,
    scenario: Scenario,
    parameters: tuple[Parameter, ...],
    seed: int,
    draws: Floats,
    others: Floats,
    inner: int,
) -> Floats:
    """Return a measure of A with one parameter from B, with the random numbers of A."""
    plain = scenario.but({"uncertain": None})
    mixed = np.empty((len(parameters), len(draws), inner))
    for row in range(len(draws)):  # laws that a row's sets share are made once
        for k in range(len(parameters)):
            values = draws[row].copy()
            values[k] = others[row, k]
            one = with_values(plain, parameters, values)
            mixed[k, row] = run.values(measure, one, inner, seed_of_set(seed, row))
    return mixed
