"""Differences between practices with both uncertainties: what is not known, and chance.

Comes in: scenarios, laws for the values that are not known, the settings of `simulate`. Goes out: a
frozen `Doubts`. In each set of parameters all practices have the same luck.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.compare import named
from ccmsim.analyses.factors import (
    check_level,
    check_measure,
    plain_estimate,
    table_of,
)
from ccmsim.analyses.parameters import Parameter, Uncertain, parameters_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.levels import sets_above, share_below, variances
from ccmsim.estimation.together import at_once
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import mean_at

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

NUMBERS: Final = {
    "difference": "mean difference",
    "ahead": "replications ahead",
    "holds": "sets in which it is more",
    "share_unknown": "of the variance, not known",
}
"""What is told of each practice, beside the first."""

FEWEST_SETS: Final = 30

INNER: Final = 4
"""Replications of each set where nothing else is said."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubt:
    """One practice less the first, with both uncertainties.

    Parameters
    ----------
    name : str
    difference : Estimate
        Mean over sets and replications; the intervals of all practices hold at once (Bonferroni).
    ahead : Estimate
        Share of replications in which it is above the first.
    holds : Estimate
        Share of the sets of parameters whose expected difference is above 0, chance taken out.
    share_unknown : Estimate
        Share of the difference's variance that is of what is not known.
    years : ndarray, shape (sets, inner)
        The difference.
    """

    name: str
    difference: Estimate
    ahead: Estimate
    holds: Estimate
    share_unknown: Estimate
    years: Floats

    @property
    def numbers(self) -> dict[str, Estimate]:
        """The estimates by the keys of `NUMBERS`."""
        return {name: getattr(self, name) for name in NUMBERS}


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubts:
    """Practices beside the first one, with what is not known and with chance.

    Parameters
    ----------
    first, measure, first_month : str
    months, seed, warmup_months, inner : int
        `inner`: replications of each set and practice.
    replications : int
        Of each practice.
    level : float
        Coverage of the intervals: of the differences together, of the others one by one.
    parameters : tuple of Parameter
        What is uncertain, at the first practice's values.
    own : mapping of str to tuple of str
        Paths at which a practice keeps a value of its own, by its name; a practice that is without
        the value altogether, as one without a disruption, is not told.
    doubts : tuple of Doubt
        In the order given.
    draws : ndarray, shape (sets, parameters)
        The values of each set.
    """

    first: str
    measure: str
    first_month: str
    months: int
    replications: int
    inner: int
    seed: int
    warmup_months: int
    level: float
    parameters: tuple[Parameter, ...]
    own: Mapping[str, tuple[str, ...]]
    doubts: tuple[Doubt, ...]
    draws: Floats

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (name, number), numbers the keys of `NUMBERS`; columns value, standard_error, low,
            high, level, replications and method.
        """
        numbers = {
            (each.name, name): number
            for each in self.doubts
            for name, number in each.numbers.items()
        }
        return table_of(numbers, ["name", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all but the arrays as plain values; NaN and infinite ends become None."""
        names = (
            "first", "measure", "first_month", "months", "replications", "inner", "seed",
            "warmup_months", "level",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names} | {"sets": len(self.draws)}
        return head | {
            "uncertain": [item.as_dict() for item in self.parameters],
            "own": {name: list(paths) for name, paths in self.own.items()},
            "doubts": [
                {"name": each.name}
                | {name: plain_estimate(number) for name, number in each.numbers.items()}
                for each in self.doubts
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: every practice's difference, set by set, and its mean."""
        from ccmsim.analyses.doubts_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.doubts_views import text

        return text(self)


def doubts(
    scenarios: Mapping[str, Scenario] | Iterable[Scenario],
    uncertain: Uncertain | Iterable[str] | None = None,
    *,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 400,
    inner: int = INNER,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Doubts:
    """Compare practices with the first one where values are not known.

    Sets of parameters are drawn from their laws; in each, every practice is simulated with the same
    random numbers. A drawn value takes the place of a number that a practice shares with the first
    one; where it has a number of its own on purpose, it keeps that.

    Parameters
    ----------
    scenarios : mapping of str to Scenario, or iterable of Scenario
        Two or more; the first is what the others are compared with.
    uncertain : mapping of str to law, or paths, optional
        What is not known about the first one, as in `ccmsim.uncertainty`.
    measure : str
        One of MEASURES: a total over the reported months.
    replications : int
        Of each practice, at least 30 sets of them.
    inner : int
        Replications of each set, at least 2.
    months, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than two scenarios, a path leads to no number, a law gives an
        impossible value, or a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = doubts(
    ...     {"today": small, "no sickness": ccmsim.ideal.without(small, "sick")},
    ...     {"contact.answer_probability": {"family": "uniform", "low": 0.3, "high": 0.6}},
    ...     months=1,
    ...     replications=60,
    ...     inner=2,
    ... )
    >>> 0.0 <= found.doubts[0].holds.value <= 1.0
    True
    """
    from ccmsim.progress import shown

    practices = named(scenarios)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    if inner < 2:
        raise refuse("inner", "must be at least 2", inner, f"{INNER}")
    sets = replications // inner
    if sets < FEWEST_SETS:
        rule = f"must be at least {FEWEST_SETS} sets of {inner}"
        raise refuse("replications", rule, replications, f"{FEWEST_SETS * inner} or more")
    first = next(iter(practices.values()))
    parameters = parameters_of(first, uncertain)
    shared = {name: _shared(first, one, parameters) for name, one in practices.items()}
    whole = sets * inner * len(practices)
    with shown(progress, whole) as report:
        run = Runs(months, warmup_months, executor, workers, report, whole)
        ran = {
            name: run.sets(
                measure, one, tuple(compress(parameters, shared[name])), seed, range(sets), inner
            )
            for name, one in practices.items()
        }
    draws, years = next(iter(ran.values()))[0], {name: found for name, (_, found) in ran.items()}
    base, *others = years
    return Doubts(
        first=base,
        measure=measure,
        first_month=f"{first.start:%Y-%m}",
        months=months,
        replications=sets * inner,
        inner=inner,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        parameters=parameters,
        own={
            name: own
            for name, one in practices.items()
            if (own := _own(one, parameters, shared[name]))
        },
        doubts=tuple(
            _doubt(name, years[name] - years[base], level, len(others)) for name in others
        ),
        draws=draws,
    )


def _shared(first: Scenario, other: Scenario, parameters: tuple[Parameter, ...]) -> list[bool]:
    """Return of each parameter whether the other practice has the first one's number."""
    return [mean_at(first, item.path) == mean_at(other, item.path) for item in parameters]


def _own(other: Scenario, parameters: tuple[Parameter, ...], shared: list[bool]) -> tuple[str, ...]:
    """Return where the other practice has a number of its own; what it is without is none."""
    return tuple(
        item.path
        for item, same in zip(parameters, shared, strict=True)
        if not same and mean_at(other, item.path) is not None
    )


def _doubt(name: str, years: Floats, level: float, many: int) -> Doubt:
    return Doubt(
        name=name,
        difference=at_once(mean, years.mean(axis=1), many=many, level=level),
        ahead=share_below(-years, 0.0, level=level),
        holds=sets_above(years, level=level),
        share_unknown=variances(years, level=level)["share"],
        years=years,
    )
