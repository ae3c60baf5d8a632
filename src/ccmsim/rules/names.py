"""What the rules give numbers to: kinds of work, actions, choices, statuses.

Comes in: nothing. Goes out: whole numbers, and the words for them in the same order.
"""

from __future__ import annotations

from typing import Final

# Kinds of work items: the order in which one patient's items of one instant are released.
OUTREACH: Final = 0
RETRY: Final = 1
FOLLOW_UP: Final = 2
FINAL_PUSH: Final = 3
INBOUND: Final = 4
CARE_TASK: Final = 5
APPROACH: Final = 6
PRACTITIONER: Final = 7
ITEM_KINDS: Final = (
    "outreach", "retry", "follow_up", "final_push", "inbound", "care_task", "approach",
    "practitioner",
)  # fmt: skip

# What a coordinator does for an outreach-type item.
NOTHING: Final = 0
CALL: Final = 1
CHART: Final = 2
PLAN: Final = 3

MOST_REQUESTS: Final = 700.0
"""The largest mean number of requests of one kind in a patient's month."""

# Positions in the scenario's lists of choices.
EVEN, FRONT_LOADED, BACK_LOADED, FIRST_DAY = range(4)
FOLLOWUP_CALL, FOLLOWUP_CHART, FOLLOWUP_CALL_THEN_CHART = range(3)
REAL_TIME, END_OF_DAY, END_OF_MONTH = range(3)
BY_RELEASE, CLOSEST_TO_THRESHOLD, LONGEST_UNSEEN = range(3)
CARE_FIRST, ENROLLMENT_FIRST, WEEKLY_QUOTA = range(3)

# Status of a patient-month; the reasons of a missed month follow in this order (section 6).
BILLABLE: Final = 0
REASONS: Final = (
    "not_claimable",
    "undocumented",
    "lost_capture",
    "short",
    "unreached",
    "no_attempt_off_duty",
    "no_attempt_backlog",
)
NOT_CLAIMABLE, UNDOCUMENTED, LOST_CAPTURE, SHORT, UNREACHED, OFF_DUTY, BACKLOG = range(1, 8)
NOT_ENROLLED: Final = -1

UNCONTACTED: Final = 3
"""Months in a row without contact from which `uncontacted_patients` counts a patient."""

STAGES: Final = ("early", "growth", "mature")
"""Of a programme, by its enrolled patients, in the order of their numbers (section 2)."""

# Why a month may not be claimed, and for want of what it is undocumented: the first that applies.
BARS: Final = ("by_rule", "supervision", "consent")
CLAIMABLE, BY_RULE, NO_SUPERVISION, NO_CONSENT = range(-1, 3)
ELEMENTS: Final = ("other", "care_plan", "time_log", "access", "supervision")
COMPLETE, OTHER, CARE_PLAN, TIME_LOG, ACCESS, SUPERVISION = range(-1, 5)
