"""Attribution: waiting days by hand, parts that add up, what is taken away, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.quiet import by_hand
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.attribution import OBSTACLES, attribution, met_points
from ccmsim.cli import app
from ccmsim.errors import InputError
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
