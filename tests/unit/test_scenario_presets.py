"""The presets: they load, write out every value with its evidence class, and hold the evidence."""

from __future__ import annotations

import math
import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from ccmsim import calendar
from ccmsim.distributions import Beta, Constant, Gamma, Geometric, Lognormal, UniformIntegers
from ccmsim.scenario import Scenario, dumps, load, loads, presets
from ccmsim.scenario.values import plain

NAMES = (
    "apcm_switch", "early_25", "growth_100", "informal_200", "mature_300", "multi_site", "perfect",
    "physician_led", "rural_clinic", "solo_nurse", "stretched_team", "structured_75", "two_nurses",
)  # fmt: skip
GROWING = ("early_25", "growth_100", "rural_clinic")
REAL = (
    "apcm_switch", "informal_200", "solo_nurse", "stretched_team", "structured_75", "two_nurses",
)  # fmt: skip

EVIDENCE = re.compile(r"^(definition|[RDVA](/[RDVA])*): \S")

SIGMA_CALLS, SIGMA_VACANCY, SIGMA_OUTAGE = 0.56, 0.5, 1.3
NEED_SHAPE = 1.148


def text_of(name: str) -> str:
    return (files("ccmsim.scenario") / "presets" / f"{name}.toml").read_text("utf-8")


def cv(sigma: float) -> float:
    """Return the coefficient of variation of a lognormal law."""
    return math.sqrt(math.exp(sigma**2) - 1.0)


def value(scenario: Scenario, path: str) -> Any:
    """Return the plain value at a dotted path; what is left out is None."""
    node = plain(scenario)
    for step in path.split("."):
        node = node.get(step)
    return node


def test_there_are_thirteen_presets_with_descriptions() -> None:
    assert tuple(presets()) == NAMES
    assert all(load(name).description == text for name, text in presets().items())


@pytest.mark.parametrize("name", NAMES)
def test_preset_loads_under_its_name_and_round_trips(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert loads(dumps(scenario)) == scenario


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_written_out(name: str) -> None:
    assert names_of(tomllib.loads(text_of(name))) == names_of(plain(load(name)))


def names_of(tree: Any) -> Any:
    return {k: names_of(v) for k, v in tree.items()} if isinstance(tree, dict) else None


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_an_evidence_class_and_a_reason(name: str) -> None:
    lines = [line for line in text_of(name).splitlines() if re.match(r"\w+ = ", line)]
    assert len(lines) > 60
    bad = [line for line in lines if not EVIDENCE.match(line.partition("  # ")[2])]
    assert bad == []


@pytest.mark.parametrize("name", NAMES)
def test_the_head_says_who_this_is(name: str) -> None:
    head = text_of(name).split("\n\n")[0].splitlines()
    assert all(line.startswith("#") for line in head)
    assert len(" ".join(head)) > 200


COMMON = {
    "start": "2026-01-01",
    "contact.notes_minutes": 5.0,
    "contact.attempt_minutes": 2.0,
    "documentation.logging_minutes_per_entry": 1.0,
    "contact.care_tasks_per_month": 1.6,
    "contact.inbound_per_month": 0.75,
    "contact.other_work_outside_share": 0.5,
    "contact.unfamiliar_factor": 0.85,
    "contact.morning_factor": 0.86,
    "contact.afternoon_factor": 1.14,
    "contact.retry_gap_days": 2,
    "contact.followup_gap_days": 2,
    "contact.chart_minutes_per_month": 10.0,
    "contact.final_push_days": 3,
    "contact.request_patience_days": 7.0,
    "contact.threshold_minutes": 20.0,
    "contact.target_minutes": 22.0,
    "contact.outreach_pattern": "front_loaded",
    "documentation.not_claimable_share": 0.03,
    "documentation.real_time": {"entry_loss_share": 0.01, "minute_loss_share": 0.0},
    "documentation.end_of_day": {"entry_loss_share": 0.03, "minute_loss_share": 0.0},
    "documentation.end_of_month": {"entry_loss_share": 0.12, "minute_loss_share": 0.05},
    "panel.replace_leavers": True,
    "panel.death_per_month_share": 0.006,
    "panel.opt_out_per_month_share": 0.015,
    "panel.silent_rate_ratio": 2.0,
    "panel.silent_months": 3,
    "finance.replacement_cost_usd": 100.0,
    "disruptions.sick.kind": "sick_spells",
    "disruptions.sick.spells_per_year": 1.0,
    "disruptions.sick.season_amplitude": 0.245,
    "disruptions.sick.frailty_shape": 0.55,
    "disruptions.sick.paid_share": 1.0,
    "disruptions.outbreak.per_year": 0.25,
    "disruptions.outbreak.length_days": 17.0,
    "disruptions.outbreak.sick_factor": 6.5,
    "disruptions.planned_leave.spells_per_year": 13.0 / 3.0,
    "disruptions.planned_leave.paid_share": 1.0,
    "disruptions.extended_leave.spells_per_year": 0.15,
    "disruptions.extended_leave.paid_share": 0.3,
    "disruptions.turnover.per_year": 0.25,
    "disruptions.turnover.early_rate_ratio": 1.0,
    "disruptions.turnover.early_days": 182,
    "disruptions.turnover.ramp_start_share": 0.2,
    "disruptions.turnover.ramp_weeks": 8.0,
    "disruptions.turnover.paid_share": 0.0,
    "disruptions.closure.per_year": 1.0,
    "disruptions.closure.months": [1, 2],
    "disruptions.closure.paid_share": 1.0,
    "disruptions.outage.per_year": 1.07,
    "disruptions.outage.paid_share": 1.0,
    "operations.clinic_opens": "08:00",
    "operations.clinic_closes": "17:00",
    "operations.clinic_load_cv": 0.1,
    "operations.carry_open_items": True,
    "finance.fee_year": 2026,
    "finance.locality": "national",
    "finance.wage_load": 1.25,
    "finance.denied_share": 0.07,
    "finance.recovered_share": 0.65,
    "finance.rework_usd": 15.0,
    "finance.no_supplement_share": 0.11,
    "finance.coinsurance_paid_share": 0.5,
    "finance.oversight_usd_per_claim": 2.0,
    "finance.software_usd_per_patient_month": 2.5,
    "finance.onboarding_usd": 14200.0,
}

OWN = {
    "physician_led": {
        "panel.enrolled_at_start": 30,
        "staff.physician.coordinators": 1,
        "staff.physician.hours_per_week": 6.0,
        "staff.physician.wage_usd_per_hour": 120.0,
        "staff.physician.role": "practitioner",
        "contact.threshold_minutes": 30.0,
        "contact.target_minutes": 32.0,
        "contact.followup": "call",
        "billing.program": "ccm",
        "billing.practitioner_time": "own",
        "practitioner.contact_share": 0.3,
        "practitioner.usd_per_hour": 150.0,
    },
    "apcm_switch": {
        "panel.enrolled_at_start": 150,
        "panel.single_condition_share": 0.10,
        "staff.nurses.coordinators": 2,
        "staff.nurses.hours_per_week": 10.0,
        "operations.assignment": "owned_with_backup",
        "operations.backup_after_days": 1,
        "finance.qmb_share": 0.16,
        "billing.program": "per_patient",
        "billing.apcm_from_level": 3,
        "billing.apcm_target_minutes": 10.0,
    },
    "two_nurses": {
        "panel.enrolled_at_start": 200,
        "staff.nurses.coordinators": 2,
        "staff.nurses.hours_per_week": 16.0,
        "operations.assignment": "owned_with_backup",
        "operations.backup_after_days": 1,
    },
    "solo_nurse": {
        "panel.enrolled_at_start": 100,
        "staff.nurse.coordinators": 1,
        "staff.nurse.hours_per_week": 16.0,
        "operations.assignment": "owned",
        "operations.cover": None,
    },
    "structured_75": {
        "panel.enrolled_at_start": 75,
        "staff.owner.coordinators": 1,
        "staff.owner.hours_per_week": 12.0,
        "operations.cover.hours_per_week": 12.0,
        "operations.cover.coordinators": 1,
        "operations.cover.after_days": 2,
        "operations.cover.wage_usd_per_hour": 30.0,
        "operations.cover.answer_factor": 0.85,
        "contact.answer_probability": {"family": "beta", "a": 1.2, "b": 0.9},
        "contact.max_attempts": 5,
        "documentation.capture": "real_time",
        "documentation.outside_capture_share": 0.9,
        "disruptions.floor_cover": None,
    },
    "stretched_team": {
        "panel.enrolled_at_start": 260,
        "staff.nurses.coordinators": 2,
        "staff.nurses.hours_per_week": 14.0,
        "disruptions.floor_cover.per_shift_share": 0.3,
        "disruptions.floor_cover.last_share": 0.4,
        "disruptions.floor_cover.paid_share": 0.0,
        "operations.assignment": "owned_with_backup",
        "operations.backup_after_days": 1,
        "operations.load_absence": {
            "norm_patients_per_hour": 1.8,
            "elasticity": 0.5,
            "most_factor": 3.0,
        },
    },
    "informal_200": {
        "panel.enrolled_at_start": 200,
        "staff.nurses.coordinators": 2,
        "staff.nurses.hours_per_week": 12.0,
        "disruptions.floor_cover.per_shift_share": 0.5,
        "disruptions.floor_cover.last_share": 0.4,
        "disruptions.floor_cover.paid_share": 0.0,
        "operations.order": "release",
        "operations.cover": None,
        "contact.max_attempts": 3,
        "contact.followup": "call",
        "documentation.capture": "end_of_month",
        "documentation.outside_capture_share": 0.4,
        "documentation.failure_share": 0.06,
    },
}

UNLESS_OWN = {
    "contact.answer_probability": {"family": "beta", "a": 0.7, "b": 0.75},
    "contact.max_attempts": 4,
    "contact.followup": "call_then_chart",
    "documentation.capture": "end_of_day",
    "documentation.outside_capture_share": 0.7,
    "documentation.failure_share": 0.02,
    "operations.order": "closest_to_threshold",
    "operations.cover": None,
    "operations.load_absence": None,
}

FLOOR = {"per_shift_share": 0.10, "last_share": 0.40, "paid_share": 0.0}


@pytest.mark.parametrize("name", REAL)
def test_values_are_those_of_the_evidence(name: str) -> None:
    expected = {**COMMON, **UNLESS_OWN, **OWN[name]}
    if name == "structured_75":
        del expected["operations.cover"]  # its fields are listed
    scenario = load(name)
    seen = {path: value(scenario, path) for path in expected}
    seen["start"] = seen["start"].isoformat()
    assert seen == expected


@pytest.mark.parametrize("name", REAL)
def test_everybody_is_a_practical_nurse_at_a_desk(name: str) -> None:
    for _, group in load(name).seats():
        assert (group.wage_usd_per_hour, group.desk_productive_share) == (30.0, 0.80)


@pytest.mark.parametrize("name", ["two_nurses", "solo_nurse"])
def test_floor_cover_is_the_common_one(name: str) -> None:
    entry = value(load(name), "disruptions.floor_cover")
    assert entry == {"kind": "floor_cover", **FLOOR}


@pytest.mark.parametrize("name", REAL)
def test_laws_are_those_of_the_evidence(name: str) -> None:
    scenario = load(name)
    contact, entries = scenario.contact, scenario.disruptions
    for law, mean in (
        (contact.call_minutes, 12.0),
        (contact.inbound_minutes, 5.0),
        (contact.care_task_minutes, 5.0),
    ):
        assert law == Lognormal(mean=mean, cv=round(cv(SIGMA_CALLS), 5))
    assert isinstance(contact.answer_probability, Beta)
    assert scenario.panel.need == Gamma(mean=1.0, cv=round(NEED_SHAPE**-0.5, 5))
    laws: dict[str, Any] = {name: entries[name] for name in entries}
    assert laws["sick"].length_days == Geometric(mean=3.0)
    assert laws["extended_leave"].length_days == Geometric(mean=28.0)
    assert laws["planned_leave"].length_days == UniformIntegers(low=1, high=5)
    assert laws["closure"].length_days == Constant(value=1.0)
    assert laws["turnover"].vacancy_days == Lognormal(mean=48.0, cv=round(cv(SIGMA_VACANCY), 5))
    outage = laws["outage"].length_minutes
    assert outage.quantile(0.5) == pytest.approx(120.0, abs=1e-3)
    assert outage.cv == round(cv(SIGMA_OUTAGE), 5)


OWN_OF_THE_GROWING = {
    "early_25": {
        "panel.enrolled_at_start": 25,
        "staff.nurses.coordinators": 1,
        "staff.nurses.hours_per_week": 6.0,
        "operations.assignment": "owned",
        "operations.worklist_review": "monthly",
        "finance.baseline_coordination_minutes": 300.0,
    },
    "growth_100": {
        "panel.enrolled_at_start": 100,
        "staff.nurses.hours_per_week": 12.0,
        "operations.worklist_review": "weekly",
        "operations.owner": {"hours_per_week": 2.0},
    },
    "rural_clinic": {
        "panel.enrolled_at_start": 40,
        "staff.nurses.coordinators": 1,
        "staff.nurses.hours_per_week": 10.0,
        "operations.assignment": "owned",
        "operations.worklist_review": "monthly",
        "disruptions.turnover.vacancy_days": {"family": "lognormal", "mean": 84.0, "cv": 0.53294},
        "disruptions.closure.per_year": 2.0,
    },
}


@pytest.mark.parametrize("name", GROWING)
def test_growing_practices_are_two_nurses_but_for_what_they_show(name: str) -> None:
    """Beside the parts that let them grow, they differ in nothing but what is listed."""
    own = OWN_OF_THE_GROWING[name] | {
        "panel.replace_leavers": False,
        "panel.early_rate_ratio": 3.0,
        "contact.care_plan_minutes": {"family": "uniform", "low": 20.0, "high": 40.0},
    }
    grown = load(name)
    parts = {"panel.medicare": grown.panel.medicare, "enrollment": grown.enrollment}
    texts = {"name": name, "description": grown.description}
    assert load("two_nurses").but({**own, **parts, **texts}) == grown
    assert None not in parts.values()


@pytest.mark.parametrize("name", ["mature_300", "multi_site"])
def test_most_of_the_model_is_at_work(name: str) -> None:
    """What the early presets leave out is switched on here."""
    whole = load(name)
    assert None not in (whole.panel.medicare, whole.enrollment, whole.operations.owner)
    assert None not in (whole.operations.cover, whole.contact.care_plan_minutes)
    on = {
        "panel.hospital_per_month_share": 0.033,
        "panel.early_rate_ratio": 3.0,
        "documentation.training_hours_per_year": 4.0,
        "finance.qmb_share": 0.16,
        "finance.deductible": "modelled",
        "finance.other_practice_share": 0.05,
        "finance.duplicate_share": 0.0155,
        "tail.batch_missed_share": 0.02,
        "tail.biller_away_per_year": 0.1,
        "tail.practitioner_leaves_per_year": 0.1,
        "tail.audits_per_year": 0.02,
        "documentation.noticed_share": 0.9,
        "documentation.internal_audit_months": 6,
        "disruptions.migration.per_year": 0.1,
        "enrollment.policy": "weekly_quota",
    }
    assert {path: value(whole, path) for path in on} == on
    ratios = {e.early_rate_ratio for e in whole.disruptions.values() if e.kind == "turnover"}
    assert ratios == {2.0}


def test_what_one_of_the_two_shows() -> None:
    own = {
        "mature_300": {
            "contact.book_next_call": True,
            "contact.scheduled_factor": 1.2,
            "enrollment.approach": "visits",
            "enrollment.quota_minutes_per_week": 60.0,
            "visits.supervisor_share": 0.5,
        },
        "multi_site": {
            "contact.addon_steps": 2,
            "enrollment.approaches_per_month": 100,
            "enrollment.bill_g0506": True,
            "panel.complex_share": 0.1,
            "billing.complex_policy": "complex_first",
        },
    }
    for name, expected in own.items():
        assert {path: value(load(name), path) for path in expected} == expected


def test_sites_have_troubles_of_their_own() -> None:
    entries = load("multi_site").disruptions
    strikes = {name: getattr(entry, "staff", None) for name, entry in entries.items()}
    for kind in ("turnover", "floor_cover"):
        for site in ("north", "south", "west"):
            assert strikes[f"{kind}_{site}"] == (site,)
    shares = [entries[f"floor_cover_{site}"].per_shift_share for site in ("south", "west")]  # type: ignore[union-attr]
    assert shares == [0.1, 0.3]


@pytest.mark.parametrize("name", GROWING)
def test_growing_practices_hold_the_evidence_of_enrollment(name: str) -> None:
    medicare, enrollment = load(name).panel.medicare, load(name).enrollment
    assert medicare is not None
    assert enrollment is not None
    assert (medicare.eligible_share, medicare.found_share) == (0.68, 0.85)
    assert medicare.joins_per_month == round(0.003 * medicare.patients, 2)
    assert medicare.ages_in_per_month == round(0.004 * medicare.patients, 2)
    assert (enrollment.reach_factor, enrollment.consent_share) == (0.5, 0.6)


def test_winter_over_summer() -> None:
    a = value(load("two_nurses"), "disruptions.sick.season_amplitude")
    assert (1.0 + a) / (1.0 - a) == pytest.approx(1.65, abs=0.005)


def test_real_presets_name_their_disruptions_alike() -> None:
    """The names are the random streams: the same bad days strike every preset."""
    names = set(load("two_nurses").disruptions)
    assert names == {
        "sick", "outbreak", "planned_leave", "extended_leave",
        "turnover", "floor_cover", "closure", "outage",
    }  # fmt: skip
    assert set(load("solo_nurse").disruptions) == set(load("informal_200").disruptions) == names
    assert set(load("stretched_team").disruptions) == names
    assert set(load("structured_75").disruptions) == names - {"floor_cover"}
    assert set(load("perfect").disruptions) == set()


PERFECT = {
    "panel.enrolled_at_start": 75,
    "panel.death_per_month_share": 0.0,
    "panel.opt_out_per_month_share": 0.0,
    "staff.coordinator.hours_per_week": 10.0,
    "staff.coordinator.coordinators": 1,
    "contact.call_minutes": 20.0,
    "contact.notes_minutes": 5.0,
    "contact.threshold_minutes": 20.0,
    "contact.target_minutes": 20.0,
    "contact.outreach_pattern": "first_day",
    "contact.answer_probability": 1.0,
    "contact.morning_factor": 1.0,
    "contact.afternoon_factor": 1.0,
    "contact.unfamiliar_factor": 1.0,
    "contact.scheduled_factor": 1.0,
    "contact.inbound_per_month": 0.0,
    "contact.care_tasks_per_month": 0.0,
    "documentation.logging_minutes_per_entry": 1.0,
    "documentation.failure_share": 0.0,
    "documentation.not_claimable_share": 0.0,
    "documentation.outside_capture_share": 1.0,
    "finance.fee_year": 2026,
    "finance.denied_share": 0.0,
    "finance.no_supplement_share": 0.0,
    "finance.sequestration_share": 0.0,
}


def test_perfect_has_no_loss_of_any_kind() -> None:
    scenario = load("perfect")
    assert {path: value(scenario, path) for path in PERFECT} == PERFECT
    for mode in ("real_time", "end_of_day", "end_of_month"):
        loss = value(scenario, f"documentation.{mode}")
        assert loss == {"entry_loss_share": 0.0, "minute_loss_share": 0.0}


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028])
def test_perfect_work_fits_in_the_shortest_month(year: int) -> None:
    scenario = load("perfect")
    (_, coordinator), *others = scenario.seats()
    assert others == []
    day = coordinator.protected_minutes_per_week() / 5.0 * coordinator.desk_productive_share
    contact = 20.0 + 5.0 + scenario.documentation.logging_minutes_per_entry
    built = calendar.build(scenario.start.replace(year=year), 12)
    shortest = min(built.business_days(m).stop - built.business_days(m).start for m in range(12))
    assert shortest * day >= scenario.panel.enrolled_at_start * contact
