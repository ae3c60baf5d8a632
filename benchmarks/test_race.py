"""The race: what it runs, what it leaves out, what its tables say."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from benchmarks.peers.small_model import numbers
from benchmarks.race import (
    CASES,
    RATIOS,
    Case,
    LeftOutError,
    Ratio,
    Row,
    Run,
    Runner,
    as_json,
    figure,
    ours,
    peer,
    quotient,
    race,
    ratio_table,
    replications_for,
    table,
)


def clockwork(seconds: float) -> Runner:
    """Return a runner of 100 patient-months a replication, so long each."""
    return lambda replications, seed: Run(
        100 * replications, 400 * replications, 50 * replications, seconds * replications
    )


def missing() -> Runner:
    raise LeftOutError("no such thing here")


ROWS = (
    Row("SimPy", "all", 10, (Run(1000, 4000, 500, 1.0), Run(1000, 4000, 520, 0.5))),
    Row("quick", "less", 90, (Run(9000, 36000, 4500, 0.1), Run(9000, 36000, 4500, 0.2))),
)


def test_a_race_runs_what_it_can_and_says_what_it_cannot() -> None:
    cases = [
        Case("SimPy", lambda: clockwork(0.1), "all"),
        Case("quick", lambda: clockwork(0.001), "all"),
        Case("absent", missing, ""),
    ]
    notes: list[str] = []
    rows = race(cases, rounds=3, at_least_seconds=0.35, note=notes.append)
    assert notes == ["absent is left out: no such thing here"]
    assert [(row.name, len(row.runs)) for row in rows] == [("SimPy", 3), ("quick", 3)]
    assert all(run.seconds >= 0.35 for row in rows for run in row.runs)
    ratio = quotient(rows, "quick", "SimPy")
    assert ratio is not None
    assert ratio == pytest.approx((100.0, 100.0, 100.0))


@pytest.mark.parametrize("seconds", [1e-9, 0.01, 0.4, 3.0])
def test_a_run_is_long_enough(seconds: float) -> None:
    replications = replications_for(clockwork(seconds), 0.4)
    assert replications * seconds >= 0.4
    assert replications == 1 or replications * seconds <= 0.4 * 50.0


def test_ratios_are_taken_round_by_round() -> None:
    assert quotient(ROWS, "quick", "SimPy") == (56.25, 22.5, 90.0)
    assert quotient(ROWS, "quick", "absent") is None


def test_the_tables() -> None:
    assert table(ROWS).splitlines()[2:] == [
        "| SimPy | 1,500 (1,000–2,000) | 1 | 0.5100 | 4.000 | all |",
        "| quick | 67,500 (45,000–90,000) | 56.2 (22.5–90.0) | 0.5000 | 4.000 | less |",
    ]
    ratios = [Ratio("quick", "SimPy", 80.0), Ratio("quick", "absent")]
    assert ratio_table(ROWS, ratios).splitlines()[2:] == [
        "| quick ÷ SimPy | 56.2 (22.5–90.0) | 80 |"
    ]


def test_a_table_without_its_baseline() -> None:
    assert "| – |" in table(ROWS, baseline="absent")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.500"), (9.999, "10.0"), (12.34, "12.3"), (1234.5, "1,230"), (2.5e6, "2,500,000")],
)
def test_three_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_every_run_is_kept() -> None:
    kept = json.loads(as_json(ROWS))
    assert kept["rows"][0]["runs"][1] == {
        "patient_months": 1000,
        "attempts": 4000,
        "billable": 520,
        "seconds": 0.5,
    }
    assert kept["versions"]["simpy"]


def test_ratios_name_cases() -> None:
    names = {case.name for case in CASES}
    assert len(names) == len(CASES)
    assert {name for ratio in RATIOS for name in (ratio.above, ratio.below)} <= names


def test_ccmsim_beside_a_peer() -> None:
    cases = [
        Case("SimPy", partial(peer, "simpy_peer"), ""),
        Case("ccmsim", partial(ours, "simpy"), ""),
    ]
    rows = race(cases, rounds=1, at_least_seconds=0.0)
    assert [row.runs[0].patient_months for row in rows] == [numbers().patient_months] * 2
    assert all(math.isclose(row.per_patient_month("attempts"), 3.92, abs_tol=0.4) for row in rows)


def test_an_engine_that_does_not_exist_is_left_out() -> None:
    with pytest.raises(LeftOutError, match="engine"):
        ours("no such engine")


def test_a_peer_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        peer("no_such_peer")


def test_a_peer_without_its_package_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "benchmarks.peers.salabim_peer", raising=False)
    monkeypatch.setitem(sys.modules, "salabim", None)  # an import of it fails
    with pytest.raises(LeftOutError, match="no salabim; pip install"):
        peer("salabim_peer")


def test_the_command(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).parents[1] / "race.py")]
    options = ["--rounds", "2", "--seconds", "0", "--only", "SimPy", "--json", "race.json"]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "| SimPy | " in done.stdout
    rows = json.loads((tmp_path / "race.json").read_text("utf-8"))["rows"]
    assert [(row["name"], len(row["runs"])) for row in rows] == [
        ("SimPy", 2),
        ("ccmsim, SimPy engine", 2),
    ]
