"""Spread replications: the same precision of a mean with fewer of them, by a design of absence.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `QuasiMonteCarlo`. The error
is that between independent groups: replications within one are not independent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import (
    MEASURES,
    check_level,
    check_measure,
    plain_estimate,
    table_of,
    values_of,
)
from ccmsim.arrays import Floats
from ccmsim.availability.designs import Design, Kind
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import InputError, refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.means import constant
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

FEWEST: Final = 10
NOTHING_VARIES: Final = "nothing varies"
USUAL: Final = ("net_usd", "billed_usd", "billable_patients")
WAYS: Final = {
    "antithetic": "opposite numbers in pairs",
    "latin": "Latin hypercube",
    "sobol": "scrambled Sobol points",
}


@dataclass(frozen=True, kw_only=True)
class QuasiMonteCarlo:
    """Means from spread replications, and what the spreading saved.

    Parameters
    ----------
    scenario, first_month : str
    design : str
        Of WAYS.
    months, groups, points, seed, warmup_months : int
        `groups` independent groups of `points` replications.
    level : float
        Coverage of every interval, one by one.
    means : mapping of str to Estimate
        By measure; the error is that between groups.
    saved : mapping of str to Estimate
        How many times more independent replications would give the same error; 1 without an
        interval where nothing varies.
    """

    scenario: str
    first_month: str
    design: str
    months: int
    groups: int
    points: int
    seed: int
    warmup_months: int
    level: float
    means: Mapping[str, Estimate]
    saved: Mapping[str, Estimate]

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (measure, number), numbers "mean" and "saved"; columns value, standard_error, low,
            high, level, replications and method.
        """
        numbers = {}
        for measure in self.means:
            numbers[measure, "mean"] = self.means[measure]
            numbers[measure, "saved"] = self.saved[measure]
        return table_of(numbers, ["measure", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "design", "months", "groups", "points", "seed",
            "warmup_months", "level",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "means": {name: plain_estimate(found) for name, found in self.means.items()},
            "saved": {name: plain_estimate(found) for name, found in self.saved.items()},
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: how many times more independent replications each mean would need."""
        from ccmsim.analyses.quasi_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.quasi_views import text

        return text(self)


def quasi_monte_carlo(
    scenario: Scenario,
    *,
    design: Kind = "latin",
    points: int | None = None,
    groups: int = 32,
    measures: Iterable[str] = USUAL,
    months: int = 12,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> QuasiMonteCarlo:
    """Estimate means from replications whose absences are spread evenly.

    Of every seat and disruption the design decides how many spells begin, when the first two begin
    and how long they are, and the seat's frailty; all else is random as ever. Each replication has
    the model's law, so means are unbiased; groups are independent, so the error is known.

    Parameters
    ----------
    scenario : Scenario
    design : {"latin", "sobol", "antithetic"}
        A Latin hypercube, scrambled Sobol points, or pairs of opposite numbers.
    points : int, optional
        Replications of a group; 32 when left out, 2 if antithetic. A power of 2 for Sobol points.
    groups : int
        Independent groups, at least 10.
    measures : iterable of str
        Of MEASURES: totals over the reported months.
    months, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    Randomised quasi-Monte Carlo: Owen (1997), Annals of Statistics 25, 1541-1562; Latin hypercube:
    McKay, Beckman and Conover (1979), Technometrics 21, 239-245; antithetic numbers: Hammersley and
    Morton (1956). The mean of the groups' means has the interval of `ccmsim.estimation.mean`;
    `saved` is the variance of independent replications over that of the groups, with the
    chi-square interval of the latter. What is saved on each preset is measured by
    `benchmarks/variance.py`.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})
    >>> found = quasi_monte_carlo(small, groups=16)
    >>> found.saved["net_usd"].value > 1.0
    True
    """
    from ccmsim.montecarlo import designed
    from ccmsim.results import Results

    check_scenario(scenario)
    spread = Design(design, points if points is not None else (2 if design == "antithetic" else 32))
    if problems := whole(groups, "groups", FEWEST, 100_000, "32"):
        raise InputError(problems)
    check_run(months, warmup_months, groups * spread.points, seed)
    check_level(level)
    names = list(measures)
    for name in names:
        check_measure(name)
    if not names:
        raise refuse("measures", "must not be empty", names, ", ".join(MEASURES))
    results: Results = designed(
        scenario,
        spread,
        months=months,
        replications=groups * spread.points,
        seed=seed,
        warmup_months=warmup_months,
        executor=executor,
        workers=workers,
        progress=progress,
    )
    values = {
        name: values_of(results, name).astype(np.float64).reshape(groups, spread.points)
        for name in names
    }
    how = f"{groups} groups of {spread.points}, {WAYS[design]}"
    return QuasiMonteCarlo(
        scenario=scenario.name,
        first_month=results.months[0],
        design=design,
        months=months,
        groups=groups,
        points=spread.points,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        means={name: mean_of_groups(found, level, how) for name, found in values.items()},
        saved={name: saved_by_groups(found, level) for name, found in values.items()},
    )


def mean_of_groups(values: Floats, level: float, how: str) -> Estimate:
    """Return the mean of (groups, points) values with the error between groups."""
    return replace(mean(values.mean(axis=1), level=level), replications=values.size, method=how)


def saved_by_groups(values: Floats, level: float) -> Estimate:
    """Return the variance of independent values' mean over that of the groups' means."""
    from scipy.special import chdtri

    groups, points = values.shape
    if constant(values, np.zeros_like(values)):
        nan = math.nan
        return Estimate(1.0, nan, nan, nan, level, values.size, NOTHING_VARIES)
    between = float(values.mean(axis=1).var(ddof=1))
    free = groups - 1
    value = float(values.var(ddof=1)) / points / between if between > 0.0 else math.inf
    low, high = (float(chdtri(free, p)) / free for p in ((1 + level) / 2, (1 - level) / 2))
    return Estimate(
        value=value,
        standard_error=value * float(np.sqrt(2.0 / free)),
        low=value * low,
        high=value * high,
        level=level,
        replications=values.size,
        method="chi-square of the groups' variance",
    )
