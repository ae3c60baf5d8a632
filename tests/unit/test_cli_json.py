"""What every command prints with --json is what docs/command_line.md lists, key by key."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ccmsim.calibration.examples import example_history
from ccmsim.cli import app, bench
from ccmsim.fitting.examples import example

PAGE = Path(__file__).parents[2] / "docs" / "command_line.md"
ROW = re.compile(r"^\| `(?P<command>[a-z -]+)` \| (?P<keys>`.*`.*) \|$", re.MULTILINE)
COMMON = {
    "command", "version", "scenario", "fingerprint", "scenarios", "changes", "variants",
    "first_month", "months", "warmup_months", "replications", "seed", "level", "measure",
}  # fmt: skip
WITHOUT_JSON = {"warm"}

FEW = "--set panel.enrolled_at_start=8"
MORE = "--variant more:staff.nurse.hours_per_week=17"
ANSWER = "--of contact.answer_probability"
X, Y = "--x contact.call_minutes=8:16", "--y contact.answer_probability=0.3:0.6"
CASES = {
    "presets": "",
    "presets --show": "solo_nurse",
    "quick": "--patients 10 --nurses 1 --hours 4 --replications 5 --to q.toml",
    "calibrate": "solo_nurse history.csv --set panel.replace_leavers=false"
    " --free panel.opt_out_per_month_share --use enrolled_patients --statistic level"
    " --simulations 200",
    "fit": "calls.csv",
    "run": f"solo_nurse --months 1 --replications 3 --quick {FEW}",
    "report": f"solo_nurse --months 1 --replications 100 --sets 0 {FEW}",
    "replications": f"solo_nurse --months 1 --half-width 100 --replications 20 {FEW}",
    "assess": f"solo_nurse --months 1 --replications 100 --sets 0 {FEW}",
    "staffing": f"solo_nurse --hours 8,16 --months 2 --risk net_usd:0:0.9 {FEW}",
    "staffing-curve": f"solo_nurse --hours 8,16 --months 2 --replications 40 {FEW}",
    "staffing-panel": "solo_nurse --patients 8,20 --months 1 --replications 20",
    "staffing-pooling": f"solo_nurse --sizes 1,2 --months 1 --replications 20 {FEW}",
    "staffing-cover": f"solo_nurse --after-days 0,5 --months 1 --replications 20 {FEW}",
    "staffing-vacancy": f"solo_nurse --values 5,20 --months 1 --replications 20 {FEW}",
    "staffing-theory": "solo_nurse --months 1 --replications 20",
    "leave": f"solo_nurse --days 5 --from 2026-01-05 --months 1 --replications 5 {FEW}",
    "forecast": "solo_nurse march.csv --day 2026-03-17 --enrolled 12 --replications 20",
    "contracts": f"solo_nurse --billed 4 --months 1 --replications 200 {FEW}",
    "compare": f"solo_nurse {MORE} --months 1 --replications 5 {FEW}",
    "compare --both": f"solo_nurse {MORE} --months 1 --replications 120 {FEW}",
    "erosion": f"solo_nurse --months 1 --replications 3 {FEW}",
    "erosion --both": f"solo_nurse {ANSWER} --months 1 --replications 120 {FEW}",
    "attribution": f"solo_nurse --months 1 --replications 3 {FEW}",
    "sensitivity": "solo_nurse --months 1 --replications 3"
    f" --factor contact.answer_probability=0.3:0.6 {FEW}",
    "flip": f"solo_nurse two_nurses {X} {Y} --points 3 --months 1 --replications 20",
    "break-even": "solo_nurse --months 1 --replications 10",
    "risk": f"solo_nurse --months 1 --replications 100 {FEW}",
    "stress": f"solo_nurse --limit 2000 --months 1 --replications 400 {FEW}",
    "shares": f"solo_nurse --months 1 --replications 30 {FEW}",
    "smoothing": "solo_nurse --months 3 --replications 20 --set 'visits={ per_month = 30 }'",
    "uncertainty": f"solo_nurse {ANSWER} --months 1 --replications 200 {FEW}",
    "sobol": f"solo_nurse {ANSWER} --of contact.call_minutes --months 1 --replications 400 {FEW}",
    "information": f"solo_nurse {MORE} {ANSWER} --months 1 --replications 200 {FEW}",
    "measure": f"solo_nurse {MORE} {ANSWER} --months 1 --replications 200 {FEW}",
    "control-variates": f"solo_nurse --replications 60 --months 3 {FEW}",
    "quasi-monte-carlo": f"solo_nurse --months 3 --groups 10 --points 8 {FEW}",
    "warm-up": f"solo_nurse --months 4 --long 4 --replications 20 {FEW}",
    "claims": "smoothing --replications 20",
    "trace": f"solo_nurse --months 1 {FEW}",
    "bench": "",
    "bench --national": "--practices 5",
}  # fmt: skip


def documented() -> dict[str, set[str]]:
    """Return the keys of each row; those in parentheses are explanations."""
    section = PAGE.read_text("utf-8").partition("\n## JSON\n")[2].partition("\n## ")[0]
    rows = {found["command"]: found["keys"] for found in ROW.finditer(section)}
    return {
        command: set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", keys)))
        for command, keys in rows.items()
    }


def test_every_command_with_json_has_a_row() -> None:
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    able = {
        name
        for name, command in commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert set(commands) - able == WITHOUT_JSON
    assert {row.split()[0] for row in documented()} == able
    assert set(documented()) == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_its_keys_are_those_of_the_page(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "CHECKED", {"solo_nurse": 3})
    Path("history.csv").write_bytes(Path(example_history()).read_bytes())
    Path("calls.csv").write_bytes(example("calls").read_bytes())
    Path("march.csv").write_text("patient,date,minutes,answered,work\n17,2026-03-02,25,yes,\n")
    words = [*case.split(), *shlex.split(CASES[case]), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout, parse_constant=pytest.fail)
    assert set(document) - COMMON == documented()[case] - COMMON
    if case.split()[0] != "presets":
        assert document["command"] == case.split()[0]
