"""What a coordinator's absence costs: the same months with one more spell.

Comes in: a scenario, or results of it. Goes out: the paired difference of the total net.
"""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import date
from typing import TYPE_CHECKING, Any

from ccmsim.checks import MONTHS_MAX, whole
from ccmsim.errors import InputError
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.estimation import Estimate
    from ccmsim.results import Results

DAYS_PER_WEEK = 5
_BEGINS_IN_MONTH = 3
_ENTRY = "added_absence"


def cost_of_absence(
    scenario: Scenario,
    *,
    weeks: int = 4,
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    level: float = 0.95,
    baseline: Results | None = None,
) -> Estimate:
    """Estimate what it costs when the coordinator with most hours is away for some weeks.

    The months are simulated with and without the absence under common random numbers; the cost
    is the difference of their total net. It holds what is not billed, less wages that are saved:
    the absence is paid as the scenario's extended leave is.

    Parameters
    ----------
    scenario : Scenario
    weeks : int
        Five business days each, from the first business day of the third reported month on (of
        the last one, where fewer are simulated). What falls behind the last month is not counted.
    months, replications, seed, warmup_months, executor, workers
        As in `ccmsim.simulate`.
    level : float
        Nominal coverage of the interval.
    baseline : Results, optional
        Results of this scenario with these months and this seed, and at least so many
        replications: they need not be simulated again. Others are ignored.

    Returns
    -------
    Estimate
        US dollars; positive where the absence costs.

    Examples
    --------
    >>> import ccmsim
    >>> perfect = ccmsim.load("perfect")
    >>> cost = cost_of_absence(perfect, months=3, replications=2)
    >>> cost.value > 0
    True
    """
    from ccmsim.estimation import paired_difference
    from ccmsim.measures import totals
    from ccmsim.montecarlo import simulate

    problems = whole(weeks, "weeks", 1, 52, "4") + whole(months, "months", 1, MONTHS_MAX, "12")
    if problems:
        raise InputError(problems)
    settings: dict[str, Any] = {
        "months": months,
        "replications": replications,
        "seed": seed,
        "warmup_months": warmup_months,
        "executor": executor,
        "workers": workers,
    }
    usual = baseline
    if usual is None or not _same_experiment(usual, scenario, settings):
        usual = simulate(scenario, **settings)
    worse = simulate(with_absence(scenario, weeks=weeks, months=months), **settings)
    return paired_difference(
        totals(usual, "net_usd")[:replications], totals(worse, "net_usd"), level=level
    )


def with_absence(scenario: Scenario, *, weeks: int, months: int) -> Scenario:
    """Return the scenario with one more absence, of seat 0, as `cost_of_absence` means it.

    Examples
    --------
    >>> import ccmsim
    >>> worse = with_absence(ccmsim.load("two_nurses"), weeks=4, months=12)
    >>> spell = worse.disruptions["added_absence"].spells[0]
    >>> spell.seat, spell.start.isoformat(), spell.days
    (0, '2026-03-01', 20)
    """
    name = _ENTRY
    while name in scenario.disruptions:
        name += "_"
    entry = {
        "kind": "recorded",
        "cause": "extended_leave",
        "paid_share": _paid_share(scenario),
        "spells": [
            {
                "seat": 0,
                "start": _month_after(scenario.start, min(_BEGINS_IN_MONTH, months) - 1),
                "days": weeks * DAYS_PER_WEEK,
            }
        ],
    }
    return scenario.but({f"disruptions.{name}": entry})


def _paid_share(scenario: Scenario) -> float:
    """Return what the scenario pays of a long leave; of the most frequent of several."""
    from ccmsim.scenario.disruptions import ExtendedLeave

    leaves = [entry for entry in scenario.disruptions.values() if isinstance(entry, ExtendedLeave)]
    return max(
        leaves or [ExtendedLeave()], key=lambda leave: (leave.spells_per_year, leave.paid_share)
    ).paid_share


def _month_after(start: date, months: int) -> date:
    position = start.month - 1 + months
    return date(start.year + position // 12, position % 12 + 1, 1)


def _same_experiment(results: Results, scenario: Scenario, settings: dict[str, Any]) -> bool:
    return (
        results.scenario == scenario
        and results.seed == settings["seed"]
        and len(results.months) == settings["months"]
        and results.warmup_months == settings["warmup_months"]
        and results.replications >= settings["replications"]
    )
