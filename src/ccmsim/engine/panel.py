"""Months of patients, compiled: enrollment, what a month brings to each, how it ends.

Comes in: the room, at the border of two months. Goes out: the room, changed in place. Never touches
coordinators or what happens within a month.
"""

from __future__ import annotations

from typing import Any

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints
from ccmsim.compiling import inner
from ccmsim.engine.desks import clear, free_arrival, new_arrival, unlink
from ccmsim.engine.draws import (
    CAPTURE,
    CARE_COUNT,
    DAY,
    INBOUND_COUNT,
    LOGGED,
    MINUTE,
    OPT_OUT,
    OUTREACH,
    OUTSIDE,
    WORK,
    Draws,
    draw_patients,
    draw_requests,
    drawn,
)
from ccmsim.engine.draws import DEATH as DEATH_COIN
from ccmsim.engine.inputs import PATIENT_STREAMS, next_owner
from ccmsim.engine.records import (
    DEATH,
    IDLE,
    OPEN,
    WORD,
    active_at,
    arrival_at,
    count_at,
    desk_at,
    familiar_at,
    first_arrival_at,
    member_at,
    note_at,
    patient_at,
    row_at,
    window_at,
)
from ccmsim.engine.settings import Settings
from ccmsim.engine.steps import note, set_familiar
from ccmsim.memory import Handle
from ccmsim.streams import uniforms

_REQUEST = 1 << 60  # among arrivals of one instant, requests come after deaths
_INBOUND_STREAMS = PATIENT_STREAMS[rules.INBOUND]
_CARE_STREAMS = PATIENT_STREAMS[rules.CARE_TASK]

# ---------------------------------------------------------------- enrollment


@inner
def enroll(
    settings: Settings, room: Handle, laws: Handle, protected_minutes: Floats,
    owner_counts: Ints, how_many: int, now: float,
) -> None:  # fmt: skip
    """Enroll patients with new numbers; those of the first month know the seat's holder."""
    for _ in range(how_many):
        number = room.enrolled
        if number == room.n_patients:
            room.full = True
            return
        room.enrolled += 1
        owner = next_owner(protected_minutes, owner_counts)
        patient = patient_at(room, number)
        patient.need, patient.answer = keyed.patient_traits(
            laws, settings.need_row, settings.answer_row, room.seed, room.replication,
            number,
        )  # fmt: skip
        patient.owner = 0 if settings.pooled else owner
        patient.enrolled = True
        patient.silent = patient.without_contact = 0
        patient.last_seen = now
        for w in range(room.n_known):
            everybody = room.month == 0 and settings.pooled
            familiar_at(room, number * room.n_known + w).value = -1 if everybody else 0
        if room.month == 0:
            set_familiar(room, number, owner, True)
        if room.month > 0:
            count_at(room, room.month).new_patients += 1
        active_at(room, room.n_active).value = number
        room.n_active += 1


@inner
def seat_patients(room: Handle) -> None:
    """List each desk's patients, in the order of their numbers, and clear the worklists."""
    for d in range(room.n_desks):
        desk_at(room, d).last = 0
    for i in range(room.n_active):
        desk_at(room, patient_at(room, active_at(room, i).value).owner).last += 1
    first = words = 0
    for d in range(room.n_desks):
        desk = desk_at(room, d)
        many = desk.last
        desk.first = desk.last = first
        desk.first_word, desk.words = words, (many + WORD - 1) // WORD
        desk.first_entry, desk.room = 2 * first + 16 * d, 2 * many + 16
        first += many
        words += desk.words
        clear(desk)
    for i in range(room.n_active):
        number = active_at(room, i).value
        patient = patient_at(room, number)
        desk = desk_at(room, patient.owner)
        patient.member = desk.last
        member_at(room, desk.last).value = number
        desk.last += 1


# ---------------------------------------------------------------- what a month brings


@inner
def _clear_month(room: Handle) -> None:
    """Empty the lists of what is noted and what comes."""
    for w in range(room.days * room.n_words):
        note_at(room, w).value = 0
    for i in range((room.days + 1) * room.n_desks):
        first_arrival_at(room, i).value = -1


@inner
def _begin_patient(room: Handle, patient: Any) -> None:
    """Reset a patient's month."""
    patient.countable = patient.captured = patient.charted = 0.0
    patient.known_captured = patient.known_own = patient.excess = 0.0
    patient.excess_day = -1
    patient.release_day = room.first_day
    patient.attempts = patient.calls = patient.answered = patient.charts = 0
    patient.item = IDLE
    patient.in_contact = patient.contacted = patient.falling = False


@inner
def _file(room: Handle, i: int, window: int, d: int) -> None:
    """Let an arrival come in a window."""
    first = first_arrival_at(room, window * room.n_desks + d)
    arrival_at(room, i).next = first.value
    first.value = i


@inner
def _add_death(room: Handle, patient: Any, number: int) -> None:
    """Let a patient's death of the month come in its window."""
    u, _ = uniforms(room.seed, room.replication, keyed.DEATH_INSTANT, number, room.month, 0)
    end = window_at(room, room.days).until  # the last window ends with the month
    i = new_arrival(room)
    if i < 0:
        return
    arrival = arrival_at(room, i)
    arrival.time = rules.death_instant(room.month_start, end, u)
    arrival.patient, arrival.kind, arrival.order = number, DEATH, number
    window = 0
    while window_at(room, window).until <= arrival.time:
        window += 1
    _file(room, i, window, patient.owner)


@inner
def _list_requests(settings: Settings, room: Handle, draws: Draws, kind: int) -> int:
    """List the patient and number of every request of a kind; return how many there are."""
    size = 0
    for k in range(room.n_active):
        number = member_at(room, k).value
        patient = patient_at(room, number)
        if kind == rules.INBOUND:
            mean, plane = settings.inbound_mean * patient.need, INBOUND_COUNT
        else:
            mean, plane = settings.care_mean * patient.need, CARE_COUNT
        for index in range(rules.request_count(mean, drawn(room, plane, patient))):
            if size == room.n_arrivals:
                room.full = True
                return 0
            draws.entities[size], draws.indices[size] = number, index
            size += 1
    return size


@inner
def _add_requests(
    settings: Settings, room: Handle, laws: Handle, draws: Draws, kind: int,
    row: int, streams: tuple[int, ...],
) -> None:  # fmt: skip
    """Let all inbound calls, or all care tasks, of the month come."""
    size = _list_requests(settings, room, draws, kind)
    draw_requests(room, draws, size, streams)
    u = draws.requests
    for k in range(size):
        i = new_arrival(room)
        if i < 0:
            return
        arrival, number = arrival_at(room, i), draws.entities[k]
        day, minute, minutes, outside, logged = rules.request(
            laws, row, (u[DAY, k], u[MINUTE, k], u[WORK, k], u[OUTSIDE, k], u[LOGGED, k]),
            room.days, settings.open_minutes, settings.outside_share, settings.outside_captured,
        )  # fmt: skip
        arrival.time = window_at(room, day + 1).opening + minute
        arrival.minutes, arrival.capture = minutes, u[CAPTURE, k]
        arrival.outside, arrival.logged = outside, logged
        arrival.kind, arrival.patient = kind, number
        arrival.order = _REQUEST | number << 24 | kind << 20 | draws.indices[k]
        _file(room, i, day + 1, patient_at(room, number).owner)


@inner
def begin_patients(settings: Settings, room: Handle, laws: Handle, draws: Draws) -> None:
    """Schedule every patient's month: outreach, requests, perhaps death."""
    _clear_month(room)
    draw_patients(settings, room, draws)
    for k in range(room.n_active):
        number = member_at(room, k).value
        patient = patient_at(room, number)
        _begin_patient(room, patient)
        if settings.death > 0.0 and drawn(room, DEATH_COIN, patient) < settings.death:
            _add_death(room, patient, number)
        if room.days > 0:  # or the practice is closed all month
            day = rules.release_day(settings.pattern, room.days, drawn(room, OUTREACH, patient))
            patient.release_day = room.first_day + day
            note(room, day, desk_at(room, patient.owner), patient, rules.OUTREACH, rules.CALL)
    if room.days > 0 and settings.inbound_mean > 0.0:
        _add_requests(
            settings, room, laws, draws, rules.INBOUND, settings.inbound_row,
            _INBOUND_STREAMS,
        )  # fmt: skip
    if room.days > 0 and settings.care_mean > 0.0:
        _add_requests(
            settings, room, laws, draws, rules.CARE_TASK, settings.care_row, _CARE_STREAMS
        )


# ---------------------------------------------------------------- how it ends


@inner
def _enter_row(room: Handle, number: int, patient: Any) -> None:
    """Enter the facts of a patient's month."""
    row = row_at(room, room.n_rows)
    room.n_rows += 1
    row.patient, row.month, row.owner = number, room.month, patient.owner
    row.release_day = patient.release_day
    row.attempts, row.served = patient.attempts, patient.answered + patient.charts
    row.countable_minutes, row.captured_minutes = patient.countable, patient.captured


@inner
def _stays(settings: Settings, room: Handle, patient: Any) -> bool:
    """Return whether an enrolled patient stays after the month."""
    if settings.opt_out > 0.0:
        probability = rules.opt_out_probability(
            settings.opt_out, settings.silent_ratio, patient.silent, settings.silent_months
        )
        if drawn(room, OPT_OUT, patient) < probability:
            return False
    after = settings.disenroll_after
    return after < 0 or patient.without_contact < after


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
                free_arrival(room, i)
                if settings.carry:
                    count.dropped_items += 1
                else:
                    count.expired_items += 1
            i = following


@inner
def end_patients(settings: Settings, room: Handle) -> int:
    """Enter the month's facts, let items expire and patients leave; return how many left."""
    count, before, kept = count_at(room, room.month), room.n_active, 0
    for k in range(before):
        number = active_at(room, k).value
        patient = patient_at(room, number)
        _enter_row(room, number, patient)
        patient.silent = 0 if patient.answered else patient.silent + 1
        patient.without_contact = 0 if patient.in_contact else patient.without_contact + 1
        if patient.item == OPEN:
            count.expired_items += 1
            patient.item = IDLE
        if patient.enrolled:
            patient.enrolled = _stays(settings, room, patient)
        if patient.enrolled:
            active_at(room, kept).value = number
            kept += 1
    _end_requests(settings, room, count)
    room.n_active = kept
    return before - kept
