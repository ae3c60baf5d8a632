"""What variance reduction saves, on the presets: variance by replication, and by second.

    python benchmarks/variance.py

Each line: the share of the net's variance that goes with the time lost by cause, how many times
fewer replications the controlled mean needs, and how many times less time, its controls' included.
Both ways run in turn; times are medians of `ROUNDS`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import ccmsim
from ccmsim.analyses.control import control_variates

REPLICATIONS = 400
ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def line(preset: str, measure: str = "net_usd") -> str:
    """Return a preset's line."""
    scenario = ccmsim.load(preset)
    found = control_variates(scenario, measures=[measure], replications=REPLICATIONS)

    def plain() -> object:
        return ccmsim.simulate(scenario, replications=REPLICATIONS)

    def controlled() -> object:
        return control_variates(scenario, measures=[measure], replications=REPLICATIONS)

    pairs = [(seconds(plain), seconds(controlled)) for _ in range(ROUNDS)]
    cost = statistics.median(second / first for first, second in pairs)
    saved = found.saved(measure)
    explained = f"{100.0 * found.explained[measure]:.0f} %"
    return f"{preset:16} {explained:>10} {saved:>12.1f} {saved / cost:>10.1f}"


def main() -> None:
    """Print a line for each preset whose absence does not depend on its patients."""
    print(f"{'preset':16} {'explained':>10} {'replications':>12} {'time':>10}")
    for preset in ccmsim.presets():
        if ccmsim.load(preset).operations.load_absence is None and preset != "perfect":
            print(line(preset), flush=True)


if __name__ == "__main__":
    main()
