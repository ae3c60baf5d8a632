"""The small model as plain numbers, for every peer alike.

Comes in: the scenario benchmarks/small/small_model.toml. Goes out: `Numbers`, made of plain Python
values, and `Counts`, which every peer returns. Nothing of ccmsim's engine is used here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import ccmsim
from ccmsim import calendar as calendars
from ccmsim.distributions import Constant, Geometric, Lognormal
from ccmsim.scenario.disruptions import SickSpells
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.staff import clock_minutes

SCENARIO = Path(__file__).parents[1] / "small" / "small_model.toml"
MONTHS = 12


class Counts(NamedTuple):
    """What a run returns, summed over its replications."""

    patient_months: int
    attempts: int
    billable: int

    @property
    def billable_share(self) -> float:
        return self.billable / self.patient_months

    @property
    def attempts_per_patient_month(self) -> float:
        return self.attempts / self.patient_months


@dataclass(frozen=True)
class Numbers:
    """The small model; times in minutes from the first midnight, days as indices of `midnights`."""

    midnights: tuple[float, ...]
    """Midnight of every business day."""
    first_days: tuple[int, ...]
    """The first business day of each month, and one more entry behind the last month."""
    month_starts: tuple[float, ...]
    """The first minute of each month, and the end."""
    sick_probabilities: tuple[float, ...]
    """Probability that a sick spell starts at a coordinator on each business day."""
    sick_mean_days: float
    """Mean of a spell's geometric length."""
    opening: float
    """Minute of the day at which calls are released."""
    shift: tuple[float, float]
    """Minutes of the day at which a coordinator's desk time begins and ends."""
    coordinators: int
    patients_each: int
    answer_probability: float
    max_attempts: int
    retry_days: int
    followup_days: int
    target_minutes: float
    call_log_mean: float
    call_log_sd: float
    notes_minutes: float
    attempt_minutes: float

    @property
    def months(self) -> int:
        return len(self.first_days) - 1

    @property
    def patient_months(self) -> int:
        """Patient-months of one replication."""
        return self.months * self.coordinators * self.patients_each

    def month(self, instant: float) -> int:
        """Return the month of an instant."""
        return bisect_right(self.month_starts, instant) - 1

    def release(self, day: int) -> float:
        """Return the instant at which a business day's calls are released."""
        return self.midnights[day] + self.opening

    def outreach_day(self, month: int, uniform: float) -> int:
        """Return the business day of a patient-month's first call: front-loaded, x squared."""
        first, last = self.first_days[month : month + 2]
        return first + int((last - first) * uniform * uniform)

    def spell_days(self, uniform: float) -> int:
        """Return a sick spell's length in business days."""
        return 1 + int(math.log(1.0 - uniform) / math.log(1.0 - 1.0 / self.sick_mean_days))


def scenario() -> Scenario:
    """Return the scenario of the small model."""
    return ccmsim.load(SCENARIO)


@cache
def numbers() -> Numbers:
    """Return the small model's numbers, read from the scenario."""
    small = scenario()
    contact, operations = small.contact, small.operations
    sick, call = small.disruptions["sick"], contact.call_minutes
    seats = [group for _, group in small.seats()]
    (shift,) = {day for group in seats for day in group.week_minutes()}  # the same for all
    assert isinstance(sick, SickSpells)
    assert isinstance(sick.length_days, Geometric)
    assert isinstance(call, Lognormal)
    calendar = calendars.build(small.start, MONTHS, federal_holidays=operations.federal_holidays)
    variance = math.log1p(call.cv**2)
    return Numbers(
        midnights=tuple(calendar.business_day_minutes.tolist()),
        first_days=tuple(calendar.month_first_business_day.tolist()),
        month_starts=tuple(calendar.month_start_minutes.tolist()),
        sick_probabilities=tuple((sick.spells_per_year / calendar.business_days_in_year).tolist()),
        sick_mean_days=sick.length_days.mean,
        opening=clock_minutes(operations.clinic_opens),
        shift=shift[0],
        coordinators=len(seats),
        patients_each=small.panel.enrolled_at_start // len(seats),
        answer_probability=_constant(contact.answer_probability),
        max_attempts=contact.max_attempts,
        retry_days=contact.retry_gap_days,
        followup_days=contact.followup_gap_days,
        target_minutes=contact.target_minutes,
        call_log_mean=math.log(call.mean) - variance / 2.0,
        call_log_sd=math.sqrt(variance),
        notes_minutes=_constant(contact.notes_minutes),
        attempt_minutes=_constant(contact.attempt_minutes),
    )


def _constant(law: object) -> float:
    assert isinstance(law, Constant)
    return law.value
