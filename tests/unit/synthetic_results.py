"""Results from hand-made arrays, so that tests know every answer without simulating."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ccmsim.results import Results
from ccmsim.scenario import load
from ccmsim.variables import VARIABLES, coordinates

FEE = 66.13


def results_of(
    scenario: str = "two_nurses", *, shape: tuple[int, int] = (4, 3), **values: ArrayLike
) -> Results:
    """Return results whose variables are 0, but for those given; these are broadcast.

    200 patients are enrolled and the projection follows from them unless said.
    """
    replications, months = shape
    arrays: dict[str, NDArray[Any]] = {}
    values = {"enrolled_patients": 200} | values
    values = {"plan_usd": np.asarray(values["enrolled_patients"]) * FEE} | values
    for name, variable in VARIABLES.items():
        kind = np.float64 if variable.units in ("USD", "minutes") else np.int64
        extra = (len(coordinates()[variable.extra]),) if variable.extra else ()
        given = np.asarray(values.pop(name, 0), kind)
        arrays[name] = np.broadcast_to(given, (replications, months, *extra)).copy()
    arrays |= {name: np.asarray(array) for name, array in values.items()}
    return Results(
        scenario=load(scenario),
        values=arrays,
        months=tuple(f"{2026 + m // 12}-{m % 12 + 1:02d}" for m in range(months)),
        warmup_months=0,
        seed=7,
        engine="simpy",
    )


def years_of(net_usd: NDArray[Any], plan_usd: float) -> SimpleNamespace:
    """Return what `compare` and `flip_map` read of results: the years' net, and the projection."""
    values = {"net_usd": net_usd[:, None], "plan_usd": np.full((net_usd.size, 1), plan_usd)}
    return SimpleNamespace(values=values, months=("2026-01",))


def losing(rng: np.random.Generator, count: int, *, insured: bool) -> SimpleNamespace:
    """Return years of which 1 % lose 50,000 of 100,000, or a premium of that worth in each.

    All else is the same in both, so the true difference is 0.
    """
    base = 60_000.0 + 13.37 * np.arange(count)
    loss = 500.0 if insured else 50_000.0 * (rng.random(count) < 0.01)
    return years_of(base - loss, plan_usd=100_000.0)


def spread(count: int, months: int, *, seed: int = 1) -> Results:
    """Return results whose months differ, for plots and pages."""
    rng = np.random.default_rng(seed)
    billable = rng.binomial(200, rng.beta(12, 8, (count, 1)), (count, months))
    missed = np.zeros((count, months, len(coordinates()["reason"])), np.int64)
    missed[..., 3] = (200 - billable) // 3
    missed[..., 4] = 200 - billable - missed[..., 3]
    lost = np.zeros((count, months, len(coordinates()["cause"])))
    lost[..., 6] = rng.uniform(0.0, 600.0, (count, months))
    billed = np.rint(billable * FEE * 100.0) / 100.0
    return results_of(
        shape=(count, months),
        billable_patients=billable,
        missed_patients=missed,
        billed_usd=billed,
        net_usd=np.rint((billed - 6000.0) * 100.0) / 100.0,
        template_minutes=6000.0,
        lost_minutes=lost,
        on_duty_minutes=6000.0 - lost.sum(axis=2),
    )
