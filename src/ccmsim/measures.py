"""The measures of a result: one `Estimate` each, under a stable name.

Comes in: `Results`. Goes out: a dictionary of estimates, or what one is estimated from, without
pandas or xarray. Never simulates. docs/results.md says what each name means.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, PrecisionWarning, expected_shortfall
from ccmsim.estimation.samples import (
    MeanOf,
    MonthQuantileOf,
    ProbabilityOf,
    QuantileOf,
    RatioOf,
    Sample,
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
    found: dict[str, Estimate] = {}
    for group in _groups():
        found |= {name: sample.estimate(level) for name, sample in group(results).items()}
        if group is _spread:
            found |= shortfalls
    return found, warning


def sample_behind(results: Results, name: str) -> Sample:
    """Return what a measure is estimated from; not of an expected shortfall.

    Raises
    ------
    ccmsim.errors.InputError
        Where there is no such measure.
    """
    for group in _groups():
        found = group(results)
        if name in found:
            return found[name]
    valid = "a name of results.summary() that is no expected shortfall, such as net_usd.total"
    raise refuse("measure", "is not known", name, valid)


def estimate_of(results: Results, name: str, *, level: float = 0.95) -> Estimate:
    """Return one measure, at any level between 0 and 1; not an expected shortfall.

    Raises
    ------
    ccmsim.errors.InputError
        Where there is no such measure.
    """
    return sample_behind(results, name).estimate(level)


def precise_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names that `sample_behind` knows."""
    from ccmsim.results import Results

    labels = coordinates()
    values = {
        name: np.zeros((2, 1, len(labels[variable.extra])) if variable.extra else (2, 1))
        for name, variable in VARIABLES.items()
    }
    blank = Results(
        scenario=scenario, values=values, months=("",), warmup_months=0, seed=0, engine="none"
    )
    return tuple(name for group in _groups() for name in group(blank))


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


def _groups() -> tuple[Callable[[Results], dict[str, Sample]], ...]:
    """Return what several measures are estimated from, group by group, in their order."""
    return _flows, _beside, _patients, _drivers, _spread, _staff_time, _reasons, _costs


def _flows(results: Results) -> dict[str, Sample]:
    """Return mean month and total of what flows."""
    found: dict[str, Sample] = {}
    months, dollars = len(results.months), _furthest(results, "plan_usd")
    patients = _furthest(results, "enrolled_patients")
    for name in FLOWS:
        total, most = totals(results, name), dollars if name.endswith("_usd") else patients
        found[f"{name}.month"] = MeanOf(total / months, most / months)
        found[f"{name}.total"] = MeanOf(total, most)
    found["receivable_usd.end"] = MeanOf(results.values["receivable_usd"][:, -1], dollars)
    return found


def _beside(results: Results) -> dict[str, Sample]:
    """Return what office visits bring beside the programme, where they are modelled."""
    if results.scenario.visits is None:
        return {}
    total = totals(results, "visit_usd")
    return {
        "visit_usd.month": MeanOf(total / len(results.months)),
        "visit_usd.total": MeanOf(total),
    }


def _furthest(results: Results, name: str) -> float:
    """Return how far apart two replications' totals are taken to be able to lie.

    The largest total of the variable that bounds them: the projection for dollars, the patients
    enrolled for patients, the scheduled minutes for minutes. Infinite where it is 0.
    """
    return float(totals(results, name).max()) or math.inf


def _patients(results: Results) -> dict[str, Sample]:
    enrolled, billable = (
        totals(results, name) for name in ("enrolled_patients", "billable_patients")
    )
    shares = billable_shares(results)
    per_patient_month = {
        f"{name}_per_patient_month": RatioOf(totals(results, name), enrolled)
        for name in ("attempts", "contacts")
    }
    return {
        "enrolled_patients.month": MeanOf(
            enrolled / len(results.months), float(enrolled.max()) / len(results.months)
        ),
        "billable_share": RatioOf(billable, enrolled, apart=1.0),
        "billable_share.month.p5": MonthQuantileOf(shares, 0.05),
        "billable_share.month.p50": MonthQuantileOf(shares, 0.50),
        **per_patient_month,
        "months_since_contact": RatioOf(totals(results, "uncontacted_months"), enrolled),
        "uncontacted_share": RatioOf(totals(results, "uncontacted_patients"), enrolled, apart=1.0),
    }


def _drivers(results: Results) -> dict[str, Sample]:
    """Return what visibility and enrollment leave, where the Medicare panel is modelled."""
    if results.scenario.panel.medicare is None:
        return {}
    eligible = totals(results, "eligible_patients")
    shares = {"identified": "identified_patients", "enrolled": "enrolled_patients"}
    months = len(results.months)
    return {
        "eligible_patients.month": MeanOf(eligible / months),
        **{
            f"{name}_share_of_eligible": RatioOf(totals(results, variable), eligible, apart=1.0)
            for name, variable in (shares | {"billable": "billable_patients"}).items()
        },
        **{
            f"{name}.month": MeanOf(totals(results, name) / months)
            for name in ("approached_patients", "approaches", "consents", "new_patients")
        },
        **{
            f"stage_share.{name}": MeanOf((results.values["stage"] == k).mean(axis=1), most=1.0)
            for k, name in enumerate(STAGES)
        },
    }


def _spread(results: Results) -> dict[str, Sample]:
    """Return how far totals lie apart, and how far they may stay behind the projection."""
    found: dict[str, Sample] = {}
    for name in SPREAD:
        total = totals(results, name)
        for percent in (5, 50, 95):
            found[f"{name}.total.p{percent}"] = QuantileOf(total, percent / 100.0)
    beyond_plan = totals(results, "billed_usd") - totals(results, "plan_usd")
    whole_cents = np.rint(beyond_plan * 100.0) / 100.0
    found["revenue_at_risk_usd"] = QuantileOf(whole_cents, TAIL_SHARE, negated=True)
    found["net_usd.total.loss_probability"] = ProbabilityOf(totals(results, "net_usd"), 0.0)
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


def _staff_time(results: Results) -> dict[str, Sample]:
    on_duty, idle, template = (
        totals(results, f"{name}_minutes") for name in ("on_duty", "idle", "template")
    )
    months, most = len(results.months), _furthest(results, "template_minutes")
    lost = results.values["lost_minutes"].sum(axis=1)
    named = {"": lost.sum(axis=1)} | {
        f".{cause}": lost[:, c] for c, cause in enumerate(coordinates()["cause"])
    }
    return {
        "utilisation": RatioOf(on_duty - idle, on_duty, apart=1.0),
        **{
            f"lost_minutes{name}": MeanOf(minutes / months, most / months)
            for name, minutes in named.items()
        },
        **{
            f"lost_share{name}": RatioOf(minutes, template, apart=1.0)
            for name, minutes in named.items()
        },
    }


def _reasons(results: Results) -> dict[str, Sample]:
    """Return the patient-months missed, a month and as a share of the enrolled ones."""
    enrolled = totals(results, "enrolled_patients")
    months, most = len(results.months), _furthest(results, "enrolled_patients")
    missed = results.values["missed_patients"].sum(axis=1)
    named = {"": missed.sum(axis=1)} | {
        f".{reason}": missed[:, r] for r, reason in enumerate(coordinates()["reason"])
    }
    return {
        f"missed_patients{name}": MeanOf(patients / months, most / months)
        for name, patients in named.items()
    } | {
        f"missed_share{name}": RatioOf(patients, enrolled, apart=1.0)
        for name, patients in named.items()
    }


def _costs(results: Results) -> dict[str, Sample]:
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
    most = _furthest(results, "plan_usd") / months
    found: dict[str, Sample] = {
        name: MeanOf(values / months, math.inf if "hours" in name else most)
        for name, values in parts.items()
    }
    return found | {"margin": RatioOf(net, totals(results, "finally_paid_usd"))}
