"""From patient-months to money: claims, payment in time, costs.

Comes in: the facts of a replication and the status of its patient-months. Goes out: whole cents by
month. The rules are section 7 of docs/model.md; fees and units are those of `ccmsim.billing`.
"""

from __future__ import annotations

from ccmsim.finance.accounts import ACCOUNT
from ccmsim.finance.best_claim import best_claim
from ccmsim.finance.claims import draw_claims, settle_claim
from ccmsim.finance.money import (
    CODES,
    ITEMS,
    MONEY,
    OVERHEADS,
    WAGE_ITEMS,
    WRITTEN_OFF,
    Money,
)
from ccmsim.finance.settlement import close_books, open_books, settle
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
    "close_books",
    "draw_claims",
    "month_fees",
    "open_books",
    "settle",
    "settle_claim",
    "terms_of",
]
