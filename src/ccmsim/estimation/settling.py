"""Warm-up: after how many months a series has forgotten how it began.

Comes in: a series of means. Goes out: how many of its first values to leave out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation.checks import finite


def mser(series: ArrayLike) -> int:
    """Return the truncation that minimises the error of the mean of what is left.

    Marginal standard error rule: White (1997), An effective truncation heuristic for bias reduction
    in simulation output, Simulation 69, 323-334. At most half of the series is left out.

    Parameters
    ----------
    series : array_like, shape (months,)
        Such as a mean over replications, seasons taken out.

    Raises
    ------
    ccmsim.errors.InputError
        With fewer than 4 values, or one that is not finite.

    Examples
    --------
    >>> mser([0.0, 5.0, 9.0, 10.1, 9.9, 10.0, 10.1, 9.9])
    3
    """
    values: Floats = finite("series", series).ravel()
    if values.size < 4:
        raise refuse("series", "must be at least 4", values.size, "4 months or more")
    cuts = range(values.size // 2 + 1)
    return int(np.argmin([values[d:].var() / (values.size - d) for d in cuts]))
