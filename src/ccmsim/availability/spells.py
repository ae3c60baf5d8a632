"""What starts on a day: spells of seats, closures, outages, outbreaks, the clinic's load.

Comes in: the disruptions as arrays, a day and its keyed uniforms. Goes out: `State`, changed in
place, and the day's outage windows. Section 3 of docs/model.md.
"""

from __future__ import annotations

import math

import numpy as np

from ccmsim.arrays import Floats, Ints
from ccmsim.availability.records import (
    CLOSURE,
    FLOOR,
    MIGRATION,
    NO_DAY,
    OUTAGE,
    OUTBREAK,
    RECORDED,
    SICK,
    TURNOVER,
    begins_at,
    begins_of,
    cosine_at,
    day_in_month_at,
    days_in_year_at,
    entry_at,
    keys_of,
    length_at,
    lengths_of,
    luck_at,
    midnight_at,
    outage_at,
    pulled_at,
    spell_at,
    strike_at,
)
from ccmsim.compiling import inner, jit
from ccmsim.memory import Handle
from ccmsim.sampling import draw, duration, to_ticks
from ccmsim.streams import (
    NO_MONTH,
    PRACTICE,
    STREAMS,
    fill_uniforms,
    uniforms,
    whole_vectors,
)
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
def draw_days(roster: Handle, key: tuple[int, int, int], first_day: int, last_day: int) -> None:
    """Draw side by side what `_drawn` returns in a month; seats that a design leads need none."""
    days = last_day - first_day
    roster.drawn_from, roster.drawn_days = first_day, days
    if not roster.led:
        _draw_entries(roster, key, roster.seats * days, False)
    _draw_entries(roster, key, days, True)


@inner
def _draw_entries(roster: Handle, key: tuple[int, int, int], many: int, of_practice: bool) -> None:
    """Draw so many numbers of each entry of the practice, or of each that strikes seats."""
    days, size = roster.drawn_days, whole_vectors(many)
    entities, months = keys_of(roster, 0, size), keys_of(roster, roster.n_keys, size)
    indices = keys_of(roster, 2 * roster.n_keys, size)
    months[:] = key[2]
    entities[:] = PRACTICE
    for k in range(size):
        indices[k] = day_in_month_at(roster, roster.drawn_from + k % days).value
        if not of_practice:
            entities[k] = k // days
    for e in range(roster.n_entries):
        kind = entry_at(roster, e).kind
        if kind != RECORDED and (kind >= CLOSURE) == of_practice:
            place = e * roster.n_keys
            fill_uniforms(
                key[0], key[1], entry_at(roster, e).stream, entities, months, indices,
                begins_of(roster, place, size), lengths_of(roster, place, size),
            )  # fmt: skip


@inner
def _drawn(roster: Handle, e: int, s: int, day: int) -> tuple[float, float]:
    """Return the two uniforms of an entry, a seat (of the practice 0) and a day of the month."""
    place = e * roster.n_keys + s * roster.drawn_days + day - roster.drawn_from
    return begins_at(roster, place).value, length_at(roster, place).value


@inner
def _led(roster: Handle, e: int, s: int, day: int) -> tuple[float, float]:
    """Return a design's numbers of an entry, a seat and a day, or of the seat's frailty (−1)."""
    numbers = luck_at(roster, (e * roster.seats + s) * (1 + roster.all_days) + 1 + day)
    return numbers.begins, numbers.length


@inner
def draw_frailty(roster: Handle, laws: Handle, seed: int, replication: int) -> None:
    """Fill in each seat's lasting multiplier of sick spells."""
    for e in range(roster.n_entries):
        entry = entry_at(roster, e)
        if entry.frailty_row >= 0:
            for s in range(roster.seats):
                if roster.led:
                    u, _ = _led(roster, e, s, -1)
                else:
                    u, _ = uniforms(seed, replication, entry.stream, s, NO_MONTH, 0)
                spell_at(roster, e * roster.seats + s).frailty = draw(laws, entry.frailty_row, u)


@inner
def load_factor(roster: Handle, laws: Handle, seed: int, replication: int, month: int) -> float:
    """Return the clinic's load factor of a month, mean 1."""
    u, _ = uniforms(seed, replication, _LOAD, PRACTICE, month, 0)
    return draw(laws, roster.load_row, u)


@inner
def _add_window(roster: Handle, n: int, start: float, end: float, entry: int) -> None:
    """Enter an outage window."""
    window = outage_at(roster, n)
    window.start, window.end, window.entry = start, end, entry


@inner
def _starts(roster: Handle, e: int, day: int, u: float) -> bool:
    """Return whether an entry of the whole practice starts on a day: by its date, or by its rate.

    What began before the first simulated day starts on that day, and is shorter.
    """
    entry = entry_at(roster, e)
    if entry.first_day != NO_DAY:
        return bool(day == max(0, entry.first_day))
    return bool(u < entry.rate / days_in_year_at(roster, e * roster.all_days + day).value)


@inner
def practice_entries(
    roster: Handle,
    laws: Handle,
    key: tuple[int, int, int],
    day: int,
) -> tuple[float, int]:
    """Draw what strikes the practice on a day; return (sick factor, outage windows).

    The windows that touch the day are entered in minutes of the clock.
    """
    seed, replication, month = key
    midnight, in_month = midnight_at(roster, day).value, day_in_month_at(roster, day).value
    sick_factor, n_windows = 1.0, 0
    for e in range(roster.n_entries):
        entry = entry_at(roster, e)
        kind, stream, spell = entry.kind, entry.stream, spell_at(roster, e * roster.seats)
        if kind != CLOSURE and kind != OUTAGE and kind != OUTBREAK and kind != MIGRATION:
            continue
        u, u_length = _drawn(roster, e, 0, day)
        starts = _starts(roster, e, day, u)
        length = draw(laws, entry.length_row, u_length) if starts else 0.0
        if kind == OUTAGE:
            if spell.outage_until > midnight:
                _add_window(roster, n_windows, midnight, spell.outage_until, e)
                n_windows += 1
            if starts:
                v, _ = uniforms(
                    seed, replication, stream, PRACTICE, month, _OUTAGE_START + in_month
                )
                open_minutes = roster.closes - roster.opens
                minute = min(to_ticks(open_minutes * v), open_minutes - TICK_MINUTES)
                start = midnight + roster.opens + minute
                end = start + duration(length)
                _add_window(roster, n_windows, start, end, e)
                n_windows += 1
                spell.outage_until = max(spell.outage_until, end)
            continue
        if starts:
            first = day if entry.first_day == NO_DAY else entry.first_day
            spell.until = max(spell.until, first + spell_days(length))
        if kind == OUTBREAK and spell.until > day:
            sick_factor *= entry.sick_factor
    return sick_factor, n_windows


@inner
def _early(roster: Handle, e: int, day: int, s: int) -> bool:
    """Return whether the seat's latest hire is so recent that an entry's early rate holds."""
    hired = -math.inf
    for other in range(roster.n_entries):
        hired = max(hired, spell_at(roster, other * roster.seats + s).hired)
    return bool(midnight_at(roster, day).value < hired + entry_at(roster, e).early_minutes)


@inner
def seat_entries(
    roster: Handle,
    laws: Handle,
    day: int,
    s: int,
    sick_factor: float,
    load: float,
) -> bool:
    """Draw a seat's spells of a day, and `pulled`; return whether a new holder starts."""
    ended = vacant = False
    for e in range(roster.n_entries):
        entry = entry_at(roster, e)
        kind = entry.kind
        if kind >= CLOSURE or not strike_at(roster, e * roster.seats + s).value:
            continue
        u, u_length = _led(roster, e, s, day) if roster.led else _drawn(roster, e, s, day)
        if kind == FLOOR:
            pulled_at(roster, e).value = u < entry.rate * load
            continue
        p = entry.rate / days_in_year_at(roster, e * roster.all_days + day).value
        if kind == SICK:
            yearly = season(cosine_at(roster, day).value, entry.amplitude)
            p *= yearly * spell_at(roster, e * roster.seats + s).frailty * sick_factor
        elif kind == TURNOVER and entry.early_ratio != 1.0 and _early(roster, e, day, s):
            p *= entry.early_ratio
        before = spell_at(roster, e * roster.seats + s).until
        if u < p:
            days = spell_days(draw(laws, entry.length_row, u_length))
            spell_at(roster, e * roster.seats + s).until = max(before, day + days)
        if kind == TURNOVER:
            ended = ended or before == day > 0
            vacant = vacant or spell_at(roster, e * roster.seats + s).until > day
    hired = ended and not vacant
    if hired:  # every vacancy that ended since its last hire has its ramp from today on
        for e in range(roster.n_entries):
            spell = spell_at(roster, e * roster.seats + s)
            over = entry_at(roster, e).kind == TURNOVER and 0 < spell.until <= day
            if over and midnight_at(roster, spell.until).value > spell.hired:
                spell.hired = midnight_at(roster, day).value
    return hired
