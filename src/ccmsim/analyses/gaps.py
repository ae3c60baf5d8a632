"""What gaps are measured in: the totals of replications, and those of their projection.

Comes in: the variables of a batch or a result. Goes out: one number a replication and measure.
Never simulates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ccmsim import ideal
from ccmsim.arrays import Floats
from ccmsim.finance import ITEMS
from ccmsim.measures import billable_points
from ccmsim.scenario.model import Scenario

MEASURES: Final[Mapping[str, str]] = {
    "billable_patient_months": "patient-months",
    "billable_points": "of 100 enrolled",
    "base_usd": "base code, USD",
    "addon_usd": "add-on units, USD",
    "billed_usd": "billed, USD",
    "net_usd": "net, USD",
}
"""The measures, each a total over the reported months, and what a table calls them.

`billable_points` are billable patient-months of 100 enrolled ones. `base_usd` + `addon_usd` =
`billed_usd`: the projection knows the base code alone, so add-on units are a gain beside it.
"""

SEATS: Final = "seats_usd"

Totals = dict[str, Floats]
"""Each measure's total, one a replication."""


def totals_of(values: Mapping[str, NDArray[Any]]) -> Totals:
    """Return the totals of variables (replication, month), those of the projection as `plan_…`."""
    billable, enrolled = values["billable_patients"], values["enrolled_patients"]
    base = values["plan_usd"] * billable / np.maximum(enrolled, 1)
    billed = values["billed_usd"].sum(axis=1)
    return {
        "billable_patient_months": billable.sum(axis=1).astype(np.float64),
        "billable_points": billable_points(values),
        "base_usd": np.round(base.sum(axis=1), 2),
        "addon_usd": np.round(billed - base.sum(axis=1), 2),
        "billed_usd": billed,
        "net_usd": values["net_usd"].sum(axis=1),
        "plan_patient_months": enrolled.sum(axis=1).astype(np.float64),
        "plan_usd": values["plan_usd"].sum(axis=1),
        SEATS: seats_of(values),
    }


def seats_of(values: Mapping[str, NDArray[Any]]) -> Floats:
    """Return what grows with the number of coordinators: their cost and their training, USD."""
    training: Floats = values["cost_usd"][:, :, ITEMS.index("training")].sum(axis=1)
    staff: Floats = values["staff_cost_usd"].sum(axis=1)
    return training + staff


def limitless(changed: Scenario, scenario: Scenario) -> bool:
    """Whether a changed scenario's staff has no limit, so that its cost means nothing.

    It has as many coordinators as `ideal.unlimited_staff` gives the scenario, or the changed one:
    where everybody eligible is enrolled first, these may be fewer.

    Examples
    --------
    >>> import ccmsim
    >>> practice = ccmsim.load("two_nurses")
    >>> limitless(ideal.ceiling(practice), practice), limitless(practice, practice)
    (True, False)
    """
    if changed.staff == scenario.staff:
        return False
    there = {name: group.coordinators for name, group in changed.staff.items()}
    return any(
        all(there.get(name, 0) >= group.coordinators for name, group in most.staff.items())
        for most in (ideal.unlimited_staff(scenario), ideal.unlimited_staff(changed))
    )


def at_cost_of(found: Totals, today: Totals) -> Totals:
    """Return the totals of staff without limit, their net at today's cost of staff and training."""
    seats = found[SEATS]
    return found | {"net_usd": found["net_usd"] + seats - today[SEATS][: seats.size]}


def plan_of(totals: Totals) -> Totals:
    """Return the projection's totals: everybody billed the base code every month."""
    return {
        "billable_patient_months": totals["plan_patient_months"],
        "billable_points": np.full_like(totals["plan_usd"], 100.0),
        "base_usd": totals["plan_usd"],
        "addon_usd": np.zeros_like(totals["plan_usd"]),
        "billed_usd": totals["plan_usd"],
    }
