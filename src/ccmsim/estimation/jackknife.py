"""The jackknife of a ratio of variances: its error from what it is without each replication.

Comes in: a ratio's logarithm without each of n replications. Goes out: its error and arm. Source:
Efron (1982), The jackknife, the bootstrap and other resampling plans, chapter 3.
"""

from __future__ import annotations

import math
from typing import Final

from ccmsim.arrays import Floats

CERTAIN: Final = 1e-12
"""What is left of a variance, as a share of it, that is rounding."""


def jackknifed(without: Floats, free: int, level: float) -> tuple[float, float]:
    """Return the standard error of a number known without each replication, and its arm.

    Parameters
    ----------
    without : ndarray, shape (n,)
        The number without each replication.
    free : int
        Degrees of freedom, at most.
    level : float
        Of the interval, between 0 and 1.

    Returns
    -------
    tuple of float
        Student's quantile has the degrees of freedom that the kurtosis of the n numbers allows
        (Satterthwaite): the variance of a few large ones is itself little known.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.arange(20.0)
    >>> without = (values.sum() - values) / 19.0
    >>> error, arm = jackknifed(without, 19, 0.95)
    >>> round(float(error / (values.std(ddof=1) / np.sqrt(20.0))), 12), arm > 2.0 * error
    (1.0, True)
    """
    from scipy.special import stdtrit

    n, apart = without.size, without - without.mean()
    squares = float(apart @ apart)
    if squares == 0.0:
        return 0.0, 0.0
    kurtosis = n * float((apart**4).sum()) / squares**2
    freedom = min(2.0 * n / max(kurtosis - 1.0, CERTAIN), float(free))
    error = math.sqrt((n - 1) / n * squares)
    return error, error * float(stdtrit(max(freedom, 1.0), (1.0 + level) / 2.0))
