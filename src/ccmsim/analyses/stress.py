"""Reverse stress test: which disruptions, singly and together, make a year miss its limit.

Comes in: a scenario and the settings of `simulate`, or results. Goes out: a frozen `Stress`: the
mildest combinations after which a year more likely misses than not, with how likely they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
from ccmsim.arrays import Bools, Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, share
from ccmsim.estimation.together import level_of_each
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
    """Time lost to one or two causes, after which a year more likely misses than not.

    Parameters
    ----------
    hours : mapping of str to float
        By cause: so many hours of coordinators or more, lost in the whole time.
    likelihood : Estimate
        Share of years that lose so much.
    misses : Estimate
        Share of these that come out below the limit. Both are of replications that did not choose
        the hours.
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
        A combination's years miss at least so often, as far as half of the replications tell.
    level : float
        Coverage of every interval, one by one.
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
    """Find the mildest disruptions after which a year more likely misses its limit than not.

    Of all years that are simulated, those that lose at least so many hours to a cause, or to two
    causes each, are looked at: the fewest hours, that is the most likely combination, for which the
    share of missing years reaches `given`.

    Parameters
    ----------
    scenario : Scenario
    measure : str
        One of MEASURES: a total over the reported months.
    limit : float
        In the measure's unit: 0 of net is to lose money; a plan is any other number.
    given : float
        How often a combination's years have to miss, between 0 and 1.
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
    those of a search. A combination is kept if the rest do not contradict it: with intervals that
    hold for all combinations at once (Bonferroni) its years surely miss more often than any, and
    not surely less often than `given`. A combination that fewer than 20 of the searched years had
    is not looked at: what is rarer than that takes more replications. What takes no time of
    coordinators (answered calls, drop-outs, denials) is not among the causes.

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
    searched, told = slice(0, None, 2), slice(1, None, 2)
    if missed[searched].mean() >= given:
        return ()
    alone = {
        cause: mildest((lost[searched],), missed[searched], given) for cause, lost in hours.items()
    }
    chosen: dict[tuple[str, ...], tuple[float, ...]] = {
        (cause,): ends for cause, ends in alone.items() if ends is not None
    }
    years = {names[0]: _years(hours, names, ends, searched) for names, ends in chosen.items()}
    for pair in combinations(hours, 2):
        both = (hours[pair[0]][searched], hours[pair[1]][searched])
        ends = mildest(both, missed[searched], given)
        likelier = max(years.get(cause, 0) for cause in pair)
        if ends is not None and _years(hours, pair, ends, searched) > _LIKELIER * likelier:
            chosen[pair] = ends
    found = []
    at_once = level_of_each(level, max(1, len(chosen)))
    for names, ends in chosen.items():
        such = _such([hours[cause][told] for cause in names], ends)
        if not such.any():
            continue
        bad, years_told = int(missed[told][such].sum()), int(such.sum())
        sure = share(bad, years_told, level=at_once)
        if sure.low > missed[told].mean() and sure.high >= given:
            found.append(
                Combination(
                    hours=dict(zip(names, ends, strict=True)),
                    likelihood=share(years_told, such.size, level=level),
                    misses=share(bad, years_told, level=level),
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.likelihood.value, len(each.hours))))


def _such(lost: list[Floats], ends: tuple[float, ...]) -> Bools:
    """Return which years lose at least so much to each cause."""
    rows: Bools = np.all([each >= end for each, end in zip(lost, ends, strict=True)], axis=0)
    return rows


def _years(
    hours: Mapping[str, Floats], names: tuple[str, ...], ends: tuple[float, ...], part: slice
) -> int:
    return int(_such([hours[cause][part] for cause in names], ends).sum())


def mildest(lost: tuple[Floats, ...], missed: Bools, given: float) -> tuple[float, ...] | None:
    """Return the fewest hours of one or two causes after which the share of misses is `given`.

    Fewest are those that most years reach. None where no hours do, or fewer than 20 years do.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> mildest((x,), x >= 80.0, 0.5)
    (62.0,)
    """
    first, *others = lost
    second = others[0] if others else np.ones_like(first)
    best, most = None, _LEAST_YEARS - 1
    for low in _edges(first):
        of_first = first >= low
        if of_first.sum() <= most:
            break
        for other in _edges(second):
            such = of_first & (second >= other)
            years = int(such.sum())
            if years <= most:
                break
            if missed[such].mean() >= given:
                best, most = (float(low), float(other))[: len(lost)], years
                break
    return best


def _edges(lost: Floats) -> Floats:
    """Return the hours that are tried: quantiles of the years that lose any."""
    some = lost[lost > 0.0]
    if some.size == 0:
        return some
    return np.unique(
        np.quantile(some, np.linspace(0.0, 1.0, _GRID, endpoint=False), method="lower")
    )
