"""Real dates as minutes: months as windows, business days, federal holidays.

Comes in: the first reported month, numbers of months, the practice's closed days. Goes out: a
read-only `Calendar` that both engines index by position. Never reads a clock or a time zone.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ccmsim.errors import refuse
from ccmsim.units import MINUTES_PER_DAY

FIRST_YEAR: Final = 1978
"""The first year of a calendar: from here on the holidays keep today's rules."""

LAST_YEAR: Final = 2100
"""The last year for which the federal holidays are known."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Calendar:
    """Months and business days of one simulation, as read-only arrays.

    A business day is Monday to Friday, no federal holiday as observed, none of the practice's own
    closed days. All instants are minutes since midnight of `first_day`; a day has 1,440 minutes.

    Parameters
    ----------
    first_day : date
        The date whose midnight is minute 0; the first of a month.
    months : int
        Number of simulated months, warm-up included.
    month_labels : tuple of str
        Labels such as "2026-01", one a month.
    month_start_minutes : ndarray of float64, shape (months + 1,)
        Month m is the window [M(m), M(m + 1)).
    business_day_minutes : ndarray of float64, shape (days,)
        Midnight of each business day, ascending.
    business_day_month : ndarray of int64, shape (days,)
        The month index of each business day.
    month_first_business_day : ndarray of int64, shape (months + 1,)
        Month m has the business days from element m up to, not with, element m + 1.
    business_day_weekday : ndarray of int64, shape (days,)
        0 is Monday.
    business_day_of_year : ndarray of int64, shape (days,)
        1 is 1 January.
    business_day_in_month : ndarray of int64, shape (days,)
        Day of the month, 1 to 31. It serves as a random key: closing another day never changes it.
    business_day_calendar_month : ndarray of int64, shape (days,)
        1 is January.
    business_days_in_year : ndarray of int64, shape (days,)
        Business days of the day's whole calendar year, not counting the practice's own closed days
        (so that closing a day leaves the daily probabilities of all others as they were).

    Examples
    --------
    >>> from datetime import date
    >>> calendar = build(date(2026, 7, 1), 1)
    >>> calendar.business_date(1), calendar.business_date(2)  # 4 July 2026 is a Saturday
    (datetime.date(2026, 7, 2), datetime.date(2026, 7, 6))
    """

    first_day: date
    months: int
    month_labels: tuple[str, ...]
    month_start_minutes: FloatArray
    business_day_minutes: FloatArray
    business_day_month: IntArray
    month_first_business_day: IntArray
    business_day_weekday: IntArray
    business_day_of_year: IntArray
    business_day_in_month: IntArray
    business_day_calendar_month: IntArray
    business_days_in_year: IntArray

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickled arrays would be writable; building anew makes them read-only again.
        return (Calendar, tuple(getattr(self, field.name) for field in fields(self)))

    def business_days(self, month: int) -> slice:
        """Return the slice of the business-day arrays that is month `month`; it may be empty."""
        if not 0 <= month < self.months:
            raise refuse("month", "is outside the calendar", month, f"0 to {self.months - 1}")
        first, last = self.month_first_business_day[month : month + 2]
        return slice(int(first), int(last))

    def day_index(self, minute: float) -> int:
        """Return the index of the latest business day begun by `minute`, or -1 before any."""
        return int(np.searchsorted(self.business_day_minutes, minute, side="right")) - 1

    def date_at(self, minute: float) -> date:
        """Return the date on which `minute` falls."""
        return self.first_day + timedelta(days=minute // MINUTES_PER_DAY)

    def business_date(self, index: int) -> date:
        """Return the date of business day `index`."""
        return self.date_at(float(self.business_day_minutes[index]))


def build(
    start: date,
    months: int,
    *,
    warmup_months: int = 0,
    closed_days: Sequence[date] = (),
    federal_holidays: bool = True,
) -> Calendar:
    """Build the calendar of `warmup_months + months` whole months.

    Parameters
    ----------
    start : date
        The first reported month, given by its first day; simulated from `warmup_months` earlier.
    months : int
        Reported months, at least 1.
    warmup_months : int
        Months before `start`. The calendar equals the longer one that reports them.
    closed_days : sequence of date
        The practice's own closed days. Those on weekends or outside the months change nothing.
    federal_holidays : bool
        Whether the practice is closed on the federal holidays, as observed.

    Returns
    -------
    Calendar

    Raises
    ------
    InputError
        A start that is not the first of a month, fewer than one month, a negative warm-up, a closed
        day that is no date, or months outside 1978 to 2100.

    Examples
    --------
    >>> from datetime import date
    >>> calendar = build(date(2026, 1, 1), 12, warmup_months=6)
    >>> calendar.first_day, calendar.months, calendar.month_labels[6]
    (datetime.date(2025, 7, 1), 18, '2026-01')
    >>> days = calendar.business_days(6)
    >>> days.stop - days.start, int(calendar.business_days_in_year[days.start])
    (20, 250)
    """
    reported = _whole_number("months", months, at_least=1)
    simulated = reported + _whole_number("warmup_months", warmup_months, at_least=0)
    first_month = _first_month(start, simulated, reported)
    month_starts = (first_month + np.arange(simulated + 1)).astype("datetime64[D]")
    days = np.arange(month_starts[0], month_starts[-1])
    years = range(_year(days[0]), _year(days[-1]) + 1)
    off = days_off(years, closed_days=closed_days, federal_holidays=federal_holidays)
    open_days = days[np.is_busday(days, holidays=off)]
    return Calendar(
        first_day=month_starts[0].item(),
        months=simulated,
        month_labels=tuple(str(month) for month in month_starts[:-1].astype("datetime64[M]")),
        month_start_minutes=_minutes(month_starts - month_starts[0]),
        business_day_minutes=_minutes(open_days - month_starts[0]),
        business_day_month=_whole(open_days.astype("datetime64[M]") - first_month),
        month_first_business_day=np.searchsorted(open_days, month_starts).astype(np.int64),
        business_day_weekday=_weekday(open_days),
        business_day_of_year=_whole(open_days - open_days.astype("datetime64[Y]")) + 1,
        business_day_in_month=_whole(open_days - open_days.astype("datetime64[M]")) + 1,
        business_day_calendar_month=_whole(open_days.astype("datetime64[M]")) % 12 + 1,
        business_days_in_year=_days_in_year(open_days, federal=federal_holidays),
    )


def federal_holidays(year: int) -> tuple[date, ...]:
    """Return the US federal holidays of `year` as observed: dates from Monday to Friday, ascending.

    There are 11 in an ordinary year. Where 1 January is a Saturday, the holiday is observed on
    31 December of the year before, which then has 12 (or the year itself 10).

    Raises
    ------
    InputError
        For a year outside 1978 to 2100.

    Examples
    --------
    >>> [day.isoformat() for day in federal_holidays(2026)[5:7]]  # 4 July is a Saturday
    ['2026-07-03', '2026-09-07']
    >>> len(federal_holidays(2026)), len(federal_holidays(2027)), len(federal_holidays(2028))
    (11, 12, 10)
    """
    _known_year("year", year, year)
    return _federal_holidays()[year]


@cache
def _federal_holidays() -> dict[int, tuple[date, ...]]:
    """Return the holidays of every known year.

    The package `holidays` wrote the file: importing it takes longer than reading the engine, and
    with another version of it a practice's months would be others.
    """
    text = (files("ccmsim") / "data" / "federal_holidays.txt").read_text("ascii")
    years = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {
        int(year): tuple(date.fromisoformat(f"{year}-{day}") for day in days)
        for year, *days in years
    }


def days_off(
    years: Iterable[int], *, closed_days: Sequence[date] = (), federal_holidays: bool = True
) -> npt.NDArray[np.datetime64]:
    """Return what numpy's business-day functions take as `holidays`: every day off, as numpy days.

    Parameters
    ----------
    years : iterable of int
        The years whose federal holidays are wanted, 1978 to 2100.
    closed_days : sequence of date
        The practice's own closed days, of any year.
    federal_holidays : bool
        Whether the federal holidays, as observed, are days off.

    Examples
    --------
    >>> from datetime import date
    >>> days_off([2026], closed_days=[date(2026, 12, 24)])[-2:]
    array(['2026-12-25', '2026-12-24'], dtype='datetime64[D]')
    """
    closed = _checked_dates("closed_days", closed_days)
    return np.array([*_holidays(years, federal=federal_holidays), *closed], dtype="datetime64[D]")


def _holidays(years: Iterable[int], *, federal: bool) -> list[date]:
    return [day for year in years for day in federal_holidays(year)] if federal else []


def _days_in_year(days: npt.NDArray[np.datetime64], *, federal: bool) -> IntArray:
    years, position = np.unique(days.astype("datetime64[Y]"), return_inverse=True)
    holidays = days_off([_year(year) for year in years], federal_holidays=federal)
    counts = np.busday_count(
        years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]"), holidays=holidays
    )
    return np.asarray(counts, dtype=np.int64)[position]


def _year(day: np.datetime64) -> int:
    return int(str(day)[:4])


def _weekday(days: npt.NDArray[np.datetime64]) -> IntArray:
    return (_whole(days) + 3) % 7  # day 0 of numpy's count, 1 January 1970, was a Thursday


def _whole(spans: npt.NDArray[Any]) -> IntArray:
    return spans.astype(np.int64)


def _minutes(spans: npt.NDArray[np.timedelta64]) -> FloatArray:
    return spans.astype(np.float64) * MINUTES_PER_DAY


def _first_month(start: date, simulated: int, reported: int) -> np.datetime64:
    if not is_date(start) or start.day != 1:
        valid = "a datetime.date such as date(2026, 1, 1)"
        raise refuse("start", "must be the first day of a month", start, valid)
    first = start.year * 12 + start.month - 1 - (simulated - reported)
    _known_year("start", first // 12, start)
    _known_year("months", (first + simulated - 1) // 12, reported)
    return np.datetime64(f"{first // 12:04d}-{first % 12 + 1:02d}", "M")


def _known_year(field: str, year: int, value: object) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        valid = f"the years {FIRST_YEAR} to {LAST_YEAR}, warm-up included"
        raise refuse(field, f"leads to the year {year}, whose holidays are not known", value, valid)


def _whole_number(field: str, value: int, *, at_least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = at_least - 1
    if number < at_least or isinstance(value, bool):
        raise refuse(field, f"must be a whole number, at least {at_least}", value, "such as 12")
    return number


def _checked_dates(field: str, days: object) -> list[object]:
    listed = list(days) if isinstance(days, Iterable) else None
    if listed is None or not all(is_date(day) for day in listed):
        valid = "a list of datetime.date such as [date(2026, 12, 24)]"
        raise refuse(field, "must be a list of dates", days, valid)
    return listed


def is_date(value: object) -> bool:
    """Whether `value` is a date and no datetime, whose time of day would be lost without a word."""
    return isinstance(value, date) and not isinstance(value, datetime)
