"""Compare: any number of practices with the same luck, and which of them is best.

Comes in: scenarios and the settings of `simulate`. Goes out: a frozen `Comparison`. More is better
in every measure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import (
    check_level,
    check_measure,
    difference,
    furthest,
    part_of,
    plain_estimate,
    values_of,
)
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import (
    Estimate,
    mean,
    replications_saved,
    share,
    with_the_best,
)
from ccmsim.estimation.comparisons import Less, level_of_pair, may_be_best, plainly
from ccmsim.estimation.estimate import negative
from ccmsim.estimation.together import at_once
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

VERDICTS: Final = ("best", "may be best", "not best")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One of the practices that are compared.

    Parameters
    ----------
    name : str
    mean : Estimate
        Its interval holds by itself.
    to_best_other : Estimate
        Its mean less the best mean among the others: above 0 for the best. The intervals of all
        contenders hold at once; an end is 0 where more cannot be said.
    verdict : str
        One of VERDICTS: "best" where nobody else may be, "not best" where somebody else is.
    """

    name: str
    mean: Estimate
    to_best_other: Estimate
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Duel:
    """Two of the practices, replication by replication.

    Parameters
    ----------
    first, second : str
    difference : Estimate
        First less second; the intervals of all duels hold at once.
    first_wins, second_wins : Estimate
        Share of replications in which one is ahead; what is left of 1 are ties. These intervals
        hold one by one.
    variance_saved : Estimate
        How many times fewer replications the difference needs for having common random numbers.
        No interval where one of the two is constant, or the difference.
    """

    first: str
    second: str
    difference: Estimate
    first_wins: Estimate
    second_wins: Estimate
    variance_saved: Estimate


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Which practice is best, by how much, and how surely.

    Parameters
    ----------
    measure : str
        One of `ccmsim.analyses.factors.MEASURES`.
    first_month : str
    months, replications, seed, warmup_months : int
    level : float
        Coverage of the intervals.
    contenders : tuple of Contender
        In the order given.
    duels : tuple of Duel
        Every two, in the order given.
    """

    measure: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    contenders: tuple[Contender, ...]
    duels: tuple[Duel, ...]

    @property
    def leader(self) -> Contender:
        """The contender with the highest mean; the first of equal ones."""
        return max(self.contenders, key=lambda each: each.mean.value)

    def against_leader(self, name: str) -> tuple[Estimate, Estimate] | None:
        """Return the difference to the leader and the share of replications ahead of it."""
        for duel in self.duels:
            if (duel.first, duel.second) == (name, self.leader.name):
                return duel.difference, duel.first_wins
            if (duel.second, duel.first) == (name, self.leader.name):
                return negative(duel.difference), duel.second_wins
        return None

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (what, first, second): "mean" and "to_best_other" of a contender, with an empty
            second; "difference", "first_wins", "second_wins" and "variance_saved" of a duel.
            Columns value, standard_error, low, high, level, replications and method.
        """
        import pandas as pd

        rows = {}
        for each in self.contenders:
            for what in ("mean", "to_best_other"):
                rows[what, each.name, ""] = getattr(each, what).as_dict()
        for duel in self.duels:
            for what in ("difference", "first_wins", "second_wins", "variance_saved"):
                rows[what, duel.first, duel.second] = getattr(duel, what).as_dict()
        index = pd.MultiIndex.from_tuples(list(rows), names=["what", "first", "second"])
        return pd.DataFrame(list(rows.values()), index=index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "measure", "first_month", "months", "replications", "seed", "warmup_months", "level"
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "contenders": [_plain(each) for each in self.contenders],
            "duels": [_plain(duel) for duel in self.duels],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: every mean, and how far each is from the best of the others."""
        from ccmsim.analyses.compare_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.compare_views import text

        return text(self)


def compare(
    scenarios: Mapping[str, Scenario] | Iterable[Scenario],
    *,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Comparison:
    """Compare practices, each simulated with the same random numbers.

    Where few differences of two practices are not the usual one, no spread is believed: the
    interval is the usual difference and what those seen, and those that were not, may move it, by
    no more than all that could be billed (`ccmsim.estimation.rare.allowing_difference`). What
    happens beneath other luck in fewer than about 3 / n of n replications may be missed; with more
    pairs, whose intervals hold at once, it is more (ten at 0.95: 5.3 / n).

    Parameters
    ----------
    scenarios : mapping of str to Scenario, or iterable of Scenario
        Two or more, each under its own name.
    measure : str
        One of MEASURES: a total over the reported months. More is better.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications; progress is that of all simulations.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Comparison

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than two scenarios, names are not unique, or a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> today = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = compare(
    ...     {"today": today, "twice": today.but({"panel.enrolled_at_start": 40})},
    ...     months=1,
    ...     replications=20,
    ... )
    >>> [each.verdict for each in found.contenders]
    ['not best', 'best']
    """
    contenders = named(scenarios)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    level_of_pair(level, len(contenders))
    if replications < 2:
        raise refuse("replications", "must be at least 2 for a difference", replications, "200")
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    whole, samples, first_month, most = replications * len(contenders), {}, "", 0.0
    with shown(progress, whole) as report:
        for i, (name, scenario) in enumerate(contenders.items()):
            results = simulate(
                scenario, months=months, replications=replications, seed=seed,
                warmup_months=warmup_months, executor=executor, workers=workers,
                progress=part_of(report, i * replications, whole),
            )  # fmt: skip
            samples[name] = values_of(results, measure)
            first_month = first_month or results.months[0]
            most = max(most, furthest(results, measure))
    less = _allowing(list(samples.values()), list(contenders.values()), most or math.inf)
    return Comparison(
        measure=measure, first_month=first_month, months=months, replications=replications,
        seed=seed, warmup_months=warmup_months, level=level,
        contenders=_contenders(samples, level, less), duels=duels_of(samples, level, less),
    )  # fmt: skip


def named(scenarios: Any, field: str = "scenarios") -> dict[str, Scenario]:
    """Return the scenarios by name, refused where a name is there twice or there are too few."""
    valid = 'two scenarios or more, such as {"today": scenario, "pooled": other}'
    try:
        pairs = list(
            scenarios.items()
            if isinstance(scenarios, Mapping)
            else [(each.name, each) for each in scenarios]
        )
    except (AttributeError, TypeError):
        raise refuse(field, "must be scenarios", scenarios, valid) from None
    for _, scenario in pairs:
        check_scenario(scenario)
    names = [str(name) for name, _ in pairs]
    if len(names) < 2:
        raise refuse(field, "must be two or more", names, valid)
    if len(set(names)) < len(names):
        raise refuse(field, "must have different names", names, valid)
    return dict(zip(names, (scenario for _, scenario in pairs), strict=True))


def _allowing(samples: Sequence[Floats], scenarios: Sequence[Scenario], most: float) -> Less:
    """Return differences of practices that allow for what was seen seldom or never."""

    def less(i: int, j: int, *, level: float) -> Estimate:
        pair = (scenarios[i], scenarios[j])
        return difference(samples[i], samples[j], pair, level=level, most=most)

    return less


def _contenders(samples: Mapping[str, Floats], level: float, less: Less) -> tuple[Contender, ...]:
    to_best = with_the_best(list(samples.values()), level=level, less=less)
    may_be = may_be_best(len(samples), less, level=level)
    found = []
    for (name, sample), distance, open_one in zip(samples.items(), to_best, may_be, strict=True):
        verdict = "not best"
        if open_one:
            verdict = "best" if sum(may_be) == 1 else "may be best"
        found.append(
            Contender(
                name=name, mean=mean(sample, level=level), to_best_other=distance, verdict=verdict
            )
        )
    return tuple(found)


def duels_of(
    samples: Mapping[str, Floats], level: float, less: Less | None = None
) -> tuple[Duel, ...]:
    """Return every two samples compared; all differences hold at once with `level`.

    `less` is what estimates a difference, as in `ccmsim.estimation.with_the_best`.

    Examples
    --------
    >>> import numpy as np
    >>> [duel] = duels_of({"a": np.arange(5.0), "b": np.zeros(5)}, 0.95)
    >>> duel.difference.value, duel.first_wins.value
    (2.0, 0.8)
    """
    less = less or plainly(list(samples.values()))
    pairs = list(combinations(enumerate(samples), 2))
    found = []
    for (i, a), (j, b) in pairs:
        first, second = (
            share(int(np.count_nonzero(sign * (samples[a] - samples[b]) > 0.0)), len(samples[a]),
                  level=level)
            for sign in (1.0, -1.0)
        )  # fmt: skip
        found.append(
            Duel(
                first=a,
                second=b,
                difference=at_once(partial(less, i, j), many=len(pairs), level=level),
                first_wins=first,
                second_wins=second,
                variance_saved=replications_saved(samples[a], samples[b], level=level),
            )
        )
    return tuple(found)


def _plain(item: Contender | Duel) -> dict[str, Any]:
    return {
        name: plain_estimate(value) if isinstance(value, Estimate) else value
        for name, value in vars(item).items()
    }
