"""What a month brings to patients, compiled: outreach, requests, stays, deaths, practitioner time.

Comes in: the room, with a desk's patients listed. Goes out: their month reset, and its arrivals by
desk and window. Decides nothing that happens later within the month.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import keyed, rules
from ccmsim.compiling import inner
from ccmsim.engine.coming import order_of
from ccmsim.engine.desks import keep_requests, new_arrivals
from ccmsim.engine.draws import (
    ADMISSION,
    ADMITTED,
    CAPTURE,
    CARE_COUNT,
    DAY,
    INBOUND_COUNT,
    INSTANT,
    LOGGED,
    MINUTE,
    OUTREACH,
    OUTSIDE,
    WORK,
    Draws,
    draw_patients,
    draw_requests,
    drawn,
)
from ccmsim.engine.draws import DEATH as DEATH_COIN
from ccmsim.engine.inputs import PATIENT_STREAMS
from ccmsim.engine.records import (
    DEATH,
    IDLE,
    arrival_at,
    count_at,
    desk_at,
    first_arrival_at,
    member_at,
    note_at,
    own_time_at,
    patient_at,
    quiet_at,
    stay_at,
    window_at,
)
from ccmsim.engine.settings import Settings
from ccmsim.engine.steps import note
from ccmsim.memory import Handle
from ccmsim.streams import uniforms

_INBOUND_STREAMS = PATIENT_STREAMS[rules.INBOUND]
_CARE_STREAMS = PATIENT_STREAMS[rules.CARE_TASK]


@inner
def begin_month(room: Handle) -> None:
    """Empty the lists of what is noted, and take the other half of the arrivals' records."""
    room.next_arrival = room.month % 2 * room.n_arrivals
    for w in range(room.days * room.n_words):
        note_at(room, w).value = 0


@inner
def _begin_patient(patient: Any) -> None:
    """Reset a patient's month."""
    patient.countable = patient.captured = patient.charted = 0.0
    patient.known_captured = patient.known_own = patient.excess = 0.0
    patient.excess_day = -1
    patient.waiting = patient.release_day = 0
    patient.attempts = patient.calls = patient.answered = patient.charts = 0
    patient.item = IDLE
    patient.in_contact = patient.contacted = patient.falling = False


@inner
def _month_end(room: Handle) -> float:
    """Return when the present month ends: its last window does."""
    return window_at(room, room.days).until


@inner
def _death(settings: Settings, room: Handle, patient: Any, number: int) -> float:
    """Return the instant of the month at which a patient dies or moves, inf where not."""
    if settings.death == 0.0 or drawn(room, DEATH_COIN, patient) >= settings.death:
        return np.inf
    u, _ = uniforms(room.seed, room.replication, keyed.DEATH_INSTANT, number, room.month, 0)
    return rules.instant_within(room.month_start, _month_end(room), u)


@inner
def _admit(settings: Settings, room: Handle, laws: Handle, desk: Any) -> None:
    """Let stays in hospital begin."""
    for k in range(desk.first, desk.last):
        number = member_at(room, k).value
        stay, patient = stay_at(room, number), patient_at(room, number)
        stay.home_from = max(stay.home_from, stay.discharged)
        stay.admitted = stay.discharged = -1.0
        if drawn(room, ADMITTED, patient) >= settings.hospital:
            continue
        instant = rules.instant_within(
            room.month_start, _month_end(room), drawn(room, ADMISSION, patient)
        )
        if instant < _death(settings, room, patient, number):
            stay.admitted = instant
            stay.discharged = instant + keyed.stay_minutes(
                laws, settings.stay_row, room.seed, room.replication, number, room.month
            )
            count_at(room, room.month).hospital_stays += 1


@inner
def _list_death(room: Handle, draws: Draws, number: int, instant: float, size: int) -> int:
    """Add a patient's death to the month's `size` arrivals so far; return how many there are."""
    window = 0
    while window_at(room, window).until <= instant:
        window += 1
    if size < room.n_arrivals:
        draws.entities[size], draws.indices[size] = number, window
        draws.requests[INSTANT, size] = instant
    return size + 1


@inner
def _list_requests(
    settings: Settings, room: Handle, draws: Draws, desk: Any, kind: int, size: int
) -> int:
    """Add every request of a kind to the month's `size` arrivals so far; return how many."""
    for k in range(desk.first, desk.last):
        number = member_at(room, k).value
        patient = patient_at(room, number)
        if kind == rules.INBOUND:
            mean, plane = settings.inbound_mean * patient.need, INBOUND_COUNT
            none = quiet_at(room, number).inbound
        else:
            mean, plane = settings.care_mean * patient.need, CARE_COUNT
            none = quiet_at(room, number).care_task
        for index in range(rules.request_count(mean, none, drawn(room, plane, patient))):
            if size < room.n_arrivals:
                draws.entities[size], draws.indices[size] = number, index
            size += 1
    return size


@inner
def _count_windows(room: Handle, draws: Draws, slot: int, requests: int, size: int) -> None:
    """Find where the arrivals of each window begin: `requests`, then deaths, `size` in all."""
    for w in range(slot, slot + room.days + 2):
        first_arrival_at(room, w).value = 0
    for k in range(size):
        if k < requests:
            window = 1 + rules.request_day(room.days, draws.requests[DAY, k])
        else:
            window = draws.indices[k]
        first_arrival_at(room, slot + window).value += 1
    place = new_arrivals(room, size)
    for w in range(slot, slot + room.days + 2):
        first = first_arrival_at(room, w)
        first.value, place = place, place + first.value


@inner
def _place_requests(
    settings: Settings, room: Handle, laws: Handle, draws: Draws, slot: int, kind: int,
    row: int, first: int, last: int,
) -> None:  # fmt: skip
    """Let requests of one kind come in their windows."""
    u = draws.requests
    for k in range(first, last):
        window, number = 1 + rules.request_day(room.days, u[DAY, k]), draws.entities[k]
        place = first_arrival_at(room, slot + window)
        arrival = arrival_at(room, place.value)
        place.value += 1
        minute, arrival.minutes, arrival.outside, arrival.logged = rules.request(
            laws, row, (u[MINUTE, k], u[WORK, k], u[OUTSIDE, k], u[LOGGED, k]),
            settings.open_minutes, settings.outside_share, settings.outside_captured,
        )  # fmt: skip
        arrival.time = window_at(room, window).opening + minute
        arrival.capture = u[CAPTURE, k]
        arrival.kind, arrival.patient = kind, number
        arrival.order = order_of(number, kind, draws.indices[k])


@inner
def _place_deaths(room: Handle, draws: Draws, slot: int, first: int, last: int) -> None:
    """Let deaths come in their windows."""
    for k in range(first, last):
        place = first_arrival_at(room, slot + draws.indices[k])
        arrival = arrival_at(room, place.value)
        place.value += 1
        arrival.time = draws.requests[INSTANT, k]
        arrival.kind, arrival.patient, arrival.order = DEATH, draws.entities[k], draws.entities[k]


@inner
def _list_own_times(
    settings: Settings, room: Handle, laws: Handle, draws: Draws, desk: Any, size: int
) -> int:
    """Add the practitioner's times to the month's `size` arrivals so far; return how many."""
    for k in range(desk.first, desk.last):
        number = member_at(room, k).value
        day, minute, minutes, logged = keyed.practitioner_time(
            laws, settings.contact_row, room.seed, room.replication, number, room.month,
            room.days, settings.open_minutes, settings.contact_share, settings.contact_ratio,
            settings.complex, settings.contact_logged,
        )  # fmt: skip
        if day < 0:
            continue
        if size < room.n_arrivals:
            draws.entities[size], draws.indices[size] = number, 1 + day
            draws.requests[INSTANT, size] = window_at(room, 1 + day).opening + minute
            draws.requests[WORK, size], draws.requests[LOGGED, size] = minutes, logged
        size += 1
    return size


@inner
def _place_own_times(room: Handle, draws: Draws, slot: int, first: int, last: int) -> None:
    """Let the practitioner's times come in their windows."""
    for k in range(first, last):
        place = first_arrival_at(room, slot + draws.indices[k])
        arrival = arrival_at(room, place.value)
        place.value += 1
        arrival.time, arrival.minutes = draws.requests[INSTANT, k], draws.requests[WORK, k]
        arrival.logged = draws.requests[LOGGED, k] > 0.0
        arrival.kind, arrival.patient = rules.PRACTITIONER, draws.entities[k]
        arrival.order = order_of(draws.entities[k], rules.PRACTITIONER, 0)


@inner
def _begin_patients(settings: Settings, room: Handle, desk: Any) -> None:
    """Reset a desk's patients and note their outreach."""
    for k in range(desk.first, desk.last):
        patient = patient_at(room, member_at(room, k).value)
        _begin_patient(patient)
        if settings.own_time:
            own = own_time_at(room, member_at(room, k).value)
            own.countable = own.captured = 0.0
        if room.days > 0:  # or the practice is closed all month
            day = rules.release_day(settings.pattern, room.days, drawn(room, OUTREACH, patient))
            patient.release_day = day
            action = rules.PLAN if patient.plan_due else rules.CALL
            note(room, day, desk, patient, rules.OUTREACH, action)


@inner
def begin_desk(settings: Settings, room: Handle, laws: Handle, draws: Draws, d: int) -> None:
    """Schedule the month of a desk's patients: outreach, requests, deaths."""
    desk, slot = desk_at(room, d), d * (room.n_windows + 1)
    keep_requests(room, desk)
    draw_patients(settings, room, draws, desk.first, desk.last)
    _begin_patients(settings, room, desk)
    if settings.hospital > 0.0:
        _admit(settings, room, laws, desk)
    inbound = care = 0
    if room.days > 0 and settings.inbound_mean > 0.0:
        inbound = care = _list_requests(settings, room, draws, desk, rules.INBOUND, 0)
    if room.days > 0 and settings.care_mean > 0.0:
        care = _list_requests(settings, room, draws, desk, rules.CARE_TASK, inbound)
    size = care
    if settings.death > 0.0:
        for k in range(desk.first, desk.last):
            number = member_at(room, k).value
            instant = _death(settings, room, patient_at(room, number), number)
            if instant < np.inf:
                size = _list_death(room, draws, number, instant, size)
    deaths = size
    if settings.contact_share > 0.0 and room.supervised and room.days > 0:
        size = _list_own_times(settings, room, laws, draws, desk, size)
    if size > room.n_arrivals:
        room.full = True
        return
    draw_requests(room, draws, 0, inbound, _INBOUND_STREAMS)
    draw_requests(room, draws, inbound, care, _CARE_STREAMS)
    _count_windows(room, draws, slot, care, size)
    if room.full:
        return
    kind, row = rules.INBOUND, settings.inbound_row
    _place_requests(settings, room, laws, draws, slot, kind, row, 0, inbound)
    kind, row = rules.CARE_TASK, settings.care_row
    _place_requests(settings, room, laws, draws, slot, kind, row, inbound, care)
    _place_deaths(room, draws, slot, care, deaths)
    _place_own_times(room, draws, slot, deaths, size)
    for w in range(slot + room.days + 1, slot, -1):  # each stands at the end of its window now
        first_arrival_at(room, w).value = first_arrival_at(room, w - 1).value
    first_arrival_at(room, slot).value = room.next_arrival - size
