"""Closed forms that the simulation is compared with, and the ceiling that no staffing can pass.

Comes in: laws, rates, a scenario. Goes out: exact numbers of simpler models, and one Estimate.
Never used by an engine; scipy is loaded when a function needs it.
"""

from __future__ import annotations

from ccmsim.theory.absence import (
    absence_by_day,
    absence_fraction,
    ramp_by_day,
    ramp_loss,
    survival,
)
from ccmsim.theory.calls import answered_calls, ceiling_share_closed_form, threshold_share
from ccmsim.theory.capacity import Capacity, capacity, clipped_normal
from ccmsim.theory.ceiling import ceiling_share
from ccmsim.theory.presence import Presence, presence
from ccmsim.theory.queues import little, mg1_wait, mmc_wait

__all__ = [
    "Capacity",
    "Presence",
    "absence_by_day",
    "absence_fraction",
    "answered_calls",
    "capacity",
    "ceiling_share",
    "ceiling_share_closed_form",
    "clipped_normal",
    "little",
    "mg1_wait",
    "mmc_wait",
    "presence",
    "ramp_by_day",
    "ramp_loss",
    "survival",
    "threshold_share",
]
