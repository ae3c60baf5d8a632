"""Audits of claims, by hand and against theory: what the payer takes back, what nobody noticed."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.quiet import practice

import ccmsim
from ccmsim import rules
from ccmsim.engine.inputs import prepare
from ccmsim.engine.judgement import DEFECTIVE, Judgement
from ccmsim.engine.simpy_model import simulate_one
from ccmsim.errors import InputError
from ccmsim.finance import ITEMS, Money, settle, terms_of
from ccmsim.scenario import Scenario
from ccmsim.streams import PRACTICE, STREAMS, uniforms

SEED, REPLICATION = 7, 0
FEE, MEDICARE = 6613, 5290

SOUND: dict[str, Any] = {
    "start": date(2026, 1, 1),
    "panel": {"enrolled_at_start": 1},
    "staff": {"nurse": {"hours_per_week": 10.0}},
    "finance": {
        "fee_year": 2026,
        "denied_share": 0.0,
        "no_supplement_share": 0.0,
        "sequestration_share": 0.0,
    },
}


def billable(months: int, defective: set[int], *, seed: int = SEED, **changes: Any) -> Money:
    """Return the money of one patient, billable in every month, defective in some."""
    scenario = Scenario(**SOUND).but(
        {path.replace("__", "."): value for path, value in changes.items()}
    )
    inputs = prepare(scenario, months)
    facts = simulate_one(inputs, seed, REPLICATION)
    rows = np.zeros(months, facts.patient_months.dtype)
    rows["month"] = np.arange(months)
    rows["captured_minutes"] = 20.0
    detail = np.array([DEFECTIVE * (m in defective) for m in range(months)], np.int8)
    judgement = Judgement(np.full(months, rules.BILLABLE, np.int8), detail)
    facts = facts._replace(patient_months=rows)
    return settle(facts, judgement, terms_of(inputs), inputs, seed, REPLICATION)


def only_audit(month: int, months: int) -> tuple[int, float]:
    """Return a seed and a rate a year with which that month alone has an audit."""
    stream = STREAMS["payer_audit"].number
    for seed in range(1000):
        coins = [uniforms(seed, REPLICATION, stream, PRACTICE, m, 0)[0] for m in range(1, months)]
        if min(coins) == coins[month - 1]:
            return seed, 12.0 * (coins[month - 1] + 1e-9)
    raise AssertionError("no such seed")


def test_an_audit_reads_the_months_before_its_own() -> None:
    """Defective in months 2, 3 and 20, looked at in month 15: month 3 alone is within 12."""
    seed, rate = only_audit(15, 24)
    money = billable(24, {2, 3, 20}, seed=seed, tail__audits_per_year=rate)
    assert np.flatnonzero(money["audits"]).tolist() == [15]
    assert money["recouped"].tolist() == [0] * 15 + [MEDICARE] + [0] * 8
    assert money["cost"][:, ITEMS.index("audit")].tolist() == [0] * 15 + [200_000] + [0] * 8
    assert money["wrong"].sum() == 2 * MEDICARE
    usual = billable(24, {2, 3, 20}, seed=seed)
    for name in ("final", "collected", "receivable", "billed", "staff_cost"):
        assert money[name].tolist() == usual[name].tolist(), name
    assert (money["other_cost"] - usual["other_cost"]).sum() == 200_000


def test_a_factor_is_rounded_once_and_a_claim_repaid_once() -> None:
    """Every month has an audit: each claim is repaid in the month after, 1.00003 times $52.90."""
    every: dict[str, Any] = {"tail__audits_per_year": 12.0, "tail__audit_usd": 0.0}
    money = billable(5, {0, 1, 4}, **every, tail__audit_factor=1.0001)
    assert money["recouped"].tolist() == [0, 5291, 5291, 0, 0]
    together = billable(3, {0, 1}, **every, tail__audit_factor=1.0001)
    assert together["recouped"].sum() == 2 * 5291
    seed, rate = only_audit(2, 3)
    once = billable(3, {0, 1}, seed=seed, tail__audits_per_year=rate, tail__audit_factor=1.0001)
    assert once["recouped"].tolist() == [0, 0, 10581]  # 10,580 x 1.0001 = 10,581.06


def test_claims_that_have_not_left_are_not_read() -> None:
    """The biller is away for three months: nothing was claimed, so the audits cost nothing."""
    money = billable(
        5, {0, 1, 2, 3, 4}, tail__audits_per_year=12.0, tail__biller_away_per_year=12.0,
        tail__biller_away_months=3.0,
    )  # fmt: skip
    # batches of the first three months leave at the end of the fourth
    assert money["audits"].tolist() == [0, 0, 0, 0, 1]
    assert money["recouped"].tolist() == [0, 0, 0, 0, 3 * MEDICARE]


def test_duplicates_are_paid_back_too() -> None:
    twice: dict[str, Any] = {
        "finance__duplicate_share": 1.0,
        "finance__duplicate_caught_share": 0.0,
        "tail__audits_per_year": 12.0,
    }
    money = billable(3, {1}, **twice)
    assert money["overpaid"].tolist() == [MEDICARE] * 3
    assert money["recouped"].tolist() == [0, MEDICARE, 2 * MEDICARE]
    caught = billable(3, set(), **(twice | {"finance__duplicate_caught_share": 1.0}))
    assert caught["recouped"].sum() == 0


# ------------------------------------------------------------- the practice's own audits

LOSING: dict[str, Any] = {
    "contact__call_minutes": 40,
    "documentation__end_of_month": {"entry_loss_share": 1.0, "minute_loss_share": 0.0},
    "documentation__capture": "end_of_month",
    "documentation__internal_audit_months": 3,
    "documentation__found_share": 1.0,
    "finance__fee_year": 2026,
    "finance__sequestration_share": 0.0,
}


def lost(months: int, **changes: Any) -> Any:
    """Return the variables of a patient whose call of 45 minutes is forgotten every month."""
    scenario = practice(**(LOSING | changes))
    return ccmsim.simulate(scenario, months=months, replications=1, seed=SEED).values


def test_what_an_audit_finds_is_claimed_late_with_the_minutes_that_count() -> None:
    """45 minutes: the first code and an add-on unit; months 0 to 2 leave at the end of month 2."""
    values = lost(6)
    assert values["captured_minutes"].sum() == 0.0
    assert values["found_patients"].tolist() == [[1] * 6]
    assert values["billable_patients"].tolist() == [[1] * 6]
    assert values["claim_units"][0, :, :2].tolist() == [[1, 1]] * 6
    fee = values["billed_usd"][0, 0]
    assert values["collected_usd"].tolist() == [[0.0, 0.0, 0.0, 3 * fee, 0.0, 0.0]]
    assert values["late_claims"].sum() == 0


def test_an_audit_after_the_horizon_finds_too() -> None:
    """A month's value does not depend on where the simulation stops."""
    for name in ("billable_patients", "found_patients", "finally_paid_usd"):
        assert lost(4)[name].tolist() == [lost(6)[name][0, :4].tolist()]


def test_an_audit_after_more_than_a_year_is_too_late() -> None:
    """Every 14 months: the first two are 13 and 12 months old by then."""
    values = lost(14, documentation__internal_audit_months=14)
    assert values["late_claims"].tolist() == [[1, 1] + [0] * 12]
    assert not values["finally_paid_usd"][0, :2].any()
    assert values["finally_paid_usd"][0, 2:].all()


def test_nothing_is_found_where_the_documentation_does_not_stand() -> None:
    faulty = lost(3, documentation__elements={"time_log": 1.0})
    assert faulty["found_patients"].sum() == 0
    assert faulty["missed_patients"][..., rules.LOST_CAPTURE - 1].sum() == 3
    unnoticed = lost(3, documentation__elements={"time_log": 1.0}, documentation__noticed_share=0.0)
    assert unnoticed["found_patients"].sum() == unnoticed["defective_claims"].sum() == 3


def test_an_audit_takes_paid_time() -> None:
    """Three months of one patient, 20 minutes each: by a nurse at 0.50 a minute, or the owner."""
    time = {
        "documentation__audit_minutes_per_patient": 20.0,
        "finance__oversight_usd_per_claim": 0.0,
        "finance__wage_load": 1.0,
        "staff__nurse__wage_usd_per_hour": 30.0,
    }
    oversight, owner = ITEMS.index("oversight"), ITEMS.index("owner")
    values = lost(4, **time)
    assert values["cost_usd"][0, :, oversight].tolist() == [0.0, 0.0, 30.0, 0.0]
    assert values["overhead_hours"][0, :, 2].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert values["overhead_usd"][0, :, 2].tolist() == [0.0, 0.0, 30.0, 0.0]
    idle = {"hours_per_week": 0.0, "wage_usd_per_hour": 60.0, "review_minutes": 0.0,
            "review_minutes_per_patient": 0.0, "away_share": 0.0}  # fmt: skip
    owned = lost(4, **time, operations__owner=idle)
    assert owned["cost_usd"][0, :, oversight].sum() == 0.0
    assert owned["cost_usd"][0, :, owner].tolist() == [0.0, 0.0, 60.0, 0.0]
    assert owned["overhead_hours"][0, :, 2].tolist() == [0.0, 0.0, 1.0, 0.0]


def test_audits_find_their_share() -> None:
    """FALSE_ALARM = 1e-6: 4.9 errors of 3,000 months with 45 minutes forgotten."""
    scenario = practice(
        **(LOSING | {"documentation__found_share": 0.7, "panel__enrolled_at_start": 10})
    )
    values = ccmsim.simulate(scenario, months=3, replications=100, seed=SEED).values
    could = values["missed_patients"][..., rules.LOST_CAPTURE - 1] + values["found_patients"]
    assert could.sum() == 3_000
    share = values["found_patients"].sum() / 3_000
    assert abs(share - 0.7) < 4.9 * (0.7 * 0.3 / 3_000) ** 0.5


RISKY: dict[str, Any] = {
    "documentation.failure_share": 0.3,
    "documentation.noticed_share": 0.2,
    "finance.duplicate_share": 0.2,
    "tail.audit_factor": {"family": "uniform", "low": 1.0, "high": 2.0},
}


def test_what_is_taken_back_is_in_both_nets() -> None:
    scenario = ccmsim.load("two_nurses").but(RISKY | {"tail.audits_per_year": 2.0})
    values = ccmsim.simulate(scenario, months=12, replications=20, seed=SEED).values
    assert values["recouped_usd"].sum() > 0.0
    spent = values["staff_cost_usd"] + values["other_cost_usd"] + values["recouped_usd"]
    for net, paid in (("net_usd", "finally_paid_usd"), ("cash_net_usd", "collected_usd")):
        np.testing.assert_allclose(values[net], values[paid] - spent, atol=1e-9)
    np.testing.assert_allclose(values["total_usd"], values["cash_net_usd"], atol=1e-9)


def test_more_audits_never_raise_the_net_of_a_replication() -> None:
    """The coins are the same: more audits are these audits and others."""
    nets = []
    for rate in (0.0, 0.5, 2.0, 12.0):
        scenario = ccmsim.load("two_nurses").but(
            RISKY | {"tail.audits_per_year": rate, "tail.audit_factor": 1.0}
        )
        values = ccmsim.simulate(scenario, months=12, replications=20, seed=SEED).values
        nets.append(np.rint(values["net_usd"] * 100.0).sum(axis=1))
    assert (np.diff(nets, axis=0) <= 0.0).all()
    assert nets[0].sum() > nets[-1].sum()


def test_audits_come_at_their_rate() -> None:
    """3 a year: a quarter of the months after the first. FALSE_ALARM = 1e-6: 4.9 errors."""
    scenario = ccmsim.load("perfect").but(
        {"tail.audits_per_year": 3.0, "tail.audit_usd": 1.0, "panel.enrolled_at_start": 1}
    )
    values = ccmsim.simulate(scenario, months=12, replications=200, seed=SEED).values
    audits = values["cost_usd"][..., ITEMS.index("audit")]
    assert audits[:, 0].sum() == 0.0
    assert abs(audits[:, 1:].mean() - 0.25) < 4.9 * (0.25 * 0.75 / 2_200) ** 0.5


def test_a_factor_below_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"tail\.audit_factor: must never be under 1 \(got 0\.5\)"):
        ccmsim.load("perfect").but({"tail.audit_factor": 0.5})
