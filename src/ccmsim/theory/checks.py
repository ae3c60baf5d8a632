"""Checks of the numbers that closed forms take.

Comes in: what the user gave. Goes out: the same as plain numbers, or an `InputError`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.errors import refuse


def probabilities(values: ArrayLike) -> Floats:
    """Return one probability a day as an array."""
    p = np.asarray(values, np.float64)
    if p.ndim != 1 or p.size == 0 or not np.all((p >= 0.0) & (p <= 1.0)):
        valid = "one probability a day, each from 0 to 1"
        raise refuse("daily_probability", "must be probabilities", values, valid)
    return p


def count(field: str, value: Any) -> int:
    """Return a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise refuse(field, "must be a whole number, at least 0", value, "such as 4")
    return int(value)


def positive(field: str, value: float) -> float:
    """Return a number above 0."""
    if not value > 0.0:
        raise refuse(field, "must be above 0", value, "a number such as 20")
    return float(value)
