"""How the practice runs: opening hours, who takes whose patients, what comes first.

Comes in: plain values. Goes out: the frozen `Operations`. Never orders anything itself.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from ccmsim.errors import refuse
from ccmsim.scenario.base import Count, Day, Flag, NonNegative, Number, Part, Positive, Share
from ccmsim.scenario.staff import ClockTime, Cover, clock_minutes

ASSIGNMENTS = ("owned", "owned_with_backup", "pooled")
REVIEWS = ("never", "monthly", "weekly", "daily")
ORDERS = ("release", "closest_to_threshold", "longest_unseen")


def _in_order(days: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))


class LoadAbsence(Part):
    """More sickness among coordinators who had too many patients in the month before."""

    norm_patients_per_hour: Positive = 1.8
    """Enrolled patients an on-duty hour of a month above which sickness rises."""
    elasticity: NonNegative = 0.5
    """Rise of the probability of a sick spell for each rise of the load, as shares of normal."""
    most_factor: Annotated[float, Number(low=1.0)] = 3.0
    """The probability is never multiplied by more; also after a month without on-duty time."""


class Owner(Part):
    """Somebody whose job the programme is: reviews, cover on call, a clean roster."""

    hours_per_week: Annotated[float, Number(high=120.0)] = 2.0
    """Paid hours a week; more where the reviews take more. Without an owner they cost nothing."""
    wage_usd_per_hour: NonNegative = 45.0
    """Wage, US dollars an hour, before the load of `finance.wage_load`."""
    away_share: Share = 0.1
    """Probability of being away in a week: no review, nobody calls substitutes."""
    review_minutes: NonNegative = 10.0
    """Minutes of a review of the worklist, however few patients there are."""
    review_minutes_per_patient: NonNegative = 0.1
    """Minutes of a review for each enrolled patient."""


class Operations(Part):
    """The practice's rules of work."""

    clinic_opens: ClockTime = "08:00"
    """The practice opens: outreach is released then."""
    clinic_closes: ClockTime = "17:00"
    """The practice closes: requests arrive, and outages start, from opening to closing."""
    federal_holidays: Flag = True
    """The practice is closed on the eleven federal holidays as observed."""
    closed_days: Annotated[tuple[Day, ...], AfterValidator(_in_order)] = ()
    """The practice's own closed days: calendar, never lost minutes."""
    assignment: Literal["owned", "owned_with_backup", "pooled"] = "owned"
    """Patients have a seat of their own, the same with backup by others, or one worklist."""
    backup_after_days: Count = 1
    """Others step in when an owner's latest so many scheduled days, and today, are all off duty."""
    backup_above_backlog_items: Count | None = None
    """Others also help, all day, with a list of more open items at opening; left out: never."""
    order: Literal["release", "closest_to_threshold", "longest_unseen"] = "closest_to_threshold"
    """Which outreach work comes first, after the patients' own requests."""
    worklist_review: Literal["never", "monthly", "weekly", "daily"] = "daily"
    """How often somebody sees who is short or silent: follow-ups and the push wait for it."""
    carry_open_items: Flag = True
    """Open inbound calls and care tasks are kept over a month's end."""
    clinic_load_cv: Annotated[float, Number(high=5.0)] = 0.1
    """Coefficient of variation of the clinic's monthly load factor, which drives `floor_cover`."""
    owner: Owner | None = None
    """Whose job the programme is; left out: it is done as set, at nobody's cost."""
    load_absence: LoadAbsence | None = None
    """Sickness that rises with the load of the month before; left out: it does not."""
    cover: Cover | None = None
    """Substitutes on call; not with a pooled worklist, which has no owners."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if clock_minutes(self.clinic_closes) <= clock_minutes(self.clinic_opens):
            raise refuse(
                "clinic_closes",
                f"must be after clinic_opens ({self.clinic_opens})",
                self.clinic_closes,
                'a later time of day, such as "17:00"',
            )
        level = self.backup_above_backlog_items
        if level is not None and self.assignment != "owned_with_backup":
            raise refuse(
                "backup_above_backlog_items",
                f'needs colleagues who step in, whom assignment "{self.assignment}" does not have',
                level,
                'assignment "owned_with_backup", or no such level',
            )
        if self.cover is not None and self.assignment == "pooled":
            raise refuse(
                "cover",
                "needs patients with owners, which a pooled worklist does not have",
                self.assignment,
                'assignment "owned" or "owned_with_backup", or no cover',
            )
        return self
