"""Reverse stress test: which disruptions, singly and together, make a year miss its limit.

Comes in: a scenario and the settings of `simulate`, or results. Goes out: a frozen `Stress`: the
mildest combinations after which a year surely misses as often as asked, with how likely they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import (
    check_level,
    check_limit,
    check_measure,
    plain_estimate,
    table_of,
    values_of,
)
from ccmsim.arrays import Bools, Floats, Ints
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, share
from ccmsim.estimation.binomial import binomial_ends
from ccmsim.estimation.together import as_one_of, level_of_each
from ccmsim.scenario.model import Scenario
from ccmsim.variables import coordinates
from ccmsim.wording import stretch

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

FEWEST: Final = 400
_LEAST_YEARS: Final = 20
_GRID: Final = 40
_LIKELIER: Final = 1.25


@dataclass(frozen=True, slots=True)
class Combination:
    """Time lost to one or two causes, after which a year surely misses as often as asked.

    Parameters
    ----------
    hours : mapping of str to float
        By cause: so many hours of coordinators or more, lost in the whole time.
    likelihood : Estimate
        Share of years that lose so much.
    misses : Estimate
        Share of these that come out below the limit; its lower end is `given` or more. Both are of
        replications that did not choose the hours.
    """

    hours: Mapping[str, float]
    likelihood: Estimate
    misses: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class Stress:
    """What it takes to miss.

    Parameters
    ----------
    scenario, measure, first_month : str
    months, replications, seed, warmup_months : int
    limit : float
        In the measure's unit.
    given : float
        A combination's years miss at least so often.
    level : float
        Coverage: of the combinations' `misses` all at once (Bonferroni, Clopper and Pearson), so
        that with this probability no combination is listed wrongly; of the other intervals one by
        one.
    misses : Estimate
        Share of all years that come out below the limit.
    combinations : tuple of Combination
        The likeliest first; of two causes only where that is likelier by a quarter than
        either alone.
    hours : mapping of str to ndarray, shape (replications,)
        Lost hours by cause.
    missed : ndarray of bool, shape (replications,)
    """

    scenario: str
    measure: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    limit: float
    given: float
    level: float
    misses: Estimate
    combinations: tuple[Combination, ...]
    hours: Mapping[str, Floats]
    missed: Bools

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (combination, number), numbers "likelihood" and "misses", and the row ("any year",
            "misses"), or whatever so many months are called. Columns value, standard_error, low,
            high, level, replications and method.
        """
        numbers = {(f"any {stretch(self.months)}", "misses"): self.misses}
        for found in self.combinations:
            numbers[words(found), "likelihood"] = found.likelihood
            numbers[words(found), "misses"] = found.misses
        return table_of(numbers, ["combination", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all but the arrays as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "measure", "first_month", "months", "replications", "seed",
            "warmup_months", "limit", "given", "level",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "misses": plain_estimate(self.misses),
            "combinations": [
                {
                    "hours": dict(found.hours),
                    "likelihood": plain_estimate(found.likelihood),
                    "misses": plain_estimate(found.misses),
                }
                for found in self.combinations
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: years by the time lost to the two causes of the mildest combination."""
        from ccmsim.analyses.stress_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.stress_views import text

        return text(self)


def words(found: Combination) -> str:
    """Return a combination in words, such as "vacancy 300 h or more"."""
    return " and ".join(f"{cause} {hours:,.0f} h" for cause, hours in found.hours.items())


def stress(
    scenario: Scenario,
    *,
    measure: str = "net_usd",
    limit: float = 0.0,
    given: float = 0.5,
    months: int = 12,
    replications: int = 4_000,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Stress:
    """Find the mildest disruptions after which a year surely misses its limit often enough.

    Of all years that are simulated, those that lose at least so many hours to a cause, or to two
    causes each, are looked at: the fewest hours, that is the most likely combination, for which the
    share of missing years surely reaches `given`.

    Parameters
    ----------
    scenario : Scenario
    measure : str
        One of MEASURES: a total over the reported months.
    limit : float
        In the measure's unit: 0 of net is to lose money; a plan is any other number.
    given : float
        How often a combination's years have to miss, between 0 and 1: at 0.5 a year more likely
        misses than not.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 400 replications.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    Hours are chosen in every other replication and told from the rest, so that the shares are not
    those of a search. In either half the share of years that miss has to be surely `given` or more:
    the lower limits of Clopper and Pearson, of all combinations at once (Bonferroni), reach it.
    With probability `level` at least, the years of every combination that is listed miss so often.
    What is milder may do so, too: more replications can tell it. A combination that fewer than 20
    of the searched years had is not looked at. What takes no time of coordinators (answered calls,
    drop-outs, denials) is not among the causes.

    Examples
    --------
    >>> import ccmsim
    >>> found = stress(ccmsim.load("perfect"), months=1, replications=400)
    >>> found.misses.value, found.combinations
    (0.0, ())
    """
    from ccmsim.montecarlo import simulate

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    _check(measure, limit, given, replications)
    results = simulate(
        scenario, months=months, replications=replications, seed=seed,
        warmup_months=warmup_months, executor=executor, workers=workers, progress=progress,
    )  # fmt: skip
    return stress_of(results, measure=measure, limit=limit, given=given, level=level)


def _check(measure: str, limit: float, given: float, replications: int) -> None:
    """Raise `InputError` for what has no meaning here."""
    check_measure(measure)
    check_limit(limit)
    if not 0.0 < given < 1.0:
        raise refuse("given", "must lie between 0 and 1", given, "a number such as 0.5")
    if replications < FEWEST:
        raise refuse("replications", f"must be at least {FEWEST} here", replications, "4000")


def stress_of(
    results: Results,
    *,
    measure: str = "net_usd",
    limit: float = 0.0,
    given: float = 0.5,
    level: float = 0.95,
) -> Stress:
    """Return what `stress` does, of results that are there already."""
    check_level(level)
    _check(measure, limit, given, results.replications)
    lost = results.values["lost_minutes"].astype(np.float64).sum(axis=1) / 60.0
    causes = coordinates()["cause"]
    hours = {cause: lost[:, c] for c, cause in enumerate(causes) if lost[:, c].any()}
    missed: Bools = values_of(results, measure) < limit
    return Stress(
        scenario=results.scenario.name,
        measure=measure,
        first_month=results.months[0],
        months=len(results.months),
        replications=results.replications,
        seed=results.seed,
        warmup_months=results.warmup_months,
        limit=float(limit),
        given=given,
        level=level,
        misses=share(int(missed.sum()), missed.size, level=level),
        combinations=combinations_of(hours, missed, given, level),
        hours=hours,
        missed=missed,
    )


def combinations_of(
    hours: Mapping[str, Floats], missed: Bools, given: float, level: float
) -> tuple[Combination, ...]:
    """Return the mildest combinations, the likeliest first; none where any year is one."""
    if missed.mean() >= given:
        return ()
    searched, told = slice(0, None, 2), slice(1, None, 2)
    chosen = _chosen(
        {cause: lost[searched] for cause, lost in hours.items()}, missed[searched], given, level
    )
    found = []
    for names, ends in chosen.items():
        such = _such([hours[cause][told] for cause in names], ends)
        if not such.any():
            continue
        misses = _misses(int(missed[told][such].sum()), int(such.sum()), len(chosen), level)
        if misses.low >= given:
            found.append(
                Combination(
                    hours=dict(zip(names, ends, strict=True)),
                    likelihood=share(int(such.sum()), such.size, level=level),
                    misses=misses,
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.likelihood.value, len(each.hours))))


def _chosen(
    hours: Mapping[str, Floats], missed: Bools, given: float, level: float
) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Return the mildest hours of each cause, and of two where these are likelier by a quarter."""
    pairs = list(combinations(hours, 2))
    each = level_of_each(level, max(1, len(hours) + len(pairs)))
    alone = {cause: mildest((lost,), missed, given, each) for cause, lost in hours.items()}
    chosen: dict[tuple[str, ...], tuple[float, ...]] = {
        (cause,): ends for cause, ends in alone.items() if ends is not None
    }
    years = {names[0]: int(_such([hours[names[0]]], ends).sum()) for names, ends in chosen.items()}
    for pair in pairs:
        both = hours[pair[0]], hours[pair[1]]
        ends = mildest(both, missed, given, each)
        likelier = max(years.get(cause, 0) for cause in pair)
        if ends is not None and _such(list(both), ends).sum() > _LIKELIER * likelier:
            chosen[pair] = ends
    return chosen


def _misses(bad: int, years: int, many: int, level: float) -> Estimate:
    """Return the share of years that miss, by exact limits of `many` such shares at once."""
    low, high = binomial_ends(bad, years, level_of_each(level, many))
    found = replace(share(bad, years), low=low, high=high, method="Clopper-Pearson")
    return as_one_of(found, level=level, note=f"{many} at once (Bonferroni)")


def _such(lost: list[Floats], ends: tuple[float, ...]) -> Bools:
    """Return which years lose at least so much to each cause."""
    rows: Bools = np.all([each >= end for each, end in zip(lost, ends, strict=True)], axis=0)
    return rows


def mildest(
    lost: tuple[Floats, ...], missed: Bools, given: float, level: float
) -> tuple[float, ...] | None:
    """Return the fewest hours of one or two causes after which the share of misses is `given`.

    Fewest are those that most years reach. The lower limit of the share, that of Clopper and
    Pearson at `level`, has to reach `given`. None where no hours do, or fewer than 20 years.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> mildest((x,), x >= 80.0, 0.5, 0.95)
    (72.0,)
    """
    first, *others = lost
    second = others[0] if others else np.ones_like(first)
    edges, enough = _edges(second), _enough(first.size, given, level)
    best, most = None, _LEAST_YEARS - 1
    for low in _edges(first):
        rows = first >= low
        order = np.argsort(second[rows])
        years = order.size - np.searchsorted(second[rows][order], edges)
        bad = np.append(np.cumsum(missed[rows][order][::-1])[::-1], 0)[order.size - years]
        found = (years > most) & (bad >= enough[years])
        if found.any():
            k = int(np.argmax(found))
            best, most = (float(low), float(edges[k]))[: len(lost)], int(years[k])
    return best


@lru_cache(maxsize=8)
def _enough(most: int, given: float, level: float) -> Ints:
    """Return for 0 to `most` years the fewest misses whose lower limit reaches `given`.

    So many happen with a tail of the level at most, were the share `given`.
    """
    from scipy.special import bdtrik

    tail = (1.0 - level) / 2.0
    fewest = np.ceil(bdtrik(1.0 - tail, np.arange(1.0, most + 1.0), given)).astype(np.int64) + 1
    return np.append(1, fewest)


def _edges(lost: Floats) -> Floats:
    """Return the hours that are tried: quantiles of the years that lose any."""
    some = lost[lost > 0.0]
    if some.size == 0:
        return some
    return np.unique(
        np.quantile(some, np.linspace(0.0, 1.0, _GRID, endpoint=False), method="lower")
    )
