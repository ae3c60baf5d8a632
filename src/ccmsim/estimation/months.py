"""Quantiles of single months, whose replications are what is independent.

Comes in: values by replication and month. Goes out: an `Estimate`. Never assumes a law.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.errors import refuse
from ccmsim.estimation.checks import Floats
from ccmsim.estimation.estimate import Estimate, arm, counted
from ccmsim.estimation.means import mean
from ccmsim.estimation.rare import Wanted, known


def month_quantile(values: ArrayLike, q: float, *, level: float = 0.95) -> Estimate:
    """Estimate a quantile of single months, over all months of all replications.

    Months of one replication resemble each other, so they are no sample of their own: the error is
    that of the share of months up to the quantile, taken between replications, and its interval
    around q is read off the empirical distribution (Woodruff).

    Parameters
    ----------
    values : array_like, shape (n, months)
        Replications first.
    q : float
        Probability, between 0 and 1: 0.1 for the one-in-ten bad month.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Estimate
        `standard_error` is NaN. Where too few replications lie beyond q, that end is infinite.

    Notes
    -----
    Measured coverage at level 0.95 for monthly billable shares on a lattice, with vacancies that
    last for months (600 data sets a cell): q = 0.05, 0.1, 0.5 give .933, .895, .980 at n = 20,
    .942, .943, .997 at n = 100, .943, .962, .998 at n = 200.

    Source: Woodruff (1952), JASA 47, 635-646.

    Examples
    --------
    >>> print(month_quantile([[1, 2, 9], [2, 3, 8], [1, 3, 9], [2, 4, 7], [3, 4, 9]], 0.5))
    3.0 (95 %: 2.0 to 7.0)
    """
    table, ordered = _table_of(values)
    value, n = _at(ordered, q), table.shape[0]
    if n == 1:
        return Estimate(value, math.nan, math.nan, math.nan, level, 1, "one replication")
    if ordered[0] == ordered[-1]:
        method = "degenerate: all values equal"
        return Estimate(value, math.nan, value, value, level, n, method)
    below = mean((table <= value).mean(axis=1), level=level)
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, (1.0 + level) / 2.0)) * below.standard_error
    return _read_off(ordered, q, half, level, n)


def known_month_quantile(values: ArrayLike, q: float, wanted: Wanted) -> Estimate:
    """Estimate the same at the level of a look, allowing for what was not seen.

    The share of months up to the quantile has the interval of `ccmsim.estimation.rare.known`;
    `most` is therefore 1.

    Examples
    --------
    >>> print(known_month_quantile(np.ones((400, 3)), 0.5, Wanted(0.1, 0.95, 1.0, looks=5)))
    1 (quantile of months: Woodruff, by replication)
    >>> known_month_quantile(np.ones((20, 3)), 0.05, Wanted(0.1, 0.95, 1.0, looks=5)).low
    -inf
    """
    table, ordered = _table_of(values)
    below = known((table <= _at(ordered, q)).mean(axis=1), wanted)
    return _read_off(ordered, q, arm(below), wanted.at_look, table.shape[0])


def _table_of(values: ArrayLike) -> tuple[Floats, Floats]:
    """Return the months by replication, and all of them in order."""
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        rule, valid = "must be finite months by replication", "shape (n, months)"
        raise refuse("values", rule, table.shape, valid)
    return table, np.sort(table, axis=None)


def _at(ordered: Floats, p: float) -> float:
    """Return the value whose rank reaches p."""
    rank = math.ceil(ordered.size * p - 1e-9)
    return float(ordered[min(max(rank, 1), ordered.size) - 1])


def _read_off(ordered: Floats, q: float, half: float, level: float, n: int) -> Estimate:
    """Return the quantile, its ends where the share is q less and more a half-width."""
    method = "quantile of months: Woodruff, by replication"
    low, high = -math.inf, math.inf
    if q - half > 0.0:
        low = _at(ordered, q - half)
    else:
        method += f"; no lower end with {counted(n, 'replication')}"
    if q + half < 1.0:
        high = _at(ordered, q + half)
    else:
        method += f"; no upper end with {counted(n, 'replication')}"
    return Estimate(_at(ordered, q), math.nan, low, high, level, n, method)
