"""The shape of availability: kinds, causes, records of arrays, and the tuples that hold them.

Names only: nothing is computed here.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim.arrays import Bools, Floats, Ints, Records
from ccmsim.memory import accessor, span

Shift = tuple[float, float, float, float]

# Kinds of entries, and the causes (positions in `ccmsim.scenario.disruptions.CAUSES`).
SICK, PLANNED, EXTENDED, TURNOVER, FLOOR, CLOSURE, OUTAGE, OUTBREAK, RECORDED, MIGRATION = range(10)
CAUSE_CLOSURE, CAUSE_OUTAGE, CAUSE_VACANCY, CAUSE_RAMP = range(4)
CAUSE_FLOOR: Final = 7
N_CAUSES: Final = 8


NO_DAY: Final = -(2**62)
"""The first day of an entry that has no date."""

ENTRY: Final = np.dtype(
    [
        ("kind", np.int64),
        ("stream", np.int64),
        ("cause", np.int64),
        ("rate", np.float64),  # a year; for floor cover the probability on a business day
        ("length_row", np.int64),  # row of the length among the laws
        ("frailty_row", np.int64),  # row of the seat's frailty, -1 without
        ("amplitude", np.float64),  # sick spells: season
        ("ramp_start", np.float64),  # turnover
        ("ramp_weeks", np.float64),
        ("early_ratio", np.float64),  # turnover: of p, for new holders
        ("early_minutes", np.float64),
        ("first_day", np.int64),  # migration by date: business day, NO_DAY by rate
        ("last_share", np.float64),  # floor cover, migration
        ("sick_factor", np.float64),  # outbreak
        ("paid", np.float64),  # share of the lost hours' cost that is paid
    ]
)
"""One disruption."""

SHIFT: Final = np.dtype([("start", np.float64), ("duty_end", np.float64), ("end", np.float64)])
"""One shift: gross start, end of the on-duty part, gross end, in minutes of the day."""

INTERVAL: Final = np.dtype(
    [
        ("person", np.int64),
        ("start", np.float64),
        ("end", np.float64),  # [start, end) in minutes of the clock
        ("gross_end", np.float64),  # gross end of the shift
        ("next_gross_start", np.float64),  # of the person's next shift of the day, inf without
    ]
)
"""One on-duty interval."""

SEAT_DAY: Final = np.dtype(
    [
        ("holder", np.int64),  # number of the seat's holder
        ("backup_open", np.bool_),  # whether others may take the seat's items
        ("cover_open", np.bool_),  # whether substitutes may
    ]
)
"""One seat on one business day."""

SPELL: Final = np.dtype(
    [
        ("until", np.int64),  # first business day after the spell
        ("hired", np.float64),  # midnight of the hiring day of the seat's holder, -inf at the start
        ("frailty", np.float64),
        ("outage_until", np.float64),  # minute at which the latest outage ends
    ]
)
"""What an entry does to a seat; entries of the whole practice use seat 0."""


OUTAGE_WINDOW: Final = np.dtype(
    [("start", np.float64), ("end", np.float64), ("entry", np.int64)]  # minutes of the clock
)
"""One outage."""


LUCK: Final = np.dtype([("begins", np.float64), ("length", np.float64)])
"""The uniforms of a seat, an entry and a day; those of day -1 begin with the seat's frailty."""


class Staffing(NamedTuple):
    """Seats and disruptions as arrays: S seats, C substitutes, E entries, D business days.

    Seats come first; substitutes follow them in every array over people.
    """

    entries: Records
    """(E,) of ENTRY, in the order of their causes and then of their names."""
    shifts: Records
    """(S + C, 5, K) of SHIFT."""
    shift_counts: Ints
    """(S + C, 5) how many shifts a weekday has."""
    strikes: Bools
    """(E, S) whether the entry strikes the seat."""
    days_in_year: Floats
    """(E, D) the year's business days on which it can start; inf on days on which it can't."""
    recorded: Bools
    """(E, S, D) days away by a log; D is 0 without recorded entries."""
    seats: int
    backup_after_days: int
    """−1 where nobody steps in."""
    cover_after_days: int
    """−1 where no substitutes are on call."""
    owner_away: float
    """Probability that the programme's owner is away in a week; 0 without an owner."""
    opens: float
    closes: float
    """Clinic hours, minutes of the day."""
    load_row: int
    """Row of the clinic's load factor among the laws."""


class DayTable(NamedTuple):
    """What availability needs of the D business days."""

    midnight: Floats
    weekday: Ints
    day_in_month: Ints
    cosine: Floats
    """`season_cosine` of the day."""


class State(NamedTuple):
    """What one month hands to the next."""

    spells: Records
    """(E, S) of SPELL."""
    holder: Ints
    """(S,) number of the seat's holder."""
    off_days: Ints
    """(S,) latest scheduled days in a row wholly off duty."""


class Duty(NamedTuple):
    """Where drawn months are written: n business days from `first_day`, m months."""

    first_day: int
    """Business day of the first column."""
    first_month: int
    """Month of the first row."""
    intervals: Records
    """(I,) of INTERVAL: room for one month's."""
    seat_days: Records
    """(S, n) of SEAT_DAY."""
    on_duty: Floats
    template: Floats
    """(S + C, n)."""
    lost: Floats
    """(m, 8)."""
    lost_by_day: Floats
    """(S + C, n, 8)."""
    paid_lost: Floats
    """(m, S, 8)."""
    paid: Floats
    nominal: Floats
    """(m, S + C)."""
    hires: Ints
    """(m, S)."""
    outage_day: Bools
    owner_day: Bools
    """(n,)."""
    windows: Records
    """(2 E + 1,) of OUTAGE_WINDOW: room for those of a day."""
    cuts: Floats
    """Room for the instants of a shift at which the cause can change: (6 E + 3,)."""
    pulled: Bools
    """(E,) room for whom floor cover takes today."""
    begins: Floats
    lengths: Floats
    """(E × K,) room for a month: an entry's uniforms by seat, or of the practice, and day."""
    keys: Ints
    """(3 × K,) whose they are: entities, months, days of the month."""


class MonthAvailability(NamedTuple):
    """One month of all people; n business days."""

    intervals: Records
    """(I,) of INTERVAL, by day, person and start."""
    seat_days: Records
    """(S, n) of SEAT_DAY."""
    on_duty: Floats
    template: Floats
    """(S + C, n) minutes of each day; substitutes count on the days on which they are called."""
    lost: Floats
    """(8,) minutes by cause."""
    lost_by_day: Floats
    """(S + C, n, 8) the same by person and day."""
    paid_lost: Floats
    """(S, 8) gross paid minutes of them."""
    paid: Floats
    nominal: Floats
    """(S + C,) gross paid minutes of the month; and as if pulled hours were the programme's."""
    hires: Ints
    """(S,) new holders."""
    outage_day: Bools
    """(n,) whether an outage touches the day."""
    owner_day: Bools
    """(n,) whether the programme's owner is there; all true without an owner."""


# ---------------------------------------------------------------- for compiled functions

STAFFING_ARRAYS: Final = (
    "entries", "shifts", "shift_counts", "strikes", "days_in_year", "recorded",
)  # fmt: skip
DUTY_ARRAYS: Final = (
    "intervals", "seat_days", "on_duty", "template", "lost", "lost_by_day", "paid_lost",
    "paid", "nominal", "hires", "outage_day", "owner_day", "windows", "cuts", "pulled",
    "begins", "lengths", "keys",
)  # fmt: skip

ROSTER: Final = np.dtype(
    [
        (name, np.int64)
        for name in (*STAFFING_ARRAYS, *DayTable._fields, *State._fields, *DUTY_ARRAYS)
    ]
    + [
        ("n_entries", np.int64),
        ("seats", np.int64),
        ("people", np.int64),  # seats and substitutes
        ("most_shifts", np.int64),  # of a day
        ("all_days", np.int64),  # business days of the calendar
        ("recorded_days", np.int64),  # the same, or 0 without recorded entries
        ("n_days", np.int64),  # business days that the duty has room for
        ("first_day", np.int64),  # of them
        ("first_month", np.int64),
        ("backup_after_days", np.int64),
        ("cover_after_days", np.int64),
        ("owner_away", np.float64),
        ("opens", np.float64),
        ("closes", np.float64),
        ("load_row", np.int64),
        ("n_keys", np.int64),  # for whose uniforms there is room
        ("drawn_from", np.int64),  # business day of the first ones
        ("drawn_days", np.int64),
        ("luck", np.int64),  # where a design's numbers begin
        ("led", np.bool_),  # whether they stand in for the keyed ones
    ],
    align=True,
)
"""Addresses and sizes of staffing, days, state and duty: `months.roster_of`."""

_REAL = np.dtype([("value", np.float64)])
_WHOLE = np.dtype([("value", np.int64)])
_FLAG = np.dtype([("value", np.bool_)])

RECORDS: Final = {
    "entries": ENTRY, "shifts": SHIFT, "shift_counts": _WHOLE, "strikes": _FLAG,
    "days_in_year": _REAL, "recorded": _FLAG, "midnight": _REAL, "weekday": _WHOLE,
    "day_in_month": _WHOLE, "cosine": _REAL, "spells": SPELL, "holder": _WHOLE,
    "off_days": _WHOLE, "intervals": INTERVAL, "seat_days": SEAT_DAY, "on_duty": _REAL,
    "template": _REAL, "lost": _REAL, "lost_by_day": _REAL, "paid_lost": _REAL, "paid": _REAL,
    "nominal": _REAL, "hires": _WHOLE,
    "outage_day": _FLAG, "owner_day": _FLAG, "windows": OUTAGE_WINDOW, "cuts": _REAL,
    "pulled": _FLAG, "begins": _REAL, "lengths": _REAL, "keys": _WHOLE, "luck": LUCK,
}  # fmt: skip
"""What the arrays behind a ROSTER hold."""


def _at(name: str) -> Any:
    return accessor(name, RECORDS[name])


entry_at, shift_at, shift_count_at = map(_at, ("entries", "shifts", "shift_counts"))
strike_at, days_in_year_at, recorded_at = map(_at, ("strikes", "days_in_year", "recorded"))
midnight_at, weekday_at, cosine_at = map(_at, ("midnight", "weekday", "cosine"))
day_in_month_at, spell_at, holder_at = map(_at, ("day_in_month", "spells", "holder"))
off_days_at, interval_at, seat_day_at = map(_at, ("off_days", "intervals", "seat_days"))
on_duty_at, template_at, lost_at = map(_at, ("on_duty", "template", "lost"))
paid_at, nominal_at, hires_at = map(_at, ("paid", "nominal", "hires"))
paid_lost_at, lost_by_day_at = map(_at, ("paid_lost", "lost_by_day"))
outage_day_at, outage_at = map(_at, ("outage_day", "windows"))
owner_day_at = _at("owner_day")
cut_at, pulled_at, luck_at = map(_at, ("cuts", "pulled", "luck"))
begins_at, length_at = map(_at, ("begins", "lengths"))
begins_of, lengths_of, keys_of = (
    span(name, RECORDS[name]) for name in ("begins", "lengths", "keys")
)
