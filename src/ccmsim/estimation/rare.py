"""What was seen seldom or never: means that are not believed too early, at any of several looks.

Comes in: values, one a replication, and how well their mean is to be known. Goes out: estimates
whose intervals allow for what did not happen, and the replications that they need. Never simulates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation.binomial import share_at_most
from ccmsim.estimation.estimate import Estimate
from ccmsim.estimation.means import SAME_DECIMALS, mean, paired_difference
from ccmsim.estimation.together import level_of_each

FEWEST: Final = 20
"""So many replications must differ from the usual value before their spread is believed."""

STEP: Final = 1.05
"""How many times as many replications are tried next, where their number is searched for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How well a number is to be known.

    Parameters
    ----------
    half_width : float
        Of its interval, at most; in the unit of the values.
    level : float
        Coverage of the last interval, at whichever look it was.
    most : float
        How far apart two values of a replication can be: 100 for points of 100. Infinite where
        nobody knows: what was never seen is then unbounded, and nothing is promised of it.
    looks : int
        How often it is looked at, at most.
    """

    half_width: float
    level: float
    most: float
    looks: int

    @property
    def at_look(self) -> float:
        """Level of one look's interval, so that those of all looks hold at `level`."""
        return level_of_each(self.level, self.looks)

    @property
    def least(self) -> int:
        """Replications below which what did not happen may still matter; 1 without a bound.

        What has a probability of p happens in none of n replications with (1 - p)^n. So many are
        needed that what stays unseen, but for 1 - level, moves the mean by less than the
        half-width, whatever happens then.

        Examples
        --------
        >>> Wanted(0.1, 0.95, 100.0, looks=5).least
        2995
        """
        if self.half_width >= self.most or math.isinf(self.most):
            return 1
        unseen = math.log(1.0 - self.level)
        return math.ceil(unseen / math.log1p(-self.half_width / self.most))

    def unseen(self, n: int) -> float:
        """Return how far what n replications did not see may move the mean; 0 without a bound.

        Examples
        --------
        >>> wanted = Wanted(0.1, 0.95, 100.0, looks=5)
        >>> wanted.unseen(2994) > 0.1 >= wanted.unseen(2995)
        True
        """
        return 0.0 if math.isinf(self.most) else self.most * surely_seen(n, self.level)


def surely_seen(n: int, level: float = 0.95) -> float:
    """Return the probability, a replication, of what n replications see at least once at `level`.

    Examples
    --------
    >>> round(surely_seen(100), 4), round(surely_seen(1_000), 4)
    (0.0295, 0.003)
    """
    return -math.expm1(math.log(1.0 - level) / n)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sample shows beside its usual value.

    Parameters
    ----------
    usual : float
        The middle one in order: where most are equal, the commonest.
    differ : int
        Values that are another.
    furthest : float
        How far from the usual one a value lies at most.
    """

    usual: float
    differ: int
    furthest: float


def seen_in(values: Floats) -> Seen:
    """Return what a sample shows beside its usual value.

    Examples
    --------
    >>> seen_in(np.array([0.0, 0.0, -3.0, 0.0, 5.0]))
    Seen(usual=0.0, differ=2, furthest=5.0)
    """
    middle = (values.size - 1) // 2
    usual = float(np.partition(values, middle)[middle])
    furthest = float(max(values.max() - usual, usual - values.min()))
    return Seen(usual, int(np.count_nonzero(values != usual)), furthest)


def known(values: Floats, wanted: Wanted) -> Estimate:
    """Estimate a mean at the level of a look, allowing for what was not seen.

    Where fewer than FEWEST values differ from the usual one the spread is not believed: the
    interval is what is certain, the usual value and, on either side, `most` times the upper
    limit of the share that differ (Clopper and Pearson). It has no ends where `most` is infinite.
    Otherwise it is that of `mean`, and no arm shorter than what stayed unseen may move it.

    Examples
    --------
    >>> print(known(np.zeros(6_000), Wanted(0.1, 0.95, 100.0, looks=5)))
    0.000 (99 %: -0.077 to 0.077)
    """
    return allowing(mean(values, level=wanted.at_look), seen_in(values), wanted)


def allowing(found: Estimate, seen: Seen, wanted: Wanted) -> Estimate:
    """Return an estimate with the interval that `known` has, for what its replications show."""
    if seen.differ < FEWEST:
        share = share_at_most(seen.differ, found.replications, wanted.at_look)
        end = max(wanted.most, seen.furthest) * share
        return _by_share(found, seen, end, wanted.at_look)
    end = wanted.unseen(found.replications)
    low, high = min(found.low, found.value - end), max(found.high, found.value + end)
    if (low, high) == (found.low, found.high):
        return found
    return replace(found, low=low, high=high, method=f"{found.method}, and what was not seen")


def _by_share(found: Estimate, seen: Seen, end: float, level: float) -> Estimate:
    """Return the usual value, and how far at most those that differ move it, as an estimate."""
    how = "too few to believe" if math.isinf(end) else "bounds by their share"
    return replace(
        found,
        standard_error=found.standard_error if seen.differ > 1 else math.nan,
        low=seen.usual - end,
        high=seen.usual + end,
        level=level,
        method=f"{seen.differ} of {found.replications:,} differ from the usual: {how}",
    )


def allowing_difference(a: Floats, b: Floats, *, most: float, level: float = 0.95) -> Estimate:
    """Estimate E[a - b], not believing the spread where only few differences are not the usual one.

    Parameters
    ----------
    a, b : ndarray, shape (n,)
        Paired by replication.
    most : float
        How far apart two differences can lie, in the unit of the values, 0 or more; infinite where
        nobody knows. What was seen further apart counts as seen.
    level : float
        Nominal coverage, between 0 and 1; of one look.

    Returns
    -------
    Estimate
        That of `paired_difference`, unless fewer than FEWEST differences, and fewer than half of
        them, differ from the middle one. Then it is what is certain, the usual difference and on
        either side what may move it: no event that was seen seldom or never makes a difference
        look surer than it is. One replication has no error (NaN).

    Notes
    -----
    The share that differ has the upper limit s (Clopper and Pearson), and the share that lie
    further away than the furthest seen, f, has the upper limit u (`surely_seen`): either is
    exceeded with half of 1 - level. Then the mean lies within f s + (most - f) u of the usual one.

    An event beneath other luck, where most differences differ anyway, is not told from it: what
    happens in fewer than `surely_seen` of the replications may then be missed.

    Examples
    --------
    >>> print(allowing_difference(np.full(50, 7.0), np.zeros(50), most=1_000.0))
    7 (95 %: -64 to 78)
    >>> print(allowing_difference(np.arange(50.0), np.zeros(50), most=1_000.0))
    24.5 ± 4.1 (95 %)
    """
    found, seen = paired_difference(a, b, level=level), seen_in(np.round(a - b, SAME_DECIMALS))
    n = found.replications
    if n == 1 or believed(a - b):
        return found
    each = level_of_each(level, 2)
    end = seen.furthest * share_at_most(seen.differ, n, each)
    end += max(most - seen.furthest, 0.0) * surely_seen(n, each)
    return _by_share(found, seen, end, level)


def believed(differences: Floats) -> bool:
    """Return whether the spread of differences is believed, not what is certain alone.

    It is where at least FEWEST of them, or half, differ from the usual one.

    Examples
    --------
    >>> believed(np.arange(50.0)), believed(np.array([0.0] * 49 + [1.0]))
    (True, False)
    """
    seen = seen_in(np.round(differences, SAME_DECIMALS))
    return seen.differ >= min(FEWEST, differences.size / 2.0)


def allowing_shift(
    found: Estimate, a: Floats, b: Floats, q: float, *, most: float, level: float = 0.95
) -> Estimate:
    """Return a difference of quantiles, not believing the resamples where few differences differ.

    Parameters
    ----------
    found : Estimate
        Quantile of a less that of b, by resampled replications.
    a, b : ndarray, shape (n,)
        Paired by replication.
    q : float
        Probability of the quantiles, between 0 and 1.
    most : float
        As in `allowing_difference`.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Estimate
        `found`, unless few differences differ as in `allowing_difference`. Then the interval is as
        wide, too, as those that differ may make it. Without an interval it stays so.

    Notes
    -----
    Where a share s of differences is not the usual one, the quantile of a, less the usual
    difference, lies between those of b at q - s and at q + s. The upper limit of s is that of
    Clopper and Pearson, and so many values of b lie between two of these quantiles at most, by the
    binomial law; either is exceeded with half of 1 - level. Beyond the first and the last value
    there is `most`.

    Examples
    --------
    >>> from ccmsim.estimation.estimate import exactly
    >>> years, none = np.arange(100.0), exactly(0.0, level=0.95, replications=100)
    >>> print(allowing_shift(none, years, years, 0.1, most=1_000.0))
    0.0 (95 %: -8.0 to 8.0)
    """
    if math.isnan(found.low) or believed(a - b):
        return found
    seen = seen_in(np.round(a - b, SAME_DECIMALS))
    from scipy.special import bdtrik

    n, each = b.size, level_of_each(level, 2)
    between = math.ceil(float(bdtrik(each, n, share_at_most(seen.differ, n, each))))
    ordered, at = np.sort(b), math.ceil(n * q - 1e-9) - 1
    furthest = max(most, seen.furthest)
    low = float(ordered[at - between] - ordered[at]) if between <= at else -furthest
    high = float(ordered[at + between] - ordered[at]) if at + between < n else furthest
    return replace(
        found,
        standard_error=math.nan,
        low=min(found.value, found.low, seen.usual + low),
        high=max(found.value, found.high, seen.usual + high),
        method=f"{found.method}; {seen.differ} of {n:,} differ from the usual",
    )


def takes(n: int, seen: Seen, width: float, wanted: Wanted) -> float:
    """Return the replications that a mean takes, were the next ones like these; may be infinite.

    Parameters
    ----------
    n : int
        Replications that there are.
    seen : Seen
        What they show.
    width : float
        Of the interval by their spread: an arm, or half of it. It shrinks with their square root.
    wanted : Wanted

    Examples
    --------
    >>> takes(100, Seen(0.0, 50, 1.0), 2.0, Wanted(1.0, 0.95, math.inf, looks=5))
    400.0
    >>> takes(100, Seen(0.0, 2, 1.0), 2.0, Wanted(1.0, 0.95, math.inf, looks=5))
    1000.0
    """
    if seen.differ >= FEWEST:
        return n * (width / wanted.half_width) ** 2
    return _until_enough(seen.differ / n, n, wanted)


def _until_enough(rate: float, n: int, wanted: Wanted) -> float:
    """Return replications until FEWEST differ, or so few of so many that they cannot matter."""
    enough = FEWEST / rate if rate > 0.0 else math.inf
    more = math.inf if math.isinf(wanted.most) else float(n)
    while more < enough:
        differ = rate * more + math.sqrt(rate * more)  # as many as there may well be
        if wanted.most * share_at_most(differ, more, wanted.at_look) <= wanted.half_width:
            return more
        more *= STEP
    return enough
