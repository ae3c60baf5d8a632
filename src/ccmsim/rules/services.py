"""Calls, requests and plans: whether somebody answers, how long it takes, what is captured.

Comes in: plain numbers, uniforms among them. Goes out: plain numbers. Sections 4 to 6 of
docs/model.md.
"""

from __future__ import annotations

import math

from ccmsim.compiling import jit
from ccmsim.memory import Handle
from ccmsim.rules.names import FOLLOW_UP, MOST_REQUESTS, OUTREACH
from ccmsim.sampling import draw, draw_centred, duration, poisson_from, to_ticks
from ccmsim.units import TICK_MINUTES


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
    scheduled = (kind == FOLLOW_UP) | ((kind == OUTREACH) & booked)  # no branch: nobody could guess
    return scheduled_factor if scheduled else 1.0


@jit
def answer_probability(
    patient: float, hour_factor: float, person_factor: float, call_factor: float
) -> float:
    """Return the probability that a call is answered; above 1, surely [4].

    It is compared with a uniform between 0 and 1, so that 1 is no limit that has to be kept.
    """
    return patient * hour_factor * person_factor * call_factor


@jit
def call(
    laws: Handle,
    rows: tuple[int, ...],
    u: tuple[float, float, float, float],
    centre: float,
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
    centre : float
        `normal_centre(u[2])`: whoever draws many calls computes it side by side.
    probability : float
        From `answer_probability`.
    """
    if u[0] < probability:
        minutes = duration(draw_centred(laws, rows[0], u[2], centre))
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
