"""Approaches to people who are not enrolled: released, taken, completed; both kernels share them.

Comes in: the room, a desk with its list of the month. Goes out: the room, changed in place. Who is
listed, and what a talk decides, is the business of `prospects`.
"""

from __future__ import annotations

from typing import Any

from ccmsim import keyed, rules
from ccmsim.compiling import inner
from ccmsim.engine.desks import best
from ccmsim.engine.prospects import ENROLLED, settle_approach
from ccmsim.engine.records import (
    IDLE,
    IN_SERVICE,
    NOTED,
    OPEN,
    candidate_at,
    patient_at,
    prospect_at,
)
from ccmsim.engine.services import Service, hour_factor, set_familiar
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle


@inner
def release_approaches(room: Handle, count: Any, desk: Any, day: int) -> None:
    """Release the approaches that a desk has noted for a business day of the month."""
    for i in range(desk.first_candidate, desk.last_candidate):
        candidate = candidate_at(room, i)
        if candidate.item == NOTED and candidate.due == day:
            candidate.item, candidate.released = OPEN, day
            desk.approaches += 1
            count.released_items += 1


@inner
def send_home(settings: Settings, room: Handle, count: Any, desk: Any) -> None:
    """Let people go home, as a day begins, with whom nobody has spoken at their visit."""
    if desk.approaches == 0 or not settings.at_visits:
        return
    for i in range(desk.first_candidate, desk.last_candidate):
        candidate = candidate_at(room, i)
        if candidate.item == OPEN:
            candidate.item = IDLE
            count.expired_items += 1
    desk.approaches = 0


@inner
def _first_approach(room: Handle, desk: Any) -> int:
    """Return a desk's best open approach; there is one."""
    found, released = -1, 0
    for i in range(desk.first_candidate, desk.last_candidate):
        candidate = candidate_at(room, i)
        if candidate.item == OPEN and (found < 0 or candidate.released < released):
            found, released = i, candidate.released
    return found


@inner
def approach_is_next(settings: Settings, room: Handle, who: Any, desk: Any, now: float) -> bool:
    """Return whether somebody's next item is an approach; there is an open one, and no request."""
    if not settings.pooled and who.seat != desk.number:
        return False
    same = who.week == rules.week(now, settings.monday)
    spent = who.approach_minutes if same else 0.0
    if rules.approach_first(settings.policy, spent, settings.quota):
        return True
    return best(room, desk) < 0


@inner
def start_approach(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, desk: Any, now: float,
) -> Service:  # fmt: skip
    """Start an approach: a call to somebody who is not enrolled, or a talk at a visit."""
    who.candidate = _first_approach(room, desk)
    candidate = candidate_at(room, who.candidate)
    number, made = candidate.number, candidate.made
    patient, person = patient_at(room, number), prospect_at(room, number)
    probability = 1.0
    if not settings.at_visits:
        probability = rules.answer_probability(
            patient.answer, hour_factor(settings, who), 1.0, settings.reach_factor
        )
    answered, minutes = keyed.approach(
        laws, (settings.talk_row, settings.attempt_row), room.seed, room.replication, number,
        room.month, made, probability,
    )  # fmt: skip
    consents = settle_approach(
        person, settings, room.seed, room.replication, room.month, number, answered
    )
    desk.approaches -= 1
    candidate.item = IN_SERVICE
    candidate.made += 1
    who.kind, who.action, who.patient = rules.APPROACH, rules.CALL, number
    who.answered = answered
    count.approaches += 1
    count.approached_patients += made == 0
    count.talks += answered
    count.consents += consents
    week = rules.week(now, settings.monday)
    spent = who.approach_minutes if who.week == week else 0.0
    who.week, who.approach_minutes = week, spent + (minutes + settings.logging)
    return minutes, 0.0, 0.0


@inner
def complete_approach(settings: Settings, room: Handle, count: Any, who: Any, day: int) -> None:
    """Complete an approach: who has answered knows the caller, others are called again."""
    person = prospect_at(room, who.patient)
    count.done_items += 1
    if who.answered:
        person.talked_seat, person.talked_holder = who.seat, who.holder
        if person.state == ENROLLED:
            set_familiar(room, who.patient, who.seat, True)
    if who.month == room.month:
        candidate = candidate_at(room, who.candidate)
        candidate.item = IDLE
        then = day + settings.retry_gap
        if not who.answered and person.attempts > 0 and then < room.days:
            candidate.item, candidate.due = NOTED, then
    who.busy = who.foreign = False
