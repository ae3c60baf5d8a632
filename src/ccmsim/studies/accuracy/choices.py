"""Cases of promises that hold for several numbers at once, or after a search.

Comes in: samples that share their luck. Goes out: cases to measure. What is counted is whether the
whole promise came true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from ccmsim.analyses.break_even import crossings_of
from ccmsim.analyses.compare import duels_of
from ccmsim.analyses.stress import Combination, combinations_of
from ccmsim.arrays import Floats
from ccmsim.estimation import (
    Estimate,
    mean,
    paired_difference,
    replications_saved,
    with_the_best,
)
from ccmsim.estimation.selection import Selection, select_best
from ccmsim.estimation.together import level_of_each
from ccmsim.studies.accuracy.judging import Case, Generator

SIZE: Final = 60
POINTS: Final = 49
"""Of a flip map with 7 points each way."""


def data_set(
    rng: Generator, means: Floats, correlation: float, *, skewed: bool = False, size: int = SIZE
) -> Floats:
    """Draw samples of unit variance that share luck, shape (scenarios, size)."""
    shape = (len(means), size)
    if skewed:
        common, own = 1.0 - rng.exponential(size=(1, size)), 1.0 - rng.exponential(size=shape)
    else:
        common, own = rng.normal(size=(1, size)), rng.normal(size=shape)
    weight = np.sqrt(correlation)
    samples: Floats = means[:, None] + weight * common + np.sqrt(1.0 - correlation) * own
    return samples


def all_hold(found: Sequence[Estimate], truths: Sequence[float]) -> bool:
    """Whether every interval holds its truth, rounding aside."""
    return all(
        each.low - 1e-12 <= truth <= each.high + 1e-12
        for each, truth in zip(found, truths, strict=True)
    )


def best_is_kept(rng: Generator, means: Floats, correlation: float, *, skewed: bool) -> bool:
    """Whether all of `with_the_best` hold, and the best one is not ruled out."""
    found = with_the_best(list(data_set(rng, means, correlation, skewed=skewed)))
    truths = [float(means[i] - np.delete(means, i).max()) for i in range(len(means))]
    best = found[int(np.argmax(means))]
    return all_hold(found, truths) and not (best.high == 0.0 and best.low < 0.0)


def behind(count: int, place: int, by: float) -> Floats:
    """Return means of 0 but for one: the hardest case to tell apart."""
    return np.where(np.arange(count) == place, by, 0.0)


def of_the_best() -> Iterator[Case]:
    """Yield cases of comparisons that hold all at once: with the best, duels, flip maps."""
    shapes: dict[str, tuple[Floats, float, bool]] = {
        "five, the best first": (behind(5, 0, 0.25), 0.8, False),
        "five, the best last": (behind(5, 4, 0.25), 0.8, False),
        "four equals, skewed": (np.zeros(4), 0.5, True),
        "four in a row, skewed": (np.array([0.0, 0.3, 0.1, 0.2]), 0.5, True),
    }
    for name, (means, correlation, skewed) in shapes.items():
        yield Case(
            what=f"each with the best of the others, {name}", n=SIZE, sets=1_000, truths={},
            at_least=True,
            trial=lambda rng, m=means, c=correlation, s=skewed: {
                "": best_is_kept(rng, m, c, skewed=s)
            },
        )  # fmt: skip
        yield Case(
            what=f"all duels, {name}", n=SIZE, sets=300, truths={}, at_least=True,
            trial=lambda rng, m=means, c=correlation, s=skewed: {
                "": duels_hold(rng, m, c, skewed=s)
            },
        )  # fmt: skip
    for name, skewed in (("normal", False), ("skewed", True)):
        yield Case(
            what=f"all {POINTS} points of a flip map, {name}", n=SIZE, sets=1_000, truths={},
            at_least=True, trial=lambda rng, s=skewed: {"": map_holds(rng, skewed=s)},
        )  # fmt: skip


def duels_hold(rng: Generator, means: Floats, correlation: float, *, skewed: bool) -> bool:
    """Whether the differences of all duels hold."""
    samples = data_set(rng, means, correlation, skewed=skewed)
    found = duels_of({str(i): row for i, row in enumerate(samples)}, 0.95)
    truths = [float(a - b) for a, b in combinations(means, 2)]
    return all_hold([duel.difference for duel in found], truths)


def map_holds(rng: Generator, *, skewed: bool) -> bool:
    """Whether no point of a map of equals is called certain; neighbours share luck."""
    each = level_of_each(0.95, POINTS)
    differences = data_set(rng, np.zeros(POINTS), 0.7, skewed=skewed)
    zero = np.zeros(SIZE)
    return not any(paired_difference(row, zero, level=each).excludes(0.0) for row in differences)


def saved(rng: Generator, correlation: float, n: int) -> Estimate:
    """Estimate what pairing saves of normal samples; 1 / (1 - correlation) in truth."""
    a, b = data_set(rng, np.zeros(2), correlation, size=n)
    return replications_saved(a, b)


def of_saving() -> Iterator[Case]:
    """Yield cases of the replications that pairing saves."""
    for correlation in (0.0, 0.8):
        for n in (100, 1_000):
            yield Case(
                what=f"replications saved, correlation {correlation:g}", n=n, sets=1_000,
                truths={"": 1.0 / (1.0 - correlation)},
                trial=lambda rng, c=correlation, n=n: {"": saved(rng, c, n)},
            )  # fmt: skip


def selection(
    rng: Generator, means: Floats, correlation: float, *, deviation: float, level: float
) -> Selection:
    """Select the best of systems with equal spread; a difference of 1 matters."""
    values = deviation * data_set(rng, means / deviation, correlation, size=1_500)
    return select_best(lambda i, n: values[i, :n], len(means), worth=1.0, level=level)


def of_selection() -> Iterator[Case]:
    """Yield cases of a correct selection, the best ahead by just what matters."""
    for correlation in (0.0, 0.8):
        for place in (0, 2, 4):
            yield Case(
                what=f"best of five selected, at place {place + 1}, correlation {correlation:g}",
                n=20, sets=600, truths={}, at_least=True,
                trial=lambda rng, p=place, c=correlation: {
                    "": selection(rng, behind(5, p, 1.0), c, deviation=3.0, level=0.95).best == p
                },
            )  # fmt: skip
    for share, loss in ((0.01, 200.0), (0.02, 80.0), (0.05, 30.0)):
        yield Case(
            what=f"the better of two, the other loses {loss:g} in {100.0 * share:g} % of years",
            n=50, sets=600, truths={}, at_least=True,
            trial=lambda rng, s=share, loss=loss: {"": rarely_apart(rng, s, loss).best == 0},
        )  # fmt: skip


def rarely_apart(rng: Generator, share: float, loss: float) -> Selection:
    """Select the better of two systems: one nets more, but loses in a share of the years.

    In the mean it is behind by 1, which is what matters.
    """
    n = 6_000
    luck, own = 3.0 * rng.normal(size=n), 0.3 * rng.normal(size=(2, n))
    ahead = share * loss - 1.0 - loss * (rng.random(n) < share)
    values = luck + own + np.array([np.zeros(n), ahead])
    return select_best(
        lambda i, n: values[i, :n], 2, worth=1.0, first=50, most=n, apart=loss
    )  # fmt: skip


HOURS: Final = 100.0
LASTS: Final = 400.0


def truly(found: Combination) -> float:
    """Return how often years miss that lose so much: of exponential hours, which do not age."""
    lost = sum(found.hours.values())
    return 1.0 - math.exp(-lost / LASTS) / (1.0 + HOURS / LASTS) ** 2


def milder(rng: Generator, n: int) -> tuple[Combination, ...]:
    """Search the mildest combinations of two causes after which half of the years miss.

    Hours lost are exponential; a year keeps its limit with probability exp(-hours / LASTS). Years
    are drawn until some combination is listed.
    """
    found: tuple[Combination, ...] = ()
    while not found:
        hours = {name: rng.exponential(HOURS, n) for name in ("vacancy", "sick_spells")}
        kept = np.exp(-sum(hours.values()) / LASTS)
        found = combinations_of(hours, rng.random(n) >= kept, 0.5, 0.95)
    return found


def misses_hold(found: Sequence[Combination]) -> bool:
    """Whether the shares of years that miss hold all at once."""
    return all_hold([each.misses for each in found], [truly(each) for each in found])


def likelihood_holds(found: Combination) -> bool:
    """Whether the share of years that lose so much holds."""
    return not found.likelihood.excludes(math.exp(-sum(found.hours.values()) / HOURS))


def of_searches() -> Iterator[Case]:
    """Yield cases of what was searched for in one half and told by the other."""
    for n in (1_000, 4_000):
        yield Case(
            what="mildest disruptions: years that miss, all at once", n=n, sets=300, truths={},
            at_least=True, trial=lambda rng, n=n: {"": misses_hold(milder(rng, n))},
        )  # fmt: skip
        yield Case(
            what="mildest disruptions: likelihood", n=n, sets=300, truths={},
            trial=lambda rng, n=n: {"": likelihood_holds(milder(rng, n)[0])},
        )  # fmt: skip


EARNED: Final = 300.0
FIXED: Final = 8_250.0
"""What a patient brings a year and what has to be paid: even at 28 patients."""


def even(rng: Generator, n: int) -> Estimate:
    """Return the break-even panel of years in which a patient's worth and the cost vary."""
    worth = EARNED * rng.gamma(9.0, 1.0 / 9.0, n)
    cost = FIXED * rng.gamma(25.0, 1.0 / 25.0, n)
    (found,) = crossings_of(
        lambda patients: mean(worth * patients - cost), (1, 3, 8, 20, 50, 120, 300), 1.0
    )
    return Estimate(found.value, math.nan, found.low, found.high, 0.95, n, "crossing")


def of_crossings() -> Iterator[Case]:
    """Yield cases of break-even panels; the true one is the first that does not lose."""
    for n in (40, 200, 1_000):
        yield Case(
            what="break-even panel", n=n, sets=1_000, truths={"": math.ceil(FIXED / EARNED)},
            at_least=True, trial=lambda rng, n=n: {"": even(rng, n)},
        )  # fmt: skip
