"""The rules with their random numbers: one call for everything that one event draws.

Comes in: a key (seed, replication, patient, month, number) and what a rule needs. Goes out: what
the rule decides with the uniforms of that key. For whoever goes event by event; the compiled
engine draws a month's uniforms side by side.
"""

from __future__ import annotations

import math

from ccmsim import rules
from ccmsim.compiling import jit
from ccmsim.memory import Handle
from ccmsim.sampling import normal_centre
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

TRAITS = STREAMS["patient_need"].number
LEAVING = STREAMS["leaving"].number
DEATH_INSTANT = STREAMS["death_instant"].number
OUTREACH = STREAMS["outreach"].number
REQUESTS = STREAMS["request_count"].number
CALL = STREAMS["call"].number
CALL_MINUTES = STREAMS["call_minutes"].number
CHART = STREAMS["chart_work"].number
CARE_PLAN = STREAMS["care_plan"].number
APPROACH = STREAMS["approach"].number
KIND = STREAMS["patient_kind"].number
MONEY = STREAMS["patient_money"].number
HOSPITAL = STREAMS["hospital"].number
HOSPITAL_STAY = STREAMS["hospital_stay"].number
PRACTITIONER = STREAMS["practitioner_time"].number
PRACTITIONER_RELEASE = STREAMS["practitioner_release"].number
PRACTITIONER_LOG = STREAMS["practitioner_log"].number


@jit
def call(
    laws: Handle,
    rows: tuple[int, ...],
    seed: int,
    replication: int,
    patient: int,
    month: int,
    number: int,
    answer: float,
    hour_factor: float,
    person_factor: float,
    call_factor: float,
    count_unanswered: bool,
    entry_loss: float,
    minute_loss: float,
) -> tuple[bool, float, float, float]:
    """Return `rules.call` of a patient's call `number` of a month."""
    u_answer, u_capture = uniforms(seed, replication, CALL, patient, month, number)
    u_minutes, u_notes = uniforms(seed, replication, CALL_MINUTES, patient, month, number)
    probability = rules.answer_probability(answer, hour_factor, person_factor, call_factor)
    return rules.call(
        laws, rows, (u_answer, u_capture, u_minutes, u_notes), normal_centre(u_minutes),
        probability, count_unanswered, entry_loss, minute_loss,
    )  # fmt: skip


@jit
def chart_work(
    seed: int,
    replication: int,
    patient: int,
    month: int,
    number: int,
    target: float,
    known: float,
    chart_cap: float,
    charted: float,
    entry_loss: float,
    minute_loss: float,
) -> tuple[float, float]:
    """Return (minutes, captured) of the patient's chart work `number` of a month."""
    u_capture, _ = uniforms(seed, replication, CHART, patient, month, number)
    minutes = rules.chart_minutes(target, known, chart_cap, charted)
    return minutes, rules.captured_minutes(minutes, u_capture, entry_loss, minute_loss)


@jit
def request(
    laws: Handle,
    row: int,
    seed: int,
    replication: int,
    streams: tuple[int, ...],
    patient: int,
    month: int,
    number: int,
    business_days: int,
    open_minutes: float,
    outside_share: float,
    outside_capture_share: float,
) -> tuple[int, float, float, bool, bool, float]:
    """Return (business day, *`rules.request`, the uniform of what of its service is captured).

    `streams` are the numbers of the kind's release, work and outside streams.
    """
    u_day, u_minute = uniforms(seed, replication, streams[0], patient, month, number)
    u_work, u_capture = uniforms(seed, replication, streams[1], patient, month, number)
    u_outside, u_logged = uniforms(seed, replication, streams[2], patient, month, number)
    minute, minutes, outside, logged = rules.request(
        laws, row, (u_minute, u_work, u_outside, u_logged), open_minutes, outside_share,
        outside_capture_share,
    )  # fmt: skip
    day = rules.request_day(business_days, u_day)
    return day, minute, minutes, outside, logged, u_capture


@jit
def practitioner_time(
    laws: Handle,
    row: int,
    seed: int,
    replication: int,
    patient: int,
    month: int,
    business_days: int,
    open_minutes: float,
    share: float,
    complex_ratio: float,
    complex_share: float,
    logged_share: float,
) -> tuple[int, float, float, bool]:
    """Return (business day, minutes after opening, minutes, logged) of the practitioner's time.

    The day is −1 where the patient's month has none. It is drawn as a request that others do.
    """
    u_happens, u_minutes = uniforms(seed, replication, PRACTITIONER, patient, month, 0)
    u_complex, _ = uniforms(seed, replication, KIND, patient, NO_MONTH, 0)
    is_complex = u_complex < complex_share
    if u_happens >= rules.practitioner_probability(share, complex_ratio, is_complex):
        return -1, 0.0, 0.0, False
    u_day, u_minute = uniforms(seed, replication, PRACTITIONER_RELEASE, patient, month, 0)
    u_logged, _ = uniforms(seed, replication, PRACTITIONER_LOG, patient, month, 0)
    minute, minutes, _, logged = rules.request(
        laws, row, (u_minute, u_minutes, 0.0, u_logged), open_minutes, 1.0, logged_share
    )
    return rules.request_day(business_days, u_day), minute, minutes, logged


@jit
def request_counts(
    seed: int, replication: int, patient: int, month: int, inbound_mean: float, care_mean: float
) -> tuple[int, int]:
    """Return how many inbound calls and care tasks a patient's month brings."""
    u_inbound, u_care = uniforms(seed, replication, REQUESTS, patient, month, 0)
    return (
        rules.request_count(inbound_mean, rules.no_request(inbound_mean), u_inbound),
        rules.request_count(care_mean, rules.no_request(care_mean), u_care),
    )


@jit
def outreach_day(
    seed: int, replication: int, patient: int, month: int, pattern: int, business_days: int
) -> int:
    """Return the business day of the month on which a patient's first call is released."""
    x, _ = uniforms(seed, replication, OUTREACH, patient, month, 0)
    return rules.release_day(pattern, business_days, x)


@jit
def patient_traits(
    laws: Handle,
    need_row: int,
    answer_row: int,
    seed: int,
    replication: int,
    patient: int,
) -> tuple[float, float]:
    """Return (need, answer probability) of a patient."""
    u_need, u_answer = uniforms(seed, replication, TRAITS, patient, NO_MONTH, 0)
    return rules.patient_traits(laws, need_row, answer_row, u_need, u_answer)


@jit
def death(
    seed: int,
    replication: int,
    patient: int,
    month: int,
    probability: float,
    start: float,
    end: float,
) -> float:
    """Return the instant in [start, end) at which a patient dies or moves, inf where not."""
    u, _ = uniforms(seed, replication, LEAVING, patient, month, 0)
    if u >= probability:
        return math.inf
    v, _ = uniforms(seed, replication, DEATH_INSTANT, patient, month, 0)
    return rules.instant_within(start, end, v)


@jit
def admission(
    seed: int,
    replication: int,
    patient: int,
    month: int,
    probability: float,
    start: float,
    end: float,
) -> float:
    """Return the instant in [start, end) at which a stay in hospital begins, inf where none."""
    u, v = uniforms(seed, replication, HOSPITAL, patient, month, 0)
    return rules.instant_within(start, end, v) if u < probability else math.inf


@jit
def stay_minutes(
    laws: Handle, row: int, seed: int, replication: int, patient: int, month: int
) -> float:
    """Return how long a patient's stay in hospital that begins in a month lasts."""
    u, _ = uniforms(seed, replication, HOSPITAL_STAY, patient, month, 0)
    return rules.stay_minutes(laws, row, u)


@jit
def opts_out(
    seed: int,
    replication: int,
    patient: int,
    month: int,
    base: float,
    ratio: float,
    silent: int,
    silent_months: int,
) -> bool:
    """Return whether a patient opts out at the month's end."""
    _, u = uniforms(seed, replication, LEAVING, patient, month, 0)
    return u < rules.opt_out_probability(base, ratio, silent, silent_months)


@jit
def care_plan(
    laws: Handle,
    row: int,
    seed: int,
    replication: int,
    patient: int,
    month: int,
    entry_loss: float,
    minute_loss: float,
) -> tuple[float, float]:
    """Return `rules.care_plan` of a patient's plan in a month."""
    u = uniforms(seed, replication, CARE_PLAN, patient, month, 0)
    return rules.care_plan(laws, row, u, entry_loss, minute_loss)


@jit
def approach(
    laws: Handle,
    rows: tuple[int, int],
    seed: int,
    replication: int,
    patient: int,
    month: int,
    number: int,
    probability: float,
) -> tuple[bool, float]:
    """Return `rules.approach` of the approach `number` of a month to somebody not enrolled."""
    u = uniforms(seed, replication, APPROACH, patient, month, number)
    return rules.approach(laws, rows, u, probability)


@jit
def care_level(
    seed: int,
    replication: int,
    patient: int,
    no_supplement: float,
    qmb: float,
    single_condition: float,
) -> int:
    """Return `rules.care_level` of a patient."""
    u_cover, _ = uniforms(seed, replication, MONEY, patient, NO_MONTH, 0)
    _, u_single = uniforms(seed, replication, KIND, patient, NO_MONTH, 0)
    is_qmb = no_supplement <= u_cover < no_supplement + qmb
    return rules.care_level(is_qmb, u_single, single_condition)
