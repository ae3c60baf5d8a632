"""Staffing: which team to choose, as sure as is asked, within limits of risk.

Comes in: a scenario, options (teams, as scenarios or changes) and the settings of `simulate`. Goes
out: a frozen `Staffing`: the best option that keeps the limits, with the probability that it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.choice import (
    BEHIND,
    BREAKS,
    KEEPS,
    UNSURE,
    Option,
    RiskLimit,
    Staffing,
)
from ccmsim.analyses.compare import named
from ccmsim.analyses.factors import (
    MEASURES,
    check_level,
    check_measure,
    difference,
    furthest,
    values_of,
)
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import SEED_MAX, check_run, check_scenario, numeric, several, whole
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import mean, quantile
from ccmsim.estimation.bounded import bounded_mean, check_tolerance, is_below
from ccmsim.estimation.selection import Keeps, Selection, select_best
from ccmsim.estimation.together import as_one_of, level_of_each
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

Options = Mapping[str, Scenario | Mapping[str, Any]] | Iterable[Scenario]
"""Scenarios, or by name what `Scenario.but` takes."""

BAD_SHARE: Final = 0.05
"""The bad year is this quantile."""

WORTH: Final = {"billable_patients": 10.0, "billable_points": 1.0}
"""A difference that matters, where nothing is said; 1,000 of US dollars."""


def staffing(
    scenario: Scenario,
    options: Options,
    *,
    objective: str = "net_usd",
    risk: RiskLimit | Iterable[RiskLimit] = (),
    tolerance: float = 0.01,
    worth: float | None = None,
    months: int = 12,
    first: int = 50,
    most: int = 5_000,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    checkpoint: str | Path | None = None,
    level: float = 0.95,
) -> Staffing:
    """Choose the team with the highest mean among those that keep limits of risk.

    With probability `level` at least the chosen team keeps the limits, and is the best that does or
    within `worth` of it: as far as `tolerance` tells who keeps them.

    Parameters
    ----------
    scenario : Scenario
        The practice as it is; it is chosen only where it is one of the options, too.
    options : mapping of str to scenarios or changes, or iterable of Scenario
        Two or more: scenarios, or what `Scenario.but` takes, as
        `{"pooled": {"operations.assignment": "pooled"}}`; `teams` makes a grid of them.
    objective : str
        One of MEASURES: a total over the reported months.
    risk : RiskLimit, or iterable of RiskLimit
    tolerance : float
        A share of months that does not matter, between 0 and 1: one that is under its limit by so
        much keeps it, one that is over it by so much breaks it, and between either may be said. On
        either side no more than half of the way to 0 or 1. Smaller takes longer.
    worth : float, optional
        A difference that matters, in the objective's unit, above 0: smaller takes longer. 1,000
        US dollars, 10 patient-months or 1 of 100 enrolled where left out.
    months, seed, warmup_months, executor, workers, checkpoint
        As in `ccmsim.simulate`.
    progress : callable or bool, optional
        As in `ccmsim.simulate`; all replications are those up to the next look.
    first, most : int
        Replications of an option before the first look, at least 20, and at most.
    level : float

    Raises
    ------
    ccmsim.errors.InputError
        When a setting or an option is impossible.

    Notes
    -----
    See `ccmsim.estimation.selection.select_best`: two options are not told apart while an event too
    rare to have been seen could turn their order, were it to cost one of them a whole projection
    (of points, all of them) in the years it strikes. For limits see
    `ccmsim.estimation.bounded.is_below`: what it says holds at every look, for months of a
    replication that depend on each other in any way. The selection takes means of some fifty
    replications as near normal, and that an option within `worth` of the best is chosen where no
    one is best by that much is measured, not proven (docs/staffing.md). Where there are limits,
    half of 1 - `level` is the chance to judge any option wrong by any of them (Bonferroni), and
    half that of another error of the selection. An option that is behind one that keeps the limits
    need not be judged: its verdict may stay open.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = staffing(small, ccmsim.teams(small, hours=[4, 16]), months=3, first=20, worth=500.0)
    >>> found.best, found.decided
    ('1 x 4 h', True)
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    chosen = scenarios_of(scenario, options)
    bounds = _limits(risk)
    check_measure(objective, "objective")
    worth = WORTH.get(objective, 1_000.0) if worth is None else worth
    _check(objective, worth, months, warmup_months, first, most, seed, level)
    check_tolerance(tolerance)
    if level <= 1.0 / len(chosen):
        rule = f"must be above 1 / {len(chosen)}, what a blind choice of these options has"
        raise refuse("level", rule, level, "such as 0.95")
    practices, names = list(chosen.values()), list(chosen)
    error = (1.0 - level) / (2.0 if bounds else 1.0)
    judged = max(len(names) * len(bounds), 1)
    answers: dict[tuple[int, int], bool | None] = {}
    with shown(progress, len(names) * first) as report:
        runs = Runs(
            months, warmup_months, executor, workers, report, len(names) * first,
            checkpoint=checkpoint, remember=True,
        )  # fmt: skip
        seen = [runs.results(one, first, seed) for one in practices]
        selection = select_best(
            lambda i, n: runs.values(objective, practices[i], n, seed)[:n],
            len(practices),
            worth=worth,
            level=1.0 - error,
            first=first,
            most=most,
            looking=lambda going, n: runs.expect((practices[i] for i in going), n, seed),
            keeps=_keeping(runs, practices, bounds, seed, tolerance, error / judged, answers),
            apart=max(furthest(results, objective) for results in seen),
        )
        ran = [runs.results(one, 1, seed) for one in practices]
        longest = max(results.replications for results in ran)
        runs.expect([scenario], longest, seed)
        today = runs.values(objective, scenario, longest, seed)
    verdicts = _verdicts(selection)
    at_once = level_of_each(level, judged)
    apart = max(furthest(results, objective) for results in ran) or math.inf
    found = [
        _option(
            name, ran[i], objective, bounds, verdicts[i], level, at_once,
            ((practices[i], scenario), today, apart),
            tuple(answers.get((i, k)) for k in range(len(bounds))),
        )
        for i, name in enumerate(names)
    ]  # fmt: skip
    left = () if selection.decided else selection.left
    return Staffing(
        scenario=scenario.name,
        objective=objective,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        seed=seed,
        warmup_months=warmup_months,
        worth=float(worth),
        level=level,
        risk=bounds,
        tolerance=float(tolerance),
        today=mean(today, level=level),
        options=tuple(sorted(found, key=lambda option: -option.mean.value)),
        best=None if selection.best is None else names[selection.best],
        decided=selection.decided,
        left=tuple(names[i] for i in left),
        undecided_on_limits=tuple(names[i] for i in left if selection.keeps[i] is None),
    )


def scenarios_of(scenario: Scenario, options: Options) -> dict[str, Scenario]:
    """Return options as scenarios by name: changes are made to the scenario.

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than two, names are not unique, or changes are impossible.

    Examples
    --------
    >>> import ccmsim
    >>> practice = ccmsim.load("two_nurses")
    >>> found = scenarios_of(practice, {"today": {}, "pooled": {"operations.assignment": "pooled"}})
    >>> found["today"] == practice, found["pooled"].operations.assignment
    (True, 'pooled')
    """
    if not isinstance(options, Mapping):
        return named(options, "options")
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for name, option in options.items():
        found[name] = option
        if isinstance(option, Mapping):
            try:
                found[name] = scenario.but(option)
            except InputError as error:
                problems += [
                    replace(each, field=f"{name}: {each.field}") for each in error.problems
                ]
    if problems:
        raise InputError(problems)
    return named(found, "options")


def _keeping(
    runs: Runs,
    practices: Sequence[Scenario],
    limits: tuple[RiskLimit, ...],
    seed: int,
    tolerance: float,
    error: float,
    answers: dict[tuple[int, int], bool | None],
) -> Keeps:
    """Return what tells whether an option keeps all limits; answers to each are entered."""

    def keeps(i: int, n: int) -> bool | None:
        for k, limit in enumerate(limits):
            if answers.get((i, k)) is None:
                shares = limit.below(runs.results(practices[i], n, seed))[:n]
                answers[i, k] = is_below(shares, limit.months_share, tolerance, error=error)
        found = [answers[i, k] for k in range(len(limits))]
        if False in found:
            return False
        return None if None in found else True

    return keeps


def _verdicts(selection: Selection) -> list[str]:
    """Return what is said of each option's limits."""
    judged = {True: KEEPS, False: BREAKS}
    return [
        judged[keeps] if keeps is not None else UNSURE if i in selection.left else BEHIND
        for i, keeps in enumerate(selection.keeps)
    ]


def _option(
    name: str,
    results: Results,
    objective: str,
    limits: tuple[RiskLimit, ...],
    verdict: str,
    level: float,
    at_once: float,
    today: tuple[tuple[Scenario, Scenario], Floats, float],
    kept: tuple[bool | None, ...],
) -> Option:
    values, (pair, before, most) = values_of(results, objective), today
    return Option(
        name=name,
        mean=mean(values, level=level),
        to_today=difference(values, before[: len(values)], pair, level=level, most=most),
        bad_year=quantile(values, BAD_SHARE, level=level),
        limits=tuple(
            as_one_of(
                bounded_mean(limit.below(results), level=at_once),
                level=level,
                note="all limits of all options at once",
            )
            for limit in limits
        ),
        kept=kept,
        verdict=verdict,
        replications=results.replications,
    )


def _limits(risk: Any) -> tuple[RiskLimit, ...]:
    """Return the limits; raise `InputError` for what is none."""
    valid = 'RiskLimit("net_usd", 0.0, 0.05)'
    limits = (risk,) if isinstance(risk, RiskLimit) else tuple(several(risk, "risk", f"[{valid}]"))
    for limit in limits:
        if not isinstance(limit, RiskLimit):
            raise refuse("risk", "must be limits", limit, f"such as {valid}")
    if problems := [problem for limit in limits for problem in limit.problems()]:
        raise InputError(problems)
    return limits


def _check(
    objective: str,
    worth: float,
    months: int,
    warmup_months: int,
    first: int,
    most: int,
    seed: int,
    level: float,
) -> None:
    """Raise `InputError` for what has no meaning here."""
    check_run(months, warmup_months, first, seed)
    check_level(level)
    valid = f"a difference that matters, in {MEASURES[objective]}"
    problems = numeric(worth, "worth", valid) + whole(most, "most", 1, SEED_MAX, "5000")
    if problems:
        raise InputError(problems)
    if not worth > 0.0:
        raise refuse("worth", "must be above 0", worth, valid)
    if first < 20 or most < first:
        raise refuse("first", "must be at least 20, and no more than most", (first, most), "50")
