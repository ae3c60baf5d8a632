"""Spell frequency with worker frailty, and spell length, fitted to a real absence log.

Comes in: spells counted by worker, their lengths, the years that the log covers. Goes out: an
`AbsenceFit` of estimates. Reads no files; `reading` beside it does. scipy is loaded at the first
fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ccmsim import estimation
from ccmsim.absences.chances import any_absence_of
from ccmsim.absences.likelihood import SHAPE_RANGE, Counts
from ccmsim.absences.value import CLUSTERS_NEEDED, AbsenceFit
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.likelihood import crossing, cut

MOST_SPELLS_A_YEAR: Final = 366.0
"""An upper end of the rate beyond this is reported as missing."""

PROFILE: Final = "negative binomial, profile likelihood"


def fit_spells(
    counts: Sequence[int],
    lengths: Sequence[tuple[int, int, float]],
    *,
    years: float,
    level: float,
    yearly: Sequence[float] | None = None,
) -> AbsenceFit:
    """Fit frequency and length; the arguments are checked by `AbsenceLog.fit`.

    Parameters
    ----------
    counts : sequence of int
        Spells of each worker, zeros included; at least one is positive.
    lengths : sequence of (int, int, float)
        For each spell the position of its worker in `counts`, its whole business days, and its
        recorded length in days.
    years : float
        Years that the log covers, the same for every worker.
    level : float
        Level of all intervals.
    yearly : sequence of float, optional
        For each worker, the share of the log's full years in which a spell began.

    Returns
    -------
    AbsenceFit
    """
    numbers = np.asarray(counts, dtype=np.int64)
    owner = np.array([row[0] for row in lengths], dtype=np.int64)
    days = np.array([row[1] for row in lengths], dtype=np.float64)
    recorded = np.array([row[2] for row in lengths], dtype=np.float64)
    frequency = Counts(numbers)
    rate, shape = _rate(frequency, years, level), _shape(frequency, level)
    lost = np.bincount(owner, weights=recorded, minlength=numbers.size) / years
    median, sigma = _lognormal(np.log(recorded), level)
    return AbsenceFit(
        spells_per_year=rate,
        frailty_shape=shape,
        mean_spell_days=_mean_length(owner, days, numbers, level),
        geometric_probability=_geometric(days, level),
        lognormal_median_days=median,
        lognormal_sigma=sigma,
        lost_days_per_year=estimation.mean(lost, level=level),
        any_absence=any_absence_of(frequency, rate, shape, years, yearly),
        workers=int(numbers.size),
        years=years,
        spells=int(numbers.sum()),
        counts=tuple(numbers.tolist()),
        days=tuple(days.astype(np.int64).tolist()),
        level=level,
    )


def _rate(counts: Counts, years: float, level: float) -> Estimate:
    top = counts.log_likelihood(counts.mean, counts.best_shape)

    def above_cut(log_mean: float) -> float:
        return 2.0 * (top - counts.profile(math.exp(log_mean))) - cut(level)

    center, limit = math.log(counts.mean), math.log(MOST_SPELLS_A_YEAR * years)
    low = math.exp(crossing(above_cut, center, -0.5)) / years
    high, method = math.inf, PROFILE
    if above_cut(limit) > 0.0:
        high = math.exp(crossing(above_cut, center, 0.5)) / years
    else:
        # A few workers, most without a spell: rare workers with endless spells fit as well.
        method += "; no upper end: too few workers with a spell"
    variance = (counts.mean + counts.mean**2 / counts.best_shape) / counts.workers
    return Estimate(
        counts.mean / years, math.sqrt(variance) / years, low, high, level, counts.workers, method
    )


def _shape(counts: Counts, level: float) -> Estimate:
    best = counts.best_shape
    top = counts.log_likelihood(counts.mean, best)

    def above_cut(log_shape: float) -> float:
        return 2.0 * (top - counts.log_likelihood(counts.mean, math.exp(log_shape))) - cut(level)

    limit = math.log(SHAPE_RANGE[1])
    start = min(math.log(best), limit)
    low = math.exp(crossing(above_cut, start, -0.5))
    high = math.exp(crossing(above_cut, start, 0.5)) if above_cut(limit) > 0.0 else math.inf
    error, method = math.nan, PROFILE
    if math.isinf(best):
        method += "; Poisson limit: the counts show no over-dispersion"
    else:
        error = best / math.sqrt(counts.log_shape_information())
    return Estimate(best, error, low, high, level, counts.workers, method)


def _mean_length(
    owner: npt.NDArray[np.int64], days: Floats, counts: npt.NDArray[np.int64], level: float
) -> Estimate:
    if np.count_nonzero(counts) < CLUSTERS_NEEDED:
        return estimation.mean(days, level=level)
    total = np.bincount(owner, weights=days, minlength=counts.size)
    return estimation.ratio_of_means(total, counts.astype(np.float64), level=level)


def _geometric(days: Floats, level: float) -> Estimate:
    """Return p = spells / days; the interval of inverse binomial sampling."""
    from scipy.special import betaincinv

    spells, total = float(days.size), float(days.sum())
    p, tail = spells / total, (1.0 - level) / 2.0
    low = float(betaincinv(spells, total - spells + 1.0, tail))
    high = float(betaincinv(spells, total - spells, 1.0 - tail)) if total > spells else 1.0
    error = p * math.sqrt((1.0 - p) / spells) if p < 1.0 else math.nan
    return Estimate(p, error, low, high, level, days.size, "geometric, exact")


def _lognormal(logs: Floats, level: float) -> tuple[Estimate, Estimate]:
    from scipy.special import chdtri, stdtrit

    n = logs.size
    median = math.exp(float(logs.mean()))
    if n == 1:
        unknown = (math.nan, math.nan, math.nan, level, 1, "one spell")
        return Estimate(median, *unknown), Estimate(math.nan, *unknown)
    sigma, tail = float(logs.std(ddof=1)), (1.0 - level) / 2.0
    error = sigma / math.sqrt(n)
    arm = math.exp(float(stdtrit(n - 1, 1.0 - tail)) * error)
    low, high = (sigma * math.sqrt((n - 1) / float(chdtri(n - 1, q))) for q in (tail, 1.0 - tail))
    return (
        Estimate(median, median * error, median / arm, median * arm, level, n, "lognormal, t"),
        Estimate(sigma, sigma / math.sqrt(2 * (n - 1)), low, high, level, n, "lognormal, χ²"),
    )
