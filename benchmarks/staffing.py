"""What a choice of staff takes: sixty teams of two_nurses, and how often the best is selected.

    python benchmarks/staffing.py

First the frontier over sixty options at a probability of correct selection of 0.95: replications of
all options together, which no noise touches, and seconds of the clock and of the processor on the
cores that there are, without and with limits of risk. Then five systems with known means, the best
ahead by `worth`, a third of a standard deviation: the share of right selections in the least
favourable of its five positions, and the replications that it takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

import ccmsim
from ccmsim.analyses.choice import Staffing
from ccmsim.estimation.selection import select_best
from ccmsim.montecarlo import cores
from ccmsim.scenario import Scenario

TRIALS = 600
WORTH_OF_SPREAD = 1.0 / 3.0
LIMITS = (ccmsim.RiskLimit("net_usd", 0.0, 0.05), ccmsim.RiskLimit("billable_share", 0.5, 0.2))


def sixty(practice: Scenario) -> dict[str, Scenario]:
    """Return sixty teams: 1 to 5 coordinators, four amounts of hours, three assignments."""
    found: dict[str, Scenario] = ccmsim.teams(
        practice,
        coordinators=[1, 2, 3, 4, 5],
        hours=[8, 12, 16, 20],
        assignments=["owned", "owned_with_backup", "pooled"],
    )
    return found


def frontier(risk: Iterable[ccmsim.RiskLimit]) -> tuple[Staffing, float, float]:
    """Return the choice among the sixty, and the seconds of the clock and of the processor."""
    begun, used = time.perf_counter(), time.process_time()
    practice = ccmsim.load("two_nurses")
    found = ccmsim.staffing(practice, sixty(practice), risk=risk)
    return found, time.perf_counter() - begun, time.process_time() - used


def line(name: str, risk: Iterable[ccmsim.RiskLimit]) -> str:
    """Return how a choice among the sixty went."""
    found, seconds, used = frontier(risk)
    count = sum(option.replications for option in found.options)
    end = found.best if found.decided else f"not decided: {', '.join(found.left)}"
    return f"{name:14} {count:>12,} {seconds:>8.1f} {used:>11.1f}  {end}"


def right(correlation: float) -> tuple[float, float]:
    """Return the least share of right selections by position, and the mean replications."""
    shares, counts = [], []
    for place in range(5):
        rng = np.random.default_rng(place)
        means = np.where(np.arange(5) == place, 1.0, 0.0)[:, None]
        hits = 0
        for _ in range(TRIALS):
            luck, own = rng.normal(size=3_000), rng.normal(size=(5, 3_000))
            mixed = np.sqrt(correlation) * luck + np.sqrt(1.0 - correlation) * own
            values = means + mixed / WORTH_OF_SPREAD
            found = select_best(lambda i, n, of=values: of[i, :n], 5, worth=1.0)  # type: ignore[misc]
            hits += found.decided and found.best == place
            counts.append(sum(found.replications))
        shares.append(hits / TRIALS)
    return min(shares), float(np.mean(counts))


def main() -> None:
    """Print all of it."""
    ccmsim.simulate(ccmsim.load("two_nurses"), replications=2)
    print(f"sixty teams    replications  seconds  of the CPU  choice ({cores()} cores)")
    print(line("no limits", ()))
    print(line("two limits", LIMITS))
    print("\ncorrelation  right  replications, all five")
    for correlation in (0.0, 0.8):
        share, count = right(correlation)
        print(f"{correlation:11g}  {share:.3f}  {count:,.0f}")


if __name__ == "__main__":
    main()
