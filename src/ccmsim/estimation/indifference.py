"""Indifference: the rate at which paying somebody by volume is as good as doing it oneself.

Comes in: paired totals, one value a replication. Goes out: an `Estimate` of the rate, by the mean,
by a bad year and by the shortfall. Resampling has its own generator with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation.checks import between_0_and_1, finite
from ccmsim.estimation.estimate import Estimate
from ccmsim.estimation.tails import BOOTSTRAP_SEED

RESAMPLES: Final = 400
_HALVINGS: Final = 30

Risk = Callable[[Floats], Floats]
"""What is compared: a number for each row of totals."""


def rates_of_indifference(
    base: ArrayLike,
    before: ArrayLike,
    volume: ArrayLike,
    *,
    tail: float = 0.05,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Estimate the rates at which `before` less rate x `volume` is as good as `base`.

    Parameters
    ----------
    base, before, volume : array_like, shape (n,)
        Paired by replication: totals of the one way, of the other before its fee, and what the fee
        is for, never negative and not all 0.
    tail : float
        A bad year is the `tail` quantile, the shortfall the mean of what lies below.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    dict of str to Estimate
        "mean", "bad_year" and "shortfall": the rate at which these are equal; "premium" and
        "shortfall_premium": how much more than by the mean.

    Notes
    -----
    Each falls as the rate rises, so there is one rate at most; it is found by halving. Intervals
    are percentiles of a bootstrap over replications, all from the same resamples.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 200)
    >>> found = rates_of_indifference(x, 0.5 * x + 1.0, np.ones(200))
    >>> round(found["mean"].value, 2), round(found["bad_year"].value, 2)
    (0.75, 0.98)
    """
    columns = [
        finite(name, values)
        for name, values in (("base", base), ("before", before), ("volume", volume))
    ]
    level, tail, n = between_0_and_1("level", level), between_0_and_1("tail", tail), len(columns[0])
    if any(column.shape != (n,) for column in columns) or n < 2:
        shapes = [column.shape for column in columns]
        raise refuse("volume", "must be paired with base and before", shapes, "two values or more")
    if columns[2].min() < 0.0 or columns[2].max() == 0.0:
        valid = "what is delivered, such as billed patient-months"
        raise refuse("volume", "must not be negative, nor all 0", float(columns[2].min()), valid)
    drawn = np.random.default_rng(BOOTSTRAP_SEED).integers(n, size=(RESAMPLES, n))
    rows = [np.vstack([column[None, :], column[drawn]]) for column in columns]
    rates = {"mean": _by_mean(*rows)}
    rates |= {name: _rates(risk, *rows) for name, risk in _risks(n, tail).items()}
    rates["premium"] = rates["bad_year"] - rates["mean"]
    rates["shortfall_premium"] = rates["shortfall"] - rates["mean"]
    return {name: _estimate(found, level, n) for name, found in rates.items()}


def rate_apart(
    base: ArrayLike,
    first: tuple[ArrayLike, ArrayLike],
    second: tuple[ArrayLike, ArrayLike],
    *,
    level: float = 0.95,
) -> Estimate:
    """Estimate how much higher the rate of indifference by the mean is for the first delivery.

    Parameters
    ----------
    base : array_like, shape (n,)
    first, second : pair of array_like
        Total before the fee, and volume, as `rates_of_indifference` takes them.

    Examples
    --------
    >>> ones = np.ones(4)
    >>> rate_apart(ones, (4.0 * ones, ones), (3.0 * ones, ones)).value
    1.0
    """
    own = finite("base", base)
    pairs = [(finite("before", b), finite("volume", v)) for b, v in (first, second)]
    n = len(own)
    drawn = np.random.default_rng(BOOTSTRAP_SEED).integers(n, size=(RESAMPLES, n))
    drawn = np.vstack([np.arange(n), drawn])
    one, other = (_by_mean(own[drawn], before[drawn], volume[drawn]) for before, volume in pairs)
    return _estimate(one - other, level, n)


def _risks(n: int, tail: float) -> dict[str, Risk]:
    rank = max(int(np.ceil(n * tail - 1e-9)), 1)

    def bad_year(rows: Floats) -> Floats:
        found: Floats = np.partition(rows, rank - 1, axis=1)[:, rank - 1]
        return found

    def shortfall(rows: Floats) -> Floats:
        lowest = np.partition(rows, rank - 1, axis=1)[:, :rank]
        v = lowest[:, -1]
        found: Floats = v + (lowest - v[:, None]).sum(axis=1) / (n * tail)
        return found

    return {"bad_year": bad_year, "shortfall": shortfall}


def _by_mean(base: Floats, before: Floats, volume: Floats) -> Floats:
    rates: Floats = (before.mean(axis=1) - base.mean(axis=1)) / volume.mean(axis=1)
    return rates


def _rates(risk: Risk, base: Floats, before: Floats, volume: Floats) -> Floats:
    """Return for each row the rate at which the risk of before − rate·volume is that of base."""
    target = risk(base)
    mean = _by_mean(base, before, volume)
    spread = 1.0 + np.abs(mean)
    low, high = mean - spread, mean + spread
    for _ in range(_HALVINGS):
        short = risk(before - low[:, None] * volume) < target
        far = risk(before - high[:, None] * volume) > target
        if not (short.any() or far.any()):
            break
        spread = 2.0 * spread
        low, high = np.where(short, mean - spread, low), np.where(far, mean + spread, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        better = risk(before - middle[:, None] * volume) >= target
        low, high = np.where(better, middle, low), np.where(better, high, middle)
    found: Floats = (low + high) / 2.0
    return found


def _estimate(rates: Floats, level: float, n: int) -> Estimate:
    """Return the first as value, with percentiles of the others."""
    value, resampled = float(rates[0]), rates[1:]
    low, high = np.quantile(resampled, (0.5 - level / 2.0, 0.5 + level / 2.0))
    error = float(resampled.std(ddof=1))
    return Estimate(
        value, error, min(float(low), value), max(float(high), value), level, n,
        "percentile bootstrap",
    )  # fmt: skip
