"""How often a seat is away, and what a new holder loses in learning.

Comes in: probabilities of a day, and laws of lengths. Goes out: exact shares of days and shifts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.exact_laws import cumulative, law_of
from ccmsim.theory.checks import positive, probabilities
from ccmsim.units import MINUTES_PER_DAY

_LONGEST_DAYS = 100_000
_BUSINESS_DAYS_A_WEEK = 5.0
_WEEK_MINUTES = 7.0 * MINUTES_PER_DAY


def absence_by_day(daily_probability: ArrayLike, length_days: Any) -> Floats:
    """Return for each business day the probability that a seat is away, none being away before.

    A spell starts on day d with probability p(d), whatever else goes on, and lasts L business days;
    overlapping spells merge. The seat is there on day t unless some spell of day t − k has L > k,
    so P(away on t) = 1 − Πₖ (1 − p(t − k) · P(L > k)): the discrete M/G/∞ queue (Takács 1962,
    Introduction to the Theory of Queues, ch. 3).

    Parameters
    ----------
    daily_probability : array_like, shape (days,)
        Probability that a spell starts on each day.
    length_days : number, table or distribution
        Law of the length, rounded to whole business days, at least 1.

    Returns
    -------
    ndarray of float64, shape (days,)

    Examples
    --------
    >>> absence_by_day([0.1, 0.1, 0.1], 2).round(3).tolist()
    [0.1, 0.19, 0.19]
    """
    p = probabilities(daily_probability)
    longer = survival(length_days, days=len(p))
    there = np.ones(len(p))
    for k in range(len(p)):
        there[k:] *= 1.0 - p[: len(p) - k] * longer[k]
    return 1.0 - there


def absence_fraction(daily_probability: float, length_days: Any) -> float:
    """Return the long-run share of business days on which a seat is away.

    `absence_by_day` long after the start, with one probability for all days.

    Examples
    --------
    >>> planned = {"family": "uniform_integers", "low": 1, "high": 5}
    >>> round(absence_fraction(13 / 3 / 250, planned), 4)
    0.051
    """
    p = float(probabilities([daily_probability])[0])
    return float(-np.expm1(np.log1p(-p * survival(length_days)).sum())) if p < 1.0 else 1.0


def survival(length_days: Any, *, days: int | None = None) -> Floats:
    """Return P(L > k) for k = 0, 1, … of a spell's length in whole business days, at least 1.

    Parameters
    ----------
    length_days : number, table or distribution
        Rounded half up to whole days.
    days : int, optional
        How many values; left out: all above 1e-16, at most 100,000.

    Examples
    --------
    >>> survival(2.4).tolist(), survival({"family": "geometric", "mean": 2.0}, days=3).tolist()
    ([1.0, 1.0], [1.0, 0.5, 0.25])
    """
    law = law_of("length_days", length_days)
    k = np.arange(_LONGEST_DAYS if days is None else days)
    longer = 1.0 - cumulative(law, np.nextafter(k + 0.5, 0.0))
    longer[:1] = 1.0
    return longer if days is not None else longer[longer > 1e-16]


def ramp_by_day(
    daily_probability: ArrayLike,
    vacancy_days: Any,
    duty_start_minutes: ArrayLike,
    *,
    start_share: float = 0.2,
    ramp_weeks: float = 8.0,
) -> Floats:
    """Return for each business day the expected share of a shift that new holders lose in learning.

    Somebody is hired on day t, when the merged vacancies end, with probability
    P(there on t) − (1 − p(t)) · P(there on t − 1), and still holds the seat on day u if nobody has
    quit from t + 1 to u; meanwhile (1 − start_share) · exp(−weeks / ramp_weeks) of the shift is
    lost. The first holder does not learn.

    Parameters
    ----------
    daily_probability : array_like, shape (days,)
        Probability of a departure on each business day.
    vacancy_days : number, table or distribution
    duty_start_minutes : array_like, shape (days,)
        When each day's shift begins, minutes of the clock, weekends included.
    start_share, ramp_weeks : float
        As in the scenario's turnover entry.

    Examples
    --------
    >>> ramp_by_day([0.5, 0.0, 0.0], 1, [720.0, 2160.0, 3600.0]).round(3).tolist()
    [0.0, 0.396, 0.389]
    """
    p = probabilities(daily_probability)
    start = np.asarray(duty_start_minutes, np.float64)
    there = 1.0 - absence_by_day(p, vacancy_days)
    hired = np.zeros(len(p))
    hired[1:] = there[1:] - (1.0 - p[1:]) * there[:-1]
    loss = np.zeros(len(p))
    stays = hired.copy()  # P(hired on t, and still there k days later)
    scale = positive("ramp_weeks", ramp_weeks) * _WEEK_MINUTES
    midnight = np.floor(start / MINUTES_PER_DAY) * MINUTES_PER_DAY
    for k in range(len(p)):
        until = len(p) - k
        if k:
            stays[:until] *= 1.0 - p[k:]
        learning = np.exp(-(start[k:] - midnight[:until]) / scale)
        loss[k:] += stays[:until] * (1.0 - start_share) * learning
    return loss


def ramp_loss(
    daily_probability: float,
    vacancy_days: Any,
    *,
    start_share: float = 0.2,
    ramp_weeks: float = 8.0,
) -> float:
    """Return the long-run share of duty lost in learning; a business day is a fifth of a week.

    `ramp_by_day` long after the start: Σ_w p · P(there) · (1 − p)^w · (1 − start_share) ·
    exp(−w / (5 ramp_weeks)).

    Examples
    --------
    >>> vacancy = {"family": "lognormal", "mean": 48.0, "cv": 0.53294}
    >>> round(ramp_loss(0.25 / 250, vacancy), 4)
    0.0297
    """
    there = 1.0 - absence_fraction(daily_probability, vacancy_days)
    weeks = positive("ramp_weeks", ramp_weeks)
    learning = math.exp(-1.0 / (_BUSINESS_DAYS_A_WEEK * weeks))
    p = float(daily_probability)
    return p * there * (1.0 - start_share) / (1.0 - (1.0 - p) * learning)
