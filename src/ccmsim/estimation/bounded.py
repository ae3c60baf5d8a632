"""Means of numbers between 0 and 1, sure at every look: what limits of risk are judged by.

Comes in: independent values from 0 to 1, such as the share of a replication's months with a loss.
Goes out: an `Estimate` that holds at all sample sizes at once. No law of the values is assumed.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation.checks import between_0_and_1, sample_of
from ccmsim.estimation.estimate import Estimate

STAKES: Final = np.geomspace(0.99, 0.99 / 256.0, 9)
"""Shares of the capital that are staked, the capital being split evenly among them."""

Tally = tuple[Floats, Floats]

_HALVINGS: Final = 32


def bounded_mean(values: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Estimate a mean of values from 0 to 1, with an interval that holds at every look.

    Whoever looks after each replication, as often as wanted, finds an interval without the true
    mean at any of the looks with a probability of at most 1 - `level`.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value a replication, independent, of any law between 0 and 1.
    level : float
        Coverage of all looks together, at least; half of the rest on either side.

    Returns
    -------
    Estimate
        Both ends lie between 0 and 1, and around the estimate; without any event the upper end is
        still above 0.

    Notes
    -----
    A gambler who bets that the mean is above m, with the stake c of the capital, has it multiplied
    by 1 - c + c X / m at each value X. Were the mean m or less it would not grow on average, and
    ever become 1 / error with a probability of at most the error (Ville). Ruled out is each m at
    which several such gamblers, together, have that much. The upper end is that of 1 - X. Source:
    Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B
    86, 1-27. It is wider than an interval for one look: at level 0.95 and 400 replications of 12
    months, 10 % of them bad, 1.8 times.

    Examples
    --------
    >>> print(bounded_mean([0.0] * 200, level=0.95))
    0.000 (95 %: 0.000 to 0.029)
    """
    sample, level = _shares("values", values), between_0_and_1("level", level)
    value, n = float(sample.mean()), sample.size
    goal = math.log(2.0 / (1.0 - level))
    low = _ruled_out(sample, value, goal)
    high = 1.0 - _ruled_out(1.0 - sample, 1.0 - value, goal)
    error = float(sample.std(ddof=1)) / math.sqrt(n) if n > 1 else 0.0
    method = "betting, at every look"
    return Estimate(value, error or math.nan, low, max(high, value), level, n, method)


def is_below(values: ArrayLike, limit: float, tolerance: float, *, error: float) -> bool | None:
    """Return whether a mean of values from 0 to 1 is below a limit, or None as long as open.

    Asked at any number of looks until it answers: a mean of at most limit - tolerance is called too
    high, and one of at least limit + tolerance low enough, with a probability of at most `error`.
    For a mean between, either answer is right.

    Parameters
    ----------
    values : array_like, shape (n,)
        As `bounded_mean` takes them.
    limit : float
        From 0 to below 1. At 0, a single event is too much.
    tolerance : float
        Above 0; on either side no more than half of the way to 0 or 1.
    error : float

    Notes
    -----
    The bets of `bounded_mean`, against the two ends of what is tolerated. With both tolerance and
    error above 0 there is an answer in the end, whatever the mean.

    Examples
    --------
    >>> is_below([0.0] * 100, 0.05, 0.01, error=0.01), is_below([0.0] * 200, 0.05, 0.01, error=0.01)
    (None, True)
    """
    sample, goal = _shares("values", values), -math.log(between_0_and_1("error", error))
    low, high = tolerated(limit, tolerance)
    above = _log_capital(_tally(sample), low) >= goal if low > 0.0 else bool(sample.max() > 0.0)
    below = _log_capital(_tally(1.0 - sample), 1.0 - high) >= goal
    if above and below:
        return float(sample.mean()) <= limit
    return below if below or above else None


def tolerated(limit: float, tolerance: float) -> tuple[float, float]:
    """Return the ends of what is tolerated around a limit.

    Examples
    --------
    >>> tolerated(0.05, 0.01), tolerated(0.01, 0.01)
    ((0.04, 0.060000000000000005), (0.005, 0.02))
    """
    if not 0.0 <= limit < 1.0:
        raise refuse("limit", "must be at least 0 and below 1", limit, "0.05")
    check_tolerance(tolerance)
    return limit - min(tolerance, limit / 2.0), limit + min(tolerance, (1.0 - limit) / 2.0)


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that is none."""
    between_0_and_1("tolerance", tolerance, "a share of months that does not matter, such as 0.01")


def _shares(field: str, values: ArrayLike) -> Floats:
    """Return values, refused where one is not from 0 to 1."""
    sample = sample_of(field, values)
    low, high = float(sample.min()), float(sample.max())
    if low < 0.0 or high > 1.0:
        bad = low if low < 0.0 else high
        raise refuse(field, "must lie between 0 and 1", bad, "shares of months, such as 0.25")
    return sample


def _ruled_out(sample: Floats, value: float, goal: float) -> float:
    """Return up to where the mean can not lie: there the logarithm of the capital is the goal."""
    below, above, tally = 0.0, value, _tally(sample)  # at the sample's own mean no stake wins
    if value <= 0.0:
        return 0.0
    for _ in range(_HALVINGS):
        m = (below + above) / 2.0
        if _log_capital(tally, m) >= goal:
            below = m
        else:
            above = m
    return below


def _tally(sample: Floats) -> Tally:
    """Return the different values, and how often each is there: they are few."""
    kinds, counts = np.unique(sample, return_counts=True)
    return kinds, counts.astype(np.float64)


def _log_capital(tally: Tally, m: float) -> float:
    """Return the logarithm of what 1 has become by bets that the mean is above m."""
    kinds, counts = tally
    grown = np.log1p(STAKES[:, None] * (kinds / m - 1.0)) @ counts
    most = float(grown.max())
    return most + math.log(float(np.exp(grown - most).mean()))
