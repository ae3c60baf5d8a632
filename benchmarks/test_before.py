"""The tree against an earlier one: what is unpacked, what a process answers, what is reported."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from benchmarks.before import AGAIN, NOW, ROOT, main, put_tree, report, same_facts, tree
from benchmarks.harness import Row, Run

import ccmsim


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits: src/x.py says 1, then 2."""
    place = tmp_path / "repository"
    (place / "src").mkdir(parents=True)
    git = ["git", "-C", str(place), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    for text in ("1", "2"):
        (place / "src" / "x.py").write_text(text, "utf-8")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", text], check=True)
    return place


def test_a_revision_is_unpacked_once_and_the_repository_is_left_alone(
    repository: Path, tmp_path: Path
) -> None:
    place = put_tree("HEAD~1", tmp_path / "trees", repository=repository)
    assert (place / "x.py").read_text("utf-8") == "1"
    (place / "kept").touch()
    assert put_tree("HEAD~1", tmp_path / "trees", repository=repository) == place
    assert (place / "kept").exists()
    assert put_tree("HEAD", tmp_path / "trees", repository=repository) != place
    status = ["git", "-C", str(repository), "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""


def test_an_unknown_revision_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"git rev-parse --verify nowhere\^\{commit\}: fatal"):
        put_tree("nowhere", tmp_path, repository=repository)


def test_a_process_answers_with_the_counts_of_its_tree() -> None:
    values = ccmsim.simulate(ccmsim.load("perfect"), months=12, replications=2, seed=3).values
    with tree(ROOT / "src", "perfect") as runner:
        first, second = runner(2, 3), runner(1, 3)
    assert first.patient_months == 2 * second.patient_months == 2 * 75 * 12
    assert first.events == values["events"].sum()
    assert first.attempts == values["attempts"].sum()
    assert first.billable == values["billable_patients"].sum()
    assert first.seconds > 0.0


def test_a_process_that_fails_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="for nobody"), tree(ROOT / "src", "nobody") as runner:
        runner(1, 0)
    assert "nobody" in capfd.readouterr().err


def test_an_unknown_revision_ends_the_command() -> None:
    with pytest.raises(SystemExit, match="nowhere"):
        main(["nowhere"])


def rows(before: float, events: int = 7) -> list[Row]:
    """Return two rounds of each tree: 100 patient-months in so many seconds before, in 1 now."""

    def row(name: str, seconds: float, count: int) -> Row:
        runs = [Run(100, 400, 50, seconds * way, count) for way in (1.0, 2.0)]
        return Row(name, "", 1, tuple(runs))

    return [row("then", before, events), row(NOW, 1.0, 7), row(AGAIN, 1.25, 7)]


def test_the_report_has_the_cost_of_now_over_before() -> None:
    text = report(rows(before=0.8), "then", 1.03)
    assert "round by round: the same." in text
    assert "cost now ÷ then: 1.250 (1.250–1.250), wanted at most 1.03: **missed**" in text
    assert "cost now ÷ then: 1.000 (1.000–1.000), wanted at most 1.03: met" in report(
        rows(before=1.0), "then", 1.03
    )
    assert "wanted reported\n" in report(rows(before=1.0), "then", None)


def test_the_noise_is_what_the_second_costs_of_the_first() -> None:
    assert f"{AGAIN} ÷ {NOW}: 1.250 (1.250–1.250)" in report(rows(before=1.0), "then", None)


def test_other_facts_are_told() -> None:
    assert same_facts(rows(before=1.0))
    assert not same_facts(rows(before=1.0, events=8))
    assert "the rows differ in more than speed" in report(rows(1.0, events=8), "then", None)
