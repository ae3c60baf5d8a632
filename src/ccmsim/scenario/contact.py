"""Work with patients: when it is released, whether they answer, how long it takes.

Comes in: plain values. Goes out: the frozen `Contact`. Never draws a duration; the engines do.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ccmsim.distributions import Beta, Constant, Distribution, Lognormal
from ccmsim.errors import refuse
from ccmsim.scenario.base import (
    Count,
    DurationLaw,
    Flag,
    NonNegative,
    Number,
    Part,
    Positive,
    PositiveCount,
    Share,
    ShareLaw,
)

PATTERNS = ("even", "front_loaded", "back_loaded", "first_day")
MOST_ADDON_STEPS = 2
"""As many add-on units as Medicare pays in a month."""
FOLLOWUPS = ("call", "chart", "call_then_chart")


def _call() -> Distribution:
    return Lognormal(mean=12.0, cv=0.60691)


def _request() -> Distribution:
    return Lognormal(mean=5.0, cv=0.60691)


def _answer() -> Distribution:
    return Beta(a=0.70, b=0.75)


Rate = Annotated[float, Number(high=100.0)]
AddonSteps = Annotated[int, Number(high=MOST_ADDON_STEPS, whole=True)]


class Contact(Part):
    """Outreach, follow-up, requests and care tasks."""

    threshold_minutes: Positive = 20.0
    """Captured minutes that make a month billable; `apcm` needs none."""
    target_minutes: Positive = 22.0
    """Known minutes at which staff stop: at or above the threshold, a buffer against losses."""
    addon_steps: AddonSteps = 0
    """Add-on units for which staff go on beyond the target: 20 minutes each."""
    addon_within_minutes: NonNegative = 20.0
    """Staff go on to the next unit only if no more minutes than this are missing."""
    outreach_pattern: Literal["even", "front_loaded", "back_loaded", "first_day"] = "front_loaded"
    """Where in the month the first call of a patient falls."""
    max_attempts: PositiveCount = 4
    """Outgoing calls to a patient in a month, the final push aside."""
    retry_gap_days: PositiveCount = 2
    """Business days from an unanswered call to the next."""
    followup: Literal["call", "chart", "call_then_chart"] = "call_then_chart"
    """What follows while known minutes are under the target: calls, chart work, or both in turn."""
    followup_gap_days: PositiveCount = 2
    """Business days from a call or chart work to the follow-up."""
    chart_minutes_per_month: NonNegative = 10.0
    """Chart work that a patient's month can take, minutes."""
    chart_work_without_contact: Flag = False
    """The final push may be chart work for a patient who was not spoken with this month."""
    final_push_days: Count = 3
    """Short patients are tried once more when so many business days are left; 0: never."""
    request_patience_days: Positive = 7.0
    """Days after which others do an inbound call or care task that is still open."""
    answer_probability: ShareLaw = Field(default_factory=_answer)
    """Probability that a patient answers a call; it differs between patients."""
    morning_factor: NonNegative = 0.86
    """Multiplies the answer probability before noon."""
    afternoon_factor: NonNegative = 1.14
    """Multiplies the answer probability from noon on."""
    unfamiliar_factor: NonNegative = 0.85
    """Multiplies it until the patient has spoken with this coordinator."""
    scheduled_factor: NonNegative = 1.0
    """Multiplies it for scheduled calls: follow-up calls, and booked first calls."""
    book_next_call: Flag = False
    """Who answered last month has this month's first call booked: it is a scheduled call."""
    count_unanswered: Flag = False
    """Minutes of unanswered calls count (Medicare's rules: they don't)."""
    care_plan_minutes: DurationLaw | None = None
    """The care plan of patients enrolled after the first day, minutes; left out: no plan."""
    call_minutes: DurationLaw = Field(default_factory=_call)
    """An answered outgoing call, minutes, its notes aside."""
    notes_minutes: DurationLaw = Field(default_factory=lambda: Constant(value=5.0))
    """Notes after an answered outgoing call, minutes: one block with it."""
    attempt_minutes: DurationLaw = Field(default_factory=lambda: Constant(value=2.0))
    """An unanswered call, minutes."""
    inbound_per_month: Rate = 0.75
    """Inbound calls of a patient with need 1, a month."""
    inbound_minutes: DurationLaw = Field(default_factory=_request)
    """An inbound call, minutes, its notes included."""
    care_tasks_per_month: Rate = 1.6
    """Refills, referrals, results and plan work of a patient with need 1, a month."""
    care_task_minutes: DurationLaw = Field(default_factory=_request)
    """A care task, minutes."""
    other_work_outside_share: Share = 0.5
    """Share of inbound calls and care tasks done by others, outside protected hours."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.target_minutes < self.threshold_minutes:
            raise refuse(
                "target_minutes",
                f"must be at least threshold_minutes ({self.threshold_minutes:g})",
                self.target_minutes,
                "the threshold, or more as a buffer against losses",
            )
        return self
