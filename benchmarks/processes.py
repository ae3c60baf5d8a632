"""What only a fresh process shows: its memory, how long it takes to start, what an import costs.

Comes in: nothing but the interpreter that runs this. Goes out: figures with their ranges.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.harness import Spread, Target

import ccmsim

FEW, MANY = 100, 100_000
PATIENTS = 20
"""A panel so small that many replications take no minute: results by month are as large as ever."""

MEMORY = """
import sys
import ccmsim
from ccmsim.cli.bench import peak_memory_bytes
small = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": int(sys.argv[1])})
ccmsim.simulate(small, months=12, replications=10)
values = ccmsim.simulate(small, months=12, replications=int(sys.argv[2]), workers=1).values
print(peak_memory_bytes(), sum(array.nbytes for array in values.values()))
"""

MEMORY_GROWTH = Target(f"memory without results, {MANY:,} ÷ {FEW} replications", most=1.3)
START_UP = Target("ccmsim run two_nurses --replications 1000: all but simulating, s", most=2.0)
IMPORT = Target("import ccmsim, s, the interpreter aside")

RUN = ("-m", "ccmsim", "run", "two_nurses", "--workers", "1", "--replications")


def wall(words: Sequence[str]) -> float:
    """Return how long the interpreter takes with these words.

    Python keeps its bytecode, as it does for installed packages, whatever the environment says.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=kept)
    return time.perf_counter() - start


def memory(replications: int, patients: int = PATIENTS) -> tuple[int, int]:
    """Return a fresh process's peak memory less its results, and the results' size; bytes."""
    command = [sys.executable, "-c", MEMORY, str(patients), str(replications)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak, results = map(int, done.stdout.split())
    return peak - results, results


def memory_figures(many: int = MANY) -> list[tuple[Target, Spread]]:
    """Return how memory grows with replications."""
    found = []
    aside = {}
    for replications in (FEW, many):
        aside[replications], results = memory(replications)
        for what, size in (("results aside", aside[replications]), ("results", results)):
            target = Target(
                f"memory, {PATIENTS} patients, {replications:,} replications: {what}, MB"
            )
            found.append((target, Spread.of([size / 1e6])))
    return [(MEMORY_GROWTH, Spread.of([aside[many] / aside[FEW]])), *found]


def start_figures(rounds: int, replications: int = 1000) -> list[tuple[Target, Spread]]:
    """Return how long starting takes beside simulating, round by round."""
    scenario = ccmsim.load("two_nurses")
    walls: dict[str, list[float]] = {}
    for number in range(rounds + 1):  # the first fills caches and is not counted
        start = time.perf_counter()
        ccmsim.simulate(scenario, months=12, replications=replications, workers=1)
        once = {
            "simulating alone": time.perf_counter() - start,
            "whole": wall([*RUN, str(replications)]),
            "quick": wall([*RUN, str(replications), "--quick"]),
            "one": wall([*RUN, "1", "--quick"]),
            "import": wall(["-c", "import ccmsim"]),
            "nothing": wall(["-c", ""]),
        }
        for name, seconds in once.items() if number else ():
            walls.setdefault(name, []).append(seconds)

    def less(name: str, other: str) -> Spread:
        return Spread.of([a - b for a, b in zip(walls[name], walls[other], strict=True)])

    command = "ccmsim run two_nurses --replications 1000"
    return [
        (START_UP, less("whole", "simulating alone")),
        (Target(f"{command} --quick: all but simulating, s"), less("quick", "simulating alone")),
        (Target(f"{command}: the whole process, s"), Spread.of(walls["whole"])),
        (Target("those 1,000 replications alone, s"), Spread.of(walls["simulating alone"])),
        (
            Target("ccmsim run two_nurses --replications 1 --quick: the whole process, s"),
            Spread.of(walls["one"]),
        ),
        (IMPORT, less("import", "nothing")),
    ]
