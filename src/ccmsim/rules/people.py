"""Patients and coordinators beside the work: traits, stays, leaving, load and overtime.

Comes in: plain numbers, uniforms among them. Goes out: plain numbers. Sections 2, 3 and 5 of
docs/model.md.
"""

from __future__ import annotations

from ccmsim.compiling import jit
from ccmsim.memory import Handle
from ccmsim.sampling import draw, duration, to_ticks
from ccmsim.units import MINUTES_PER_DAY, TICK_MINUTES


@jit
def load_absence_factor(
    patients: int, on_duty_minutes: float, norm: float, elasticity: float, most: float
) -> float:
    """Return what multiplies a month's probability of sick spells [3].

    Parameters
    ----------
    patients : int
        Enrolled at the start of the month before.
    on_duty_minutes : float
        Of all seats in the month before.
    norm : float
        Patients an on-duty hour up to which the factor is 1.
    elasticity, most : float

    Examples
    --------
    >>> load_absence_factor(270, 6000.0, 1.8, 0.5, 3.0)
    1.25
    """
    if on_duty_minutes <= 0.0:
        return most
    load = 60.0 * patients / on_duty_minutes / norm
    return min(most, max(1.0, 1.0 + elasticity * (load - 1.0)))


@jit
def paid_overtime(start: float, end: float, gross_end: float, next_gross_start: float) -> float:
    """Return a service's minutes beyond its shift's gross end and before the next shift [5]."""
    return max(0.0, min(end, next_gross_start) - max(gross_end, start))


@jit
def opt_out_base(base: float, ratio: float, joined: int, month: int, early_months: int) -> float:
    """Return the probability of opting out of a patient who is not silent [2].

    `joined` is the month in which the patient was enrolled, below 0 on the first day.
    """
    if joined >= 0 and month - joined < early_months:
        return min(1.0, base * ratio)
    return base


@jit
def opt_out_probability(base: float, ratio: float, silent: int, silent_months: int) -> float:
    """Return the probability that a patient opts out at a month's end [2]."""
    return min(1.0, base * ratio) if silent >= silent_months else base


@jit
def months_without(before: int, happened: bool) -> int:
    """Return a patient's months in a row without an answered call, or without contact [2].

    At the end of a month. `before` is that of the month before, 0 at the enrollment.

    Examples
    --------
    >>> months_without(2, False), months_without(2, True)
    (3, 0)
    """
    return 0 if happened else before + 1


@jit
def patient_traits(
    laws: Handle, need_row: int, answer_row: int, u_need: float, u_answer: float
) -> tuple[float, float]:
    """Return (need, answer probability) of a patient [2]."""
    return draw(laws, need_row, u_need), draw(laws, answer_row, u_answer)


@jit
def stay_minutes(laws: Handle, row: int, u: float) -> float:
    """Return how long a stay in hospital lasts [2]."""
    return duration(draw(laws, row, u) * MINUTES_PER_DAY)


@jit
def in_hospital(now: float, home_from: float, admitted: float, discharged: float) -> bool:
    """Return whether a patient is in hospital at an instant [2].

    Parameters
    ----------
    home_from : float
        When the last of the stays that began in earlier months ends; 0 without any.
    admitted, discharged : float
        The stay that begins in the present month; both −1 without one.
    """
    return now < home_from or admitted <= now < discharged


@jit
def instant_within(start: float, end: float, u: float) -> float:
    """Return the instant in [start, end) of a death, or of an admission to hospital [2]."""
    return start + min(to_ticks((end - start) * u), end - start - TICK_MINUTES)
