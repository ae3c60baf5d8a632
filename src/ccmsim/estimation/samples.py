"""What a measure is estimated from: the values of each replication, and what is asked of them.

Comes in: arrays with one value, or one row of months, a replication. Goes out: an `Estimate` as if
the number of replications had been fixed before, one that holds at whichever look was the last, and
how many replications that one takes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation.binomial import binomial_ends
from ccmsim.estimation.estimate import Estimate, negative
from ccmsim.estimation.means import mean, probability_below, ratio_of_means
from ccmsim.estimation.months import known_month_quantile, month_quantile
from ccmsim.estimation.rare import STEP, Seen, Wanted, allowing, known, seen_in, takes
from ccmsim.estimation.tails import quantile


class Sample(Protocol):
    """Values of replications, and what is asked of them."""

    @property
    def most(self) -> float:
        """How far apart two replications can lie, as `Wanted.most`; infinite if nobody knows."""
        ...

    def estimate(self, level: float) -> Estimate:
        """Return the estimate of a number of replications that was fixed before."""
        ...

    def known(self, wanted: Wanted) -> Estimate:
        """Return the estimate at the level of a look, allowing for what was not seen."""
        ...

    def takes(self, wanted: Wanted) -> float:
        """Return the replications that `known` takes, as these tell; may be infinite."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class MeanOf:
    """A mean; values of shape (n,)."""

    values: Floats
    most: float = math.inf

    def estimate(self, level: float) -> Estimate:
        """Return `ccmsim.estimation.mean`."""
        return mean(self.values, level=level)

    def known(self, wanted: Wanted) -> Estimate:
        """Return `ccmsim.estimation.rare.known`."""
        return known(self.values, wanted)

    def takes(self, wanted: Wanted) -> float:
        """Return what the spread takes, and what may not have been seen."""
        width = mean(self.values, level=wanted.at_look).half_width
        more = takes(self.values.size, seen_in(self.values), width, wanted)
        return max(more, wanted.least)


@dataclass(frozen=True, slots=True, eq=False)
class RatioOf:
    """A ratio of means; both of shape (n,), the second not negative.

    `apart` is how far apart two replications' ratios can be: 1 for a share.
    """

    top: Floats
    bottom: Floats
    apart: float = math.inf

    @property
    def most(self) -> float:
        """How far a replication can move the ratio, as often as it weighs."""
        mean_bottom = float(self.bottom.mean())
        return self.apart * float(self.bottom.max()) / mean_bottom if mean_bottom else math.inf

    def estimate(self, level: float) -> Estimate:
        """Return `ratio_of_means`; no number where there is nothing to divide by."""
        if not self.bottom.any():
            nothing = "no value: nothing to divide by"
            return Estimate(
                math.nan, math.nan, math.nan, math.nan, level, self.bottom.size, nothing
            )
        return ratio_of_means(self.top, self.bottom, level=level)

    def known(self, wanted: Wanted) -> Estimate:
        """Return the ratio as `ccmsim.estimation.rare.known` does a mean."""
        found = self.estimate(wanted.at_look)
        return allowing(found, self._seen(), wanted) if self.bottom.any() else found

    def takes(self, wanted: Wanted) -> float:
        """Return what the spread takes, and what may not have been seen."""
        if not self.bottom.any():
            return math.inf
        width = self.estimate(wanted.at_look).half_width
        return max(takes(self.bottom.size, self._seen(), width, wanted), wanted.least)

    def _seen(self) -> Seen:
        """Return what the replications' own ratios show, weighed like the ratio of means."""
        there = self.bottom > 0.0
        seen = seen_in(self.top[there] / self.bottom[there])
        away = np.abs(self.top - seen.usual * self.bottom).max() / self.bottom.mean()
        return Seen(seen.usual, seen.differ, float(away))


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityOf:
    """The probability of a value below a limit; values of shape (n,)."""

    values: Floats
    limit: float
    most: float = 1.0

    def estimate(self, level: float) -> Estimate:
        """Return `probability_below`: Wilson."""
        return probability_below(self.values, self.limit, level=level)

    def known(self, wanted: Wanted) -> Estimate:
        """Return the exact interval of Clopper and Pearson: it covers at any probability."""
        found, n = self.estimate(wanted.at_look), self.values.size
        low, high = binomial_ends(self._count(), n, wanted.at_look)
        return Estimate(
            found.value, found.standard_error, low, high, wanted.at_look, n, "Clopper-Pearson"
        )

    def takes(self, wanted: Wanted) -> float:
        """Return the first number, in steps of a twentieth, at which the share is narrow enough."""
        share, n = self._count() / self.values.size, 2.0
        while True:
            low, high = binomial_ends(share * n, n, wanted.at_look)
            if high - low <= 2.0 * wanted.half_width:
                return n
            n *= STEP

    def _count(self) -> int:
        return int(np.count_nonzero(self.values < self.limit))


@dataclass(frozen=True, slots=True, eq=False)
class QuantileOf:
    """A quantile, or its negative; values of shape (n,)."""

    values: Floats
    q: float
    negated: bool = False
    most: float = math.inf

    def estimate(self, level: float) -> Estimate:
        """Return `quantile`: order statistics."""
        found = quantile(self.values, self.q, level=level)
        return negative(found) if self.negated else found

    def known(self, wanted: Wanted) -> Estimate:
        """Return the same at a look: order statistics cover whatever the law, seen or not."""
        return self.estimate(wanted.at_look)

    def takes(self, wanted: Wanted) -> float:
        """Return what the width takes; infinite where an end does not exist."""
        return _by_width(self.known(wanted), wanted)


@dataclass(frozen=True, slots=True, eq=False)
class MonthQuantileOf:
    """A quantile of single months; values of shape (n, months)."""

    values: Floats
    q: float
    most: float = 1.0
    """Of the share of months up to the quantile, by which it is told."""

    def estimate(self, level: float) -> Estimate:
        """Return `month_quantile`: Woodruff, between replications."""
        return month_quantile(self.values, self.q, level=level)

    def known(self, wanted: Wanted) -> Estimate:
        """Return the same at a look, allowing for what was not seen."""
        return known_month_quantile(self.values, self.q, wanted)

    def takes(self, wanted: Wanted) -> float:
        """Return what the width takes; infinite where an end does not exist."""
        return _by_width(self.known(wanted), wanted)


def _by_width(found: Estimate, wanted: Wanted) -> float:
    """Return the replications that an interval takes whose width goes with their square root."""
    return found.replications * (found.half_width / wanted.half_width) ** 2
