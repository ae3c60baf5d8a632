"""The calendar: hand-checked dates, two other sources of the same truth, and refused input."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from ccmsim import calendar
from ccmsim.errors import InputError

HOLIDAYS_2025 = [
    "2025-01-01", "2025-01-20", "2025-02-17", "2025-05-26", "2025-06-19", "2025-07-04",
    "2025-09-01", "2025-10-13", "2025-11-11", "2025-11-27", "2025-12-25",
]  # fmt: skip
HOLIDAYS_2026 = [
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03",
    "2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25",
]  # fmt: skip
BUSINESS_DAYS_2026 = [20, 19, 22, 22, 20, 21, 22, 21, 21, 21, 19, 22]
"""Counted by hand on a wall calendar, federal holidays struck out."""


def dates_of(built: calendar.Calendar) -> list[date]:
    return [built.business_date(index) for index in range(len(built.business_day_minutes))]


@pytest.mark.parametrize(("year", "listed"), [(2025, HOLIDAYS_2025), (2026, HOLIDAYS_2026)])
def test_federal_holidays_are_those_of_the_published_list(year: int, listed: list[str]) -> None:
    assert [day.isoformat() for day in calendar.federal_holidays(year)] == listed


def test_new_year_on_a_saturday_is_observed_in_the_year_before() -> None:
    assert date(2027, 12, 31) in calendar.federal_holidays(2027)
    assert len(calendar.federal_holidays(2027)) == 12
    assert len(calendar.federal_holidays(2028)) == 10
    built = calendar.build(date(2027, 12, 1), 2)
    assert date(2027, 12, 31) not in dates_of(built)
    assert dates_of(built)[built.business_days(1)][0] == date(2028, 1, 3)


def test_sunday_holidays_are_observed_on_monday() -> None:
    # 4 July 2027 and 19 June 2033 are Sundays.
    assert date(2027, 7, 5) in calendar.federal_holidays(2027)
    assert date(2033, 6, 20) in calendar.federal_holidays(2033)


def test_juneteenth_came_in_2021() -> None:
    assert len(calendar.federal_holidays(2020)) == 10
    assert date(2021, 6, 18) in calendar.federal_holidays(2021)


def test_the_holidays_of_every_year_are_those_of_the_package_that_wrote_them() -> None:
    import holidays

    years = range(calendar.FIRST_YEAR, calendar.LAST_YEAR + 1)
    listed = holidays.country_holidays("US", years=years)
    theirs = sorted(day for day in listed if day.weekday() < 5 and day.year in years)
    ours = [day for year in years for day in calendar.federal_holidays(year)]
    assert ours == theirs
    assert len(ours) > 1300


@pytest.mark.parametrize("year", range(2021, 2061))
def test_holidays_agree_with_the_federal_calendar_of_pandas(year: int) -> None:
    from pandas.tseries.holiday import USFederalHolidayCalendar

    theirs = USFederalHolidayCalendar().holidays(f"{year}-01-01", f"{year}-12-31")
    weekdays = tuple(day.date() for day in theirs if day.weekday() < 5)
    assert calendar.federal_holidays(year) == weekdays


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_year_has_250_business_days(year: int) -> None:
    built = calendar.build(date(year, 1, 1), 12)
    assert len(built.business_day_minutes) == 250
    assert set(built.business_days_in_year.tolist()) == {250}


def test_months_of_2026_by_hand() -> None:
    built = calendar.build(date(2026, 1, 1), 12)
    days = [built.business_days(month) for month in range(12)]
    assert [part.stop - part.start for part in days] == BUSINESS_DAYS_2026
    assert built.month_labels == tuple(f"2026-{month:02d}" for month in range(1, 13))
    lengths = np.diff(built.month_start_minutes) / 1440.0
    assert lengths.tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_every_array_against_a_plain_walk_over_the_dates() -> None:
    first, closed = date(2027, 11, 1), [date(2028, 2, 29), date(2027, 12, 24)]
    built = calendar.build(first, 5, closed_days=closed)
    walked = []
    for offset in range((date(2028, 4, 1) - first).days):
        day = first + timedelta(days=offset)
        off = day in calendar.federal_holidays(day.year) or day in closed or day.weekday() > 4
        if not off:
            month = (day.year - 2027) * 12 + day.month - 11
            of_year = day.timetuple().tm_yday
            walked.append((offset * 1440, month, day.weekday(), of_year, day.day, day.month))
    arrays = (
        built.business_day_minutes,
        built.business_day_month,
        built.business_day_weekday,
        built.business_day_of_year,
        built.business_day_in_month,
        built.business_day_calendar_month,
    )
    assert list(zip(*(array.tolist() for array in arrays), strict=True)) == walked


def test_types_are_those_that_the_engines_compile_for() -> None:
    built = calendar.build(date(2026, 1, 1), 2)
    for field in fields(built):
        value = getattr(built, field.name)
        if isinstance(value, np.ndarray):
            expected = np.float64 if field.name.endswith("_minutes") else np.int64
            assert value.dtype == expected, field.name
            assert value.flags.c_contiguous, field.name


def test_leap_years() -> None:
    built = calendar.build(date(2028, 2, 1), 2)
    assert date(2028, 2, 29) in dates_of(built)
    assert built.month_start_minutes.tolist() == [0.0, 29 * 1440.0, 60 * 1440.0]
    leap = calendar.build(date(2028, 12, 1), 1)
    assert leap.business_day_of_year[-1] == 364  # Friday 29 December of a year of 366 days
    century = calendar.build(date(2100, 2, 1), 1)  # divisible by 100, not by 400
    assert century.month_start_minutes[-1] == 28 * 1440.0


def test_business_days_in_year_counts_the_whole_calendar_year_of_each_day() -> None:
    built = calendar.build(date(2027, 12, 1), 2)
    # 2027: 261 weekdays less 12 holidays; 2028: 260 less 10. Two are in December 2027.
    assert built.business_days_in_year[built.business_days(0)].tolist() == [249] * 21
    assert built.business_days_in_year[built.business_days(1)].tolist() == [250] * 20


@pytest.mark.parametrize("warmup_months", [1, 6, 13])
def test_a_warm_up_is_the_head_of_a_longer_calendar(warmup_months: int) -> None:
    first_month = 2027 * 12 - warmup_months
    earlier = date(first_month // 12, first_month % 12 + 1, 1)
    warmed = calendar.build(date(2027, 1, 1), 14, warmup_months=warmup_months)
    longer = calendar.build(earlier, 14 + warmup_months)
    for field in fields(warmed):
        assert np.array_equal(getattr(warmed, field.name), getattr(longer, field.name)), field.name


@pytest.mark.parametrize("warmup_months", [1, 6, 13])
def test_the_tail_after_a_warm_up_is_the_calendar_without_one(warmup_months: int) -> None:
    plain = calendar.build(date(2027, 1, 1), 14)
    warmed = calendar.build(date(2027, 1, 1), 14, warmup_months=warmup_months)
    first = warmed.business_days(warmup_months).start
    origin = warmed.month_start_minutes[warmup_months]
    assert origin == 1440.0 * (plain.first_day - warmed.first_day).days
    assert np.array_equal(warmed.month_start_minutes[warmup_months:] - origin,
                          plain.month_start_minutes)  # fmt: skip
    assert np.array_equal(warmed.business_day_minutes[first:] - origin, plain.business_day_minutes)
    assert np.array_equal(warmed.business_day_month[first:] - warmup_months,
                          plain.business_day_month)  # fmt: skip
    for name in ("weekday", "of_year", "in_month", "calendar_month"):
        tail = getattr(warmed, f"business_day_{name}")[first:]
        assert np.array_equal(tail, getattr(plain, f"business_day_{name}")), name


def test_closing_a_day_takes_it_out_and_leaves_the_others_as_they_were() -> None:
    plain = calendar.build(date(2026, 11, 1), 2)
    closed = calendar.build(date(2026, 11, 1), 2, closed_days=[date(2026, 11, 27)])
    assert set(dates_of(plain)) - set(dates_of(closed)) == {date(2026, 11, 27)}
    kept = np.isin(plain.business_day_minutes, closed.business_day_minutes)
    for name in ("business_day_in_month", "business_days_in_year", "business_day_of_year"):
        assert np.array_equal(getattr(plain, name)[kept], getattr(closed, name)), name


def test_closed_days_that_change_nothing() -> None:
    idle = [date(2026, 7, 4), date(2026, 7, 3), date(2031, 7, 7), date(2026, 7, 5)]
    plain, closed = (calendar.build(date(2026, 7, 1), 1, closed_days=days) for days in ((), idle))
    assert dates_of(plain) == dates_of(closed)
    twice = calendar.build(date(2026, 7, 1), 1, closed_days=[date(2026, 7, 6)] * 2)
    assert len(dates_of(plain)) - len(dates_of(twice)) == 1


def test_a_month_may_have_no_business_day() -> None:
    february = [date(2026, 2, day) for day in range(1, 29)]
    built = calendar.build(date(2026, 1, 1), 3, closed_days=february)
    assert built.month_first_business_day.tolist() == [0, 20, 20, 42]
    assert built.business_days(1) == slice(20, 20)
    alone = calendar.build(date(2026, 2, 1), 1, closed_days=february)
    assert alone.business_day_minutes.size == 0
    assert alone.business_days_in_year.dtype == np.int64
    assert alone.month_first_business_day.tolist() == [0, 0]


def test_without_federal_holidays_every_weekday_counts() -> None:
    built = calendar.build(date(2026, 1, 1), 12, federal_holidays=False)
    assert len(built.business_day_minutes) == 261
    assert set(built.business_days_in_year.tolist()) == {261}


def test_looking_up_by_minute() -> None:
    built = calendar.build(date(2026, 1, 1), 2)  # 1 January is a holiday, 2 January a Friday
    friday = 1440.0
    assert built.day_index(0.0) == -1
    assert built.day_index(friday - 2**-10) == -1
    assert built.day_index(friday) == 0
    assert built.day_index(3 * 1440.0) == 0  # Sunday: the latest one begun is Friday
    assert built.day_index(4 * 1440.0) == 1
    assert built.date_at(friday - 2**-10) == date(2026, 1, 1)
    assert built.date_at(friday) == date(2026, 1, 2)


@pytest.mark.parametrize("month", [-1, 2])
def test_a_month_outside_is_refused(month: int) -> None:
    built = calendar.build(date(2026, 1, 1), 2)
    with pytest.raises(InputError, match=r"month: is outside the calendar .*; valid: 0 to 1"):
        built.business_days(month)


def test_a_calendar_cannot_be_changed() -> None:
    built = calendar.build(date(2026, 1, 1), 1)
    for copy in (built, pickle.loads(pickle.dumps(built))):
        with pytest.raises(ValueError, match="read-only"):
            copy.business_day_minutes[0] = 1.0
        with pytest.raises(FrozenInstanceError):
            copy.months = 2  # type: ignore[misc]
    assert dates_of(copy) == dates_of(built)


@pytest.mark.parametrize(
    "start", [date(2026, 1, 2), "2026-01-01", datetime(2026, 1, 1), np.datetime64("2026-01-01")]
)
def test_a_start_that_is_not_the_first_of_a_month_is_refused(start: object) -> None:
    with pytest.raises(InputError, match=r"start: must be the first day of a month .*date\(2026"):
        calendar.build(start, 12)  # type: ignore[arg-type]


@pytest.mark.parametrize("months", [0, -1, 1.0, "12", True])
def test_months_must_be_a_whole_number_from_one(months: object) -> None:
    with pytest.raises(InputError, match="months: must be a whole number, at least 1"):
        calendar.build(date(2026, 1, 1), months)  # type: ignore[arg-type]


def test_months_may_be_a_numpy_integer() -> None:
    assert calendar.build(date(2026, 1, 1), np.int64(3)).months == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("warmup_months", [-1, 0.5, None])
def test_warm_up_must_be_a_whole_number_from_zero(warmup_months: object) -> None:
    with pytest.raises(InputError, match="warmup_months: must be a whole number, at least 0"):
        calendar.build(date(2026, 1, 1), 1, warmup_months=warmup_months)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "closed", [["2026-12-24"], [date(2026, 12, 24), None], date(2026, 12, 24), "2026-12-24"]
)
def test_closed_days_must_be_dates(closed: object) -> None:
    with pytest.raises(InputError, match=r"closed_days: must be a list of dates .*such as \[date"):
        calendar.build(date(2026, 1, 1), 1, closed_days=closed)  # type: ignore[arg-type]


def test_years_without_known_holidays_are_refused() -> None:
    with pytest.raises(InputError, match="start: leads to the year 1977"):
        calendar.build(date(1978, 1, 1), 1, warmup_months=1)
    with pytest.raises(
        InputError, match=r"months: leads to the year 2101, .*\(got 13\); valid: the"
    ):
        calendar.build(date(2100, 1, 1), 13)
    with pytest.raises(InputError, match="months: leads to the year"):
        calendar.build(date(2026, 1, 1), 10**12)
    with pytest.raises(InputError, match="year: leads to the year 2101"):
        calendar.federal_holidays(2101)
    assert calendar.build(date(1978, 1, 1), 12).months == 12
    assert calendar.build(date(2100, 1, 1), 12).months == 12


def test_importing_the_module_does_not_load_the_holidays() -> None:
    code = "import ccmsim.calendar, sys; print('holidays' in sys.modules, 'pandas' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]
