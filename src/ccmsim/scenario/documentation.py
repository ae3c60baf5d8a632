"""What ends up in the time log, and whether the documentation stands.

Comes in: plain values. Goes out: the frozen `Documentation`. Never decides about a month.
"""

from __future__ import annotations

import math
from typing import Literal

from ccmsim.scenario.base import Flag, NonNegative, Part, PositiveCount, PositiveShare, Share

CAPTURE_MODES = ("real_time", "end_of_day", "end_of_month")


class Loss(Part):
    """What a way of logging loses."""

    entry_loss_share: Share
    """Probability that an entry is forgotten whole."""
    minute_loss_share: Share = 0.0
    """Part of the minutes that a remembered entry lacks."""


class Elements(Part):
    """What each month's record has to show beside the minutes: shares of months that lack it."""

    time_log: Share = 0.01
    """Months whose minutes are logged without dates, or without who did what."""
    access: Share = 0.005
    """Months without proof of access round the clock."""
    supervision: Share = 0.005
    """Months without proof of general supervision."""
    trained: Flag = False
    """Whether staff are trained in documentation."""
    trained_factor: Share = 0.5
    """What training multiplies the three shares by."""

    def failure_shares(self) -> tuple[float, float, float]:
        """Return the shares of months that lack the first, one of the first two, one of all.

        Examples
        --------
        >>> shares = Elements(time_log=0.1, access=0.1, supervision=0.0).failure_shares()
        >>> [round(share, 12) for share in shares]
        [0.1, 0.19, 0.19]
        """
        factor = self.trained_factor if self.trained else 1.0
        stands = [1.0 - factor * share for share in (self.time_log, self.access, self.supervision)]
        first, second, third = (1.0 - math.prod(stands[:k]) for k in (1, 2, 3))
        return first, second, third


class Documentation(Part):
    """Capture of minutes and documentation of months."""

    capture: Literal["real_time", "end_of_day", "end_of_month"] = "end_of_day"
    """When minutes are logged: it decides what is lost and what staff know of a patient."""
    real_time: Loss = Loss(entry_loss_share=0.01)
    """What is lost when each service is logged at once."""
    end_of_day: Loss = Loss(entry_loss_share=0.03)
    """What is lost when the day is logged at its end."""
    end_of_month: Loss = Loss(entry_loss_share=0.12, minute_loss_share=0.05)
    """What is lost when the month is logged from memory, and on the days of an outage."""
    logging_minutes_per_entry: NonNegative = 1.0
    """Minutes added to every service, unanswered calls included; never countable."""
    outside_capture_share: Share = 0.7
    """Probability that work done by others is logged."""
    failure_share: Share = 0.02
    """Months whose documentation fails: half by chance, half by lasting faults; f − f²/4 in all."""
    mended_per_month_share: PositiveShare = 0.25
    """Probability that a lasting fault (missing plan or consent) is mended in a month."""
    not_claimable_share: Share = 0.03
    """Patient-months that the rules bar, as a share: home-health or hospice oversight, dialysis."""
    consent_missing_share: Share = 0.0
    """Patients whose consent is not on record at first; until mended no month is claimable."""
    elements: Elements | None = None
    """What a month's record has to show; left out: nothing beyond `failure_share`."""
    noticed_share: Share = 1.0
    """Months without sound documentation that somebody notices before billing, as a share."""
    internal_audit_months: PositiveCount | None = None
    """The practice reviews its records every so many months; left out: never."""
    found_share: Share = 0.7
    """Months with enough minutes worked and too few logged, and faults, that a review finds."""
    audit_minutes_per_patient: NonNegative = 0.5
    """Minutes that the review of a patient's month takes."""
    training_hours_per_year: NonNegative = 0.0
    """Training of each seat's coordinator in documentation, paid hours a year."""
    training_hours_per_hire: NonNegative = 0.0
    """The same of each new coordinator, paid hours once."""
