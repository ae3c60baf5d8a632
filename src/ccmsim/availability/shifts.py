"""Which minutes of a shift are on duty, and which cause has the others.

Comes in: one shift of one person, and what strikes them that day. Goes out: on-duty intervals, lost
and paid minutes. Section 3 of docs/model.md.
"""

from __future__ import annotations

import math

from ccmsim.availability.records import (
    CAUSE_CLOSURE,
    CAUSE_FLOOR,
    CAUSE_OUTAGE,
    CAUSE_RAMP,
    CAUSE_VACANCY,
    CLOSURE,
    FLOOR,
    MIGRATION,
    N_CAUSES,
    OUTAGE,
    OUTBREAK,
    RECORDED,
    TURNOVER,
    Shift,
    cut_at,
    entry_at,
    interval_at,
    lost_at,
    lost_by_day_at,
    nominal_at,
    on_duty_at,
    outage_at,
    paid_at,
    paid_lost_at,
    pulled_at,
    recorded_at,
    spell_at,
    strike_at,
    template_at,
)
from ccmsim.compiling import inner, jit
from ccmsim.memory import Handle
from ccmsim.sampling import to_ticks
from ccmsim.units import MINUTES_PER_DAY

_WEEK = 7.0 * MINUTES_PER_DAY


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


@inner
def last_start(duty_start: float, duty_end: float, last_share: float) -> float:
    """Return when the last share of a shift, which is lost, begins."""
    return duty_end - to_ticks((duty_end - duty_start) * last_share)


@inner
def ramp_end(roster: Handle, e: int, s: int, duty_start: float, duty_end: float) -> float:
    """Return when the seat's holder, still learning, stops being on duty in a shift."""
    weeks = (duty_start - spell_at(roster, e * roster.seats + s).hired) / _WEEK
    share = ramp_share(weeks, entry_at(roster, e).ramp_start, entry_at(roster, e).ramp_weeks)
    return duty_start + to_ticks((duty_end - duty_start) * share)


@inner
def _cause_at(
    roster: Handle,
    day: int,
    s: int,
    t: float,
    shift: Shift,
    n_windows: int,
) -> tuple[int, int]:
    """Return the entry and cause that take minute t of a person's shift, or (−1, −1): on duty.

    Entries stand in the order of their causes; a ramp comes right after all vacancies. Substitutes
    are struck by what strikes the whole practice only.
    """
    ramp_entry = -1
    for e in range(roster.n_entries):
        entry = entry_at(roster, e)
        kind = entry.kind
        if ramp_entry >= 0 and entry.cause > CAUSE_VACANCY:
            break
        if kind == CLOSURE:
            if spell_at(roster, e * roster.seats).until > day:
                return e, CAUSE_CLOSURE
        elif kind == OUTAGE:
            for w in range(n_windows):
                window = outage_at(roster, w)
                if window.entry == e and window.start <= t < window.end:
                    return e, CAUSE_OUTAGE
        elif kind == MIGRATION:
            runs = spell_at(roster, e * roster.seats).until > day
            if runs and t >= last_start(shift[0], shift[1], entry.last_share):
                return e, CAUSE_OUTAGE
        elif (
            kind == OUTBREAK
            or s >= roster.seats
            or not strike_at(roster, e * roster.seats + s).value
        ):
            continue
        elif kind == FLOOR:
            if pulled_at(roster, e).value and t >= last_start(shift[0], shift[1], entry.last_share):
                return e, CAUSE_FLOOR
        elif kind == RECORDED:
            if recorded_at(roster, (e * roster.seats + s) * roster.recorded_days + day).value:
                return e, entry.cause
        elif spell_at(roster, e * roster.seats + s).until > day:
            return e, entry.cause
        elif (
            kind == TURNOVER and ramp_entry < 0 and t >= ramp_end(roster, e, s, shift[0], shift[1])
        ):
            ramp_entry = e
    return (ramp_entry, CAUSE_RAMP) if ramp_entry >= 0 else (-1, -1)


@inner
def _cuts(
    roster: Handle,
    s: int,
    shift: Shift,
    n_windows: int,
) -> int:
    """Put the instants at which the cause can change into `cuts`, the end last; return how many."""
    n = 0
    for w in range(n_windows):
        window = outage_at(roster, w)
        cut_at(roster, n).value, cut_at(roster, n + 1).value = window.start, window.end
        n += 2
    for e in range(roster.n_entries):
        entry = entry_at(roster, e)
        pulled = entry.kind == FLOOR and s < roster.seats and pulled_at(roster, e).value
        if pulled or entry.kind == MIGRATION:
            cut_at(roster, n).value = last_start(shift[0], shift[1], entry.last_share)
            n += 1
        elif (
            entry.kind == TURNOVER
            and s < roster.seats
            and strike_at(roster, e * roster.seats + s).value
        ):
            cut_at(roster, n).value = ramp_end(roster, e, s, shift[0], shift[1])
            n += 1
    kept = 0
    for i in range(n):
        cut = cut_at(roster, i).value
        if shift[0] < cut < shift[1]:
            j = kept  # insertion sort: a shift has few cuts
            while j > 0 and cut_at(roster, j - 1).value > cut:
                cut_at(roster, j).value = cut_at(roster, j - 1).value
                j -= 1
            cut_at(roster, j).value = cut
            kept += 1
    cut_at(roster, kept).value = shift[1]
    return kept + 1


@inner
def enter_shift(
    roster: Handle,
    day: int,
    month: int,
    s: int,
    shift: Shift,
    n_windows: int,
    n_intervals: int,
) -> int:
    """Enter one shift of one person; return the new number of on-duty intervals.

    `shift` is (start, end of the on-duty part, gross end, gross start of the next) in minutes of
    the clock.
    """
    gross = shift[2] - shift[0]
    here = s * roster.n_days + day - roster.first_day
    m = month - roster.first_month
    month_here = m * roster.people + s
    paid, nominal = paid_at(roster, month_here), nominal_at(roster, month_here)
    on_duty = on_duty_at(roster, here)
    paid.value += gross
    nominal.value += gross
    template_at(roster, here).value += shift[1] - shift[0]
    t, on = shift[0], False
    for c in range(_cuts(roster, s, shift, n_windows)):
        cut = cut_at(roster, c).value
        length = cut - t
        if length <= 0.0:
            continue
        e, cause = _cause_at(roster, day, s, t, shift, n_windows)
        if cause >= 0:
            lost_at(roster, m * N_CAUSES + cause).value += length
            lost_by_day_at(roster, here * N_CAUSES + cause).value += length
            # a ramp is paid in full, and so is a substitute who came
            whole = cause == CAUSE_RAMP or s >= roster.seats
            paid_share = 1.0 if whole else entry_at(roster, e).paid
            gross_lost = length * gross / (shift[1] - shift[0])
            unpaid = gross_lost * (1.0 - paid_share)
            paid.value -= unpaid
            if s < roster.seats:
                by_cause = paid_lost_at(roster, (m * roster.seats + s) * N_CAUSES + cause)
                by_cause.value += gross_lost - unpaid
            if cause != CAUSE_FLOOR:
                nominal.value -= unpaid
            on = False
        else:
            on_duty.value += length
            if not on:
                interval = interval_at(roster, n_intervals)
                interval.person, interval.start = s, t
                interval.gross_end, interval.next_gross_start = shift[2], shift[3]
                n_intervals += 1
            interval_at(roster, n_intervals - 1).end = cut
            on = True
        t = cut
    return n_intervals
