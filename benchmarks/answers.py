"""How long an answer takes: erosion, shares and assess on `two_nurses`, two threads.

    python benchmarks/answers.py [--half-width 0.1] [--rounds 3]

Each in its default form, and erosion and assess with billable points known to within a half-width.
The compiled functions are warm. Times are medians of the rounds, with their range; replications are
all that an answer simulates, counted by its progress.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import ccmsim
from ccmsim.analyses.shares import causes_of

PRESET = "two_nurses"


class Counted:
    """Progress that remembers how many replications there were."""

    done = 0

    def __call__(self, done: int, whole: int) -> None:
        self.done = max(self.done, whole)


def answers(half_width: float) -> dict[str, Callable[[Counted], object]]:
    """Return what is asked, by name."""
    scenario = ccmsim.load(PRESET)
    return {
        "erosion": lambda count: ccmsim.erosion(scenario, workers=2, progress=count),
        f"erosion, within {half_width:g}": lambda count: ccmsim.erosion(
            scenario, half_width=half_width, workers=2, progress=count
        ),
        "shares of the drivers": lambda count: ccmsim.shares(scenario, workers=2, progress=count),
        "shares of 8 disruptions": lambda count: ccmsim.shares(
            scenario, causes_of(scenario), workers=2, progress=count
        ),
        "assess": lambda count: ccmsim.assess(scenario, workers=2, progress=count),
        f"assess, within {half_width:g}": lambda count: ccmsim.assess(
            scenario, half_width=half_width, workers=2, progress=count
        ),
    }


def main() -> None:
    """Print a line for each answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half-width", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ccmsim.simulate(ccmsim.load(PRESET), months=1, replications=2)
    print(f"{'answer':26} {'replications':>12} {'seconds':>8}  range")
    for name, ask in answers(arguments.half_width).items():
        seconds, count = [], Counted()
        for _ in range(arguments.rounds):
            begun = time.perf_counter()
            ask(count)
            seconds.append(time.perf_counter() - begun)
        middle = statistics.median(seconds)
        ends = f"{min(seconds):.1f} to {max(seconds):.1f}"
        print(f"{name:26} {count.done:12,} {middle:8.1f}  {ends}", flush=True)


if __name__ == "__main__":
    main()
