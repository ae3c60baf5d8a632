"""Attribution: waiting days by hand, parts that add up, what is taken away, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.quiet import by_hand, two_days_a_week
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.attribution import OBSTACLES, attribution, met_points
from ccmsim.cli import app
from ccmsim.engine.ledger import PATIENT_MONTH
from ccmsim.engine.obstacles import obstacles_of
from ccmsim.errors import InputError
from ccmsim.estimation.rare import allowing_difference, surely_seen
from ccmsim.measures import billable_points
from ccmsim.scenario.disruptions import CAUSES

QUICK: dict[str, Any] = {"months": 2, "replications": 20, "seed": 3}


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_waiting_days_of_the_worked_example(engine: Any) -> None:
    """The nurse is away on business days 2 and 3, has 16 minutes a day; see the page."""
    results = ccmsim.simulate(
        by_hand(), months=1, replications=1, seed=38, engine=engine, keep="obstacles"
    )
    values = {name: array[0, :, 0] for name, array in results.values.items() if "patient_" in name}
    assert values["patient_days"].tolist() == [20, 20, 20]
    assert values["patient_waiting_days"].tolist() == [2, 2, 4]
    assert values["patient_backlog_minutes"].tolist() == [0.0, 0.0, 48.0]
    lost = values["patient_off_duty_minutes"]
    assert lost[:, CAUSES.index("sick_spells")].tolist() == [32.0, 32.0, 16.0]
    assert lost.sum() == 80.0


def test_the_worked_example_falls_on_its_days() -> None:
    """Only patient 0 is missed: two of twenty days are sickness, the rest is the pursuit."""
    found = met_points(
        ccmsim.simulate(by_hand(), months=1, replications=1, seed=38, keep="obstacles")
    )
    third = 100.0 / 3.0
    assert found["sickness"][0] == pytest.approx(0.1 * third)
    assert found["pursued"][0] == pytest.approx(0.9 * third)
    assert sum(float(points[0]) for points in found.values()) == pytest.approx(third)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_each_waiting_day_is_split_by_its_own_minutes(engine: Any) -> None:
    """Three wait on Friday and Monday; two until Friday 9, of which Tuesday is half of each."""
    results = ccmsim.simulate(
        two_days_a_week(), months=1, replications=1, engine=engine, keep="obstacles"
    )
    values = {name: array[0, :, 0] for name, array in results.values.items() if "patient_" in name}
    assert values["patient_days"].tolist() == [20] * 5
    assert sorted(values["patient_waiting_days"].tolist()) == [2, 2, 2, 6, 6]
    assert sorted(values["patient_no_shift_days"].tolist()) == [1, 1, 1, 4, 4]
    lost = values["patient_off_duty_days"]
    assert lost[:, CAUSES.index("sick_spells")].tolist() == [1.0] * 5
    assert sorted(lost[:, CAUSES.index("floor_cover")].tolist()) == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert sorted(values["patient_backlog_days"].tolist()) == [0.0, 0.0, 0.0, 0.5, 0.5]
    met = {name: float(points[0]) for name, points in met_points(results).items()}
    by_hand = {"no_shift": 11, "sickness": 5, "floor_cover": 1, "backlog": 1, "pursued": 82}
    assert {name: points for name, points in met.items() if points} == pytest.approx(by_hand)


def test_days_without_a_shift_are_told() -> None:
    found = attribution(two_days_a_week(), months=1, replications=2)
    (row,) = [each for each in found.obstacles if each.name == "no_shift"]
    assert row.met.value == pytest.approx(11.0)
    assert row.regained is None
    assert OBSTACLES["no_shift"] in str(found)


def test_a_pool_has_the_minutes_of_all_its_seats() -> None:
    """One seat of two has no shift: the day is the other's. Where neither has one, it is nobody's.

    Seat 0 is on duty for 30 minutes of day 0; seat 1 loses 90 of day 0.
    """
    row = np.zeros(1, PATIENT_MONTH)
    row["waiting"] = 0b11
    lost = np.zeros((2, 2, 8))
    lost[1, 0, 3] = 90.0
    on_duty, firsts = np.array([[30.0, 0.0], [0.0, 0.0]]), np.array([0, 2])
    pool = obstacles_of(row, on_duty, lost, firsts, 2, pooled=True)
    assert (pool.no_shift_days.item(), pool.backlog_days.item()) == (1, 0.25)
    assert pool.off_duty_days[0, 3] == 0.75
    own = obstacles_of(row, on_duty, lost, firsts, 2, pooled=False)
    assert (own.no_shift_days.item(), own.backlog_days.item()) == (1, 1.0)
    assert not own.off_duty_days.any()


@pytest.mark.parametrize("assignment", ["owned", "owned_with_backup", "pooled"])
def test_parts_add_up_to_what_is_missed(assignment: str) -> None:
    scenario = ccmsim.load("two_nurses").but(
        {"panel.enrolled_at_start": 80, "operations.assignment": assignment}
    )
    results = ccmsim.simulate(scenario, months=3, replications=5, seed=2, keep="obstacles")
    met = met_points(results)
    assert set(met) == set(OBSTACLES)
    assert all((points >= -1e-12).all() for points in met.values())
    values = results.values
    billable, enrolled = values["billable_patients"].sum(1), values["enrolled_patients"].sum(1)
    missed = 100.0 * (enrolled - billable) / enrolled
    np.testing.assert_allclose(sum(met.values()), missed, atol=1e-9)
    waiting, days = values["patient_waiting_days"], values["patient_days"]
    assert (waiting <= days).all()
    parts = values["patient_off_duty_days"].sum(-1) + values["patient_backlog_days"]
    here = waiting >= 0
    np.testing.assert_allclose((parts + values["patient_no_shift_days"])[here], waiting[here])


def test_who_never_waits_is_busy_with_nobody() -> None:
    """A nurse with one patient and hours to spare: nothing is met but the pursuit."""
    calm = ccmsim.load("perfect").but(
        {"panel.enrolled_at_start": 1, "contact.answer_probability": 0.0}
    )
    results = ccmsim.simulate(calm, months=2, replications=2, keep="obstacles")
    met = met_points(results)
    assert met["pursued"].tolist() == [100.0, 100.0]
    assert not results.values["patient_waiting_days"].any()


def test_both_views_of_what_can_be_taken_away() -> None:
    scenario = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 60})
    found = attribution(scenario, **QUICK)
    names = [each.name for each in found.obstacles]
    assert names == [name for name in OBSTACLES if name in names]
    by_name = {each.name: each for each in found.obstacles}
    assert by_name["backlog"].regained is None
    assert by_name["backlog"].apart is None
    base = ccmsim.simulate(scenario, keep="months", **QUICK)
    changed = ccmsim.ideal.without(scenario, "sick", "outbreak")
    without = ccmsim.simulate(changed, keep="months", **QUICK)

    def share(results: ccmsim.Results) -> Any:
        values = results.values
        return values["billable_patients"].sum(1) / values["enrolled_patients"].sum(1)

    sickness = by_name["sickness"]
    assert sickness.regained is not None
    assert sickness.apart is not None
    gain = 100.0 * float((share(without) - share(base)).mean())
    assert sickness.regained.value == pytest.approx(gain)
    assert sickness.apart.value == pytest.approx(gain - sickness.met.value)
    assert sum(each.met.value for each in found.obstacles) == pytest.approx(found.missed.value)


def test_differences_hold_at_once() -> None:
    """Seven disruptions and three statuses: each difference has its share of the error."""
    found = attribution(ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 60}), **QUICK)
    apart = [each.apart for each in found.obstacles if each.apart is not None]
    many = len(apart)
    assert many > 5
    for each in apart:
        assert each.level == 0.95
        assert each.method.endswith(f"; {many} at once (Bonferroni)")
    assert f"the intervals of all {many} hold at once" in str(found)
    scenario = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 60})
    base = ccmsim.simulate(scenario, keep="obstacles", **QUICK)
    changed = ccmsim.simulate(ccmsim.ideal.without(scenario, "sick", "outbreak"), **QUICK)
    gain = billable_points(changed.values) - billable_points(base.values)
    met = met_points(base)["sickness"]
    one = allowing_difference(gain, met, most=100.0, level=1.0 - 0.05 / many)
    (sickness,) = [each.apart for each in found.obstacles if each.name == "sickness"]
    assert sickness is not None
    assert (sickness.low, sickness.high) == pytest.approx((one.low, one.high))


def test_nobody_enrolled_is_a_clear_answer() -> None:
    gone = {"panel.enrolled_at_start": 1, "panel.death_per_month_share": 1.0}
    gone |= {"panel.replace_leavers": False}
    scenario = ccmsim.load("solo_nurse").but(gone)
    found = attribution(scenario, months=2, warmup_months=2, replications=3)
    assert found.obstacles == ()
    assert found.missed.value == found.patient_months.value == 0.0
    assert str(found).endswith("Nobody is enrolled in these months: none can be missed.")
    assert json.loads(found.to_json())["missed"]["value"] == 0.0
    assert found.table().index.tolist() == [("missed", "met")]
    found.plot().draw_without_rendering()


def test_views_agree() -> None:
    found = attribution(ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 30}), **QUICK)
    document = json.loads(found.to_json())
    table = found.table()
    assert document["missed"]["value"] == table.loc[("missed", "met"), "value"]
    for each in document["obstacles"]:
        assert each["label"] in str(found)
        assert each["met"]["value"] == table.loc[(each["name"], "met"), "value"]
    labels = [label.get_text() for label in found.plot().axes[0].get_yticklabels()]
    assert labels == [each.label for each in found.obstacles]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"replications": 1}, "replications: must be at least 2"),
        ({"months": 0}, "months"),
        ({"level": 0.0}, "level: must lie between 0 and 1"),
    ],
)
def test_impossible_settings(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        attribution(ccmsim.load("perfect"), **(QUICK | changes))


def test_what_may_be_kept() -> None:
    with pytest.raises(InputError, match=r'keep: is not known.*"obstacles"'):
        ccmsim.simulate(ccmsim.load("perfect"), keep="all", replications=1)  # type: ignore[arg-type]


def test_obstacles_are_saved_and_labelled(tmp_path: Path) -> None:
    small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 5})
    results = ccmsim.simulate(small, months=1, replications=2, keep="obstacles")
    results.save(tmp_path / "r.nc")
    data = ccmsim.open_results(tmp_path / "r.nc").data
    assert data.patient_off_duty_minutes.dims == ("replication", "patient", "month", "cause")
    assert data.identical(results.data)


def test_the_command() -> None:
    arguments = ["attribution", "solo_nurse", "--months", "1", "--replications", "5", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["command"] == "attribution"
    refused = CliRunner().invoke(app, ["attribution", "solo_nurse", "--replications", "0"])
    assert refused.exit_code == 2


def test_what_never_stood_in_the_way_may_still() -> None:
    """An outage that never came: no number of it is a certain 0, and a gain has bounds."""
    scenario = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 20, "disruptions.outage.per_year": 1e-9}
    )
    found = attribution(scenario, **QUICK)
    (outage,) = (each for each in found.obstacles if each.name == "outage")
    line = next(line for line in str(found).splitlines() if line.startswith(outage.label))
    assert line.count("0 (none seen)") == 1  # what was met
    assert outage.regained is not None
    assert outage.apart is not None
    assert (outage.regained.value, outage.apart.value) == (0.0, 0.0)
    assert outage.regained.high == pytest.approx(100.0 * surely_seen(20, 0.975))
    many = sum(each.apart is not None for each in found.obstacles)
    assert outage.apart.high == pytest.approx(100.0 * surely_seen(20, 1.0 - 0.025 / many))
    assert outage.regained.method == "0 of 20 differ from the usual: bounds by their share"
