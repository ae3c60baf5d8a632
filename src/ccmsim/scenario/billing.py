"""The programme that the practice bills.

Comes in: plain values. Goes out: the frozen `Billing`. Never computes a claim.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from ccmsim.billing.codes import ComplexPolicy, PractitionerTime
from ccmsim.scenario.base import NonNegative, Number, Part

PROGRAMS: Final = ("ccm", "pcm", "apcm", "per_patient")

Level = Annotated[int, Number(low=1, high=3, whole=True)]


class Billing(Part):
    """Which codes the months of all enrolled patients are billed with."""

    program: Literal["ccm", "pcm", "apcm", "per_patient"] = "ccm"
    """Chronic, principal (one condition) or advanced primary care (no threshold); or by level."""
    apcm_from_level: Level = 3
    """With `per_patient`: this level and above, and level 1, have `apcm`; the others `ccm`."""
    apcm_target_minutes: NonNegative = 10.0
    """Known minutes at which staff stop in a month of a patient under `apcm`."""
    complex_policy: ComplexPolicy = "best_paid"
    """A complex patient's claim: what pays most, or the complex codes from 60 minutes on."""
    practitioner_time: PractitionerTime = "own"
    """Whether the practitioner's minutes may be billed as staff's, where that pays more."""
