"""Two levels of uncertainty: known splits, coverage, uncertain values in scenarios, refusals."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.parameters import drawn, parameters_of, seed_of_set, sets_of
from ccmsim.analyses.uncertainty import QUANTILES, ROWS, uncertainty
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation.levels import (
    quantile_of_sets,
    replications_a_set,
    share_below,
    share_true,
    variance,
    variances,
)

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
UNIFORM = {"family": "uniform", "low": 0.3, "high": 0.6}
ANSWER = "contact.answer_probability"


def table(rng: Any, sets: int, n: int, share: float) -> Any:
    """Return values whose sets' expectations have `share` of a variance of 1, uniform laws."""
    centre = rng.uniform(-1.0, 1.0, (sets, 1)) * math.sqrt(3.0 * share)
    return centre + rng.uniform(-1.0, 1.0, (sets, n)) * math.sqrt(3.0 * (1.0 - share))


def test_a_split_by_hand() -> None:
    found = variances([[1.0, 3.0], [5.0, 7.0], [9.0, 11.0]])
    assert found["chance"].value == pytest.approx(2.0)
    assert found["unknown"].value == pytest.approx(16.0 - 1.0)
    assert found["both"].value == pytest.approx(17.0)
    assert found["share"].value == pytest.approx(15.0 / 17.0)


@pytest.mark.parametrize(("values", "share"), [
    ([[1.0, 1.0], [5.0, 5.0], [9.0, 9.0]], 1.0),  # no chance
    ([[1.0, 3.0], [5.0, 5.0], [9.0, 9.0]], 36.0 / 38.0),  # chance in one set alone
    ([[1.0, 3.0], [0.0, 4.0], [2.0, 2.0]], 0.0),  # one expectation
    ([[2.0, 2.0], [2.0, 2.0], [0.0, 7.0]], 0.0),  # and but for one set it would be
])  # fmt: skip
def test_a_share_that_cannot_be_told_is_anything(values: list[list[float]], share: float) -> None:
    """Where one part does not vary, or in one set only, the data do not tell: 0 to 1."""
    found = variances(values)["share"]
    assert (found.low, found.high) == (0.0, 1.0)
    assert math.isnan(found.standard_error)
    assert found.method == "cannot be told: but for one set at most, one part does not vary"
    assert found.value == pytest.approx(share)


def test_a_share_of_nothing_has_no_value() -> None:
    found = variances([[2.0, 2.0], [2.0, 2.0], [2.0, 2.0]])["share"]
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert found.method == "no value: nothing varies"


def test_without_chance_the_share_is_anything_and_is_printed_so() -> None:
    """Nothing is left to chance in `perfect`; that a sample shows none does not prove it."""
    load = {"finance.wage_load": {"family": "uniform", "low": 1.1, "high": 1.4}}
    found = uncertainty(ccmsim.load("perfect"), load, months=1, replications=200, inner=2)
    share = found.both["share_unknown"]
    assert (share.value, share.low, share.high) == (1.0, 0.0, 1.0)
    assert "(0 to 100)" in str(found)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_intervals_of_the_split_cover_it(share: float) -> None:
    """Coverage 0.92 at least is not refuted at FALSE_ALARM."""
    rng = np.random.default_rng(4)
    hits = np.zeros(3, int)
    for _ in range(400):
        found = variances(table(rng, 100, 4, share))
        truths = (("share", share), ("chance", 1.0 - share), ("both", 1.0))
        hits += [not found[name].excludes(truth) for name, truth in truths]
    assert binom.cdf(hits.min(), 400, 0.92) > FALSE_ALARM


def test_the_split_is_unbiased() -> None:
    rng = np.random.default_rng(5)
    found = [variances(table(rng, 30, 3, 0.4))["unknown"].value for _ in range(2_000)]
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found) - 0.4) < 4.9 * error
    assert error < 0.01


def test_quantiles_and_shares_take_the_set_as_their_unit() -> None:
    """With all of the variance between sets, copies of a value tell nothing new."""
    rng = np.random.default_rng(6)
    hits = np.zeros(2, int)
    for _ in range(400):
        years = np.repeat(rng.uniform(0.0, 1.0, (60, 1)), 5, axis=1)
        hits[0] += not quantile_of_sets(years, 0.5).excludes(0.5)
        hits[1] += not share_below(years, 0.2).excludes(0.2)
    assert binom.cdf(hits.min(), 400, 0.93) > FALSE_ALARM


def test_shares_of_months_hold_though_months_hang_together() -> None:
    """Rare long vacancies, and nothing at all: with 300 trials 0.84 would be noticed."""
    rng, hits = np.random.default_rng(8), 0
    for _ in range(300):
        length = np.where(rng.random(200) < 0.1, rng.integers(1, 12, 200), 0)
        hits += not share_true(np.arange(12) < length[:, None]).excludes(0.1 * 6.0 / 12.0)
    assert binom.cdf(hits, 300, 0.95) > FALSE_ALARM
    for value in (False, True):
        found = share_true(np.full((50, 12), value))
        assert found.value == float(value)
        assert found.high - found.low == pytest.approx(1.0 - 0.025 ** (1.0 / 50.0))
        assert 0.0 <= found.low <= found.high <= 1.0
    assert share_true([[True, False]]).method == "one replication"
    assert share_true([[True], [False], [False]]).value == pytest.approx(1.0 / 3.0)
    with pytest.raises(InputError, match="happened: must be a table of sets and values"):
        share_true([True, False])


def test_one_level_is_the_plain_variance() -> None:
    values = np.random.default_rng(7).normal(size=50)
    found = variance(values)
    assert found.value == pytest.approx(values.var(ddof=1))
    assert found.low < found.value < found.high


def test_few_replications_where_parameters_matter() -> None:
    assert replications_a_set(1.0, 0.1, most=50) == 2
    assert replications_a_set(-0.5, 1.0, most=20) == 20
    chosen = [replications_a_set(1.0, chance, most=100) for chance in (0.1, 1.0, 5.0, 20.0)]
    assert chosen == sorted(chosen)


def test_an_uncertain_value_is_a_number_to_everybody_else() -> None:
    law = {"uncertain": UNIFORM}
    practice = SMALL.but({"contact.scheduled_factor": {**law, "value": 0.5}})
    assert practice.contact.scheduled_factor == 0.5
    assert practice.uncertain is not None
    assert list(practice.uncertain) == ["contact.scheduled_factor"]
    mean = SMALL.but({"contact.scheduled_factor": law})
    assert mean.contact.scheduled_factor == pytest.approx(0.45)
    certain = practice.but({"contact.scheduled_factor": 0.7})
    assert certain.contact.scheduled_factor == 0.7
    plain = ccmsim.simulate(SMALL.but({"contact.scheduled_factor": 0.5}), months=1, replications=3)
    found = ccmsim.simulate(practice, months=1, replications=3)
    assert (found.values["net_usd"] == plain.values["net_usd"]).all()


def test_an_uncertain_value_goes_through_a_file() -> None:
    practice = SMALL.but({"finance.rework_usd": {"value": 15.0, "uncertain": UNIFORM}})
    assert ccmsim.loads(practice.to_toml()) == practice


def test_sets_keep_shapes_and_their_own_luck() -> None:
    parameters = parameters_of(SMALL, {ANSWER: UNIFORM, "finance.rework_usd": UNIFORM})
    rows, scenarios = sets_of(SMALL, parameters, 3, range(5))
    assert rows.shape == (5, 2)
    assert len(np.unique(rows)) == 10
    for row, scenario in zip(rows, scenarios, strict=True):
        assert scenario.contact.answer_probability.expected() == pytest.approx(row[0])
        assert scenario.finance.rework_usd == row[1]
    assert drawn(parameters[::-1], 3, 4)[::-1] == drawn(parameters, 3, 4)
    assert len({seed_of_set(3, number) for number in range(5_000)}) == 5_000


def test_what_matters_is_found_and_what_does_not_is_not() -> None:
    wage = {"family": "uniform", "low": 10.0, "high": 100.0}
    found = uncertainty(SMALL, {"staff.nurse.wage_usd_per_hour": wage}, months=2, replications=400)
    assert found.both["share_unknown"].low > 0.5
    idle = {"finance.rework_usd": {"family": "uniform", "low": 14.99, "high": 15.01}}
    found = uncertainty(SMALL, idle, months=2, replications=400)
    assert found.both["share_unknown"].low < 0.05
    assert found.years.shape == (len(found.draws), found.inner)


def test_a_pilot_is_not_counted_twice() -> None:
    found = uncertainty(SMALL, {ANSWER: UNIFORM}, months=1, replications=400, inner=5)
    assert (found.chosen, found.inner, found.years.shape) == (False, 5, (60, 5))
    assert found.replications == 400
    again = uncertainty(SMALL, {ANSWER: UNIFORM}, months=1, replications=400, inner=5)
    assert (found.years == again.years).all()


def test_views_agree() -> None:
    found = uncertainty(SMALL, [ANSWER], months=1, replications=200)
    rows, document = found.table(), json.loads(found.to_json())
    for said, numbers in (("both", found.both), ("chance", found.today)):
        for name, number in numbers.items():
            assert name in {*ROWS, "share_unknown"}
            assert rows.loc[(said, name), "value"] == number.value
            assert document[said][name]["value"] == number.value
    assert set(QUANTILES) <= set(found.today)
    assert "is of what is not known" in str(found)
    assert found.plot().axes[0].get_ylabel() == "% of years up to that"


@pytest.mark.parametrize(("uncertain", "arguments", "message"), [
    ({"contact.rain": UNIFORM}, {}, "uncertain.contact.rain: is not a number of this scenario"),
    ({}, {}, "uncertain"),
    ({ANSWER: UNIFORM}, {"replications": 199}, "replications: must be at least 200 here (got 199)"),
    ({ANSWER: UNIFORM}, {"inner": 1}, "inner: must be a whole number from 2 to"),
    ({ANSWER: UNIFORM}, {"limit": math.nan}, "limit: must be finite"),
    ({ANSWER: UNIFORM}, {"measure": "visits"}, "measure: is not known"),
])  # fmt: skip
def test_refusals(uncertain: dict[str, Any], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        uncertainty(SMALL, uncertain, months=1, **arguments)
    assert message in str(caught.value)


def test_a_law_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match=r"finance\.rework_usd\.uncertain: is not a distribution"):
        SMALL.but({"finance.rework_usd": {"uncertain": {"family": "rain"}}})


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["uncertainty", "solo_nurse", "--of", ANSWER, "--months", "1", "--replications", "200"]
    found = uncertainty(ccmsim.load("solo_nurse"), [ANSWER], months=1, replications=200)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["both"] == found.as_dict()["both"]
    done = run(app, [*line[:3], "rain"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "rain" in done.stderr
