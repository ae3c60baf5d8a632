"""Everything of docs/performance.md that is measured, in one command.

Comes in: the groups of cases of `benchmarks.cases` and the figures of `benchmarks.processes`. Goes
out: tables in markdown and, if wanted, every run as JSON, the page and a line of history. Whether
the models agree is asserted by tests; counts are printed beside the seconds.

    python benchmarks/race.py --record         # make bench: all of it, a quarter of an hour
    python benchmarks/race.py --groups small --only SimPy compiled --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script's own folder is no package

from benchmarks import cases, processes
from benchmarks.harness import (
    Case,
    Row,
    Spread,
    Target,
    on_one_core,
    quotient,
    race,
    speed_table,
    table,
    target_table,
)

ROUNDS = 5
AT_LEAST_SECONDS = 0.5
"""Every run takes about as long or longer; a case gets its own number of replications for it."""

PACKAGES = ("ccmsim", "numpy", "numba", "simpy", "salabim", "ciw", "cimba")
"""Whose versions are kept with the runs."""

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
HISTORY = HERE / "history.jsonl"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

Figures = list[tuple[Target, Spread]]


class Group(NamedTuple):
    """Cases that alternate with each other."""

    title: str
    cases: Sequence[Case]
    rounds: int
    all_cores: bool = False


def _more(rounds: int) -> int:
    """Return the rounds of what neighbours disturb most."""
    return 2 * rounds - 1


def groups(rounds: int) -> dict[str, Group]:
    """Return all groups of cases, with so many rounds, or more where neighbours disturb more.

    Most of all they disturb what does not fit in a core's own cache.
    """
    more = _more(rounds)
    return {
        "small": Group("The small model and its peers", cases.SMALL, more),
        "presets": Group("Presets", cases.preset_cases(), rounds),
        "growth": Group("Growth with the panel", cases.growth_cases(), 3 * rounds),
        "threads": Group("Threads", cases.thread_cases(), more, all_cores=True),
    }


# ---------------------------------------------------------------- figures


def figures(rows: Sequence[Row]) -> Figures:
    """Return every figure that follows from the rows, beside what is wanted of it."""
    found = []
    for target, above, below in cases.RATIOS:
        spread = quotient(rows, above, below)
        if spread is not None:
            found.append((target, spread))
    for row in rows:
        if row.name == cases.COMPILED:
            speeds = Spread.of([speed / 1e6 for speed in row.speeds])
            found.append((cases.SMALL_SPEED, speeds))
    return found


# ---------------------------------------------------------------- what is written


def machine() -> dict[str, Any]:
    """Return what the runs ran on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def versions() -> dict[str, str | None]:
    """Return the versions of all packages that took part."""
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def as_json(rows: Iterable[Row], found: Figures) -> str:
    """Return every run, with what it ran on."""
    facts = {
        "machine": machine(),
        "versions": versions(),
        "figures": {target.name: spread for target, spread in found},
        "rows": [{**asdict(row), "runs": [run._asdict() for run in row.runs]} for row in rows],
    }
    return json.dumps(facts, indent=1, ensure_ascii=False)


def history_line(found: Figures, speeds: Iterable[Row]) -> str:
    """Return the line that is added to the history: medians, and which targets were missed."""
    facts = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "figures": {target.name: _short(spread.median) for target, spread in found},
        "patient_months_a_second": {
            row.name: _short(Spread.of(row.speeds).median) for row in speeds
        },
        "missed": [
            target.name for target, spread in found if "missed" in target.verdict(spread.median)
        ],
    }
    return json.dumps(facts, ensure_ascii=False)


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def page(
    rows: Mapping[str, Sequence[Row]],
    found: Figures,
    titles: Mapping[str, str],
    left_out: Sequence[str] = (),
) -> str:
    """Return the measured part of docs/performance.md; `left_out` are sentences on its end."""
    here = machine()
    what = f"ccmsim {versions()['ccmsim']} on {date.today()}"
    where = f"{here['processor']}, {here['cores']} cores, {here['system']}"
    parts = [f"Measured with {what}: {where}, Python {here['python']}."]
    if found:
        parts += ["### Beside what is wanted", target_table(found)]
    for name, of_group in rows.items():
        shown = table(of_group, baseline=cases.SIMPY) if name == "small" else None
        parts += [f"### {titles[name]}"]
        parts += [text for text in (shown, speed_table(_counted(of_group))) if text]
    parts += [f"Not measured here: {'; '.join(left_out)}."] if left_out else []
    return "\n\n".join(parts)


def _counted(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.runs[0].events > 0]


def put_on_page(text: str, path: Path = PAGE) -> None:
    """Put the measured part between the marks of the page."""
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


# ---------------------------------------------------------------- the command


def main() -> None:
    """Measure, print, and write what is asked for."""
    given = _arguments()
    clock = Clock()
    planned = groups(given.rounds)
    rows: dict[str, list[Row]] = {}
    left_out: list[str] = []

    def leave_out(text: str) -> None:
        clock.note(text)
        left_out.append(text)

    for name, group in planned.items():
        if name in given.groups:
            chosen = [case for case in group.cases if any(part in case.name for part in given.only)]
            clock.note(f"{group.title}: {len(chosen)} cases, {group.rounds} rounds ...")
            with nullcontext() if group.all_cores else on_one_core():
                rows[name] = race(
                    chosen, rounds=group.rounds, at_least_seconds=given.seconds, note=leave_out
                )
    everything = [row for of_group in rows.values() for row in of_group]
    found = figures(everything)
    if "start" in given.groups:
        clock.note("Starting fresh processes ...")
        found += processes.start_figures(_more(given.rounds))
    if "memory" in given.groups:
        clock.note("Memory of fresh processes ...")
        found += processes.memory_figures()
    titles = {name: group.title for name, group in planned.items()}
    text = page(rows, found, titles, left_out)
    print(text)
    if given.json is not None:
        given.json.write_text(as_json(everything, found) + "\n", "utf-8")
    if given.record:
        put_on_page(text)
        with HISTORY.open("a", encoding="utf-8") as history:
            history.write(history_line(found, everything) + "\n")
    clock.note("done")


class Clock:
    """Says on the standard error stream what goes on, and since when."""

    def __init__(self) -> None:
        self.start = time.perf_counter()

    def note(self, text: str) -> None:
        print(f"{time.perf_counter() - self.start:4.0f} s  {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    everything = [*groups(1), "start", "memory"]
    parser = argparse.ArgumentParser(description="Time ccmsim, its peers and hand-written C++.")
    parser.add_argument("--groups", nargs="*", default=everything, choices=everything)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="at least; noisy groups have more"
    )
    parser.add_argument("--seconds", type=float, default=AT_LEAST_SECONDS, help="least of a run")
    parser.add_argument(
        "--only", nargs="*", default=[""], help="cases whose names hold one of these"
    )
    parser.add_argument("--json", type=Path, help="where every run is written")
    parser.add_argument(
        "--record", action="store_true", help="write docs/performance.md and a line of history"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
