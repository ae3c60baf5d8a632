"""Cases of means, ratios, differences and shares.

Comes in: laws with known means. Goes out: cases to measure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from ccmsim.arrays import Floats
from ccmsim.estimation import (
    Estimate,
    mean,
    paired_difference,
    probability_below,
    ratio_of_means,
    sum_of_means,
)
from ccmsim.estimation.controls import controlled_mean
from ccmsim.estimation.rare import allowing_difference, allowing_shift
from ccmsim.estimation.shapley import quantile_contrasts
from ccmsim.studies.accuracy.judging import Case, Generator
from ccmsim.studies.accuracy.laws import LAWS, exponential, lognormal, revenue, revenue_mean

SIZES: Final = (200, 1_000, 5_000)
SHARE_OF_PANEL: Final = 0.8
LOST: Final = 0.3
BAD_SHARE: Final = 0.1


def of_means() -> Iterator[Case]:
    """Yield cases of `ccmsim.estimation.mean`: few replications, and as many as usual."""
    few = {
        "exponential": (exponential, 1.0),
        "lognormal": (lognormal, math.exp(0.5)),
        "revenue with rare bad years": (revenue, revenue_mean()),
    }
    for name, (draw, truth) in few.items():
        for n in (20, 40, 100):
            yield Case(
                what=f"mean, {name}", n=n, sets=4_000, truths={"": truth},
                trial=lambda rng, draw=draw, n=n: {"": mean(draw(rng, (n,)))},
            )  # fmt: skip
    for name, law in LAWS.items():
        for n in SIZES:
            yield Case(
                what=f"mean, {name}", n=n, sets=4_000, truths={"": law.mean},
                trial=lambda rng, draw=law.draw, n=n: {"": mean(draw(rng, (n,)))},
            )  # fmt: skip


def panels(rng: Generator, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Draw billable and enrolled patients; a year's share, left-skewed, is common to them all.

    The true ratio is SHARE_OF_PANEL.
    """
    enrolled = 1.0 + rng.poisson(60.0, shape).astype(np.float64)
    yearly_share = rng.beta(4.0, 1.0, shape)
    billable: Floats = rng.binomial(enrolled.astype(np.int64), yearly_share).astype(np.float64)
    return billable, enrolled


def pairs(rng: Generator, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Draw two skewed revenues on common random numbers: the second loses LOST on average."""
    a: Floats = -rng.lognormal(size=shape)
    b: Floats = a - rng.exponential(LOST, shape)
    return a, b


def parts(rng: Generator, short: int, long: int) -> tuple[Floats, Floats]:
    """Draw two parts of mean 1 and LOST - 1, the shorter going against the first of the longer."""
    a: Floats = rng.exponential(size=long)
    b: Floats = LOST - 0.7 * a[:short] - 0.3 * rng.exponential(size=short)
    return a, b


def rare(rng: Generator, n: int, p: float) -> tuple[Floats, Floats]:
    """Draw two years on common random numbers: a share p of the first ones loses 1, for good."""
    b: Floats = rng.normal(0.0, 0.1, n)
    a: Floats = b - (rng.uniform(size=n) < p)
    return a, b


def rare_shift(p: float) -> float:
    """Return how far the tenth worst of 100 years of `rare` moves, by the two laws."""

    def reaches(year: float) -> float:
        usual, lost = ndtr(np.array([year, year + 1.0]) / 0.1)
        return float((1.0 - p) * usual + p * lost - BAD_SHARE)

    return float(brentq(reaches, -2.0, 1.0)) - 0.1 * float(ndtri(BAD_SHARE))


def rare_change(rng: Generator, n: int, p: float) -> Estimate:
    """Draw years of `rare` and estimate the change of the bad year, as `assess` does."""
    a, b = rare(rng, n, p)
    (found,) = quantile_contrasts(
        np.array([b, a]), np.array([[-1.0], [1.0]]), BAD_SHARE, level=0.95
    )
    return allowing_shift(found, a, b, BAD_SHARE, most=1.0)


def of_rare_differences() -> Iterator[Case]:
    """Yield cases of `allowing_difference` and `allowing_shift`: most replications are equal."""
    for p in (0.005, 0.01, 0.02):
        for n in (200, 1_000):
            yield Case(
                what=f"difference seen in {100.0 * p:g} %", n=n, sets=2_000, truths={"": -p},
                at_least=True,
                trial=lambda rng, p=p, n=n: {"": allowing_difference(*rare(rng, n, p), most=1.0)},
            )  # fmt: skip
        yield Case(
            what=f"change of a bad year, seen in {100.0 * p:g} %", n=200, sets=1_000,
            truths={"": rare_shift(p)}, at_least=True,
            trial=lambda rng, p=p: {"": rare_change(rng, 200, p)},
        )  # fmt: skip


def of_ratios() -> Iterator[Case]:
    """Yield cases of `ratio_of_means`, `paired_difference` and `sum_of_means`."""
    for n in (100, 1_000):
        yield Case(
            what="sum of means, one of ten times as many", n=n, sets=2_000, truths={"": LOST},
            trial=lambda rng, n=n: {"": sum_of_means(*parts(rng, n, 10 * n))},
        )  # fmt: skip
    for n in (20, 100, 1_000):
        yield Case(
            what="ratio, shares of a panel", n=n, sets=2_000, truths={"": SHARE_OF_PANEL},
            trial=lambda rng, n=n: {"": ratio_of_means(*panels(rng, (n,)))},
        )  # fmt: skip
        yield Case(
            what="paired difference, skewed", n=n, sets=2_000, truths={"": LOST},
            trial=lambda rng, n=n: {"": paired_difference(*pairs(rng, (n,)))},
        )  # fmt: skip
    yield from of_rare_differences()


def of_shares() -> Iterator[Case]:
    """Yield cases of `share` and `probability_below`."""
    for p in (0.01, 0.05, 0.37):
        for n in SIZES:
            yield Case(
                what=f"probability of {p:g}", n=n, sets=4_000, truths={"": p},
                trial=lambda rng, p=p, n=n: {"": probability_below(rng.uniform(size=n), p)},
            )  # fmt: skip


def controlled(rng: Generator, n: int, curve: float) -> dict[str, Estimate]:
    """Draw a year that goes with 8 skewed controls; estimate its mean, and what goes with them.

    The mean is 8 + 2 curve. Of curve c² the line in c has a slope of 4 and leaves a variance of 4.
    """
    more = rng.exponential(size=(8 * n, 8))
    values = more[:n].sum(axis=1) + curve * more[:n, 0] ** 2 + rng.normal(size=n)
    found = controlled_mean(values, more[:n], more)
    return {"": found.mean, "explained": found.explained}


def of_controls() -> Iterator[Case]:
    """Yield cases of `controlled_mean`, where the truth is linear in the controls and not."""
    for name, curve in (("linear", 0.0), ("curved", 0.5)):
        goes, stays = 7.0 + (1.0 + 4.0 * curve) ** 2, 1.0 + 4.0 * curve**2
        truths = {"": 8.0 + 2.0 * curve, "explained": goes / (goes + stays)}
        for n in (100, 400):
            yield Case(
                what=f"mean with 8 controls, {name}", n=n, sets=1_000, truths=truths,
                trial=lambda rng, n=n, curve=curve: controlled(rng, n, curve),
            )  # fmt: skip
