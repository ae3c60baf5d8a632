"""What stood in the way of each patient-month: days on which its open items waited, and why.

Comes in: the facts of one replication. Goes out: arrays, one value a patient-month. After the fact:
no engine's work depends on it. Section 6 of docs/model.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccmsim.arrays import Floats, Ints, Records

LONGEST_MONTH = 23
"""Business days."""


class Obstacles(NamedTuple):
    """N patient-months and what stood in their way."""

    days: Ints
    """(N,) business days of the month from the outreach on."""
    waiting_days: Ints
    """(N,) of these, how many an open item of outreach type waited to the end of."""
    off_duty_minutes: Floats
    """(N, 8) template minutes of the owner lost on waiting days, by cause."""
    backlog_minutes: Floats
    """(N,) minutes of the owner on duty on waiting days."""


def obstacles_of(
    rows: Records,
    on_duty: Floats,
    lost_by_day: Floats,
    first_day: Ints,
    seats: int,
    *,
    pooled: bool,
) -> Obstacles:
    """Return what stood in the way of each patient-month.

    Parameters
    ----------
    rows : array of PATIENT_MONTH, shape (N,)
    on_duty : ndarray, shape (S + C, D)
    lost_by_day : ndarray, shape (S + C, D, 8)
    first_day : ndarray of int64, shape (M + 1,)
    seats : int
    pooled : bool
        All seats together own every patient.

    Examples
    --------
    >>> from ccmsim.engine.ledger import PATIENT_MONTH
    >>> row = np.zeros(1, PATIENT_MONTH)
    >>> row["waiting"] = 0b110
    >>> lost = np.zeros((1, 4, 8))
    >>> lost[0, 2, 6] = 30.0
    >>> found = obstacles_of(
    ...     row, np.array([[60.0, 60.0, 30.0, 60.0]]), lost, np.array([0, 4]), 1, pooled=False
    ... )
    >>> found.waiting_days.tolist(), found.backlog_minutes.tolist()
    ([2], [90.0])
    """
    duty, lost = on_duty[:seats], lost_by_day[:seats]
    if pooled:
        duty, lost = duty.sum(axis=0, keepdims=True), lost.sum(axis=0, keepdims=True)
    owner = np.zeros(len(rows), np.int64) if pooled else rows["owner"].astype(np.int64)
    month = rows["month"].astype(np.int64)
    begin, end = first_day[month], first_day[month + 1]
    waiting = np.zeros(len(rows), np.int64)
    off_duty, backlog = np.zeros((len(rows), lost.shape[2])), np.zeros(len(rows))
    for place in range(LONGEST_MONTH):
        which = np.flatnonzero(rows["waiting"] >> place & 1)
        seat, day = owner[which], begin[which] + place
        waiting[which] += 1
        off_duty[which] += lost[seat, day]
        backlog[which] += duty[seat, day]
    return Obstacles(end - rows["release_day"], waiting, off_duty, backlog)
