"""Months of patients, compiled: enrollment, what a month brings to each, how it ends.

Comes in: plan and room, at the border of two months. Goes out: the room, changed in place. Never
touches coordinators or what happens within a month.
"""

from __future__ import annotations

from typing import Any

from ccmsim import rules
from ccmsim.compiling import jit
from ccmsim.engine.desks import clear, free_arrival, new_arrival, unlink
from ccmsim.engine.inputs import next_owner
from ccmsim.engine.records import DEATH, IDLE, OPEN, WORD, Plan, Room
from ccmsim.engine.steps import Key, note

_REQUEST = 1 << 60  # among arrivals of one instant, requests come after deaths


@jit
def enroll(plan: Plan, room: Room, key: Key, how_many: int) -> None:
    """Enroll patients with new numbers; those of the first month know the seat's holder."""
    settings, counters, month = plan.settings[0], room.counters[0], key[2]
    for _ in range(how_many):
        number = counters.patients
        if number == len(room.patients):
            counters.full = True
            return
        counters.patients += 1
        owner = next_owner(plan.protected_minutes, room.owner_counts)
        patient = room.patients[number]
        patient.need, patient.answer = rules.patient_traits(
            plan.laws, plan.tables, settings.need_row, settings.answer_row, key[0], key[1], number
        )
        patient.owner = 0 if settings.pooled else owner
        patient.enrolled = True
        patient.silent = patient.without_contact = 0
        patient.last_seen = plan.month_start[month]
        for s in range(room.familiar.shape[1]):
            known = month == 0 and (settings.pooled or room.familiar.shape[1] == 1 or s == owner)
            room.familiar[number, s] = 0 if known else -1
        if month > 0:
            room.facts.counts[month].new_patients += 1
        room.active[counters.active] = number
        counters.active += 1


@jit
def seat_patients(room: Room) -> None:
    """List each desk's patients, in the order of their numbers, and clear the worklists."""
    desks, patients, active = room.desks, room.patients, room.counters[0].active
    for d in range(len(desks)):
        desks[d].last = 0
    for i in range(active):
        desks[patients[room.active[i]].owner].last += 1
    first = words = 0
    for d in range(len(desks)):
        desk = desks[d]
        many = desk.last
        desk.first = desk.last = first
        desk.notes, desk.words = words, (many + WORD - 1) // WORD
        desk.entries, desk.room = 2 * first + 16 * d, 2 * many + 16
        first += many
        words += desk.words
        clear(desk)
    for i in range(active):
        patient = patients[room.active[i]]
        desk = desks[patient.owner]
        patient.place = desk.last - desk.first
        room.members[desk.last] = room.active[i]
        desk.last += 1


@jit
def _begin_patient(patient: Any, first_day: int) -> None:
    """Reset a patient's month."""
    patient.countable = patient.captured = patient.charted = 0.0
    patient.known_captured = patient.known_own = patient.excess = 0.0
    patient.excess_day = -1
    patient.release_day = first_day
    patient.attempts = patient.calls = patient.answered = patient.charts = 0
    patient.item = IDLE
    patient.in_contact = patient.contacted = patient.falling = False


@jit
def _add_death(plan: Plan, room: Room, key: Key, number: int) -> None:
    """Let a patient's death of the month, if there is one, come in its window."""
    month = key[2]
    start, end = plan.month_start[month], plan.month_start[month + 1]
    time = rules.death(key[0], key[1], number, month, plan.settings[0].death, start, end)
    if time >= end:
        return
    i = new_arrival(room.counters[0], room.arrivals)
    if i < 0:
        return
    window = 0
    for day in range(plan.first_day[month], plan.first_day[month + 1]):
        if plan.days.midnight[day] <= time:
            window += 1
    arrival = room.arrivals[i]
    arrival.time, arrival.patient, arrival.kind, arrival.order = time, number, DEATH, number
    d = room.patients[number].owner
    arrival.next = room.first_arrival[window, d]
    room.first_arrival[window, d] = i


@jit
def _add_requests(
    plan: Plan, room: Room, key: Key, number: int, kind: int, row: int, how_many: int, days: int
) -> None:
    """Let a patient's inbound calls or care tasks of the month come."""
    settings, month = plan.settings[0], key[2]
    first, d = plan.first_day[month], room.patients[number].owner
    for index in range(how_many):
        i = new_arrival(room.counters[0], room.arrivals)
        if i < 0:
            return
        arrival = room.arrivals[i]
        day, minute, minutes, outside, logged, capture = rules.request(
            plan.laws, plan.tables, row, key[0], key[1], plan.streams[kind - rules.INBOUND], number,
            month, index, days, settings.open_minutes, settings.outside_share,
            settings.outside_captured,
        )  # fmt: skip
        arrival.time = plan.days.midnight[first + day] + settings.opens + minute
        arrival.minutes, arrival.capture = minutes, capture
        arrival.outside, arrival.logged = outside, logged
        arrival.kind, arrival.patient = kind, number
        arrival.order = _REQUEST | number << 24 | kind << 20 | index
        arrival.next = room.first_arrival[day + 1, d]
        room.first_arrival[day + 1, d] = i


@jit
def _clear_month(room: Room, windows: int) -> None:
    """Empty the lists of what is noted and what comes, for so many windows."""
    for window in range(windows):
        room.notes[window, :] = 0
        room.first_arrival[window, :] = -1


@jit
def begin_patients(plan: Plan, room: Room, key: Key) -> None:
    """Schedule every patient's month: outreach, requests, perhaps death."""
    settings, month = plan.settings[0], key[2]
    first = plan.first_day[month]
    days = plan.first_day[month + 1] - first
    _clear_month(room, days + 1)
    for k in range(room.counters[0].active):
        number = room.active[k]
        patient = room.patients[number]
        _begin_patient(patient, first)
        _add_death(plan, room, key, number)
        if days == 0:
            continue  # the practice is closed all month
        day = rules.outreach_day(key[0], key[1], number, month, settings.pattern, days)
        patient.release_day = first + day
        note(room.notes, day, room.desks[patient.owner], patient, rules.OUTREACH, rules.CALL)
        inbound, care = rules.request_counts(
            key[0], key[1], number, month, settings.inbound_mean * patient.need,
            settings.care_mean * patient.need,
        )  # fmt: skip
        _add_requests(plan, room, key, number, rules.INBOUND, settings.inbound_row, inbound, days)
        _add_requests(plan, room, key, number, rules.CARE_TASK, settings.care_row, care, days)


@jit
def _enter_row(row: Any, number: int, month: int, patient: Any) -> None:
    """Enter the facts of a patient's month."""
    row.patient, row.month, row.owner = number, month, patient.owner
    row.release_day = patient.release_day
    row.attempts, row.served = patient.attempts, patient.answered + patient.charts
    row.countable_minutes, row.captured_minutes = patient.countable, patient.captured


@jit
def _stays(settings: Any, key: Key, number: int, patient: Any) -> bool:
    """Return whether an enrolled patient stays after the month."""
    if rules.opts_out(
        key[0], key[1], number, key[2], settings.opt_out, settings.silent_ratio, patient.silent,
        settings.silent_months,
    ):  # fmt: skip
        return False
    after = settings.disenroll_after
    return after < 0 or patient.without_contact < after


@jit
def _end_requests(room: Room, count: Any, carry: bool) -> None:
    """Let open requests expire, unless they are kept; drop those of patients who left."""
    patients, arrivals, counters = room.patients, room.arrivals, room.counters[0]
    for d in range(len(room.desks)):
        desk = room.desks[d]
        i = desk.head
        while i >= 0:
            following = arrivals[i].next
            left = not patients[arrivals[i].patient].enrolled
            if left or not carry:
                unlink(desk, arrivals, i)
                free_arrival(counters, arrivals, i)
                if carry:
                    count.dropped_items += 1
                else:
                    count.expired_items += 1
            i = following


@jit
def end_patients(plan: Plan, room: Room, key: Key) -> int:
    """Enter the month's facts, let items expire and patients leave; return how many left."""
    settings, counters, month = plan.settings[0], room.counters[0], key[2]
    count, rows = room.facts.counts[month], room.facts.patient_months
    before, kept = counters.active, 0
    for k in range(before):
        number = room.active[k]
        patient = room.patients[number]
        _enter_row(rows[counters.rows], number, month, patient)
        counters.rows += 1
        patient.silent = 0 if patient.answered else patient.silent + 1
        patient.without_contact = 0 if patient.in_contact else patient.without_contact + 1
        if patient.item == OPEN:
            count.expired_items += 1
        patient.item = IDLE
        if patient.enrolled:
            patient.enrolled = _stays(settings, key, number, patient)
        if patient.enrolled:
            room.active[kept] = number
            kept += 1
    _end_requests(room, count, settings.carry)
    counters.active = kept
    return int(before - kept)
