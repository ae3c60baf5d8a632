"""Closed forms against known cases and simpler sums; what they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

import ccmsim
from ccmsim import theory
from ccmsim.errors import InputError

TWO: Any = 2.0
BETA = {"family": "beta", "a": 0.70, "b": 0.75}


def test_answered_calls_of_a_beta_law_are_beta_binomial() -> None:
    for attempts in (0, 1, 5, 40):
        expected = stats.betabinom(attempts, 0.70, 0.75).pmf(np.arange(attempts + 1))
        assert theory.answered_calls(BETA, attempts) == pytest.approx(expected, rel=1e-10)


def test_answered_calls_of_other_laws() -> None:
    sample = {"family": "empirical", "values": [0.0, 0.5, 1.0]}
    assert theory.answered_calls(sample, 2) == pytest.approx([1.25 / 3, 0.5 / 3, 1.25 / 3])
    uniform = {"family": "uniform", "low": 0.0, "high": 1.0}
    # the mean of a binomial over a uniform probability is uniform over the counts
    assert theory.answered_calls(uniform, 4) == pytest.approx(np.full(5, 0.2), abs=1e-8)
    frozen = stats.beta(0.70, 0.75)
    assert theory.answered_calls(frozen, 4) == pytest.approx(
        theory.answered_calls(BETA, 4), abs=1e-5
    )


def test_published_reach_by_attempts() -> None:
    """EVIDENCE: 0.48, 0.63, 0.71 and 0.75 reached after one to four attempts."""
    found = [theory.ceiling_share_closed_form(BETA, n) for n in range(1, 5)]
    assert found == pytest.approx([0.48, 0.63, 0.71, 0.75], abs=0.006)
    p, n = 0.3, 7
    assert theory.ceiling_share_closed_form(p, n) == pytest.approx(1.0 - (1.0 - p) ** n)


def test_threshold_of_constant_minutes_is_binomial() -> None:
    for needed, minutes in ((1, 20.0), (2, 10.0), (3, 7.0), (4, 5.0)):
        expected = stats.binom(4, 0.6).sf(needed - 1)
        assert theory.threshold_share(0.6, 4, minutes) == pytest.approx(expected, abs=1e-11)
    # a tick below and at the threshold
    tick = 1.0 / 1024.0
    assert theory.threshold_share(1.0, 1, 20.0 - tick) == 0.0
    assert theory.threshold_share(1.0, 1, 20.0) == 1.0
    assert theory.threshold_share(1.0, 1, 5.0, threshold_minutes=tick) == 1.0


def test_threshold_of_exponential_minutes_is_erlang() -> None:
    """The grid of 1/1024 minute moves a sum by a tick at most."""
    expected = sum(
        stats.binom(3, 0.5).pmf(k) * stats.gamma(k, scale=9.0).sf(20.0) for k in (1, 2, 3)
    )
    found = theory.threshold_share(0.5, 3, {"family": "exponential", "mean": 9.0})
    assert found == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(
    ("law", "frozen"),
    [
        ({"family": "uniform", "low": 4.0, "high": 24.0}, stats.uniform(4.0, 20.0)),
        (
            {"family": "triangular", "low": 2.0, "mode": 6.0, "high": 24.0},
            stats.triang(4.0 / 22.0, 2.0, 22.0),
        ),
        ({"family": "gamma", "mean": 12.0, "cv": 0.6}, stats.gamma(1 / 0.36, scale=12.0 * 0.36)),
        (
            {"family": "lognormal", "mean": 12.0, "cv": 0.6},
            stats.lognorm(math.sqrt(math.log(1.36)), scale=12.0 / math.sqrt(1.36)),
        ),
        (stats.weibull_min(1.5, scale=15.0), stats.weibull_min(1.5, scale=15.0)),
    ],
    ids=["uniform", "triangular", "gamma", "lognormal", "scipy"],
)
def test_threshold_of_two_calls_against_an_integral(law: Any, frozen: Any) -> None:
    both, _ = integrate.quad(
        lambda x: frozen.pdf(x) * frozen.sf(20.0 - x), 0.0, 20.0, limit=400, points=[2.0, 6.0, 16.0]
    )
    both += frozen.sf(20.0)
    expected = 2 * 0.4 * 0.6 * frozen.sf(20.0) + 0.16 * both
    assert theory.threshold_share(0.4, 2, law) == pytest.approx(expected, abs=2e-4)


def test_parts_of_a_call_add_up() -> None:
    law = {"family": "lognormal", "mean": 12.0, "cv": 0.6}
    whole = theory.threshold_share(BETA, 3, [law, 5.0])
    assert whole == pytest.approx(theory.threshold_share(BETA, 3, [5.0, law]), abs=1e-12)
    assert whole > theory.threshold_share(BETA, 3, law)
    assert theory.threshold_share(BETA, 3, [law, 5.0], threshold_minutes=17.0) > whole


def test_whole_days_of_a_spell() -> None:
    # lognormal days are rounded half up, and at least one
    law = {"family": "lognormal", "mean": 6.0, "cv": 0.5}
    frozen = stats.lognorm(math.sqrt(math.log(1.25)), scale=6.0 / math.sqrt(1.25))
    days = np.maximum(1, np.floor(frozen.rvs(200_000, random_state=1) + 0.5))
    found = theory.survival(law)
    assert found[0] == 1.0
    assert found.sum() == pytest.approx(days.mean(), rel=0.01)
    assert theory.survival(0.0).tolist() == [1.0]
    assert theory.survival(2.5).tolist() == [1.0, 1.0, 1.0]
    assert theory.survival({"family": "empirical", "values": [1, 3]}).tolist() == [1.0, 0.5, 0.5]
    assert theory.survival({"family": "poisson", "mean": 2.0})[2] == pytest.approx(
        stats.poisson(2.0).sf(2)
    )


def test_absence_of_known_cases() -> None:
    assert theory.absence_fraction(0.0, 5) == 0.0
    assert theory.absence_fraction(1.0, 1) == 1.0
    # blocks of n days: away unless none of the last n days started one
    assert theory.absence_fraction(0.1, 4) == pytest.approx(1.0 - 0.9**4)
    # geometric lengths: the union's share by a long recursion
    by_day = theory.absence_by_day(np.full(600, 0.01), {"family": "geometric", "mean": 28.0})
    steady = theory.absence_fraction(0.01, {"family": "geometric", "mean": 28.0})
    assert by_day[-1] == pytest.approx(steady, rel=1e-6)
    assert by_day[0] == pytest.approx(0.01)
    assert (np.diff(by_day) >= 0.0).all()


def enumerated(p: list[float], length: int) -> np.ndarray:
    """Return the absence of each day by listing every pattern of starts."""
    days = len(p)
    away = np.zeros(days)
    for pattern in range(2**days):
        starts = [d for d in range(days) if pattern >> d & 1]
        chance = math.prod(p[d] if d in starts else 1.0 - p[d] for d in range(days))
        for day in range(days):
            away[day] += chance * any(d <= day < d + length for d in starts)
    return away


def test_absence_by_listing_all_patterns() -> None:
    p = [0.3, 0.0, 0.5, 0.2, 0.9, 0.1]
    for length in (1, 2, 4):
        assert theory.absence_by_day(p, length) == pytest.approx(enumerated(p, length), abs=1e-12)


def test_ramp_in_the_long_run() -> None:
    p, vacancy = 0.004, {"family": "geometric", "mean": 10.0}
    days = 3000
    weeks = np.arange(days) // 5 * 7 + np.arange(days) % 5
    by_day = theory.ramp_by_day(
        np.full(days, p), vacancy, 1440.0 * weeks, start_share=0.2, ramp_weeks=8.0
    )
    assert by_day[-20:].mean() == pytest.approx(theory.ramp_loss(p, vacancy), rel=0.01)
    assert by_day[0] == 0.0
    assert theory.ramp_loss(0.0, 5) == 0.0
    # the whole shift is lost for ever where nobody learns: all but vacancies and first holders
    slow = theory.ramp_by_day(
        np.full(days, p), vacancy, 1440.0 * weeks, start_share=0.0, ramp_weeks=1e9
    )
    there = 1.0 - theory.absence_fraction(p, vacancy)
    assert slow[-1] == pytest.approx(there, rel=1e-3)


def test_queues() -> None:
    assert theory.mg1_wait(0.1, 5.0, 25.0) == pytest.approx(theory.mmc_wait(0.1, 5.0, 1))
    load = 0.8  # two servers: mean service × load² / (1 − load²)
    assert theory.mmc_wait(2 * load / 3.0, 3.0, 2) == pytest.approx(3.0 * load**2 / (1 - load**2))
    # many servers hardly wait
    assert theory.mmc_wait(1.0, 5.0, 100) < 1e-30
    assert theory.little(0.2, 15.0) == pytest.approx(3.0)


def test_ceiling_share_is_an_estimate() -> None:
    scenario = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    calls: list[tuple[int, int]] = []
    found = theory.ceiling_share(
        scenario,
        months=2,
        replications=4,
        seed=2,
        level=0.9,
        progress=lambda done, whole: calls.append((done, whole)),
    )
    assert 0.5 < found.low < found.value < found.high < 1.0
    assert found.level == 0.9
    assert found.replications == 4
    assert calls[-1] == (4, 4)


@pytest.mark.parametrize(
    ("call", "field", "words"),
    [
        (lambda: theory.answered_calls(1.5, 2), "answer", "from 0 to 1"),
        (lambda: theory.answered_calls("often", 2), "answer", "must be a law"),
        (lambda: theory.answered_calls(0.5, -1), "attempts", "whole number"),
        (lambda: theory.answered_calls(0.5, True), "attempts", "whole number"),
        (lambda: theory.answered_calls(0.5, TWO), "attempts", "whole number"),
        (lambda: theory.threshold_share(0.5, 2, -1.0), "minutes", "0 or more"),
        (
            lambda: theory.threshold_share(0.5, 2, 5.0, threshold_minutes=0.0),
            "threshold_minutes",
            "above 0",
        ),
        (lambda: theory.absence_by_day([0.5, 1.2], 2), "daily_probability", "probabilities"),
        (lambda: theory.absence_by_day([], 2), "daily_probability", "probabilities"),
        (lambda: theory.absence_fraction(math.nan, 2), "daily_probability", "probabilities"),
        (lambda: theory.ramp_loss(0.1, 5, ramp_weeks=0.0), "ramp_weeks", "above 0"),
        (lambda: theory.mg1_wait(0.2, 5.0, 1.0), "per_minute", "below 1"),
        (lambda: theory.mmc_wait(0.5, 5.0, 2), "per_minute", "below 1"),
        (lambda: theory.mmc_wait(0.5, 0.0, 2), "mean_minutes", "above 0"),
        (lambda: theory.mmc_wait(0.5, 1.0, 0), "servers", "above 0"),
    ],
)
def test_refusals(call: Callable[[], Any], field: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    (problem,) = caught.value.problems
    assert problem.field == field
    assert words in str(problem)
