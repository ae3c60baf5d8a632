"""From patient-months to money: claims, payment in time, costs.

Comes in: the facts of a replication and the status of its patient-months. Goes out: whole cents by
month. The rules are section 7 of docs/model.md; fees and units are those of `ccmsim.billing`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Floats, Ints, Records, Statuses
from ccmsim.billing import codes, fee_cents, fees
from ccmsim.calendar import Calendar
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.ledger import BLOCK, Facts, Scratch, draw_block, list_block, new_scratch
from ccmsim.errors import InputError, refuse
from ccmsim.scenario.model import Scenario
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

Cents = Ints

_addon_units = inner(codes.addon_units)
_split_cents = inner(fees.split_cents)
_FAMILY = codes.FAMILIES["ccm_staff"]
_ADDON_MINUTES = _FAMILY.addon_minutes
_MOST_ADDONS = _FAMILY.most_addon_units
_CLAIM = STREAMS["claim"].number
_COINSURANCE = STREAMS["coinsurance"].number
_MONEY = STREAMS["patient_money"].number

Money: TypeAlias = Records
"""One record of MONEY a simulated month."""

CODES = _FAMILY.codes
"""The codes that the engine bills, in the order of `units` in MONEY."""


MONEY: Final = np.dtype(
    [
        ("units", np.int64, (len(CODES),)),  # of each code claimed
        ("billed", np.int64),  # allowed amount of the month's claims
        ("final", np.int64),  # what they will finally have paid
        ("collected", np.int64),  # cash that arrives in the month
        ("receivable", np.int64),  # at the month's end: what claims up to then are still to pay
        ("staff_cost", np.int64),  # wages, overtime, cover and onboarding
        ("nominal_staff_cost", np.int64),  # as if pulled hours were the programme's
        ("other_cost", np.int64),  # replacement of patients, oversight, software, rework
        ("denied", np.int64),  # claims denied at first
        ("plan", np.int64),  # the projection: every enrolled patient billed the first code
    ]
)
"""The money of one month: cents, and numbers of claims."""

TERMS: Final = np.dtype(
    [
        ("sequestration_percent", np.float64),
        ("denied", np.float64),
        ("recovered", np.float64),
        ("no_supplement", np.float64),
        ("coinsurance_paid", np.float64),
        ("payment_lag", np.int64),  # months
        ("patient_lag", np.int64),
        ("recovery_lag", np.int64),
        ("overtime_factor", np.float64),
        ("replacement_usd", np.float64),
        ("oversight_usd", np.float64),
        ("software_usd", np.float64),
        ("rework_usd", np.float64),
    ],
    align=True,
)
"""A scenario's terms of payment and prices."""


class Terms(NamedTuple):
    """What settling needs of a scenario: M months, S seats and C substitutes."""

    terms: Records
    """(1,) of TERMS."""
    fees: Cents
    """(M, codes)."""
    usd_per_minute: Floats
    """(S + C,) loaded wages."""
    onboarding_usd: Floats
    """(S,) of each hire."""


def terms_of(scenario: Scenario, fees_cents: Cents) -> Terms:
    """Return the terms of a scenario; `fees_cents` are from `month_fees`."""
    finance, cover = scenario.finance, scenario.operations.cover
    people = [group for _, group in scenario.seats()]
    hourly = np.array(
        [group.wage_usd_per_hour for group in people]
        + ([cover.wage_usd_per_hour] * cover.coordinators if cover is not None else [])
    )
    weekly_hours = np.array([group.protected_minutes_per_week() / 60.0 for group in people])
    record = (
        100.0 * finance.sequestration_share,
        finance.denied_share,
        finance.recovered_share,
        finance.no_supplement_share,
        finance.coinsurance_paid_share,
        finance.payment_lag_months,
        finance.patient_lag_months,
        finance.recovery_lag_months,
        finance.overtime_factor,
        finance.replacement_cost_usd,
        finance.oversight_usd_per_claim,
        finance.software_usd_per_patient_month,
        finance.rework_usd,
    )
    return Terms(
        terms=np.array([record], TERMS),
        fees=fees_cents,
        usd_per_minute=hourly * finance.wage_load / 60.0,
        onboarding_usd=finance.onboarding_usd * weekly_hours / 40.0,
    )


def month_fees(scenario: Scenario, calendar: Calendar) -> Cents:
    """Return the fee of each code in each simulated month, cents, shape (M, codes).

    Raises
    ------
    ccmsim.errors.InputError
        When a month has no fee.
    """
    unknown = sorted(set(scenario.finance.fees_usd) - set(CODES))
    if unknown:
        rule = "is a code that the model never bills"
        raise refuse("finance.fees_usd", rule, unknown[0], " and ".join(CODES))
    rows = []
    for label in calendar.month_labels:
        first = date.fromisoformat(f"{label}-01")
        rows.append([_code_fee(scenario, code, first) for code in CODES])
    return np.array(rows, np.int64)


def _code_fee(scenario: Scenario, code: str, first: date) -> int:
    """Return a code's fee, cents, in the month that begins on `first`."""
    finance = scenario.finance
    if code in finance.fees_usd:
        return int(Decimal(finance.fees_usd[code]) * 100)
    fixed = scenario.start.year if finance.fee_year is None else finance.fee_year
    year = first.year if fixed == "calendar" else int(fixed)
    month = first.month if first.year == year else None
    try:
        return fee_cents(code, year, finance.locality, finance.setting, month=month)
    except InputError as error:
        problem = error.problems[0]
        field = "finance.locality" if problem.field == "locality" else "finance.fee_year"
        rule = f"gives {first:%Y-%m} no fee for {code}: {problem.field} {problem.rule}"
        valid = f"a year with fees, such as 2026, or finance.fees_usd for {' and '.join(CODES)}"
        raise refuse(field, rule, problem.value, valid) from None


@inner
def _owes_coinsurance(seed: int, replication: int, patient: int, no_supplement: float) -> bool:
    """Return whether a patient has no supplemental cover: the patient's part is their own."""
    u_supplement, _ = uniforms(seed, replication, _MONEY, patient, NO_MONTH, 0)
    return u_supplement < no_supplement


@jit
def settle_claims(
    rows: Records,
    status: Statuses,
    fees: Cents,
    terms: Any,
    threshold: float,
    seed: int,
    replication: int,
    owes: Statuses,
    scratch: Scratch,
    money: Records,
) -> None:
    """Add up the claims of a replication in `money`, one record of MONEY a month, zero at first.

    Parameters
    ----------
    rows : array of PATIENT_MONTH
    terms : record of TERMS
    owes : ndarray of int8
        Room for who owes the patient's part.
    """
    months = len(money)
    owes[:] = -1
    u = scratch.uniforms
    for i in range(len(rows)):
        k = i % BLOCK
        if k == 0 and terms.denied > 0.0:
            size = list_block(rows, i, scratch)
            draw_block(seed, replication, _CLAIM, size, 0, scratch)
        if status[i] != rules.BILLABLE:
            continue
        p, m = rows[i].patient, rows[i].month
        addons = _addon_units(rows[i].captured_minutes, threshold, _ADDON_MINUTES, _MOST_ADDONS)
        allowed = fees[m, 0] + addons * fees[m, 1]
        of_month = money[m]
        of_month.units[0] += 1
        of_month.units[1] += addons
        of_month.billed += allowed
        coinsurance, medicare, sequestered = _split_cents(allowed, 0, terms.sequestration_percent)
        medicare -= sequestered
        delay = 0
        if terms.denied > 0.0 and u[0, k] < terms.denied:
            of_month.denied += 1
            if u[1, k] >= terms.recovered:
                continue
            delay = max(0, terms.recovery_lag - terms.payment_lag)
        if owes[p] < 0 and terms.no_supplement == 0.0:
            owes[p] = 0
        elif owes[p] < 0:
            owes[p] = _owes_coinsurance(seed, replication, p, terms.no_supplement)
        if owes[p]:
            u_paid, _ = uniforms(seed, replication, _COINSURANCE, p, m, 0)
            if u_paid >= terms.coinsurance_paid:
                coinsurance = 0
        of_month.final += medicare + coinsurance
        when = m + terms.payment_lag + delay
        if when < months:
            money[when].collected += medicare
        when = m + (terms.patient_lag if owes[p] else terms.payment_lag) + delay
        if when < months:
            money[when].collected += coinsurance


@inner
def _to_cents(usd: float) -> int:
    return int(np.floor(usd * 100.0 + 0.5))


@jit
def settle_months(
    rows: Records,
    counts: Records,
    paid_minutes: Floats,
    nominal_minutes: Floats,
    overtime_minutes: Floats,
    hires: Ints,
    fees: Cents,
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
        money[rows[i].month].plan += 1
    receivable = 0
    for m in range(len(money)):
        of_month = money[m]
        enrolled = of_month.plan
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
            + terms.oversight_usd * of_month.units[0]
            + terms.software_usd * enrolled
            + terms.rework_usd * of_month.denied
        )
        receivable += of_month.final - of_month.collected
        of_month.receivable = receivable
        of_month.staff_cost = _to_cents(staff + extra)
        of_month.nominal_staff_cost = _to_cents(nominal + extra)
        of_month.other_cost = _to_cents(other)
        of_month.plan = enrolled * fees[m, 0]


def settle(
    facts: Facts,
    status: Statuses,
    terms: Terms,
    inputs: Inputs,
    seed: int,
    replication: int,
) -> Money:
    """Return the money of one replication, in cents.

    Parameters
    ----------
    facts : Facts
    status : ndarray of int8, shape (N,)
        From `ccmsim.engine.ledger.judge`.
    terms : Terms
        From `terms_of`.
    """
    money = np.zeros(inputs.months, MONEY)
    rows = facts.patient_months
    patients = int(rows["patient"].max(initial=-1)) + 1
    settle_claims(
        rows, status, terms.fees, terms.terms[0], inputs.settings[0]["threshold"], seed,
        replication, np.empty(patients, np.int8), new_scratch(), money,
    )  # fmt: skip
    settle_months(
        rows, facts.counts, facts.paid_minutes,
        facts.nominal_minutes, facts.paid_overtime_minutes, facts.hires, terms.fees,
        terms.terms[0], terms.usd_per_minute, terms.onboarding_usd, money,
    )  # fmt: skip
    return money
