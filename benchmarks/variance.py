"""What variance reduction saves, on the presets: variance by replication, and by second.

    python benchmarks/variance.py

First spread replications: how many times more independent ones the mean net of a year needs, with
95 % intervals; a spread replication takes as long as any other. Then control variates. Each line of
theirs: the share of the net's variance that goes with the time lost by cause, how many times
fewer replications the controlled mean needs, both with 95 % intervals, and how many times less
time, its controls' included.
Both ways run in turn; times are medians of `ROUNDS`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import ccmsim
from ccmsim.analyses.control import control_variates
from ccmsim.analyses.quasi import WAYS, quasi_monte_carlo
from ccmsim.availability.designs import Kind

REPLICATIONS = 400
ROUNDS = 5
GROUPS = {"antithetic": 2_048, "latin": 128, "sobol": 128}


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
    saved, part = found.saved[measure], found.explained[measure].times(100.0)
    explained = f"{part.value:.0f} % ({part.low:.0f} to {part.high:.0f})"
    fewer = f"{saved.value:.1f} ({saved.low:.1f} to {saved.high:.1f})"
    return f"{preset:16} {explained:>18} {fewer:>18} {saved.value / cost:>6.1f}"


def spread(preset: str, design: Kind, measure: str = "net_usd") -> str:
    """Return what a design saves on a preset."""
    scenario = ccmsim.load(preset)
    found = quasi_monte_carlo(scenario, design=design, groups=GROUPS[design], measures=[measure])
    saved = found.saved[measure]
    return f"{saved.value:.1f} ({saved.low:.1f} to {saved.high:.1f})"


def main() -> None:
    """Print the lines of both; controls need absence that does not depend on the patients."""
    print(f"{'preset':16}" + "".join(f"{design:>20}" for design in WAYS))
    for preset in ccmsim.presets():
        if preset != "perfect":
            cells = "".join(f"{spread(preset, design):>20}" for design in WAYS)  # type: ignore[arg-type]
            print(f"{preset:16}{cells}", flush=True)
    print()
    print(f"{'preset':16} {'explained':>18} {'replications':>18} {'time':>6}")
    for preset in ccmsim.presets():
        if ccmsim.load(preset).operations.load_absence is None and preset != "perfect":
            print(line(preset), flush=True)


if __name__ == "__main__":
    main()
