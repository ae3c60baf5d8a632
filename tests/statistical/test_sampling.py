"""Draws against the exact laws, and uniforms against uniformity: each test's false alarm is 1e-6.

With a million draws the Kolmogorov-Smirnov tests resolve a difference of 0.003 in a cumulative
probability (critical value sqrt(log(2 / 1e-6) / 2n) = 0.0027). The chi-square tests with k cells
resolve a relative root-mean-square difference between cells of about sqrt(8 sqrt(2 k) / n): 1.9 %
with 1,024 cells, 0.7 % with 20. The last test shows them failing where a law differs by a bit more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import pytest
from scipy import stats

from ccmsim import sampling, streams
from ccmsim.distributions import (
    Beta,
    Empirical,
    Exponential,
    Family,
    Gamma,
    Geometric,
    Lognormal,
    Poisson,
    Triangular,
    Uniform,
    UniformIntegers,
    compile_laws,
    from_scipy,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FALSE_ALARM = 1e-6
DRAWS = 1_000_000
SEED = 20_250_101

halves: Any = streams.uniforms
draw: Any = sampling.draw

# `ccmsim.compiling.jit` compiles functions that allocate nothing; these give arrays.
making_arrays = numba.njit(error_model="numpy")


@making_arrays
def fill(seed: int, stream: int, along: int, count: int) -> Array:
    """Return (count, 2) uniforms along one of replication, entity, month and index (0 to 3)."""
    out = np.empty((count, 2))
    for i in range(count):
        r, e, m, x = 0, 0, 0, 0
        if along == 0:
            r = i
        elif along == 1:
            e = i
        elif along == 2:
            m = i
        else:
            x = i
        first, second = halves(seed, r, stream, e, m, x)
        out[i, 0] = first
        out[i, 1] = second
    return out


@making_arrays
def sample(laws: Any, shares: Array) -> Array:
    """Return the draws of the first law; `laws` is a handle."""
    out = np.empty(shares.size)
    for i in range(shares.size):
        out[i] = draw(laws, 0, shares[i])
    return out


@cache
def pairs(along: int = 3) -> Array:
    return fill(SEED, 14, along, DRAWS)


def drawn(law: Family, grid: Any = "factor") -> Array:
    laws = compile_laws({"law": (law, grid)})
    return sample(laws.handle, pairs()[:, 0].copy())


def distance_p(values: Array, cdf: Callable[[Array], Array]) -> float:
    """Return the p-value of the Kolmogorov-Smirnov distance (asymptotic, exact enough for 1e6)."""
    ordered = cdf(np.sort(values))
    n = ordered.size
    ranks = np.arange(n + 1) / n
    distance = max(np.max(ranks[1:] - ordered), np.max(ordered - ranks[:-1]))
    return float(stats.kstwobign.sf(distance * math.sqrt(n)))


def cells_p(counts: Array, expected: Array) -> float:
    """Return the p-value of Pearson's chi-square; every cell expects at least 20."""
    assert np.min(expected) >= 20.0
    assert np.sum(expected) == pytest.approx(np.sum(counts))
    return float(stats.chi2.sf(np.sum((counts - expected) ** 2 / expected), counts.size - 1))


def counts_p(values: Array, exact: Any) -> float:
    """Return the p-value of whole-number draws against an exact law; rare tails are pooled."""
    near = np.arange(exact.ppf(1e-5), exact.isf(1e-5) + 1.0)
    support = near[DRAWS * exact.pmf(near) >= 20.0]
    low, high = support[0], support[-1]
    expected = DRAWS * exact.pmf(support)
    expected[0] = DRAWS * exact.cdf(low)
    expected[-1] = DRAWS * exact.sf(high - 1.0)
    edges = np.append(support - 0.5, high + 0.5)
    counts = np.histogram(np.clip(values, low, high), edges)[0]
    return cells_p(counts.astype(np.float64), expected)


@pytest.mark.parametrize("along", [0, 1, 2, 3])
@pytest.mark.parametrize("half", [0, 1])
def test_uniforms_fill_their_interval_evenly_along_every_coordinate(along: int, half: int) -> None:
    counts = np.histogram(pairs(along)[:, half], 1024, (0.0, 1.0))[0].astype(np.float64)
    assert cells_p(counts, np.full(1024, DRAWS / 1024)) > FALSE_ALARM


@pytest.mark.parametrize("along", [0, 1, 2, 3])
@pytest.mark.parametrize("what", ["both halves", "first and next first", "second and next first"])
def test_neighbouring_uniforms_are_independent(along: int, what: str) -> None:
    first, second = pairs(along).T
    x, y = {
        "both halves": (first, second),
        "first and next first": (first[::2], first[1::2]),
        "second and next first": (second[::2], first[1::2]),
    }[what]
    counts = np.histogram2d(x, y, 32, ((0.0, 1.0), (0.0, 1.0)))[0].ravel()
    assert cells_p(counts, np.full(1024, x.size / 1024)) > FALSE_ALARM


@pytest.mark.parametrize("bit", [0, 1, 25, 50, 51])
def test_single_bits_of_a_uniform_are_fair(bit: int) -> None:
    whole = (pairs()[:, 0] * 2.0**52).astype(np.int64)
    ones = int(np.sum((whole >> bit) & 1))
    assert stats.binomtest(ones, DRAWS, 0.5).pvalue > FALSE_ALARM


def test_streams_and_seeds_are_unrelated() -> None:
    reference = pairs()[:, 0]
    for seed, stream in ((SEED, 15), (SEED + 1, 14), (SEED, streams.entry_stream("sick"))):
        other = fill(seed, stream, 3, DRAWS)[:, 0]
        counts = np.histogram2d(reference, other, 32, ((0.0, 1.0), (0.0, 1.0)))[0].ravel()
        assert cells_p(counts, np.full(1024, DRAWS / 1024)) > FALSE_ALARM


sigma = math.sqrt(math.log(1.0 + 0.61**2))

CONTINUOUS: dict[str, tuple[Family, Any]] = {
    "uniform": (Uniform(low=10.0, high=20.0), stats.uniform(10.0, 10.0)),
    "triangular": (Triangular(low=5.0, mode=7.0, high=10.0), stats.triang(0.4, 5.0, 5.0)),
    "exponential": (Exponential(mean=0.6), stats.expon(scale=0.6)),
    "lognormal": (
        Lognormal(mean=12.0, cv=0.61),
        stats.lognorm(sigma, scale=12.0 * math.exp(-(sigma**2) / 2.0)),
    ),
    "need": (Gamma.from_shape(1.148), stats.gamma(1.148, scale=1.0 / 1.148)),
    "frailty": (Gamma.from_shape(0.55), stats.gamma(0.55, scale=1.0 / 0.55)),
    "answer": (Beta(a=0.7, b=0.75), stats.beta(0.7, 0.75)),
    "weibull": (from_scipy(stats.weibull_min(1.5, scale=9.0)), stats.weibull_min(1.5, scale=9.0)),
    "t": (from_scipy(stats.t(3)), stats.t(3)),
}

COUNTS: dict[str, tuple[Family, Any]] = {
    "geometric": (Geometric(mean=3.0), stats.geom(1.0 / 3.0)),
    "poisson": (Poisson(mean=1.6), stats.poisson(1.6)),
    "poisson, large": (Poisson(mean=300.0), stats.poisson(300.0)),
    "uniform_integers": (UniformIntegers(low=1, high=5), stats.randint(1, 6)),
    "negative binomial": (from_scipy(stats.nbinom(3, 0.2)), stats.nbinom(3, 0.2)),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_follow_their_law(name: str) -> None:
    law, exact = CONTINUOUS[name]
    assert distance_p(drawn(law), exact.cdf) > FALSE_ALARM


@pytest.mark.parametrize("name", COUNTS)
def test_counts_follow_their_law(name: str) -> None:
    law, exact = COUNTS[name]
    assert counts_p(drawn(law, "count"), exact) > FALSE_ALARM


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name != "t"])
def test_mean_draws_are_within_their_error(name: str) -> None:
    law, _ = CONTINUOUS[name]
    error = math.sqrt(law.variance() / DRAWS)
    limit = stats.norm.isf(FALSE_ALARM / 2.0)  # 4.9 errors: 0.5 % of a standard deviation
    assert abs(np.mean(drawn(law)) - law.expected()) <= limit * error


def test_a_sample_is_drawn_evenly() -> None:
    values = drawn(Empirical(values=tuple(float(x) for x in range(20))), "count")
    counts = np.bincount(values.astype(np.int64), minlength=20).astype(np.float64)
    assert cells_p(counts, np.full(20, DRAWS / 20)) > FALSE_ALARM


def test_what_differs_by_more_than_the_resolution_is_found() -> None:
    law, _ = CONTINUOUS["need"]
    other = stats.gamma(1.148 * 1.02, scale=1.0 / 1.148)  # cumulative probabilities differ by 0.006
    assert distance_p(drawn(law), other.cdf) < FALSE_ALARM
    assert counts_p(drawn(Poisson(mean=1.6), "count"), stats.poisson(1.615)) < FALSE_ALARM
    tilted = pairs()[:, 0] ** 1.03
    counts = np.histogram(tilted, 1024, (0.0, 1.0))[0].astype(np.float64)
    assert cells_p(counts, np.full(1024, DRAWS / 1024)) < FALSE_ALARM
