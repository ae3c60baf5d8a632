"""The compiled engine: replications as event loops over arrays, the same bits as the SimPy model.

Comes in: `Inputs` and a key (seed, replication). Goes out: `Facts`. Month by month, as the SimPy
model; within a month it walks each desk alone where nobody else may take its items (`lazy`) and
runs all of them together where somebody may (`general`). Allocates nothing once it has its room.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import literal_unroll

from ccmsim import availability as av
from ccmsim import rules
from ccmsim.arrays import Bools, Floats, Ints, Records
from ccmsim.compiling import inner
from ccmsim.engine.arrivals import begin_desk, begin_month
from ccmsim.engine.draws import Draws
from ccmsim.engine.enrolling import (
    clear_desks,
    enroll,
    enroll_consented,
    list_candidates,
    seat_patients,
)
from ccmsim.engine.general import run_window
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.lazy import walk
from ccmsim.engine.leaving import end_patients
from ccmsim.engine.ledger import Facts, load_of_last_month, pauses_enrollment
from ccmsim.engine.prospects import (
    PANEL_COUNTS,
    Prospects,
    begin_panel,
    begin_panel_month,
    end_panel_month,
)
from ccmsim.engine.records import (
    arrival_at,
    count_at,
    desk_at,
    interval_at,
    person_at,
    seat_day_at,
    window_at,
)
from ccmsim.engine.review import next_held
from ccmsim.engine.room import Room
from ccmsim.engine.settings import Settings
from ccmsim.engine.supervision import find_vacancies
from ccmsim.memory import Handle, clear


class Plan(NamedTuple):
    """What every replication of a scenario shares."""

    settings: Records
    """(1,) of SETTINGS."""
    laws: Records
    """(1,) of LAWS."""
    losses: Floats
    """(3, 2) entry and minute loss by capture mode."""
    midnight: Floats
    """(D,) of each business day."""
    month_start: Floats
    first_day: Ints
    next_review: Ints
    """(D,) from `review.next_reviews`."""
    protected_minutes: Floats


class Arrays(NamedTuple):
    """What the months of a replication write, besides what is behind the handle."""

    roster: Records
    """(1,) of `availability.records.ROSTER`."""
    intervals: Records
    outage_day: Bools
    owner_day: Bools
    owner_counts: Ints
    draws: Draws
    prospects: Prospects
    facts: Facts


def plan_of(inputs: Inputs) -> Plan:
    """Return what the compiled engine needs of the inputs."""
    return Plan(
        settings=inputs.settings,
        laws=inputs.laws.handles,
        losses=np.array(inputs.losses),
        midnight=inputs.days.midnight,
        month_start=inputs.calendar.month_start_minutes,
        first_day=inputs.calendar.month_first_business_day,
        next_review=inputs.next_review,
        protected_minutes=inputs.protected_minutes,
    )


# ---------------------------------------------------------------- a replication begins


@inner
def _reset(settings: Settings, room: Handle, owner_counts: Ints) -> None:
    """Put the room back to before the first month of a replication."""
    room.enrolled = room.n_active = room.n_rows = room.waiting = 0
    room.full = False
    room.n_calls = room.n_charts = 0
    if settings.medicare > 0:  # seats are given as people are listed, not in the order of numbers
        room.n_owners = 0
        owner_counts[:] = 0
    for p in range(room.n_people):
        who = person_at(room, p)
        who.number = p
        who.seat = p if p < settings.seats else -1
        who.holder = who.first = who.last = who.change = 0
        who.on_duty = who.busy = who.foreign = False
    for d in range(room.n_desks):
        desk = desk_at(room, d)
        desk.head = desk.tail = -1
        desk.number, desk.approaches = d, 0
        desk.first_candidate = desk.last_candidate = 0


@inner
def _clear(arrays: Arrays) -> None:
    """Empty what the months add to."""
    facts = arrays.facts
    for m in range(len(facts.counts)):
        clear(facts.counts[m])
    facts.on_duty_minutes[:] = 0.0
    facts.template_minutes[:] = 0.0
    facts.lost_minutes[:] = 0.0
    facts.lost_by_day[:] = 0.0
    facts.paid_lost_minutes[:] = 0.0
    facts.paid_minutes[:] = 0.0
    facts.nominal_minutes[:] = 0.0
    facts.hires[:] = 0


# ---------------------------------------------------------------- a month


@inner
def _set_windows(plan: Plan, arrays: Arrays, room: Handle, month: int) -> None:
    """Fill in the month's windows: days with what is lost on them and the days off after them."""
    settings, count = plan.settings[0], count_at(room, month)
    first, last = plan.first_day[month], plan.first_day[month + 1]
    owner_day = arrays.owner_day[first:last]
    room.owner_there = len(owner_day) == 0 or owner_day[-1]
    room.month, room.month_start = month, plan.month_start[month]
    room.first_day = plan.first_day[month]
    room.days = plan.first_day[month + 1] - room.first_day
    for number in range(room.days + 1):
        window, day = window_at(room, number), room.first_day + number - 1
        window.midnight = window.opening = np.inf
        window.until = plan.month_start[month + 1]
        if number < room.days:
            window.until = plan.midnight[day + 1]
        if number > 0:
            window.midnight = plan.midnight[day]
            window.opening = window.midnight + settings.opens
            window.review = next_held(plan.next_review, owner_day, first, last, day)
            count.reviews += window.review == number - 1
            mode = rules.END_OF_MONTH if arrays.outage_day[day] else settings.mode
            window.entry_loss, window.minute_loss = plan.losses[mode, 0], plan.losses[mode, 1]


@inner
def _end_duty(room: Handle, month: int) -> None:
    """Begin a month for the staff: who was on duty to the very end of the last one is not now."""
    for p in range(room.n_people):
        who = person_at(room, p)
        if who.on_duty:
            who.on_duty = False
            count_at(room, month).duty_changes += 1
        who.worked = who.overtime = who.paid_overtime = who.uncounted = 0.0
        who.services = 0
        who.week = -1


@inner
def _sort_intervals(room: Handle, drawn: Records, found: int) -> None:
    """Copy the month's intervals, which stand by day, person by person."""
    for p in range(room.n_people):
        person_at(room, p).last = 0
    for i in range(found):
        person_at(room, drawn[i].person).last += 1
    first = 0
    for p in range(room.n_people):
        who = person_at(room, p)
        many = who.last
        who.first = who.last = first
        who.change = 0
        first += many
    for i in range(found):
        who = person_at(room, drawn[i].person)
        interval = interval_at(room, who.last)
        interval.start, interval.end = drawn[i].start, drawn[i].end
        interval.gross_end = drawn[i].gross_end
        interval.next_gross_start = drawn[i].next_gross_start
        who.last += 1


@inner
def _together(settings: Settings, room: Handle, number: int) -> bool:
    """Return whether in a window somebody may take, or has still, another desk's item.

    A substitute may be on duty until the very midnight at which the window begins.
    """
    for p in range(room.n_people):
        who = person_at(room, p)
        if who.foreign or (who.seat < 0 and who.on_duty):
            return True
    if number == 0:
        return False
    for s in range(settings.seats):
        seat_day = seat_day_at(room, s * room.n_business_days + room.first_day + number - 1)
        if seat_day.backup_open or seat_day.cover_open:
            return True
    return False


@inner
def _first_together(settings: Settings, room: Handle, number: int, alone: bool) -> int:
    """Return the first window from `number` on that all desks go through together."""
    while alone and number <= room.days and not _together(settings, room, number):
        number += 1
    return number


@inner
def _run_month(settings: Settings, room: Handle, laws: Handle, draws: Draws, alone: bool) -> None:
    """Run a month; `alone` allows the lazy walk."""
    last = _first_together(settings, room, 0, alone)
    if last > room.days:  # each desk on its own: what it needs stays near the processor
        for d in range(room.n_desks):
            room.first_drawn = desk_at(room, d).first
            begin_desk(settings, room, laws, draws, d)
            if room.full:
                return
            for window in range(last):
                walk(settings, room, laws, d, window, False)
        return
    room.first_drawn = 0
    for d in range(room.n_desks):
        begin_desk(settings, room, laws, draws, d)
    if room.full:
        return
    number = 0
    while number <= room.days:
        if last == number:
            run_window(settings, room, laws, number, alone)
            last += 1
        else:
            for d in range(room.n_desks):
                for window in range(number, last):
                    walk(settings, room, laws, d, window, False)
        number = last
        last = _first_together(settings, room, number, alone)


@inner
def _open_panel(plan: Plan, room: Handle, laws: Handle, arrays: Arrays) -> None:
    """Bring the Medicare panel over the month's border: who consented enrolls, others are asked."""
    settings, prospects = plan.settings[0], arrays.prospects
    if room.month == 0:
        begin_panel(prospects, settings, laws, room.seed, room.replication)
    rows = arrays.facts.patient_months[: room.n_rows]
    paused = pauses_enrollment(settings, rows, room.month, room.seed, room.replication)
    begin_panel_month(
        prospects, settings, room.seed, room.replication, room.month, room.days, room.n_active,
        paused, plan.protected_minutes, arrays.owner_counts,
    )  # fmt: skip
    panel, count = prospects.panel[0], count_at(room, room.month)
    room.full = room.full or panel.full
    room.enrolled = panel.people
    for name in literal_unroll(PANEL_COUNTS):
        count[name] = panel[name]
    enroll_consented(settings, room, laws, prospects, room.month_start)
    list_candidates(settings, room, laws, prospects)


# ---------------------------------------------------------------- a replication


@inner
def _count_waiting(room: Handle) -> None:
    """Count the items that are open or in service at the horizon."""
    for p in range(room.n_people):
        room.waiting += person_at(room, p).busy
    for d in range(room.n_desks):
        i = desk_at(room, d).head
        while i >= 0:
            room.waiting += 1
            i = arrival_at(room, i).next


@inner
def run(plan: Plan, room: Handle, arrays: Arrays, seed: int, replication: int, alone: bool) -> None:
    """Simulate one replication; `room.full` tells whether the room was too small.

    Parameters
    ----------
    alone : bool
        Whether the lazy walk may be used where it is exact: False only to compare the kernels.
    """
    settings, laws = plan.settings[0], plan.laws[0]
    alone = alone and settings.most_items < 0 and (not settings.pooled or room.n_people == 1)
    room.seed, room.replication = seed, replication
    _reset(settings, room, arrays.owner_counts)
    _clear(arrays)
    if settings.contact_share > 0.0:
        find_vacancies(settings, laws, seed, replication, arrays.prospects.vacant)
    av.reset_state(arrays.roster[0], laws, seed, replication)
    leavers, patients = settings.enrolled_at_start, 0
    factors = arrays.facts.load_absence_factor
    for month in range(settings.months):
        if month > 0:
            leavers = end_patients(settings, room, arrays.draws)
            if settings.medicare > 0:
                end_panel_month(arrays.prospects, settings, seed, replication, month - 1)
            factors[month] = load_of_last_month(
                settings, arrays.facts.on_duty_minutes, plan.first_day[month - 1],
                plan.first_day[month], patients,
            )  # fmt: skip
        _end_duty(room, month)
        found = av.draw_month(
            arrays.roster[0], laws, (seed, replication, month), plan.first_day[month],
            plan.first_day[month + 1], factors[month],
        )  # fmt: skip
        _set_windows(plan, arrays, room, month)
        _sort_intervals(room, arrays.intervals, found)
        if month == 0 or settings.replace_leavers:
            enroll(
                settings, room, laws, arrays.draws, plan.protected_minutes, arrays.owner_counts,
                leavers, plan.month_start[month],
            )  # fmt: skip
        if settings.medicare > 0:
            _open_panel(plan, room, laws, arrays)
        patients = room.n_active
        count_at(room, month).stage = rules.stage(
            patients, settings.early_below, settings.mature_from
        )
        room.supervised = arrays.prospects.vacant[month] == 0
        room.practitioner_minutes = 0.0
        if month == 0 or leavers > 0 or settings.medicare > 0:
            seat_patients(room)
        clear_desks(room)
        begin_month(room)
        _run_month(settings, room, laws, arrays.draws, alone)
        if room.full:
            return
        arrays.facts.practitioner_minutes[month] = room.practitioner_minutes
        for p in range(room.n_people):
            who = person_at(room, p)
            arrays.facts.worked_minutes[month, p] = who.worked
            arrays.facts.overtime_minutes[month, p] = who.overtime
            arrays.facts.paid_overtime_minutes[month, p] = who.paid_overtime
            arrays.facts.uncounted_minutes[month, p] = who.uncounted
            arrays.facts.services[month, p] = who.services
    end_patients(settings, room, arrays.draws)
    _count_waiting(room)


def arrays_of(room: Room) -> Arrays:
    """Return the arrays of a room that the months write."""
    return Arrays(
        roster=room.roster,
        intervals=room.duty.intervals,
        outage_day=room.duty.outage_day,
        owner_day=room.duty.owner_day,
        owner_counts=room.owner_counts,
        draws=room.draws,
        prospects=room.prospects,
        facts=room.facts,
    )
