"""The simulations of an experiment: one measure of many scenarios, with one progress.

Comes in: scenarios or sets of parameters, and the settings of `simulate`. Goes out: the measure,
one value a replication.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ccmsim.analyses.factors import part_of, values_of
from ccmsim.analyses.parameters import Parameter, seed_of_set, sets_of
from ccmsim.arrays import Floats
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.batches import Keep
    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results


@dataclass
class Runs:
    """The settings of every simulation, and how many replications are done."""

    measure: str
    months: int
    warmup_months: int
    executor: Executor | None
    workers: int | None
    report: Progress
    whole: int
    done: int = 0

    def results(
        self, scenario: Scenario, replications: int, seed: int, *, keep: Keep = "months"
    ) -> Results:
        """Return the results of one scenario."""
        from ccmsim.montecarlo import simulate

        results = simulate(
            scenario,
            months=self.months,
            replications=replications,
            seed=seed,
            warmup_months=self.warmup_months,
            keep=keep,
            executor=self.executor,
            workers=self.workers,
            progress=part_of(self.report, self.done, self.whole),
        )
        self.done += replications
        return results

    def values(self, scenario: Scenario, replications: int, seed: int) -> Floats:
        """Return the measure, one value a replication."""
        return values_of(self.results(scenario, replications, seed), self.measure)

    def sets(
        self,
        scenario: Scenario,
        parameters: tuple[Parameter, ...],
        seed: int,
        numbers: range,
        inner: int,
    ) -> tuple[Floats, Floats]:
        """Return the drawn values and the measure, a row a set; each set has its own luck."""
        draws, scenarios = sets_of(scenario, parameters, seed, numbers)
        rows = [
            self.values(one, inner, seed_of_set(seed, number))
            for one, number in zip(scenarios, numbers, strict=True)
        ]
        return draws, np.array(rows)
