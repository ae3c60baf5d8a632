"""Medicare billing: which codes a month's minutes give, what they pay, and who pays it.

Comes in: minutes, a year, a place, a user's own fee table. Goes out: claim lines, decimal dollars,
whole cents. Never reaches into the engine, and needs nothing but the standard library.
"""

from __future__ import annotations

from ccmsim.billing.codes import FAMILIES, Family, claim_lines
from ccmsim.billing.fees import (
    PaymentSplit,
    allowed_amount,
    fee,
    fee_cents,
    localities,
    split_payment,
)
from ccmsim.billing.tables import FeeTable

__all__ = [
    "FAMILIES",
    "Family",
    "FeeTable",
    "PaymentSplit",
    "allowed_amount",
    "claim_lines",
    "fee",
    "fee_cents",
    "localities",
    "split_payment",
]
