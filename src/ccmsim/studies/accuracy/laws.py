"""Laws with known answers, from which data sets are drawn: normal, skewed, heavy-tailed, lattices.

Comes in: a generator and a shape. Goes out: values, and the exact mean, quantile or shortfall of
their law. A year's revenue is whole billable months times a fee, with ties, skewed to the left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from scipy import stats

from ccmsim.arrays import Floats

Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]
FEE: Final = 66.13

USUAL: Final = 0.94
BAD: Final = 0.75
BAD_YEARS: Final = 0.15
"""Share of months billed in a usual and in a bad year, and how many years are bad."""


@dataclass(frozen=True)
class Law:
    """A law and what is known of it; `tail` is the mean of the worst twentieth."""

    draw: Draw
    mean: float
    p5: float
    tail: float


def normal(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Draw standard normal values."""
    return rng.normal(size=size)


def exponential(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Draw exponential values of mean 1."""
    return rng.exponential(size=size)


def lognormal(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Draw lognormal values, sigma 1."""
    return rng.lognormal(size=size)


def lognormal_loss(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Draw lognormal losses, so that the long tail is the bad one."""
    return -rng.lognormal(size=size)


def student(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Draw Student's t of 3 degrees of freedom: no fourth moment, no third."""
    return rng.standard_t(3.0, size)


def revenue(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Draw yearly revenues: normal years, a quarter of them with a gamma loss of months."""
    months = np.rint(rng.normal(1700.0, 30.0, size))
    lost = np.rint(rng.gamma(0.8, 180.0, size)) * (rng.random(size) < 0.25)
    yearly: Floats = FEE * (months - lost)
    return yearly


def revenue_mean() -> float:
    """Return the mean of `revenue`; a rounded gamma has mean sum of P(X >= k + 1/2)."""
    lost = stats.gamma(0.8, scale=180.0).sf(np.arange(20_000) + 0.5).sum()
    return float(FEE * (1700.0 - 0.25 * lost))


def lattice(months: int) -> Draw:
    """Return a draw of `months` patient-months in a year: the fewer, the more ties."""

    def draw(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
        billed = rng.binomial(months, np.where(rng.random(size) < BAD_YEARS, BAD, USUAL), size)
        return FEE * billed.astype(np.float64)

    return draw


@cache
def lattice_law(months: int) -> tuple[Floats, Floats]:
    """Return the values of a `lattice` and their probabilities."""
    billed = np.arange(months + 1, dtype=np.float64)
    usual, bad = (stats.binom.pmf(billed, months, p) for p in (USUAL, BAD))
    probabilities: Floats = (1.0 - BAD_YEARS) * usual + BAD_YEARS * bad
    return FEE * billed, probabilities


def lattice_mean(months: int) -> float:
    """Return the mean of a `lattice`."""
    return FEE * months * ((1.0 - BAD_YEARS) * USUAL + BAD_YEARS * BAD)


def lattice_quantile(months: int, q: float) -> float:
    """Return a quantile of a `lattice`.

    Examples
    --------
    >>> round(lattice_quantile(12, 0.05) / FEE)
    8
    """
    values, probabilities = lattice_law(months)
    return float(values[np.argmax(np.cumsum(probabilities) >= q)])


def lattice_shortfall(months: int, tail: float) -> float:
    """Return the mean of the worst `tail` of a `lattice`."""
    values, probabilities = lattice_law(months)
    v = lattice_quantile(months, tail)
    return float(v + (np.minimum(values - v, 0.0) * probabilities).sum() / tail)


def normal_shortfall(tail: float = 0.05) -> float:
    """Return the mean of the worst `tail` of a standard normal."""
    return -float(stats.norm.pdf(stats.norm.ppf(tail))) / tail


def loss_shortfall(tail: float = 0.05) -> float:
    """Return the mean of the worst `tail` of `lognormal_loss`."""
    return -math.exp(0.5) * float(stats.norm.cdf(1.0 - stats.norm.ppf(1.0 - tail))) / tail


def student_shortfall(tail: float = 0.05) -> float:
    """Return the mean of the worst `tail` of `student`."""
    v = float(stats.t.ppf(tail, 3.0))
    return -float(stats.t.pdf(v, 3.0)) * (3.0 + v * v) / 2.0 / tail


LAWS: Final[Mapping[str, Law]] = {
    "normal": Law(normal, 0.0, float(stats.norm.ppf(0.05)), normal_shortfall()),
    "lognormal losses": Law(
        lognormal_loss, -math.exp(0.5), -math.exp(float(stats.norm.ppf(0.95))), loss_shortfall()
    ),
    "Student's t, 3": Law(student, 0.0, float(stats.t.ppf(0.05, 3.0)), student_shortfall()),
    "a year of 900 patient-months": Law(
        lattice(900), lattice_mean(900), lattice_quantile(900, 0.05), lattice_shortfall(900, 0.05)
    ),
    "a year of 12 patient-months": Law(
        lattice(12), lattice_mean(12), lattice_quantile(12, 0.05), lattice_shortfall(12, 0.05)
    ),
}
"""Laws by name; lattices have ties, the last one hardly anything else."""
