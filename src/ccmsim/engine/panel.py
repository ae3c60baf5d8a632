"""Months of patients, compiled: enrollment, what a month brings to each, how it ends.

Comes in: the room, at the border of two months. Goes out: the room, changed in place. Never touches
coordinators or what happens within a month.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints
from ccmsim.compiling import inner
from ccmsim.engine.desks import clear, keep_requests, new_arrivals, unlink, wait
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
    OPT_OUT,
    OUTREACH,
    OUTSIDE,
    WORK,
    Draws,
    draw_leaving,
    draw_patients,
    draw_requests,
    drawn,
)
from ccmsim.engine.draws import DEATH as DEATH_COIN
from ccmsim.engine.inputs import PATIENT_STREAMS, next_owner
from ccmsim.engine.ledger import has_apcm
from ccmsim.engine.prospects import GONE, LEFT, Prospects
from ccmsim.engine.records import (
    DEATH,
    IDLE,
    NOTED,
    OPEN,
    WORD,
    active_at,
    arrival_at,
    candidate_at,
    count_at,
    desk_at,
    familiar_at,
    first_arrival_at,
    member_at,
    note_at,
    own_time_at,
    patient_at,
    person_at,
    prospect_at,
    quiet_at,
    row_at,
    stay_at,
    target_at,
    wait_at,
    window_at,
)
from ccmsim.engine.services import set_familiar
from ccmsim.engine.settings import Settings
from ccmsim.engine.steps import note
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
        _enroll(settings, room, laws, number, owner, now)
        active_at(room, room.n_active).value = number
        room.n_active += 1


@inner
def _draw_traits(settings: Settings, room: Handle, laws: Handle, patient: Any, number: int) -> None:
    """Give somebody the traits of their number."""
    patient.need, patient.answer = keyed.patient_traits(
        laws, settings.need_row, settings.answer_row, room.seed, room.replication, number
    )


@inner
def _enroll(
    settings: Settings, room: Handle, laws: Handle, number: int, owner: int, now: float
) -> None:
    """Enroll a patient."""
    patient = patient_at(room, number)
    _draw_traits(settings, room, laws, patient, number)
    quiet = quiet_at(room, number)
    quiet.inbound = rules.no_request(settings.inbound_mean * patient.need)
    quiet.care_task = rules.no_request(settings.care_mean * patient.need)
    if settings.hospital > 0.0:
        stay = stay_at(room, number)
        stay.home_from = 0.0
        stay.admitted = stay.discharged = -1.0
    if settings.per_patient:
        own = has_apcm(settings, room.seed, room.replication, number)
        target_at(room, number).value = settings.apcm_target if own else settings.target
    patient.owner = 0 if settings.pooled else owner
    patient.enrolled = True
    patient.silent = patient.without_contact = 0
    patient.booked = False
    patient.joined = room.month if room.month > 0 else -1
    patient.plan_due = room.month > 0 and settings.plan_row >= 0
    patient.last_seen = now
    for w in range(room.n_known):
        everybody = room.month == 0 and settings.pooled
        familiar_at(room, number * room.n_known + w).value = -1 if everybody else 0
    if room.month == 0:
        set_familiar(room, number, owner, True)
    if room.month > 0:
        count_at(room, room.month).new_patients += 1


@inner
def enroll_consented(
    settings: Settings, room: Handle, laws: Handle, prospects: Prospects, now: float
) -> None:
    """Enroll who has consented; they know the holder with whom they spoke, if still there."""
    joining = prospects.panel[0].joining
    for k in range(joining):
        number = prospects.joining[k]
        person = prospect_at(room, number)
        _enroll(settings, room, laws, number, person.seat, now)
        seat = person.talked_seat
        if seat >= 0 and person_at(room, seat).holder == person.talked_holder:
            set_familiar(room, number, seat, True)
    # from the back, so that the list stays in order of numbers
    old, new, place = room.n_active - 1, joining - 1, room.n_active + joining - 1
    while new >= 0:
        if old >= 0 and active_at(room, old).value > prospects.joining[new]:
            active_at(room, place).value = active_at(room, old).value
            old -= 1
        else:
            active_at(room, place).value = prospects.joining[new]
            new -= 1
        place -= 1
    room.n_active += joining


@inner
def list_candidates(settings: Settings, room: Handle, laws: Handle, prospects: Prospects) -> None:
    """Put those who are to be approached this month on the lists of their desks."""
    listed = prospects.panel[0].listed_patients
    for d in range(room.n_desks):
        desk_at(room, d).last_candidate = 0
    for k in range(listed):
        number = prospects.listed[k]
        patient = patient_at(room, number)
        _draw_traits(settings, room, laws, patient, number)
        patient.owner = 0 if settings.pooled else prospect_at(room, number).seat
        patient.enrolled = False
        desk_at(room, patient.owner).last_candidate += 1
    first = 0
    for d in range(room.n_desks):
        desk = desk_at(room, d)
        many = desk.last_candidate
        desk.first_candidate = desk.last_candidate = first
        desk.approaches = 0
        first += many
    for k in range(listed):
        number = prospects.listed[k]
        desk = desk_at(room, patient_at(room, number).owner)
        candidate = candidate_at(room, desk.last_candidate)
        candidate.number, candidate.due = number, prospects.days[k]
        candidate.made = 0
        candidate.item = NOTED
        desk.last_candidate += 1


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
def begin_month(room: Handle) -> None:
    """Empty the lists of what is noted, and take the other half of the arrivals' records."""
    room.next_arrival = room.month % 2 * room.n_arrivals
    for w in range(room.days * room.n_words):
        note_at(room, w).value = 0


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
        arrival.order = _REQUEST | number << 24 | kind << 20 | draws.indices[k]


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
        arrival.order = _REQUEST | draws.entities[k] << 24 | rules.PRACTITIONER << 20


@inner
def _begin_patients(settings: Settings, room: Handle, desk: Any) -> None:
    """Reset a desk's patients and note their outreach."""
    for k in range(desk.first, desk.last):
        patient = patient_at(room, member_at(room, k).value)
        _begin_patient(room, patient)
        wait_at(room, member_at(room, k).value).days = 0
        if settings.own_time:
            own = own_time_at(room, member_at(room, k).value)
            own.countable = own.captured = 0.0
        if room.days > 0:  # or the practice is closed all month
            day = rules.release_day(settings.pattern, room.days, drawn(room, OUTREACH, patient))
            patient.release_day = room.first_day + day
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


# ---------------------------------------------------------------- how it ends


@inner
def _enter_row(settings: Settings, room: Handle, number: int, patient: Any) -> None:
    """Enter the facts of a patient's month."""
    row = row_at(room, room.n_rows)
    room.n_rows += 1
    row.patient, row.month, row.owner = number, room.month, patient.owner
    row.release_day = patient.release_day
    row.attempts, row.served = patient.attempts, patient.answered + patient.charts
    row.plan_missing, row.waiting = patient.plan_due, wait_at(room, number).days
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
            wait(room, number, patient.order >> 32, room.first_day + room.days)
        _enter_row(settings, room, number, patient)
        patient.silent = 0 if patient.answered else patient.silent + 1
        patient.booked = settings.book_next and patient.answered > 0
        patient.without_contact = 0 if patient.in_contact else patient.without_contact + 1
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
