"""Assess: levers do what they say, gains are plain differences, verdicts follow their rule."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.alike import firsts, own
from ccmsim.analyses.assess import assess
from ccmsim.analyses.assess_views import certainty
from ccmsim.analyses.assessment import (
    INNER,
    LEVEL_IS,
    SURE_MAY_ERR,
    TODAY,
    TRIED,
    VERDICTS,
    Gain,
)
from ccmsim.analyses.away import watched
from ccmsim.analyses.control import lost_by_cause
from ccmsim.analyses.doubts import doubts
from ccmsim.analyses.factors import moved
from ccmsim.analyses.levers import KINDS, LEVERS, STEP, WORTH, driver_of, levers_of
from ccmsim.analyses.overturn import Overturn, Search
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.shares import DRIVERS
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, paired_difference, sum_of_means
from ccmsim.estimation.together import level_of_each
from ccmsim.ideal import without
from ccmsim.wording import cell, hundredths, usd

SMALL = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 30})
QUICK: dict[str, Any] = {"months": 2, "replications": 100, "sets": 0, "checks": 0, "seed": 3}
RATES = ("answer", "captured", "documented", "protected", "retention")


def by_name(scenario: Any, more: Any = None) -> dict[str, Any]:
    return {lever.name: changed for lever, changed in levers_of(scenario, more).items()}


@pytest.mark.parametrize("preset", ccmsim.presets())
def test_levers_have_a_place_or_are_left_out(preset: str) -> None:
    scenario = ccmsim.load(preset)
    found = levers_of(scenario)
    assert found
    for lever, changed in found.items():
        assert changed != scenario
        assert lever.kind in KINDS
        assert lever.driver in DRIVERS
    names = [lever.name for lever in LEVERS]
    assert len(set(names)) == len(names)


def test_the_page_says_when_sure_may_err() -> None:
    found = replace(ccmsim.assess(SMALL, **QUICK), sets=30)
    assert SURE_MAY_ERR in " ".join(str(found).split())
    assert SURE_MAY_ERR not in " ".join(str(replace(found, sets=0)).split())


@pytest.mark.parametrize(("path", "value", "driver"), [
    ("documentation.failure_share", 0.001, "documentation"),
    ("panel.enrolled_at_start", 31, "enrollment"),
    ("contact.max_attempts", 4, "execution"),
    ("staff.nurses.hours_per_week", 17.0, "execution"),
])  # fmt: skip
def test_a_step_of_ones_own_has_the_driver_of_its_path(path: str, value: Any, driver: str) -> None:
    found = {lever.name: lever for lever in levers_of(SMALL, {"own": {path: value}})}
    assert found["own"].driver == driver


@pytest.mark.parametrize(("lever", "scenario"), [
    (lever, preset) for lever in LEVERS for preset in ("two_nurses", "growth_100")
], ids=lambda each: getattr(each, "name", each))  # fmt: skip
def test_paths_say_the_driver_that_known_levers_have(lever: Any, scenario: str) -> None:
    changes = lever.changes(ccmsim.load(scenario))
    assert not changes or driver_of(changes) == lever.driver


def test_levers_move_what_they_say() -> None:
    found = by_name(SMALL)
    assert found["hour"].staff["nurses"].hours_per_week == 17.0
    longer = found["day"].staff
    assert (longer["nurses"].coordinators, longer["nurses"].hours_per_week) == (1, 16.0)
    assert (longer["nurses_longer"].coordinators, longer["nurses_longer"].hours_per_week) == (
        1,
        19.2,
    )
    named = SMALL.but({"disruptions.turnover.staff": ["nurses"]})
    assert by_name(named)["day"].disruptions["turnover"].staff == ("nurses", "nurses_longer")
    assert found["coordinator"].staff["nurses"].coordinators == 3
    assert found["target_less"].contact.target_minutes == 20.0
    assert found["target_more"].contact.target_minutes == 24.0
    assert found["answer"].contact.answer_probability.expected() == pytest.approx(0.7 / 1.45 + 0.1)
    assert found["cover"].operations.cover.hours_per_week == 16.0
    assert found["patients"].panel.enrolled_at_start == 40
    assert found["retention"].disruptions["turnover"].per_year == 0.125
    assert found["protected"].disruptions["floor_cover"].per_shift_share == 0.05
    assert "backup" not in found  # they help each other already
    assert "consent" not in found  # nobody enrolls


def test_a_lever_that_a_scenario_refuses_has_no_place() -> None:
    full = SMALL.but({"staff.nurses.hours_per_week": 120.0})
    assert "hour" not in by_name(full)
    alone = ccmsim.load("solo_nurse")
    assert by_name(alone)["day"].staff["nurse"].hours_per_week == pytest.approx(19.2)
    assert not {"pooled", "backup"} & set(by_name(alone))
    assert "cover" not in by_name(SMALL.but({"operations.assignment": "pooled"}))


def test_a_gain_is_the_difference_less_what_it_owes_to_who_was_away() -> None:
    longer = {"longer": {"staff.nurses.hours_per_week": 20.0}}
    found = assess(SMALL, steps=longer, costs={"longer": 50.0}, **QUICK)
    gain = next(each for each in found.levers if each.name == "longer")
    settings: dict[str, Any] = {"months": 2, "replications": 100, "seed": 3}
    today, after = (
        ccmsim.simulate(scenario, **settings) for scenario in (SMALL, SMALL.but(longer["longer"]))
    )
    nets = [results.values["net_usd"].sum(axis=1) for results in (today, after)]
    wide = 1.0 - 0.05 / len(found.levers)
    apart = gain.net_usd.value - (np.mean(nets[1] - nets[0]) - 50.0)
    assert abs(apart) < 4.9 * paired_difference(nets[1], nets[0]).standard_error
    # moved by what many more replications tell of who is away, and by nothing else
    causes = Runs(2, 0, None, None, lambda done, whole: None, 0)
    away = watched(causes, SMALL, lost_by_cause(today), 3)
    told = sum_of_means(*away.parts(nets[1] - nets[0]), level=wide)
    assert gain.net_usd.value == pytest.approx(told.value - 50.0)
    assert gain.net_usd.high == pytest.approx(told.high - 50.0)
    assert gain.net_usd.level == pytest.approx(wide)
    bad = np.diff([np.sort(net)[9] for net in nets])[0]
    assert gain.bad_net_usd.value == pytest.approx(bad - 50.0)


def test_gaps_are_drivers_then_disruptions() -> None:
    found = assess(SMALL, **QUICK)
    names = [gap.name for gap in found.gaps]
    assert names == ["execution", "documentation", *SMALL.disruptions]
    gaps = {gap.name: gap for gap in found.gaps}
    assert gaps["documentation"].net_usd.low > 0.0
    assert gaps["execution"].billed_patients.low > 0.0
    assert abs(gaps["execution"].net_usd.value) < 30 * 2 * 200  # at today's staff cost
    enrolling = ccmsim.load("growth_100")
    both = [gap.name for gap in assess(enrolling, **(QUICK | {"months": 1})).gaps]
    assert both[:4] == list(DRIVERS)


def test_a_gain_that_is_seldom_seen_is_not_believed() -> None:
    """An outage that few of the replications have: no interval is the spread of these few."""
    seldom = SMALL.but({"disruptions.outage.per_year": 2.0})
    found = assess(seldom, **QUICK)
    gap = next(each for each in found.gaps if each.name == "outage")
    ran = [ccmsim.simulate(one, months=2, replications=100, seed=3)
           for one in (without(seldom, "outage"), seldom)]  # fmt: skip
    net, before = (each.values["net_usd"].sum(axis=1) for each in ran)
    differ = np.count_nonzero(np.round(net - before, 6))
    assert 0 < differ < 20
    plan = ran[1].values["plan_usd"].sum(axis=1).max()
    for number in (gap.net_usd, gap.billed_patients, gap.loss_of_100):
        assert "differ from the usual: bounds by their share" in number.method
    plain = paired_difference(net, before)
    assert gap.net_usd.value == pytest.approx(plain.value)
    assert gap.net_usd.low < 0.0 < plain.high < gap.net_usd.high < plan
    assert gap.bad_net_usd.method.endswith(f"; {differ} of 100 differ from the usual")
    assert gap.bad_net_usd.low < gap.bad_net_usd.value < gap.bad_net_usd.high
    # the month with a loss that never was seen may come
    assert gap.loss_of_100.low < 0.0 < gap.loss_of_100.high


def test_the_years_of_today_are_told_by_their_order() -> None:
    """A bad and a good year are values that occurred, between others that hold them in 95 of 100.

    Of binomial(100, 0.1) at most 4, or 16 and more, are seen in less than 2.5 of 100.
    """
    found = assess(SMALL, **QUICK)
    results = ccmsim.simulate(SMALL, months=2, replications=100, seed=3)
    billed, net = (np.sort(results.values[name].sum(axis=1)) for name in ("billed_usd", "net_usd"))
    assert stats.binom.cdf(4, 100, 0.1) < 0.025 < stats.binom.cdf(5, 100, 0.1)
    assert stats.binom.sf(16, 100, 0.1) < 0.025 < stats.binom.sf(15, 100, 0.1)
    for name, ordered, low, at, high in (
        ("bad_billed_usd", billed, 5, 10, 17),
        ("bad_net_usd", net, 5, 10, 17),
        ("good_billed_usd", billed, 84, 90, 96),
    ):
        told = found.today[name]
        ends = [float(ordered[rank - 1]) for rank in (low, at, high)]
        assert [told.low, told.value, told.high] == pytest.approx(ends), name
    page = " ".join(str(found).split())
    for name in ("bad", "good"):
        number = usd(found.today[f"{name}_billed_usd"])
        assert f"Billed in a {name} stretch of 2 months, one in ten {number}" in page


def test_perfect_execution_trains_nobody_more() -> None:
    """Staff without end would be trained at a cost without end: it counts as today's does."""
    trained = SMALL.but(
        {
            "documentation.training_hours_per_year": 4.0,
            "documentation.training_hours_per_hire": 8.0,
        }
    )
    gains = [assess(scenario, **QUICK).gaps[0] for scenario in (SMALL, trained)]
    assert [gain.name for gain in gains] == ["execution", "execution"]
    assert gains[1].net_usd.value == pytest.approx(gains[0].net_usd.value, abs=0.05)
    assert gains[1].billed_patients == gains[0].billed_patients


def test_levers_are_ranked_and_told_with_what_is_not_known() -> None:
    laws = {"staff.nurses.wage_usd_per_hour": {"family": "uniform", "low": 20.0, "high": 40.0}}
    found = assess(SMALL, uncertain=laws, **(QUICK | {"sets": 5}))
    values = [gain.net_usd.value for gain in found.levers]
    assert values == sorted(values, reverse=True)
    tried = [gain for gain in found.levers if gain.gains_of_100 is not None]
    assert [gain.name for gain in tried] == [gain.name for gain in found.levers[:6]]
    assert all(gain.kind == STEP for gain in found.steps)
    assert all(gain.kind == WORTH for gain in found.worths)
    assert assess(SMALL, uncertain=laws, **(QUICK | {"sets": 5})).to_json() == found.to_json()


def test_how_often_it_gains_is_told_as_doubts_tell_it() -> None:
    """The same sets, the same luck and the same interval, at once for all tried; less the cost."""
    laws = {"contact.answer_probability": {"family": "uniform", "low": 0.3, "high": 0.6}}
    found = assess(SMALL, uncertain=laws, costs={"answer": 30.0}, **(QUICK | {"sets": 30}))
    gain = next(each for each in found.levers if each.name == "captured")
    other = doubts(
        {"today": SMALL, "captured": by_name(SMALL)["captured"]}, laws,
        months=2, replications=30 * INNER, inner=INNER, seed=3, level=1.0 - 0.05 / TRIED,
    ).doubts[0]  # fmt: skip
    assert repr(gain.gains_of_100) == repr(other.holds.times(100.0))  # an error may be NaN
    assert gain.unknown_net_usd is not None
    assert gain.unknown_net_usd.value == pytest.approx(other.years.mean())
    costly = next(each for each in found.levers if each.name == "answer")
    free = assess(SMALL, uncertain=laws, **(QUICK | {"sets": 30}))
    plain = next(each for each in free.levers if each.name == "answer")
    assert costly.unknown_net_usd is not None
    assert plain.unknown_net_usd is not None
    taken = plain.unknown_net_usd.value - costly.unknown_net_usd.value
    assert taken == pytest.approx(30.0)


def test_each_sentence_says_what_its_number_is() -> None:
    """Worths are told before a cost and after one that was said; the losses after it."""
    free = assess(SMALL, **QUICK)
    costs = {"answer": 300.0, "patients": 40.0, "hour": 25.0}
    found = assess(SMALL, costs=costs, **QUICK)
    before, after = ({gain.name: gain for gain in one.levers} for one in (free, found))
    for name, cost in costs.items():
        assert after[name].before_cost_usd.value == pytest.approx(before[name].net_usd.value)
        assert after[name].net_usd.value == pytest.approx(before[name].net_usd.value - cost)
    page = " ".join(str(found).split())
    answer = after["answer"]
    worth, left = cell(answer.before_cost_usd), cell(answer.net_usd)
    assert f"{answer.words}: worth {worth}; after the 300 that you said {left}, a bad" in page
    hour = f"brings {cell(after['hour'].net_usd)} USD after its wage and the 25 USD that you said"
    assert hour in page
    assert f"ten more bring {cell(after['patients'].before_cost_usd)} USD" in page
    assert "that you said" not in str(free)
    assert all(gain.words in str(free) for gain in free.worths)
    # a cost that takes all of the net makes years lose that did not
    dear = assess(SMALL, costs={"answer": 1e6}, **QUICK)
    lost = next(gain for gain in dear.levers if gain.name == "answer").loss_of_100
    assert lost.value == pytest.approx(100.0 - dear.today["loss_of_100"].value)


def test_it_says_which_intervals_hold_at_once() -> None:
    laws = {"contact.answer_probability": {"family": "uniform", "low": 0.3, "high": 0.6}}
    found = assess(SMALL, uncertain=laws, **(QUICK | {"sets": 3}))
    document = json.loads(found.to_json())
    assert document["level_is"] == LEVEL_IS
    levers = len(found.levers)
    many = {"each": 1, "all levers at once": levers, "all tried at once": min(TRIED, levers)}
    named = set()
    for gain in found.levers:
        for name, number in gain.estimates().items():
            named.add(f"levers.{name}")
            at_once = many[LEVEL_IS[f"levers.{name}"]]
            assert number.level == pytest.approx(1.0 - 0.05 / at_once), name
    assert named | {"today", "gaps", "overturns"} == set(LEVEL_IS)
    assert "those of the levers' net gains hold all at once" in " ".join(str(found).split())


def test_costs_and_the_cost_of_staff_go_by_what_a_change_is_not_by_its_name() -> None:
    """A step may be called what a driver or a disruption is called."""
    own: dict[str, Any] = {
        "execution": {"staff.nurses.hours_per_week": 20.0},
        "sick": {"contact.max_attempts": 6},
    }
    plain = assess(SMALL, steps=own, **QUICK)
    costly = assess(SMALL, steps=own, costs={"execution": 500.0, "sick": 70.0}, **QUICK)
    assert [gap.net_usd for gap in costly.gaps] == [gap.net_usd for gap in plain.gaps]
    assert [gap.bad_net_usd for gap in costly.gaps] == [gap.bad_net_usd for gap in plain.gaps]
    assert not any(gap.cost_usd for gap in costly.gaps)
    before, after = ({gain.name: gain for gain in one.levers} for one in (plain, costly))
    for name, cost in (("execution", 500.0), ("sick", 70.0), ("hour", 0.0)):
        taken = before[name].net_usd.value - after[name].net_usd.value
        assert taken == pytest.approx(cost, abs=1e-9)
        assert after[name].cost_usd == cost
    nets = [
        ccmsim.simulate(one, months=2, replications=100, seed=3).values["net_usd"].sum(axis=1)
        for one in (SMALL.but(own["execution"]), SMALL)
    ]
    plain_gain = paired_difference(*nets)
    apart = before["execution"].net_usd.value - plain_gain.value
    assert abs(apart) < 4.9 * plain_gain.standard_error


def test_each_gain_has_the_replications_that_it_needs() -> None:
    parts: list[tuple[int, int]] = []
    found = assess(
        SMALL, **QUICK, half_width=2.5, progress=lambda done, whole: parts.append((done, whole))
    )
    changes = (*found.gaps, *found.levers)
    sizes = [gain.billed_patients.replications for gain in changes]
    assert 100 < min(sizes) < max(sizes) == found.replications
    for gain in changes:
        one = gain.billed_patients
        assert one.method.endswith("at any of 5 looks")
        assert max(one.high - one.value, one.value - one.low) <= 2.5 * 30 / 100, gain.name
    assert found.reached is True
    assert found.as_dict()["half_width"] == 2.5
    assert f"simulated up to {max(sizes):,} times" in str(found)
    assert "every change of billed patients is known to within 2.5 of 100" in str(found)
    # nothing was simulated twice: of today as many as of the change with the most, and of the
    # pilot only what is not alike
    pilot = [SMALL, *(driver(SMALL) for driver in list(DRIVERS.values())[2:])]
    pilot += [without(SMALL, name) for name in SMALL.disruptions] + list(by_name(SMALL).values())
    alike = firsts(pilot, months=2, warmup_months=0, seed=3, replications=100)
    assert len(pilot) == 1 + len(changes)
    assert own(alike) < 100 * len(pilot)
    assert parts[-1] == (sum(sizes) + max(sizes) - 100 * len(pilot) + own(alike),) * 2


def test_the_first_replications_are_those_of_a_plain_simulation() -> None:
    found = assess(SMALL, **QUICK, half_width=3.0)
    gain = next(each for each in found.levers if each.name == "answer")
    size = gain.billed_patients.replications
    assert size > 100
    answer = by_name(SMALL)["answer"]
    ran = [ccmsim.simulate(one, months=2, replications=size, seed=3) for one in (answer, SMALL)]
    billed = [each.values["billable_patients"].sum(axis=1) for each in ran]
    more = (billed[0] - billed[1]) / 2.0
    apart = gain.billed_patients.value - more.mean()
    assert abs(apart) < 4.9 * gain.billed_patients.standard_error
    # moved by what many more replications tell of who is away, and by nothing else
    causes = Runs(2, 0, None, None, lambda done, whole: None, 0)
    away = watched(causes, SMALL, lost_by_cause(ran[1]), 3)
    at_look = 1.0 - 0.05 / 5
    told = sum_of_means(*away.parts(more), level=at_look)
    error = told.standard_error
    assert gain.billed_patients.value == pytest.approx(told.value, abs=0.5 * error)
    assert gain.billed_patients.standard_error == pytest.approx(error, rel=0.1)


def test_a_cap_that_ends_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccmsim.analyses.narrowing.MOST", 150)
    monkeypatch.setattr("ccmsim.analyses.away.MOST", 150)
    found = assess(SMALL, **QUICK, half_width=0.01)
    assert found.reached is False
    assert json.loads(found.to_json())["reached"] is False
    assert "the cap ended it: not every change of billed patients" in str(found)
    assert max(gain.billed_patients.replications for gain in found.levers) == 150
    assert assess(SMALL, **QUICK).reached is None


def test_today_is_told_by_so_many_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of today months are kept, of changes totals; beyond that today has totals, too."""
    monkeypatch.setattr("ccmsim.analyses.ways.TOLD", 120)
    monkeypatch.setattr("ccmsim.analyses.runs.PART", 70)
    short = assess(SMALL, **QUICK, half_width=4.0)
    assert short.replications == short.today["net_usd"].replications == 120
    monkeypatch.undo()
    usual = assess(SMALL, **QUICK, half_width=4.0)
    assert short.levers == usual.levers


LAWS: dict[str, Any] = {
    "staff.nurses.wage_usd_per_hour": {"family": "uniform", "low": 1.0, "high": 41.0},
    "contact.answer_probability": {"family": "uniform", "low": 0.3, "high": 0.6},
    "finance.rework_usd": {"family": "uniform", "low": 14.0, "high": 16.0},
    "finance.denied_share": {"family": "uniform", "low": 0.06, "high": 0.08},
}


def test_what_could_overturn_it_comes_from_this_scenario() -> None:
    """The widest first, as `sensitivity` tells them with the same luck; a wage flips the net."""
    cheap = SMALL.but({"staff.nurses.wage_usd_per_hour": 8.0})
    found = assess(cheap, uncertain=LAWS, **(QUICK | {"checks": 5}))
    assert found.today["net_usd"].low > 0.0
    ends = {
        path: (law["low"] + 0.025 * (law["high"] - law["low"]),
               law["high"] - 0.025 * (law["high"] - law["low"]))
        for path, law in LAWS.items()
    }  # fmt: skip
    bars = ccmsim.sensitivity(cheap, ends, months=2, replications=20, seed=3).bars
    assert [one.path for one in found.overturns] == [bar.factor for bar in bars[:3]]
    for one, bar in zip(found.overturns, bars, strict=False):
        assert one.swing_usd.value == pytest.approx(bar.swing.value)
        assert one.swing_usd.high == pytest.approx(bar.swing.high)
        assert (one.low.at, one.high.at) == pytest.approx((bar.low, bar.high))
        assert one.source == "given"
    wage = found.overturns[0]
    assert wage.path == "staff.nurses.wage_usd_per_hour"
    assert wage.high.net_usd.high < 0.0
    assert wage.flips[0] == "net: a loss at 40"
    page = " ".join(str(found).split())
    told = (
        "A nurse is paid 8 USD an hour, before what comes on top. Between 2 and 40 the net moves by"
    )
    assert told in page
    answered = next(one for one in found.overturns if one.path == "contact.answer_probability")
    assert answered.words == "Patients answer 48 of 100 calls."
    assert answered.low.words == f"{100.0 * answered.low.at:.0f} %"
    assert f"Between {answered.low.words} and {answered.high.words} the net moves by" in page
    assert not any(one.path in page for one in found.overturns)
    assert "measured on two_nurses" not in page
    plain = json.loads(found.to_json())["overturns"]
    assert plain[0]["flips"] == list(wage.flips)
    assert plain[0]["high"]["net_usd"]["value"] == wage.high.net_usd.value
    assert "Which of them matter most was measured on two_nurses" in str(assess(SMALL, **QUICK))


def test_values_that_surely_move_little_are_not_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is told is the same; the values left out after a glance are those that move little."""
    hours = {"family": "uniform", "low": 10.0, "high": 20.0}
    laws = LAWS | {"staff.nurses.hours_per_week": hours}
    done: list[int] = []

    def told() -> tuple[Overturn, ...]:
        run = Runs(2, 0, None, None, lambda many, _: done.append(many), 0, remember=True)
        return Search(run, SMALL, 3, 12, 0.95).overturns(laws, [])

    found, with_glance = told(), done[-1]
    monkeypatch.setattr("ccmsim.analyses.overturn.GLANCE", 12)
    assert told() == found
    assert len(found) == 3
    # two of the five move little: both of their ends have 8 replications and not 12
    assert done[-1] - with_glance == 2 * 2 * (12 - 8)


@pytest.mark.parametrize(("swings", "may_be"), [
    ([(8.0, 9.0), (-7.0, -6.0), (4.0, 5.0), (3.0, 3.9), (1.0, 4.0)],
     [True, True, True, False, True]),
    ([(8.0, 9.0), (-7.0, 6.0), (0.1, 0.2)], [True] * 3),  # no more than are told
    ([(8.0, 9.0), (7.0, 8.0), (6.0, 7.0), (-50.0, 50.0)], [True] * 4),  # nobody knows
    ([], []),
])  # fmt: skip
def test_a_swing_is_left_out_where_it_is_surely_narrower_than_three(
    swings: list[tuple[float, float]], may_be: list[bool]
) -> None:
    from ccmsim.analyses.overturn import may_be_widest

    numbers = [
        Estimate((low + high) / 2.0, 0.1, low, high, 0.99, 8, "by hand") for low, high in swings
    ]
    assert may_be_widest(numbers) == may_be


def test_the_best_steps_are_tried_where_a_value_may_lie() -> None:
    """At each end the best step's gain, and how far it is ahead of the second, are paired."""
    found = assess(SMALL, uncertain=LAWS, **(QUICK | {"checks": 5}))
    first, second = found.steps[:2]
    one = next(each for each in found.overturns if each.path == "contact.answer_probability")
    there = moved(SMALL, one.path, one.low.at)
    scenarios = [there, *(by_name(there)[step.name] for step in (first, second))]
    at_once = level_of_each(0.95, 3 * 2 * 3)  # values, ends, conclusions
    today, best, other = (
        ccmsim.simulate(each, months=2, replications=20, seed=3).values["net_usd"].sum(axis=1)
        for each in scenarios
    )
    for told, plain in (
        (one.low.best_usd, paired_difference(best, today, level=at_once)),
        (one.low.second_usd, paired_difference(best, other, level=at_once)),
    ):
        assert told is not None
        assert told.value == pytest.approx(plain.value)
        assert told.high == pytest.approx(plain.high)


@pytest.mark.parametrize(("today", "low", "high", "is_open"), [
    (3.0, -1.0, 2.0, True),
    (3.0, 1.0, 2.0, False),
    (3.0, -2.0, -1.0, False),  # it flips for certain
    (-3.0, -1.0, 2.0, True),
    (-3.0, -2.0, -1.0, False),
    (-3.0, 1.0, 2.0, False),
])  # fmt: skip
def test_the_sign_of_the_net_is_open_where_it_may_be_another(
    today: float, low: float, high: float, is_open: bool
) -> None:
    """Of a practice that gains, and of one that loses."""
    from ccmsim.analyses.overturn import End, _open

    def number(low: float, high: float) -> Estimate:
        return Estimate((low + high) / 2.0, 0.2, low, high, 0.95, 20, "by hand")

    found = _open(End(7.0, "7", number(low, high), None, None), number(today, today), [])
    assert found == (["the sign of the net at 7"] if is_open else [])


@pytest.mark.parametrize(("net", "best", "second", "flips"), [
    (1.0, 1.0, 1.0, []),
    (-1.0, 1.0, 1.0, ["net: a loss at 7"]),
    (1.0, -1.0, -1.0, ["step: hour loses at 7"]),
    (1.0, 1.0, -1.0, ["step: pooled is better than hour at 7"]),
    (1.0, None, None, []),
])  # fmt: skip
def test_flips(net: float, best: float | None, second: float | None, flips: list[str]) -> None:
    """Only what the interval is sure of."""
    from ccmsim.analyses.overturn import End, _flips

    def number(value: float | None, arm: float = 0.5) -> Any:
        if value is None:
            return None
        return Estimate(value, 0.2, value - arm, value + arm, 0.95, 20, "by hand")

    levers = {lever.name: lever for lever in LEVERS}
    steps = [levers["hour"], levers["pooled"]]
    today = number(3.0)
    end = End(7.0, "7", number(net), number(best), number(second))
    assert _flips(end, today, steps) == flips
    unsure = End(7.0, "7", number(net, 2.0), number(best, 2.0), number(second, 2.0))
    assert _flips(unsure, today, steps) == []
    if best is not None:
        assert (
            _flips(end, number(-3.0), steps)[: int(net > 0.0)]
            == ["net: a gain at 7"][: int(net > 0.0)]
        )


def test_what_it_says_cannot_be_changed() -> None:
    found = assess(SMALL, **QUICK)
    with pytest.raises(TypeError):
        found.today["net_usd"] = found.today["billed_usd"]  # type: ignore[index]


@pytest.mark.parametrize(("low", "high", "surely", "verdict"), [
    (1.0, 3.0, 81.0, "sure"),
    (1.0, 3.0, 79.0, "likely"),
    (1.0, 3.0, None, "likely"),
    (-1.0, 3.0, 95.0, "open"),
    (-3.0, -1.0, 0.0, "loses"),
])  # fmt: skip
def test_verdicts(low: float, high: float, surely: float | None, verdict: str) -> None:
    """Of the sets in which it gains the lower end counts, not the estimate."""
    from ccmsim.analyses.assess import _verdict

    number = Estimate((low + high) / 2.0, 0.5, low, high, 0.95, 100, "by hand")
    share = None if surely is None else replace(number, value=99.0, low=surely, high=100.0)
    gain = Gain("a", "b", "execution", STEP, number, number, number, number, gains_of_100=share)
    assert _verdict(gain) == verdict
    assert verdict in VERDICTS
    told = f"{verdict}, 99 ({surely:.0f} to 100) of 100" if surely is not None else verdict
    assert certainty(replace(gain, verdict=verdict)) == told


@pytest.mark.parametrize(
    ("brings", "limit", "words"),
    [
        ((100.0, 300.0, 490.0), "time", "staff's time limits."),
        ((510.0, 700.0, 900.0), "open", "not decided whether staff's time alone limits, or"),
        ((300.0, 450.0, 600.0), "open", "not decided whether staff's time alone limits, or"),
        ((560.0, 700.0, 900.0), "demand", "demand, too, limits."),
    ],
)
def test_what_limits_goes_by_the_intervals(
    brings: tuple[float, float, float], limit: str, words: str
) -> None:
    """Ten of today's patients bring 1,000, from 990 to 1,110; half of that is 495 to 555."""
    low, value, high = brings
    net = Estimate(value, 50.0, low, high, 0.95, 100, "t")
    nothing = Estimate(0.0, 1.0, -2.0, 2.0, 0.95, 100, "t")
    before = Estimate(2_000.0, 30.0, 1_980.0, 2_220.0, 0.95, 100, "t")
    plain = assess(SMALL, **QUICK)
    more = Gain(
        name="patients", words="Ten more", driver="enrollment", kind="worth", net_usd=net,
        billed_patients=nothing, bad_net_usd=nothing, loss_of_100=nothing, verdict="open",
    )  # fmt: skip
    enrolled = Estimate(20.0, 0.0, 20.0, 20.0, 0.95, 100, "t")
    today = dict(plain.today) | {"enrolled": enrolled, "before_staff_usd": before}
    found = replace(plain, today=today, levers=(more,))
    assert found.limited_by == json.loads(found.to_json())["limited_by"] == limit
    page = " ".join(str(found).split())
    assert words in page
    assert f"ten more bring {cell(net)} USD, ten of today's 1,000 (990 to 1,110) before" in page
    busy = hundredths(plain.today["busy_of_100"]).strip()
    assert f"Coordinators have work in {busy} of 100 minutes on duty." in page
    assert replace(found, levers=()).limited_by == ""


def test_views_agree() -> None:
    found = assess(SMALL, **QUICK)
    rows, document = found.table(), json.loads(found.to_json())
    for name, number in found.today.items():
        assert name in TODAY
        assert rows.loc[("today", "", name), "value"] == document["today"][name]["value"]
        assert number.low <= number.value <= number.high
    for gain, plain in zip(found.levers, document["levers"], strict=True):
        assert rows.loc[(gain.kind, gain.name, "net_usd"), "value"] == plain["net_usd"]["value"]
        assert plain["verdict"] == gain.verdict
    page = str(found)
    for heading in ("TODAY", "WHAT IS LOST", "WHAT LIMITS IT NOW", "NEXT STEPS", "OVERTURN"):
        assert heading in page
    for gain in found.worths:
        assert gain.words in page
    left, right = found.plot().axes
    assert "lost" in left.get_title(loc="left")
    assert "done" in right.get_title(loc="left")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"replications": 99}, "replications: must be at least 100 for a bad year"),
    ({"half_width": -0.1}, "half_width: must be above 0"),
    ({"sets": -1}, "sets: must be at least 0"),
    ({"sets": 2}, "sets: must be 0, or at least 3"),
    ({"checks": -1}, "checks: must be at least 0"),
    ({"checks": 4}, "checks: must be 0, or at least 5"),
    ({"costs": {"rain": 5.0}}, "costs: is no lever here"),
    ({"costs": {"hour": "much"}}, r"costs\.hour: is not an amount"),
    ({"costs": {"hour": -1.0}}, r"costs\.hour: is out of range"),
    ({"steps": {"x": {"contact.rain": 1}}}, r"contact\.rain"),
    ({"steps": {"hour": {"contact.max_attempts": 6}}}, r"steps\.hour: is the name of a lever"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        assess(SMALL, **(QUICK | arguments))


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["assess", "solo_nurse", "--months", "1", "--replications", "100", "--sets", "0"]
    line += [
        "--checks",
        "0",
        "--cost",
        "answer=300",
        "--step",
        "longer:staff.nurse.hours_per_week=20",
    ]
    steps = {"longer": {"staff.nurse.hours_per_week": 20}}
    settings: dict[str, Any] = {"months": 1, "replications": 100, "sets": 0, "checks": 0}
    practice = ccmsim.load("solo_nurse")
    found = assess(practice, steps=steps, costs={"answer": 300.0}, **settings)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["levers"] == found.as_dict()["levers"]


@pytest.mark.parametrize(("option", "value", "message"), [
    ("--cost", "answer", "--cost: is not a cost"),
    ("--cost", "rain=5", "is no lever here"),
    ("--step", "longer", "--step: is not a name with a change"),
])  # fmt: skip
def test_the_command_refuses(option: str, value: str, message: str) -> None:
    done = CliRunner().invoke(app, ["assess", "solo_nurse", option, value], prog_name="ccmsim")
    assert done.exit_code == 2
    assert message in done.stderr
