"""Rare things that happen to the practice as a whole.

Comes in: plain values. Goes out: the frozen `Tail`. Never draws anything.
"""

from __future__ import annotations

from ccmsim.distributions import Constant
from ccmsim.scenario.base import DurationLaw, NonNegative, Part, PositiveShare, Share


class Tail(Part):
    """Batches of claims that leave late. Nothing of it happens unless a share or a rate is given."""

    batch_missed_share: Share = 0.0
    """Months whose batch of claims is not sent at the month's end."""
    batch_found_per_month_share: PositiveShare = 0.5
    """Batches not sent that are found and sent in each later month."""
    biller_away_per_year: NonNegative = 0.0
    """How often a year the biller goes away, from a month's start on; batches wait for the return."""
    biller_away_months: DurationLaw = Constant(value=2.0)
    """For how many months, rounded to whole ones, at least one."""
