"""What settling needs of a scenario: terms of payment, prices, fees and deductibles by month.

Comes in: `Inputs`. Goes out: `Terms`. Refuses a month without a fee or a deductible.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim.arrays import Floats, Ints, Records
from ccmsim.availability import season_cosine
from ccmsim.billing import codes, fee_cents
from ccmsim.billing.fees import DEDUCTIBLE_CENTS
from ccmsim.calendar import Calendar
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.settings import has_own_time
from ccmsim.errors import InputError, refuse
from ccmsim.finance.money import CODES
from ccmsim.scenario.billing import PROGRAMS
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.operations import Owner
from ccmsim.scenario.practitioner import Practitioner

Cents = Ints
_APCM_YEAR: Final = 2025

_REAL, _WHOLE = np.float64, np.int64

TERMS: Final = np.dtype(
    [
        ("first_month", _WHOLE),  # of the simulation in its calendar year, 0 is January
        ("program", _WHOLE),  # number in PROGRAMS
        ("apcm_from", _WHOLE),  # level, where each patient has a programme of their own
        ("first_code", _WHOLE),  # number of the first code, at the lowest level
        ("plain_ccm", np.bool_),  # the first family only
        ("complex_first", np.bool_),
        ("own_as_staff", np.bool_),  # the practitioner's minutes may be billed as staff's
        ("bills_visits", np.bool_),  # the care planning at initiating visits
        ("complex", _REAL),
        ("single_condition", _REAL),
        # claims
        ("sequestration_percent", _REAL),
        ("denied", _REAL),
        ("recovered", _REAL),
        ("appealed", _REAL),
        ("appeal_won", _REAL),
        ("other_practice", _REAL),
        ("other_first", _REAL),
        ("duplicate", _REAL),
        ("duplicate_caught", _REAL),
        # the patient's part
        ("no_supplement", _REAL),
        ("qmb", _REAL),
        ("medicaid_paid", _REAL),
        ("coinsurance_paid", _REAL),
        ("log_unmet", _REAL),  # of the share of patients whose deductible a month leaves unmet
        # time, months
        ("payment_lag", _WHOLE),
        ("patient_lag", _WHOLE),
        ("recovery_lag", _WHOLE),
        ("appeal_lag", _WHOLE),
        ("batch_missed", _REAL),
        ("log_not_found", _REAL),  # of the share of missed batches that a month leaves unfound
        ("biller_away", _REAL),  # probability a month
        ("biller_row", _WHOLE),  # of the law of months away
        ("audit", _REAL),  # probability a month
        ("audit_lookback", _WHOLE),
        ("audit_row", _WHOLE),  # of the law of the factor
        # costs
        ("overtime_factor", _REAL),
        ("replacement_usd", _REAL),
        ("oversight_usd", _REAL),
        ("oversight_minutes", _REAL),  # of the practitioner, a claim
        ("owned", np.bool_),  # by an owner of the programme
        ("owner_minutes", _REAL),  # a week
        ("owner_usd", _REAL),  # a minute
        ("review_minutes", _REAL),
        ("review_patient_minutes", _REAL),
        ("software_usd", _REAL),
        ("rework_usd", _REAL),
        ("appeal_usd", _REAL),
        ("audit_usd", _REAL),
        ("practitioner_usd", _REAL),  # a minute of the practitioner's own time
        # visits
        ("visits", _REAL),  # a month; 0 where the scenario has none
        ("visit_cents", _WHOLE),
        ("noise_row", _WHOLE),
        ("load_row", _WHOLE),
        ("absent_days", _REAL),  # a month
        ("supervisor_share", _REAL),  # of the visits
        ("shock", _REAL),  # probability a month
        ("shock_share", _REAL),
        ("shock_months", _WHOLE),
        ("audit_every", _WHOLE),  # months; 0: the practice doesn't audit itself
        ("audit_minutes", _REAL),  # of a patient's month
        ("training", _REAL),  # minutes a seat and month
        ("training_hire", _REAL),  # minutes a hire
        ("baseline", _REAL),  # countable minutes a month before the programme
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
    deductible: Cents
    """(M,) of a patient's calendar year; 0 where it is not modelled."""
    usd_per_minute: Floats
    """(S + C,) loaded wages."""
    onboarding_usd: Floats
    """(S,) of each hire."""
    season: Floats
    """(M,) what the season multiplies visits by."""
    days: Ints
    """(M,) business days."""


def terms_of(inputs: Inputs) -> Terms:
    """Return the terms of a scenario in its simulated months.

    Raises
    ------
    ccmsim.errors.InputError
        When a month has no fee, or no deductible where it is modelled.
    """
    scenario = inputs.scenario
    finance, cover = scenario.finance, scenario.operations.cover
    people = [group for _, group in scenario.seats()]
    hourly = np.array(
        [group.wage_usd_per_hour for group in people]
        + ([cover.wage_usd_per_hour] * cover.coordinators if cover is not None else [])
    )
    weekly_hours = np.array([group.protected_minutes_per_week() / 60.0 for group in people])
    return Terms(
        terms=_record(inputs),
        fees=month_fees(scenario, inputs.calendar),
        deductible=_month_deductibles(scenario, inputs.calendar),
        usd_per_minute=hourly * finance.wage_load / 60.0,
        onboarding_usd=finance.onboarding_usd * weekly_hours / 40.0,
        season=_visit_seasons(scenario, inputs.calendar),
        days=np.diff(inputs.calendar.month_first_business_day),
    )


def _record(inputs: Inputs) -> Records:
    """Return the single numbers, shape (1,) of TERMS."""
    scenario = inputs.scenario
    finance, tail, billing = scenario.finance, scenario.tail, scenario.billing
    panel, documentation = scenario.panel, scenario.documentation
    owner = scenario.operations.owner or Owner()
    values = {
        "first_month": inputs.calendar.first_day.month - 1,
        "program": PROGRAMS.index(billing.program),
        "apcm_from": billing.apcm_from_level,
        "first_code": CODES.index(_first_code(scenario)),
        "plain_ccm": billed_codes(scenario) == codes.CCM_CODES,
        "complex_first": billing.complex_policy == "complex_first",
        "own_as_staff": billing.practitioner_time == "counts_as_staff",
        "bills_visits": bills_visits(scenario),
        "complex": panel.complex_share,
        "single_condition": panel.single_condition_share,
        "sequestration_percent": 100.0 * finance.sequestration_share,
        "denied": finance.denied_share,
        "recovered": finance.recovered_share,
        "appealed": finance.appealed_share,
        "appeal_won": finance.appeal_won_share,
        "other_practice": finance.other_practice_share,
        "other_first": finance.other_first_share,
        "duplicate": finance.duplicate_share,
        "duplicate_caught": finance.duplicate_caught_share,
        "no_supplement": finance.no_supplement_share,
        "qmb": finance.qmb_share,
        "medicaid_paid": finance.medicaid_paid_share,
        "coinsurance_paid": finance.coinsurance_paid_share,
        "log_unmet": _log_rest(finance.deductible_met_per_month_share),
        "payment_lag": finance.payment_lag_months,
        "patient_lag": finance.patient_lag_months,
        "recovery_lag": finance.recovery_lag_months,
        "appeal_lag": finance.appeal_lag_months,
        "batch_missed": tail.batch_missed_share,
        "log_not_found": _log_rest(tail.batch_found_per_month_share),
        "biller_away": tail.biller_away_per_year / 12.0,
        "biller_row": inputs.laws.rows["biller"],
        "audit": tail.audits_per_year / 12.0,
        "audit_lookback": tail.audit_lookback_months,
        "audit_row": inputs.laws.rows["audit"],
        "audit_usd": tail.audit_usd,
        "overtime_factor": finance.overtime_factor,
        "replacement_usd": finance.replacement_cost_usd if scenario.panel.replace_leavers else 0.0,
        "oversight_usd": finance.oversight_usd_per_claim,
        "oversight_minutes": _oversight_minutes(scenario),
        "owned": scenario.operations.owner is not None,
        "owner_minutes": 60.0 * owner.hours_per_week,
        "owner_usd": owner.wage_usd_per_hour * finance.wage_load / 60.0,
        "review_minutes": owner.review_minutes,
        "review_patient_minutes": owner.review_minutes_per_patient,
        "software_usd": finance.software_usd_per_patient_month,
        "rework_usd": finance.rework_usd,
        "appeal_usd": finance.appeal_usd,
        "practitioner_usd": scenario.practitioner.usd_per_hour / 60.0
        if scenario.practitioner
        else 0.0,
        "training": documentation.training_hours_per_year * 60.0 / 12.0,
        "training_hire": documentation.training_hours_per_hire * 60.0,
        "audit_every": documentation.internal_audit_months or 0,
        "audit_minutes": documentation.audit_minutes_per_patient,
        "baseline": finance.baseline_coordination_minutes,
    }
    values |= _of_visits(inputs)
    return np.array([tuple(values[name] for name in TERMS.names or ())], TERMS)


def _oversight_minutes(scenario: Scenario) -> float:
    """Return the practitioner's minutes that a claim's oversight pays; 0 of an hour at no cost."""
    hourly = (scenario.practitioner or Practitioner()).usd_per_hour
    return 60.0 * scenario.finance.oversight_usd_per_claim / hourly if hourly > 0.0 else 0.0


def _of_visits(inputs: Inputs) -> dict[str, Any]:
    """Return what TERMS says of visits."""
    visits, rows = inputs.scenario.visits, inputs.laws.rows
    return {
        "visits": visits.per_month if visits else 0.0,
        "visit_cents": round(100.0 * visits.usd) if visits else 0,
        "noise_row": rows.get("visits", -1),
        "load_row": rows["load"],
        "absent_days": visits.practitioner_absent_days_per_year / 12.0 if visits else 0.0,
        "supervisor_share": visits.supervisor_share if visits else 0.0,
        "shock": visits.shock_per_year / 12.0 if visits else 0.0,
        "shock_share": visits.shock_share if visits else 1.0,
        "shock_months": visits.shock_months if visits else 0,
    }


def _visit_seasons(scenario: Scenario, calendar: Calendar) -> Floats:
    """Return what the season multiplies visits by, from each month's 15th day, shape (M,)."""
    middles = [date.fromisoformat(f"{label}-15") for label in calendar.month_labels]
    days = np.array([middle.timetuple().tm_yday for middle in middles])
    amplitude = scenario.visits.season_amplitude if scenario.visits else 0.0
    return 1.0 + amplitude * season_cosine(days)


def _log_rest(share: float) -> float:
    """Return log(1 - share), rounded so that every mathematical library gives the same."""
    return -np.inf if share == 1.0 else float(np.round(np.log1p(-share) * 2.0**30) / 2.0**30)


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
        raise refuse("finance.fees_usd", rule, unknown[0], ", ".join(CODES))
    _check_program(scenario, calendar)
    needed = billed_codes(scenario)
    rows = []
    for label in calendar.month_labels:
        first = date.fromisoformat(f"{label}-01")
        rows.append([_code_fee(scenario, code, first) if code in needed else 0 for code in CODES])
    return np.array(rows, np.int64)


_FIRST_FAMILIES: Final = {
    "ccm": ("ccm_staff", "ccm_practitioner"),
    "pcm": ("pcm_staff", "pcm_practitioner"),
    "per_patient": ("ccm_staff", "ccm_practitioner"),
}
"""Of staff, and of practitioners at the desks."""


def _first_code(scenario: Scenario) -> str:
    """Return the code that a plan has for everybody, at the lowest level."""
    program = scenario.billing.program
    if program == "apcm":
        return codes.APCM_CODES[0]
    return codes.FAMILIES[_FIRST_FAMILIES[program][scenario.own_desks()]].first_code


def bills_visits(scenario: Scenario) -> bool:
    """Return whether the care planning at initiating visits is billed."""
    return scenario.enrollment is not None and scenario.enrollment.bill_g0506


def _may_bill(scenario: Scenario, family: codes.Family) -> bool:
    """Return whether a scenario's months may hold what a family of codes needs."""
    if family.needs_complex and scenario.panel.complex_share == 0.0:
        return False
    return family.whose_time == "staff" or has_own_time(scenario)


def billed_codes(scenario: Scenario) -> tuple[str, ...]:
    """Return the codes that a scenario may bill; only these need a fee."""
    program = scenario.billing.program
    by_minutes = "ccm" if program == "per_patient" else program
    found = [
        code
        for family in codes.FAMILIES.values()
        if family.program == by_minutes and _may_bill(scenario, family)
        for code in family.codes
    ]
    if program in ("apcm", "per_patient"):
        found += codes.APCM_CODES
    if bills_visits(scenario):
        found.append(codes.INITIATING_ADDON_CODE)
    return tuple(found)


def _check_program(scenario: Scenario, calendar: Calendar) -> None:
    first = calendar.month_labels[0]
    program = scenario.billing.program
    if program in ("apcm", "per_patient") and int(first[:4]) < _APCM_YEAR:
        rule = f"has no codes before {_APCM_YEAR}; the simulation begins in {first}"
        raise refuse("billing.program", rule, program, f'"ccm", or months from {_APCM_YEAR} on')


def _code_fee(scenario: Scenario, code: str, first: date) -> int:
    """Return a code's fee, cents, in the month that begins on `first`."""
    finance = scenario.finance
    if code in finance.fees_usd:
        return int(Decimal(finance.fees_usd[code]) * 100)
    year = _fee_year(scenario, first)
    month = first.month if first.year == year else None
    try:
        return fee_cents(code, year, finance.locality, finance.setting, month=month)
    except InputError as error:
        problem = error.problems[0]
        field = "finance.locality" if problem.field == "locality" else "finance.fee_year"
        rule = f"gives {first:%Y-%m} no fee for {code}: {problem.field} {problem.rule}"
        own = " and ".join(billed_codes(scenario))
        valid = f"a year with fees, such as 2026, or finance.fees_usd for {own}"
        raise refuse(field, rule, problem.value, valid) from None


def _fee_year(scenario: Scenario, first: date) -> int:
    """Return the year whose fees hold in the month that begins on `first`."""
    fixed = scenario.finance.fee_year
    if fixed == "calendar":
        return first.year
    return scenario.start.year if fixed is None else int(fixed)


def _month_deductibles(scenario: Scenario, calendar: Calendar) -> Cents:
    """Return the deductible of each simulated month's calendar year, cents, shape (M,)."""
    if scenario.finance.deductible == "ignored":
        return np.zeros(calendar.months, np.int64)
    return np.array(
        [_deductible(scenario, date.fromisoformat(f"{m}-01")) for m in calendar.month_labels],
        np.int64,
    )


def _deductible(scenario: Scenario, first: date) -> int:
    """Return the published deductible, cents, of the month that begins on `first`."""
    year = _fee_year(scenario, first)
    if year not in DEDUCTIBLE_CENTS:
        known = " and ".join(map(str, DEDUCTIBLE_CENTS))
        rule = f"is modelled, and no deductible of {year} is published here for {first:%Y-%m}"
        raise refuse("finance.deductible", rule, "modelled", f'"ignored", or fee years {known}')
    return DEDUCTIBLE_CENTS[year]
