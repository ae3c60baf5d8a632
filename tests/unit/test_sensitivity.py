"""Sensitivity: what is moved, paired, sorted, shown and refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.factors import MEASURES, moved
from ccmsim.analyses.sensitivity import Tornado, sensitivity, with_ranges
from ccmsim.cli import app
from ccmsim.cli.shell import WIDTH
from ccmsim.errors import InputError
from ccmsim.estimation import EXACT, paired_difference
from ccmsim.measures import totals
from ccmsim.scenario import Scenario
from ccmsim.scenario.evidence import ranges

SETTINGS: dict[str, Any] = {"months": 2, "replications": 6, "seed": 4}
FACTORS = {
    "contact.answer_probability": (0.3, 0.6),
    "finance.software_usd_per_patient_month": (1.0, 4.0),
    "contact.max_attempts": (2, 6),
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 40, "staff.nurse.hours_per_week": 7.0}
    )


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> Tornado:
    return sensitivity(scenario, FACTORS, **SETTINGS)


def test_a_zero_is_certain_only_where_scenarios_are_equal(scenario: Scenario) -> None:
    """The range's low end is today's value; the high one changes what no replication had."""
    rare = scenario.but({"disruptions.outage.per_year": 1e-9})
    found = sensitivity(rare, {"disruptions.outage.per_year": (1e-9, 2e-9)}, **SETTINGS)
    (bar,) = found.bars
    assert bar.at_low.method == EXACT
    rarely = "0 of 6 differ from the usual: bounds by their share"
    assert bar.at_high.method == bar.swing.method == rarely
    # a year of 6 may yet show what takes all that could be billed, in so many of them
    plan = totals(ccmsim.simulate(rare, **SETTINGS), "plan_usd").max()
    most = pytest.approx(plan * (1.0 - 0.025 ** (1.0 / 6.0)))
    assert bar.at_high.value == 0.0
    assert bar.at_high.high == most
    assert -bar.at_high.low == most
    *_, low, high = re.split(r"  +", str(found).splitlines()[-1])
    assert low == "0"
    assert high.startswith("0 (-")
    methods = found.table()["method"].tolist()
    assert methods == [EXACT, bar.at_high.method, bar.swing.method]
    assert json.loads(found.to_json())["factors"][0]["at_low"]["method"] == EXACT


def test_ends_are_paired_differences(scenario: Scenario, found: Tornado) -> None:
    today = totals(ccmsim.simulate(scenario, **SETTINGS), "net_usd")
    assert {bar.factor for bar in found.bars} == set(FACTORS)
    for bar in found.bars:
        low, high = (
            totals(ccmsim.simulate(moved(scenario, bar.factor, end), **SETTINGS), "net_usd")
            for end in FACTORS[bar.factor]
        )
        assert bar.at_low == paired_difference(low, today)
        assert bar.at_high == paired_difference(high, today)
        assert bar.swing == paired_difference(high, low)


@pytest.mark.parametrize("preset", ccmsim.presets())
def test_both_ends_of_every_range_are_allowed(preset: str) -> None:
    practice = ccmsim.load(preset)
    found = with_ranges(practice, None)
    assert found
    for path, (low, high, _) in found.items():
        assert moved(practice, path, low) != moved(practice, path, high), path


@pytest.mark.parametrize(
    ("threshold", "target", "span"), [(20.0, 22.0, (20.0, 26.0)), (30.0, 32.0, (30.0, 36.0))]
)
def test_the_target_lies_above_the_scenarios_own_threshold(
    scenario: Scenario, threshold: float, target: float, span: tuple[float, float]
) -> None:
    changes = {"contact.threshold_minutes": threshold, "contact.target_minutes": target}
    found = with_ranges(scenario.but(changes), ["contact.target_minutes"])
    assert found["contact.target_minutes"][:2] == span


def test_a_price_moves_the_net_by_its_closed_form(found: Tornado) -> None:
    (bar,) = [bar for bar in found.bars if bar.factor.startswith("finance.software")]
    assert bar.today == 2.5
    assert bar.at_low.value == pytest.approx(1.5 * 40 * 2)  # dollars x patients x months
    assert bar.at_high.value == pytest.approx(-1.5 * 40 * 2)
    assert (bar.swing.low, bar.swing.high) == pytest.approx((-240.0, -240.0))


def test_the_widest_swing_comes_first(found: Tornado) -> None:
    swings = [abs(bar.swing.value) for bar in found.bars]
    assert swings == sorted(swings, reverse=True)
    assert swings[0] > swings[-1]


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_be_looked_at(scenario: Scenario, measure: str) -> None:
    found = sensitivity(
        scenario, {"contact.answer_probability": (0.1, 0.9)}, measure=measure, **SETTINGS
    )
    assert found.bars[0].swing.value > 0.0
    assert MEASURES[measure] in str(found)


def test_a_law_keeps_its_shape(scenario: Scenario) -> None:
    answer: Any = scenario.contact.answer_probability
    today: Any = scenario.contact.call_minutes
    beta: Any = moved(scenario, "contact.answer_probability", 0.3).contact.answer_probability
    assert beta.expected() == pytest.approx(0.3)
    assert beta.a + beta.b == pytest.approx(answer.a + answer.b)
    call: Any = moved(scenario, "contact.call_minutes", 20.0).contact.call_minutes
    assert call.expected() == pytest.approx(20.0)
    assert call.cv == today.cv
    assert moved(scenario, "contact.notes_minutes", 6.0).contact.notes_minutes.expected() == 6.0
    assert moved(scenario, "contact.max_attempts", 6).contact.max_attempts == 6


def test_left_out_factors_are_the_evidence_table_that_the_scenario_uses() -> None:
    perfect = ccmsim.load("perfect")
    found = sensitivity(perfect, months=1, replications=2)
    chosen = {bar.factor: bar for bar in found.bars}
    assert "finance.wage_load" in chosen
    assert "finance.denied_share" not in chosen  # nothing is denied
    known = ranges()["finance.wage_load"]
    assert (chosen["finance.wage_load"].low, chosen["finance.wage_load"].high) == (
        min(known.low, perfect.finance.wage_load),
        max(known.high, perfect.finance.wage_load),
    )
    asked = sensitivity(perfect, ["finance.denied_share"], months=1, replications=2)
    assert asked.bars[0].low == 0.0  # asked for, today's value is an end


def test_table_and_json_hold_the_same_numbers(found: Tornado) -> None:
    table, plain = found.table(), json.loads(found.to_json())
    assert len(table) == 3 * len(FACTORS)
    for bar in plain["factors"]:
        for end in ("low", "high"):
            assert table.loc[(bar["factor"], end), "value"] == bar[f"at_{end}"]["value"]
            assert table.loc[(bar["factor"], end), "factor_value"] == bar["range"][end == "high"]


def test_the_figure_has_two_bars_a_factor(found: Tornado) -> None:
    axes = found.plot(most=2).axes[0]
    assert len(axes.patches) == 4
    labels = [label.get_text().split("\n")[0] for label in axes.get_yticklabels()]
    assert labels == [bar.factor for bar in found.bars[:2]]


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"contact.nonsense": (1, 2)}, "contact.nonsense: is not a number"),
        ({"contact.followup": (1, 2)}, "contact.followup: is not a number"),
        ({"contact.book_next_call": (0, 1)}, "contact.book_next_call: is not a number"),
        ({"contact.max_attempts": 3}, "contact.max_attempts: needs a low and a high value"),
        ({"contact.max_attempts": (4, 2)}, "contact.max_attempts: must have low below high"),
        ({"finance.denied_share": (0.1, 1.2)}, "finance.denied_share: must be from 0 to 1"),
        (["panel.enrolled_at_start"], "has no range in the evidence table"),
    ],
)
def test_bad_factors_are_refused(scenario: Scenario, factors: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sensitivity(scenario, factors, **SETTINGS)


def test_bad_settings_are_refused(scenario: Scenario) -> None:
    with pytest.raises(InputError, match="measure: is not known"):
        sensitivity(scenario, FACTORS, measure="profit")
    with pytest.raises(InputError, match="level: must lie between 0 and 1"):
        sensitivity(scenario, FACTORS, level=95.0)


def run(*words: object) -> Any:
    line = ["sensitivity", "solo_nurse", "--months", "1", "--replications", "3", *map(str, words)]
    result = CliRunner().invoke(app, line, prog_name="ccmsim")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command_prints_what_the_function_returns() -> None:
    words = ("--factor", "contact.answer_probability=0.3:0.6", "--measure", "billable_points")
    found = json.loads(run(*words, "--json").stdout)
    expected = sensitivity(
        ccmsim.load("solo_nurse"), {"contact.answer_probability": (0.3, 0.6)},
        measure="billable_points", months=1, replications=3,
    ).as_dict()  # fmt: skip
    assert found["factors"] == expected["factors"]
    assert found["command"] == "sensitivity"
    lines = run(*words).stdout.splitlines()
    assert lines[0] == "solo_nurse: what moves billable, of 100 enrolled, in 1 month from 2026-01"
    assert max(map(len, lines)) <= WIDTH
    assert any(line.startswith("contact.answer_probability ") for line in lines)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--factor", "contact.max_attempts=3"), "is not a path with a range"),
        (("--factor", "finance.denied_share", "--factor", "contact.max_attempts=2:3"), "with and"),
        (("--factor", "contact.nothing"), "has no range in the evidence table"),
        (("--measure", "profit"), "measure: is not known"),
    ],
)
def test_the_command_refuses_bad_input(words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
