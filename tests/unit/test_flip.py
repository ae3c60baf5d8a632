"""Flip maps: paired at every point, certain where they say so, refused in words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.unit.synthetic_results import losing
from typer.testing import CliRunner

import ccmsim
from ccmsim import montecarlo
from ccmsim.analyses import flip as module
from ccmsim.analyses.factors import moved
from ccmsim.analyses.flip import FlipMap, flip_map
from ccmsim.cli import app
from ccmsim.cli.shell import WIDTH
from ccmsim.errors import InputError
from ccmsim.estimation import paired_difference
from ccmsim.measures import totals
from ccmsim.scenario import Scenario

SETTINGS: dict[str, Any] = {"months": 1, "replications": 12, "seed": 4}
X = ("finance.software_usd_per_patient_month", 0.0, 30.0)
Y = ("contact.answer_probability", 0.3, 0.6)


@pytest.fixture(scope="module")
def pair() -> tuple[Scenario, Scenario]:
    few = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    return few.but({"name": "many", "panel.enrolled_at_start": 60}), few


@pytest.fixture(scope="module")
def found(pair: tuple[Scenario, Scenario]) -> FlipMap:
    return flip_map(*pair, X, Y, points=3, **SETTINGS)


def decided(found: FlipMap) -> bool:
    """Return whether any point has a verdict."""
    return any(verdict != "uncertain" for row in found.verdicts() for verdict in row)


def test_every_point_is_a_paired_difference(
    pair: tuple[Scenario, Scenario], found: FlipMap
) -> None:
    for j, y in enumerate((0.3, 0.45, 0.6)):
        for i, x in enumerate((0.0, 15.0, 30.0)):
            net = [
                totals(ccmsim.simulate(moved(moved(s, X[0], x), Y[0], y), **SETTINGS), "net_usd")
                for s in pair
            ]
            expected = paired_difference(*net, level=1.0 - 0.05 / 9)
            assert found.differences[j][i] == expected
            sign = found.verdicts()[j][i]
            assert (sign == "first") == (expected.low > 0)
            assert (sign == "second") == (expected.high < 0)


def test_a_price_flips_the_verdict_where_it_must(pair: tuple[Scenario, Scenario]) -> None:
    # each dollar of software costs the larger panel 40 dollars more a month
    dear = flip_map(*pair, (X[0], 0.0, 90.0), Y, points=3, **SETTINGS)
    assert dear.verdicts()[0] == ["first", "second", "second"]
    for row, (y, crossing) in zip(dear.differences, dear.crossings().items(), strict=True):
        assert row[0].value - row[2].value == pytest.approx(90.0 * 40)
        assert crossing is not None, y
        assert crossing.value == pytest.approx(row[0].value / 40.0)
        assert 0.0 < crossing.low < crossing.value < crossing.high
    table = dear.table("crossings")
    assert table.index.names == [Y[0]]
    there = [each["x"]["value"] for each in json.loads(dear.to_json())["crossings"]]
    assert table["value"].tolist() == there


def test_a_map_without_open_points_explains_none(pair: tuple[Scenario, Scenario]) -> None:
    sure = flip_map(*pair, (X[0], 0.0, 300.0), Y, points=2, **SETTINGS)
    assert {verdict for row in sure.verdicts() for verdict in row} == {"first", "second"}
    axes = sure.plot().axes[0]
    assert axes.get_legend() is None
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "300"]
    assert list(axes.get_yticks()) == [0.3, 0.6]


def test_equal_scenarios_are_open_everywhere(pair: tuple[Scenario, Scenario]) -> None:
    same = flip_map(pair[1], pair[1].but({"name": "same"}), X, Y, points=2, **SETTINGS)
    assert not decided(same)
    for share in same.shares.values():  # neither is better anywhere, and that is certain
        assert (share.value, share.low, share.high) == (0.0, 0.0, 0.0)
    lines = str(same).splitlines()
    assert lines[3] == "? open (0) or equal (4)"
    assert lines[6].endswith(" is better at 0 of 4 points, open ones counted,")
    legend: Any = same.plot().axes[0].get_legend()
    assert "or equal" in legend.texts[0].get_text()


@pytest.mark.parametrize("move", ["first", "second"])
def test_only_the_scenario_that_is_meant_moves(pair: tuple[Scenario, Scenario], move: Any) -> None:
    found = flip_map(*pair, X, Y, move=move, points=2, **SETTINGS)
    gain = found.differences[0][1].value - found.differences[0][0].value
    assert gain == pytest.approx(-30.0 * 60 if move == "first" else 30.0 * 20)


def test_a_path_of_one_scenario_moves_that_one(pair: tuple[Scenario, Scenario]) -> None:
    plain = pair[0].but({"disruptions.floor_cover": None})
    pulled = pair[0].but({"disruptions.floor_cover.last_share": 1.0})
    axis = ("disruptions.floor_cover.per_shift_share", 0.0, 1.0)
    found = flip_map(plain, pulled, axis, Y, points=2, **SETTINGS)
    assert found.differences[1][0].value == 0.0
    assert found.differences[1][1].value > 0.0


def test_whole_numbers_are_those_that_are_simulated(pair: tuple[Scenario, Scenario]) -> None:
    """Four points of 2 to 4 attempts are three; each is labelled as what it is."""
    axis = ("contact.max_attempts", 2, 4)
    found = flip_map(*pair, axis, Y, points=4, **SETTINGS)
    assert found.x.points == (2.0, 3.0, 4.0)
    assert len(found.y.points) == len(found.differences) == 4
    assert {len(row) for row in found.differences} == {3}
    net = [
        totals(ccmsim.simulate(moved(moved(s, axis[0], 3), Y[0], 0.6), **SETTINGS), "net_usd")
        for s in pair
    ]
    assert found.differences[-1][1] == paired_difference(*net, level=1.0 - 0.05 / 12)
    assert str(found).splitlines()[-1].split() == ["2", "3", "4"]
    uneven = flip_map(*pair, ("contact.max_attempts", 1, 4), Y, points=3, **SETTINGS)
    assert uneven.x.points == (1.0, 2.0, 4.0)
    within = flip_map(*pair, ("contact.max_attempts", 1.4, 3.6), Y, points=4, **SETTINGS)
    assert within.x.points == (2.0, 3.0)
    patches: Any = uneven.plot().axes[0].patches
    fields = {patch.get_x(): patch.get_width() for patch in patches}
    assert fields.items() <= {0.5: 1.0, 1.5: 1.5, 3.0: 2.0}.items()


def test_the_level_holds_for_the_whole_map(
    pair: tuple[Scenario, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing differs, at most 5 % of maps have a verdict (false alarm below 1e-6).

    300 maps tell 13 %; without a correction for four points it would be 19 %.
    """
    rng = np.random.default_rng(11)
    monkeypatch.setattr(montecarlo, "simulate", lambda *_, **__: None)
    monkeypatch.setattr(module, "values_of", lambda *_: rng.normal(size=SETTINGS["replications"]))
    monkeypatch.setattr(module, "furthest", lambda *_: 10.0)
    maps = 300
    wrong = sum(decided(flip_map(*pair, X, Y, points=2, **SETTINGS)) for _ in range(maps))
    assert wrong <= stats.binom(maps, 0.05).isf(1e-6)


def test_seldom_losses_are_left_open(
    pair: tuple[Scenario, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A premium pays for what 1 % of years lose: at most 5 % of maps have a verdict.

    False alarm below 1e-6; 40 maps tell more than 11 wrong ones. Where six of ten points see no
    loss at all, a spread that is believed has a verdict on nearly all maps.
    """
    rng, maps, n = np.random.default_rng(12), 40, 50

    def simulated(scenario: Scenario, **_: Any) -> Any:
        return losing(rng, n, insured=scenario.name == "many")

    monkeypatch.setattr(montecarlo, "simulate", simulated)
    settings = SETTINGS | {"replications": n}
    wrong = sum(decided(flip_map(*pair, X, Y, points=2, **settings)) for _ in range(maps))
    assert wrong <= stats.binom(maps, 0.05).isf(1e-6)


def test_the_screen_says_what_may_be_missed(found: FlipMap) -> None:
    lines = str(found).splitlines()
    assert "95 % sure, as far as 12 replications show." in lines[4]
    # at the level of one of nine points: 1 - (0.05 / 9) ** (1 / 12)
    assert lines[5] == "What happens in fewer than 35 of 100 replications may be missed."
    first = [round(9 * end) for end in (found.shares["first"].value, found.shares["first"].low)]
    sure = sum(row.count("first") for row in found.verdicts())
    assert lines[1] == f"+ many is surely better ({sure} of 9 points)"
    assert first[1] == sure
    assert lines[6].startswith(f"many is better at {first[0]} (")
    assert lines[6].endswith(" of 9 points, open ones counted,")


def test_table_json_and_text_say_the_same(found: FlipMap) -> None:
    table, plain = found.table(), json.loads(found.to_json())
    assert table.index.names == [Y[0], X[0]]
    assert table["verdict"].tolist() == [v for row in found.verdicts() for v in row]
    values = [point["value"] for row in plain["differences"] for point in row]
    assert table["value"].tolist() == values
    by_share, by_crossing = found.table("shares"), found.table("crossings")
    for name, share in found.shares.items():
        assert plain["shares"][name]["high"] == by_share.loc[(name,), "high"] == share.high
    assert [each["y"] for each in plain["crossings"]] == list(found.y.points)
    assert all(each["x"] is None for each in plain["crossings"])  # nothing flips here
    assert list(by_crossing.columns) == list(by_share.columns)
    assert by_crossing.empty
    verdicts = table["verdict"].tolist()
    assert found.shares["first"].low == verdicts.count("first") / 9
    assert found.shares["second"].high == pytest.approx(1.0 - found.shares["first"].low)
    with pytest.raises(InputError, match=r"of: is no table here.*points, shares or crossings"):
        found.table("verdicts")
    signs = {"first": "+", "second": "-", "uncertain": "?"}
    lines = str(found).splitlines()
    for line, row in zip(lines[-4:-1], reversed(found.verdicts()), strict=True):
        assert line.split()[1:] == [signs[verdict] for verdict in row]


def test_the_figure_hatches_what_is_open(found: FlipMap) -> None:
    axes = found.plot().axes[0]
    open_points = sum(row.count("uncertain") for row in found.verdicts())
    assert len(axes.patches) == open_points
    assert axes.get_xlabel() == X[0]


@pytest.mark.parametrize(
    ("x", "y", "more", "message"),
    [
        (("contact.nothing", 0, 1), Y, {}, "x: is not in the scenario that it moves"),
        (X, ("contact.nothing", 0, 1), {}, r"y: is not in .* moves \(got 'contact.nothing'\)"),
        (("contact.followup", 0, 1), Y, {}, "contact.followup: is not a number"),
        ((*X[:1], 3.0, 1.0), Y, {}, "must have low below high"),
        ((X[0], 1.0), Y, {}, "x: must be a path, a low and a high value"),
        (("finance.denied_share", 0.1, 1.2), Y, {}, "finance.denied_share: must be from 0 to 1"),
        (X, X, {}, "y: must be another factor than x"),
        *(
            (("contact.max_attempts", *ends), Y, {}, "contact.max_attempts: is a whole number")
            for ends in ((2.6, 3.4), (2.5, 3.5), (2.2, 2.8))
        ),
        (("contact.max_attempts", 1, np.inf), Y, {}, "must have low below high, both finite"),
        (X, Y, {"points": 1}, "points: must be at least 2"),
        (X, Y, {"move": "third"}, "move: is not known"),
        (X, Y, {"measure": "profit"}, "measure: is not known"),
        (X, Y, {"level": 1.0}, "level: must lie between 0 and 1"),
    ],
)
def test_bad_input_is_refused(
    pair: tuple[Scenario, Scenario], x: Any, y: Any, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        flip_map(*pair, x, y, **more)


def run(*words: object) -> Any:
    line = [
        "flip",
        "perfect",
        "solo_nurse",
        "--months",
        "1",
        "--replications",
        "3",
        "--points",
        "2",
    ]
    result = CliRunner().invoke(app, [*line, *map(str, words)], prog_name="ccmsim")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command_prints_the_map() -> None:
    words = ("--x", "finance.wage_load=1.2:1.4", "--y", "contact.answer_probability=0.3:0.6")
    document = json.loads(run(*words, "--move", "second", "--json").stdout)
    expected = flip_map(
        ccmsim.load("perfect"), ccmsim.load("solo_nurse"), ("finance.wage_load", 1.2, 1.4),
        Y, move="second", points=2, months=1, replications=3,
    ).as_dict()  # fmt: skip
    assert document["differences"] == expected["differences"]
    assert document["against"] == ccmsim.load("solo_nurse").fingerprint
    lines = run(*words).stdout.splitlines()
    assert lines[0].startswith("perfect against solo_nurse: net, USD")
    assert max(map(len, lines)) <= WIDTH


def test_the_command_refuses_bad_input() -> None:
    done = run("--x", "finance.wage_load", "--y", "contact.answer_probability=3")
    assert done.exit_code == 2
    assert "--x: is not a path with a range" in done.stderr
    assert "--y: is not a path with a range" in done.stderr
