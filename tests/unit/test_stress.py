"""Reverse stress test: thresholds that are there, honest shares, refusals."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.stress import combinations_of, mildest, stress, words
from ccmsim.arrays import Floats
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.wording import cell

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})


def test_the_mildest_hours_of_one_cause() -> None:
    x = np.arange(1_000.0)
    (least,) = mildest((x,), x >= 800.0, 0.5, 0.95) or (math.nan,)
    # 200 of 360 years: binom.sf(199, 360, 0.5) = 0.020
    assert binom.sf(199, 1_000 - least, 0.5) <= 0.025 < binom.sf(199, 1_025 - least, 0.5)
    assert mildest((x,), x >= 995.0, 0.5, 0.95) is None  # fewer than 20 years
    assert mildest((np.zeros(1_000),), x >= 0.0, 0.5, 0.95) is None


def test_the_mildest_hours_of_two_causes() -> None:
    """Only both together make a year miss."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0.0, 10.0, (2, 4_000))
    ends = mildest((x, y), (x > 5.0) & (y > 7.0), 0.9, 0.95)
    assert ends is not None
    such = (x >= ends[0]) & (y >= ends[1])
    assert such.mean() == pytest.approx(0.5 * 0.3 / 0.92, abs=0.02)
    assert mildest((x,), (x > 5.0) & (y > 7.0), 0.9, 0.95) is None


def test_what_is_listed_misses_so_often() -> None:
    """Of data sets with a known truth at most one in twenty lists what misses less often.

    Nor have more a share outside its interval, or the likeliest's likelihood. Of four causes one is
    strong, one weak, and two do nothing. Caught is a share of 0.5 instead of 0.05 of 60 data sets,
    with more than 0.99 probability.
    """
    rng = np.random.default_rng(3)
    drawn = rng.exponential(100.0, (4, 400_000))  # the truth, to 0.003
    sets, listed, wrong, outside, rare = 60, 0, 0, 0, 0
    for _ in range(sets):
        lost = rng.exponential(100.0, (4, 1_000))
        hours = {str(k): row for k, row in enumerate(lost)}
        found = combinations_of(hours, rng.random(1_000) < chance(lost), 0.5, 0.95)
        such = [np.all([drawn[int(c)] >= h for c, h in e.hours.items()], axis=0) for e in found]
        truths = [float(chance(drawn[:, rows]).mean()) for rows in such]
        listed += bool(found)
        wrong += any(truth < 0.5 for truth in truths)
        outside += any(each.misses.excludes(true) for each, true in zip(found, truths, strict=True))
        rare += bool(found) and found[0].likelihood.excludes(float(such[0].mean()))
        assert all(each.misses.low >= 0.5 for each in found)
    assert listed > sets / 2
    for count in (wrong, outside, rare):
        assert binom.sf(count - 1, sets, 0.05) > FALSE_ALARM


def chance(lost: Floats) -> Floats:
    """Return how likely a year misses: the first cause matters most, the last two not at all."""
    likely: Floats = 1.0 / (1.0 + np.exp((250.0 - lost[0] - 0.6 * lost[1]) / 60.0))
    return likely


def test_causes_that_do_nothing_are_seldom_listed() -> None:
    """Nearly half of the years miss anyway: a search finds more, the other half contradicts it."""
    rng = np.random.default_rng(7)
    listed = 0
    for _ in range(40):
        hours = {f"cause {k}": rng.exponential(20.0, 800) for k in range(6)}
        listed += len(combinations_of(hours, rng.uniform(size=800) < 0.48, 0.5, 0.95)) > 0
    assert binom.sf(listed - 1, 40, 0.05) > FALSE_ALARM
    # one that brings bad years is found
    hours["cause 0"] = rng.exponential(20.0, 800)
    bad = rng.uniform(size=800) < np.where(hours["cause 0"] > 30.0, 0.95, 0.1)
    found = combinations_of(hours, bad, 0.5, 0.95)
    assert any("cause 0" in each.hours for each in found)


def test_a_vacancy_is_behind_a_bad_year_of_a_lone_nurse() -> None:
    net = ccmsim.simulate(SMALL, replications=1_000, seed=4).values["net_usd"].sum(axis=1)
    limit = float(np.quantile(net, 0.2))
    found = stress(SMALL, limit=limit, replications=1_000, seed=4)
    assert found.combinations
    likelihoods = [each.likelihood.value for each in found.combinations]
    assert likelihoods == sorted(likelihoods, reverse=True)
    for each in found.combinations:
        assert 1 <= len(each.hours) <= 2
        assert each.misses.low >= found.given > found.misses.high
    again = stress(SMALL, limit=limit, replications=1_000, seed=4, workers=1)
    assert again.to_json() == found.to_json()


def test_no_disruption_needed_and_none_enough() -> None:
    always = stress(SMALL, limit=1e9, months=1, replications=400)
    assert always.combinations == ()
    assert "It takes no disruption." in str(always)
    never = stress(SMALL, limit=-1e9, months=1, replications=400)
    assert never.combinations == ()
    assert "No time lost surely brings 50 % or more of months below" in str(never)
    for found in (always, never):
        assert len(found.plot().axes) == 1
        assert "year" not in str(found)
    assert "Of all months 100" in str(always)


def test_a_stretch_of_months_has_its_name() -> None:
    """Three months are no year: in the text, the table and the figure."""
    found = stress(SMALL, limit=-1_500.0, months=3, replications=400)
    assert "Of all stretches of 3 months " in str(found)
    assert "year" not in str(found)
    assert found.table().index[0] == ("any stretch of 3 months", "misses")
    _, labels = found.plot().axes[0].get_legend_handles_labels()
    assert labels[1] == "stretches of 3 months below -1,500"


def test_views_agree() -> None:
    found = stress(SMALL, limit=-9_000.0, replications=1_000)
    rows, document = found.table(), json.loads(found.to_json())
    assert rows.loc[("any year", "misses"), "value"] == document["misses"]["value"]
    for each, plain in zip(found.combinations, document["combinations"], strict=True):
        assert rows.loc[(words(each), "likelihood"), "value"] == plain["likelihood"]["value"]
        assert plain["hours"] == dict(each.hours)
        assert words(each) in str(found)
    (axes,) = found.plot().axes
    first, *_ = dict.fromkeys(cause for each in found.combinations for cause in each.hours)
    assert axes.get_xlabel() == f"Hours lost: {first}, in 12 months"
    likeliest = cell(found.combinations[0].misses.times(100.0))
    _, labels = axes.get_legend_handles_labels()
    assert labels[2] == f"beyond this line {likeliest} % are below"


@pytest.mark.parametrize(("arguments", "message"), [
    ({"given": 1.0}, "given: must lie between 0 and 1"),
    ({"limit": math.nan}, "limit: must be finite"),
    ({"replications": 399}, "replications: must be at least 400 here"),
    ({"measure": "visits"}, "measure: is not known"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        stress(SMALL, months=1, **arguments)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["stress", "solo_nurse", "--months", "1", "--replications", "400", "--limit", "2000"]
    found = stress(ccmsim.load("solo_nurse"), months=1, replications=400, limit=2_000.0)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["combinations"] == found.as_dict()["combinations"]
    done = run(app, [*line, "--given", "0"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "given" in done.stderr
