"""A month of availability: every day, every person, drawn in order.

Comes in: inputs, a key (seed, replication, month) and the `State` at the end of the month before.
Goes out: `MonthAvailability`. Never knows about patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccmsim.availability.records import (
    CLOSURE,
    INTERVAL,
    N_CAUSES,
    SEAT_DAY,
    SPELL,
    DayTable,
    Duty,
    MonthAvailability,
    Staffing,
    State,
)
from ccmsim.availability.shifts import enter_shift
from ccmsim.availability.spells import draw_frailty, load_factor, practice_entries, seat_entries
from ccmsim.compiling import inner, jit
from ccmsim.memory import Handle

if TYPE_CHECKING:
    from ccmsim.engine.inputs import Inputs


def new_state(inputs: Inputs, seed: int, replication: int) -> State:
    """Return the state before the first month."""
    staffing = inputs.staffing
    entries, seats = len(staffing.entries), staffing.seats
    spells = np.zeros((entries, seats), SPELL)
    state = State(spells, np.zeros(seats, np.int64), np.zeros(seats, np.int64))
    reset_state(staffing, inputs.laws.handle, seed, replication, state)
    return state


@jit
def reset_state(
    staffing: Staffing, laws: Handle, seed: int, replication: int, state: State
) -> None:
    """Put a state back to before the first month of a replication."""
    state.holder[:] = 0
    state.off_days[:] = 0
    for e in range(len(staffing.entries)):
        for s in range(staffing.seats):
            spell = state.spells[e, s]
            spell.until = 0
            spell.hired = spell.outage_until = -np.inf
            spell.frailty = 1.0
    draw_frailty(staffing, laws, seed, replication, state.spells)


def new_duty(
    staffing: Staffing, *, first_day: int, days: int, first_month: int, months: int, longest: int
) -> Duty:
    """Return room for the availability of some months; the longest has `longest` business days."""
    people, entries, seats = len(staffing.shifts), len(staffing.entries), staffing.seats
    return Duty(
        first_day=first_day,
        first_month=first_month,
        intervals=np.zeros(
            longest * people * staffing.shifts.shape[2] * (2 * entries + 2), INTERVAL
        ),
        seat_days=np.zeros((seats, days), SEAT_DAY),
        on_duty=np.zeros((people, days)),
        template=np.zeros((people, days)),
        lost=np.zeros((months, N_CAUSES)),
        paid=np.zeros((months, people)),
        nominal=np.zeros((months, people)),
        hires=np.zeros((months, seats), np.int64),
        outage_day=np.zeros(days, np.bool_),
        windows=np.empty((2 * entries + 1, 3)),
        cuts=np.empty(6 * entries + 3),
        pulled=np.zeros(entries, np.bool_),
    )


@inner
def _may_step_in(away: bool, off_days: int, after_days: int) -> bool:
    """Return whether others may take the items of a seat that is wholly off duty today."""
    return after_days >= 0 and away and off_days >= after_days


@inner
def _closed(staffing: Staffing, state: State, day: int) -> bool:
    """Return whether a disruption closes the practice."""
    for e in range(len(staffing.entries)):
        entry = staffing.entries[e]
        if entry.kind == CLOSURE and state.spells[e, 0].until > day:
            return True
    return False


@jit
def draw_month(
    staffing: Staffing,
    laws: Handle,
    calendar: DayTable,
    key: tuple[int, int, int],
    first_day: int,
    last_day: int,
    state: State,
    out: Duty,
) -> int:
    """Fill in the month of days first_day … last_day − 1; return the number of intervals."""
    seats = staffing.seats
    month = key[2]
    load = load_factor(staffing, laws, key[0], key[1], month)
    n_intervals = 0
    for day in range(first_day, last_day):
        d, midnight, weekday = day - out.first_day, calendar.midnight[day], calendar.weekday[day]
        sick_factor, n_windows = practice_entries(
            staffing, laws, key, day, calendar, state, out.windows
        )
        out.outage_day[d] = n_windows > 0
        called = False
        for s in range(len(staffing.shift_counts)):
            if s < seats:
                if seat_entries(
                    staffing, laws, key, day, calendar, state, s, sick_factor, load,
                    out.pulled,
                ):  # fmt: skip
                    state.holder[s] += 1
                    out.hires[month - out.first_month, s] += 1
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
                n_intervals = enter_shift(
                    staffing, state, day, month, s, shift, n_windows, out, n_intervals
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
    first, last = inputs.calendar.month_first_business_day[month : month + 2].tolist()
    n = last - first
    out = new_duty(inputs.staffing, first_day=first, days=n, first_month=month, months=1, longest=n)
    found: int = draw_month(
        inputs.staffing, inputs.laws.handle, inputs.days, (seed, replication, month),
        first, last, state, out,
    )  # fmt: skip
    return MonthAvailability(
        intervals=out.intervals[:found],
        seat_days=out.seat_days,
        on_duty=out.on_duty,
        template=out.template,
        lost=out.lost[0],
        paid=out.paid[0],
        nominal=out.nominal[0],
        hires=out.hires[0],
        outage_day=out.outage_day,
    )
