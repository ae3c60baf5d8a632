"""The simulations of an experiment: many scenarios, with one progress.

Comes in: scenarios or sets of parameters, and the settings of `simulate`. Goes out: results,
totals, or a measure, one value a replication. More replications of a scenario are added to those
that there are, where results are remembered or totals are handed back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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

Totals = dict[str, Floats]
"""Numbers by name, one a replication."""

PART: Final = 5_000
"""Replications whose months are held at once, where totals are all that is kept."""


@dataclass
class Runs:
    """The settings of every simulation, and how many replications are done."""

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

    def totals(
        self,
        scenario: Scenario,
        replications: int,
        seed: int,
        totals_of: Callable[[Results], Totals],
        before: Totals | None = None,
    ) -> Totals:
        """Return totals of one scenario: of so many replications, those from before among them.

        The months of PART replications are held at once, so memory grows with the totals alone.
        """
        there = 0 if before is None else len(next(iter(before.values())))
        parts = [] if before is None else [before]
        if there < replications:
            parts.append(self.totals_at(scenario, range(there, replications), seed, totals_of))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def totals_at(
        self,
        scenario: Scenario,
        numbers: Sequence[int],
        seed: int,
        totals_of: Callable[[Results], Totals],
    ) -> Totals:
        """Return totals of some replications of one scenario, by their numbers, which rise."""
        parts = [
            totals_of(self.part(scenario, numbers[first : first + PART], seed))
            for first in range(0, len(numbers), PART)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def part(
        self, scenario: Scenario, numbers: Sequence[int], seed: int, *, keep: Keep = "months"
    ) -> Results:
        """Return the results of some replications of one scenario, by their numbers, which rise."""
        from ccmsim.montecarlo import simulated_part

        results = simulated_part(
            scenario,
            numbers,
            months=self.months,
            seed=seed,
            warmup_months=self.warmup_months,
            executor=self.executor,
            workers=self.workers,
            progress=part_of(self.report, self.done, self.whole),
            keep=keep,
        )
        self.done += len(numbers)
        return results

    def expect(self, scenarios: Iterable[Scenario], replications: int, seed: int) -> None:
        """Say what comes next, so many replications of each, where the progress ends as yet."""
        known = (self._known.get((one.fingerprint, seed)) for one in scenarios)
        there = (0 if one is None else one.replications for one in known)
        self.whole = self.done + sum(max(0, replications - each) for each in there)

    def values(self, measure: str, scenario: Scenario, replications: int, seed: int) -> Floats:
        """Return a measure, one value a replication."""
        return values_of(self.results(scenario, replications, seed), measure)

    def sets(
        self,
        measure: str,
        scenario: Scenario,
        parameters: tuple[Parameter, ...],
        seed: int,
        numbers: range,
        inner: int,
    ) -> tuple[Floats, Floats]:
        """Return the drawn values and a measure, a row a set; each set has its own luck."""
        draws, scenarios = sets_of(scenario, parameters, seed, numbers)
        rows = [
            self.values(measure, one, inner, seed_of_set(seed, number))
            for one, number in zip(scenarios, numbers, strict=True)
        ]
        return draws, np.array(rows)
