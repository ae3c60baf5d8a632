"""What a coordinator's service of a patient is when it starts: facts, minutes, familiar voices.

Comes in: the room, somebody free, an item, the instant. Goes out: the room, changed in place. What
is decided is decided by `ccmsim.rules`.
"""

from __future__ import annotations

from typing import Any

from ccmsim import keyed, rules
from ccmsim.compiling import inner
from ccmsim.engine.desks import current_target, known
from ccmsim.engine.records import (
    PLACE,
    SHIFT,
    arrival_at,
    call_at,
    familiar_at,
    interval_at,
    own_time_at,
    patient_at,
    stay_at,
)
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle
from ccmsim.units import NOON

Service = tuple[float, float, float]
"""Minutes of a service, those that count, those in the time log."""


@inner
def set_flag(word: Any, number: int, on: bool) -> None:
    """Set or clear a flag in its word."""
    bit = 1 << (number & PLACE)
    if on:
        word.value |= bit
    else:
        word.value &= ~bit


@inner
def in_hospital(room: Handle, number: int, now: float) -> bool:
    """Return whether a patient is in hospital now; ask only where the scenario has stays."""
    stay = stay_at(room, number)
    return rules.in_hospital(now, stay.home_from, stay.admitted, stay.discharged)


@inner
def _place_of(room: Handle, person: int) -> int:
    """Return where a patient's flag of somebody stands: of a seat's holder, or a substitute."""
    return person if room.everybody else max(0, person - room.n_desks + 1)


@inner
def is_familiar(room: Handle, number: int, person: int) -> bool:
    """Return whether a patient has spoken with a seat's present holder, or with a substitute."""
    place = _place_of(room, person)
    return familiar_at(room, number * room.n_known + (place >> SHIFT)).value >> (place & PLACE) & 1


@inner
def set_familiar(room: Handle, number: int, person: int, known: bool) -> None:
    """Enter whether a patient has spoken with a seat's present holder, or with a substitute."""
    place = _place_of(room, person)
    set_flag(familiar_at(room, number * room.n_known + (place >> SHIFT)), place, known)


@inner
def enter_own_time(room: Handle, number: int, countable: float, captured: float) -> None:
    """Enter that minutes of a patient's month are the practitioner's own."""
    own = own_time_at(room, number)
    own.countable += countable
    own.captured += captured


@inner
def begin(
    settings: Settings, room: Handle, count: Any, who: Any, now: float, service: Service
) -> None:
    """Enter the facts of a service that starts now."""
    minutes, countable, captured = service
    patient = patient_at(room, who.patient)
    if settings.hospital > 0.0 and in_hospital(room, who.patient, now):
        countable = captured = 0.0
    patient.countable += countable
    patient.captured += captured
    if who.is_practitioner:
        enter_own_time(room, who.patient, countable, captured)
    who.countable, who.captured = countable, captured
    busy = minutes + settings.logging
    who.busy, who.end = True, now + busy
    who.worked += busy
    who.uncounted += minutes - countable
    who.services += 1
    count.started_items += 1
    if who.end <= who.duty_end:
        return
    in_duty = who.duty_end - now
    for i in range(who.first, who.last):
        interval = interval_at(room, i)
        if interval.start >= who.duty_end:
            in_duty += max(0.0, min(who.end, interval.end) - interval.start)
    who.overtime += who.end - now - in_duty
    who.paid_overtime += rules.paid_overtime(now, who.end, who.gross_end, who.next_gross_start)


@inner
def look_at_clock(window: Any, who: Any, now: float) -> None:
    """Keep whether it is morning.

    It seldom changes, and a branch is guessed: whether a call is answered need not wait until the
    call before has its length.
    """
    morning = now - window.midnight < NOON
    if who.morning != morning:
        who.morning = morning


@inner
def hour_factor(settings: Settings, who: Any) -> float:
    """Return what multiplies the answer probability at this hour."""
    return settings.morning_factor if who.morning else settings.afternoon_factor


@inner
def start_request(room: Handle, window: Any, count: Any, who: Any, i: int) -> Service:
    """Start an inbound call or a care task."""
    arrival = arrival_at(room, i)
    patient = patient_at(room, arrival.patient)
    who.kind, who.patient, who.answered = arrival.kind, arrival.patient, True
    who.action = rules.CHART
    if arrival.kind == rules.INBOUND:
        who.action = rules.CALL
        patient.in_contact = True
        count.inbound_taken += 1
    else:
        count.care_tasks_done += 1
    minutes = arrival.minutes
    captured = rules.captured_minutes(
        minutes, arrival.capture, window.entry_loss, window.minute_loss
    )
    return minutes, minutes, captured


@inner
def start_chart_work(
    settings: Settings, room: Handle, window: Any, count: Any, who: Any, patient: Any, now: float
) -> Service:
    """Start chart work."""
    u_capture = call_at(room, patient.member).capture
    so_far = known(settings, patient, now)
    target = current_target(settings, room, who.patient, so_far)
    minutes = rules.chart_minutes(target, so_far, settings.chart_cap, patient.charted)
    captured = rules.captured_minutes(minutes, u_capture, window.entry_loss, window.minute_loss)
    patient.charts += 1
    patient.charted += minutes
    count.chart_work_done += 1
    who.answered = True
    return minutes, minutes, captured


@inner
def start_plan(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any, who: Any, patient: Any
) -> Service:
    """Start a care plan with a patient who enrolled later."""
    minutes, captured = keyed.care_plan(
        laws, settings.plan_row, room.seed, room.replication, who.patient, room.month,
        window.entry_loss, window.minute_loss,
    )  # fmt: skip
    patient.plan_due = False
    patient.answered += 1
    patient.in_contact = True
    count.care_plans += 1
    who.answered = True
    return minutes, minutes, captured


@inner
def start_call(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, patient: Any, now: float,
) -> Service:  # fmt: skip
    """Start an outgoing call."""
    hour = hour_factor(settings, who)
    if who.seat < 0:
        known_voice = settings.cover_familiar and is_familiar(room, who.patient, who.number)
        person = 1.0 if known_voice else settings.cover_factor
    else:
        familiar = is_familiar(room, who.patient, who.seat)
        person = 1.0 if familiar else settings.unfamiliar_factor
    answer = patient.answer
    if settings.hospital > 0.0 and in_hospital(room, who.patient, now):
        answer = 0.0
    probability = rules.answer_probability(
        answer, hour, person,
        rules.call_factor(patient.kind, patient.booked, settings.scheduled_factor),
    )  # fmt: skip
    call = call_at(room, patient.member)
    answered, minutes, countable, captured = rules.call(
        laws, (settings.call_row, settings.notes_row, settings.attempt_row),
        (call.answer, call.capture, call.minutes, call.notes), call.centre, probability,
        settings.count_unanswered, window.entry_loss, window.minute_loss,
    )  # fmt: skip
    patient.attempts += 1
    if patient.kind != rules.FINAL_PUSH:
        patient.calls += 1
    count.attempts += 1
    who.answered = answered
    if answered:
        patient.answered += 1
        patient.in_contact = True
        count.answered += 1
    return minutes, countable, captured
