"""Comparisons with the best hold all at once, whichever one is the best.

A check counts the data sets in which an interval misses the truth and fails when that count has a
probability under FALSE_ALARM if the promise were kept.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ccmsim.arrays import Floats
from ccmsim.estimation import paired_difference, with_the_best
from ccmsim.studies.accuracy.choices import behind, best_is_kept, data_set, saved

FALSE_ALARM = 1e-6
LEVEL = 0.95
SETS = 1_000


def failures(means: Floats, correlation: float, *, skewed: bool = False) -> int:
    """Return in how many data sets an interval misses, or the best one is ruled out."""
    rng = np.random.default_rng(40)
    return sum(not best_is_kept(rng, means, correlation, skewed=skewed) for _ in range(SETS))


def too_many(count: int) -> bool:
    """Whether so many failures have a probability under FALSE_ALARM at the promised level."""
    return bool(stats.binom.sf(count - 1, SETS, 1.0 - LEVEL) < FALSE_ALARM)


@pytest.mark.parametrize("best", range(5))
@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_promise_holds_wherever_the_best_stands(best: int, correlation: float) -> None:
    """All others are equally far behind (slippage): the hardest case to tell apart."""
    assert not too_many(failures(behind(5, best, 0.25), correlation))


@pytest.mark.parametrize("skewed", [False, True])
def test_the_promise_holds_among_equals(skewed: bool) -> None:
    assert not too_many(failures(np.zeros(4), 0.5, skewed=skewed))


def test_the_promise_holds_in_a_row() -> None:
    assert not too_many(failures(np.array([0.0, 0.3, 0.1, 0.2]), 0.5, skewed=True))


def test_comparing_the_leader_without_correction_does_not() -> None:
    """The check would notice intervals for one pair that are used for the best of five."""
    rng, count = np.random.default_rng(41), 0
    for _ in range(SETS):
        samples = data_set(rng, np.zeros(5), 0.5)
        first, second = np.argsort(samples.mean(axis=1))[[-1, 0]]
        count += paired_difference(samples[first], samples[second]).excludes(0.0)
    assert too_many(count)


def test_the_same_luck_tells_the_best_more_often() -> None:
    """At a difference of half a standard deviation, 60 replications suffice only when paired."""
    means = np.array([0.0, 0.5, 0.0])
    known = []
    for correlation in (0.0, 0.9):
        rng = np.random.default_rng(42)
        sets = [list(data_set(rng, means, correlation)) for _ in range(200)]
        found = [with_the_best(samples, level=LEVEL) for samples in sets]
        known.append(sum(each[0].high == 0.0 and each[2].high == 0.0 for each in found))
    assert known[1] > 190
    assert known[0] < 150


@pytest.mark.parametrize(("correlation", "size"), [(0.0, 100), (0.8, 100), (0.8, 1_000)])
def test_what_pairing_saves_is_covered(correlation: float, size: int) -> None:
    """1 / (1 - r) for normal samples. A percentile bootstrap: the floor is 0.90, not 0.95."""
    rng, hits, sets = np.random.default_rng(43), 0, 300
    for _ in range(sets):
        found = saved(rng, correlation, size)
        hits += found.low <= 1.0 / (1.0 - correlation) <= found.high
    assert stats.binom.cdf(hits, sets, 0.90) > FALSE_ALARM
