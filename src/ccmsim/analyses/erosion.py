"""Erosion: what each disruption costs, found by simulating the same practice without it.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `Erosion` of estimates. The
replications of all its scenarios share their random numbers, so every difference is paired.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ccmsim.analyses.factors import check_level, part_of, plain_estimate
from ccmsim.analyses.gaps import MEASURES, Totals, plan_of, totals_of
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean, variance_saved
from ccmsim.frozen import FrozenMapping
from ccmsim.ideal import ceiling, no_disruptions, without
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.analyses.doubts import Doubts
    from ccmsim.analyses.parameters import Uncertain
    from ccmsim.montecarlo import Progress


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a level (what is billed), or a gap (what would be billed beyond that).

    Parameters
    ----------
    name : str
        The disruption's name, or "projection", "unreachable", "ceiling", "limits", "undisturbed",
        "together", "today", "sum", "interaction".
    label : str
        The same in words.
    estimates : mapping of str to Estimate
        By measure; a measure that means nothing here is left out.
    variance_saved : float
        How many times fewer replications the common random numbers need, for `billed_usd`; NaN
        where the row is no difference of two scenarios.
    """

    name: str
    label: str
    estimates: Mapping[str, Estimate]
    variance_saved: float = math.nan


@dataclass(frozen=True, kw_only=True)
class Erosion:
    """Where the projection goes, and what each disruption costs.

    Parameters
    ----------
    scenario : str
        The scenario's name.
    first_month : str
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval.
    steps : tuple of Row
        From the projection (enrolled × base fee) down to today, levels and gaps in turn:
        projection − unreachable = ceiling; ceiling − limits = undisturbed; undisturbed − together
        = today, exactly, in every measure. Net dollars belong to steps with the scenario's own
        staff only.
    causes : tuple of Row
        What would be regained without each disruption alone, the most billed dollars first.
    summed, interaction : Row
        The single effects added up; and together − sum, paired.
    """

    scenario: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    steps: tuple[Row, ...]
    causes: tuple[Row, ...]
    summed: Row
    interaction: Row

    @property
    def together(self) -> Row:
        """What would be regained without all disruptions at once."""
        return self.steps[5]

    def rows(self) -> tuple[Row, ...]:
        """Return every row once: the steps, then causes, sum and interaction."""
        return (*self.steps, *self.causes, self.summed, self.interaction)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (row, measure); columns value, standard_error, low, high, level, replications,
            method and variance_saved. `table().xs("billed_usd", level="measure")` is one measure.

        Examples
        --------
        >>> import ccmsim
        >>> found = erosion(ccmsim.load("perfect"), months=1, replications=2)
        >>> float(found.table().loc[("today", "billed_usd"), "value"])
        4959.75
        """
        import pandas as pd

        keys, values = [], []
        for row in self.rows():
            for measure, estimate in row.estimates.items():
                keys.append((row.name, measure))
                values.append(estimate.as_dict() | {"variance_saved": row.variance_saved})
        index = pd.MultiIndex.from_tuples(keys, names=["row", "measure"])
        return pd.DataFrame(values, index=index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None.

        Examples
        --------
        >>> import ccmsim
        >>> found = erosion(ccmsim.load("perfect"), months=1, replications=2).as_dict()
        >>> found["steps"][0]["name"], found["steps"][0]["estimates"]["billed_usd"]["value"]
        ('projection', 4959.75)
        """
        names = (
            "scenario", "first_month", "months", "replications", "seed", "warmup_months", "level"
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "steps": [_row_dict(row) for row in self.steps],
            "causes": [_row_dict(row) for row in self.causes],
            "sum": _row_dict(self.summed),
            "together": _row_dict(self.together),
            "interaction": _row_dict(self.interaction),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, measure: str = "billed_usd") -> Figure:
        """Return a figure: what would be regained without each disruption, with intervals.

        Parameters
        ----------
        measure : str
            One of `MEASURES`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ccmsim.errors.InputError
            When the measure is not known.

        Examples
        --------
        >>> import ccmsim
        >>> found = erosion(ccmsim.load("perfect"), months=1, replications=2)
        >>> found.plot().axes[0].get_xlabel()
        'Regained in 1 month: billed, thousand USD (with 95 % intervals)'
        """
        if measure not in MEASURES:
            raise refuse("measure", "cannot be plotted", measure, ", ".join(MEASURES))
        from ccmsim.analyses.erosion_views import figure

        return figure(self, measure)

    def __str__(self) -> str:
        from ccmsim.analyses.erosion_views import text

        return text(self)


def erosion(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Erosion:
    """Find where the projection goes, disruption by disruption.

    The scenario is simulated as it is, without each of its disruptions alone, without all of
    them, and under `ccmsim.ideal.ceiling`. Equal seeds give common random numbers, so each gain is
    a paired difference. The effects of single disruptions do not add up to that of all together,
    because a minute can be lost twice and spare minutes gain less and less: the interaction says
    by how much.

    Parameters
    ----------
    scenario : Scenario
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; progress is that of all simulations.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Erosion

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = erosion(small, months=1, replications=2, seed=7)
    >>> sorted(row.name for row in found.causes)[:3]
    ['closure', 'extended_leave', 'floor_cover']
    """
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    planned = _scenarios(scenario)
    whole = replications * len(planned)
    found: dict[str, Totals] = {}
    with shown(progress, whole) as report:
        for i, (name, changed) in enumerate(planned.items()):
            results = simulate(
                changed,
                months=months,
                replications=replications,
                seed=seed,
                warmup_months=warmup_months,
                executor=executor,
                workers=workers,
                progress=part_of(report, i * replications, whole),
            )
            found[name] = totals_of(results.values)
    steps, causes, others = _rows(scenario, found, level)
    return Erosion(
        scenario=scenario.name,
        first_month=results.months[0],
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        steps=steps,
        causes=causes,
        summed=others[0],
        interaction=others[1],
    )


def erosion_doubts(
    scenario: Scenario, uncertain: Uncertain | Iterable[str] | None = None, **settings: Any
) -> Doubts:
    """Find what each disruption costs where values are not known: billable points regained.

    Parameters
    ----------
    scenario : Scenario
    uncertain : mapping of str to law, or paths, optional
        As in `ccmsim.uncertainty`.
    **settings
        Of `ccmsim.doubts`; the measure is "billable_points" unless another one is named.

    Returns
    -------
    Doubts
        Every disruption taken away alone, and all of them, less today.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or the scenario has no disruptions.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = erosion_doubts(
    ...     small, ["contact.answer_probability"], months=1, replications=60, inner=2
    ... )
    >>> found.doubts[0].name
    'undisturbed'
    """
    from ccmsim.analyses.doubts import doubts

    check_scenario(scenario)
    if not scenario.disruptions:
        raise refuse("disruptions", "must not be empty here", {}, "at least one disruption")
    planned = _scenarios(scenario)
    del planned["ceiling"]
    return doubts(planned, uncertain, **({"measure": "billable_points"} | settings))


def _scenarios(scenario: Scenario) -> dict[str, Scenario]:
    """Return what is simulated, by name; a single disruption alone is all of them together."""
    names = scenario.disruptions
    planned = {"today": scenario, "ceiling": ceiling(scenario)}
    if names:
        planned["undisturbed"] = no_disruptions(scenario)
    if len(names) > 1:
        planned |= {f"without {name}": without(scenario, name) for name in names}
    return planned


def _less(upper: Totals, lower: Totals) -> Totals:
    return {name: upper[name] - lower[name] for name in MEASURES if name in upper and name in lower}


def _rows(
    scenario: Scenario, found: dict[str, Totals], level: float
) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, Row]]:
    """Return the steps, the causes, and (sum, interaction)."""
    today = {name: found["today"][name] for name in MEASURES}
    undisturbed = {name: found.get("undisturbed", today)[name] for name in MEASURES}
    top = {name: found["ceiling"][name] for name in MEASURES if name != "net_usd"}
    plan = plan_of(found["today"])

    def row(name: str, label: str, totals: Totals) -> Row:
        return Row(name, label, _estimates(totals, level))

    def gap(name: str, label: str, upper: Totals, lower: Totals) -> Row:
        saved = math.nan
        if len(lower["billed_usd"]) > 1:
            saved = variance_saved(upper["billed_usd"], lower["billed_usd"])
        return Row(name, label, _estimates(_less(upper, lower), level), saved)

    steps = (
        row("projection", "Projection: all, every month", plan),
        gap("unreachable", "nobody could have reached them", plan, top),
        row("ceiling", "Ceiling: unlimited staff", top),
        gap("limits", "hours, capture, documentation", top, undisturbed),
        row("undisturbed", "Without any disruption", undisturbed),
        gap("together", "all disruptions together", undisturbed, today),
        row("today", "Today", today),
    )
    single = {
        name: found.get(f"without {name}", undisturbed) for name in sorted(scenario.disruptions)
    }
    causes = [
        gap(name, _label(name, scenario.disruptions[name].kind), totals, today)
        for name, totals in single.items()
    ]
    summed = {name: np.zeros_like(values) for name, values in today.items()}
    for totals in single.values():
        summed = {name: summed[name] + gain for name, gain in _less(totals, today).items()}
    apart = _less(_less(undisturbed, today), summed)
    others = (
        row("sum", "sum of these", summed),
        row("interaction", "interaction: together − sum", apart),
    )
    return (
        steps,
        tuple(sorted(causes, key=lambda cause: -cause.estimates["billed_usd"].value)),
        others,
    )


def _label(name: str, kind: str) -> str:
    return name if name == kind else f"{name} ({kind})"


def _estimates(totals: Totals, level: float) -> Mapping[str, Estimate]:
    return FrozenMapping({name: mean(values, level=level) for name, values in totals.items()})


def _row_dict(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.label,
        "variance_saved": row.variance_saved if math.isfinite(row.variance_saved) else None,
        "estimates": {
            measure: plain_estimate(estimate) for measure, estimate in row.estimates.items()
        },
    }
