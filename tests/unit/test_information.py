"""Value of information: known values, nothing for what changes no choice, refusals."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.information import EVERYTHING, value_of_information
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation.information import no_less, value_of_knowing
from ccmsim.studies.accuracy.judging import Count, covered, resolved
from ccmsim.studies.accuracy.splits import (
    VALUE_OF_PRODUCT,
    choices,
    product_choices,
    value_of_choice,
)

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
OPTIONS = {"today": SMALL, "more": SMALL.but({"staff.nurse.hours_per_week": 17})}
ANSWER = "contact.answer_probability"
WAGE = "staff.nurse.wage_usd_per_hour"
WIDE = {"family": "uniform", "low": 0.0, "high": 100.0}


@pytest.mark.parametrize("centre", [0.3, 0.6])
def test_the_mean_estimate_is_the_known_value(centre: float) -> None:
    """Of normal laws: density(m) - m P(below -m). A lean of 8 % of it would be seen."""
    rng = np.random.default_rng(1)
    value = value_of_choice(centre)
    found = [value_of_knowing(*choices(rng, 2_000, centre)).value for _ in range(200)]
    error = np.std(found, ddof=1) / math.sqrt(200)
    assert abs(np.mean(found) - value) < 0.03 * value + 4.9 * error
    assert error < 0.01 * value + 0.003


@pytest.mark.parametrize(("centre", "sets", "floor"), [
    (0.0, 400, 0.88), (0.0, 2_000, 0.91), (0.3, 400, 0.92), (0.3, 2_000, 0.935), (0.6, 2_000, 0.93),
])  # fmt: skip
def test_the_interval_covers_the_known_value(centre: float, sets: int, floor: float) -> None:
    """Level 0.95; `floor` is not refuted at 1e-6, and 500 data sets resolve 0.13 less.

    At 0 the choice is closest: what so few sets teach is less than what there is to know.
    """
    rng, value = np.random.default_rng(sets), value_of_choice(centre)
    count = covered((value_of_knowing(*choices(rng, sets, centre)) for _ in range(500)), value)
    assert resolved(floor, count.sets, false_alarm=FALSE_ALARM) > floor - 0.13
    assert not count.below(floor, false_alarm=FALSE_ALARM)


def test_an_interval_half_as_wide_would_be_caught() -> None:
    rng, value, hits = np.random.default_rng(6), value_of_choice(0.3), 0
    for _ in range(300):
        found = value_of_knowing(*choices(rng, 2_000, 0.3))
        hits += abs(found.value - value) <= found.half_width / 2.0
    assert Count(hits, 300).below(0.935, false_alarm=FALSE_ALARM)


def test_what_changes_no_choice_is_worth_nothing() -> None:
    """A worthless x is given worth in 5 of 100 cases at most, and never much; 200 resolve 0.21."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(200):
        _, outcomes = choices(rng, 400, 0.6)
        found.append(value_of_knowing(rng.normal(size=400), outcomes))
    nothing = Count(sum(each.low == 0.0 for each in found), len(found))
    assert 1.0 - resolved(0.95, nothing.sets, false_alarm=FALSE_ALARM) < 0.21
    assert not nothing.below(0.95, false_alarm=FALSE_ALARM)
    values = np.array([each.value for each in found])
    assert values.mean() + 4.9 * values.std(ddof=1) / math.sqrt(values.size) < 0.03
    x = rng.normal(size=400)
    sure = np.column_stack([x, x + 10.0])
    assert value_of_knowing(x, sure).value == 0.0


def test_many_at_once_are_worth_what_the_one_is() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4_000, 10))
    outcomes = np.column_stack([np.zeros(4_000), x[:, 4] + rng.normal(size=4_000)])
    for known in (x, x[:, 4]):
        found = value_of_knowing(known, outcomes)
        # a lean of 5 % is not seen beside the noise
        assert abs(found.value - norm.pdf(0.0)) < 0.05 * norm.pdf(0.0) + 4.9 * found.standard_error
        assert 4.9 * found.standard_error < 0.2 * norm.pdf(0.0)


def test_what_two_do_together_is_known_with_them() -> None:
    """A lean of 10 % would be seen; the interval holds in 85 of 100, and 80 resolve 0.35 less."""
    rng, found = np.random.default_rng(8), []
    for _ in range(80):
        x, outcomes = product_choices(rng, 1_000, 3)
        found.append(value_of_knowing(x, outcomes))
    error = np.std([each.value for each in found], ddof=1) / math.sqrt(80)
    lean = float(np.mean([each.value for each in found])) - VALUE_OF_PRODUCT
    assert abs(lean) < 0.05 * VALUE_OF_PRODUCT + 4.9 * error
    assert 4.9 * error < 0.05 * VALUE_OF_PRODUCT
    count = covered(found, VALUE_OF_PRODUCT)
    assert resolved(0.85, count.sets, false_alarm=FALSE_ALARM) > 0.85 - 0.35
    assert not count.below(0.85, false_alarm=FALSE_ALARM)
    # the product is of no use to who knows one of them
    assert value_of_knowing(x[:, 0], outcomes).value < 0.2 * VALUE_OF_PRODUCT


def test_all_are_worth_no_less_than_the_largest() -> None:
    found = value_of_knowing(*product_choices(np.random.default_rng(9), 400, 0))
    larger = replace(found, value=2.0 * found.value, high=3.0 * found.high)
    smaller = replace(found, value=0.5 * found.value)
    assert no_less(found, [smaller]) == found
    raised = no_less(found, [smaller, larger])
    assert (raised.value, raised.low, raised.high) == (larger.value, found.low, larger.high)
    assert raised.method.endswith("no less than its largest part")


def test_a_choice_that_loses_is_no_certain_nothing() -> None:
    """Every tenth set is decided wrongly, by the others: -20 where they have 1."""
    gains = np.where(np.arange(400) % 10 == 0, -20.0, 1.0) + np.linspace(0.0, 0.1, 400)
    found = value_of_knowing(np.ones(400), np.column_stack([np.zeros(400), gains]))
    assert found.value == found.low == 0.0
    assert 0.3 < found.high < 1.0  # the arm of a mean of -2: 20 with a share of 0.1, of 400


def test_worth_is_listed_where_it_was_seen_and_else_bounded() -> None:
    found = value_of_information(OPTIONS, [ANSWER, WAGE], months=1, replications=200)
    one = replace(found.knowing[WAGE], value=3.0, standard_error=math.nan, low=-1.0, high=40.0)
    none = replace(one, value=0.0, low=0.0, high=57.4)
    few = replace(found, knowing={WAGE: one, ANSWER: none, EVERYTHING: one})
    shown = " ".join(str(few).split())
    assert f"{WAGE} 3 (-1 to 40)" in shown
    assert f"No worth seen; each may be worth 57.4 at most: {ANSWER}." in shown
    assert [tick.get_text() for tick in few.plot().axes[0].get_yticklabels()] == [EVERYTHING, WAGE]
    certain = replace(none, high=0.0)
    both = str(replace(found, knowing={WAGE: certain, ANSWER: certain, EVERYTHING: certain}))
    assert f"No worth seen: {WAGE}, {ANSWER}." in " ".join(both.split())


@pytest.mark.parametrize(("x", "outcomes", "message"), [
    (np.ones(49), np.ones((49, 2)), "outcomes: must be a table of sets and options"),
    (np.ones(50), np.ones((50, 1)), "outcomes: must be a table of sets and options"),
    (np.ones(51), np.ones((50, 2)), "x: must have a row for each set"),
])  # fmt: skip
def test_shapes_are_checked(x: Any, outcomes: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        value_of_knowing(x, outcomes)


def test_a_wage_decides_whether_hours_pay() -> None:
    idle = {"family": "uniform", "low": 14.9, "high": 15.1}
    laws = {"finance.rework_usd": idle, WAGE: WIDE}
    found = value_of_information(OPTIONS, laws, months=2, replications=400, seed=2)
    assert found.best == "today"
    assert found.behind["more"].high < 0.0
    assert list(found.knowing) == [found.parameters[0].path, found.parameters[1].path, EVERYTHING]
    assert found.knowing["finance.rework_usd"].low == 0.0
    assert found.knowing[EVERYTHING].value == max(each.value for each in found.knowing.values())
    again = value_of_information(OPTIONS, laws, months=2, replications=400, seed=2)
    assert again.to_json() == found.to_json()


def test_views_agree() -> None:
    found = value_of_information(OPTIONS, [ANSWER], months=1, replications=200)
    rows, document = found.table(), json.loads(found.to_json())
    assert document["best"] == found.best
    for name, number in found.means.items():
        assert rows.loc[("mean", name), "value"] == number.value
        assert name in str(found)
    for path, number in found.knowing.items():
        assert rows.loc[("knowing", path), "value"] == document["knowing"][path]["value"]
        assert number.value >= 0.0
    assert "Worth of knowing it" in found.plot().axes[0].get_xlabel()


@pytest.mark.parametrize(("scenarios", "of", "arguments", "message"), [
    ({"one": SMALL}, [ANSWER], {}, "scenarios: must be two or more"),
    (OPTIONS, ["contact.rain"], {}, "factors: has no range in the evidence table"),
    (OPTIONS, {"staff.nurse.hours_per_week": WIDE}, {}, "differs between the options"),
    (OPTIONS, 7, {}, "uncertain: must be several values"),
    (OPTIONS, [ANSWER], {"inner": 0}, "inner: must be at least 1"),
    (OPTIONS, [ANSWER], {"replications": 199}, "replications: must be at least 200 for 2 options"),
])  # fmt: skip
def test_refusals(scenarios: Any, of: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        value_of_information(scenarios, of, months=1, **arguments)


def test_the_command_prints_what_the_function_returns() -> None:
    variant = "more:staff.nurse.hours_per_week=17"
    line = ["information", "solo_nurse", "--variant", variant, "--of", ANSWER, "--months", "1"]
    line += ["--replications", "200"]
    first = ccmsim.load("solo_nurse")
    options = {"solo_nurse": first, "more": first.but({"staff.nurse.hours_per_week": 17})}
    found = value_of_information(options, [ANSWER], months=1, replications=200)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["knowing"] == found.as_dict()["knowing"]
    assert set(document["scenarios"]) == set(options)
    done = run(app, [*line, "--inner", "0"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "inner" in done.stderr
