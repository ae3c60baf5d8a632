"""How much of the scheduled time coordinators are there, month by month.

Comes in: a scenario's disruptions. Goes out: the mean share of a seat's template and its spread
over months. Causes are taken as independent of each other, and days as alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.exact_laws import slices
from ccmsim.scenario.disruptions import (
    Closure,
    Disruption,
    ExtendedLeave,
    FloorCover,
    Migration,
    Outage,
    Outbreak,
    PlannedLeave,
    SickSpells,
    Turnover,
)
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.staff import Schedule, clock_minutes
from ccmsim.theory.absence import absence_fraction, ramp_loss, survival

BUSINESS_DAYS: Final = 250.0
"""Business days of a year."""

MONTH_DAYS: Final = 21
"""Business days of a month, about."""

_Spell = SickSpells | PlannedLeave | ExtendedLeave | Turnover


@dataclass(frozen=True, slots=True)
class Presence:
    """How much of its template a seat is on duty.

    Parameters
    ----------
    mean : float
        Share of the template, over all months.
    spread : float
        Standard deviation over months.
    month_away : float
        Probability that one spell takes a whole month.
    """

    mean: float
    spread: float
    month_away: float


def presence(scenario: Scenario, group: str) -> Presence:
    """Return how much of its template a seat of a staff group is on duty.

    The mean is the product of the shares that each kind of disruption leaves: of spells by
    `absence_fraction`, of new holders by `ramp_loss`. The spread is that of the mean of a month's
    indicators of being there, whose covariance k days apart is P² (exp(Σ r(k)) − 1), with
    r(k) = p · Σ_{j ≥ k} P(L > j) of each kind of spell (two days share the spells that reach from
    one to the other). A spell takes a whole month with probability 1 − exp(−Σ r(20)).

    Parameters
    ----------
    scenario : Scenario
    group : str
        Whose seats.

    Notes
    -----
    Seasons, frailty, load-driven absence, overlap with closed days and recorded absences are left
    out; closures, outages and migrations count in the mean alone.

    Examples
    --------
    >>> import ccmsim
    >>> found = presence(ccmsim.load("two_nurses"), "nurses")
    >>> round(found.mean, 2), round(found.spread, 2), round(found.month_away, 2)
    (0.81, 0.21, 0.04)
    """
    there, covariance = 1.0, np.zeros(MONTH_DAYS)
    epidemic = _epidemic(scenario)
    for entry in scenario.disruptions.values():
        if group not in (getattr(entry, "staff", None) or (group,)):
            continue
        if isinstance(entry, _Spell):
            daily, length = _spells(entry, epidemic)
            there *= 1.0 - absence_fraction(daily, length)
            longer = survival(length)
            from_day = daily * np.cumsum(longer[::-1])[::-1][:MONTH_DAYS]
            covariance[: len(from_day)] += from_day
        there *= _kept(scenario, scenario.staff[group], entry)
    weights = np.where(np.arange(MONTH_DAYS) == 0, 1.0, 2.0) * (MONTH_DAYS - np.arange(MONTH_DAYS))
    variance = float((weights * np.expm1(covariance)).sum()) * (there / MONTH_DAYS) ** 2
    return Presence(there, math.sqrt(variance), float(-np.expm1(-covariance[-1])))


def _spells(entry: _Spell, epidemic: float) -> tuple[float, object]:
    """Return the probability that a spell begins on a day, and the law of its length."""
    if isinstance(entry, Turnover):
        return min(1.0, entry.per_year / BUSINESS_DAYS), entry.vacancy_days
    factor = epidemic if isinstance(entry, SickSpells) else 1.0
    return min(1.0, factor * entry.spells_per_year / BUSINESS_DAYS), entry.length_days


def _epidemic(scenario: Scenario) -> float:
    """Return the mean of what outbreaks multiply the chance of a sick spell by."""
    factor = 1.0
    for entry in scenario.disruptions.values():
        if isinstance(entry, Outbreak):
            daily = min(1.0, entry.per_year / BUSINESS_DAYS)
            factor *= 1.0 + (entry.sick_factor - 1.0) * absence_fraction(daily, entry.length_days)
    return factor


def _kept(scenario: Scenario, group: Schedule, entry: Disruption) -> float:
    """Return the share of a seat's duty that a disruption leaves, spells aside."""
    if isinstance(entry, Turnover) and entry.ramp_weeks > 0.0:
        daily = min(1.0, entry.per_year / BUSINESS_DAYS)
        lost = ramp_loss(
            daily, entry.vacancy_days,
            start_share=entry.ramp_start_share, ramp_weeks=entry.ramp_weeks,
        )  # fmt: skip
        return 1.0 - lost / (1.0 - absence_fraction(daily, entry.vacancy_days))
    if isinstance(entry, FloorCover):
        return 1.0 - entry.per_shift_share * entry.last_share
    if isinstance(entry, Closure):
        return 1.0 - absence_fraction(min(1.0, entry.per_year / BUSINESS_DAYS), entry.length_days)
    if isinstance(entry, Migration):
        away = absence_fraction(min(1.0, entry.per_year / BUSINESS_DAYS), entry.length_days)
        return 1.0 - entry.lost_share * away
    if isinstance(entry, Outage):
        rules = scenario.operations
        clinic = clock_minutes(rules.clinic_closes) - clock_minutes(rules.clinic_opens)
        minutes: Floats = np.minimum(slices(entry.length_minutes), clinic)
        return 1.0 - entry.per_year / BUSINESS_DAYS * float(minutes.mean()) / clinic
    return 1.0
