"""Intervals from a likelihood: the profile's crossing, and the curvature at the maximum.

Comes in: a log-likelihood, or half of what lies above a cut. Goes out: ends of intervals, errors.
Knows no model and maximises nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation.estimate import Estimate

CURVATURE: str = "maximum likelihood, observed information"


def deviate(level: float) -> float:
    """Return the two-sided quantile of the normal law.

    Examples
    --------
    >>> round(deviate(0.95), 3)
    1.96
    """
    from scipy.special import ndtri

    return float(ndtri((1.0 + level) / 2.0))


def cut(level: float) -> float:
    """Return the quantile of chi-squared with one degree of freedom.

    Examples
    --------
    >>> round(cut(0.95), 2)
    3.84
    """
    return deviate(level) ** 2


def crossing(above: Callable[[float], float], start: float, step: float) -> float:
    """Return the first crossing of zero from `start`, where `above` is negative, in steps.

    Examples
    --------
    >>> round(crossing(lambda x: x * x - 2.0, 0.0, 0.5), 6)
    1.414214
    """
    from scipy.optimize import brentq

    inside, outside = start, start + step
    while above(outside) < 0.0:
        inside, outside = outside, outside + step
    return float(brentq(above, inside, outside, xtol=1e-10))


def covariance(
    log_likelihood: Callable[[Floats], float], at: Sequence[float], step: float = 1e-3
) -> Floats:
    """Return the inverse of the observed information, by central differences.

    Parameters
    ----------
    log_likelihood : callable
        Of an array of parameters.
    at : sequence of float, shape (p,)
        Where it is largest.
    step : float
        Step of the differences, in the parameters' own units.

    Returns
    -------
    ndarray, shape (p, p)
        NaN throughout where the curvature is that of no maximum.

    Examples
    --------
    >>> covariance(lambda x: float(-2.0 * x[0] ** 2), [0.0]).round(6)
    array([[0.25]])
    """
    centre = np.asarray(at, dtype=np.float64)
    p = centre.size
    information = np.empty((p, p))
    steps = step * np.eye(p)
    for i in range(p):
        for j in range(i, p):
            corners = (
                sign * log_likelihood(centre + left * steps[i] + right * steps[j])
                for left, right, sign in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
            )
            information[i, j] = information[j, i] = -sum(corners) / (4.0 * step * step)
    try:
        found = np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full((p, p), math.nan)
    return found if (np.diag(found) > 0.0).all() else np.full((p, p), math.nan)


def back(
    at: float,
    error: float,
    value_of: Callable[[float], float],
    *,
    level: float,
    n: int,
    method: str = CURVATURE,
) -> Estimate:
    """Return the estimate of a rising function of a parameter whose error is known.

    The interval is that of the parameter, carried over; the standard error is the delta method's.

    Examples
    --------
    >>> back(0.0, 0.1, math.exp, level=0.95, n=50).high == math.exp(deviate(0.95) * 0.1)
    True
    """
    arm = deviate(level) * error
    slope = (value_of(at + 1e-5) - value_of(at - 1e-5)) / 2e-5
    low, high = value_of(at - arm), value_of(at + arm)
    return Estimate(value_of(at), slope * error, low, high, level, n, method)
