"""The money of a month: one record, in whole cents and numbers of claims.

Names and order only; the other modules of this room fill it in.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from ccmsim.arrays import Records
from ccmsim.billing import codes

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
        ("other_cost", np.int64),  # replacement of patients, oversight, software, rework, appeals
        ("denied", np.int64),  # claims denied at first
        ("late", np.int64),  # claims sent too late to be paid
        ("other_practice", np.int64),  # claims denied because another practice was first
        ("appealed", np.int64),
        ("duplicate", np.int64),  # claims sent twice
        ("caught", np.int64),  # of these, those noticed before the second payment
        ("enrolled", np.int64),
        ("plan", np.int64),  # the projection: every enrolled patient billed the first code
    ]
)
"""The money of one month: cents, and numbers of claims."""
