"""Enrollment: when somebody is approached, what comes of it, in what stage a programme is.

Comes in: plain numbers, uniforms among them. Goes out: plain numbers. Section 2 of docs/model.md.
"""

from __future__ import annotations

import math

from ccmsim.compiling import jit
from ccmsim.memory import Handle
from ccmsim.rules.names import ENROLLMENT_FIRST, WEEKLY_QUOTA
from ccmsim.sampling import draw, duration
from ccmsim.units import MINUTES_PER_DAY


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
