"""The patients: how many are enrolled, how they differ and how they leave.

Comes in: plain values. Goes out: the frozen `Panel`. Knows nothing of the work that they cause.
"""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from ccmsim.distributions import Distribution, Gamma, Geometric
from ccmsim.errors import refuse
from ccmsim.scenario.base import (
    Count,
    DurationLaw,
    Flag,
    NonNegative,
    Part,
    PositiveCount,
    Share,
)
from ccmsim.scenario.enrollment import Medicare

LARGEST_NEED: Final = 10.0
"""The largest mean of `need`: with the largest rates, a thousand items a patient and month."""


def _need() -> Distribution:
    return Gamma(mean=1.0, cv=0.93332)  # shape 1.148: the top fifth of patients takes half


def _stay() -> Distribution:
    return Geometric(mean=5.0)


def _moderate(law: Distribution) -> Distribution:
    if law.expected() > LARGEST_NEED:
        rule = f"must have a mean of at most {LARGEST_NEED:g}"
        raise refuse("", rule, law, "a multiplier with mean 1")
    return law


class Panel(Part):
    """The panel of enrolled patients."""

    enrolled_at_start: Count
    """Patients enrolled when the simulation starts; 0 only with `enrollment`."""
    replace_leavers: Flag = True
    """A leaver is replaced at the next month's start, for `finance.replacement_cost_usd`."""
    death_per_month_share: Share = 0.006
    """Probability of death, or of a move away, in a month."""
    opt_out_per_month_share: Share = 0.015
    """Probability that a patient opts out at a month's end."""
    early_months: PositiveCount = 1
    """Months after the enrollment in which `early_rate_ratio` holds; not for those of the start."""
    early_rate_ratio: NonNegative = 1.0
    """Opt-out in the first months of an enrollment as a multiple of later ones."""
    hospital_per_month_share: Share = 0.0
    """Probability of a stay in hospital that begins in a month: no calls, no minutes meanwhile."""
    hospital_days: DurationLaw = Field(default_factory=_stay)
    """Length of a stay, days of 24 hours."""
    silent_months: PositiveCount = 3
    """Months without an answered outgoing call after which a patient counts as silent."""
    silent_rate_ratio: NonNegative = 2.0
    """Opt-out of silent patients as a multiple of the others'."""
    disenroll_after_months_without_contact: PositiveCount | None = None
    """The practice's own rule: silent patients are taken off the panel after so many months."""
    complex_share: Share = 0.0
    """Patients whose months hold decision making of moderate or high complexity."""
    single_condition_share: Share = 0.0
    """Patients with one condition or none: level 1 of advanced primary care."""
    need: Annotated[DurationLaw, AfterValidator(_moderate)] = Field(default_factory=_need)
    """Multiplier of a patient's inbound calls and care tasks, mean 1."""
    medicare: Medicare | None = None
    """The whole Medicare panel, the enrolled included; left out: only they are modelled."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.enrolled_at_start == 0 and self.medicare is None:
            valid = "a whole number, at least 1"
            raise refuse("enrolled_at_start", "must be at least 1", 0, valid)
        return self
