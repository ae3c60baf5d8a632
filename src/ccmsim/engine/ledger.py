"""The facts that one replication leaves, and the judgement of each patient-month.

Comes in: what an engine recorded. Goes out: arrays of facts, the same bits from every engine;
statuses of patient-months. Statistics come later, elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Floats, Ints, Statuses
from ccmsim.compiling import jit
from ccmsim.engine.inputs import Inputs
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

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
    "duty_changes",
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
_MONEY = STREAMS["patient_money"].number


@dataclass(frozen=True, eq=False)
class PatientMonths:
    """Facts of the N patient-months of a replication, by month and then patient.

    Parameters
    ----------
    patient, month, owner : ndarray of int64, shape (N,)
        The owner is the patient's seat; 0 with a pooled worklist.
    release_day : ndarray of int64, shape (N,)
        Business day of the outreach's release, counted over all simulated months.
    attempts, served : ndarray of int64, shape (N,)
        Outgoing calls; those answered, and chart work.
    countable_minutes, captured_minutes : ndarray of float64, shape (N,)
    """

    patient: Ints
    month: Ints
    owner: Ints
    release_day: Ints
    attempts: Ints
    served: Ints
    countable_minutes: Floats
    captured_minutes: Floats


@dataclass(frozen=True, eq=False)
class Facts:
    """All that one replication leaves: M months, S seats and C substitutes, D business days.

    Parameters
    ----------
    patient_months : PatientMonths
    counts : ndarray of int64, shape (M, len(MONTH_COUNTS))
    worked_minutes, overtime_minutes, paid_overtime_minutes : ndarray, shape (M, S + C)
        By the month in which the service started.
    on_duty_minutes, template_minutes : ndarray, shape (S + C, D)
    lost_minutes : ndarray, shape (M, 8)
        By cause.
    paid_minutes, nominal_minutes : ndarray, shape (M, S + C)
        Gross paid minutes; and as if pulled hours were the programme's.
    hires : ndarray of int64, shape (M, S)
    waiting_items : int
        Items open or in service at the horizon.
    """

    patient_months: PatientMonths
    counts: Ints
    worked_minutes: Floats
    overtime_minutes: Floats
    paid_overtime_minutes: Floats
    on_duty_minutes: Floats
    template_minutes: Floats
    lost_minutes: Floats
    paid_minutes: Floats
    nominal_minutes: Floats
    hires: Ints
    waiting_items: int


@jit
def _judge(
    patient: Ints,
    month: Ints,
    owner: Ints,
    release_day: Ints,
    attempts: Ints,
    served: Ints,
    countable: Floats,
    captured: Floats,
    on_duty_after: Floats,
    template_after: Floats,
    last_day: Ints,
    pooled: bool,
    threshold: float,
    not_claimable: float,
    failure: float,
    mended: float,
    seed: int,
    replication: int,
    fault: Statuses,
) -> Statuses:
    """Return every patient-month's status; `fault` is each patient's lasting fault, −1 at first."""
    status = np.empty(len(patient), np.int8)
    prevalence = failure / 2.0
    onset = rules.fault_onset(prevalence, mended)
    for i in range(len(patient)):
        p, m = patient[i], month[i]
        u_coin, u_fault = uniforms(seed, replication, _DOCUMENTATION, p, m, 0)
        if fault[p] < 0:
            _, u_start = uniforms(seed, replication, _MONEY, p, NO_MONTH, 0)
            fault[p] = 1 if u_start < prevalence else 0
        elif fault[p] == 1:
            fault[p] = 0 if u_fault < mended else 1
        else:
            fault[p] = 1 if u_fault < onset else 0
        _, u_claim = uniforms(seed, replication, _OUTREACH, p, m, 0)
        seat = 0 if pooled else owner[i]
        status[i] = rules.status(
            u_claim >= not_claimable,
            u_coin >= prevalence and fault[p] == 0,
            captured[i],
            countable[i],
            threshold,
            served[i],
            attempts[i],
            on_duty_after[seat, release_day[i]] - on_duty_after[seat, last_day[m]],
            template_after[seat, release_day[i]] - template_after[seat, last_day[m]],
        )
    return status


def judge(facts: Facts, inputs: Inputs, seed: int, replication: int) -> Statuses:
    """Return the status of each patient-month (`rules.BILLABLE` or a reason), shape (N,).

    Section 6 of docs/model.md.
    """
    months, scenario = facts.patient_months, inputs.scenario
    pooled, seats = inputs.pooled, inputs.staffing.seats
    documentation = scenario.documentation
    patients = int(months.patient.max(initial=-1)) + 1
    result: Any = _judge(
        months.patient,
        months.month,
        months.owner,
        months.release_day,
        months.attempts,
        months.served,
        months.countable_minutes,
        months.captured_minutes,
        _sums_from(facts.on_duty_minutes[:seats], pooled),
        _sums_from(facts.template_minutes[:seats], pooled),
        inputs.calendar.month_first_business_day[1:],
        pooled,
        scenario.contact.threshold_minutes,
        documentation.not_claimable_share,
        documentation.failure_share,
        documentation.mended_per_month_share,
        seed,
        replication,
        np.full(patients, -1, np.int8),
    )
    return np.asarray(result)


def _sums_from(by_day: Floats, pooled: bool) -> Floats:
    """Return each seat's (or all seats') minutes from each day on, shape (S, D + 1)."""
    if pooled:
        by_day = by_day.sum(axis=0, keepdims=True)
    sums = np.zeros((by_day.shape[0], by_day.shape[1] + 1))
    sums[:, :-1] = np.cumsum(by_day[:, ::-1], axis=1)[:, ::-1]
    return sums
