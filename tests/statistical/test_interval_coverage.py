"""Every kind of interval covers what it claims, and the checks would catch the naive methods.

A check simulates data sets with a fixed seed, counts the intervals that contain the known truth,
and fails when that count has a probability under FALSE_ALARM if the coverage were at its floor. The
floor is stated beside each check, with the level; `resolved` is the coverage under which a method
fails the check with 99 % probability. Where counts have a computable law, coverage is computed, not
simulated.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import stdtrit

from ccmsim.analyses.risk_numbers import value_at_risk
from ccmsim.estimation import (
    Estimate,
    expected_shortfall,
    mean,
    paired_difference,
    quantile,
    ratio_of_means,
    share,
)
from ccmsim.estimation.tails import _lowest_drawn
from ccmsim.studies.accuracy.judging import Count, covered, resolved
from ccmsim.studies.accuracy.laws import (
    Draw,
    exponential,
    lattice,
    lattice_quantile,
    lattice_shortfall,
    lognormal,
    lognormal_loss,
    loss_shortfall,
    normal,
    normal_shortfall,
    revenue,
    revenue_mean,
)
from ccmsim.studies.accuracy.means import LOST, SHARE_OF_PANEL, pairs, panels

FALSE_ALARM = 1e-6

Floats = NDArray[np.float64]


def test_the_judge_itself() -> None:
    assert not Count(945, 1000).below(0.95)
    assert Count(900, 1000).below(0.95)
    assert not Count(955, 1000).above(0.95)
    assert Count(990, 1000).above(0.95)
    most = int(stats.binom.ppf(FALSE_ALARM, 10_000, 0.95)) - 1
    assert Count(most, 10_000).below(0.95)
    assert not Count(most + 1, 10_000).below(0.95)
    assert stats.binom.cdf(most, 10_000, resolved(0.95, 10_000)) == pytest.approx(0.99, abs=1e-6)


# ---- means


def students_mean(values: Floats, *, level: float) -> Estimate:
    n, error = values.size, float(values.std(ddof=1)) / math.sqrt(values.size)
    arm = float(stdtrit(n - 1, (1 + level) / 2)) * error
    center = float(values.mean())
    return Estimate(center, error, center - arm, center + arm, level, n, "Student")


MEANS: list[Any] = [
    # draw, truth, n, level, floor, ceiling; 10,000 sets resolve floor - 0.025, ceiling + 0.015
    pytest.param(normal, 0.0, 10, 0.95, 0.945, 0.96, id="normal-10"),
    pytest.param(exponential, 1.0, 20, 0.95, 0.935, 0.96, id="exponential-20"),
    pytest.param(exponential, 1.0, 40, 0.90, 0.890, 0.91, id="exponential-40-level-0.9"),
    pytest.param(lognormal, math.exp(0.5), 20, 0.95, 0.910, 0.96, id="lognormal-20"),
    pytest.param(lognormal, math.exp(0.5), 100, 0.95, 0.925, 0.96, id="lognormal-100"),
    pytest.param(revenue, revenue_mean(), 40, 0.95, 0.915, 0.96, id="revenue-40"),
    pytest.param(revenue, revenue_mean(), 100, 0.95, 0.935, 0.96, id="revenue-100"),
]


@pytest.mark.parametrize(("draw", "truth", "n", "level", "floor", "ceiling"), MEANS)
def test_mean(draw: Draw, truth: float, n: int, level: float, floor: float, ceiling: float) -> None:
    sets = draw(np.random.default_rng(n), (10_000, n))
    count = covered((mean(row, level=level) for row in sets), truth)
    assert resolved(floor, count.sets) > floor - 0.025
    assert not count.below(floor)
    assert not count.above(ceiling)


@pytest.mark.parametrize("n", [200, 1_000, 5_000])
@pytest.mark.parametrize(
    ("draw", "truth", "floors"),
    [
        pytest.param(normal, 0.0, (0.945, 0.945, 0.945), id="normal"),
        pytest.param(lognormal, math.exp(0.5), (0.935, 0.94, 0.945), id="lognormal"),
        pytest.param(revenue, revenue_mean(), (0.94, 0.945, 0.945), id="revenue"),
    ],
)
def test_mean_of_many(draw: Draw, truth: float, floors: tuple[float, ...], n: int) -> None:
    """4,000 data sets resolve floor - 0.035 and 0.975."""
    floor = floors[(200, 1_000, 5_000).index(n)]
    rng = np.random.default_rng(n + 1)
    count = covered((mean(draw(rng, (n,))) for _ in range(4_000)), truth)
    assert resolved(floor, count.sets) > floor - 0.035
    assert not count.below(floor)
    assert not count.above(0.96)


@pytest.mark.parametrize(
    ("draw", "truth", "n", "floor"),
    [
        pytest.param(lognormal, math.exp(0.5), 20, 0.910, id="lognormal-20"),
        pytest.param(revenue, revenue_mean(), 40, 0.915, id="revenue-40"),
    ],
)
def test_students_mean_would_be_caught(draw: Draw, truth: float, n: int, floor: float) -> None:
    sets = draw(np.random.default_rng(n), (10_000, n))
    assert covered((students_mean(row, level=0.95) for row in sets), truth).below(floor)


def test_mean_misses_less_unevenly_than_students() -> None:
    """Of the misses under a lognormal, n = 100, under three in four lie on the worse side."""
    truth = math.exp(0.5)
    sets = lognormal(np.random.default_rng(8), (6_000, 100))
    sides: list[Count] = []
    for method in (mean, students_mean):
        estimates = [method(row, level=0.95) for row in sets]
        over = sum(estimate.low > truth for estimate in estimates)
        under = sum(estimate.high < truth for estimate in estimates)
        sides.append(Count(under, over + under))
    assert not sides[0].above(0.75)
    assert sides[1].above(0.75)


# ---- ratios


@pytest.mark.parametrize(("n", "floor"), [(20, 0.935), (100, 0.94)])
def test_ratio(n: int, floor: float) -> None:
    data = zip(*panels(np.random.default_rng(21), (10_000, n)), strict=True)
    count = covered((ratio_of_means(top, bottom) for top, bottom in data), SHARE_OF_PANEL)
    assert resolved(floor, count.sets) > floor - 0.02
    assert not count.below(floor)
    assert not count.above(0.96)


def test_ratio_of_independent_patients_would_be_caught() -> None:
    """Wilson's interval over patients takes those of one year for independent."""
    data = zip(*panels(np.random.default_rng(22), (2_000, 20)), strict=True)
    naive = (share(int(top.sum()), int(bottom.sum())) for top, bottom in data)
    assert covered(naive, SHARE_OF_PANEL).below(0.935)


# ---- shares: computed


def share_coverage(low: Floats, high: Floats, shares: Floats) -> Floats:
    n = low.size - 1
    counts = np.arange(n + 1)
    inside = (low <= shares[:, np.newaxis]) & (shares[:, np.newaxis] <= high)
    chances = stats.binom.pmf(counts, n, shares[:, np.newaxis])
    coverage: Floats = (inside * chances).sum(axis=1)
    return coverage


@pytest.mark.parametrize(("level", "floor"), [(0.9, 0.85), (0.95, 0.925)])
@pytest.mark.parametrize("n", [20, 100, 200, 1000, 5000])
def test_share(n: int, level: float, floor: float) -> None:
    """Where 5 of each are expected: the level on average (to 0.002), nowhere under the floor."""
    shares = np.linspace(0.0, 1.0, 2003)[1:-1]
    estimates = [share(count, n, level=level) for count in range(n + 1)]
    low, high = np.array([(e.low, e.high) for e in estimates]).T
    coverage = share_coverage(low, high, shares)
    usual = np.minimum(shares, 1 - shares) * n >= 5
    assert coverage[usual].mean() == pytest.approx(level, abs=0.002)
    assert coverage[usual].min() >= floor


def test_share_with_a_plain_standard_error_would_be_caught() -> None:
    n, counts = 100, np.arange(101)
    p = counts / n
    arm = 1.96 * np.sqrt(p * (1 - p) / n)
    shares = np.linspace(0.05, 0.95, 901)
    assert share_coverage(p - arm, p + arm, shares).min() < 0.9


# ---- quantiles


def kernel_quantile(values: Floats, q: float) -> Estimate:
    """The naive method: an error from a kernel estimate of the density."""
    center, n = float(np.quantile(values, q)), values.size
    width = 1.06 * values.std(ddof=1) * n**-0.2
    kernel = np.exp(-0.5 * ((values - center) / width) ** 2) / math.sqrt(2 * math.pi)
    density = float(kernel.mean() / width)
    error = math.sqrt(q * (1 - q) / n) / density
    return Estimate(center, error, center - 1.96 * error, center + 1.96 * error, 0.95, n, "kernel")


@pytest.mark.parametrize(
    ("draw", "truth", "q", "n", "level"),
    [
        pytest.param(normal, stats.norm.ppf(0.05), 0.05, 200, 0.95, id="normal-200"),
        pytest.param(lognormal_loss, -math.exp(1.2815515655), 0.1, 100, 0.95, id="loss-100"),
        pytest.param(normal, 0.0, 0.5, 1000, 0.90, id="median-1000-level-0.9"),
        pytest.param(normal, stats.norm.ppf(0.99), 0.99, 200, 0.95, id="one-sided-200"),
        pytest.param(lattice(12), lattice_quantile(12, 0.05), 0.05, 200, 0.95, id="lattice-200"),
        pytest.param(lattice(12), lattice_quantile(12, 0.05), 0.05, 1000, 0.95, id="lattice-1000"),
        pytest.param(lattice(120), lattice_quantile(120, 0.5), 0.5, 500, 0.95, id="ties-500"),
    ],
)
def test_quantile(draw: Draw, truth: float, q: float, n: int, level: float) -> None:
    """At least the level, exactly; 4,000 data sets resolve level - 0.04."""
    sets = draw(np.random.default_rng(n), (4_000, n))
    count = covered((quantile(row, q, level=level) for row in sets), truth)
    assert resolved(level, count.sets) > level - 0.04
    assert not count.below(level)


@pytest.mark.parametrize("n", [72, 100, 200, 500, 1000, 5000])
@pytest.mark.parametrize("q", [0.05, 0.5, 0.9])
def test_quantile_computed(n: int, q: float) -> None:
    """For continuous values a binomial sum: at least the level, and not far above."""
    estimate = quantile(np.arange(1, n + 1), q)
    lower = estimate.low if math.isfinite(estimate.low) else 0.0
    upper = estimate.high if math.isfinite(estimate.high) else n + 1.0
    coverage = stats.binom.cdf(upper - 1, n, q) - stats.binom.cdf(lower - 1, n, q)
    assert 0.95 <= coverage <= 0.985


@pytest.mark.parametrize("n", [200, 1000])
def test_quantile_from_a_kernel_density_would_be_caught(n: int) -> None:
    sets = lattice(12)(np.random.default_rng(n), (1_000, n))
    truth = lattice_quantile(12, 0.05)
    assert covered((kernel_quantile(row, 0.05) for row in sets), truth).below(0.95)


# ---- expected shortfall


NORMAL_SHORTFALL, LOSS_SHORTFALL = normal_shortfall(), loss_shortfall()


def shortfall_with_normal_error(values: Floats) -> Estimate:
    exact = expected_shortfall(values)
    arm = 1.96 * exact.standard_error
    low, high = exact.value - arm, exact.value + arm
    return Estimate(exact.value, exact.standard_error, low, high, 0.95, values.size, "normal")


@pytest.mark.parametrize(
    ("draw", "truth", "n", "level", "floor"),
    [
        pytest.param(normal, NORMAL_SHORTFALL, 200, 0.95, 0.93, id="normal-200"),
        pytest.param(normal, NORMAL_SHORTFALL, 1000, 0.90, 0.88, id="normal-1000-level-0.9"),
        pytest.param(lognormal_loss, LOSS_SHORTFALL, 200, 0.95, 0.91, id="loss-200"),
        pytest.param(lognormal_loss, LOSS_SHORTFALL, 1000, 0.95, 0.92, id="loss-1000"),
        pytest.param(lattice(120), lattice_shortfall(120, 0.05), 200, 0.95, 0.93, id="ties-200"),
        pytest.param(lattice(12), lattice_shortfall(12, 0.05), 1000, 0.95, 0.93, id="lattice-1000"),
    ],
)
def test_expected_shortfall(draw: Draw, truth: float, n: int, level: float, floor: float) -> None:
    """1,500 data sets resolve floor - 0.065; the normal error at n = 200 lies below that."""
    sets = draw(np.random.default_rng(n), (1_500, n))
    count = covered((expected_shortfall(row, level=level) for row in sets), truth)
    assert resolved(floor, count.sets) > floor - 0.065
    assert not count.below(floor)
    assert not count.above(0.975)


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        pytest.param(normal, NORMAL_SHORTFALL, id="normal-5000"),
        pytest.param(lognormal_loss, LOSS_SHORTFALL, id="loss-5000"),
        pytest.param(lattice(12), lattice_shortfall(12, 0.05), id="lattice-5000"),
    ],
)
def test_expected_shortfall_of_many(draw: Draw, truth: float) -> None:
    """500 data sets of 5,000 resolve a coverage of 0.82."""
    rng = np.random.default_rng(5_000)
    count = covered((expected_shortfall(draw(rng, (5_000,))) for _ in range(500)), truth)
    assert resolved(0.93, count.sets) > 0.82
    assert not count.below(0.93)
    assert not count.above(0.975)


@pytest.mark.parametrize(
    ("draw", "truth", "floor"),
    [
        pytest.param(normal, NORMAL_SHORTFALL, 0.93, id="normal-200"),
        pytest.param(lognormal_loss, LOSS_SHORTFALL, 0.91, id="loss-200"),
    ],
)
def test_shortfall_with_a_normal_error_would_be_caught(
    draw: Draw, truth: float, floor: float
) -> None:
    sets = draw(np.random.default_rng(200), (1_500, 200))
    assert covered((shortfall_with_normal_error(row) for row in sets), truth).below(floor)


def test_lowest_draws_follow_their_law() -> None:
    """Of 5 draws with replacement from 5, the lowest two: all 15 pairs against their probability.

    A chi-square of 200,000 resamples; it resolves a distance of 0.02 between the laws.
    """
    sets = 200_000
    every = np.sort(np.stack(np.unravel_index(np.arange(5**5), (5,) * 5), axis=1), axis=1)[:, :2]
    drawn = _lowest_drawn(np.random.default_rng(6), 5, 2, sets)
    exact, seen = (np.bincount(pairs @ [5, 1], minlength=25) for pairs in (every, drawn))
    possible = exact > 0
    assert seen[~possible].sum() == 0
    probabilities = exact[possible] / exact.sum()
    assert stats.chisquare(seen[possible], sets * probabilities).pvalue > FALSE_ALARM


def test_resampling_the_tail_alone_is_resampling_all() -> None:
    """The ends agree with those of whole resamples within the noise of resampling.

    Both have the same number of resamples in all, so the difference of the ends has √2 times the
    standard error over seeds; it resolves 8 % of the interval's half-width.
    """
    n, tail, seeds = 200, 0.05, 30
    values = np.sort(lognormal_loss(np.random.default_rng(4), (1, n))[0])
    rng = np.random.default_rng(5)
    fast = [expected_shortfall(values, seed=seed) for seed in range(seeds)]
    slow = []
    for _ in range(seeds):
        resampled = rng.choice(values, (1_999, n))
        v = np.partition(resampled, 9, axis=1)[:, 9:10]
        below = np.minimum(resampled - v, 0.0)
        centers = v[:, 0] + below.mean(axis=1) / tail
        t = np.sort((centers - fast[0].value) / (below.std(axis=1) / (tail * math.sqrt(n))))
        error = fast[0].standard_error
        slow.append((fast[0].value - t[1949] * error, fast[0].value - t[49] * error))
    ours = np.array([(estimate.low, estimate.high) for estimate in fast])
    gap = ours.mean(axis=0) - np.array(slow).mean(axis=0)
    error_of_gap = np.sqrt((ours.var(axis=0, ddof=1) + np.var(slow, axis=0, ddof=1)) / seeds)
    bound = stats.t.ppf(1 - FALSE_ALARM / 4, 2 * seeds - 2) * error_of_gap
    assert (bound < 0.08 * fast[0].half_width).all()
    assert (np.abs(gap) < bound).all()


# ---- paired differences


def unpaired_difference(a: Floats, b: Floats) -> Estimate:
    error = math.sqrt(float(a.var(ddof=1) + b.var(ddof=1)) / a.size)
    center = float(a.mean() - b.mean())
    low, high = center - 2.02 * error, center + 2.02 * error
    return Estimate(center, error, low, high, 0.95, a.size, "unpaired")


def test_paired_difference() -> None:
    data = zip(*pairs(np.random.default_rng(31), (10_000, 20)), strict=True)
    count = covered((paired_difference(a, b) for a, b in data), LOST)
    assert resolved(0.935, count.sets) > 0.915
    assert not count.below(0.935)
    assert not count.above(0.96)


def test_unpaired_difference_would_be_caught() -> None:
    """It ignores the common random numbers, so it is far too wide."""
    data = zip(*pairs(np.random.default_rng(31), (2_000, 20)), strict=True)
    assert covered((unpaired_difference(a, b) for a, b in data), LOST).above(0.96)


@pytest.mark.parametrize("draw", [normal, exponential, revenue])
@pytest.mark.parametrize("n", [200, 1000])
def test_value_at_risk_covers_skewed_years(draw: Draw, n: int) -> None:
    """Mean less the year in twenty, at level 0.95: its two intervals hold at once, so 0.95 or more.

    400 data sets resolve 0.87.
    """
    generator = np.random.default_rng([n, 95])
    whole = draw(generator, (2_000_000,))
    truth = float(whole.mean() - np.quantile(whole, 0.05))
    found = [value_at_risk(draw(generator, (n,))) for _ in range(400)]
    inside = sum(each.low <= truth <= each.high for each in found)
    assert not Count(inside, len(found)).below(0.95)
