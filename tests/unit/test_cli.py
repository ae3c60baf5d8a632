"""The command line: what it prints, what it writes, how it refuses, how it ends."""

from __future__ import annotations

import errno
import gc
import json
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim import cli, garbage, measures
from ccmsim.batches import Job, ReplicationError
from ccmsim.cli import SECTIONS, app
from ccmsim.cli.erosion import MEASURES, _going_down
from ccmsim.cli.files import PICTURES, output_problems, write_all
from ccmsim.cli.options import settled
from ccmsim.cli.shell import WIDTH
from ccmsim.cli.tables import brief
from ccmsim.estimation import Estimate
from ccmsim.finance import ITEMS, OVERHEADS
from ccmsim.first_page import first_page, first_page_data
from ccmsim.measures import measures_and_warning
from ccmsim.montecarlo import cores
from ccmsim.results import Results
from ccmsim.rules import REASONS

TINY = """
name = "tiny"
[panel]
enrolled_at_start = 6
[staff.nurse]
hours_per_week = 4.0
[disruptions.sick]
kind = "sick_spells"
spells_per_year = 6.0
length_days = 3
"""

SMALL = ("--months", "2", "--replications", "4", "--quick")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A scenario of six patients, in a folder of its own that is the current one."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(TINY, encoding="utf-8")
    return "tiny.toml"


class Done:
    """What a command left: status and both streams."""

    def __init__(self, *words: object) -> None:
        result = CliRunner().invoke(app, [str(word) for word in words], prog_name="ccmsim")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.status, self.out, self.err = result.exit_code, result.stdout, result.stderr

    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out, parse_constant=pytest.fail)


def names(folder: Path = Path()) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def refused(*words: object) -> str:
    """Run a command that must be refused, and return its message on one line."""
    done = Done(*words)
    assert done.status == 2
    assert done.out == ""
    assert "Traceback" not in done.err
    return " ".join(done.err.split())


# What is there to read


def test_every_command_stands_under_one_title_with_its_first_sentence() -> None:
    names = [entry.name for entries in SECTIONS.values() for entry in entries]
    assert sorted(names) == sorted({*names})
    shown = " ".join(Done("--help").out.split())
    for title, entries in SECTIONS.items():
        assert f" {title}: " in shown
        for entry in entries:
            first = entry.help().partition("\n\n")[0]
            assert f" {entry.name} {' '.join(first.split())}" in shown


@pytest.mark.parametrize("command", [(), ("presets",), ("run",), ("erosion",), ("trace",)])
def test_help_teaches(command: tuple[str, ...]) -> None:
    done = Done(*command, "--help")
    assert done.status == 0
    assert "Examples:" in done.out
    assert f"  ccmsim {' '.join(command)}".rstrip() in done.out
    assert max(map(len, done.out.splitlines())) <= WIDTH


def test_version_is_the_installed_one() -> None:
    done = Done("--version")
    assert done.status == 0
    assert done.out.split()[0] == "ccmsim"
    assert len(done.out.split()) == 2


def test_presets_are_listed() -> None:
    done = Done("presets")
    assert done.status == 0
    for name, description in ccmsim.presets().items():
        assert name in done.out
        assert description.split()[0] in done.out


def test_presets_as_json() -> None:
    assert Done("presets", "--json").json() == {"presets": ccmsim.presets()}


def test_shown_preset_is_a_scenario_with_its_evidence() -> None:
    done = Done("presets", "--show", "two_nurses")
    assert done.status == 0
    assert ccmsim.loads(done.out) == ccmsim.load("two_nurses")
    assert "# R/D:" in done.out


def test_shown_preset_as_json() -> None:
    document = Done("presets", "--show", "perfect", "--json").json()
    assert document["values"]["panel"]["enrolled_at_start"] == 75
    assert ccmsim.loads(document["toml"]).fingerprint == document["fingerprint"]


def test_unknown_preset_to_show_is_refused() -> None:
    message = refused("presets", "--show", "two_nurse")
    assert "--show: is not a preset; did you mean two_nurses? (got 'two_nurse')" in message
    assert "valid: apcm_switch, early_25, growth_100, informal_200" in message


# Events


def test_trace_shows_the_first_events(tiny: str) -> None:
    done = Done("trace", tiny, "--rows", "3")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split()[:2] == ["Time", "Event"]
    assert len(lines) == 1 + 3 + 2
    log = ccmsim.trace(ccmsim.load(tiny), months=1)
    assert f"3 of {len(log):,} events." in lines[-1]
    assert max(map(len, lines)) <= WIDTH


def test_trace_writes_all_events(tiny: str) -> None:
    done = Done("trace", tiny, "--csv", "events.csv", "--replication", 2, "--seed", 5)
    log = ccmsim.trace(ccmsim.load(tiny), months=1, seed=5, replication=2)
    assert done.out == f"Wrote events.csv: {len(log):,} events.\n"
    assert Path("events.csv").read_text("utf-8") == log.to_csv(index=False)


def test_trace_as_json(tiny: str) -> None:
    document = Done(
        "trace", tiny, "--json", "--months", 2, "--set", "panel.enrolled_at_start=3"
    ).json()
    events = document.pop("events")
    scenario = ccmsim.load(tiny).but({"panel.enrolled_at_start": 3})
    assert document == {
        "command": "trace",
        "version": document["version"],
        "scenario": "tiny",
        "fingerprint": scenario.fingerprint,
        "changes": {"panel.enrolled_at_start": 3},
        "seed": 0,
        "replication": 0,
        "months": 2,
        "warmup_months": 0,
    }
    assert [event["event"] for event in events] == ccmsim.trace(scenario, months=2).event.to_list()
    assert events[0]["time"].startswith("2026-01-0")
    assert events[0]["captured_minutes"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--rows", 3, "--json"), "--rows: is for the table, and --json shows none (got 3)"),
        (("--rows", 3, "--csv", "a.csv"), "--rows: is for the table, and --csv shows none (got 3)"),
        (("--rows", 0), "--rows: must be at least 1 (got 0)"),
        (("--csv", "a.txt"), "--csv: does not end in .csv (got 'a.txt')"),
        (("--replication", -1), "--replication: must be at least 0 (got -1)"),
    ],
)
def test_trace_refuses(tiny: str, words: tuple[object, ...], message: str) -> None:
    assert message in refused("trace", tiny, *words)
    assert not Path("a.csv").exists()


# Results


def simulated(**changes: Any) -> Results:
    """What SMALL asks for."""
    scenario = ccmsim.load("tiny.toml").but(changes)
    return ccmsim.simulate(scenario, months=2, replications=4)


def measures_of(results: Results, *, level: float = 0.95) -> dict[str, Estimate]:
    """The measures, without the warning that there are few replications."""
    return measures_and_warning(results, level=level)[0]


def test_run_prints_page_and_tables(tiny: str) -> None:
    done = Done("run", tiny, *SMALL)
    assert done.status == 0
    assert done.out.startswith(first_page(simulated()) + "\n\n")
    for part in (
        "Money (USD) and patients, mean",
        "How 2 months may turn out (USD)",
        "Where billable months were lost, mean",
        "Where coordinators' time was lost, mean",
        "What is billed and never paid, mean",
        "What the cost is made of, mean",
        "Work that projections forget, mean; it is part of the cost",
        "ALL NUMBERS, with 95 % intervals from 4 replications",
    ):
        assert part in done.out
    lines = done.out.splitlines()
    assert "\x1b" not in done.out
    assert max(map(len, lines)) <= WIDTH
    assert not any(line.endswith(" ") for line in lines)


def test_run_prints_the_estimates_of_the_library(tiny: str) -> None:
    done = Done("run", tiny, *SMALL)
    found = measures_of(simulated())
    [billed] = [line for line in done.out.splitlines() if line.startswith("Billed  ")]
    assert str(found["billed_usd.month"]).split(" (")[0].split(" ±")[0] in billed
    [lost] = [line for line in done.out.splitlines() if line.startswith("sick_spells")]
    assert str(found["lost_minutes.sick_spells"]).split(" (")[0].split(" ±")[0] in lost
    forgotten = done.out.partition("Work that projections forget")[2].splitlines()[2:6]
    assert [line.split()[0] for line in forgotten] == list(OVERHEADS)
    for label, line in zip(OVERHEADS, forgotten, strict=True):
        for unit in ("hours", "usd"):
            assert brief(found[f"overhead_{unit}.{label}"]) in line
    cost = done.out.partition("What the cost is made of")[2].partition("\n\n")[0].splitlines()[2:]
    assert {line.split()[0] for line in cost} == {
        item for item in ITEMS if found[f"cost_usd.{item}"].value > 0.0
    }


def test_run_estimates_its_measures_once(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    shortfalls = measures._shortfalls

    def counted(results: Results, level: float) -> Any:
        calls.append(level)
        return shortfalls(results, level)

    monkeypatch.setattr(measures, "_shortfalls", counted)
    for more in ((), ("--json",)):
        assert Done("run", tiny, *SMALL, "--level", 0.9, *more).status == 0
    assert calls == [0.9, 0.9]


def test_run_speaks_of_old_work_and_stages_where_there_are_any(tiny: str) -> None:
    before, stage = "Billed for what was done before", "Months of the early stage"
    plain = Done("run", tiny, *SMALL).out
    assert before not in plain
    assert stage not in plain
    old = ("--set", "finance.baseline_coordination_minutes=100")
    assert before in Done("run", tiny, *SMALL, *old).out
    panel = ("--set", "panel.replace_leavers=false", "--set", "panel.medicare={patients=40}")
    assert stage in Done("run", tiny, *SMALL, *panel).out


def test_run_as_json_holds_every_measure_and_its_origin(tiny: str) -> None:
    words = ("--set", "panel.enrolled_at_start=3", "--json")
    document = Done("run", tiny, *SMALL, *words).json()
    results = simulated(**{"panel.enrolled_at_start": 3})
    expected = {
        name: {
            key: None if isinstance(value, float) and not abs(value) < float("inf") else value
            for key, value in estimate.as_dict().items()
        }
        for name, estimate in measures_of(results).items()
    }
    assert document.pop("measures") == expected
    page = first_page_data(results)
    assert document.pop("first_page") == json.loads(json.dumps(page, allow_nan=False, default=str))
    assert document == {
        "command": "run",
        "version": results.version,
        "scenario": "tiny",
        "fingerprint": results.scenario.fingerprint,
        "changes": {"panel.enrolled_at_start": 3},
        "seed": 0,
        "engine": "compiled",
        "months": 2,
        "first_month": "2026-01",
        "warmup_months": 0,
        "replications": 4,
        "level": 0.95,
    }
    assert {f"missed_patients.{reason}" for reason in REASONS} <= set(expected)


def test_json_has_null_where_there_is_no_number(tiny: str) -> None:
    document = Done("run", tiny, "--months", 1, "--replications", 1, "--quick", "--json").json()
    assert document["measures"]["billed_usd.total"]["standard_error"] is None
    assert document["measures"]["billed_usd.total"]["value"] >= 0.0


def test_settings_reach_the_simulation(tiny: str) -> None:
    words = ("--seed", 7, "--warmup-months", 1, "--level", 0.9, "--set", "disruptions.sick=none")
    document = Done("run", tiny, *SMALL, *words, "--json").json()
    scenario = ccmsim.load(tiny).but({"disruptions.sick": None})
    results = ccmsim.simulate(scenario, months=2, replications=4, seed=7, warmup_months=1)
    net = measures_of(results, level=0.9)["net_usd.total"]
    assert document["measures"]["net_usd.total"] == net.as_dict()
    assert document["changes"] == {"disruptions.sick": None}
    assert (document["seed"], document["warmup_months"]) == (7, 1)


def test_workers_give_the_same_bits(tiny: str) -> None:
    words = ("run", tiny, "--months", 1, "--replications", 15, "--quick", "--json", "--workers")
    assert Done(*words, 2).json() == Done(*words, 1).json()


def test_every_core_is_used_on_request() -> None:
    assert settled("perfect", None, workers="auto").workers == cores() >= 1
    assert settled("perfect", None, workers="0").workers == cores()


def test_page_asks_for_its_own_simulations_unless_quick(tiny: str) -> None:
    words = ("run", tiny, "--months", 1, "--replications", 2, "--json")
    full, quick = Done(*words).json(), Done(*words, "--quick").json()
    assert full["measures"] == quick["measures"]
    assert full["first_page"]["absence_cost_usd"]["replications"] == 2
    assert full["first_page"]["of_100_enrolled"]["nobody_could_have_reached"]["value"] >= 0.0
    assert quick["first_page"]["absence_cost_usd"] is None
    assert quick["first_page"]["of_100_enrolled"]["nobody_could_have_reached"] is None


def test_run_writes_picture_and_results(tiny: str) -> None:
    Path("year.png").write_text("an older picture", encoding="utf-8")
    done = Done("run", tiny, *SMALL, "--plot", "year.png", "--save", "year.nc")
    assert done.status == 0
    assert done.out.endswith("Wrote year.png\nWrote year.nc\n")
    assert Path("year.png").read_bytes().startswith(b"\x89PNG")
    assert ccmsim.open_results("year.nc").data.identical(simulated().data)
    assert names() == ["tiny.toml", "year.nc", "year.png"]


def test_every_picture_on_offer_can_be_drawn() -> None:
    from matplotlib.backend_bases import FigureCanvasBase

    assert set(PICTURES) <= set(FigureCanvasBase.get_supported_filetypes())


def test_note_on_few_replications_is_given_once(tiny: str) -> None:
    done = Done("run", tiny, *SMALL)
    assert done.err.count("Note: expected shortfall of the worst 5 %") == 1
    assert "200 replications would do" in done.err
    assert "Warning" not in done.err


def test_erosion_prints_steps_and_causes(tiny: str) -> None:
    done = Done("erosion", tiny, "--months", 1, "--replications", 2, "--plot", "erosion.svg")
    assert done.status == 0
    for part in ("= Today", "nobody could have", "sick (sick_spells)", "all disruptions together"):
        assert part in done.out
    assert max(map(len, done.out.splitlines())) <= WIDTH
    assert done.out.endswith("Wrote erosion.svg\n")
    assert "2 replications are too few to tell of a bad year." in done.out
    assert "no interval" not in done.out
    cells = {line[:28].strip(): line[28:].split() for line in done.out.splitlines()}
    assert cells["− enrollment"] == ["0", "0", "0"]  # nobody enrolls: nothing is changed there
    # two replications that do not differ tell next to nothing
    assert cells["− documentation"][0] == "0"
    assert cells["− documentation"][1].startswith("(-")
    assert "<svg" in Path("erosion.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("most", "wanted", "said"),
    [
        (150, 0.5, "the cap ended it: not every step and disruption is known to within 0.5 of 100"),
        (10_000, 40.0, "every step and disruption is known to within 40 of 100 enrolled"),
    ],
)
def test_erosion_says_how_a_half_width_ended(
    tiny: str, monkeypatch: pytest.MonkeyPatch, most: int, wanted: float, said: str
) -> None:
    monkeypatch.setattr("ccmsim.analyses.narrowing.MOST", most)
    monkeypatch.setattr("ccmsim.analyses.away.MOST", most)
    few = ("--months", 1, "--replications", 100, "--workers", 1)
    done = Done("erosion", tiny, *few, "--half-width", wanted)
    assert done.status == 0
    head, _, _ = done.out.partition("From the projection to today")
    assert said in head
    assert max(map(len, head.splitlines())) <= WIDTH


def test_erosion_goes_down_in_patient_months_where_people_enroll() -> None:
    """Who enrolls changes what points are of, so they would rise where patient-months fall."""
    few = ("--months", 1, "--replications", 2, "--set", "panel.medicare.patients=60")
    done = Done("erosion", "early_25", *few)
    assert done.status == 0
    down, _, gains = done.out.partition("Regained without one disruption")
    assert "patient-months" in down
    assert "of 100 enrolled" not in down
    assert "of 100 enrolled" in gains
    assert "− enrollment" in down
    both = _going_down(MEASURES, beside=True)  # where a half-width of points is wanted
    assert list(both) == ["billable_patient_months", *MEASURES]


def test_erosion_as_json(tiny: str) -> None:
    document = Done("erosion", tiny, "--months", 1, "--replications", 2, "--json").json()
    expected = ccmsim.erosion(ccmsim.load(tiny), months=1, replications=2)
    assert document["causes"] == expected.as_dict()["causes"]
    assert document["steps"] == expected.as_dict()["steps"]
    assert document["command"] == "erosion"
    assert document["fingerprint"] == ccmsim.load(tiny).fingerprint
    assert document["replications"] == 2


# Refusals


@pytest.mark.parametrize("command", ["run", "erosion", "trace"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("two_nurse",), "scenario: is neither a preset nor a file; did you mean two_nurses?"),
        (("perfect", "--months", 0), "--months: must be at least 1 (got 0) valid: 1 to 1200"),
        (("perfect", "--months", 2000), "--months: must be at most 1200 (got 2000)"),
        (("perfect", "--warmup-months", -1), "--warmup-months: must be at least 0 (got -1)"),
        (("perfect", "--seed", -1), "--seed: must be at least 0 (got -1) valid: 0 to 4294967295"),
        (("perfect", "--seed", 2**32), "--seed: must be at most 4294967295 (got 4294967296)"),
        (("perfect", "--set", "panel"), "--set: is not of the form path=value (got 'panel')"),
        (
            ("perfect", "--set", "panel.enroled_at_start=5"),
            "panel.enroled_at_start: does not exist; did you mean panel.enrolled_at_start?",
        ),
        (
            ("perfect", "--set", "panel.need=1", "--set", "panel.need=2"),
            "--set: gives panel.need twice (got 'panel.need=2') valid: each path once",
        ),
        (("perfect", "--set", "panel.enrolled_at_start=0"), "panel.enrolled_at_start: must be at"),
    ],
)
def test_bad_scenarios_and_settings_are_refused(
    command: str, words: tuple[object, ...], message: str
) -> None:
    assert message in refused(command, *words)


@pytest.mark.parametrize("command", ["run", "erosion"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--replications", 0), "--replications: must be at least 1 (got 0) valid: 1 to 1000000"),
        (("--replications", 2_000_000), "--replications: must be at most 1000000 (got 2000000)"),
        (("--level", 95), "--level: must be above 0 and at most 0.995; did you mean 0.95?"),
        (("--level", 1), "--level: must be above 0 and at most 0.995 (got 1.0)"),
        (("--level", "nan"), "--level: must be above 0 and at most 0.995 (got nan)"),
        (("--workers", "many"), "--workers: is not a number of threads (got 'many') valid: auto"),
        (("--workers", -1), "--workers: is not a number of threads (got '-1')"),
        (("--plot", "a.xyz"), "--plot: does not end in a picture's format (got 'a.xyz') valid: a"),
        (("--plot", "a"), "--plot: does not end in a picture's format (got 'a')"),
        (("--plot", "no/a.png"), "--plot: is in a folder that does not exist (got 'no/a.png')"),
    ],
)
def test_bad_options_are_refused_before_simulating(
    tiny: str,
    command: str,
    words: tuple[object, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ccmsim.montecarlo.simulate", pytest.fail)
    assert message in refused(command, tiny, *words)
    assert names() == [tiny]


def test_all_problems_are_reported_at_once(tiny: str) -> None:
    Path(tiny).write_text(TINY + "[panell]\n", encoding="utf-8")
    words = ("--months", 0, "--seed", -1, "--set", "x", "--plot", "no/a.png", "--workers", "x")
    message = refused("run", tiny, *words)
    assert message.startswith("Error: 6 things are wrong:")
    fields = ("--months:", "--seed:", "--set:", "--plot:", "--workers:", "panell:")
    assert all(f" {field} " in message for field in fields)


def test_bad_file_is_named(tiny: str) -> None:
    Path(tiny).write_text(TINY.replace("= 6\n", "= 0\n").replace("4.0", "-4.0"), encoding="utf-8")
    message = refused("run", tiny)
    assert message.startswith("Error: tiny.toml is not a valid scenario:")
    assert "panel.enrolled_at_start: must be at least 1 (got 0)" in message
    assert "staff.nurse.hours_per_week: must be from 0 to 120 (got -4.0)" in message


def test_file_that_is_no_toml_is_refused(tiny: str) -> None:
    Path(tiny).write_text("[panel\n", encoding="utf-8")
    assert "tiny.toml: is not TOML" in refused("run", tiny)


def test_month_without_a_fee_is_refused(tiny: str) -> None:
    message = refused("run", tiny, "--set", "start=2001-01-01", *SMALL)
    assert "2001" in message


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("folder.nc", "is a folder"),
        ("tiny.nc", "is the scenario's own file"),
        ("null.nc", "is not a regular file"),
        ("out.txt", "does not end in .nc (got 'out.txt') valid: a name that ends in .nc, such as"),
    ],
)
def test_no_other_file_is_overwritten(tiny: str, path: str, rule: str) -> None:
    Path("folder.nc").mkdir()
    Path("tiny.nc").write_text(TINY, encoding="utf-8")
    Path("null.nc").symlink_to(os.devnull)
    assert f"--save: {rule}" in refused("run", "tiny.nc", "--save", path)
    assert Path("tiny.nc").read_text("utf-8") == TINY


def test_two_outputs_need_two_files(tiny: str) -> None:
    [problem] = output_problems([("--plot", Path("a.png")), ("--save", Path("./a.png"))])
    assert str(problem) == "--save: is the file of --plot (got 'a.png'); valid: a file of its own"


def test_protected_places_are_refused(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's answers are replaced, since root may write everywhere."""

    def closed(**_: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    Path("old.csv").touch()
    with monkeypatch.context() as system:
        system.setattr(os, "access", lambda _, mode, **__: mode != os.W_OK)
        assert "--csv: is write-protected" in refused("trace", tiny, "--csv", "old.csv")
    Path("folder").mkdir()
    with monkeypatch.context() as system:
        system.setattr(tempfile, "TemporaryFile", closed)
        assert "--csv: cannot be written" in refused("trace", tiny, "--csv", "folder/a.csv")


@pytest.mark.parametrize("words", [("no_such",), ("run",), ("run", "perfect", "--no-such", 1)])
def test_wrong_words_are_refused(words: tuple[object, ...]) -> None:
    done = Done(*words)
    assert done.status == 2
    assert "Usage: ccmsim" in done.err


# Ends


def test_failed_replication_ends_with_1(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        job = Job(ccmsim.load("perfect"), 12, 0, 7, "months", "compiled")
        raise ReplicationError(job, 3, "ValueError: odd")

    monkeypatch.setattr("ccmsim.montecarlo.simulate", fail)
    done = Done("run", tiny, *SMALL)
    assert done.status == 1
    assert done.out == ""
    assert done.err.startswith("Failed: replication 3 of seed 7 failed (scenario ")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (MemoryError(), 1, "Failed: not enough memory; ask for fewer replications, months or work"),
    ],
)
def test_end_is_told_in_one_line(
    tiny: str, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, message: str
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("ccmsim.montecarlo.simulate", stop)
    done = Done("run", tiny, *SMALL)
    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(message)
    assert done.err.count("\n") == 1


def test_full_disk_costs_no_results(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Results, path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Results, "save", full)
    done = Done("run", tiny, *SMALL, "--save", "a.nc", "--plot", "a.png")
    assert done.status == 1
    assert "Failed: a.nc could not be written: No space left on device\n" in done.err
    assert "Where billable months were lost" in done.out
    assert done.out.endswith("Wrote a.png\n")
    assert names() == ["a.png", "tiny.toml"]


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half of the new", encoding="utf-8")
        raise KeyboardInterrupt

    target = tmp_path / "a.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        write_all([(target, fail)])
    assert target.read_text("utf-8") == "old"
    assert names(tmp_path) == ["a.csv"]


def test_reader_that_has_seen_enough_is_no_error(tiny: str) -> None:
    command = [sys.executable, "-m", "ccmsim", "trace", tiny, "--json", "--months", "12"]
    # Without its buffer Python would not notice that nobody took the rest.
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == "{\n"
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait(timeout=60) == 1


def test_bar_goes_to_the_terminal_and_results_to_the_pipe(tiny: str) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "ccmsim", "run", tiny, *SMALL, "--json"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=follower, text=True, env=environment
    ) as running:
        os.close(follower)
        seen = b""
        try:
            while chunk := os.read(leader, 4096):
                seen += chunk
        except OSError:  # how Linux says that the other side is closed
            pass
        assert running.stdout is not None
        document = json.loads(running.stdout.read())
    os.close(leader)
    assert document["replications"] == 4
    assert b"Replications" in seen
    assert b"4/4" in seen


def test_nothing_but_results_without_a_terminal(tiny: str) -> None:
    command = [sys.executable, "-m", "ccmsim", "trace", tiny, "--rows", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""


def test_a_command_has_garbage_looked_for_seldom_and_not_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def stopped(**settings: Any) -> None:
        seen.append((settings, gc.get_threshold()[0]))
        raise SystemExit(2)

    monkeypatch.setattr(cli, "app", stopped)
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        with pytest.raises(SystemExit):
            cli.main()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
    assert seen == [({"prog_name": "ccmsim"}, garbage.ALLOCATED)]
    assert gc.get_threshold() == before
