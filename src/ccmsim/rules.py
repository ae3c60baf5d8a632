"""The model's decisions: small pure functions of numbers, compiled once, used by every engine.

Comes in: plain numbers. Goes out: plain numbers. Never keeps state, never knows which engine asks.
The section numbers in brackets are those of docs/model.md.
"""

from __future__ import annotations

import math
from typing import Final

from ccmsim.compiling import jit
from ccmsim.memory import Handle
from ccmsim.sampling import draw, duration, poisson_from, to_ticks
from ccmsim.units import MINUTES_PER_DAY, TICK_MINUTES

# Kinds of work items: the order in which one patient's items of one instant are released.
OUTREACH: Final = 0
RETRY: Final = 1
FOLLOW_UP: Final = 2
FINAL_PUSH: Final = 3
INBOUND: Final = 4
CARE_TASK: Final = 5
APPROACH: Final = 6
PRACTITIONER: Final = 7
ITEM_KINDS: Final = (
    "outreach", "retry", "follow_up", "final_push", "inbound", "care_task", "approach",
    "practitioner",
)  # fmt: skip

# What a coordinator does for an outreach-type item.
NOTHING: Final = 0
CALL: Final = 1
CHART: Final = 2
PLAN: Final = 3

MOST_REQUESTS: Final = 700.0
"""The largest mean number of requests of one kind in a patient's month."""

_AFTER_THE_SHORT: Final = 2.0**40
"""More minutes than anybody is short of a target."""

# Positions in the scenario's lists of choices.
EVEN, FRONT_LOADED, BACK_LOADED, FIRST_DAY = range(4)
FOLLOWUP_CALL, FOLLOWUP_CHART, FOLLOWUP_CALL_THEN_CHART = range(3)
REAL_TIME, END_OF_DAY, END_OF_MONTH = range(3)
BY_RELEASE, CLOSEST_TO_THRESHOLD, LONGEST_UNSEEN = range(3)
CARE_FIRST, ENROLLMENT_FIRST, WEEKLY_QUOTA = range(3)

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

STAGES: Final = ("early", "growth", "mature")
"""Of a programme, by its enrolled patients, in the order of their numbers (section 2)."""

# Why a month may not be claimed, and for want of what it is undocumented: the first that applies.
BARS: Final = ("by_rule", "supervision", "consent")
CLAIMABLE, BY_RULE, NO_SUPERVISION, NO_CONSENT = range(-1, 3)
ELEMENTS: Final = ("other", "care_plan", "time_log", "access", "supervision")
COMPLETE, OTHER, CARE_PLAN, TIME_LOG, ACCESS, SUPERVISION = range(-1, 5)


@jit
def release_day(pattern: int, business_days: int, x: float) -> int:
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
    return min(math.floor(business_days * share), business_days - 1)


@jit
def known_minutes(
    mode: int, captured: float, own: float, excess: float, excess_day: int, today: int
) -> float:
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
def next_step(
    kind: int, action: int, answered: bool, followup: int, attempts: int, max_attempts: int
) -> tuple[int, int]:
    """Return (kind, wanted action) of what is noted after a call or chart work [4].

    The action is NOTHING when nothing is noted. `attempts` counts the month's outgoing calls, the
    final push aside.
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
def released_action(
    kind: int,
    wanted: int,
    followup: int,
    known: float,
    target: float,
    attempts: int,
    max_attempts: int,
    charted: float,
    chart_cap: float,
) -> int:
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
def push_day(business_days: int, push_days: int) -> int:
    """Return the business day of the month, from 0, of the final push [4].

    Examples
    --------
    >>> push_day(20, 3), push_day(2, 3)
    (17, 0)
    """
    return max(0, business_days - push_days)


@jit
def push_action(
    followup: int, contacted: bool, without_contact: bool, charted: float, chart_cap: float
) -> int:
    """Return what the final push is: CHART after contact while the cap has room, else CALL [4]."""
    if followup == FOLLOWUP_CALL:
        return CALL
    return CHART if (contacted or without_contact) and charted < chart_cap else CALL


@jit
def chart_minutes(target: float, known: float, chart_cap: float, charted: float) -> float:
    """Return the minutes of chart work: what is missing, within the rest of the cap [4]."""
    return duration(min(target - known, chart_cap - charted))


@jit
def captured_minutes(countable: float, u: float, entry_loss: float, minute_loss: float) -> float:
    """Return what of an entry's countable minutes ends up in the time log [6]."""
    if u < entry_loss:
        return 0.0
    return to_ticks(countable * (1.0 - minute_loss))


@jit
def call_factor(kind: int, booked: bool, scheduled_factor: float) -> float:
    """Return what multiplies the answer probability of a kind of call [4].

    `booked` says that the month's first call was agreed upon in a call of last month.
    """
    if kind == FOLLOW_UP or (kind == OUTREACH and booked):
        return scheduled_factor
    return 1.0


@jit
def answer_probability(
    patient: float, hour_factor: float, person_factor: float, call_factor: float
) -> float:
    """Return the probability that a call is answered, within [0, 1] [4]."""
    return min(1.0, max(0.0, patient * hour_factor * person_factor * call_factor))


@jit
def call(
    laws: Handle,
    rows: tuple[int, ...],
    u: tuple[float, float, float, float],
    probability: float,
    count_unanswered: bool,
    entry_loss: float,
    minute_loss: float,
) -> tuple[bool, float, float, float]:
    """Return (answered, minutes, countable, captured) of a call [4, 6].

    Parameters
    ----------
    laws : record of LAWS
        The scenario's compiled distributions.
    rows : tuple of int
        Rows of the call's, the notes' and the unanswered attempt's minutes.
    u : tuple of float
        The call's uniforms: answered, capture, call or attempt, notes.
    probability : float
        From `answer_probability`.
    """
    if u[0] < probability:
        minutes = duration(draw(laws, rows[0], u[2]))
        minutes += duration(draw(laws, rows[1], u[3]))
        return True, minutes, minutes, captured_minutes(minutes, u[1], entry_loss, minute_loss)
    minutes = duration(draw(laws, rows[2], u[2]))
    if count_unanswered:
        captured = captured_minutes(minutes, u[1], entry_loss, minute_loss)
        return False, minutes, minutes, captured
    return False, minutes, 0.0, 0.0


@jit
def request_day(business_days: int, u: float) -> int:
    """Return the business day of the month, from 0, on which a request is released [4]."""
    return min(math.floor(business_days * u), business_days - 1)


@jit
def request(
    laws: Handle,
    row: int,
    u: tuple[float, float, float, float],
    open_minutes: float,
    outside_share: float,
    outside_capture_share: float,
) -> tuple[float, float, bool, bool]:
    """Return (minutes after opening, minutes, outside, logged) of a request [4].

    Parameters
    ----------
    row : int
        Row of the law of its minutes.
    u : tuple of float
        The request's uniforms: clinic minute, minutes, done outside, logged.
    open_minutes : float
        Length of the clinic's day.
    """
    minute = min(to_ticks(open_minutes * u[0]), open_minutes - TICK_MINUTES)
    minutes = duration(draw(laws, row, u[1]))
    return minute, minutes, u[2] < outside_share, u[3] < outside_capture_share


@jit
def practitioner_probability(share: float, complex_ratio: float, is_complex: bool) -> float:
    """Return the probability that a patient's month has time of the practitioner's own [4].

    Examples
    --------
    >>> practitioner_probability(0.4, 3.0, False), practitioner_probability(0.4, 3.0, True)
    (0.4, 1.0)
    """
    return min(1.0, share * complex_ratio) if is_complex else share


@jit
def current_target(known: float, target: float, steps: int, within: float, each: float) -> float:
    """Return the minutes that staff work towards now: the target, or an add-on unit's [4].

    Parameters
    ----------
    known : float
        Minutes that staff know of.
    target : float
        Of the first code.
    steps : int
        Add-on units for which staff go on.
    within : float
        Staff go on only if no more minutes are missing.
    each : float
        Minutes of an add-on unit.

    Examples
    --------
    >>> [current_target(known, 22.0, 1, 8.0, 20.0) for known in (21.0, 33.0, 34.0, 60.0)]
    [22.0, 22.0, 42.0, 42.0]
    """
    while steps > 0 and known >= target and target + each - known <= within:
        target += each
        steps -= 1
    return target


@jit
def request_order(order: int, known: float, target: float, goal: float, last_seen: float) -> float:
    """Return the rank of an outreach-type item in the worklist; smaller comes first [5].

    Parameters
    ----------
    target, goal : float
        Minutes of the first code's target, and `current_target`: who goes on to an add-on unit
        comes after everybody who is short of the first code.
    """
    if order == CLOSEST_TO_THRESHOLD:
        if known >= goal:
            return math.inf
        return goal - known if known < target else _AFTER_THE_SHORT + (goal - known)
    if order == LONGEST_UNSEEN:
        return last_seen
    return 0.0


@jit
def overfull(items: int, most: int) -> bool:
    """Return whether a worklist holds so much at opening that the backup helps all day [5].

    Parameters
    ----------
    items : int
        Its open items, approaches aside.
    most : int
        Items beyond which they help; below 0: never.

    Examples
    --------
    >>> overfull(30, 30), overfull(31, 30), overfull(31, -1)
    (False, True, False)
    """
    return 0 <= most < items


@jit
def load_absence_factor(
    patients: int, on_duty_minutes: float, norm: float, elasticity: float, most: float
) -> float:
    """Return what multiplies a month's probability of sick spells [3].

    Parameters
    ----------
    patients : int
        Enrolled at the start of the month before.
    on_duty_minutes : float
        Of all seats in the month before.
    norm : float
        Patients an on-duty hour up to which the factor is 1.
    elasticity, most : float

    Examples
    --------
    >>> load_absence_factor(270, 6000.0, 1.8, 0.5, 3.0)
    1.25
    """
    if on_duty_minutes <= 0.0:
        return most
    load = 60.0 * patients / on_duty_minutes / norm
    return min(most, max(1.0, 1.0 + elasticity * (load - 1.0)))


@jit
def paid_overtime(start: float, end: float, gross_end: float, next_gross_start: float) -> float:
    """Return a service's minutes beyond its shift's gross end and before the next shift [5]."""
    return max(0.0, min(end, next_gross_start) - max(gross_end, start))


@jit
def opt_out_base(base: float, ratio: float, joined: int, month: int, early_months: int) -> float:
    """Return the probability of opting out of a patient who is not silent [2].

    `joined` is the month in which the patient was enrolled, below 0 on the first day.
    """
    if joined >= 0 and month - joined < early_months:
        return min(1.0, base * ratio)
    return base


@jit
def opt_out_probability(base: float, ratio: float, silent: int, silent_months: int) -> float:
    """Return the probability that a patient opts out at a month's end [2]."""
    return min(1.0, base * ratio) if silent >= silent_months else base


@jit
def care_level(is_qmb: bool, u_single: float, single_condition: float) -> int:
    """Return a patient's level of advanced primary care [7].

    1 with one condition or none, QMB or not; with two or more 3 for QMB patients, else 2.

    Examples
    --------
    >>> [care_level(is_qmb, u, 0.1) for is_qmb, u in ((False, 0.0), (True, 0.0), (True, 0.5))]
    [1, 1, 3]
    """
    if u_single < single_condition:
        return 1
    return 3 if is_qmb else 2


@jit
def under_apcm(level: int, from_level: int) -> bool:
    """Return whether a patient whose programme is their own is under `apcm`, not `ccm` [7].

    One condition is too few for chronic care management.

    Examples
    --------
    >>> [under_apcm(level, 3) for level in (1, 2, 3)]
    [True, False, True]
    """
    return level == 1 or level >= from_level


@jit
def fault_onset(prevalence: float, mended: float) -> float:
    """Return the monthly probability of a new fault that keeps the prevalence steady [6]."""
    return min(1.0, mended * prevalence / (1.0 - prevalence))


@jit
def lacking_element(u: float, time_log: float, access: float, any_element: float) -> int:
    """Return the first element that a month's record lacks; COMPLETE without one [6].

    Parameters
    ----------
    u : float
        The patient-month's uniform.
    time_log, access, any_element : float
        Probability that the first, one of the first two, one of all is lacking.
    """
    if u >= any_element:
        return COMPLETE
    if u < time_log:
        return TIME_LOG
    return ACCESS if u < access else SUPERVISION


@jit
def missing_element(lacking: int, plan_missing: bool, noticed: bool) -> int:
    """Return for want of which element a month is undocumented; COMPLETE without one [6].

    Parameters
    ----------
    lacking : int
        OTHER, an element of the month's record, or COMPLETE.
    plan_missing : bool
        Always seen.
    noticed : bool
        Whether somebody sees before billing what is lacking.
    """
    if lacking == OTHER and noticed:
        return OTHER
    if plan_missing:
        return CARE_PLAN
    return lacking if noticed else COMPLETE


@jit
def first_bar(by_rule: bool, unsupervised: bool, no_consent: bool) -> int:
    """Return why a month may not be claimed; CLAIMABLE if it may [6]."""
    if by_rule:
        return BY_RULE
    if unsupervised:
        return NO_SUPERVISION
    return NO_CONSENT if no_consent else CLAIMABLE


@jit
def audit_month(month: int, every: int) -> int:
    """Return the month at whose end the practice's own audit reviews a month [6].

    Examples
    --------
    >>> [audit_month(month, 3) for month in (0, 2, 3)]
    [2, 2, 5]
    """
    return (month // every + 1) * every - 1


@jit
def mending_probability(month: int, mended: float, every: int, found: float) -> float:
    """Return the probability that a lasting fault is mended in a month [6].

    Parameters
    ----------
    mended : float
        Without audits.
    every : int
        Months from one audit of the practice's own to the next; 0: none.
    found : float
        Probability that an audit finds the fault.
    """
    if every == 0 or month != audit_month(month, every):
        return mended
    return 1.0 - (1.0 - mended) * (1.0 - found)


@jit
def reached(
    staff: float, practitioner: float, threshold: float, own_threshold: float, as_staff: bool
) -> bool:
    """Return whether a month's minutes are enough for a first code [6].

    Parameters
    ----------
    staff, practitioner : float
        Minutes of clinical staff, and of the practitioner.
    threshold, own_threshold : float
        Of the staff's first code, and of the practitioner's.
    as_staff : bool
        Whether the practitioner's minutes may count as staff's.

    Examples
    --------
    >>> [reached(12.0, own, 20.0, 30.0, as_staff) for own, as_staff in ((8.0, False), (8.0, True))]
    [False, True]
    """
    if staff >= threshold or practitioner >= own_threshold:
        return True
    return as_staff and staff + practitioner >= threshold


@jit
def status(
    claimable: bool,
    documented: bool,
    captured: bool,
    countable: bool,
    served: int,
    attempts: int,
    on_duty: float,
    template: float,
) -> int:
    """Return the status of a patient-month: BILLABLE, or the first thing that stood in its way [6].

    Parameters
    ----------
    captured, countable : bool
        Whether these minutes are enough, by `reached`.
    served : int
        Answered calls and chart work of the month.
    on_duty, template : float
        Minutes of the patient's owner from the day of the outreach's release to the month's end.
    """
    if not claimable:
        return NOT_CLAIMABLE
    if captured:
        return BILLABLE if documented else UNDOCUMENTED
    if countable:
        return LOST_CAPTURE
    if served > 0:
        return SHORT
    if attempts > 0:
        return UNREACHED
    return OFF_DUTY if 2.0 * on_duty < template else BACKLOG


@jit
def no_request(mean: float) -> float:
    """Return the probability that a month brings a patient no inbound call, or no care task [4].

    A mean above `MOST_REQUESTS` counts as that.
    """
    return math.exp(-min(mean, MOST_REQUESTS))


@jit
def request_count(mean: float, none: float, u: float) -> int:
    """Return how many inbound calls, or care tasks, a patient's month brings [4].

    Parameters
    ----------
    mean : float
        One above `MOST_REQUESTS` counts as that.
    none : float
        `no_request(mean)`.
    u : float
        The patient-month's uniform.
    """
    return int(poisson_from(min(mean, MOST_REQUESTS), none, u))


@jit
def patient_traits(
    laws: Handle, need_row: int, answer_row: int, u_need: float, u_answer: float
) -> tuple[float, float]:
    """Return (need, answer probability) of a patient [2]."""
    return draw(laws, need_row, u_need), draw(laws, answer_row, u_answer)


@jit
def stay_minutes(laws: Handle, row: int, u: float) -> float:
    """Return how long a stay in hospital lasts [2]."""
    return duration(draw(laws, row, u) * MINUTES_PER_DAY)


@jit
def in_hospital(now: float, home_from: float, admitted: float, discharged: float) -> bool:
    """Return whether a patient is in hospital at an instant [2].

    Parameters
    ----------
    home_from : float
        When the last of the stays that began in earlier months ends; 0 without any.
    admitted, discharged : float
        The stay that begins in the present month; both −1 without one.
    """
    return now < home_from or admitted <= now < discharged


@jit
def instant_within(start: float, end: float, u: float) -> float:
    """Return the instant in [start, end) of a death, or of an admission to hospital [2]."""
    return start + min(to_ticks((end - start) * u), end - start - TICK_MINUTES)


@jit
def care_plan(
    laws: Handle, row: int, u: tuple[float, float], entry_loss: float, minute_loss: float
) -> tuple[float, float]:
    """Return (minutes, captured) of a care plan [2].

    Parameters
    ----------
    row : int
        Row of the law of its minutes.
    u : tuple of float
        Its uniforms: minutes, capture.
    """
    minutes = duration(draw(laws, row, u[0]))
    return minutes, captured_minutes(minutes, u[1], entry_loss, minute_loss)


@jit
def pauses_enrollment(enough: int, enrolled: int, below: float) -> bool:
    """Return whether nobody is asked to enroll in a month, for how the month before went [2].

    Parameters
    ----------
    enough, enrolled : int
        Patients of the month before whose captured minutes suffice, and all of them.
    below : float
        The share of them below which the practice pauses; 0: never.

    Examples
    --------
    >>> (
    ...     pauses_enrollment(69, 100, 0.7),
    ...     pauses_enrollment(70, 100, 0.7),
    ...     pauses_enrollment(0, 0, 0.7),
    ... )
    (True, False, False)
    """
    return enrolled > 0 and enough / enrolled < below


@jit
def approach_day(place: int, people: int, business_days: int) -> int:
    """Return the business day, from 0, on which the `place`-th of a month's people is called [2].

    Examples
    --------
    >>> [approach_day(k, 5, 20) for k in range(5)]
    [0, 4, 8, 12, 16]
    """
    return business_days * place // people


@jit
def approach(
    laws: Handle, rows: tuple[int, int], u: tuple[float, float], probability: float
) -> tuple[bool, float]:
    """Return (answered, minutes) of an approach [2].

    Parameters
    ----------
    rows : tuple of int
        Rows of the talk's and of the unanswered attempt's minutes.
    u : tuple of float
        The approach's uniforms: answered, minutes.
    probability : float
        From `answer_probability`; 1 at a visit.
    """
    answered = u[0] < probability
    return answered, duration(draw(laws, rows[0] if answered else rows[1], u[1]))


@jit
def approach_first(policy: int, spent: float, quota: float) -> bool:
    """Return whether approaches come before outreach-type items [5].

    `spent` are the coordinator's approach minutes of this calendar week.
    """
    return policy == ENROLLMENT_FIRST or (policy == WEEKLY_QUOTA and spent < quota)


@jit
def week(now: float, monday: float) -> int:
    """Return the number of the calendar week of an instant.

    `monday` are the minutes from the midnight that begins a Monday to the clock's start.
    """
    return math.floor((now + monday) / (7.0 * MINUTES_PER_DAY))


@jit
def consent_probability(share: float, odds_ratio: float, supplemental: bool) -> float:
    """Return the probability of consent in a talk [2].

    Examples
    --------
    >>> round(consent_probability(0.6, 0.5, False), 4)
    0.4286
    """
    if supplemental:
        return share
    return odds_ratio * share / (1.0 - share + odds_ratio * share)


@jit
def eligible_among_others(share: float, patients: int, enrolled: int) -> float:
    """Return the share of eligible people among those who are not enrolled at the start [2].

    Everybody enrolled is eligible.

    Examples
    --------
    >>> eligible_among_others(0.5, 600, 100)
    0.4
    """
    if patients == enrolled:
        return 0.0
    return max(0.0, share * patients - enrolled) / (patients - enrolled)


@jit
def stage(enrolled: int, early_below: int, mature_from: int) -> int:
    """Return a month's stage by the enrolled patients at its start: 0 early, 1 growth, 2 mature.

    Examples
    --------
    >>> [stage(enrolled, 50, 200) for enrolled in (49, 50, 200)]
    [0, 1, 2]
    """
    if enrolled < early_below:
        return 0
    return 2 if enrolled >= mature_from else 1
