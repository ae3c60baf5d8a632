"""What every command says to an option that is no number, or that an analysis refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from ccmsim.cli import app
from ccmsim.cli.refusal import by_option
from ccmsim.errors import InputError, Problem
from ccmsim.scenario.model import Scenario

COMMANDS: dict[str, Any] = vars(typer.main.get_command(app))["commands"]


def numbers() -> Iterator[tuple[str, str, str]]:
    """Yield every command with each option that is a number, and what it should be."""
    for name, command in COMMANDS.items():
        hints = get_type_hints(command.callback)
        for option in command.params:
            kinds = (hints[option.name], *get_args(hints[option.name]))
            for kind, said in ((float, "number"), (int, "whole number")):
                if kind in kinds and option.opts[0].startswith("-"):
                    yield name, max(option.opts, key=len), said


ALL = list(numbers())


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), prog_name="ccmsim")
    assert done.exit_code == 2
    assert done.stdout == ""
    return done.stderr


def test_every_number_is_refused_by_its_option_rule_and_value() -> None:
    assert len({name for name, _, _ in ALL}) >= 30
    assert len(ALL) >= 150
    for name, option, said in ALL:
        message = refused(name, option, "abc")
        expected = (
            f"Error:\n  {option}: is not a {said} (got 'abc')\n      valid: a {said}, such as "
        )
        assert message.startswith(expected), (name, option, message)


def test_the_value_is_the_last_one_given() -> None:
    assert "--months: is not a whole number (got '1.5')" in refused("run", "--months=1.5")
    message = refused("run", "--months", "2", "--level", "0.9", "--months", "many")
    assert "--months: is not a whole number (got 'many')" in message


def test_what_is_missing_is_said_as_ever() -> None:
    assert "Missing argument 'SCENARIO'" in refused("run")
    assert "No such option" in refused("run", "solo_nurse", "--monts", "3")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("assess", "solo_nurse", "--cost", "answr=300"),
         "--cost: is no lever here (got 'answr')\n      valid: hour, "),
        (("assess", "solo_nurse", "--cost", "answer=-3"),
         "--cost answer: is out of range (got -3.0)\n      valid: USD over all months, 0 or more"),
        (("erosion", "solo_nurse", "--half-width", "-1"),
         "--half-width: must be above 0 (got -1.0)\n      valid: 0.1; or leave it out"),
        (("uncertainty", "solo_nurse", "--inner", "1", "--months", "1"),
         "so that 30 sets are left (got 1)\n      valid: such as 4; or leave it out"),
        (("flip", "solo_nurse", "two_nurses", "--x", "contact.nothing=0:1",
          "--y", "contact.answer_probability=0.3:0.6"),
         "--x: is not in the scenario that it moves (got 'contact.nothing')"),
        (("shares", "solo_nurse", "--players", "no_sick,a,b"),
         "--players: are not known (got 'a, b')\n      valid: "),
        (("shares", "solo_nurse", "--players", "no_sick,a"),
         "--players: is not known (got 'a')\n      valid: "),
        (("stress", "solo_nurse", "--limit", "nan"), "--limit: must be finite (got nan)"),
        (("shares", "solo_nurse", "--pairs", "1"), "--pairs: must be at least 2"),
        (("sensitivity", "solo_nurse", "--measure", "joy"), "--measure: is not known (got 'joy')"),
        (("run", "solo_nurse", "--set", "panel.enrolled_at_start=-3"),
         "\n  panel.enrolled_at_start: must be at least 0 (got -3)"),
    ],
)  # fmt: skip
def test_what_an_analysis_refuses_has_the_name_of_the_option(
    words: tuple[str, ...], message: str
) -> None:
    assert message in refused(*words)


def test_a_part_of_the_scenario_keeps_its_name() -> None:
    """An option may have the name of a part of the scenario, too."""
    part = "start"
    assert part in Scenario.model_fields

    def command(start: str) -> None: ...

    command.__annotations__ = {
        part: get_type_hints(COMMANDS["run"].callback, include_extras=True)["months"]
    }
    error = InputError([Problem(part, "is no date", "x", "2026-01"), Problem("", "is bad", 1, "2")])
    assert by_option(error, command).problems == error.problems
