"""Who enrolls, compiled: patients with their traits, the month's candidates, each desk's list.

Comes in: the room, at the border of two months. Goes out: the room, changed in place. Never touches
coordinators or what happens within a month.
"""

from __future__ import annotations

from typing import Any

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints
from ccmsim.compiling import inner
from ccmsim.engine.desks import clear
from ccmsim.engine.draws import ANSWER, NEED, Draws, draw_traits
from ccmsim.engine.inputs import next_owner
from ccmsim.engine.ledger import has_apcm
from ccmsim.engine.prospects import Prospects
from ccmsim.engine.records import (
    NOTED,
    WORD,
    active_at,
    candidate_at,
    count_at,
    desk_at,
    familiar_at,
    member_at,
    owner_at,
    patient_at,
    person_at,
    prospect_at,
    quiet_at,
    stay_at,
    target_at,
)
from ccmsim.engine.services import set_familiar
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle


@inner
def enroll(
    settings: Settings, room: Handle, laws: Handle, draws: Draws, protected_minutes: Floats,
    owner_counts: Ints, how_many: int, now: float,
) -> None:  # fmt: skip
    """Enroll patients with new numbers; those of the first month know the seat's holder."""
    if room.enrolled + how_many > room.n_patients:
        room.full = True
        return
    draw_traits(room, draws, how_many)
    for k in range(how_many):
        number = room.enrolled
        room.enrolled += 1
        if number == room.n_owners:
            owner_at(room, number).value = next_owner(protected_minutes, owner_counts)
            room.n_owners += 1
        patient = patient_at(room, number)
        patient.need, patient.answer = rules.patient_traits(
            laws, settings.need_row, settings.answer_row, draws.planes[NEED, k],
            draws.planes[ANSWER, k],
        )  # fmt: skip
        _enroll(settings, room, patient, number, owner_at(room, number).value, now)
        active_at(room, room.n_active).value = number
        room.n_active += 1


@inner
def _give_traits(settings: Settings, room: Handle, laws: Handle, patient: Any, number: int) -> None:
    """Give somebody the traits of their number."""
    patient.need, patient.answer = keyed.patient_traits(
        laws, settings.need_row, settings.answer_row, room.seed, room.replication, number
    )


@inner
def _enroll(
    settings: Settings, room: Handle, patient: Any, number: int, owner: int, now: float
) -> None:
    """Enroll a patient who has their traits."""
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
    patient.silent = patient.without_contact = patient.requests = 0
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
        person, patient = prospect_at(room, number), patient_at(room, number)
        _give_traits(settings, room, laws, patient, number)
        _enroll(settings, room, patient, number, person.seat, now)
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
        _give_traits(settings, room, laws, patient, number)
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
    """List each desk's patients, in the order of their numbers."""
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
        desk.first_entry, desk.room = 4 * first + 32 * d, 2 * many + 16
        first += many
        words += desk.words
    for i in range(room.n_active):
        number = active_at(room, i).value
        patient = patient_at(room, number)
        desk = desk_at(room, patient.owner)
        patient.member = desk.last
        member_at(room, desk.last).value = number
        desk.last += 1


@inner
def clear_desks(room: Handle) -> None:
    """Clear the worklists."""
    for d in range(room.n_desks):
        clear(desk_at(room, d))
