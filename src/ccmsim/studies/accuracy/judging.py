"""Judging an interval: how often it holds what it claims to hold, and how sure that count is.

Comes in: trials with a known truth. Goes out: a `Measured` for each number that they estimate.
Nothing is repeated until it looks well: seeds follow from the names of the cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.binomial import binomial_ends

SURE: Final = 0.99
"""Level of the intervals of the measuring itself."""

FEWEST: Final = 5
"""Data sets of a case at least, however small the share of them that is asked for."""

Generator = np.random.Generator
Found = Mapping[str, Estimate | bool]
"""What a trial gives: estimates, or whether what was promised came true."""
Trial = Callable[..., Found]
"""From a generator."""


@dataclass(frozen=True)
class Count:
    """How many of the data sets' intervals contained the truth."""

    hits: int
    sets: int

    @property
    def share(self) -> float:
        """Hits of all data sets."""
        return self.hits / self.sets

    def below(self, floor: float, *, false_alarm: float = 1e-6) -> bool:
        """Whether the coverage is under `floor`, with at most `false_alarm` of being wrong."""
        from scipy.special import bdtr

        return bool(bdtr(self.hits, self.sets, floor) < false_alarm)

    def above(self, ceiling: float, *, false_alarm: float = 1e-6) -> bool:
        """Whether the coverage is over `ceiling`, with at most `false_alarm` of being wrong."""
        from scipy.special import bdtrc

        over = 1.0 if self.hits == 0 else float(bdtrc(self.hits - 1, self.sets, ceiling))
        return over < false_alarm

    def ends(self, level: float = SURE) -> tuple[float, float]:
        """Return the limits of Clopper and Pearson.

        Examples
        --------
        >>> tuple(round(end, 3) for end in Count(950, 1000).ends())
        (0.929, 0.966)
        """
        return binomial_ends(self.hits, self.sets, level)


def covered(estimates: Iterable[Estimate], truth: float) -> Count:
    """Count the intervals that contain the truth."""
    inside = [estimate.low <= truth <= estimate.high for estimate in estimates]
    return Count(sum(inside), len(inside))


def resolved(floor: float, sets: int, *, false_alarm: float = 1e-6) -> float:
    """Return the highest coverage that `Count.below(floor)` catches with 99 % probability."""
    from scipy import stats

    most = stats.binom.ppf(false_alarm, sets, floor) - 1
    return float(stats.beta.ppf(0.01, most + 1, sets - most))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of interval, on data of one law.

    Parameters
    ----------
    what : str
        What is estimated, and the law.
    n : int
        Size of a data set.
    trial : callable
        Draws a data set and estimates.
    truths : mapping of str to float
        What each estimate should contain; empty for a promise.
    sets : int
        Data sets.
    level : float
        What is stated of each interval, or of the promise.
    at_least : bool
        Whether the stated coverage is a lower bound.
    """

    what: str
    n: int
    trial: Trial
    truths: Mapping[str, float]
    sets: int
    level: float = 0.95
    at_least: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How often an interval holds, and how far its estimate leans.

    Parameters
    ----------
    what : str
    n : int
        Size of a data set.
    stated : float
    at_least : bool
        Whether `stated` is a lower bound.
    hits, sets : int
    bias, bias_arm : float
        Mean of the estimates less the truth, and half the width of its interval of level SURE, both
        in standard deviations of one estimate; NaN where nothing can lean.
    """

    what: str
    n: int
    stated: float
    at_least: bool
    hits: int
    sets: int
    bias: float
    bias_arm: float

    @property
    def count(self) -> Count:
        """The hits as a count."""
        return Count(self.hits, self.sets)

    @property
    def verdict(self) -> str:
        """Whether the interval holds what it claims, as far as the data sets tell."""
        low, high = self.count.ends()
        if high < self.stated:
            return f"short by {100.0 * (self.stated - self.count.share):.1f} points"
        if low > self.stated and not self.at_least:
            return f"wide by {100.0 * (self.count.share - self.stated):.1f} points"
        return "holds"

    @property
    def leans(self) -> bool:
        """Whether the estimate is biased for certain."""
        return abs(self.bias) > self.bias_arm

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self) | {"verdict": self.verdict}


def measured(case: Case, *, share: float = 1.0) -> list[Measured]:
    """Run the trials of a case.

    Parameters
    ----------
    case : Case
    share : float
        Of the case's data sets that are drawn; the first ones.

    Examples
    --------
    >>> from ccmsim.estimation import mean
    >>> toss = Case(
    ...     what="mean of a uniform",
    ...     n=50,
    ...     trial=lambda rng: {"": mean(rng.uniform(size=50))},
    ...     truths={"": 0.5},
    ...     sets=300,
    ... )
    >>> [found] = measured(toss)
    >>> found.verdict, found.leans
    ('holds', False)
    """
    sets = max(min(FEWEST, case.sets), round(share * case.sets))
    rng = np.random.default_rng([crc32(f"{case.what}, {case.n}".encode()), case.n])
    hits: dict[str, int] = {}
    values: dict[str, list[float]] = {}
    for _ in range(sets):
        for name, found in case.trial(rng).items():
            if isinstance(found, Estimate):
                truth = case.truths[name]
                values.setdefault(name, []).append(found.value)
                found = found.low <= truth <= found.high
            hits[name] = hits.get(name, 0) + bool(found)
    return [
        Measured(
            what=f"{case.what}{': ' if name else ''}{name}",
            n=case.n,
            stated=case.level,
            at_least=case.at_least,
            hits=count,
            sets=sets,
            **_bias(np.array(values.get(name, [])), case.truths.get(name, np.nan)),
        )
        for name, count in hits.items()
    ]


def _bias(values: Floats, truth: float) -> dict[str, float]:
    """Return how far the values lean, and how sure that is."""
    from scipy.special import ndtri

    spread = float(values.std(ddof=1)) if values.size > 1 and np.isfinite(values).all() else 0.0
    if not spread > 0.0:
        return {"bias": float("nan"), "bias_arm": float("nan")}
    arm = float(ndtri((1.0 + SURE) / 2.0)) / np.sqrt(values.size)
    return {"bias": (float(values.mean()) - truth) / spread, "bias_arm": float(arm)}
