"""Payer audits: what is taken back of what claims were paid in error.

Comes in: random numbers of the practice, what each month's claims hold. Goes out: cents taken back,
by the audit's month.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim.arrays import Records
from ccmsim.compiling import inner
from ccmsim.finance.money import TOO_LATE
from ccmsim.memory import Handle
from ccmsim.sampling import draw
from ccmsim.streams import PRACTICE, STREAMS, uniforms

_AUDIT = STREAMS["payer_audit"].number


@inner
def take_back(terms: Any, laws: Handle, seed: int, replication: int, money: Records) -> None:
    """Enter every month's audit, after `settle_claims`; what is repaid is no longer `wrong`."""
    for month in range(1, len(money)):
        u_audit, u_factor = uniforms(seed, replication, _AUDIT, PRACTICE, month, 0)
        if u_audit >= terms.audit:
            continue
        sent, wrong = _read_claims(money, max(0, month - terms.audit_lookback), month)
        if sent > 0:
            factor = draw(laws, terms.audit_row, u_factor)
            money[month].recouped = int(np.floor(factor * wrong + 0.5))
            money[month].audits = 1


@inner
def _read_claims(money: Records, first: int, audit: int) -> tuple[int, int]:
    """Return claims of the months first … audit − 1 that have left, and cents paid in error."""
    sent = wrong = 0
    for month in range(first, audit):
        for delay in range(min(TOO_LATE, audit - month)):
            sent += money[month].sent[delay]
            wrong += money[month].wrong[delay]
            money[month].wrong[delay] = 0
    return sent, wrong
