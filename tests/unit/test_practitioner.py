"""The practitioner's own time: at the desk, beside it, and claimed; by hand and exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.quiet import DAY, practice, run, statuses

import ccmsim
from ccmsim.engine.inputs import prepare
from ccmsim.errors import InputError
from ccmsim.finance import CODES, ITEMS
from ccmsim.ideal import lossless_capture
from ccmsim.office import compiled_facts
from ccmsim.studies.accuracy.lively import Lively

SEED = 7
ALWAYS: dict[str, Any] = {"contact_share": 1.0, "minutes": 35, "logged_share": 1.0}
AS_STAFF: dict[str, Any] = {"billing__practitioner_time": "counts_as_staff"}
AT_DESK: dict[str, Any] = {"staff__nurse__role": "practitioner", "contact__target_minutes": 30.0}


def values(months: int = 1, **changes: Any) -> Any:
    found = ccmsim.simulate(practice(**changes), months=months, replications=1, seed=SEED)
    return found.values


def claimed(**changes: Any) -> tuple[dict[str, int], float]:
    """Return the units and the dollars of a month that both engines leave alike."""
    run(practice(**changes))
    found = values(**changes)
    units = dict(zip(CODES, found["claim_units"][0, 0].tolist(), strict=True))
    return {code: n for code, n in units.items() if n}, found["billed_usd"][0, 0]


# ------------------------------------------------------------------ claims, to the cent


def test_twenty_five_of_staff_and_thirty_five_of_the_practitioner() -> None:
    """The worked case of the billing page, 2026."""
    both = {"contact__call_minutes": 20, "practitioner": ALWAYS}
    assert claimed(**both) == ({"99491": 1}, 89.18)
    assert claimed(**both, **AS_STAFF) == ({"99490": 1, "99439": 2}, 167.01)


@pytest.mark.parametrize(
    ("minutes", "units", "usd"),
    [(29, {}, 0.0), (30, {"99491": 1}, 89.18), (60, {"99491": 1, "99437": 1}, 152.31)],
)
def test_the_practitioner_alone(minutes: int, units: dict[str, int], usd: float) -> None:
    nobody = {"staff__nurse": {"hours_per_week": 0.0}}
    assert claimed(practitioner=ALWAYS | {"minutes": minutes}, **nobody) == (units, usd)


def test_a_single_condition_has_codes_of_its_own() -> None:
    changes = {"billing__program": "pcm", "contact__threshold_minutes": 30.0}
    changes |= {"contact__target_minutes": 30.0, "practitioner": ALWAYS | {"minutes": 61}}
    assert claimed(**changes) == ({"99424": 1, "99425": 1}, 148.97)


def test_a_complex_month_needs_sixty_of_staff() -> None:
    """25 of staff and 35 of the practitioner are 60 where they count as staff's."""
    both = {"contact__call_minutes": 20, "practitioner": ALWAYS, "panel__complex_share": 1.0}
    first = {"billing__complex_policy": "complex_first"}
    assert claimed(**both, **first) == ({"99491": 1}, 89.18)
    assert claimed(**both, **AS_STAFF) == ({"99490": 1, "99439": 2}, 167.01)
    assert claimed(**both, **AS_STAFF, **first) == ({"99487": 1}, 144.29)


def test_a_practitioner_at_the_desk() -> None:
    """Calls of 17 minutes: two make 34, of the practitioner's own."""
    calls = {"contact__call_minutes": 12, "contact__max_attempts": 9}
    at_desk = AT_DESK | calls
    assert claimed(**at_desk) == ({"99491": 1}, 89.18)
    assert claimed(**at_desk, **AS_STAFF) == ({"99491": 1}, 89.18)  # 99490 pays 66.13
    assert claimed(**calls, contact__target_minutes=30.0) == ({"99490": 1}, 66.13)
    on = {"contact__addon_steps": 1, "contact__addon_within_minutes": 26.0}
    assert claimed(**at_desk, **on) == ({"99491": 1, "99437": 1}, 152.31)  # 34, 51, 68


def test_the_plan_of_own_desks_is_the_practitioners_first_code() -> None:
    assert values(**AT_DESK)["plan_usd"][0, 0] == 89.18
    assert values(**AT_DESK, **AS_STAFF)["plan_usd"][0, 0] == 66.13
    assert values(practitioner=ALWAYS)["plan_usd"][0, 0] == 66.13


def test_the_item_of_cost_is_the_time_beside_the_desks() -> None:
    item = ITEMS.index("practitioner")
    part = ALWAYS | {"usd_per_hour": 99.99, "logged_share": 0.0}
    found = values(practitioner=part, **AT_DESK)
    assert found["cost_usd"][0, 0, item] == 58.33  # 35 minutes, logged or not
    assert found["practitioner_minutes"][0, 0] == 35.0 + 20.0  # and a call at the desk
    assert found["countable_minutes"][0, 0] == 55.0
    assert found["captured_minutes"][0, 0] == 20.0
    total = found["staff_cost_usd"] + found["other_cost_usd"]
    assert np.rint(100.0 * found["cost_usd"].sum(axis=2)) == np.rint(100.0 * total)
    assert values(**AT_DESK)["cost_usd"][0, 0, item] == 0.0


# ------------------------------------------------------------------ what counts, what is known


def test_time_that_nobody_logs_is_lost() -> None:
    nobody = {"staff__nurse": {"hours_per_week": 0.0}}
    assert statuses(practice(practitioner=ALWAYS, **nobody)) == ["billable"]
    unlogged = practice(practitioner=ALWAYS | {"logged_share": 0.0}, **nobody)
    assert statuses(unlogged) == ["lost_capture"]
    assert statuses(lossless_capture(unlogged)) == ["billable"]
    few = practice(practitioner=ALWAYS | {"minutes": 29}, **nobody)
    assert statuses(few) == ["no_attempt_backlog"]  # neither contact nor attempt


def beside(replication: int, **changes: Any) -> tuple[float, int]:
    """Return when the practitioner's ten minutes come, and how many calls the month has."""
    scenario = practice(
        contact__call_minutes=12,
        contact__target_minutes=22.0,
        contact__max_attempts=2,
        contact__followup_gap_days=10,
        practitioner=ALWAYS | {"minutes": 10},
        **changes,
    )
    _, facts, events = run(scenario, replication=replication)
    when = [e.minute for e in events if e.item == "practitioner"]
    return when[0], int(facts.patient_months["attempts"][0])


def test_logged_time_is_known_only_where_it_helps() -> None:
    """17 minutes on 2 January; the follow-up call is due at 8:00 on the 16th: 5 are missing."""
    early = []
    for replication in range(12):
        when, calls = beside(replication, **AS_STAFF)
        early.append(when < 15 * DAY + 480.0)
        assert calls == (1 if early[-1] else 2)
        assert beside(replication) == (when, 2)
    assert set(early) == {True, False}


def test_a_practitioner_at_the_desk_knows_it_too() -> None:
    with_desk = {"staff__nurse__role": "practitioner", "contact__target_minutes": 30.0}
    scenario = practice(
        practitioner=ALWAYS, contact__outreach_pattern="even", contact__max_attempts=9,
        contact__call_minutes=12, **with_desk,
    )  # fmt: skip
    calls = set()
    for replication in range(12):
        _, facts, _ = run(scenario, replication=replication)
        calls.add(int(facts.patient_months["attempts"][0]))
    assert calls == {1, 2}  # the outreach, and the follow-up unless the minutes came first


def test_nobody_sees_a_patient_in_hospital() -> None:
    away = practice(
        practitioner=ALWAYS, panel__hospital_per_month_share=1.0, panel__hospital_days=400
    )
    came = []
    for replication in range(20):
        _, facts, _ = run(away, 2, replication=replication)
        minutes = facts.practitioner_minutes
        came.append(minutes[0] > 0.0)
        assert minutes[1] == 0.0  # admitted in January, for more than a year
        assert facts.patient_months["own_countable_minutes"].tolist() == minutes.tolist()
    assert set(came) == {True, False}  # before the admission, or after it


def test_months_without_supervision_have_none() -> None:
    gone = {
        "tail__practitioner_leaves_per_year": 12.0,
        "tail__colleague_share": 0.0,
        "tail__practitioner_vacancy_months": 3.0,
    }
    scenario = practice(practitioner=ALWAYS, **gone)
    _, facts, _ = run(scenario, 7)
    assert facts.practitioner_minutes.tolist() == [35.0, 35.0, 0.0, 0.0, 0.0, 35.0, 0.0]
    assert values(7, practitioner=ALWAYS, **gone)["cost_usd"][0, :, -1].tolist() == [
        70.0, 70.0, 0.0, 0.0, 0.0, 70.0, 0.0,
    ]  # fmt: skip


def test_without_a_share_no_bit_changes() -> None:
    plain = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 60})
    ways = {"practitioner.contact_share": 0.0, "billing.practitioner_time": "counts_as_staff"}
    off = plain.but({"practitioner": {}} | ways)
    one, other = (
        ccmsim.simulate(scenario, months=4, replications=3, seed=SEED, keep="patient_months").values
        for scenario in (plain, off)
    )
    assert {name for name in one if one[name].tobytes() != other[name].tobytes()} == set()


def test_time_of_one_patient_moves_nobody_elses() -> None:
    """More of it adds minutes of the practitioner, and where staff don't know it, nothing else."""
    few, many = (
        values(4, practitioner=ALWAYS | {"contact_share": share}, panel__enrolled_at_start=20)
        for share in (0.3, 0.6)
    )
    assert (few["practitioner_minutes"] < many["practitioner_minutes"]).all()
    for name in ("attempts", "worked_minutes", "events", "outside_items", "new_patients"):
        assert few[name].tobytes() == many[name].tobytes()
    assert (few["billable_patients"] <= many["billable_patients"]).all()


def test_it_comes_at_its_share() -> None:
    """Half of the patients are complex, who see the practitioner twice as often: 0.3 in all.

    FALSE_ALARM = 1e-6: 4.9 standard errors of 6,000 patient-months, 0.029.
    """
    scenario = practice(
        panel__enrolled_at_start=1000,
        panel__complex_share=0.5,
        practitioner=ALWAYS | {"contact_share": 0.2, "complex_ratio": 2.0},
        contact__max_attempts=1,
    )
    minutes = ccmsim.simulate(scenario, months=6, replications=1, seed=SEED).values
    share = minutes["practitioner_minutes"].sum() / 35.0 / 6000.0
    # whether somebody is complex is one coin a person: 1,000 people, between shares 0.2 and 0.4
    error = (0.3 * 0.7 / 6000.0 + 0.1**2 / 1000.0) ** 0.5
    assert abs(share - 0.3) < 4.9 * error


def test_no_minute_counts_twice() -> None:
    """The practitioner's minutes are what those at the desks worked, and the time beside them."""
    lively, kinds = Lively(99), 0
    for replication in range(40):
        inputs = prepare(lively.scenario(), 3)
        facts, settings = compiled_facts(inputs, SEED, replication), inputs.settings[0]
        rows = facts.patient_months
        logged = settings["logging"] * facts.services
        at_desks = facts.worked_minutes - facts.uncounted_minutes - logged
        own = at_desks[:, inputs.practitioners].sum() + facts.practitioner_minutes.sum()
        assert rows["own_countable_minutes"].sum() == own
        assert (rows["own_countable_minutes"] <= rows["countable_minutes"]).all()
        assert (rows["own_captured_minutes"] <= rows["own_countable_minutes"]).all()
        assert (rows["own_captured_minutes"] <= rows["captured_minutes"]).all()
        kinds += own > 0.0 and 0 < inputs.practitioners.sum() < len(inputs.practitioners)
    assert kinds > 2  # both kinds of people worked side by side


# ------------------------------------------------------------------ initiating visits

ASKED: dict[str, Any] = {
    "panel__replace_leavers": False,
    "panel__enrolled_at_start": 0,
    "panel__medicare": {"patients": 4, "eligible_share": 1.0, "found_share": 1.0},
    "enrollment": {
        "consent_share": 1.0,
        "reach_factor": 1.0,
        "initiating_visit_share": 1.0,
        "practitioner_slots_per_month": 1,
        "no_show_share": 0.0,
        "bill_g0506": True,
    },
}
VISIT = CODES.index("G0506")


def test_each_initiating_visit_is_billed_once() -> None:
    """Four people, one slot a month: visits in months 1 to 4, before anybody's first claim."""
    _, facts, _ = run(practice(**ASKED), 6)
    assert facts.counts["initiating_visits"].tolist() == [0, 1, 1, 1, 1, 0]
    assert facts.initiating_month.tolist() == [1, 2, 3, 4]
    found, off = (values(6, **ASKED, enrollment__bill_g0506=billed) for billed in (True, False))
    units = found["claim_units"][0, :, VISIT]
    assert units.tolist() == [0, 1, 1, 1, 1, 0]
    extra = found["billed_usd"] - off["billed_usd"]
    assert np.rint(100.0 * extra[0]).tolist() == [6647 * n for n in units.tolist()]
    for name in ("plan_usd", "billable_patients", "enrolled_patients", "missed_patients"):
        assert found[name].tobytes() == off[name].tobytes()
    oversight = ITEMS.index("oversight")
    more = found["cost_usd"][0, :, oversight] - off["cost_usd"][0, :, oversight]
    assert more.tolist() == [2.0 * n for n in units.tolist()]


def test_a_visit_uses_up_the_deductible_first() -> None:
    """$283 for 2026: the visit's 66.47, then claims of 66.13."""
    terms = {"finance__deductible": "modelled", "finance__deductible_met_per_month_share": 1e-9}
    terms |= {"finance__coinsurance_paid_share": 0.0, "finance__no_supplement_share": 0.0}
    one = ASKED | {"panel__medicare": {"patients": 1, "eligible_share": 1.0, "found_share": 1.0}}
    found = values(6, **one, **terms)
    paid = found["finally_paid_usd"][0].tolist()
    # 283 = 66.47 + 3 x 66.13 + 18.14: of the fourth claim 47.99 are beyond it
    assert paid[1:5] == [0.0, 0.0, 0.0, 0.0]
    assert paid[5] == pytest.approx(47.99 - round(0.8 * 47.99 * 0.02, 2), abs=0.011)


def test_what_becomes_of_it() -> None:
    late = {"tail__batch_missed_share": 1.0, "tail__batch_found_per_month_share": 1e-9}
    found = values(6, **ASKED, **late)
    assert found["late_claims"][0, 1] == 1
    assert found["finally_paid_usd"].sum() == 0.0
    denied = {"finance__denied_share": 1.0, "finance__recovered_share": 0.0}
    found = values(6, **ASKED, **denied, finance__appealed_share=1.0)
    assert found["denied_claims"][0, 1] == 1  # and never appealed
    assert found["appealed_claims"][0, 1] == 0
    again = values(6, **ASKED, finance__denied_share=1.0, finance__recovered_share=1.0)
    kept = again["billed_usd"] + again["overpaid_usd"]
    assert np.array_equal(
        np.rint(100.0 * kept),
        np.rint(100.0 * (again["finally_paid_usd"] + again["written_off_usd"].sum(axis=2))),
    )
    assert again["finally_paid_usd"][0, 1] == 65.41  # 66.47 less 2 % of 80 %
    assert again["collected_usd"][0, :4].tolist() == [0.0, 0.0, 0.0, 0.0]  # three months later
    assert again["collected_usd"][0, 4] == 65.41


# ------------------------------------------------------------------ refusals


def test_own_desks_must_work_to_their_own_code() -> None:
    rule = r"contact\.target_minutes: is below the 30 minutes that the practitioner's own codes"
    with pytest.raises(InputError, match=rule):
        practice(staff__nurse__role="practitioner")
    practice(staff__nurse__role="practitioner", **AS_STAFF)
    practice(staff__nurse__role="practitioner", billing__program="apcm")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"staff__nurse__role": "doctor"}, r"staff\.nurse\.role: is not one of the choices"),
        ({"billing__practitioner_time": "both"}, r"billing\.practitioner_time: is not one of"),
        ({"practitioner": {"contact_share": 1.5}}, r"practitioner\.contact_share: must be from 0"),
        ({"practitioner": {"minutes": -1.0}}, r"practitioner\.minutes: must never be under 0"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        practice(**changes)


def test_a_month_without_a_fee_for_the_practitioners_code_is_refused() -> None:
    with pytest.raises(InputError, match=r"gives 2026-01 no fee for 99491"):
        values(practitioner=ALWAYS, finance__fee_year=2024)
    values(finance__fee_year=2024, practitioner={"contact_share": 0.0})
