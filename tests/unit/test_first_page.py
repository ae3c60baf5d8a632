from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.unit.synthetic_results import results_of, spread

import ccmsim
from ccmsim.analyses.absence_cost import cost_of_absence, with_absence
from ccmsim.assumptions import LEVERS, assumptions_that_matter
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate
from ccmsim.first_page import CAUSES, REASONS, first_page, first_page_data
from ccmsim.measures import measures_and_warning
from ccmsim.results import Results
from ccmsim.scenario import Scenario, load, presets
from ccmsim.scenario.changing import paths
from ccmsim.scenario.disruptions import Recorded
from ccmsim.variables import coordinates
from ccmsim.wording import WIDTH

CEILING = Estimate(0.86, 0.004, 0.85, 0.87, 0.95, 50, "ratio")
ABSENCE = Estimate(6123.0, 210.0, 5710.0, 6533.0, 0.95, 100, "paired")
JARGON = ("replication", "quantile", "P5", "P10", "accrual", "stochastic", "simulate(")


def row(page: str, label: str) -> str:
    """Return what stands behind a label."""
    (found,) = [line for line in page.splitlines() if line.strip().startswith(label)]
    return found.strip().removeprefix(label).strip()


def known() -> Results:
    """Ten years, each month the same: billed share 0.40, 0.41, ... and net 1,000, 2,000, ..."""
    years = np.arange(10)[:, np.newaxis]
    billable = np.broadcast_to(80 + 2 * years, (10, 12))
    missed = np.zeros((10, 12, 7), np.int64)
    missed[..., 4] = 200 - billable
    lost = np.zeros((10, 12, 8))
    lost[..., 6], lost[..., 2] = 50.0, 100.0
    return results_of(
        shape=(10, 12),
        billable_patients=billable,
        missed_patients=missed,
        billed_usd=billable * 66.13,
        net_usd=(years - 1) * 100.0,
        template_minutes=1000.0,
        lost_minutes=lost,
        on_duty_minutes=850.0,
    )


def test_page_has_the_numbers_worked_by_hand() -> None:
    page = first_page(known())
    assert page.splitlines()[0] == "two_nurses: 12 months from January 2026, simulated 10 times"
    assert row(page, "The projection: 200 patients x $66.13 x 12 months") == "$158,712"
    money, patients = page.split("PATIENTS")
    assert row(money, "Billed, on average").startswith("$70,600 ± ")
    assert row(patients, "Billed, on average").startswith("44.5 ± ")
    assert row(page, "Net in a bad year, one in ten").startswith("-$1,200 (below ")
    assert row(page, "Of 100 such years, those with a loss").startswith("10.0 (")
    assert "of 100 enrolled, 44 are billed in a usual month and 40 in a bad one" in page
    assert row(page, "Not billed, on average").startswith("55.5 ± ")
    assert row(page, REASONS["unreached"]).startswith("55.5 ± ")
    assert "of 100 scheduled minutes at the desk, 15 are lost" in page
    assert row(page, CAUSES["vacancy"]) == "10.0"
    assert row(page, CAUSES["sick_spells"]) == "5.0"
    assert page.index(CAUSES["vacancy"]) < page.index(CAUSES["sick_spells"])
    assert REASONS["short"] not in page
    assert CAUSES["outage"] not in page


def test_labels_cover_every_reason_and_cause() -> None:
    assert tuple(REASONS) == coordinates()["reason"]
    assert tuple(CAUSES) == coordinates()["cause"]


def test_ceiling_splits_what_is_missed() -> None:
    page = first_page(known(), ceiling=CEILING)
    assert row(page, "Of those not billed: nobody could have reached them") == "14.0 ± 1.0"
    text = " ".join(page.split())
    assert "14.0 of 100 would still not be billed. The rest is what staffing" in text
    assert "nobody could have reached" not in first_page(known())


def test_ceiling_below_the_billed_share_leaves_nothing_negative() -> None:
    low = Estimate(0.40, 0.01, 0.38, 0.42, 0.95, 50, "ratio")
    text = " ".join(first_page(known(), ceiling=low).split())
    assert "55.5 of 100 would still not be billed. The rest is" in text


def test_absence_is_named_by_its_length() -> None:
    page = first_page(known(), absence=ABSENCE)
    assert row(page, "A NURSE OUT FOR FOUR WEEKS costs") == "$6,120 ± 410"
    page = first_page(known(), absence=ABSENCE, absence_weeks=1)
    assert row(page, "A NURSE OUT FOR ONE WEEK costs") == "$6,120 ± 410"
    assert "NURSE OUT" not in first_page(known())


def test_absence_that_costs_less_than_its_wages_saves() -> None:
    saved = Estimate(-1303.0, 42.0, -1387.0, -1219.0, 0.95, 100, "paired")
    page = first_page(known(), absence=saved)
    assert row(page, "A NURSE OUT FOR FOUR WEEKS saves") == "$1,303 ± 84"
    assert "-$1,303" not in page
    assert first_page_data(known(), absence=saved)["absence_cost_usd"]["value"] == -1303.0


DOCTOR = {"staff.doctor": {"hours_per_week": 4.0, "role": "practitioner"}}


@pytest.mark.parametrize(
    ("preset", "changes", "called"),
    [
        ("two_nurses", {}, "nurse"),
        ("physician_led", {}, "practitioner"),
        ("two_nurses", DOCTOR, "coordinator"),
    ],
)
def test_coordinators_are_called_by_their_role(
    preset: str, changes: dict[str, Any], called: str
) -> None:
    missed = np.ones((4, 3, 7), np.int64)
    scenario = load(preset).but(changes)
    results = replace(results_of(missed_patients=missed), scenario=scenario)
    page = first_page(results, ceiling=CEILING, absence=ABSENCE)
    text = " ".join(page.split())
    assert row(page, f"not called: the {called} was away")
    assert row(page, f"A {called.upper()} OUT FOR FOUR WEEKS costs")
    assert f"with {called}s always there and never busy" in text
    (pulled,) = [
        each.text for each in (lever(scenario) for lever in LEVERS) if "clinic" in each.text
    ]
    assert pulled.startswith(f"A {called} is pulled to the clinic on 10 % of days")
    others = {"nurse", "practitioner", "coordinator"} - {called}
    assert not [word for word in others if f" {word}" in f"{text} {pulled}".lower()]


def test_who_is_pulled_away_is_called_by_the_struck_groups() -> None:
    scenario = load("two_nurses").but(DOCTOR | {"disruptions.floor_cover.staff": ["nurses"]})
    (pulled,) = [
        each.text for each in (lever(scenario) for lever in LEVERS) if "clinic" in each.text
    ]
    assert pulled.startswith("A nurse of nurses is pulled to the clinic on 10 % of days, for ")


def test_reasons_of_a_month_that_may_not_be_billed_are_the_models() -> None:
    """Those of `rules.BARS`, and no other: that another practice was first is a denial."""
    assert tuple(coordinates()["bar"]) == ("by_rule", "supervision", "consent")
    label = REASONS["not_claimable"]
    for word in ("rule", "supervisor", "consent"):
        assert word in label
    assert "another practice" not in label


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (1, ("MONEY a month", "x 1 month ", "Net in a bad month,", "Of 100 such months,")),
        (6, ("MONEY in 6 months", "x 6 months ", "Net in a bad stretch of 6 months,",
             "Of 100 such stretches of 6 months,")),
        (12, ("MONEY a year", "x 12 months ", "Net in a bad year,", "Of 100 such years,")),
        (18, ("MONEY in 18 months", "x 18 months ", "Net in a bad stretch of 18 months,",
              "Of 100 such stretches of 18 months,")),
    ],
)  # fmt: skip
def test_other_numbers_of_months_read_right(months: int, expected: tuple[str, ...]) -> None:
    page = first_page(spread(200, months), ceiling=CEILING, absence=ABSENCE)
    for text in expected:
        assert text in page


def test_panel_that_changes_has_no_single_product() -> None:
    page = first_page(results_of(shape=(2, 2), enrolled_patients=[[200, 190], [200, 195]]))
    assert "The projection: all billed the first code every month" in page


def test_more_billed_than_projected_is_explained() -> None:
    more = results_of(billed_usd=200 * 66.13 + 1.0)
    text = " ".join(first_page(more).split())
    assert "The projection has each patient's first code alone: further codes come on top" in text
    assert "first code alone" not in first_page(results_of(billed_usd=200 * 66.13))


def beside(visit_usd: Any, billed_usd: Any) -> Results:
    """Two replications of some months, visits beside them."""
    visits = load("two_nurses").but({"visits": {}})
    results = results_of(
        shape=np.shape(visit_usd),
        visit_usd=visit_usd,
        billed_usd=billed_usd,
    )
    return replace(results, scenario=visits)


def test_visits_are_beside_the_programme_as_worked_by_hand() -> None:
    """Means 100, standard deviations 10 and 20, in step; the second replication out of step."""
    page_of = beside([[90.0, 100.0, 110.0]] * 2, [[80.0, 100.0, 120.0], [120.0, 100.0, 80.0]])
    page = first_page(page_of)
    assert row(page, "Beside it: office visits, on average") == "$300"
    assert row(page, "spread of their months, of 100 of the mean month") == "10.0"
    assert row(page, "the same of what is billed") == "20.0"
    assert row(page, "the same of both together").startswith("10.0 ")  # 15 in step, 5 out of it
    assert row(page, "their correlation from month to month, -1 to 1").startswith("0 ")
    assert "ccmsim smoothing compares both" in page
    assert not [line for line in page.splitlines() if len(line) > WIDTH]
    found = first_page_data(page_of)["visits"]
    values = {name: estimate["value"] for name, estimate in found.items()}
    assert values == pytest.approx(
        {"usd": 300.0, "cv": 0.1, "billed_cv": 0.2, "together_cv": 0.1, "correlation": 0.0}
    )
    measured = measures_and_warning(page_of)[0]
    assert measured["visit_usd.month"].value == 100.0
    assert measured["visit_usd.total"].value == 300.0


def test_visits_of_one_month_or_of_steady_ones_have_no_more_than_is_there() -> None:
    assert list(first_page_data(beside([[90.0]] * 2, [[80.0]] * 2))["visits"]) == ["usd"]
    steady = first_page_data(beside([[90.0, 90.0]] * 2, [[80.0, 80.0]] * 2))["visits"]
    assert list(steady) == ["usd", "cv", "billed_cv", "together_cv"]
    nothing = first_page_data(beside([[90.0, 95.0]] * 2, [[0.0, 0.0]] * 2))["visits"]
    assert list(nothing) == ["usd", "cv", "together_cv"]


def test_without_visits_there_is_nothing_of_them() -> None:
    assert first_page_data(known())["visits"] is None
    assert "visits" not in first_page(known())
    assert "visit_usd.total" not in measures_and_warning(known())[0]


@pytest.mark.parametrize("replications", [1, 2, 30, 200])
def test_few_replications_are_owned_up_to(replications: int) -> None:
    page = first_page(spread(replications, 12), ceiling=CEILING, absence=ABSENCE)
    first = page.splitlines()[1]
    if replications == 1:
        assert first == "  Nothing tells how far off one time is: use 200 or more."
    elif replications < 200:
        assert first == "  Too few times to trust the bad cases: use 200 or more."
    else:
        assert first == ""
    assert "nan" not in page
    assert "inf" not in page.replace("informal", "")
    assert not re.search(r"\$-|order statistics|degenerate", page)


@pytest.mark.parametrize("width", [WIDTH, 80, 60])
def test_a_page_has_the_width_that_there_is(width: int) -> None:
    """And the same words in any."""
    wide = first_page(spread(30, 6), ceiling=CEILING, absence=ABSENCE)
    page = first_page(spread(30, 6), ceiling=CEILING, absence=ABSENCE, width=width)
    lines = page.splitlines()
    assert max(len(line) for line in lines if not line[:1].isupper()) <= width
    assert page.split() == wide.split()


@pytest.mark.parametrize("results", [known(), spread(30, 6), spread(1, 1), results_of()])
def test_page_is_narrow_and_free_of_jargon(results: Results) -> None:
    page = first_page(results, ceiling=CEILING, absence=ABSENCE)
    assert max(len(line) for line in page.splitlines()) <= WIDTH
    assert not [word for word in JARGON if word in page]
    assert not [line for line in page.splitlines() if line != line.rstrip()]


def test_page_without_scheduled_time() -> None:
    assert "STAFF TIME: none is scheduled" in first_page(results_of())


def test_page_of_the_projection_itself() -> None:
    results = ccmsim.simulate(load("perfect"), months=2, replications=3, seed=1)
    page = first_page(results, ceiling=Estimate(1.0, 0.0, 1.0, 1.0, 0.95, 9, "equal"))
    assert row(page, "The projection: 75 patients x $66.13 x 2 months") == "$9,920"
    assert "100 are billed in a usual month and 100 in a bad one" in page
    assert "Everybody is billed every month" in page
    assert "nobody could have reached" not in page


def test_data_is_the_page_as_json() -> None:
    data = first_page_data(spread(1, 1), ceiling=CEILING)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["net_usd"]["standard_error"] is None
    assert data["absence_cost_usd"] is None
    data = first_page_data(known(), ceiling=CEILING, absence=ABSENCE)
    assert data["of_100_enrolled"]["nobody_could_have_reached"]["value"] == pytest.approx(14.0)
    assert data["of_100_enrolled"]["nobody_could_have_reached"]["low"] == pytest.approx(13.0)
    assert data["of_100_enrolled"]["missed"]["value"] == pytest.approx(55.5)
    assert data["of_100_minutes"]["lost_by_cause"]["vacancy"]["value"] == pytest.approx(10.0)
    assert data["bad_net_usd"]["value"] == -1200.0
    assert data["absence_cost_usd"]["value"] == 6123.0
    assert tuple(data["of_100_enrolled"]["missed_by_reason"]) == coordinates()["reason"]


@pytest.mark.parametrize("preset", sorted(presets()))
def test_assumptions_name_values_of_the_scenario(preset: str) -> None:
    scenario = load(preset)
    known_paths = set(paths(scenario))
    for lever in LEVERS:
        assumption = lever(scenario)
        assert set(assumption.values) <= known_paths
        assert assumption.swing_usd >= 0.0


def texts(changes: dict[str, Any] | None = None, most: int = 9) -> str:
    scenario = load("two_nurses").but(changes or {})
    return " ".join(found.text for found in assumptions_that_matter(scenario, most=most))


def test_assumptions_follow_the_scenario() -> None:
    assert "Patients answer 48 of 100 calls." in texts(most=1)
    assert "logged at the day's end: 3 % of entries are forgotten." in texts()
    late = texts({"documentation.capture": "end_of_month"}, most=2)
    assert "logged at the month's end: 12 % of entries are forgotten, the rest lose 5 %." in late
    assert "pulled to the clinic on 10 % of days" in texts()
    assert "pulled" not in texts({"disruptions.floor_cover": None})
    assert "chart" not in texts({"contact.followup": "call"})
    assert "Others do" not in texts({"contact.other_work_outside_share": 0.0})
    assert "log 40 % of that" in texts({"documentation.outside_capture_share": 0.4})
    assert "Patients answer" not in texts({"contact.answer_probability": 1.0})
    assert "takes 30 minutes, notes" in texts({"contact.call_minutes": 25.0})


def added(scenario: Scenario, name: str = "added_absence") -> Recorded:
    entry = scenario.disruptions[name]
    assert isinstance(entry, Recorded)
    return entry


def test_absence_is_one_more_spell_of_the_seat_with_most_hours() -> None:
    scenario = load("solo_nurse").but({"start": date(2026, 11, 1)})
    entry = added(with_absence(scenario, weeks=2, months=12))
    (spell,) = entry.spells
    assert (spell.seat, spell.start.isoformat(), spell.days) == (0, "2027-01-01", 10)
    assert entry.paid_share == 0.3
    assert entry.cause == "extended_leave"
    twice = with_absence(with_absence(scenario, weeks=2, months=1), weeks=1, months=1)
    assert added(twice, "added_absence_").spells[0].start.isoformat() == "2026-11-01"
    paid = scenario.but({"disruptions.extended_leave.paid_share": 0.9})
    assert added(with_absence(paid, weeks=1, months=1)).paid_share == 0.9


def test_cost_of_absence_is_the_one_worked_by_hand() -> None:
    """`perfect` makes five calls of 26 minutes in each shift of 120, the last 10 as overtime.

    March 2026 has 22 business days. Away for the first 20, the coordinator makes 10 calls of 75:
    65 claims less (66.13 each, oversight of 2 saved), 20 shifts of two hours paid at 0.3, and 13
    shifts without 10 minutes of overtime.
    """
    per_hour = 30.0 * 1.25
    saved = 65 * 2.0 + 20 * 2.0 * per_hour * 0.7 + 13 * (10.0 / 60.0) * per_hour * 1.5
    cost = cost_of_absence(load("perfect"), months=4, replications=2, seed=3)
    assert cost.value == pytest.approx(65 * 66.13 - saved, abs=0.02)
    assert cost.method == "degenerate: all values equal"


def test_cost_of_absence_takes_the_baseline_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load("two_nurses").but({"panel.enrolled_at_start": 8})
    settings: dict[str, Any] = {"months": 3, "replications": 3, "seed": 5}
    alone = cost_of_absence(scenario, **settings)
    baseline = ccmsim.simulate(scenario, months=3, replications=4, seed=5)
    simulated: list[str] = []
    simulate = ccmsim.simulate

    def counted(scenario: Any, **keywords: Any) -> Results:
        simulated.append(scenario.fingerprint)
        return simulate(scenario, **keywords)

    monkeypatch.setattr("ccmsim.montecarlo.simulate", counted)
    assert cost_of_absence(scenario, **settings, baseline=baseline) == alone
    assert len(simulated) == 1
    assert cost_of_absence(scenario, **(settings | {"seed": 6}), baseline=baseline) != alone
    assert len(simulated) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weeks": 0}, "weeks: must be at least 1"),
        ({"weeks": 2.5}, "weeks: must be a whole number"),
        ({"months": 0, "weeks": 99}, "weeks: must be at most 52"),
        ({"months": 0}, "months: must be at least 1"),
    ],
)
def test_impossible_absences_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cost_of_absence(load("perfect"), **settings)


def test_no_number_is_shown_as_if_it_were_sure() -> None:
    """An estimate with one end only says so."""
    data = first_page_data(known())["bad_net_usd"]
    assert data["low"] is None
    assert math.isfinite(data["high"])
