"""The money of one replication: claims first, then costs.

Comes in: facts, statuses and terms. Goes out: one record of MONEY a month. The one place that says
in which order the room's other modules run.
"""

from __future__ import annotations

import numpy as np

from ccmsim.arrays import Ints, Records, Statuses
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.judgement import Judgement
from ccmsim.engine.ledger import Facts, Scratch, new_scratch
from ccmsim.engine.supervision import vacancies
from ccmsim.finance.accounts import ACCOUNT, open_accounts
from ccmsim.finance.audits import take_back
from ccmsim.finance.claims import settle_claims, settle_initiating_visits
from ccmsim.finance.costs import enter_old_work, enter_overheads, settle_months
from ccmsim.finance.money import MONEY, Money
from ccmsim.finance.sending import delay_batches
from ccmsim.finance.terms import Terms
from ccmsim.finance.visits import enter_visits
from ccmsim.memory import Handle


@inner
def open_books(
    facts: Facts,
    terms: Terms,
    laws: Handle,
    vacant: Statuses,
    seed: int,
    replication: int,
    accounts: Records,
    delays: Ints,
    money: Records,
) -> None:
    """Enter what comes before the claims of patient-months. Parameters as of `enter_money`."""
    if terms.terms[0].visits > 0.0:
        enter_visits(
            terms.terms[0], laws, terms.season, terms.days, vacant, seed, replication, money
        )
    delay_batches(terms.terms[0], laws, seed, replication, delays)
    open_accounts(accounts)
    if terms.terms[0].bills_visits:
        settle_initiating_visits(
            facts.initiating_month, terms.fees, terms.deductible, terms.terms[0], seed, replication,
            accounts, delays, money,
        )  # fmt: skip


@inner
def close_books(
    facts: Facts,
    rows: Records,
    terms: Terms,
    laws: Handle,
    logging: float,
    seed: int,
    replication: int,
    money: Records,
) -> None:
    """Enter what comes after the claims of patient-months. Parameters as of `enter_money`."""
    if terms.terms[0].audit > 0.0:
        take_back(terms.terms[0], laws, seed, replication, money)
    settle_months(
        rows, facts, terms.fees, terms.terms[0], terms.usd_per_minute, terms.onboarding_usd,
        terms.days, money,
    )  # fmt: skip
    enter_overheads(facts, terms.terms[0], logging, terms.usd_per_minute, terms.days, money)
    baseline, seats = terms.terms[0].baseline, facts.hires.shape[1]
    if baseline > 0.0:
        enter_old_work(rows, baseline, terms.usd_per_minute[:seats], money)


@jit
def enter_money(
    facts: Facts,
    rows: Records,
    judgement: Judgement,
    terms: Terms,
    laws: Handle,
    threshold: float,
    logging: float,
    vacant: Statuses,
    seed: int,
    replication: int,
    accounts: Records,
    delays: Ints,
    scratch: Scratch,
    money: Records,
) -> None:
    """Fill in the M months of a replication.

    Parameters
    ----------
    rows : array of PATIENT_MONTH
        The patient-months that were filled in.
    vacant : ndarray of int8, shape (M,)
        From `find_vacancies`.
    accounts : array of ACCOUNT
        Room for each patient's.
    delays : ndarray of int64, shape (M,)
        Room for those of batches.
    money : array of MONEY, shape (M,)
        Zero at first.
    """
    open_books(facts, terms, laws, vacant, seed, replication, accounts, delays, money)
    settle_claims(
        rows, judgement, terms.fees, terms.deductible, terms.terms[0], threshold, seed, replication,
        accounts, delays, scratch, money,
    )  # fmt: skip
    close_books(facts, rows, terms, laws, logging, seed, replication, money)


def settle(
    facts: Facts,
    judgement: Judgement,
    terms: Terms,
    inputs: Inputs,
    seed: int,
    replication: int,
) -> Money:
    """Return the money of one replication, in cents.

    Parameters
    ----------
    facts : Facts
    judgement : Judgement
        From `ccmsim.engine.judgement.judge`.
    terms : Terms
        From `terms_of`.
    """
    money = np.zeros(inputs.months, MONEY)
    rows = facts.patient_months
    patients = max(int(rows["patient"].max(initial=-1)) + 1, len(facts.initiating_month))
    enter_money(
        facts, rows, judgement, terms, inputs.laws.handle, inputs.settings[0]["threshold"],
        inputs.settings[0]["logging"], vacancies(inputs, seed, replication), seed, replication,
        np.empty(patients, ACCOUNT), np.empty(inputs.months, np.int64), new_scratch(), money,
    )  # fmt: skip
    return money
