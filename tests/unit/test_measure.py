"""What to measure: the worth of a sample against theory, errors of samples, sheets, views."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.information import EVERYTHING
from ccmsim.analyses.measure import MeasurePlan, what_to_measure
from ccmsim.analyses.recording import RECORDABLES, counts_of, recording_of
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation.information import value_of_knowing

SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
OPTIONS = {"today": SMALL, "more": SMALL.but({"staff.nurse.hours_per_week": 20})}
ANSWER, WAGE = "contact.answer_probability", "staff.nurse.wage_usd_per_hour"
LAWS = {
    ANSWER: {"family": "uniform", "low": 0.2, "high": 0.7},
    WAGE: {"family": "uniform", "low": 0.0, "high": 45.0},
    "contact.target_minutes": {"family": "uniform", "low": 20.0, "high": 26.0},
}
SETTINGS: dict[str, Any] = {"months": 1, "replications": 100, "inner": 1, "seed": 2}


@pytest.fixture(scope="module")
def found() -> MeasurePlan:
    return what_to_measure(OPTIONS, LAWS, **SETTINGS)


@pytest.mark.parametrize("error", [0.5, 1.0, 3.0])
def test_the_worth_of_a_sample_is_that_of_theory(error: float) -> None:
    """Between 0 and a normal x: with a record of that error the worth is s·φ(0), s² = 1 ÷ (1 + e²).

    4,000 sets: the estimate's standard error is below 0.011.
    """
    rng = np.random.default_rng(4)
    x = rng.normal(size=4_000)
    outcomes = np.column_stack([np.zeros(4_000), x + rng.normal(size=4_000)])
    worth = value_of_knowing(x + error * rng.normal(size=4_000), outcomes).value
    assert worth == pytest.approx(norm.pdf(0.0) / math.sqrt(1.0 + error**2), abs=0.06)


def test_errors_are_those_of_the_samples() -> None:
    scenario, counts = ccmsim.load("two_nurses"), counts_of(ccmsim.load("two_nurses"), 4.0)
    values = np.array([0.1, 0.5])

    def errors(path: str) -> Any:
        recording = recording_of(scenario, path, counts)
        assert recording is not None
        return recording.errors(values)

    shares = np.sqrt(values * (1.0 - values) / counts["billable"])
    assert errors("finance.denied_share") == pytest.approx(shares)
    alike = 1.0 / 2.45
    calls = np.sqrt(values * (1.0 - values) * (alike / 200.0 + (1.0 - alike) / counts["attempts"]))
    assert errors(ANSWER) == pytest.approx(calls)
    means = 0.60691 * values / math.sqrt(counts["answered"])
    assert errors("contact.call_minutes.mean") == pytest.approx(means, rel=1e-6)
    # minutes of a shift are measured: it is not all or nothing
    parts = errors("staff.nurses.desk_productive_share")
    assert parts == pytest.approx([0.1 / math.sqrt(counts["shifts"])] * 2)
    recording = recording_of(scenario, "documentation.real_time.minute_loss_share", counts)
    assert recording is not None
    few = np.array([1e-4])
    assert recording.errors(few) == pytest.approx(np.sqrt(few * (1.0 - few) / counts["entries"]))
    away = np.sqrt(values / (4.0 / (365.25 / 7.0) * 2.0))
    assert errors("disruptions.sick.spells_per_year") == pytest.approx(away)
    assert (errors("staff.nurses.wage_usd_per_hour") == 0.0).all()
    for path in ("contact.target_minutes", "disruptions.turnover.vacancy_days.mean"):
        assert recording_of(scenario, path, counts) is None
    assert recording_of(scenario, "finance.denied_share", {"billable": 0.0}) is None
    twice = counts_of(scenario, 8.0)
    assert all(twice[name] == pytest.approx(2.0 * counts[name]) for name in counts)


def test_every_sheet_is_one_that_fit_reads() -> None:
    from ccmsim.fitting.kinds import KINDS

    assert {each.sheet for each in RECORDABLES} - {""} <= {kind.name for kind in KINDS}


def test_a_record_is_ranked_by_its_worth(found: MeasurePlan) -> None:
    worths = [each.recorded.value for each in found.numbers]
    assert worths == sorted(worths, reverse=True)
    numbers = {each.path: each for each in found.numbers}
    wage = numbers[WAGE]
    assert wage.standard_error == 0.0 == wage.observations
    assert wage.recorded.value == wage.known.value  # it stands in the books
    assert WAGE not in found.record
    target = numbers["contact.target_minutes"]
    assert target.what == ""
    assert math.isnan(target.standard_error)
    assert target.recorded.value == 0.0
    assert numbers[ANSWER].sheet == "calls"


def test_a_record_is_not_worth_more_than_exact_knowledge(found: MeasurePlan) -> None:
    numbers = {each.path: each for each in found.numbers}
    assert all(numbers[path].known.value > 0.0 for path in found.record)
    known = numbers[ANSWER].known
    for low, said in ((0.0, True), (1.0, False)):
        answer = replace(numbers[ANSWER], recorded=replace(known, low=low, high=9.0))
        plan = replace(found, record=(ANSWER,), numbers=(answer,))
        assert (f"{ANSWER}; it may be worth nothing" in " ".join(str(plan).split())) == said


def test_the_same_seed_gives_the_same_plan(found: MeasurePlan) -> None:
    assert what_to_measure(OPTIONS, LAWS, **SETTINGS).to_json() == found.to_json()


def test_sheets_are_written_once(tmp_path: Path, found: MeasurePlan) -> None:
    plan = replace(found, record=(ANSWER,))
    assert plan.write_sheets(tmp_path / "tally") == (tmp_path / "tally" / "calls.csv",)
    assert (tmp_path / "tally" / "calls.csv").read_text().startswith("patient,time,answered")
    with pytest.raises(InputError, match="folder: has such a file already"):
        plan.write_sheets(tmp_path / "tally")
    none = replace(found, record=())
    assert none.write_sheets(tmp_path / "other") == ()
    assert "choose now" in str(none)


@pytest.mark.parametrize(("name", "message"), [
    ("there.txt", "--sheets: is not a folder"), (".", "--sheets: has such a file already"),
])  # fmt: skip
def test_a_folder_for_sheets_is_refused_before_anything_is_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    def simulated(*arguments: Any, **settings: Any) -> Any:
        pytest.fail("it was simulated")

    monkeypatch.setattr("ccmsim.analyses.measure.what_to_measure", simulated)
    for there in ("there.txt", "absences.csv"):
        (tmp_path / there).touch()
    line = ["measure", "solo_nurse", "--variant", "more:staff.nurse.hours_per_week=17"]
    done = CliRunner().invoke(app, [*line, "--sheets", str(tmp_path / name)], prog_name="ccmsim")
    assert done.exit_code == 2
    assert message in done.stderr


def test_views_agree(found: MeasurePlan) -> None:
    rows, document = found.table(), json.loads(found.to_json())
    for each, plain in zip(found.numbers, document["numbers"], strict=True):
        assert rows.loc[("recorded", each.path), "value"] == each.recorded.value
        assert plain["known"]["value"] == each.known.value
        assert each.path in str(found)
    assert rows.loc[("known", EVERYTHING), "value"] == found.everything.value
    axes = found.plot().axes[0]
    assert "worth before choosing" in axes.get_xlabel()


def test_a_figure_without_bars_says_why(found: MeasurePlan) -> None:
    from dataclasses import replace

    first = found.numbers[0]
    worth = replace(first.known, value=30.0, low=0.0, high=90.0)
    some = replace(found, numbers=(replace(first, known=worth, recorded=worth),))
    none = replace(worth, value=0.0, high=0.0)
    nothing = replace(found, numbers=(replace(first, known=none, recorded=none),))
    axes = some.plot().axes[0]
    assert "95 % interval of it" in axes.get_legend_handles_labels()[1]
    assert [text.get_text() for text in axes.texts] == []
    said = [text.get_text() for text in nothing.plot().axes[0].texts]
    assert said == ["No record of these weeks would change the choice."]


@pytest.mark.parametrize(("weeks", "rule"), [
    (0.0, "must be above 0"), (-1.0, "must be above 0"), (521.0, "must be above 0"),
    (float("nan"), "must be finite"), ("four", "must be a number"),
])  # fmt: skip
def test_weeks_are_checked(weeks: Any, rule: str) -> None:
    with pytest.raises(InputError, match=f"weeks: {rule}"):
        what_to_measure(OPTIONS, LAWS, weeks=weeks, **SETTINGS)


def test_the_command_prints_what_the_function_returns(tmp_path: Path) -> None:
    variant = "more:staff.nurse.hours_per_week=17"
    line = ["measure", "solo_nurse", "--variant", variant, "--of", ANSWER, "--months", "1"]
    line += ["--replications", "100", "--inner", "1"]
    first = ccmsim.load("solo_nurse")
    options = {"solo_nurse": first, "more": first.but({"staff.nurse.hours_per_week": 17})}
    expected = what_to_measure(options, [ANSWER], months=1, replications=100, inner=1)
    run = CliRunner().invoke
    sheets = ["--sheets", str(tmp_path / "tally")]
    printed = run(app, [*line, *sheets], prog_name="ccmsim").stdout
    assert printed.startswith(f"{expected}\n")
    assert printed.count("Wrote") == len(expected.sheets)
    assert ("No tally sheet" in printed) == (not expected.sheets)
    done = run(app, [*line, "--weeks", "0"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "weeks" in done.stderr
