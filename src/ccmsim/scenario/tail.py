"""Rare things that happen to the practice as a whole.

Comes in: plain values. Goes out: the frozen `Tail`. Never draws anything.
"""

from __future__ import annotations

from ccmsim.distributions import Constant
from ccmsim.scenario.base import DurationLaw, NonNegative, Part, PositiveShare, Share


class Tail(Part):
    """Batches of claims that leave late; with a share and a rate of 0 none does."""

    batch_missed_share: Share = 0.0
    """Months whose batch of claims is not sent at the month's end."""
    batch_found_per_month_share: PositiveShare = 0.5
    """Batches not sent that are found and sent in each later month."""
    biller_away_per_year: NonNegative = 0.0
    """How often a year the biller goes away; batches wait for the first month back."""
    biller_away_months: DurationLaw = Constant(value=2.0)
    """Months away, from a month's start on, rounded to whole ones, at least one."""
