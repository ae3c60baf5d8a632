"""What the estimators accept: finite numbers, one a replication.

Comes in: a user's arrays and settings. Goes out: float64 arrays and floats, or an `InputError`.
Never changes a value.
"""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ccmsim.errors import refuse

Floats = NDArray[np.float64]


def finite(field: str, values: ArrayLike) -> Floats:
    """Return the values as float64, refused when empty, not numeric or not finite."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        kind = type(values).__name__
        raise refuse(field, "must be numbers", kind, "an array of numbers") from None
    if array.size == 0:
        raise refuse(field, "must not be empty", array.shape, "one value or more")
    bad = np.count_nonzero(~np.isfinite(array))
    if bad:
        where = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        rule = f"must be finite; {bad} of {array.size} values are not, the first at {where}"
        raise refuse(field, rule, float(array[where]), "finite numbers")
    return array


def sample_of(field: str, values: ArrayLike) -> Floats:
    """Return one finite value a replication."""
    array = finite(field, values)
    if array.ndim != 1:
        raise refuse(field, "must have one axis", array.shape, "shape (replications,)")
    return array


def pair(name_a: str, a: ArrayLike, name_b: str, b: ArrayLike) -> tuple[Floats, Floats]:
    """Return two samples of the same replications."""
    first, second = sample_of(name_a, a), sample_of(name_b, b)
    if first.size != second.size:
        rule = f"must be paired with {name_a}, which has {first.size} values"
        raise refuse(name_b, rule, second.size, f"{first.size} values, one a replication")
    return first, second


def between_0_and_1(field: str, number: float, valid: str = "a number such as 0.95") -> float:
    """Return a probability as a float; NaN fails the comparison, so it is refused too."""
    try:
        inside = bool(0.0 < number < 1.0)
    except (TypeError, ValueError):
        inside = False
    if not inside:
        raise refuse(field, "must lie between 0 and 1, both excluded", number, valid)
    return float(number)


def whole(field: str, number: SupportsIndex) -> int:
    """Return a count as an int; 3.0 is refused."""
    try:
        return operator.index(number)
    except TypeError:
        raise refuse(field, "must be a whole number", number, "a count such as 12") from None
