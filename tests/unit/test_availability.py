"""On-duty time against a plain recomputation from the whole history of draws, and cases by hand.

The reference below knows no state from month to month: it lists all spells of all days, takes their
unions, and cuts every shift at every instant at which anything begins or ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.doors import door
from tests.properties.strategies import scenarios

from ccmsim import availability as av
from ccmsim.availability import shifts, spells
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.sampling import draw, duration, to_ticks
from ccmsim.scenario import Scenario
from ccmsim.scenario.disruptions import CAUSES
from ccmsim.streams import NO_MONTH, PRACTICE, STREAMS, entry_stream, uniforms
from ccmsim.units import TICK_MINUTES

DAY = 1440.0
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
SEED, REPLICATION = 7, 2


@dataclass
class Drawn:
    """All months of one replication, end to end."""

    inputs: Inputs
    months: list[av.MonthAvailability]

    @property
    def on_duty(self) -> Any:
        return np.concatenate([month.on_duty for month in self.months], axis=1)

    @property
    def template(self) -> Any:
        return np.concatenate([month.template for month in self.months], axis=1)

    @property
    def lost(self) -> Any:
        return np.array([month.lost for month in self.months])

    @property
    def seat_days(self) -> Any:
        return np.concatenate([month.seat_days for month in self.months], axis=1)

    @property
    def intervals(self) -> list[tuple[float, ...]]:
        return [row for month in self.months for row in month.intervals.tolist()]

    def lost_by_cause(self, month: int = 0) -> dict[str, float]:
        lost = self.months[month].lost.tolist()
        return {cause: minutes for cause, minutes in zip(CAUSES, lost, strict=True) if minutes}


def drawn(
    scenario: Scenario, months: int = 1, *, warmup_months: int = 0, seed: int = SEED
) -> Drawn:
    inputs = prepare(scenario, months, warmup_months=warmup_months)
    state = av.new_state(inputs, seed, REPLICATION)
    every = range(months + warmup_months)
    found = [av.month_availability(inputs, state, seed, REPLICATION, month) for month in every]
    return Drawn(inputs, found)


def practice(disruptions: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    base: dict[str, Any] = {
        "panel": {"enrolled_at_start": 1},
        "staff": {"nurse": {"hours_per_week": 16.0}},
    }
    paths = {path.replace("__", "."): value for path, value in changes.items()}
    return Scenario(**base).but({**paths, "disruptions": disruptions or {}})


def recorded(*spells: tuple[str, int], seat: int = 0, **more: Any) -> dict[str, Any]:
    listed = [{"seat": seat, "start": date.fromisoformat(day), "days": n} for day, n in spells]
    return {"kind": "recorded", "spells": listed, **more}


ALWAYS = 1e6  # a yearly rate at which every business day starts a spell


# ------------------------------------------------------------- the reference


def spells_of(inputs: Inputs, name: str, entry: Any, e: int, entity: int, factor: Any) -> set[int]:
    """Return the business days of one entry at one seat: the union over every day's draw."""
    calendar, staffing = inputs.calendar, inputs.staffing
    days: set[int] = set()
    field = "vacancy_days" if entry.kind == "turnover" else "length_days"
    rate = entry.per_year if hasattr(entry, "per_year") else entry.spells_per_year
    assert hasattr(entry, field)
    for day in range(len(calendar.business_day_minutes)):
        key = (int(calendar.business_day_month[day]), int(calendar.business_day_in_month[day]))
        u, u_length = uniforms(SEED, REPLICATION, entry_stream(name), entity, *key)
        if u < rate / staffing.days_in_year[e, day] * factor(day):
            length = draw(inputs.laws.handle, inputs.laws.rows[f"disruptions.{name}"], u_length)
            days |= set(range(day, day + max(1, math.floor(length + 0.5))))
    return days


def early_spells_of(inputs: Inputs, name: str, entry: Any, e: int, s: int) -> set[int]:
    """Return the vacancies of a turnover: day by day, as early quits depend on earlier hires."""
    midnight = inputs.calendar.business_day_minutes
    days: set[int] = set()
    hires: list[int] = []
    while True:  # each pass knows one hire more

        def factor(day: int, hired: tuple[int, ...] = tuple(hires)) -> float:
            before = [hire for hire in hired if hire < day]
            early = before and midnight[day] < midnight[before[-1]] + entry.early_days * DAY
            return float(entry.early_rate_ratio) if early else 1.0

        days = spells_of(inputs, name, entry, e, s, factor)
        known = hires[-1] if hires else 0
        later = range(known + 1, len(midnight))
        following = [day for day in later if day - 1 in days and day not in days]
        if not following:
            return days
        hires.append(following[0])


def windows_of(inputs: Inputs, name: str, entry: Any, e: int) -> list[tuple[float, float]]:
    calendar, staffing = inputs.calendar, inputs.staffing
    windows = []
    for day, midnight in enumerate(calendar.business_day_minutes.tolist()):
        month, in_month = calendar.business_day_month[day], calendar.business_day_in_month[day]
        key = (SEED, REPLICATION, entry_stream(name), PRACTICE, int(month))
        u, u_length = uniforms(*key, int(in_month))
        if u < entry.per_year / staffing.days_in_year[e, day]:
            v, _ = uniforms(*key, 32 + int(in_month))
            span = staffing.closes - staffing.opens
            start = midnight + staffing.opens + min(to_ticks(span * v), span - TICK_MINUTES)
            length = draw(inputs.laws.handle, inputs.laws.rows[f"disruptions.{name}"], u_length)
            windows.append((start, start + duration(length)))
    return windows


def migration_of(inputs: Inputs, name: str, entry: Any, e: int) -> set[int]:
    """Return the business days of a migration; by date it starts in the simulated time or never."""
    if entry.first_day is None:
        return spells_of(inputs, name, entry, e, PRACTICE, lambda day: 1.0)
    calendar = inputs.calendar
    since = (entry.first_day - calendar.first_day).days * DAY
    later = [d for d, t in enumerate(calendar.business_day_minutes.tolist()) if t >= since]
    if not later:
        return set()
    key = (
        int(calendar.business_day_month[later[0]]),
        int(calendar.business_day_in_month[later[0]]),
    )
    _, u_length = uniforms(SEED, REPLICATION, entry_stream(name), PRACTICE, *key)
    length = draw(inputs.laws.handle, inputs.laws.rows[f"disruptions.{name}"], u_length)
    return set(later[: max(1, math.floor(length + 0.5))])


def reference(inputs: Inputs) -> tuple[Any, Any]:
    """Return on-duty minutes (seats, days) and lost minutes (months, causes) of the seats."""
    scenario, calendar, staffing = inputs.scenario, inputs.calendar, inputs.staffing
    named: list[tuple[str, Any]] = sorted(
        scenario.disruptions.items(), key=lambda item: (CAUSES.index(cause_of(item[1])), item[0])
    )
    seats = [group for group, _ in scenario.seats()]
    days = len(calendar.business_day_minutes)
    closed: dict[str, set[int]] = {}
    windows: dict[str, list[tuple[float, float]]] = {}
    moving: dict[str, set[int]] = {}
    outbreak = np.ones(days)
    for e, (name, entry) in enumerate(named):
        if entry.kind == "closure":
            closed[name] = spells_of(inputs, name, entry, e, PRACTICE, lambda day: 1.0)
        elif entry.kind == "outage":
            windows[name] = windows_of(inputs, name, entry, e)
        elif entry.kind == "migration":
            moving[name] = migration_of(inputs, name, entry, e)
        elif entry.kind == "outbreak":
            running = spells_of(inputs, name, entry, e, PRACTICE, lambda day: 1.0)
            outbreak[[day for day in running if day < days]] *= entry.sick_factor
    on_duty = np.zeros((len(seats), days))
    lost = np.zeros((calendar.months, len(CAUSES)))
    for s, group in enumerate(seats):
        away, pulled, hires = {}, {}, {}
        for e, (name, entry) in enumerate(named):
            if getattr(entry, "staff", None) is not None and group not in entry.staff:
                continue
            if entry.kind == "turnover":
                away[name] = early_spells_of(inputs, name, entry, e, s)
            elif entry.kind in ("planned_leave", "extended_leave"):
                away[name] = spells_of(inputs, name, entry, e, s, lambda day: 1.0)
            elif entry.kind == "sick_spells":
                frailty = 1.0
                if entry.frailty_shape is not None:
                    u, _ = uniforms(SEED, REPLICATION, entry_stream(name), s, NO_MONTH, 0)
                    row = inputs.laws.rows[f"disruptions.{name}.frailty"]
                    frailty = draw(inputs.laws.handle, row, u)
                season = 1.0 + entry.season_amplitude * inputs.days.cosine

                def factor(day: int, season: Any = season, frailty: float = frailty) -> float:
                    return float(season[day] * frailty * outbreak[day])

                away[name] = spells_of(inputs, name, entry, e, s, factor)
            elif entry.kind == "floor_cover":
                pulled[name] = floor_days(inputs, name, entry, s)
            if entry.kind == "turnover":
                gone = away[name]
                hires[name] = [day for day in range(1, days) if day - 1 in gone and day not in gone]
        for day, midnight in enumerate(calendar.business_day_minutes.tolist()):
            month, weekday = calendar.business_day_month[day], calendar.business_day_weekday[day]
            for k in range(staffing.shift_counts[s, weekday]):
                hours = staffing.shifts[s, weekday, k]
                start, end = midnight + hours["start"], midnight + hours["duty_end"]
                takers: list[tuple[tuple[int, str], float, float]] = []
                for name, entry in named:
                    place = (CAUSES.index(cause_of(entry)), name)
                    if day in closed.get(name, ()) or day in away.get(name, ()):
                        takers.append((place, start, end))
                    takers += [(place, *window) for window in windows.get(name, ())]
                    if day in pulled.get(name, ()) or day in moving.get(name, ()):
                        last = entry.last_share if name in pulled else entry.lost_share
                        share = to_ticks((end - start) * last)
                        takers.append((place, end - share, end))
                    if entry.kind == "recorded" and away_by_log(inputs, entry, s, day):
                        takers.append((place, start, end))
                    latest = [hire for hire in hires.get(name, ()) if hire <= day]
                    if latest and entry.ramp_weeks > 0.0:
                        hired = calendar.business_day_minutes[latest[-1]]
                        weeks = (start - hired) / (7 * DAY)
                        falling = math.exp(-weeks / entry.ramp_weeks)
                        share = 1.0 - (1.0 - entry.ramp_start_share) * falling
                        ramp = (CAUSES.index("ramp"), name)
                        takers.append((ramp, start + to_ticks((end - start) * share), end))
                cuts = {start, end} | {t for _, *ends in takers for t in ends if start < t < end}
                ordered = sorted(cuts)
                for a, b in pairwise(ordered):
                    causes = [place for place, since, until in takers if since <= a < until]
                    if causes:
                        lost[month, min(causes)[0]] += b - a
                    else:
                        on_duty[s, day] += b - a
    return on_duty, lost


def cause_of(entry: Any) -> str:
    names = {"turnover": "vacancy", "outbreak": "sick_spells", "migration": "outage"}
    return str(getattr(entry, "cause", names.get(entry.kind, entry.kind)))


def floor_days(inputs: Inputs, name: str, entry: Any, s: int) -> set[int]:
    calendar, days = inputs.calendar, set()
    for day in range(len(calendar.business_day_minutes)):
        month, in_month = calendar.business_day_month[day], calendar.business_day_in_month[day]
        u_load, _ = uniforms(
            SEED, REPLICATION, STREAMS["clinic_load"].number, PRACTICE, int(month), 0
        )
        load = draw(inputs.laws.handle, inputs.laws.rows["load"], u_load)
        u, _ = uniforms(SEED, REPLICATION, entry_stream(name), s, int(month), int(in_month))
        if u < entry.per_shift_share * load:
            days.add(day)
    return days


def away_by_log(inputs: Inputs, entry: Any, s: int, day: int) -> bool:
    """Whether a seat is away by a log: count the business days from the spell's first."""
    calendar = inputs.calendar
    for spell in entry.spells:
        since = (spell.start - calendar.first_day).days * DAY
        later = [d for d, t in enumerate(calendar.business_day_minutes.tolist()) if t >= since]
        if since >= 0.0 and spell.seat == s and day in later[: spell.days]:
            return True
    return False


@settings(max_examples=(settings.default or settings()).max_examples * 6 // 10)
@given(scenarios())
def test_availability_is_that_of_the_reference(scenario: Scenario) -> None:
    # spells that begin before the first day have a test of their own, as have two turnovers at once
    kept: dict[str, Any] = {}
    for name, entry in scenario.disruptions.items():
        if entry.kind == "turnover" and any(other.kind == "turnover" for other in kept.values()):
            continue
        if entry.kind == "recorded":
            spells = [spell for spell in entry.spells if spell.start >= scenario.start]
            entry = entry.model_copy(update={"spells": tuple(spells)})
        if entry.kind == "migration" and entry.first_day is not None:
            first = max(entry.first_day, scenario.start)
            entry = entry.model_copy(update={"first_day": first})
        kept[name] = entry
    scenario = scenario.but({"disruptions": kept, "operations.cover": None})
    got = drawn(scenario, 3)
    on_duty, lost = reference(got.inputs)
    np.testing.assert_array_equal(got.on_duty, on_duty)
    np.testing.assert_array_equal(got.lost, lost)


def test_a_practice_with_everything_at_once_is_that_of_the_reference() -> None:
    """Rates at which spells overlap a lot, lengths that differ, three seats, a year."""
    lengths = {"family": "uniform_integers", "low": 1, "high": 9}
    long = {"family": "exponential", "mean": 900.0}
    scenario = practice(
        {
            "a": {"kind": "sick_spells", "spells_per_year": 40.0, "length_days": lengths,
                  "season_amplitude": 0.5, "frailty_shape": 0.55},
            "b": {"kind": "planned_leave", "spells_per_year": 20.0, "length_days": lengths},
            "c": {"kind": "extended_leave", "spells_per_year": 10.0, "length_days": lengths},
            "d": {"kind": "turnover", "per_year": 4.0, "vacancy_days": lengths,
                  "early_rate_ratio": 3.0, "early_days": 30},
            "e": {"kind": "floor_cover", "per_shift_share": 0.3, "last_share": 0.4},
            "f": {"kind": "closure", "per_year": 10.0, "months": [1, 2, 6], "length_days": lengths},
            "g": {"kind": "outage", "per_year": 40.0, "length_minutes": long},
            "h": {"kind": "outbreak", "per_year": 6.0, "length_days": lengths, "sick_factor": 5.0},
            "j": {"kind": "migration", "first_day": date(2026, 5, 2), "lost_share": 0.3},
            "k": {"kind": "migration", "per_year": 3.0, "length_days": lengths},
            "i": recorded(("2026-03-02", 12), ("2026-03-09", 3), ("2026-05-04", 4), seat=1),
        },
        staff__nurse__coordinators=2,
        staff__half={"shifts": {"monday": ["08:00-09:30", "12:00-17:00"]}},
    )  # fmt: skip
    got = drawn(scenario, 12)
    on_duty, lost = reference(got.inputs)
    np.testing.assert_array_equal(got.on_duty, on_duty)
    np.testing.assert_array_equal(got.lost, lost)
    assert (lost.sum(axis=0) > 0.0).all()


# ------------------------------------------------------------- template


def test_template_of_sixteen_hours() -> None:
    month = drawn(practice())
    first = month.intervals[0]
    friday = 1 * DAY  # 2 January 2026
    assert first[:2] == (0, friday + 10 * 60 + 24)  # 10:24
    # 12:57.6 on the grid: 624 + floor(1024 * 153.6 + 1/2) / 1024
    assert first[2] == friday + 624 + to_ticks(153.6)
    assert abs(first[2] - (friday + 12 * 60 + 57.6)) < TICK_MINUTES
    assert first[3:] == (friday + 13 * 60 + 36, math.inf)  # gross end 13:36
    assert len(month.intervals) == 20
    assert month.months[0].paid.tolist() == [20 * 192.0]
    assert month.months[0].template.sum() == 20 * to_ticks(153.6)


def test_two_shifts_a_day_and_touching_ones_stay_apart() -> None:
    shifts = {"friday": ["08:00-10:00", "10:00-11:00", "13:00-14:00"]}
    month = drawn(
        practice(
            staff__nurse={"shifts": shifts, "desk_productive_share": 1.0}, start=date(2026, 5, 1)
        )
    )
    friday = [row for row in month.intervals if row[1] < DAY]
    assert [row[1:] for row in friday] == [
        (480.0, 600.0, 600.0, 600.0),
        (600.0, 660.0, 660.0, 780.0),
        (780.0, 840.0, 840.0, math.inf),
    ]


def test_holidays_and_closed_days_are_no_lost_minutes() -> None:
    closed = drawn(practice(operations__closed_days=[date(2026, 1, 5), date(2026, 1, 19)]))
    assert closed.on_duty.shape == (1, 19)  # the 19th is a holiday anyway
    assert closed.lost.sum() == 0.0
    open_all = drawn(practice(operations__federal_holidays=False))
    assert open_all.on_duty.shape == (1, 22)


def test_a_productive_share_of_nothing_is_never_on_duty() -> None:
    month = drawn(practice(staff__nurse__desk_productive_share=0.0))
    assert month.intervals == []
    assert month.months[0].paid.tolist() == [20 * 192.0]


# ------------------------------------------------------------- causes and pay


FULL = to_ticks(153.6)
EVERY_KIND = {
    "closure": {"kind": "closure", "per_year": ALWAYS, "months": [1]},
    "outage": {"kind": "outage", "per_year": ALWAYS, "length_minutes": 5 * DAY},
    "vacancy": {"kind": "turnover", "per_year": ALWAYS, "vacancy_days": 1},
    "extended_leave": {"kind": "extended_leave", "spells_per_year": ALWAYS, "length_days": 1},
    "planned_leave": {"kind": "planned_leave", "spells_per_year": ALWAYS, "length_days": 1},
    "sick_spells": {"kind": "sick_spells", "spells_per_year": ALWAYS, "length_days": 1},
    "floor_cover": {"kind": "floor_cover", "per_shift_share": 1.0, "last_share": 1.0},
}


def test_the_first_cause_takes_the_minutes() -> None:
    """All strike on every day; take the first away, and the next one has them."""
    left = dict(EVERY_KIND)
    del left["outage"]  # it starts within the day: the next test
    for cause in list(left):
        # names in the opposite order: only the kind matters
        renamed = {chr(ord("z") - i): entry for i, entry in enumerate(left.values())}
        scenario = practice(renamed, operations__clinic_load_cv=0.0)
        assert drawn(scenario).lost_by_cause() == {cause: 20 * FULL}
        del left[cause]


def test_an_outage_comes_after_a_closure_and_before_all_else() -> None:
    both = {"a": EVERY_KIND["vacancy"], "z": EVERY_KIND["outage"]}
    first = drawn(practice(both)).lost_by_cause()
    # the first outage starts within clinic hours of the 2nd, the next days are wholly down
    assert set(first) <= {"outage", "vacancy"}
    assert first["outage"] >= 19 * FULL
    assert sum(first.values()) == 20 * FULL
    closed = drawn(practice({"a": EVERY_KIND["outage"], "z": EVERY_KIND["closure"]}))
    assert closed.lost_by_cause() == {"closure": 20 * FULL}


def test_two_entries_of_a_kind_go_by_name() -> None:
    entry = {"kind": "sick_spells", "spells_per_year": ALWAYS, "length_days": 1}
    for names, share in ((("a", "b"), 0.25), (("b", "a"), 0.75)):
        shares = dict(zip(names, (0.25, 0.75), strict=True))
        disruptions = {name: entry | {"paid_share": paid} for name, paid in shares.items()}
        month = drawn(practice(disruptions)).months[0]
        assert month.paid[0] == pytest.approx(20 * 192.0 * share, rel=1e-12)


@pytest.mark.parametrize(
    ("cause", "paid"),
    [
        ("closure", 1.0),
        ("vacancy", 0.0),
        ("extended_leave", 0.3),
        ("planned_leave", 1.0),
        ("sick_spells", 1.0),
        ("floor_cover", 0.0),
    ],
)
def test_default_paid_shares(cause: str, paid: float) -> None:
    month = drawn(practice({"x": EVERY_KIND[cause]}, operations__clinic_load_cv=0.0)).months[0]
    gross = 20 * 192.0
    assert month.on_duty.sum() == 0.0
    assert month.paid[0] == pytest.approx(gross * paid, abs=1e-9)
    nominal = gross if cause == "floor_cover" else gross * paid
    assert month.nominal[0] == pytest.approx(nominal, abs=1e-9)


def test_floor_cover_takes_the_last_share_of_every_shift() -> None:
    shifts = {day: ["08:00-10:00", "13:00-16:20"] for day in WEEKDAYS}
    scenario = practice(
        {"floor": {"kind": "floor_cover", "per_shift_share": 1.0, "last_share": 0.4}},
        staff__nurse={"shifts": shifts, "desk_productive_share": 0.8},
        operations__clinic_load_cv=0.0,
    )
    month = drawn(scenario)
    day = [(start % DAY, end % DAY) for _, start, end, *_ in month.intervals[:2]]
    # on duty 96 and 160 minutes, less 38.4 and 64
    assert day == [(480.0, 480.0 + 96.0 - to_ticks(38.4)), (780.0, 780.0 + 96.0)]
    assert month.lost_by_cause() == {"floor_cover": 20 * (to_ticks(38.4) + 64.0)}
    paid = 20 * 320.0 * (1.0 - (to_ticks(38.4) / 96.0 * 120.0 + 80.0) / 320.0)
    assert month.months[0].paid[0] == pytest.approx(paid, rel=1e-12)
    assert month.months[0].nominal[0] == 20 * 320.0


def test_floor_cover_by_share_of_zero_and_of_one() -> None:
    for share, on_duty in ((0.0, FULL), (1.0, 0.0)):
        entry = {"kind": "floor_cover", "per_shift_share": 1.0, "last_share": share}
        month = drawn(practice({"floor": entry}, operations__clinic_load_cv=0.0))
        assert month.on_duty.tolist() == [[on_duty] * 20]


def test_half_lost_to_floor_cover_then_sick() -> None:
    disruptions = {
        "floor": {"kind": "floor_cover", "per_shift_share": 1.0, "last_share": 0.5},
        "sick": recorded(("2026-01-02", 1)),
    }
    lost = drawn(practice(disruptions, operations__clinic_load_cv=0.0)).lost_by_cause()
    half = to_ticks(FULL * 0.5)
    assert lost == {"sick_spells": FULL, "floor_cover": 19 * half}


# ------------------------------------------------------------- spells


def test_overlapping_spells_are_a_union() -> None:
    disruptions = {"log": recorded(("2026-01-05", 4), ("2026-01-07", 4), ("2026-01-20", 1))}
    on_duty = drawn(practice(disruptions)).on_duty[0]
    away = np.flatnonzero(on_duty == 0.0).tolist()
    assert away == [1, 2, 3, 4, 5, 6, 11]  # 5 to 12 January, and the 20th


def test_recorded_spells_run_over_month_ends_and_holidays() -> None:
    # three business days from Thursday 29 January: 29, 30 and Monday 2 February
    months = drawn(practice({"log": recorded(("2026-01-29", 3))}), 2)
    assert months.on_duty[0, 18:22].tolist() == [0.0, 0.0, 0.0, FULL]
    # from Saturday 17 January over the holiday on the 19th: the 20th is the first day away
    over = drawn(practice({"log": recorded(("2026-01-17", 1))}))
    assert np.flatnonzero(over.on_duty[0] == 0.0).tolist() == [11]


def test_recorded_spells_strike_one_seat_and_may_lie_outside() -> None:
    log = recorded(("2026-01-02", 2), ("2031-01-02", 2), seat=1)
    scenario = practice({"log": log}, staff__nurse__coordinators=2)
    on_duty = drawn(scenario).on_duty
    assert (on_duty[0] == FULL).all()
    assert np.flatnonzero(on_duty[1] == 0.0).tolist() == [0, 1]


def test_recorded_spell_from_before_the_first_day_without_a_holiday_between() -> None:
    # from Monday 29 June 2026: two business days in June, then the 1st, 2nd and 6th of July
    scenario = practice({"log": recorded(("2026-06-29", 5))}, start=date(2026, 7, 1))
    assert np.flatnonzero(drawn(scenario).on_duty[0] == 0.0).tolist() == [0, 1, 2]


def test_recorded_spell_from_before_the_first_day_over_a_holiday() -> None:
    # ten business days from 22 December 2025: seven in December (25 is a holiday), three in January
    scenario = practice({"log": recorded(("2025-12-22", 10))})
    assert np.flatnonzero(drawn(scenario).on_duty[0] == 0.0).tolist() == [0, 1, 2]
    warmed = drawn(scenario, warmup_months=1).on_duty[0, 22:]
    assert np.flatnonzero(warmed == 0.0).tolist() == [0, 1, 2]


def test_warm_up_is_the_head_of_a_longer_simulation() -> None:
    disruptions = {
        "sick": {"kind": "sick_spells", "spells_per_year": 20.0, "frailty_shape": 0.55},
        "quit": {"kind": "turnover", "per_year": 4.0, "vacancy_days": 10},
        "down": {"kind": "outage", "per_year": 30.0},
        "log": recorded(("2026-07-30", 5)),
    }
    tail = drawn(practice(disruptions, start=date(2026, 7, 1)), 12, warmup_months=6)
    whole = drawn(practice(disruptions, start=date(2026, 1, 1)), 18)
    assert tail.intervals == whole.intervals
    np.testing.assert_array_equal(tail.lost, whole.lost)
    np.testing.assert_array_equal(tail.seat_days, whole.seat_days)


# ------------------------------------------------------------- migration


def test_a_migration_takes_the_last_share_of_every_shift() -> None:
    """Five days from Saturday 2026-03-07 on, a fifth of each day's 153.6 minutes."""
    entry = {
        "kind": "migration", "first_day": "2026-03-07", "length_days": 5, "lost_share": 0.2,
    }  # fmt: skip
    got = drawn(practice({"move": entry}), 4)
    share = to_ticks(FULL * 0.2)
    first = int(got.inputs.calendar.month_first_business_day[2]) + 5  # Monday the 9th
    expected = np.full(got.on_duty.shape[1], FULL)
    expected[first : first + 5] -= share
    np.testing.assert_array_equal(got.on_duty[0], expected)
    assert got.lost_by_cause(2) == {"outage": 5 * share}
    days = np.concatenate([month.outage_day for month in got.months])
    assert np.flatnonzero(days).tolist() == list(range(first, first + 5))


def test_a_migration_from_before_the_first_day_is_shorter() -> None:
    """Ten business days from 2025-12-22: seven have passed by the new year."""
    entry = {"kind": "migration", "first_day": "2025-12-22", "length_days": 10, "lost_share": 1.0}
    got = drawn(practice({"move": entry}))
    assert got.months[0].outage_day.sum() == 3
    assert got.lost_by_cause() == {"outage": 3 * FULL}


def test_a_migration_after_the_last_day_changes_nothing() -> None:
    entry = {"kind": "migration", "first_day": "2027-01-01"}
    np.testing.assert_array_equal(drawn(practice({"move": entry})).on_duty, FULL)


def test_a_migration_strikes_cover_too() -> None:
    log = recorded(("2026-01-05", 10))
    entry = {"kind": "migration", "first_day": "2026-01-05", "length_days": 3, "lost_share": 0.5}
    cover = {"hours_per_week": 16.0, "after_days": 0}
    got = drawn(practice({"log": log, "move": entry}, operations__cover=cover))
    first = int(np.flatnonzero(got.template[1])[0])
    half = FULL - to_ticks(FULL * 0.5)
    assert got.on_duty[1, first : first + 4].tolist() == [half, half, half, FULL]


# ------------------------------------------------------------- load-driven absence


def test_the_load_factor_multiplies_sickness_only() -> None:
    """A factor of 2 with spells of a day is the spells of twice the rate, day for day."""
    entry = {"kind": "sick_spells", "spells_per_year": 20.0, "length_days": 2}
    other = {"kind": "planned_leave", "spells_per_year": 20.0, "length_days": 2}

    def on_duty(rate: float, factor: float) -> Any:
        sick = {**entry, "spells_per_year": rate}
        inputs = prepare(practice({"sick": sick, "leave": other}), 1)
        state = av.new_state(inputs, SEED, REPLICATION)
        return av.month_availability(
            inputs, state, SEED, REPLICATION, 0, load_absence_factor=factor
        ).on_duty

    np.testing.assert_array_equal(on_duty(20.0, 2.0), on_duty(40.0, 1.0))
    assert (on_duty(20.0, 8.0) != on_duty(20.0, 1.0)).any()


# ------------------------------------------------------------- turnover


def test_a_new_holder_quits_as_often_as_the_ratio_says() -> None:
    """A ratio of 0 for ever: nobody quits twice; early days of 0: as without a ratio."""
    entry = {"kind": "turnover", "per_year": 6.0, "vacancy_days": 5}
    plain = drawn(practice({"quit": entry}), 24).on_duty
    loyal = {**entry, "early_rate_ratio": 0.0, "early_days": 10_000}
    got = drawn(practice({"quit": loyal}), 24)
    assert sum(int(month.hires.sum()) for month in got.months) == 1
    first = int(np.flatnonzero(got.on_duty[0] == 0.0)[0])
    np.testing.assert_array_equal(got.on_duty[:, : first + 6], plain[:, : first + 6])
    never = {**entry, "early_rate_ratio": 9.0, "early_days": 0}
    np.testing.assert_array_equal(drawn(practice({"quit": never}), 24).on_duty, plain)


FALSE_ALARM = 1e-6


def test_quits_of_the_first_half_year_are_twice_the_later_ones() -> None:
    """Renewal: of seats hired so long ago, the share that quits within `early_days`.

    Of each hire with 60 business days to come, the first quit of an early holder comes within 30
    business days (42 days of the calendar) with probability 1 − (1 − 2q)^30, q the daily rate; the
    hiring day is the day before the first of them. Resolves a difference of 0.02.
    """
    entry = {
        "kind": "turnover", "per_year": 2.0, "vacancy_days": 1,
        "early_rate_ratio": 2.0, "early_days": 43,
    }  # fmt: skip
    scenario = practice({"quit": entry}, operations__federal_holidays=False)
    hires = quits = 0
    for seed in range(400):
        on_duty = drawn(scenario, 24, seed=seed).on_duty[0]
        away = on_duty == 0.0
        for day in (np.flatnonzero(away[:-61] & ~away[1:-60]) + 1).tolist():
            hires += 1
            quits += bool(away[day + 1 : day + 31].any())
    probability = 1.0 - (1.0 - 2.0 * 2.0 / 261.0) ** 30
    error = math.sqrt(probability * (1.0 - probability) / hires)
    z = NormalDist().inv_cdf(1.0 - FALSE_ALARM / 2.0)
    assert hires > 1000
    assert abs(quits / hires - probability) < z * error + 0.002


def test_vacancy_then_hire_then_ramp_with_exact_minutes() -> None:
    entry = {"kind": "turnover", "per_year": 6.0, "vacancy_days": 5, "ramp_weeks": 8.0}
    got = drawn(practice({"quit": entry}), 12)
    holders = got.seat_days["holder"][0]
    hired = np.flatnonzero(np.diff(holders)) + 1
    assert len(hired) >= 2
    midnights = got.inputs.calendar.business_day_minutes
    for day in hired.tolist():
        assert (got.on_duty[0, day - 5 : day] == 0.0).all()
        assert got.on_duty[0, day] > 0.0
    first = int(hired[0])
    assert (got.on_duty[0, : first - 5] == FULL).all()
    until = int(hired[1]) - 5 if len(hired) > 1 else len(holders)
    for day in range(first, until):
        weeks = (midnights[day] + 624.0 - midnights[first]) / (7 * DAY)
        share = 1.0 - 0.8 * math.exp(-weeks / 8.0)
        assert got.on_duty[0, day] == to_ticks(FULL * share)
    assert sum(int(month.hires.sum()) for month in got.months) == len(hired)
    lost = got.lost.sum(axis=0)
    assert lost[CAUSES.index("vacancy")] % FULL == 0.0
    assert lost[CAUSES.index("ramp")] > 0.0
    assert lost.sum() == got.template.sum() - got.on_duty.sum()


def test_ramp_is_the_end_of_a_shift_and_paid_in_full() -> None:
    entry = {"kind": "turnover", "per_year": 12.0, "vacancy_days": 1, "paid_share": 0.0}
    got = drawn(practice({"quit": entry}), 6)
    vacant = got.lost[:, CAUSES.index("vacancy")].sum() / FULL
    days = got.on_duty.shape[1]
    paid = sum(float(month.paid[0]) for month in got.months)
    assert paid == pytest.approx((days - vacant) * 192.0, rel=1e-12)
    starts = {start % DAY for _, start, *_ in got.intervals}
    assert starts == {624.0}


@pytest.mark.parametrize(
    ("start_share", "weeks"), [(1.0, 8.0), (0.2, 0.0)], ids=["no ramp", "at once"]
)
def test_no_ramp(start_share: float, weeks: float) -> None:
    entry = {
        "kind": "turnover",
        "per_year": 12.0,
        "vacancy_days": 3,
        "ramp_start_share": start_share,
        "ramp_weeks": weeks,
    }
    got = drawn(practice({"quit": entry}), 6)
    assert got.lost[:, CAUSES.index("vacancy")].sum() > 0.0
    assert got.lost[:, CAUSES.index("ramp")].sum() == 0.0


def test_nobody_is_hired_into_a_vacant_seat() -> None:
    disruptions = {
        "a": {"kind": "turnover", "per_year": 20.0, "vacancy_days": 10},
        "b": {"kind": "turnover", "per_year": 20.0, "vacancy_days": 15},
    }
    got = drawn(practice(disruptions), 12)
    new = np.flatnonzero(np.diff(got.seat_days["holder"][0])) + 1
    assert len(new) > 0
    assert (got.on_duty[0, new] > 0.0).all()


def test_another_turnover_never_shortens_a_ramp() -> None:
    """A slow ramp that is due begins with the hire, whichever vacancy ended last."""
    slow = {
        "kind": "turnover",
        "per_year": 3.0,
        "vacancy_days": 10,
        "ramp_start_share": 0.0,
        "ramp_weeks": 1000.0,
    }
    quick = {"kind": "turnover", "per_year": 10.0, "vacancy_days": 15, "ramp_weeks": 0.0}
    for seed in range(20):
        alone = drawn(practice({"a": slow}), 12, seed=seed)
        both = drawn(practice({"a": slow, "b": quick}), 12, seed=seed)
        assert (both.on_duty <= alone.on_duty).all()


# ------------------------------------------------------------- the whole practice


def test_an_outage_touches_every_business_day_until_it_ends() -> None:
    entry = {"kind": "outage", "per_year": 6.0, "length_minutes": 2.5 * DAY}
    got = drawn(practice({"down": entry}), 12)
    windows = windows_of(got.inputs, "down", practice({"down": entry}).disruptions["down"], 0)
    assert len(windows) >= 3
    touched = [day for month in got.months for day in month.outage_day.tolist()]
    for day, midnight in enumerate(got.inputs.calendar.business_day_minutes.tolist()):
        touches = any(start < midnight + DAY and end > midnight for start, end in windows)
        assert touched[day] is touches
    assert any(
        not touched[d] and touched[d + 1] and touched[d + 2] for d in range(len(touched) - 2)
    )


def test_an_outage_within_a_shift_cuts_it_in_two() -> None:
    shifts = {day: ["00:00-24:00"] for day in WEEKDAYS}
    scenario = practice(
        {"down": {"kind": "outage", "per_year": ALWAYS, "length_minutes": 30, "paid_share": 0.5}},
        staff__nurse={"shifts": shifts, "desk_productive_share": 1.0},
    )
    month = drawn(scenario)
    assert len(month.intervals) == 40
    for before, after in zip(month.intervals[::2], month.intervals[1::2], strict=True):
        assert after[1] - before[2] == 30.0
        assert before[1] % DAY == 0.0
        assert after[2] % DAY == 0.0
        assert 480.0 <= before[2] % DAY < 1020.0
        assert before[3] == after[3] == after[2]  # one gross shift
    assert month.lost_by_cause() == {"outage": 20 * 30.0}
    assert month.months[0].paid[0] == pytest.approx(20 * (1440.0 - 15.0), rel=1e-12)


def test_an_outbreak_multiplies_sickness_and_is_no_cause() -> None:
    sick = {"kind": "sick_spells", "spells_per_year": 6.0, "length_days": 1}
    wave = {"kind": "outbreak", "per_year": ALWAYS, "length_days": 1, "sick_factor": 1e6}
    calm = drawn(practice({"sick": sick})).lost_by_cause()
    assert calm.get("sick_spells", 0.0) < 20 * FULL
    assert drawn(practice({"sick": sick, "wave": wave})).lost_by_cause() == {
        "sick_spells": 20 * FULL
    }
    assert drawn(practice({"wave": wave})).lost_by_cause() == {}
    leave = {"kind": "planned_leave", "spells_per_year": 6.0, "length_days": 1}
    with_wave, without = practice({"leave": leave, "wave": wave}), practice({"leave": leave})
    np.testing.assert_array_equal(drawn(with_wave).on_duty, drawn(without).on_duty)


def test_season_of_sick_spells() -> None:
    assert av.season(1.0, 0.245) / av.season(-1.0, 0.245) == pytest.approx(1.65, abs=0.01)
    cosine = av.season_cosine(np.array([15, 197, 198, 106]))
    assert cosine[0] == 1.0
    assert cosine[1] == cosine[2] == pytest.approx(-1.0, abs=1e-4)
    assert (cosine * 2.0**30 == np.round(cosine * 2.0**30)).all()


def test_closures_fall_in_their_months_only() -> None:
    entry = {"kind": "closure", "per_year": ALWAYS, "months": [2]}
    got = drawn(practice({"snow": entry}), 3)
    assert [got.lost_by_cause(month) for month in range(3)] == [{}, {"closure": 19 * FULL}, {}]
    rate = got.inputs.staffing.days_in_year[0]
    assert set(rate[20:39].tolist()) == {19.0}
    assert np.isinf(rate[:20]).all()


@pytest.mark.parametrize(
    "groups", [None, ["nurse"], ["other"]], ids=["everybody", "one group", "the other"]
)
def test_entries_strike_the_groups_they_name(groups: list[str] | None) -> None:
    entry = {"kind": "sick_spells", "spells_per_year": ALWAYS, "staff": groups}
    scenario = practice(staff__other={"hours_per_week": 8.0}).but({"disruptions.sick": entry})
    on_duty = drawn(scenario).on_duty.sum(axis=1)
    names = [name for name, _ in scenario.seats()]
    for name, minutes in zip(names, on_duty, strict=True):
        assert bool(minutes == 0.0) is (groups is None or name in groups)


# ------------------------------------------------------------- who may step in


@pytest.mark.parametrize(("after", "expected"), [(0, [1, 2, 3, 4]), (1, [2, 3, 4]), (3, [4])])
def test_days_on_which_backup_may_step_in(after: int, expected: list[int]) -> None:
    scenario = practice(
        {"log": recorded(("2026-01-05", 4))},
        operations__assignment="owned_with_backup",
        operations__backup_after_days=after,
    )
    days = drawn(scenario).seat_days
    assert np.flatnonzero(days["backup_open"][0]).tolist() == expected
    assert not days["cover_open"].any()


def test_a_part_timer_counts_scheduled_days() -> None:
    """Scheduled on Mondays and Fridays, away on Friday 2 and Monday 5 January."""
    scenario = practice(
        {"log": recorded(("2026-01-02", 2))},
        staff__nurse__weekdays=["monday", "friday"],
        operations__assignment="owned_with_backup",
        operations__backup_after_days=2,
    )
    days = drawn(scenario).seat_days["backup_open"][0]
    # two scheduled days away: open from Tuesday 6 until she is back on Friday 9
    assert np.flatnonzero(days).tolist() == [2, 3, 4]


def test_cover_comes_for_whole_shifts_when_called() -> None:
    scenario = practice(
        {"log": recorded(("2026-01-05", 6))},
        operations__cover={
            "hours_per_week": 20.0,
            "coordinators": 2,
            "after_days": 2,
            "desk_productive_share": 0.5,
        },
    )
    got = drawn(scenario)
    assert np.flatnonzero(got.seat_days["cover_open"][0]).tolist() == [3, 4, 5, 6]
    called = np.flatnonzero(got.template[1]).tolist()
    assert called == [3, 4, 5, 6]
    assert got.months[0].paid.tolist() == [20 * 192.0, 4 * 240.0, 4 * 240.0]
    assert got.on_duty[1:, 3].tolist() == [120.0, 120.0]


def test_cover_is_not_called_on_closure_days_and_is_struck_by_outages() -> None:
    cover = {"hours_per_week": 45.0, "after_days": 0, "desk_productive_share": 1.0}
    log = recorded(("2026-01-02", 20))
    closed = practice(
        {"log": log, "snow": {"kind": "closure", "per_year": ALWAYS, "months": [1]}},
        operations__cover=cover,
    )
    assert drawn(closed).template[1].sum() == 0.0
    down = practice(
        {"log": log, "down": {"kind": "outage", "per_year": ALWAYS, "length_minutes": 10}},
        operations__cover=cover,
    )
    got = drawn(down)
    lost = got.template[1] - got.on_duty[1]
    assert lost.sum() > 10 * 10.0  # some outages lie outside the shift from 7:30 to 16:30
    assert got.lost_by_cause()["outage"] >= lost.sum()


def test_called_cover_is_paid_by_whole_shifts() -> None:
    down = practice(
        {
            "log": recorded(("2026-01-02", 20)),
            "down": {"kind": "outage", "per_year": ALWAYS, "length_minutes": 60, "paid_share": 0.0},
        },
        operations__cover={"hours_per_week": 45.0, "after_days": 0},
    )
    assert drawn(down).months[0].paid[1] == 20 * 540.0


def test_a_closure_near_the_last_known_year() -> None:
    scenario = practice({"snow": {"kind": "closure"}}, start=date(2099, 1, 1))
    assert len(drawn(scenario, 12).months) == 12


def test_spell_days() -> None:
    lengths = [0.0, 0.49, 1.49, 1.5, 2.5, 1e4]
    assert [av.spell_days(length) for length in lengths] == [1, 1, 1, 2, 3, 10_000]


@pytest.mark.parametrize("name", ["season", "spell_days", "ramp_share", "last_start"])
def test_compiled_as_interpreted(name: str) -> None:
    arguments: dict[str, list[tuple[float, ...]]] = {
        "season": [(0.3, 0.245), (-1.0, 1.0)],
        "spell_days": [(0.2,), (7.5,)],
        "ramp_share": [(0.0, 0.2, 8.0), (3.3, 0.2, 8.0), (math.inf, 0.2, 8.0), (1.0, 0.2, 0.0)],
        "last_start": [(624.0, 777.6, 0.4), (0.0, 0.0, 0.4)],
    }
    function: Any = getattr(shifts, name, None) or getattr(spells, name)
    compiled = door(function)
    for values in arguments[name]:
        assert compiled(*values) == function.py_func(*values)
