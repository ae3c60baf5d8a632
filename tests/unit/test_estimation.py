"""Estimates: formulas worked by hand or published, invariances, degenerate cases, refusals."""

from __future__ import annotations

import json
import math
import pickle
import sys
import warnings
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from subprocess import run
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ccmsim.errors import InputError
from ccmsim.estimation import (
    BOOTSTRAP_SEED,
    MAX_BOOTSTRAP_LEVEL,
    Estimate,
    PrecisionWarning,
    expected_shortfall,
    mean,
    paired_difference,
    probability_below,
    quantile,
    quantiles,
    ratio_of_means,
    share,
    sum_of_means,
    variance_saved,
)

SKEWED = np.random.default_rng(11).lognormal(size=40)
YEARS = np.random.default_rng(12).lognormal(size=400) * -1_000.0 + 120_000.0


def interval(low: float, high: float, *, value: float = 100.0, error: float = 1.0) -> Estimate:
    return Estimate(value, error, low, high, 0.95, 50, "by hand")


def ends(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


# ---- the Estimate itself


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (interval(39_402.0, 40_222.0, value=39_812.3), "39,810 ± 410 (95 %)"),
        (interval(0.86, 0.884, value=0.8721), "0.872 ± 0.012 (95 %)"),
        (interval(-5.1e6, 5.1e6, value=12.0), "0 ± 5,100,000 (95 %)"),
        (interval(-0.0051, 0.0049, value=-0.00001), "0.0000 ± 0.0050 (95 %)"),
        (interval(90.0, 104.0), "100.0 (95 %: 90.0 to 104.0)"),
        (interval(90.0, 110.0, error=math.nan), "100 (95 %: 90 to 110)"),
        (interval(90.0, math.inf), "100 (95 %: above 90)"),
        (interval(-math.inf, 110.0), "100 (95 %: below 110)"),
        (interval(-math.inf, math.inf), "100 (by hand)"),
        (interval(math.nan, math.nan, value=59_517.25), "59,517.25 (by hand)"),
        (interval(100.0, 100.0), "100 (by hand)"),
        (interval(math.nan, math.nan, value=1.0 / 3.0), "0.33333333 (by hand)"),
        (interval(math.nan, math.nan, value=1234567890.4), "1,234,567,890 (by hand)"),
    ],
)
def test_prints_two_digits_of_its_error(estimate: Estimate, text: str) -> None:
    assert str(estimate) == text
    assert f"{estimate}" == text


def test_format_specification_applies_to_every_number() -> None:
    assert f"{interval(99.25, 100.75):,.2f}" == "100.00 ± 0.75 (95 %)"
    assert f"{interval(0.11, 0.31, value=0.2):.1%}" == "20.0% ± 10.0% (95 %)"
    assert f"{interval(90.0, 104.0):.0f}" == "100 (95 %: 90 to 104)"


def test_level_is_printed_as_it_is() -> None:
    assert str(Estimate(1.0, 0.1, 0.7, 1.3, 0.999, 9, "by hand")) == "1.00 ± 0.30 (99.9 %)"


def test_excludes_and_half_width() -> None:
    estimate = interval(90.0, 104.0)
    assert estimate.half_width == 7.0
    assert [estimate.excludes(x) for x in (89.9, 90.0, 104.0, 104.1)] == [True, False, False, True]
    assert not interval(math.nan, math.nan).excludes(0.0)
    assert interval(90.0, math.inf).excludes(0.0)
    assert not interval(90.0, math.inf).excludes(1e300)
    assert interval(90.0, math.inf).half_width == math.inf


def test_is_a_frozen_plain_value() -> None:
    estimate = mean(SKEWED)
    assert pickle.loads(pickle.dumps(estimate)) == estimate
    assert json.loads(json.dumps(estimate.as_dict())) == estimate.as_dict()
    fields = ["value", "standard_error", "low", "high", "level", "replications", "method"]
    assert list(estimate.as_dict()) == fields
    with pytest.raises(FrozenInstanceError):
        estimate.value = 0.0  # type: ignore[misc]


@pytest.mark.parametrize(
    "estimate",
    [
        mean(SKEWED),
        mean([5, 5]),
        mean([5]),
        share(np.int64(3), np.int64(10)),
        probability_below(YEARS, 119_000.0),
        ratio_of_means(SKEWED, SKEWED + 1.0),
        paired_difference(SKEWED, SKEWED * 1.1),
        quantile(YEARS, 0.05, level=np.float64(0.9)),
        expected_shortfall(YEARS),
    ],
)
def test_every_field_is_a_plain_python_value(estimate: Estimate) -> None:
    kinds = [type(field) for field in estimate.as_dict().values()]
    assert kinds == [float] * 5 + [int, str]


# ---- means


def test_mean_of_symmetric_values_is_students_interval() -> None:
    estimate = mean([1, 2, 3, 4, 5])
    assert estimate.value == 3.0
    assert estimate.standard_error == pytest.approx(math.sqrt(0.5))
    # 2.776445 is the 0.975 quantile of Student's t with 4 degrees of freedom, from printed tables.
    assert estimate.high - 3.0 == pytest.approx(2.776445 * math.sqrt(0.5), rel=1e-6)
    assert 3.0 - estimate.low == pytest.approx(2.776445 * math.sqrt(0.5), rel=1e-6)
    assert estimate.replications == 5


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_mean_solves_halls_cubic(level: float) -> None:
    n, center = SKEWED.size, SKEWED.mean()
    error = SKEWED.std(ddof=1) / math.sqrt(n)
    gamma = float(stats.skew(SKEWED, bias=False))
    t = stats.t.ppf((1 + level) / 2, n - 1)

    def transformed(mu: float) -> float:
        student = (center - mu) / error
        root = math.sqrt(n)
        square, cube = gamma * student**2 / (3 * root), gamma**2 * student**3 / (27 * n)
        return float(student + square + cube + gamma / (6 * root))

    estimate = mean(SKEWED, level=level)
    assert estimate.standard_error == pytest.approx(error)
    assert transformed(estimate.low) == pytest.approx(t, rel=1e-9)
    assert transformed(estimate.high) == pytest.approx(-t, rel=1e-9)


def test_mean_of_zeros_and_a_one_by_hand() -> None:
    # Skewness G = √5 and n = 5, so a = 1: T = 3 (cbrt(1 + y - 1/6) - 1), y = ±2.776445.
    estimate = mean([0, 0, 0, 0, 1])
    assert estimate.low == pytest.approx(0.2 - 0.2 * 3 * (3.609778 ** (1 / 3) - 1), rel=1e-6)
    assert estimate.high == pytest.approx(0.2 + 0.2 * 3 * (1.943112 ** (1 / 3) + 1), rel=1e-6)


def test_mean_of_two_has_no_skewness() -> None:
    # 12.7062 is Student's 0.975 quantile with one degree of freedom.
    assert ends(mean([0.0, 2.0])) == pytest.approx((1 - 12.7062047, 1 + 12.7062047), rel=1e-7)


def test_skewed_interval_reaches_into_the_long_tail() -> None:
    estimate = mean(SKEWED)
    assert estimate.high - estimate.value > 1.2 * (estimate.value - estimate.low)
    mirrored = mean(-SKEWED)
    assert ends(mirrored) == pytest.approx((-estimate.high, -estimate.low))


def test_degenerate_means() -> None:
    same = mean([0.1] * 7)
    assert (same.value, same.standard_error, *ends(same)) == pytest.approx((0.1, 0.0, 0.1, 0.1))
    assert same.method == "degenerate: all values equal"
    one = mean([42])
    assert (one.value, one.replications, one.method) == (42.0, 1, "one replication")
    assert np.isnan([one.standard_error, one.low, one.high]).all()


@given(
    st.lists(st.integers(-1000, 1000), min_size=3, max_size=30).filter(lambda x: len(set(x)) > 1),
    st.integers(-50, 50),
    st.integers(1, 9),
)
def test_mean_follows_shift_and_scale(values: list[int], shift: int, scale: int) -> None:
    plain, moved = mean(values), mean(np.array(values) * scale + shift)
    expected = (scale * plain.value + shift, scale * plain.low + shift, scale * plain.high + shift)
    assert (moved.value, *ends(moved)) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert plain.low < plain.value < plain.high


def test_huge_and_tiny_values_neither_overflow_nor_vanish() -> None:
    plain = mean(SKEWED)
    for scale in (1e-130, 1e130):
        assert mean(SKEWED * scale).high == pytest.approx(plain.high * scale)


def test_higher_level_is_wider() -> None:
    widths = [mean(SKEWED, level=level).half_width for level in (0.5, 0.8, 0.95, 0.99)]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4


# ---- shares


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_share_as_published(successes: int, n: int, low: float, high: float) -> None:
    assert ends(share(successes, n)) == pytest.approx((low, high), abs=5e-5)


def test_share_agrees_with_scipy_and_is_symmetric() -> None:
    for successes in range(21):
        for level in (0.8, 0.95):
            ours = share(successes, 20, level=level)
            theirs = stats.binomtest(successes, 20).proportion_ci(level, method="wilson")
            assert ends(ours) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
            mirror = share(20 - successes, 20, level=level)
            assert ends(mirror) == pytest.approx((1 - ours.high, 1 - ours.low), abs=1e-12)


def test_share_never_claims_certainty() -> None:
    assert share(3, 10).standard_error == pytest.approx(math.sqrt(0.021))
    none, every = share(0, 50), share(50, 50)
    assert math.isnan(none.standard_error)
    assert math.isnan(every.standard_error)
    assert (none.low, every.high) == (0.0, 1.0)
    assert none.high > 0.05
    assert every.low < 0.95
    assert str(none) == "0.000 (95 %: 0.000 to 0.071)"


def test_probability_below_is_strict() -> None:
    net = np.array([-3.0, -1.0, 0.0, 0.0, 7.0])
    assert probability_below(net, 0.0) == share(2, 5)
    assert probability_below(net, 0.5, level=0.8) == share(4, 5, level=0.8)


# ---- ratios and differences


def test_ratio_by_hand() -> None:
    # R = 6/12; residuals top - R·bottom = (0, -1, 1); s = 1, mean(bottom) = 4, no skewness.
    estimate = ratio_of_means([1, 1, 4], [2, 4, 6])
    assert estimate.value == 0.5
    assert estimate.standard_error == pytest.approx(1.0 / (4.0 * math.sqrt(3.0)))
    t = 4.30265273  # Student, 2 degrees of freedom
    assert ends(estimate) == pytest.approx(
        (0.5 - t * estimate.standard_error, 0.5 + t * estimate.standard_error)
    )


def test_ratio_to_a_constant_is_a_mean() -> None:
    ratio, plain = ratio_of_means(SKEWED, np.full(SKEWED.size, 4.0)), mean(SKEWED / 4.0)
    assert (ratio.value, *ends(ratio)) == pytest.approx((plain.value, *ends(plain)))


def test_ratio_does_not_depend_on_units() -> None:
    bottom = SKEWED[::-1] + 1.0
    plain, scaled = ratio_of_means(SKEWED, bottom), ratio_of_means(60 * SKEWED, 12 * bottom)
    assert ends(scaled) == pytest.approx((5 * plain.low, 5 * plain.high))


def test_ratio_that_never_varies_is_degenerate() -> None:
    estimate = ratio_of_means([1, 2, 3], [2, 4, 6])
    assert (estimate.value, estimate.standard_error, *ends(estimate)) == (0.5, 0.0, 0.5, 0.5)
    assert estimate.method.startswith("degenerate")


def test_ratio_allows_single_zero_denominators() -> None:
    assert ratio_of_means([0, 3], [0, 4]).value == 0.75


def test_a_sum_of_means_of_equal_lengths_is_the_mean_of_sums() -> None:
    other = np.random.default_rng(5).normal(size=SKEWED.size)
    assert sum_of_means(SKEWED, other) == mean(SKEWED + other)


def test_a_shorter_part_shares_its_replications() -> None:
    """Var(mean of n + mean of the first k) by hand, and coverage 0.93 that is not refuted."""
    a, b = np.array([1.0, 2.0, 4.0, 5.0]), np.array([3.0, 1.0])
    found = sum_of_means(a, b)
    covariance = float(np.cov(a[:2], b)[0, 1])
    variance = a.var(ddof=1) / 4 + b.var(ddof=1) / 2 + 2.0 * covariance / 4
    assert found.value == 5.0
    assert found.standard_error == pytest.approx(math.sqrt(variance))
    assert found.replications == 2
    assert math.isnan(sum_of_means([1.0, 2.0], [3.0]).standard_error)
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(2_000):
        first = rng.exponential(size=900)
        second = rng.normal(size=100) - 0.8 * first[:100]
        one = sum_of_means(first, second)
        hits += one.low <= 0.2 <= one.high
    assert stats.binom.cdf(hits, 2_000, 0.93) > 1e-6


def test_paired_difference_is_the_mean_of_differences() -> None:
    other = SKEWED[::-1]
    paired, plain = paired_difference(SKEWED, other), mean(SKEWED - other)
    assert (paired.value, paired.standard_error, *ends(paired)) == (
        plain.value,
        plain.standard_error,
        *ends(plain),
    )
    swapped = paired_difference(other, SKEWED)
    assert ends(swapped) == pytest.approx((-paired.high, -paired.low))
    assert paired_difference(SKEWED + 5.0, SKEWED + np.linspace(0, 1, 40)).excludes(0.0)


def test_variance_saved() -> None:
    a = np.array([1.0, 2.0, 3.0])
    assert variance_saved(a, [1.0, 1.0, 2.0]) == pytest.approx((1 + 1 / 3) / (1 / 3))
    assert variance_saved(a, a + 7.0) == math.inf
    assert variance_saved([2.0, 2.0], [3.0, 3.0]) == 1.0
    assert variance_saved([0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]) == pytest.approx(1.0)
    assert variance_saved(a, -a) == 0.5  # pairing does harm here


# ---- quantiles


def test_quantiles_are_values_that_occurred() -> None:
    table = np.random.default_rng(3).integers(0, 30, size=(101, 4, 2))
    qs = [0.05, 0.25, 0.5, 0.9]
    expected = np.quantile(table, qs, axis=0, method="inverted_cdf")
    assert np.array_equal(quantiles(table, qs), expected)
    assert quantiles(table, qs).shape == (4, 4, 2)
    for k, q in enumerate(qs):
        assert quantile(table[:, 1, 0], q).value == expected[k, 1, 0]


def test_quantile_rank_ignores_rounding() -> None:
    assert 0.07 * 100 > 7.0
    assert quantiles(range(1, 101), [0.07, 0.29, 0.57]).tolist() == [7.0, 29.0, 57.0]
    assert quantiles([3.0], [0.001, 0.999]).tolist() == [3.0, 3.0]


def test_median_of_a_hundred_as_tabulated() -> None:
    # Hahn & Meeker (1991): order statistics 40 and 61 for the median of 100 at 95 %.
    estimate = quantile(np.arange(100, 0, -1), 0.5)
    assert (estimate.value, *ends(estimate)) == (50.0, 40.0, 61.0)
    assert math.isnan(estimate.standard_error)
    assert estimate.method == "order statistics"


@pytest.mark.parametrize("n", [6, 30, 200, 1000, 20_000])
@pytest.mark.parametrize("q", [0.05, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_quantile_ends_are_the_tightest_exact_ones(n: int, q: float, level: float) -> None:
    estimate = quantile(np.arange(1, n + 1), q, level=level)
    low, high = estimate.low, estimate.high
    missing = math.isinf(low) + math.isinf(high)
    alpha = (1 - level) / (2 if missing == 0 else 1)
    if math.isfinite(low):
        assert stats.binom.cdf(low - 1, n, q) <= alpha < stats.binom.cdf(low, n, q)
    if math.isfinite(high):
        assert stats.binom.sf(high - 1, n, q) <= alpha < stats.binom.sf(high - 2, n, q)
    assert ("one-sided" in estimate.method) == (missing == 1)
    assert ("no interval" in estimate.method) == (missing == 2)


def test_quantile_ends_appear_with_enough_replications() -> None:
    # The largest of n lies above the 0.95 quantile with probability 1 - 0.95^n: 0.975 from n = 72.
    assert quantile(range(71), 0.95).high == math.inf
    assert quantile(range(72), 0.95).high == 71.0
    assert quantile(range(71), 0.05).low == -math.inf
    assert quantile(range(72), 0.05).low == 0.0
    upper = quantile(range(71), 0.05)
    assert upper.method == "order statistics, one-sided: no lower end with 71 replications"
    lower = quantile(range(200), 0.99)
    assert lower.method == "order statistics, one-sided: no upper end with 200 replications"
    assert math.isfinite(lower.low)
    few = quantile(range(5), 0.5)
    assert ends(few) == (-math.inf, math.inf)
    assert few.method == "order statistics; no interval: 5 replications are too few"
    assert ends(quantile(range(6), 0.5)) == (0.0, 5.0)


def test_quantile_of_equal_values() -> None:
    assert ends(quantile([7.0] * 100, 0.05)) == (7.0, 7.0)


# ---- expected shortfall


def test_shortfall_by_hand() -> None:
    values = np.random.default_rng(1).permutation(np.arange(1.0, 201.0))
    estimate = expected_shortfall(values)
    assert estimate.value == pytest.approx(5.5)
    below = np.minimum(values - 10.0, 0.0)
    assert estimate.standard_error == pytest.approx(below.std() / (0.05 * math.sqrt(200)))
    assert estimate.low < 5.5 < estimate.high
    assert estimate.replications == 200


def test_shortfall_counts_a_fraction_of_one_order_statistic() -> None:
    # n · tail = 10.5: the ten lowest, and half of the eleventh.
    assert expected_shortfall(range(1, 211)).value == pytest.approx((55 + 0.5 * 11) / 10.5)
    # 0.07 · 200 is 14 up to rounding.
    assert expected_shortfall(range(1, 201), tail=0.07).value == pytest.approx(7.5)


def test_shortfall_is_not_above_the_quantile() -> None:
    assert expected_shortfall(YEARS).value < quantile(YEARS, 0.05).value
    assert expected_shortfall(YEARS, tail=0.999).value == pytest.approx(YEARS.mean(), rel=1e-3)


def test_shortfall_depends_on_values_and_seed_alone() -> None:
    first = expected_shortfall(YEARS)
    state = pickle.dumps(np.random.get_state())  # noqa: NPY002
    assert expected_shortfall(YEARS[::-1]) == first
    assert pickle.dumps(np.random.get_state()) == state  # noqa: NPY002
    assert expected_shortfall(YEARS, seed=BOOTSTRAP_SEED) == first
    other = expected_shortfall(YEARS, seed=1)
    assert other.value == first.value
    assert ends(other) != ends(first)
    assert ends(other) == pytest.approx(ends(first), abs=0.5 * first.half_width)


def test_shortfall_follows_shift_and_scale() -> None:
    plain, moved = expected_shortfall(YEARS), expected_shortfall(3.0 * YEARS - 7_000.0)
    expected = (3.0 * plain.low - 7_000.0, 3.0 * plain.high - 7_000.0)
    assert ends(moved) == pytest.approx(expected, rel=1e-9)


def test_shortfall_in_several_chunks_of_resamples() -> None:
    # 1,999 resamples of a tail of 2,000: four millions of values, so more than one chunk.
    values = np.random.default_rng(2).normal(size=40_000)
    estimate = expected_shortfall(values)
    assert estimate.half_width == pytest.approx(1.96 * estimate.standard_error, rel=0.1)
    assert estimate.value == pytest.approx(-2.0627, abs=5 * estimate.standard_error)


def test_tail_without_variance_is_degenerate() -> None:
    values = np.r_[np.full(60, 100.0), np.linspace(100, 200, 140)]
    estimate = expected_shortfall(values)
    assert (estimate.value, estimate.standard_error, *ends(estimate)) == (100.0, 0.0, 100.0, 100.0)
    assert estimate.method == "degenerate: the tail's values are all equal"


def test_tail_that_hardly_varies_has_no_lower_end() -> None:
    # One low value: a resample misses it with probability 1/e, and then has no variance.
    estimate = expected_shortfall(np.r_[0.0, np.full(199, 100.0)])
    assert estimate.low == -math.inf
    assert 90.0 < estimate.high < 110.0
    assert estimate.method.endswith("no lower end: the tail hardly varies")


def test_shortfall_warns_when_few_replications_are_in_the_tail() -> None:
    message = (
        r"worst 5 %: 8 of 160 replications lie in the tail, 10 are needed; 200 replications would"
    )
    with pytest.warns(PrecisionWarning, match=message) as caught:
        estimate = expected_shortfall(YEARS[:160])
    assert caught[0].filename == __file__
    assert math.isfinite(estimate.half_width)
    with pytest.warns(PrecisionWarning, match=r"worst 1 %: 4 of 400 .* 1000 replications would"):
        few = expected_shortfall(YEARS, tail=0.01)
    assert np.isnan([few.standard_error, few.low, few.high]).all()
    assert few.value == pytest.approx(np.sort(YEARS)[:4].mean())
    assert few.method == "no interval: 400 replications are too few for a tail of 0.01"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected_shortfall(YEARS[:200])


@pytest.mark.filterwarnings("ignore::ccmsim.estimation.PrecisionWarning")
def test_shortfall_of_one_replication() -> None:
    estimate = expected_shortfall([5.0])
    assert estimate.value == 5.0
    assert math.isnan(estimate.low)


# ---- refusals

SAMPLES: list[Callable[[Any], object]] = [
    mean,
    lambda x: quantile(x, 0.5),
    lambda x: probability_below(x, 0.0),
    expected_shortfall,
    lambda x: paired_difference(x, [1.0, 2.0, 3.0]),
    lambda x: ratio_of_means(x, [1.0, 2.0, 3.0]),
    lambda x: variance_saved([1.0, 2.0, 3.0], x),
]


@pytest.mark.parametrize("estimator", [*SAMPLES, lambda x: quantiles(x, [0.5])])
@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([], r"must not be empty \(got \(0,\)\); valid: one value or more"),
        (
            [1.0, math.nan, math.inf],
            r"must be finite; 2 of 3 values are not, the first at \(1,\) \(got nan\)",
        ),
        (
            [-math.inf, 2.0, 3.0],
            r"must be finite; 1 of 3 values are not, the first at \(0,\) \(got -inf\)",
        ),
        (["twelve"], r"must be numbers \(got 'list'\); valid: an array of numbers"),
    ],
)
def test_bad_samples_are_refused(
    estimator: Callable[[Any], object], values: list[Any], rule: str
) -> None:
    with pytest.raises(InputError, match=rule):
        estimator(values)


@pytest.mark.parametrize("estimator", SAMPLES)
def test_samples_have_one_axis(estimator: Callable[[Any], object]) -> None:
    rule = r"must have one axis \(got \(2, 3\)\); valid: shape \(replications,\)"
    with pytest.raises(InputError, match=rule):
        estimator(np.ones((2, 3)))


@pytest.mark.parametrize(
    "estimator",
    [
        lambda x: mean(SKEWED, level=x),
        lambda x: share(1, 2, level=x),
        lambda x: probability_below(SKEWED, 0.0, level=x),
        lambda x: ratio_of_means(SKEWED, SKEWED, level=x),
        lambda x: paired_difference(SKEWED, SKEWED, level=x),
        lambda x: quantile(SKEWED, 0.5, level=x),
        lambda x: expected_shortfall(YEARS, level=x),
    ],
)
@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95, math.nan, "high"])
def test_levels_outside_0_to_1_are_refused(
    estimator: Callable[[Any], object], level: object
) -> None:
    rule = "level: must lie between 0 and 1, both excluded .*; valid: a number such as 0.95"
    with pytest.raises(InputError, match=rule):
        estimator(level)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quantile(SKEWED, 1.0), r"q: must lie between 0 and 1, both excluded \(got 1.0\)"),
        (lambda: quantiles(SKEWED, [0.5, 0.0]), r"qs: must lie between 0 and 1.* \(got 0.0\)"),
        (lambda: quantiles(SKEWED, []), r"qs: must not be empty"),
        (
            lambda: quantiles(3.0, [0.5]),
            r"values: needs an axis of replications \(got 3.0\); valid: shape \(n,\) or",
        ),
        (lambda: expected_shortfall(YEARS, tail=0.0), r"tail: must lie between 0 and 1"),
        (
            lambda: expected_shortfall(YEARS, level=0.999),
            r"level: is too high for a bootstrap interval \(got 0.999\); valid: above 0, at most",
        ),
        (
            lambda: expected_shortfall(YEARS, seed=-1),
            r"seed: must not be negative \(got -1\); valid: a whole number such as 7",
        ),
        (
            lambda: expected_shortfall(YEARS, seed=0.5),  # type: ignore[arg-type]
            r"seed: must be a whole number \(got 0.5\)",
        ),
        (lambda: share(1, 0), r"n: must be at least 1 \(got 0\); valid: the number of replicat"),
        (lambda: share(3, 2), r"successes: must lie between 0 and n \(got 3\); valid: 0 to 2"),
        (lambda: share(-1, 2), r"successes: must lie between 0 and n \(got -1\)"),
        (
            lambda: share(1.0, 2),  # type: ignore[arg-type]
            r"successes: must be a whole number \(got 1.0\); valid: a count such as 12",
        ),
        (
            lambda: probability_below(SKEWED, math.nan),
            r"limit: must be finite \(got nan\); valid: a number in the unit of the values",
        ),
        (
            lambda: ratio_of_means([1, 2], [0, 0]),
            r"denominator: must not be negative and not all zero \(got 0.0\); valid: counts or",
        ),
        (
            lambda: ratio_of_means([1, 2], [3, -1]),
            r"denominator: must not be negative and not all zero \(got -1.0\)",
        ),
        (
            lambda: paired_difference([1, 2], [1, 2, 3]),
            r"b: must be paired with a, which has 2 values \(got 3\); valid: 2 values, one a rep",
        ),
        (
            lambda: ratio_of_means([1, 2], [1]),
            r"denominator: must be paired with numerator, which has 2 values \(got 1\)",
        ),
        (
            lambda: variance_saved([1], [2]),
            r"a: needs at least 2 paired values \(got 1\); valid: 2 or more replications",
        ),
    ],
)
def test_other_refusals(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_highest_bootstrap_level_is_accepted() -> None:
    wide, usual = expected_shortfall(YEARS, level=MAX_BOOTSTRAP_LEVEL), expected_shortfall(YEARS)
    assert wide.low < usual.low < usual.high < wide.high


def test_import_does_not_load_scipy() -> None:
    code = (
        "import sys, ccmsim.estimation; sys.exit(any(name.startswith('scipy') for name in "
        "sys.modules))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0
    uses = (
        "import sys, ccmsim.estimation as e; v = range(200); e.mean(v); e.share(1, 9); "
        "e.quantile(v, 0.5); e.expected_shortfall(v); sys.exit('scipy.stats' in sys.modules)"
    )
    assert run([sys.executable, "-c", uses], check=False).returncode == 0
