"""Cover: what substitutes on call bring, by how many there are and how soon they come.

Comes in: a practice, substitutes to try and the settings of `simulate`. Goes out: `Gains`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.gains import Contrast, Gains, Settings, gains_over
from ccmsim.analyses.leave_dates import seat_of
from ccmsim.analyses.teams import substitutes
from ccmsim.checks import wholes
from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.staff import Cover
from ccmsim.wording import cell, counted

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress

USUAL_DAYS: Final = (0, 1, 2, 3, 5, 10)


def cover_pool(
    scenario: Scenario,
    *,
    after_days: Iterable[int] = USUAL_DAYS,
    people: Iterable[int] = (1, 2),
    cover: float | Mapping[str, Any] | Cover | None = None,
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Gains:
    """Find what a pool of substitutes on call brings over none, and what an hour of it is worth.

    Substitutes come for whole shifts on days when a coordinator is away for the given days already,
    are paid for these shifts alone, and take that coordinator's patients.

    Parameters
    ----------
    scenario : Scenario
        Its own `operations.cover`, if any, is taken away first; not with a pooled worklist.
    after_days : iterable of int
        Scheduled days away after which they come, two or more values.
    people : iterable of int
        Substitutes who come together.
    cover : float, mapping or Cover, optional
        Weekly hours of each, or fields of `operations.cover`; left out: as the largest group's.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    The worth of an hour is E[net gain + what substitutes are paid] / E[their hours]: a pool pays
    where it is above what an hour costs, and a retainer may cost up to the net gain.

    Examples
    --------
    >>> import ccmsim
    >>> found = cover_pool(
    ...     ccmsim.load("solo_nurse"), after_days=[0, 5], people=[1], months=3, replications=20
    ... )
    >>> [gain.at for gain in found.gains], found.series
    ([0.0, 5.0], ('1 substitute',))
    """
    settings = Settings(
        months=months, replications=replications, seed=seed, warmup_months=warmup_months,
        executor=executor, workers=workers, progress=progress, level=level,
    )  # fmt: skip
    settings.check(scenario)
    check_owners(scenario)
    group, _ = seat_of(scenario, None)
    called = substitutes(scenario, group, {} if cover is None else cover)
    days = wholes(after_days, "after_days", 0, 1_000, "[0, 2, 5]")
    sizes = wholes(people, "people", 1, 1_000, "[1, 2]")
    if len(days) < 2:
        raise refuse("after_days", "must be two different values or more", days, "[0, 2, 5]")
    if not sizes:
        raise refuse("people", "must be one size or more", sizes, "[1, 2]")
    found = gains_over(
        scenario,
        {counted(size, "substitute"): partial(_contrast, scenario, called, size) for size in sizes},
        days,
        settings,
        title="what substitutes on call bring",
        of="days away after which they come",
    )
    hour = called.wage_usd_per_hour * scenario.finance.wage_load
    return replace(found, answers=tuple(_answer(found, series, hour) for series in found.series))


def check_owners(scenario: Scenario) -> None:
    """Raise `InputError` for a pooled worklist, which has no owners to stand in for."""
    if scenario.operations.assignment == "pooled":
        valid = '"owned" or "owned_with_backup"'
        raise refuse("operations.assignment", "must have owners to stand in for", "pooled", valid)


def _contrast(scenario: Scenario, called: Cover, size: int, days: int) -> Contrast:
    fields = called.model_dump() | {"coordinators": size, "after_days": days}
    without = scenario.but({"operations.cover": None})
    return Contrast(
        ((1.0, without.but({"operations.cover": fields})), (-1.0, without)),
        cover_usd_per_hour=called.wage_usd_per_hour * scenario.finance.wage_load,
    )


def _answer(found: Gains, series: str, hour: float) -> str:
    best = max(found.of_series(series), key=lambda gain: gain.net.value)
    worth = best.worth_of_an_hour
    if worth is None:
        return f"{series.capitalize()}: nobody is ever called."
    sure = "above 0 by its own interval" if best.net.low > 0.0 else "which may be nothing"
    return (
        f"{series.capitalize()}: the net gain of these is highest after {best.at:g} days, "
        f"{cell(best.net)} USD, {sure}. An hour is worth {cell(worth)} USD there and costs "
        f"{hour:,.2f}."
    )
