"""Stopping when a target holds: intervals cover as promised, at whichever look it ends.

A check counts the data sets whose last interval contains the known truth and fails when that count
has a probability under FALSE_ALARM if the coverage were the promised one.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.rare import surely_seen
from ccmsim.studies.accuracy.judging import Count, covered
from ccmsim.studies.accuracy.stopping import RARE, STOPPED, Stopped

FALSE_ALARM = 1e-6
LEVEL = 0.95
SETS = 1_000
RARE_SETS = 400


def too_few(count: Count) -> bool:
    return count.below(LEVEL, false_alarm=FALSE_ALARM)


@pytest.mark.parametrize("name", STOPPED)
def test_the_interval_at_the_end_covers(name: str) -> None:
    """Resolves a coverage below 0.91 with a probability of 0.99; of rare losses below 0.85.

    Rare losses end with an interval that is as narrow as wanted, not with none, which would cover.
    """
    case, rng = STOPPED[name], np.random.default_rng(20)
    sets = RARE_SETS if " loss " in f" {name} " and case.cap > 2_000 else SETS
    found = [case.ended(rng) for _ in range(sets)]
    assert not too_few(covered((each for each, _ in found), case.truth))
    assert all(each.half_width <= case.half_width for each, _ in found)


def peeked(case: Stopped, rng: np.random.Generator) -> Estimate:
    """Return the fixed interval of the mean at the first replication at which it is narrow."""
    years = case.draw(rng, case.cap)
    for count in range(3, case.cap):
        found = mean(years[:count], level=LEVEL)
        if found.half_width <= case.half_width:
            break
    return found


def test_looking_after_every_replication_does_not() -> None:
    """The check would notice a procedure that peeks from the third replication on."""
    case, rng = STOPPED["mean, a bad year in twenty"], np.random.default_rng(20)
    assert too_few(covered((peeked(case, rng) for _ in range(SETS)), case.truth))


@pytest.mark.parametrize("p", RARE)
def test_believing_the_spread_of_a_first_look_does_not(p: float) -> None:
    """Nor one that believes noise in which no loss was seen: it covers as often as one is seen."""
    case, rng = STOPPED[f"mean, loss in {p:g} beneath noise, at most 1"], np.random.default_rng(20)
    firsts = [case.draw(rng, 100) for _ in range(SETS)]
    found = [mean(years, level=1.0 - 0.05 / 13) for years in firsts if years.min() > -0.5]
    unseen = (1.0 - p) ** 100
    assert len(found) / SETS == pytest.approx(unseen, abs=5.0 * math.sqrt(0.25 / SETS))
    assert all(each.half_width <= case.half_width for each in found)
    assert not any(each.low <= case.truth <= each.high for each in found)


@pytest.mark.parametrize("n", [100, 1_000])
def test_what_is_surely_seen(n: int) -> None:
    p = surely_seen(n, LEVEL)
    assert 1.0 - (1.0 - p) ** n == pytest.approx(LEVEL)
