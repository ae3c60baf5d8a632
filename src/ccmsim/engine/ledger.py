"""The facts that one replication leaves, and the judgement of each patient-month.

Comes in: what an engine recorded. Goes out: arrays of facts, the same bits from every engine;
statuses of patient-months. Statistics come later, elsewhere.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints, Records, Statuses
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.settings import Settings
from ccmsim.streams import NO_MONTH, STREAMS, fill_uniforms, uniforms
from ccmsim.units import TICK_MINUTES

MONTH_COUNTS: Final = (
    "attempts",
    "answered",
    "inbound_taken",
    "care_tasks_done",
    "chart_work_done",
    "outside_items",
    "released_items",
    "started_items",
    "done_items",
    "dropped_items",
    "expired_items",
    "new_patients",
    "hospital_stays",
    "duty_changes",
    "approached_patients",
    "approaches",
    "talks",
    "consents",
    "eligible_patients",
    "identified_patients",
    "listed_patients",
    "waiting_patients",
    "initiating_visits",
    "missed_visits",
    "stage",
    "care_plans",
    "reviews",
)
"""Counters of a month (whole numbers)."""

EVENT_COUNTS: Final = (
    "released_items",
    "started_items",
    "done_items",
    "dropped_items",
    "expired_items",
    "duty_changes",
)
"""The counters whose sum is `events`: facts, not steps of an engine."""

_OUTREACH = STREAMS["outreach"].number
_DOCUMENTATION = STREAMS["documentation"].number
_ELEMENT = STREAMS["element"].number
_CONSENT = STREAMS["consent"].number
_CONSENT_MENDED = STREAMS["consent_mended"].number
_MONEY = STREAMS["patient_money"].number


PATIENT_MONTH: Final = np.dtype(
    [
        ("patient", np.int32),
        ("month", np.int32),
        ("owner", np.int32),  # the patient's seat; 0 with a pooled worklist
        ("release_day", np.int32),  # of the outreach, counted over all simulated business days
        ("attempts", np.int16),  # outgoing calls
        ("served", np.int16),  # answered calls, plans and chart work
        ("plan_missing", np.int32),  # whether the care plan is due at the month's end
        ("countable_minutes", np.float64),
        ("captured_minutes", np.float64),
    ]
)
"""The facts of one patient-month: rows are most of what a batch holds in memory."""


COUNTS: Final = np.dtype([(name, np.int64) for name in MONTH_COUNTS])
"""The counters of one month."""


class Facts(NamedTuple):
    """All that one replication leaves: M months, S seats and C substitutes, D business days.

    Parameters
    ----------
    patient_months : array of PATIENT_MONTH, shape (N,)
        By month and then patient.
    counts : array of COUNTS, shape (M,)
    worked_minutes, overtime_minutes, paid_overtime_minutes : ndarray, shape (M, S + C)
        By the month in which the service started.
    uncounted_minutes : ndarray, shape (M, S + C)
        Service that does not count, logging aside.
    services : ndarray of int64, shape (M, S + C)
    on_duty_minutes, template_minutes : ndarray, shape (S + C, D)
    lost_minutes : ndarray, shape (M, 8)
        By cause.
    paid_lost_minutes : ndarray, shape (M, S, 8)
        Gross paid minutes of them, of seats.
    paid_minutes, nominal_minutes : ndarray, shape (M, S + C)
        Gross paid minutes; and as if pulled hours were the programme's.
    hires : ndarray of int64, shape (M, S)
    load_absence_factor : ndarray, shape (M,)
        What multiplied the probability of sick spells.
    waiting_items : int
        Items open or in service at the horizon.
    """

    patient_months: Records
    counts: Records
    worked_minutes: Floats
    overtime_minutes: Floats
    paid_overtime_minutes: Floats
    uncounted_minutes: Floats
    services: Ints
    on_duty_minutes: Floats
    template_minutes: Floats
    lost_minutes: Floats
    paid_lost_minutes: Floats
    paid_minutes: Floats
    nominal_minutes: Floats
    hires: Ints
    load_absence_factor: Floats
    waiting_items: int


BLOCK: Final = 256
"""Patient-months whose uniforms are drawn side by side."""


class Scratch(NamedTuple):
    """Room for the uniforms of a block of patient-months."""

    patients: Ints
    months: Ints
    zeros: Ints
    uniforms: Floats
    """(6, BLOCK)."""


def new_scratch() -> Scratch:
    """Return room for the uniforms of a block of patient-months."""
    whole = np.zeros((3, BLOCK), np.int64)
    return Scratch(whole[0], whole[1], whole[2], np.zeros((6, BLOCK)))


@inner
def list_block(rows: Records, begin: int, scratch: Scratch) -> int:
    """List patients and months of a block of rows; return how many rows it has."""
    size = min(BLOCK, len(rows) - begin)
    for i in range(size):
        scratch.patients[i] = rows[begin + i].patient
        scratch.months[i] = rows[begin + i].month
    return size


@inner
def draw_block(
    seed: int, replication: int, stream: int, size: int, plane: int, scratch: Scratch
) -> None:
    """Draw a stream for the listed patient-months, into two planes."""
    fill_uniforms(
        seed, replication, stream, scratch.patients[:size], scratch.months[:size],
        scratch.zeros[:size], scratch.uniforms[plane, :size], scratch.uniforms[plane + 1, :size],
    )  # fmt: skip


@jit
def judge_rows(
    rows: Records,
    settings: Settings,
    on_duty_after: Floats,
    template_after: Floats,
    first_day: Ints,
    seed: int,
    replication: int,
    fault: Statuses,
    scratch: Scratch,
    status: Statuses,
) -> None:
    """Fill in every patient-month's status.

    Parameters
    ----------
    rows : array of PATIENT_MONTH
    settings : record of SETTINGS
    on_duty_after, template_after : ndarray, shape (S, D + 1)
        From `minutes_from`.
    first_day : ndarray of int64, shape (M + 1,)
    fault : ndarray of int8
        Room for each patient's lasting faults: 1 documentation, 2 no consent on record.
    """
    fault[:] = -1
    prevalence = settings.failure / 2.0
    onset = rules.fault_onset(prevalence, settings.mended)
    u = scratch.uniforms
    for i in range(len(rows)):
        k = i % BLOCK
        if k == 0:
            size = list_block(rows, i, scratch)
            if prevalence > 0.0:
                draw_block(seed, replication, _DOCUMENTATION, size, 0, scratch)
            if settings.not_claimable > 0.0:
                draw_block(seed, replication, _OUTREACH, size, 2, scratch)
        row = rows[i]
        p, m = row.patient, row.month
        documented = row.plan_missing == 0
        claimable = settings.not_claimable == 0.0 or u[3, k] >= settings.not_claimable
        if settings.consent_missing > 0.0:
            missing = _lacks_consent(settings, seed, replication, p, m, fault[p])
            claimable = claimable and not missing
        else:
            missing = False
        lasting = False
        if prevalence > 0.0:
            u_coin, u_fault = u[0, k], u[1, k]
            if fault[p] < 0:
                _, u_start = uniforms(seed, replication, _MONEY, p, NO_MONTH, 0)
                lasting = u_start < prevalence
            elif fault[p] & 1:
                lasting = u_fault >= settings.mended
            else:
                lasting = u_fault < onset
            documented = documented and u_coin >= prevalence and not lasting
        fault[p] = lasting | missing << 1
        if settings.elements > 0.0:
            u_element, _ = uniforms(seed, replication, _ELEMENT, p, m, 0)
            documented = documented and u_element >= settings.elements
        seat = 0 if settings.pooled else row.owner
        day, end = row.release_day, first_day[m + 1]
        threshold = settings.threshold
        if settings.per_patient and has_apcm(settings, seed, replication, p):
            threshold = TICK_MINUTES
        status[i] = rules.status(
            claimable,
            documented,
            row.captured_minutes,
            row.countable_minutes,
            threshold,
            row.served,
            row.attempts,
            on_duty_after[seat, day] - on_duty_after[seat, end],
            template_after[seat, day] - template_after[seat, end],
        )


@inner
def _lacks_consent(
    settings: Settings, seed: int, replication: int, patient: int, month: int, before: int
) -> bool:
    """Return whether a patient's consent is not on record in a month, `before` being `fault`."""
    if before < 0:
        _, u = uniforms(seed, replication, _CONSENT, patient, NO_MONTH, 0)
        return u < settings.consent_missing
    if before & 2 == 0:
        return False
    u, _ = uniforms(seed, replication, _CONSENT_MENDED, patient, month, 0)
    return u >= settings.mended


@jit
def has_apcm(settings: Settings, seed: int, replication: int, patient: int) -> bool:
    """Return whether a patient is under `apcm` where the programme is each patient's own [7]."""
    level = keyed.care_level(
        seed, replication, patient, settings.no_supplement, settings.qmb, settings.single_condition
    )
    return bool(level >= settings.apcm_from)


@jit
def load_of_last_month(
    settings: Settings, on_duty: Floats, first_day: int, last_day: int, patients: int
) -> float:
    """Return a month's `rules.load_absence_factor`; 1 where the scenario has none [3].

    Parameters
    ----------
    settings : record of SETTINGS
    on_duty : ndarray, shape (S + C, D)
        On-duty minutes.
    first_day, last_day : int
        Business days of the month before: first_day … last_day − 1.
    patients : int
        Enrolled at its start.
    """
    if settings.load_norm <= 0.0:
        return 1.0
    minutes = 0.0
    for s in range(settings.seats):
        for day in range(first_day, last_day):
            minutes += on_duty[s, day]
    return rules.load_absence_factor(
        patients, minutes, settings.load_norm, settings.load_elasticity, settings.load_most
    )


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


def judge(facts: Facts, inputs: Inputs, seed: int, replication: int) -> Statuses:
    """Return the status of each patient-month (`rules.BILLABLE` or a reason), shape (N,).

    Section 6 of docs/model.md.
    """
    rows = facts.patient_months
    seats, days = inputs.staffing.seats, facts.on_duty_minutes.shape[1]
    on_duty_after, template_after = np.empty((2, seats, days + 1))
    minutes_from(facts.on_duty_minutes, seats, inputs.pooled, on_duty_after)
    minutes_from(facts.template_minutes, seats, inputs.pooled, template_after)
    patients = int(rows["patient"].max(initial=-1)) + 1
    status = np.empty(len(rows), np.int8)
    judge_rows(
        rows, inputs.settings[0], on_duty_after, template_after,
        inputs.calendar.month_first_business_day, seed, replication, np.empty(patients, np.int8),
        new_scratch(), status,
    )  # fmt: skip
    return status
