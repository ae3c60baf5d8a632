"""How a month of patients ends, compiled: facts entered, items expired, who leaves.

Comes in: the room, at a month's end. Goes out: the room, changed in place. Never enrolls anybody.
"""

from __future__ import annotations

from typing import Any

from ccmsim import rules
from ccmsim.compiling import inner
from ccmsim.engine.desks import unlink, wait
from ccmsim.engine.draws import (
    OPT_OUT,
    Draws,
    draw_leaving,
    drawn,
)
from ccmsim.engine.prospects import GONE, LEFT
from ccmsim.engine.records import (
    IDLE,
    OPEN,
    active_at,
    arrival_at,
    count_at,
    desk_at,
    own_time_at,
    patient_at,
    prospect_at,
    row_at,
)
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle


@inner
def _enter_row(settings: Settings, room: Handle, number: int, patient: Any) -> None:
    """Enter the facts of a patient's month."""
    row = row_at(room, room.n_rows)
    room.n_rows += 1
    row.patient, row.month, row.owner = number, room.month, patient.owner
    row.release_day = room.first_day + patient.release_day
    row.attempts, row.served = patient.attempts, patient.answered + patient.charts
    row.plan_missing, row.waiting = patient.plan_due, patient.waiting
    row.countable_minutes, row.captured_minutes = patient.countable, patient.captured
    if settings.own_time:
        own = own_time_at(room, number)
        row.own_countable_minutes, row.own_captured_minutes = own.countable, own.captured


@inner
def _stays(settings: Settings, room: Handle, patient: Any) -> bool:
    """Return whether an enrolled patient stays after the month."""
    if settings.opt_out > 0.0:
        base = rules.opt_out_base(
            settings.opt_out, settings.early_ratio, patient.joined, room.month,
            settings.early_months,
        )  # fmt: skip
        probability = rules.opt_out_probability(
            base, settings.silent_ratio, patient.silent, settings.silent_months
        )
        if drawn(room, OPT_OUT, patient) < probability:
            return False
    after = settings.disenroll_after
    return after < 0 or not room.owner_there or patient.without_contact < after


@inner
def _end_requests(settings: Settings, room: Handle, count: Any) -> None:
    """Let open requests expire, unless they are kept; drop those of patients who left."""
    for d in range(room.n_desks):
        desk = desk_at(room, d)
        i = desk.head
        while i >= 0:
            arrival = arrival_at(room, i)
            following = arrival.next
            if not settings.carry or not patient_at(room, arrival.patient).enrolled:
                unlink(room, desk, i)
                if settings.carry:
                    count.dropped_items += 1
                else:
                    count.expired_items += 1
            i = following


@inner
def end_patients(settings: Settings, room: Handle, draws: Draws) -> int:
    """Enter the month's facts, let items expire and patients leave; return how many left."""
    count, before, kept = count_at(room, room.month), room.n_active, 0
    if settings.opt_out > 0.0 and room.first_drawn > 0:  # others' draws stand in the planes
        draw_leaving(room, draws)
    for k in range(before):
        number = active_at(room, k).value
        patient = patient_at(room, number)
        if patient.item == OPEN:
            wait(room, patient, room.first_day + room.days)
        _enter_row(settings, room, number, patient)
        patient.silent = rules.months_without(patient.silent, patient.answered > 0)
        patient.booked = settings.book_next and patient.answered > 0
        patient.without_contact = rules.months_without(patient.without_contact, patient.in_contact)
        count.uncontacted_months += patient.without_contact
        count.uncontacted_patients += patient.without_contact >= rules.UNCONTACTED
        if patient.item == OPEN:
            count.expired_items += 1
            patient.item = IDLE
        state = GONE
        if patient.enrolled:
            patient.enrolled = _stays(settings, room, patient)
            state = LEFT
        if settings.medicare > 0 and not patient.enrolled:
            prospect_at(room, number).state = state
        if patient.enrolled:
            active_at(room, kept).value = number
            kept += 1
    _end_requests(settings, room, count)
    for d in range(room.n_desks):
        count.expired_items += desk_at(room, d).approaches
        desk_at(room, d).approaches = 0
    room.n_active = kept
    return before - kept
