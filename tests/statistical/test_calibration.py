"""The inference against posteriors that are known, and on a practice with a known truth.

A posterior's quantile of the truth is uniform when the truth comes from the prior (Cook, Gelman &
Rubin 2006; Talts et al. 2018). Its normal score z then is standard normal, whatever the model:
the mean of n of them has standard deviation 1 / √n, and their squares are chi-squared.
"""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri
from tests.cohort import NAMES, Case, case, values

from ccmsim.arrays import Floats
from ccmsim.calibration.predictive import PredictiveCheck, checked
from ccmsim.calibration.smc import abc_smc, adjusted, effective
from ccmsim.calibration.synthetic import Posterior, synthetic_likelihood
from ccmsim.calibration.telling import told

FALSE_ALARM = 1e-6
COUNT = 20


def quick(method: str, made: Case, dims: int = 2) -> Posterior:
    """Return a posterior with few simulations and short chains."""
    generator = np.random.default_rng([made.seed, 2])
    if method == "abc":
        return abc_smc(
            made.simulate(), made.goal, dims, simulations=6000, generator=generator, particles=200
        )
    return synthetic_likelihood(
        made.simulate(), values, made.goal, dims, simulations=600, generator=generator, warm=100,
        steps=200,
    )  # fmt: skip


def check_of(made: Case, posterior: Posterior) -> PredictiveCheck:
    """Return the predictive check from 400 histories."""
    rows = posterior.z.reshape(-1, posterior.z.shape[2])
    simulated = made.histories("predictive", rows[(np.arange(400) * len(rows)) // 400])
    return checked(tuple(map(str, made.series)), made.observed, simulated, 0.01)


# --------------------------------------------------------------------------- an exact posterior

DIMS, NUMBERS = 3, 6


def gaussian(seed: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return slopes, noise root, observed, and the exact posterior of a Gaussian linear model."""
    rng = np.random.default_rng(seed)
    slopes = rng.normal(size=(DIMS, NUMBERS))
    root = 0.5 * rng.normal(size=(NUMBERS, NUMBERS)) + np.eye(NUMBERS)
    observed = np.array([0.5, -1.0, 0.2]) @ slopes + root @ rng.normal(size=NUMBERS)
    precision = np.linalg.inv(root @ root.T)
    covariance: Floats = np.asarray(
        np.linalg.inv(np.eye(DIMS) + slopes @ precision @ slopes.T), dtype=np.float64
    )
    return slopes, root, observed, covariance @ slopes @ precision @ observed, covariance


@pytest.mark.parametrize("method", ["synthetic", "abc"])
def test_a_conjugate_posterior_is_found(method: str) -> None:
    """Mean and standard deviations of an exact posterior.

    The emulator's coefficients, or 400 particles, err by about 0.05 standard deviations of the
    posterior in its mean and 5 % in its width: the bounds are five times that.
    """
    slopes, root, observed, mean, covariance = gaussian(1)

    def simulate(name: str, z: Floats) -> Floats:
        luck = np.random.default_rng(zlib.crc32(name.encode()))
        return z @ slopes + luck.normal(size=(len(z), NUMBERS)) @ root.T

    generator = np.random.default_rng(5)
    if method == "abc":
        found = abc_smc(simulate, observed, DIMS, simulations=20_000, generator=generator)
    else:
        found = synthetic_likelihood(
            simulate, lambda z: z, observed, DIMS, simulations=2000, generator=generator
        )
    rows, sd = found.z.reshape(-1, DIMS), np.sqrt(np.diag(covariance))
    assert np.abs((rows.mean(axis=0) - mean) / sd).max() < 0.25
    assert np.abs(rows.std(axis=0) / sd - 1.0).max() < 0.25


def test_what_is_nearer_weighs_more() -> None:
    """Draws of ABC-SMC count by Epanechnikov's kernel, and their effective size says so.

    Of distances uniform to the farthest, weights 1 − u² have mean 2/3 and mean square 8/15: the
    particles are worth (2/3)² / (8/15) = 5/6 of their number. Half of them at the farthest distance
    are worth nothing.
    """
    n, slope = 20_000, 0.5
    distances = (np.arange(n) + 0.5) / n
    off = (distances * np.where(np.arange(n) % 2, 1.0, -1.0))[:, None]
    found, weights = adjusted(3.0 + slope * off, np.full(n, 1.0 / n), off, distances)
    assert effective(weights) == pytest.approx(5.0 * n / 6.0, rel=1e-3)
    assert np.abs(found - 3.0).max() < 1e-6
    two = np.repeat([0.0, 1.0], 50)
    _, weights = adjusted(np.zeros((100, 1)), np.full(100, 0.01), two[:, None], two)
    assert effective(weights) == pytest.approx(50.0, rel=1e-6)


# ------------------------------------------------------------------- simulation-based calibration


@pytest.mark.parametrize("method", ["synthetic", "abc"])
def test_posteriors_hold_the_truth_as_often_as_they_say(method: str) -> None:
    """Simulation-based calibration, and false alarms of the predictive check.

    On a practice whose months cost microseconds; tests/statistical/test_recovery.py does it on the
    engine. 20 histories find with 90 % probability a posterior that is 1.4 of its standard
    deviations off, 0.42 or 3.7 times as wide as it should be.
    """
    scores, alarms = np.empty((COUNT, 2)), 0
    for number in range(COUNT):
        truth = np.random.default_rng([number, 5]).normal(size=2)
        made = case(truth, number)
        posterior = quick(method, made)
        rows = posterior.z.reshape(-1, 2)
        shares = ((rows < truth).sum(axis=0) + 0.5) / (len(rows) + 1.0)
        scores[number] = ndtri(shares)
        alarms += not check_of(made, posterior).fits
    bound = -ndtri(FALSE_ALARM / 8.0) / COUNT**0.5
    assert np.abs(scores.mean(axis=0)).max() < bound
    squares = (scores**2).sum(axis=0)
    assert stats.chi2.ppf(FALSE_ALARM / 8.0, COUNT) < squares.min()
    assert squares.max() < stats.chi2.isf(FALSE_ALARM / 8.0, COUNT)
    assert alarms <= stats.binom.isf(FALSE_ALARM, COUNT, 0.01)


# ---------------------------------------------------------------------------------- what is said


def test_total_billed_months_do_not_tell_billing_from_attrition() -> None:
    """The ridge of national counts: with the enrolled patients it is gone.

    In total billed months a higher chance of a bill makes up for shorter stays: the posterior's
    correlation is far above the bound that calls it a ridge, and far below it with both series.
    """
    at = np.array([0.3, -0.2])
    alone = case(at, 11, series=(1,), kinds=("level",))
    found = told(NAMES, quick("synthetic", alone).z.reshape(-1, 2))
    assert [(ridge.first, ridge.second) for ridge in found.ridges] == [("p", "a")]
    assert found.ridges[0].correlation > 0.7
    assert "cannot tell p and a apart" in found.sentences()[0]
    both = told(NAMES, quick("synthetic", case(at, 11, kinds=("level",))).z.reshape(-1, 2))
    assert both.ridges == ()
    assert both.left.max() < 0.2


def outage(series: Floats) -> Floats:
    """Return the series with half of the units in three months."""
    broken = series.copy()
    broken[-1, 9:12] = np.round(0.5 * broken[-1, 9:12])
    return broken


def step(series: Floats) -> Floats:
    """Return the series with a fifth less billed from the second year on."""
    broken = series.copy()
    broken[-1, 12:] = np.round(0.8 * broken[-1, 12:])
    return broken


@pytest.mark.parametrize("broken", [outage, step], ids=["outage", "step"])
def test_what_the_model_lacks_is_found(broken: object) -> None:
    """Half of the bills missing in three months, or a fifth from some month on, is seen.

    A month has about 75 bills with a standard deviation of 6: these are far outside.
    """
    assert callable(broken)
    for number in range(5):
        made = case(np.array([0.0, -1.0]), 100 + number, broken=broken)
        check = check_of(made, quick("synthetic", made))
        assert not check.fits
        worst = check.misfits[0]
        assert worst.series == "1"
        if broken is outage:
            stretch = next(m for m in check.misfits if (m.series, m.way) == ("1", "stretch"))
            assert stretch.months == (9, 10, 11)
            assert not stretch.above


# --------------------------------------------------------------------------- few histories


@pytest.mark.parametrize(("step", "least", "most"), [(0.0, 0, 28), (4.0, 150, 200)])
def test_the_check_keeps_its_rate_with_few_histories(step: float, least: int, most: int) -> None:
    """One history of 61 that are alike is set apart by chance: in 1 of 20, as said, or less often.

    28 of 200 are exceeded with 3e-7 where the rate is 0.05, and half of the time where it is 0.143.
    When the observed one has a step of four standard deviations in one column, most are found.
    """
    generator = np.random.default_rng(60)
    mixed = np.eye(8) + 0.5 * generator.standard_normal((8, 8))
    names, accused = tuple("abcdefgh"), 0
    for _ in range(200):
        rows = 10.0 + np.einsum("kj,njm->nkm", mixed, generator.standard_normal((61, 8, 6)))
        rows[0, 2, 3:] += step * np.linalg.norm(mixed[2])
        accused += not checked(names, rows[0], rows[1:], 0.05).fits
    assert least <= accused <= most
