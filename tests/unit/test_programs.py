"""Programmes: the compiled claim against `claim_lines`, and whole replications claim by claim."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest

import ccmsim
from ccmsim import rules
from ccmsim.billing import claim_lines, fee
from ccmsim.billing.codes import Program
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.simpy_model import SimpyModel, simulate_one
from ccmsim.errors import InputError
from ccmsim.finance import CODES, best_claim, settle, terms_of
from ccmsim.streams import NO_MONTH, STREAMS, uniforms

SEED, REPLICATION, MONTHS = 7, 0, 6
OWN = {"contact_share": 0.6, "minutes": {"family": "lognormal", "mean": 30.0, "cv": 0.5}}
PROGRAMS: tuple[Program, ...] = get_args(Program)


@pytest.mark.parametrize(
    ("year", "setting"), list(product((2025, 2026), ("nonfacility", "facility")))
)
def test_the_compiled_claim_is_that_of_claim_lines(year: int, setting: Any) -> None:
    random = np.random.default_rng(year)
    cents = np.array([int(fee(code, year, setting=setting) * 100) for code in CODES[:13]] + [0])
    edges = np.array([0.0, 20.0, 30.0, 40.0, 60.0, 90.0, 120.0])
    for _ in range(4000):
        staff, own = random.choice(edges, 2) + random.choice([-1.0, 0.0, 1.0, 700.0], 2) / 1024
        staff, own = max(0.0, float(staff)), max(0.0, float(own)) * int(random.integers(2))
        program = int(random.integers(3))
        is_complex, first, counts = (bool(flag) for flag in random.integers(0, 2, 3))
        level = int(random.integers(1, 4))
        lines = claim_lines(
            staff, own, is_complex, PROGRAMS[program], year,
            complex_policy="complex_first" if first else "best_paid",
            practitioner_time="counts_as_staff" if counts else "own",
            apcm_level=level, setting=setting,
        )  # fmt: skip
        threshold = 30.0 if PROGRAMS[program] == "pcm" else 20.0
        code, addons = best_claim(
            staff, own, is_complex, program, level, first, counts, threshold, cents
        )
        found = [] if code < 0 else [(CODES[code], 1), (CODES[code + 1], addons)]
        assert [line for line in found if line[1]] == lines


def inputs(**changes: Any) -> Inputs:
    plain = {key.replace("__", "."): value for key, value in changes.items()}
    busy = {
        "contact.call_minutes": 25,
        "contact.target_minutes": 60.0,
        "contact.max_attempts": 8,
        "panel.enrolled_at_start": 40,
    }
    return prepare(ccmsim.load("two_nurses").but(busy | plain), MONTHS)


def kind(ready: Inputs, patient: int) -> tuple[bool, int]:
    def drawn(name: str) -> tuple[float, float]:
        return uniforms(SEED, REPLICATION, STREAMS[name].number, patient, NO_MONTH, 0)

    finance, panel = ready.scenario.finance, ready.scenario.panel
    u_complex, u_single = drawn("patient_kind")
    cover, without = drawn("patient_money")[0], finance.no_supplement_share
    qmb = without <= cover < without + finance.qmb_share
    level = 1 if u_single < panel.single_condition_share else 2 + qmb
    return u_complex < panel.complex_share, level


def program_of(ready: Inputs, level: int) -> Program:
    billing = ready.scenario.billing
    if billing.program != "per_patient":
        return billing.program
    return "apcm" if level == 1 or level >= billing.apcm_from_level else "ccm"


@pytest.mark.parametrize(
    "changes",
    [
        {"panel__complex_share": 0.4},
        {"panel__complex_share": 0.4, "billing__complex_policy": "complex_first"},
        {"billing__program": "pcm", "contact__threshold_minutes": 30.0},
        {
            "billing__program": "apcm",
            "panel__single_condition_share": 0.3,
            "finance__qmb_share": 0.3,
        },
        {
            "billing__program": "per_patient",
            "billing__apcm_from_level": 3,
            "panel__single_condition_share": 0.3,
            "panel__complex_share": 0.4,
            "finance__qmb_share": 0.3,
        },
        {"practitioner": OWN, "panel__complex_share": 0.3},
        {"practitioner": OWN, "billing__practitioner_time": "counts_as_staff"},
        {
            "practitioner": OWN,
            "billing__program": "pcm",
            "contact__threshold_minutes": 30.0,
            "billing__practitioner_time": "counts_as_staff",
        },
        {"practitioner": OWN, "staff__nurses__role": "practitioner"},
        {
            "staff__doctor": {"hours_per_week": 20.0, "role": "practitioner"},
            "practitioner": OWN,
            "billing__practitioner_time": "counts_as_staff",
            "panel__complex_share": 0.3,
            "billing__complex_policy": "complex_first",
        },
    ],
    ids=str,
)
def test_claims_one_by_one(changes: dict[str, Any]) -> None:
    ready = inputs(**changes)
    billing = ready.scenario.billing
    facts = simulate_one(ready, SEED, REPLICATION)
    judgement = judge(facts, ready, SEED, REPLICATION)
    money = settle(facts, judgement, terms_of(ready), ready, SEED, REPLICATION)
    units = np.zeros((MONTHS, len(CODES)), int)
    billed, plan = np.zeros((2, MONTHS), int)
    own_desks = ready.scenario.own_desks()
    first = {"ccm": "99491" if own_desks else "99490", "pcm": "99426"}
    for row, judged in zip(facts.patient_months, judgement.status, strict=True):
        is_complex, level = kind(ready, int(row["patient"]))
        program = program_of(ready, level)
        code = first.get(program) or f"G055{5 + level}"
        plan[row["month"]] += int(fee(code, 2026) * 100)
        own = float(row["own_captured_minutes"])
        lines = claim_lines(
            float(row["captured_minutes"]) - own, own, is_complex, program, 2026,
            complex_policy=billing.complex_policy, practitioner_time=billing.practitioner_time,
            apcm_level=level,
        )  # fmt: skip
        if judged not in (rules.BILLABLE, rules.NOT_CLAIMABLE, rules.UNDOCUMENTED):
            assert lines == []
        if judged == rules.BILLABLE:
            assert lines
            for code, n in lines:
                units[row["month"], CODES.index(code)] += n
                billed[row["month"]] += n * int(fee(code, 2026) * 100)
    np.testing.assert_array_equal(money["units"], units)
    np.testing.assert_array_equal(money["billed"], billed)
    np.testing.assert_array_equal(money["plan"], plan)
    assert len(np.flatnonzero(units.sum(axis=0))) >= 2
    np.testing.assert_array_equal(money["billed"], money["final"] + money["written_off"].sum(1))


def test_staff_stop_at_the_target_of_each_patients_programme() -> None:
    ready = inputs(
        billing__program="per_patient",
        billing__apcm_from_level=3,
        billing__apcm_target_minutes=12.0,
        panel__single_condition_share=0.5,
        contact__followup="chart",
        contact__chart_work_without_contact=True,
        contact__chart_minutes_per_month=60.0,
        contact__target_minutes=40.0,
        contact__call_minutes=1,
        contact__inbound_per_month=0.0,
        contact__care_tasks_per_month=0.0,
        documentation__capture="real_time",
        documentation__real_time={"entry_loss_share": 0.0, "minute_loss_share": 0.0},
    )
    model = SimpyModel(ready, SEED, REPLICATION)
    model.run()
    assert {patient.target for patient in model.patients} == {12.0, 40.0}
    for patient in model.patients:
        program = program_of(ready, kind(ready, patient.number)[1])
        assert patient.target == (12.0 if program == "apcm" else 40.0)
    rows = simulate_one(ready, SEED, REPLICATION).patient_months
    charted = rows[rows["served"] > 0]
    for program, target in (("apcm", 12.0), ("ccm", 40.0)):
        done = [
            row["countable_minutes"]
            for row in charted
            if program_of(ready, kind(ready, int(row["patient"]))[1]) == program
        ]
        assert max(done) == target


def test_advanced_primary_care_alone_has_its_own_target() -> None:
    for target in (0.0, 30.0):
        ready = inputs(billing__program="apcm", billing__apcm_target_minutes=target)
        assert SimpyModel(ready, SEED, REPLICATION).target(0) == target


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"billing.apcm_from_level": 4},
            r"billing\.apcm_from_level: must be from 1 to 3 \(got 4\)",
        ),
        (
            {"billing.program": "per_patient", "contact.addon_steps": 1},
            r'addon_steps: is for billing\.program "ccm" and "pcm"; the program is "per_patient"',
        ),
        ({"billing.program": "pcm"}, "threshold_minutes: is below the 30 minutes of billing"),
        (
            {"billing.program": "apcm", "contact.addon_steps": 1},
            r'addon_steps: is for billing\.program "ccm"',
        ),
    ],
)
def test_programmes_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ccmsim.load("two_nurses").but(changes)


@pytest.mark.parametrize("program", ["apcm", "per_patient"])
def test_advanced_primary_care_has_no_codes_before_2025(program: str) -> None:
    early = {"billing.program": program, "start": date(2024, 12, 1)}
    with pytest.raises(InputError, match=r"billing\.program: has no codes before 2025; .*2024-12"):
        ccmsim.simulate(ccmsim.load("two_nurses").but(early), months=2, replications=1)


def test_only_codes_of_the_programme_need_a_fee() -> None:
    own = {f"finance.fees_usd.{code}": 50.0 for code in ("99426", "99427")}
    program = {"billing.program": "pcm", "contact.threshold_minutes": 30.0}
    later = ccmsim.load("two_nurses").but(
        own | program | {"contact.target_minutes": 32.0, "start": date(2031, 1, 1)}
    )
    fees = terms_of(prepare(later, 1)).fees[0]
    assert fees.sum() == fees[CODES.index("99426")] + fees[CODES.index("99427")] == 10_000
