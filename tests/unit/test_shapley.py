"""Shapley values: known games, adding up, and what is said where too little is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from ccmsim.estimation import Estimate, quantile, quantiles
from ccmsim.estimation.shapley import (
    BOOTSTRAP_SEED,
    RESAMPLES,
    Weights,
    drawn_orders,
    exact_weights,
    mean_contrasts,
    order_weights,
    quantile_contrasts,
    widened,
)

FALSE_ALARM = 1e-6
GAME = np.random.default_rng(5).normal(size=2**5)
GAME.setflags(write=False)


def shares(weights: Weights) -> np.ndarray:
    """Return the shares of GAME."""
    found: np.ndarray = np.array(list(weights.values())).T @ GAME[list(weights)]
    return found


def test_known_games() -> None:
    # two left gloves (players 0 and 1) and a right one: 1/6, 1/6, 2/3 (Shapley 1953)
    gloves = [float(mask & 4 > 0 and mask & 3 > 0) for mask in range(8)]
    found = sum(row * gloves[mask] for mask, row in exact_weights(3).items())
    assert found == pytest.approx([1 / 6, 1 / 6, 2 / 3])
    # what single players bring adds up, whoever comes first
    alone = np.array([3.0, -1.0, 0.0, 7.0])
    for weights in (exact_weights(4), order_weights(drawn_orders(4, 2, 1))):
        found = sum(
            row * sum(alone[i] for i in range(4) if mask >> i & 1) for mask, row in weights.items()
        )
        assert found == pytest.approx(alone)


def test_the_exact_formula_is_the_mean_over_all_orders() -> None:
    every = list(itertools.permutations(range(5)))
    assert shares(exact_weights(5)) == pytest.approx(shares(order_weights(every)))


def test_shares_add_up_to_all_less_none() -> None:
    for weights in (exact_weights(5), order_weights(drawn_orders(5, 6, 3))):
        assert shares(weights).sum() == pytest.approx(GAME[-1] - GAME[0])
        for mask, row in weights.items():
            expected = {0: -1.0, 2**5 - 1: 1.0}.get(mask, 0.0)
            assert row.sum() == pytest.approx(expected, abs=1e-12)


def test_drawn_orders_are_unbiased() -> None:
    """Each of five means lies within its error of the exact share, FALSE_ALARM for all of them."""
    found = np.array([shares(order_weights(drawn_orders(5, 2, seed))) for seed in range(4000)])
    error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    limit = 5.2  # of a normal: 2e-7 for each of the five
    assert (np.abs(found.mean(axis=0) - shares(exact_weights(5))) < limit * error).all()
    assert error.max() < 0.02  # so a bias of 0.1 would be seen


def test_contrasts_are_paired() -> None:
    rng = np.random.default_rng(2)
    common = rng.normal(size=400)
    values = np.stack([common, common + 2.0])
    weights = np.array([[-1.0], [1.0]])
    for found in (
        mean_contrasts(values, weights, level=0.95),
        quantile_contrasts(values, weights, 0.05, level=0.95),
    ):
        assert found[0].value == pytest.approx(2.0)
        assert found[0].high - found[0].low == pytest.approx(0.0, abs=1e-9)
    (alone,) = quantile_contrasts(values[:1], np.ones((1, 1)), 0.05, level=0.95)
    assert alone.value == quantile(common, 0.05).value
    assert alone.low < alone.value < alone.high


def test_the_interval_of_a_quantile_covers() -> None:
    """At level 0.95 it covers 0.88 of the time or more; fewer than 222 of 300 is a false alarm."""
    from scipy import stats

    rng, truth, hits = np.random.default_rng(8), stats.norm.ppf(0.05), 0
    for _ in range(300):
        (found,) = quantile_contrasts(rng.normal(size=(1, 200)), np.ones((1, 1)), 0.05, level=0.95)
        hits += found.low <= truth <= found.high
    assert stats.binom.cdf(hits, 300, 0.88) > FALSE_ALARM


def test_shares_of_a_bad_year_on_a_lattice_add_up_exactly() -> None:
    """Months billed, of twelve: the tenth worst of 200 years is the bad one, ties and all.

    It is 3 with nobody, 7 and 5 with either player alone, and 12 with both: the first adds 4 before
    the second and 7 after, the second 2 and 5.
    """
    rng = np.random.default_rng(4)
    years = [
        [3] * 10 + [12] * 190,
        [3] * 9 + [7] * 40 + [12] * 151,
        [0] * 4 + [5] * 6 + [12] * 190,
        [3] * 9 + [12] * 191,
    ]
    values = np.array([rng.permutation(row) for row in years], float)
    weights = np.array([exact_weights(2)[mask] for mask in range(4)])
    both = np.array([[-1.0], [0.0], [0.0], [1.0]])
    first, second, all_of_it = quantile_contrasts(
        values, np.hstack([weights, both]), 0.05, level=0.95
    )
    assert (first.value, second.value, all_of_it.value) == (5.5, 3.5, 9.0)
    assert first.value + second.value == all_of_it.value
    # resampled, the bad year is 3 or 12 with nobody, and with both
    assert (all_of_it.low, all_of_it.high) == (-9.0, 9.0)
    for found in (first, second):
        assert found.low < found.value <= found.high
        assert (2.0 * found.low) % 1.0 == (2.0 * found.high) % 1.0 == 0.0  # half a month


def test_too_few_replications_give_no_interval() -> None:
    (found,) = quantile_contrasts(np.ones((1, 99)), np.ones((1, 1)), 0.05, level=0.95)
    assert found.value == 1.0
    assert math.isnan(found.low)
    assert "too few" in found.method


def test_sampled_orders_widen_the_interval() -> None:
    given = Estimate(5.0, 1.0, 3.0, 7.0, 0.95, 50, "t")
    same = widened(given, np.full(4, 5.0), 0.95)
    assert (same.low, same.high, same.standard_error) == (3.0, 7.0, 1.0)
    wider = widened(given, np.array([4.0, 6.0]), 0.95)
    arm = math.hypot(2.0, 12.706204736)  # Student's t of one degree of freedom times 1
    assert (wider.low, wider.high) == pytest.approx((5.0 - arm, 5.0 + arm))
    assert math.isnan(widened(given, np.array([5.0]), 0.95).low)


def test_resamples_in_parts_are_those_of_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many at once as there is room for: the same numbers as from one array of counts."""
    rng = np.random.default_rng(8)
    values = np.round(rng.normal(size=(3, 400)), 1)  # with ties
    weights = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    whole = quantile_contrasts(values, weights, 0.1, level=0.95)
    counts = np.random.default_rng(BOOTSTRAP_SEED).multinomial(
        400, np.full(400, 1 / 400), size=RESAMPLES
    )
    dense = np.array([[np.sort(np.repeat(row, count))[39] for count in counts] for row in values])
    ends = quantiles((weights.T @ dense).T, [0.025, 0.975])
    assert [one.low for one in whole] == pytest.approx(ends[0])
    assert [one.high for one in whole] == pytest.approx(ends[1])
    for room in (1, 400 * 7, 400 * RESAMPLES):
        monkeypatch.setattr("ccmsim.estimation.shapley.ROOM", room)
        assert quantile_contrasts(values, weights, 0.1, level=0.95) == whole
    apart = [
        quantile_contrasts(values[[0, k]], np.array([[-1.0], [1.0]]), 0.1, level=0.95)[0]
        for k in (1, 2)
    ]
    assert apart == whole
