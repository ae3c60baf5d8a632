"""Absence logs: spells by hand, the fit against scipy's distributions, and every refused input."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ccmsim import absences
from ccmsim.absences import AbsenceFit, AbsenceLog, Spell
from ccmsim.absences.likelihood import Counts
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate

UNDATED = """worker,reason_code,month,weekday,season,hours
2,13,7,2,1,8
10,13,7,3,1,40
2,23,0,6,4,2
9,0,0,3,1,0
2,18,8,5,1,12
"""

# 1 January and 19 January 2026 (Monday) are holidays; 2 January is a Friday.
DATED = """worker,date,reason_code,hours
Bo,2026-01-16,sick,8
Bo,2026-01-20,sick,8
Ann,2026-01-05,sick,8
Ann,2026-01-02,sick,8
Ann,2026-01-06,dentist,3
Ann,2026-01-08,sick,8
Bo,2026-01-17,sick,8
Ann,2026-01-06,sick,5
Cy,2027-02-10,sick,0
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


def log_of(counts: list[int], *, years: float = 1.0, days: int = 1) -> AbsenceLog:
    """A log without dates of workers "0", "1", ... with so many spells each."""
    return AbsenceLog(
        source="made.csv",
        workers=tuple(map(str, range(len(counts)))),
        spells=tuple(
            Spell(str(w), days, 8.0 * days) for w, n in enumerate(counts) for _ in range(n)
        ),
        hours_per_day=8.0,
        years=years,
        first_month=None,
        set_aside=(),
    )


# ---------------------------------------------------------------------------------------- spells


def test_without_dates_each_record_is_a_spell(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, UNDATED))
    assert log.workers == ("2", "9", "10")  # in number order; worker 9 has no absence
    assert log.spells == (
        Spell("2", 1, 8.0),
        Spell("2", 1, 2.0),  # a quarter of a day is one day at least
        Spell("2", 2, 12.0),  # a day and a half: halves up
        Spell("10", 5, 40.0),
    )
    assert (log.dated, log.years, log.first_month) == (False, None, None)
    assert dict(log.set_aside)["zero hours"] == 1
    assert log.resample_lengths() == {"family": "empirical", "values": [1, 1, 2, 5]}


def test_the_hours_of_a_day_set_the_lengths(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, UNDATED), hours_per_day=4)
    assert log.resample_lengths()["values"] == [1, 2, 3, 10]


def test_reason_filters_leave_the_workers(tmp_path: Path) -> None:
    path = written(tmp_path, UNDATED)
    kept = absences.read_log(path, reasons=[13, "18"])
    assert [spell.hours for spell in kept.spells] == [8.0, 12.0, 40.0]
    assert kept.workers == ("2", "9", "10")
    assert dict(kept.set_aside)["reasons"] == 1
    assert absences.read_log(path, exclude_reasons=range(22, 29)).spells == kept.spells
    both = absences.read_log(path, reasons=[13, 18], exclude_reasons=["18"])
    assert [spell.hours for spell in both.spells] == [8.0, 40.0]


def test_short_spells_can_be_left_out(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, UNDATED), min_hours=8.0)
    assert [spell.hours for spell in log.spells] == [8.0, 12.0, 40.0]
    assert dict(log.set_aside)["under min_hours"] == 1


def test_only_worker_and_hours_are_needed(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, "\ufeffworker, hours\r\n A ,8\r\n\r\nB,16\r\n"))
    assert log.spells == (Spell("A", 1, 8.0), Spell("B", 2, 16.0))


def test_consecutive_business_days_are_one_spell(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED))
    assert log.workers == ("Ann", "Bo", "Cy")
    assert log.spells == (
        Spell("Ann", 3, 24.0, date(2026, 1, 2)),  # over a weekend, with two records on 6 January
        Spell("Ann", 1, 8.0, date(2026, 1, 8)),
        Spell("Bo", 2, 16.0, date(2026, 1, 16)),  # over a weekend and a holiday
    )
    assert dict(log.set_aside) == {
        "zero hours": 1,
        "reasons": 0,
        "day off": 1,  # Bo's Saturday
        "under min_hours": 0,
    }
    assert (log.dated, log.first_month) == (True, date(2026, 1, 1))
    assert log.years == 14 / 12  # January 2026 to February 2027


def test_without_holidays_the_monday_between_is_a_gap(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED), federal_holidays=False)
    assert [spell.days for spell in log.spells if spell.worker == "Bo"] == [1, 1]


def test_closed_days_do_not_interrupt_a_spell(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED), closed_days=[date(2026, 1, 7)])
    assert [spell.days for spell in log.spells if spell.worker == "Ann"] == [4]


def test_reasons_are_filtered_before_days_are_joined(tmp_path: Path) -> None:
    text = DATED.replace("Ann,2026-01-05,sick", "Ann,2026-01-05,leave")
    log = absences.read_log(written(tmp_path, text), reasons=["sick"])
    assert [(s.start, s.days) for s in log.spells if s.worker == "Ann"] == [
        (date(2026, 1, 2), 1),
        (date(2026, 1, 6), 1),
        (date(2026, 1, 8), 1),
    ]
    assert log.spells[1].hours == 5.0  # the dentist's three hours are out


def test_min_hours_looks_at_whole_spells(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED), min_hours=9.0)
    assert [spell.hours for spell in log.spells] == [24.0, 16.0]


# ---------------------------------------------------------------------------------------- replay


def test_replay_as_it_was(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED))
    assert log.replay() == {
        "kind": "recorded",
        "spells": [
            {"seat": 0, "start": "2026-01-02", "days": 3},
            {"seat": 0, "start": "2026-01-08", "days": 1},
            {"seat": 1, "start": "2026-01-16", "days": 2},
        ],
    }
    assert log.replay(date(2026, 1, 1)) == log.replay()


def test_replay_elsewhere_keeps_business_days(tmp_path: Path) -> None:
    # Business days 0, 4 and 10 of January 2026 (2, 8 and 16 January); in January 2027 the
    # first is Monday 4 January (1 January is a Friday and a holiday, 18 January another).
    moved = absences.read_log(written(tmp_path, DATED)).replay(date(2027, 1, 1))
    assert [spell["start"] for spell in moved["spells"]] == [
        "2027-01-04",
        "2027-01-08",
        "2027-01-19",
    ]
    assert [spell["days"] for spell in moved["spells"]] == [3, 1, 2]


def test_replay_on_chosen_seats(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED))
    assert log.replay(seats={"Bo": 5})["spells"] == [{"seat": 5, "start": "2026-01-16", "days": 2}]
    together = log.replay(seats={"Ann": 0, "Bo": 0})["spells"]
    assert [spell["seat"] for spell in together] == [0, 0, 0]


def test_a_worker_without_spells_keeps_a_seat(tmp_path: Path) -> None:
    text = DATED.replace("Cy,", "Al,")
    log = absences.read_log(written(tmp_path, text))
    assert {spell["seat"] for spell in log.replay()["spells"]} == {1, 2}


def test_a_log_without_dates_cannot_be_replayed(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, UNDATED))
    with pytest.raises(
        InputError, match=r"log\.csv: cannot be replayed.*no dates.*resample_lengths"
    ):
        log.replay(date(2026, 1, 1))


@pytest.mark.parametrize("first_day", ["2026-01-01", datetime(2026, 1, 1), date(2101, 1, 1)])
def test_replay_needs_a_date(tmp_path: Path, first_day: object) -> None:
    log = absences.read_log(written(tmp_path, DATED))
    with pytest.raises(InputError, match="first_day: must be a date with known holidays"):
        log.replay(first_day)  # type: ignore[arg-type]


def test_replay_refuses_unknown_workers_and_seats(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED))
    with pytest.raises(InputError, match=r"seats: names a worker .*'Di'.*Ann, Bo, Cy"):
        log.replay(seats={"Di": 0})
    for seat in (-1, True, 1.0):
        with pytest.raises(InputError, match=r"seats\['Bo'\]: must be a seat"):
            log.replay(seats={"Bo": seat})  # type: ignore[dict-item]


# ------------------------------------------------------------------------------------------- fit


def negative_binomial(counts: list[int], mean: float, shape: float) -> float:
    """The log-likelihood without the factorials of the counts, which ours leaves out."""
    return float(np.sum(stats.nbinom.logpmf(counts, shape, shape / (shape + mean)))) + sum(
        math.lgamma(count + 1) for count in counts
    )


def chance(fit: AbsenceFit, window: str, source: str) -> Estimate:
    (found,) = [e for w, s, e in fit.any_absence if (w, s) == (window, source)]
    return found


SPREAD = [0, 0, 0, 7, 1, 3, 0, 12, 2, 0, 1, 4]


@pytest.mark.parametrize("mean", [0.3, 2.5, 40.0])
@pytest.mark.parametrize("shape", [0.01, 0.55, 3.0, 1e5])
def test_the_likelihood_is_the_negative_binomial(mean: float, shape: float) -> None:
    ours = Counts(np.array(SPREAD)).log_likelihood(mean, shape)
    assert ours == pytest.approx(negative_binomial(SPREAD, mean, shape), rel=1e-8)


def test_a_large_shape_is_the_poisson_law_without_cancellation() -> None:
    counts = Counts(np.array(SPREAD))
    poisson = counts.log_likelihood(2.0, math.inf)
    by_scipy = float(np.sum(stats.poisson.logpmf(SPREAD, 2.0)))
    by_scipy += sum(math.lgamma(count + 1) for count in SPREAD)
    assert poisson == pytest.approx(by_scipy, rel=1e-12)
    # To first order the difference is [Σ c(c−1) / 2 − m Σ c + n m² / 2] / shape.
    for shape in (1e8, 1e10):
        apart = counts.log_likelihood(2.0, shape) - poisson
        assert apart * shape == pytest.approx(97.0 - 60.0 + 24.0, rel=1e-4)


def test_the_rate_is_spells_by_worker_years() -> None:
    fit = log_of(SPREAD, years=2.5).fit()
    assert fit.spells_per_year.value == pytest.approx(30 / (12 * 2.5), rel=1e-15)
    assert (fit.workers, fit.years, fit.spells) == (12, 2.5, 30)
    shape = fit.frailty_shape.value
    error = math.sqrt((2.5 + 2.5**2 / shape) / 12) / 2.5
    assert fit.spells_per_year.standard_error == pytest.approx(error, rel=1e-12)


def test_the_frailty_is_where_the_likelihood_is_highest() -> None:
    fit = log_of(SPREAD).fit()
    grid = np.exp(np.linspace(-3, 3, 6001))
    best = grid[np.argmax([negative_binomial(SPREAD, 2.5, shape) for shape in grid])]
    assert fit.frailty_shape.value == pytest.approx(best, rel=1e-3)
    steps = [
        negative_binomial(SPREAD, 2.5, fit.frailty_shape.value * math.exp(step))
        for step in (-1e-3, 0.0, 1e-3)
    ]
    information = -(steps[0] - 2 * steps[1] + steps[2]) / 1e-6
    error = fit.frailty_shape.value / math.sqrt(information)
    assert fit.frailty_shape.standard_error == pytest.approx(error, rel=1e-3)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_ends_of_the_profile_intervals_lie_on_the_cut(level: float) -> None:
    fit = log_of(SPREAD).fit(level=level)
    cut = stats.chi2(1).ppf(level)
    top = negative_binomial(SPREAD, 2.5, fit.frailty_shape.value)
    for end in (fit.frailty_shape.low, fit.frailty_shape.high):
        assert 2 * (top - negative_binomial(SPREAD, 2.5, end)) == pytest.approx(cut, rel=1e-6)
    grid = np.exp(np.linspace(-4, 2, 3001))
    for end in (fit.spells_per_year.low, fit.spells_per_year.high):
        profile = max(negative_binomial(SPREAD, end, shape) for shape in grid)
        assert 2 * (top - profile) == pytest.approx(cut, rel=1e-4)


@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [2, 1, 0, 1, 2, 0], [5]])
def test_without_over_dispersion_the_fit_is_the_poisson_limit(counts: list[int]) -> None:
    fit = log_of(counts).fit()
    assert fit.frailty_shape.value == math.inf
    assert fit.frailty_shape.high == math.inf
    assert 0.0 < fit.frailty_shape.low < math.inf
    assert math.isnan(fit.frailty_shape.standard_error)
    assert "Poisson limit" in fit.frailty_shape.method
    assert "frailty_shape" not in fit.as_disruption()
    rate = np.mean(counts)
    assert fit.spells_per_year.standard_error == pytest.approx(math.sqrt(rate / len(counts)))
    assert chance(fit, "one year", "fitted").value == pytest.approx(1 - math.exp(-rate))


def test_slight_over_dispersion_has_a_finite_shape_and_no_upper_end() -> None:
    fit = log_of([0, 1, 2, 3, 0, 2, 1, 3, 1, 5]).fit()
    assert 1.0 < fit.frailty_shape.value < math.inf
    assert fit.frailty_shape.high == math.inf


def test_one_sick_worker_among_very_many_has_a_fit() -> None:
    fit = log_of([5]).fit(workers=40_000)
    assert 0.0 < fit.frailty_shape.low < fit.frailty_shape.value < 1e-4
    assert fit.spells_per_year.value == pytest.approx(5 / 40_000)


def test_too_few_workers_leave_the_rate_without_an_upper_end() -> None:
    fit = log_of([0, 0, 3]).fit()
    assert fit.spells_per_year.high == math.inf
    assert "no upper end" in fit.spells_per_year.method
    assert 0.0 < fit.spells_per_year.low < 1.0


def test_workers_who_are_not_in_the_log_count() -> None:
    named = log_of([2, 1, 4, 1]).fit()
    all_of_them = log_of([2, 1, 4, 1]).fit(workers=16)
    assert all_of_them.spells_per_year.value == named.spells_per_year.value / 4
    assert all_of_them.frailty_shape.value < 1.0 < named.frailty_shape.value
    assert all_of_them == log_of([2, 1, 4, 1] + [0] * 12).fit()


def test_lengths_by_hand(tmp_path: Path) -> None:
    rows = [("A", 8), ("A", 24), ("B", 8), ("B", 16), ("C", 8)]
    text = "worker,hours\n" + "".join(f"{worker},{hours}\n" for worker, hours in rows)
    fit = absences.read_log(written(tmp_path, text)).fit(years=2.0)
    assert fit.mean_spell_days.value == 8 / 5
    assert fit.geometric_probability.value == 5 / 8
    # Inverse binomial sampling: the fifth success came with trial 8.
    low, high = fit.geometric_probability.low, fit.geometric_probability.high
    assert stats.nbinom.cdf(3, 5, low) == pytest.approx(0.025, rel=1e-6)
    assert stats.nbinom.sf(2, 5, high) == pytest.approx(0.025, rel=1e-6)
    logs = np.log([1, 3, 1, 2, 1])
    assert fit.lognormal_median_days.value == pytest.approx(math.exp(logs.mean()))
    assert fit.lognormal_sigma.value == pytest.approx(np.std(logs, ddof=1))
    arm = stats.t(4).ppf(0.975) * np.std(logs, ddof=1) / math.sqrt(5)
    assert fit.lognormal_median_days.high == pytest.approx(math.exp(logs.mean() + arm))
    variance = 4 * np.var(logs, ddof=1)
    assert fit.lognormal_sigma.low == pytest.approx(math.sqrt(variance / stats.chi2(4).ppf(0.975)))
    assert fit.lognormal_sigma.high == pytest.approx(math.sqrt(variance / stats.chi2(4).ppf(0.025)))
    assert fit.lost_days_per_year.value == pytest.approx(8 / 3 / 2)


def test_recorded_and_whole_days_differ_where_hours_are_rounded(tmp_path: Path) -> None:
    fit = absences.read_log(written(tmp_path, "worker,hours\nA,2\nB,12\nB,4\n")).fit(years=1.0)
    assert fit.mean_spell_days.value == pytest.approx(4 / 3)
    assert fit.lost_days_per_year.value == pytest.approx(18 / 8 / 2)


def test_spells_of_one_worker_are_not_taken_as_independent() -> None:
    # Twelve workers, one with all the long spells: by worker the mean is known much less well.
    spells = [Spell(str(w), 10 if w == 0 else 1, 8.0) for w in range(12) for _ in range(6)]
    log = AbsenceLog("made.csv", tuple(map(str, range(12))), tuple(spells), 8.0, 1.0, None, ())
    error = log.fit().mean_spell_days.standard_error
    days = [spell.days for spell in spells]
    assert error > 2.0 * np.std(days, ddof=1) / math.sqrt(len(days))


def test_one_spell_alone() -> None:
    fit = log_of([0, 1], days=3).fit()
    assert fit.mean_spell_days.value == 3.0
    assert math.isnan(fit.mean_spell_days.low)
    assert math.isnan(fit.lognormal_sigma.value)
    assert fit.geometric_probability.low < 1 / 3 < fit.geometric_probability.high


def test_one_day_spells_only() -> None:
    fit = log_of([2, 1, 3]).fit()
    assert fit.geometric_probability.value == fit.geometric_probability.high == 1.0
    assert fit.lognormal_sigma.value == fit.lognormal_sigma.high == 0.0


def test_any_absence_against_the_negative_binomial() -> None:
    fit = log_of(SPREAD, years=2.0).fit()
    shape = fit.frailty_shape.value
    for window, mean in (("one year", 1.25), ("whole log", 2.5)):
        zero = stats.nbinom.pmf(0, shape, shape / (shape + mean))
        fitted = chance(fit, window, "fitted")
        assert fitted.value == pytest.approx(1.0 - zero)
        assert 0.0 < fitted.low < fitted.value < fitted.high < 1.0
        assert chance(fit, window, "poisson").value == pytest.approx(1 - math.exp(-mean))
    assert chance(fit, "whole log", "observed").value == 7 / 12


def test_goodness_is_a_table_of_any_absence() -> None:
    fit = log_of(SPREAD, years=2.0).fit()
    table = fit.goodness()
    assert list(table.index) == [
        ("one year", "fitted"),
        ("one year", "poisson"),
        ("whole log", "fitted"),
        ("whole log", "poisson"),
        ("whole log", "observed"),
    ]
    assert list(table["value"]) == [estimate.value for _, _, estimate in fit.any_absence]


def test_the_error_of_any_absence_is_the_delta_method() -> None:
    fit = log_of(SPREAD).fit()
    rate, shape = fit.spells_per_year, fit.frailty_shape

    def exact(mean: float, k: float) -> float:
        return 1.0 - math.pow(1.0 + mean / k, -k)

    step = 1e-6
    by_rate = (exact(rate.value + step, shape.value) - exact(rate.value, shape.value)) / step
    by_shape = (exact(rate.value, shape.value + step) - exact(rate.value, shape.value)) / step
    error = math.hypot(by_rate * rate.standard_error, by_shape * shape.standard_error)
    assert chance(fit, "one year", "fitted").standard_error == pytest.approx(error, rel=1e-4)


def test_observed_years_by_hand(tmp_path: Path) -> None:
    # March 2023 to April 2025 holds two full years; the third, begun one, does not count.
    days = [
        ("A", "2023-03-01"), ("A", "2023-06-01"), ("A", "2024-06-03"),
        ("B", "2024-02-28"), ("C", "2025-04-01"),
    ]  # fmt: skip
    text = "worker,date,hours\n" + "".join(f"{worker},{day},8\n" for worker, day in days)
    log = absences.read_log(written(tmp_path, text))
    fit = log.fit(workers=4)
    assert fit.years == 26 / 12
    observed = chance(fit, "one year", "observed")
    assert observed.value == (1.0 + 0.5 + 0.0 + 0.0) / 4
    assert observed.replications == 4
    assert ("one year", "observed") not in log.fit(years=3.0).goodness().index


def test_tables() -> None:
    fit = log_of(SPREAD).fit(level=0.9)
    table = fit.table()
    assert list(table.index) == [
        "spells_per_year",
        "frailty_shape",
        "mean_spell_days",
        "geometric_probability",
        "lognormal_median_days",
        "lognormal_sigma",
        "lost_days_per_year",
    ]
    assert list(table.columns) == list(fit.spells_per_year.as_dict())
    assert set(table["level"]) == {0.9}
    assert table.loc["frailty_shape", "low"] == fit.frailty_shape.low


def test_a_fit_becomes_a_disruption() -> None:
    fit = log_of(SPREAD, days=2).fit()
    assert fit.as_disruption() == {
        "kind": "sick_spells",
        "spells_per_year": 2.5,
        "frailty_shape": fit.frailty_shape.value,
        "length_days": {"family": "geometric", "mean": 2.0},
    }


def test_scenarios_take_what_logs_give(tmp_path: Path) -> None:
    from ccmsim.distributions import Empirical
    from ccmsim.scenario.disruptions import Recorded, SickSpells

    log = absences.example_log(exclude_reasons=absences.COURIER_NOT_SICKNESS)
    fitted = log.fit().as_disruption()
    entry = SickSpells.model_validate(fitted)
    assert entry.spells_per_year == log.fit().spells_per_year.value
    resampled = SickSpells.model_validate({**fitted, "length_days": log.resample_lengths()})
    assert isinstance(resampled.length_days, Empirical)
    mean = np.mean(resampled.length_days.values)
    assert mean == pytest.approx(log.fit().mean_spell_days.value)
    for plain in (log_of([1, 1]), log_of(SPREAD)):  # all lengths one day; no frailty
        SickSpells.model_validate(plain.fit().as_disruption())
    replayed = absences.read_log(written(tmp_path, DATED)).replay()
    assert Recorded.model_validate(replayed).spells[2].start == date(2026, 1, 16)


def test_logs_and_fits_survive_pickling(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, DATED))
    assert pickle.loads(pickle.dumps(log)) == log
    fit = log_of(SPREAD, days=2).fit()
    assert pickle.loads(pickle.dumps(fit)) == fit


# ----------------------------------------------------------------------------------- shipped data


def test_the_shipped_log() -> None:
    log = absences.example_log()
    assert log.workers == tuple(str(number) for number in range(1, 37))
    assert (len(log.spells), sum(spell.hours for spell in log.spells)) == (696, 5124.0)
    assert dict(log.set_aside)["zero hours"] == 44
    assert (log.dated, log.years) == (False, 3.0)


def test_the_shipped_log_without_consultations() -> None:
    log = absences.example_log(exclude_reasons=absences.COURIER_NOT_SICKNESS)
    assert len(log.spells) == 262
    assert log == absences.example_log(reasons=range(1, 22))
    fit = log.fit()
    assert fit.workers == 36
    assert fit.spells_per_year.value == pytest.approx(262 / 108)


def test_the_licence_travels_with_the_data() -> None:
    note = Path(absences.__file__).parents[1] / "data" / "absences_courier.md"
    text = note.read_text(encoding="utf-8")
    assert all(word in text for word in ("CC BY 4.0", "Martiniano", "Ferreira", "Sassi", "Changes"))


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = (
        "import ccmsim.absences, sys; "
        "print([m for m in ('pandas', 'scipy', 'holidays', 'pydantic') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"log\.csv: is empty .*worker, date, hours"),
        ("\n  ,\n", r"log\.csv: is empty"),
        ("worker,hours\n", r"log\.csv: has no record .*one line for each absence"),
        ("worker;hours\nA;8\n", r"row 1: lacks columns: worker, hours .*with commas between them"),
        ("date,hours\n2026-01-05,8\n", r"row 1: lacks columns: worker \(got \['date', 'hours'\]\)"),
        ("worker,month\nA,3\n", r"row 1: lacks columns: hours \(got"),
        ("worker,hours,hours\nA,8,8\n", r"row 1: has columns twice: hours \(got"),
        ("worker,hours\nA,8\nB\n", r"row 3: must have one cell a column \(got 1\); valid: 2 cells"),
        ("worker,hours\nA,8\n\nB,8,1\n", r"row 4: must have one cell a column \(got 3\)"),
        ("worker,hours\n ,8\n", r"row 2, column 'worker': must not be empty"),
        (
            "worker,hours\nA,-1\n",
            r"row 2, column 'hours': is not a number of hours .*'-1'.*0 to 8784",
        ),
        ("worker,hours\nA,nan\n", r"row 2, column 'hours': is not a number of hours absent"),
        ("worker,hours\nA,inf\n", r"row 2, column 'hours': is not a number of hours absent"),
        ("worker,hours\nA,\n", r"row 2, column 'hours': is not a number of hours absent"),
        ('worker,hours\nA,"7,5"\n', r"column 'hours': .*'7,5'.*with a point for decimals"),
        ("worker,date,hours\nA,2026-01-05,25\n", r"column 'hours': .*'25'.*0 to 24 for a date"),
        ("worker,month,hours\nA,13,8\n", r"row 2, column 'month': is not a known number .*0 to 12"),
        (
            "worker,date,hours\nA,05/01/2026,8\n",
            r"row 2, column 'date': is not a date .*2026-01-05",
        ),
        ("worker,date,hours\nA,2026-02-30,8\n", r"row 2, column 'date': is not a date"),
        ("worker,date,hours\nA,2026-W01-1,8\n", r"row 2, column 'date': is not a date"),
        ("worker,date,hours\nA,1926-01-05,8\n", r"column 'date': is in a year whose holidays"),
        (
            "worker,date,hours\nA,2026-01-05,20\nB,2026-01-05,8\nA,2026-01-05,5\n",
            r"row 4, column 'hours': makes 25 hours of worker 'A' on 2026-01-05 .*at most 24",
        ),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        absences.read_log(written(tmp_path, text))


def test_other_columns_are_not_read(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, "name,worker,hours,colour\nJo,A,8,\n"))
    assert log.spells == (Spell("A", 1, 8.0),)


def test_a_file_may_have_names_of_its_own(tmp_path: Path) -> None:
    text = "employee,day off,hours\nA,2026-01-05,8\n"
    names = {"worker": "employee", "date": "day off"}
    log = absences.read_log(written(tmp_path, text), columns=names)
    assert log.spells == (Spell("A", 1, 8.0, date(2026, 1, 5)),)
    with pytest.raises(InputError, match=r"row 1: lacks columns: staff .*or name yours"):
        absences.read_log(written(tmp_path, text), columns={"worker": "staff"})


def test_a_day_of_exactly_24_hours_is_one(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, "worker,date,hours\nA,2026-01-05,24\n"))
    assert log.spells == (Spell("A", 1, 24.0, date(2026, 1, 5)),)


def test_all_bad_cells_are_named_at_once(tmp_path: Path) -> None:
    text = "worker,date,hours\nA,2026-13-01,-2\nB,2026-01-05,8\n,2026-01-06,x\n"
    with pytest.raises(InputError, match="cannot be used as an absence log") as raised:
        absences.read_log(written(tmp_path, text))
    assert [problem.field for problem in raised.value.problems] == [
        "log.csv row 2, column 'date'",
        "log.csv row 2, column 'hours'",
        "log.csv row 4, column 'worker'",
        "log.csv row 4, column 'hours'",
    ]


def test_a_file_that_is_wrong_throughout_is_cut_short(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has more such cells \(got 30\)") as raised:
        absences.read_log(written(tmp_path, "worker,hours\n" + "A,x\n" * 50))
    assert len(raised.value.problems) == 21


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"path: cannot be read: No such file .*nowhere\.csv"):
        absences.read_log(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="path: cannot be read: Is a directory"):
        absences.read_log(str(tmp_path))
    binary = tmp_path / "log.xlsx"
    binary.write_bytes(b"PK\x03\x04\xff\xfe\x00worker")
    with pytest.raises(InputError, match="path: is not a CSV file in UTF-8"):
        absences.read_log(binary)


@pytest.mark.parametrize("hours_per_day", [0.0, -8.0, 25.0, math.nan, "8"])
def test_hours_per_day_must_be_possible(tmp_path: Path, hours_per_day: float) -> None:
    with pytest.raises(InputError, match="hours_per_day: must be hours of a day"):
        absences.read_log(written(tmp_path, UNDATED), hours_per_day=hours_per_day)


@pytest.mark.parametrize("min_hours", [-1.0, math.inf, math.nan, None])
def test_min_hours_must_be_possible(tmp_path: Path, min_hours: float) -> None:
    with pytest.raises(InputError, match="min_hours: must not be negative"):
        absences.read_log(written(tmp_path, UNDATED), min_hours=min_hours)


def test_filters_that_cannot_be_meant(tmp_path: Path) -> None:
    path = written(tmp_path, UNDATED)
    with pytest.raises(InputError, match=r"reasons: leaves no record .*99.*some of 13, 18, 23"):
        absences.read_log(path, reasons=[99])
    with pytest.raises(InputError, match="exclude_reasons: leaves no record"):
        absences.read_log(path, exclude_reasons=range(30))
    with pytest.raises(InputError, match=r"reasons: must be a list of reason codes .*'sick'"):
        absences.read_log(path, reasons="13")
    with pytest.raises(InputError, match="exclude_reasons: must be a list of reason codes"):
        absences.read_log(path, exclude_reasons=13)  # type: ignore[arg-type]
    bare = written(tmp_path, "worker,hours\nA,8\n")
    with pytest.raises(InputError, match=r"reasons: cannot be used: log\.csv has no reason_code"):
        absences.read_log(bare, reasons=[13])


def test_closed_days_must_be_dates(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="closed_days: must be a list of dates"):
        absences.read_log(written(tmp_path, DATED), closed_days=["2026-01-07"])  # type: ignore[list-item]


def test_fits_that_cannot_be_made(tmp_path: Path) -> None:
    undated = absences.read_log(written(tmp_path, UNDATED))
    with pytest.raises(InputError, match=r"years: are needed: log\.csv has no dates .*years=2\.5"):
        undated.fit()
    for years in (0.0, -1.0, math.nan, math.inf, "3"):
        with pytest.raises(InputError, match="years: must be a number above 0"):
            undated.fit(years=years)  # type: ignore[arg-type]
    for workers in (2, 3.0, True):
        with pytest.raises(InputError, match=r"workers: must be a whole number.*valid: 3 or more"):
            undated.fit(years=1.0, workers=workers)  # type: ignore[arg-type]
    for level in (0.0, 1.0, 95, "0.95"):
        with pytest.raises(InputError, match="level: must lie between 0 and 1"):
            undated.fit(years=1.0, level=level)  # type: ignore[arg-type]


def test_a_log_of_nobody_absent_has_nothing_to_give(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, "worker,date,hours\nA,2026-01-05,0\n"))
    assert log.spells == ()
    for verb, call in (
        ("fit", log.fit),
        ("resample", log.resample_lengths),
        ("replay", log.replay),
    ):
        with pytest.raises(InputError, match=f"spells: there are none to {verb} in log.csv"):
            call()


def test_years_of_one_worker_count_once_in_the_interval(tmp_path: Path) -> None:
    # Two workers, each absent in one of two years: 1 of 2 by worker, not 2 of 4.
    rows = "A,2023-01-03\nB,2024-02-01\nA,2023-12-28\n".replace("\n", ",8\n")
    log = absences.read_log(written(tmp_path, "worker,date,hours\n" + rows + "B,2024-12-30,0\n"))
    observed = chance(log.fit(), "one year", "observed")
    exact = stats.binomtest(1, 2).proportion_ci(0.95, method="exact")
    assert (observed.value, observed.low, observed.high) == pytest.approx(
        (0.5, exact.low, exact.high)
    )
