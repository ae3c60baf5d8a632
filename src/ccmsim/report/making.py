"""What a report is made of: one practice, simulated and asked everything an owner wants to know.

Comes in: a scenario and the settings of `simulate`. Goes out: a `Report`. Every part has the same
months and the same seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import check_level
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import InputError, refuse
from ccmsim.report.value import Report
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.montecarlo import Progress

FEWEST_REPLICATIONS: Final = 100
"""The bad years of a report need so many."""

ABSENCE_REPLICATIONS: Final = 40
"""At most so many find the cost of an absence."""


def practice_report(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 300,
    seed: int = 0,
    warmup_months: int = 0,
    sets: int = 30,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Report:
    """Return everything that an owner wants to know of a practice, to be saved as one page.

    Parameters
    ----------
    scenario : Scenario
    months, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; progress is that of each part in turn.
    replications : int
        Of every part, at least 100.
    sets : int
        Sets of what is not known on which the best steps are tried, as in `ccmsim.assess`; with 0
        nothing is looked for either that could overturn it.
    level : float
        Coverage of the intervals, at most 0.995.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 10})
    >>> found = practice_report(small, months=1, replications=100, sets=0)
    >>> found.html().splitlines()[0]
    '<!DOCTYPE html>'
    """
    check_scenario(scenario)
    _check(months, warmup_months, replications, seed, sets, level)
    from ccmsim.analyses.absence_cost import cost_of_absence
    from ccmsim.analyses.assess import assess
    from ccmsim.analyses.erosion import erosion
    from ccmsim.analyses.losses import with_losses
    from ccmsim.analyses.overturn import CHECKS
    from ccmsim.analyses.risk import risk_of

    where: dict[str, Any] = {
        "months": months, "seed": seed, "warmup_months": warmup_months, "executor": executor,
        "workers": workers,
    }  # fmt: skip
    many = where | {"replications": replications, "progress": progress}
    results, losses = with_losses(scenario, **many)
    return Report(
        results=results,
        level=level,
        absence=cost_of_absence(
            scenario, replications=min(replications, ABSENCE_REPLICATIONS), level=level,
            baseline=results, **where,
        ),
        erosion=erosion(scenario, level=level, **many),
        risk=risk_of(results, level=level, losses=losses),
        assessment=assess(
            scenario, sets=sets, checks=CHECKS if sets else 0, level=level, **many
        ),
    )  # fmt: skip


def _check(
    months: int, warmup_months: int, replications: int, seed: int, sets: int, level: float
) -> None:
    """Raise `InputError` for a setting that some part would refuse after others were simulated."""
    from ccmsim.estimation import MAX_BOOTSTRAP_LEVEL

    check_run(months, warmup_months, replications, seed)
    check_level(level)
    if level > MAX_BOOTSTRAP_LEVEL:
        valid = f"above 0, at most {MAX_BOOTSTRAP_LEVEL}"
        raise refuse("level", "is too high for a bootstrap interval", level, valid)
    if replications < FEWEST_REPLICATIONS:
        rule = f"must be at least {FEWEST_REPLICATIONS} for the bad years of a report"
        raise refuse("replications", rule, replications, "such as 300")
    if problems := whole(sets, "sets", 0, 100_000, "30"):
        raise InputError(problems)
