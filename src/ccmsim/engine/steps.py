"""What happens to patients and coordinators at one event: the steps both compiled kernels share.

Comes in: the room, and the instant. Goes out: the room, changed in place. What is decided is
decided by `ccmsim.rules`; which event is next is the kernels' business.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.compiling import apart, inner
from ccmsim.engine.approaches import (
    approach_is_next,
    complete_approach,
    release_approaches,
    start_approach,
)
from ccmsim.engine.desks import (
    current_target,
    known,
    learn,
    open_item,
    reorder,
    settle,
    take,
    unlink,
    wait,
)
from ccmsim.engine.draws import draw_calls, draw_charts, list_draws
from ccmsim.engine.records import (
    IDLE,
    IN_SERVICE,
    NOTED,
    OPEN,
    PLACE,
    SHIFT,
    WORD,
    active_at,
    arrival_at,
    desk_at,
    interval_at,
    member_at,
    note_at,
    patient_at,
    prefetch_familiar,
    prefetch_patient,
    window_at,
)
from ccmsim.engine.services import (
    begin,
    enter_own_time,
    in_hospital,
    look_at_clock,
    set_familiar,
    start_call,
    start_chart_work,
    start_plan,
    start_request,
)
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle, lowest_flag

# ---------------------------------------------------------------- noting and releasing


@inner
def note(room: Handle, day: int, desk: Any, patient: Any, kind: int, action: int) -> None:
    """Note an outreach-type item for the opening of a business day of the month."""
    patient.item, patient.kind, patient.action = NOTED, kind, action
    place = patient.member - desk.first
    word = note_at(room, day * room.n_words + desk.first_word + (place >> SHIFT))
    word.value |= 1 << (place & PLACE)


@inner
def _wants_noted(settings: Settings, room: Handle, patient: Any, number: int, now: float) -> bool:
    """Decide what is noted for a patient; return whether it is still wanted."""
    if not patient.enrolled:
        return False
    if patient.kind != rules.OUTREACH:
        minutes = known(settings, patient, now)
        patient.action = rules.released_action(
            patient.kind, patient.action, settings.followup, minutes,
            current_target(settings, room, number, minutes), patient.calls,
            settings.max_attempts, patient.charted, settings.chart_cap,
        )  # fmt: skip
        if patient.action == rules.NOTHING:
            patient.item = IDLE
            return False
    return True


@inner
def _wants_push(settings: Settings, room: Handle, patient: Any, number: int, now: float) -> bool:
    """Decide whether a short patient is tried once more near the month's end."""
    if not patient.enrolled or patient.item != IDLE:
        return False
    minutes = known(settings, patient, now)
    if minutes >= current_target(settings, room, number, minutes):
        return False
    patient.kind = rules.FINAL_PUSH
    patient.action = rules.push_action(
        settings.followup, patient.contacted, settings.chart_without_contact, patient.charted,
        settings.chart_cap,
    )  # fmt: skip
    return True


@apart
def _look_at(room: Handle, desk: Any, words: int, w: int, everybody: bool) -> None:
    """Have a desk's members of its word `w` brought to the cache: who is noted, or all."""
    first = desk.first + w * WORD
    word = note_at(room, words + w).value
    if everybody:
        word = (1 << min(WORD, desk.last - first)) - 1
    while word:
        number = member_at(room, first + lowest_flag(word)).value
        prefetch_patient(room, number)
        if room.n_desks > 1:  # a worklist for all is longer, and looks ahead as items are taken
            prefetch_familiar(room, number * room.n_known)
        word &= word - 1


@inner
def open_day(settings: Settings, room: Handle, count: Any, desk: Any, day: int, now: float) -> None:
    """Release what a desk has noted for a business day of the month, and draw what it needs."""
    _release_day(settings, room, count, desk, day, now)
    settle(room, desk)
    if room.n_calls > 0:
        draw_calls(room)
    if room.n_charts > 0:
        draw_charts(room)


@inner
def _release_day(
    settings: Settings, room: Handle, count: Any, desk: Any, day: int, now: float
) -> None:
    """Release what a desk has noted for a business day of the month, and push on the push day."""
    if desk.last_candidate > desk.first_candidate:
        release_approaches(room, count, desk, day)
    words = day * room.n_words + desk.first_word
    today = room.first_day + day
    pushes = (
        settings.push_days > 0
        and day == rules.push_day(room.days, settings.push_days)
        and window_at(room, day + 1).review == day
    )
    if room.far:
        _look_at(room, desk, words, 0, pushes)
    for w in range(desk.words):
        if room.far and w + 1 < desk.words:
            _look_at(room, desk, words, w + 1, pushes)
        noted = note_at(room, words + w).value
        first = desk.first + w * WORD
        word = noted
        if pushes:  # everybody of the word
            word = (1 << min(WORD, desk.last - first)) - 1
        while word:
            place = lowest_flag(word)
            word &= word - 1
            number = member_at(room, first + place).value
            patient = patient_at(room, number)
            wanted = False
            if noted >> place & 1:
                wanted = _wants_noted(settings, room, patient, number, now)
            if pushes and not wanted:
                wanted = _wants_push(settings, room, patient, number, now)
            if wanted:
                open_item(settings, room, desk, number, today, now)
                list_draws(room, patient, number)
                count.released_items += 1


# ---------------------------------------------------------------- requests and leaving


@inner
def calls_us(settings: Settings, room: Handle, number: int, now: float) -> bool:
    """Return whether a patient asks for anything now: enrolled, and not in hospital."""
    if settings.hospital > 0.0 and in_hospital(room, number, now):
        return False
    return patient_at(room, number).enrolled


@inner
def do_outside(settings: Settings, room: Handle, count: Any, desk: Any, i: int, now: float) -> None:
    """Have others do a request outside protected hours; it counts, and may be logged."""
    arrival = arrival_at(room, i)
    patient = patient_at(room, arrival.patient)
    minutes = arrival.minutes
    if settings.hospital > 0.0 and in_hospital(room, arrival.patient, now):
        minutes = 0.0
    captured = minutes if arrival.logged else 0.0
    patient.countable += minutes
    patient.captured += captured
    count.outside_items += 1
    learn(settings, patient, captured, captured, now)
    reorder(settings, room, desk, arrival.patient, now)


@inner
def take_own_time(settings: Settings, room: Handle, desk: Any, i: int, now: float) -> None:
    """Let the practitioner give a patient time of their own; it counts, and may be logged."""
    arrival = arrival_at(room, i)
    patient = patient_at(room, arrival.patient)
    captured = arrival.minutes if arrival.logged else 0.0
    patient.countable += arrival.minutes
    patient.captured += captured
    enter_own_time(room, arrival.patient, arrival.minutes, captured)
    room.practitioner_minutes += arrival.minutes
    if settings.own_is_known:
        learn(settings, patient, captured, captured, now)
        reorder(settings, room, desk, arrival.patient, now)


@inner
def die(room: Handle, count: Any, desk: Any, number: int) -> None:
    """Take a patient off the panel at once; open items are dropped."""
    patient = patient_at(room, number)
    patient.enrolled = False
    if patient.item == OPEN:
        wait(room, patient, room.begun)
        patient.item = IDLE
        count.dropped_items += 1
    i = desk.head
    while patient.requests > 0:
        following = arrival_at(room, i).next
        if arrival_at(room, i).patient == number:
            unlink(room, desk, i)
            count.dropped_items += 1
        i = following


@inner
def expire(settings: Settings, room: Handle, count: Any, desk: Any, now: float) -> None:
    """Let a desk's first request lose patience: others do it."""
    i = desk.head
    unlink(room, desk, i)
    count.expired_items += 1
    do_outside(settings, room, count, desk, i, now)


# ---------------------------------------------------------------- duty


@inner
def next_change(room: Handle, who: Any) -> float:
    """Return when somebody's duty next begins or ends this month, inf if it doesn't."""
    i = who.first + (who.change >> 1)
    if i >= who.last:
        return np.inf
    interval = interval_at(room, i)
    return interval.end if (who.change & 1) else interval.start


@inner
def _take_seat(room: Handle, who: Any, holder: int) -> None:
    """Let a seat have a new holder, whom no patient knows."""
    who.holder = holder
    if room.everybody:
        for i in range(room.n_active):  # in number order, as their flags lie
            set_familiar(room, active_at(room, i).value, who.seat, False)
        return
    for i in range(desk_at(room, who.seat).first, desk_at(room, who.seat).last):
        set_familiar(room, member_at(room, i).value, who.seat, False)


@inner
def change_duty(room: Handle, count: Any, who: Any, holder: int) -> None:
    """Begin or end an on-duty interval; `holder` is the seat's today."""
    interval = interval_at(room, who.first + (who.change >> 1))
    who.on_duty = (who.change & 1) == 0
    who.change += 1
    count.duty_changes += 1
    if who.on_duty:
        who.duty_end, who.gross_end = interval.end, interval.gross_end
        who.next_gross_start = interval.next_gross_start
        if who.holder != holder:
            _take_seat(room, who, holder)


# ---------------------------------------------------------------- service


@inner
def start_best(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, desk: Any, now: float,
) -> bool:  # fmt: skip
    """Let somebody start the best item of a desk, if it has any; return whether it had."""
    who.month = room.month
    look_at_clock(window, who, now)
    i = desk.head
    if i >= 0:
        unlink(room, desk, i)
        service = start_request(room, window, count, who, i)
    elif desk.approaches > 0 and approach_is_next(settings, room, who, desk, now):
        service = start_approach(settings, room, laws, window, count, who, desk, now)
    else:
        number = take(room, desk)
        if number < 0:
            return False
        patient = patient_at(room, number)
        wait(room, patient, room.begun)
        patient.item = IN_SERVICE
        who.kind, who.action, who.patient = patient.kind, patient.action, number
        if patient.action == rules.PLAN:
            service = start_plan(settings, room, laws, window, count, who, patient)
        elif patient.action == rules.CHART:
            service = start_chart_work(settings, room, window, count, who, patient, now)
        else:
            service = start_call(settings, room, laws, window, count, who, patient, now)
    begin(settings, room, count, who, now, service)
    return True


@inner
def _reviewed(room: Handle, day: int) -> int:
    """Return when somebody looks down the list, on a business day of the month or after it."""
    return window_at(room, day + 1).review if day < room.days else day


@inner
def complete(
    settings: Settings, room: Handle, count: Any, who: Any, desk: Any, day: int, now: float
) -> None:
    """Complete a service: what is known changes, and what follows is noted.

    `day` is the latest business day of the month that has begun, −1 before the first.
    """
    if who.kind == rules.APPROACH:
        complete_approach(settings, room, count, who, day)
        return
    patient = patient_at(room, who.patient)
    count.done_items += 1
    patient.last_seen = now
    speaks = who.answered and who.action != rules.CHART
    if speaks and (who.seat >= 0 or settings.cover_familiar):
        set_familiar(room, who.patient, who.number, True)
    if who.month == room.month:
        if who.answered and who.kind != rules.CARE_TASK:
            patient.contacted = True
        learn(settings, patient, who.countable, who.captured, now)
        if who.kind < rules.INBOUND:
            kind, action = rules.next_step(
                who.kind, who.action, who.answered, settings.followup, patient.calls,
                settings.max_attempts,
            )  # fmt: skip
            patient.item = IDLE
            if kind == rules.RETRY:
                then = day + settings.retry_gap
            else:
                then = _reviewed(room, day + settings.followup_gap)
            if action != rules.NOTHING and then < room.days:
                note(room, then, desk, patient, kind, action)
    reorder(settings, room, desk, who.patient, now)
    who.busy = who.foreign = False
