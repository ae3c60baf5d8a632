"""`ccmsim bench`: what it adds up is what `simulate` returns; what it prints and refuses."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import ccmsim
from ccmsim.cli import app, bench
from ccmsim.cli.shell import WIDTH
from ccmsim.estimation import ratio_of_means

PRACTICES = 23
"""More than two batches, the last one not full."""


@pytest.fixture(autouse=True)
def short_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few replications of the presets of the short check."""
    monkeypatch.setattr(bench, "CHECKED", {"solo_nurse": 4, "two_nurses": 3})


def run(*words: object) -> Any:
    """Return what `ccmsim bench` leaves."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command("bench", help=bench.HELP)(bench.bench)
    app.command("other")(lambda: None)  # with one command alone, its name would be an argument
    result = CliRunner().invoke(app, ["bench", *map(str, words)], prog_name="ccmsim")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("workers", [1, 2])
def test_the_national_year_adds_up_what_simulate_returns(workers: int) -> None:
    words = ("--national", "--practices", PRACTICES, "--seed", 3, "--workers", workers, "--json")
    found = json.loads(run(*words).stdout)
    values = ccmsim.simulate(
        ccmsim.load("two_nurses"), months=12, replications=PRACTICES, seed=3
    ).values
    billable, enrolled = (
        values[name].sum(axis=1) for name in ("billable_patients", "enrolled_patients")
    )
    assert found["practices"] == PRACTICES
    assert found["patients"] == 200 * PRACTICES
    assert found["threads"] == workers
    assert found["patient_months"] == enrolled.sum()
    assert found["events"] == values["events"].sum()
    assert math.isclose(found["billed_usd"], values["billed_usd"].sum(), rel_tol=1e-12)
    share = ratio_of_means(billable, enrolled)
    assert found["billable_share"]["value"] == share.value
    assert found["billable_share"]["low"] == share.low
    assert found["events_per_second"] == found["events"] / found["seconds"]
    assert (found["command"], found["scenario"], found["seed"]) == ("bench", "two_nurses", 3)


def test_the_screen_of_a_national_year() -> None:
    result = run("--national", "--practices", PRACTICES, "--workers", 1)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "23 practices of two_nurses, a year: 4,600 enrolled patients"
    text = result.stdout
    for wanted in (
        "Patient-months", "55,200", "Events", "a second", "on 1 thread.", "Memory, at most",
        "Billed, share of enrolled patient-months", "Billed, all practices together",
    ):  # fmt: skip
        assert wanted in text
    assert re.search(r"patient-months +\d\d\.\d+ (% \(.* to .*\)|± .* %)", text)
    assert max(map(len, lines)) <= WIDTH


def test_one_practice_has_no_interval() -> None:
    text = run("--national", "--practices", 1).stdout
    assert text.startswith("1 practice of two_nurses, a year: 200 enrolled patients\n")
    assert "(no interval)" in text


def test_a_nation_has_four_and_a_half_million_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(scenario: Any, practices: int, *settings: int) -> Iterator[Any]:
        asked.append(practices * scenario.panel.enrolled_at_start)
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "timed", counted)
    result = run("--national")
    assert asked == [4_500_000]
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")


def test_the_short_check() -> None:
    result = run("--workers", 2)
    rows = [line.split()[:2] for line in result.stdout.splitlines()[2:6]]
    assert rows == [
        ["solo_nurse", "1"],
        ["solo_nurse", "2"],
        ["two_nurses", "1"],
        ["two_nurses", "2"],
    ]
    assert "A nation's year, 4.5 million patients, would take about " in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= WIDTH


def test_the_short_check_on_one_thread() -> None:
    found = json.loads(run("--workers", 1, "--json").stdout)
    speeds = [(one["scenario"], one["threads"], one["practices"]) for one in found["speeds"]]
    assert speeds == [("solo_nurse", 1, 4), ("two_nurses", 1, 3)]
    assert all(one["patient_months_per_second"] > 0.0 for one in found["speeds"])


def test_an_interrupt_does_not_wait_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    tally = bench._tally

    def counted(job: Any, batch: range) -> bench.Tally:
        begun.append(batch)
        return tally(job, batch)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "_tally", counted)
    from ccmsim.batches import Job

    job = Job(ccmsim.load("perfect"), 12, 0, 0, "months", "compiled")
    with pytest.raises(KeyboardInterrupt):
        bench._added_up(job, 100_000, 1, interrupt)
    assert len(begun) < 5_000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--practices", 5), "--practices: belongs to --national (got 5)"),
        (("--national", "--practices", 0), "--practices: must be at least 1 (got 0)"),
        (("--national", "--practices", 10**7), "--practices: must be at most 1000000"),
        (("--workers", "many"), "--workers: is not a number of threads (got 'many')"),
        (("--seed", -1), "--seed: must be at least 0 (got -1)"),
    ],
)
def test_what_is_refused(words: tuple[object, ...], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_the_peak_holds_what_was_once_held() -> None:
    before = bench.peak_memory_bytes()
    block = np.ones(40_000_000)
    size = block.nbytes
    del block
    after = bench.peak_memory_bytes()
    assert before is not None
    assert after is not None
    assert after >= size
    assert after >= before


def test_memory_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, encoding: str) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refused)
    peak = bench.peak_memory_bytes()
    assert peak is not None
    assert 10**7 < peak < 10**12
    monkeypatch.setitem(sys.modules, "resource", None)
    assert bench.peak_memory_bytes() is None
    text = "\n".join(str(part) for part in bench._national(_speed()) if isinstance(part, str))
    assert "Simulated in 2.00 s on 1 thread." in text


def _speed() -> bench.Speed:
    share = ratio_of_means([1, 2, 3], [4, 5, 6])
    return bench.Speed("two_nurses", 3, 600, 1, 2.0, 7_200, 80_000, 1e6, share, None)


def test_it_is_a_command_of_ccmsim() -> None:
    shown = CliRunner().invoke(app, ["bench", "--help"])
    assert shown.exit_code == 0
    assert "--national" in shown.output
