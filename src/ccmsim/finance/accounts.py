"""What claims know of a patient: cover, level, a second practice, the rest of the deductible.

Comes in: terms, the key of the replication. Goes out: ACCOUNT records, filled in when something is
first asked. What is off draws nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Records
from ccmsim.compiling import inner
from ccmsim.finance.best_claim import APCM, APCM_FIRST, CCM, PER_PATIENT
from ccmsim.finance.sending import months_until
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

_KIND = STREAMS["patient_kind"].number
_MONEY = STREAMS["patient_money"].number
_OTHER_PRACTICE = STREAMS["other_practice"].number
_OTHER_FIRST = STREAMS["other_first"].number
_DEDUCTIBLE = STREAMS["deductible"].number

UNKNOWN, SUPPLEMENTAL, NONE, QMB = -1, 0, 1, 2
"""A patient's cover."""

ACCOUNT: Final = np.dtype(
    [
        ("cover", np.int64),  # supplemental, none or QMB; -1 before the first claim
        ("level", np.int64),  # of advanced primary care; 0 before it is known
        ("is_complex", np.int64),
        ("second", np.int64),  # has a second practice; -1 before the first claim
        ("year", np.int64),  # the deductible's, counted from the first simulated; -1 at first
        ("met", np.int64),  # month of that year from which on nothing of it is left, 1 is January
        ("left", np.int64),  # cents of it that claims have not used up
    ]
)
"""A patient, as claims know them."""


@inner
def open_accounts(accounts: Records) -> None:
    """Forget what claims know of patients."""
    for p in range(len(accounts)):
        accounts[p].cover = accounts[p].second = accounts[p].year = -1
        accounts[p].left = accounts[p].level = 0


@inner
def find_cover(account: Any, terms: Any, seed: int, replication: int, patient: int) -> None:
    """Find out a patient's cover."""
    account.cover = SUPPLEMENTAL
    insured_by = terms.no_supplement + terms.qmb
    if insured_by > 0.0:
        u, _ = uniforms(seed, replication, _MONEY, patient, NO_MONTH, 0)
        if u < terms.no_supplement:
            account.cover = NONE
        elif u < insured_by:
            account.cover = QMB


@inner
def learn_kind(account: Any, terms: Any, seed: int, replication: int, patient: int) -> None:
    """Find out a patient's level, and whether their months are complex."""
    if account.cover == UNKNOWN:
        find_cover(account, terms, seed, replication, patient)
    u_complex, u_single = uniforms(seed, replication, _KIND, patient, NO_MONTH, 0)
    account.is_complex = u_complex < terms.complex
    account.level = rules.care_level(account.cover == QMB, u_single, terms.single_condition)


@inner
def program_of(account: Any, terms: Any) -> int:
    """Return the number of a patient's programme; their kind is known."""
    if terms.program != PER_PATIENT:
        return int(terms.program)
    return APCM if rules.under_apcm(account.level, terms.apcm_from) else CCM


@inner
def first_code_of(account: Any, terms: Any) -> int:
    """Return the number of the first code of a patient's programme, where levels have their own."""
    if program_of(account, terms) == APCM:
        return int(APCM_FIRST + account.level - 1)
    return int(terms.first_code)


@inner
def other_was_first(
    account: Any, terms: Any, seed: int, replication: int, patient: int, month: int
) -> bool:
    """Return whether a second practice has billed the patient's month before."""
    if terms.other_practice == 0.0:
        return False
    if account.second < 0:
        u, _ = uniforms(seed, replication, _OTHER_PRACTICE, patient, NO_MONTH, 0)
        account.second = u < terms.other_practice
    if account.second == 0:
        return False
    u, _ = uniforms(seed, replication, _OTHER_FIRST, patient, month, 0)
    return bool(u < terms.other_first)


@inner
def deductible_left(
    account: Any,
    deductible: int,
    terms: Any,
    seed: int,
    replication: int,
    patient: int,
    month: int,
) -> int:
    """Return what is left of the patient's deductible in a month, cents."""
    if deductible == 0:
        return 0
    year, month_of_year = divmod(terms.first_month + month, 12)
    if account.year != year:
        u, _ = uniforms(seed, replication, _DEDUCTIBLE, patient, NO_MONTH, year)
        account.year, account.left = year, deductible
        account.met = months_until(u, terms.log_unmet)
    return account.left if month_of_year + 1 < account.met else 0
