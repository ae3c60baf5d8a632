"""The staffing curve: rises with hours, paired worth, a service surely met, views, errors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim import ideal
from ccmsim.analyses.curve import NUMBERS, StaffingCurve, staffing_curve
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import paired_difference

SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 30})
SETTINGS: dict[str, Any] = {"months": 4, "replications": 60, "seed": 3}


@pytest.fixture(scope="module")
def found() -> StaffingCurve:
    return staffing_curve(SMALL, hours=[16, 2, 6], share=0.5, months_share=0.6, **SETTINGS)


def at(hours: float) -> ccmsim.Scenario:
    (name,) = SMALL.staff
    return SMALL.but({f"staff.{name}.hours_per_week": hours})


def test_each_point_is_a_simulation_of_its_own(found: StaffingCurve) -> None:
    assert [point.hours for point in found.curve] == [2.0, 6.0, 16.0]
    for point in found.curve:
        plain = ccmsim.simulate(at(point.hours), **SETTINGS).values
        shares = plain["billable_patients"] / np.maximum(plain["enrolled_patients"], 1)
        assert point.points.value == pytest.approx(100.0 * shares.mean())
        assert point.months_met.value == pytest.approx((shares >= 0.5).mean())
        assert point.measure.value == pytest.approx(plain["net_usd"].sum(axis=1).mean())
        calm = ccmsim.simulate(ideal.no_disruptions(at(point.hours)), **SETTINGS).values
        assert point.undisturbed.value == pytest.approx(
            100.0 * (calm["billable_patients"] / calm["enrolled_patients"]).mean()
        )


def test_the_worth_of_an_hour_is_paired(found: StaffingCurve) -> None:
    less, more = (
        ccmsim.simulate(at(hours), **SETTINGS).values["net_usd"].sum(axis=1) for hours in (2, 6)
    )
    expected = paired_difference(more, less)
    worth = found.curve[1].worth_of_an_hour
    assert found.curve[0].worth_of_an_hour is None
    assert worth is not None
    assert worth.value == pytest.approx(expected.value / 4.0)
    assert worth.half_width == pytest.approx(expected.half_width / 4.0)


def test_hours_bring_billed_months_and_absence_takes_them(found: StaffingCurve) -> None:
    shares = [point.points.value for point in found.curve]
    assert shares == sorted(shares)
    assert all(point.undisturbed.value > point.points.value for point in found.curve)


def test_the_wanted_service_must_be_sure(found: StaffingCurve) -> None:
    met = {point.hours: point.months_met for point in found.curve}
    needed = found.hours_needed
    assert needed is not None
    assert met[needed].low >= 0.6
    assert all(number.low < 0.6 for hours, number in met.items() if hours < needed)
    assert met[2.0].level == pytest.approx(1.0 - 0.05 / 3.0)
    assert found.patients_per_full_time(20.0) == pytest.approx(2.0 * found.patients)


def test_views_agree(found: StaffingCurve) -> None:
    rows, document = found.table(), json.loads(found.to_json())
    for point, plain in zip(found.curve, document["curve"], strict=True):
        for name in NUMBERS:
            if plain[name] is not None:
                assert rows.loc[(point.hours, name), "value"] == plain[name]["value"]
    assert document["hours_needed"] == found.hours_needed
    words = " ".join(str(found).split())
    assert f"{found.best_hours:g} hours each" in words
    assert "patients per full-time equivalent" in words
    above, below = found.plot().axes
    assert above.get_ylabel() == "billable share, %"
    assert above.get_title(loc="left").endswith("; bands: 95 % intervals")
    assert below.get_xlabel() == "protected hours a week of each coordinator"


def test_what_is_not_reached_is_said() -> None:
    found = staffing_curve(SMALL, hours=[1, 2], months=2, replications=20)
    assert found.hours_needed is None
    assert "None of these amounts surely gives 80 % billed in 90 % of the months" in str(found)


def test_the_usual_hours_lie_around_the_present_ones() -> None:
    found = staffing_curve(SMALL, months=1, replications=5)
    own = next(iter(SMALL.staff.values())).hours_per_week
    assert own in [point.hours for point in found.curve]
    assert len(found.curve) == 6


def test_the_hours_of_one_group_of_several_are_changed() -> None:
    sites = ccmsim.load("multi_site")
    found = staffing_curve(sites, group="west", hours=[4, 16], months=1, replications=5)
    less = sites.but({"staff.west.hours_per_week": 4.0})
    ran = ccmsim.simulate(less, months=1, replications=5).values["net_usd"].sum(axis=1)
    assert found.group == "west"
    # the others' hours serve the practice's patients, too
    others = sum(
        group.coordinators * (group.hours_per_week or 0.0)
        for name, group in sites.staff.items()
        if name != "west"
    )
    assert found.other_hours == others > 0.0
    per_full_time = 40.0 * found.patients / (others + 16.0 * sites.staff["west"].coordinators)
    assert found.patients_per_full_time(16.0) == pytest.approx(per_full_time)
    assert json.loads(found.to_json())["other_hours"] == others
    assert found.curve[0].measure.value == pytest.approx(ran.mean())


@pytest.mark.parametrize(("arguments", "message"), [
    ({"group": "west"}, "group: is not a staff group"),
    ({"hours": [8]}, "hours: must be two different amounts or more"),
    ({"hours": [8, 400]}, "hours_per_week"),
    ({"hours": [8, "16"]}, "hours: must be a number"),
    ({"hours": 16}, "hours: must be several values"),
    ({"share": "most"}, "share: must lie between 0 and 1"),
    ({"level": "high"}, "level: must lie between 0 and 1"),
    ({"share": 1.0}, "share: must lie between 0 and 1"),
    ({"months_share": 0.0}, "months_share: must lie between 0 and 1"),
    ({"measure": "visits"}, "measure: is not known"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        staffing_curve(SMALL, months=1, replications=5, **arguments)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["staffing-curve", "solo_nurse", "--months", "1", "--replications", "20"]
    found = staffing_curve(ccmsim.load("solo_nurse"), hours=[8, 16], months=1, replications=20)
    run = CliRunner().invoke
    line += ["--hours", "8,16", "--group", "nurse"]
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["curve"] == found.as_dict()["curve"]
    done = run(app, [*line, "--share", "2"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "share" in done.stderr
