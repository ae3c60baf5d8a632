"""The ceiling that no staffing can pass, by simulation.

Comes in: a scenario. Goes out: one Estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.estimation import Estimate
    from ccmsim.montecarlo import Progress
    from ccmsim.scenario.model import Scenario


def ceiling_share(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 50,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the share of patient-months that unlimited, undisturbed staff would bill.

    A simulation of `ccmsim.ideal.ceiling`: the scenario's own patients, release of calls, retries,
    follow-ups, push and other work, but nobody ever waits for a coordinator, nothing is lost in
    the log, and every documented month may be billed. What is missing to 1 nobody could have
    reached. Its closed form, without other work and push, is `ceiling_share_closed_form`.

    Parameters
    ----------
    scenario : Scenario
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        Billable ÷ enrolled patient-months.

    Examples
    --------
    >>> import ccmsim
    >>> ceiling_share(ccmsim.load("perfect"), months=1, replications=2).value
    1.0
    """
    from ccmsim.estimation import ratio_of_means
    from ccmsim.ideal import ceiling
    from ccmsim.montecarlo import simulate

    results = simulate(
        ceiling(scenario),
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        executor=executor,
        workers=workers,
        progress=progress,
    )
    billable = results.values["billable_patients"].sum(axis=1)
    enrolled = results.values["enrolled_patients"].sum(axis=1)
    return ratio_of_means(billable, enrolled, level=level)
