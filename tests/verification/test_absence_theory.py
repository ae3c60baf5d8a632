"""Availability against renewal theory: when seats are away, and what the lost minutes are put to.

Tens of thousands of seat-years are taken from the compiled engine: as many as half a minute allows
for the whole file. FALSE_ALARM is 1e-6 (see chance.py); each test names the difference that it
resolves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, special, stats
from tests.verification.chance import assert_mean, assert_share, critical

import ccmsim
from ccmsim.availability import season_cosine
from ccmsim.calendar import Calendar
from ccmsim.engine.inputs import prepare
from ccmsim.office import compiled_facts
from ccmsim.scenario import Scenario
from ccmsim.scenario.disruptions import CAUSES
from ccmsim.theory import absence_by_day, absence_fraction, ramp_by_day

Floats = NDArray[np.float64]
SEED = 20_260_101


def staff(seats: int, **disruptions: dict[str, Any]) -> Scenario:
    """Return seats with two hours a day, and disruptions."""
    changes: dict[str, Any] = {f"disruptions.{name}": entry for name, entry in disruptions.items()}
    return ccmsim.load("perfect").but(
        {"panel.enrolled_at_start": 1, "staff.coordinator.coordinators": seats, **changes}
    )


def calendar_of(scenario: Scenario, months: int = 12) -> Calendar:
    return prepare(scenario, months).calendar


def years(scenario: Scenario, replications: int, months: int = 12) -> Iterator[Floats]:
    """Yield for each replication the lost share of each seat's shifts (S, D)."""
    inputs = prepare(scenario, months)
    for replication in range(replications):
        facts = compiled_facts(inputs, SEED, replication)
        yield 1.0 - facts.on_duty_minutes / facts.template_minutes


def lost_shares(scenario: Scenario, replications: int) -> dict[str, Floats]:
    """Return the lost share of a year by cause, of each replication."""
    values = ccmsim.simulate(scenario, months=12, replications=replications, seed=SEED).values
    template = values["template_minutes"].sum(axis=1)
    shares = values["lost_minutes"].sum(axis=1) / template[:, None]
    return dict(zip(CAUSES, shares.T, strict=True))


def daily(scenario: Scenario, per_year: float) -> Floats:
    return per_year / calendar_of(scenario).business_days_in_year


def test_merged_spells_of_a_seat() -> None:
    """Resolves 0.3 points of the time for short blocks, 0.7 for long leave, 1.5 for one month."""
    for length, per_year, resolves in (
        ({"family": "uniform_integers", "low": 1, "high": 5}, 13.0, 0.003),
        ({"family": "geometric", "mean": 28.0}, 0.5, 0.007),
        ({"family": "lognormal", "mean": 6.0, "cv": 0.5}, 8.0, 0.005),
    ):
        entry = {"kind": "planned_leave", "spells_per_year": per_year, "length_days": length}
        scenario = staff(5000, away=entry)
        expected = absence_by_day(daily(scenario, per_year), length)
        whole, last = [], []
        for away in years(scenario, 6):
            assert ((away == 0.0) | (away == 1.0)).all()
            whole.append(away.mean(axis=1))
            last.append(away[:, -20:].mean(axis=1))
        assert_mean(np.ravel(whole), float(expected.mean()), resolves=resolves, comparisons=6)
        # the last month is nearly steady: the long-run share without the calendar
        steady = absence_fraction(per_year / 250.0, length)
        assert abs(expected[-1] - steady) < 1e-3
        december = float(expected[-20:].mean())
        assert_mean(np.ravel(last), december, resolves=0.015, comparisons=6)


def test_vacancy_and_ramp_of_turnover() -> None:
    """Resolves 0.8 points of vacancy and 0.36 points of ramp, at one departure a year."""
    vacancy = {"family": "lognormal", "mean": 48.0, "cv": 0.53294}
    entry = {"kind": "turnover", "per_year": 1.0, "vacancy_days": vacancy}
    scenario = staff(5000, turnover=entry)
    p, calendar = daily(scenario, 1.0), calendar_of(scenario)
    start = calendar.business_day_minutes + 660.0  # two hours around noon begin at 11:00
    learning = ramp_by_day(p, vacancy, start, start_share=0.2, ramp_weeks=8.0)
    vacant, ramp = [], []
    for lost in years(scenario, 10):
        vacant.append((lost == 1.0).mean(axis=1))
        ramp.append(np.where(lost == 1.0, 0.0, lost).mean(axis=1))
    expected = float(absence_by_day(p, vacancy).mean())
    assert_mean(np.ravel(vacant), expected, resolves=0.008, comparisons=2)
    assert_mean(np.ravel(ramp), float(learning.mean()), resolves=0.0036, comparisons=2)


def test_winter_to_summer_of_sick_spells() -> None:
    """One-day spells show the daily probability: resolves 0.023 of the amplitude."""
    amplitude = 0.245
    entry = {
        "kind": "sick_spells", "spells_per_year": 12.0, "length_days": 1,
        "season_amplitude": amplitude,
    }  # fmt: skip
    scenario = staff(10_000, sick=entry)
    cosine = season_cosine(calendar_of(scenario).business_day_of_year)
    starts = sum(lost.sum(axis=0) for lost in years(scenario, 6))
    trials = 6 * 10_000
    p = 12.0 / 250.0
    expected = trials * p * (1.0 + amplitude * cosine)
    error = math.sqrt(float((expected * (1.0 - p) * cosine**2).sum()))
    found = float((starts * cosine).sum() - trials * p * cosine.sum())
    weight = trials * p * float((cosine**2).sum())
    assert 2.0 * critical() * error / weight <= 0.023
    assert abs(found / weight - amplitude) <= critical() * error / weight
    assert abs((1.0 + amplitude) / (1.0 - amplitude) - 1.65) < 0.002


def test_share_of_seats_with_a_sick_day_in_the_year() -> None:
    """43.5 % of employed women lose a day a year to illness (NHIS 2017); resolves 2.2 points."""
    entry = ccmsim.load("two_nurses").disruptions["sick"]
    scenario = staff(5000, sick=entry.model_dump())
    cosine = season_cosine(calendar_of(scenario).business_day_of_year)
    p = (1.0 + 0.245 * cosine) / 250.0
    shape = 0.55
    frailty = stats.gamma(shape, scale=1.0 / shape)

    def no_day(u: float) -> float:
        return float(np.prod(1.0 - np.minimum(1.0, frailty.ppf(u) * p)))

    expected = 1.0 - integrate.quad(no_day, 0.0, 1.0, limit=200)[0]
    assert abs(expected - 0.435) < 0.002
    any_day = sum(int((lost.max(axis=1) > 0.0).sum()) for lost in years(scenario, 10))
    assert_share(any_day, 50_000, expected, resolves=0.022)


def test_time_lost_to_illness_and_long_leave() -> None:
    """The base case loses 2.4 to 3 % unplanned and long; resolves 0.4 points."""
    preset = ccmsim.load("two_nurses").disruptions
    scenario = staff(
        5000, sick=preset["sick"].model_dump(), long=preset["extended_leave"].model_dump()
    )
    months = 24
    calendar = calendar_of(scenario, months)
    year = calendar.business_days_in_year
    p = (1.0 + 0.245 * season_cosine(calendar.business_day_of_year)) / year
    # Gauss quadrature over the seats' frailty, gamma of shape 0.55 and mean 1
    node, weight = special.roots_genlaguerre(12, 0.55 - 1.0)
    length = {"family": "geometric", "mean": 3.0}
    by_frailty = [absence_by_day(np.minimum(1.0, z * p), length) for z in node / 0.55]
    sick = np.average(by_frailty, axis=0, weights=weight)
    leave = absence_by_day(0.15 / year, {"family": "geometric", "mean": 28.0})
    second = slice(int(calendar.month_first_business_day[12]), None)
    expected = float((1.0 - (1.0 - sick) * (1.0 - leave))[second].mean())
    assert 0.024 <= expected <= 0.030
    lost = np.ravel([share[:, second].mean(axis=1) for share in years(scenario, 5, months)])
    assert_mean(lost, expected, resolves=0.004)


def test_floor_cover_takes_its_part_of_the_shifts() -> None:
    """Ten million shifts; resolves 0.15 points of them."""
    entry = {"kind": "floor_cover", "per_shift_share": 0.3, "last_share": 0.4}
    scenario = staff(2000, pulled=entry).but({"operations.clinic_load_cv": 0.0})
    pulled = shifts = 0
    for lost in years(scenario, 20):
        assert np.all(np.abs(lost[lost > 0.0] - 0.4) < 1e-4)
        pulled += int((lost > 0.0).sum())
        shifts += lost.size
    assert_share(pulled, shifts, 0.3, resolves=0.0015)


def test_outbreaks_multiply_sick_spells() -> None:
    """One-day spells in a practice with five outbreaks a year; resolves 0.27 points of days."""
    sick = {"kind": "sick_spells", "spells_per_year": 5.0, "length_days": 1}
    wave = {"kind": "outbreak", "per_year": 5.0, "length_days": 17, "sick_factor": 6.5}
    scenario = staff(20, sick=sick, wave=wave)
    p = daily(scenario, 5.0)
    expected = p * (1.0 + 5.5 * absence_by_day(p, 17))
    away = lost_shares(scenario, 2500)["sick_spells"]
    assert_mean(away, float(expected.mean()), resolves=0.0027)


def test_closures_fall_in_their_months() -> None:
    """Every day of January and February is as likely; resolves 0.09 points of the year."""
    entry = {"kind": "closure", "per_year": 4.0, "months": [1, 2], "length_days": 2}
    scenario = staff(1, weather=entry)
    calendar = calendar_of(scenario)
    season = np.isin(calendar.business_day_calendar_month, (1, 2))
    p = np.where(season, 4.0 / season.sum(), 0.0)
    expected = absence_by_day(p, 2)
    for share in years(scenario, 1500):
        assert np.all(share[0, expected == 0.0] == 0.0)
    lost = lost_shares(scenario, 30_000)["closure"]
    assert_mean(lost, float(expected.mean()), resolves=0.0009)


def outage_share(
    calendar: Calendar, per_year: float, law: Any, opens: float, closes: float
) -> float:
    """Return the expected share of 11:00 to 13:00 lost: union of [start, start + length)."""
    minutes = np.arange(660.0, 780.0, 4.0) + 2.0
    starts = np.linspace(opens, closes, 541)
    starts = (starts[1:] + starts[:-1]) / 2.0
    midnight = calendar.business_day_minutes
    p = per_year / calendar.business_days_in_year
    there = np.ones((len(midnight), len(minutes)))
    for lag in range(8):
        since = midnight[lag:] - midnight[: len(midnight) - lag]
        for gap in np.unique(since):
            waited = gap + minutes[:, None] - starts[None, :]
            struck = np.where(waited >= 0.0, law.sf(np.maximum(waited, 0.0)), 0.0).mean(axis=1)
            days = lag + np.flatnonzero(since == gap)
            there[days] *= 1.0 - p[days - lag, None] * struck[None, :]
    return float(1.0 - there.mean())


def test_outages_last_on_the_clock() -> None:
    """Twenty outages a year of five hours; resolves 0.08 points of the time."""
    length = {"family": "lognormal", "mean": 300.0, "cv": 2.0}
    entry = {"kind": "outage", "per_year": 20.0, "length_minutes": length}
    scenario = staff(1, down=entry)
    sigma = math.sqrt(math.log(5.0))
    law = stats.lognorm(sigma, scale=300.0 * math.exp(-(sigma**2) / 2.0))
    expected = outage_share(calendar_of(scenario), 20.0, law, 480.0, 1020.0)
    lost = lost_shares(scenario, 20_000)["outage"]
    assert_mean(lost, expected, resolves=0.0008)


def test_each_lost_minute_has_the_first_of_its_causes() -> None:
    """Five kinds that overlap all the time, in the order of CAUSES; resolves 0.8 points of each."""
    short = {"family": "geometric", "mean": 4.0}
    scenario = staff(
        10,
        a={"kind": "sick_spells", "spells_per_year": 20.0, "length_days": short},
        b={"kind": "planned_leave", "spells_per_year": 20.0, "length_days": short},
        c={"kind": "extended_leave", "spells_per_year": 20.0, "length_days": short},
        d={"kind": "turnover", "per_year": 20.0, "vacancy_days": short, "ramp_weeks": 0.0},
        e={"kind": "closure", "per_year": 20.0, "length_days": 3, "months": list(range(1, 13))},
    )
    p = daily(scenario, 20.0)
    away, closed = absence_by_day(p, short), absence_by_day(p, 3)
    found = lost_shares(scenario, 4_000)
    free = np.ones(len(p))
    expected = {}
    for cause in ("closure", "vacancy", "extended_leave", "planned_leave", "sick_spells"):
        struck = closed if cause == "closure" else away
        expected[cause] = float((free * struck).mean())
        free = free * (1.0 - struck)
    for cause, share in expected.items():
        assert_mean(found[cause], share, resolves=0.0078, comparisons=len(expected))
    assert not any(found[cause].any() for cause in ("outage", "ramp", "floor_cover"))
