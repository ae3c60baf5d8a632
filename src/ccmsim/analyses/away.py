"""Time lost by cause as controls: what a difference owes to who happened to be away.

Comes in: values of the first replications, and the minutes lost in many more, which are simulated
without patients. Goes out: their estimate, and the replications that it still needs. Never
simulates the practice itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ccmsim.analyses.control import lost_by_cause, without_patients
from ccmsim.analyses.narrowing import MOST, SPARE, Look, look, standing
from ccmsim.analyses.runs import Runs, Totals
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, sum_of_means
from ccmsim.estimation.controls import control_parts
from ccmsim.estimation.estimate import arm
from ccmsim.estimation.rare import FEWEST, Seen, Wanted, allowing, known, seen_in
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.results import Results

TIMES: Final = 4
"""So many replications without patients, at least, for each whole one."""

_LOST: Final = "lost"


@dataclass(frozen=True, slots=True)
class Away:
    """Minutes lost by cause, shape (N, causes), the first of them those of whole replications.

    None where absence depends on the patients: then nothing is known without simulating them.
    """

    minutes: Floats | None

    def parts(self, values: Floats) -> list[Floats]:
        """Return values as parts the sum of whose means is theirs, better known.

        Parts of a sum are the sums of the parts, so what adds up still does. Causes that struck in
        fewer than FEWEST of the replications are no control: too little tells what they do. They
        are the same for all values of as many replications.
        """
        if self.minutes is None:
            return [values]
        same = self.minutes[: values.size]
        often = np.count_nonzero(same, axis=0) >= FEWEST
        if not often.any() or len(self.minutes) <= values.size:
            return [values]
        left, went, _ = control_parts(values, same[:, often], self.minutes[:, often])
        return [left, went]

    def known(self, values: Floats, wanted: Wanted) -> Estimate:
        """Estimate the mean at the level of a look, as `rare.known` does of plain values."""
        parts = self.parts(values)
        if len(parts) == 1:
            return known(values, wanted)
        return _told(parts, seen_in(values), wanted)

    def look(self, values: Floats, wanted: Wanted) -> tuple[Look, int]:
        """Say how a mean stands, and how many replications without patients it takes.

        Half of what is allowed is left to chance in these; the whole replications do the rest.
        """
        parts, n, seen = self.parts(values), values.size, seen_in(values)
        if len(parts) == 1 or seen.differ < FEWEST:
            return look(values, wanted), 0
        allowed = wanted.half_width**2
        left, went = (arm(sum_of_means(part, level=wanted.at_look)) ** 2 for part in parts)
        there = parts[1].size
        controls = min(max(there, math.ceil(2.0 * SPARE * there * went / allowed)), MOST)
        rest = allowed - went * there / controls
        more = n * left / rest if rest > 0.0 else MOST
        found = standing(n, arm(_told(parts, seen, wanted)), more, wanted)
        return found, there if found.narrow else controls

    def looks(self, samples: Mapping[str, Floats], wanted: Wanted) -> tuple[dict[str, Look], int]:
        """Say how each mean stands, and how many replications without patients they take."""
        seen = {name: self.look(values, wanted) for name, values in samples.items()}
        needed = max(many for _, many in seen.values())
        return {name: each for name, (each, _) in seen.items()}, needed


def _told(parts: list[Floats], seen: Seen, wanted: Wanted) -> Estimate:
    """Estimate a mean from its parts, allowing for what its values do not show."""
    found = sum_of_means(*parts, level=wanted.at_look)
    told = allowing(replace(found, replications=parts[0].size), seen, wanted)
    return replace(told, low=min(told.low, found.value), high=max(told.high, found.value))


PLAIN: Final = Away(None)
"""No controls."""


def watched(run: Runs, scenario: Scenario, same: Floats, seed: int) -> Away:
    """Return the controls of whole replications, known from TIMES as many without patients.

    `same` are the minutes that the causes took in the whole ones (`control.lost_by_cause`). There
    are no controls where absence depends on the patients.
    """
    if scenario.operations.load_absence is not None:
        return PLAIN
    found = more_watched(run, scenario, Away(same[:0]), seed, len(same))
    equal = found.minutes is not None and np.array_equal(found.minutes[: len(same)], same)
    return found if equal else PLAIN


def more_watched(
    run: Runs, scenario: Scenario, away: Away, seed: int, longest: int, needed: int = 0
) -> Away:
    """Return as many controls as are needed, and TIMES as many as the longest values; MOST at most.

    Those from before are among them. They cost little, and no progress counts them.
    """
    many = min(max(needed, TIMES * longest), MOST)
    if away.minutes is None or many <= len(away.minutes):
        return away
    before = {_LOST: away.minutes}
    beside = Runs(run.months, run.warmup_months, run.executor, run.workers, _silent, many)
    found = beside.totals(without_patients(scenario), many, seed, _lost, before)
    return Away(found[_LOST])


def _lost(results: Results) -> Totals:
    return {_LOST: lost_by_cause(results)}


def _silent(done: int, whole: int) -> None:
    """Report nothing."""
