"""Stopping when a target holds: intervals cover as promised, at whichever look it ends.

A check counts the data sets whose last interval contains the known truth and fails when that count
has a probability under FALSE_ALARM if the coverage were the promised one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ccmsim.estimation import Estimate, mean, probability_below, quantile
from ccmsim.precision import level_of_look, looks_until

FALSE_ALARM = 1e-6
LEVEL = 0.95
SETS = 1_000
CAP = 2_000

Floats = NDArray[np.float64]


def normal(rng: np.random.Generator) -> Floats:
    return rng.normal(size=CAP)


def revenue(rng: np.random.Generator) -> Floats:
    """Left-skewed, as a year's revenue with rare long vacancies; mean 0."""
    return 1.0 - rng.exponential(size=CAP)


def vacancy(rng: np.random.Generator) -> Floats:
    """A year in twenty loses about a half: few replications do not know of it; mean 0.975."""
    lost = rng.random(CAP) < 0.05
    return 1.0 - lost * rng.uniform(0.4, 0.6, size=CAP)


def lattice(rng: np.random.Generator) -> Floats:
    """Whole patient-months: ties everywhere."""
    return rng.binomial(40, 0.6, size=CAP).astype(float)


def of_mean(values: Floats, level: float) -> Estimate:
    return mean(values, level=level)


def of_bad_year(values: Floats, level: float) -> Estimate:
    return quantile(values, 0.05, level=level)


def of_loss(values: Floats, level: float) -> Estimate:
    return probability_below(values, 0.0, level=level)


def ended(
    values: Floats,
    estimate: Callable[[Floats, float], Estimate],
    half_width: float,
    looks: tuple[int, ...],
    level: float,
) -> Estimate:
    """Return the interval at the first look that is narrow enough, or at the last one."""
    for count in looks:
        found = estimate(values[:count], level)
        if found.half_width <= half_width:
            break
    return found


def misses(
    draw: Callable[[np.random.Generator], Floats],
    estimate: Callable[[Floats, float], Estimate],
    truth: float,
    half_width: float,
    looks: tuple[int, ...],
    level: float,
) -> int:
    rng = np.random.default_rng(20)
    found = (ended(draw(rng), estimate, half_width, looks, level) for _ in range(SETS))
    return sum(each.excludes(truth) for each in found)


def too_many(count: int) -> bool:
    """Whether so many misses have a probability under FALSE_ALARM at the promised coverage."""
    return bool(stats.binom.sf(count - 1, SETS, 1.0 - LEVEL) < FALSE_ALARM)


CASES = [
    (normal, of_mean, 0.0, 0.12),
    (revenue, of_mean, 0.0, 0.12),
    (vacancy, of_mean, 0.975, 0.02),
    (lattice, of_mean, 24.0, 0.4),
    (normal, of_bad_year, float(stats.norm.ppf(0.05)), 0.3),
    (lattice, of_bad_year, float(stats.binom.ppf(0.05, 40, 0.6)), 1.0),
    (revenue, of_loss, float(stats.expon.sf(1.0)), 0.05),
]


@pytest.mark.parametrize(("draw", "estimate", "truth", "half_width"), CASES)
def test_the_interval_at_the_end_covers(
    draw: Callable[[np.random.Generator], Floats],
    estimate: Callable[[Floats, float], Estimate],
    truth: float,
    half_width: float,
) -> None:
    """Resolves a coverage below 0.91 with a probability of 0.99."""
    looks = looks_until(CAP)
    level = level_of_look(LEVEL, len(looks), 1)
    assert not too_many(misses(draw, estimate, truth, half_width, looks, level))


def test_looking_after_every_replication_does_not() -> None:
    """The check would notice a procedure that peeks from the third replication on."""
    assert too_many(misses(vacancy, of_mean, 0.975, 0.02, tuple(range(3, CAP)), LEVEL))
