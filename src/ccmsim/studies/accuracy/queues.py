"""The worklist as a queue: the waits and the lost calls of M/G/1, which have closed forms.

Comes in: a law of service. Goes out: a practice that is such a queue, what theory says of it, and
what the engine finds in millions of calls. It counts who is not served in time: those who lose
patience, and those who still wait when a day ends, from whom the mean wait follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

import ccmsim
from ccmsim import theory
from ccmsim.arrays import Floats
from ccmsim.engine.inputs import prepare
from ccmsim.estimation import Estimate, mean
from ccmsim.scenario import Scenario
from ccmsim.scenario.staff import WEEKDAYS
from ccmsim.studies.accuracy.judging import SURE

DAY: Final = 1440.0
MEAN: Final = 4.0
PATIENCE: Final = 8.0
HOURS: Final = 3
"""How long a day is whose last instant is looked at."""


def round_the_clock(
    service: Any, patients: int, per_month: float, *, coordinators: int = 1
) -> Scenario:
    """Return coordinators, always there from Monday to Friday, who take inbound calls.

    Calls come at uniform minutes of open days, Poisson in number: a Poisson process. The outreach
    calls that every patient-month has are made a tick long and come after all requests.
    """
    always = {f"staff.coordinator.shifts.{day}": ["00:00-24:00"] for day in WEEKDAYS}
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


def until_three(
    service: Any, patients: int, per_month: float, *, coordinators: int = 1
) -> Scenario:
    """Return the same for the first three hours of each business day, the only ones with calls.

    Whoever waits then waits until noon and is lost: longer than anybody waits for a coordinator who
    is there, and over before the next day. So each day ends with a count of those who wait, and
    the next one begins without them.
    """
    scenario = round_the_clock(service, patients, per_month, coordinators=coordinators)
    closes = f"{HOURS:02}:00"
    return scenario.but(
        {
            **{f"staff.coordinator.shifts.{day}": [f"00:00-{closes}"] for day in WEEKDAYS},
            "operations.clinic_closes": closes,
            "contact.request_patience_days": 0.5,
        }
    )


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
WAITS: Final[dict[str, tuple[Any, Wait, int, int, float]]] = {
    "M/D/1": (MEAN, lambda rate: theory.mg1_wait(rate, MEAN, 0.0), 1, 10, 30.0),
    "M/G/1": (
        {"family": "lognormal", "mean": MEAN, "cv": 1.0},
        lambda rate: theory.mg1_wait(rate, MEAN, MEAN**2),
        1, 10, 30.0,
    ),
    "M/M/2": (
        {"family": "exponential", "mean": MEAN},
        lambda rate: theory.mmc_wait(rate, MEAN, 2),
        2, 30, 30.0,
    ),
}  # fmt: skip
"""By name: the law of service, its mean wait by the rate of calls, the coordinators, the patients,
and the calls that each of these makes a month."""


def wait_excess(name: str, *, replications: int, seed: int = 21) -> Excess:
    """Compare the mean wait of WAITS with theory, in minutes; years are the groups.

    By Little's law as many calls wait at any instant, on average, as come during a mean wait: those
    who wait when a day ends are counted, as lost calls. A day begins empty; what that changes after
    three hours is less than 0.1 %.
    """
    service, wait_at, coordinators, patients, per_month = WAITS[name]
    scenario = until_three(service, patients, per_month, coordinators=coordinators)
    days = np.diff(prepare(scenario, 12).calendar.month_first_business_day)
    rate = patients * per_month / (days * HOURS * 60.0)
    expected = np.array([wait_at(float(each)) for each in rate])
    values = ccmsim.simulate(scenario, months=12, replications=replications, seed=seed).values
    ends = days * rate  # calls a minute, summed over the days that end
    excess = (values["expired_items"] - ends * expected).sum(axis=1) / ends.sum()
    calls = values["released_items"] - patients  # each month everybody is called once
    return Excess(float(np.average(expected, weights=ends)), excess, int(calls.sum()))


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
