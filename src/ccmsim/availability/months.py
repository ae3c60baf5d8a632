"""A month of availability: every day, every person, drawn in order.

Comes in: inputs, a key (seed, replication, month) and the `State` at the end of the month before.
Goes out: `MonthAvailability`. Never knows about patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccmsim.arrays import Records
from ccmsim.availability.records import (
    CLOSURE,
    DUTY_ARRAYS,
    INTERVAL,
    MIGRATION,
    N_CAUSES,
    OUTAGE_WINDOW,
    RECORDS,
    ROSTER,
    SEAT_DAY,
    SPELL,
    STAFFING_ARRAYS,
    Duty,
    MonthAvailability,
    Staffing,
    State,
    entry_at,
    hires_at,
    holder_at,
    midnight_at,
    off_days_at,
    on_duty_at,
    outage_day_at,
    owner_day_at,
    seat_day_at,
    shift_at,
    shift_count_at,
    spell_at,
    template_at,
    weekday_at,
)
from ccmsim.availability.shifts import enter_shift
from ccmsim.availability.spells import (
    draw_days,
    draw_frailty,
    load_factor,
    practice_entries,
    seat_entries,
)
from ccmsim.compiling import inner, jit
from ccmsim.memory import Handle, address
from ccmsim.streams import PRACTICE, STREAMS, uniforms, whole_vectors
from ccmsim.units import MINUTES_PER_DAY

if TYPE_CHECKING:
    from ccmsim.engine.inputs import Inputs


_OWNER = STREAMS["owner_away"].number


def new_state(inputs: Inputs, seed: int, replication: int, *, luck: Records | None = None) -> State:
    """Return the state before the first month; `luck` as in `month_availability`."""
    state = empty_state(inputs.staffing)
    longest = no_days = 0
    duty = new_duty(
        inputs.staffing, first_day=0, days=no_days, first_month=0, months=0, longest=longest
    )
    roster = roster_of(inputs, state, duty)
    lead(roster, luck)
    reset_state(roster[0], inputs.laws.handle, seed, replication)
    return state


def empty_state(staffing: Staffing) -> State:
    """Return room for a state; `reset_state` fills it in."""
    entries, seats = len(staffing.entries), staffing.seats
    spells = np.zeros((entries, seats), SPELL)
    return State(spells, np.zeros(seats, np.int64), np.zeros(seats, np.int64))


@jit
def reset_state(roster: Handle, laws: Handle, seed: int, replication: int) -> None:
    """Put a state back to before the first month of a replication."""
    for s in range(roster.seats):
        holder_at(roster, s).value = 0
        off_days_at(roster, s).value = 0
    for i in range(roster.n_entries * roster.seats):
        spell = spell_at(roster, i)
        spell.until = 0
        spell.hired = spell.outage_until = -np.inf
        spell.frailty = 1.0
    draw_frailty(roster, laws, seed, replication)


def new_duty(
    staffing: Staffing, *, first_day: int, days: int, first_month: int, months: int, longest: int
) -> Duty:
    """Return room for the availability of some months; the longest has `longest` business days."""
    people, entries, seats = len(staffing.shifts), len(staffing.entries), staffing.seats
    keys = whole_vectors(seats * longest)
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
        lost_by_day=np.zeros((people, days, N_CAUSES)),
        paid_lost=np.zeros((months, seats, N_CAUSES)),
        paid=np.zeros((months, people)),
        nominal=np.zeros((months, people)),
        hires=np.zeros((months, seats), np.int64),
        outage_day=np.zeros(days, np.bool_),
        owner_day=np.ones(days, np.bool_),
        windows=np.zeros(2 * entries + 1, OUTAGE_WINDOW),
        cuts=np.zeros(6 * entries + 3),
        pulled=np.zeros(entries, np.bool_),
        begins=np.zeros(entries * keys),
        lengths=np.zeros(entries * keys),
        keys=np.zeros(3 * keys, np.int64),
    )


def roster_of(inputs: Inputs, state: State, duty: Duty) -> Records:
    """Return the handle by which compiled functions reach all of them, (1,) of ROSTER.

    It is good as long as the four objects live.
    """
    staffing, days = inputs.staffing, inputs.days
    handle = np.zeros(1, ROSTER)
    for name, array in {
        **{name: getattr(staffing, name) for name in STAFFING_ARRAYS},
        **days._asdict(),
        **state._asdict(),
        **{name: getattr(duty, name) for name in DUTY_ARRAYS},
    }.items():
        handle[name] = address(name, array, RECORDS[name])
    handle["n_entries"], handle["seats"] = len(staffing.entries), staffing.seats
    handle["people"], handle["most_shifts"] = len(staffing.shifts), staffing.shifts.shape[2]
    handle["all_days"], handle["recorded_days"] = len(days.midnight), staffing.recorded.shape[2]
    handle["n_days"] = duty.on_duty.shape[1]
    handle["first_day"], handle["first_month"] = duty.first_day, duty.first_month
    handle["n_keys"] = len(duty.keys) // 3
    for name in (
        "backup_after_days",
        "cover_after_days",
        "owner_away",
        "opens",
        "closes",
        "load_row",
    ):
        handle[name] = getattr(staffing, name)
    return handle


def lead(roster: Records, luck: Records | None) -> None:
    """Let a design's numbers, (E, S, 1 + D) of LUCK, stand in for the keyed ones, or none.

    The handle is good as long as they live.
    """
    roster["led"] = luck is not None
    if luck is not None:
        roster["luck"] = address("luck", luck, RECORDS["luck"])


@inner
def _may_step_in(away: bool, off_days: int, after_days: int) -> bool:
    """Return whether others may take the items of a seat that is wholly off duty today."""
    return after_days >= 0 and away and off_days >= after_days


@inner
def _runs(roster: Handle, kind: int, day: int) -> bool:
    """Return whether a disruption of the whole practice, of some kind, runs on a day."""
    for e in range(roster.n_entries):
        if entry_at(roster, e).kind == kind and spell_at(roster, e * roster.seats).until > day:
            return True
    return False


@inner
def _enter_shifts(
    roster: Handle, day: int, month: int, s: int, n_windows: int, n_intervals: int
) -> int:
    """Enter all shifts of somebody's day; return the new number of on-duty intervals."""
    midnight, weekday = midnight_at(roster, day).value, weekday_at(roster, day).value
    shifts = s * 5 + weekday
    count = shift_count_at(roster, shifts).value
    for k in range(count):
        hours = shift_at(roster, shifts * roster.most_shifts + k)
        following = np.inf
        if k + 1 < count:
            following = midnight + shift_at(roster, shifts * roster.most_shifts + k + 1).start
        shift = (
            midnight + hours.start, midnight + hours.duty_end, midnight + hours.end, following
        )  # fmt: skip
        n_intervals = enter_shift(roster, day, month, s, shift, n_windows, n_intervals)
    return n_intervals


@inner
def _step_in(roster: Handle, day: int, s: int) -> bool:
    """Enter whether others may take a seat's items; return whether substitutes are called."""
    here = s * roster.n_days + day - roster.first_day
    away = on_duty_at(roster, here).value == 0.0
    seat_day, off_days = seat_day_at(roster, here), off_days_at(roster, s)
    seat_day.backup_open = _may_step_in(away, off_days.value, roster.backup_after_days)
    there = owner_day_at(roster, day - roster.first_day).value
    seat_day.cover_open = there and _may_step_in(away, off_days.value, roster.cover_after_days)
    if template_at(roster, here).value > 0.0:
        off_days.value = off_days.value + 1 if away else 0
    return seat_day.cover_open and not _runs(roster, CLOSURE, day)


@inner
def _monday(roster: Handle, day: int) -> float:
    """Return the midnight that begins a business day's week."""
    begun: float = weekday_at(roster, day).value * MINUTES_PER_DAY
    midnight: float = midnight_at(roster, day).value
    return midnight - begun


@inner
def _owner_is_there(roster: Handle, key: tuple[int, int, int], first_day: int, day: int) -> bool:
    """Return whether the programme's owner is there in a day's week; weeks count in the month."""
    passed = _monday(roster, day) - _monday(roster, first_day)
    week = int(passed / (7.0 * MINUTES_PER_DAY))
    u, _ = uniforms(key[0], key[1], _OWNER, PRACTICE, key[2], week)
    away_share: float = roster.owner_away
    return u >= away_share


@jit
def draw_month(
    roster: Handle,
    laws: Handle,
    key: tuple[int, int, int],
    first_day: int,
    last_day: int,
    load_absence_factor: float,
) -> int:
    """Fill in the month of days first_day … last_day − 1; return the number of intervals.

    `load_absence_factor` multiplies the probability of sick spells all month long.
    """
    month = key[2]
    load = load_factor(roster, laws, key[0], key[1], month)
    draw_days(roster, key, first_day, last_day)
    n_intervals = 0
    for day in range(first_day, last_day):
        d = day - roster.first_day
        sick_factor, n_windows = practice_entries(roster, laws, key, day)
        outage_day_at(roster, d).value = n_windows > 0 or _runs(roster, MIGRATION, day)
        sick_factor *= load_absence_factor
        if roster.owner_away > 0.0:
            owner_day_at(roster, d).value = _owner_is_there(roster, key, first_day, day)
        called = False
        for s in range(roster.seats):
            if seat_entries(roster, laws, day, s, sick_factor, load):
                holder_at(roster, s).value += 1
                hires_at(roster, (month - roster.first_month) * roster.seats + s).value += 1
            seat_day_at(roster, s * roster.n_days + d).holder = holder_at(roster, s).value
            n_intervals = _enter_shifts(roster, day, month, s, n_windows, n_intervals)
            called = _step_in(roster, day, s) or called
        if called:
            for s in range(roster.seats, roster.people):
                n_intervals = _enter_shifts(roster, day, month, s, n_windows, n_intervals)
    return n_intervals


def month_availability(
    inputs: Inputs,
    state: State,
    seed: int,
    replication: int,
    month: int,
    *,
    load_absence_factor: float = 1.0,
    luck: Records | None = None,
) -> MonthAvailability:
    """Draw a month's availability and move `state`, changed in place, to the month's end.

    Parameters
    ----------
    load_absence_factor : float
        Multiplies the probability of sick spells all month long.
    luck : array of LUCK, shape (E, S, 1 + D), optional
        A design's numbers of this replication: `designs.luck_of`.

    Returns
    -------
    MonthAvailability
        Intervals stand by day, person and start.
    """
    first, last = inputs.calendar.month_first_business_day[month : month + 2].tolist()
    n = last - first
    out = new_duty(inputs.staffing, first_day=first, days=n, first_month=month, months=1, longest=n)
    roster = roster_of(inputs, state, out)
    lead(roster, luck)
    found: int = draw_month(
        roster[0], inputs.laws.handle, (seed, replication, month), first, last,
        load_absence_factor,
    )  # fmt: skip
    return MonthAvailability(
        intervals=out.intervals[:found],
        seat_days=out.seat_days,
        on_duty=out.on_duty,
        template=out.template,
        lost=out.lost[0],
        lost_by_day=out.lost_by_day,
        paid_lost=out.paid_lost[0],
        paid=out.paid[0],
        nominal=out.nominal[0],
        hires=out.hires[0],
        outage_day=out.outage_day,
        owner_day=out.owner_day,
    )
