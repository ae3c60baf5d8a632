"""Which minutes of a shift are on duty, and which cause has the others.

Comes in: one shift of one person, and what strikes them that day. Goes out: on-duty intervals, lost
and paid minutes. Section 3 of docs/model.md.
"""

from __future__ import annotations

import math

from ccmsim.arrays import Bools, Floats
from ccmsim.availability.records import (
    CAUSE_CLOSURE,
    CAUSE_FLOOR,
    CAUSE_OUTAGE,
    CAUSE_RAMP,
    CAUSE_VACANCY,
    CLOSURE,
    FLOOR,
    OUTAGE,
    OUTBREAK,
    RECORDED,
    TURNOVER,
    Duty,
    Shift,
    Staffing,
    State,
)
from ccmsim.compiling import inner, jit
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
def floor_start(duty_start: float, duty_end: float, last_share: float) -> float:
    """Return when somebody pulled to the clinic floor leaves: the last share is lost."""
    return duty_end - to_ticks((duty_end - duty_start) * last_share)


@inner
def ramp_end(
    staffing: Staffing, state: State, e: int, s: int, duty_start: float, duty_end: float
) -> float:
    """Return when the seat's holder, still learning, stops being on duty in a shift."""
    weeks = (duty_start - state.spells[e, s].hired) / _WEEK
    share = ramp_share(weeks, staffing.entries[e].ramp_start, staffing.entries[e].ramp_weeks)
    return duty_start + to_ticks((duty_end - duty_start) * share)


@inner
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


@inner
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


@inner
def enter_shift(
    staffing: Staffing,
    state: State,
    day: int,
    month: int,
    s: int,
    shift: Shift,
    n_windows: int,
    out: Duty,
    n_intervals: int,
) -> int:
    """Enter one shift of one person into `out`; return the new number of on-duty intervals.

    `shift` is (start, end of the on-duty part, gross end, gross start of the next) in minutes of
    the clock.
    """
    gross = shift[2] - shift[0]
    d, m = day - out.first_day, month - out.first_month
    out.paid[m, s] += gross
    out.nominal[m, s] += gross
    out.template[s, d] += shift[1] - shift[0]
    t, on = shift[0], False
    windows, pulled = out.windows, out.pulled
    for c in range(_cuts(staffing, state, s, shift, windows, n_windows, pulled, out.cuts)):
        length = out.cuts[c] - t
        if length <= 0.0:
            continue
        e, cause = _cause_at(staffing, state, day, s, t, shift, windows, n_windows, pulled)
        if cause >= 0:
            out.lost[m, cause] += length
            # a ramp is paid in full, and so is a substitute who came
            whole = cause == CAUSE_RAMP or s >= staffing.seats
            paid_share = 1.0 if whole else staffing.entries[e].paid
            unpaid = length * gross / (shift[1] - shift[0]) * (1.0 - paid_share)
            out.paid[m, s] -= unpaid
            if cause != CAUSE_FLOOR:
                out.nominal[m, s] -= unpaid
            on = False
        else:
            out.on_duty[s, d] += length
            if not on:
                interval = out.intervals[n_intervals]
                interval.person, interval.start = s, t
                interval.gross_end, interval.next_gross_start = shift[2], shift[3]
                n_intervals += 1
            out.intervals[n_intervals - 1].end = out.cuts[c]
            on = True
        t = out.cuts[c]
    return n_intervals
