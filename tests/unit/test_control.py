"""Control variates: unbiased, covering, narrower; refused where absence hears of patients."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.control import (
    NUMBERS,
    USUAL,
    control_variates,
    lost_by_cause,
    without_patients,
)
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation.controls import controlled_mean, explained_share

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})


@pytest.mark.parametrize("curve", [0.0, 0.5])
def test_intervals_cover_the_mean(curve: float) -> None:
    """Coverage 0.9 at least is not refuted at FALSE_ALARM, whether or not the truth is linear."""
    rng = np.random.default_rng(1)
    hits, errors, plain = 0, [], []
    for _ in range(500):
        more = rng.exponential(size=(800, 3))
        values = more[:100].sum(axis=1) + curve * more[:100, 0] ** 2 + 0.3 * rng.normal(size=100)
        found = controlled_mean(values, more[:100], more).mean
        hits += not found.excludes(3.0 + 2.0 * curve)
        errors.append(found.value - 3.0 - 2.0 * curve)
        plain.append(values.mean() - 3.0 - 2.0 * curve)
    assert binom.cdf(hits, 500, 0.9) > FALSE_ALARM
    assert abs(np.mean(errors)) < 0.02 + 4.9 * np.std(errors) / np.sqrt(500)
    assert np.var(plain) > 3.0 * np.var(errors)


def test_known_controls_leave_only_what_more_replications_leave() -> None:
    rng = np.random.default_rng(2)
    more = rng.normal(size=(1_000, 2))
    values = 5.0 + more[:100] @ [2.0, -1.0]
    found = controlled_mean(values, more[:100], more)
    assert (found.explained.value, found.explained.low) == (1.0, 1.0)
    assert found.saved.value == pytest.approx(10.0)  # as many as there are controls
    assert found.mean.value == pytest.approx(5.0 + more.mean(axis=0) @ [2.0, -1.0])
    expected = np.std(more @ [2.0, -1.0], ddof=1) / np.sqrt(1_000)
    assert found.mean.standard_error == pytest.approx(expected)


def test_controls_that_never_vary_change_nothing() -> None:
    values = np.random.default_rng(3).normal(size=50)
    found = controlled_mean(values, np.zeros((50, 2)), np.zeros((100, 2)))
    assert found.mean.value == pytest.approx(values.mean())
    assert found.mean.standard_error == pytest.approx(values.std(ddof=1) / np.sqrt(50))
    for told, value in ((found.explained, 0.0), (found.saved, 1.0)):
        assert told.value == value
        assert np.isnan([told.standard_error, told.low, told.high]).all()
        assert told.method == "no interval: no control varies"


def test_nothing_is_explained_where_nothing_varies() -> None:
    found = explained_share(np.ones(30), np.random.default_rng(4).normal(size=(30, 2)))
    assert found.value == 0.0
    assert found.method == "no interval: nothing varies"


@pytest.mark.parametrize(("explained", "skewed"), [(0.8, False), (0.8, True), (0.1, False)])
def test_what_is_explained_and_saved_is_covered(explained: float, *, skewed: bool) -> None:
    """Of a known correlation: coverage 0.9 at least is not refuted at FALSE_ALARM.

    Of 400 data sets a coverage of 0.83 would be found out; a bootstrap's percentiles have less.
    """
    rng, hits, saved, values = np.random.default_rng(6), 0, 0, []
    truth = 1.0 / (1.0 - explained * (1.0 - 60 / 240))
    for _ in range(400):
        more = (rng.exponential(size=(240, 3)) - 1.0) if skewed else rng.normal(size=(240, 3))
        of_controls = np.sqrt(explained / 3.0) * more[:60].sum(axis=1)
        noise = np.sqrt(1.0 - explained) * rng.normal(size=60)
        found = controlled_mean(of_controls + noise, more[:60], more)
        hits += not found.explained.excludes(explained)
        saved += not found.saved.excludes(truth)
        values.append(found.explained.value)
    assert binom.cdf(hits, 400, 0.9) > FALSE_ALARM
    assert saved == hits  # one rises with the other
    assert abs(np.mean(values) - explained) < 0.02 + 4.9 * np.std(values) / np.sqrt(400)


def test_a_jackknife_leaves_out_each_replication() -> None:
    """The shortcut by leverages is the regression without the replication, done again."""
    rng = np.random.default_rng(8)
    controls = rng.exponential(size=(40, 2))
    values = controls.sum(axis=1) + rng.exponential(size=40)

    def left(kept: Any) -> float:
        some = controls[kept] - controls[kept].mean(axis=0)
        own = values[kept] - values[kept].mean()
        residuals = own - some @ np.linalg.lstsq(some, own, rcond=None)[0]
        return float(np.log(residuals @ residuals / (own @ own)))

    without = np.array([left(np.arange(40) != i) for i in range(40)])
    error = np.sqrt(39.0 / 40.0 * ((without - without.mean()) ** 2).sum())
    found = explained_share(values, controls)
    assert found.standard_error == pytest.approx((1.0 - found.value) * error)
    assert found.value == pytest.approx(1.0 - np.exp(left(np.full(40, True))) * 39.0 / 37.0)


@pytest.mark.parametrize(("shapes", "message"), [
    ((50, (49, 1), (100, 1)), "controls: must have a row for each value"),
    ((25, (25, 6), (100, 6)), "controls: must have a row for each value"),
    ((50, (50, 1), (100, 2)), "more: must be controls too"),
    ((50, (50, 1), (49, 1)), "more: must be controls too"),
])  # fmt: skip
def test_shapes_are_checked(shapes: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        controlled_mean(*map(np.ones, shapes))


@pytest.mark.parametrize("preset", [name for name in ccmsim.presets() if name != "stretched_team"])
def test_absence_hears_nothing_of_patients(preset: str) -> None:
    scenario = ccmsim.load(preset)
    whole, empty = (
        lost_by_cause(ccmsim.simulate(one, months=3, replications=5, seed=2))
        for one in (scenario, without_patients(scenario))
    )
    assert (whole == empty).all()


def test_a_year_is_known_better_and_no_other_way() -> None:
    found = control_variates(SMALL, replications=200, times=6, seed=5)
    truth = ccmsim.simulate(SMALL, replications=4_000, seed=6)
    for name in USUAL:
        assert found.saved[name].low > 1.2
        errors = [each[name].standard_error for each in (found.plain, found.controlled)]
        told = found.saved[name]
        assert told.low < (errors[0] / errors[1]) ** 2 < told.high  # of these very replications
        known = truth.values[name].sum(axis=1)
        error = np.hypot(found.controlled[name].standard_error, known.std() / np.sqrt(4_000))
        assert abs(found.controlled[name].value - known.mean()) < 4.9 * error


def test_views_agree() -> None:
    found = control_variates(SMALL, replications=60, times=2, months=3)
    rows, document = found.table(), json.loads(found.to_json())
    for name in USUAL:
        assert rows.loc[(name, "plain"), "value"] == document["plain"][name]["value"]
        assert rows.loc[(name, "controlled"), "value"] == found.controlled[name].value
        for number in NUMBERS:
            assert rows.loc[(name, number), "low"] == document[number][name]["low"]
    assert rows.index.names == ["measure", "number"]
    assert "explained, %" in str(found)
    assert f"{found.saved['net_usd'].value:.1f} x (" in str(found)
    assert "controlled mean" in found.plot().axes[0].get_xlabel()


@pytest.mark.parametrize(("scenario", "arguments", "message"), [
    (SMALL, {"replications": 49}, "replications: must be at least 50 here"),
    (SMALL, {"times": 1}, "times: must be at least 2"),
    (SMALL, {"measures": []}, "measures: must not be empty"),
    (SMALL, {"measures": ["visits"]}, "measure: is not known"),
    (ccmsim.load("stretched_team"), {}, r"operations\.load_absence: makes absence depend"),
])  # fmt: skip
def test_refusals(scenario: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        control_variates(scenario, months=1, **arguments)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["control-variates", "solo_nurse", "--months", "2", "--replications", "50"]
    found = control_variates(ccmsim.load("solo_nurse"), months=2, replications=50)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["controlled"] == found.as_dict()["controlled"]
    done = run(app, [*line, "--times", "1"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "times" in done.stderr
