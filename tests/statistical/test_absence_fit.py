"""Logs of known parameters: the fit finds them, and its intervals hold as often as they promise.

Each assertion fails by chance with probability FALSE_ALARM at most. With 1,000 logs a mean is told
from another at 4.9 standard errors of one log / √1000, and a coverage of .85 from the .93 that is
demanded (both with a chance near one).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

from ccmsim.absences.value import AbsenceFit
from ccmsim.estimation import Estimate
from ccmsim.studies.accuracy.fits import ABSENCES, absence_estimates, absence_fit

FALSE_ALARM = 1e-6
LOGS = 1_000
WORKERS = 36
LEAST_COVERAGE = 0.93
"""Of nominal .95 intervals: the measured ones are .93 to .96 with 36 workers."""


@cache
def made_fits() -> tuple[AbsenceFit, ...]:
    generator = np.random.default_rng(20_260_101)
    return tuple(absence_fit(generator, workers=WORKERS) for _ in range(LOGS))


def estimates(name: str) -> list[Estimate]:
    return [absence_estimates(fit)[name] for fit in made_fits()]


@pytest.mark.parametrize("name", ABSENCES)
def test_intervals_hold_as_often_as_they_promise(name: str) -> None:
    covered = sum(e.low <= ABSENCES[name] <= e.high for e in estimates(name))
    assert covered >= stats.binom.ppf(FALSE_ALARM, LOGS, LEAST_COVERAGE), covered / LOGS


@pytest.mark.parametrize(
    "name", [n for n in ABSENCES if n not in {"any_absence", "mean_spell_days"}]
)
def test_intervals_are_not_needlessly_wide(name: str) -> None:
    covered = sum(e.low <= ABSENCES[name] <= e.high for e in estimates(name))
    assert covered <= stats.binom.ppf(1.0 - FALSE_ALARM, LOGS, 0.97), covered / LOGS


@pytest.mark.parametrize("name", ["spells_per_year", "lost_days_per_year"])
def test_means_are_unbiased(name: str) -> None:
    # Both are plain means, unbiased in logs of any size.
    values = np.array([e.value for e in estimates(name)])
    error = values.std(ddof=1) / math.sqrt(LOGS)
    assert abs(values.mean() - ABSENCES[name]) < stats.norm.isf(FALSE_ALARM / 2) * error


def test_the_standard_error_of_the_rate_is_its_spread() -> None:
    # The relative error of a standard deviation from 1,000 values is about 2.5 % (a little
    # heavier than normal); 4.9 of them are 12 %.
    spread = np.std([e.value for e in estimates("spells_per_year")], ddof=1)
    claimed = math.sqrt(np.mean([e.standard_error**2 for e in estimates("spells_per_year")]))
    assert claimed == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("shape", [0.55, 2.0])
def test_a_large_log_gives_the_parameters_back(shape: float) -> None:
    # 20,000 workers: the shape is known to about 2 %.
    fit = absence_fit(np.random.default_rng(5), workers=20_000, shape=shape)
    bound = stats.norm.isf(FALSE_ALARM / 2)
    for name in ("spells_per_year", "frailty_shape", "mean_spell_days", "lognormal_sigma"):
        estimate = getattr(fit, name)
        truth = shape if name == "frailty_shape" else ABSENCES[name]
        assert abs(estimate.value - truth) < bound * estimate.standard_error, name
        assert estimate.standard_error < 0.04 * truth, name


def test_frailty_explains_why_fewer_people_are_ever_absent() -> None:
    # One spell a year on average: 43.6 % have any with shape 0.55, 63.2 % without frailty.
    chances = {
        (w, s): e for w, s, e in absence_fit(np.random.default_rng(6), workers=20_000).any_absence
    }
    bound = stats.norm.isf(FALSE_ALARM / 2)
    for source, truth in (("fitted", ABSENCES["any_absence"]), ("poisson", 1.0 - math.exp(-1.0))):
        estimate = chances["one year", source]
        assert abs(estimate.value - truth) < bound * estimate.standard_error
    fitted, observed = chances["whole log", "fitted"], chances["whole log", "observed"]
    error = math.hypot(fitted.standard_error, observed.standard_error)
    assert abs(fitted.value - observed.value) < bound * error


def test_equal_workers_are_not_taken_for_unequal_ones() -> None:
    # The true shape is infinite; the interval must reach it. On the boundary the likelihood ratio
    # is zero in about half of the logs, so .975 is its limit; .95 is demanded, .84 is noticed.
    generator, logs = np.random.default_rng(7), 400
    fits = [absence_fit(generator, workers=WORKERS, shape=math.inf) for _ in range(logs)]
    reached = sum(math.isinf(fit.frailty_shape.high) for fit in fits)
    assert reached >= stats.binom.ppf(FALSE_ALARM, logs, 0.95), reached / logs
    # The Poisson limit is found where the counts' variance is under their mean: here in 58 % by
    # the chi-squared law of their dispersion with 35 degrees of freedom.
    limit = sum(math.isinf(fit.frailty_shape.value) for fit in fits)
    expected = stats.chi2(WORKERS - 1).cdf(WORKERS)
    low, high = stats.binom(logs, expected).interval(1.0 - FALSE_ALARM)
    assert low <= limit <= high, limit / logs
