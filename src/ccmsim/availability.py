"""When coordinators are on duty, and why not when they aren't: drawn month by month.

Comes in: the compiled staff and disruptions (`Staffing`), the calendar, a key (seed, replication)
and the `State` at the end of the month before. Goes out: on-duty intervals, lost minutes by cause,
paid minutes, hires and the days on which others may step in. Never knows about patients. The rules
are section 3 of docs/model.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ccmsim.arrays import Bools, Floats, Ints, Records
from ccmsim.compiling import jit
from ccmsim.sampling import draw, duration, to_ticks
from ccmsim.streams import NO_MONTH, PRACTICE, STREAMS, uniforms
from ccmsim.units import MINUTES_PER_DAY, TICK_MINUTES

if TYPE_CHECKING:
    from ccmsim.engine.inputs import Inputs

Shift = tuple[float, float, float, float]

# Kinds of entries, and the causes (positions in `ccmsim.scenario.disruptions.CAUSES`).
SICK, PLANNED, EXTENDED, TURNOVER, FLOOR, CLOSURE, OUTAGE, OUTBREAK, RECORDED = range(9)
CAUSE_CLOSURE, CAUSE_OUTAGE, CAUSE_VACANCY, CAUSE_RAMP = range(4)
CAUSE_FLOOR: Final = 7
N_CAUSES: Final = 8

_OUTAGE_START = 32  # index of the draw of an outage's clinic minute: this plus the day of the month
_LOAD = STREAMS["clinic_load"].number
_WEEK = 7.0 * MINUTES_PER_DAY


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
        ("last_share", np.float64),  # floor cover
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
    paid: Floats
    nominal: Floats
    """(S + C,) gross paid minutes of the month; and as if pulled hours were the programme's."""
    hires: Ints
    """(S,) new holders."""
    outage_day: Bools
    """(n,) whether an outage touches the day."""


@jit
def season(cosine: float, amplitude: float) -> float:
    """Return the sick-spell multiplier of a day, from the day's cosine (`season_cosine`).

    Examples
    --------
    >>> winter_to_summer = season(1.0, 0.245) / season(-1.0, 0.245)
    >>> round(winter_to_summer, 2)
    1.65
    """
    return 1.0 + amplitude * cosine


def season_cosine(day_of_year: Ints) -> Floats:
    """Return cos(2π(day − 15)/365), rounded to 2**-30 so that every math library agrees."""
    cosine = np.cos(2.0 * np.pi * (day_of_year - 15.0) / 365.0)
    rounded: Floats = np.round(cosine * 2.0**30) * 2.0**-30
    return rounded


@jit
def spell_days(length: float) -> int:
    """Return a spell's length in whole business days, at least 1."""
    return max(1, math.floor(length + 0.5))


@jit
def ramp_share(weeks: float, start: float, scale: float) -> float:
    """Return a new holder's share of a shift on duty, `weeks` after the hiring day's midnight.

    Examples
    --------
    >>> [round(ramp_share(weeks, 0.2, 8.0), 2) for weeks in (4.0, 12.0, 26.0)]
    [0.51, 0.82, 0.97]
    """
    if scale <= 0.0:
        return 1.0
    return 1.0 - (1.0 - start) * math.exp(-weeks / scale)


def new_state(inputs: Inputs, seed: int, replication: int) -> State:
    """Return the state before the first month."""
    entries, seats = len(inputs.staffing.entries), inputs.staffing.seats
    spells = np.zeros((entries, seats), SPELL)
    spells["hired"], spells["outage_until"], spells["frailty"] = -np.inf, -np.inf, 1.0
    _draw_frailty(inputs.staffing, inputs.laws, inputs.tables, seed, replication, spells)
    return State(spells, np.zeros(seats, np.int64), np.zeros(seats, np.int64))


@jit
def _draw_frailty(
    staffing: Staffing, laws: Floats, tables: Floats, seed: int, replication: int, spells: Records
) -> None:
    """Fill in each seat's lasting multiplier of sick spells."""
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        if entry.frailty_row >= 0:
            for s in range(staffing.seats):
                u, _ = uniforms(seed, replication, entry.stream, s, NO_MONTH, 0)
                spells[e, s].frailty = draw(laws, tables, entry.frailty_row, u)


@jit
def load_factor(
    staffing: Staffing, laws: Floats, tables: Floats, seed: int, replication: int, month: int
) -> float:
    """Return the clinic's load factor of a month, mean 1."""
    u, _ = uniforms(seed, replication, _LOAD, PRACTICE, month, 0)
    return draw(laws, tables, staffing.load_row, u)


@jit
def _add_window(windows: Floats, n: int, start: float, end: float, entry: int) -> None:
    """Enter an outage window; windows are rows of (start, end, entry)."""
    windows[n, 0] = start
    windows[n, 1] = end
    windows[n, 2] = entry


@jit
def _practice_entries(
    staffing: Staffing,
    laws: Floats,
    tables: Floats,
    key: tuple[int, int, int],
    day: int,
    calendar: DayTable,
    state: State,
    windows: Floats,
) -> tuple[float, int]:
    """Draw closures, outbreaks and outages of a day; return (sick factor, outage windows).

    `windows` gets the outage windows that touch the day, as (start, end, entry) in minutes of the
    clock.
    """
    seed, replication, month = key
    midnight, in_month = calendar.midnight[day], calendar.day_in_month[day]
    sick_factor, n_windows = 1.0, 0
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        kind, stream = entry.kind, entry.stream
        if kind != CLOSURE and kind != OUTAGE and kind != OUTBREAK:
            continue
        u, u_length = uniforms(seed, replication, stream, PRACTICE, month, in_month)
        starts = u < entry.rate / staffing.days_in_year[e, day]
        length = draw(laws, tables, entry.length_row, u_length) if starts else 0.0
        if kind == OUTAGE:
            if state.spells[e, 0].outage_until > midnight:
                _add_window(windows, n_windows, midnight, state.spells[e, 0].outage_until, e)
                n_windows += 1
            if starts:
                v, _ = uniforms(
                    seed, replication, stream, PRACTICE, month, _OUTAGE_START + in_month
                )
                open_minutes = staffing.closes - staffing.opens
                minute = min(to_ticks(open_minutes * v), open_minutes - TICK_MINUTES)
                start = midnight + staffing.opens + minute
                end = start + duration(length)
                _add_window(windows, n_windows, start, end, e)
                n_windows += 1
                state.spells[e, 0].outage_until = max(state.spells[e, 0].outage_until, end)
            continue
        if starts:
            state.spells[e, 0].until = max(state.spells[e, 0].until, day + spell_days(length))
        if kind == OUTBREAK and state.spells[e, 0].until > day:
            sick_factor *= entry.sick_factor
    return sick_factor, n_windows


@jit
def _seat_entries(
    staffing: Staffing,
    laws: Floats,
    tables: Floats,
    key: tuple[int, int, int],
    day: int,
    calendar: DayTable,
    state: State,
    s: int,
    sick_factor: float,
    load: float,
    pulled: Bools,
) -> bool:
    """Draw a seat's spells of a day, and `pulled`; return whether a new holder starts."""
    seed, replication, month = key
    hired = False
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        kind = entry.kind
        if kind >= CLOSURE or not staffing.strikes[e, s]:
            continue
        u, u_length = uniforms(
            seed, replication, entry.stream, s, month, calendar.day_in_month[day]
        )
        if kind == FLOOR:
            pulled[e] = u < entry.rate * load
            continue
        p = entry.rate / staffing.days_in_year[e, day]
        if kind == SICK:
            yearly = season(calendar.cosine[day], entry.amplitude)
            p *= yearly * state.spells[e, s].frailty * sick_factor
        before = state.spells[e, s].until
        if u < p:
            days = spell_days(draw(laws, tables, entry.length_row, u_length))
            state.spells[e, s].until = max(before, day + days)
        # a vacancy that ended with the latest business day, not prolonged: somebody starts today
        if kind == TURNOVER and before == day > 0 and state.spells[e, s].until == day:
            state.spells[e, s].hired = calendar.midnight[day]
            hired = True
    return hired


@jit
def floor_start(duty_start: float, duty_end: float, last_share: float) -> float:
    """Return when somebody pulled to the clinic floor leaves: the last share is lost."""
    return duty_end - to_ticks((duty_end - duty_start) * last_share)


@jit
def ramp_end(
    staffing: Staffing, state: State, e: int, s: int, duty_start: float, duty_end: float
) -> float:
    """Return when the seat's holder, still learning, stops being on duty in a shift."""
    weeks = (duty_start - state.spells[e, s].hired) / _WEEK
    share = ramp_share(weeks, staffing.entries[e].ramp_start, staffing.entries[e].ramp_weeks)
    return duty_start + to_ticks((duty_end - duty_start) * share)


@jit
def _cause_at(
    staffing: Staffing,
    state: State,
    day: int,
    s: int,
    t: float,
    shift: Shift,
    windows: Floats,
    n_windows: int,
    pulled: Bools,
) -> tuple[int, int]:
    """Return the entry and cause that take minute t of a person's shift, or (−1, −1): on duty.

    Entries stand in the order of their causes; a ramp comes right after all vacancies. Substitutes
    are struck by what strikes the whole practice only.
    """
    ramp_entry = -1
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        kind = entry.kind
        if ramp_entry >= 0 and entry.cause > CAUSE_VACANCY:
            break
        if kind == CLOSURE:
            if state.spells[e, 0].until > day:
                return e, CAUSE_CLOSURE
        elif kind == OUTAGE:
            for w in range(n_windows):
                if windows[w, 2] == e and windows[w, 0] <= t < windows[w, 1]:
                    return e, CAUSE_OUTAGE
        elif kind == OUTBREAK or s >= staffing.seats or not staffing.strikes[e, s]:
            continue
        elif kind == FLOOR:
            if pulled[e] and t >= floor_start(shift[0], shift[1], entry.last_share):
                return e, CAUSE_FLOOR
        elif kind == RECORDED:
            if staffing.recorded[e, s, day]:
                return e, entry.cause
        elif state.spells[e, s].until > day:
            return e, entry.cause
        elif (
            kind == TURNOVER
            and ramp_entry < 0
            and t >= ramp_end(staffing, state, e, s, shift[0], shift[1])
        ):
            ramp_entry = e
    return (ramp_entry, CAUSE_RAMP) if ramp_entry >= 0 else (-1, -1)


@jit
def _cuts(
    staffing: Staffing,
    state: State,
    s: int,
    shift: Shift,
    windows: Floats,
    n_windows: int,
    pulled: Bools,
    cuts: Floats,
) -> int:
    """Put the instants at which the cause can change into `cuts`, the end last; return how many."""
    n = 0
    for w in range(n_windows):
        cuts[n], cuts[n + 1] = windows[w, 0], windows[w, 1]
        n += 2
    if s < staffing.seats:
        for e in range(len(staffing.entries)):
            entry = staffing.entries[e]
            if entry.kind == FLOOR and pulled[e]:
                cuts[n] = floor_start(shift[0], shift[1], entry.last_share)
                n += 1
            elif entry.kind == TURNOVER and staffing.strikes[e, s]:
                cuts[n] = ramp_end(staffing, state, e, s, shift[0], shift[1])
                n += 1
    kept = 0
    for i in range(n):
        if shift[0] < cuts[i] < shift[1]:
            cuts[kept] = cuts[i]
            kept += 1
    for i in range(1, kept):  # insertion sort: a shift has few cuts
        j = i
        while j > 0 and cuts[j - 1] > cuts[j]:
            cuts[j - 1], cuts[j] = cuts[j], cuts[j - 1]
            j -= 1
    cuts[kept] = shift[1]
    return kept + 1


@jit
def _shift(
    staffing: Staffing,
    state: State,
    day: int,
    d: int,
    s: int,
    shift: Shift,
    windows: Floats,
    n_windows: int,
    pulled: Bools,
    cuts: Floats,
    out: MonthAvailability,
    n_intervals: int,
) -> int:
    """Enter one shift of one person into `out`; return the new number of on-duty intervals.

    `shift` is (start, end of the on-duty part, gross end, gross start of the next) in minutes of
    the clock.
    """
    gross = shift[2] - shift[0]
    out.paid[s] += gross
    out.nominal[s] += gross
    out.template[s, d] += shift[1] - shift[0]
    t, on = shift[0], False
    for c in range(_cuts(staffing, state, s, shift, windows, n_windows, pulled, cuts)):
        length = cuts[c] - t
        if length <= 0.0:
            continue
        e, cause = _cause_at(staffing, state, day, s, t, shift, windows, n_windows, pulled)
        if cause >= 0:
            out.lost[cause] += length
            paid_share = 1.0 if cause == CAUSE_RAMP else staffing.entries[e].paid
            unpaid = length * gross / (shift[1] - shift[0]) * (1.0 - paid_share)
            out.paid[s] -= unpaid
            if cause != CAUSE_FLOOR:
                out.nominal[s] -= unpaid
            on = False
        else:
            out.on_duty[s, d] += length
            if not on:
                interval = out.intervals[n_intervals]
                interval.person, interval.start = s, t
                interval.gross_end, interval.next_gross_start = shift[2], shift[3]
                n_intervals += 1
            out.intervals[n_intervals - 1].end = cuts[c]
            on = True
        t = cuts[c]
    return n_intervals


@jit
def _may_step_in(away: bool, off_days: int, after_days: int) -> bool:
    """Return whether others may take the items of a seat that is wholly off duty today."""
    return after_days >= 0 and away and off_days >= after_days


@jit
def _closed(staffing: Staffing, state: State, day: int) -> bool:
    """Return whether a disruption closes the practice."""
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        if entry.kind == CLOSURE and state.spells[e, 0].until > day:
            return True
    return False


@jit
def _draw_month(
    staffing: Staffing,
    laws: Floats,
    tables: Floats,
    calendar: DayTable,
    key: tuple[int, int, int],
    first_day: int,
    last_day: int,
    state: State,
    windows: Floats,
    cuts: Floats,
    pulled: Bools,
    out: MonthAvailability,
) -> int:
    """Fill in the month of days first_day … last_day − 1; return the number of intervals."""
    seats = staffing.seats
    load = load_factor(staffing, laws, tables, key[0], key[1], key[2])
    n_intervals = 0
    for day in range(first_day, last_day):
        d, midnight, weekday = day - first_day, calendar.midnight[day], calendar.weekday[day]
        sick_factor, n_windows = _practice_entries(
            staffing, laws, tables, key, day, calendar, state, windows
        )
        out.outage_day[d] = n_windows > 0
        called = False
        for s in range(len(staffing.shift_counts)):
            if s < seats:
                if _seat_entries(
                    staffing, laws, tables, key, day, calendar, state, s, sick_factor, load, pulled
                ):
                    state.holder[s] += 1
                    out.hires[s] += 1
                out.seat_days[s, d].holder = state.holder[s]
            elif not called:
                break
            for k in range(staffing.shift_counts[s, weekday]):
                following = np.inf
                if k + 1 < staffing.shift_counts[s, weekday]:
                    following = midnight + staffing.shifts[s, weekday, k + 1].start
                hours = staffing.shifts[s, weekday, k]
                shift = (
                    midnight + hours.start, midnight + hours.duty_end, midnight + hours.end,
                    following
                )  # fmt: skip
                n_intervals = _shift(
                    staffing,
                    state,
                    day,
                    d,
                    s,
                    shift,
                    windows,
                    n_windows,
                    pulled,
                    cuts,
                    out,
                    n_intervals,
                )
            if s < seats:
                away = out.on_duty[s, d] == 0.0
                seat_day, off_days = out.seat_days[s, d], state.off_days[s]
                seat_day.backup_open = _may_step_in(away, off_days, staffing.backup_after_days)
                seat_day.cover_open = _may_step_in(away, off_days, staffing.cover_after_days)
                called = called or (seat_day.cover_open and not _closed(staffing, state, day))
                if out.template[s, d] > 0.0:
                    state.off_days[s] = state.off_days[s] + 1 if away else 0
    return n_intervals


def month_availability(
    inputs: Inputs, state: State, seed: int, replication: int, month: int
) -> MonthAvailability:
    """Draw a month's availability and move `state`, changed in place, to the month's end.

    Returns
    -------
    MonthAvailability
        Intervals stand by day, person and start.
    """
    staffing, calendar = inputs.staffing, inputs.calendar
    people, entries, seats = len(staffing.shifts), len(staffing.entries), staffing.seats
    first_day, last_day = calendar.month_first_business_day[month : month + 2].tolist()
    n = last_day - first_day
    out = MonthAvailability(
        intervals=np.empty(n * people * staffing.shifts.shape[2] * (2 * entries + 2), INTERVAL),
        seat_days=np.zeros((seats, n), SEAT_DAY),
        on_duty=np.zeros((people, n)),
        template=np.zeros((people, n)),
        lost=np.zeros(N_CAUSES),
        paid=np.zeros(people),
        nominal=np.zeros(people),
        hires=np.zeros(seats, np.int64),
        outage_day=np.zeros(n, np.bool_),
    )
    windows, cuts = np.empty((2 * entries + 1, 3)), np.empty(6 * entries + 3)
    found: int = _draw_month(
        staffing, inputs.laws, inputs.tables, inputs.days, (seed, replication, month),
        first_day, last_day, state, windows, cuts, np.zeros(entries, np.bool_), out,
    )  # fmt: skip
    return out._replace(intervals=out.intervals[:found])
