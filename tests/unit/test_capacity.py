"""Capacity in closed form: against theory, against the simulation, and where it fails."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats
from typer.testing import CliRunner

import ccmsim
from ccmsim import theory
from ccmsim.analyses.capacity_check import CapacityCheck, capacity_check
from ccmsim.cli import app
from ccmsim.errors import InputError

TWO = ccmsim.load("two_nurses")
LONE = ccmsim.load("solo_nurse")


@pytest.mark.parametrize("mean", [-0.5, 0.2, 0.9, 1.4])
@pytest.mark.parametrize("spread", [0.0, 0.1, 0.6])
def test_a_clipped_normal_is_its_integral(mean: float, spread: float) -> None:
    found = theory.clipped_normal(mean, spread)
    if spread == 0.0:
        assert found == min(1.0, max(0.0, mean))
        return
    law = stats.norm(mean, spread)
    inside = integrate.quad(lambda y: y * law.pdf(y), 0.0, 1.0)[0]
    assert found == pytest.approx(inside + law.sf(1.0), abs=1e-9)


def test_months_that_vary_never_bill_more() -> None:
    known = theory.capacity(LONE)
    for patients in (10, 60, 80, 100, 150, 400):
        least, most = known.unaided_share, known.ceiling_share
        assert least <= known.random_share(patients) <= most
        assert least <= known.fluid_share(patients) <= most
    assert known.random_share(80) < known.fluid_share(80)
    shares = [known.random_share(patients) for patients in range(10, 500, 10)]
    assert shares == sorted(shares, reverse=True)


def test_load_is_one_where_the_minutes_are_used_up() -> None:
    known = theory.capacity(TWO)
    patients = known.on_duty_minutes / (known.request_minutes + known.outreach_minutes)
    assert known.load(patients) == pytest.approx(1.0)
    assert known.fluid_share(patients) == pytest.approx(known.ceiling_share)
    assert known.fluid_share(1.05 * patients) < known.ceiling_share


def test_what_patients_ask_for_by_hand() -> None:
    """Calls only, always answered, of constant length: every number is known."""
    plain = ccmsim.load("perfect")
    known = theory.capacity(plain)
    assert known.request_minutes == 0.0
    assert known.outreach_minutes == pytest.approx(20.0 + 5.0 + 1.0)
    assert known.ceiling_share == pytest.approx(1.0)
    assert known.unaided_share == pytest.approx(0.0, abs=1e-12)
    # ten hours a week, all of them on duty, 250 days a year, nobody ever away
    assert known.on_duty_minutes == pytest.approx(600.0 / 5.0 * 250.0 / 12.0)
    assert (known.presence_spread, known.nobody_share) == (0.0, 0.0)
    assert known.fluid_share(150) == pytest.approx(2_500.0 / (26.0 * 150.0))


def test_requests_alone_reach_the_threshold_as_often_as_drawn() -> None:
    """Against 200,000 drawn months; the difference resolved is 0.005 at a false alarm of 1e-6."""
    rng, n = np.random.default_rng(1), 200_000
    shape = 1.148
    need = rng.gamma(shape, 1.0 / shape, n)
    total = np.zeros(n)
    sigma = np.sqrt(np.log1p(0.60691**2))
    for rate in (0.75, 1.6):
        counts = rng.poisson(0.85 * rate * need)
        sizes = rng.lognormal(np.log(5.0) - sigma**2 / 2.0, sigma, counts.sum())
        total += np.bincount(np.repeat(np.arange(n), counts), sizes, n)
    drawn = (total >= 20.0).mean()
    sound = 0.98 * 0.97
    assert theory.capacity(TWO).unaided_share / sound == pytest.approx(drawn, abs=0.006)


@pytest.mark.parametrize("name", ["two_nurses", "solo_nurse", "informal_200"])
def test_presence_is_near_the_simulated_one(name: str) -> None:
    """Seasons and frailty are left out: the mean is within 2 points, the spread within 3."""
    practice = ccmsim.load(name).but({"panel.enrolled_at_start": 2})
    values = ccmsim.simulate(practice, months=24, replications=150).values
    share = values["on_duty_minutes"] / values["template_minutes"]
    group = next(iter(practice.staff))
    found = theory.presence(practice, group)
    assert found.mean == pytest.approx(share.mean(), abs=0.02)
    seats = practice.staff[group].coordinators
    assert found.spread / np.sqrt(seats) / found.mean == pytest.approx(
        share.std() / share.mean(), abs=0.06
    )


def test_presence_of_known_entries() -> None:
    one = LONE.but({f"disruptions.{name}": None for name in LONE.disruptions})
    assert theory.presence(one, "nurse") == theory.Presence(1.0, 0.0, 0.0)
    pulled = one.but({"disruptions.floor": {"kind": "floor_cover", "per_shift_share": 0.5}})
    assert theory.presence(pulled, "nurse").mean == pytest.approx(1.0 - 0.5 * 0.4)
    leave = {"kind": "planned_leave", "spells_per_year": 5.0, "length_days": 4.0}
    away = one.but({"disruptions.leave": leave})
    expected = 1.0 - theory.absence_fraction(5.0 / 250.0, 4.0)
    assert theory.presence(away, "nurse").mean == pytest.approx(expected)
    elsewhere = one.but({
        "staff.other": {"hours_per_week": 8.0}, "disruptions.leave": leave | {"staff": ["other"]},
    })  # fmt: skip
    assert theory.presence(elsewhere, "nurse").mean == 1.0
    moving = {"kind": "migration", "per_year": 1.0, "length_days": 25.0, "lost_share": 0.4}
    slow = theory.presence(one.but({"disruptions.new": moving}), "nurse").mean
    assert slow == pytest.approx(1.0 - 0.4 * theory.absence_fraction(1.0 / 250.0, 25.0))


def test_the_spread_of_presence_is_that_of_drawn_months() -> None:
    """Spells of one kind drawn day by day: the formula of the covariance is exact."""
    rng, days, months = np.random.default_rng(2), 21, 40_000
    spells = {"kind": "planned_leave", "spells_per_year": 6.0, "length_days": 8.0}
    bare = LONE.but({f"disruptions.{name}": None for name in LONE.disruptions})
    found = theory.presence(bare.but({"disruptions.leave": spells}), "nurse")
    begins = rng.random((months, days + 30)) < 6.0 / 250.0
    there = np.ones((months, days))
    for k in range(8):
        there *= ~begins[:, 30 - k : 30 - k + days]
    drawn = there.mean(axis=1)
    assert found.mean == pytest.approx(drawn.mean(), abs=0.005)
    assert found.spread == pytest.approx(drawn.std(), abs=0.005)


@pytest.fixture(scope="module")
def checked() -> CapacityCheck:
    return capacity_check(TWO, patients=[40, 100, 170, 300, 600], months=6, replications=60)


def test_it_is_near_at_low_and_at_high_load(checked: CapacityCheck) -> None:
    low, _, middle, high, highest = checked.loads
    assert low.load < 0.3
    assert abs(low.apart) < 6.0
    assert middle.load == pytest.approx(1.0, abs=0.05)
    assert highest.load > 3.0
    assert abs(highest.apart) < 2.0
    assert abs(high.apart) < 5.0


def test_it_fails_where_it_is_said_to_fail(checked: CapacityCheck) -> None:
    """Too much is promised where there is time, too little where time is short and well used."""
    for each in checked.loads[:2]:
        assert each.random > each.simulated.high + 1.0
    high = checked.loads[3]
    assert high.random < high.simulated.low
    casual = capacity_check(
        ccmsim.load("informal_200"), patients=[40, 100], months=6, replications=40
    )
    assert [each.patients for each in casual.far] == [40, 100]
    assert "surely lies more than 5 points off at these patients: 40" in " ".join(
        str(casual).split()
    )


def test_months_that_vary_are_nearer_where_the_load_is_one(checked: CapacityCheck) -> None:
    middle = checked.loads[2]
    assert abs(middle.random - middle.simulated.value) < abs(middle.fluid - middle.simulated.value)


def test_memory_loses_what_a_log_would_show() -> None:
    late = TWO.but({"documentation.capture": "end_of_month"})
    assert theory.capacity(late).ceiling_share < theory.capacity(TWO).ceiling_share - 0.05


@pytest.mark.parametrize("followup", ["call", "chart", "call_then_chart"])
@pytest.mark.parametrize("pattern", ["first_day", "front_loaded", "even", "back_loaded"])
def test_every_way_of_working_has_a_capacity(followup: str, pattern: str) -> None:
    changes = {"contact.followup": followup, "contact.outreach_pattern": pattern}
    known = theory.capacity(TWO.but(changes))
    assert 0.5 < known.ceiling_share < 0.8
    assert 15.0 < known.outreach_minutes < 35.0


def test_late_calls_reach_fewer() -> None:
    shares = [
        theory.capacity(TWO.but({"contact.outreach_pattern": pattern})).ceiling_share
        for pattern in ("first_day", "front_loaded", "even", "back_loaded")
    ]
    assert shares == sorted(shares, reverse=True)
    once = theory.capacity(TWO.but({"contact.max_attempts": 1}))
    assert once.ceiling_share < shares[-1]


def test_views_agree(checked: CapacityCheck) -> None:
    rows, document = checked.table(), json.loads(checked.to_json())
    for each, plain in zip(checked.loads, document["loads"], strict=True):
        assert rows.loc[each.patients, "random"] == plain["random"] == each.random
        assert rows.loc[each.patients, "value"] == plain["simulated"]["value"]
    assert document["capacity"]["request_minutes"] == checked.capacity.request_minutes
    (axes,) = checked.plot().axes
    assert axes.get_xlabel() == "load: minutes asked for over minutes on duty"
    assert axes.get_title(loc="left").endswith("; bars: 95 % intervals")
    assert "enough for 169 patients" in " ".join(str(checked).split())


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"panel\.medicare: has no steady panel"):
        theory.capacity(ccmsim.load("growth_100"))
    with pytest.raises(InputError, match="staff: must have protected time"):
        theory.capacity(LONE.but({"staff.nurse.hours_per_week": 0.0}))
    with pytest.raises(InputError, match="scenario: must be a Scenario"):
        theory.capacity("two_nurses")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="patients: must be two numbers or more"):
        capacity_check(TWO, patients=[5], months=1)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["staffing-theory", "solo_nurse", "--patients", "20,200"]
    line += ["--months", "1", "--replications", "20"]
    found: Any = capacity_check(LONE, patients=[20, 200], months=1, replications=20)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["loads"] == found.as_dict()["loads"]
    done = run(app, ["staffing-theory", "solo_nurse", "--patients", "x"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "--patients: is not a list of numbers" in done.stderr
