"""`ccmsim quick`: six answers, a distribution, and a file that says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.factors import plain_estimate
from ccmsim.cli import app
from ccmsim.cli import quick as module
from ccmsim.errors import InputError
from ccmsim.estimation import quantile, share
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.scenario.evidence import evidence
from ccmsim.scenario.questions import LOGGING, Answers, scenario_of, scenario_text
from ccmsim.scenario.values import plain

SMALL = ("--patients", 8, "--nurses", 2, "--hours", 3, "--replications", 20)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: object, typed: str = "") -> Any:
    result = CliRunner().invoke(app, ["quick", *map(str, words)], input=typed, prog_name="ccmsim")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_file_is_the_scenario_that_was_simulated() -> None:
    found = json.loads(run(*SMALL, "--json", "--to", "mine.toml").stdout)
    scenario = load("mine.toml")
    assert scenario.fingerprint == found["fingerprint"]
    billed = totals(ccmsim.simulate(scenario, months=12, replications=20, seed=0), "billed_usd")
    for percent in (5, 25, 50, 75, 95):
        expected = plain_estimate(quantile(billed, percent / 100.0))
        assert found["billed_usd"][f"p{percent}"] == expected
    assert found["billed_usd"]["p5"]["low"] is None  # 20 replications are too few for that end
    assert found["billed_usd"]["p50"]["low"] < found["billed_usd"]["p50"]["high"]
    assert found["calculator_usd"] == pytest.approx(6_348.48)
    reach = share(int(sum(billed >= 6_348.48)), 20)
    assert found["reach_calculator"] == plain_estimate(reach)


def test_that_no_year_reaches_the_calculator_is_not_certain() -> None:
    """Of 20 years none: it may still be one in six, and the line says so."""
    weak = ("--patients", 80, "--nurses", 1, "--hours", 3, "--replications", 20)
    lines = run(*weak).stdout.splitlines()
    (line,) = (line for line in lines if "A calculator says" in line)
    assert line == "  A calculator says $63,485: 0.0 (0.0 to 16.1) of 100 years reach it."


def test_what_was_not_asked_is_two_nurses_with_its_evidence() -> None:
    made, base = (
        plain(load_of) for load_of in (scenario_of(Answers(75, 1, 9.5)), load("two_nurses"))
    )
    assert made["disruptions"] == base["disruptions"]
    assert made["contact"] == base["contact"]
    assert made["panel"] == base["panel"] | {"enrolled_at_start": 75}
    text = scenario_text(Answers(75, 1, 9.5))
    for item in evidence():
        if item.preset == "two_nurses" and item.path.startswith("contact."):
            assert f"# {item.kind}: {item.reason}" in text


@pytest.mark.parametrize("logging", LOGGING)
def test_answers_enter_the_scenario(logging: str) -> None:
    scenario = scenario_of(Answers(90, 3, 12.0, 26.5, logging, covered=False), "clinic")
    (group,) = scenario.staff.values()
    assert scenario.name == "clinic"
    assert (scenario.panel.enrolled_at_start, group.coordinators) == (90, 3)
    assert (group.hours_per_week, group.wage_usd_per_hour) == (12.0, 26.5)
    assert scenario.operations.assignment == "owned"
    assert scenario.documentation.capture == LOGGING[logging]


def test_nurses_help_each_other_unless_told_otherwise() -> None:
    assert scenario_of(Answers(90, 2, 12.0)).operations.assignment == "owned_with_backup"
    assert scenario_of(Answers(90, 1, 12.0)).operations.assignment == "owned"


def test_the_screen_shows_the_year_beside_the_calculator() -> None:
    done = run(*SMALL)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    shares = [float(line.partition("  $")[2].split(" %")[0].split()[-1]) for line in lines
              if line.startswith("  $")]  # fmt: skip
    assert len(shares) <= module.BARS + 2
    assert sum(shares) == pytest.approx(100.0, abs=0.5 * len(shares))
    results = ccmsim.simulate(load("my_practice.toml"), months=12, replications=20, seed=0)
    reach = share(int(sum(totals(results, "billed_usd") >= 6_348.48)), 20)  # 8 x 12 x $66.13
    told = f"{100.0 * reach.value:.1f} ({100.0 * reach.low:.1f} to {100.0 * reach.high:.1f})"
    assert f"  A calculator says $6,348: {told} of 100 years reach it." in lines
    assert lines[-1] == "Refine it, then: ccmsim run my_practice.toml"
    assert max(map(len, lines)) <= 100


def test_bad_answers_are_refused_by_their_options() -> None:
    words = ("--patients", 0, "--nurses", 0, "--hours", -1, "--wage", -2)
    done = run(*words)
    assert done.exit_code == 2
    for option in (
        "--patients: must be at least 1",
        "--nurses: must",
        "--hours: must",
        "--wage: m",
    ):
        assert option in done.stderr
    assert not Path("my_practice.toml").exists()


def test_an_unknown_way_to_log_is_refused_with_what_is_valid() -> None:
    done = run(*SMALL, "--logging", "sometimes")
    assert done.exit_code == 2
    assert "--logging: is not a way to log time (got 'sometimes')" in done.stderr
    assert "valid: at_once, same_day, month_end" in done.stderr
    with pytest.raises(InputError, match="is not a way to log time"):
        scenario_of(Answers(8, 2, 3.0, logging="sometimes"))


def test_without_a_terminal_every_missing_answer_is_named() -> None:
    done = run("--nurses", 2)
    assert done.exit_code == 2
    assert "--patients: is needed" in done.stderr
    assert "--hours: is needed" in done.stderr
    assert "--nurses" not in done.stderr.replace("--nurses 2", "")


def test_a_file_is_never_replaced() -> None:
    Path("my_practice.toml").write_text("precious", "utf-8")
    done = run(*SMALL)
    assert done.exit_code == 2
    assert "--to: exists already" in done.stderr
    assert Path("my_practice.toml").read_text("utf-8") == "precious"


def test_at_a_terminal_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_at_terminal", lambda: True)
    done = run("--replications", 20, typed="8\n2\n3\n28\nat_once\nn\n")
    assert done.exit_code == 0, done.stderr
    scenario = load("my_practice.toml")
    assert scenario == scenario_of(Answers(8, 2, 3.0, 28.0, "at_once", covered=False))
    assert done.stdout.count("?") == 6
