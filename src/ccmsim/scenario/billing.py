"""The programme that the practice bills.

Comes in: plain values. Goes out: the frozen `Billing`. Never computes a claim.
"""

from __future__ import annotations

from typing import Final, get_args

from ccmsim.billing.codes import ComplexPolicy, Program
from ccmsim.scenario.base import Part

PROGRAMS: Final[tuple[Program, ...]] = get_args(Program)


class Billing(Part):
    """Which codes the months of all enrolled patients are billed with."""

    program: Program = "ccm"
    """Chronic, principal (one condition) or advanced primary care management (no threshold)."""
    complex_policy: ComplexPolicy = "best_paid"
    """A complex patient's claim: what pays most, or the complex codes from 60 minutes on."""
