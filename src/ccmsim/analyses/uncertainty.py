"""Two levels of uncertainty: what nobody knows about a practice, and what happens by chance.

Comes in: a scenario, laws for the values that are not known, the settings of `simulate`. Goes out:
a frozen `TwoLevels`. Sets of parameters are independent, and so are their replications.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import (
    check_level,
    check_limit,
    check_measure,
    plain_estimate,
    table_of,
)
from ccmsim.analyses.parameters import PILOT, Parameter, Uncertain, parameters_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean, probability_below, quantile
from ccmsim.estimation.levels import (
    quantile_of_sets,
    replications_a_set,
    share_below,
    variance,
    variances,
)
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

ROWS: Final = {
    "mean": "mean",
    "sd": "standard deviation",
    "sd_unknown": "… of what is not known",
    "sd_chance": "… of chance",
    "p5": "5 % are below",
    "p50": "half are below",
    "p95": "95 % are below",
    "below": "share below",
}
"""What is said of both levels, and of chance alone; `share_unknown` besides, of the variance."""

QUANTILES: Final = {"p5": 0.05, "p50": 0.5, "p95": 0.95}

PILOT_SETS: Final = 20
PILOT_REPLICATIONS: Final = 4
FEWEST: Final = 200
FEWEST_SETS: Final = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoLevels:
    """A result with both uncertainties, beside that of chance alone.

    Parameters
    ----------
    scenario, measure, first_month : str
    months, seed, warmup_months : int
    replications : int
        In all: of the pilot, of the scenario as it is written, and of all sets.
    inner : int
        Replications of each set.
    chosen : bool
        Whether a pilot chose `inner`.
    limit : float
        What "below" is below of, in the measure's unit.
    level : float
        Coverage of every interval, one by one.
    parameters : tuple of Parameter
        What is uncertain.
    both : mapping of str to Estimate
        Keys of `ROWS`, and "share_unknown": the share of the variance that better knowledge could
        take away.
    today : mapping of str to Estimate
        The scenario as it is written, chance alone: keys of `ROWS` but "sd_unknown" and
        "sd_chance".
    draws : ndarray, shape (sets, parameters)
        The values of each set.
    years : ndarray, shape (sets, inner)
        The measure.
    today_years : ndarray, shape (n,)
        The measure of the scenario as it is written.
    """

    scenario: str
    measure: str
    first_month: str
    months: int
    replications: int
    inner: int
    chosen: bool
    seed: int
    warmup_months: int
    limit: float
    level: float
    parameters: tuple[Parameter, ...]
    both: Mapping[str, Estimate]
    today: Mapping[str, Estimate]
    draws: Floats
    years: Floats
    today_years: Floats

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (uncertainty, number), uncertainty "both" or "chance"; columns value,
            standard_error, low, high, level, replications and method.
        """
        numbers = {("both", name): found for name, found in self.both.items()}
        numbers |= {("chance", name): found for name, found in self.today.items()}
        return table_of(numbers, ["uncertainty", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all but the arrays as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "measure", "first_month", "months", "replications", "inner", "chosen",
            "seed", "warmup_months", "limit", "level",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names} | {"sets": len(self.years)}
        return head | {
            "uncertain": [item.as_dict() for item in self.parameters],
            "both": {name: plain_estimate(found) for name, found in self.both.items()},
            "chance": {name: plain_estimate(found) for name, found in self.today.items()},
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: how the measure may turn out, by chance alone and with both."""
        from ccmsim.analyses.uncertainty_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.uncertainty_views import text

        return text(self)


def uncertainty(
    scenario: Scenario,
    uncertain: Uncertain | Iterable[str] | None = None,
    *,
    measure: str = "net_usd",
    limit: float = 0.0,
    months: int = 12,
    replications: int = 2000,
    inner: int | None = None,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> TwoLevels:
    """Tell what is not known from what happens by chance: nested Monte Carlo.

    Sets of parameters are drawn from their laws, independently; each is simulated with replications
    of its own. A quarter of all replications go to the scenario as it is written.

    Parameters
    ----------
    scenario : Scenario
    uncertain : mapping of str to law, or paths, optional
        Dotted paths with their laws; of a distribution in the scenario the mean is what is not
        known, its shape kept. Paths alone take a triangular law over the range of the evidence
        table, peaked at the scenario's value. Left out: what the scenario says (`{ uncertain = …
        }`), or if that is nothing, every range of the evidence table that the scenario uses.
    measure : str
        One of MEASURES: a total over the reported months.
    limit : float
        In the measure's unit: the share of years below it is told.
    replications : int
        In all, at least 200.
    inner : int, optional
        Replications of each set, at least 2. Left out: a pilot of 80 replications chooses what
        tells the split best, and is then put aside, so that intervals stay those of a plan.
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
    The variance is split as in a one-way analysis of variance with random effects; see
    `ccmsim.estimation.levels.variances` for its intervals. Parameters are independent of each
    other.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = uncertainty(
    ...     small,
    ...     {"contact.answer_probability": {"family": "uniform", "low": 0.3, "high": 0.6}},
    ...     months=1,
    ...     replications=200,
    ... )
    >>> 0.0 <= found.both["share_unknown"].value <= 1.0
    True
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    check_limit(limit)
    if replications < FEWEST:
        raise refuse("replications", f"must be at least {FEWEST} here", replications, "2000")
    parameters = parameters_of(scenario, uncertain)
    as_written, left = replications // 4, replications - replications // 4
    _check_inner(inner, left)
    with shown(progress, replications) as report:
        run = Runs(months, warmup_months, executor, workers, report, replications)
        today = run.values(measure, scenario, as_written, seed)
        chosen = inner is None
        if inner is None:
            left -= PILOT_SETS * PILOT_REPLICATIONS
            pilot = range(PILOT, PILOT + PILOT_SETS)
            _, found = run.sets(measure, scenario, parameters, seed, pilot, PILOT_REPLICATIONS)
            split = variances(found)
            unknown, chance = split["unknown"].value, split["chance"].value
            inner = replications_a_set(unknown, chance, most=max(2, left // FEWEST_SETS))
        numbers = range(left // inner)
        draws, years = run.sets(measure, scenario, parameters, seed, numbers, inner)
    return TwoLevels(
        scenario=scenario.name,
        measure=measure,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        replications=run.done,
        inner=inner,
        chosen=chosen,
        seed=seed,
        warmup_months=warmup_months,
        limit=float(limit),
        level=level,
        parameters=parameters,
        both=_of_both(years, limit, level),
        today=_of_chance(today, limit, level),
        draws=draws,
        years=years,
        today_years=today,
    )


def _check_inner(inner: int | None, left: int) -> None:
    most = left // FEWEST_SETS
    if inner is not None and not 2 <= inner <= most:
        rule = f"must be a whole number from 2 to {most}, so that {FEWEST_SETS} sets are left"
        raise refuse("inner", rule, inner, "such as 4; or leave it out")


def _of_both(years: Floats, limit: float, level: float) -> dict[str, Estimate]:
    """Return what is said of both levels."""
    split = variances(years, level=level)
    return {
        "mean": mean(years.mean(axis=1), level=level),
        "sd": _root(split["both"]),
        "sd_unknown": _root(split["unknown"]),
        "sd_chance": _root(split["chance"]),
        **{name: quantile_of_sets(years, q, level=level) for name, q in QUANTILES.items()},
        "below": share_below(years, limit, level=level),
        "share_unknown": split["share"],
    }


def _of_chance(years: Floats, limit: float, level: float) -> dict[str, Estimate]:
    """Return what is said of chance alone."""
    return {
        "mean": mean(years, level=level),
        "sd": _root(variance(years, level=level)),
        **{name: quantile(years, q, level=level) for name, q in QUANTILES.items()},
        "below": probability_below(years, limit, level=level),
    }


def _root(found: Estimate) -> Estimate:
    """Return the standard deviation of an estimated variance; 0 where that is below 0."""
    value = math.sqrt(max(found.value, 0.0))
    error = found.standard_error / (2.0 * value) if value else math.nan
    low, high = math.sqrt(max(found.low, 0.0)), math.sqrt(max(found.high, 0.0))
    return replace(found, value=value, standard_error=error, low=low, high=high)
