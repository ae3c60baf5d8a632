"""The judgement of each patient-month: billable, or the first thing that stands in its way.

Comes in: the facts of a replication. Goes out: its statuses, and what lies behind each. Section 6
of docs/model.md. After the fact: no engine's work depends on it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Floats, Ints, Records, Statuses
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.ledger import (
    BLOCK,
    Facts,
    Scratch,
    draw_block,
    first_codes,
    list_block,
    new_scratch,
)
from ccmsim.engine.settings import Settings
from ccmsim.engine.supervision import vacancies
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

_OUTREACH = STREAMS["outreach"].number
_DOCUMENTATION = STREAMS["documentation"].number
_ELEMENT = STREAMS["element"].number
_CONSENT = STREAMS["consent"].number
_CONSENT_MENDED = STREAMS["consent_mended"].number
_INTERNAL_AUDIT = STREAMS["internal_audit"].number
_MONEY = STREAMS["patient_money"].number

_COIN, _FAULT, _UNUSED, _CLAIMABLE = range(4)
"""Planes of a block's uniforms."""

DEFECTIVE: Final = 1
"""Flag in the detail of a billable patient-month: the claim lacks what nobody noticed."""
FOUND: Final = 2
"""Flag: billable by the practice's own audit only, with countable as captured minutes."""


class Judgement(NamedTuple):
    """The judgement of N patient-months."""

    status: Statuses
    """(N,) `rules.BILLABLE` or a reason."""
    detail: Statuses
    """(N,) not claimable: number in `rules.BARS`; undocumented: in `rules.ELEMENTS`; else flags."""


class Faults(NamedTuple):
    """How often documentation lacks something, and how often a lasting fault begins."""

    prevalence: float
    onset: float


@inner
def faults_of(settings: Settings) -> Faults:
    """Return a scenario's faults."""
    prevalence = settings.failure / 2.0
    return Faults(prevalence, rules.fault_onset(prevalence, settings.mended))


@inner
def draw_judgement(
    settings: Settings, seed: int, replication: int, size: int, scratch: Scratch
) -> None:
    """Draw what judging the listed patient-months needs."""
    if settings.failure > 0.0:
        draw_block(seed, replication, _DOCUMENTATION, size, _COIN, scratch)
    if settings.not_claimable > 0.0:
        draw_block(seed, replication, _OUTREACH, size, _UNUSED, scratch)


@inner
def judge_row(
    row: Any,
    k: int,
    settings: Settings,
    faults: Faults,
    on_duty_after: Floats,
    template_after: Floats,
    first_day: Ints,
    vacant: Statuses,
    seed: int,
    replication: int,
    fault: Statuses,
    scratch: Scratch,
) -> tuple[int, int]:
    """Return a patient-month's status and detail; its draws are the k-th of the block.

    A patient's patient-months come in the order of months. Parameters as of `judge_rows`.
    """
    u, prevalence = scratch.uniforms, faults.prevalence
    p, m = row.patient, row.month
    mended = rules.mending_probability(
        m, settings.mended, settings.audit_every, settings.audit_found
    )
    by_rule = settings.not_claimable > 0.0 and u[_CLAIMABLE, k] < settings.not_claimable
    no_consent = settings.consent_missing > 0.0 and _lacks_consent(
        settings.consent_missing, mended, seed, replication, p, m, fault[p]
    )
    bar = rules.first_bar(by_rule, vacant[m] != 0, no_consent)
    lasting = prevalence > 0.0 and _is_faulty(
        prevalence, faults.onset, mended, seed, replication, p, fault[p], u[_FAULT, k]
    )
    fault[p] = lasting | no_consent << 1
    other = prevalence > 0.0 and (lasting or u[_COIN, k] < prevalence)
    lacking, noticed = _lacking(settings, seed, replication, p, m, other)
    element = rules.missing_element(lacking, row.plan_missing != 0, noticed)
    seat = 0 if settings.pooled else row.owner
    day, end = row.release_day, first_day[m + 1]
    threshold, own_threshold = first_codes(settings, seed, replication, p)
    captured = row.captured_minutes - row.own_captured_minutes
    countable = row.countable_minutes - row.own_countable_minutes
    as_staff = settings.own_as_staff
    status = rules.status(
        bar == rules.CLAIMABLE,
        element == rules.COMPLETE,
        rules.reached(captured, row.own_captured_minutes, threshold, own_threshold, as_staff),
        rules.reached(countable, row.own_countable_minutes, threshold, own_threshold, as_staff),
        row.served,
        row.attempts,
        on_duty_after[seat, day] - on_duty_after[seat, end],
        template_after[seat, day] - template_after[seat, end],
    )
    found = 0
    if (
        status == rules.LOST_CAPTURE
        and element == rules.COMPLETE
        and _is_found(settings, seed, replication, p, m)
    ):
        status, found = rules.BILLABLE, FOUND
    return status, _detail(status, bar, element, lacking) | found


@jit
def judge_rows(
    rows: Records,
    settings: Settings,
    on_duty_after: Floats,
    template_after: Floats,
    first_day: Ints,
    vacant: Statuses,
    seed: int,
    replication: int,
    fault: Statuses,
    scratch: Scratch,
    judgement: Judgement,
) -> None:
    """Fill in every patient-month's status and detail.

    Parameters
    ----------
    rows : array of PATIENT_MONTH
    settings : record of SETTINGS
    on_duty_after, template_after : ndarray, shape (S, D + 1)
        From `minutes_from`.
    first_day : ndarray of int64, shape (M + 1,)
    vacant : ndarray of int8, shape (M,)
        From `find_vacancies`.
    fault : ndarray of int8
        Room for each patient's lasting faults: 1 documentation, 2 no consent on record.
    """
    fault[:] = -1
    faults = faults_of(settings)
    for i in range(len(rows)):
        k = i % BLOCK
        if k == 0:
            size = list_block(rows, i, scratch)
            draw_judgement(settings, seed, replication, size, scratch)
        judgement.status[i], judgement.detail[i] = judge_row(
            rows[i], k, settings, faults, on_duty_after, template_after, first_day, vacant, seed,
            replication, fault, scratch,
        )  # fmt: skip


@inner
def _lacks_consent(
    share: float, mended: float, seed: int, replication: int, patient: int, month: int, before: int
) -> bool:
    """Return whether a patient's consent is not on record in a month, `before` being `fault`."""
    if before < 0:
        _, u = uniforms(seed, replication, _CONSENT, patient, NO_MONTH, 0)
        return u < share
    if before & 2 == 0:
        return False
    u, _ = uniforms(seed, replication, _CONSENT_MENDED, patient, month, 0)
    return u >= mended


@inner
def _is_faulty(
    prevalence: float,
    onset: float,
    mended: float,
    seed: int,
    replication: int,
    patient: int,
    before: int,
    u_fault: float,
) -> bool:
    """Return whether a patient has a lasting fault in a month, `before` being `fault`."""
    if before < 0:
        _, u_start = uniforms(seed, replication, _MONEY, patient, NO_MONTH, 0)
        return u_start < prevalence
    if before & 1:
        return u_fault >= mended
    return u_fault < onset


@inner
def _lacking(
    settings: Settings, seed: int, replication: int, patient: int, month: int, other: bool
) -> tuple[int, bool]:
    """Return which element a month lacks, and whether somebody notices before billing."""
    lacking = rules.OTHER if other else rules.COMPLETE
    if settings.elements == 0.0 and not (other and settings.noticed < 1.0):
        return lacking, True
    u_element, u_noticed = uniforms(seed, replication, _ELEMENT, patient, month, 0)
    if not other:
        lacking = rules.lacking_element(
            u_element, settings.time_log, settings.access, settings.elements
        )
    return lacking, u_noticed < settings.noticed


@inner
def _is_found(settings: Settings, seed: int, replication: int, patient: int, month: int) -> bool:
    """Return whether the practice's own audit finds a month that was worked and not logged."""
    if settings.audit_every == 0:
        return False
    u, _ = uniforms(seed, replication, _INTERNAL_AUDIT, patient, month, 0)
    return u < settings.audit_found


@inner
def _detail(status: int, bar: int, element: int, lacking: int) -> int:
    """Return what `Judgement.detail` says of a patient-month."""
    if status == rules.NOT_CLAIMABLE:
        return bar
    if status == rules.UNDOCUMENTED:
        return element
    return DEFECTIVE if status == rules.BILLABLE and lacking != rules.COMPLETE else 0


@jit
def minutes_from(by_day: Floats, seats: int, pooled: bool, sums: Floats) -> None:
    """Fill in each seat's (or, in row 0, all seats') minutes from each day on.

    Parameters
    ----------
    by_day : ndarray, shape (S + C, D)
    sums : ndarray, shape (S, D + 1)
    """
    days = by_day.shape[1]
    for s in range(seats):
        row = 0 if pooled else s
        if row == s:
            sums[row, :] = 0.0
        total = 0.0
        for d in range(days - 1, -1, -1):
            total += by_day[s, d]
            sums[row, d] += total


def judge(facts: Facts, inputs: Inputs, seed: int, replication: int) -> Judgement:
    """Return the judgement of each patient-month.

    Section 6 of docs/model.md.
    """
    rows = facts.patient_months
    seats, days = inputs.staffing.seats, facts.on_duty_minutes.shape[1]
    on_duty_after, template_after = np.empty((2, seats, days + 1))
    minutes_from(facts.on_duty_minutes, seats, inputs.pooled, on_duty_after)
    minutes_from(facts.template_minutes, seats, inputs.pooled, template_after)
    patients = int(rows["patient"].max(initial=-1)) + 1
    judgement = Judgement(*np.empty((2, len(rows)), np.int8))
    judge_rows(
        rows, inputs.settings[0], on_duty_after, template_after,
        inputs.calendar.month_first_business_day, vacancies(inputs, seed, replication), seed,
        replication, np.empty(patients, np.int8), new_scratch(), judgement,
    )  # fmt: skip
    return judgement
