"""Money against a recomputation claim by claim with exact fractions, and limits by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim import rules
from ccmsim.billing import claim_lines, fee
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import Judgement, judge
from ccmsim.engine.ledger import Facts
from ccmsim.engine.simpy_model import simulate_one
from ccmsim.errors import InputError
from ccmsim.finance import CODES, WRITTEN_OFF, Money, Terms, month_fees, settle, terms_of
from ccmsim.scenario import Scenario
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

SEED, REPLICATION, MONTHS = 7, 0, 8

MESSY = {
    "contact.call_minutes": 25,  # some months reach 40 and 60 minutes
    "contact.target_minutes": 60.0,
    "contact.max_attempts": 8,
    "finance.denied_share": 0.3,
    "finance.recovered_share": 0.5,
    "finance.no_supplement_share": 0.4,
    "finance.sequestration_share": 0.025,
}


@pytest.fixture(scope="module")
def run() -> tuple[Inputs, Facts, Judgement]:
    inputs = prepare(ccmsim.load("two_nurses").but(MESSY), MONTHS)
    facts = simulate_one(inputs, SEED, REPLICATION)
    return inputs, facts, judge(facts, inputs, SEED, REPLICATION)


def terms(inputs: Inputs) -> Terms:
    return terms_of(inputs)


def settled(run: tuple[Inputs, Facts, Judgement], changes: dict[str, Any] | None = None) -> Money:
    inputs, facts, judgement = run
    if changes:
        inputs = prepare(inputs.scenario.but(changes), MONTHS)
    return settle(facts, judgement, terms(inputs), inputs, SEED, REPLICATION)


def rounded(exact: Fraction) -> int:
    return (exact + Fraction(1, 2)).__floor__()


def coin(name: str, patient: int, month: int) -> tuple[float, float]:
    return uniforms(SEED, REPLICATION, STREAMS[name].number, patient, month, 0)


@pytest.mark.parametrize(
    "lags", [(1, 2, 3), (0, 0, 0), (2, 1, 0), (3, 3, 9)], ids=lambda lags: str(lags)
)
def test_claims_one_by_one(
    run: tuple[Inputs, Facts, Judgement], lags: tuple[int, int, int]
) -> None:
    names = ("payment_lag_months", "patient_lag_months", "recovery_lag_months")
    changes = {f"finance.{name}": lag for name, lag in zip(names, lags, strict=True)}
    money = settled(run, changes)
    inputs, facts, judgement = run
    finance = inputs.scenario.finance
    months = facts.patient_months
    billed, final, collected, denied = ([0] * MONTHS for _ in range(4))
    units = np.zeros((MONTHS, len(CODES)), int)
    for i in np.flatnonzero(judgement.status == rules.BILLABLE).tolist():
        patient, month = int(months["patient"][i]), int(months["month"][i])
        lines = claim_lines(float(months["captured_minutes"][i]), year=2026)
        allowed = sum(int(fee(code, 2026) * 100) * n for code, n in lines)
        for code, n in lines:
            units[month, CODES.index(code)] += n
        billed[month] += allowed
        owed = rounded(Fraction(allowed, 5))
        medicare = allowed - owed
        medicare -= rounded(medicare * Fraction("0.025"))
        u_denied, u_recovered = coin("claim", patient, month)
        late = 0
        if u_denied < finance.denied_share:
            denied[month] += 1
            if u_recovered >= finance.recovered_share:
                continue
            late = max(0, lags[2] - lags[0])
        without = coin("patient_money", patient, NO_MONTH)[0] < finance.no_supplement_share
        if without and coin("coinsurance", patient, month)[0] >= finance.coinsurance_paid_share:
            owed = 0
        final[month] += medicare + owed
        for cents, lag in ((medicare, lags[0]), (owed, lags[1] if without else lags[0])):
            if month + lag + late < MONTHS:
                collected[month + lag + late] += cents
    np.testing.assert_array_equal(money["units"], units)
    assert units[:, 1].sum() > 0
    assert money["billed"].tolist() == billed
    assert money["final"].tolist() == final
    assert money["collected"].tolist() == collected
    assert money["denied"].tolist() == denied
    balance = np.cumsum(final) - np.cumsum(collected)
    assert money["receivable"].tolist() == balance.tolist()
    assert sum(final) == sum(collected) + int(money["receivable"][-1])


def test_costs_line_by_line(run: tuple[Inputs, Facts, Judgement]) -> None:
    money = settled(run)
    _, facts, _ = run
    months = facts.patient_months
    for month in range(MONTHS):
        minute = Fraction(30) * Fraction("1.25") / 60
        staff = sum(Fraction(m) for m in facts.paid_minutes[month].tolist()) * minute
        overtime = sum(Fraction(m) for m in facts.paid_overtime_minutes[month].tolist())
        staff += overtime * minute * Fraction(3, 2)
        staff += int(facts.hires[month].sum()) * 14_200 * Fraction(16, 40)
        assert abs(int(money["staff_cost"][month]) - float(staff * 100)) <= 0.5 + 1e-6
        enrolled = int((months["month"] == month).sum())
        new = int(facts.counts["new_patients"][month])
        other = 100 * new + 2 * int(money["units"][month, 0]) + Fraction(5, 2) * enrolled
        other += 15 * int(money["denied"][month])
        assert money["other_cost"][month] == other * 100
        assert money["plan"][month] == 6613 * enrolled
    assert (money["nominal_staff_cost"] >= money["staff_cost"]).all()
    assert money["nominal_staff_cost"].sum() > money["staff_cost"].sum()


def test_pulled_hours_cost_what_the_scenario_says(run: tuple[Inputs, Facts, Judgement]) -> None:
    """With a paid share of 1 for floor cover the two costs are the same."""
    scenario = run[0].scenario.but({"disruptions.floor_cover.paid_share": 1.0})
    inputs = prepare(scenario, 2)
    facts = simulate_one(inputs, SEED, REPLICATION)
    money = settle(
        facts,
        judge(facts, inputs, SEED, REPLICATION),
        terms(inputs),
        inputs,
        SEED,
        REPLICATION,
    )
    assert money["staff_cost"].tolist() == money["nominal_staff_cost"].tolist()


def test_cover_is_paid_at_its_own_wage() -> None:
    away = {"kind": "recorded", "spells": [{"seat": 0, "start": date(2026, 1, 5), "days": 2}]}
    scenario = plain(start=date(2026, 1, 1), wage_load=2.0).but(
        {
            "staff.nurse.wage_usd_per_hour": 0.0,
            "disruptions.log": away,
            "operations.cover": {"hours_per_week": 5.0, "after_days": 1, "wage_usd_per_hour": 48.0},
        }
    )
    inputs = prepare(scenario, 1)
    facts = simulate_one(inputs, SEED, REPLICATION)
    money = settle(
        facts,
        Judgement(*np.zeros((2, 1), np.int8)),
        terms(inputs),
        inputs,
        SEED,
        REPLICATION,
    )
    # away on the 5th and 6th: called on the 6th, for one hour at $48, loaded twice
    assert money["staff_cost"].tolist() == [9600]


def test_everybody_pays_and_nobody_does(run: tuple[Inputs, Facts, Judgement]) -> None:
    full = {
        "finance.denied_share": 0.0,
        "finance.no_supplement_share": 0.0,
        "finance.sequestration_share": 0.0,
    }
    money = settled(run, full)
    assert money["final"].tolist() == money["billed"].tolist()
    none = settled(run, {"finance.denied_share": 1.0, "finance.recovered_share": 0.0})
    assert none["final"].sum() == 0
    assert none["denied"].tolist() == none["units"][:, 0].tolist()
    assert none["billed"].tolist() == money["billed"].tolist()


# ------------------------------------------------------------- claims by hand

FEE = 6613


def claims(months: int, patients: int = 1, **changes: Any) -> Money:
    """Return the money of patients who are billable in every month, one base code of 2026 each."""
    start = changes.pop("start", date(2026, 1, 1))
    scenario = plain(start=start, fee_year=2026, **CLEAN).but(
        {path.replace("__", "."): value for path, value in changes.items()}
    )
    inputs = prepare(scenario, months)
    facts = simulate_one(inputs, SEED, REPLICATION)
    rows = np.zeros(months * patients, facts.patient_months.dtype)
    rows["month"] = np.repeat(np.arange(months), patients)
    rows["patient"] = np.tile(np.arange(patients), months)
    rows["captured_minutes"] = 20.0
    judgement = Judgement(*np.full((2, len(rows)), rules.BILLABLE, np.int8))
    facts = facts._replace(patient_months=rows)
    return settle(facts, judgement, terms(inputs), inputs, SEED, REPLICATION)


CLEAN: dict[str, Any] = {
    "denied_share": 0.0,
    "no_supplement_share": 0.0,
    "sequestration_share": 0.0,
}


def written_off(money: Money, why: str) -> list[int]:
    cents: list[int] = money["written_off"][:, WRITTEN_OFF.index(why)].tolist()
    return cents


def assert_identity(money: Money) -> None:
    """Every cent that is allowed or overpaid is paid or written off, in every month."""
    lost = money["written_off"].sum(axis=1)
    assert (money["billed"] + money["overpaid"]).tolist() == (money["final"] + lost).tolist()
    assert money["final"].sum() == money["collected"].sum() + money["receivable"][-1]


DEDUCTIBLE: dict[str, Any] = {
    "finance__deductible": "modelled",
    "finance__deductible_met_per_month_share": 0.0,
    "finance__coinsurance_paid_share": 0.0,
}


def test_five_claims_use_up_the_deductible_of_2026() -> None:
    """$283.00: four claims of $66.13, $18.48 of the fifth and 20 % of its rest; then 20 %."""
    money = claims(7, **DEDUCTIBLE, finance__no_supplement_share=1.0)
    rest = rounded(Fraction(FEE - 1848, 5))
    assert written_off(money, "patient") == [FEE] * 4 + [1848 + rest, 1323, 1323]
    assert money["final"].tolist() == [0] * 4 + [FEE - 1848 - rest, 5290, 5290]
    assert_identity(money)


def test_supplemental_cover_pays_the_coinsurance_alone_and_a_new_year_starts_anew() -> None:
    money = claims(9, **DEDUCTIBLE, start=date(2026, 7, 1))
    assert written_off(money, "patient") == [FEE] * 4 + [1848, 0, FEE, FEE, FEE]
    assert_identity(money)


def test_a_deductible_that_others_care_meets_in_january_costs_nothing() -> None:
    met: dict[str, Any] = DEDUCTIBLE | {"finance__deductible_met_per_month_share": 1.0}
    assert claims(3, **met)["final"].tolist() == [FEE] * 3


def test_a_deductible_is_met_with_a_constant_chance_a_month() -> None:
    """By month k a share (1 - s)**k is unmet: 6 sigma of a binomial, false alarm below 1e-6."""
    share, patients = 0.35, 4000
    half: dict[str, Any] = DEDUCTIBLE | {"finance__deductible_met_per_month_share": share}
    money = claims(4, patients, **half)
    for month in range(4):
        unmet = (1.0 - share) ** (month + 1)
        sigma = (patients * unmet * (1.0 - unmet)) ** 0.5
        assert abs(written_off(money, "patient")[month] / FEE - patients * unmet) < 6.0 * sigma


def test_medicaid_pays_its_share_of_the_patients_part() -> None:
    money = claims(1, finance__qmb_share=1.0, finance__medicaid_paid_share=0.3)
    assert money["final"].tolist() == [5290 + 397]  # 0.3 of $13.23 is $3.97
    assert written_off(money, "medicaid") == [1323 - 397]
    assert_identity(money)


def test_a_claim_that_another_practice_was_first_with_is_lost_and_reworked() -> None:
    both: dict[str, Any] = {"finance__other_practice_share": 1.0, "finance__other_first_share": 1.0}
    money, usual = claims(2, 3, **both), claims(2, 3)
    assert written_off(money, "other_practice") == [3 * FEE] * 2
    assert money["other_practice"].tolist() == money["denied"].tolist() == [3, 3]
    assert (money["other_cost"] - usual["other_cost"]).tolist() == [3 * 1500] * 2
    assert_identity(money)
    never = claims(2, 3, **(both | {"finance__other_first_share": 0.0}))
    assert never.tobytes() == usual.tobytes()


@pytest.mark.parametrize("won", [0.0, 1.0])
def test_an_appeal_pays_months_later_or_never(won: float) -> None:
    denied: dict[str, Any] = {"finance__denied_share": 1.0, "finance__recovered_share": 0.0}
    money = claims(
        8, **denied, finance__appealed_share=1.0, finance__appeal_won_share=won,
        finance__appeal_lag_months=6,
    )  # fmt: skip
    assert money["appealed"].tolist() == [1] * 8
    assert money["final"].tolist() == [int(won) * FEE] * 8
    assert money["collected"].tolist() == [0] * 6 + [int(won) * FEE] * 2
    assert written_off(money, "denied") == [int(1 - won) * FEE] * 8
    cost = (money["other_cost"] - claims(8, **denied)["other_cost"]).tolist()
    assert cost == [4000] * 8
    assert_identity(money)


def test_a_duplicate_is_caught_or_paid_twice() -> None:
    twice: dict[str, Any] = {"finance__duplicate_share": 1.0, "finance__sequestration_share": 0.02}
    paid = claims(2, **twice, finance__duplicate_caught_share=0.0)
    assert paid["overpaid"].tolist() == [5290 - 106] * 2
    assert paid["final"].tolist() == [FEE - 106 + 5290 - 106] * 2
    assert_identity(paid)
    caught = claims(2, **twice, finance__duplicate_caught_share=1.0)
    assert caught["overpaid"].sum() == 0
    assert caught["duplicate"].tolist() == paid["duplicate"].tolist() == [1, 1]
    assert (caught["other_cost"] - paid["other_cost"]).tolist() == [1500] * 2


def test_a_batch_that_nobody_finds_is_past_the_limit() -> None:
    lost: dict[str, Any] = {
        "tail__batch_missed_share": 1.0,
        "tail__batch_found_per_month_share": 1e-12,
    }
    money = claims(3, **lost)
    assert money["late"].tolist() == [1] * 3
    assert written_off(money, "late") == [FEE] * 3
    assert money["final"].sum() == 0
    assert_identity(money)


def test_a_batch_found_at_once_leaves_a_month_later() -> None:
    found: dict[str, Any] = {
        "tail__batch_missed_share": 1.0,
        "tail__batch_found_per_month_share": 1.0,
    }
    money = claims(4, **found)
    assert money["collected"].tolist() == [0, 0, FEE, FEE]
    assert money["late"].sum() == 0


@pytest.mark.parametrize(("away", "late"), [(0.2, 0), (11, 0), (12, 1), (13, 2)])
def test_batches_wait_for_the_biller_until_the_limit_of_a_year(away: float, late: int) -> None:
    """Away for n months, the first batch waits n months, the next n - 1: 12 are too many."""
    gone: dict[str, Any] = {"tail__biller_away_per_year": 12.0, "tail__biller_away_months": away}
    money = claims(13, **gone)
    months = max(1, round(away))
    assert money["late"].tolist()[:months] == ([1] * late + [0] * 13)[:months]
    assert not money["collected"][: months + 1].any()
    if months < 12:
        assert money["collected"][months + 1] == months * FEE
    assert_identity(money)


EVERYTHING: dict[str, Any] = {
    **MESSY,
    "finance.qmb_share": 0.3,
    "finance.medicaid_paid_share": 0.3,
    "finance.deductible": "modelled",
    "finance.deductible_met_per_month_share": 0.1,
    "finance.appealed_share": 0.5,
    "finance.other_practice_share": 0.4,
    "finance.duplicate_share": 0.3,
    "tail.batch_missed_share": 0.3,
    "tail.batch_found_per_month_share": 0.2,
    "tail.biller_away_per_year": 1.0,
    "tail.audits_per_year": 6.0,
}


def test_with_everything_on_every_cent_is_somewhere(run: tuple[Inputs, Facts, Judgement]) -> None:
    money, usual = settled(run, EVERYTHING), settled(run)
    assert_identity(money)
    assert (money["written_off"].sum(axis=0) > 0).sum() >= len(WRITTEN_OFF) - 1
    for name in ("overpaid", "appealed", "other_practice", "duplicate", "caught", "recouped"):
        assert money[name].sum() > 0, name
        assert usual[name].sum() == 0, name
    assert money["billed"].tolist() == usual["billed"].tolist()


def test_a_year_without_a_published_deductible_is_refused() -> None:
    old = plain(start=date(2024, 1, 1)).but({"finance.deductible": "modelled"})
    with pytest.raises(InputError, match=r"finance\.deductible: is modelled, and no .* of 2024"):
        terms(prepare(old, 2))


def test_nobody_has_two_covers() -> None:
    with pytest.raises(InputError, match=r"qmb_share: and no_supplement_share \(0\.5\) must not"):
        plain(no_supplement_share=0.5, qmb_share=0.6)


# ------------------------------------------------------------- fees of the months


def fees(scenario: Scenario, months: int = 2, warmup_months: int = 0) -> list[list[int]]:
    calendar = prepare(scenario, months, warmup_months=warmup_months).calendar
    cents: list[list[int]] = month_fees(scenario, calendar)[:, :2].tolist()
    return cents


def plain(**finance: Any) -> Scenario:
    tree: dict[str, Any] = {
        "start": finance.pop("start", date(2025, 12, 1)),
        "panel": {"enrolled_at_start": 1},
        "staff": {"nurse": {"hours_per_week": 10.0}},
        "finance": finance,
    }
    return Scenario(**tree)


def test_fee_years() -> None:
    old, new = [6049, 4593], [6613, 5044]
    assert fees(plain()) == [old, old]  # left out: the start's year
    assert fees(plain(fee_year="calendar")) == [old, new]
    assert fees(plain(fee_year=2026)) == [new, new]
    assert fees(plain(start=date(2026, 1, 1)), 1, 1) == [new, new]  # also before the start
    assert fees(plain(start=date(2026, 1, 1), fee_year="calendar"), 1, 1) == [old, new]


def test_months_of_2024_have_their_own_amounts() -> None:
    months = fees(plain(start=date(2024, 1, 1), fee_year="calendar"), 3)
    assert [month[0] for month in months] == [6156, 6156, 6258]


def test_own_fees_replace_those_of_the_schedule() -> None:
    own = plain(fees_usd={"99490": Decimal("70.01")}, locality="13202-01")
    assert fees(own, 1) == [[7001, int(fee("99439", 2025, "13202-01") * 100)]]


def test_a_fixed_year_has_the_fees_of_each_of_its_months() -> None:
    months = {"start": date(2024, 1, 1)}
    for fee_year in (None, 2024, "calendar"):
        paid = [row[0] for row in fees(plain(**months, fee_year=fee_year), 4)]
        assert paid == [6156, 6156, 6258, 6258]
    late = plain(start=date(2025, 1, 1), fee_year=2024)  # another year's months: the later figures
    assert fees(late, 2)[0][0] == 6258


def test_a_fee_of_a_code_that_is_never_billed_is_refused() -> None:
    odd = plain().but({"finance.fees_usd": {"99493": 80}})
    with pytest.raises(InputError, match=r"fees_usd: is a code that the model never bills .*99493"):
        ccmsim.simulate(odd, months=1, replications=1)


def test_a_month_without_a_fee_is_refused_before_anything_is_simulated() -> None:
    calendar = plain(start=date(2026, 7, 1), fee_year="calendar")
    with pytest.raises(
        InputError, match=r"fee_year: gives 2027-01 no fee for 99490: year has no fees"
    ):
        ccmsim.simulate(calendar, months=12, replications=10**9)
    with pytest.raises(InputError, match="national only"):
        fees(plain(start=date(2026, 1, 1), locality="13202-01"))
