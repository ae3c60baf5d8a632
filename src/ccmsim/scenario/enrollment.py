"""Visibility and enrollment: who could be in the programme, who is known to be, who is asked.

Comes in: plain values. Goes out: the frozen `Medicare` and `Enrollment`. Never draws anything.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ccmsim.distributions import Distribution, Lognormal
from ccmsim.scenario.base import (
    Count,
    DurationLaw,
    Flag,
    NonNegative,
    Number,
    Part,
    Positive,
    PositiveCount,
    Share,
)

APPROACHES: Final = ("calls", "visits")
POLICIES: Final = ("care_first", "enrollment_first", "weekly_quota")

Monthly = Annotated[float, Number(high=700.0)]


def _talk() -> Distribution:
    return Lognormal(mean=15.0, cv=0.5)


class Medicare(Part):
    """Everybody on the practice's Medicare panel: who is eligible, and who is on the registry."""

    patients: PositiveCount
    """Medicare patients at the start, enrolled or not."""
    eligible_share: Share = 0.68
    """Share of them with two or more chronic conditions, the enrolled included."""
    found_share: Share = 1.0
    """Eligible people who are on the registry at once."""
    found_per_month_share: Share = 0.0
    """Probability that one who was missed is found in a month."""
    false_share: Share = 0.0
    """People not eligible who are on the registry nevertheless: they are asked for nothing."""
    joins_per_month: Monthly = 0.0
    """New patients of the practice a month, mean; they need an initiating visit."""
    ages_in_per_month: Monthly = 0.0
    """The practice's own patients who reach Medicare age a month, mean."""
    early_below: Count = 50
    """A month is of the early stage with fewer enrolled patients."""
    mature_from: Count = 200
    """A month is of the mature stage from so many enrolled patients on."""


class Enrollment(Part):
    """How the practice asks people to take part; coordinators do it in the time they have."""

    approach: Literal["calls", "visits"] = "calls"
    """People are called, or spoken with when they come to the clinic anyway."""
    approaches_per_month: PositiveCount = 40
    """People on a month's list, at most."""
    target_patients: PositiveCount | None = None
    """Size up to which the practice asks; left out: everybody on the registry."""
    pause_below_billable_share: Share | None = None
    """Nobody is asked if last month fewer had enough minutes in the log; left out: no pause."""
    policy: Literal["care_first", "enrollment_first", "weekly_quota"] = "care_first"
    """What comes first after patients' own requests: monthly care or enrollment."""
    quota_minutes_per_week: NonNegative = 120.0
    """With `weekly_quota`: a coordinator's weekly minutes in which enrollment comes first."""
    max_attempts: PositiveCount = 4
    """Calls without an answer after which somebody is left alone for a while."""
    again_after_months: PositiveCount = 12
    """For so many months."""
    reach_factor: NonNegative = 0.5
    """Answer probability of these calls as a multiple of an enrolled patient's."""
    talk_minutes: DurationLaw = Field(default_factory=_talk)
    """The consent talk, minutes; it does not count towards any code."""
    visit_share_per_month: Share = 0.25
    """Probability that somebody comes to the clinic in a month, where visits are used."""
    consent_share: Share = 0.6
    """Probability of consent in a talk, with supplemental cover."""
    consent_odds_ratio: Positive = 0.5
    """Odds of consent without supplemental cover, as a multiple."""
    initiating_visit_share: Share = 0.2
    """Those who consent and were not seen for a year: a visit comes first."""
    practitioner_slots_per_month: Count = 8
    """Initiating visits that the practitioners have time for."""
    no_show_share: Share = 0.1
    """Initiating visits missed; they wait on."""
    bill_g0506: Flag = False
    """Whether the care planning at a kept initiating visit is billed, once."""
