"""P(at least one spell begins in a window of time): fitted, without frailty, observed.

Comes in: counts and the estimates of rate and frailty. Goes out: estimates by window and source.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ccmsim import estimation
from ccmsim.absences.likelihood import Counts
from ccmsim.estimation import Estimate
from ccmsim.estimation.binomial import binomial_ends
from ccmsim.estimation.likelihood import cut


def any_absence_of(
    counts: Counts,
    rate: Estimate,
    shape: Estimate,
    years: float,
    yearly: Sequence[float] | None,
) -> tuple[tuple[str, str, Estimate], ...]:
    """Return window, source and estimate, as `AbsenceFit.goodness` shows them.

    Parameters
    ----------
    counts : Counts
    rate, shape : Estimate
        Of the negative binomial.
    years : float
        Years that the log covers.
    yearly : sequence of float, optional
        For each worker, the share of the log's full years in which a spell began.
    """
    windows = {"one year": 1.0, "whole log": years}
    found = []
    for window, length in windows.items():
        found.append((window, "fitted", _fitted_any(counts, rate, shape, length)))
        found.append((window, "poisson", _poisson_any(rate, length)))
        if window == "whole log":
            observed = estimation.share(counts.with_any, counts.workers, level=rate.level)
            found.append((window, "observed", observed))
        elif yearly is not None:
            found.append((window, "observed", _observed_yearly(yearly, rate.level)))
    return tuple(found)


def _fitted_any(counts: Counts, rate: Estimate, shape: Estimate, years: float) -> Estimate:
    """Return 1 - (1 + mean / k)^-k, with the delta method on log(-log(1 - P)): it stays in 0-1."""
    mean, k = rate.value * years, shape.value
    if math.isinf(k):
        return _poisson_any(rate, years)
    x = mean / k
    exponent = k * math.log1p(x)
    slope_rate = x / ((1.0 + x) * math.log1p(x))
    variance: float = (slope_rate * rate.standard_error / rate.value) ** 2
    variance += (1.0 - slope_rate) ** 2 / counts.log_shape_information()
    error = math.sqrt(variance)
    arm = math.exp(math.sqrt(cut(rate.level)) * error)
    return Estimate(
        -math.expm1(-exponent),
        math.exp(-exponent) * exponent * error,
        -math.expm1(-exponent / arm),
        -math.expm1(-exponent * arm),
        rate.level,
        counts.workers,
        "negative binomial, delta method",
    )


def _poisson_any(rate: Estimate, years: float) -> Estimate:
    value, low, high = (-math.expm1(-end * years) for end in (rate.value, rate.low, rate.high))
    error = math.exp(-rate.value * years) * years * rate.standard_error
    method = "Poisson with the fitted rate and its interval"
    return Estimate(value, error, low, high, rate.level, rate.replications, method)


def _observed_yearly(yearly: Sequence[float], level: float) -> Estimate:
    """Return the share of worker-years with a spell; each worker counts once in the interval.

    Years of one worker are alike through the frailty, so the Clopper-Pearson interval takes the
    number of workers, not of worker-years, for n: it errs on the wide side.
    """
    n, share = len(yearly), float(np.mean(yearly))
    low, high = binomial_ends(share * n, n, level)
    error = math.sqrt(share * (1.0 - share) / n) if 0.0 < share < 1.0 else math.nan
    return Estimate(share, error, low, high, level, n, "Clopper-Pearson with workers as n")
