"""The judgement of patient-months against a plain recomputation, and cases by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.quiet import practice, statuses

import ccmsim
from ccmsim import rules
from ccmsim.arrays import Floats
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import DEFECTIVE, FOUND, judge
from ccmsim.engine.ledger import (
    BLOCK,
    COUNTS,
    EVENT_COUNTS,
    MONTH_COUNTS,
    PATIENT_MONTH,
    Facts,
)
from ccmsim.engine.simpy_model import simulate_one
from ccmsim.engine.supervision import vacancies
from ccmsim.scenario import Scenario
from ccmsim.scenario.documentation import Elements
from ccmsim.streams import NO_MONTH, STREAMS, uniforms
from ccmsim.units import TICK_MINUTES

SEED, REPLICATION, MONTHS = 7, 1, 6


def uniform(name: str, patient: int, month: int) -> tuple[float, float]:
    return uniforms(SEED, REPLICATION, STREAMS[name].number, patient, month, 0)


def judged_plainly(facts: Facts, inputs: Inputs) -> tuple[list[int], list[int]]:
    """Return statuses and details, following section 6 of docs/model.md a month at a time."""
    scenario = inputs.scenario
    documentation, threshold = scenario.documentation, scenario.contact.threshold_minutes
    half = documentation.failure_share / 2.0
    onset = min(1.0, documentation.mended_per_month_share * half / (1.0 - half))
    firsts = inputs.calendar.month_first_business_day
    seats = inputs.staffing.seats
    pooled = scenario.operations.assignment == "pooled"
    faulty: dict[int, bool] = {}
    missing: dict[int, bool] = {}
    elements = documentation.elements or Elements(time_log=0.0, access=0.0, supervision=0.0)
    statuses, details = [], []
    vacant = vacancies(inputs, SEED, REPLICATION)
    months = facts.patient_months
    for i in range(len(months)):
        patient, month = int(months["patient"][i]), int(months["month"][i])
        coin, chain = uniform("documentation", patient, month)
        stays = 1.0 - documentation.mended_per_month_share
        every = documentation.internal_audit_months
        if every and (month + 1) % every == 0:
            stays *= 1.0 - documentation.found_share
        if patient not in faulty:
            faulty[patient] = (
                uniforms(SEED, REPLICATION, STREAMS["patient_money"].number, patient, NO_MONTH, 0)[
                    1
                ]
                < half
            )
        elif faulty[patient]:
            faulty[patient] = chain >= 1.0 - stays
        else:
            faulty[patient] = chain < onset
        if patient not in missing:
            recorded = STREAMS["consent"].number
            u_consent = uniforms(SEED, REPLICATION, recorded, patient, NO_MONTH, 0)[1]
            missing[patient] = u_consent < documentation.consent_missing_share
        elif missing[patient]:
            mended = uniform("consent_mended", patient, month)[0]
            missing[patient] = mended >= 1.0 - stays
        lacking = lacking_plainly(elements, uniform("element", patient, month)[0])
        if coin < half or faulty[patient]:
            lacking = "other"
        unnoticed = uniform("element", patient, month)[1] >= documentation.noticed_share
        defective = lacking != "" and unnoticed
        if months["plan_missing"][i] and not (lacking == "other" and not defective):
            lacking, defective = "care_plan", False
        stands = lacking == "" or defective
        days = slice(months["release_day"][i], firsts[month + 1])
        who = slice(0, seats) if pooled else slice(months["owner"][i], months["owner"][i] + 1)
        on_duty = facts.on_duty_minutes[who, days].sum()
        template = facts.template_minutes[who, days].sum()
        captured = months["captured_minutes"][i]
        unclaimable = uniform("outreach", patient, month)[1] < documentation.not_claimable_share
        if unclaimable or vacant[month] or missing[patient]:
            status = "not_claimable"
        elif captured >= threshold and stands:
            status = "billable"
        elif captured >= threshold:
            status = "undocumented"
        elif months["countable_minutes"][i] >= threshold:
            status = "lost_capture"
        elif months["served"][i] > 0:
            status = "short"
        elif months["attempts"][i] > 0:
            status = "unreached"
        elif on_duty < template / 2.0:
            status = "no_attempt_off_duty"
        else:
            status = "no_attempt_backlog"
        found = every and uniform("internal_audit", patient, month)[0] < documentation.found_share
        flag = FOUND if found and status == "lost_capture" and stands else 0
        if flag:
            status = "billable"
        statuses.append(("billable", *rules.REASONS).index(status))
        if status == "not_claimable":
            bar = "supervision" if vacant[month] else "consent"
            details.append(rules.BARS.index("by_rule" if unclaimable else bar))
        elif status == "undocumented":
            details.append(rules.ELEMENTS.index(lacking))
        else:
            details.append((DEFECTIVE if status == "billable" and defective else 0) | flag)
    return statuses, details


def lacking_plainly(elements: Elements, u: float) -> str:
    """Return the first element that is lacking, or nothing: u cut from 0 on."""
    stands = 1.0
    for name in ("time_log", "access", "supervision"):
        stands *= 1.0 - getattr(elements, name)
        if u < 1.0 - stands:
            return name
    return ""


WEAK_RECORDS: dict[str, Any] = {
    "documentation.consent_missing_share": 0.3,
    "documentation.mended_per_month_share": 0.1,
    "documentation.elements": {"time_log": 0.2, "access": 0.1, "supervision": 0.1},
    "documentation.noticed_share": 0.6,
    "documentation.internal_audit_months": 3,
    "documentation.outside_capture_share": 0.1,
    "tail.practitioner_leaves_per_year": 12.0,
    "tail.practitioner_vacancy_months": 1.0,
}


@pytest.mark.parametrize("assignment", ["owned", "pooled"])
@pytest.mark.parametrize("failure", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("records", [{}, WEAK_RECORDS])
def test_judgement_is_that_of_the_plain_text(
    assignment: str, failure: float, records: dict[str, Any]
) -> None:
    scenario = ccmsim.load("two_nurses").but(
        {
            "operations.assignment": assignment,
            "documentation.failure_share": failure,
            "documentation.not_claimable_share": 0.1,
            "disruptions.turnover.per_year": 6.0,
            "staff.nurses.hours_per_week": 7.0,
            **records,
        }
    )
    inputs = prepare(scenario, MONTHS)
    facts = simulate_one(inputs, SEED, REPLICATION)
    status, detail = judge(facts, inputs, SEED, REPLICATION)
    assert (status.tolist(), detail.tolist()) == judged_plainly(facts, inputs)
    assert len(set(status.tolist())) >= 6, "too few different statuses to tell"


def one_nurse(failure_share: float) -> Scenario:
    tree: dict[str, Any] = {
        "panel": {"enrolled_at_start": 1},
        "staff": {"nurse": {"hours_per_week": 10.0}},
        "documentation": {"failure_share": failure_share, "not_claimable_share": 0.0},
    }
    return Scenario(**tree)


def one_patient_month(inputs: Inputs, *, on_duty: Floats, **changes: Any) -> Facts:
    """Return the facts of one patient in one month of 20 business days with one seat."""
    values = {
        "patient": 0,
        "month": 0,
        "owner": 0,
        "release_day": 0,
        "attempts": 0,
        "served": 0,
        "plan_missing": 0,
        "waiting": 0,
        "countable_minutes": 0.0,
        "captured_minutes": 0.0,
        "own_countable_minutes": 0.0,
        "own_captured_minutes": 0.0,
    } | changes
    names = PATIENT_MONTH.names or ()
    nothing: Any = np.zeros((1, 1))
    return Facts(
        patient_months=np.array([tuple(values[name] for name in names)], PATIENT_MONTH),
        counts=np.zeros(1, COUNTS),
        worked_minutes=nothing,
        overtime_minutes=nothing,
        paid_overtime_minutes=nothing,
        uncounted_minutes=nothing,
        services=np.zeros((1, 1), np.int64),
        on_duty_minutes=on_duty,
        template_minutes=np.full((1, 20), 100.0),
        lost_minutes=np.zeros((1, 8)),
        lost_by_day=np.zeros((1, 20, 8)),
        paid_lost_minutes=np.zeros((1, 1, 8)),
        paid_minutes=nothing,
        nominal_minutes=nothing,
        hires=np.zeros((1, 1), np.int64),
        load_absence_factor=np.ones(1),
        practitioner_minutes=np.zeros(1),
        initiating_month=np.zeros(0, np.int64),
        waiting_items=0,
    )


@pytest.fixture(scope="module")
def sound() -> Inputs:
    """One seat, January 2026, nothing that spoils a claim."""
    return prepare(one_nurse(0.0), 1)


def judged(inputs: Inputs, on_duty: Floats | None = None, **changes: Any) -> int:
    minutes = np.full((1, 20), 100.0) if on_duty is None else on_duty
    facts = one_patient_month(inputs, on_duty=minutes, **changes)
    return int(judge(facts, inputs, SEED, REPLICATION).status[0])


@pytest.mark.parametrize(
    ("captured", "countable", "status"),
    [
        (20.0, 20.0, rules.BILLABLE),
        (20.0 - TICK_MINUTES, 20.0, rules.LOST_CAPTURE),
        (20.0 - TICK_MINUTES, 20.0 - TICK_MINUTES, rules.SHORT),
    ],
)
def test_the_threshold_is_met_on_the_exact_tick(
    sound: Inputs, captured: float, countable: float, status: int
) -> None:
    got = judged(
        sound, attempts=1, served=1, countable_minutes=countable, captured_minutes=captured
    )
    assert got == status


@pytest.mark.parametrize(
    ("release_day", "days_away", "status"),
    [
        (0, range(10), rules.BACKLOG),  # half of twenty days
        (0, range(11), rules.OFF_DUTY),
        (10, range(10), rules.BACKLOG),  # away before the release only
        (10, range(10, 15), rules.BACKLOG),
        (10, range(10, 16), rules.OFF_DUTY),
        (19, range(19, 20), rules.OFF_DUTY),
    ],
)
def test_only_time_from_the_release_on_counts(
    sound: Inputs, release_day: int, days_away: range, status: int
) -> None:
    on_duty = np.full((1, 20), 100.0)
    on_duty[0, days_away] = 0.0
    assert judged(sound, on_duty, release_day=release_day) == status


def test_a_tick_less_than_half_is_off_duty(sound: Inputs) -> None:
    on_duty = np.full((1, 20), 50.0)
    assert judged(sound, on_duty) == rules.BACKLOG
    on_duty[0, 3] -= TICK_MINUTES
    assert judged(sound, on_duty) == rules.OFF_DUTY


def test_nobody_enrolled_leaves_nothing_to_judge(sound: Inputs) -> None:
    facts = one_patient_month(sound, on_duty=np.full((1, 20), 100.0))
    nothing = facts._replace(patient_months=facts.patient_months[:0])
    assert judge(nothing, sound, SEED, REPLICATION).status.tolist() == []


def test_lasting_faults_keep_their_prevalence() -> None:
    """4,000 patients, 12 months: the share with a fault stays near 0.15, also in the last month.

    FALSE_ALARM = 1e-6: five standard errors of 4,000 coins are 0.028, the difference resolved.
    """
    inputs = prepare(one_nurse(0.3), 12)
    patients, months = 4000, 12
    facts = one_patient_month(inputs, on_duty=np.full((1, 250), 100.0))
    n = patients * months
    assert patients > BLOCK
    rows = np.zeros(n, PATIENT_MONTH)
    rows["patient"] = np.tile(np.arange(patients), months)
    rows["month"] = np.repeat(np.arange(months), patients)
    rows["attempts"] = rows["served"] = 1
    rows["countable_minutes"] = rows["captured_minutes"] = 30.0
    everybody = facts._replace(patient_months=rows, template_minutes=np.full((1, 250), 100.0))
    status = judge(everybody, inputs, SEED, REPLICATION).status.reshape(months, patients)
    failed = (status == rules.UNDOCUMENTED).mean(axis=1)
    # coin and fault, each 0.15, independent: 1 − 0.85²
    assert (abs(failed - (1.0 - 0.85**2)) < 0.04).all()
    # a fault lasts: who failed last month fails more often this month
    before, after = status[:-1] == rules.UNDOCUMENTED, status[1:] == rules.UNDOCUMENTED
    assert after[before].mean() > 1.5 * after[~before].mean()


def test_events_are_counted_by_month() -> None:
    assert set(EVENT_COUNTS) <= set(MONTH_COUNTS)
    assert len(set(MONTH_COUNTS)) == len(MONTH_COUNTS)


def month_shares(scenario: Scenario, status: int, months: int) -> Floats:
    """Return each month's share of patient-months with a status, over many patients."""
    reason = rules.REASONS[status - 1]
    values = ccmsim.simulate(scenario, months=months, replications=30, seed=SEED).values
    index = rules.REASONS.index(reason)
    shares: Floats = values["missed_patients"][..., index].sum(axis=0) / values[
        "enrolled_patients"
    ].sum(axis=0)
    return shares


def test_consents_are_put_on_record_month_by_month() -> None:
    """The share not claimable falls as c (1 - m)^k; 3,000 patients a month, false alarm 1e-6."""
    scenario = practice(
        panel__enrolled_at_start=100,
        documentation__consent_missing_share=0.4,
        documentation__mended_per_month_share=0.25,
    )
    shares = month_shares(scenario, rules.NOT_CLAIMABLE, 4)
    for k, share in enumerate(shares):
        expected = 0.4 * 0.75**k
        assert abs(share - expected) < 4.9 * (expected * (1.0 - expected) / 3_000) ** 0.5


def test_audits_of_its_own_mend_more_in_their_months() -> None:
    """Every second month 1 - (1 - m)(1 - f): 3,000 patients a month, false alarm 1e-6."""
    scenario = practice(
        panel__enrolled_at_start=100,
        documentation__consent_missing_share=0.5,
        documentation__mended_per_month_share=0.1,
        documentation__internal_audit_months=2,
        documentation__found_share=0.4,
    )
    shares = month_shares(scenario, rules.NOT_CLAIMABLE, 4)
    stays = (0.5, 0.9 * 0.6, 0.9, 0.9 * 0.6)
    for share, expected in zip(shares.tolist(), np.cumprod(stays).tolist(), strict=True):
        assert abs(share - expected) < 4.9 * (expected * (1.0 - expected) / 3_000) ** 0.5


def test_an_element_that_is_missing_fails_the_month() -> None:
    """Everybody is reached: 1 - 0.8 x 0.9 of the months fail; half of each share with training."""
    for trained, expected in ((False, 0.28), (True, 1.0 - 0.9 * 0.95)):
        elements = {"time_log": 0.2, "access": 0.1, "supervision": 0.0, "trained": trained}
        scenario = practice(panel__enrolled_at_start=20, documentation__elements=elements)
        (share,) = month_shares(scenario, rules.UNDOCUMENTED, 1)
        assert abs(share - expected) < 4.9 * (expected * (1.0 - expected) / 600) ** 0.5


def test_what_nobody_notices_is_claimed() -> None:
    """Everybody is reached: of 0.352 that lack one of three, 0.3 are claimed; first named counts.

    FALSE_ALARM = 1e-6: 4.9 standard errors of 4,000 months are 0.037 at most.
    """
    elements = {"time_log": 0.2, "access": 0.1, "supervision": 0.1}
    weak = practice(
        panel__enrolled_at_start=40,
        documentation__elements=elements,
        documentation__noticed_share=0.7,
    )
    values = ccmsim.simulate(weak, months=1, replications=100, seed=SEED).values
    strict = weak.but({"documentation.noticed_share": 1.0})
    noticed = ccmsim.simulate(strict, months=1, replications=100, seed=SEED).values
    defective = values["defective_claims"]
    assert (values["billable_patients"] - noticed["billable_patients"] == defective).all()
    assert noticed["defective_claims"].sum() == 0
    firsts = [0.0, 0.0, 0.2, 0.8 * 0.1, 0.8 * 0.9 * 0.1]
    lacking = noticed["undocumented_patients"].sum(axis=(0, 1)) / 4_000
    for share, expected in (
        *zip(lacking.tolist(), firsts, strict=True),
        (defective.sum() / 4_000, 0.3 * sum(firsts)),
    ):
        assert abs(share - expected) <= 4.9 * (expected * (1.0 - expected) / 4_000) ** 0.5


def test_a_missing_plan_is_always_noticed() -> None:
    """A plan that was never made bars the claim, whatever else nobody sees."""
    lost = practice(
        panel__replace_leavers=True,
        panel__opt_out_per_month_share=1.0,
        contact__care_plan_minutes=30,
        contact__answer_probability=0.0,
        documentation__elements={"time_log": 1.0},
        documentation__noticed_share=0.0,
    )
    inputs = prepare(lost, 2)
    facts = simulate_one(inputs, SEED, 0)
    rows = facts.patient_months.copy()
    rows["captured_minutes"] = rows["countable_minutes"] = 30.0
    rows["plan_missing"] = [0, 1]
    status, detail = judge(facts._replace(patient_months=rows), inputs, SEED, 0)
    assert status.tolist() == [rules.BILLABLE, rules.UNDOCUMENTED]
    assert detail.tolist() == [DEFECTIVE, rules.CARE_PLAN]


def test_no_consent_is_ever_claimed_while_it_is_missing() -> None:
    never = practice(
        panel__enrolled_at_start=5,
        documentation__consent_missing_share=1.0,
        documentation__mended_per_month_share=1e-9,
    )
    assert set(statuses(never, 3)) == {"not_claimable"}
    at_once = never.but({"documentation.mended_per_month_share": 1.0})
    assert statuses(at_once, 3)[:5] == ["not_claimable"] * 5
    assert "not_claimable" not in statuses(at_once, 3)[5:]
