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
COST: Final = "cost_usd"

Totals = dict[str, Floats]
"""Each measure's total, one a replication."""


def totals_of(values: Mapping[str, NDArray[Any]]) -> Totals:
    """Return the totals of variables (replication, month), those of the projection as `plan_…`.

    Besides the cost of coordinators (`SEATS`) and all cost (`COST`), USD.
    """
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
        COST: (values["staff_cost_usd"] + values["other_cost_usd"]).sum(axis=1),
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


def projected_net(plan: Floats, cost: Floats) -> Floats:
    """Return the net of a projection: all of it is paid, and costs what is really paid today.

    It is that of whoever multiplies and takes off what the programme costs today. It knows neither
    denied claims nor patients who do not pay, and no more cost of more claims.

    Parameters
    ----------
    plan, cost : ndarray, shape (n,)
        Projected dollars, and the cost of staff and of all else, of the same replications.

    Examples
    --------
    >>> projected_net(np.array([158_712.0]), np.array([72_552.44])).tolist()
    [86159.56]
    """
    net: Floats = np.round(plan - cost, 2)
    return net


HIGHER: Final = ("projection", "reached", "charged")
"""The levels of `above`, which are no scenarios."""


def above(ceiling: Totals, today: Totals) -> dict[str, Totals]:
    """Return the levels from the projection down to a ceiling, in whose net they have today's cost.

    Parameters
    ----------
    ceiling, today : mapping of str to ndarray
        Of `totals_of`; the ceiling's net at today's cost of staff and training.

    Returns
    -------
    dict of str to Totals
        "projection", everybody billed the base code every month; "reached", the base code of those
        whom the ceiling bills; "charged", their add-on units too, all of it paid. What the ceiling
        has less than that was never paid, or costs more than what is billed today.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=1)
    >>> today = totals_of(results.values)
    >>> promised = above(today, today)["projection"]["net_usd"]
    >>> (promised - today["net_usd"]).tolist()
    [0.0]
    """
    plan, base, billed = ceiling["plan_usd"], ceiling["base_usd"], ceiling["billed_usd"]
    cost, none = today[COST][: plan.size], np.zeros_like(plan)
    return {
        "projection": {
            "billable_patient_months": ceiling["plan_patient_months"],
            "billable_points": np.full_like(plan, 100.0),
            "base_usd": plan,
            "addon_usd": none,
            "billed_usd": plan,
            "net_usd": projected_net(plan, cost),
        },
        "reached": {
            **{name: ceiling[name] for name in MEASURES},
            "addon_usd": none,
            "billed_usd": base,
            "net_usd": projected_net(base, cost),
        },
        "charged": {
            **{name: ceiling[name] for name in MEASURES},
            "net_usd": projected_net(billed, cost),
        },
    }
