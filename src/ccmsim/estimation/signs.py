"""Signs of several numbers at once: how many are above 0, and where a line of them crosses it.

Comes in: estimates whose intervals hold all at once. Goes out: an `Estimate`, certain where they
are. Nothing is assumed of how they depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from ccmsim.estimation.estimate import Estimate, negative


def share_above(numbers: Sequence[Estimate], *, level: float) -> Estimate:
    """Estimate the share of numbers that are above 0.

    Parameters
    ----------
    numbers : sequence of Estimate
        Their intervals hold all at once at `level`.
    level : float

    Returns
    -------
    Estimate
        The share of the values above 0. It lies between the share of those that are surely above,
        and those with the ones that may be: wherever the intervals hold.

    Examples
    --------
    >>> from ccmsim.estimation import exactly
    >>> sure = exactly(3.0, level=0.95, replications=50)
    >>> print(share_above([sure, Estimate(1.0, 2.0, -3.0, 5.0, 0.95, 50, "t")], level=0.95))
    1.00 (95 %: 0.50 to 1.00)
    """
    many = len(numbers)
    return Estimate(
        value=sum(one.value > 0.0 for one in numbers) / many,
        standard_error=math.nan,
        low=sum(one.low > 0.0 for one in numbers) / many,
        high=sum(not one.high <= 0.0 for one in numbers) / many,
        level=level,
        replications=min(one.replications for one in numbers),
        method="those that are surely so, and those that are open; all at once",
    )


def first_crossing(
    x: Sequence[float], numbers: Sequence[Estimate], *, level: float
) -> Estimate | None:
    """Estimate the first x at which straight lines between numbers cross 0.

    Parameters
    ----------
    x : sequence of float
        Ascending.
    numbers : sequence of Estimate
        One for each x; their intervals hold all at once at `level`.
    level : float

    Returns
    -------
    Estimate or None
        None where the values have one sign. The lines lie between those through the lower and those
        through the upper ends: `low` is where they may first be 0, `high` the first place by which
        they surely have been; infinite where they may have one sign.

    Examples
    --------
    >>> falls = [Estimate(v, 1.0, v - 1.0, v + 1.0, 0.95, 50, "t") for v in (2.0, -2.0)]
    >>> print(first_crossing([0.0, 4.0], falls, level=0.95))
    2.0 (95 %: 1.0 to 3.0)
    """
    value = _first_zero(x, [one.value for one in numbers])
    if value is None:
        return None
    ends = [_ends(one) for one in numbers]
    return Estimate(
        value=value,
        standard_error=math.nan,
        low=min(_may_be(x, ends), value),
        high=max(_has_been(x, ends), value),
        level=level,
        replications=min(one.replications for one in numbers),
        method="straight between points, all of which hold at once",
    )


def _ends(number: Estimate) -> tuple[float, float]:
    """Return both ends; without an interval they are infinite."""
    if math.isnan(number.low):
        return -math.inf, math.inf
    return number.low, number.high


def _may_be(x: Sequence[float], ends: Sequence[tuple[float, float]]) -> float:
    """Return where the lines may first be 0."""
    if ends[0][0] <= 0.0 <= ends[0][1]:
        return x[0]
    above = ends[0][0] > 0.0
    near = [low if above else -high for low, high in ends]
    for (left, before), (right, after) in pairwise(zip(x, near, strict=True)):
        if after <= 0.0:
            return left if math.isinf(after) else _zero(left, right, before, after)
    return math.inf


def _has_been(x: Sequence[float], ends: Sequence[tuple[float, float]]) -> float:
    """Return the first place by which the lines surely have been 0; infinite without one."""
    sure = next((i for i, (low, high) in enumerate(ends) if low > 0.0 or high < 0.0), None)
    if sure is None:
        return math.inf
    above = ends[sure][0] > 0.0
    far = [high if above else -low for low, high in ends]
    for i in range(sure + 1, len(x)):
        if far[i] < 0.0:
            before = far[i - 1]
            return x[i] if math.isinf(before) else _zero(x[i - 1], x[i], before, far[i])
    return math.inf


def _first_zero(x: Sequence[float], values: Sequence[float]) -> float | None:
    """Return the first x at which straight lines between the points are 0."""
    for (left, before), (right, after) in pairwise(zip(x, values, strict=True)):
        if before == 0.0:
            return left
        if before * after < 0.0:
            return _zero(left, right, before, after)
    return x[-1] if values[-1] == 0.0 else None


def _zero(left: float, right: float, before: float, after: float) -> float:
    """Return where a straight line is 0 between two points on different sides of it, or at one."""
    return float(left + (right - left) * before / (before - after))


def share_below(numbers: Sequence[Estimate], *, level: float) -> Estimate:
    """Return `share_above` of the negatives."""
    return share_above([negative(one) for one in numbers], level=level)
