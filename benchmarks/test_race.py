"""The race: what it runs, what it leaves out, what its tables, page and history say."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from benchmarks import cases, processes
from benchmarks.cases import ours, peer
from benchmarks.harness import (
    Case,
    LeftOutError,
    Row,
    Run,
    Runner,
    Spread,
    Target,
    figure,
    on_one_core,
    quotient,
    race,
    replications_for,
    speed_table,
    table,
    target_table,
)
from benchmarks.peers.small_model import numbers
from benchmarks.processes import Spent
from benchmarks.race import (
    BEGIN,
    END,
    PAGE,
    as_json,
    figures,
    groups,
    history_line,
    page,
    put_on_page,
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
    assert table(ROWS, baseline="SimPy").splitlines()[2:] == [
        "| SimPy | 1,500 (1,000–2,000) | 1 | 0.5100 | 4.000 | all |",
        "| quick | 67,500 (45,000–90,000) | 56.2 (22.5–90.0) | 0.5000 | 4.000 | less |",
    ]
    counted = Row("ours", "", 2, (Run(1000, 4000, 500, 0.5, 12_000),))
    assert speed_table([counted, ROWS[0]]).splitlines()[2:] == [
        "| ours | 2 | 2,000 | 24,000 | 12.0 |",
        "| SimPy | 10 | 1,500 (1,000–2,000) | – | – |",
    ]


def test_a_table_without_its_baseline() -> None:
    assert "| – |" in table(ROWS, baseline="absent")


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (Target("a", 70.0, 120.0), 69.9, "**missed**"),
        (Target("a", 70.0, 120.0), 70.0, "met"),
        (Target("a", 70.0, 120.0), 120.0, "aim reached"),
        (Target("a", most=1.3), 1.31, "**missed**"),
        (Target("a", most=1.3), 1.3, "met"),
        (Target("a"), 5.0, ""),
    ],
)
def test_a_target_is_met_or_missed(target: Target, value: float, verdict: str) -> None:
    assert target.verdict(value) == verdict
    line = target_table([(target, Spread(value, value, value))]).splitlines()[2]
    assert line.endswith(f"| {target.wanted()} | {verdict} |")


def test_targets_in_words() -> None:
    targets = (Target("a"), Target("a", 3.0), Target("a", 3.0, 5.0), Target("a", most=1.3))
    words = ["reported", "at least 3", "at least 3, aim 5", "at most 1.3"]
    assert [target.wanted() for target in targets] == words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.500"), (9.999, "10.0"), (12.34, "12.3"), (1234.5, "1,230"), (2.5e6, "2,500,000")],
)
def test_three_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_every_run_is_kept() -> None:
    kept = json.loads(as_json(ROWS, [(Target("a"), Spread(2.0, 1.0, 3.0))]))
    assert kept["rows"][0]["runs"][1] == {
        "patient_months": 1000,
        "attempts": 4000,
        "billable": 520,
        "seconds": 0.5,
        "events": 0,
    }
    assert kept["figures"] == {"a": [2.0, 1.0, 3.0]}
    assert kept["versions"]["simpy"]


def test_a_line_of_history() -> None:
    found = [
        (Target("slow", 2.0), Spread(1.23456, 1.0, 3.0)),
        (Target("quick", 2.0), Spread(9.0, 9.0, 9.0)),
    ]
    line = history_line(found, ROWS)
    assert "\n" not in line
    kept = json.loads(line)
    assert kept["figures"] == {"slow": 1.235, "quick": 9.0}
    assert kept["missed"] == ["slow"]
    assert kept["patient_months_a_second"] == {"SimPy": 1500.0, "quick": 67_500.0}
    assert kept["machine"]["cores"] == os.cpu_count()
    assert "node" not in kept["machine"]


def test_the_page_keeps_what_stands_around(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    put_on_page("new", path)
    assert path.read_text("utf-8") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_the_page_has_its_marks() -> None:
    text = PAGE.read_text("utf-8")
    assert 0 < text.index(BEGIN) < text.index(END)


def test_what_goes_on_the_page() -> None:
    found = [(Target("speed", 2.0), Spread(1.0, 1.0, 1.0))]
    absent = ["one is left out: not here", "another is left out"]
    text = page({"small": ROWS}, found, {"small": "Peers"}, absent)
    assert text.endswith("Not measured here: one is left out: not here; another is left out.")
    assert "Not measured" not in page({"small": ROWS}, found, {"small": "Peers"})
    assert "| speed | 1.00 | at least 2 | **missed** |" in text
    assert text.index("### Beside") < text.index("### Peers") < text.index("| quick |")


def test_ratios_name_cases() -> None:
    names = [case.name for group in groups(1).values() for case in group.cases]
    assert len(set(names)) == len(names)
    assert {name for _, *pair in cases.RATIOS for name in pair} <= set(names)
    targets = [target.name for target, *_ in cases.RATIOS]
    assert len(set(targets)) == len(targets)


def test_figures_follow_from_rows() -> None:
    rows = [
        Row(name, "", 1, (Run(1000, 0, 0, seconds),))
        for name, seconds in ((cases.ONE_THREAD, 1.0), (cases.TWO_THREADS, 0.5))
    ]
    assert [(t.name, s.median) for t, s in figures(rows)] == [("two threads ÷ one", 2.0)]


def test_growing_costs_are_the_small_panel_over_the_large() -> None:
    small, large = (cases.growth_name(cases.OWNED, times) for times in (1, 100))
    rows = [Row(small, "", 1, (Run(100, 0, 0, 1.0),)), Row(large, "", 1, (Run(100, 0, 0, 1.5),))]
    ((target, spread),) = figures(rows)
    assert target.name.endswith("20,000 ÷ 200 patients")
    assert spread.median == 1.5
    assert target.verdict(spread.median) == "**missed**"


def test_a_panel_grows_with_its_staff() -> None:
    scenario = cases.sized(cases.POOLED, 10)
    assert scenario.panel.enrolled_at_start == 2_000
    assert len(scenario.seats()) == 20
    assert scenario.operations.assignment == "pooled"


def test_a_fresh_process_tells_its_memory() -> None:
    aside, results = processes.memory(30, patients=4)
    assert 5e7 < aside < 1e9
    assert results > 30 * 12 * 8 * 40


def test_a_process_that_waits_spends_no_processor_time() -> None:
    waiting = processes.spent(["-c", "import time; time.sleep(0.3)"])
    assert waiting.wall > 0.3
    assert waiting.processor < waiting.wall - 0.2
    busy = processes.spent(["-c", "sum(range(5_000_000))"])
    assert busy.processor > 0.01


def test_starting_is_the_whole_less_simulating(monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(words: Sequence[str]) -> Spent:
        asked.append(tuple(words))
        return Spent(100.0 + len(asked), 50.0)

    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(processes, "spent", spent)
    found = dict(processes.start_figures(2, replications=3))
    assert asked[:5] == [
        (*processes.RUN, "3"), (*processes.RUN, "3", "--quick"), (*processes.RUN, "1", "--quick"),
        ("-c", "import ccmsim"), ("-c", ""),
    ]  # fmt: skip
    by_name = {target.name: spread for target, spread in found.items()}
    alone = by_name["those 1,000 replications alone, s"]
    assert 0.0 < alone.low <= alone.high < 50.0
    whole = by_name[f"{processes.COMMAND}: the whole process, s"]
    assert (whole.low, whole.high) == (106.0, 111.0)  # the first round is not counted
    start = found[processes.START_UP]
    assert 106.0 - alone.high <= start.low <= start.high <= 111.0 - alone.low
    assert 0.0 < found[processes.START_UP_PROCESSOR].low < 50.0
    assert found[processes.IMPORT].median == -1.0
    assert processes.START_UP.verdict(1.9) == "met"
    assert processes.START_UP.verdict(2.1) == "**missed**"


def test_one_core_is_given_back() -> None:
    if not hasattr(os, "sched_getaffinity"):
        return
    before = os.sched_getaffinity(0)
    with on_one_core():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_a_case_may_have_its_own_replications() -> None:
    (row,) = race([Case("a", lambda: clockwork(0.1), "", 3)], rounds=2, at_least_seconds=9.0)
    assert (row.replications, len(row.runs)) == (3, 2)
    assert row.runs[0].patient_months == 300


def test_more_threads_than_cores_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "cores", lambda: 1)
    with pytest.raises(LeftOutError, match="1 core here"):
        ours("compiled", workers=2)


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
    command = [sys.executable, str(Path(__file__).with_name("race.py"))]
    options = ["--groups", "small", "--rounds", "2", "--seconds", "0", "--only", "SimPy"]
    options += ["--json", "race.json"]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "| SimPy | " in done.stdout
    rows = json.loads((tmp_path / "race.json").read_text("utf-8"))["rows"]
    assert [(row["name"], len(row["runs"])) for row in rows] == [
        ("SimPy", 3),  # neighbours disturb the small model: a round more
        ("ccmsim, SimPy engine", 3),
    ]
