"""Assess: where a practice stands, what holds it back, and which steps pay.

Comes in: a scenario and settings. Goes out: a frozen `Assessment`: today's results, the gap of each
driver, and levers ranked by what they bring, with the same luck for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from ccmsim.analyses.assessment import INNER, SURE_OF_100, TRIED, Assessment, Gain
from ccmsim.analyses.factors import LOOKS, at_least_a_tenth, check_half_width, check_level, needed
from ccmsim.analyses.gains import less
from ccmsim.analyses.levers import Changes, Lever, levers_of
from ccmsim.analyses.parameters import Uncertain, parameters_of, seed_of_set, sets_of
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.shares import DRIVERS, causes_of
from ccmsim.arrays import Floats
from ccmsim.assumptions import assumptions_that_matter
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import (
    Estimate,
    mean,
    paired_difference,
    quantile,
    ratio_of_means,
    share,
)
from ccmsim.estimation.shapley import quantile_contrasts
from ccmsim.finance import ITEMS
from ccmsim.measures import measures_and_warning, totals
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

BAD_SHARE: Final = 0.10
"""A bad year is the one in ten."""

EXECUTION: Final = "execution"


@dataclass(frozen=True, slots=True)
class _Gap:
    """A driver or a disruption that is idealised by itself."""

    name: str
    words: str
    driver: str
    kind: ClassVar[str] = "gap"


def assess(
    scenario: Scenario,
    *,
    steps: Mapping[str, Changes] | None = None,
    costs: Mapping[str, float] | None = None,
    uncertain: Uncertain | Iterable[str] | None = None,
    sets: int = 20,
    half_width: float | None = None,
    months: int = 12,
    replications: int = 300,
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
        Sets of it on which the best levers are tried; 0: none, and no verdict is "sure".
    half_width : float, optional
        Half-width, in points of the enrolled, of every gap's and lever's billed patients. The
        replications then are a pilot; each scenario is simulated as often as it needs, at most
        MOST times and looked at LOOKS times.
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
    the levers' net gains hold for all of them at once (Bonferroni), since the best are picked. The
    bad year's change is a difference of quantiles with a bootstrap interval of whole replications.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = assess(small, months=1, replications=100, sets=0)
    >>> [gain.name for gain in found.gaps][:2], found.steps[0].kind
    (['execution', 'documentation'], 'step')
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    if replications < 100:
        rule = "must be at least 100 for a bad year of one in ten"
        raise refuse("replications", rule, replications, "such as 300")
    if problems := whole(sets, "sets", 0, 100_000, "20"):
        raise InputError(problems)
    levers = levers_of(scenario, steps)
    costs = _checked_costs(costs or {}, levers)
    gaps = _gaps(scenario)
    if half_width is not None:
        check_half_width(half_width, replications)
    at_once = 1.0 - (1.0 - level) / max(len(levers), 1)
    plan: list[tuple[Lever | _Gap, Scenario, float]] = [
        *((gap, changed, level) for gap, changed in gaps.items()),
        *((lever, changed, at_once) for lever, changed in levers.items()),
    ]
    whole_work = replications * (1 + len(plan)) + sets * INNER * (1 + min(TRIED, len(levers)))
    with shown(progress, whole_work) as report:
        run = Runs("net_usd", months, warmup_months, executor, workers, report, whole_work)
        base = run.results(scenario, replications, seed)
        found = [
            _gain(what, base, run.results(changed, replications, seed), costs, level, wide)
            for what, changed, wide in plan
        ]
        for _ in range(LOOKS - 1):
            sizes = _sizes(found, base, half_width)
            more = [i for i, gain in enumerate(found) if sizes[i] > gain.net_usd.replications]
            if not more:
                break
            if (most := max(sizes)) > len(base.values["net_usd"]):
                run.whole += most
                base = run.results(scenario, most, seed)
            run.whole += sum(sizes[i] for i in more)
            for i in more:
                what, changed, wide = plan[i]
                found[i] = _gain(
                    what, base, run.results(changed, sizes[i], seed), costs, level, wide
                )
        today = _today(base, level)
        gains = found[len(gaps) :]
        ranked = sorted(gains, key=lambda gain: -gain.net_usd.value)
        by_name = {lever.name: lever for lever in levers}
        if sets:
            tried = [by_name[gain.name] for gain in ranked[:TRIED]]
            known = _over_sets(run, scenario, tried, costs, uncertain, range(sets), seed, level)
            ranked = [_known(gain, known.get(gain.name)) for gain in ranked]
        ranked = [replace(gain, verdict=_verdict(gain)) for gain in ranked]
    return Assessment(
        scenario=scenario.name,
        first_month=base.months[0],
        months=months,
        replications=len(base.values["net_usd"]),
        seed=seed,
        warmup_months=warmup_months,
        sets=sets,
        level=level,
        today=today,
        gaps=tuple(found[: len(gaps)]),
        levers=tuple(ranked),
        assumptions=tuple(assumptions_that_matter(scenario)),
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


def _gaps(scenario: Scenario) -> dict[_Gap, Scenario]:
    """Return each driver, and each disruption, idealised by itself."""
    found: dict[_Gap, Scenario] = {}
    for names, driver in ((DRIVERS, ""), (causes_of(scenario), "execution")):
        for name, player in names.items():
            changed = player(scenario)
            if changed != scenario:
                words = f"Without {name}" if driver else f"Perfect {name}"
                found[_Gap(name, words, driver or name)] = changed
    return found


def _today(results: Results, level: float) -> dict[str, Estimate]:
    """Return the numbers of `TODAY`, those that there are."""
    found, _ = measures_and_warning(results, level=level)
    months = len(results.months)
    enrolled = totals(results, "enrolled_patients")
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


def _cost_of_seats(results: Results) -> Floats:
    """Return what grows with the number of coordinators: staff cost and training, shape (n,)."""
    training: Floats = results.values["cost_usd"][:, :, ITEMS.index("training")].sum(axis=1)
    return totals(results, "staff_cost_usd") + training


def _gain(
    what: Lever | _Gap,
    base: Results,
    changed: Results,
    costs: Mapping[str, float],
    level: float,
    wide: float,
) -> Gain:
    """Return what a change brings; `wide` is the level of its net gain."""
    cost = costs.get(what.name, 0.0)
    size = len(changed.values["net_usd"])

    def both(name: str) -> tuple[Floats, Floats]:
        return totals(base, name)[:size], totals(changed, name)

    before, after = both("net_usd")
    if what.name == EXECUTION:
        after = after + _cost_of_seats(changed) - _cost_of_seats(base)[:size]
    fewer, more = both("billable_patients")
    contrast = np.array([[-1.0], [1.0]])
    (bad,) = quantile_contrasts(np.array([before, after]), contrast, BAD_SHARE, level=level)
    losses = [100.0 * (values < 0.0) for values in (after, before)]
    return Gain(
        name=what.name,
        words=what.words,
        driver=what.driver,
        kind=what.kind,
        net_usd=less(paired_difference(after, before, level=wide), cost),
        billed_patients=paired_difference(
            more / len(base.months), fewer / len(base.months), level=level
        ),
        bad_net_usd=less(bad, cost),
        loss_of_100=paired_difference(*losses, level=level),
        cost_usd=cost,
    )


def _sizes(found: Sequence[Gain], base: Results, half_width: float | None) -> list[int]:
    """Return how many replications each gain needs; as many as it has if nothing is wanted."""
    if half_width is None:
        return [gain.net_usd.replications for gain in found]
    patients = float(totals(base, "enrolled_patients").mean()) / len(base.months)
    wanted = half_width * patients / 100.0
    return at_least_a_tenth([needed(gain.billed_patients, wanted) for gain in found])


def _over_sets(
    run: Runs,
    scenario: Scenario,
    tried: Iterable[Lever],
    costs: Mapping[str, float],
    uncertain: Uncertain | Iterable[str] | None,
    numbers: range,
    seed: int,
    level: float,
) -> dict[str, tuple[Estimate, Estimate]]:
    """Return mean gains over sets of what is not known, and how often there is one, by name."""
    _, scenarios = sets_of(scenario, parameters_of(scenario, uncertain), seed, numbers)
    pairs = [
        (one, seed_of_set(seed, number)) for one, number in zip(scenarios, numbers, strict=True)
    ]
    before = [run.values(one, INNER, at) for one, at in pairs]
    found = {}
    for lever in tried:
        gains = [
            float((run.values(one.but(lever.changes(one)), INNER, at) - today).mean())
            - costs.get(lever.name, 0.0)
            for (one, at), today in zip(pairs, before, strict=True)
        ]
        often = share(sum(gain > 0.0 for gain in gains), len(gains), level=level)
        found[lever.name] = (mean(gains, level=level), often.times(100.0))
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
    return "sure" if often is not None and often.value >= SURE_OF_100 else "likely"
