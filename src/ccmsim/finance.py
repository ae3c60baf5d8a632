"""From patient-months to money: claims, payment in time, costs.

Comes in: the facts of a replication and the status of its patient-months. Goes out: whole cents by
month. The rules are section 7 of docs/model.md; fees and units are those of `ccmsim.billing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Floats, Ints, Statuses
from ccmsim.billing import codes, fee_cents, fees
from ccmsim.calendar import Calendar
from ccmsim.compiling import jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.ledger import MONTH_COUNTS, Facts
from ccmsim.errors import InputError, refuse
from ccmsim.scenario.model import Scenario
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

Cents = Ints

_addon_units = jit(codes.addon_units)
_split_cents = jit(fees.split_cents)
_FAMILY = codes.FAMILIES["ccm_staff"]
_ADDON_MINUTES = _FAMILY.addon_minutes
_MOST_ADDONS = _FAMILY.most_addon_units
_CLAIM = STREAMS["claim"].number
_COINSURANCE = STREAMS["coinsurance"].number
_MONEY = STREAMS["patient_money"].number

CODES = _FAMILY.codes
"""The codes that the engine bills, in the order of `Money.units`."""


@dataclass(frozen=True, eq=False)
class Money:
    """Cents by simulated month, shape (M,) unless said.

    Parameters
    ----------
    units : ndarray of int64, shape (M, codes)
        Units of each code claimed.
    billed : ndarray of int64
        Allowed amount of the month's claims.
    final : ndarray of int64
        What the month's claims will finally have paid.
    collected : ndarray of int64
        Cash that arrives in the month.
    receivable : ndarray of int64
        At the month's end: what earlier and this month's claims are still to pay.
    staff_cost, nominal_staff_cost : ndarray of int64
        Wages, overtime, cover and onboarding; and as if pulled hours were the programme's.
    other_cost : ndarray of int64
        Replacement of patients, oversight, software, rework.
    denied : ndarray of int64
        Claims denied at first.
    plan : ndarray of int64
        The projection: every enrolled patient billed the first code.
    """

    units: Ints
    billed: Cents
    final: Cents
    collected: Cents
    receivable: Cents
    staff_cost: Cents
    nominal_staff_cost: Cents
    other_cost: Cents
    denied: Ints
    plan: Cents


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


@jit
def _settle(
    patient: Ints,
    month: Ints,
    status: Statuses,
    captured: Floats,
    month_fees: Cents,
    threshold: float,
    sequestration_percent: float,
    denied_share: float,
    recovered_share: float,
    no_supplement: float,
    paid_share: float,
    lags: tuple[int, int, int],
    seed: int,
    replication: int,
    units: Cents,
    money: Cents,
) -> None:
    """Add up claims: `units` (M, codes); `money` (4, M): billed, final, collected, denied."""
    months = len(month_fees)
    for i in range(len(patient)):
        if status[i] != rules.BILLABLE:
            continue
        p, m = patient[i], month[i]
        addons = _addon_units(captured[i], threshold, _ADDON_MINUTES, _MOST_ADDONS)
        allowed = month_fees[m, 0] + addons * month_fees[m, 1]
        units[m, 0] += 1
        units[m, 1] += addons
        money[0, m] += allowed
        coinsurance, medicare, sequestered = _split_cents(allowed, 0, sequestration_percent)
        medicare -= sequestered
        u_denied, u_recovered = uniforms(seed, replication, _CLAIM, p, m, 0)
        u_supplement, _ = uniforms(seed, replication, _MONEY, p, NO_MONTH, 0)
        u_paid, _ = uniforms(seed, replication, _COINSURANCE, p, m, 0)
        delay = 0
        if u_denied < denied_share:
            money[3, m] += 1
            if u_recovered >= recovered_share:
                continue
            delay = max(0, lags[2] - lags[0])
        own = u_supplement < no_supplement
        if own and u_paid >= paid_share:
            coinsurance = 0
        money[1, m] += medicare + coinsurance
        when = m + lags[0] + delay
        if when < months:
            money[2, when] += medicare
        when = m + (lags[1] if own else lags[0]) + delay
        if when < months:
            money[2, when] += coinsurance


def settle(
    facts: Facts,
    status: Statuses,
    fees_cents: Cents,
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
    fees_cents : ndarray of int64, shape (M, codes)
        From `month_fees`.
    """
    finance, months = inputs.scenario.finance, inputs.months
    rows = facts.patient_months
    units, money = np.zeros((months, len(CODES)), np.int64), np.zeros((4, months), np.int64)
    _settle(
        rows.patient, rows.month, status, rows.captured_minutes, fees_cents,
        inputs.scenario.contact.threshold_minutes, 100.0 * finance.sequestration_share,
        finance.denied_share, finance.recovered_share, finance.no_supplement_share,
        finance.coinsurance_paid_share, (finance.payment_lag_months, finance.patient_lag_months,
        finance.recovery_lag_months),
        seed, replication, units, money,
    )  # fmt: skip
    billed, final, collected, denied = money
    enrolled = np.bincount(rows.month, minlength=months)
    staff, nominal = _staff_costs(facts, inputs)
    new_patients = facts.counts[:, MONTH_COUNTS.index("new_patients")]
    other = (
        finance.replacement_cost_usd * new_patients
        + finance.oversight_usd_per_claim * units[:, 0]
        + finance.software_usd_per_patient_month * enrolled
        + finance.rework_usd * denied
    )
    return Money(
        units=units,
        billed=billed,
        final=final,
        collected=collected,
        receivable=np.cumsum(final) - np.cumsum(collected),
        staff_cost=staff,
        nominal_staff_cost=nominal,
        other_cost=_to_cents(other),
        denied=denied,
        plan=enrolled * fees_cents[:, 0],
    )


def _staff_costs(facts: Facts, inputs: Inputs) -> tuple[Cents, Cents]:
    """Return the cost of staff by month, and the same with pulled hours in it."""
    scenario = inputs.scenario
    finance, cover = scenario.finance, scenario.operations.cover
    people = [group for _, group in scenario.seats()]
    hourly = np.array(
        [group.wage_usd_per_hour for group in people]
        + ([cover.wage_usd_per_hour] * cover.coordinators if cover is not None else [])
    )
    per_minute = hourly * finance.wage_load / 60.0
    weekly_hours = np.array([group.protected_minutes_per_week() / 60.0 for group in people])
    overtime = facts.paid_overtime_minutes * per_minute * finance.overtime_factor
    onboarding = facts.hires * (finance.onboarding_usd * weekly_hours / 40.0)
    extra = overtime.sum(axis=1) + onboarding.sum(axis=1)
    return (
        _to_cents((facts.paid_minutes * per_minute).sum(axis=1) + extra),
        _to_cents((facts.nominal_minutes * per_minute).sum(axis=1) + extra),
    )


def _to_cents(usd: Any) -> Cents:
    return np.floor(np.asarray(usd, np.float64) * 100.0 + 0.5).astype(np.int64)
