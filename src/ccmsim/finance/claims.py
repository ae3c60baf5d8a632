"""One claim after another: what it is worth, what stands in its way, who pays which part and when.

Comes in: patient-months with their status, and the delay of each batch. Goes out: the claims' part
of MONEY. Common draws come in blocks, rare ones one by one; what is off draws nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Ints, Records
from ccmsim.billing import codes, fees
from ccmsim.compiling import inner
from ccmsim.engine.judgement import DEFECTIVE, FOUND, Judgement
from ccmsim.engine.ledger import BLOCK, Scratch, draw_block, list_block
from ccmsim.finance.accounts import (
    NONE,
    QMB,
    UNKNOWN,
    deductible_left,
    find_cover,
    first_code_of,
    learn_kind,
    other_was_first,
    program_of,
)
from ccmsim.finance.best_claim import APCM, best_claim
from ccmsim.finance.money import CODES, FAMILY, TOO_LATE, WRITTEN_OFF
from ccmsim.streams import STREAMS, uniforms

_addon_units = inner(codes.addon_units)
_split_cents = inner(fees.split_cents)
_ADDON_MINUTES = FAMILY.addon_minutes
_MOST_ADDONS = FAMILY.most_addon_units
_VISIT_CODE = CODES.index(codes.INITIATING_ADDON_CODE)

_CLAIM = STREAMS["claim"].number
_COINSURANCE = STREAMS["coinsurance"].number
_OTHER_FIRST = STREAMS["other_first"].number
_DUPLICATE = STREAMS["duplicate"].number
_APPEAL = STREAMS["appeal"].number
_DEDUCTIBLE_PAYMENT = STREAMS["deductible_payment"].number
_VISIT_CLAIM = STREAMS["visit_claim"].number

_SEQUESTRATION = WRITTEN_OFF.index("sequestration")
_DENIED = WRITTEN_OFF.index("denied")
_OTHER = WRITTEN_OFF.index("other_practice")
_LATE = WRITTEN_OFF.index("late")
_PATIENT = WRITTEN_OFF.index("patient")
_MEDICAID = WRITTEN_OFF.index("medicaid")

_IS_DENIED, _IS_RECOVERED = 4, 5
"""Planes of a block's uniforms, beside those of `judgement`."""


@inner
def _claim(
    captured: float,
    own: float,
    threshold: float,
    account: Any,
    of_month_fees: Ints,
    terms: Any,
) -> tuple[int, int]:
    """Return the first code's number and the add-on units of a billable month.

    `own` are the practitioner's of the captured minutes.
    """
    if terms.plain_ccm:
        return 0, _addon_units(captured, threshold, _ADDON_MINUTES, _MOST_ADDONS)
    return best_claim(
        captured - own, own, account.is_complex == 1, program_of(account, terms), account.level,
        terms.complex_first, terms.own_as_staff, threshold, of_month_fees,
    )  # fmt: skip


@inner
def _wins_appeal(
    of_month: Any, terms: Any, seed: int, replication: int, patient: int, month: int
) -> bool:
    """Return whether a claim that rework did not recover is appealed and won."""
    if terms.appealed == 0.0:
        return False
    u_appealed, u_won = uniforms(seed, replication, _APPEAL, patient, month, 0)
    if u_appealed >= terms.appealed:
        return False
    of_month.appealed += 1
    return bool(u_won < terms.appeal_won)


@inner
def _paid_twice(
    of_month: Any, terms: Any, seed: int, replication: int, patient: int, month: int
) -> bool:
    """Return whether a claim is sent twice and nobody catches it."""
    if terms.duplicate == 0.0:
        return False
    _, u_twice = uniforms(seed, replication, _OTHER_FIRST, patient, month, 0)
    if u_twice >= terms.duplicate:
        return False
    of_month.duplicate += 1
    u_caught, _ = uniforms(seed, replication, _DUPLICATE, patient, month, 0)
    caught = u_caught < terms.duplicate_caught
    of_month.caught += caught
    return not caught


@inner
def _receive(money: Records, month: int, when: int, cents: int) -> None:
    """Enter what a claim of a month pays, and when it arrives."""
    money[month].final += cents
    if when < len(money):
        money[when].collected += cents


@inner
def _bill_patient(
    money: Records,
    terms: Any,
    seed: int,
    replication: int,
    stream: int,
    patient: int,
    month: int,
    delay: int,
    cents: int,
) -> None:
    """Ask a patient for what they owe: they pay all of it or nothing."""
    u, _ = uniforms(seed, replication, stream, patient, month, 0)
    if u < terms.coinsurance_paid:
        _receive(money, month, month + terms.patient_lag + delay, cents)
    else:
        money[month].written_off[_PATIENT] += cents


@inner
def _pay(
    money: Records,
    account: Any,
    allowed: int,
    deductible: int,
    terms: Any,
    seed: int,
    replication: int,
    patient: int,
    month: int,
    delay: int,
) -> int:
    """Split a claim that pays among Medicare, supplemental cover, Medicaid and the patient.

    It pays `delay` months later than usual. Returns Medicare's part.
    """
    of_month, arrives = money[month], month + terms.payment_lag + delay
    left = deductible_left(account, deductible, terms, seed, replication, patient, month)
    own, medicare, sequestered = _split_cents(allowed, left, terms.sequestration_percent)
    of_deductible = min(allowed, left)
    account.left -= of_deductible
    of_month.written_off[_SEQUESTRATION] += sequestered
    medicare -= sequestered
    _receive(money, month, arrives, medicare)
    if account.cover == UNKNOWN:
        find_cover(account, terms, seed, replication, patient)
    if account.cover == QMB:
        paid = int(np.floor(terms.medicaid_paid * own + 0.5))
        of_month.written_off[_MEDICAID] += own - paid
        _receive(money, month, arrives, paid)
        return medicare
    if of_deductible > 0:
        _bill_patient(
            money, terms, seed, replication, _DEDUCTIBLE_PAYMENT, patient, month, delay,
            of_deductible,
        )  # fmt: skip
    if account.cover == NONE:
        _bill_patient(
            money, terms, seed, replication, _COINSURANCE, patient, month, delay,
            own - of_deductible,
        )  # fmt: skip
    else:
        _receive(money, month, arrives, own - of_deductible)
    return medicare


@inner
def settle_initiating_visits(
    initiating_month: Ints,
    fees: Ints,
    deductible: Ints,
    terms: Any,
    seed: int,
    replication: int,
    accounts: Records,
    delays: Ints,
    money: Records,
) -> None:
    """Add up the claims for care planning at initiating visits, after `open_accounts`.

    They come before everybody's other claims: people enroll in the month after the visit.
    """
    for p in range(len(accounts)):
        m = initiating_month[p]
        if m < 0:
            continue
        of_month, delay = money[m], delays[m]
        allowed = fees[m, _VISIT_CODE]
        of_month.claims += 1
        of_month.units[_VISIT_CODE] += 1
        of_month.billed += allowed
        if delay >= TOO_LATE:
            of_month.late += 1
            of_month.written_off[_LATE] += allowed
            continue
        of_month.sent[delay] += 1
        u_denied, u_recovered = uniforms(seed, replication, _VISIT_CLAIM, p, m, 0)
        if u_denied < terms.denied:
            of_month.denied += 1
            if u_recovered >= terms.recovered:
                of_month.written_off[_DENIED] += allowed
                continue
            delay += max(0, terms.recovery_lag - terms.payment_lag)
        _pay(money, accounts[p], allowed, deductible[m], terms, seed, replication, p, m, delay)


@inner
def draw_claims(terms: Any, seed: int, replication: int, size: int, scratch: Scratch) -> None:
    """Draw what the claims of the listed patient-months need."""
    if terms.denied > 0.0:
        draw_block(seed, replication, _CLAIM, size, _IS_DENIED, scratch)


@inner
def settle_claim(
    row: Any,
    k: int,
    status: int,
    detail: int,
    fees: Ints,
    deductible: Ints,
    terms: Any,
    threshold: float,
    seed: int,
    replication: int,
    accounts: Records,
    delays: Ints,
    scratch: Scratch,
    money: Records,
) -> None:
    """Add the claim of a patient-month, if it has one; its draws are the k-th of the block.

    Parameters as of `settle_claims`.
    """
    u = scratch.uniforms
    p, m = row.patient, row.month
    of_month, account, sent = money[m], accounts[p], delays[m]
    if not terms.plain_ccm and account.level == 0:
        learn_kind(account, terms, seed, replication, p)
    if terms.program >= APCM:
        of_month.plan += fees[m, first_code_of(account, terms)]
    if status != rules.BILLABLE:
        return
    captured, own = row.captured_minutes, row.own_captured_minutes
    if detail & FOUND:
        captured, own = row.countable_minutes, row.own_countable_minutes
        sent = max(sent, rules.audit_month(m, terms.audit_every) - m)
    first, addons = _claim(captured, own, threshold, account, fees[m], terms)
    allowed = fees[m, first] + addons * fees[m, first + 1]
    of_month.claims += 1
    of_month.units[first] += 1
    of_month.units[first + 1] += addons
    of_month.billed += allowed
    if sent >= TOO_LATE:
        of_month.late += 1
        of_month.written_off[_LATE] += allowed
        return
    of_month.sent[sent] += 1
    delay = sent
    if other_was_first(account, terms, seed, replication, p, m):
        of_month.denied += 1
        of_month.other_practice += 1
        of_month.written_off[_OTHER] += allowed
        return
    if terms.denied > 0.0 and u[_IS_DENIED, k] < terms.denied:
        of_month.denied += 1
        if u[_IS_RECOVERED, k] < terms.recovered:
            delay += max(0, terms.recovery_lag - terms.payment_lag)
        elif _wins_appeal(of_month, terms, seed, replication, p, m):
            delay += max(0, terms.appeal_lag - terms.payment_lag)
        else:
            of_month.written_off[_DENIED] += allowed
            return
    medicare = _pay(money, account, allowed, deductible[m], terms, seed, replication, p, m, delay)
    of_month.wrong[sent] += medicare * (detail & DEFECTIVE)
    if _paid_twice(of_month, terms, seed, replication, p, m):
        of_month.overpaid += medicare
        of_month.wrong[sent] += medicare
        _receive(money, m, m + terms.payment_lag + delay, medicare)


@inner
def settle_claims(
    rows: Records,
    judgement: Judgement,
    fees: Ints,
    deductible: Ints,
    terms: Any,
    threshold: float,
    seed: int,
    replication: int,
    accounts: Records,
    delays: Ints,
    scratch: Scratch,
    money: Records,
) -> None:
    """Add up the claims of patient-months in `money`, one record a month, after `open_accounts`.

    Parameters
    ----------
    rows : array of PATIENT_MONTH
        By month and then patient.
    terms : record of TERMS
    accounts : array of ACCOUNT
        Room for each patient's.
    delays : ndarray of int64, shape (M,)
        From `delay_batches`.
    """
    for i in range(len(rows)):
        k = i % BLOCK
        if k == 0:
            size = list_block(rows, i, scratch)
            draw_claims(terms, seed, replication, size, scratch)
        settle_claim(
            rows[i], k, judgement.status[i], judgement.detail[i], fees, deductible, terms,
            threshold, seed, replication, accounts, delays, scratch, money,
        )  # fmt: skip
