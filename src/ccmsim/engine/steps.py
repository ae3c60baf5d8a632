"""What happens to patients and coordinators at one event: the steps both compiled kernels share.

Comes in: the room, and the instant. Goes out: the room, changed in place. What is decided is
decided by `ccmsim.rules`; which event is next is the kernels' business.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import keyed, rules
from ccmsim.compiling import inner
from ccmsim.engine.desks import (
    best,
    current_target,
    known,
    learn,
    open_item,
    reorder,
    take,
    unlink,
)
from ccmsim.engine.draws import call_draws, chart_draw, look_at_draws
from ccmsim.engine.prospects import ENROLLED, settle_approach
from ccmsim.engine.records import (
    IDLE,
    IN_SERVICE,
    NOTED,
    OPEN,
    PLACE,
    SHIFT,
    WORD,
    arrival_at,
    bucket_at,
    candidate_at,
    desk_at,
    familiar_at,
    first_arrival_at,
    interval_at,
    member_at,
    note_at,
    patient_at,
    prefetch_familiar,
    prefetch_patient,
    prospect_at,
    stay_at,
    today_at,
    window_at,
)
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle, lowest_flag
from ccmsim.units import NOON


@inner
def set_flag(word: Any, number: int, on: bool) -> None:
    """Set or clear a flag in its word."""
    bit = 1 << (number & PLACE)
    if on:
        word.value |= bit
    else:
        word.value &= ~bit


_FEW = 24
"""So many arrivals are sorted by insertion alone."""

# ---------------------------------------------------------------- noting and releasing


@inner
def note(room: Handle, day: int, desk: Any, patient: Any, kind: int, action: int) -> None:
    """Note an outreach-type item for the opening of a business day of the month."""
    patient.item, patient.kind, patient.action = NOTED, kind, action
    place = patient.member - desk.first
    word = note_at(room, day * room.n_words + desk.first_word + (place >> SHIFT))
    word.value |= 1 << (place & PLACE)


@inner
def _release_noted(
    settings: Settings, room: Handle, count: Any, desk: Any, number: int, day: int, now: float
) -> None:
    """Release what is noted for a patient, if it is still wanted."""
    patient = patient_at(room, number)
    if not patient.enrolled:
        return
    if patient.kind != rules.OUTREACH:
        minutes = known(settings, patient, now)
        patient.action = rules.released_action(
            patient.kind, patient.action, settings.followup, minutes,
            current_target(settings, room, number, minutes), patient.calls,
            settings.max_attempts, patient.charted, settings.chart_cap,
        )  # fmt: skip
        if patient.action == rules.NOTHING:
            patient.item = IDLE
            return
    open_item(settings, room, desk, number, day, now)
    if room.far:
        look_at_draws(settings, room, patient)
    count.released_items += 1


@inner
def _push(
    settings: Settings, room: Handle, count: Any, desk: Any, number: int, day: int, now: float
) -> None:
    """Try a short patient once more near the month's end."""
    patient = patient_at(room, number)
    if not patient.enrolled or patient.item != IDLE:
        return
    minutes = known(settings, patient, now)
    if minutes >= current_target(settings, room, number, minutes):
        return
    patient.kind = rules.FINAL_PUSH
    patient.action = rules.push_action(
        settings.followup, patient.contacted, settings.chart_without_contact, patient.charted,
        settings.chart_cap,
    )  # fmt: skip
    open_item(settings, room, desk, number, day, now)
    count.released_items += 1


@inner
def _look_at(room: Handle, word: int, first: int) -> None:
    """Have the noted patients brought to the cache: those of a word, from a member on."""
    while word:
        number = member_at(room, first + lowest_flag(word)).value
        prefetch_patient(room, number)
        prefetch_familiar(room, number * room.n_known)
        word &= word - 1


@inner
def _release_approaches(room: Handle, count: Any, desk: Any, day: int) -> None:
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
def open_day(settings: Settings, room: Handle, count: Any, desk: Any, day: int, now: float) -> None:
    """Release what a desk has noted for a business day of the month, and push on the push day."""
    if desk.last_candidate > desk.first_candidate:
        _release_approaches(room, count, desk, day)
    words = day * room.n_words + desk.first_word
    today = room.first_day + day
    is_push_day = settings.push_days > 0 and day == rules.push_day(room.days, settings.push_days)
    if is_push_day and window_at(room, day + 1).review == day:
        for place in range(desk.last - desk.first):
            number = member_at(room, desk.first + place).value
            if note_at(room, words + (place >> SHIFT)).value >> (place & PLACE) & 1:
                _release_noted(settings, room, count, desk, number, today, now)
            _push(settings, room, count, desk, number, today, now)
        return
    for w in range(desk.words):
        word = note_at(room, words + w).value
        first = desk.first + w * WORD
        if room.far:
            _look_at(room, word, first)
        while word:
            number = member_at(room, first + lowest_flag(word)).value
            _release_noted(settings, room, count, desk, number, today, now)
            word &= word - 1


# ---------------------------------------------------------------- requests and leaving


@inner
def in_hospital(room: Handle, number: int, now: float) -> bool:
    """Return whether a patient is in hospital now; ask only where the scenario has stays."""
    stay = stay_at(room, number)
    return rules.in_hospital(now, stay.home_from, stay.admitted, stay.discharged)


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
    learn(patient, captured, captured, now)
    reorder(settings, room, desk, arrival.patient, now)


@inner
def die(room: Handle, count: Any, desk: Any, number: int) -> None:
    """Take a patient off the panel at once; open items are dropped."""
    patient = patient_at(room, number)
    patient.enrolled = False
    if patient.item == OPEN:
        patient.item = IDLE
        count.dropped_items += 1
    i = desk.head
    while i >= 0:
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


# ---------------------------------------------------------------- arrivals of a window


@inner
def gather(room: Handle, d: int, number: int, size: int) -> int:
    """Append a desk's arrivals in a window to today's `size` ones; return the new size."""
    slot = d * (room.n_windows + 1) + number
    for i in range(first_arrival_at(room, slot).value, first_arrival_at(room, slot + 1).value):
        arrival, coming = arrival_at(room, i), today_at(room, size)
        coming.time, coming.order, coming.arrival = arrival.time, arrival.order, i
        size += 1
    return size


@inner
def _spread(room: Handle, size: int) -> int:
    """Sort today's arrivals roughly, into as many equal parts of their time; return where to."""
    begin = room.n_arrivals
    first = last = today_at(room, 0).time
    for i in range(size):
        first, last = min(first, today_at(room, i).time), max(last, today_at(room, i).time)
        bucket_at(room, i).value = 0
    bucket_at(room, size).value = 0
    if first == last:
        return 0
    scale = (size - 1) / (last - first)
    for i in range(size):
        bucket_at(room, 1 + int((today_at(room, i).time - first) * scale)).value += 1
    for i in range(size):
        bucket_at(room, i + 1).value += bucket_at(room, i).value
    for i in range(size):
        coming = today_at(room, i)
        bucket = bucket_at(room, int((coming.time - first) * scale))
        place = today_at(room, begin + bucket.value)
        bucket.value += 1
        place.time, place.order, place.arrival = coming.time, coming.order, coming.arrival
    return begin


@inner
def sort_arrivals(room: Handle, size: int) -> int:
    """Sort today's arrivals by time and order; return where they begin."""
    begin = _spread(room, size) if size > _FEW else 0
    for k in range(begin + 1, begin + size):
        coming = today_at(room, k)
        time, order, arrival = coming.time, coming.order, coming.arrival
        place = coming
        for j in range(k - 1, begin - 1, -1):
            before = today_at(room, j)
            if before.time < time or (before.time == time and before.order < order):
                break
            place.time, place.order, place.arrival = before.time, before.order, before.arrival
            place = before
        place.time, place.order, place.arrival = time, order, arrival
    return begin


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
def _take_seat(room: Handle, who: Any, holder: int) -> None:
    """Let a seat have a new holder, whom no patient knows."""
    who.holder = holder
    if room.everybody:
        first, last = 0, room.n_active
    else:
        first, last = desk_at(room, who.seat).first, desk_at(room, who.seat).last
    for i in range(first, last):
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
def _begin(
    settings: Settings, room: Handle, count: Any, who: Any, patient: Any, now: float,
    minutes: float, countable: float, captured: float,
) -> None:  # fmt: skip
    """Enter the facts of a service that starts now."""
    if settings.hospital > 0.0 and in_hospital(room, who.patient, now):
        countable = captured = 0.0
    patient.countable += countable
    patient.captured += captured
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
def _start_request(
    settings: Settings, room: Handle, window: Any, count: Any, who: Any, i: int, now: float
) -> None:
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
    _begin(settings, room, count, who, patient, now, minutes, minutes, captured)


@inner
def _start_chart_work(
    settings: Settings, room: Handle, window: Any, count: Any, who: Any, patient: Any, now: float
) -> None:
    """Start chart work."""
    u_capture = chart_draw(settings, room, patient, who.patient)
    so_far = known(settings, patient, now)
    target = current_target(settings, room, who.patient, so_far)
    minutes = rules.chart_minutes(target, so_far, settings.chart_cap, patient.charted)
    captured = rules.captured_minutes(minutes, u_capture, window.entry_loss, window.minute_loss)
    patient.charts += 1
    patient.charted += minutes
    count.chart_work_done += 1
    who.answered = True
    _begin(settings, room, count, who, patient, now, minutes, minutes, captured)


@inner
def _start_plan(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, patient: Any, now: float,
) -> None:  # fmt: skip
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
    _begin(settings, room, count, who, patient, now, minutes, minutes, captured)


@inner
def _hour_factor(settings: Settings, window: Any, now: float) -> float:
    """Return what multiplies the answer probability at this hour."""
    morning = now - window.midnight < NOON
    return settings.morning_factor if morning else settings.afternoon_factor


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
def _approach_is_next(settings: Settings, room: Handle, who: Any, desk: Any, now: float) -> bool:
    """Return whether somebody's next item is an approach; there is an open one, and no request."""
    if not settings.pooled and who.seat != desk.number:
        return False
    same = who.week == rules.week(now, settings.monday)
    spent = who.approach_minutes if same else 0.0
    if rules.approach_first(settings.policy, spent, settings.quota):
        return True
    return best(settings, room, desk) < 0


@inner
def _start_approach(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, desk: Any, now: float,
) -> None:  # fmt: skip
    """Start an approach: a call to somebody who is not enrolled, or a talk at a visit."""
    who.candidate = _first_approach(room, desk)
    candidate = candidate_at(room, who.candidate)
    number, made = candidate.number, candidate.made
    patient, person = patient_at(room, number), prospect_at(room, number)
    probability = 1.0
    if not settings.at_visits:
        probability = rules.answer_probability(
            patient.answer, _hour_factor(settings, window, now), 1.0, settings.reach_factor
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
    _begin(settings, room, count, who, patient, now, minutes, 0.0, 0.0)


@inner
def _complete_approach(settings: Settings, room: Handle, count: Any, who: Any, day: int) -> None:
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


@inner
def _start_call(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, patient: Any, now: float,
) -> None:  # fmt: skip
    """Start an outgoing call."""
    hour = _hour_factor(settings, window, now)
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
    answered, minutes, countable, captured = rules.call(
        laws, (settings.call_row, settings.notes_row, settings.attempt_row),
        call_draws(settings, room, patient, who.patient), probability,
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
    _begin(settings, room, count, who, patient, now, minutes, countable, captured)


@inner
def start_best(
    settings: Settings, room: Handle, laws: Handle, window: Any, count: Any,
    who: Any, desk: Any, now: float,
) -> bool:  # fmt: skip
    """Let somebody start the best item of a desk, if it has any; return whether it had."""
    who.month = room.month
    i = desk.head
    if i >= 0:
        unlink(room, desk, i)
        _start_request(settings, room, window, count, who, i, now)
        return True
    if desk.approaches > 0 and _approach_is_next(settings, room, who, desk, now):
        _start_approach(settings, room, laws, window, count, who, desk, now)
        return True
    number = best(settings, room, desk)
    if number < 0:
        return False
    take(settings, room, desk)
    patient = patient_at(room, number)
    patient.item = IN_SERVICE
    who.kind, who.action, who.patient = patient.kind, patient.action, number
    if patient.action == rules.PLAN:
        _start_plan(settings, room, laws, window, count, who, patient, now)
    elif patient.action == rules.CHART:
        _start_chart_work(settings, room, window, count, who, patient, now)
    else:
        _start_call(settings, room, laws, window, count, who, patient, now)
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
        _complete_approach(settings, room, count, who, day)
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
        learn(patient, who.countable, who.captured, now)
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
