"""What takes coordinators away: named entries, each of one kind.

Comes in: plain values. Goes out: frozen entries. Never says who is away when; availability does.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ccmsim.distributions import Constant, Geometric, Lognormal, UniformIntegers
from ccmsim.errors import refuse
from ccmsim.scenario.base import (
    Count,
    Day,
    DurationLaw,
    NonNegative,
    Number,
    Part,
    PositiveCount,
    Share,
    Text,
)

CAUSES: tuple[str, ...] = (
    "closure",
    "outage",
    "vacancy",
    "ramp",
    "extended_leave",
    "planned_leave",
    "sick_spells",
    "floor_cover",
)
"""The causes of lost minutes; a minute with several has the first of them."""


def _months(months: tuple[int, ...]) -> tuple[int, ...]:
    if not months:
        raise refuse("", "must name a month", list(months), "months from 1 to 12, such as [1, 2]")
    return tuple(sorted(set(months)))


def _group_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise refuse(
            "", "must name a staff group", list(names), "names of staff groups, or left out"
        )
    return tuple(sorted(set(names)))


Month = Annotated[int, Number(low=1, high=12, whole=True)]


StaffNames = Annotated[tuple[Text, ...], AfterValidator(_group_names)]


class SickSpells(Part):
    """Short sickness, seat by seat, more in winter; some seats have more of it than others."""

    kind: Literal["sick_spells"] = "sick_spells"
    """Says which kind of entry this is."""
    staff: StaffNames | None = None
    """Staff groups that it strikes, by name; all of them when left out."""
    spells_per_year: NonNegative = 1.0
    """Spells a year of a seat that is always there."""
    length_days: DurationLaw = Field(default_factory=lambda: Geometric(mean=3.0))
    """Business days of a spell."""
    season_amplitude: Share = 0.0
    """a of 1 + a·cos(2π(day of year − 15)/365)."""
    frailty_shape: Annotated[float, Number(low=0.04)] | None = None
    """Shape of the gamma multiplier (mean 1) of a seat; left out: all seats alike."""
    paid_share: Share = 1.0
    """Share of the lost hours' cost that the programme pays."""


class PlannedLeave(Part):
    """Holiday in blocks of days."""

    kind: Literal["planned_leave"] = "planned_leave"
    """Says which kind of entry this is."""
    staff: StaffNames | None = None
    """Staff groups that it strikes, by name; all of them when left out."""
    spells_per_year: NonNegative = 13.0 / 3.0
    """Blocks a year and seat."""
    length_days: DurationLaw = Field(default_factory=lambda: UniformIntegers(low=1, high=5))
    """Business days of a block."""
    paid_share: Share = 1.0
    """Share of the lost hours' cost that the programme pays."""


class ExtendedLeave(Part):
    """Long leave: maternity, a long illness, family care."""

    kind: Literal["extended_leave"] = "extended_leave"
    """Says which kind of entry this is."""
    staff: StaffNames | None = None
    """Staff groups that it strikes, by name; all of them when left out."""
    spells_per_year: NonNegative = 0.15
    """Leaves a year and seat."""
    length_days: DurationLaw = Field(default_factory=lambda: Geometric(mean=28.0))
    """Business days of a leave."""
    paid_share: Share = 0.3
    """Share of a leave's cost that the programme pays."""


class Turnover(Part):
    """A coordinator quits; the seat is vacant until somebody is hired, who learns (`ramp`)."""

    kind: Literal["turnover"] = "turnover"
    """Says which kind of entry this is."""
    staff: StaffNames | None = None
    """Staff groups that it strikes, by name; all of them when left out."""
    per_year: NonNegative = 0.25
    """Departures a year and seat."""
    early_rate_ratio: NonNegative = 1.0
    """Departures of a new holder as a multiple of `per_year`, for the first `early_days`."""
    early_days: Count = 182
    """Days of the calendar after the hiring day's midnight for which a new holder is early."""
    vacancy_days: DurationLaw = Field(default_factory=lambda: Lognormal(mean=48.0, cv=0.53294))
    """Business days until the seat is filled."""
    ramp_start_share: Share = 0.2
    """Share of a shift on duty on the hiring day; 1 − (1 − this)·exp(−t / ramp_weeks) later."""
    ramp_weeks: NonNegative = 8.0
    """Time scale of learning, weeks; 0: a new holder is fully on duty at once."""
    paid_share: Share = 0.0
    """Share of a vacancy's cost that is paid; the ramp of a new holder is paid in full."""


class FloorCover(Part):
    """The coordinator is pulled to the clinic floor for the last part of a shift."""

    kind: Literal["floor_cover"] = "floor_cover"
    """Says which kind of entry this is."""
    staff: StaffNames | None = None
    """Staff groups that it strikes, by name; all of them when left out."""
    per_shift_share: Share = 0.10
    """Probability on a business day, before the clinic's load factor of the month."""
    last_share: Share = 0.40
    """The part of the shift's on-duty time that is lost, counted from its end."""
    paid_share: Share = 0.0
    """Pulled hours are charged to the clinic unless this says otherwise."""


class Closure(Part):
    """The practice is closed by weather or the like: nobody works."""

    kind: Literal["closure"] = "closure"
    """Says which kind of entry this is."""
    per_year: NonNegative = 1.0
    """Closures a year."""
    months: Annotated[tuple[Month, ...], AfterValidator(_months)] = (1, 2)
    """Calendar months in which it can happen; the year's rate falls on their business days."""
    length_days: DurationLaw = Field(default_factory=lambda: Constant(value=1.0))
    """Business days of a closure."""
    paid_share: Share = 1.0
    """Share of the lost hours' cost that the programme pays."""


class Outage(Part):
    """The record system is down: nobody can work, and what was done is logged from memory."""

    kind: Literal["outage"] = "outage"
    """Says which kind of entry this is."""
    per_year: NonNegative = 1.07
    """Outages a year."""
    length_minutes: DurationLaw = Field(default_factory=lambda: Lognormal(mean=279.357, cv=2.10226))
    """Minutes on the clock that an outage lasts."""
    paid_share: Share = 1.0
    """Share of the lost hours' cost that the programme pays."""


class Migration(Part):
    """The practice moves to another record system: for weeks everybody is slower."""

    kind: Literal["migration"] = "migration"
    """Says which kind of entry this is."""
    per_year: NonNegative = 0.0
    """Migrations a year; 0 where `first_day` says when."""
    first_day: Day | None = None
    """Begins on the first business day on or after this date; left out: by `per_year`."""
    length_days: DurationLaw = Field(default_factory=lambda: Constant(value=20.0))
    """Business days of a migration."""
    lost_share: Share = 0.2
    """The part of every shift's on-duty time that is lost, counted from its end."""
    paid_share: Share = 1.0
    """Share of the lost hours' cost that the programme pays."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        if (self.per_year > 0.0) == (self.first_day is not None):
            raise refuse(
                "per_year",
                "must be above 0, or first_day given, and not both",
                self.per_year,
                "per_year above 0 without first_day, or first_day and per_year 0",
            )
        return self


class Outbreak(Part):
    """A wave of infections: it multiplies every seat's chance of a sick spell."""

    kind: Literal["outbreak"] = "outbreak"
    """Says which kind of entry this is."""
    per_year: NonNegative = 0.25
    """Outbreaks a year."""
    length_days: DurationLaw = Field(default_factory=lambda: Constant(value=17.0))
    """Business days of an outbreak."""
    sick_factor: NonNegative = 6.5
    """Multiplies the probability of a sick spell of every seat meanwhile."""


class RecordedSpell(Part):
    """One spell of a real log."""

    seat: Count
    """Seat that is away, from 0 in the order of `Scenario.seats`."""
    start: Day
    """First day of the spell."""
    days: PositiveCount
    """Business days away, from the first business day on or after `start`."""


def _by_date(spells: tuple[RecordedSpell, ...]) -> tuple[RecordedSpell, ...]:
    return tuple(sorted(spells, key=lambda spell: (spell.start, spell.seat, spell.days)))


class Recorded(Part):
    """Absences of known dates, as a real log has them (`ccmsim.absences`)."""

    kind: Literal["recorded"] = "recorded"
    """Says which kind of entry this is."""
    cause: Literal["extended_leave", "planned_leave", "sick_spells"] = "sick_spells"
    """What the lost minutes are put down to."""
    spells: Annotated[tuple[RecordedSpell, ...], AfterValidator(_by_date)]
    """The spells of all seats."""
    paid_share: Share = 1.0
    """Share of the lost hours' cost that the programme pays."""


Disruption = Annotated[
    SickSpells
    | PlannedLeave
    | ExtendedLeave
    | Turnover
    | FloorCover
    | Closure
    | Outage
    | Migration
    | Outbreak
    | Recorded,
    Field(discriminator="kind"),
]
