"""Risk: how bad a year may be against a plan, how often a month runs dry, and what is behind it.

Comes in: a scenario, or `Results` that are there already. Goes out: a frozen `Risk`. Every number
is an estimate over replications; months of one replication are never taken for independent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import check_level, plain_estimate, table_of
from ccmsim.analyses.gaps import projected_net
from ccmsim.analyses.losses import loss_numbers, missed_usd, with_losses
from ccmsim.analyses.risk_numbers import against_plan, by_cause, earned_back, spread, under_level
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import MAX_BOOTSTRAP_LEVEL, Estimate
from ccmsim.measures import totals

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results
    from ccmsim.scenario.model import Scenario

MEASURES: Final = {
    "net_usd": "net",
    "cash_net_usd": "net by cash",
    "billed_usd": "billed",
    "finally_paid_usd": "finally paid",
    "collected_usd": "collected",
}
"""What may be looked at, and what texts and plots call it."""

PROJECTION: Final = "projection"
"""The plan of a replication in which every enrolled patient is billed every month."""

NUMBERS: Final = {
    "mean": "mean, USD",
    "sd": "standard deviation, USD",
    "cv": "standard deviation / mean",
    "p1": "one year in 100 is at most, USD",
    "p5": "one year in 20 is at most, USD",
    "p50": "half of the years are at most, USD",
    "p95": "19 years in 20 are at most, USD",
    "expected_shortfall": "mean of the worst 5 % of years, USD",
    "value_at_risk": "mean less the year in 20, USD",
    "plan": "the plan, USD",
    "behind_plan": "mean distance to the plan, USD",
    "at_risk": "one year in 20 stays behind the plan by at least, USD",
    "misses_plan": "probability of a year behind the plan",
    "loss_year": "probability of a year under the level",
    "loss_month": "share of months under the level",
    "any_loss_month": "probability of a year with such a month",
    "longest_run": "longest run of such months, mean",
    "even_month": "month from which on all was earned back, median",
    "never_even": "probability that the horizon ends in the red",
}
"""What is said of a measure."""

CAUSE_NUMBERS: Final = {
    "frequency": "share of months in which it strikes",
    "severity_minutes": "minutes lost in such a month",
    "minutes": "minutes lost a month",
    "tail_minutes": "the same in the worst 5 % of years",
    "excess_minutes": "worst years less all years",
}
"""What is said of a cause of absence."""

LOSS_NUMBERS: Final = {
    "years_share": "share of years that lose something to it",
    "severity_usd": "such a year loses, mean, USD",
    "severity_p50_usd": "half of such years lose at most, USD",
    "severity_p95_usd": "19 in 20 of such years lose at most, USD",
    "loss_usd": "a year loses, mean, USD",
    "tail_usd": "the same in the worst 5 % of years",
    "excess_usd": "worst years less all years",
    "tail_share": "its part of what the worst years lose",
}
"""What is said of the missed patient-months that fall on an obstacle."""


@dataclass(frozen=True, kw_only=True)
class Risk:
    """How bad a year may be, which causes the bad years share, and what missed months cost in them.

    Parameters
    ----------
    scenario, measure : str
    plan : float or "projection"
        What is planned over all reported months, USD; the projection is each replication's own.
    floor : float
        The level of a month, USD; that of a year is as many times it as there are months.
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval.
    numbers : mapping of str to Estimate
        Keys of `NUMBERS`. Left out: a cv where the mean's interval reaches 0.
    causes : mapping of (cause, number) to Estimate
        Keys of `CAUSE_NUMBERS`; left out: a cause that never struck.
    losses : mapping of (obstacle, number) to Estimate
        Base-code dollars of missed patient-months by what stood in their way, as `attribution`
        splits them, and "missed", all of it: keys of `LOSS_NUMBERS`. Left out: what never cost
        anything; all of it where the results keep no obstacles.
    """

    scenario: str
    measure: str
    plan: float | str
    floor: float
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    numbers: Mapping[str, Estimate]
    causes: Mapping[tuple[str, str], Estimate]
    losses: Mapping[tuple[str, str], Estimate]

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (of, number), `of` being the measure, a cause or an obstacle; columns value,
            standard_error, low, high, level, replications and method.
        """
        rows = {(self.measure, name): number for name, number in self.numbers.items()}
        return table_of({**rows, **self.causes, **self.losses}, ["of", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "measure", "plan", "floor", "months", "replications", "seed",
            "warmup_months", "level",
        )  # fmt: skip
        numbers = {name: plain_estimate(number) for name, number in self.numbers.items()}
        return {name: getattr(self, name) for name in names} | {
            "numbers": numbers,
            "causes": _plain(self.causes),
            "losses": _plain(self.losses),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: quantiles beside the plan, and what the worst years share and lose."""
        from ccmsim.analyses.risk_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.risk_views import text

        return text(self)


def _plain(found: Mapping[tuple[str, str], Estimate]) -> dict[str, dict[str, Any]]:
    """Return estimates as plain values, by cause and number."""
    plain: dict[str, dict[str, Any]] = {}
    for (cause, name), number in found.items():
        plain.setdefault(cause, {})[name] = plain_estimate(number)
    return plain


def risk(
    scenario: Scenario,
    *,
    measure: str = "net_usd",
    plan: float | None = None,
    floor: float = 0.0,
    months: int = 12,
    replications: int = 1_000,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    level: float = 0.95,
    progress: Progress | bool | None = None,
) -> Risk:
    """Say how bad a year may be, how often a month is under a level, and what is behind it.

    Parameters
    ----------
    scenario : Scenario
    measure : str
        One of `MEASURES`.
    plan : float, optional
        What is planned over all months, USD; the projection (every enrolled patient billed, less
        the cost where the measure is a net) where left out.
    floor : float
        A month under it is a losing one, USD: 0 is break-even; a payroll fits `collected_usd`.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 100 replications.
    level : float
        Coverage of every interval, at most 0.995.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> found = risk(ccmsim.load("perfect"), months=3, replications=200)
    >>> found.numbers["misses_plan"].value, found.numbers["never_even"].value
    (0.0, 0.0)
    """
    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    _check(measure, plan, floor, replications, level)
    results, losses = with_losses(
        scenario, months=months, replications=replications, seed=seed,
        warmup_months=warmup_months, executor=executor, workers=workers, progress=progress,
    )  # fmt: skip
    return risk_of(results, measure=measure, plan=plan, floor=floor, level=level, losses=losses)


def _check(measure: str, plan: float | None, floor: float, replications: int, level: float) -> None:
    """Raise `InputError` for what has no meaning here."""
    if measure not in MEASURES:
        raise refuse("measure", "is not known", measure, ", ".join(MEASURES))
    for name, amount in (("plan", plan), ("floor", floor)):
        if amount is not None and not np.isfinite(amount):
            raise refuse(name, "must be a finite amount in USD", amount, "such as 40000")
    if replications < 100:
        rule = "must be at least 100 for a tail of 5 %"
        raise refuse("replications", rule, replications, "such as 1000")
    if level > MAX_BOOTSTRAP_LEVEL:
        rule = "is too high for a bootstrap interval"
        raise refuse("level", rule, level, f"above 0, at most {MAX_BOOTSTRAP_LEVEL}")


def risk_of(
    results: Results,
    *,
    measure: str = "net_usd",
    plan: float | None = None,
    floor: float = 0.0,
    level: float = 0.95,
    losses: Mapping[str, Floats] | None = None,
) -> Risk:
    """Return what `risk` does, of results that are there already.

    Parameters
    ----------
    results : Results
    measure, plan, floor, level
        As in `risk`.
    losses : mapping of str to ndarray, shape (n,), optional
        Dollars by obstacle of the same replications. Left out, they are those of results with
        `keep="obstacles"`; other results have none.
    """
    check_level(level)
    _check(measure, plan, floor, results.replications, level)
    monthly: Floats = results.values[measure].astype(np.float64)
    total = totals(results, measure)
    planned = _projection(results, measure) if plan is None else np.full_like(total, float(plan))
    if losses is None:
        losses = missed_usd(results) if "patient_waiting_days" in results.values else {}
    numbers = {
        **spread(total, level),
        **against_plan(total, planned, level),
        **under_level(monthly, floor, level),
        **earned_back(monthly, level),
    }
    return Risk(
        scenario=results.scenario.name, measure=measure,
        plan=PROJECTION if plan is None else float(plan), floor=float(floor),
        months=len(results.months), replications=results.replications, seed=results.seed,
        warmup_months=results.warmup_months, level=level, numbers=numbers,
        causes=by_cause(results.values["lost_minutes"].astype(np.float64), total, level),
        losses=loss_numbers(losses, total, float(totals(results, "plan_usd").max()), level),
    )  # fmt: skip


def _projection(results: Results, measure: str) -> Floats:
    """Return what each replication would give if every enrolled patient were billed at once."""
    planned = totals(results, "plan_usd")
    if measure in ("net_usd", "cash_net_usd"):
        cost = totals(results, "staff_cost_usd") + totals(results, "other_cost_usd")
        planned = projected_net(planned, cost)
    return planned
