"""What starts on a day: spells of seats, closures, outages, outbreaks, the clinic's load.

Comes in: the disruptions as arrays, a day and its keyed uniforms. Goes out: `State`, changed in
place, and the day's outage windows. Section 3 of docs/model.md.
"""

from __future__ import annotations

import math

import numpy as np

from ccmsim.arrays import Bools, Floats, Ints, Records
from ccmsim.availability.records import (
    CLOSURE,
    FLOOR,
    OUTAGE,
    OUTBREAK,
    SICK,
    TURNOVER,
    DayTable,
    Staffing,
    State,
)
from ccmsim.compiling import inner, jit
from ccmsim.memory import Handle
from ccmsim.sampling import draw, duration, to_ticks
from ccmsim.streams import NO_MONTH, PRACTICE, STREAMS, uniforms
from ccmsim.units import TICK_MINUTES

_OUTAGE_START = 32  # index of the draw of an outage's clinic minute: this plus the day of the month
_LOAD = STREAMS["clinic_load"].number


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


@inner
def draw_frailty(
    staffing: Staffing, laws: Handle, seed: int, replication: int, spells: Records
) -> None:
    """Fill in each seat's lasting multiplier of sick spells."""
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        if entry.frailty_row >= 0:
            for s in range(staffing.seats):
                u, _ = uniforms(seed, replication, entry.stream, s, NO_MONTH, 0)
                spells[e, s].frailty = draw(laws, entry.frailty_row, u)


@inner
def load_factor(staffing: Staffing, laws: Handle, seed: int, replication: int, month: int) -> float:
    """Return the clinic's load factor of a month, mean 1."""
    u, _ = uniforms(seed, replication, _LOAD, PRACTICE, month, 0)
    return draw(laws, staffing.load_row, u)


@inner
def _add_window(windows: Floats, n: int, start: float, end: float, entry: int) -> None:
    """Enter an outage window; windows are rows of (start, end, entry)."""
    windows[n, 0] = start
    windows[n, 1] = end
    windows[n, 2] = entry


@inner
def practice_entries(
    staffing: Staffing,
    laws: Handle,
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
        length = draw(laws, entry.length_row, u_length) if starts else 0.0
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


@inner
def seat_entries(
    staffing: Staffing,
    laws: Handle,
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
    ended = vacant = False
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
            days = spell_days(draw(laws, entry.length_row, u_length))
            state.spells[e, s].until = max(before, day + days)
        if kind == TURNOVER:
            ended = ended or before == day > 0
            vacant = vacant or state.spells[e, s].until > day
    hired = ended and not vacant
    if hired:  # every vacancy that ended since its last hire has its ramp from today on
        for e in range(len(staffing.entries)):
            spell = state.spells[e, s]
            over = staffing.entries[e].kind == TURNOVER and 0 < spell.until <= day
            if over and calendar.midnight[spell.until] > spell.hired:
                spell.hired = calendar.midnight[day]
    return hired
