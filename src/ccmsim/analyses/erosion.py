"""Erosion: what each disruption costs, found by simulating the same practice without it.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `Erosion` of estimates. The
replications of all its scenarios share their random numbers, so every difference is paired.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import check_level
from ccmsim.analyses.gaps import MEASURES, Totals, plan_of, totals_of
from ccmsim.analyses.narrowing import (
    Look,
    arm,
    at_any_look,
    check_half_width,
    look_at_all,
    narrowed,
    wanted_at_looks,
    wider,
)
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.waterfall import Erosion, Row
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, sum_of_means, variance_saved
from ccmsim.estimation.rare import Wanted, known
from ccmsim.frozen import FrozenMapping
from ccmsim.ideal import ceiling, no_disruptions, without
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.analyses.doubts import Doubts
    from ccmsim.analyses.parameters import Uncertain
    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

_NOBODY: Final = "nobody could have reached them"

_SURER: Final = 1.25
"""How much narrower the gap to the ceiling must be: the ceiling is a sum of two means."""


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
    half_width: float | None = None,
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
    half_width : float, optional
        Half-width of the intervals of billable points that is wanted of every step and every
        disruption. The replications then are a pilot, at least 100; each scenario is simulated as
        often as its row needs, at most 200,000 times, with the same random numbers. It is looked at
        five times at most, and every interval is wider, so that it holds at whichever look was the
        last. `reached` says whether all are as narrow as wanted.

    Returns
    -------
    Erosion

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    With a half-width, a row has the replications that it needs: today and the undisturbed practice
    the most, the ceiling and each disruption the first of these. Steps still add up exactly: the
    ceiling is the undisturbed practice plus the paired gain on the replications that both have.
    When to stop, and the measured coverage: `ccmsim.analyses.narrowing`.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = erosion(small, months=1, replications=2, seed=7)
    >>> sorted(row.name for row in found.causes)[:3]
    ['closure', 'extended_leave', 'floor_cover']
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    if half_width is not None:
        check_half_width(half_width, replications)
    planned = _scenarios(scenario)
    whole = replications * len(planned)
    with shown(progress, whole) as report:
        run = Runs(months, warmup_months, executor, workers, report, whole)
        found = {
            name: run.totals(changed, replications, seed, _totals)
            for name, changed in planned.items()
        }
        wanted, reached = None, None
        if half_width is not None:
            wanted = wanted_at_looks(half_width, level, 100.0)
            reached = _narrowed(found, planned, run, seed, wanted)
    steps, causes, others = _rows(scenario, found, level, wanted)
    return Erosion(
        scenario=scenario.name,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        replications=len(found["today"]["net_usd"]),
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        half_width=half_width,
        reached=reached,
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


def _totals(results: Results) -> Totals:
    return totals_of(results.values)


def _narrowed(
    found: dict[str, Totals],
    planned: Mapping[str, Scenario],
    run: Runs,
    seed: int,
    wanted: Wanted,
) -> bool:
    """Simulate as many replications of each scenario as its rows need; say whether that did it."""

    def add(sizes: Mapping[str, int]) -> None:
        longest = max(sizes.values())
        ends = dict(sizes) | {name: longest for name in ("today", "undisturbed") if name in sizes}
        there = {name: len(totals["net_usd"]) for name, totals in found.items()}
        run.whole = run.done + sum(max(0, ends[name] - there[name]) for name in ends)
        for name, size in ends.items():
            found[name] = run.totals(planned[name], size, seed, _totals, found[name])

    return narrowed(lambda: _looks(found, wanted), add)


def _looks(found: Mapping[str, Totals], wanted: Wanted) -> dict[str, Look]:
    """Return how the billable points of each scenario's rows stand."""
    points = {name: totals["billable_points"] for name, totals in found.items()}
    today, undisturbed = points["today"], points.get("undisturbed", points["today"])
    of_rows = {
        "today": [today],
        "undisturbed": [undisturbed, undisturbed - today],
        "ceiling": [_SURER * (points["ceiling"] - undisturbed[: len(points["ceiling"])])],
    }
    looks = {
        name: look_at_all(
            of_rows.get(name) or [values - today[: len(values)]],
            wanted,
        )
        for name, values in points.items()
    }
    limits = of_rows["ceiling"][0] / _SURER
    told = arm(sum_of_means(undisturbed, limits, level=wanted.at_look))
    if looks["ceiling"].narrow and told > wanted.half_width:
        for name in ("ceiling", "undisturbed" if "undisturbed" in found else "today"):
            looks[name] = wider(len(points[name]), told, wanted)
    return looks


def _less(upper: Totals, lower: Totals) -> Totals:
    """Return paired differences of the replications that both have."""
    found = {}
    for name in MEASURES:
        if name in upper and name in lower:
            both = min(len(upper[name]), len(lower[name]))
            found[name] = upper[name][:both] - lower[name][:both]
    return found


def _rows(
    scenario: Scenario, found: dict[str, Totals], level: float, wanted: Wanted | None
) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, Row]]:
    """Return the steps, the causes, and (sum, interaction)."""
    today = {name: found["today"][name] for name in MEASURES}
    undisturbed = {name: found.get("undisturbed", today)[name] for name in MEASURES}
    top = {name: found["ceiling"][name] for name in MEASURES if name != "net_usd"}
    plan, limits = plan_of(found["today"]), _less(top, undisturbed)
    whole = len(top["billed_usd"]) == len(today["billed_usd"])

    def row(name: str, label: str, *parts: Totals) -> Row:
        return Row(name, label, _estimates(parts, level, wanted))

    def gap(name: str, label: str, upper: Totals, lower: Totals) -> Row:
        both = _less(upper, lower)
        size, saved = len(both["billed_usd"]), math.nan
        if size > 1:
            saved = variance_saved(upper["billed_usd"][:size], lower["billed_usd"][:size])
        return Row(name, label, _estimates([both], level, wanted), saved)

    reached = [top] if whole else [_without_net(undisturbed), limits]
    missing = gap("unreachable", _NOBODY, plan, top)
    if not whole:
        missing = row("unreachable", _NOBODY, _less(plan, undisturbed), _negative(limits))
    steps = (
        row("projection", "Projection: all, every month", plan),
        missing,
        row("ceiling", "Ceiling: unlimited staff", *reached),
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
    gains = [_less(totals, today) for totals in single.values()]
    nothing = _less(today, today)
    others = (
        row("sum", "sum of these", *(gains or [nothing])),
        row(
            "interaction",
            "interaction: together − sum",
            _less(undisturbed, today),
            *map(_negative, gains),
        ),
    )
    return (
        steps,
        tuple(sorted(causes, key=lambda cause: -cause.estimates["billed_usd"].value)),
        others,
    )


def _without_net(found: Totals) -> Totals:
    return {name: values for name, values in found.items() if name != "net_usd"}


def _negative(found: Totals) -> Totals:
    return {name: -values for name, values in found.items()}


def _label(name: str, kind: str) -> str:
    return name if name == kind else f"{name} ({kind})"


def _estimates(
    parts: Sequence[Totals], level: float, wanted: Wanted | None
) -> Mapping[str, Estimate]:
    """Return the sums of the parts' means, by measure."""
    at = level if wanted is None else wanted.at_look
    found = {name: sum_of_means(*(part[name] for part in parts), level=at) for name in parts[0]}
    if wanted is not None:
        if len(parts) == 1:
            found["billable_points"] = known(parts[0]["billable_points"], wanted)
        found = {name: at_any_look(each, level) for name, each in found.items()}
    return FrozenMapping(found)
