"""Rare things that happen to the practice as a whole.

Comes in: plain values. Goes out: the frozen `Tail`. Never draws anything.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from ccmsim.distributions import Constant, Distribution
from ccmsim.errors import refuse
from ccmsim.scenario.base import DurationLaw, NonNegative, Part, PositiveCount, PositiveShare, Share


def _at_least_one(law: Distribution) -> Distribution:
    low, _ = law.support()
    if low < 1.0:
        raise refuse("", "must never be under 1", law, "a number or a distribution of 1 or more")
    return law


class Tail(Part):
    """Late batches, a practitioner who leaves, payer audits; with shares and rates of 0 none."""

    batch_missed_share: Share = 0.0
    """Months whose batch of claims is not sent at the month's end."""
    batch_found_per_month_share: PositiveShare = 0.5
    """Batches not sent that are found and sent in each later month."""
    biller_away_per_year: NonNegative = 0.0
    """How often a year the biller goes away; batches wait for the first month back."""
    biller_away_months: DurationLaw = Constant(value=2.0)
    """Months away, from a month's start on, rounded to whole ones, at least one."""
    practitioner_leaves_per_year: NonNegative = 0.0
    """How often a year the supervising practitioner leaves: without one nothing is claimable."""
    colleague_share: Share = 0.5
    """Probability that a colleague takes over at once."""
    practitioner_vacancy_months: DurationLaw = Constant(value=4.0)
    """Months without a supervising practitioner, rounded to whole ones, at least one."""
    audits_per_year: NonNegative = 0.0
    """How often a year the payer audits: defective and double claims are paid back."""
    audit_lookback_months: PositiveCount = 12
    """Months before its own that an audit reads."""
    audit_factor: Annotated[DurationLaw, AfterValidator(_at_least_one)] = Constant(value=1.0)
    """Multiple of what was paid in error that is paid back: extrapolation, interest, penalty."""
    audit_usd: NonNegative = 2000.0
    """Cost of an audit that reads a claim: records, time, a lawyer."""
