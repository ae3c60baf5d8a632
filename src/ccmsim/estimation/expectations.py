"""The law of sets' expectations, told by means of few replications: chance taken out.

Comes in: arrays with a row for each resample and a column for each set. Goes out: shares of sets
whose expectation is above a limit, by the shape of the means or by a skewed law's.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ccmsim.estimation.checks import Floats
from ccmsim.estimation.means import mean

MOST_SKEWED: Final = 8.0
"""Skewness at most; that of a lognormal law with sigma 1 is 6.2."""


def kept(means: Floats, within: Floats) -> Floats:
    """Return of each row of sets which part of the means' deviations is kept, 0 to 1.

    Both have shape (rows, sets): the sets' means, and the estimated variances of these.
    """
    between = means.var(axis=1, ddof=1)
    of_sets = np.maximum(between - within.mean(axis=1), 0.0)
    part: Floats = np.sqrt(of_sets / np.where(between > 0.0, between, 1.0))
    return part


def above(means: Floats, part: Floats, limit: float) -> Floats:
    """Return of each row of sets the share above a limit, its means drawn together."""
    centre = means.mean(axis=1, keepdims=True)
    shares: Floats = (centre + part[:, None] * (means - centre) > limit).mean(axis=1)
    return shares


def as_spread(resampled: Floats, sets: int) -> Floats:
    """Return resamples with the variance that the sets have; drawn with replacement it is less."""
    centre = resampled.mean(axis=1, keepdims=True)
    spread: Floats = centre + math.sqrt(sets / (sets - 1.0)) * (resampled - centre)
    return spread


def left_open(means: Floats, part: Floats, limit: float, level: float) -> list[float]:
    """Return the shares above a limit at either end of what is kept, and of where the mean is."""
    centre = mean(means, level=level)
    shares = [
        float((end + each * (means - centre.value) > limit).mean())
        for each in part
        for end in (centre.low, centre.high)
    ]
    if part[0] == 0.0 and centre.low <= limit <= centre.high:
        shares += [0.0, 1.0]
    return shares


def third_moments(values: Floats) -> Floats:
    """Return of each set the estimated third moment that chance gives its mean.

    `values` has shape (sets, replications); with two replications it cannot be told and is 0.
    """
    n = values.shape[1]
    if n < 3:
        return np.zeros(values.shape[0])
    apart = values - values.mean(axis=1, keepdims=True)
    third: Floats = (apart * apart * apart).sum(axis=1) / ((n - 1.0) * (n - 2.0) * n)
    return third


def above_if_skewed(
    means: Floats, part: Floats, third: Floats, limit: float, times: float
) -> Floats:
    """Return of each row of sets the share above a limit, were its law a shifted lognormal one.

    Mean and variance are those that are kept; the skewness is what is left of the means' when the
    third moment of chance is taken off, or `times` as much; both shares are returned. At most it is
    MOST_SKEWED.

    Parameters
    ----------
    means : ndarray, shape (rows, sets)
    part, third : ndarray, shape (rows,)
        What is kept, and the third moment that chance gives a mean.

    Returns
    -------
    ndarray, shape (2, rows)
    """
    sets, centre = means.shape[1], means.mean(axis=1)
    apart = means - centre[:, None]
    squares = apart * apart
    deviation = part * np.sqrt(squares.sum(axis=1) / (sets - 1.0))
    cubes = np.einsum("ij,ij->i", squares, apart) * sets / ((sets - 1.0) * (sets - 2.0))
    spread = np.where(deviation > 0.0, deviation, 1.0)
    skewness = np.outer([1.0, times], (cubes - third) / spread**3)
    bounded = np.clip(skewness, -MOST_SKEWED, MOST_SKEWED)
    shares = lognormal_above(np.broadcast_to((limit - centre) / spread, bounded.shape), bounded)
    return np.where(deviation > 0.0, shares, centre > limit)


def lognormal_above(x: Floats, skewness: Floats) -> Floats:
    """Return P(X > x) of shifted lognormal laws of mean 0, variance 1 and a skewness.

    (w + 2) √(w - 1) is the skewness, w being exp(sigma²): a cubic equation with one root. Normal
    where it is 0; mirrored where it is negative.

    Examples
    --------
    >>> lognormal_above(np.zeros(3), np.array([0.0, 6.1849, -6.1849])).round(3).tolist()
    [0.5, 0.309, 0.691]
    """
    from scipy.special import ndtr

    size = np.maximum(np.abs(skewness), 1e-3)  # a smaller one is not told from 0
    half = 1.0 + size**2 / 2.0
    root = np.cbrt(half + np.sqrt(half**2 - 1.0))
    w = root + 1.0 / root - 1.0
    turned = np.where(skewness < 0.0, -x, x)
    inside = turned * np.sqrt(w * (w - 1.0)) + np.sqrt(w)
    logarithm = np.log(np.where(inside > 0.0, inside, 1.0)) / np.sqrt(np.log(w))
    upper = np.where(inside > 0.0, ndtr(-logarithm), 1.0)
    shares: Floats = np.where(skewness < 0.0, 1.0 - upper, upper)
    return shares
