"""Shares of numbers above 0 and crossings of lines: by hand, and covering wherever points do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from ccmsim.estimation import Estimate, exactly, mean
from ccmsim.estimation.signs import first_crossing, share_above, share_below
from ccmsim.estimation.together import level_of_each

FALSE_ALARM = 1e-6
X = np.arange(6.0)


def number(low: float, high: float, value: float | None = None) -> Estimate:
    """Return an estimate with these ends, in the middle of which the value lies."""
    middle = (low + high) / 2.0 if value is None else value
    return Estimate(middle, 1.0, low, high, 0.95, 50, "by hand")


UNKNOWN = number(math.nan, math.nan, 1.0)


def test_a_share_lies_between_the_sure_and_the_open() -> None:
    zero = exactly(0.0, level=0.95, replications=40)
    numbers = [number(1, 3), number(-1, 3), number(-3, 1), number(-3, -1), zero]
    above, below = (share(numbers, level=0.95) for share in (share_above, share_below))
    assert (above.low, above.value, above.high) == (0.2, 0.4, 0.6)
    assert (below.low, below.value, below.high) == (0.2, 0.4, 0.6)
    assert above.replications == 40
    unknown = share_above([UNKNOWN], level=0.95)
    assert (unknown.low, unknown.high) == (0.0, 1.0)


@pytest.mark.parametrize(("ends", "low", "value", "high"), [
    ([(1, 3), (-3, -1)], 0.25, 0.5, 0.75),
    ([(-3, -1), (1, 3)], 0.25, 0.5, 0.75),
    ([(-1, 3), (-3, -1)], 0.0, 1 / 3, math.inf),  # open at first: may never be above
    ([(1, 3), (-3, 1)], 0.25, 2 / 3, math.inf),  # open at last
    ([(1, 3), (-2, 1), (-3, -1)], 1 / 3, 0.8, 1.5),
    ([(1, 3), (-math.inf, math.inf, -2.0), (-3, -1)], 0.0, 0.5, 2.0),
    ([(1, 3), (math.nan, math.nan, -2.0), (-3, -1)], 0.0, 0.5, 2.0),
    ([(0, 0), (1, 2)], 0.0, 0.0, math.inf),
    ([(1, 2), (0, 0)], 1.0, 1.0, math.inf),
])  # fmt: skip
def test_crossings_by_hand(
    ends: list[tuple[float, ...]], low: float, value: float, high: float
) -> None:
    found = first_crossing(X[: len(ends)].tolist(), [number(*one) for one in ends], level=0.95)
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((low, value, high))


def test_values_of_one_sign_have_no_crossing() -> None:
    assert first_crossing([0.0, 1.0], [number(1, 3), number(-1, 3)], level=0.95) is None


def test_both_hold_as_often_as_the_points_do() -> None:
    """A line from 1 to -1 with errors as large: at most 5 % of maps miss its share or crossing.

    False alarm below 1e-6; 400 maps tell 12 %. At the level of one point 22 % of maps have a point
    that is wrong.
    """
    rng, truth, missed, sure = np.random.default_rng(3), 1.0 - 0.4 * X, 0, 0
    each = level_of_each(0.95, X.size)
    for _ in range(400):
        rows = truth[:, np.newaxis] + 2.0 * rng.normal(size=(X.size, 40))
        points = [mean(row, level=each) for row in rows]
        share = share_above(points, level=0.95)
        crossing = first_crossing(X.tolist(), points, level=0.95)
        sure += share.low > 0.0
        missed += share.excludes(0.5) or (crossing is not None and crossing.excludes(2.5))
    assert missed <= binom.isf(FALSE_ALARM, 400, 0.05)
    assert sure > 100  # and something is told
