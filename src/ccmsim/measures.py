"""The measures of a result: one `Estimate` each, under a stable name.

Comes in: `Results`. Goes out: a dictionary of estimates, without pandas or xarray. Never
simulates. docs/results.md says what each name means.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation import (
    Estimate,
    PrecisionWarning,
    expected_shortfall,
    mean,
    probability_below,
    quantile,
    ratio_of_means,
)
from ccmsim.finance import WAGE_ITEMS
from ccmsim.rules import STAGES
from ccmsim.variables import VARIABLES, coordinates

if TYPE_CHECKING:
    from ccmsim.results import Results
    from ccmsim.scenario.model import Scenario

FLOWS: Final = (
    "plan_usd",
    "billed_usd",
    "finally_paid_usd",
    "collected_usd",
    "staff_cost_usd",
    "nominal_staff_cost_usd",
    "other_cost_usd",
    "net_usd",
    "cash_net_usd",
    "billable_patients",
)
"""Variables with a mean month and a total."""

SPLITS: Final = {
    "written_off_usd": "why",
    "cost_usd": "item",
    "absence_cost_usd": "cause",
    "overhead_hours": "overhead",
    "overhead_usd": "overhead",
}
"""Variables with a mean month for each label."""

SPREAD: Final = ("billed_usd", "net_usd", "billable_patients")
"""Variables whose total has quantiles."""

TAIL_SHARE: Final = 0.05
"""The worst replications that expected shortfall and revenue at risk speak of."""


def measures(results: Results, *, level: float = 0.95) -> dict[str, Estimate]:
    """Return every measure of a result with its interval, by name.

    Parameters
    ----------
    results : Results
    level : float
        Nominal coverage of the intervals, above 0 and at most 0.995.

    Returns
    -------
    dict of str to Estimate
        In a fixed order; the names and units are those of docs/results.md.

    Warns
    -----
    ccmsim.estimation.PrecisionWarning
        Once, where replications are too few for a measure; its `method` says so too.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=200)
    >>> found = measures(results)
    >>> found["billed_usd.total"].value, found["billable_share"].value
    (4959.75, 1.0)
    """
    found, warning = measures_and_warning(results, level=level)
    if warning:
        warnings.warn(warning, PrecisionWarning, stacklevel=2)
    return found


def measures_and_warning(
    results: Results, *, level: float = 0.95
) -> tuple[dict[str, Estimate], str]:
    """Return what `measures` does, and the text of its warning; empty where there is none."""
    shortfalls, warning = _shortfalls(results, level)
    found = {
        **_flows(results, level),
        **_patients(results, level),
        **_drivers(results, level),
        **_spread(results, level),
        **shortfalls,
        **_staff_time(results, level),
        **_reasons(results, level),
        **_costs(results, level),
    }
    return found, warning


def estimate_of(results: Results, name: str, *, level: float = 0.95) -> Estimate:
    """Return one measure, at any level between 0 and 1; not an expected shortfall.

    Raises
    ------
    ccmsim.errors.InputError
        Where there is no such measure.
    """
    for group in _groups():
        found = group(results, level)
        if name in found:
            return found[name]
    valid = "a name of results.summary() that is no expected shortfall, such as net_usd.total"
    raise refuse("measure", "is not known", name, valid)


def precise_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names that `estimate_of` knows."""
    from ccmsim.results import Results

    labels = coordinates()
    values = {
        name: np.zeros((2, 1, len(labels[variable.extra])) if variable.extra else (2, 1))
        for name, variable in VARIABLES.items()
    }
    blank = Results(
        scenario=scenario, values=values, months=("",), warmup_months=0, seed=0, engine="none"
    )
    return tuple(name for group in _groups() for name in group(blank, 0.95))


def totals(results: Results, name: str) -> Floats:
    """Return the sum over the reported months of a variable (replication, month), shape (n,).

    Dollars are added as whole cents, so equal totals are equal to the last bit.
    """
    values: Floats = results.values[name].astype(np.float64)
    if name.endswith("_usd"):
        values = np.rint(values * 100.0)
    sums: Floats = values.sum(axis=1)
    return sums / 100.0 if name.endswith("_usd") else sums


def billable_shares(results: Results) -> Floats:
    """Return billable ÷ enrolled of every month, shape (n, months); 0 where nobody is enrolled."""
    enrolled = np.maximum(results.values["enrolled_patients"], 1)
    shares: Floats = results.values["billable_patients"] / enrolled
    return shares


def billable_points(values: Mapping[str, NDArray[Any]]) -> Floats:
    """Return billable patient-months of 100 enrolled ones over all months, shape (n,).

    Patient-months are added up and then divided, so points of parts of a panel add up; 0 where
    nobody is enrolled. It is what every table means by "of 100 enrolled".

    Parameters
    ----------
    values : mapping of str to ndarray
        `billable_patients` and `enrolled_patients`, shape (n, months).

    Examples
    --------
    >>> months = {"billable_patients": np.array([[9, 0]]), "enrolled_patients": np.array([[10, 2]])}
    >>> billable_points(months).tolist()
    [75.0]
    """
    enrolled = np.maximum(values["enrolled_patients"].sum(axis=1), 1)
    points: Floats = 100.0 * values["billable_patients"].sum(axis=1) / enrolled
    return points


def month_quantile(values: ArrayLike, q: float, *, level: float = 0.95) -> Estimate:
    """Estimate a quantile of single months, over all months of all replications.

    Months of one replication resemble each other, so they are no sample of their own: the error is
    that of the share of months up to the quantile, taken between replications, and its interval
    around q is read off the empirical distribution (Woodruff).

    Parameters
    ----------
    values : array_like, shape (n, months)
        Replications first.
    q : float
        Probability, between 0 and 1: 0.1 for the one-in-ten bad month.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Estimate
        `standard_error` is NaN. Where too few replications lie beyond q, that end is infinite.

    Notes
    -----
    Measured coverage at level 0.95 for monthly billable shares on a lattice, with vacancies that
    last for months (600 data sets a cell): q = 0.05, 0.1, 0.5 give .933, .895, .980 at n = 20,
    .942, .943, .997 at n = 100, .943, .962, .998 at n = 200.

    Source: Woodruff (1952), JASA 47, 635-646.

    Examples
    --------
    >>> print(month_quantile([[1, 2, 9], [2, 3, 8], [1, 3, 9], [2, 4, 7], [3, 4, 9]], 0.5))
    3.0 (95 %: 2.0 to 7.0)
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all():
        raise refuse(
            "values", "must be finite months by replication", table.shape, "shape (n, months)"
        )
    ordered, n = np.sort(table, axis=None), table.shape[0]

    def at(p: float) -> float:
        rank = math.ceil(ordered.size * p - 1e-9)
        return float(ordered[min(max(rank, 1), ordered.size) - 1])

    value = at(q)
    if n == 1:
        return Estimate(value, math.nan, math.nan, math.nan, level, 1, "one replication")
    if ordered[0] == ordered[-1]:
        method = "degenerate: all values equal"
        return Estimate(value, math.nan, value, value, level, n, method)
    below = mean((table <= value).mean(axis=1), level=level)
    from scipy.special import stdtrit

    arm = float(stdtrit(n - 1, (1.0 + level) / 2.0)) * below.standard_error
    method = "quantile of months: Woodruff, by replication"
    low, high = -math.inf, math.inf
    if q - arm > 0.0:
        low = at(q - arm)
    else:
        method += f"; no lower end with {n} replications"
    if q + arm < 1.0:
        high = at(q + arm)
    else:
        method += f"; no upper end with {n} replications"
    return Estimate(value, math.nan, low, high, level, n, method)


def _groups() -> tuple[Callable[[Results, float], dict[str, Estimate]], ...]:
    """Return what estimates several measures at once, without resampling."""
    return _flows, _patients, _drivers, _spread, _staff_time, _reasons, _costs


def _flows(results: Results, level: float) -> dict[str, Estimate]:
    """Return mean month and total of what flows."""
    found = {}
    for name in FLOWS:
        total = totals(results, name)
        found[f"{name}.month"] = mean(total / len(results.months), level=level)
        found[f"{name}.total"] = mean(total, level=level)
    found["receivable_usd.end"] = mean(results.values["receivable_usd"][:, -1], level=level)
    return found


def _patients(results: Results, level: float) -> dict[str, Estimate]:
    enrolled, billable = (
        totals(results, name) for name in ("enrolled_patients", "billable_patients")
    )
    shares = billable_shares(results)
    per_patient_month = {
        f"{name}_per_patient_month": _ratio(totals(results, name), enrolled, level)
        for name in ("attempts", "contacts")
    }
    return {
        "enrolled_patients.month": mean(enrolled / len(results.months), level=level),
        "billable_share": _ratio(billable, enrolled, level),
        "billable_share.month.p5": month_quantile(shares, 0.05, level=level),
        "billable_share.month.p50": month_quantile(shares, 0.50, level=level),
        **per_patient_month,
        "months_since_contact": _ratio(totals(results, "uncontacted_months"), enrolled, level),
        "uncontacted_share": _ratio(totals(results, "uncontacted_patients"), enrolled, level),
    }


def _drivers(results: Results, level: float) -> dict[str, Estimate]:
    """Return what visibility and enrollment leave, where the Medicare panel is modelled."""
    if results.scenario.panel.medicare is None:
        return {}
    eligible = totals(results, "eligible_patients")
    shares = {"identified": "identified_patients", "enrolled": "enrolled_patients"}
    months = len(results.months)
    return {
        "eligible_patients.month": mean(eligible / months, level=level),
        **{
            f"{name}_share_of_eligible": _ratio(totals(results, variable), eligible, level)
            for name, variable in (shares | {"billable": "billable_patients"}).items()
        },
        **{
            f"{name}.month": mean(totals(results, name) / months, level=level)
            for name in ("approached_patients", "approaches", "consents", "new_patients")
        },
        **{
            f"stage_share.{name}": mean((results.values["stage"] == k).mean(axis=1), level=level)
            for k, name in enumerate(STAGES)
        },
    }


def _spread(results: Results, level: float) -> dict[str, Estimate]:
    """Return how far totals lie apart, and how far they may stay behind the projection."""
    found = {}
    for name in SPREAD:
        total = totals(results, name)
        for percent in (5, 50, 95):
            found[f"{name}.total.p{percent}"] = quantile(total, percent / 100.0, level=level)
    beyond_plan = totals(results, "billed_usd") - totals(results, "plan_usd")
    whole_cents = np.rint(beyond_plan * 100.0) / 100.0
    found["revenue_at_risk_usd"] = negative(quantile(whole_cents, TAIL_SHARE, level=level))
    found["net_usd.total.loss_probability"] = probability_below(
        totals(results, "net_usd"), 0.0, level=level
    )
    return found


def _shortfalls(results: Results, level: float) -> tuple[dict[str, Estimate], str]:
    """Return the expected shortfalls, and one warning for all of them or an empty text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PrecisionWarning)
        found = {
            f"{name}.total.expected_shortfall": expected_shortfall(
                totals(results, name), tail=TAIL_SHARE, level=level
            )
            for name in ("billed_usd", "net_usd")
        }
    return found, str(caught[0].message) if caught else ""


def _staff_time(results: Results, level: float) -> dict[str, Estimate]:
    on_duty, idle, template = (
        totals(results, f"{name}_minutes") for name in ("on_duty", "idle", "template")
    )
    lost = results.values["lost_minutes"].sum(axis=1)
    named = {"": lost.sum(axis=1)} | {
        f".{cause}": lost[:, c] for c, cause in enumerate(coordinates()["cause"])
    }
    return {
        "utilisation": _ratio(on_duty - idle, on_duty, level),
        **{
            f"lost_minutes{name}": mean(minutes / len(results.months), level=level)
            for name, minutes in named.items()
        },
        **{
            f"lost_share{name}": _ratio(minutes, template, level) for name, minutes in named.items()
        },
    }


def _reasons(results: Results, level: float) -> dict[str, Estimate]:
    """Return the patient-months missed, a month and as a share of the enrolled ones."""
    enrolled = totals(results, "enrolled_patients")
    missed = results.values["missed_patients"].sum(axis=1)
    named = {"": missed.sum(axis=1)} | {
        f".{reason}": missed[:, r] for r, reason in enumerate(coordinates()["reason"])
    }
    return {
        f"missed_patients{name}": mean(patients / len(results.months), level=level)
        for name, patients in named.items()
    } | {
        f"missed_share{name}": _ratio(patients, enrolled, level) for name, patients in named.items()
    }


def _costs(results: Results, level: float) -> dict[str, Estimate]:
    """Return what is never paid, what the cost is made of, old and new work, and the margin."""
    months, labels = len(results.months), coordinates()
    parts = {
        f"{name}.{label}": results.values[name][:, :, i].sum(axis=1)
        for name, dim in SPLITS.items()
        for i, label in enumerate(labels[dim])
    }
    wages = sum(parts[f"cost_usd.{item}"] for item in WAGE_ITEMS)
    fringe = 1.0 - 1.0 / results.scenario.finance.wage_load
    net, old, billed, before = (
        totals(results, name)
        for name in ("net_usd", "billed_old_work_usd", "billed_usd", "baseline_cost_usd")
    )
    parts |= {
        "fringe_usd": wages * fringe,
        "billed_old_work_usd": old,
        "billed_new_work_usd": billed - old,
        "baseline_cost_usd": before,
        "incremental_net_usd": net + before,
        "overpaid_usd": totals(results, "overpaid_usd"),
        "recouped_usd": totals(results, "recouped_usd"),
    }
    found = {name: mean(values / months, level=level) for name, values in parts.items()}
    return found | {"margin": _ratio(net, totals(results, "finally_paid_usd"), level)}


def _ratio(top: Floats, bottom: Floats, level: float) -> Estimate:
    """Return the ratio of means; no number where there is nothing to divide by."""
    if not bottom.any():
        nothing = "no value: nothing to divide by"
        return Estimate(math.nan, math.nan, math.nan, math.nan, level, bottom.size, nothing)
    return ratio_of_means(top, bottom, level=level)


def negative(estimate: Estimate) -> Estimate:
    """Return the estimate of the negative; no zero becomes −0."""
    return Estimate(
        0.0 - estimate.value,
        estimate.standard_error,
        0.0 - estimate.high,
        0.0 - estimate.low,
        estimate.level,
        estimate.replications,
        estimate.method,
    )
