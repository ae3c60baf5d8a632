"""From patient-months to money: claims, payment in time, costs.

Comes in: the facts of a replication and the status of its patient-months. Goes out: whole cents by
month. The rules are section 7 of docs/model.md; fees and units are those of `ccmsim.billing`.
"""

from __future__ import annotations

from ccmsim.finance.best_claim import best_claim
from ccmsim.finance.claims import ACCOUNT
from ccmsim.finance.money import (
    CODES,
    ITEMS,
    MONEY,
    OVERHEADS,
    WAGE_ITEMS,
    WRITTEN_OFF,
    Money,
)
from ccmsim.finance.settlement import enter_money, settle
from ccmsim.finance.terms import Terms, month_fees, terms_of

__all__ = [
    "ACCOUNT",
    "CODES",
    "ITEMS",
    "MONEY",
    "OVERHEADS",
    "WAGE_ITEMS",
    "WRITTEN_OFF",
    "Money",
    "Terms",
    "best_claim",
    "enter_money",
    "month_fees",
    "settle",
    "terms_of",
]
