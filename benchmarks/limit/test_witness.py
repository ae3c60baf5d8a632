"""The C++ witnesses and ccmsim count the same, and what stops a witness says why.

Skipped only where there is no C++ compiler.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.limit import witness

import ccmsim
from ccmsim.scenario.model import Scenario

needs_compiler = pytest.mark.skipif(
    witness.compiler() is None, reason="no C++ compiler: set CXX, or install g++ or clang++"
)

RARE = {
    "disruptions.outage.per_year": 25.0,
    "disruptions.closure.per_year": 5.0,
    "disruptions.outbreak.per_year": 3.0,
    "disruptions.turnover.per_year": 3.0,
    "disruptions.turnover.vacancy_days": 6,
    "disruptions.floor_cover.per_shift_share": 0.4,
    "contact.request_patience_days": 2.0,
    "contact.max_attempts": 2,
    "contact.retry_gap_days": 1,
    "panel.death_per_month_share": 0.05,
}
"""Numbers that make frequent in a year what the preset has once in many."""


def two_nurses(assignment: str) -> Scenario:
    return ccmsim.load("two_nurses").but({"operations.assignment": assignment})


@needs_compiler
@pytest.mark.parametrize("assignment", ["owned_with_backup", "owned"])
def test_two_nurses_counts_as_ccmsim(assignment: str) -> None:
    scenario = two_nurses(assignment)
    counts = witness.run_two_nurses(scenario, replications=3, seed=1)
    assert witness.differences(counts, scenario, seed=1) == []


@needs_compiler
@pytest.mark.parametrize("assignment", ["owned_with_backup", "owned"])
def test_what_is_rare_counts_as_in_ccmsim(assignment: str) -> None:
    scenario = two_nurses(assignment).but(RARE)
    counts = witness.run_two_nurses(scenario, replications=3, seed=7)
    assert witness.differences(counts, scenario, seed=7) == []


@needs_compiler
@pytest.mark.parametrize("name", ["small_heap", "small_lazy"])
def test_the_small_model_counts_as_ccmsim(name: str) -> None:
    scenario = witness.small_model()
    counts = witness.run_small(name, scenario, replications=3, seed=1)
    assert witness.differences(counts, scenario, seed=1) == []
    assert counts.patient_months == 3 * 12 * 200


@needs_compiler
def test_the_two_small_programs_agree_on_many_seats_and_replications() -> None:
    scenario = witness.small_model().but(
        {"panel.enrolled_at_start": 1000, "staff.nurses.coordinators": 7}
    )
    counts = [
        witness.run_small(name, scenario, replications=50, seed=3)
        for name in ("small_heap", "small_lazy")
    ]
    assert str(counts[0]) == str(counts[1])
    assert (counts[0].events == counts[1].events).all()


@needs_compiler
def test_a_replication_depends_on_its_number_alone() -> None:
    together = witness.run_two_nurses(replications=4, seed=5)
    alone = witness.run_two_nurses(replications=1, first=3, seed=5)
    assert (together.events[3:] == alone.events).all()


@needs_compiler
def test_a_target_one_tick_higher_is_a_difference() -> None:
    scenario = two_nurses("owned")
    more = scenario.but({"contact.target_minutes": 22.0 + 1.0 / 1024.0})
    counts = witness.run_two_nurses(more, replications=3, seed=1)
    found = witness.differences(counts, scenario, seed=1)
    assert any(difference.startswith("attempts (replication ") for difference in found)


def test_another_choice_than_the_programs_is_refused() -> None:
    pooled = two_nurses("pooled")
    with pytest.raises(ValueError, match=r"has operations\.assignment = .*, not 'pooled'"):
        witness.run_two_nurses(pooled)
    charted = witness.small_model().but({"contact.followup": "chart"})
    with pytest.raises(ValueError, match=r"has contact\.followup = 'call', not 'chart'"):
        witness.run_small("small_lazy", charted)
    frail = witness.small_model().but({"disruptions.sick.frailty_shape": 1.0})
    with pytest.raises(ValueError, match="without season and frailty"):
        witness.run_small("small_heap", frail)


def test_without_a_compiler_there_is_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(witness, "BUILD", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr("sys.argv", ["witness.py"])
    assert witness.main() == 0
    assert "No C++ compiler" in capsys.readouterr().out
    with pytest.raises(witness.BuildError, match="no C\\+\\+ compiler: set CXX"):
        witness.build("small_lazy")


@needs_compiler
def test_a_compiler_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(witness, "BUILD", tmp_path / "build")
    monkeypatch.setattr(witness, "FLAGS", ("-std=nothing",))
    with pytest.raises(witness.BuildError, match="nothing"):
        witness.build("small_lazy")
