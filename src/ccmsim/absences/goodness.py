"""How well an absence fit describes its log: counts, lengths and season, as tests and a figure.

Comes in: an `AbsenceFit`. Goes out: tests and a matplotlib `Figure`. Fits nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ccmsim.absences.likelihood import Counts
from ccmsim.arrays import Floats
from ccmsim.estimation.goodness import GoodnessTest, chi_squared, kolmogorov
from ccmsim.fitting.plots import bars, canvas, tidy_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.absences.value import AbsenceFit

MONTHS = ("J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D")
LONGEST_SHOWN = 10


def tests_of(fit: AbsenceFit) -> tuple[GoodnessTest, ...]:
    """Return Kolmogorov's tests of counts and lengths, and chi-squared of the season."""
    found = [_test_counts(fit), _test_lengths(fit)]
    if fit.season_amplitude is not None:
        seen, due = (np.array(column) for column in zip(*fit.by_month, strict=True))
        inside = 0.0 < fit.season_amplitude.value < 1.0
        found.append(chi_squared("season", seen, due, fitted=int(inside)))
    return tuple(found)


def _test_counts(fit: AbsenceFit) -> GoodnessTest:
    values = np.array(fit.counts, dtype=np.float64)
    mean, shape = fit.spells_per_year.value * fit.years, fit.frailty_shape.value

    def draw(generator: np.random.Generator) -> Floats:
        alike = math.isinf(shape)
        frailty = 1.0 if alike else generator.gamma(shape, 1.0 / shape, values.size)
        return generator.poisson(mean * frailty, size=values.size).astype(np.float64)

    return kolmogorov("spells by worker: negative binomial", values, _cdf_of_counts, draw, step=1.0)


def _cdf_of_counts(values: Floats) -> Callable[[Floats], Floats]:
    if not values.any():
        return lambda x: (x >= 0.0).astype(np.float64)
    counts = Counts(values.astype(np.int64))
    return count_cdf(counts.mean, counts.best_shape)


def count_cdf(mean: float, shape: float) -> Callable[[Floats], Floats]:
    """Return the distribution function of a worker's spells, Poisson for an infinite shape."""
    from scipy.special import betainc, gammaincc

    def share(x: Floats) -> Floats:
        whole = np.floor(x)
        up = np.maximum(whole, 0.0) + 1.0
        if math.isinf(shape):
            found = gammaincc(up, mean)
        else:
            found = betainc(shape, up, shape / (shape + mean))
        return np.where(whole < 0.0, 0.0, found)

    return share


def _test_lengths(fit: AbsenceFit) -> GoodnessTest:
    values = np.array(fit.days, dtype=np.float64)
    p = values.size / values.sum()

    def cdf_of(sample: Floats) -> Callable[[Floats], Floats]:
        return lambda x: 1.0 - (1.0 - sample.size / sample.sum()) ** np.maximum(np.floor(x), 0.0)

    def draw(generator: np.random.Generator) -> Floats:
        return generator.geometric(p, values.size).astype(np.float64)

    return kolmogorov("days of a spell: geometric", values, cdf_of, draw, step=1.0)


def figure(fit: AbsenceFit) -> Figure:
    """Return the figure: spells by worker, days of a spell, starts by month where known."""
    drawn, axes = canvas(1, 2 + bool(fit.by_month))
    _counts(axes[0], fit)
    days = np.minimum(np.array(fit.days), LONGEST_SHOWN)
    seen = np.bincount(days, minlength=LONGEST_SHOWN + 1)[1:].astype(np.float64)
    p = fit.geometric_probability.value
    due = fit.spells * p * (1.0 - p) ** np.arange(LONGEST_SHOWN)
    due[-1] = fit.spells * (1.0 - p) ** (LONGEST_SHOWN - 1)
    labels = [*map(str, range(1, LONGEST_SHOWN)), f"{LONGEST_SHOWN}+"]
    bars(axes[1], labels, seen, due)
    tidy_axes(axes[1], "Length, with a geometric law", "Business days", "Spells")
    if fit.by_month:
        seen, due = (np.array(column, dtype=float) for column in zip(*fit.by_month, strict=True))
        bars(axes[2], MONTHS, seen, due)
        tidy_axes(axes[2], "Season", "Month in which a spell began", "Spells")
    return drawn


def _counts(axes: Axes, fit: AbsenceFit) -> None:
    most = max(fit.counts)
    width = -(-(most + 1) // 8)
    edges = np.arange(0, most + 1 + width, width)
    seen = np.histogram(fit.counts, bins=edges - 0.5)[0].astype(np.float64)
    cdf = count_cdf(fit.spells_per_year.value * fit.years, fit.frailty_shape.value)
    due = fit.workers * np.diff(cdf(np.asarray(edges - 0.5, dtype=np.float64)))
    labels = [str(a) if width == 1 else f"{a}–{a + width - 1}" for a in edges[:-1]]
    bars(axes, labels, seen, due)
    tidy_axes(axes, "Spells of a worker", f"Spells in {fit.years:.3g} years", "Workers")
