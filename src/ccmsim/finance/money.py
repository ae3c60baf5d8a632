"""The money of a month: one record, in whole cents, numbers of claims and minutes.

Names and order only; the other modules of this room fill it in.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from ccmsim.arrays import Records
from ccmsim.billing import codes
from ccmsim.scenario.disruptions import CAUSES

FAMILY: Final = codes.FAMILIES["ccm_staff"]
"""The codes that plain chronic care management bills."""

CODES: Final = (*codes.CLAIM_CODES, codes.INITIATING_ADDON_CODE)
"""Their numbers, in the order of `units` in MONEY."""

WRITTEN_OFF: Final = (
    "sequestration",
    "denied",
    "other_practice",
    "late",
    "patient",
    "medicaid",
)
"""Why a part of the allowed amount is never paid, in the order of `written_off` in MONEY."""

ITEMS: Final = (
    "wages",
    "paid_absence",
    "overtime",
    "cover",
    "onboarding",
    "replacement",
    "oversight",
    "software",
    "rework",
    "training",
    "owner",
    "audit",
    "practitioner",
)
"""What the month's cost is made of, in the order of `cost` in MONEY; labels are only appended."""

STAFF_ITEMS: Final = 5
"""The first ones add up to the staff cost; the others to the other cost."""

WAGE_ITEMS: Final = ("wages", "paid_absence", "overtime", "cover", "training", "owner")
"""The items that are hours at a loaded wage."""

(
    WAGES, PAID_ABSENCE, OVERTIME, COVER, ONBOARDING, REPLACEMENT, OVERSIGHT, SOFTWARE, REWORK,
    TRAINING, OWNER, AUDIT, PRACTITIONER,
) = range(len(ITEMS))  # fmt: skip

OVERHEADS: Final = (
    "outreach_coordination",
    "documentation_training",
    "workflow_oversight",
    "tracking_logging",
)
"""Work that projections forget, in the order of `overhead` in MONEY: a view across the cost."""

TOO_LATE: Final = 12
"""Months of delay from which on a claim is past Medicare's limit of one year."""

Money: TypeAlias = Records
"""One record of MONEY a simulated month."""

MONEY: Final = np.dtype(
    [
        ("units", np.int64, (len(CODES),)),  # of each code claimed
        ("claims", np.int64),
        ("billed", np.int64),  # allowed amount of the month's claims
        ("overpaid", np.int64),  # Medicare's part paid a second time
        ("written_off", np.int64, (len(WRITTEN_OFF),)),
        ("final", np.int64),  # what they will finally have paid
        ("collected", np.int64),  # cash that arrives in the month
        ("receivable", np.int64),  # at the month's end: what claims up to then are still to pay
        ("staff_cost", np.int64),  # wages, overtime, cover and onboarding
        ("nominal_staff_cost", np.int64),  # as if pulled hours were the programme's
        ("other_cost", np.int64),  # all else, by item in `cost`
        ("denied", np.int64),  # claims denied at first
        ("late", np.int64),  # claims sent too late to be paid
        ("other_practice", np.int64),  # claims denied because another practice was first
        ("appealed", np.int64),
        ("duplicate", np.int64),  # claims sent twice
        ("caught", np.int64),  # of these, those noticed before the second payment
        ("sent", np.int64, (TOO_LATE,)),  # claims by months of delay
        ("wrong", np.int64, (TOO_LATE,)),  # cents that Medicare pays for them in error
        ("audits", np.int64),  # of a payer, in the month
        ("recouped", np.int64),  # cents that the audit takes back
        ("enrolled", np.int64),
        ("visits", np.int64),
        ("visit_revenue", np.int64),
        ("plan", np.int64),  # the projection: every enrolled patient billed the first code
        ("cost", np.int64, (len(ITEMS),)),  # staff and other cost by item
        ("absence_cost", np.int64, (len(CAUSES),)),  # paid absence by cause
        ("overhead", np.int64, (len(OVERHEADS),)),
        ("overhead_minutes", np.float64, (len(OVERHEADS),)),
        ("audit_minutes", np.float64),  # of the practice's own audit
        ("old_work", np.int64),  # billed for what was done before the programme
        ("baseline_cost", np.int64),  # wages of that time
    ]
)
"""The money of one month: cents, numbers of claims and minutes."""
