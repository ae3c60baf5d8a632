"""Fits of logs: numbers by hand, likelihoods against scipy, every refused input, the command."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import ccmsim
from ccmsim import absences
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate
from ccmsim.fitting.answering import Answers, Nodes
from ccmsim.fitting.calls import CallFit, fit_calls
from ccmsim.fitting.claims import fit_claims
from ccmsim.fitting.durations import fit_durations
from ccmsim.fitting.examples import MAKERS, example, write_all
from ccmsim.fitting.kinds import CALLS, CLAIMS, KINDS, TIME, columns_page
from ccmsim.fitting.practice import fit
from ccmsim.fitting.reader import read_table
from ccmsim.fitting.time_log import fit_time
from ccmsim.fitting.uncertain import laws_of
from ccmsim.fitting.value import Fitted
from ccmsim.fitting.writing import annotated

BASE = ccmsim.load("two_nurses")
ALL = [example(kind) for kind in ("calls", "absences", "time", "claims")]


def written(folder: Path, text: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def call_log(folder: Path, *rows: str) -> Path:
    return written(folder, "\n".join(["patient,time,answered,minutes", *rows]))


# ------------------------------------------------------------------------------------------ reader


def test_only_needed_columns_are_kept(tmp_path: Path) -> None:
    text = "name,patient,phone,picked_up,time,minutes\nAnn B.,7,555,yes,2026-01-05 09:30,4\n"
    table = read_table(written(tmp_path, text), CALLS, {"answered": "picked_up"})
    assert list(table.checked()[0].values) == ["patient", "time", "answered", "minutes"]
    assert "Ann" not in repr(table)


@pytest.mark.parametrize("kind", ["calls", "absences", "time", "claims"])
def test_a_log_is_recognised_by_its_columns(kind: str) -> None:
    assert list(fit(example(kind)).fits) == [kind]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "_".join(kind.needed))
def test_a_template_is_a_log_of_its_kind(tmp_path: Path, kind: Any) -> None:
    rows = read_table(written(tmp_path, kind.template()), kind).checked()
    assert len(rows) == 2
    assert set(rows[0].values) == {*kind.needed, *kind.optional}


CALL = "patient,time,answered,minutes\n"
WORK = "patient,worked,entered,minutes\n"
CLAIM = "month,code,status,paid_on\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"log\.csv: is empty"),
        (
            "a,b\n1,2\n",
            r"row 1: has the columns of no kind of log .*calls: patient, time.*name yours",
        ),
        (
            "patient,time,picked_up,minutes\n1,2026-01-05,yes,3\n",
            r"no kind of log: the nearest, calls, lacks answered \(got .*--column",
        ),
        (CALL.replace(",", ";"), r"has the columns of no kind of log .*commas between them"),
        (CALL.strip() + ",worked,entered\n", r"log\.csv: may be a log of calls or time .*--calls"),
        (CALL, r"log\.csv: has no record .*one line for each call placed"),
        (CALL + "1,2026-01-05 09:30,yes\n", r"row 2: must have one cell a column \(got 3\)"),
        (CALL + ",2026-01-05,yes,3\n", r"row 2, column 'patient': must not be empty"),
        (CALL + "1,5/1/26,yes,3\n", r"row 2, column 'time': is not a date with a time of day"),
        (CALL + "1,2026-01-05 25:00,yes,3\n", r"column 'time': is not a date with a time"),
        (CALL + "1,1900-01-05 09:00,yes,3\n", r"column 'time': is in a year whose holidays"),
        (CALL + "1,2026-01-05,perhaps,3\n", r"column 'answered': is neither yes nor no .*true"),
        (
            CALL + "1,2026-01-05,yes,-3\n",
            r"column 'minutes': is not a number of minutes .*0 to 1440",
        ),
        (CALL + '1,2026-01-05,yes,"3,5"\n', r"column 'minutes': .*with a point for decimals"),
        (
            CALL + "1,2026-01-05 09:30,yes,3\n2,2026-01-05,no,3\n",
            r"row 3, column 'time': has no time of day, and other rows have one .*in none",
        ),
        (CALL + "1,2026-01-05,yes,3\n", r"log\.csv: cannot be fitted: all calls are answered"),
        (CALL + "1,2026-01-05,no,3\n", r"log\.csv: cannot be fitted: all calls are unanswered"),
        (WORK + "1,2026-01-05,2026-01-04,9\n", r"column 'entered': is before the work .*or empty"),
        (WORK + "1,2026-01-05,soon,9\n", r"column 'entered': is not a date"),
        (WORK + "1,2026-01-05,,9\n", r"log\.csv: has no entry at all"),
        (CLAIM + "2026-13,99490,paid,\n", r"column 'month': is not a month .*2026-03"),
        (CLAIM + "2026-01,,paid,\n", r"column 'code': must not be empty"),
        (CLAIM + "2026-01,99490,lost,\n", r"column 'status': is not a known word .*appeal_won"),
        (CLAIM + "2026-02,99490,paid,2026-01-05\n", r"'paid_on': is before the service"),
        (
            CLAIM + "2026-02,99490,denied,2026-03-05\n",
            r"'paid_on': is given for a claim that is denied .*recovered",
        ),
        (CLAIM + "2026-02,99490,open,\n", r"log\.csv: has no decided claim"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(written(tmp_path, text))


def test_the_file_and_its_own_column_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "patient,time,picked up,minutes\n1,2026-01-05,maybe,3\n", "phone.csv")
    with pytest.raises(InputError, match="cannot be used as a call log") as raised:
        fit(path, columns={"calls.answered": "picked up"})
    assert raised.value.problems[0].field == "phone.csv row 2, column 'picked up'"


def test_all_files_are_refused_at_once_and_cut_short(tmp_path: Path) -> None:
    bad = CALL + "1,2026-01-05,yes,x\n" * 30
    paths = [written(tmp_path, bad, "a.csv"), written(tmp_path, CLAIM + "2026,1,paid,\n", "b.csv")]
    with pytest.raises(InputError) as raised:
        fit(paths)
    assert len(raised.value.problems) == 22
    assert raised.value.problems[20].value == 10
    assert raised.value.problems[21].field == "b.csv row 2, column 'month'"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "files: are needed"),
        ({"files": [ALL[0], ALL[0]]}, r"files: is a log of calls, and so is calls\.csv"),
        ({"files": ALL[0], "calls": ALL[0]}, "files: is a log of calls, and so is"),
        ({"files": "nowhere.csv"}, "path: cannot be read: No such file"),
        ({"files": ALL[0], "columns": {"minute": "x"}}, "columns: names no column of a log"),
        ({"files": ALL[0], "columns": {"claims.minutes": "x"}}, "columns: names no column"),
        ({"files": ALL[0], "columns": {"minutes": "x"}}, "has the columns of no kind"),
        ({"calls": ALL[0], "columns": {"minutes": "x"}}, r"row 1: lacks columns: x \(got \['"),
        ({"claims": ALL[3], "columns": {"paid_on": "x"}}, r"row 1: lacks columns: x \(got \['"),
        ({"files": ALL[0], "durations": "weibull"}, "durations: is not a way to fit durations"),
        ({"files": ALL[1], "lengths": "gamma"}, "lengths: is not a way to fit lengths"),
        (
            {"files": ALL[0], "years": 2.0, "workers": 3, "exclude_reasons": ["vacation"]},
            r"years: is of an absence log, and none is given \(got 2.0\)(.*\n)workers.*\n.*reasons",
        ),
        ({"files": ALL[2], "closes_after_days": -1}, "closes_after_days: must be at least 0"),
        ({"files": ALL[3], "settled_after_months": 99}, "settled_after_months: must be"),
        ({"files": 7}, "files: must be several values"),
        ({"files": [7]}, "files: must be a path"),
        ({"calls": 7}, "calls: must be a path"),
        ({"files": ALL[0], "columns": ["minutes"]}, "columns: must be values by name"),
        ({"files": ALL[0], "level": 95.0}, "level: must lie between 0 and 1"),
        ({"files": ALL[0], "base": "three_nurses"}, "scenario: is neither a preset nor a file"),
        ({"files": ALL[0], "compare_with_calls": True}, "compare_with_calls: needs two logs"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(**settings)


def test_single_fits_refuse_their_settings() -> None:
    with pytest.raises(InputError, match="durations: is not a way"):
        fit_calls(ALL[0], durations="x")
    with pytest.raises(InputError, match="closes_after_days: must be days"):
        fit_time(ALL[2], closes_after_days=-1)
    with pytest.raises(InputError, match="settled_after_months: must be whole months"):
        fit_claims(ALL[3], settled_after_months=-1)
    with pytest.raises(InputError, match="lengths: is not a way"):
        absences.read_log(ALL[1]).fit(lengths="x")
    with pytest.raises(InputError, match="kind: is not a kind of log that was fitted"):
        fit(ALL[:2]).plot()


# ------------------------------------------------------------------------------------------- calls


def answers_of(*sequences: str) -> Answers:
    """One sequence a patient, "n" and "y" for calls before noon, "N" and "Y" after."""
    calls = [(k, c) for k, sequence in enumerate(sequences) for c in sequence]
    return Answers(
        np.array([k for k, _ in calls]),
        np.array([c.isupper() for _, c in calls]),
        np.array([c.lower() == "y" for _, c in calls]),
        timed=True,
    )


@pytest.mark.parametrize(("a", "b"), [(0.7, 0.75), (0.1, 0.1), (60.0, 40.0)])
def test_without_a_ratio_it_is_the_beta_binomial_and_the_beta_geometric(a: float, b: float) -> None:
    at = np.array([math.log(a / b), math.log(a + b), 0.0])
    # Three misses, then an answer: beta-geometric. The order of a patient's calls tells nothing.
    geometric = math.log(stats.betabinom.pmf(1, 4, a, b) / 4.0)
    assert answers_of("nnny").log_likelihood(at) == pytest.approx(geometric, rel=1e-8)
    assert answers_of("nYnN").log_likelihood(at) == pytest.approx(geometric, rel=1e-8)
    two = math.log(stats.betabinom.pmf(2, 3, a, b) / 3.0) + geometric
    assert answers_of("yny", "nnny").log_likelihood(at) == pytest.approx(two, rel=1e-8)


@pytest.mark.parametrize("ratio", [0.5, 1.33, 3.0])
def test_the_time_of_day_multiplies_and_is_cut_at_one(ratio: float) -> None:
    a, b = 0.7, 0.75
    morning, afternoon = 2.0 / (1.0 + ratio), 2.0 * ratio / (1.0 + ratio)

    def chance(p: Any) -> Any:
        m, n = np.minimum(1.0, p * morning), np.minimum(1.0, p * afternoon)
        return m * (1.0 - m) * n * (1.0 - n) ** 2

    law, kink = stats.beta(a, b), 1.0 / max(morning, afternoon)
    exact = law.expect(chance, ub=kink) + law.expect(chance, lb=kink)
    at = np.array([math.log(a / b), math.log(a + b), math.log(ratio)])
    assert answers_of("ynYNN").log_likelihood(at) == pytest.approx(math.log(exact), rel=1e-6)
    assert np.exp(Nodes(ratio).log_prior(a / (a + b), a + b)).sum() == pytest.approx(1.0)


def test_what_is_expected_of_a_call_follows_from_those_before() -> None:
    a, b = 2.0, 3.0
    at = np.array([math.log(a / b), math.log(a + b), 0.0])
    found = list(answers_of("nny", "y").expected(at))
    # Polya's urn: a and b grow by what was seen.
    assert found[0][1] == pytest.approx([0.4, 0.4])
    assert found[1][1] == pytest.approx([a / (a + b + 1.0)])
    assert found[2][1] == pytest.approx([a / (a + b + 2.0)])
    assert found[2][0].tolist() == [2]


def test_calls_without_times_keep_the_factors(tmp_path: Path) -> None:
    rows = [
        f"{k % 9},2026-01-{k % 27 + 1:02d},{'yes' if k % 3 else 'no'},{k % 5 + 3}"
        for k in range(90)
    ]
    found = fit_calls(call_log(tmp_path, *rows))
    assert found.afternoon_ratio is None
    assert any("no times of day" in words for words in found.warnings())
    assert not [path for path in found.changes() if path.endswith("_factor")]
    assert found.by_hour == ()
    assert len(found.plot().axes) == 4


def test_one_call_each_cannot_tell_patients_apart(tmp_path: Path) -> None:
    rows = [f"{k},2026-01-05 {9 + k % 8:02d}:00,{k % 2},{k % 5 + 3}" for k in range(60)]
    found = fit_calls(call_log(tmp_path, *rows))
    assert found.patient_correlation is None
    assert any("no patient was called twice" in words for words in found.warnings())
    law = found.changes(BASE)["contact.answer_probability"]
    assert law["a"] + law["b"] == pytest.approx(0.70 + 0.75, rel=1e-3)
    assert law["a"] / (law["a"] + law["b"]) == pytest.approx(found.answer_probability.value, 1e-3)
    constant = BASE.but({"contact.answer_probability": 0.5})
    assert found.changes(constant)["contact.answer_probability"]["a"] > 0.0


def test_patients_who_are_alike_have_an_interval_that_reaches_zero(tmp_path: Path) -> None:
    rows = [f"{k % 20},2026-01-05 {9 + k // 20:02d}:00,{(k + k // 20) % 2},5" for k in range(120)]
    found = fit_calls(call_log(tmp_path, *rows))
    assert found.patient_correlation is not None
    assert found.patient_correlation.low == 0.0
    assert any("all alike" in words for words in found.warnings())
    assert any("not told apart" in words for words in found.warnings())
    BASE.but(found.changes(BASE))


def test_calls_of_a_patient_are_put_in_order(tmp_path: Path) -> None:
    rows = ["1,2026-01-06 10:00,yes,5", "1,2026-01-05 10:00,no,2", "2,2026-01-05 11:00,no,2"]
    found = fit_calls(call_log(tmp_path, *rows))
    labels = {group.label: group.calls for group in found.by_history}
    assert labels == {"never yet: 0 misses": 2, "never yet: 1 misses": 1}
    assert found.call_minutes is None
    assert any("fewer than 5 answered calls" in words for words in found.warnings())


def test_a_fit_of_calls_can_be_looked_at() -> None:
    found = fit_calls(ALL[0])
    table = found.table()
    assert list(table.columns)[:5] == ["value", "standard_error", "low", "high", "level"]
    assert table.loc["afternoon_ratio", "value"] == found.estimates()["afternoon_ratio"].value
    document = json.loads(found.to_json())
    assert set(document) == {"estimates", "tests", "warnings", "cannot_tell"}
    assert "fit of answers by what went before: p = " in str(found)
    figure = found.plot()
    assert [axes.get_ylabel() for axes in figure.axes][:2] == ["Calls answered, %"] * 2
    values = found.changes()
    factors = (values["contact.morning_factor"], values["contact.afternoon_factor"])
    assert sum(factors) == pytest.approx(2.0, abs=1e-3)
    morning = {item.path: item.estimate for item in found.fitted()}["contact.morning_factor"]
    assert morning is not None
    assert morning.low < morning.value < morning.high


# --------------------------------------------------------------------------------------- durations


def test_exact_durations_have_the_plain_lognormal_fit() -> None:
    values = np.exp(np.random.default_rng(1).normal(2.0, 0.5, 200))
    found = fit_durations("calls", values, range(200), family="lognormal")
    logs = np.log(values)
    mean = math.exp(logs.mean() + logs.var() / 2.0)
    assert found.step == 0.0
    assert found.law_mean is not None
    assert found.law_mean.value == pytest.approx(mean, rel=1e-4)
    shape, _, scale = stats.gamma.fit(values, floc=0)
    gamma = fit_durations("calls", values, range(200), family="gamma")
    assert gamma.law_mean is not None
    assert gamma.law_cv is not None
    assert gamma.law_mean.value == pytest.approx(shape * scale, rel=1e-4)
    assert gamma.law_cv.value == pytest.approx(shape**-0.5, rel=1e-3)
    height = stats.gamma(shape, scale=scale).logpdf(values).sum()
    assert dict(gamma.log_likelihoods)["gamma"] == pytest.approx(height, rel=1e-6)
    heights = dict(found.log_likelihoods)
    best = fit_durations("calls", values, range(200))
    assert heights[best.family] == max(heights.values())


def test_whole_minutes_stand_for_the_minute_around_them() -> None:
    values = np.round(np.random.default_rng(2).gamma(2.0, 0.8, 400))
    assert values.min() == 0.0
    found = fit_durations("calls", values, range(400), family="gamma")
    assert found.step == 1.0
    assert found.law_mean is not None
    assert not found.law_mean.excludes(1.6)


def test_a_duration_of_nothing_is_shorter_than_the_shortest() -> None:
    values = [0.0, *np.random.default_rng(3).gamma(2.0, 0.8, 99)]
    found = fit_durations("calls", values, range(100))
    assert found.step == 0.0
    assert found.law_mean is not None
    assert math.isfinite(found.law_mean.value)


def test_the_sample_itself_may_be_the_law() -> None:
    found = fit_durations("calls", [3.0, 1.0, 2.0], range(3), family="empirical")
    assert found.law() == {"family": "empirical", "values": [1.0, 2.0, 3.0]}
    assert found.test() is None
    assert found.cdf(np.array([0.5, 2.0])).tolist() == [0.0, 2.0 / 3.0]
    same = fit_durations("calls", [2.0] * 6, range(6))
    assert (same.family, same.law(), same.test()) == ("constant", 2.0, None)
    of_calls = fit_calls(ALL[0], durations="empirical")
    assert of_calls.changes()["contact.call_minutes"]["family"] == "empirical"
    BASE.but(of_calls.changes())


# ---------------------------------------------------------------------------------------- absences


def test_an_absence_fit_gives_a_scenario_its_entry() -> None:
    found = absences.read_log(ALL[1]).fit()
    values = found.changes(BASE)
    assert set(values) == {
        f"disruptions.sick.{name}"
        for name in ("spells_per_year", "length_days", "frailty_shape", "season_amplitude")
    }
    practice = BASE.but(values)
    assert practice.disruptions["sick"].kind == "sick_spells"
    assert BASE.disruptions["sick"].kind == "sick_spells"
    assert practice.disruptions["sick"].paid_share == BASE.disruptions["sick"].paid_share
    healthy = BASE.but({"disruptions.sick": None})
    assert list(found.changes(healthy)) == ["disruptions.sick"]
    assert healthy.but(found.changes(healthy)).disruptions["sick"].kind == "sick_spells"
    twice = BASE.but({"disruptions.flu": {"kind": "sick_spells"}})
    with pytest.raises(InputError, match="disruptions: has several entries of kind sick_spells"):
        found.changes(twice)


def test_recorded_lengths_may_be_the_law() -> None:
    found = absences.read_log(ALL[1]).fit(lengths="empirical")
    law = found.changes(BASE)["disruptions.sick.length_days"]
    assert law["family"] == "empirical"
    assert len(law["values"]) == found.spells
    BASE.but(found.changes(BASE))


def test_workers_who_are_alike_lose_their_frailty(tmp_path: Path) -> None:
    rows = "".join(f"{k},2026-0{m}-05,8\n" for k in range(12) for m in (1, 2, 3))
    found = absences.read_log(written(tmp_path, "worker,date,hours\n" + rows)).fit()
    assert found.changes(BASE)["disruptions.sick.frailty_shape"] is None
    assert any("all alike" in words for words in found.warnings())
    sick = BASE.but(found.changes(BASE)).disruptions["sick"]
    assert getattr(sick, "frailty_shape", "") is None


def test_the_season_of_a_log_with_months_only() -> None:
    found = absences.example_log(exclude_reasons=absences.COURIER_NOT_SICKNESS).fit()
    assert found.season_amplitude is not None
    # It is winter in July where they are.
    assert found.season_amplitude.value == 0.0
    assert math.isnan(found.season_amplitude.standard_error)
    seen = np.array([count for count, _ in found.by_month])
    due = np.array([expected for _, expected in found.by_month])
    assert seen.sum() == due.sum() == found.spells
    tests = {test.name: test for test in found.tests()}
    assert tests["days of a spell: geometric"].doubtful
    assert not tests["spells by worker: negative binomial"].doubtful
    assert len(found.plot().axes) == 3


def test_a_log_without_dates_has_no_season(tmp_path: Path) -> None:
    log = absences.read_log(written(tmp_path, "worker,hours\nA,8\nA,16\nB,8\n"))
    found = log.fit(years=1.0)
    assert found.season_amplitude is None
    assert any("season is kept" in words for words in found.warnings())
    assert "disruptions.sick.season_amplitude" not in found.changes(BASE)
    assert len(found.plot().axes) == 2
    assert len(found.tests()) == 2


# -------------------------------------------------------------------------------------------- time


def test_losses_by_hand(tmp_path: Path) -> None:
    text = """patient,worked,entered,minutes,logged_minutes
1,2026-01-05,2026-01-05,10,8
2,2026-01-05,2026-01-06,20,20
3,2026-01-30,2026-02-05,10,10
4,2026-01-30,2026-02-06,30,30
5,2026-01-30,,10,
"""
    found = fit_time(written(tmp_path, text))
    assert found.same_day_share.value == 1 / 4
    assert found.late_share.value == 1 / 4  # six days after the month's end
    assert found.never_share is not None
    assert found.never_share.value == 1 / 5
    assert found.entry_loss_share is not None
    assert found.entry_loss_share.value == 2 / 5
    assert found.minute_loss_share is not None
    assert found.minute_loss_share.value == pytest.approx(2 / 40)
    assert found.delays == (1, 1, 2, 0, 0)
    assert found.capture() == "end_of_month"
    assert found.changes()["documentation.end_of_month.entry_loss_share"] == 0.4
    patient = fit_time(written(tmp_path, text), closes_after_days=6)
    assert patient.late_share.value == 0.0


def test_a_log_of_entries_alone_shows_no_loss(tmp_path: Path) -> None:
    rows = "".join(f"1,2026-01-{d:02d},2026-01-{d:02d},9\n" for d in range(5, 20))
    found = fit_time(written(tmp_path, WORK + rows))
    assert found.entry_loss_share is None
    assert found.changes(BASE) == {"documentation.capture": "end_of_day"}
    at_once = BASE.but({"documentation.capture": "real_time"})
    assert found.changes(at_once) == {"documentation.capture": "real_time"}
    assert any("cannot show what never was" in words for words in found.warnings())
    assert found.tests() == ()
    assert len(found.plot().axes) == 1


def test_calls_are_looked_for_among_the_entries(tmp_path: Path) -> None:
    calls = call_log(
        tmp_path,
        "1,2026-01-05 09:00,yes,10",
        "2,2026-01-05 10:00,yes,10",
        "2,2026-01-06 10:00,no,2",
        "3,2026-01-06 11:00,yes,10",
        "4,2026-03-06 11:00,yes,10",
    )
    work = "1,2026-01-05,2026-01-05,15\n3,2026-01-06,2026-03-01,15\n9,2026-01-06,2026-01-06,5\n"
    time = written(tmp_path, WORK + work, "time.csv")
    found = fit_time(time, calls=calls)
    assert found.never_share is not None
    assert found.never_share.value == pytest.approx(1 / 3)
    assert found.entry_loss_share is not None
    assert found.entry_loss_share.value == pytest.approx(2 / 3)
    assert found.compared_with == "log.csv"
    assert any("hides a lost call" in words for words in found.warnings())
    both = fit([calls, time], compare_with_calls=True)
    assert both.fits["time"].estimates()["entry_loss_share"] == found.entry_loss_share
    late = call_log(tmp_path, "4,2026-03-06 11:00,yes,10")
    with pytest.raises(InputError, match=r"log\.csv: has no answered call from 2026-01-05"):
        fit_time(time, calls=late)


def test_more_minutes_than_worked_are_no_loss(tmp_path: Path) -> None:
    text = WORK.strip() + ",logged_minutes\n1,2026-01-05,2026-01-05,10,12\n2,2026-01-06,,5,\n"
    found = fit_time(written(tmp_path, text))
    assert found.minute_loss_share is not None
    assert found.minute_loss_share.value == pytest.approx(-0.2)
    assert found.changes()["documentation.end_of_day.minute_loss_share"] == 0.0
    assert any("more minutes were entered" in words for words in found.warnings())


# ------------------------------------------------------------------------------------------ claims


def test_claims_by_hand(tmp_path: Path) -> None:
    text = """month,code,status,paid_on
2025-01,99490,paid,2025-02-20
2025-01,99490,paid,2025-03-20
2025-01,99439,recovered,2025-06-01
2025-01,99490,denied,
2025-02,99490,appeal_won,2025-08-01
2025-02,99490,appeal_lost,
2025-02,99490,appealed,
2025-02,99490,open,
2025-11,99490,paid,2025-12-01
2025-11,99490,denied,
"""
    found = fit_claims(written(tmp_path, text))
    values = {name: estimate.value for name, estimate in found.estimates().items()}
    assert values == {
        "denied_share": pytest.approx(6 / 9),
        "recovered_share": pytest.approx(1 / 5),  # November is too young to tell
        "appealed_share": pytest.approx(3 / 4),
        "appeal_won_share": pytest.approx(1 / 2),
        "payment_lag_months": pytest.approx(1.5),
        "recovery_lag_months": 5.0,
        "appeal_lag_months": 6.0,
    }
    assert found.last_month == date(2025, 12, 1)
    assert found.settled
    assert found.changes()["finance.appeal_lag_months"] == 6
    # the interval beside a lag in whole months is of its mean
    assert {each.path for each in found.fitted() if each.of_mean} == {
        f"finance.{name}_lag_months" for name in ("payment", "recovery", "appeal")
    }
    assert [group.denied for group in found.by_month] == [2, 3, 1]
    assert any("not decided" in words for words in found.warnings())
    assert len(found.plot().axes) == 3


def test_young_claims_without_dates(tmp_path: Path) -> None:
    text = "month,code,status\n2025-01,99490,paid\n2025-02,99490,paid\n"
    found = fit_claims(written(tmp_path, text))
    assert found.recovered_share is None
    assert found.changes() == {"finance.denied_share": 0.0}
    words = " ".join(found.warnings())
    for part in ("no month lies 6 months back", "only 2 months", "no settled claim was denied",
                 "no dates of payment"):  # fmt: skip
        assert part in words
    assert len(found.plot().axes) == 2


# ---------------------------------------------------------------------------------------- practice


@pytest.fixture(scope="module")
def practice() -> Any:
    return fit(ALL)


def test_a_practice_is_a_scenario_with_sources(practice: Any) -> None:
    text = practice.to_toml("ours")
    scenario = ccmsim.loads(text)
    assert scenario == practice.scenario("ours")
    assert scenario.name == "ours"
    assert practice.scenario().name == "two_nurses"
    lines = text.splitlines()
    for fitted in practice.values:
        assert any(line.startswith("# fitted") and fitted.source[:20] in line for line in lines)
    place = next(k for k, line in enumerate(lines) if line.startswith("denied_share"))
    assert lines[place - 1].startswith("# fitted: 0.089 ± 0.017 (95 %); claims.csv, 1,540 claim")


def test_a_practice_in_tables_and_words(practice: Any) -> None:
    table = practice.table()
    assert table.loc["finance.denied_share", "before"] == 0.07
    assert table.loc["finance.denied_share", "after"] == 0.08896
    assert table.loc["finance.denied_share", "low"] < 0.089
    assert list(practice.fits) == ["calls", "absences", "time", "claims"]
    document = json.loads(practice.to_json())
    assert len(document["values"]) == len(table) == len(practice.changes())
    words = str(practice)
    assert "cannot tell: how long notes take" in words
    assert "beta(a 0.7, b 0.75)" in words
    assert "claims.denied_share" in practice.estimates()
    assert practice.plot("claims").axes
    assert annotated(practice, "x").startswith("# Fitted to a practice's own logs.")


def test_errors_go_into_the_scenario_where_they_are_asked_for(practice: Any) -> None:
    scenario = practice.scenario(uncertain=True)
    assert ccmsim.loads(practice.to_toml(uncertain=True)) == scenario.but({"name": "my_practice"})
    assert practice.scenario().uncertain is None
    laws = dict(scenario.uncertain)
    assert set(laws) == {
        "contact.answer_probability",
        "contact.attempt_minutes",
        "contact.call_minutes",
        "disruptions.sick.frailty_shape",
        "disruptions.sick.length_days",
        "disruptions.sick.season_amplitude",
        "disruptions.sick.spells_per_year",
        "documentation.end_of_day.entry_loss_share",
        "documentation.end_of_day.minute_loss_share",
        "finance.appealed_share",
        "finance.denied_share",
        "finance.recovered_share",
    }
    estimate = practice.estimates()["calls.answer_probability"]
    law = laws["contact.answer_probability"]
    assert law.variance() == pytest.approx(estimate.standard_error**2, rel=0.02)
    assert law.quantile(0.5) == pytest.approx(estimate.value, rel=0.01)
    found = ccmsim.uncertainty(scenario, months=1, replications=200)
    assert {item.path for item in found.parameters} == set(laws)


def test_laws_end_where_the_scenario_does() -> None:
    def law(path: str, *numbers: float) -> Any:
        value, low, high = numbers
        estimate = Estimate(value, 0.1, low, high, 0.95, 9, "by hand")
        return laws_of([Fitted(path, value, estimate, "log")]).get(path)

    assert law("finance.denied_share", 0.9, 0.5, 0.99)["high"] == 1.0
    assert law("disruptions.sick.frailty_shape", 0.2, 0.05, 0.6)["low"] == 0.04
    assert law("disruptions.sick.frailty_shape", 0.2, 0.05, math.inf) is None
    assert law("finance.appealed_share", 0.0, 0.0, 0.0) is None
    assert law("contact.morning_factor", 0.9, 0.8, 1.0) is None


def test_a_base_of_ones_own(practice: Any, tmp_path: Path) -> None:
    path = written(tmp_path, BASE.but({"panel.enrolled_at_start": 33}).to_toml(), "ours.toml")
    found = fit(ALL[0], base=path)
    assert found.scenario().panel.enrolled_at_start == 33
    assert found.plot().axes
    assert fit(ALL[0], base=BASE).changes() == fit(ALL[0]).changes()


# ----------------------------------------------------------------------------------------- command


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["fit", *map(str, words)])


def test_the_command_writes_a_scenario_that_runs(tmp_path: Path) -> None:
    target = tmp_path / "practice.toml"
    done = run(*ALL, "-o", target, "--plot", tmp_path / "fit.png")
    assert done.exit_code == 0, done.output
    assert ccmsim.load(target).name == "practice"
    assert "Look at it, then: ccmsim run" in done.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "practice.toml", "fit-calls.png", "fit-absences.png", "fit-time.png", "fit-claims.png",
    }  # fmt: skip
    again = fit(ALL).to_toml("practice")
    assert target.read_text("utf-8") == again


def test_the_command_as_json_and_with_kinds() -> None:
    done = run("--claims", ALL[3], "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert document["command"] == "fit"
    assert document["changes"]["finance.denied_share"] == 0.08896
    assert ccmsim.loads(document["toml"]).finance.denied_share == 0.08896


def test_one_log_has_one_picture(tmp_path: Path) -> None:
    done = run(ALL[3], "--plot", tmp_path / "fit.png")
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["fit.png"]


def test_names_and_reasons_on_the_command_line(tmp_path: Path) -> None:
    text = "who,date,hours,reason_code\nA,2026-01-05,8,sick\nA,2026-01-07,8,vacation\n"
    path = written(tmp_path, text)
    words = ["--column", "worker=who", "--without-reason", "vacation", "--people", "3"]
    done = run(path, *words, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["fits"]["absences"]["estimates"]["spells_per_year"]["value"] == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "FILE: are needed"),
        (["nowhere.csv"], "FILE: cannot be read: No such file or directory (got 'nowhere.csv')"),
        (["--calls", "nowhere.csv"], "--calls: cannot be read: No such file"),
        ([ALL[0], "--absences", "nowhere.csv"], "--absences: cannot be read: No such file"),
        ([ALL[0], "--column", "minutes"], "--column: is not a pair of names"),
        (
            [ALL[0], "--column", "minutes=a", "--column", "minutes=b"],
            "--column: gives minutes twice",
        ),
        ([ALL[0], "--column", "wrong=a"], "--column: names no column"),
        ([ALL[0], "--durations", "x"], "--durations: is not a way"),
        ([ALL[0], "--lengths", "x"], "--lengths: is not a way"),
        ([ALL[0], "--level", "2"], "--level: must lie between"),
        ([ALL[0], "--base", "x"], "--base: is neither a preset"),
        ([ALL[0], "-o", "x.csv"], "--output: does not end in .toml"),
        ([ALL[0], "-o", "no/x.toml"], "--output: is in a folder that does not exist"),
        ([ALL[0], "--plot", "x.doc"], "--plot: does not end in a picture's format"),
        ([ALL[0], "--compare-with-calls"], "--compare-with-calls: needs two logs"),
        ([ALL[1], "--people", "2"], "--people: must be a whole number, at least"),
        ([ALL[2], "--closes-after", "-1"], "--closes-after: must be at least 0"),
        ([ALL[3], "--settled-after", "-1"], "--settled-after: must be at least 0"),
        (["--template", "x"], "--template: is not a kind of log"),
        (["--template", "calls", ALL[0]], "--template: fits nothing"),
        (["--template", "calls", "-o", "x.toml"], "--output: does not end in .csv"),
    ],
)
def test_bad_words_end_with_2(words: list[Any], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert message in " ".join(done.output.split())


def test_a_log_is_never_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    log = written(tmp_path, ALL[0].read_text("utf-8"), "calls.toml")
    done = run(log, "-o", log)
    assert done.exit_code == 2
    assert "is one of the logs" in done.output
    target = written(tmp_path, "# mine\n", "practice.toml")
    bad = written(tmp_path, CALL + "1,2026-01-05,maybe,3\n")
    assert run(ALL[3], bad, "-o", target).exit_code == 2
    assert target.read_text("utf-8") == "# mine\n"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("kind", ["calls", "absences", "time", "claims"])
def test_a_tally_sheet_for_each_kind(kind: str, tmp_path: Path) -> None:
    shown = run("--template", kind)
    assert shown.exit_code == 0
    target = tmp_path / "sheet.csv"
    assert run("--template", kind, "-o", target).exit_code == 0
    assert target.read_text("utf-8") == shown.output
    again = run("--template", kind, "-o", target)
    assert again.exit_code == 2
    assert "exists already" in again.output


def test_the_shipped_examples_are_those_of_the_module(tmp_path: Path) -> None:
    write_all(tmp_path)
    for kind in MAKERS:
        assert (tmp_path / f"{kind}.csv").read_bytes() == example(kind).read_bytes()


def test_the_page_has_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fit.md").read_text("utf-8")
    assert columns_page() in page


def test_fits_are_frozen() -> None:
    found = fit_claims(ALL[3])
    with pytest.raises(AttributeError):
        found.lines = 3  # type: ignore[misc]
    assert isinstance(fit_calls(ALL[0]), CallFit)
    assert TIME.needed == ("patient", "worked", "entered", "minutes")
    assert CLAIMS.optional == ("paid_on",)
