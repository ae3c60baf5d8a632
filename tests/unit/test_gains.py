"""Gains over a parameter: pooling, cover on call, vacancies; each beside plain simulations."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.cover_pool import cover_pool
from ccmsim.analyses.gains import NUMBERS, Contrast, Gains, gain_of
from ccmsim.analyses.leave_dates import with_absence
from ccmsim.analyses.pooling import pooling
from ccmsim.analyses.vacancy import ALONE, ANOTHER, vacancy
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import EXACT, mean, ratio_of_means
from ccmsim.estimation.estimate import negative
from ccmsim.wording import cell

TWO = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 90})
LONE = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 80})
SETTINGS: dict[str, Any] = {"months": 3, "replications": 24, "seed": 5}
QUICK: dict[str, Any] = {"months": 1, "replications": 5}


def alike(one: Any, other: Any) -> bool:
    """Return whether two estimates have the same numbers, rounding aside."""
    return all(
        getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-6)
        for name in ("value", "low", "high", "standard_error")
    )


def years(scenario: ccmsim.Scenario) -> Any:
    """Return the net of each replication."""
    return ccmsim.simulate(scenario, **SETTINGS).values["net_usd"].sum(axis=1)


def cover_costs(scenario: ccmsim.Scenario) -> Any:
    """Return what substitutes cost in each replication."""
    return ccmsim.simulate(scenario, **SETTINGS).values["cost_usd"][:, :, 3].sum(axis=1)


def four(away: ccmsim.Scenario, changes: dict[str, Any], number: Any) -> Any:
    """Return what the changes do to a number in an absence, less what they do without it."""
    with_changes = number(away.but(changes)) - number(LONE.but(changes))
    return with_changes - number(away) + number(LONE)


@pytest.fixture(scope="module")
def pooled() -> Gains:
    return pooling(TWO, sizes=[3, 1, 2], **SETTINGS)


@pytest.fixture(scope="module")
def covered() -> Gains:
    return cover_pool(LONE, after_days=[0, 4], people=[1, 2], cover=12, **SETTINGS)


@pytest.fixture(scope="module")
def vacant() -> Gains:
    return vacancy(LONE, values=[10, 40], lags=[0, 15], fee_usd=400.0, **SETTINGS)


def test_a_pooled_team_is_set_beside_the_same_team_with_own_patients(pooled: Gains) -> None:
    assert pooled.series == ("one worklist", "backup")
    for gain in pooled.gains:
        size = int(gain.at)
        team = {"staff.nurses.coordinators": size, "panel.enrolled_at_start": 45 * size}
        own = TWO.but(team | {"operations.assignment": "owned"})
        way = "pooled" if gain.series == "one worklist" else "owned_with_backup"
        if size == 1:
            assert (gain.net.low, gain.net.high, gain.points.value) == (0.0, 0.0, 0.0)
            assert {gain.net.method, gain.bad_year.method} == {EXACT}
            continue
        difference = (years(own.but({"operations.assignment": way})) - years(own)) / size
        assert alike(gain.net, mean(difference))
        assert gain.cover_hours is None


def test_an_hour_of_cover_is_worth_what_it_brings_before_it_is_paid(covered: Gains) -> None:
    cover = {"hours_per_week": 12, "wage_usd_per_hour": 30.0, "coordinators": 2, "after_days": 4}
    without, with_cover = (
        ccmsim.simulate(one, **SETTINGS).values
        for one in (LONE, LONE.but({"operations.cover": cover}))
    )
    net = (with_cover["net_usd"] - without["net_usd"]).sum(axis=1)
    paid = (with_cover["cost_usd"] - without["cost_usd"])[:, :, 3].sum(axis=1)
    found = covered.of_series("2 substitutes")[1]
    assert found.at == 4.0
    assert alike(found.net, mean(net))
    assert alike(found.worth_of_an_hour, ratio_of_means(net + paid, paid / (30.0 * 1.25)))
    assert alike(found.cover_hours, mean(paid / (30.0 * 1.25)))
    # two who come together are paid twice the hours of one, for the same absences
    ones, twos = (covered.of_series(name) for name in covered.series)
    for one, two in zip(ones, twos, strict=True):
        assert one.cover_hours is not None
        assert two.cover_hours is not None
        assert two.cover_hours.value == pytest.approx(2.0 * one.cover_hours.value)
    assert ones[0].cover_hours.value > ones[1].cover_hours.value > 0.0  # type: ignore[union-attr]


def test_the_own_cover_of_a_scenario_is_taken_away_first() -> None:
    cover = {"hours_per_week": 12, "after_days": 1}
    again = cover_pool(
        LONE.but({"operations.cover": cover}), after_days=[0, 4], people=[1], cover=12, **SETTINGS
    )
    plain = cover_pool(LONE, after_days=[0, 4], people=[1], cover=12, **SETTINGS)
    for one, other in zip(again.gains, plain.gains, strict=True):
        assert alike(one.net, other.net)
        assert alike(one.cover_hours, other.cover_hours)


def test_a_vacancy_costs_more_the_longer_it_lasts(vacant: Gains) -> None:
    short, long = vacant.of_series(ALONE)
    assert long.net.high < short.net.low < 0.0
    away = with_absence(
        LONE, date(2026, 1, 1), days=40, seat=0, name="gone", cause="extended_leave",
        paid_share=0.0,
    )  # fmt: skip
    assert alike(long.net, mean(years(away) - years(LONE)))
    a_day = cell(negative(long.net).times(1.0 / 40.0))
    assert " to " in a_day  # with its interval
    nobody = "Each day of a vacancy of 40 in which nobody is hired costs"
    assert vacant.answers[0] == f"{nobody} {a_day} USD."
    assert ccmsim.simulate(away, **SETTINGS).values["staff_cost_usd"].sum() < (
        ccmsim.simulate(LONE, **SETTINGS).values["staff_cost_usd"].sum()
    )


def test_a_substitute_is_judged_in_the_vacancy_alone(vacant: Gains) -> None:
    """What cover does in other absences is in both differences, and drops out."""
    cover = {"hours_per_week": 16, "wage_usd_per_hour": 30.0, "after_days": 15}
    away = with_absence(
        LONE, date(2026, 1, 1), days=40, seat=0, name="gone", cause="extended_leave",
        paid_share=0.0,
    )  # fmt: skip
    changes = {"operations.cover": cover}
    expected = four(away, changes, years)
    assert vacant.of_series("a substitute after 15 days")[1].net.value == pytest.approx(
        float(expected.mean()) - 400.0
    )
    # where the seat is filled before anybody is called there is no fee
    away = with_absence(
        LONE, date(2026, 1, 1), days=10, seat=0, name="gone", cause="extended_leave",
        paid_share=0.0,
    )  # fmt: skip
    late = vacant.of_series("a substitute after 15 days")[0]
    called = (four(away, changes, cover_costs) > 0.0).mean()
    assert 0.0 < called < 0.1
    assert late.net.value == pytest.approx(four(away, changes, years).mean() - 400.0 * called)


def test_one_more_coordinator_bears_an_onboarding(vacant: Gains) -> None:
    away = with_absence(
        LONE, date(2026, 1, 1), days=10, seat=0, name="gone", cause="extended_leave",
        paid_share=0.0,
    )  # fmt: skip
    difference = years(away.but({"staff.nurse.coordinators": 2})) - years(away)
    onboarding = 14_200.0 * 16.0 / 40.0
    assert alike(vacant.of_series(ANOTHER)[0].net, mean(difference - onboarding))


def test_the_break_even_is_where_the_net_gain_changes_its_sign(vacant: Gains) -> None:
    series = "a substitute at once"
    first, last = vacant.of_series(series)
    assert first.net.value < 0.0 < last.net.value
    (crossing,) = vacant.crossings_of(series)
    assert crossing.rising
    assert 10 < crossing.value < 40
    assert crossing.low <= crossing.value <= crossing.high
    at, before = (
        vacancy(LONE, values=[int(days), 60], lags=[0], fee_usd=400.0, **SETTINGS)
        .of_series(series)[0]
        .net.value
        for days in (crossing.value, crossing.value - 1.0)
    )
    assert before < 0.0 <= at
    assert f"pays from {crossing.value:g} business days" in " ".join(str(vacant).split())


def test_a_vacancy_over_patients() -> None:
    found = vacancy(LONE, over="patients", values=[20, 120], days=40, lags=[0], **SETTINGS)
    few, many = found.of_series("a substitute at once")
    assert few.net.value < many.net.value
    assert found.of == "patients enrolled"
    again = vacancy(LONE.but({"panel.enrolled_at_start": 120}), values=[40, 50], lags=[0],
                    **SETTINGS)  # fmt: skip
    assert alike(many.net, again.of_series("a substitute at once")[0].net)
    usual = vacancy(LONE, over="patients", days=5, lags=[0], months=1, replications=2)
    assert [gain.at for gain in usual.of_series(ALONE)] == [40.0, 60.0, 80.0, 120.0, 160.0]


def test_a_contrast_of_a_scenario_with_itself_is_nothing() -> None:
    results = ccmsim.simulate(LONE, months=1, replications=100)
    found = gain_of(
        lambda scenario: results, Contrast(((1.0, LONE), (-1.0, LONE))), "same", 1, 0.95
    )
    for name in ("net", "points", "bad_year", "bad_months"):
        number = getattr(found, name)
        assert (number.low, number.value, number.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("which", ["pooled", "covered", "vacant"])
def test_views_agree(which: str, request: pytest.FixtureRequest) -> None:
    found: Gains = request.getfixturevalue(which)
    rows, document = found.table(), json.loads(found.to_json())
    for gain, plain in zip(found.gains, document["gains"], strict=True):
        for name in NUMBERS:
            if plain[name] is not None:
                value = rows.loc[(gain.series, gain.at, name), "value"]
                assert value == plain[name]["value"]
    words = " ".join(str(found).split())
    for answer in found.answers:
        assert answer in words
    drawn = found.plot()
    above, below = drawn.axes
    assert above.get_ylabel() == "net gain, thousand USD"
    assert below.get_xlabel() == found.of
    assert "bands: 95 % intervals" in above.get_title(loc="left")
    drawn.draw_without_rendering()
    assert all(float(tick).is_integer() for tick in below.get_xticks())  # days and people
    labels = [each.get_text() for each in drawn.legends[0].get_texts()]
    assert set(found.series) <= set(labels)


def test_a_bad_year_without_interval_is_said(pooled: Gains) -> None:
    """24 replications are too few for the interval of a one-in-twenty quantile."""
    assert f"{pooled.gains[1].bad_year.value:,.0f} (no interval)" in str(pooled)


def test_progress_ends_where_it_said() -> None:
    seen: list[tuple[int, int]] = []
    vacancy(LONE, values=[5, 40], lags=[0], **SETTINGS, progress=lambda *at: seen.append(at))
    assert seen[-1][0] == seen[-1][1]
    assert all(done <= whole for done, whole in seen)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"sizes": [2]}, "sizes: must be two or more"),
    ({"sizes": [1, "two"]}, "sizes: must be a whole number"),
    ({"sizes": [0, 2]}, "sizes: must be at least 1"),
    ({"replications": 1}, "replications: must be at least 2"),
    ({"level": 1.0}, "level: must lie between 0 and 1"),
])  # fmt: skip
def test_pooling_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        pooling(TWO, **(QUICK | arguments))


def test_pooling_refuses_what_does_not_grow() -> None:
    more = TWO.but({"staff.other": {"hours_per_week": 8.0}})
    with pytest.raises(InputError, match="staff: must be one group here"):
        pooling(more, months=1)
    covered = TWO.but({"operations.cover": {"hours_per_week": 8.0}})
    with pytest.raises(InputError, match=r"operations\.cover: cannot be compared with pooling"):
        pooling(covered, months=1)
    with pytest.raises(InputError, match=r"panel\.medicare: does not grow with a team"):
        pooling(ccmsim.load("growth_100"), months=1)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"after_days": [2]}, "after_days: must be two different values"),
    ({"people": []}, "people: must be one size or more"),
    ({"after_days": 2}, "after_days: must be several values"),
    ({"people": [0]}, "people: must be at least 1"),
    ({"cover": {"hours": 3}}, "hours"),
    ({"cover": "much"}, "cover: is no cover"),
])  # fmt: skip
def test_cover_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cover_pool(LONE, months=1, replications=5, **arguments)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"over": "weeks"}, "over: cannot be varied"),
    ({"values": [9]}, "values: must be two or more"),
    ({"values": [5, 21]}, "values: must be at most 20"),
    ({"over": "patients", "values": [0, 9], "days": 9}, "values: must be at least 1"),
    ({"lags": []}, "lags: must be one delay or more"),
    ({"lags": [-1]}, "lags: must be at least 0"),
    ({"fee_usd": "dear"}, "fee_usd: must be a number"),
    ({"values": [5, "long"]}, "values: must be a whole number"),
    ({"over": "patients", "days": 4.5}, "days: must be a whole number"),
    ({"fee_usd": -1.0}, "fee_usd: must not be negative"),
    ({"group": "doctors"}, "group: is not a staff group"),
])  # fmt: skip
def test_a_vacancy_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vacancy(LONE, **(QUICK | {"values": [5, 9]} | arguments))


def test_a_pooled_worklist_has_nobody_to_stand_in_for() -> None:
    shared = TWO.but({"operations.assignment": "pooled"})
    for analysis in (cover_pool, vacancy):
        with pytest.raises(InputError, match=r"operations\.assignment: must have owners"):
            analysis(shared, months=1)
    with pytest.raises(InputError, match=r"cannot be varied beside panel\.medicare"):
        vacancy(ccmsim.load("growth_100"), over="patients", months=12)


@pytest.mark.parametrize(("words", "expected"), [
    (["staffing-pooling", "two_nurses", "--sizes", "1,2"],
     lambda how: pooling(ccmsim.load("two_nurses"), sizes=[1, 2], **how)),
    (["staffing-cover", "solo_nurse", "--after-days", "0,5", "--people", "1", "--cover-hours", "12",
      "--cover-wage", "45"],
     lambda how: cover_pool(
         ccmsim.load("solo_nurse"), after_days=[0, 5], people=[1],
         cover={"hours_per_week": 12, "wage_usd_per_hour": 45}, **how)),
    (["staffing-vacancy", "solo_nurse", "--values", "5,20", "--lags", "0", "--fee", "100"],
     lambda how: vacancy(
         ccmsim.load("solo_nurse"), values=[5, 20], lags=[0], fee_usd=100.0, **how)),
])  # fmt: skip
def test_the_commands_print_what_the_functions_return(words: list[str], expected: Any) -> None:
    found = expected({"months": 1, "replications": 20})
    line = [*words, "--months", "1", "--replications", "20"]
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["gains"] == found.as_dict()["gains"]
    assert document["command"] == words[0]


@pytest.mark.parametrize(("words", "message"), [
    (["staffing-pooling", "two_nurses", "--sizes", "1,two"], "--sizes: is not a list of numbers"),
    (["staffing-cover", "solo_nurse", "--after-days", "x"], "--after-days: is not a list"),
    (["staffing-vacancy", "solo_nurse", "--over", "weeks"], "over: cannot be varied"),
    (["staffing-vacancy", "solo_nurse", "--lags", "soon"], "--lags: is not a list of numbers"),
])  # fmt: skip
def test_the_commands_refuse(words: list[str], message: str) -> None:
    done = CliRunner().invoke(app, words, prog_name="ccmsim")
    assert done.exit_code == 2
    assert message in done.stderr


def test_common_luck_makes_the_gain_sharper(covered: Gains) -> None:
    """Unpaired, the interval of the same difference would be wider by far."""
    gain = covered.of_series("1 substitute")[1]
    spread = years(LONE).std(ddof=1) * np.sqrt(2.0 / SETTINGS["replications"])
    assert gain.net.standard_error < 0.5 * spread
