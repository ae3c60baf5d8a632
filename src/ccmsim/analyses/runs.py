"""The simulations of an experiment: one measure of many scenarios, with one progress.

Comes in: scenarios or sets of parameters, and the settings of `simulate`. Goes out: results, or the
measure, one value a replication. Where results are remembered, more replications of a scenario are
added to those that there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    checkpoint: str | Path | None = None
    remember: bool = False
    """Whether results are kept, by scenario and seed."""
    _known: dict[tuple[str, int], Results] = field(default_factory=dict)

    def results(
        self, scenario: Scenario, replications: int, seed: int, *, keep: Keep = "months"
    ) -> Results:
        """Return the results of one scenario: so many replications, or more that are remembered."""
        from ccmsim.montecarlo import continued, simulate

        before = self._known.get((scenario.fingerprint, seed)) if self.remember else None
        there = 0 if before is None else before.replications
        if before is not None and there >= replications:
            return before
        how: dict[str, Any] = {
            "executor": self.executor,
            "workers": self.workers,
            "progress": part_of(self.report, self.done - there, self.whole),
            "checkpoint": self.checkpoint,
        }
        if before is not None:
            results = continued(before, replications, **how)
        else:
            results = simulate(
                scenario,
                months=self.months,
                warmup_months=self.warmup_months,
                replications=replications,
                seed=seed,
                keep=keep,
                **how,
            )
        self.done += replications - there
        if self.remember and keep == "months":
            self._known[scenario.fingerprint, seed] = results
        return results

    def expect(self, scenarios: Iterable[Scenario], replications: int, seed: int) -> None:
        """Say what comes next, so many replications of each, where the progress ends as yet."""
        known = (self._known.get((one.fingerprint, seed)) for one in scenarios)
        there = (0 if one is None else one.replications for one in known)
        self.whole = self.done + sum(max(0, replications - each) for each in there)

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
