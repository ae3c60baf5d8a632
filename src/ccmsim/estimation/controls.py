"""Control variates: a mean known better by what goes with it and is cheap to simulate.

Comes in: a value a replication, controls of the same replications, and controls of many more. Goes
out: an `Estimate`. Means only: a quantile has other controls.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation.checks import between_0_and_1, finite, sample_of
from ccmsim.estimation.estimate import Estimate, counted


class ControlledMean(NamedTuple):
    """A mean with its controls: `explained` is the share of the variance that goes with them."""

    mean: Estimate
    explained: float


def controlled_mean(
    values: ArrayLike, controls: ArrayLike, more: ArrayLike, *, level: float = 0.95
) -> ControlledMean:
    """Estimate a mean by regression on controls whose own means are known better.

    Parameters
    ----------
    values : array_like, shape (n,)
        One a replication.
    controls : array_like, shape (n, controls)
        Of the same replications.
    more : array_like, shape (N, controls)
        Of all N replications that have controls, the first n of which are those of `controls`.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    ControlledMean

    Raises
    ------
    ccmsim.errors.InputError
        Where shapes do not fit, or n is not 20 above the number of controls.

    Notes
    -----
    Double sampling with regression: the mean of `values`, moved by the coefficients times what the
    means of `more` lie above those of `controls`. Its variance is that of the residuals / n and
    that of what is explained / N; Student's quantiles with the residuals' degrees of freedom.
    Source: Cochran (1977), Sampling Techniques, 3rd ed., section 12.6; Lavenberg and Welch (1981),
    Management Science 27, 322-335. Measured coverage at level 0.95, 8 controls, N = 8 n (2,000 data
    sets a cell):

    ====  ===============  ===========================  ==================================
    n     normal controls  exponential controls, curve  nothing goes with skewed values
    ====  ===============  ===========================  ==================================
    100   .948             .937                         .945
    400   .946             .954                         .948
    ====  ===============  ===========================  ==================================

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> more = rng.normal(size=(4000, 1))
    >>> values = 2.0 * more[:400, 0] + 0.1 * rng.normal(size=400)
    >>> found = controlled_mean(values, more[:400], more)
    >>> found.mean.excludes(0.0), found.mean.half_width < 0.07, found.explained > 0.99
    (False, True, True)
    """
    sample, level = sample_of("values", values), between_0_and_1("level", level)
    found = control_parts(sample, controls, more)
    from scipy.special import stdtrit

    left, went = found.left, found.went
    value = float(left.mean() + went.mean())
    of_residuals = float(left.var(ddof=1))
    error = math.sqrt(of_residuals / left.size + float(went.var(ddof=1)) / went.size)
    half = error * float(stdtrit(left.size - 1 - found.rank, (1.0 + level) / 2.0))
    spread = float(sample.var(ddof=1))
    explained = 1.0 - of_residuals / spread if spread > 0.0 else 0.0
    method = f"control variates: {counted(found.rank, 'control')} of {went.size:,} replications"
    estimate = Estimate(value, error, value - half, value + half, level, left.size, method)
    return ControlledMean(estimate, max(explained, 0.0))


class ControlParts(NamedTuple):
    """Values in two parts, the sum of whose means is the controlled mean.

    `left`, shape (n,), does not go with the controls; `went`, shape (N,), does, and is known of all
    replications that have controls. The two are uncorrelated in the first n. What is left is spread
    as much as it is with infinitely many replications: by n - 1 over the degrees of freedom.
    """

    left: Floats
    went: Floats
    rank: int


def control_parts(values: ArrayLike, controls: ArrayLike, more: ArrayLike) -> ControlParts:
    """Return what goes with controls and what does not; arguments and errors as above.

    Parts are linear in the values: those of a sum are the sums of the parts, so that means of
    several values add up as the values do.

    Examples
    --------
    >>> controls = np.arange(30.0)[:, np.newaxis]
    >>> found = control_parts(2.0 * controls[:, 0] + 1.0, controls, np.ones((40, 1)))
    >>> found.left.round(9).tolist()[:2], found.went.round(9).tolist()[:2]
    ([1.0, 1.0], [2.0, 2.0])
    """
    sample = sample_of("values", values)
    of_same, of_all = finite("controls", controls), finite("more", more)
    n = sample.size
    if of_same.ndim != 2 or len(of_same) != n or n < of_same.shape[1] + 20:
        valid = f"{n} rows, and at most {max(n - 20, 0)} columns"
        raise refuse("controls", "must have a row for each value", of_same.shape, valid)
    if of_all.ndim != 2 or of_all.shape[1] != of_same.shape[1] or len(of_all) < n:
        valid = f"{n} rows or more, {of_same.shape[1]} columns"
        raise refuse("more", "must be controls too, of more replications", of_all.shape, valid)
    middle = of_same.mean(axis=0)
    centred, deviations = of_same - middle, sample - sample.mean()
    slopes, _, rank, _ = np.linalg.lstsq(centred, deviations, rcond=None)
    left = deviations - centred @ slopes
    spread = math.sqrt((n - 1) / (n - 1 - int(rank)))
    level = float(sample.mean() - middle @ slopes)
    return ControlParts(level + spread * left, of_all @ slopes, int(rank))
