"""The tree against an earlier one: what a preset costs now, divided by what it cost then.

Comes in: a git revision. Goes out: the ratio of processor times, round by round, and that of the
tree to itself, which says what such a ratio can resolve here. Each tree runs its own preset of the
name with its own kernels, in a process of its own, on one thread; the processes take turns.

    python benchmarks/before.py 9be2a02                         # the last one before add-on units
    python benchmarks/before.py 9be2a02 --preset solo_nurse --rounds 31 --most 1.03
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script's own folder is no package

from benchmarks.harness import (
    Case,
    Row,
    Run,
    Runner,
    Spread,
    Target,
    on_one_core,
    quotient,
    race,
    table,
)

ROOT = Path(__file__).resolve().parents[1]
NOW, AGAIN = "this tree", "this tree, once more"

CHILD = """
import sys, time
import ccmsim
scenario = ccmsim.load(sys.argv[1])
names = "enrolled_patients", "attempts", "billable_patients"
for line in sys.stdin:
    replications, seed = map(int, line.split())
    start = time.process_time()
    values = ccmsim.simulate(
        scenario, months=12, replications=replications, seed=seed, workers=1
    ).values
    seconds = time.process_time() - start
    print(*(int(values[name].sum()) for name in names), seconds, int(values["events"].sum()))
    sys.stdout.flush()
"""
"""Reads replications and a seed, one pair a line; prints what `Run` holds."""


def put_tree(revision: str, folder: Path, *, repository: Path = ROOT) -> Path:
    """Put the sources of a revision into a folder, if they are not there; return the import path.

    Raises
    ------
    SystemExit
        When git knows no such revision, or it has no `src`.
    """
    place = folder / _commit(revision, repository)
    if not place.is_dir():
        packed = _git(repository, "archive", "--format=tar", place.name, "src")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(place, filter="data")
    return place / "src"


def _commit(revision: str, repository: Path) -> str:
    return _git(repository, "rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()


def _git(repository: Path, *words: str) -> bytes:
    done = subprocess.run(["git", "-C", str(repository), *words], capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(words)}: {done.stderr.decode().strip()}")
    return done.stdout


@contextmanager
def tree(sources: Path, preset: str) -> Iterator[Runner]:
    """Give a runner of a tree's preset, in a process of its own; seconds are processor time.

    Raises
    ------
    SystemExit
        When the tree's process ends; what it said is on its error output.
    """
    environment = os.environ | {"PYTHONPATH": str(sources)}
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, preset],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked, told = process.stdin, process.stdout

    def run(replications: int, seed: int) -> Run:
        try:
            asked.write(f"{replications} {seed}\n")
            asked.flush()
        except BrokenPipeError:
            raise SystemExit(f"{sources}: the process has ended") from None
        words = told.readline().split()
        if not words:
            raise SystemExit(f"{sources}: no answer for {preset}")
        patient_months, attempts, billable, seconds, events = words
        return Run(int(patient_months), int(attempts), int(billable), float(seconds), int(events))

    try:
        yield run
    finally:
        process.communicate()


def same_facts(rows: Sequence[Row]) -> bool:
    """Return whether all rows counted the same in every round."""
    return len({tuple(run._replace(seconds=0.0) for run in row.runs) for row in rows}) == 1


def report(rows: Sequence[Row], before: str, most: float | None) -> str:
    """Return the table, whether the facts are equal, and what now costs of before, by round.

    A row's speed is patient-months a second, so the cost of now ÷ before is the speed of before ÷
    now.
    """
    target = Target(f"cost now ÷ {before}", most=most)
    cost, noise = quotient(rows, before, NOW), quotient(rows, NOW, AGAIN)
    assert cost is not None
    assert noise is not None
    facts = "the same" if same_facts(rows) else "not the same: the rows differ in more than speed"
    verdict = target.verdict(cost.median)
    return "\n".join([
        table(rows, baseline=NOW),
        "",
        f"Events, attempts and billed patient-months, round by round: {facts}.",
        f"{target.name}: {_fine(cost)}, wanted {target.wanted()}{verdict and f': {verdict}'}",
        f"{AGAIN} ÷ {NOW}: {_fine(noise)}: what a ratio of 1 looks like here",
    ])  # fmt: skip


def _fine(spread: Spread) -> str:
    return f"{spread.median:.3f} ({spread.low:.3f}–{spread.high:.3f})"


def main(words: Sequence[str] | None = None) -> None:
    """Race the trees and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("revision", help="a commit, tag or branch of this repository")
    parser.add_argument("--preset", default="two_nurses", help="which both trees have")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--replications", type=int, default=300, help="of every round")
    parser.add_argument("--most", type=float, help="the ratio that is wanted, such as 1.03")
    parser.add_argument("--folder", type=Path, help="keeps the earlier tree and its kernels")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as passing:
        sources = put_tree(given.revision, given.folder or Path(passing))
        trees = {given.revision: sources, NOW: ROOT / "src", AGAIN: ROOT / "src"}
        rows = _rows(trees, given.preset, given.rounds, given.replications)
    print(report(rows, given.revision, given.most))


def _rows(trees: dict[str, Path], preset: str, rounds: int, replications: int) -> list[Row]:
    """Return a row for each tree."""
    with on_one_core(), ExitStack() as stack:
        runners = {
            name: stack.enter_context(tree(sources, preset)) for name, sources in trees.items()
        }
        cases = [
            Case(name, partial(_given, runner), f"its own {preset}, the whole call", replications)
            for name, runner in runners.items()
        ]
        return race(cases, rounds=rounds, at_least_seconds=0.0)


def _given(runner: Runner) -> Runner:
    return runner


if __name__ == "__main__":
    main()
