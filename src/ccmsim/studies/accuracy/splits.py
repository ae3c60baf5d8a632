"""Cases of what splits a number: between causes, between inputs, between chance and ignorance.

Comes in: models with known splits. Goes out: cases to measure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from scipy import stats

from ccmsim.analyses.quasi import mean_of_groups, saved_by_groups
from ccmsim.arrays import Floats
from ccmsim.availability.designs import Design, Kind, points_of
from ccmsim.estimation import Estimate
from ccmsim.estimation.information import value_of_knowing
from ccmsim.estimation.levels import quantile_of_sets, sets_above, share_below, variances
from ccmsim.estimation.shapley import (
    drawn_orders,
    exact_weights,
    mean_contrasts,
    order_weights,
    quantile_contrasts,
    widened,
)
from ccmsim.estimation.sobol import sobol_indices
from ccmsim.studies.accuracy.judging import Case, Generator
from ccmsim.studies.doubt.space import held

PLAYERS: Final = 3

# The Ishigami function with a = 7, b = 0.1: its variance and indices in closed form.
_A, _B = 7.0, 0.1
_ALONE: Final = (0.5 * (1.0 + _B * math.pi**4 / 5.0) ** 2, _A**2 / 8.0, 0.0)
_TOGETHER: Final = _B**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
VARIANCE: Final = sum(_ALONE) + _TOGETHER
FIRST: Final = tuple(part / VARIANCE for part in _ALONE)
TOTAL: Final = (FIRST[0] + _TOGETHER / VARIANCE, FIRST[1], _TOGETHER / VARIANCE)


def ishigami(x: Floats) -> Floats:
    """Return Ishigami's function of three uniforms from -pi to pi, shape (rows, 3)."""
    value: Floats = np.sin(x[:, 0]) * (1.0 + _B * x[:, 2] ** 4) + _A * np.sin(x[:, 1]) ** 2
    return value


def outputs(rng: Generator, rows: int, noise: float) -> tuple[Floats, Floats, Floats]:
    """Return noisy outputs, two replications; mixtures share most of the noise of A."""
    a, b = rng.uniform(-math.pi, math.pi, (2, rows, 3))
    of_a = noise * rng.normal(size=(rows, 2))
    mixed = []
    for k in range(3):
        changed = a.copy()
        changed[:, k] = b[:, k]
        own = 0.6 * noise * rng.normal(size=(rows, 2))
        mixed.append(ishigami(changed)[:, None] + 0.8 * of_a + own)
    of_b = noise * rng.normal(size=(rows, 2))
    return ishigami(a)[:, None] + of_a, ishigami(b)[:, None] + of_b, np.array(mixed)


def index_truths() -> dict[str, float]:
    """Return the true indices, half of a replication's variance being noise."""
    first = {f"first {k + 1}": value for k, value in enumerate(FIRST)}
    total = {f"total {k + 1}": value for k, value in enumerate(TOTAL)}
    return first | total | {"sum of the first": FIRST[0] + FIRST[1], "noise": 0.5}


def indices(rng: Generator, rows: int) -> dict[str, Estimate]:
    """Estimate what `index_truths` tells."""
    found = sobol_indices(*outputs(rng, rows, math.sqrt(VARIANCE)))
    numbers = (*found.first, *found.total, found.additive, found.noise)
    return dict(zip(index_truths(), numbers, strict=True))


def of_indices() -> Iterator[Case]:
    """Yield cases of Sobol indices."""
    for rows, sets in ((50, 300), (200, 300), (800, 100)):
        yield Case(
            what="Sobol index", n=rows, sets=sets, truths=index_truths(),
            trial=lambda rng, rows=rows: indices(rng, rows),
        )  # fmt: skip


def table(rng: Generator, law: str, sets: int, n: int, share: float) -> Floats:
    """Draw values whose sets' expectations have `share` of a variance of 1."""
    if law == "lognormal":
        centre = (rng.lognormal(size=(sets, 1)) - math.exp(0.5)) / math.sqrt((math.e - 1) * math.e)
    else:
        centre = rng.uniform(-math.sqrt(3.0), math.sqrt(3.0), (sets, 1))
    chance = rng.normal(size=(sets, n))
    values: Floats = math.sqrt(share) * centre + math.sqrt(1.0 - share) * chance
    return values


def normal_sets(rng: Generator, sets: int, n: int, share: float) -> Floats:
    """Draw values whose sets' expectations are normal with `share` of a variance of 1.

    Four of five expectations are above 0.
    """
    centre = float(stats.norm.ppf(0.8)) * math.sqrt(share)
    of_sets = math.sqrt(share) * rng.normal(size=(sets, 1))
    values: Floats = centre + of_sets + math.sqrt(1.0 - share) * rng.normal(size=(sets, n))
    return values


def of_levels() -> Iterator[Case]:
    """Yield cases of the two levels of uncertainty, four replications a set."""
    for law in ("uniform", "lognormal"):
        for share in (0.1, 0.5, 0.9):
            truths = {"unknown": share, "chance": 1.0 - share, "both": 1.0, "share": share}
            for sets in (100, 400):
                yield Case(
                    what=f"variance split, {law} sets, share {share:g}", n=sets, sets=1_000,
                    truths=truths,
                    trial=lambda rng, law=law, s=sets, share=share: dict(
                        variances(table(rng, law, s, 4, share))
                    ),
                )  # fmt: skip
    for share in (0.01, 0.05, 0.2, 0.5, 0.9):
        for sets in (50, 100):
            yield Case(
                what=f"sets above 0, chance taken out, share {share:g}", n=sets, sets=1_000,
                at_least=True, truths={"": 0.8},
                trial=lambda rng, s=sets, share=share: {
                    "": sets_above(normal_sets(rng, s, 4, share))
                },
            )  # fmt: skip
    yield from of_skewed_sets()
    for share in (0.84, 0.95, 1.0):
        yield Case(
            what=f"share of the space of doubt, {share:g}", n=48, sets=1_000, at_least=True,
            truths={"": share},
            trial=lambda rng, share=share: {"": share_of_space(rng, 48, share)},
        )  # fmt: skip
    p5, median = (float(stats.norm.ppf(q)) for q in (0.05, 0.5))
    for sets in (100, 400):
        yield Case(
            what="over sets", n=sets, sets=1_000, at_least=True,
            truths={"P5": p5, "P50": median, "share below": 0.2},
            trial=lambda rng, s=sets: over_sets(rng, s),
        )  # fmt: skip


def of_skewed_sets() -> Iterator[Case]:
    """Yield cases of `sets_above` whose sets' expectations are lognormal, or of two kinds."""
    mean_of, deviation = math.exp(0.5), math.sqrt((math.e - 1.0) * math.e)
    for share in (0.1, 0.2, 0.5):
        for name, at in (("their mean", 0.5), ("their lowest tenth", float(stats.norm.ppf(0.1)))):
            limit = math.sqrt(share) * (math.exp(at) - mean_of) / deviation
            yield Case(
                what=f"lognormal sets above {name}, chance taken out, share {share:g}", n=100,
                sets=600, at_least=True, truths={"": float(stats.norm.sf(at))},
                trial=lambda rng, share=share, limit=limit: {
                    "": sets_above(table(rng, "lognormal", 100, 4, share), limit)
                },
            )  # fmt: skip
    yield Case(
        what="sets of two kinds, three in ten below 0, chance taken out, share 0.5", n=100,
        sets=600, at_least=True, truths={"": 0.7}, trial=lambda rng: {"": of_two_kinds(rng)},
    )  # fmt: skip


def of_two_kinds(rng: Generator) -> Estimate:
    """Estimate the share above 0 of expectations that are one of two values."""
    of_sets = np.where(rng.random((100, 1)) < 0.3, -math.sqrt(7.0 / 3.0), math.sqrt(3.0 / 7.0))
    return sets_above(math.sqrt(0.5) * (of_sets + rng.normal(size=(100, 4))))


def share_of_space(rng: Generator, sets: int, share: float) -> Estimate:
    """Estimate in which share of a space an advice pays, eight replications a set.

    Expectations are normal, or, where all are above 0, uniform from 1 to 4; a replication's
    chance has a deviation of 3.
    """
    if share < 1.0:
        of_sets = float(stats.norm.ppf(share)) + rng.normal(size=(sets, 1))
    else:
        of_sets = rng.uniform(1.0, 4.0, (sets, 1))
    values = of_sets + 3.0 * rng.normal(size=(sets, 8))
    return held(values, rng.uniform(size=(sets, 1)), ("x",), 0.95).share


def over_sets(rng: Generator, sets: int) -> dict[str, Estimate]:
    """Estimate quantiles and a share of normal years, half of whose variance is between sets."""
    years = math.sqrt(0.5) * (rng.normal(size=(sets, 1)) + rng.normal(size=(sets, 4)))
    return {
        "P5": quantile_of_sets(years, 0.05),
        "P50": quantile_of_sets(years, 0.5),
        "share below": share_below(years, float(stats.norm.ppf(0.2))),
    }


def choices(rng: Generator, sets: int, centre: float) -> tuple[Floats, Floats]:
    """Return what is known, and outcomes of 0 against centre + known + noise."""
    x = rng.normal(size=sets)
    return x, np.column_stack([np.zeros(sets), centre + x + 3.0 * rng.normal(size=sets)])


def value_of_choice(centre: float) -> float:
    """Return what it is worth to know x of `choices`: density(m) - m P(below -m)."""
    return float(stats.norm.pdf(centre) - centre * stats.norm.cdf(-centre))


VALUE_OF_PRODUCT: Final = 0.125
"""What it is worth to know both numbers of `product_choices`: half of E|x| E|y|."""


def product_choices(rng: Generator, sets: int, others: int) -> tuple[Floats, Floats]:
    """Return uniform numbers from -1 to 1, and outcomes of 0 against x y + noise of the first two.

    `others` is how many more numbers there are, which matter nothing. Neither x nor y alone is
    worth anything.
    """
    known = rng.uniform(-1.0, 1.0, (sets, 2 + others))
    noise = 0.3 * rng.normal(size=sets)
    return known, np.column_stack([np.zeros(sets), known[:, 0] * known[:, 1] + noise])


def weak_choices(rng: Generator, sets: int, many: int) -> tuple[Floats, Floats]:
    """Return what is known, many numbers of equal weight, and outcomes as those of `choices`."""
    known = rng.normal(size=(sets, many))
    against = known.sum(axis=1) / math.sqrt(many) + 3.0 * rng.normal(size=sets)
    return known, np.column_stack([np.zeros(sets), against])


def of_information() -> Iterator[Case]:
    """Yield cases of the value of information."""
    for centre in (0.0, 0.3, 1.0):
        for sets in (400, 2_000):
            yield Case(
                what=f"value of knowing, {centre:g} deviations from the border", n=sets, sets=300,
                truths={"": value_of_choice(centre)},
                trial=lambda rng, s=sets, c=centre: {"": value_of_knowing(*choices(rng, s, c))},
            )  # fmt: skip
    for sets in (400, 2_000):
        yield Case(
            what="value of knowing 20, of which two decide by their product", n=sets, sets=300,
            truths={"": VALUE_OF_PRODUCT},
            trial=lambda rng, s=sets: {"": value_of_knowing(*product_choices(rng, s, 18))},
        )  # fmt: skip
    yield Case(
        what="value of knowing 37 of equal weight, a tenth of the variance", n=1_333, sets=300,
        truths={"": value_of_choice(0.0)},
        trial=lambda rng: {"": value_of_knowing(*weak_choices(rng, 1_333, 37))},
    )  # fmt: skip


def game(rng: Generator, n: int) -> Floats:
    """Draw what is lost to coalitions of three causes, shape (8, n): they overlap, and share luck.

    Of causes 0 and 1 only the larger loss counts: E max of two exponentials is 3/2.
    """
    lost = rng.exponential(size=(PLAYERS, n))
    luck = rng.normal(size=n)
    rows = []
    for mask in range(2**PLAYERS):
        first, second, third = (lost[i] * bool(mask >> i & 1) for i in range(PLAYERS))
        rows.append(luck - np.maximum(first, second) - third)
    return np.array(rows)


SHAPLEY: Final = (-0.75, -0.75, -1.0)
"""Of `game`: halves of 3/2, and all of the third."""


def shares_of(values: Floats, *, exact: bool, seed: int = 0) -> list[Estimate]:
    """Estimate the shares of means, from all coalitions or from drawn orders."""
    if exact:
        weights = exact_weights(PLAYERS)
        return mean_contrasts(values[list(weights)], np.array(list(weights.values())), level=0.95)
    orders = drawn_orders(PLAYERS, 8, seed)
    weights = order_weights(orders)
    found = mean_contrasts(values[list(weights)], np.array(list(weights.values())), level=0.95)
    means = values.mean(axis=1)
    by_pair = np.array([
        sum(means[mask] * row for mask, row in order_weights(orders[k : k + 2]).items())
        for k in range(0, len(orders), 2)
    ])  # fmt: skip
    return [widened(one, by_pair[:, i], 0.95) for i, one in enumerate(found)]


def named_shares(found: list[Estimate]) -> dict[str, Estimate]:
    """Return the shares by name."""
    return {f"cause {i + 1}": one for i, one in enumerate(found)}


@cache
def quantile_shares() -> dict[str, float]:
    """Return the true shares of the 5 % quantile of `game`, from half a million replications."""
    weights = exact_weights(PLAYERS)
    values = game(np.random.default_rng(17), 500_000)[list(weights)]
    at = np.quantile(values, 0.05, axis=1)
    return {
        f"cause {i + 1}": float(row @ at)
        for i, row in enumerate(np.array(list(weights.values())).T)
    }


def of_shares() -> Iterator[Case]:
    """Yield cases of Shapley shares: of means, exact and from drawn orders, and of quantiles."""
    truths = {f"cause {i + 1}": value for i, value in enumerate(SHAPLEY)}
    for n in (50, 200):
        yield Case(
            what="Shapley share of the mean", n=n, sets=1_000, truths=truths,
            trial=lambda rng, n=n: named_shares(shares_of(game(rng, n), exact=True)),
        )  # fmt: skip
        yield Case(
            what="the same from 8 drawn orders", n=n, sets=500, truths=truths,
            trial=lambda rng, n=n: named_shares(
                shares_of(game(rng, n), exact=False, seed=int(rng.integers(2**32)))
            ),
        )  # fmt: skip
    weights = exact_weights(PLAYERS)
    matrix, masks = np.array(list(weights.values())), list(weights)
    for n in (200, 1_000):
        yield Case(
            what="Shapley share of P5", n=n, sets=20_000 // n, truths=quantile_shares(),
            trial=lambda rng, n=n: named_shares(
                quantile_contrasts(game(rng, n)[masks], matrix, 0.05, level=0.95)
            ),
        )  # fmt: skip


_DIMENSIONS: Final = 6
_WEIGHTS: Final = np.array([1.0, 0.8, 0.6, 0.4, 0.2, 0.1])


def spread_years(rng: Generator, design: Design, groups: int) -> Floats:
    """Draw values of a design's groups: curved in its numbers, with noise of their own; mean 0."""
    seed = int(rng.integers(2**32))
    points = np.array([points_of(design, _DIMENSIONS, seed, group) for group in range(groups)])
    curved = (np.exp(points) - (math.e - 1.0)) @ _WEIGHTS + points[..., 0] * points[..., 1] - 0.25
    values: Floats = curved + 0.2 * rng.normal(size=curved.shape)
    return values


@cache
def saved_truth(design: Design) -> float:
    """Return how many times the variance of independent values, from 4,000 groups."""
    values = spread_years(np.random.default_rng(19), design, 4_000)
    apart = float(values.var(ddof=1)) / design.points
    return apart / float(values.mean(axis=1).var(ddof=1))


def of_designs() -> Iterator[Case]:
    """Yield cases of spread replications, 32 groups (pairs if antithetic)."""
    names: dict[str, tuple[Kind, int]] = {
        "opposite pairs": ("antithetic", 2),
        "Latin hypercube": ("latin", 32),
        "Sobol points": ("sobol", 32),
    }
    for name, (kind, points) in names.items():
        design = Design(kind, points)
        yield Case(
            what=f"spread replications, {name}", n=32 * points, sets=400,
            truths={"mean": 0.0, "saved": saved_truth(design)},
            trial=lambda rng, design=design: _of_groups(spread_years(rng, design, 32)),
        )  # fmt: skip


def _of_groups(values: Floats) -> dict[str, Estimate]:
    return {"mean": mean_of_groups(values, 0.95, ""), "saved": saved_by_groups(values, 0.95)}
