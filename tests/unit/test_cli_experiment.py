"""Commands of experiments: options, what is checked together, what reaches the analysis."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from ccmsim.cli.experiment import COMMON, Asked, Result, Shown, experiment
from ccmsim.errors import Problem


class Told:
    """What an analysis was given."""

    def __init__(self, **given: Any) -> None:
        self.given = given

    def as_dict(self) -> dict[str, Any]:
        return self.given

    def plot(self) -> Any:
        from ccmsim.plot import NotebookFigure

        return NotebookFigure()

    def __str__(self) -> str:
        return "told"


@experiment("trial", months=3, replications=7, warmup_months=1)
def trial(
    asked: Asked,
    size: Annotated[int, typer.Option("--size", help="A size.")] = 2,
) -> Result:
    """Tell what is given."""
    if size < 1:
        asked.problems.append(Problem("--size", "must be at least 1", size, "2"))
    scenario, how = asked.checked()
    return Told(name=scenario.name, size=size, **how)


APP = typer.Typer()
APP.command()(trial)


def test_own_options_stand_between_scenario_and_those_of_all() -> None:
    parameters = inspect.signature(trial).parameters
    assert list(parameters) == ["scenario", "size", *COMMON]
    assert parameters["months"].default == 3
    assert parameters["scenario"].default is inspect.Parameter.empty
    help_ = CliRunner().invoke(APP, ["--help"]).stdout
    assert "--size" in help_
    assert "--warmup-months" in help_


def test_everything_reaches_the_analysis(tmp_path: Path) -> None:
    words = ["two_nurses", "--size", "5", "--months", "4", "--seed", "9", "--workers", "1"]
    words += ["--level", "0.9", "--set", "panel.enrolled_at_start=20"]
    usual = CliRunner().invoke(APP, ["two_nurses", "--json"])
    assert json.loads(usual.stdout)["replications"] == 7
    document = json.loads(CliRunner().invoke(APP, [*words, "--json"]).stdout)
    expected = {
        "command": "trial", "size": 5, "months": 4, "replications": 7, "warmup_months": 1,
        "seed": 9, "level": 0.9, "workers": 1, "progress": True,
    }  # fmt: skip
    assert document.items() >= expected.items()
    picture = tmp_path / "told.png"
    done = CliRunner().invoke(APP, [*words, "--plot", str(picture)])
    assert done.stdout.startswith("told\n")
    assert picture.stat().st_size > 0


@pytest.mark.parametrize("first", ["nobody", "two_nurses"])
def test_all_that_is_wrong_is_told_at_once(first: str) -> None:
    words = [first, "--size", "0", "--months", "0", "--level", "2", "--plot", "a.txt"]
    done = CliRunner().invoke(APP, words)
    assert done.exit_code == 2
    for field in ("--size", "--months", "--level", "--plot"):
        assert field in done.stderr
    assert ("nobody" in done.stderr) == (first == "nobody")


@experiment("bench", without=("warmup_months", "replications"), several=True)
def bench(asked: Asked) -> Shown:
    """Tell what is compared, in its own words."""
    named, how = asked.compared()
    result = Told(enrolled=[each.panel.enrolled_at_start for each in named.values()], **how)
    return Shown(result, text=["in its own words"], written=[Path("sheet.csv")])


SEVERAL = typer.Typer()
SEVERAL.command()(bench)
MORE = ["solo_nurse", "two_nurses", "--variant", "more:panel.enrolled_at_start=30"]


def test_several_scenarios_and_variants_of_the_first() -> None:
    assert not {"warmup_months", "replications"} & {*inspect.signature(bench).parameters}
    document = json.loads(CliRunner().invoke(SEVERAL, [*MORE, "--json"]).stdout)
    assert document["enrolled"] == [100, 200, 30]
    assert list(document["scenarios"]) == ["solo_nurse", "two_nurses", "more"]
    assert document["variants"] == {"more": ["panel.enrolled_at_start=30"]}
    assert "replications" not in document
    done = CliRunner().invoke(SEVERAL, MORE)
    assert done.stdout == "in its own words\n\nWrote sheet.csv\n"


def test_what_is_wrong_with_variants_is_told_with_the_rest() -> None:
    done = CliRunner().invoke(SEVERAL, ["solo_nurse", "--variant", "more", "--months", "0"])
    assert done.exit_code == 2
    assert "--variant: is not a name with a change" in done.stderr
    assert "--months" in done.stderr
    done = CliRunner().invoke(SEVERAL, ["solo_nurse", "solo_nurse"])
    assert done.exit_code == 2
    assert "SCENARIO: is there twice" in done.stderr


class Page:
    """What has values and no picture."""

    def __init__(self, **given: Any) -> None:
        self.given = given

    def as_dict(self) -> dict[str, Any]:
        return self.given


Own = Annotated[str, typer.Argument(metavar="OWN", help="A practice.")]
FEW = ("seed", "set_", "level", "json")


@experiment(
    "sheet", without=("months", "warmup_months", "replications", "workers", "plot"), scenario=Own
)
def sheet(asked: Asked, out: Annotated[Path, typer.Option("--out")] = Path("out.md")) -> Shown:
    """Write what is given."""
    scenario, how = asked.checked()

    def write(path: Path) -> None:
        path.write_text(scenario.name, "utf-8")

    return Shown(Page(**how), text=["a sheet"], more={"file": str(out)}, files=[(out, write)])


SHEET = typer.Typer()
SHEET.command()(sheet)


def test_a_command_has_no_option_that_it_is_without(tmp_path: Path) -> None:
    """Its analysis gets no such setting; its own files are written, or it fails."""
    assert list(inspect.signature(sheet).parameters) == ["scenario", "out", *FEW]
    assert "OWN" in CliRunner().invoke(SHEET, ["--help"]).stdout
    words = ["two_nurses", "--out", str(tmp_path / "new.md")]
    document = json.loads(CliRunner().invoke(SHEET, [*words, "--json"]).stdout)
    assert set(document) - {"command", "version", "scenario", "fingerprint", "changes"} == {
        "seed", "level", "progress", "file",
    }  # fmt: skip
    assert (tmp_path / "new.md").read_text("utf-8") == "two_nurses"
    done = CliRunner().invoke(SHEET, words)
    assert done.stdout == f"a sheet\n\nWrote {words[-1]}\n"
    done = CliRunner().invoke(SHEET, ["two_nurses", "--out", str(tmp_path / "no" / "new.md")])
    assert done.exit_code == 1
    assert "could not be written" in done.stderr
    assert "Wrote" not in done.stdout
    done = CliRunner().invoke(SHEET, ["two_nurses", "--seed", "-1"])
    assert done.exit_code == 2
    assert "--seed: must be at least 0" in done.stderr
