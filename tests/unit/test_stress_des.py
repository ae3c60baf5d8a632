"""The report after STRESS-DES: what differs, what inputs rest on, what a reader gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim import Precision
from ccmsim.cli import app
from ccmsim.measures import measures
from ccmsim.results import Results
from ccmsim.scenario import Scenario
from ccmsim.scenario.evidence import evidence
from ccmsim.stress_des import CLASSES, HEADINGS, OUTPUTS, StressDes

SICK = "disruptions.sick.spells_per_year"


def ran(scenario: Scenario, *, warmup_months: int = 0) -> Results:
    return ccmsim.simulate(scenario, months=2, replications=5, seed=7, warmup_months=warmup_months)


@pytest.fixture(scope="module")
def changed() -> Results:
    few = {"panel.enrolled_at_start": 20, SICK: 3.0, "disruptions.outbreak": None}
    return ran(ccmsim.load("solo_nurse").but(few), warmup_months=1)


@pytest.fixture(scope="module")
def report(changed: Results) -> StressDes:
    return changed.stress_des()


def text(report: StressDes, number: str) -> str:
    [found] = [item.text for item in report.items if item.number == number]
    return found


def test_every_item_is_there_in_order(report: StressDes) -> None:
    assert [(item.number, item.heading) for item in report.items] == list(HEADINGS.items())
    assert list(report.table().index) == list(HEADINGS) == sorted(HEADINGS)
    assert all(item.text.endswith(".") for item in report.items)


def test_it_says_how_the_scenario_differs(report: StressDes) -> None:
    assert text(report, "2.3") == (
        "The preset solo_nurse, but `panel.enrolled_at_start` = 20, "
        f"`{SICK}` = 3.0, without `disruptions.outbreak`."
    )
    plain = ran(ccmsim.load("perfect")).stress_des()
    assert text(plain, "2.3").startswith("The preset perfect as it is: ")
    own = ran(ccmsim.load("perfect").but({"name": "ours", "description": ""})).stress_des()
    assert text(own, "2.3") == "A scenario of its own, ours: not described."
    assert {each.kind for each in own.inputs} == {"own"}


def test_inputs_have_the_class_and_source_of_the_preset(report: StressDes) -> None:
    inputs = {each.path: each for each in report.inputs}
    known = {item.path: item for item in evidence() if item.preset == "solo_nurse"}
    same = inputs["panel.need"]
    assert (same.kind, same.source) == (known["panel.need"].kind, known["panel.need"].reason)
    own = inputs[SICK]
    assert own.kind == "own"
    assert own.source.startswith("the preset has 1.0; may be 0.67 to 2.67 (")
    assert {one for each in report.inputs for one in each.kind.split("/")} <= set(CLASSES)
    assert not [path for path in known if path not in inputs and "outbreak" not in path]


def test_settings_are_those_of_the_run(changed: Results, report: StressDes) -> None:
    assert "1 month of warm-up" in text(report, "4.1")
    assert "2026-01 to 2026-02" in text(report, "4.1")
    assert text(report, "4.2") == "2 months, 5 independent replications."
    assert "200 replications would do" in text(report, "4.3")
    assert f"ccmsim {changed.version}, engine compiled." in text(report, "5.1")
    assert "seed 7" in text(report, "5.2")
    assert changed.scenario.fingerprint in text(report, "6.1")
    stopped = ccmsim.simulate(
        ccmsim.load("perfect"), months=1, precision=Precision("net_usd.total", 5.0)
    )
    said = text(stopped.stress_des(), "4.2")
    assert said.endswith("until net_usd.total within 5: every target held.")


@pytest.mark.filterwarnings("ignore::ccmsim.estimation.PrecisionWarning")
def test_outputs_are_the_measures(changed: Results) -> None:
    report, found = changed.stress_des(level=0.9), measures(changed, level=0.9)
    assert {each.name: each.definition for each in report.outputs} == OUTPUTS
    for each in report.outputs:
        assert repr(each.estimate) == repr(found[each.name])


def test_views_agree(report: StressDes) -> None:
    document, page = json.loads(report.to_json()), str(report)
    assert [tuple(item.values()) for item in document["items"]] == [*map(tuple, report.items)]
    assert [each["path"] for each in document["inputs"]] == [each.path for each in report.inputs]
    for item in report.items:
        assert f"## {item.number} {item.heading}\n\n{item.text}\n" in page
    for each in report.inputs:
        assert f"| `{each.path}` | " in page
    for output in report.outputs:
        assert f"| `{output.name}` | {output.definition} | " in page


def test_the_command_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    line = ["run", "perfect", "--months", "1", "--replications", "2", "--quick"]
    done = CliRunner().invoke(app, [*line, "--stress-des", str(path)], prog_name="ccmsim")
    assert done.exit_code == 0, done.output
    assert f"Wrote {path}" in done.stdout.replace("\n", "")
    expected = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=2).stress_des()
    assert path.read_text("utf-8") == str(expected)
    wrong = CliRunner().invoke(app, [*line, "--stress-des", "report.txt"], prog_name="ccmsim")
    assert wrong.exit_code == 2
    assert "--stress-des: does not end in .md" in wrong.output
