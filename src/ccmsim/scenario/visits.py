"""Visits: what the practice earns beside the programme.

Comes in: plain values. Goes out: the frozen `Visits`. Never draws anything.
"""

from __future__ import annotations

from typing import Annotated

from ccmsim.scenario.base import NonNegative, Number, Part, PositiveCount, Share


class Visits(Part):
    """Office visits, which share the clinic's load with the pulling away of coordinators."""

    per_month: NonNegative = 300.0
    """Visits in a month of usual load and season with every practitioner there."""
    usd: NonNegative = 110.0
    """US dollars a visit, as paid."""
    season_amplitude: Share = 0.05
    """Winter's excess over the mean: a yearly cosine with its peak in mid-January."""
    cv: Annotated[float, Number(high=5.0)] = 0.08
    """Coefficient of variation of a month's visits that nothing else explains."""
    practitioner_absent_days_per_year: NonNegative = 25.0
    """Business days a year on which the practitioner is away and sees nobody."""
    supervisor_share: Share = 1.0
    """The supervising practitioner's share of the visits: they stop while there is none."""
    shock_per_year: NonNegative = 0.0
    """How often a year a shock begins, such as an epidemic or a road closed."""
    shock_share: Share = 0.5
    """Visits that are left during a shock, as a share."""
    shock_months: PositiveCount = 3
    """Months that a shock lasts."""
