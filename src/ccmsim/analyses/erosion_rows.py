"""The rows of an erosion, from the totals of its scenarios.

Comes in: totals by scenario, and how well means are known. Goes out: the rows of an `Erosion`.
Simulates nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ccmsim.analyses.away import PLAIN, Away
from ccmsim.analyses.gaps import HIGHER, MEASURES, Totals, above
from ccmsim.analyses.narrowing import at_any_look
from ccmsim.analyses.waterfall import Row
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, exactly, replications_saved, sum_of_means
from ccmsim.estimation.estimate import without_ends
from ccmsim.estimation.rare import (
    FEWEST,
    Wanted,
    allowing_difference,
    allowing_shift,
    seen_in,
)
from ccmsim.estimation.shapley import quantile_contrasts
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.model import Scenario

BAD_YEARS: Final = ("billable_patient_months", "billable_points", "billed_usd", "net_usd")
"""What is told of the one-in-twenty bad year."""

_LABELS: Final = {
    "projection": "Projection: all, every month",
    "unreachable": "nobody could have reached them",
    "addons": "add-on units on top",
    "unpaid": "never paid, and further costs",
    "ceiling": "Ceiling: all four drivers perfect",
    "documentation": "documentation",
    "execution": "execution",
    "execution.hours": "hours: patients wait",
    "enrollment": "enrollment",
    "visibility": "visibility",
    "today": "Today",
}
_EXACT: Final[Mapping[str, Mapping[str, float]]] = {
    "projection": {"billable_points": 100.0, "addon_usd": 0.0},
    "unreachable": {"addon_usd": 0.0},
    "addons": dict.fromkeys(("billable_patient_months", "billable_points", "base_usd"), 0.0),
    "unpaid": dict.fromkeys([name for name in MEASURES if name != "net_usd"], 0.0),
}
"""What is so by definition, whatever happens: of a row, by measure."""

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

    def estimates(
        self, samples: Sequence[Totals], most: Mapping[str, float] | None = None
    ) -> Mapping[str, Estimate]:
        """Return the sums of the samples' means, by measure.

        Of differences `most` says how far a rare event may set two scenarios apart.
        """
        return self.told({
            name: self._sum_of([sample[name] for sample in samples], name, most)
            for name in MEASURES
            if all(name in sample for sample in samples)
        })  # fmt: skip

    def _sum_of(
        self, values: Sequence[Floats], name: str, most: Mapping[str, float] | None
    ) -> Estimate:
        """Return the sum of the means; of differences none whose spread is believed too early.

        Where a half-width was wanted points alone have bounds, so what was not seen has, too.
        """
        if self.wanted is None and most is not None:
            gains = np.sum(values, axis=0)
            furthest, none = len(values) * most[name], np.zeros_like(gains)
            return without_ends(allowing_difference(gains, none, most=furthest, level=self.at))
        if self.wanted is not None and len(values) == 1:
            bound = self.wanted.most if name == "billable_points" else math.inf
            return without_ends(self.away.known(values[0], replace(self.wanted, most=bound)))
        parts = [part for each in values for part in self.away.parts(each)]
        found = sum_of_means(*parts, level=self.at)
        if self.wanted is None or any(seen_in(each).differ >= FEWEST for each in values):
            return found
        method = f"no interval: fewer than {FEWEST} of each part differ from the usual"
        return replace(found, standard_error=math.nan, low=math.nan, high=math.nan, method=method)

    def told(self, found: Mapping[str, Estimate]) -> Mapping[str, Estimate]:
        """Return estimates of a look's level as what they are at the last one."""
        if self.wanted is None:
            return FrozenMapping(found)
        return FrozenMapping({n: at_any_look(each, self.level) for n, each in found.items()})

    def exactly(self, value: float, names: Sequence[str], n: int) -> Mapping[str, Estimate]:
        """Return measures that have no error, whatever happens."""
        exact = exactly(value, level=self.level, replications=n)
        return FrozenMapping(dict.fromkeys(names, exact))


@dataclass(frozen=True, slots=True)
class Levels:
    """The totals of each scenario, by its name here, and what it is: its fingerprint.

    Equal scenarios have equal fingerprints and, with the same random numbers, equal totals.
    """

    totals: Mapping[str, Totals]
    prints: Mapping[str, str]

    def less(self, upper: str, lower: str) -> Totals:
        """Return paired differences of the replications that both have."""
        both: Totals = {}
        above, below = self.totals[upper], self.totals[lower]
        for name in MEASURES:
            if name in above and name in below:
                size = min(len(above[name]), len(below[name]))
                both[name] = above[name][:size] - below[name][:size]
        return both

    def furthest(self, *names: str) -> Mapping[str, float]:
        """Return how far a rare event may set levels apart, by measure: all that is projected.

        Levels that are no scenarios have no projection of their own: of these it is the largest.
        """
        plans = [one for one in self.totals.values() if "plan_usd" in one]
        own = [self.totals[name] for name in names if "plan_usd" in self.totals[name]] or plans
        months, usd = (
            max(float(one[plan].max()) for one in own) or math.inf
            for plan in ("plan_patient_months", "plan_usd")
        )
        others = {"billable_patient_months": months, "billable_points": 100.0}
        return {name: others.get(name, usd) for name in MEASURES}

    def cancel(self, above: Sequence[str], below: Sequence[str]) -> bool:
        """Whether scenarios less others are exactly 0, because each has an equal one below."""
        return Counter(self.prints[name] for name in above) == Counter(
            self.prints[name] for name in below
        )


def rows_of(
    scenario: Scenario, levels: Levels, steps: tuple[str, ...], known: Known
) -> dict[str, Any]:
    """Return the steps, causes, sum, together and interaction.

    Parameters
    ----------
    levels : Levels
        By scenario: those of `steps`, of equal length; "undisturbed", where there are disruptions;
        and "without …" each disruption, which may be shorter.
    steps : tuple of str
        From today up.
    """
    single = {name: f"without {name}" for name in scenario.disruptions}
    undisturbed = "undisturbed" if single else "today"
    causes = [
        _gap(_Step(name, "gap", other, "today"), _label(scenario, name), levels, known)
        for name, other in single.items()
    ]
    together = _Step("together", "gap", undisturbed, "today")
    return {
        "steps": tuple(_steps(scenario, levels, steps, known)),
        "causes": tuple(sorted(causes, key=lambda row: -row.estimates["billed_usd"].value)),
        "together": _gap(together, "all disruptions together", levels, known),
        **_sums(list(single.values()), undisturbed, levels, known),
    }


def _sums(single: list[str], undisturbed: str, levels: Levels, known: Known) -> dict[str, Row]:
    """Return the single effects added up, and what all together have beyond that."""
    gains = [levels.less(other, "today") for other in single]
    all_of_them, todays = levels.less(undisturbed, "today"), ["today"] * len(single)
    beyond = [all_of_them, *map(_negative, gains)]
    most = levels.furthest("today", undisturbed, *single)
    summed = _total(gains or [all_of_them], levels.cancel(single, todays), most, known)
    cancel = levels.cancel([undisturbed, *todays], ["today", *single])
    interaction = _total(beyond, cancel, most, known)
    return {
        "summed": Row("sum", "sum of these", "gap", summed),
        "interaction": Row("interaction", "interaction: together − sum", "gap", interaction),
    }


def _total(
    samples: Sequence[Totals], nothing: bool, most: Mapping[str, float], known: Known
) -> Mapping[str, Estimate]:
    """Return the sums of the differences' means, of equal scenarios exactly 0."""
    if not nothing:
        return known.estimates(samples, most)
    return known.exactly(0.0, list(samples[0]), len(samples[0]["billed_usd"]))


@dataclass(frozen=True, slots=True)
class _Step:
    """A row to be: the level of the upper scenario, or what it has beyond the lower one."""

    name: str
    kind: str
    upper: str
    lower: str = ""


def _steps(scenario: Scenario, levels: Levels, steps: tuple[str, ...], known: Known) -> list[Row]:
    """Return the steps, from the projection down."""
    higher = above(levels.totals[steps[-1]], levels.totals["today"])
    levels = Levels(
        {**levels.totals, **higher}, {**levels.prints, **{name: name for name in HIGHER}}
    )
    labels = {
        f"execution.{name}": _label(scenario, name) for name in scenario.disruptions
    } | _LABELS
    return _made(_down(steps), labels, levels, known)


def from_projection(ceiling: Totals, today: Totals, known: Known) -> dict[str, Row]:
    """Return the rows from the projection down to a ceiling, by name.

    Parameters
    ----------
    ceiling, today : mapping of str to ndarray
        Totals as `gaps.above` takes them.

    Returns
    -------
    dict of str to Row
        "projection", "unreachable", "addons", "unpaid": the ceiling is projection − unreachable +
        addons − unpaid.
    """
    totals = {"ceiling": ceiling, "today": today, **above(ceiling, today)}
    levels = Levels(totals, {name: name for name in totals})
    return {row.name: row for row in _made(_top("ceiling"), _LABELS, levels, known)}


def _made(
    rows: Sequence[_Step], labels: Mapping[str, str], levels: Levels, known: Known
) -> list[Row]:
    """Return rows with the estimates of means and of bad years."""
    bad, made = _bad_years(rows, levels, known), []
    for row in rows:
        label = labels[row.name]
        if row.lower:
            one = _gap(row, label, levels, known)
        else:
            one = Row(row.name, label, row.kind, known.estimates([levels.totals[row.upper]]))
        made.append(_defined(replace(one, bad_year=bad[row.name]), known))
    return made


def _defined(row: Row, known: Known) -> Row:
    """Return a row with what is so of it by definition."""
    n = row.estimates["net_usd"].replications
    sure = {
        name: known.exactly(value, [name], n)[name]
        for name, value in _EXACT.get(row.name, {}).items()
    }
    told, bad = (
        FrozenMapping({name: sure.get(name, one) for name, one in found.items()})
        for found in (row.estimates, row.bad_year)
    )
    return replace(row, estimates=told, bad_year=bad)


def _down(steps: tuple[str, ...]) -> list[_Step]:
    """Return the rows of the waterfall, the parts of execution below it."""
    below = dict(zip(steps[1:], steps, strict=False))
    parts = [name for name in steps[::-1] if name.startswith("execution.")]
    return [
        *_top(steps[-1]),
        _Step("ceiling", "level", steps[-1]),
        _Step("documentation", "gap", "documentation", below["documentation"]),
        _Step("execution", "gap", parts[0], "enrollment"),
        *(_Step(name, "part", name, below[name]) for name in parts),
        _Step("enrollment", "gap", "enrollment", "visibility"),
        _Step("visibility", "gap", "visibility", "today"),
        _Step("today", "level", "today"),
    ]


def _top(ceiling: str) -> list[_Step]:
    """Return the rows above a ceiling."""
    return [
        _Step("projection", "level", "projection"),
        _Step("unreachable", "gap", "projection", "reached"),
        _Step("addons", "gain", "charged", "reached"),
        _Step("unpaid", "gap", "charged", ceiling),
    ]


def _bad_years(
    rows: Sequence[_Step], levels: Levels, known: Known
) -> dict[str, Mapping[str, Estimate]]:
    """Return quantiles of levels and their differences, by row and measure."""
    found: dict[str, dict[str, Estimate]] = {row.name: {} for row in rows}
    for measure in BAD_YEARS:
        told = [row for row in rows if all(
            measure in levels.totals[end] for end in (row.upper, row.lower) if end
        )]  # fmt: skip
        names = list(dict.fromkeys(end for row in told for end in (row.upper, row.lower) if end))
        weights = np.zeros((len(names), len(told)))
        for column, row in enumerate(told):
            weights[names.index(row.upper), column] += 1.0
            if row.lower:
                weights[names.index(row.lower), column] -= 1.0
        values = np.array([levels.totals[name][measure] for name in names])
        sums = quantile_contrasts(values, weights, _BAD_SHARE, level=known.at)
        for row, one in zip(told, sums, strict=True):
            found[row.name][measure] = _shift(one, row, measure, levels, known)
    n = len(levels.totals["today"]["net_usd"])
    return {
        row.name: known.exactly(0.0, list(found[row.name]), n)
        if row.lower and levels.cancel([row.upper], [row.lower])
        else known.told(found[row.name])
        for row in rows
    }


def _shift(one: Estimate, row: _Step, measure: str, levels: Levels, known: Known) -> Estimate:
    """Return a bad year, or a difference of two, that allows for what was seen seldom or never.

    An end beyond the first or the last year does not exist.
    """
    if not row.lower:
        return one
    upper, lower = (levels.totals[end][measure] for end in (row.upper, row.lower))
    return allowing_shift(one, upper, lower, _BAD_SHARE, most=math.inf, level=known.at)


def _gap(row: _Step, label: str, levels: Levels, known: Known) -> Row:
    """Return a row of means: what the upper scenario has beyond the lower one."""
    both, saved = levels.less(row.upper, row.lower), None
    size = len(both["billed_usd"])
    if size > 1 and row.upper not in HIGHER:
        ends = (levels.totals[end]["billed_usd"][:size] for end in (row.upper, row.lower))
        saved = replications_saved(*ends, level=known.level)
    most = levels.furthest(row.upper, row.lower)
    estimates = _total([both], levels.cancel([row.upper], [row.lower]), most, known)
    return Row(row.name, label, row.kind, estimates, saved)


def _negative(found: Totals) -> Totals:
    return {name: -values for name, values in found.items()}


def _label(scenario: Scenario, name: str) -> str:
    kind = scenario.disruptions[name].kind
    return name if name == kind else f"{name} ({kind})"
