"""Pooling: what small teams gain by sharing their patients, as the team grows.

Comes in: a practice, sizes of teams and the settings of `simulate`. Goes out: `Gains`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.gains import Contrast, Gains, Settings, gains_over
from ccmsim.checks import wholes
from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario
from ccmsim.wording import cell

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress

WAYS: Final = {"pooled": "one worklist", "owned_with_backup": "backup"}
"""What is compared with own patients, and what it is called."""


def pooling(
    scenario: Scenario,
    *,
    sizes: Iterable[int] = (1, 2, 3, 4, 6),
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Gains:
    """Find what teams gain by one worklist, or by backup, over patients of one's own.

    A team of k has k coordinators with the scenario's hours and k times its patients of one
    coordinator, so that the load is the same; only who may take whose patients differs. Dollars
    are those of one coordinator.

    Parameters
    ----------
    scenario : Scenario
        With one staff group, without `operations.cover` and `panel.medicare`.
    sizes : iterable of int
        Coordinators of a team, two sizes or more, each at least 1.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or the scenario has no single team to scale.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 40})
    >>> found = pooling(small, sizes=[1, 2], months=2, replications=20)
    >>> found.of_series("one worklist")[0].net.value
    0.0
    """
    settings = Settings(
        months=months, replications=replications, seed=seed, warmup_months=warmup_months,
        executor=executor, workers=workers, progress=progress, level=level,
    )  # fmt: skip
    settings.check(scenario)
    teams = _sizes(scenario, sizes)
    found = gains_over(
        scenario,
        {words: partial(_contrast, scenario, way) for way, words in WAYS.items()},
        teams,
        settings,
        title="what sharing patients brings, a coordinator",
        of="coordinators",
    )
    return replace(found, answers=tuple(_answer(found, words) for words in WAYS.values()))


def _contrast(scenario: Scenario, way: str, size: int) -> Contrast:
    ((name, group),) = scenario.staff.items()
    patients = round(scenario.panel.enrolled_at_start * size / group.coordinators)
    team = {f"staff.{name}.coordinators": size, "panel.enrolled_at_start": patients}
    own = scenario.but(team | {"operations.assignment": "owned"})
    if size == 1:  # nobody to share with
        return Contrast(((1.0, own), (-1.0, own)))
    return Contrast(
        ((1.0, own.but({"operations.assignment": way})), (-1.0, own)), usd_scale=1.0 / size
    )


def _sizes(scenario: Scenario, sizes: Iterable[int]) -> list[int]:
    if len(scenario.staff) > 1:
        raise refuse("staff", "must be one group here", list(scenario.staff), "one staff group")
    if scenario.operations.cover is not None:
        valid = "operations.cover left out: a pooled worklist has none"
        raise refuse("operations.cover", "cannot be compared with pooling", "cover", valid)
    if scenario.panel.medicare is not None:
        valid = "no panel.medicare"
        raise refuse("panel.medicare", "does not grow with a team here", "medicare", valid)
    found = wholes(sizes, "sizes", 1, 1_000, "[1, 2, 4]")
    if len(found) < 2:
        raise refuse("sizes", "must be two or more", found, "[1, 2, 4]")
    return found


def _answer(found: Gains, series: str) -> str:
    largest = found.of_series(series)[-1]
    sure = [gain for gain in found.of_series(series) if gain.net.low > 0.0]
    begin = (
        f"{series.capitalize()} nets more from a team of {sure[0].at:g} on, by each size's own "
        "interval."
        if sure and all(gain in sure for gain in found.of_series(series) if gain.at >= sure[0].at)
        else f"{series.capitalize()} nets no more for certain over all of these sizes."
    )
    return (
        f"{begin} In a team of {largest.at:g} it brings {cell(largest.net)} USD a coordinator, and "
        f"{cell(largest.points)} of 100 patients more are billed."
    )
