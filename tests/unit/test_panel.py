"""How many patients: break-even and service beside plain simulations, views, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.panel import NUMBERS, PanelSizes, panel_size
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.measures import billable_shares

LONE = ccmsim.load("solo_nurse")
SETTINGS: dict[str, Any] = {"months": 3, "replications": 24, "seed": 4}
QUICK: dict[str, Any] = {"months": 1, "replications": 5}
WANTED: dict[str, Any] = {"share": 0.5, "months_share": 0.75}


@pytest.fixture(scope="module")
def found() -> PanelSizes:
    return panel_size(LONE, patients=[200, 10, 60], **WANTED, **SETTINGS)


def ran(patients: float) -> Any:
    return ccmsim.simulate(LONE.but({"panel.enrolled_at_start": int(patients)}), **SETTINGS)


def met(patients: float) -> float:
    """Return the share of months with the wanted service."""
    return float((billable_shares(ran(patients)) >= 0.5).mean())


def test_the_largest_panel_is_the_last_with_the_wanted_service(found: PanelSizes) -> None:
    assert [point.patients for point in found.points] == [10, 60, 200]
    most = found.largest
    assert most is not None
    assert met(most.value) >= 0.75 - 1e-9
    assert met(most.value + 1) < 0.75 - 1e-9
    assert most.low <= most.value <= most.high
    assert not found.always


def test_the_break_even_is_the_first_that_pays(found: PanelSizes) -> None:
    even = found.break_even
    assert even is not None
    nets = [
        float(ran(n).values["net_usd"].sum(axis=1).mean()) for n in (even.value - 1, even.value)
    ]
    assert nets[0] < 0.0 <= nets[1]
    assert found.per_coordinator(even.value) == even.value
    assert found.per_full_time(20.0) == 50.0  # 16 of 40 hours


def test_coordinators_and_hours_are_those_of_all_groups() -> None:
    more = LONE.but({"staff.other": {"hours_per_week": 8.0, "coordinators": 2}})
    wide = panel_size(more, patients=[10, 20], months=1, replications=2)
    assert (wide.coordinators, wide.full_time) == (3, 0.8)


def test_what_is_always_or_never_served_is_said() -> None:
    easy = panel_size(LONE, patients=[5, 6], share=0.05, months_share=0.5, **SETTINGS)
    assert easy.always
    assert "at the most patients that were tried, too" in str(easy)
    never = panel_size(LONE, patients=[150, 200], share=0.95, **SETTINGS)
    assert never.largest is None
    assert "None of these panels has 95 % billed in 90 % of the months." in str(never)
    assert "has one sign, or falls" in str(never)


def test_the_usual_panels_lie_around_the_present_one() -> None:
    usual = panel_size(LONE, months=1, replications=2)
    assert [point.patients for point in usual.points][5] == LONE.panel.enrolled_at_start
    assert len(usual.points) == 9


def test_views_agree(found: PanelSizes) -> None:
    rows, document = found.table(), json.loads(found.to_json())
    for point, plain in zip(found.points, document["points"], strict=True):
        for name in NUMBERS:
            assert rows.loc[(point.patients, name), "value"] == plain[name]["value"]
    assert found.largest is not None
    assert document["largest"]["value"] == found.largest.value
    words = " ".join(str(found).split())
    assert f"up to {found.largest.value:g} patients" in words
    above, below = found.plot().axes
    assert above.get_ylabel() == "months with 50 % billed, %"
    assert above.get_title(loc="left").endswith("; bands: 95 % intervals")
    assert below.get_xlabel() == "patients enrolled (dotted: today)"


@pytest.mark.parametrize(("arguments", "message"), [
    ({"patients": [50]}, "patients: must be two numbers or more"),
    ({"patients": [0, 50]}, "patients: must be at least 1"),
    ({"patients": [50, 99.5]}, "patients: must be a whole number"),
    ({"patients": 50}, "patients: must be several values"),
    ({"share": 1.0}, "share: must lie between 0 and 1"),
    ({"months_share": 0.0}, "months_share: must lie between 0 and 1"),
    ({"replications": 1}, "replications: must be at least 2"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        panel_size(LONE, **(QUICK | arguments))


def test_a_panel_that_enrolls_over_time_cannot_be_varied() -> None:
    with pytest.raises(InputError, match=r"panel\.enrolled_at_start: cannot be varied"):
        panel_size(ccmsim.load("growth_100"), months=1)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["staffing-panel", "solo_nurse", "--months", "1", "--replications", "20"]
    line += ["--patients", "20,100"]
    found = panel_size(LONE, patients=[20, 100], months=1, replications=20)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["points"] == found.as_dict()["points"]
    done = run(app, [*line, "--share", "2"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "share: must lie between 0 and 1" in done.stderr
    done = run(app, ["staffing-panel", "solo_nurse", "--patients", "few"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "--patients: is not a list of numbers" in done.stderr
