"""Fees, payment and costs.

Comes in: plain values. Goes out: the frozen `Finance`. Never computes an amount.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from ccmsim.errors import refuse
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.base import Count, NonNegative, Number, Part, Positive, Share, Text

_CENT: Final = Decimal("0.01")
_YEAR: Final = Number(low=2000, high=2100, whole=True)
_FEE: Final = Number(high=100_000.0)


def _checked_year(value: object) -> object:
    if value is None or value == "calendar":
        return value
    if isinstance(value, str):
        raise refuse("", "is not a year", value, '"calendar", or a year such as 2026')
    return _YEAR.check(value)


def _checked_fee(value: object) -> Decimal:
    dollars = _FEE.check(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(dollars))
    if exact != exact.quantize(_CENT):
        raise refuse("", "must be whole cents", value, "US dollars such as 66.13")
    return exact.quantize(_CENT)


def _checked_code(code: str) -> str:
    if not re.fullmatch(r"[0-9A-Z]\d{4}", code):
        raise refuse("", "is not a billing code", code, "five characters, such as 99490 or G0556")
    return code


def _checked_locality(locality: str) -> str:
    if locality != "national" and not re.fullmatch(r"\d{5}-\d{2}", locality):
        raise refuse("", "is not a locality", locality, '"national", or such as "13202-01"')
    return locality


Code = Annotated[str, Field(strict=True), AfterValidator(_checked_code)]
Fee = Annotated[Decimal, BeforeValidator(_checked_fee)]


class Finance(Part):
    """What a claim pays, when, and what the programme costs."""

    fee_year: Annotated[Literal["calendar"] | int | None, PlainValidator(_checked_year)] = None
    """Fee schedule: of each month's own year, of one year, or (left out) of the start's year."""
    locality: Annotated[Text, AfterValidator(_checked_locality)] = "national"
    """Medicare locality as "<MAC>-<number>" (2025 only), or "national"."""
    setting: Literal["nonfacility", "facility"] = "nonfacility"
    """Where services are given: in an office, or in a facility that is paid on its own."""
    fees_usd: FrozenMapping[Code, Fee] = FrozenMapping()
    """The practice's own fees by code, US dollars a unit, in place of the schedule's."""
    denied_share: Share = 0.07
    """Claims that are denied at first."""
    recovered_share: Share = 0.65
    """Denied claims that are paid after rework."""
    rework_usd: NonNegative = 15.0
    """Cost of reworking a denied claim, or a duplicate that is caught, US dollars."""
    appealed_share: Share = 0.0
    """Denied claims that rework does not recover, and that are appealed."""
    appeal_won_share: Share = 0.5
    """Appeals that are won: the claim is paid."""
    appeal_usd: NonNegative = 40.0
    """Cost of an appeal, US dollars."""
    other_practice_share: Share = 0.0
    """Patients for whom a second practice bills too."""
    other_first_share: Share = 0.5
    """Their months in which the second practice is paid first; the claim is denied for good."""
    duplicate_share: Share = 0.0
    """Claims that pay and are sent twice."""
    duplicate_caught_share: Share = 0.6
    """Claims sent twice that are noticed in time; of the others Medicare pays its part twice."""
    sequestration_share: Share = 0.02
    """Taken from Medicare's 80 %."""
    no_supplement_share: Share = 0.11
    """Patients without supplemental cover, who owe the coinsurance themselves."""
    qmb_share: Share = 0.0
    """Patients whose part Medicaid takes over (QMB); they owe nothing."""
    medicaid_paid_share: Share = 1.0
    """What Medicaid pays of their part."""
    coinsurance_paid_share: Share = 0.5
    """Months in which they pay it; and in which a patient pays a deductible."""
    deductible: Literal["ignored", "modelled"] = "ignored"
    """Whether claims use up the year's Part B deductible; supplemental cover doesn't pay it."""
    deductible_met_per_month_share: Share = 0.35
    """Patients whose deductible the care of others meets, in each month of the calendar year."""
    payment_lag_months: Count = 1
    """Months until Medicare and supplemental cover pay."""
    patient_lag_months: Count = 2
    """Months until a patient pays a coinsurance of their own."""
    recovery_lag_months: Count = 3
    """Months until a denied claim is paid after all."""
    appeal_lag_months: Count = 6
    """Months until a claim is paid whose appeal is won."""
    wage_load: Positive = 1.25
    """Wages to cost; without paid leave, which the model pays already."""
    overtime_factor: NonNegative = 1.5
    """Pay of a minute beyond the shift's gross end, as a multiple of the wage."""
    onboarding_usd: NonNegative = 14_200.0
    """Replacing a coordinator of 40 hours, US dollars; in proportion to protected hours."""
    replacement_cost_usd: NonNegative = 100.0
    """Enrolling a patient in a leaver's place, US dollars."""
    oversight_usd_per_claim: NonNegative = 2.0
    """The practitioner's general supervision, US dollars a claim; a minute at 120 an hour."""
    software_usd_per_patient_month: NonNegative = 2.5
    """Software, US dollars an enrolled patient and month."""
    baseline_coordination_minutes: NonNegative = 0.0
    """Countable minutes a month that staff gave, and were paid for, before the programme began."""

    @model_validator(mode="after")
    def _one_cover_each(self) -> Self:
        if self.no_supplement_share + self.qmb_share > 1.0:
            raise refuse(
                "qmb_share",
                f"and no_supplement_share ({self.no_supplement_share:g}) must not exceed 1",
                self.qmb_share,
                f"at most {1.0 - self.no_supplement_share:g}",
            )
        return self
