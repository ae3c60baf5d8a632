"""The practitioner's own time with patients, beside the coordinators' desks.

Comes in: plain values. Goes out: the frozen `Practitioner`. Never draws anything.
"""

from __future__ import annotations

from pydantic import Field

from ccmsim.distributions import Distribution, Lognormal
from ccmsim.scenario.base import DurationLaw, NonNegative, Part, Share


def _minutes() -> Distribution:
    return Lognormal(mean=10.0, cv=0.5)


class Practitioner(Part):
    """Minutes that the billing practitioner gives to patients between visits."""

    contact_share: Share = 0.3
    """Probability that a patient's month has time of the practitioner's own."""
    complex_ratio: NonNegative = 1.0
    """What multiplies it for complex patients; the product is at most 1."""
    minutes: DurationLaw = Field(default_factory=_minutes)
    """How long that takes, minutes."""
    logged_share: Share = 0.9
    """Probability that it is logged."""
    usd_per_hour: NonNegative = 120.0
    """What an hour of it costs, US dollars."""
