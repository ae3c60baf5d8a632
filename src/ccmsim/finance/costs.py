"""What the programme costs, and the receivable: month by month.

Comes in: paid time, counters and what the claims left. Goes out: the rest of MONEY.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim.arrays import Floats, Ints, Records
from ccmsim.compiling import inner
from ccmsim.finance.best_claim import APCM


@inner
def _to_cents(usd: float) -> int:
    return int(np.floor(usd * 100.0 + 0.5))


@inner
def settle_months(
    rows: Records,
    counts: Records,
    paid_minutes: Floats,
    nominal_minutes: Floats,
    overtime_minutes: Floats,
    hires: Ints,
    fees: Ints,
    terms: Any,
    usd_per_minute: Floats,
    onboarding_usd: Floats,
    money: Records,
) -> None:
    """Enter plan, costs and receivable of every month in `money`, after `settle_claims`.

    Parameters
    ----------
    counts : array of COUNTS, shape (M,)
    paid_minutes, nominal_minutes, overtime_minutes : ndarray, shape (M, S + C)
    hires : ndarray of int64, shape (M, S)
    """
    for i in range(len(rows)):
        money[rows[i].month].enrolled += 1
    receivable = 0
    for m in range(len(money)):
        of_month = money[m]
        enrolled = of_month.enrolled
        extra = staff = nominal = 0.0
        for s in range(len(usd_per_minute)):
            wage = usd_per_minute[s]
            extra += overtime_minutes[m, s] * wage * terms.overtime_factor
            staff += paid_minutes[m, s] * wage
            nominal += nominal_minutes[m, s] * wage
        for s in range(len(onboarding_usd)):
            extra += hires[m, s] * onboarding_usd[s]
        other = (
            terms.replacement_usd * counts[m].new_patients
            + terms.oversight_usd * of_month.claims
            + terms.software_usd * enrolled
            + terms.rework_usd * (of_month.denied + of_month.caught)
            + terms.appeal_usd * of_month.appealed
        )
        receivable += of_month.final - of_month.collected
        of_month.receivable = receivable
        of_month.staff_cost = _to_cents(staff + extra)
        of_month.nominal_staff_cost = _to_cents(nominal + extra)
        of_month.other_cost = _to_cents(other)
        if terms.program != APCM:  # there by level, entered with the claims
            of_month.plan = enrolled * fees[m, terms.first_code]
