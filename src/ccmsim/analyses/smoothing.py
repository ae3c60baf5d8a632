"""Smoothing: whether the programme's income evens out that of visits, and what a shock does to it.

Comes in: a scenario with visits and the settings of `simulate`. Goes out: a frozen `Smoothing`.
Variances are those over the months of one replication; replications say how sure they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import check_level, part_of, plain_estimate, table_of
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

CASES: Final = {"usual": "without shocks", "shocks": "with shocks"}
"""What is simulated, and what texts and plots call it."""

SOURCES: Final = {
    "visits": "visits alone",
    "programme": "the programme, net by cash",
    "together": "both together",
}
"""Incomes that are compared, and what texts and plots call them."""

MEASURES: Final = {
    "month_usd": "mean month, USD",
    "sd_usd": "standard deviation over months, USD",
    "variance": "variance over months, USD squared",
    "cv": "standard deviation / mean",
    "lowest_usd": "lowest month, USD",
}
"""What is said of each income: the mean over replications of what one replication's months give."""

PAIR: Final = {
    "covariance": "of visits and programme over months, USD squared",
    "correlation": "of visits and programme over months",
    "change": "cv of both together less cv of visits alone",
}
"""What is said of two incomes at once, as source "pair"."""

SHOCKS_A_YEAR: Final = 0.25
"""Of the case with shocks, where the scenario has none."""


@dataclass(frozen=True, kw_only=True)
class Smoothing:
    """How even the months of visits, of the programme and of both together are.

    Parameters
    ----------
    scenario : str
        The scenario's name.
    shock_per_year : float
        How often a year a shock begins in the case "shocks".
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval.
    numbers : mapping of (case, source, measure) to Estimate
        Keys of `CASES`; of `SOURCES` with `MEASURES`, or "pair" with `PAIR`. A change below 0 says
        that the programme smooths. Left out: a cv, and a change, where a replication's
        mean month is not positive; a correlation where an income doesn't vary in a replication.
    """

    scenario: str
    shock_per_year: float
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    numbers: Mapping[tuple[str, str, str], Estimate]

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (case, source, measure); columns value, standard_error, low, high, level,
            replications and method.
        """
        names = ["case", "source", "measure"]
        return table_of(self.numbers, names)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "shock_per_year", "months", "replications", "seed", "warmup_months", "level"
        )  # fmt: skip
        cases: dict[str, Any] = {}
        for (case, source, measure), number in self.numbers.items():
            cases.setdefault(case, {}).setdefault(source, {})[measure] = plain_estimate(number)
        return {name: getattr(self, name) for name in names} | {"cases": cases}

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: how uneven each income is and its lowest month, with and without."""
        from ccmsim.analyses.smoothing_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.smoothing_views import text

        return text(self)


def smoothing(
    scenario: Scenario,
    *,
    shock_per_year: float | None = None,
    months: int = 24,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 6,
    executor: Executor | None = None,
    workers: int | None = None,
    level: float = 0.95,
    progress: Progress | bool | None = None,
) -> Smoothing:
    """Compare how even the months are: visits alone, the programme, both together.

    The scenario is simulated without visit shocks and with them, under common random numbers.

    Parameters
    ----------
    scenario : Scenario
        With the part `visits`.
    shock_per_year : float, optional
        How often a year a shock begins in the case with shocks; the scenario's own, or 0.25 where
        that is 0.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 months and 2 replications. The warm-up keeps the first
        months out, in which no cash has arrived yet.
    level : float
        Coverage of every interval.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or the scenario has no visits.

    Examples
    --------
    >>> import ccmsim
    >>> practice = ccmsim.load("perfect").but({"visits": {}})
    >>> found = smoothing(practice, months=6, replications=2)
    >>> found.numbers["usual", "pair", "change"].value < 0.0
    True
    """
    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    for name, number in (("months", months), ("replications", replications)):
        if number < 2:
            raise refuse(name, "must be at least 2 for a variance", number, "such as 24")
    if scenario.visits is None:
        raise refuse("visits", "is needed here", None, "such as visits = {per_month = 300}")
    often = scenario.visits.shock_per_year or SHOCKS_A_YEAR
    often = often if shock_per_year is None else shock_per_year
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    numbers: dict[tuple[str, str, str], Estimate] = {}
    whole = len(CASES) * replications
    with shown(progress, whole) as report:
        for k, (case, shocks) in enumerate(zip(CASES, (0.0, often), strict=True)):
            results = simulate(
                scenario.but({"visits.shock_per_year": shocks}), months=months,
                replications=replications, seed=seed, warmup_months=warmup_months,
                executor=executor, workers=workers,
                progress=part_of(report, k * replications, whole),
            )  # fmt: skip
            found = statistics(results.values["visit_usd"], results.values["cash_net_usd"])
            numbers |= {(case, *key): mean(value, level=level) for key, value in found.items()}
    return Smoothing(
        scenario=scenario.name, shock_per_year=often, months=months, replications=replications,
        seed=seed, warmup_months=warmup_months, level=level, numbers=numbers,
    )  # fmt: skip


def statistics(visits: Floats, programme: Floats) -> dict[tuple[str, str], Floats]:
    """Return what the months of each replication give, by source and measure.

    Parameters
    ----------
    visits, programme : array of float, shape (replications, months)
        US dollars.

    Returns
    -------
    dict
        Keys as in `Smoothing.numbers` without the case; each value has shape (replications,).
        Variances and covariances are unbiased and add up: both together is visits + programme +
        2 × covariance.

    Examples
    --------
    >>> import numpy as np
    >>> found = statistics(np.array([[4.0, 8.0]]), np.array([[3.0, 1.0]]))
    >>> {key: float(found[key][0]) for key in [("visits", "variance"), ("together", "variance")]}
    {('visits', 'variance'): 8.0, ('together', 'variance'): 2.0}
    """
    incomes = {"visits": visits, "programme": programme, "together": visits + programme}
    found: dict[tuple[str, str], Floats] = {}
    for source, income in incomes.items():
        month, variance = income.mean(axis=1), income.var(axis=1, ddof=1)
        found[source, "month_usd"] = month
        found[source, "sd_usd"] = np.sqrt(variance)
        found[source, "variance"] = variance
        if (month > 0.0).all():
            found[source, "cv"] = found[source, "sd_usd"] / month
        found[source, "lowest_usd"] = income.min(axis=1)
    deviations = (each - each.mean(axis=1, keepdims=True) for each in (visits, programme))
    covariance = np.prod(list(deviations), axis=0).sum(axis=1) / (visits.shape[1] - 1)
    found["pair", "covariance"] = covariance
    spread = found["visits", "sd_usd"] * found["programme", "sd_usd"]
    if spread.all():
        found["pair", "correlation"] = covariance / spread
    if ("visits", "cv") in found and ("together", "cv") in found:
        found["pair", "change"] = found["together", "cv"] - found["visits", "cv"]
    return found
