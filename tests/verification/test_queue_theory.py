"""The worklist as a queue: who loses patience, the mean wait of M/G/1, Little's law on the trace.

Waits of single calls are in the trace alone, which the SimPy model writes; the compiled engine,
which leaves the same facts, counts who loses patience in a hundred times as many calls.

FALSE_ALARM is 1e-6 (see chance.py); each test names the difference that it resolves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.verification.chance import assert_mean

import ccmsim
from ccmsim import theory
from ccmsim.engine.inputs import prepare
from ccmsim.scenario import Scenario

Floats = NDArray[np.float64]
DAY = 1440.0


def round_the_clock(service: Any, patients: int, per_month: float) -> Scenario:
    """Return one coordinator, always there from Monday to Friday, who takes inbound calls.

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
            "staff.coordinator.hours_per_week": None,
            "staff.coordinator.shifts": {},
            **always,
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


@pytest.mark.parametrize(
    ("service", "variance"),
    [(4.0, 0.0), ({"family": "lognormal", "mean": 4.0, "cv": 1.0}, 16.0)],
    ids=["M/D/1", "M/G/1"],
)
def test_mean_wait_of_one_coordinator(service: Any, variance: float) -> None:
    """About 57,000 calls at a load of a third; resolves 15 and 32 % of the wait.

    In open time the weekend is an instant; the one difference to M/G/1 is that a service under way
    on Friday midnight ends in it. Relaxation takes minutes, so the first six hours of each Monday,
    and the first day, are left out. Days are the independent groups.
    """
    patients, per_month, months = 30, 80.0, 24
    scenario = round_the_clock(service, patients, per_month)
    calendar = prepare(scenario, months).calendar
    at, wait, month = waits(scenario, months, seed=21)
    days = np.diff(calendar.month_first_business_day)
    rate = patients * per_month / (days * DAY)
    assert 0.28 < float(rate.min() * 4.0) < float(rate.max() * 4.0) < 0.35
    expected = np.array([theory.mg1_wait(float(each), 4.0, variance) for each in rate])
    day = (at // DAY).astype(np.int64)
    monday = calendar.business_day_weekday[day] == 0
    kept = (day > 0) & ~(monday & (at % DAY < 360.0))
    # of each day, the summed excess over the expected wait, in units of a mean day's calls
    excess = np.bincount(day[kept], weights=(wait - expected[month])[kept])[1:]
    scale = np.count_nonzero(kept) / len(excess)
    mean_wait = float(expected.mean())
    assert_mean(
        excess / scale, 0.0, resolves=(0.15 if variance == 0.0 else 0.32) * mean_wait, comparisons=2
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


MEAN, PATIENCE = 4.0, 8.0
SIGMA = math.sqrt(math.log(2.0))
SERVICES: dict[str, tuple[Any, Callable[[Floats], Floats]]] = {
    "M/D/1": (MEAN, lambda v: np.asarray(v < MEAN, np.float64)),
    "M/M/1": ({"family": "exponential", "mean": MEAN}, lambda v: np.exp(-v / MEAN)),
    "M/G/1": (
        {"family": "lognormal", "mean": MEAN, "cv": 1.0},
        stats.lognorm(SIGMA, scale=MEAN * math.exp(-(SIGMA**2) / 2.0)).sf,
    ),
}


def test_impatience_has_the_closed_form_of_exponential_service() -> None:
    """At load r it is (1 − r) r e / (1 − r² e) with e = exp(−(1 − r) patience / mean)."""
    for rate in (0.05, 0.2, 0.24):
        load = rate * MEAN
        decay = math.exp(-(1.0 - load) * PATIENCE / MEAN)
        exact = (1.0 - load) * load * decay / (1.0 - load**2 * decay)
        found = impatient_share(rate, SERVICES["M/M/1"][1], PATIENCE)
        assert found == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(
    ("patients", "per_month", "resolves"),
    [(30, 80.0, 0.0015), (70, 90.0, 0.0022)],
    ids=["light", "heavy"],
)
@pytest.mark.parametrize("name", SERVICES)
def test_share_of_calls_that_lose_patience(
    name: str, patients: int, per_month: float, resolves: float
) -> None:
    """5.7 and 15 million calls at loads of a third and 0.85; resolves 0.15 and 0.22 points.

    Between 0.6 and 19 % of the calls are lost. A week begins empty and ends with the losses of
    Friday midnight; what that changes is less than 0.02 points. Replications are the groups.
    """
    months, replications = 12, 200
    service, tail = SERVICES[name]
    scenario = round_the_clock(service, patients, per_month).but(
        {"contact.request_patience_days": PATIENCE / DAY}
    )
    days = np.diff(prepare(scenario, months).calendar.month_first_business_day)
    shares = {n: impatient_share(patients * per_month / (n * DAY), tail, PATIENCE) for n in {*days}}
    expected = np.array([shares[n] for n in days])
    values = ccmsim.simulate(scenario, months=months, replications=replications, seed=21).values
    calls = values["released_items"] - patients  # each month everybody is called once
    excess = (values["expired_items"] - calls * expected).sum(axis=1)
    assert calls.sum() > 5_700_000
    assert_mean(excess / calls.sum(axis=1).mean(), 0.0, resolves=resolves, comparisons=6)


def queue_of(log: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of the number of open items: +1 a release, −1 whatever ends the wait."""
    step = log["event"].map({"released": 1, "started": -1, "dropped": -1, "expired": -1})
    return log.assign(step=step)[step.notna()]


@pytest.mark.parametrize("preset", ["two_nurses", "structured_75", "informal_200"])
def test_littles_law_holds_exactly(preset: str) -> None:
    """Area under the number of open items = sum of the items' waits, to the tick."""
    months = 3
    scenario = ccmsim.load(preset).but({"panel.enrolled_at_start": 60})
    horizon = float(prepare(scenario, months).calendar.month_start_minutes[-1])
    log = queue_of(ccmsim.trace(scenario, seed=4, months=months))
    length = log["step"].cumsum().to_numpy()
    minutes = np.append(log["minute"].to_numpy(), horizon)
    area = float((length * np.diff(minutes)).sum())
    assert length.min() >= 0
    assert length.max() > 10
    # each item's own wait: a release with what ends it, first in first out within patient and kind
    total = 0.0
    for _, own in log.groupby(["patient", "item"]):
        began = own.loc[own["step"] > 0, "minute"].to_numpy()
        ended = own.loc[own["step"] < 0, "minute"].to_numpy()
        ended = np.append(ended, np.full(len(began) - len(ended), horizon))
        assert (ended >= began).all()
        total += float((ended - began).sum())
    assert area == total
    released = int((log["step"] > 0).sum())
    assert area / horizon == pytest.approx(theory.little(released / horizon, total / released))
