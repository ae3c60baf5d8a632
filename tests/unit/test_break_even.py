"""Break-even against arithmetic where nothing is random, and what is said without one."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.break_even import break_even
from ccmsim.cli import app
from ccmsim.errors import InputError

PERFECT = ccmsim.load("perfect")
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 60})


def test_perfect_practice_breaks_even_at_fixed_cost_over_margin() -> None:
    """To one patient: staff cost ÷ (paid − what a claim and a patient cost)."""
    fixed_staff = PERFECT.but({"finance.overtime_factor": 0.0})
    found = break_even(fixed_staff, replications=2)
    values = ccmsim.simulate(fixed_staff, months=12, replications=1).values
    fixed = values["staff_cost_usd"].sum()
    margin = (values["finally_paid_usd"] - values["other_cost_usd"]).sum() / 75
    (crossing,) = found.crossings
    assert crossing.value == math.ceil(fixed / margin)
    assert crossing.rising
    assert crossing.low == crossing.value == crossing.high  # nothing is random


def test_perfect_practice_can_have_too_many_hours() -> None:
    found = break_even(PERFECT, "hours", months=1, replications=2)
    (many,) = found.crossings
    assert not many.rising
    assert found.present == 10.0 < many.value
    for hours, positive in ((many.value, True), (many.value + 0.25, False)):
        changed = PERFECT.but({"staff.coordinator.hours_per_week": hours})
        net = ccmsim.simulate(changed, months=1, replications=2).values["net_usd"].mean()
        assert (net >= 0.0) == positive


def test_each_of_several_crossings_keeps_to_its_own_side() -> None:
    """Too few patients don't pay for staff; too many make it work overtime."""
    found = break_even(ccmsim.load("two_nurses"), months=12, replications=10, seed=7)
    assert len(found.crossings) > 1
    rising = [crossing.rising for crossing in found.crossings]
    assert rising[:2] == [True, False]
    for lower, upper in itertools.pairwise(found.crossings):
        assert lower.value < upper.low or math.isinf(upper.low)
        assert upper.value > lower.high or math.isinf(lower.high)


def test_limits_of_the_interval_are_where_those_of_the_net_cross() -> None:
    found = break_even(SMALL, months=3, replications=20, seed=7)
    (crossing,) = [each for each in found.crossings if each.rising]
    assert crossing.low < crossing.value < crossing.high

    def net(patients: float) -> ccmsim.Estimate:
        changed = SMALL.but({"panel.enrolled_at_start": int(patients)})
        totals = ccmsim.simulate(changed, months=3, replications=20, seed=7).values["net_usd"]
        return ccmsim.estimation.mean(totals.sum(axis=1))

    assert net(crossing.low).high >= 0.0 > net(crossing.low - 1).high
    assert net(crossing.value).value >= 0.0 > net(crossing.value - 1).value
    assert net(crossing.high).low >= 0.0 > net(crossing.high - 1).low


def test_without_a_crossing_it_says_so() -> None:
    dear = PERFECT.but({"finance.software_usd_per_patient_month": 100.0})
    found = break_even(dear, months=1, replications=2)
    assert found.crossings == ()
    assert str(found).endswith(
        "; no break-even seen:\nthe mean net is negative at all 13 values from 1 to 750"
    )
    unsure = replace(found.nets[3], low=-1.0, high=1.0)
    doubtful = replace(found, nets=(*found.nets[:3], unsure, *found.nets[4:]))
    assert str(doubtful).endswith(f"\nit may have the other sign at {found.values[3]:,g}")


def test_views_agree() -> None:
    found = break_even(PERFECT, months=1, replications=2)
    document = json.loads(found.to_json())
    assert document["crossings"] == [{"value": 26.0, "low": 26.0, "high": 26.0, "rising": True}]
    assert [row["patients"] for row in document["nets"]] == found.table().index.to_list()
    assert "from 26 enrolled patients (26 to 26) the mean net is not negative" in str(found)
    assert found.plot().axes[0].get_xlabel() == "enrolled patients"


@pytest.mark.parametrize(("arguments", "message"), [
    ({"of": "wages"}, "of: cannot be varied (got 'wages'); valid: patients or hours"),
    ({"replications": 1}, "replications: must be at least 2 for an interval (got 1)"),
    ({"level": 1.0}, "level: must lie between 0 and 1, both excluded (got 1.0)"),
])  # fmt: skip
def test_refusals(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        break_even(PERFECT, **arguments)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_hours_must_be_one_number() -> None:
    shifts = {"staff.coordinator": {"shifts": {"monday": ["09:00-12:00"]}}}
    with pytest.raises(InputError, match="staff: must all have the same hours_per_week here"):
        break_even(PERFECT.but(shifts), "hours")


STEADY = {"panel.medicare": None, "enrollment": None, "panel.replace_leavers": True}
ENROLLING = [name for name in ccmsim.presets() if ccmsim.load(name).panel.medicare is not None]


@pytest.mark.parametrize("name", ENROLLING)
def test_a_panel_that_enrolls_is_refused_and_the_error_says_what_to_do(name: str) -> None:
    practice = ccmsim.load(name)
    with pytest.raises(InputError) as caught:
        break_even(practice, months=1, replications=2)
    message = str(caught.value)
    assert "panel.enrolled_at_start: cannot be varied beside panel.medicare" in message
    for change in ("panel.medicare=none", "enrollment=none", "panel.replace_leavers=true"):
        assert change in message
    found = break_even(practice.but(STEADY), months=1, replications=2)
    assert found.present == practice.panel.enrolled_at_start
    assert found.values[-1] == 10 * found.present


def test_the_command_takes_the_changes_that_the_error_names() -> None:
    settings = ["--months", "1", "--replications", "2"]
    line = ["break-even", "early_25", *settings]
    refused = CliRunner().invoke(app, line, prog_name="ccmsim")
    assert refused.exit_code == 2
    told = " ".join(refused.stderr.split()).partition("keeps its size: ")[2]
    changes = told.replace(" and ", ", ").split(", ")
    assert len(changes) == 3
    given = [word for change in changes for word in ("--set", change)]
    done = CliRunner().invoke(app, [*line, *given], prog_name="ccmsim")
    found = break_even(ccmsim.load("early_25").but(STEADY), months=1, replications=2)
    assert (done.exit_code, done.stdout) == (0, f"{found}\n")


def command(*words: str) -> Any:
    line = ["break-even", "perfect", "--months", "1", "--replications", "2", *words]
    return CliRunner().invoke(app, line, prog_name="ccmsim")


def test_the_command_prints_what_the_function_returns() -> None:
    found = break_even(PERFECT, "hours", months=1, replications=2)
    assert command("--of", "hours").stdout == f"{found}\n"
    document = json.loads(command("--of", "hours", "--json").stdout)
    assert document["crossings"] == found.as_dict()["crossings"]
    assert document["command"] == "break-even"
    done = command("--of", "wages")
    assert done.exit_code == 2
    assert "of: cannot be varied" in done.stderr
