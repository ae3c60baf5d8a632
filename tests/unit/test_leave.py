"""The leave planner: paired costs, a simultaneous statement, help and dates, views, errors."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim import ideal
from ccmsim.analyses.leave import leave_plan
from ccmsim.analyses.leave_dates import with_leave
from ccmsim.analyses.leave_plan import LeavePlan
from ccmsim.calendar import federal_holidays
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import paired_difference
from ccmsim.scenario.disruptions import Recorded

TEAM = ideal.without(
    ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 120}), "turnover", "extended_leave"
)
WINDOW = (date(2026, 2, 1), date(2026, 3, 10))
SETTINGS: dict[str, Any] = {"months": 3, "replications": 12, "seed": 3, "warmup_months": 0}
LONGER = SETTINGS | {"months": 4}


@pytest.fixture(scope="module")
def found() -> LeavePlan:
    return leave_plan(TEAM, days=5, window=WINDOW, **SETTINGS)


def net(scenario: ccmsim.Scenario, **changed: Any) -> Any:
    return ccmsim.simulate(scenario, **(LONGER | changed)).values["net_usd"]


def test_a_leave_begins_on_the_first_business_day_of_each_week(found: LeavePlan) -> None:
    assert [(each.start.isoformat(), each.end.isoformat()) for each in found.starts] == [
        ("2026-02-02", "2026-02-06"), ("2026-02-09", "2026-02-13"), ("2026-02-17", "2026-02-23"),
        ("2026-02-23", "2026-02-27"), ("2026-03-02", "2026-03-06"), ("2026-03-09", "2026-03-13"),
    ]  # fmt: skip


def test_the_cost_is_what_the_same_months_have_less(found: LeavePlan) -> None:
    usual, away = net(TEAM), net(with_leave(TEAM, date(2026, 2, 17), days=5))
    expected = paired_difference(usual.sum(axis=1), away.sum(axis=1))
    cost = found.starts[2].cost
    assert cost.value == pytest.approx(expected.value)
    assert cost.half_width == pytest.approx(expected.half_width)
    assert (usual[:, 0] == away[:, 0]).all()  # nothing moves before the leave


def test_the_best_is_among_those_not_surely_dearer(found: LeavePlan) -> None:
    assert found.best in found.not_surely_dearer
    assert not found.best.surely_dearer
    lowest = sorted(each.cost.value for each in found.starts)
    assert found.best.to_best.value == pytest.approx(lowest[0] - lowest[1])
    for each in found.starts:
        assert each.to_best.low <= each.to_best.value <= each.to_best.high or each is found.best


def test_without_chance_the_leave_loses_what_its_months_have_no_time_for() -> None:
    """A service takes 26 minutes, and one that has begun ends: so many a day, 75 a month."""
    perfect = ccmsim.load("perfect")
    a_day = math.ceil(120.0 / 26.0)
    for days in (2, 10):
        plan = leave_plan(perfect, days=days, **(SETTINGS | {"replications": 2}))
        for each in plan.starts:
            lost = 0
            for month in (1, 2, 3):
                open_days = business_days(month)
                here = [day for day in open_days if not each.start <= day <= each.end]
                lost += max(0, 75 - a_day * len(here))
            assert each.patient_months.value == lost
        least = min(each.patient_months.value for each in plan.starts)
        cheap = [each for each in plan.starts if each.patient_months.value == least]
        assert cheap == list(plan.not_surely_dearer)


def business_days(month: int) -> list[date]:
    dates = np.arange(f"2026-{month:02d}", f"2026-{month + 1:02d}", dtype="datetime64[D]")
    return [
        day
        for day in dates.astype(object).tolist()
        if day.weekday() < 5 and day not in federal_holidays(2026)
    ]


def test_long_absences_are_left_out_unless_wanted() -> None:
    whole = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 120})
    settings = SETTINGS | {"months": 1, "replications": 2}
    plans = [
        leave_plan(whole, days=5, long_absences=wanted, **settings) for wanted in (False, True)
    ]
    same = leave_plan(TEAM, days=5, long_absences=True, **settings)
    assert plans[0].starts == same.starts
    assert "nobody quits" in str(plans[0])
    assert "nobody quits" not in str(plans[1])


def test_help_is_judged_by_the_leave_alone(found: LeavePlan) -> None:
    ways = {way.name: way for way in found.help}
    assert list(ways) == ["as today", "nobody helps", "a substitute"]
    start, changes = found.best.start, dict(ways["a substitute"].changes)
    helped = TEAM.but(changes)
    today, covered = (
        net(one, seed=4).sum(axis=1) - net(with_leave(one, start, days=5), seed=4).sum(axis=1)
        for one in (TEAM, helped)
    )
    saves = ways["a substitute"].saves
    assert saves is not None
    assert saves.value == pytest.approx((today - covered).mean())
    assert ways["as today"].pays is None
    dear = leave_plan(
        TEAM, days=5, window=WINDOW, cover={"hours_per_week": 16, "wage_usd_per_hour": 900.0},
        **SETTINGS,
    )  # fmt: skip
    assert {way.name: way.pays for way in dear.help}["a substitute"] is False


def test_pulled_forward_is_of_the_leaves_months_only(found: LeavePlan) -> None:
    assert found.leave_months == (f"{found.best.start:%Y-%m}",)
    month = found.best.start.month - 1
    work = {each.name: each for each in found.pulled_forward}["first calls late in the month"]
    late = TEAM.but({"contact.outreach_pattern": "back_loaded"})
    for number, away in ((work.gain, True), (work.without_leave, False)):
        today, moved = (
            net(with_leave(one, found.best.start, days=5) if away else one, seed=4)[:, month]
            for one in (TEAM, late)
        )
        assert number.value == pytest.approx((moved - today).mean())
    assert work.gain.high < 0.0


def test_who_is_on_leave() -> None:
    two = ccmsim.load("multi_site").but({"enrollment": None, "panel.medicare": None})
    names = [name for name, _ in two.seats()]
    other = next(name for name in names if name != names[0])
    plan = leave_plan(
        two, group=other, days=10, window=(date(2026, 1, 5), date(2026, 1, 12)), months=2,
        replications=2, warmup_months=0,
    )  # fmt: skip
    assert plan.group == other
    away = with_leave(two, date(2026, 1, 5), days=10, seat=names.index(other))
    entry = away.disruptions["leave_planner"]
    assert isinstance(entry, Recorded)
    assert entry.spells[0].seat == names.index(other)
    assert "leave_planner_" in with_leave(away, date(2026, 2, 2), days=1).disruptions


def test_views_agree(found: LeavePlan) -> None:
    rows, document, page = found.table(), json.loads(found.to_json()), str(found)
    for each, plain in zip(found.starts, document["starts"], strict=True):
        name = each.start.isoformat()
        assert rows.loc[("cost", name), "value"] == each.cost.value == plain["cost"]["value"]
        assert f"{each.start:%a %d %b %Y}" in page
    for way in found.help:
        assert rows.loc[("cost", way.name), "value"] == way.cost.value
    assert document["best"] == found.best.start.isoformat()
    assert "This cannot say" in page
    axes = found.plot().axes[0]
    assert "cost of the leave" in axes.get_ylabel()
    assert axes.get_xlabel() == f"first day of the leave, {found.starts[0].start.year}"
    assert axes.get_title(loc="left").endswith("bars: 95 % intervals")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"days": 0}, "days: must be at least 1"),
    ({"group": "cooks"}, "group: is not a staff group"),
    ({"window": (date(2027, 1, 1), date(2027, 2, 1))}, "window: has too few dates"),
    ({"window": (date(2026, 2, 1), date(2026, 1, 1))}, "window: must be two dates"),
    ({"window": ("2026-01-01", "2026-02-01")}, "window: must be two dates"),
    ({"window": 30}, "window: must be several values"),
    ({"cover": 12}, "cover: must be values by name"),
    ({"replications": 1}, "replications: must be at least 2"),
    ({"measure": "smiles"}, "measure: is not known"),
    ({"level": 1.0}, "level: must lie between"),
    ({"months": 1200}, "months: must be at most 1199"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        leave_plan(TEAM, **(SETTINGS | arguments))


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["leave", "solo_nurse", "--set", "panel.enrolled_at_start=20", "--days", "5"]
    line += ["--from", "2026-01-05", "--months", "1", "--replications", "5"]
    line += ["--warmup-months", "0"]
    small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    expected = leave_plan(
        small, days=5, window=(date(2026, 1, 5), date.max), months=1, replications=5,
        warmup_months=0,
    )  # fmt: skip
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{expected}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["starts"] == expected.as_dict()["starts"]
    done = run(app, [*line, "--to", "July"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "--to: is not a date" in done.stderr
