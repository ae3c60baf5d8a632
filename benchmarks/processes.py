"""What only a fresh process shows: its memory, how long it takes to start, what an import costs.

Comes in: nothing but the interpreter that runs this. Goes out: figures with their ranges.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

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
COMMAND = "ccmsim run two_nurses --replications 1000"
START_UP = Target(f"{COMMAND}: all but simulating, s", most=2.0)
START_UP_PROCESSOR = Target(f"{COMMAND}: all but simulating, s of the processor")
IMPORT = Target("import ccmsim, s, the interpreter aside")

RUN = ("-m", "ccmsim", "run", "two_nurses", "--workers", "1", "--replications")


class Spent(NamedTuple):
    """What something took, seconds; whoever else uses the machine hardly changes the second."""

    wall: float
    processor: float


def spent(words: Sequence[str]) -> Spent:
    """Return what the interpreter takes with these words.

    Python keeps its bytecode, as it does for installed packages, whatever the environment says.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=kept)
    wall, after = time.perf_counter() - start, os.times()
    user = after.children_user - before.children_user
    return Spent(wall, user + after.children_system - before.children_system)


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
    took: dict[str, list[Spent]] = {}
    for number in range(rounds + 1):  # the first fills caches and is not counted
        start, processor = time.perf_counter(), time.process_time()
        ccmsim.simulate(scenario, months=12, replications=replications, workers=1)
        alone = Spent(time.perf_counter() - start, time.process_time() - processor)
        once = {
            "simulating alone": alone,
            "whole": spent([*RUN, str(replications)]),
            "quick": spent([*RUN, str(replications), "--quick"]),
            "one": spent([*RUN, "1", "--quick"]),
            "import": spent(["-c", "import ccmsim"]),
            "nothing": spent(["-c", ""]),
        }
        for name, of_one in once.items() if number else ():
            took.setdefault(name, []).append(of_one)

    def wall(name: str) -> Spread:
        return Spread.of([one.wall for one in took[name]])

    def less(name: str, other: str, kind: str = "wall") -> Spread:
        pairs = zip(took[name], took[other], strict=True)
        return Spread.of([getattr(a, kind) - getattr(b, kind) for a, b in pairs])

    return [
        (START_UP, less("whole", "simulating alone")),
        (START_UP_PROCESSOR, less("whole", "simulating alone", "processor")),
        (Target(f"{COMMAND} --quick: all but simulating, s"), less("quick", "simulating alone")),
        (Target(f"{COMMAND}: the whole process, s"), wall("whole")),
        (Target("those 1,000 replications alone, s"), wall("simulating alone")),
        (
            Target("ccmsim run two_nurses --replications 1 --quick: the whole process, s"),
            wall("one"),
        ),
        (IMPORT, less("import", "nothing")),
    ]
