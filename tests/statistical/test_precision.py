"""Stopping when a target holds: intervals cover as promised, at whichever look it ends.

A check counts the data sets whose last interval contains the known truth and fails when that count
has a probability under FALSE_ALARM if the coverage were the promised one.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ccmsim.precision import level_of_look, looks_until
from ccmsim.studies.accuracy.choices import CAP, STOPPED, ended

FALSE_ALARM = 1e-6
LEVEL = 0.95
SETS = 1_000


def misses(name: str, looks: tuple[int, ...], level: float) -> int:
    draw, estimate, truth, half_width = STOPPED[name]
    rng = np.random.default_rng(20)
    found = (ended(draw(rng), estimate, half_width, looks, level) for _ in range(SETS))
    return sum(each.excludes(truth) for each in found)


def too_many(count: int) -> bool:
    """Whether so many misses have a probability under FALSE_ALARM at the promised coverage."""
    return bool(stats.binom.sf(count - 1, SETS, 1.0 - LEVEL) < FALSE_ALARM)


@pytest.mark.parametrize("name", STOPPED)
def test_the_interval_at_the_end_covers(name: str) -> None:
    """Resolves a coverage below 0.91 with a probability of 0.99."""
    looks = looks_until(CAP)
    level = level_of_look(LEVEL, len(looks), 1)
    assert not too_many(misses(name, looks, level))


def test_looking_after_every_replication_does_not() -> None:
    """The check would notice a procedure that peeks from the third replication on."""
    assert too_many(misses("mean, a bad year in twenty", tuple(range(3, CAP)), LEVEL))
