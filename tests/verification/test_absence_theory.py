"""Availability against renewal theory: when seats are away, and what the lost minutes are put to.

The first tests of this kind had 5,000 to 20,000 years of seats, without an engine, or 500 to 2,000
of a practice; here are a hundred times as many, from the functions that the compiled engine calls
(see seats.py), and differences resolved about ten times as finely. Counted are years of a seat, or
of each of several entries that strike it independently; where the whole practice is struck, or its
mean is looked at, years of the practice. FALSE_ALARM is 1e-6 (see chance.py); each test names the
difference that it resolves. Noise is the limit everywhere: the integrals in the closed forms are
exact to a hundredth of that.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import integrate, special, stats
from tests.verification.chance import assert_mean, assert_share
from tests.verification.seats import SEED, days_away, shares_lost

import ccmsim
from ccmsim.arrays import Floats
from ccmsim.availability import season_cosine
from ccmsim.calendar import Calendar
from ccmsim.engine.inputs import prepare
from ccmsim.office import compiled_facts
from ccmsim.scenario import Scenario
from ccmsim.scenario.disruptions import CAUSES
from ccmsim.theory import absence_by_day, absence_fraction, ramp_by_day


def staff(seats: int, **disruptions: dict[str, Any]) -> Scenario:
    """Return seats with two hours a day, and disruptions."""
    changes: dict[str, Any] = {f"disruptions.{name}": entry for name, entry in disruptions.items()}
    return ccmsim.load("perfect").but(
        {"panel.enrolled_at_start": 1, "staff.coordinator.coordinators": seats, **changes}
    )


def on_wednesdays(scenario: Scenario) -> Scenario:
    """Let everybody work on Wednesdays alone, 11:00 to 13:00: disruptions run on all days."""
    staff = "staff.coordinator"
    return scenario.but(
        {
            f"{staff}.hours_per_week": None,
            f"{staff}.shifts": {},
            f"{staff}.shifts.wednesday": ["11:00-13:00"],
        }
    )


def calendar_of(scenario: Scenario, months: int = 12) -> Calendar:
    return prepare(scenario, months).calendar


def wednesdays(calendar: Calendar) -> Any:
    return calendar.business_day_weekday == 2


def daily(scenario: Scenario, per_year: float) -> Floats:
    return per_year / calendar_of(scenario).business_days_in_year


SHORT = {"family": "geometric", "mean": 4.0}
EVERY_KIND = {
    "a": {"kind": "sick_spells", "spells_per_year": 20.0, "length_days": SHORT},
    "b": {"kind": "planned_leave", "spells_per_year": 20.0, "length_days": SHORT},
    "c": {"kind": "extended_leave", "spells_per_year": 20.0, "length_days": SHORT},
    "d": {"kind": "turnover", "per_year": 20.0, "vacancy_days": SHORT, "ramp_weeks": 0.0},
    "e": {"kind": "closure", "per_year": 20.0, "length_days": 3, "months": list(range(1, 13))},
}
"""Five kinds that overlap all the time."""


def test_seats_are_the_engines() -> None:
    """What seats.py adds up is what the engine's facts say, exactly."""
    scenario = staff(3, **EVERY_KIND)
    days = np.eye(len(calendar_of(scenario).business_day_minutes))
    closed = days_away(scenario, days, replications=3)[0, :, :, :1]  # all seats alike
    [gone] = np.maximum(closed, days_away(scenario, days, replications=3, together=True))
    one = staff(2, away=EVERY_KIND["b"])
    [spells] = days_away(one, days, replications=3)
    for practice, away in ((scenario, gone), (on_wednesdays(scenario), None), (one, spells)):
        lost = shares_lost(practice, replications=3)
        inputs = prepare(practice, 12)
        for replication in range(3):
            own = compiled_facts(inputs, SEED, replication)
            expected = own.lost_minutes.sum(axis=0) / own.template_minutes.sum()
            assert lost[:, replication].tolist() == expected.tolist()
            if away is not None:
                assert away[:, replication].T.tolist() == (own.on_duty_minutes == 0.0).tolist()
        assert (lost.sum(axis=0) > 0.1).all()


LENGTHS = (
    ({"family": "uniform_integers", "low": 1, "high": 5}, 13.0, 0.00045),
    ({"family": "geometric", "mean": 28.0}, 0.5, 0.001),
    ({"family": "lognormal", "mean": 6.0, "cv": 0.5}, 8.0, 0.0007),
)
"""Lengths of spells, how many a year, the share of the year that is resolved."""


def test_merged_spells_of_a_seat() -> None:
    """A million seat-years of each law, two on each seat; resolves 0.045 to 0.1 points.

    Of December alone 0.23.
    """
    scenario = staff(
        50,
        **{
            f"away{k}{twin}": {
                "kind": "planned_leave", "spells_per_year": a_year, "length_days": length
            }
            for k, (length, a_year, _) in enumerate(LENGTHS) for twin in "ab"
        },
    )  # fmt: skip
    days = np.ones(len(calendar_of(scenario).business_day_minutes))
    december = np.where(np.arange(len(days)) >= len(days) - 20, 1.0 / 20.0, 0.0)
    found = days_away(scenario, [days / days.sum(), december], replications=10_000)
    for k, (length, a_year, resolves) in enumerate(LENGTHS):
        whole, last = found[2 * k : 2 * k + 2].swapaxes(0, 1)
        expected = absence_by_day(daily(scenario, a_year), length)
        assert_mean(whole.ravel(), float(expected.mean()), resolves=resolves, comparisons=6)
        # the last month is nearly steady: the long-run share without the calendar
        assert abs(expected[-1] - absence_fraction(a_year / 250.0, length)) < 1e-3
        steady = float(expected[-20:].mean())
        assert_mean(last.ravel(), steady, resolves=0.0023, comparisons=6)


def test_vacancy_and_ramp_of_turnover() -> None:
    """A million seat-years, a departure in each; resolves 0.17 points of vacancy, 0.065 of ramp."""
    vacancy = {"family": "lognormal", "mean": 48.0, "cv": 0.53294}
    entry = {"kind": "turnover", "per_year": 1.0, "vacancy_days": vacancy}
    scenario = on_wednesdays(staff(20, turnover=entry))
    p, calendar = daily(scenario, 1.0), calendar_of(scenario)
    start = calendar.business_day_minutes + 660.0  # shifts begin at 11:00
    learning = ramp_by_day(p, vacancy, start, start_share=0.2, ramp_weeks=8.0)
    vacant = absence_by_day(p, vacancy)
    lost, there = shares_lost(scenario, replications=50_000), wednesdays(calendar)
    for cause, expected, resolves in (("vacancy", vacant, 0.0017), ("ramp", learning, 0.00065)):
        found = lost[CAUSES.index(cause)]
        assert_mean(found, float(expected[there].mean()), resolves=resolves, comparisons=2)


def test_winter_to_summer_of_sick_spells() -> None:
    """One-day spells of two million seat-years show the daily probability, four on each seat.

    Resolves 0.003 of the amplitude.
    """
    amplitude = 0.245
    entry = {
        "kind": "sick_spells", "spells_per_year": 12.0, "length_days": 1,
        "season_amplitude": amplitude,
    }  # fmt: skip
    scenario = staff(50, **{f"sick{k}": entry for k in range(4)})
    cosine = season_cosine(calendar_of(scenario).business_day_of_year)
    starts = days_away(scenario, [cosine], replications=10_000).ravel()
    p = 12.0 / 250.0
    found = (starts / p - cosine.sum()) / (cosine**2).sum()
    assert_mean(found, amplitude, resolves=0.003)
    assert abs((1.0 + amplitude) / (1.0 - amplitude) - 1.65) < 0.002


def test_share_of_seats_with_a_sick_day_in_the_year() -> None:
    """43.5 % of employed women lose a day a year to illness (NHIS 2017).

    A million seat-years, four on each seat; resolves 0.5 points.
    """
    entry = ccmsim.load("two_nurses").disruptions["sick"].model_dump()
    scenario = staff(50, **{f"sick{k}": entry for k in range(4)})
    cosine = season_cosine(calendar_of(scenario).business_day_of_year)
    p = (1.0 + 0.245 * cosine) / 250.0
    shape = 0.55
    frailty = stats.gamma(shape, scale=1.0 / shape)

    def no_day(u: float) -> float:
        return float(np.prod(1.0 - np.minimum(1.0, frailty.ppf(u) * p)))

    expected = 1.0 - integrate.quad(no_day, 0.0, 1.0, limit=200)[0]
    assert abs(expected - 0.435) < 0.002
    any_day = days_away(scenario, [np.ones(len(p))], replications=5000) > 0.0
    assert_share(int(any_day.sum()), any_day.size, expected, resolves=0.005)


def test_time_lost_to_illness_and_long_leave() -> None:
    """The base case loses 2.4 to 3 % unplanned and long.

    Half a million seat-years, four after the first of each seat; resolves 0.095 points.
    """
    preset = ccmsim.load("two_nurses").disruptions
    scenario = staff(
        50, sick=preset["sick"].model_dump(), long=preset["extended_leave"].model_dump()
    )
    months = 60
    calendar = calendar_of(scenario, months)
    year = calendar.business_days_in_year
    p = (1.0 + 0.245 * season_cosine(calendar.business_day_of_year)) / year
    # Gauss quadrature over the seats' frailty, gamma of shape 0.55 and mean 1
    node, weight = special.roots_genlaguerre(12, 0.55 - 1.0)
    length = {"family": "geometric", "mean": 3.0}
    by_frailty = [absence_by_day(np.minimum(1.0, z * p), length) for z in node / 0.55]
    sick = np.average(by_frailty, axis=0, weights=weight)
    leave = absence_by_day(0.15 / year, {"family": "geometric", "mean": 28.0})
    later = np.arange(len(p)) >= calendar.month_first_business_day[12]
    expected = float((1.0 - (1.0 - sick) * (1.0 - leave))[later].mean())
    assert 0.024 <= expected <= 0.030
    found = days_away(
        scenario, [later / later.sum()], replications=2500, months=months, together=True
    )
    assert_mean(found.ravel(), expected, resolves=0.00095)


def test_floor_cover_takes_its_part_of_the_shifts() -> None:
    """A hundred million shifts; resolves 0.045 points of them."""
    entry = {"kind": "floor_cover", "per_shift_share": 0.3, "last_share": 0.4}
    scenario = staff(20, pulled=entry).but({"operations.clinic_load_cv": 0.0})
    for replication in range(2):
        own = compiled_facts(prepare(scenario, 12), SEED, replication)
        lost = 1.0 - own.on_duty_minutes / own.template_minutes
        assert np.all(np.abs(lost[lost > 0.0] - 0.4) < 1e-4)
    shifts = 20 * len(calendar_of(scenario).business_day_minutes)
    pulled = shares_lost(scenario, replications=20_000)[CAUSES.index("floor_cover")] * shifts / 0.4
    assert np.all(np.abs(pulled - np.rint(pulled)) < 1e-3)  # a shift loses its part or nothing
    assert_share(int(np.rint(pulled.sum())), 20_000 * shifts, 0.3, resolves=0.00045)


def test_outbreaks_multiply_sick_spells() -> None:
    """One-day spells in 50,000 years of a practice with five outbreaks; resolves 0.06 points."""
    sick = {"kind": "sick_spells", "spells_per_year": 5.0, "length_days": 1}
    wave = {"kind": "outbreak", "per_year": 5.0, "length_days": 17, "sick_factor": 6.5}
    scenario = staff(5, sick=sick, wave=wave)
    p = daily(scenario, 5.0)
    expected = p * (1.0 + 5.5 * absence_by_day(p, 17))
    away = days_away(scenario, [np.ones(len(p)) / len(p)], replications=50_000)[0, 0]
    assert_mean(away.mean(axis=1), float(expected.mean()), resolves=0.00061)


def test_closures_fall_in_their_months() -> None:
    """Every day of January and February is as likely: 150,000 years; resolves 0.035 points."""
    entry = {"kind": "closure", "per_year": 4.0, "months": [1, 2], "length_days": 2}
    scenario = staff(1, weather=entry)
    calendar = calendar_of(scenario)
    season = np.isin(calendar.business_day_calendar_month, (1, 2))
    p = np.where(season, 4.0 / season.sum(), 0.0)
    expected = absence_by_day(p, 2)
    days = [np.ones(len(p)) / len(p), np.where(expected == 0.0, 1.0, 0.0)]
    closed, never = days_away(scenario, days, replications=150_000)[0, :, :, 0]
    assert_mean(closed, float(expected.mean()), resolves=0.00035)
    assert not never.any()


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
    for lag in range(20):
        since = midnight[lag:] - midnight[: len(midnight) - lag]
        for gap in np.unique(since):
            waited = gap + minutes[:, None] - starts[None, :]
            struck = np.where(waited >= 0.0, law.sf(np.maximum(waited, 0.0)), 0.0).mean(axis=1)
            days = lag + np.flatnonzero(since == gap)
            there[days] *= 1.0 - p[days - lag, None] * struck[None, :]
    return float(1.0 - there.mean())


def test_outages_last_on_the_clock() -> None:
    """Twenty outages a year of five hours, 200,000 years; resolves 0.022 points of the time."""
    length = {"family": "lognormal", "mean": 300.0, "cv": 2.0}
    entry = {"kind": "outage", "per_year": 20.0, "length_minutes": length}
    scenario = staff(1, down=entry)
    sigma = math.sqrt(math.log(5.0))
    law = stats.lognorm(sigma, scale=300.0 * math.exp(-(sigma**2) / 2.0))
    expected = outage_share(calendar_of(scenario), 20.0, law, 480.0, 1020.0)
    lost = shares_lost(scenario, replications=200_000)[CAUSES.index("outage")]
    assert_mean(lost, expected, resolves=0.00022)


def test_each_lost_minute_has_the_first_of_its_causes() -> None:
    """Five kinds in the order of CAUSES, 60,000 years of a practice.

    Resolves 0.25 points of each.
    """
    scenario = on_wednesdays(staff(3, **EVERY_KIND))
    p, there = daily(scenario, 20.0), wednesdays(calendar_of(scenario))
    away, closed = absence_by_day(p, SHORT), absence_by_day(p, 3)
    found = dict(zip(CAUSES, shares_lost(scenario, replications=60_000), strict=True))
    free = np.ones(len(p))
    expected = {}
    for cause in ("closure", "vacancy", "extended_leave", "planned_leave", "sick_spells"):
        struck = closed if cause == "closure" else away
        expected[cause] = float((free * struck)[there].mean())
        free = free * (1.0 - struck)
    for cause, share in expected.items():
        assert_mean(found[cause], share, resolves=0.0025, comparisons=len(expected))
    assert not any(found[cause].any() for cause in ("outage", "ramp", "floor_cover"))
