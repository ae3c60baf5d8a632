"""Assess: where a practice stands, what holds it back, and which steps pay.

Comes in: a scenario and settings. Goes out: a frozen `Assessment`: today's results, the gap of each
driver, and levers ranked by what they bring, with the same luck for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ccmsim.analyses.alike import firsts, own, totals_once
from ccmsim.analyses.assessment import INNER, SURE_OF_100, TRIED, Assessment, Gain
from ccmsim.analyses.away import watched
from ccmsim.analyses.control import lost_by_cause
from ccmsim.analyses.factors import check_level
from ccmsim.analyses.levers import STEP, Changes, Lever, levers_of
from ccmsim.analyses.narrowing import at_any_look, check_half_width
from ccmsim.analyses.overturn import CHECKS, Overturn, Search
from ccmsim.analyses.parameters import Uncertain, parameters_of, seed_of_set, sets_of
from ccmsim.analyses.runs import Runs, Totals
from ccmsim.analyses.shares import DRIVERS, causes_of
from ccmsim.analyses.ways import (
    BAD_SHARE,
    Found,
    Gap,
    Way,
    at_look,
    gains_of,
    totals_of,
    until_narrow,
)
from ccmsim.arrays import Floats
from ccmsim.assumptions import assumptions_that_matter
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import Estimate, mean, quantile, ratio_of_means
from ccmsim.estimation.levels import sets_above
from ccmsim.estimation.together import level_of_each
from ccmsim.frozen import FrozenMapping
from ccmsim.measures import measures_and_warning, totals
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results


def assess(
    scenario: Scenario,
    *,
    steps: Mapping[str, Changes] | None = None,
    costs: Mapping[str, float] | None = None,
    uncertain: Uncertain | Iterable[str] | None = None,
    sets: int = 30,
    checks: int = CHECKS,
    half_width: float | None = None,
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Assessment:
    """Say where a practice stands, what holds it back and which steps pay.

    Every driver and disruption is idealised by itself, and every lever that the scenario has a
    place for is moved by itself, with the same luck; the best ones are tried once more on sets of
    what is not known.

    Parameters
    ----------
    scenario : Scenario
    steps : mapping of str to changes, optional
        Steps of one's own by name: what `Scenario.but` takes.
    costs : mapping of str to float, optional
        By lever's name, USD over all months: costs that the model does not know.
    uncertain : mapping of str to law, or paths, optional
        What is not known, as in `ccmsim.uncertainty`.
    sets : int
        Sets of it on which the best levers are tried, at least 3; 0: none, and no verdict is
        "sure". Fewer than 25 cannot make one of six sure, even if it gains in all of them.
    checks : int
        Replications with which each value that is not known (of `uncertain`, or of the evidence
        table) is moved to both ends of its range, to find those that could overturn the rest; 0:
        none, and `assumptions` are those that mattered most to the preset two_nurses.
    half_width : float, optional
        Half-width, in points of the enrolled, of every gap's and lever's billed patients. The
        replications then are a pilot; each scenario is simulated as often as it needs, at most
        200,000 times, and looked at five times at most. Every interval is wider, so that it holds
        at whichever look was the last; `reached` says whether all are as narrow as wanted.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 100 replications.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a step, a cost or a setting is impossible.

    Notes
    -----
    Levers are moved one at a time: two together may bring less than the sum, or more. Intervals of
    the levers' net gains hold for all of them at once (Bonferroni), since the best are picked, and
    so do those of the sets in which the best ones gain, each set with luck of its own. The bad
    year's change is a difference of quantiles with a bootstrap interval of whole replications; with
    the other numbers it holds one by one: `ccmsim.analyses.assessment.LEVEL_IS`.

    Replications that are alike in several scenarios are simulated once (`ccmsim.analyses.alike`).
    Changes of the net and of billed patients are controlled by the minutes that each cause takes,
    known from four times as many replications without patients (`ccmsim.analyses.away`); drawn
    again from 3,000 replications of two_nurses, 200 at a time, intervals of ten changes held the
    truth in .92 to .97 at level .95, and in .990 to 1.000 at level .9967 (600 data sets each).
    Changes that few replications show have the interval of `ccmsim.estimation.rare`.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = assess(small, months=1, replications=100, sets=0, checks=0)
    >>> [gain.name for gain in found.gaps][:2], found.steps[0].kind
    (['execution', 'documentation'], 'step')
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    if replications < 100:
        rule = "must be at least 100 for a bad year of one in ten"
        raise refuse("replications", rule, replications, "such as 200")
    if problems := whole(sets, "sets", 0, 100_000, "30"):
        raise InputError(problems)
    if problems := whole(checks, "checks", 0, 100_000, "25"):
        raise InputError(problems)
    if 0 < checks < 5:
        raise refuse("checks", "must be 0, or at least 5", checks, "25, or 0 for none")
    if 0 < sets < 3:
        raise refuse("sets", "must be 0, or at least 3", sets, "30, or 0 for none")
    levers = levers_of(scenario, steps)
    costs = _checked_costs(costs or {}, levers)
    if half_width is not None:
        check_half_width(half_width, replications)
    gaps = _gaps(scenario)
    at_once = level_of_each(level, max(len(levers), 1))
    ways = [
        *(Way(gap, changed, level) for gap, changed in gaps.items()),
        *(Way(lever, changed, at_once) for lever, changed in levers.items()),
    ]
    scenarios = [scenario, *(way.scenario for way in ways)]
    alike = firsts(
        scenarios, months=months, warmup_months=warmup_months, seed=seed, replications=replications
    )
    whole_work = own(alike) + sets * INNER * (1 + min(TRIED, len(levers)))
    with shown(progress, whole_work) as report:
        run = Runs(months, warmup_months, executor, workers, report, whole_work, remember=True)
        base = run.results(scenario, replications, seed)

        def simulated(one: Scenario, numbers: Sequence[int]) -> Totals:
            if one is scenario:
                return totals_of(base)
            return run.totals_at(one, numbers, seed, totals_of)

        today, *after = totals_once(scenarios, alike, simulated)
        away = watched(run, scenario, lost_by_cause(base), seed)
        found = Found(base, today, after, half_width, away)
        if half_width is not None:
            found.reached = until_narrow(found, run, scenario, ways, level)
        gains = gains_of(found, ways, costs, level)
        ranked = sorted(gains[len(gaps) :], key=lambda gain: -gain.net_usd.value)
        by_name = {lever.name: lever for lever in levers}
        if sets and ranked:
            tried = [by_name[gain.name] for gain in ranked[:TRIED]]
            over_sets = _over_sets(run, scenario, tried, costs, uncertain, range(sets), seed, level)
            ranked = [_known(gain, over_sets.get(gain.name)) for gain in ranked]
        overturns: tuple[Overturn, ...] = ()
        if checks:
            best = [by_name[gain.name] for gain in ranked if gain.kind == STEP][:2]
            overturns = Search(run, scenario, seed, checks, level).overturns(uncertain, best)
    return Assessment(
        scenario=scenario.name,
        first_month=found.base.months[0],
        months=months,
        replications=found.base.replications,
        seed=seed,
        warmup_months=warmup_months,
        sets=sets,
        level=level,
        half_width=half_width,
        reached=found.reached,
        today=_today(found, level),
        gaps=tuple(gains[: len(gaps)]),
        levers=tuple(replace(gain, verdict=_verdict(gain)) for gain in ranked),
        assumptions=tuple(assumptions_that_matter(scenario)),
        overturns=overturns,
    )


def _checked_costs(
    costs: Mapping[str, float], levers: Mapping[Lever, Scenario]
) -> dict[str, float]:
    """Return the costs, refused where a lever is not there or an amount is none."""
    names = [lever.name for lever in levers]
    problems = []
    for name, amount in costs.items():
        if name not in names:
            problems.append(Problem("costs", "is no lever here", name, ", ".join(names)))
        elif isinstance(amount, bool) or not isinstance(amount, int | float):
            problems.append(Problem(f"costs.{name}", "is not an amount", amount, "such as 1200"))
        elif not 0.0 <= amount < 1e12:
            valid = "USD over all months, 0 or more"
            problems.append(Problem(f"costs.{name}", "is out of range", amount, valid))
    if problems:
        raise InputError(problems)
    return {name: float(amount) for name, amount in costs.items()}


def _gaps(scenario: Scenario) -> dict[Gap, Scenario]:
    """Return each driver, and each disruption, idealised by itself."""
    found: dict[Gap, Scenario] = {}
    for names, driver in ((DRIVERS, ""), (causes_of(scenario), "execution")):
        for name, player in names.items():
            changed = player(scenario)
            if changed != scenario:
                words = f"Without {name}" if driver else f"Perfect {name}"
                found[Gap(name, words, driver or name)] = changed
    return found


def _today(of_all: Found, level: float) -> Mapping[str, Estimate]:
    """Return the numbers of `TODAY`, those that there are."""
    results, at = of_all.base, at_look(level, of_all)
    found = _numbers(results, at)
    if of_all.half_width is not None:
        found = {name: at_any_look(number, level) for name, number in found.items()}
    return FrozenMapping(found)


def _numbers(results: Results, level: float) -> dict[str, Estimate]:
    found, _ = measures_and_warning(results, level=level)
    months = len(results.months)
    enrolled, billed = totals(results, "enrolled_patients"), totals(results, "billed_usd")
    countable, on_duty = totals(results, "countable_minutes"), totals(results, "on_duty_minutes")
    weeks = months * 365.25 / 12.0 / 7.0
    numbers = {
        "enrolled": mean(enrolled / months, level=level),
        "eligible": found.get("eligible_patients.month"),
        "identified_of_100": _hundredfold(found.get("identified_share_of_eligible")),
        "enrolled_of_100": _hundredfold(found.get("enrolled_share_of_eligible")),
        "desk_hours_per_week": mean(on_duty / 60.0 / weeks, level=level),
        "lost_of_100": _hundredfold(found.get("lost_share")),
        "busy_of_100": _hundredfold(found.get("utilisation")),
        "minutes_per_patient": _over(countable, enrolled, level),
        "captured_of_100": _hundredfold(
            _over(totals(results, "captured_minutes"), countable, level)
        ),
        "billed_of_100": _hundredfold(found["billable_share"]),
        "billed_usd": found["billed_usd.total"],
        "bad_billed_usd": quantile(billed, BAD_SHARE, level=level),
        "good_billed_usd": quantile(billed, 1.0 - BAD_SHARE, level=level),
        "before_staff_usd": mean(
            totals(results, "net_usd") + totals(results, "staff_cost_usd"), level=level
        ),
        "net_usd": found["net_usd.total"],
        "bad_net_usd": quantile(totals(results, "net_usd"), BAD_SHARE, level=level),
        "loss_of_100": _hundredfold(found["net_usd.total.loss_probability"]),
    }
    return {name: number for name, number in numbers.items() if number is not None}


def _hundredfold(estimate: Estimate | None) -> Estimate | None:
    return None if estimate is None else estimate.times(100.0)


def _over(top: Floats, bottom: Floats, level: float) -> Estimate | None:
    return ratio_of_means(top, bottom, level=level) if bottom.any() else None


def _over_sets(
    run: Runs,
    scenario: Scenario,
    tried: Sequence[Lever],
    costs: Mapping[str, float],
    uncertain: Uncertain | Iterable[str] | None,
    numbers: range,
    seed: int,
    level: float,
) -> dict[str, tuple[Estimate, Estimate]]:
    """Return mean gains over sets of what is not known, and how often there is one, by name.

    The sets have other seeds than the replications that chose what is tried.
    """
    at_once = level_of_each(level, len(tried))
    _, scenarios = sets_of(scenario, parameters_of(scenario, uncertain), seed, numbers)
    nets = np.array(
        [
            [
                run.values("net_usd", each, INNER, seed_of_set(seed, number))
                for each in (one, *(one.but(lever.changes(one)) for lever in tried))
            ]
            for one, number in zip(scenarios, numbers, strict=True)
        ]
    )  # a set's scenarios one after the other: they have the tables of its laws in common
    found = {}
    for i, lever in enumerate(tried):
        gains = nets[:, i + 1] - nets[:, 0] - costs.get(lever.name, 0.0)
        often = sets_above(gains, level=at_once).times(100.0)
        found[lever.name] = (mean(gains.mean(axis=1), level=at_once), often)
    return found


def _known(gain: Gain, over_sets: tuple[Estimate, Estimate] | None) -> Gain:
    if over_sets is None:
        return gain
    return replace(gain, unknown_net_usd=over_sets[0], gains_of_100=over_sets[1])


def _verdict(gain: Gain) -> str:
    """Return what may be said of a lever."""
    if gain.net_usd.high < 0.0:
        return "loses"
    if not gain.net_usd.low > 0.0:
        return "open"
    often = gain.gains_of_100
    return "sure" if often is not None and often.low >= SURE_OF_100 else "likely"
