"""Selection of the best: Kim and Nelson's fully sequential procedure with common random numbers.

Comes in: a function that gives the values of systems, replication by replication. Goes out: which
system is the best, with a stated probability. Never simulates by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation.checks import between_0_and_1

Values = Callable[[int, int], Floats]
"""From a system's position and a number n: its first n values, always the same ones."""

GROWTH: Final = 0.25
"""Between two looks a system's replications grow by this share."""


class Selection(NamedTuple):
    """How a selection ended."""

    best: int
    """Position of the system with the highest mean among those that are left."""
    left: tuple[int, ...]
    """Systems that were not eliminated; one, unless the cap was reached."""
    replications: tuple[int, ...]
    """Of each system, when it was last looked at."""
    decided: bool
    """Whether the procedure came to its end, so that its probability holds."""


def select_best(
    values: Values,
    systems: int,
    *,
    worth: float,
    level: float = 0.95,
    first: int = 20,
    most: int = 100_000,
    looking: Callable[[Sequence[int], int], None] = lambda left, count: None,
) -> Selection:
    """Select the system with the highest mean.

    With probability `level` at least it is the best, if the best is ahead of all others by `worth`
    or more; and if not, one within `worth` of the best.

    Parameters
    ----------
    values : callable
        Systems share the random numbers of a replication: then few replications are enough.
    systems : int
        Two or more.
    worth : float
        A difference that matters, above 0, in the values' unit: the indifference zone.
    level : float
        Probability of a correct selection, above 1 / systems.
    first : int
        Replications before the first look, at least 10.
    most : int
        Replications of a system at most; when they do not suffice, nothing is promised.
    looking : callable, optional
        Called before every look with the systems that are left and the replications of each.

    Notes
    -----
    KN of Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in
    simulation, ACM Transactions on Modeling and Computer Simulation 11, 251-273, with variances of
    paired differences. Each look comes after a quarter more replications than the last: fewer looks
    than the procedure allows, which can only lower the probability of a wrong elimination. It
    assumes values near normal. benchmarks/staffing.py measures how often the best is selected.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> luck = rng.normal(size=2000)
    >>> found = select_best(lambda i, n: luck[:n] + [0.0, 0.5, 0.2][i], 3, worth=0.1)
    >>> found.best, found.decided
    (1, True)
    """
    level = between_0_and_1("level", level)
    if systems < 2:
        raise refuse("systems", "must be two or more", systems, "such as 3")
    if not level > 1.0 / systems:
        raise refuse("level", "must be above 1 / systems", level, "such as 0.95")
    if not 0.0 < worth < math.inf:
        raise refuse("worth", "must be above 0", worth, "a difference that matters")
    if first < 10 or most < first:
        raise refuse("first", "must be at least 10, and no more than most", (first, most), "20")
    looking(range(systems), first)
    samples = [values(i, first) for i in range(systems)]
    eta = 0.5 * ((2.0 * (1.0 - level) / (systems - 1)) ** (-2.0 / (first - 1)) - 1.0)
    scale = 2.0 * eta * (first - 1)
    spread = np.array([[np.var(a - b, ddof=1) for b in samples] for a in samples])
    needed = scale * spread / worth**2
    left, count, looked = list(range(systems)), first, [first] * systems
    while True:
        means = {i: float(samples[i][:count].mean()) for i in left}
        left = _screened(left, means, needed, worth, count)
        ends = max((needed[i][j] for i in left for j in left), default=0.0)
        if len(left) == 1 or count > ends or count >= most:
            break
        count = min(count + math.ceil(GROWTH * count), most)
        looking(left, count)
        for i in left:
            samples[i], looked[i] = values(i, count), count
    best = max(left, key=lambda i: means[i])
    decided = len(left) == 1 or count > ends
    if decided:
        left = [best]
    return Selection(best, tuple(left), tuple(looked), decided)


def _screened(
    left: Sequence[int], means: dict[int, float], needed: Floats, worth: float, count: int
) -> list[int]:
    """Return the systems that no other one is clearly ahead of."""

    def beaten(i: int, j: int) -> bool:
        room = max(0.0, worth / (2.0 * count) * (needed[i][j] - count))
        return bool(means[i] < means[j] - room)

    kept = [i for i in left if not any(beaten(i, j) for j in left if j != i)]
    return kept or [max(left, key=lambda i: means[i])]
