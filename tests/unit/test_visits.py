"""Visits beside the programme: by hand, by their moments, and with the load that pulls nurses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

import ccmsim
from ccmsim.availability import season_cosine
from ccmsim.errors import InputError
from ccmsim.finance.visits import visits_of_month
from ccmsim.scenario import Scenario
from ccmsim.scenario.disruptions import CAUSES

QUIET = {
    "per_month": 1_000.0,
    "usd": 99.99,
    "season_amplitude": 0.0,
    "cv": 0.0,
    "practitioner_absent_days_per_year": 0.0,
}
SOLO = ccmsim.load("solo_nurse").but(
    {"panel.enrolled_at_start": 10, "operations.clinic_load_cv": 0.0}
)


def with_visits(scenario: Scenario = SOLO, **changes: Any) -> Scenario:
    return scenario.but({"visits": {**QUIET, **changes}})


def months(scenario: Scenario, n: int = 40, **settings: Any) -> Any:
    return ccmsim.simulate(scenario, months=12, replications=n, seed=3, **settings).values


@pytest.mark.parametrize(
    ("arguments", "visits"),
    [
        ((300.0, 1.0, 1.0, 1.0, 1.0, 20, 0.0), 300),
        ((300.0, 1.05, 1.1, 0.5, 1.0, 20, 0.0), 173),  # 173.25
        ((300.0, 1.0, 1.0, 1.0, 1.0, 20, 7.0), 195),
        ((300.0, 1.0, 1.0, 1.0, 1.0, 20, 21.0), 0),
        ((301.0, 1.0, 1.0, 1.0, 0.5, 20, 0.0), 151),  # a half upwards
        ((300.0, 1.0, 1.0, 1.0, 1.0, 0, 0.0), 0),
    ],
)
def test_visits_of_a_month(arguments: tuple[Any, ...], visits: int) -> None:
    assert visits_of_month(*arguments) == visits


def test_without_visits_nothing_changes_and_nothing_is_entered() -> None:
    without, given = months(SOLO), months(with_visits())
    assert not without["visits"].any()
    assert not without["visit_usd"].any()
    assert without["total_usd"].tolist() == without["cash_net_usd"].tolist()
    same = set(without) - {"visits", "visit_usd", "total_usd"}
    assert all(without[name].tobytes() == given[name].tobytes() for name in same)


def test_visits_bring_whole_cents() -> None:
    found = months(with_visits(), n=2)
    assert (found["visits"] == 1_000).all()
    assert (found["visit_usd"] == 99_990.0).all()
    cents = np.rint(100.0 * (found["visit_usd"] + found["cash_net_usd"]))
    assert (np.rint(100.0 * found["total_usd"]) == cents).all()


def test_the_season_peaks_in_january() -> None:
    found = months(with_visits(season_amplitude=0.2), n=1)["visits"][0]
    middles = np.array([15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349])
    expected = np.floor(1_000.0 * (1.0 + 0.2 * season_cosine(middles)) + 0.5)
    assert found.tolist() == expected.tolist()
    assert found[0] == 1_200


def test_a_shock_lasts_its_months_and_leaves_its_share() -> None:
    found = months(with_visits(shock_per_year=3.0, shock_share=0.25, shock_months=3), n=200)
    visits = found["visits"]
    assert set(np.unique(visits).tolist()) == {250, 1_000}
    lengths = []
    for row in visits == 250:
        edges = np.flatnonzero(np.diff([False, *row, False]))
        lengths += [b - a for a, b in zip(edges[::2], edges[1::2], strict=True) if b < 12]
    assert all(length >= 3 for length in lengths)
    first = int((visits[:, 0] == 250).sum())
    assert stats.binomtest(first, 200, 0.25).pvalue > 1e-6


def test_moments_are_those_of_load_and_noise() -> None:
    """CV² of a product of independent lognormals; false alarm 1e-6."""
    scenario = with_visits(SOLO.but({"operations.clinic_load_cv": 0.3}), cv=0.2)
    values = months(scenario, n=1_000)["visits"].ravel() / 1_000.0
    logs = np.log(values)
    variance = math.log(1.0 + 0.3**2) + math.log(1.0 + 0.2**2)
    bound = stats.norm.isf(0.5e-6)
    assert abs(logs.mean() + variance / 2.0) < bound * math.sqrt(variance / logs.size) + 5e-4
    assert logs.var() == pytest.approx(variance, rel=bound * math.sqrt(2.0 / logs.size) + 1e-3)


def test_absent_days_are_poisson() -> None:
    found = months(with_visits(practitioner_absent_days_per_year=24.0, per_month=1e6), n=500)
    business = [21, 19, 22, 22, 20, 22, 22, 21, 21, 21, 19, 22]  # 2026, federal holidays off
    away = np.rint((1.0 - found["visits"] / 1e6) * business)
    bound = stats.norm.isf(0.5e-6)
    assert abs(away.mean() - 2.0) < bound * math.sqrt(2.0 / away.size)
    assert abs(away.var() - 2.0) < 0.3


def test_a_busy_clinic_has_more_visits_and_pulls_more_nurses() -> None:
    """The load factor is shared, so visits and lost minutes go together, and only by it."""
    pulled = ccmsim.load("informal_200").but({"operations.clinic_load_cv": 0.5})
    shared = months(with_visits(pulled), n=200)
    floor = shared["lost_minutes"][..., CAUSES.index("floor_cover")].ravel()
    assert np.corrcoef(shared["visits"].ravel(), floor)[0, 1] > 0.4
    alone = months(with_visits(pulled.but({"operations.clinic_load_cv": 0.0}), cv=0.5), n=200)
    floor = alone["lost_minutes"][..., CAUSES.index("floor_cover")].ravel()
    bound = stats.norm.isf(0.5e-6) / math.sqrt(floor.size)
    assert abs(np.corrcoef(alone["visits"].ravel(), floor)[0, 1]) < bound


def test_both_engines_agree() -> None:
    scenario = with_visits(cv=0.3, shock_per_year=4.0, practitioner_absent_days_per_year=30.0)
    one, other = (months(scenario, n=3, engine=engine) for engine in ("compiled", "simpy"))
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_bad_values_are_refused() -> None:
    with pytest.raises(InputError, match=r"visits\.shock_share: must be from 0 to 1"):
        with_visits(shock_share=1.5)
    with pytest.raises(InputError, match=r"visits\.shock_months: must be at least 1"):
        with_visits(shock_months=0)
