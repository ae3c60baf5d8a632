"""Means of shares: sure at every look, whatever the law; ends between 0 and 1."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from ccmsim.errors import InputError
from ccmsim.estimation.bounded import bounded_mean, is_below, tolerated

FALSE_ALARM = 1e-6
LOOKS = (20, 30, 45, 68, 100, 150, 220, 330, 500)

LAWS: dict[str, Any] = {
    "whole years are bad": lambda rng, p, n: (rng.random(n) < p).astype(float),
    "months alone": lambda rng, p, n: rng.binomial(12, p, n) / 12.0,
    "vacancies": lambda rng, p, n: (rng.random(n) < 2.0 * p) * 0.5,
}


@pytest.mark.parametrize("law", LAWS)
def test_the_interval_holds_at_all_looks_together(law: str) -> None:
    """Of 150 histories at most a fifth may ever miss; 0.44 would be noticed 95 times of 100."""
    rng, missed = np.random.default_rng(1), 0
    for _ in range(150):
        sample = LAWS[law](rng, 0.05, LOOKS[-1])
        missed += any(bounded_mean(sample[:n], level=0.8).excludes(0.05) for n in LOOKS[::4])
    assert binom.sf(missed - 1, 150, 0.2) > FALSE_ALARM


@pytest.mark.parametrize("law", LAWS)
def test_a_wrong_answer_is_as_rare_as_stated_at_either_end(law: str) -> None:
    """Of 300 at most a fifth; 0.37 would be noticed 95 times of 100."""
    rng, low, high = np.random.default_rng(2), 0, 0
    for _ in range(300):
        for p in tolerated(0.1, 0.03):
            sample = LAWS[law](rng, p, LOOKS[-1])
            answers = (is_below(sample[:n], 0.1, 0.03, error=0.2) for n in LOOKS)
            first = next((each for each in answers if each is not None), None)
            low += p < 0.1 and first is False
            high += p > 0.1 and first is True
    assert binom.sf(max(low, high) - 1, 300, 0.2) > FALSE_ALARM


@pytest.mark.parametrize("p", [0.03, 0.05, 0.07])
def test_there_is_an_answer_in_the_end(p: float) -> None:
    """Even at the limit; far from it, soon."""
    sample = LAWS["months alone"](np.random.default_rng(3), p, 20_000)
    assert is_below(sample, 0.05, 0.01, error=0.001) in (
        (p < 0.05,) if p != 0.05 else (True, False)
    )
    assert p == 0.05 or is_below(sample[:1_000], 0.05, 0.01, error=0.001) is not None


def test_nothing_and_everything_leave_room() -> None:
    none, all_ = bounded_mean(np.zeros(100)), bounded_mean(np.ones(100))
    assert (none.value, none.low, all_.value, all_.high) == (0.0, 0.0, 1.0, 1.0)
    assert none.high == pytest.approx(1.0 - all_.low)
    # were the mean m, no event in a hundred had the probability (1 - m) ** 100
    assert 1.0 - 0.025**0.01 < none.high < 2.0 * (1.0 - 0.025**0.01)
    assert math.isnan(none.standard_error)
    one = bounded_mean([0.25])
    assert 0.0 <= one.low < 0.25 < one.high <= 1.0


def test_answers_are_those_of_the_interval() -> None:
    rng = np.random.default_rng(4)
    for p, n in itertools.product((0.0, 0.05, 0.1, 0.3), (30, 200, 900)):
        sample = rng.binomial(12, p, n) / 12.0
        found = bounded_mean(sample, level=0.98)
        assert found.low <= sample.mean() <= found.high
        low, high = tolerated(0.1, 0.02)
        answer = is_below(sample, 0.1, 0.02, error=0.01)
        if found.low < low:
            assert answer is (True if found.high < high else None)
        elif found.high > high:
            assert answer is False


def test_a_limit_of_nothing_is_broken_by_one_event() -> None:
    assert tolerated(0.0, 0.01) == (0.0, 0.01)
    assert is_below([0.0] * 30 + [0.1], 0.0, 0.01, error=0.01) is False
    assert is_below([0.0] * 2_000, 0.0, 0.01, error=0.01) is True
    assert tolerated(0.995, 0.01) == pytest.approx((0.985, 0.9975))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"values": [0.5, 1.5]}, r"values: must lie between 0 and 1 \(got 1\.5\)"),
    ({"values": [0.5, -0.5]}, "values: must lie between 0 and 1"),
    ({"limit": 1.0}, "limit: must be at least 0 and below 1"),
    ({"tolerance": 0.0}, "tolerance: must lie between 0 and 1"),
    ({"error": 0.0}, "error: must lie between 0 and 1"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    settings: dict[str, Any] = {"values": [0.5], "limit": 0.1, "tolerance": 0.01, "error": 0.05}
    settings |= arguments
    with pytest.raises(InputError, match=message):
        is_below(settings.pop("values"), settings.pop("limit"), **settings)
