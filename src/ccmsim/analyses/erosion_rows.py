"""The rows of an erosion, from the totals of its scenarios.

Comes in: totals by scenario, and how well means are known. Goes out: the rows of an `Erosion`.
Simulates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ccmsim.analyses.away import PLAIN, Away
from ccmsim.analyses.gaps import MEASURES, Totals, plan_of
from ccmsim.analyses.narrowing import at_any_look
from ccmsim.analyses.waterfall import Row
from ccmsim.estimation import Estimate, sum_of_means, variance_saved
from ccmsim.estimation.rare import Wanted
from ccmsim.estimation.shapley import quantile_contrasts
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.model import Scenario

BAD_YEARS: Final = ("billable_patient_months", "billable_points", "billed_usd", "net_usd")
"""What is told of the one-in-twenty bad year."""

_LABELS: Final = {
    "projection": "Projection: all, every month",
    "unreachable": "nobody could have reached them",
    "ceiling": "Ceiling: all four drivers perfect",
    "documentation": "documentation",
    "execution": "execution",
    "execution.hours": "hours: patients wait",
    "enrollment": "enrollment",
    "visibility": "visibility",
    "today": "Today",
}
_BAD_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Known:
    """How means are estimated: at a level, or as well as was wanted, with controls."""

    level: float
    away: Away = PLAIN
    wanted: Wanted | None = None

    @property
    def at(self) -> float:
        """Level of an interval, so that it holds at whichever look was the last."""
        return self.level if self.wanted is None else self.wanted.at_look

    def estimates(self, samples: Sequence[Totals]) -> Mapping[str, Estimate]:
        """Return the sums of the samples' means, by measure."""
        found = {}
        for name in MEASURES:
            if all(name in sample for sample in samples):
                values = [sample[name] for sample in samples]
                if self.wanted is not None and name == "billable_points" and len(values) == 1:
                    found[name] = self.away.known(values[0], self.wanted)
                else:
                    parts = [part for each in values for part in self.away.parts(each)]
                    found[name] = sum_of_means(*parts, level=self.at)
        return self.told(found)

    def told(self, found: Mapping[str, Estimate]) -> Mapping[str, Estimate]:
        """Return estimates of a look's level as what they are at the last one."""
        if self.wanted is None:
            return FrozenMapping(found)
        return FrozenMapping({n: at_any_look(each, self.level) for n, each in found.items()})


def rows_of(
    scenario: Scenario, found: Mapping[str, Totals], steps: tuple[str, ...], known: Known
) -> dict[str, Any]:
    """Return the steps, causes, sum, together and interaction.

    Parameters
    ----------
    found : mapping of str to Totals
        By scenario: those of `steps`, of equal length, "undisturbed", and "without …" each
        disruption, which may be shorter.
    steps : tuple of str
        From today up.
    """
    today = found["today"]
    single = {name: found[f"without {name}"] for name in scenario.disruptions}
    causes = [
        _gap(name, _label(scenario, name), totals, today, known) for name, totals in single.items()
    ]
    gains = [_less(totals, today) for totals in single.values()]
    undisturbed = found.get("undisturbed", today)
    together, nothing = _less(undisturbed, today), _less(today, today)
    against = [together, *map(_negative, gains)]
    return {
        "steps": tuple(_steps(scenario, found, steps, known)),
        "causes": tuple(sorted(causes, key=lambda row: -row.estimates["billed_usd"].value)),
        "summed": Row("sum", "sum of these", "gap", known.estimates(gains or [nothing])),
        "together": _gap("together", "all disruptions together", undisturbed, today, known),
        "interaction": Row(
            "interaction", "interaction: together − sum", "gap", known.estimates(against)
        ),
    }


@dataclass(frozen=True, slots=True)
class _Step:
    """A row to be: the level of the upper scenario, or what it has beyond the lower one."""

    name: str
    kind: str
    upper: str
    lower: str = ""


def _steps(
    scenario: Scenario, found: Mapping[str, Totals], steps: tuple[str, ...], known: Known
) -> list[Row]:
    """Return the steps, from the projection down."""
    levels = dict(found) | {"projection": plan_of(found[steps[-1]])}
    rows = _down(steps)
    bad = _bad_years(rows, levels, known)
    made = []
    for row in rows:
        if row.name in _LABELS:
            label = _LABELS[row.name]
        else:
            label = _label(scenario, row.name.removeprefix("execution."))
        if row.lower:
            one = _gap(row.name, label, levels[row.upper], levels[row.lower], known)
            saved, estimates = one.variance_saved, one.estimates
        else:
            saved, estimates = math.nan, known.estimates([levels[row.upper]])
        made.append(Row(row.name, label, row.kind, estimates, saved, bad[row.name]))
    return made


def _down(steps: tuple[str, ...]) -> list[_Step]:
    """Return the rows of the waterfall, the parts of execution below it."""
    below = dict(zip(steps[1:], steps, strict=False))
    parts = [name for name in steps[::-1] if name.startswith("execution.")]
    return [
        _Step("projection", "level", "projection"),
        _Step("unreachable", "gap", "projection", steps[-1]),
        _Step("ceiling", "level", steps[-1]),
        _Step("documentation", "gap", "documentation", below["documentation"]),
        _Step("execution", "gap", parts[0], "enrollment"),
        *(_Step(name, "part", name, below[name]) for name in parts),
        _Step("enrollment", "gap", "enrollment", "visibility"),
        _Step("visibility", "gap", "visibility", "today"),
        _Step("today", "level", "today"),
    ]


def _bad_years(
    rows: Sequence[_Step], levels: Mapping[str, Totals], known: Known
) -> dict[str, Mapping[str, Estimate]]:
    """Return quantiles of levels and their differences, by row and measure."""
    found: dict[str, dict[str, Estimate]] = {row.name: {} for row in rows}
    for measure in BAD_YEARS:
        told = [row for row in rows if all(
            measure in levels[end] for end in (row.upper, row.lower) if end
        )]  # fmt: skip
        names = list(dict.fromkeys(end for row in told for end in (row.upper, row.lower) if end))
        weights = np.zeros((len(names), len(told)))
        for column, row in enumerate(told):
            weights[names.index(row.upper), column] += 1.0
            if row.lower:
                weights[names.index(row.lower), column] -= 1.0
        values = np.array([levels[name][measure] for name in names])
        sums = quantile_contrasts(values, weights, _BAD_SHARE, level=known.at)
        for row, one in zip(told, sums, strict=True):
            found[row.name][measure] = one
    return {name: known.told(of_row) for name, of_row in found.items()}


def _gap(name: str, label: str, upper: Totals, lower: Totals, known: Known) -> Row:
    both = _less(upper, lower)
    size, saved = len(both["billed_usd"]), math.nan
    if size > 1:
        saved = variance_saved(upper["billed_usd"][:size], lower["billed_usd"][:size])
    kind = "part" if name.startswith("execution.") else "gap"
    return Row(name, label, kind, known.estimates([both]), saved)


def _less(upper: Totals, lower: Totals) -> Totals:
    """Return paired differences of the replications that both have."""
    found = {}
    for name in MEASURES:
        if name in upper and name in lower:
            both = min(len(upper[name]), len(lower[name]))
            found[name] = upper[name][:both] - lower[name][:both]
    return found


def _negative(found: Totals) -> Totals:
    return {name: -values for name, values in found.items()}


def _label(scenario: Scenario, name: str) -> str:
    kind = scenario.disruptions[name].kind
    return name if name == kind else f"{name} ({kind})"
