"""The facts that one replication leaves.

Comes in: what an engine recorded. Goes out: arrays of facts, the same bits from every engine.
Judges nothing; statistics come later, elsewhere.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints, Records
from ccmsim.compiling import inner, jit
from ccmsim.engine.settings import Settings
from ccmsim.streams import fill_uniforms
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
    "uncontacted_months",
    "uncontacted_patients",
    "duty_changes",
    "approached_patients",
    "approaches",
    "talks",
    "consents",
    "eligible_patients",
    "identified_patients",
    "listed_patients",
    "paused_months",
    "waiting_patients",
    "initiating_visits",
    "missed_visits",
    "stage",
    "care_plans",
    "reviews",
    "overfull_days",
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


PATIENT_MONTH: Final = np.dtype(
    [
        ("patient", np.int32),
        ("month", np.int16),
        ("plan_missing", np.int16),  # whether the care plan is due at the month's end
        ("owner", np.int32),  # the patient's seat; 0 with a pooled worklist
        ("release_day", np.int32),  # of the outreach, counted over all simulated business days
        ("attempts", np.int16),  # outgoing calls
        ("served", np.int16),  # answered calls, plans and chart work
        ("waiting", np.int32),  # flags of the month's business days on which an item waited
        ("countable_minutes", np.float64),
        ("captured_minutes", np.float64),
        ("own_countable_minutes", np.float64),  # of these, the practitioner's
        ("own_captured_minutes", np.float64),
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
    lost_by_day : ndarray, shape (S + C, D, 8)
        The same by person and day.
    paid_lost_minutes : ndarray, shape (M, S, 8)
        Gross paid minutes of them, of seats.
    paid_minutes, nominal_minutes : ndarray, shape (M, S + C)
        Gross paid minutes; and as if pulled hours were the programme's.
    hires : ndarray of int64, shape (M, S)
    load_absence_factor : ndarray, shape (M,)
        What multiplied the probability of sick spells.
    practitioner_minutes : ndarray, shape (M,)
        Of the practitioner's own time beside the desks.
    initiating_month : ndarray of int64, shape (P,)
        Month of the initiating visit by person of the Medicare panel, −1 without; empty where no
        such panel is modelled.
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
    lost_by_day: Floats
    paid_lost_minutes: Floats
    paid_minutes: Floats
    nominal_minutes: Floats
    hires: Ints
    load_absence_factor: Floats
    practitioner_minutes: Floats
    initiating_month: Ints
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
def has_apcm(settings: Settings, seed: int, replication: int, patient: int) -> bool:
    """Return whether a patient is under `apcm` where the programme is each patient's own [7]."""
    level = keyed.care_level(
        seed, replication, patient, settings.no_supplement, settings.qmb, settings.single_condition
    )
    return bool(rules.under_apcm(level, settings.apcm_from))


@inner
def first_codes(
    settings: Settings, seed: int, replication: int, patient: int
) -> tuple[float, float]:
    """Return the minutes of a patient's first code, of staff and of the practitioner [6]."""
    if settings.per_patient and has_apcm(settings, seed, replication, patient):
        return TICK_MINUTES, TICK_MINUTES
    return settings.threshold, settings.own_threshold


@jit
def pauses_enrollment(
    settings: Settings, rows: Records, month: int, seed: int, replication: int
) -> bool:
    """Return whether nobody is asked in a month, by the captured minutes of the one before [2].

    Parameters
    ----------
    settings : record of SETTINGS
    rows : array of PATIENT_MONTH
        The last of them are the patient-months of the month before, if it had any.
    """
    if settings.pause_below <= 0.0:
        return False
    enrolled = enough = 0
    for i in range(len(rows) - 1, -1, -1):
        row = rows[i]
        if row.month != month - 1:
            break
        threshold, own_threshold = first_codes(settings, seed, replication, row.patient)
        own = row.own_captured_minutes
        enrolled += 1
        enough += rules.reached(
            row.captured_minutes - own, own, threshold, own_threshold, settings.own_as_staff
        )
    return bool(rules.pauses_enrollment(enough, enrolled, settings.pause_below))


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
