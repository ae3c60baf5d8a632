"""The programme that the practice bills.

Comes in: plain values. Goes out: the frozen `Billing`. Never computes a claim.
"""

from __future__ import annotations

from typing import Literal

from ccmsim.scenario.base import Part

PROGRAMS = ("ccm", "pcm", "apcm")


class Billing(Part):
    """Which codes the months of all enrolled patients are billed with."""

    program: Literal["ccm", "pcm", "apcm"] = "ccm"
    """Chronic, principal (one condition) or advanced primary care management (no threshold)."""
    complex_policy: Literal["best_paid", "complex_first"] = "best_paid"
    """A complex patient's claim: what pays most, or the complex codes from 60 minutes on."""
