"""Selection of the best: a fully sequential procedure with common random numbers, within limits.

Comes in: a function that gives the values of systems, replication by replication, and one that
tells whether a system keeps its limits. Goes out: which system is the best, with a stated
probability. Never simulates by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.estimation.rare import surely_seen
from ccmsim.estimation.together import level_of_each

Values = Callable[[int, int], Floats]
"""From a system's position and a number n: its first n values, always the same ones."""

Keeps = Callable[[int, int], bool | None]
"""From the same: whether the system keeps its limits, by its first n values; None while open."""

GROWTH: Final = 0.25
"""Between two looks a system's replications grow by this share."""

_SURER: Final = 10
"""By this the chance is divided that an event was not seen: seen seldom, it is still ill known."""


class Selection(NamedTuple):
    """How a selection ended."""

    best: int | None
    """Position of the system with the highest mean among those that are left and surely keep their
    limits; None where there is none."""
    left: tuple[int, ...]
    """Systems that were not eliminated; one, unless the cap was reached; none that breaks."""
    replications: tuple[int, ...]
    """Of each system, when it was last looked at."""
    decided: bool
    """Whether the procedure came to its end, so that its probability holds."""
    keeps: tuple[bool | None, ...]
    """Of each system, whether it keeps its limits; None where it was not decided."""


def select_best(
    values: Values,
    systems: int,
    *,
    worth: float,
    level: float = 0.95,
    first: int = 20,
    most: int = 100_000,
    looking: Callable[[Sequence[int], int], None] = lambda left, count: None,
    keeps: Keeps = lambda i, n: True,
    apart: float = 0.0,
) -> Selection:
    """Select the system with the highest mean, of those that keep their limits.

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
        Called before every look with the systems looked at and the replications of each.
    keeps : callable, optional
        Such as `ccmsim.estimation.bounded.is_below`; asked at every look until it answers. Its own
        chance of error comes on top of 1 - `level`.
    apart : float
        How far apart a rare event may set two systems in one replication; 0: there is none.

    Notes
    -----
    KN of Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in
    simulation, ACM Transactions on Modeling and Computer Simulation 11, 251-273, with variances of
    paired differences. Each look comes after a quarter more replications than the last: fewer looks
    than the procedure allows, which can only lower the probability of a wrong elimination. A pair's
    variance is that of the first look, as KN has it, or of all that is known, if that is larger.

    KN assumes values near normal, and ends at once where the first look saw no difference in luck.
    So a pair is not settled while what its replications may not have seen could turn it: an event
    that sets the two `apart`, and that is seen at least once but for a tenth of 1 - `level`
    (`ccmsim.estimation.rare.surely_seen`). That a system within `worth` of the best is selected
    where none is ahead by so much is measured, not proven. docs/accuracy.md tells how often the
    best is selected, of normal systems and of such that differ by a rare event.

    Limits, as in Andradóttir and Kim (2010), Fully sequential procedures for comparing constrained
    systems via simulation, Naval Research Logistics 57, 403-421: which of two systems is ahead is
    settled once, whatever their limits; a system goes out if it breaks its limits, or if one that
    keeps them is ahead of it. A system waits while one is ahead of it whose limits are open, so
    that few of them need be settled. An error is that of a pair or of a system's limits, whichever
    systems wait: so their probabilities add up.

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
    if not 0.0 <= apart < math.inf:
        raise refuse("apart", "must be 0 or more, and finite", apart, "such as a year's projection")
    looking(range(systems), first)
    samples = [values(i, first) for i in range(systems)]
    eta = 0.5 * ((2.0 * (1.0 - level) / (systems - 1)) ** (-2.0 / (first - 1)) - 1.0)
    times = 2.0 * eta * (first - 1) / worth**2
    needed = times * np.array([[np.var(a - b, ddof=1) for b in samples] for a in samples])
    race = _Race(values, keeps, needed, times, worth, level, apart, most, samples)
    moving, count = list(range(systems)), first
    while moving:
        for i in moving:
            race.look(i, count)
        race.drop()
        moving, count = race.next_look()
        if moving:
            looking(moving, count)
    return race.end()


@dataclass
class _Race:
    """A selection under way: who is left, who is ahead of whom, who keeps the limits."""

    values: Values
    keeps: Keeps
    needed: Floats
    """KN's replications of each pair, by the variance of the first look."""
    times: float
    """By how much a variance is multiplied for them."""
    worth: float
    level: float
    apart: float
    most: int
    samples: list[Floats]
    counts: list[int] = field(init=False)
    verdicts: list[bool | None] = field(init=False)
    left: list[int] = field(init=False)
    ahead: dict[tuple[int, int], int] = field(default_factory=dict)
    """Of pairs that are settled, in rising order, the one that is ahead."""

    def __post_init__(self) -> None:
        systems = len(self.samples)
        self.counts, self.left = [0] * systems, list(range(systems))
        self.verdicts = [None] * systems

    def look(self, i: int, count: int) -> None:
        """Look at a system, and at its pairs with all that have been looked at as late."""
        self.samples[i], self.counts[i] = self.values(i, count), count
        if self.verdicts[i] is None:
            self.verdicts[i] = self.keeps(i, count)
        for j in self.left:
            pair = (min(i, j), max(i, j))
            if j != i and self.counts[j] >= count and pair not in self.ahead:
                self._settle(pair, count)

    def _settle(self, pair: tuple[int, int], count: int) -> None:
        """Settle a pair, where one of them is far enough ahead."""
        one, other = pair
        differences = self.samples[one][:count] - self.samples[other][:count]
        ahead = float(differences.mean())
        needed = max(self.needed[one, other], self.times * float(differences.var(ddof=1)))
        room = max(0.0, self.worth / (2.0 * count) * (needed - count))
        unseen = self.apart * surely_seen(count, level_of_each(self.level, _SURER))
        if (abs(ahead) > room or room == 0.0) and abs(ahead) + self.worth >= unseen:
            self.ahead[pair] = one if ahead >= 0.0 else other

    def is_ahead(self, i: int, j: int) -> bool:
        """Whether the first is known to be ahead of the second."""
        return i != j and self.ahead.get((min(i, j), max(i, j))) == i

    def mean(self, i: int) -> float:
        """Return the mean of all that is known of a system."""
        return float(self.samples[i].mean())

    def drop(self) -> None:
        """Leave out who breaks a limit, then whom one that keeps them is ahead of."""
        self.left = [i for i in self.left if self.verdicts[i] is not False]
        for i in sorted(self.left, key=self.mean):
            if any(self.verdicts[j] and self.is_ahead(j, i) for j in self.left):
                self.left.remove(i)

    def contenders(self) -> list[int]:
        """Return who need not wait for anybody.

        One whose limits are still open at the cap is not waited for.
        """
        free = [i for i in self.left if self.verdicts[i] or self.counts[i] < self.most]
        free.sort(key=lambda i: (-self.mean(i), i))
        return [
            i for place, i in enumerate(free) if not any(self.is_ahead(j, i) for j in free[:place])
        ]

    def next_look(self) -> tuple[list[int], int]:
        """Return who is looked at next, those with the fewest replications, and how many then."""
        front = self.contenders()
        open_to = {i for i in front if self.verdicts[i] is None}
        for pair in combinations(sorted(front), 2):
            if pair not in self.ahead:
                open_to.update(pair)
        going = [i for i in open_to if self.counts[i] < self.most]
        if not going:
            return [], 0
        fewest = min(self.counts[i] for i in going)
        count = min(fewest + math.ceil(GROWTH * fewest), self.most)
        return sorted(i for i in going if self.counts[i] == fewest), count

    def end(self) -> Selection:
        """Return how it ended."""
        sure = [i for i in self.left if self.verdicts[i]]
        best = max(sure, key=self.mean) if sure else None
        decided = not self.left or self.left == [best]
        counts, verdicts = tuple(self.counts), tuple(self.verdicts)
        return Selection(best, tuple(self.left), counts, decided, verdicts)
