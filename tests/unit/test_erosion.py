"""Erosion and idealisations: what is changed, what adds up, what is shown and refused."""

from __future__ import annotations

import json
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim import ideal
from ccmsim.analyses.away import watched
from ccmsim.analyses.control import lost_by_cause
from ccmsim.analyses.erosion import erosion
from ccmsim.analyses.erosion_rows import Known, Levels, _sums
from ccmsim.analyses.erosion_views import steps_figure
from ccmsim.analyses.gaps import MEASURES, above
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.shares import DRIVERS
from ccmsim.analyses.shares_numbers import BEYOND
from ccmsim.analyses.waterfall import Erosion
from ccmsim.errors import InputError
from ccmsim.estimation import EXACT, mean, sum_of_means, variance_saved
from ccmsim.estimation.binomial import share_at_most
from ccmsim.estimation.rare import allowing_difference, surely_seen
from ccmsim.scenario import Scenario
from ccmsim.wording import shown

SETTINGS: dict[str, Any] = {"months": 3, "replications": 6, "seed": 4}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """A small practice with one nurse and three kinds of disruption that strike often."""
    full = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 40, "staff.nurse.hours_per_week": 7.0}
    )
    kept = ideal.without(full, "extended_leave", "turnover", "closure", "outage", "outbreak")
    return kept.but({"disruptions.sick.spells_per_year": 8.0})


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> Erosion:
    return erosion(scenario, **SETTINGS)


def value(found: Erosion, name: str, measure: str) -> float:
    return {row.name: row for row in found.rows()}[name].estimates[measure].value


def test_gains_are_paired_differences(scenario: Scenario, found: Erosion) -> None:
    today = ccmsim.simulate(scenario, **SETTINGS).values
    for name in scenario.disruptions:
        other = ccmsim.simulate(ideal.without(scenario, name), **SETTINGS).values
        for measure, variable, most in (
            ("billable_patient_months", "billable_patients", 120.0),
            ("billed_usd", "billed_usd", 120 * 66.13),
            ("net_usd", "net_usd", 120 * 66.13),
        ):
            pair = (each[variable].sum(axis=1) for each in (other, today))
            expected = allowing_difference(*pair, most=most)
            row = next(row for row in found.causes if row.name == name)
            estimate = row.estimates[measure]
            assert estimate.value == pytest.approx(expected.value)
            assert estimate.low == pytest.approx(expected.low)
            assert estimate.high == pytest.approx(expected.high)
    assert {row.name for row in found.causes} == set(scenario.disruptions)


def test_steps_lead_from_the_projection_to_today(found: Erosion) -> None:
    names = [row.name for row in found.steps]
    assert names == [
        "projection", "unreachable", "addons", "unpaid", "ceiling", "documentation", "execution",
        "execution.hours", "execution.floor_cover", "execution.planned_leave", "execution.sick",
        "enrollment", "visibility", "today",
    ]  # fmt: skip
    assert [row.kind for row in found.steps] == [
        "level", "gap", "gain", "gap", "level", "gap", "gap", *["part"] * 4, "gap", "gap", "level"
    ]  # fmt: skip
    for measure in MEASURES:
        _adds_up(found, lambda row, measure=measure: row.estimates[measure])
    assert value(found, "projection", "billable_patient_months") == 120.0
    assert value(found, "projection", "base_usd") == pytest.approx(120 * 66.13)
    assert value(found, "projection", "billable_points") == 100.0
    assert value(found, "unreachable", "billable_points") > 5.0


def _adds_up(found: Erosion, number: Any, within: float = 1e-6) -> None:
    """Walk from each level down to the next, and over the parts of execution."""
    there = number(found.step("projection")).value
    for row in found.steps:
        if row.kind == "gap":
            there -= number(row).value
        elif row.kind == "gain":
            there += number(row).value
        elif row.kind == "level":
            assert there == pytest.approx(number(row).value, abs=within), row.name
            there = number(row).value
    parts = [number(row).value for row in found.steps if row.kind == "part"]
    assert sum(parts) == pytest.approx(number(found.step("execution")).value, abs=within)


def test_a_projected_net_by_hand() -> None:
    """75 calls of 50 minutes, none claimable today; Medicare pays its four fifths, nobody else.

    January 2026 has 20 business days of four hours at 37.50 USD, and overtime is not paid. Software
    is 187.50 USD, and oversight 2 USD for each of the ceiling's claims.
    """
    practice = ccmsim.load("perfect").but(
        {
            "contact.call_minutes": 45,
            "staff.coordinator.hours_per_week": 20.0,
            "finance.overtime_factor": 0.0,
            "documentation.not_claimable_share": 1.0,
            "finance.no_supplement_share": 1.0,
            "finance.coinsurance_paid_share": 0.0,
        }
    )
    found = erosion(practice, months=1, replications=100)
    base, addon = (75 * float(ccmsim.billing.fee(code, year=2026)) for code in ("99490", "99439"))
    cost = 20 * 4 * 37.5 + 187.5
    projection = base - cost
    assert base == 4_959.75
    unpaid = base + addon - 75 * round(0.8 * (base + addon) / 75, 2) + 75 * 2.0
    by_hand = {
        "projection": projection,
        "unreachable": 0.0,
        "addons": addon,
        "unpaid": unpaid,
        "ceiling": projection + addon - unpaid,
        "documentation": base + addon - unpaid,
        "today": -cost,
    }
    for row in found.steps:
        for told in (row.estimates, row.bad_year):
            assert told["net_usd"].value == pytest.approx(by_hand.get(row.name, 0.0))
            assert told["net_usd"].low <= told["net_usd"].value <= told["net_usd"].high
    assert found.step("unreachable").estimates["billed_usd"].value == 0.0
    assert found.step("addons").estimates["billed_usd"].value == pytest.approx(addon)


def test_levels_above_a_ceiling_by_hand() -> None:
    """Of 10 and 20 patient-months 6 and 20 are reached; two replications."""
    ceiling = {
        "plan_patient_months": np.array([10.0, 20.0]),
        "plan_usd": np.array([600.0, 1_200.0]),
        "billable_patient_months": np.array([6.0, 20.0]),
        "billable_points": np.array([60.0, 100.0]),
        "base_usd": np.array([360.0, 1_200.0]),
        "addon_usd": np.array([40.0, 0.0]),
        "billed_usd": np.array([400.0, 1_200.0]),
        "net_usd": np.array([250.0, 900.0]),
    }
    levels = above(ceiling, {"cost_usd": np.array([100.0, 110.0, 120.0])})
    assert {name: level["net_usd"].tolist() for name, level in levels.items()} == {
        "projection": [500.0, 1_090.0],
        "reached": [260.0, 1_090.0],
        "charged": [300.0, 1_090.0],
    }
    assert {name: level["billed_usd"].tolist() for name, level in levels.items()} == {
        "projection": [600.0, 1_200.0],
        "reached": [360.0, 1_200.0],
        "charged": [400.0, 1_200.0],
    }
    for level in levels.values():
        np.testing.assert_array_equal(level["base_usd"] + level["addon_usd"], level["billed_usd"])


def test_the_projected_net_is_the_plan_of_risk() -> None:
    """One definition: of erosion's projection and of a plan that is not given."""
    practice = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    settings: dict[str, Any] = {"months": 2, "replications": 100, "seed": 8}
    plan = ccmsim.risk(practice, **settings).numbers["plan"]
    promised = erosion(practice, **settings).step("projection").estimates["net_usd"]
    assert (promised.value, promised.low, promised.high) == (plan.value, plan.low, plan.high)


def test_bad_years_add_up_too() -> None:
    practice = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    found = erosion(practice, months=1, replications=100, seed=2)
    for measure in ("billable_patient_months", "billed_usd", "net_usd"):
        _adds_up(found, lambda row, measure=measure: row.bad_year[measure])
        today = found.step("today").bad_year[measure]
        variable = "billable_patients" if measure.startswith("billable") else measure
        values = ccmsim.simulate(practice, months=1, replications=100, seed=2).values[variable]
        assert today.value == pytest.approx(np.sort(values.sum(axis=1))[4])
        assert today.low <= today.value <= today.high
    rows = found.table()
    assert rows.loc[("execution", "net_usd.p5"), "value"] == pytest.approx(
        found.step("execution").bad_year["net_usd"].value
    )
    assert "The same of a bad year, one in twenty" in str(found)
    few = erosion(practice, months=1, replications=3, seed=2)
    assert "3 replications are too few to tell of a bad year" in str(few)
    assert few.as_dict()["steps"][4]["bad_year"]["net_usd"]["low"] is None


def test_all_four_drivers_in_the_order_of_shares() -> None:
    """The steps are those of `shares` in its order, and everybody eligible is in the projection."""
    growing = ccmsim.load("growth_100").but(
        {"panel.medicare.patients": 60, "panel.enrolled_at_start": 20}
    )
    settings: dict[str, Any] = {"months": 2, "replications": 4, "seed": 6}
    found, other = erosion(growing, **settings), ccmsim.shares(growing, **settings)
    for measure in ("billable_patient_months", "billed_usd", "net_usd"):
        for driver in DRIVERS:
            step = other.numbers[driver, measure, "mean", "step"].value
            assert value(found, driver, measure) == pytest.approx(step, abs=0.02), driver
        for name in BEYOND:
            assert found.step(name).estimates[measure] == getattr(other, name)[measure, "mean"]
    assert value(found, "enrollment", "billable_patient_months") > 0.0
    everybody = ideal.full_enrollment(growing).panel.enrolled_at_start
    assert value(found, "projection", "billable_patient_months") == pytest.approx(
        2.0 * everybody, rel=0.02
    )


def test_disruptions_are_mended_in_the_order_of_the_scenario(scenario: Scenario) -> None:
    """The first alone, the next with it; all of them are the undisturbed practice."""
    found = erosion(scenario, **SETTINGS)
    first, *_, last = scenario.disruptions
    assert value(found, f"execution.{first}", "billed_usd") == value(found, first, "billed_usd")
    parts = sum(value(found, f"execution.{name}", "net_usd") for name in scenario.disruptions)
    assert parts == pytest.approx(value(found, "together", "net_usd"))
    assert value(found, f"execution.{last}", "net_usd") != value(found, last, "net_usd")


def test_base_and_add_on_units_are_what_is_billed(found: Erosion) -> None:
    for row in found.rows():
        parts = row.estimates["base_usd"].value + row.estimates["addon_usd"].value
        assert parts == pytest.approx(row.estimates["billed_usd"].value, abs=0.02)
    patient_months = value(found, "today", "billable_patient_months")
    assert value(found, "today", "base_usd") == pytest.approx(66.13 * patient_months)
    assert value(found, "today", "addon_usd") > 0.0


def test_sum_and_interaction(found: Erosion) -> None:
    for measure in MEASURES:
        total = sum(row.estimates[measure].value for row in found.causes)
        assert value(found, "sum", measure) == pytest.approx(total)
        interaction = value(found, "interaction", measure)
        together = found.together.estimates[measure].value
        assert interaction == pytest.approx(together - total, abs=1e-9)
    # a paired interval: narrower than one of independent parts
    inner = {row.name: row for row in found.rows()}
    apart = inner["interaction"].estimates["billed_usd"].standard_error
    assert apart < inner["sum"].estimates["billed_usd"].standard_error


def test_net_of_staff_without_limit_is_at_todays_cost(scenario: Scenario, found: Erosion) -> None:
    assert all("net_usd" in row.estimates for row in found.rows())
    today, top = (
        ccmsim.simulate(one, **SETTINGS).values for one in (scenario, ideal.ceiling(scenario))
    )
    staff = (top["staff_cost_usd"] - today["staff_cost_usd"]).sum(axis=1)
    net = top["net_usd"].sum(axis=1) + staff  # nobody is trained here
    assert value(found, "ceiling", "net_usd") == pytest.approx(net.mean())
    assert staff.mean() > 10.0 * today["staff_cost_usd"].sum(axis=1).mean()


def test_net_is_at_todays_cost_where_enrollment_is_mended_first() -> None:
    """Fewer are eligible than could be enrolled, so fewer coordinators are without limit."""
    practice = ccmsim.load("early_25").but(
        {"panel.medicare.patients": 60, "enrollment.target_patients": None}
    )
    found = erosion(practice, months=1, replications=2)
    dearest = 0.0
    for row in found.steps:
        dearest = max(dearest, abs(row.estimates["net_usd"].value))
    assert dearest < found.step("projection").estimates["billed_usd"].value * 2.0


def test_common_random_numbers_save_replications(scenario: Scenario, found: Erosion) -> None:
    saved = {row.name: row.variance_saved for row in found.rows()}
    often = saved["floor_cover"]  # small and regular: the pairing takes nearly all noise away
    assert often is not None
    assert often.value > 5.0
    assert 1.0 < often.low < often.value < often.high
    a, b = (
        ccmsim.simulate(each, **SETTINGS).values["billed_usd"].sum(axis=1)
        for each in (ideal.without(scenario, "sick"), scenario)
    )
    assert saved["sick"] is not None
    assert saved["sick"].value == pytest.approx(variance_saved(a, b))
    assert saved["interaction"] is saved["today"] is None


def test_executor_and_progress_change_nothing(scenario: Scenario, found: Erosion) -> None:
    seen: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        again = erosion(
            scenario,
            **SETTINGS,
            executor=pool,
            progress=lambda done, all_: seen.append((done, all_)),
        )
    assert again.to_json() == found.to_json()
    # today, three steps, hours, documentation; alone: all but the first, which is a step
    simulated = 1 + len(scenario.disruptions) + 2 + len(scenario.disruptions) - 1
    assert seen[-1] == (6 * simulated, 6 * simulated)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {whole for _, whole in seen} == {6 * simulated}


def test_without_disruptions() -> None:
    found = erosion(ccmsim.load("perfect"), months=2, replications=3)
    assert found.causes == ()
    for measure in MEASURES:
        assert found.together.estimates[measure].value == 0.0
        assert found.interaction.estimates[measure].value == 0.0
    for name in ("projection", "ceiling", "today"):
        assert value(found, name, "base_usd") == pytest.approx(2 * 4959.75)
    assert value(found, "unreachable", "billable_patient_months") == 0.0
    assert "perfect" in str(found)


def test_one_disruption_is_all_of_them(scenario: Scenario) -> None:
    single = ideal.without(scenario, "sick", "floor_cover")
    calls: list[int] = []
    found = erosion(single, months=1, replications=2, progress=lambda _, whole: calls.append(whole))
    assert calls[-1] == 2 * 4
    (cause,) = found.causes
    assert cause.estimates == found.together.estimates
    assert value(found, "interaction", "billed_usd") == 0.0


def test_one_replication_has_no_errors(scenario: Scenario) -> None:
    found = erosion(scenario, months=1, replications=1)
    assert np.isnan(found.together.estimates["billed_usd"].standard_error)
    assert found.as_dict()["together"]["estimates"]["billed_usd"]["standard_error"] is None
    assert str(found)
    assert found.plot().axes


def test_settings_reach_the_estimates(scenario: Scenario) -> None:
    found = erosion(scenario, months=1, replications=3, seed=9, warmup_months=1, level=0.9)
    assert found.first_month == "2026-01"
    estimate = found.together.estimates["billed_usd"]
    assert (estimate.level, estimate.replications) == (0.9, 3)
    today = ccmsim.simulate(scenario, months=1, replications=3, seed=9, warmup_months=1)
    mean = today.values["billed_usd"].sum(axis=1).mean()
    assert value(found, "today", "billed_usd") == pytest.approx(mean)
    assert "1 month from 2026-01 after 1 of warm-up" in str(found)
    assert "90 % intervals" in str(found)


def test_table(found: Erosion) -> None:
    table = found.table()
    assert table.index.names == ["row", "measure"]
    assert list(table.columns[:4]) == ["value", "standard_error", "low", "high"]
    assert table.index.is_unique
    billed = table.xs("billed_usd", level="measure")
    assert list(billed.index) == [row.name for row in found.rows()]
    assert billed.loc["today", "value"] == value(found, "today", "billed_usd")
    saved = table.xs("variance_saved", level="measure")
    causes = {row.name for row in found.causes}
    assert causes | {"together", "execution"} <= set(saved.index)
    assert not {"today", "sum", "interaction"} & set(saved.index)
    (row,) = (row for row in found.causes if row.name == "floor_cover")
    assert row.variance_saved is not None
    assert saved.loc["floor_cover", "low"] == row.variance_saved.low


def test_json(found: Erosion) -> None:
    read = json.loads(found.to_json())
    assert read == found.as_dict()
    assert read["scenario"] == "solo_nurse"
    assert [row["name"] for row in read["causes"]] == [row.name for row in found.causes]
    assert read["interaction"]["variance_saved"] is None
    assert read["together"]["variance_saved"]["value"] > 0.0
    estimate = read["interaction"]["estimates"]["net_usd"]
    assert set(estimate) >= {"value", "standard_error", "low", "high", "level", "replications"}


def test_text(found: Erosion) -> None:
    text = str(found)
    lines = text.splitlines()
    assert lines[0] == "solo_nurse: where the projection goes"
    assert "− nobody could have reached them" in text
    assert "= Ceiling: all four drivers perfect" in text
    assert "+ add-on units on top" in text
    assert "− never paid, and further costs" in text
    assert "interaction: together − sum" in text
    assert "sick (sick_spells)" in text
    assert text.count("planned_leave") == 2  # as a step, and alone
    assert max(map(len, lines)) <= 132
    assert not any(line != line.rstrip() for line in lines)


def test_causes_come_by_what_they_cost(found: Erosion) -> None:
    costs = [row.estimates["billed_usd"].value for row in found.causes]
    assert costs == sorted(costs, reverse=True)


def test_plot(found: Erosion) -> None:
    for measure in MEASURES:
        figure = found.plot(measure)
        (axes,) = figure.axes
        assert MEASURES[measure].split(",")[0] in axes.get_xlabel()
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == [row.label for row in (*found.causes, found.together)]
    with pytest.raises(InputError, match="cannot be plotted"):
        found.plot("profit")


def test_the_way_down_is_drawn_from_level_to_level(found: Erosion) -> None:
    """Each bar begins where the one above ends; what is 0 by definition has none."""
    down, gains = {"gap": -1.0, "part": -1.0, "gain": 1.0}, ("addons", "unpaid")
    for measure in MEASURES:
        (axes,) = steps_figure(found, measure).axes
        rows = [row for row in found.steps if row.name != "execution"]
        shown_rows = [
            row for row in rows
            if row.name not in gains or row.estimates[measure].method != EXACT
        ]  # fmt: skip
        assert len(axes.patches) == len(shown_rows)
        scale, there = 1e-3 if measure.endswith("_usd") else 1.0, 0.0
        bars: Any = axes.patches
        for row, bar in zip(shown_rows, bars, strict=True):
            size = scale * row.estimates[measure].value
            ends = (0.0, size) if row.kind == "level" else (there, there + down[row.kind] * size)
            drawn = (bar.get_x(), bar.get_x() + bar.get_width())
            assert drawn == pytest.approx((min(ends), max(ends)), abs=1e-9), (measure, row.name)
            there = ends[1]
        assert axes.get_xlabel()[0].isupper()
    assert "Net, thousand USD" in steps_figure(found, "net_usd").axes[0].get_xlabel()


def test_result_is_frozen_and_pickles(found: Erosion) -> None:
    with pytest.raises(AttributeError):
        found.seed = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.steps[0].estimates["billed_usd"] = None  # type: ignore[index]
    assert pickle.loads(pickle.dumps(found)).to_json() == found.to_json()


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"months": 0}, "months"),
        ({"replications": 0}, "replications"),
        ({"seed": -1}, "seed"),
        ({"warmup_months": -1}, "warmup_months"),
        ({"level": 95}, "level"),
        ({"half_width": 0.0}, "half_width"),
        ({"half_width": 0.1, "replications": 99}, "replications"),
    ],
)
def test_refused_settings(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        erosion(ccmsim.load("perfect"), **settings)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_without_names_what_is_not_there() -> None:
    with pytest.raises(InputError) as caught:
        ideal.without(ccmsim.load("two_nurses"), "sick", "turnovr", "flood")
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["disruptions.turnovr", "disruptions.flood"]
    assert "did you mean turnover?" in str(caught.value)
    with pytest.raises(InputError, match="has no disruptions"):
        ideal.without(ccmsim.load("perfect"), "sick")


def test_a_wanted_half_width_is_reached_and_steps_still_add_up() -> None:
    scenario = ccmsim.load("two_nurses").but(
        {"panel.enrolled_at_start": 30}
        | dict.fromkeys(("disruptions.closure", "disruptions.outage", "disruptions.outbreak"))
    )
    seen: list[tuple[int, int]] = []
    found = erosion(
        scenario, months=2, replications=100, seed=3, half_width=2.0,
        progress=lambda done, whole: seen.append((done, whole)),
    )  # fmt: skip
    sizes = set()
    for row in (*found.steps, *found.causes):
        points = row.estimates["billable_points"]
        sizes.add(points.replications)
        assert max(points.high - points.value, points.value - points.low) <= 2.0, row.name
        assert points.level == 0.95
        assert points.method == EXACT or points.method.endswith("; at any of 5 looks")
    assert len(sizes) > 2
    assert found.replications == max(sizes) > 100
    for measure in ("billable_points", "billed_usd", "net_usd"):
        _adds_up(found, lambda row, measure=measure: row.estimates[measure])
        gains = [row.estimates[measure].value for row in found.causes]
        assert found.summed.estimates[measure].value == pytest.approx(sum(gains), abs=1e-6)
    assert json.loads(found.to_json())["half_width"] == 2.0
    assert found.reached is True
    assert "every step and disruption is known to within 2 of 100 enrolled" in str(found)
    # nothing was simulated twice, and a row has the first replications of the same sequence
    single = {row.name: row.estimates["billed_usd"] for row in found.causes}
    first, *others = scenario.disruptions
    simulated = sum(single[name].replications for name in others)
    steps = 3 + len(scenario.disruptions)
    assert seen[-1] == (simulated + steps * found.replications,) * 2
    size = single["sick"].replications
    ran = [
        ccmsim.simulate(one, months=2, replications=size, seed=3)
        for one in (ideal.without(scenario, "sick"), scenario)
    ]
    more = np.subtract(*(each.values["billed_usd"].sum(axis=1) for each in ran))
    assert abs(single["sick"].value - more.mean()) < 4.9 * single["sick"].standard_error
    # moved by what more replications tell of who is away, and by nothing else
    away = watched(Runs(2, 0, None, None, lambda done, all_: None, 0), scenario,
                   lost_by_cause(ran[1]), 3)  # fmt: skip
    told = sum_of_means(*away.parts(more), level=0.99)
    assert single["sick"].value == pytest.approx(told.value, abs=0.5 * told.standard_error)
    assert single["sick"].standard_error == pytest.approx(told.standard_error, rel=0.1)
    assert first == "sick"


def test_a_cap_that_ends_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccmsim.analyses.narrowing.MOST", 150)
    monkeypatch.setattr("ccmsim.analyses.away.MOST", 150)
    practice = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    found = erosion(practice, months=1, replications=100, half_width=0.01)
    assert found.reached is False
    assert json.loads(found.to_json())["reached"] is False
    assert "the cap ended it: not every step and disruption" in str(found)
    assert found.replications == 150


def test_what_never_happens_is_told_within_bounds() -> None:
    """No outage in all replications: the interval says how much one could still cost."""
    practice = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 20, "disruptions.outage.per_year": 1e-6}
    )
    found = erosion(practice, months=1, replications=100, half_width=2.0)
    (row,) = (row for row in found.causes if row.name == "outage")
    points = row.estimates["billable_points"]
    assert points.value == 0.0
    assert -2.0 <= points.low < 0.0 < points.high <= 2.0
    assert "0 of" in points.method
    for measure in set(MEASURES) - {"billable_points"}:  # nobody knows how much it could be
        told = row.estimates[measure]
        assert told.value == 0.0
        assert np.isnan([told.standard_error, told.low, told.high]).all(), measure
        assert told.method.startswith("0 of")
        assert "too few to believe" in told.method
    read = found.as_dict()["causes"][found.causes.index(row)]["estimates"]["billed_usd"]
    assert (read["value"], read["low"], read["high"]) == (0.0, None, None)
    assert exact_cells(found) == exact_cells(erosion(practice, months=1, replications=2)) == {
        "projection": ["billable_points", "addon_usd"],
        "unreachable": ["addon_usd"],
        "addons": ["billable_patient_months", "billable_points", "base_usd"],
        "unpaid": [name for name in MEASURES if name != "net_usd"],
        "enrollment": list(MEASURES),
        "visibility": list(MEASURES),
    }  # fmt: skip


def exact_cells(found: Erosion) -> dict[str, list[str]]:
    """The measures without any error, by row; each has an interval of no width."""
    told: dict[str, list[str]] = {}
    for row in found.rows():
        for name, one in row.estimates.items():
            if one.method == EXACT:
                promised = (row.name, name) == ("projection", "billable_points")
                assert one.low == one.value == one.high == (100.0 if promised else 0.0)
                assert one.standard_error == 0.0
                told.setdefault(row.name, []).append(name)
    return told


def test_a_sum_of_what_never_happens_has_no_interval() -> None:
    """Two disruptions that never strike: neither their sum nor the interaction is believed."""
    practice = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 10, "disruptions.outage.per_year": 1e-6,
         "disruptions.closure.per_year": 1e-6}
    )  # fmt: skip
    kept = ideal.without(practice, *(set(practice.disruptions) - {"outage", "closure"}))
    found = erosion(kept, months=1, replications=100, half_width=10.0)
    for row in (found.summed, found.interaction):
        told = row.estimates["billed_usd"]
        assert told.value == 0.0
        assert np.isnan([told.low, told.high]).all()
        assert "fewer than 20" in told.method
    # of one disruption the interaction is that of equal scenarios
    alone = erosion(ideal.without(kept, "closure"), months=1, replications=100, half_width=10.0)
    assert alone.interaction.estimates["net_usd"].method == EXACT
    (cause,) = alone.causes
    assert alone.summed.estimates["billable_points"] == cause.estimates["billable_points"]
    assert cause.estimates["billable_points"].high > 0.0


def test_a_zero_is_certain_only_where_scenarios_are_equal() -> None:
    """An outage that never came may still come; nobody enrolls, so nothing is to be mended."""
    practice = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 20, "disruptions.outage.per_year": 1e-6}
    )
    found = erosion(practice, months=1, replications=100)
    rows: dict[str, list[list[str]]] = {}
    for line in str(found).splitlines()[3:]:
        label, *cells = re.split(r"  +", line.strip())
        rows.setdefault(label.removeprefix("− "), []).append(cells)
    patients, points = "0.00 (-0.72 to 0.72)", "0.0 (-3.6 to 3.6)"  # of 20, and of 100
    assert [cells[:2] for cells in rows["outage"]] == [
        [patients, points],  # a step
        ["0.0 (below 1.0)", "0 (below 70)"],  # in a bad year
        [patients, points],  # alone
    ]
    assert rows["enrollment"] == rows["visibility"] == [["0"] * 4, ["0"] * 3]
    assert rows["Projection: all, every month"][0][:2] == ["20", "100"]
    for name in ("outage", "execution.outage"):
        told = next(row for row in found.rows() if row.name == name).estimates["net_usd"]
        assert told.value == 0.0
        assert told.high == pytest.approx(20 * 66.13 * surely_seen(100, 0.975))
        assert told.method == "0 of 100 differ from the usual: bounds by their share"
    assert found.step("visibility").estimates["net_usd"].method == EXACT
    bad = found.step("visibility").bad_year["net_usd"]
    assert (bad.low, bad.high, bad.method) == (0.0, 0.0, EXACT)


def test_rare_gains_are_bounded_and_add_up() -> None:
    """Two of 200 years are hit: by their spread alone there surely would be a gain.

    The sum and the interaction of two such gains have bounds of their own, and add up.
    """
    n, plan = 200, {"plan_usd": np.full(200, 1000.0), "plan_patient_months": np.full(200, 10.0)}
    hit = {"today": [], "without a": [3, 5], "without b": [7], "undisturbed": [3, 5, 7, 8]}
    totals = {
        name: plan | {measure: 100.0 * np.isin(np.arange(n), years) for measure in MEASURES}
        for name, years in hit.items()
    }
    levels = Levels(totals, {name: name for name in totals})
    known = Known(0.95)
    told = known.estimates([levels.less("without a", "today")], levels.furthest("today"))
    expected = allowing_difference(totals["without a"]["net_usd"], np.zeros(n), most=1000.0)
    assert told["net_usd"] == expected
    seen, unseen = share_at_most(2, n, 0.975), surely_seen(n, 0.975)
    assert expected.high == pytest.approx(100.0 * seen + 900.0 * unseen)
    assert expected.low < 0.0 < mean(totals["without a"]["net_usd"]).low
    assert told["billable_points"].high < expected.high  # of 100, not of 1000
    rows = _sums(["without a", "without b"], "undisturbed", levels, known)
    summed, beyond = (rows[name].estimates["net_usd"] for name in ("summed", "interaction"))
    assert summed.value == pytest.approx(1.5)
    assert beyond.value == pytest.approx(0.5)
    assert summed.method == "3 of 200 differ from the usual: bounds by their share"
    assert summed.high > 100.0 * share_at_most(3, n, 0.975)
    assert beyond.low < 0.0 < beyond.high


def test_an_estimate_without_interval_says_so() -> None:
    practice = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 20, "disruptions.outage.per_year": 1e-6}
    )
    found = erosion(practice, months=1, replications=100, half_width=10.0)
    (outage,) = (row for row in found.causes if row.name == "outage")
    points = outage.estimates["billable_points"]
    assert shown(points) == f"0.0 ({points.low:.1f} to {points.high:.1f})"
    assert shown(outage.estimates["net_usd"]) == "0 (none seen)"
    promised = found.step("projection").estimates
    assert shown(promised["billable_points"]) == "100"
    assert shown(promised["billable_patient_months"]) == "20 (no interval)"


def test_ideals_change_what_they_say_and_nothing_else() -> None:
    scenario = ccmsim.load("structured_75")

    def changed(name: str) -> set[str]:
        from ccmsim.scenario.changing import paths

        other = ideal.IDEALS[name].apply(scenario)

        def at(root: Any, path: str) -> Any:
            for step in path.split("."):
                root = root[step] if hasattr(root, "keys") else getattr(root, step, None)
            return root

        both = set(paths(scenario)) & set(paths(other))
        leaves = {path for path in both if not any(q.startswith(path + ".") for q in both)}
        return {path for path in leaves if at(scenario, path) != at(other, path)}

    assert changed("perfect_documentation") == {
        "documentation.failure_share",
        "documentation.not_claimable_share",
    }
    assert changed("no_attrition") == {
        "panel.death_per_month_share",
        "panel.opt_out_per_month_share",
    }
    assert all(path.startswith("documentation.") for path in changed("lossless_capture"))
    assert len(changed("lossless_capture")) == 5
    assert {path.split(".")[0] for path in changed("unlimited_staff")} == {
        "staff",
        "operations",
        "contact",
    }
    assert changed("no_disruptions") == {"disruptions"}
    assert all(each.description for each in ideal.IDEALS.values())


def test_ideals_of_a_scenario_name_its_disruptions() -> None:
    scenario = ccmsim.load("informal_200")
    ideals = ideal.ideals_of(scenario)
    for name, entry in scenario.disruptions.items():
        assert entry.kind in ideals[f"no_{name}"].description
        assert name not in ideals[f"no_{name}"].apply(scenario).disruptions
    assert set(ideal.IDEALS) < set(ideals)


def test_where_everybody_is_reached_every_call_is_answered() -> None:
    scenario = ideal.always_reached(ideal.no_hospital(ccmsim.load("two_nurses")))
    values = ccmsim.simulate(scenario, months=2, replications=3).values
    assert (values["attempts"] > 0).all()
    assert (values["answered"] == values["attempts"]).all()


def test_without_a_tail_nothing_rare_happens() -> None:
    scenario = ccmsim.load("solo_nurse").but(
        {
            "tail.batch_missed_share": 0.5,
            "tail.biller_away_per_year": 2.0,
            "tail.audits_per_year": 1.0,
            "tail.practitioner_leaves_per_year": 1.0,
            "disruptions.new_system": {"kind": "migration", "per_year": 1.0},
        }
    )
    assert ideal.no_tail(scenario) == ccmsim.load("solo_nurse")


def test_attrition_keeps_the_practices_own_rule() -> None:
    scenario = ccmsim.load("solo_nurse").but({"panel.disenroll_after_months_without_contact": 4})
    assert ideal.no_attrition(scenario).panel.disenroll_after_months_without_contact == 4


def test_unlimited_staff_of_several_groups() -> None:
    early = {"hours_per_week": None, "shifts": {"monday": ["08:00-10:00"]}}
    late = {"hours_per_week": None, "shifts": {"friday": ["13:00-17:00"]}, "coordinators": 2}
    scenario = ccmsim.load("solo_nurse").but(
        {
            "staff.nurse": None,
            "staff.early": {**early, "desk_productive_share": 1.0},
            "staff.late": {**late, "desk_productive_share": 1.0},
        }
    )
    found = ideal.unlimited_staff(scenario)
    assert {group.coordinators for group in found.staff.values()} == {100}
    assert set(found.staff) == {"early", "late"}
    # 120 minutes in the morning, twice 240 in the afternoon
    contact = scenario.contact
    expected = (120 * contact.morning_factor + 480 * contact.afternoon_factor) / 600
    assert found.contact.morning_factor == pytest.approx(expected)
    assert found.contact.afternoon_factor == found.contact.morning_factor
    assert found.operations.assignment == "pooled"
    assert found.operations.cover is None


def test_ceiling_of_extreme_scenarios() -> None:
    spells = [{"seat": 1, "start": "2026-01-05", "days": 3}]
    scenario = ccmsim.load("two_nurses").but(
        {
            "panel.enrolled_at_start": 1,
            "staff.nurses.hours_per_week": 0.0,
            "disruptions.log": {"kind": "recorded", "spells": spells},
        }
    )
    found = ideal.ceiling(scenario)
    assert found.staff["nurses"].coordinators == 2
    assert found.contact.morning_factor == scenario.contact.morning_factor
    assert not found.disruptions
