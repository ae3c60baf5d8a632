"""The model's decisions, each a small pure function of numbers, compiled once and used by every engine.

Comes in: plain numbers. Goes out: plain numbers. Never keeps state, never knows which engine asks. The section
numbers in brackets are those of docs/model.md.
"""

from __future__ import annotations

import math
from typing import Final

from ccmsim.compiling import jit
from ccmsim.sampling import draw, duration, poisson, to_ticks
from ccmsim.streams import NO_MONTH, STREAMS, uniforms
from ccmsim.units import TICK_MINUTES

# Kinds of work items: the order in which one patient's items of one instant are released.
OUTREACH: Final = 0
RETRY: Final = 1
FOLLOW_UP: Final = 2
FINAL_PUSH: Final = 3
INBOUND: Final = 4
CARE_TASK: Final = 5
ITEM_KINDS: Final = ("outreach", "retry", "follow_up", "final_push", "inbound", "care_task")

# What a coordinator does for an outreach-type item.
NOTHING: Final = 0
CALL: Final = 1
CHART: Final = 2

# Positions in the scenario's lists of choices.
EVEN, FRONT_LOADED, BACK_LOADED, FIRST_DAY = range(4)
FOLLOWUP_CALL, FOLLOWUP_CHART, FOLLOWUP_CALL_THEN_CHART = range(3)
REAL_TIME, END_OF_DAY, END_OF_MONTH = range(3)
BY_RELEASE, CLOSEST_TO_THRESHOLD, LONGEST_UNSEEN = range(3)

# Status of a patient-month; the reasons of a missed month follow in this order (section 6).
BILLABLE: Final = 0
REASONS: Final = (
    "not_claimable",
    "undocumented",
    "lost_capture",
    "short",
    "unreached",
    "no_attempt_off_duty",
    "no_attempt_backlog",
)
NOT_CLAIMABLE, UNDOCUMENTED, LOST_CAPTURE, SHORT, UNREACHED, OFF_DUTY, BACKLOG = range(1, 8)
NOT_ENROLLED: Final = -1

_TRAITS = STREAMS["patient_need"].number
_LEAVING = STREAMS["leaving"].number
_DEATH_INSTANT = STREAMS["death_instant"].number
_OUTREACH = STREAMS["outreach"].number
_REQUESTS = STREAMS["request_count"].number
_CALL = STREAMS["call"].number
_CALL_MINUTES = STREAMS["call_minutes"].number
_CHART = STREAMS["chart_work"].number


@jit
def release_day(pattern, business_days, x):  # type: ignore[no-untyped-def]
    """Return the business day of the month, from 0, on which the first call is released [4].

    Parameters
    ----------
    pattern : int
        EVEN, FRONT_LOADED, BACK_LOADED or FIRST_DAY.
    business_days : int
        Business days of the month, at least 1.
    x : float
        The patient-month's uniform.

    Examples
    --------
    >>> [release_day(pattern, 20, 0.5) for pattern in (EVEN, FRONT_LOADED, BACK_LOADED, FIRST_DAY)]
    [10, 5, 15, 0]
    """
    if pattern == EVEN:
        share = x
    elif pattern == FRONT_LOADED:
        share = x * x
    elif pattern == BACK_LOADED:
        share = 1.0 - (1.0 - x) * (1.0 - x)
    else:
        share = 0.0
    return min(int(math.floor(business_days * share)), business_days - 1)


@jit
def known_minutes(mode, captured, own, excess, excess_day, today):  # type: ignore[no-untyped-def]
    """Return the minutes that staff know of, for decisions about more work [4].

    Parameters
    ----------
    mode : int
        Capture mode of the scenario.
    captured, own : float
        Captured minutes so far; minutes as the coordinators remember them.
    excess : float
        own − captured of the entries completed on day `excess_day`.
    excess_day, today : int
        Days since the first simulated day.
    """
    if mode == REAL_TIME:
        return captured
    if mode == END_OF_MONTH:
        return own
    return captured + excess if excess_day == today else captured


@jit
def next_step(kind, action, answered, followup, attempts, max_attempts):  # type: ignore[no-untyped-def]
    """Return (kind, wanted action) of what is noted after a call or chart work; NOTHING when nothing is [4].

    `attempts` counts the month's outgoing calls, the final push aside.
    """
    if action == CALL and not answered:
        if kind == FOLLOW_UP and followup == FOLLOWUP_CALL_THEN_CHART:
            return FOLLOW_UP, CHART
        if attempts < max_attempts:
            return RETRY, CALL
        return RETRY, NOTHING
    if followup == FOLLOWUP_CHART:
        return FOLLOW_UP, CHART
    return FOLLOW_UP, CALL


@jit
def released_action(  # type: ignore[no-untyped-def]
    kind, wanted, followup, known, target, attempts, max_attempts, charted, chart_cap
):
    """Return what a noted retry or follow-up becomes at its release: CALL, CHART or NOTHING [4]."""
    if known >= target:
        return NOTHING
    if wanted == CALL:
        if attempts < max_attempts:
            return CALL
        if kind != FOLLOW_UP or followup != FOLLOWUP_CALL_THEN_CHART:
            return NOTHING
    return CHART if charted < chart_cap else NOTHING


@jit
def push_action(followup, contacted, without_contact, charted, chart_cap):  # type: ignore[no-untyped-def]
    """Return what the final push is: CALL, or CHART where the patient was in contact and the cap has room [4]."""
    if followup == FOLLOWUP_CALL:
        return CALL
    return CHART if (contacted or without_contact) and charted < chart_cap else CALL


@jit
def chart_minutes(target, known, chart_cap, charted):  # type: ignore[no-untyped-def]
    """Return the minutes of chart work: what is missing, within what is left of the month's cap [4]."""
    return duration(min(target - known, chart_cap - charted))


@jit
def captured_minutes(countable, u, entry_loss, minute_loss):  # type: ignore[no-untyped-def]
    """Return what of an entry's countable minutes ends up in the time log [6]."""
    if u < entry_loss:
        return 0.0
    return to_ticks(countable * (1.0 - minute_loss))


@jit
def answer_probability(patient, hour_factor, person_factor, call_factor):  # type: ignore[no-untyped-def]
    """Return the probability that a call is answered, within [0, 1] [4]."""
    return min(1.0, max(0.0, patient * hour_factor * person_factor * call_factor))


@jit
def call(  # type: ignore[no-untyped-def]
    laws, tables, rows, seed, replication, patient, month, number,
    probability, count_unanswered, entry_loss, minute_loss,
):  # fmt: skip
    """Return (answered, minutes, countable, captured) of the patient's call `number` of a month [4, 6].

    Parameters
    ----------
    laws, tables : ndarray
        The scenario's compiled distributions.
    rows : tuple of int
        Rows of the call's, the notes' and the unanswered attempt's minutes.
    """
    u_answer, u_capture = uniforms(seed, replication, _CALL, patient, month, number)
    u_minutes, u_notes = uniforms(seed, replication, _CALL_MINUTES, patient, month, number)
    if u_answer < probability:
        minutes = duration(draw(laws, tables, rows[0], u_minutes))
        minutes += duration(draw(laws, tables, rows[1], u_notes))
        return True, minutes, minutes, captured_minutes(minutes, u_capture, entry_loss, minute_loss)
    minutes = duration(draw(laws, tables, rows[2], u_minutes))
    if count_unanswered:
        return False, minutes, minutes, captured_minutes(minutes, u_capture, entry_loss, minute_loss)
    return False, minutes, 0.0, 0.0


@jit
def chart_work(  # type: ignore[no-untyped-def]
    seed, replication, patient, month, number, target, known, chart_cap, charted, entry_loss, minute_loss
):  # fmt: skip
    """Return (minutes, captured) of the patient's chart work `number` of a month [4, 6]."""
    u_capture, _ = uniforms(seed, replication, _CHART, patient, month, number)
    minutes = chart_minutes(target, known, chart_cap, charted)
    return minutes, captured_minutes(minutes, u_capture, entry_loss, minute_loss)


@jit
def work_capture(seed, replication, stream, patient, month, number, minutes, entry_loss, minute_loss):  # type: ignore[no-untyped-def]
    """Return the captured minutes of an inbound call or care task done by a coordinator [6]."""
    _, u_capture = uniforms(seed, replication, stream, patient, month, number)
    return captured_minutes(minutes, u_capture, entry_loss, minute_loss)


@jit
def request(  # type: ignore[no-untyped-def]
    laws, tables, row, seed, replication, streams, patient, month, number,
    business_days, open_minutes, outside_share, outside_capture_share,
):  # fmt: skip
    """Return (business day of the month, minutes after opening, minutes, outside, logged) of a request [4].

    Parameters
    ----------
    streams : tuple of int
        Numbers of the kind's release, work and outside streams.
    open_minutes : float
        Length of the clinic's day.
    """
    u_day, u_minute = uniforms(seed, replication, streams[0], patient, month, number)
    u_work, _ = uniforms(seed, replication, streams[1], patient, month, number)
    u_outside, u_logged = uniforms(seed, replication, streams[2], patient, month, number)
    day = min(int(math.floor(business_days * u_day)), business_days - 1)
    minutes = duration(draw(laws, tables, row, u_work))
    outside = u_outside < outside_share
    logged = u_logged < outside_capture_share
    return day, to_ticks(open_minutes * u_minute), minutes, outside, logged


@jit
def request_order(order, known, target, last_seen):  # type: ignore[no-untyped-def]
    """Return the rank of an outreach-type item under the worklist order; smaller comes first [5]."""
    if order == CLOSEST_TO_THRESHOLD:
        return target - known if known < target else math.inf
    if order == LONGEST_UNSEEN:
        return last_seen
    return 0.0


@jit
def paid_overtime(start, end, gross_end, next_gross_start):  # type: ignore[no-untyped-def]
    """Return the minutes of a service beyond the gross end of its shift and before the next shift [5]."""
    return max(0.0, min(end, next_gross_start) - max(gross_end, start))


@jit
def opt_out_probability(base, ratio, silent, silent_months):  # type: ignore[no-untyped-def]
    """Return the probability that a patient opts out at a month's end [2]."""
    return min(1.0, base * ratio) if silent >= silent_months else base


@jit
def fault_onset(prevalence, mended):  # type: ignore[no-untyped-def]
    """Return the monthly probability of a new lasting fault that keeps its prevalence steady [6]."""
    return min(1.0, mended * prevalence / (1.0 - prevalence))


@jit
def status(  # type: ignore[no-untyped-def]
    claimable, documented, captured, countable, threshold, served, attempts, on_duty, template
):
    """Return the status of a patient-month: BILLABLE, or the first thing that stood in its way [6].

    Parameters
    ----------
    served : int
        Answered calls and chart work of the month.
    on_duty, template : float
        Minutes of the patient's owner from the day of the outreach's release to the month's end.
    """
    if not claimable:
        return NOT_CLAIMABLE
    if captured >= threshold:
        return BILLABLE if documented else UNDOCUMENTED
    if countable >= threshold:
        return LOST_CAPTURE
    if served > 0:
        return SHORT
    if attempts > 0:
        return UNREACHED
    return OFF_DUTY if 2.0 * on_duty < template else BACKLOG


@jit
def request_counts(seed, replication, patient, month, inbound_mean, care_mean):  # type: ignore[no-untyped-def]
    """Return how many inbound calls and care tasks a patient's month brings [4]."""
    u_inbound, u_care = uniforms(seed, replication, _REQUESTS, patient, month, 0)
    return int(poisson(inbound_mean, u_inbound)), int(poisson(care_mean, u_care))


@jit
def outreach_day(seed, replication, patient, month, pattern, business_days):  # type: ignore[no-untyped-def]
    """Return the business day of the month on which a patient's first call is released [4]."""
    x, _ = uniforms(seed, replication, _OUTREACH, patient, month, 0)
    return release_day(pattern, business_days, x)


@jit
def patient_traits(laws, tables, need_row, answer_row, seed, replication, patient):  # type: ignore[no-untyped-def]
    """Return (need, answer probability) of a patient [2]."""
    u_need, u_answer = uniforms(seed, replication, _TRAITS, patient, NO_MONTH, 0)
    return draw(laws, tables, need_row, u_need), draw(laws, tables, answer_row, u_answer)


@jit
def death(seed, replication, patient, month, probability, start, end):  # type: ignore[no-untyped-def]
    """Return the instant in [start, end) at which a patient dies or moves away, inf where not [2]."""
    u, _ = uniforms(seed, replication, _LEAVING, patient, month, 0)
    if u >= probability:
        return math.inf
    v, _ = uniforms(seed, replication, _DEATH_INSTANT, patient, month, 0)
    return start + min(to_ticks((end - start) * v), end - start - TICK_MINUTES)


@jit
def opts_out(seed, replication, patient, month, base, ratio, silent, silent_months):  # type: ignore[no-untyped-def]
    """Return whether a patient opts out at the month's end [2]."""
    _, u = uniforms(seed, replication, _LEAVING, patient, month, 0)
    return u < opt_out_probability(base, ratio, silent, silent_months)
