"""Intervals that hold all at once: of several estimates, or at whichever look was the last.

Comes in: a level and how many intervals share it. Goes out: the level of each, and estimates that
say for what their level holds. Bonferroni: whatever depends on what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ccmsim.arrays import Floats
from ccmsim.estimation.estimate import EXACT, Estimate


def level_of_each(level: float, many: int) -> float:
    """Return the level of one interval, so that `many` of them hold at once at `level`.

    Each may fail with (1 - level) / many.

    Examples
    --------
    >>> round(level_of_each(0.95, 10), 12)
    0.995
    """
    return 1.0 - (1.0 - level) / many


def as_one_of(found: Estimate, *, level: float, note: str) -> Estimate:
    """Return an estimate of a higher level as what it is among all: `note` says among which.

    What is exact is so among any number of others, and stays named EXACT alone.
    """
    if found.method == EXACT:
        return replace(found, level=level)
    return replace(found, level=level, method=f"{found.method}; {note}")


def at_once(
    estimate: Callable[..., Estimate], *samples: Floats, many: int, level: float
) -> Estimate:
    """Return one of several estimates whose intervals all hold at once.

    Parameters
    ----------
    estimate : callable
        Such as `ccmsim.estimation.mean`; takes `level`.
    many : int
        How many there are, at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> from ccmsim.estimation import mean
    >>> found = at_once(mean, np.arange(9.0), many=3, level=0.95)
    >>> found.level, found.method.endswith("; 3 at once (Bonferroni)")
    (0.95, True)
    """
    found = estimate(*samples, level=level_of_each(level, many))
    return (
        found if many == 1 else as_one_of(found, level=level, note=f"{many} at once (Bonferroni)")
    )
