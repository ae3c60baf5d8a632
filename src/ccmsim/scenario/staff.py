"""The coordinators: how many, when they have protected time, what they cost.

Comes in: plain values. Goes out: frozen groups and their weekly shifts. Knows nothing of dates.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from ccmsim.errors import refuse
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.base import Count, Flag, NonNegative, Number, Part, PositiveCount, Share, Text

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


def clock_minutes(text: str) -> float:
    """Return the minute of the day of "HH:MM", 00:00 to 24:00.

    Examples
    --------
    >>> clock_minutes("10:24")
    624.0
    """
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * 60.0 + int(match[2]) if match else 1441.0
    if minutes > 1440.0:
        raise refuse("", "is not a time of day", text, '"HH:MM" from "00:00" to "24:00"')
    return minutes


def span_minutes(text: str) -> tuple[float, float]:
    """Return start and end, minutes of the day, of "HH:MM-HH:MM".

    Examples
    --------
    >>> span_minutes("09:00-12:30")
    (540.0, 750.0)
    """
    start_text, dash, end_text = text.partition("-")
    if not dash:
        raise refuse("", "is not a shift", text, 'start and end, such as "09:00-12:30"')
    start, end = clock_minutes(start_text.strip()), clock_minutes(end_text.strip())
    if end <= start:
        raise refuse("", "must end after its start", text, 'a shift such as "09:00-12:30"')
    return start, end


def _checked_clock(text: str) -> str:
    clock_minutes(text)
    return text


def _checked_spans(spans: tuple[str, ...]) -> tuple[str, ...]:
    times = [span_minutes(span) for span in spans]
    if any(later[0] < earlier[1] for earlier, later in pairwise(times)):
        raise refuse(
            "", "must be in order, without overlap", list(spans), '["08:00-10:00", "13:00-15:00"]'
        )
    return tuple(span.replace(" ", "") for span in spans)


def _in_week_order(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if not days or len(set(days)) < len(days):
        raise refuse("", "must name each weekday once, and at least one", list(days), '["monday"]')
    return tuple(day for day in WEEKDAYS if day in days)


ClockTime = Annotated[Text, AfterValidator(_checked_clock)]
DayShifts = Annotated[tuple[Text, ...], AfterValidator(_checked_spans)]
WeekHours = Annotated[float, Number(high=120.0)]


class Schedule(Part):
    """When somebody has protected time: weekly hours around noon, or shifts by weekday."""

    hours_per_week: WeekHours | None = None
    """Gross protected hours a week, in equal parts on `weekdays`, each centred on noon."""
    weekdays: Annotated[tuple[Weekday, ...], AfterValidator(_in_week_order)] = WEEKDAYS
    """The days that share `hours_per_week`."""
    shifts: FrozenMapping[Weekday, DayShifts] | None = None
    """Instead of `hours_per_week`: gross shifts by weekday, as `{ monday = ["09:00-12:00"] }`."""
    desk_productive_share: Share = 0.80
    """The first part of each shift is on duty; the rest (breaks, meetings) is paid and off duty."""
    wage_usd_per_hour: NonNegative = 30.0
    """Wage, US dollars an hour, before the load of `finance.wage_load`."""

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        if (self.hours_per_week is None) == (self.shifts is None):
            given = "neither" if self.shifts is None else "both"
            raise refuse(
                "hours_per_week", "or shifts must be given, not both", given, "one of them"
            )
        if self.hours_per_week is not None and self.hours_per_week > 24.0 * len(self.weekdays):
            valid = f"at most {24 * len(self.weekdays)}, or more weekdays"
            raise refuse("hours_per_week", "must fit in its days", self.hours_per_week, valid)
        return self

    def week_minutes(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Return for Monday to Friday the gross shifts as (start, end) minutes of the day."""
        if self.shifts is not None:
            return tuple(
                tuple(span_minutes(span) for span in self.shifts.get(day, ())) for day in WEEKDAYS
            )
        half = (self.hours_per_week or 0.0) * 30.0 / len(self.weekdays)
        noon = ((720.0 - half, 720.0 + half),) if half > 0.0 else ()
        return tuple(noon if day in self.weekdays else () for day in WEEKDAYS)

    def protected_minutes_per_week(self) -> float:
        """Return the gross protected minutes of a week without holidays."""
        return sum(end - start for day in self.week_minutes() for start, end in day)


class StaffGroup(Schedule):
    """A group of coordinators with the same schedule and wage; each of them is a seat."""

    coordinators: PositiveCount = 1
    """Seats in the group."""
    role: Literal["clinical", "practitioner"] = "clinical"
    """Whose minutes theirs are: clinical staff's, or the billing practitioner's own."""


class Cover(Schedule):
    """Substitutes on call for owners who are away: they come, and are paid, for whole shifts."""

    coordinators: PositiveCount = 1
    """Substitutes who come together."""
    after_days: Count = 2
    """They come when an owner's latest so many scheduled days, and today, are all off duty."""
    answer_factor: NonNegative = 0.85
    """Multiplies the answer probability of a substitute's calls, up to 1."""
    familiar: Flag = False
    """A substitute is the same person each time: the factor holds until the first contact."""
