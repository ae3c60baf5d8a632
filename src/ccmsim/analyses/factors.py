"""Factors of experiments: a number of a scenario to move, and what a result is measured by.

Comes in: a scenario and a dotted path; `Results` and a measure. Goes out: the scenario with another
number there; one value a replication. Simulates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from ccmsim.arrays import Bools, Floats
from ccmsim.checks import numeric
from ccmsim.distributions import Beta, Constant, Family
from ccmsim.errors import InputError, refuse
from ccmsim.estimation import Estimate, exactly, paired_difference
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.estimation.levels import share_true
from ccmsim.estimation.means import constant
from ccmsim.estimation.rare import allowing_difference
from ccmsim.measures import billable_points, totals
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import at, mean_at

if TYPE_CHECKING:
    import pandas as pd

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

MEASURES: Final[Mapping[str, str]] = {
    "net_usd": "net, USD",
    "billed_usd": "billed, USD",
    "finally_paid_usd": "finally paid, USD",
    "cash_net_usd": "net by cash, USD",
    "billable_patients": "billable patient-months",
    "billable_points": "billable, of 100 enrolled",
}
"""What may be looked at: totals over the reported months, and one total of 100 of another."""


def check_measure(measure: Any, field: str = "measure") -> None:
    """Raise `InputError` for a measure that nobody knows."""
    if not isinstance(measure, str) or measure not in MEASURES:
        raise refuse(field, "is not known", measure, ", ".join(MEASURES))


def check_level(level: Any) -> None:
    """Raise `InputError` for a level outside (0, 1)."""
    between_0_and_1("level", level)


def check_limit(limit: Any) -> None:
    """Raise `InputError` for a limit that is no number."""
    if problems := numeric(limit, "limit", "a number in the measure's unit"):
        raise InputError(problems)


def check_service(share: Any, months_share: Any) -> None:
    """Raise `InputError` for a wanted service, whose two shares lie between 0 and 1."""
    between_0_and_1("share", share, "a share such as 0.8")
    between_0_and_1("months_share", months_share, "a share such as 0.9")


def part_of(report: Progress, before: int, whole: int) -> Progress:
    """Return the progress of one simulation, reported as that of all."""
    return lambda done, _: report(before + done, whole)


def moved(scenario: Scenario, path: str, value: float) -> Scenario:
    """Return the scenario with another number at a path; of a distribution, another mean.

    Shapes are kept: the coefficient of variation, or of a beta distribution a + b.

    Raises
    ------
    ccmsim.errors.InputError
        When the path leads to no number, or the value is out of its range.

    Examples
    --------
    >>> import ccmsim
    >>> law = moved(ccmsim.load("two_nurses"), "contact.answer_probability", 0.4)
    >>> round(law.contact.answer_probability.expected(), 12)
    0.4
    """
    return scenario.but(change(scenario, path, value))


def change(scenario: Scenario, path: str, value: float) -> dict[str, Any]:
    """Return what `Scenario.but` needs to move a number, or a distribution's mean."""
    found = at(scenario, path)
    if isinstance(found, Beta):
        weight = found.a + found.b
        return {path: {"family": "beta", "a": value * weight, "b": (1.0 - value) * weight}}
    if isinstance(found, Family) and not isinstance(found, Constant):
        return {f"{path}.mean": value}
    return {path: round(value) if isinstance(found, int) else value}


def number_at(scenario: Scenario, path: str) -> float:
    """Return the number at a path, of a distribution its mean."""
    found = mean_at(scenario, path)
    if found is None:
        rule = "is not a number of this scenario, nor a distribution with a mean to move"
        raise refuse(path, rule, at(scenario, path), "a path such as contact.answer_probability")
    return found


def difference(
    after: Floats,
    before: Floats,
    scenarios: tuple[Scenario, Scenario],
    *,
    level: float,
    most: float | None = None,
) -> Estimate:
    """Return the paired difference of two scenarios: exactly 0 where they are equal.

    Where `most` is given, how far a rare event may set them apart, the interval allows for what
    was seen seldom or never (`ccmsim.estimation.rare.allowing_difference`). A constant difference
    of scenarios that differ in their prices and shares of money alone is certain.

    Examples
    --------
    >>> import ccmsim, numpy as np
    >>> one = ccmsim.load("perfect")
    >>> difference(np.ones(9), np.ones(9), (one, one), level=0.95).method
    'exact: by definition, or of equal scenarios'
    """
    if scenarios[0].fingerprint == scenarios[1].fingerprint:
        return exactly(0.0, level=level, replications=after.size)
    priced = constant(after, before) and _differ_in_money_alone(*scenarios)
    if most is None or priced:
        return paired_difference(after, before, level=level)
    return allowing_difference(after, before, most=most, level=level)


def _differ_in_money_alone(one: Scenario, other: Scenario) -> bool:
    """Return whether scenarios have all in common but `finance`, and so the same work."""
    of_money = {"name", "description", "finance"}
    return one.model_dump(exclude=of_money) == other.model_dump(exclude=of_money)


def furthest(results: Results, measure: str) -> float:
    """Return how far a rare event may set a measure apart: all that could be billed.

    The largest projection for dollars, the patients enrolled for patient-months, 100 of 100. No law
    for dollars: what costs more than the projection brings is not bounded by it.
    """
    if measure == "billable_points":
        return 100.0
    name = "plan_usd" if measure.endswith("_usd") else "enrolled_patients"
    return float(totals(results, name).max())


def values_of(results: Results, measure: str) -> Floats:
    """Return the measure, one value a replication."""
    if measure == "billable_points":
        return billable_points(results.values)
    return totals(results, measure)


def share_of_months(happened: Bools, *, level: float) -> Estimate:
    """Return the share of months in which something is so, shape (replications, months).

    The months of a replication hang together: see `ccmsim.estimation.levels.share_true`.

    Examples
    --------
    >>> import numpy as np
    >>> print(share_of_months(np.zeros((100, 12), bool), level=0.95))
    0.000 (95 %: 0.000 to 0.036)
    """
    return replace(share_true(happened, level=level), replications=len(happened))


def table_of(estimates: Mapping[Any, Estimate], names: list[str]) -> pd.DataFrame:
    """Return estimates as rows.

    Parameters
    ----------
    estimates : mapping of tuple to Estimate
        By what a row is about, a part for each name.
    names : list of str
        Of the index's levels.

    Returns
    -------
    pandas.DataFrame
        Columns value, standard_error, low, high, level, replications and method.
    """
    import pandas as pd

    index = pd.MultiIndex.from_tuples(list(estimates), names=names)
    rows = [found.as_dict() for found in estimates.values()]
    return pd.DataFrame(rows, index=index, columns=[each.name for each in fields(Estimate)])


def plain_estimate(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as plain values; NaN and infinite ends become None."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in estimate.as_dict().items()
    }
