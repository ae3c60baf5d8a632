"""The worklist as a queue: the waits and the lost calls of M/G/1, which have closed forms.

Comes in: a law of service. Goes out: a practice that is such a queue, what theory says of it, and
what the engines find. Waits of single calls are in the trace alone, which the SimPy model writes;
the compiled engine counts who loses patience in a hundred times as many calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import ccmsim
from ccmsim import theory
from ccmsim.arrays import Floats
from ccmsim.engine.inputs import prepare
from ccmsim.estimation import Estimate, mean
from ccmsim.scenario import Scenario
from ccmsim.studies.accuracy.judging import SURE

DAY: Final = 1440.0
MEAN: Final = 4.0
PATIENCE: Final = 8.0


def round_the_clock(
    service: Any, patients: int, per_month: float, *, coordinators: int = 1
) -> Scenario:
    """Return coordinators, always there from Monday to Friday, who take inbound calls.

    Calls come at uniform minutes of open days, Poisson in number: a Poisson process. The outreach
    calls that every patient-month has are made a tick long and come after all requests.
    """
    always = {
        f"staff.coordinator.shifts.{day}": ["00:00-24:00"]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    }
    return ccmsim.load("perfect").but(
        {
            "panel.enrolled_at_start": patients,
            "staff.coordinator.coordinators": coordinators,
            "staff.coordinator.hours_per_week": None,
            "staff.coordinator.shifts": {},
            **always,
            "operations.assignment": "pooled" if coordinators > 1 else "owned",
            "operations.clinic_opens": "00:00",
            "operations.clinic_closes": "24:00",
            "operations.federal_holidays": False,
            "contact.answer_probability": 0.0,
            "contact.attempt_minutes": 0.0,
            "contact.inbound_per_month": per_month,
            "contact.inbound_minutes": service,
            "contact.request_patience_days": 100.0,
            "documentation.logging_minutes_per_entry": 0.0,
        }
    )


def waits(scenario: Scenario, months: int, seed: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return (release, wait, month) of every inbound call served, in minutes of open time.

    Open time leaves the weekends out. Calls are served first come first served, so releases and
    starts, both sorted, belong together.
    """
    calendar = prepare(scenario, months).calendar
    log = ccmsim.trace(scenario, seed=seed, months=months)
    inbound = log[log["item"] == "inbound"]
    release, start = (
        np.sort(inbound.loc[inbound["event"] == event, "minute"].to_numpy())
        for event in ("released", "started")
    )
    release = release[: len(start)]
    midnight = calendar.business_day_minutes

    def open_time(minutes: Floats) -> Floats:
        day = np.searchsorted(midnight, minutes, side="right") - 1
        return np.asarray(day * DAY + np.minimum(minutes - midnight[day], DAY))

    month = np.searchsorted(calendar.month_start_minutes, release, side="right") - 1
    return open_time(release), open_time(start) - open_time(release), month.astype(np.int64)


def impatient_share(rate: float, tail: Callable[[Floats], Floats], patience: float) -> float:
    """Return the share of calls that M/G/1 loses, whose callers wait no longer than `patience`.

    The work before a new call has the density f = p g up to the patience, p being the chance that
    there is none: g(v) = rate tail(v) + rate ∫ g(u) tail(v − u) du, by level crossings. Whoever
    finds less than `patience` is served, and what is served keeps the coordinator busy:
    1 − p = rate × mean × (1 − share).
    """
    n = 4000
    step = patience / n
    not_done = tail(np.linspace(0.0, patience, n + 1))
    g = np.zeros(n + 1)
    g[0] = rate
    for i in range(1, n + 1):
        earlier = g[0] * not_done[i] / 2.0 + (g[1:i] * not_done[i - 1 : 0 : -1]).sum()
        g[i] = rate * (not_done[i] + step * earlier) / (1.0 - rate * step / 2.0)
    below = step * (g.sum() - (g[0] + g[-1]) / 2.0)
    load = rate * MEAN
    idle = 1.0 / (1.0 + load * (1.0 + below))
    return float(1.0 - (1.0 - idle) / load)


SIGMA: Final = math.sqrt(math.log(2.0))
SERVICES: Final[dict[str, tuple[Any, Callable[[Floats], Floats]]]] = {
    "M/D/1": (MEAN, lambda v: np.asarray(v < MEAN, np.float64)),
    "M/M/1": ({"family": "exponential", "mean": MEAN}, lambda v: np.exp(-v / MEAN)),
    "M/G/1": (
        {"family": "lognormal", "mean": MEAN, "cv": 1.0},
        stats.lognorm(SIGMA, scale=MEAN * math.exp(-(SIGMA**2) / 2.0)).sf,
    ),
}


class Excess(NamedTuple):
    """What theory says, and by how much independent groups lie above it, in the same unit."""

    expected: float
    groups: Floats
    calls: int

    def found(self) -> Estimate:
        """Return what the engine finds, with the error between groups."""
        return mean(self.expected + self.groups, level=SURE)


Wait = Callable[[float], float]
WAITS: Final[dict[str, tuple[Any, Wait, int]]] = {
    "M/D/1": (MEAN, lambda rate: theory.mg1_wait(rate, MEAN, 0.0), 1),
    "M/G/1": (
        {"family": "lognormal", "mean": MEAN, "cv": 1.0},
        lambda rate: theory.mg1_wait(rate, MEAN, MEAN**2),
        1,
    ),
    "M/M/2": (
        {"family": "exponential", "mean": MEAN},
        lambda rate: theory.mmc_wait(rate, MEAN, 2),
        2,
    ),
}
"""By name: the law of service, its mean wait by the rate of calls, and the coordinators."""


def wait_excess(name: str, *, months: int, seed: int = 21) -> Excess:
    """Compare the mean wait of WAITS with theory, in minutes; days are the groups.

    In open time the weekend is an instant; the one difference to M/G/1 is that a service under way
    on Friday midnight ends in it. Relaxation takes minutes, so the first six hours of each Monday,
    and the first day, are left out.
    """
    service, wait_at, coordinators = WAITS[name]
    patients, per_month = 30 * coordinators**2, 80.0
    scenario = round_the_clock(service, patients, per_month, coordinators=coordinators)
    calendar = prepare(scenario, months).calendar
    at, wait, month = waits(scenario, months, seed)
    rate = patients * per_month / (np.diff(calendar.month_first_business_day) * DAY)
    expected = np.array([wait_at(float(each)) for each in rate])
    day = (at // DAY).astype(np.int64)
    monday = calendar.business_day_weekday[day] == 0
    kept = (day > 0) & ~(monday & (at % DAY < 360.0))
    # of each day, the summed excess over the expected wait, in units of a mean day's calls
    excess = np.bincount(day[kept], weights=(wait - expected[month])[kept])[1:]
    calls = int(np.count_nonzero(kept))
    return Excess(float(expected.mean()), excess / (calls / len(excess)), calls)


def loss_excess(
    name: str, patients: int, per_month: float, *, replications: int, seed: int = 21
) -> Excess:
    """Compare the share of calls that lose patience; replications of a year are the groups.

    A week begins empty and ends with the losses of Friday midnight; what that changes is less than
    0.02 points.
    """
    service, tail = SERVICES[name]
    scenario = round_the_clock(service, patients, per_month).but(
        {"contact.request_patience_days": PATIENCE / DAY}
    )
    days = np.diff(prepare(scenario, 12).calendar.month_first_business_day)
    shares = {n: impatient_share(patients * per_month / (n * DAY), tail, PATIENCE) for n in {*days}}
    expected = np.array([shares[n] for n in days])
    values = ccmsim.simulate(scenario, months=12, replications=replications, seed=seed).values
    calls = values["released_items"] - patients  # each month everybody is called once
    excess = (values["expired_items"] - calls * expected).sum(axis=1)
    year = float(calls.sum(axis=1).mean())
    mean_share = float((calls * expected).sum() / calls.sum())
    return Excess(mean_share, excess / year, int(calls.sum()))
