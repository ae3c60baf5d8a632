"""What happens to patients and coordinators at one event: the steps both compiled kernels share.

Comes in: records, and the instant. Goes out: the same records, changed in place. What is decided is
decided by `ccmsim.rules`; which event is next is the kernels' business.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Floats, Ints, Records
from ccmsim.compiling import jit
from ccmsim.engine.desks import free_arrival, known, learn, open_item, reorder, unlink
from ccmsim.engine.records import IDLE, IN_SERVICE, NOTED, OPEN, WORD
from ccmsim.engine.settings import Settings
from ccmsim.units import MINUTES_PER_DAY, NOON

Key = tuple[int, int, int]
"""Seed, replication, month."""


# ---------------------------------------------------------------- noting and releasing


@jit
def note(notes: Ints, day: int, desk: Any, patient: Any, kind: int, action: int) -> None:
    """Note an outreach-type item for the opening of a business day of the month."""
    patient.item, patient.kind, patient.action = NOTED, kind, action
    notes[day, desk.notes + patient.place // WORD] |= 1 << (patient.place % WORD)


@jit
def release_noted(
    settings: Settings,
    count: Any,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    number: int,
    day: int,
    now: float,
) -> None:
    """Release what is noted for a patient, if it is still wanted."""
    patient = patients[number]
    if not patient.enrolled:
        return
    if patient.kind != rules.OUTREACH:
        patient.action = rules.released_action(
            patient.kind, patient.action, settings.followup, known(settings, patient, now),
            settings.target, patient.calls, settings.max_attempts, patient.charted,
            settings.chart_cap,
        )  # fmt: skip
        if patient.action == rules.NOTHING:
            patient.item = IDLE
            return
    open_item(settings, desk, entries, patients, members, number, day, now)
    count.released_items += 1


@jit
def push(
    settings: Settings,
    count: Any,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    number: int,
    day: int,
    now: float,
) -> None:
    """Try a short patient once more near the month's end."""
    patient = patients[number]
    if not patient.enrolled or patient.item != IDLE:
        return
    if known(settings, patient, now) >= settings.target:
        return
    patient.kind = rules.FINAL_PUSH
    patient.action = rules.push_action(
        settings.followup, patient.contacted, settings.chart_without_contact, patient.charted,
        settings.chart_cap,
    )  # fmt: skip
    open_item(settings, desk, entries, patients, members, number, day, now)
    count.released_items += 1


@jit
def open_day(
    settings: Settings,
    count: Any,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    notes: Ints,
    day: int,
    days: int,
    first_day: int,
    now: float,
) -> None:
    """Release what a desk has noted for a business day of the month, and push on the push day."""
    if settings.push_days > 0 and day == max(0, days - settings.push_days):
        for i in range(desk.first, desk.last):
            number = members[i]
            place = i - desk.first
            if notes[day, desk.notes + place // WORD] >> (place % WORD) & 1:
                release_noted(
                    settings, count, desk, entries, patients, members, number, first_day + day, now
                )
            push(settings, count, desk, entries, patients, members, number, first_day + day, now)
        return
    for w in range(desk.words):
        word = notes[day, desk.notes + w]
        i = desk.first + w * WORD
        while word:
            if word & 1:
                release_noted(
                    settings, count, desk, entries, patients, members, members[i],
                    first_day + day, now,
                )  # fmt: skip
            word >>= 1
            i += 1


# ---------------------------------------------------------------- requests and leaving


@jit
def do_outside(count: Any, patient: Any, minutes: float, logged: bool, now: float) -> None:
    """Have others do a request outside protected hours; it counts, and may be logged."""
    captured = minutes if logged else 0.0
    patient.countable += minutes
    patient.captured += captured
    count.outside_items += 1
    learn(patient, captured, captured, now)


@jit
def die(
    count: Any, desk: Any, patients: Records, arrivals: Records, counters: Any, number: int
) -> None:
    """Take a patient off the panel at once; open items are dropped."""
    patient = patients[number]
    patient.enrolled = False
    if patient.item == OPEN:
        patient.item = IDLE
        count.dropped_items += 1
    i = desk.head
    while i >= 0:
        following = arrivals[i].next
        if arrivals[i].patient == number:
            unlink(desk, arrivals, i)
            free_arrival(counters, arrivals, i)
            count.dropped_items += 1
        i = following


# ---------------------------------------------------------------- duty


@jit
def next_change(who: Any, intervals: Records) -> float:
    """Return when somebody's duty next begins or ends this month, inf if it doesn't."""
    i = who.first + who.change // 2
    if i >= who.last:
        return np.inf
    return intervals[i].end if who.change % 2 else intervals[i].start


@jit
def change_duty(count: Any, who: Any, intervals: Records, holder: int) -> None:
    """Begin or end an on-duty interval; `holder` is the seat's today."""
    interval = intervals[who.first + who.change // 2]
    who.on_duty = who.change % 2 == 0
    who.change += 1
    count.duty_changes += 1
    if who.on_duty:
        who.duty_end, who.gross_end = interval.end, interval.gross_end
        who.next_gross_start = interval.next_gross_start
        who.holder = holder


# ---------------------------------------------------------------- service


@jit
def _begin(settings: Settings, count: Any, who: Any, patient: Any, now: float, minutes: float,
           countable: float, captured: float) -> None:  # fmt: skip
    """Enter the facts of a service that starts now."""
    patient.countable += countable
    patient.captured += captured
    who.countable, who.captured = countable, captured
    busy = minutes + settings.logging
    who.busy, who.end = True, now + busy
    who.worked += busy
    count.started_items += 1


@jit
def overtime(who: Any, intervals: Records, start: float) -> None:
    """Enter the part of a service that goes on after the end of duty."""
    in_duty = who.duty_end - start
    for i in range(who.first, who.last):
        if intervals[i].start >= who.duty_end:
            in_duty += max(0.0, min(who.end, intervals[i].end) - intervals[i].start)
    who.overtime += who.end - start - in_duty
    who.paid_overtime += rules.paid_overtime(start, who.end, who.gross_end, who.next_gross_start)


@jit
def start_request(
    settings: Settings, count: Any, who: Any, patient: Any, arrival: Any, month: int, now: float,
    entry_loss: float, minute_loss: float,
) -> None:  # fmt: skip
    """Start an inbound call or a care task."""
    who.kind, who.month, who.patient, who.answered = arrival.kind, month, arrival.patient, True
    if arrival.kind == rules.INBOUND:
        who.action = rules.CALL
        patient.in_contact = True
        count.inbound_taken += 1
    else:
        who.action = rules.CHART
        count.care_tasks_done += 1
    captured = rules.captured_minutes(arrival.minutes, arrival.capture, entry_loss, minute_loss)
    _begin(settings, count, who, patient, now, arrival.minutes, arrival.minutes, captured)


@jit
def start_outreach(
    settings: Settings, laws: Floats, tables: Floats, key: Key, count: Any, who: Any, patient: Any,
    number: int, familiar: bool, now: float, entry_loss: float, minute_loss: float,
) -> None:  # fmt: skip
    """Start a patient's open outreach-type item: a call or chart work."""
    patient.item = IN_SERVICE
    who.kind, who.action, who.month, who.patient = patient.kind, patient.action, key[2], number
    if patient.action == rules.CHART:
        minutes, captured = rules.chart_work(
            key[0], key[1], number, key[2], patient.charts, settings.target,
            known(settings, patient, now), settings.chart_cap, patient.charted, entry_loss,
            minute_loss,
        )  # fmt: skip
        patient.charts += 1
        patient.charted += minutes
        count.chart_work_done += 1
        who.answered = True
        _begin(settings, count, who, patient, now, minutes, minutes, captured)
        return
    morning = now % MINUTES_PER_DAY < NOON
    if who.seat < 0:
        person = settings.cover_factor
    else:
        person = 1.0 if familiar else settings.unfamiliar_factor
    answered, minutes, countable, captured = rules.call(
        laws, tables, (settings.call_row, settings.notes_row, settings.attempt_row), key[0],
        key[1], number, key[2], patient.attempts, patient.answer,
        settings.morning_factor if morning else settings.afternoon_factor, person,
        settings.scheduled_factor if patient.kind == rules.FOLLOW_UP else 1.0,
        settings.count_unanswered, entry_loss, minute_loss,
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
    _begin(settings, count, who, patient, now, minutes, countable, captured)


@jit
def complete(
    settings: Settings,
    count: Any,
    who: Any,
    desk: Any,
    entries: Records,
    patients: Records,
    members: Ints,
    falling: Ints,
    notes: Ints,
    familiar: Ints,
    month: int,
    day: int,
    days: int,
    now: float,
) -> None:
    """Complete a service: what is known changes, and what follows is noted.

    `day` is the latest business day of the month that has begun, −1 before the first.
    """
    patient = patients[who.patient]
    count.done_items += 1
    patient.last_seen = now
    if who.answered and who.action == rules.CALL and who.seat >= 0:
        seat = who.seat if familiar.shape[1] > 1 else 0
        familiar[who.patient, seat] = who.holder
    if who.month == month:
        if who.answered and who.kind != rules.CARE_TASK:
            patient.contacted = True
        if who.kind < rules.INBOUND:
            kind, action = rules.next_step(
                who.kind, who.action, who.answered, settings.followup, patient.calls,
                settings.max_attempts,
            )  # fmt: skip
            patient.item = IDLE
            then = day + (settings.retry_gap if kind == rules.RETRY else settings.followup_gap)
            if action != rules.NOTHING and then < days:
                note(notes, then, desk, patient, kind, action)
        learn(patient, who.countable, who.captured, now)
    if settings.order != rules.BY_RELEASE:
        reorder(settings, desk, entries, patients, members, falling, who.patient, now)
    who.busy = who.foreign = False


@jit
def losses_of_day(losses: Floats, mode: int, outage: bool) -> tuple[float, float]:
    """Return the entry and minute loss of a day: an outage makes it a day of late logging."""
    row = rules.END_OF_MONTH if outage else mode
    return losses[row, 0], losses[row, 1]


# ---------------------------------------------------------------- a day's arrivals


@jit
def _later(arrivals: Records, i: int, j: int) -> bool:
    first, second = arrivals[i], arrivals[j]
    return first.time > second.time or (first.time == second.time and first.order > second.order)


@jit
def gather(arrivals: Records, first: int, today: Ints, size: int) -> int:
    """Append a linked list of arrivals to the `size` first of `today`; return the new size."""
    while first >= 0:
        today[size] = first
        size += 1
        first = arrivals[first].next
    return size


@jit
def sort_arrivals(arrivals: Records, today: Ints, size: int) -> None:
    """Sort the `size` first of `today` by time and order (Shell's sort: they are few)."""
    gap = 1
    while 9 * gap < 4 * size:
        gap = (9 * gap) // 4 + 1
    while gap > 0:
        for k in range(gap, size):
            i = today[k]
            j = k
            while j >= gap and _later(arrivals, today[j - gap], i):
                today[j] = today[j - gap]
                j -= gap
            today[j] = i
        gap = (4 * gap) // 9 if gap > 1 else 0
