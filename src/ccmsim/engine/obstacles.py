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
    no_shift_days: Ints
    """(N,) waiting days on which the owner had no shift."""
    off_duty_minutes: Floats
    """(N, 8) template minutes of the owner lost on waiting days, by cause."""
    backlog_minutes: Floats
    """(N,) minutes of the owner on duty on waiting days."""
    off_duty_days: Floats
    """(N, 8) the other waiting days, each shared by its own minutes: those lost, by cause."""
    backlog_days: Floats
    """(N,) and those on duty."""


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

    Every waiting day counts once: without a shift as such, else as its own minutes share it among
    what the owner was off duty for and the work that others were.

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
    >>> found.off_duty_days[0, 6].tolist(), found.backlog_days.tolist()
    (0.5, [1.5])
    """
    duty, lost = on_duty[:seats], lost_by_day[:seats]
    if pooled:
        duty, lost = duty.sum(axis=0, keepdims=True), lost.sum(axis=0, keepdims=True)
    owner = np.zeros(len(rows), np.int64) if pooled else rows["owner"].astype(np.int64)
    month = rows["month"].astype(np.int64)
    begin, end = first_day[month], first_day[month + 1]
    template = duty + lost.sum(axis=2)
    whole = np.where(template > 0.0, template, 1.0)
    count, causes = len(rows), lost.shape[2]
    found = Obstacles(
        days=end - rows["release_day"],
        waiting_days=np.zeros(count, np.int64),
        no_shift_days=np.zeros(count, np.int64),
        off_duty_minutes=np.zeros((count, causes)),
        backlog_minutes=np.zeros(count),
        off_duty_days=np.zeros((count, causes)),
        backlog_days=np.zeros(count),
    )
    for place in range(LONGEST_MONTH):
        which = np.flatnonzero(rows["waiting"] >> place & 1)
        seat, day = owner[which], begin[which] + place
        found.waiting_days[which] += 1
        found.no_shift_days[which] += template[seat, day] == 0.0
        found.off_duty_minutes[which] += lost[seat, day]
        found.backlog_minutes[which] += duty[seat, day]
        found.off_duty_days[which] += lost[seat, day] / whole[seat, day, None]
        found.backlog_days[which] += duty[seat, day] / whole[seat, day]
    return found
