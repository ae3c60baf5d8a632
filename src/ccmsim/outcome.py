"""From the facts of a replication to every variable of its months.

Comes in: what an engine left, the judgement of the ledger, the money. Goes out: one record of
`variables.month_dtype` a month. Adds up; decides nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import literal_unroll

from ccmsim import rules
from ccmsim.arrays import Ints, Records
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.judgement import DEFECTIVE, FOUND, Judgement
from ccmsim.engine.ledger import EVENT_COUNTS, MONTH_COUNTS, Facts
from ccmsim.finance import Money
from ccmsim.variables import month_dtype


@inner
def enter_patient(row: Any, status: int, detail: int, month: Any) -> None:
    """Count a patient-month by status, and add its minutes."""
    month.enrolled_patients += 1
    if status == rules.BILLABLE:
        month.billable_patients += 1
        month.defective_claims += (detail & DEFECTIVE) != 0
        month.found_patients += (detail & FOUND) != 0
    else:
        month.missed_patients[status - 1] += 1
        if status == rules.NOT_CLAIMABLE:
            month.not_claimable_patients[detail] += 1
        elif status == rules.UNDOCUMENTED:
            month.undocumented_patients[detail] += 1
    month.countable_minutes += row.countable_minutes
    month.captured_minutes += row.captured_minutes
    month.practitioner_minutes += row.own_countable_minutes


@inner
def _enter_staff(facts: Facts, first_day: Ints, out: Records) -> None:
    """Enter on-duty time, service and what was lost."""
    people, seats = facts.worked_minutes.shape[1], facts.hires.shape[1]
    for m in range(len(out)):
        month = out[m]
        for s in range(people):
            for day in range(first_day[m], first_day[m + 1]):
                month.template_minutes += facts.template_minutes[s, day]
                month.on_duty_minutes += facts.on_duty_minutes[s, day]
            month.worked_minutes += facts.worked_minutes[m, s]
            month.overtime_minutes += facts.overtime_minutes[m, s]
        month.idle_minutes = month.on_duty_minutes + month.overtime_minutes - month.worked_minutes
        month.load_absence_factor = facts.load_absence_factor[m]
        for s in range(seats):
            month.hires += facts.hires[m, s]
        for cause in range(facts.lost_minutes.shape[1]):
            month.lost_minutes[cause] = facts.lost_minutes[m, cause]


@inner
def _enter_counts(counts: Records, out: Records) -> None:
    """Copy the counters, and derive contacts and events from them."""
    for m in range(len(out)):
        month, of_month = out[m], counts[m]
        for name in literal_unroll(MONTH_COUNTS):
            month[name] = of_month[name]
        month.contacts = of_month.answered + of_month.inbound_taken
        for name in literal_unroll(EVENT_COUNTS):
            month.events += of_month[name]


@inner
def _enter_money(money: Records, out: Records) -> None:
    """Enter claims, and cents as dollars."""
    for m in range(len(out)):
        month, cents = out[m], money[m]
        for code in range(len(cents.units)):
            month.claim_units[code] = cents.units[code]
        for why in range(len(cents.written_off)):
            month.written_off_usd[why] = cents.written_off[why] / 100.0
        month.denied_claims = cents.denied
        month.late_claims = cents.late
        month.other_practice_claims = cents.other_practice
        month.appealed_claims = cents.appealed
        month.duplicate_claims = cents.duplicate
        month.overpaid_usd = cents.overpaid / 100.0
        month.recouped_usd = cents.recouped / 100.0
        month.plan_usd = cents.plan / 100.0
        month.billed_usd = cents.billed / 100.0
        month.finally_paid_usd = cents.final / 100.0
        month.collected_usd = cents.collected / 100.0
        month.receivable_usd = cents.receivable / 100.0
        month.staff_cost_usd = cents.staff_cost / 100.0
        month.nominal_staff_cost_usd = cents.nominal_staff_cost / 100.0
        month.other_cost_usd = cents.other_cost / 100.0
        month.billed_old_work_usd = cents.old_work / 100.0
        month.baseline_cost_usd = cents.baseline_cost / 100.0
        for item in range(len(cents.cost)):
            month.cost_usd[item] = cents.cost[item] / 100.0
        for cause in range(len(cents.absence_cost)):
            month.absence_cost_usd[cause] = cents.absence_cost[cause] / 100.0
        for k in range(len(cents.overhead)):
            month.overhead_hours[k] = cents.overhead_minutes[k] / 60.0
            month.overhead_usd[k] = cents.overhead[k] / 100.0
        spent = cents.staff_cost + cents.other_cost + cents.recouped
        month.net_usd = (cents.final - spent) / 100.0
        month.cash_net_usd = (cents.collected - spent) / 100.0
        month.visits = cents.visits
        month.visit_usd = cents.visit_revenue / 100.0
        month.total_usd = (cents.visit_revenue + cents.collected - spent) / 100.0


@inner
def enter_rest(facts: Facts, money: Records, first_day: Ints, out: Records) -> None:
    """Enter what is not of a patient-month alone. Parameters as of `enter_months`."""
    _enter_staff(facts, first_day, out)
    _enter_counts(facts.counts, out)
    _enter_money(money, out)


@jit
def enter_months(
    facts: Facts, judgement: Judgement, money: Records, first_day: Ints, out: Records
) -> None:
    """Fill in the M months of a replication.

    Parameters
    ----------
    facts : Facts
    money : array of MONEY, shape (M,)
    first_day : ndarray of int64, shape (M + 1,)
    out : array of `month_dtype`, shape (M,)
        Zero at first.
    """
    rows = facts.patient_months
    for i in range(len(rows)):
        enter_patient(rows[i], judgement.status[i], judgement.detail[i], out[rows[i].month])
    enter_rest(facts, money, first_day, out)


def month_values(facts: Facts, judgement: Judgement, money: Money, inputs: Inputs) -> Records:
    """Return every variable of one replication, one record a simulated month."""
    out = np.zeros(inputs.months, month_dtype())
    enter_months(
        facts, judgement, money, inputs.calendar.month_first_business_day, out,
    )  # fmt: skip
    return out
