"""What the programme costs, and the receivable: month by month.

Comes in: paid time, counters and what the claims left. Goes out: the rest of MONEY.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim.arrays import Floats, Ints, Records
from ccmsim.compiling import inner, jit
from ccmsim.engine.ledger import Facts
from ccmsim.finance.best_claim import APCM
from ccmsim.finance.money import (
    AUDIT,
    COVER,
    ONBOARDING,
    OVERSIGHT,
    OVERTIME,
    OWNER,
    PAID_ABSENCE,
    PRACTITIONER,
    REPLACEMENT,
    REWORK,
    SOFTWARE,
    STAFF_ITEMS,
    TRAINING,
    WAGES,
)


@inner
def _to_cents(usd: float) -> int:
    return int(np.floor(usd * 100.0 + 0.5))


@inner
def _enter_absences(facts: Facts, m: int, usd_per_minute: Floats, of_month: Any) -> None:
    """Enter what paid absence costs, by cause; the item is their sum."""
    for cause in range(len(of_month.absence_cost)):
        usd = 0.0
        for s in range(facts.hires.shape[1]):
            usd += facts.paid_lost_minutes[m, s, cause] * usd_per_minute[s]
        of_month.absence_cost[cause] = _to_cents(usd)
        of_month.cost[PAID_ABSENCE] += of_month.absence_cost[cause]


@inner
def training_minutes(terms: Any, hires: int) -> float:
    """Return a seat's minutes of training in a month."""
    return float(terms.training + terms.training_hire * hires)


@inner
def _leave_rest(of_month: Any, item: int, first: int, last: int, total: int) -> None:
    """Give an item what is left of a total, so that items first … last − 1 add up to it."""
    of_month.cost[item] = 0
    rest = total
    for i in range(first, last):
        rest -= of_month.cost[i]
    of_month.cost[item] = rest


@inner
def _enter_own_audits(terms: Any, money: Records) -> None:
    """Enter the minutes of the practice's own audits, each of the latest months' enrolled."""
    for m in range(terms.audit_every - 1, len(money), terms.audit_every):
        for k in range(m + 1 - terms.audit_every, m + 1):
            money[m].audit_minutes += terms.audit_minutes * money[k].enrolled


@jit
def owner_minutes(
    terms: Any, days: int, reviews: int, enrolled: int, audit_minutes: float
) -> float:
    """Return the paid minutes of the programme's owner in a month of so many business days [7].

    The weekly hours, or reviews and audits if they take more; 0 without an owner.
    """
    if not terms.owned:
        return 0.0
    a_review: float = terms.review_minutes + terms.review_patient_minutes * enrolled
    usual: float = terms.owner_minutes * days / 5.0
    return max(usual, reviews * a_review + audit_minutes)


@inner
def settle_months(
    rows: Records,
    facts: Facts,
    fees: Ints,
    terms: Any,
    usd_per_minute: Floats,
    onboarding_usd: Floats,
    days: Ints,
    money: Records,
) -> None:
    """Enter plan, costs and receivable of every month in `money`, after `settle_claims`."""
    for i in range(len(rows)):
        money[rows[i].month].enrolled += 1
    if terms.audit_every > 0:
        _enter_own_audits(terms, money)
    receivable = 0
    seats = len(onboarding_usd)
    for m in range(len(money)):
        of_month = money[m]
        enrolled = of_month.enrolled
        extra = staff = nominal = cover = onboarding = training = 0.0
        for s in range(len(usd_per_minute)):
            wage = usd_per_minute[s]
            extra += facts.paid_overtime_minutes[m, s] * wage * terms.overtime_factor
            staff += facts.paid_minutes[m, s] * wage
            nominal += facts.nominal_minutes[m, s] * wage
            if s >= seats:
                cover += facts.paid_minutes[m, s] * wage
        overtime = extra
        for s in range(seats):
            of_seat = facts.hires[m, s] * onboarding_usd[s]
            extra += of_seat
            onboarding += of_seat
            training += training_minutes(terms, facts.hires[m, s]) * usd_per_minute[s]
        replacement = terms.replacement_usd * facts.counts[m].new_patients
        audit_minutes = of_month.audit_minutes
        oversight = terms.oversight_usd * of_month.claims
        if not terms.owned:
            oversight += audit_minutes * usd_per_minute[:seats].mean()
        rework = terms.rework_usd * (of_month.denied + of_month.caught)
        appeals = terms.appeal_usd * of_month.appealed
        reviews = facts.counts[m].reviews
        owner = owner_minutes(terms, days[m], reviews, enrolled, audit_minutes) * terms.owner_usd
        practitioner = facts.practitioner_minutes[m] * terms.practitioner_usd
        other = (
            replacement
            + oversight
            + terms.software_usd * enrolled
            + rework
            + appeals
            + training
            + owner
            + terms.audit_usd * of_month.audits
            + practitioner
        )
        receivable += of_month.final - of_month.collected
        of_month.receivable = receivable
        of_month.staff_cost = _to_cents(staff + extra)
        of_month.nominal_staff_cost = _to_cents(nominal + extra)
        of_month.other_cost = _to_cents(other)
        if terms.program < APCM:  # there by level, entered with the claims
            of_month.plan = enrolled * fees[m, terms.first_code]
        _enter_absences(facts, m, usd_per_minute, of_month)
        of_month.cost[OVERTIME] = _to_cents(overtime)
        of_month.cost[COVER] = _to_cents(cover)
        of_month.cost[ONBOARDING] = _to_cents(onboarding)
        of_month.cost[REPLACEMENT] = _to_cents(replacement)
        of_month.cost[OVERSIGHT] = _to_cents(oversight)
        of_month.cost[REWORK] = _to_cents(rework + appeals)
        of_month.cost[TRAINING] = _to_cents(training)
        of_month.cost[OWNER] = _to_cents(owner)
        of_month.cost[AUDIT] = _to_cents(terms.audit_usd * of_month.audits)
        of_month.cost[PRACTITIONER] = _to_cents(practitioner)
        _leave_rest(of_month, WAGES, 0, STAFF_ITEMS, of_month.staff_cost)
        _leave_rest(of_month, SOFTWARE, STAFF_ITEMS, len(of_month.cost), of_month.other_cost)


@inner
def enter_overheads(
    facts: Facts, terms: Any, logging: float, usd_per_minute: Floats, days: Ints, money: Records
) -> None:
    """Enter the work that projections forget, after `settle_months`; `logging` is an entry's."""
    for m in range(len(money)):
        of_month = money[m]
        uncounted = uncounted_usd = logged = logged_usd = training = 0.0
        for s in range(len(usd_per_minute)):
            minutes = facts.uncounted_minutes[m, s]
            uncounted += minutes
            uncounted_usd += minutes * usd_per_minute[s]
            minutes = logging * facts.services[m, s]
            logged += minutes
            logged_usd += minutes * usd_per_minute[s]
        for s in range(facts.hires.shape[1]):
            training += training_minutes(terms, facts.hires[m, s])
        of_month.overhead_minutes[0], of_month.overhead[0] = uncounted, _to_cents(uncounted_usd)
        of_month.overhead_minutes[1], of_month.overhead[1] = training, of_month.cost[TRAINING]
        reviews, enrolled = facts.counts[m].reviews, of_month.enrolled
        audit_minutes = of_month.audit_minutes
        overseen = owner_minutes(terms, days[m], reviews, enrolled, audit_minutes)
        of_month.overhead_minutes[2] = overseen if terms.owned else audit_minutes
        of_month.overhead_minutes[2] += terms.oversight_minutes * of_month.claims
        of_month.overhead[2] = of_month.cost[OVERSIGHT] + of_month.cost[OWNER]
        of_month.overhead_minutes[3], of_month.overhead[3] = logged, _to_cents(logged_usd)


@inner
def enter_old_work(rows: Records, baseline: float, usd_per_minute: Floats, money: Records) -> None:
    """Enter what of the month's claims was done before the programme, and what that cost.

    Old work is `baseline` countable minutes a month, or all where there are fewer;
    `usd_per_minute` is that of the seats.
    """
    wage = usd_per_minute.mean()
    i = 0
    for m in range(len(money)):
        countable = 0.0
        while i < len(rows) and rows[i].month == m:
            countable += rows[i].countable_minutes
            i += 1
        if countable > 0.0:
            old = min(baseline, countable)
            money[m].old_work = int(np.floor(old / countable * money[m].billed + 0.5))
            money[m].baseline_cost = _to_cents(old * wage)
