"""The compiled engine: replications as event loops over arrays, the same bits as the SimPy model.

Comes in: `Plan`, `Room` and a key (seed, replication). Goes out: the room's `Facts`. Month by month,
as the SimPy model; within a month it walks each desk alone where nobody else may take its items
(`lazy`) and runs all of them together where somebody may (`general`). Allocates nothing.
"""

from __future__ import annotations

from numba import literal_unroll

from ccmsim import availability as av
from ccmsim.compiling import jit
from ccmsim.engine.general import run_day
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.lazy import walk
from ccmsim.engine.ledger import MONTH_COUNTS, Facts
from ccmsim.engine.panel import begin_patients, end_patients, enroll, seat_patients
from ccmsim.engine.records import Plan, Room, plan_of, room_for
from ccmsim.engine.steps import Key


@jit
def _reset(plan: Plan, room: Room, key: Key) -> None:
    """Put the room back to before the first month of a replication."""
    counters, facts, duty = room.counters[0], room.facts, room.duty
    counters.patients = counters.active = counters.rows = counters.waiting = 0
    counters.full = False
    room.owner_counts[:] = 0
    for i in range(len(room.arrivals)):
        room.arrivals[i].next = i + 1 if i + 1 < len(room.arrivals) else -1
    counters.free = 0
    for p in range(len(room.people)):
        who = room.people[p]
        who.seat = p if p < plan.settings[0].seats else -1
        who.holder = 0
        who.on_duty = who.busy = who.foreign = False
        who.first = who.last = who.change = 0
    for d in range(len(room.desks)):
        room.desks[d].head = room.desks[d].tail = -1
    for m in range(plan.settings[0].months):
        count = facts.counts[m]
        for name in literal_unroll(MONTH_COUNTS):
            count[name] = 0
    duty.on_duty[:] = 0.0
    duty.template[:] = 0.0
    duty.lost[:] = 0.0
    duty.paid[:] = 0.0
    duty.nominal[:] = 0.0
    duty.hires[:] = 0
    av.reset_state(plan.staffing, plan.laws, plan.tables, key[0], key[1], room.state)


@jit
def _sort_intervals(room: Room, found: int) -> None:
    """Copy the month's intervals, which stand by day, person by person."""
    people, drawn = room.people, room.duty.intervals
    for p in range(len(people)):
        people[p].last = 0
    for i in range(found):
        people[drawn[i].person].last += 1
    first = 0
    for p in range(len(people)):
        who = people[p]
        many = who.last
        who.first = who.last = first
        who.change = 0
        first += many
    for i in range(found):
        who = people[drawn[i].person]
        room.intervals[who.last] = drawn[i]
        who.last += 1


@jit
def _begin_month(plan: Plan, room: Room, key: Key, left: int) -> None:
    """Draw the month's availability, replace who left, schedule what comes."""
    month, people, count = key[2], room.people, room.facts.counts[key[2]]
    for p in range(len(people)):
        if people[p].on_duty:  # to the very end of the month before
            people[p].on_duty = False
            count.duty_changes += 1
        people[p].worked = people[p].overtime = people[p].paid_overtime = 0.0
    found = av.draw_month(
        plan.staffing, plan.laws, plan.tables, plan.days, key, plan.first_day[month],
        plan.first_day[month + 1], room.state, room.duty,
    )  # fmt: skip
    _sort_intervals(room, found)
    if month == 0 or plan.settings[0].replace_leavers:
        enroll(plan, room, key, left)
    seat_patients(room)
    begin_patients(plan, room, key)


@jit
def _together(plan: Plan, room: Room, window: int, first_day: int) -> bool:
    """Return whether in a window somebody may take, or has still, another desk's item."""
    for p in range(len(room.people)):
        if room.people[p].foreign:
            return True
    if window == 0:
        return False
    for s in range(plan.settings[0].seats):
        seat_day = room.duty.seat_days[s, first_day + window - 1]
        if seat_day.backup_open or seat_day.cover_open:
            return True
    return False


@jit
def _run_month(plan: Plan, room: Room, key: Key, alone: bool) -> None:
    """Run a month; `alone` allows the lazy walk."""
    first_day = plan.first_day[key[2]]
    windows = plan.first_day[key[2] + 1] - first_day + 1
    window = 0
    while window < windows:
        last = window
        while alone and last < windows and not _together(plan, room, last, first_day):
            last += 1
        if last == window:
            run_day(plan, room, key, window)
            window += 1
            continue
        for d in range(len(room.desks)):
            walk(plan, room, key, d, window, last)
        window = last


@jit
def run(plan: Plan, room: Room, seed: int, replication: int, alone: bool) -> None:
    """Simulate one replication; `room.counters[0].full` tells whether the room was too small.

    Parameters
    ----------
    alone : bool
        Whether the lazy walk may be used where it is exact: False only to compare the kernels.
    """
    settings, counters, people = plan.settings[0], room.counters[0], room.people
    alone = alone and (not settings.pooled or len(people) == 1)
    key = (seed, replication, 0)
    _reset(plan, room, key)
    left = settings.enrolled_at_start
    for month in range(settings.months):
        if month > 0:
            left = end_patients(plan, room, key)
        key = (seed, replication, month)
        _begin_month(plan, room, key, left)
        if counters.full:
            return
        _run_month(plan, room, key, alone)
        for p in range(len(people)):
            room.facts.worked_minutes[month, p] = people[p].worked
            room.facts.overtime_minutes[month, p] = people[p].overtime
            room.facts.paid_overtime_minutes[month, p] = people[p].paid_overtime
    end_patients(plan, room, key)
    for p in range(len(people)):
        counters.waiting += people[p].busy
    for d in range(len(room.desks)):
        i = room.desks[d].head
        while i >= 0:
            counters.waiting += 1
            i = room.arrivals[i].next


def simulate_one(inputs: Inputs, seed: int, replication: int, *, alone: bool = True) -> Facts:
    """Return the facts of one replication by the compiled engine.

    `alone` is False to run everything by the general event loop.
    """
    plan, times = plan_of(inputs), 1
    while True:
        room = room_for(inputs, times=times)
        run(plan, room, seed, replication, alone)
        if not room.counters[0]["full"]:
            break
        times *= 2  # the numbers are keyed: the same replication again
    counters = room.counters[0]
    return room.facts._replace(
        patient_months=room.facts.patient_months[: counters["rows"]],
        waiting_items=int(counters["waiting"]),
    )
