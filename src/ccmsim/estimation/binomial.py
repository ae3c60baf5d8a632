"""Exact limits of a probability, from how often something happened.

Comes in: counts, which need not be whole. Goes out: the limits of Clopper and Pearson.
Source: Clopper and Pearson (1934), The use of confidence or fiducial limits, Biometrika 26,
404-413.
"""

from __future__ import annotations


def binomial_ends(successes: float, n: float, level: float) -> tuple[float, float]:
    """Return both limits: each is wrong with (1 - level) / 2 at most, at any probability.

    Examples
    --------
    >>> low, high = binomial_ends(1, 100, 0.95)
    >>> round(low, 5), round(high, 4)
    (0.00025, 0.0545)
    """
    from scipy.special import betaincinv

    tail, failures = (1.0 - level) / 2.0, n - successes
    low = float(betaincinv(successes, failures + 1.0, tail)) if successes > 0.0 else 0.0
    high = float(betaincinv(successes + 1.0, failures, 1.0 - tail)) if failures > 0.0 else 1.0
    return low, high


def share_at_most(count: float, n: float, level: float) -> float:
    """Return the upper limit alone, wrong with 1 - level at most.

    Examples
    --------
    >>> round(share_at_most(0, 100, 0.95), 4)
    0.0295
    """
    return binomial_ends(count, n, 2.0 * level - 1.0)[1]
