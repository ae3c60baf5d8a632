"""The numbers of shares: what coalitions are worth, and how that becomes shares and steps.

Comes in: totals of coalitions, and weights. Goes out: estimates by player, measure, statistic and
way. Simulates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ccmsim.analyses.erosion_rows import Known, from_projection
from ccmsim.analyses.gaps import Totals
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, exactly, mean, quantile
from ccmsim.estimation.shapley import (
    Weights,
    mean_contrasts,
    order_weights,
    quantile_contrasts,
    where_believed,
    widened,
)

MEASURES: Final = {
    "billable_patient_months": "patient-months",
    "billed_usd": "billed, USD",
    "net_usd": "net, USD",
}
"""What is split, and what texts call it."""

STATISTICS: Final = {"mean": "mean year", "p5": "one-in-twenty bad year"}
"""Of what over replications."""

WAYS: Final = {"share": "free of order", "step": "in this order"}
"""How it is split: Shapley's mean over all orders, or the waterfall in the order of the players."""

BEYOND: Final = ("projection", "unreachable", "addons", "unpaid")
"""What lies between the projection and all players together: projection − unreachable + addons −
unpaid is what all of them reach."""

Levels = dict[tuple[str, str], Estimate]
"""By measure and statistic."""


def levels_of(totals: Totals, level: float) -> Levels:
    """Return the mean and the bad year of each measure."""
    found: Levels = {}
    for name in MEASURES:
        found[name, "mean"] = mean(totals[name], level=level)
        found[name, "p5"] = quantile(totals[name], 0.05, level=level)
    return found


def beyond(ideal: Totals, today: Totals, level: float) -> dict[str, Levels]:
    """Return the projection and what parts it from all players together, by a name of `BEYOND`."""
    rows = from_projection(ideal, today, Known(level))
    return {
        name: {
            (measure, statistic): found[measure]
            for measure in MEASURES
            for statistic, found in (("mean", rows[name].estimates), ("p5", rows[name].bad_year))
        }
        for name in BEYOND
    }


@dataclass(frozen=True)
class Split:
    """How coalitions become shares and steps."""

    players: tuple[str, ...]
    idle: tuple[str, ...]
    weights: Weights
    steps: Weights
    orders: Sequence[tuple[int, ...]]
    level: float

    def numbers(self, found: Mapping[int, Totals]) -> dict[tuple[str, str, str, str], Estimate]:
        """Return every player's shares and steps: of those who change nothing, exactly 0."""
        numbers, n = {}, len(found[0]["net_usd"])
        nothing = exactly(0.0, level=self.level, replications=n)
        for measure in MEASURES:
            for way, weights in (("share", self.weights), ("step", self.steps)):
                for statistic in STATISTICS:
                    estimates = self._contrasts(found, measure, statistic, weights)
                    if way == "share" and self.orders:
                        estimates = self._with_orders(found, measure, statistic, estimates)
                    for player, estimate in zip(self.players, estimates, strict=True):
                        told = nothing if player in self.idle else estimate
                        numbers[player, measure, statistic, way] = told
        return numbers

    def _contrasts(
        self, found: Mapping[int, Totals], measure: str, statistic: str, weights: Weights
    ) -> list[Estimate]:
        """Return the players' weighted sums."""
        values = np.array([found[mask][measure] for mask in weights])
        table = np.array(list(weights.values()))
        if statistic == "mean":
            plan = "plan_patient_months" if measure == "billable_patient_months" else "plan_usd"
            most = max(float(found[mask][plan].max()) for mask in weights) or math.inf
            return mean_contrasts(values, table, level=self.level, most=most)
        told = quantile_contrasts(values, table, 0.05, level=self.level)
        return where_believed(told, values, table)

    def _with_orders(
        self, found: Mapping[int, Totals], measure: str, statistic: str, estimates: list[Estimate]
    ) -> list[Estimate]:
        """Return the estimates with the error of drawn orders."""
        alone: list[Floats] = []
        for k in range(0, len(self.orders), 2):
            weights = order_weights(self.orders[k : k + 2])
            totals = {mask: found[mask][measure] for mask in weights}
            levels = [
                values.mean() if statistic == "mean" else quantile(values, 0.05).value
                for values in totals.values()
            ]
            alone.append(np.array(list(weights.values())).T @ np.array(levels))
        by_player = np.array(alone).T
        return [
            widened(estimate, of_pairs, self.level)
            for estimate, of_pairs in zip(estimates, by_player, strict=True)
        ]
