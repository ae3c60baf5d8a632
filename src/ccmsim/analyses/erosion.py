"""Erosion: where the projection goes by driver, and what each disruption costs.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `Erosion` of estimates. The
replications of all its scenarios share their random numbers, so every difference is paired.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.away import PLAIN, Away, more_watched, watched
from ccmsim.analyses.control import lost_by_cause
from ccmsim.analyses.erosion_rows import Known, Levels, rows_of
from ccmsim.analyses.factors import check_level
from ccmsim.analyses.gaps import Totals, at_cost_of, limitless, totals_of
from ccmsim.analyses.narrowing import Look, check_half_width, narrowed, wanted_at_looks
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.shares import DRIVERS
from ccmsim.analyses.waterfall import Erosion
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation.rare import Wanted
from ccmsim.ideal import no_disruptions, unlimited_staff, without
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.analyses.doubts import Doubts
    from ccmsim.analyses.parameters import Uncertain
    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

_LOST: Final = "lost"


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
    """Find where the projection goes, by driver and disruption.

    From today up one driver after the other is mended: visibility, enrollment, execution (each
    disruption in the scenario's order, then the hours, with staff whom nobody waits for),
    documentation. That is the ceiling; what it lacks of the projection nobody could have reached.
    Besides, each disruption is taken away alone, and all of them together. Equal seeds give common
    random numbers, so each gain is a paired difference. The effects of single disruptions do not
    add up to that of all together, because a minute can be lost twice and spare minutes gain less
    and less: the interaction says by how much.

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
    With a half-width, the scenarios of the steps have as many replications as the row with the
    most, so that steps add up exactly; a disruption alone has the first of these, as many as it
    needs. Means then are controlled by the minutes that each cause takes, known from more
    replications without patients (`ccmsim.analyses.away`), but where absence depends on the
    patients. When to stop, and the measured coverage: `ccmsim.analyses.narrowing`.

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
    plan = _plan(scenario)
    whole = replications * len(set(plan.prints.values()))
    with shown(progress, whole) as report:
        run = Runs(months, warmup_months, executor, workers, report, whole)
        found = _Simulated(scenario, plan, run, seed)
        found.to(dict.fromkeys(plan.scenarios, replications))
        known, reached = Known(level), None
        if half_width is not None:
            found.away = watched(run, scenario, found.totals["today"][_LOST], seed)
            reached, wanted = found.until_narrow(half_width, level)
            known = Known(level, found.away, wanted)
    return Erosion(
        scenario=scenario.name,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        replications=len(found.totals["today"]["net_usd"]),
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        half_width=half_width,
        reached=reached,
        **rows_of(scenario, Levels(found.totals, plan.prints), plan.steps, known),
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
    planned = {"today": scenario} | _single(scenario)
    return doubts(planned, uncertain, **({"measure": "billable_points"} | settings))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is simulated by name, and those that are steps: each mends one thing more."""

    scenarios: Mapping[str, Scenario]
    steps: tuple[str, ...]

    @property
    def prints(self) -> dict[str, str]:
        """The fingerprint of each scenario."""
        return {name: one.fingerprint for name, one in self.scenarios.items()}


def _plan(scenario: Scenario) -> _Plan:
    steps = _mended(scenario)
    return _Plan(steps | _single(scenario), tuple(steps))


def _mended(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario, and what it becomes as one thing after the other is mended."""
    found = {"today": scenario}
    for name in ("visibility", "enrollment"):
        scenario = found[name] = DRIVERS[name](scenario)
    for name in scenario.disruptions:
        scenario = found[f"execution.{name}"] = without(scenario, name)
    scenario = found["execution.hours"] = unlimited_staff(scenario)
    found["documentation"] = DRIVERS["documentation"](scenario)
    return found


def _single(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario without all disruptions, and without each of them alone."""
    names = scenario.disruptions
    found = {"undisturbed": no_disruptions(scenario)} if names else {}
    return found | {f"without {name}": without(scenario, name) for name in names}


@dataclass(slots=True)
class _Simulated:
    """The totals of every scenario; equal scenarios are simulated once."""

    scenario: Scenario
    plan: _Plan
    run: Runs
    seed: int
    totals: dict[str, Totals] = field(default_factory=dict)
    away: Away = PLAIN
    _known: dict[str, Totals] = field(default_factory=dict)

    def to(self, sizes: Mapping[str, int]) -> None:
        """Simulate so many replications of each scenario, those that there are among them."""
        ends: dict[str, int] = {}
        for name, size in sizes.items():
            key = self.plan.scenarios[name].fingerprint
            ends[key] = max(size, ends.get(key, 0))
        there = {key: len(self._known[key]["net_usd"]) if key in self._known else 0 for key in ends}
        self.run.whole = self.run.done + sum(max(0, ends[key] - there[key]) for key in ends)
        for changed in self.plan.scenarios.values():
            key = changed.fingerprint
            if there[key] < ends[key]:
                there[key] = ends[key]
                self._known[key] = self.run.totals(
                    changed, ends[key], self.seed, _totals, self._known.get(key)
                )
        today = self._known[self.scenario.fingerprint]
        for name, changed in self.plan.scenarios.items():
            found = {
                each: of[: sizes[name]] for each, of in self._known[changed.fingerprint].items()
            }
            self.totals[name] = (
                at_cost_of(found, today) if limitless(changed, self.scenario) else found
            )

    def until_narrow(self, half_width: float, level: float) -> tuple[bool, Wanted]:
        """Simulate until the billable points of every row are known; say whether that did it."""
        wanted, needed = wanted_at_looks(half_width, level, 100.0), 0

        def looks() -> dict[str, Look]:
            nonlocal needed
            points = {name: found["billable_points"] for name, found in self.totals.items()}
            seen, needed = self.away.looks(_samples(points, self.plan.steps), wanted)
            return seen

        def add(sizes: Mapping[str, int]) -> None:
            longest = max(sizes.values())
            every = {name: sizes.get(name, longest) for name in self.plan.scenarios}
            self.to(every | dict.fromkeys((*self.plan.steps, "undisturbed"), longest))
            self.away = more_watched(self.run, self.scenario, self.away, self.seed, longest, needed)

        return narrowed(looks, add), wanted


def _samples(points: Mapping[str, Floats], steps: tuple[str, ...]) -> dict[str, Floats]:
    """Return what has to be known: levels, steps, and what each disruption alone costs."""
    today, last = points["today"], points[steps[-1]]
    found = {"level today": today, "ceiling": last}
    found |= {
        f"step {name}": points[name] - points[below] for below, name in itertools.pairwise(steps)
    }
    found["execution"] = points["execution.hours"] - points["enrollment"]
    if "undisturbed" in points:
        found["undisturbed"] = points["undisturbed"] - today
    for name, values in points.items():
        if name.startswith("without "):
            found[name] = values - today[: values.size]
    return found


def _totals(results: Results) -> Totals:
    return totals_of(results.values) | {_LOST: lost_by_cause(results)}
