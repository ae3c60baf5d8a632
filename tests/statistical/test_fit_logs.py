"""Logs of known parameters: fits find them, and intervals hold as often as they promise.

Each assertion fails by chance with probability FALSE_ALARM at most, given a coverage of at least
what is demanded. With 80 logs a coverage of .65 is told from a demanded .91 with a chance near
one, with 300 logs one of .80.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import ccmsim
from ccmsim import absences
from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import chi_squared, kolmogorov, same_share
from ccmsim.fitting.call_log import groups_test
from ccmsim.fitting.calls import CallFit, fit_calls
from ccmsim.fitting.claims import fit_claims
from ccmsim.fitting.durations import fit_durations
from ccmsim.fitting.examples import write
from ccmsim.studies.accuracy.fits import (
    CALLS,
    CLAIMS,
    CV,
    MEAN_MINUTES,
    TIME,
    geometric_cdf,
    made_fit,
    sample_of,
    season_estimate,
)

FALSE_ALARM = 1e-6
SURELY = float(stats.norm.isf(FALSE_ALARM / 2))


def demand(hits: Iterable[bool], least: float) -> None:
    """A coverage of `least` is not refuted at FALSE_ALARM."""
    found = list(hits)
    assert sum(found) >= stats.binom.ppf(FALSE_ALARM, len(found), least), np.mean(found)


def covers(estimate: Estimate | None, truth: float) -> bool:
    assert estimate is not None
    return estimate.low <= truth <= estimate.high


# ------------------------------------------------------------------------------------------- calls


@pytest.fixture(scope="module")
def call_fits() -> list[CallFit]:
    generator = np.random.default_rng(20_260_102)
    return [made_fit("calls", generator, patients=60) for _ in range(50)]


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_intervals_of_answers_hold(call_fits: list[CallFit], name: str) -> None:
    demand((covers(getattr(fit, name), CALLS[name]) for fit in call_fits), 0.91)


@pytest.mark.slow
def test_the_share_of_calls_answered_is_not_the_probability(call_fits: list[CallFit]) -> None:
    # Who does not answer is called again: without the likelihood of the stopping, half is missing.
    for fit in call_fits:
        assert fit.answered_share.value < fit.answer_probability.value
    fits = np.array([fit.answer_probability.value for fit in call_fits])
    error = fits.std(ddof=1) / math.sqrt(fits.size)
    assert abs(fits.mean() - CALLS["answer_probability"]) < SURELY * error
    shares = np.array([fit.answered_share.value for fit in call_fits])
    assert shares.mean() < CALLS["answer_probability"] - 10.0 * error


@pytest.mark.slow
def test_true_models_are_seldom_doubted(call_fits: list[CallFit]) -> None:
    """At .05 each; up to .10 is borne, because degrees of freedom are only about right."""
    for groups, fitted in (("by_history", 2), ("by_hour", 2)):
        tests = [groups_test("x", getattr(fit, groups), fitted) for fit in call_fits]
        rejected = sum(test.p_value < 0.05 for test in tests)
        assert rejected <= stats.binom(len(tests), 0.10).isf(FALSE_ALARM), groups


@pytest.mark.slow
def test_durations_of_calls_are_found(call_fits: list[CallFit]) -> None:
    mean = 10.26 * math.exp(0.56**2 / 2.0)
    fits = [fit.call_minutes for fit in call_fits if fit.call_minutes is not None]
    demand((covers(fit.mean, mean) for fit in fits), 0.91)
    lognormal = [fit for fit in fits if fit.family == "lognormal"]
    assert len(lognormal) > 0.75 * len(call_fits)
    demand((covers(fit.law_mean, mean) for fit in lognormal), 0.91)


@pytest.mark.slow
def test_a_large_log_gives_the_parameters_back(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    log = write("calls", tmp_path / "log.csv", generator, patients=3_000)
    fit = fit_calls(log)
    for name, truth in CALLS.items():
        estimate = getattr(fit, name)
        assert abs(estimate.value - truth) < SURELY * estimate.standard_error, name
        assert estimate.standard_error < 0.03 * truth, name
    assert not any(test.p_value < FALSE_ALARM for test in fit.tests())


@pytest.mark.slow
def test_calls_of_the_model_itself_give_its_law_back(tmp_path: Path) -> None:
    """The engine's own calls: known voices, no notes and no logging in the minutes."""
    scenario = ccmsim.load("two_nurses").but(
        {
            "contact.unfamiliar_factor": 1.0,
            "contact.notes_minutes": 0.0,
            "documentation.logging_minutes_per_entry": 0.0,
            "panel.enrolled_at_start": 400,
            "staff.nurses.hours_per_week": 40.0,
        }
    )
    row: Any
    begun: dict[Any, Any] = {}
    lines = ["patient,time,answered,minutes"]
    for row in ccmsim.trace(scenario, seed=11, months=6).itertuples():
        if row.event == "started":
            begun[row.coordinator] = (row.time.strftime("%Y-%m-%d %H:%M:%S"), row.minutes)
        elif row.event == "completed" and row.answered is not None and row.item != "inbound":
            when, minutes = begun[row.coordinator]
            lines.append(f"{row.patient},{when},{int(row.answered)},{minutes}")
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    fit = fit_calls(path, durations="lognormal")
    truths = CALLS | {"afternoon_ratio": 1.14 / 0.86}
    for name, truth in truths.items():
        estimate = getattr(fit, name)
        assert abs(estimate.value - truth) < SURELY * estimate.standard_error, name
        assert estimate.standard_error < 0.1 * truth, name
    assert fit.call_minutes is not None
    assert fit.call_minutes.law_mean is not None
    law = fit.call_minutes.law_mean
    assert abs(law.value - 12.0) < SURELY * law.standard_error
    assert fit.tests()[0].p_value > FALSE_ALARM


def test_tired_patients_are_noticed(tmp_path: Path) -> None:
    """Each miss takes 60 % off the next call's probability: no Beta law looks like that."""
    generator = np.random.default_rng(4)
    lines = ["patient,time,answered,minutes"]
    for patient in range(300):
        chance = generator.beta(3.0, 3.0)
        for month in range(1, 4):
            fresh = 1.0
            for day in range(1, 5):
                answered = generator.random() < chance * fresh
                lines.append(f"{patient},2026-{month:02d}-{day:02d},{int(answered)},{5 + day}")
                fresh *= 0.4
                if answered:
                    break
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    test = fit_calls(path).tests()[0]
    assert test.doubtful
    assert test.p_value < FALSE_ALARM


# --------------------------------------------------------------------------------------- durations


@pytest.mark.slow
@pytest.mark.parametrize("family", ["lognormal", "gamma"])
@pytest.mark.parametrize("step", [0.0, 1.0])
def test_intervals_of_durations_hold(family: str, step: float) -> None:
    generator, fits = np.random.default_rng(5), []
    for _ in range(300):
        values = sample_of(family, 80, generator, step=step)
        fits.append(fit_durations("calls", values.tolist(), range(80), family=family))
    assert all(fit.step == step for fit in fits)
    demand((covers(fit.law_mean, MEAN_MINUTES) for fit in fits), 0.92)
    demand((covers(fit.law_cv, CV) for fit in fits), 0.90)


def test_a_wrong_law_of_durations_is_noticed() -> None:
    generator = np.random.default_rng(6)
    two_kinds = np.concatenate([generator.normal(5.0, 0.5, 150), generator.normal(20.0, 1.0, 150)])
    test = fit_durations("calls", two_kinds.tolist(), range(300), family="gamma").test()
    assert test is not None
    assert test.p_value == 1 / 200


# --------------------------------------------------------------------------------- tests of fits


def drawn(p: float, generator: np.random.Generator) -> Any:
    return generator.geometric(p, 60).astype(float)


@pytest.mark.slow
def test_kolmogorov_rejects_true_laws_as_often_as_it_says() -> None:
    """With estimated parameters and rounding: 300 samples, rejections at .1."""
    generator = np.random.default_rng(7)
    rejected = 0
    for _ in range(300):
        values = generator.geometric(0.4, 60).astype(float)
        draw = partial(drawn, 60 / values.sum())
        test = kolmogorov("days", values, geometric_cdf, draw, step=1.0, times=99)
        rejected += test.p_value <= 0.1
    low, high = stats.binom(300, 0.1).interval(1.0 - FALSE_ALARM)
    assert low <= rejected <= high, rejected


def test_chi_squared_and_permutation_reject_as_often_as_they_say() -> None:
    generator = np.random.default_rng(8)
    share, of = np.array([0.1, 0.2, 0.3, 0.4]), np.array([20, 30, 25, 5])
    rejected = np.zeros(2)
    for _ in range(400):
        seen = generator.multinomial(200, share).astype(float)
        hits = generator.binomial(of, 0.2)
        rejected += [
            chi_squared("x", seen, 200 * share, fitted=0).p_value <= 0.1,
            same_share("x", hits, of, times=199).p_value <= 0.1,
        ]
    low, high = stats.binom(400, 0.1).interval(1.0 - FALSE_ALARM)
    # Counts are whole, so the permutation may reject less often than it says.
    assert low <= rejected[0] <= high
    assert rejected[1] <= high
    assert chi_squared("x", np.array([90.0, 10.0]), np.array([50.0, 50.0]), fitted=0).p_value < 1e-6
    assert same_share("x", np.array([40, 2]), np.array([50, 50])).p_value == 1 / 2000


# ---------------------------------------------------------------------- season, time, claims


@pytest.mark.parametrize("truth", [0.0, 0.3, 0.8])
def test_intervals_of_the_season_hold(truth: float) -> None:
    generator = np.random.default_rng(9)
    fits = [season_estimate(truth, 120, generator) for _ in range(300)]
    demand((fit.low <= truth <= fit.high for fit in fits), 0.93)
    if truth:
        wide = np.mean([fit.high - fit.low for fit in fits])
        assert wide < 0.7


def test_absences_of_known_parameters_are_found(tmp_path: Path) -> None:
    log = write("absences", tmp_path / "log.csv", np.random.default_rng(10), workers=1_500)
    fit = absences.read_log(log, federal_holidays=False).fit()
    # Spells that touch are one in a log, which takes about one spell in a hundred away.
    assert fit.spells_per_year.value == pytest.approx(2.0, rel=0.06)
    assert fit.season_amplitude is not None
    season = fit.season_amplitude
    assert abs(season.value - 0.4) < SURELY * season.standard_error
    assert season.standard_error < 0.02
    assert fit.mean_spell_days.value == pytest.approx(3.0, rel=0.06)
    assert {test.name for test in fit.tests()} == {
        "spells by worker: negative binomial", "days of a spell: geometric", "season",
    }  # fmt: skip


@pytest.mark.slow
def test_losses_of_time_logs_hold() -> None:
    generator = np.random.default_rng(11)
    fits = [made_fit("time", generator) for _ in range(200)]
    for name, truth in TIME.items():
        demand((covers(getattr(fit, name), truth) for fit in fits), 0.92)
    alike = np.mean([test.doubtful for fit in fits for test in fit.tests()])
    assert alike < 0.05


@pytest.mark.slow
def test_shares_of_claims_hold() -> None:
    generator = np.random.default_rng(12)
    fits = [made_fit("claims", generator) for _ in range(150)]
    for name, truth in CLAIMS.items():
        demand((covers(getattr(fit, name), truth) for fit in fits), 0.91)


def test_denials_that_come_together_are_noticed(tmp_path: Path) -> None:
    lines = ["month,code,status"]
    for month in range(1, 13):
        bad = 40 if month == 6 else 5
        lines += [f"2025-{month:02d},99490,{'denied' if k < bad else 'paid'}" for k in range(100)]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    fit = fit_claims(path)
    assert fit.tests()[0].p_value == 1 / 2000
    independent = math.sqrt(fit.denied_share.value * 0.92 / 1200)
    assert fit.denied_share.standard_error > 3.0 * independent
