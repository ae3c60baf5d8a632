"""`ccmsim assess`: where a practice stands, what holds it back, which steps pay.

Comes in: a scenario and settings. Goes out: a page, a picture or one JSON document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import HalfWidth, Unknown
from ccmsim.cli.several import variants_of
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

HELP: Final = """Say where a practice stands, what holds it back, and which steps pay.

Every driver and disruption is made perfect by itself, and every lever is moved by itself, with the
same luck; the best are tried on what nobody knows. Steps of one's own are written as variants of
ccmsim compare.

Examples:

\b
  ccmsim assess two_nurses
  ccmsim assess two_nurses --cost answer=3000 --plot assessment.png
  ccmsim assess two_nurses --step 'longer days:staff.nurses.hours_per_week=20'
"""

Steps = Annotated[
    list[str] | None,
    typer.Option(
        "--step",
        metavar="NAME:PATH=VALUE",
        help="Try this step too; may be given many times, and several times under one name.",
        show_default=False,
    ),
]
Costs = Annotated[
    list[str] | None,
    typer.Option(
        "--cost",
        metavar="LEVER=USD",
        help="What a lever costs over all months, as answer=3000; may be given many times.",
        show_default=False,
    ),
]
Sets = Annotated[
    int, typer.Option("--sets", metavar="N", help="Sets of what is not known; 0: none.")
]
Checks = Annotated[
    int,
    typer.Option(
        "--checks",
        metavar="N",
        help="Replications at both ends of each value's range, to find what could overturn the "
        "rest; 0: none.",
    ),
]


@experiment("assess", replications=200)
def assess(
    asked: Asked,
    step: Steps = None,
    cost: Costs = None,
    of: Unknown = None,
    sets: Sets = 30,
    checks: Checks = 25,
    half_width: HalfWidth = None,
) -> Result:
    """Assess a practice."""
    steps = {
        name: _values(texts, asked.problems)
        for name, texts in variants_of(step or (), asked.problems, "--step").items()
    }
    costs = _costs(cost or (), asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.assess import assess as look

    return look(
        scenario,
        steps=steps,
        costs=costs,
        uncertain=of,
        sets=sets,
        checks=checks,
        half_width=half_width,
        **how,
    )


def _values(texts: Iterable[str], problems: list[Problem]) -> dict[str, Any]:
    """Return the changes of a step; add to `problems` what is wrong."""
    from ccmsim.scenario import parse_setting

    found: dict[str, Any] = {}
    for text in texts:
        try:
            path, value = parse_setting(text)
        except InputError as error:
            problems += [Problem("--step", p.rule, p.value, p.valid) for p in error.problems]
        else:
            found[path] = value
    return found


def _costs(texts: Iterable[str], problems: list[Problem]) -> dict[str, float]:
    """Return the costs by lever; add to `problems` what is wrong."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, amount = text.rpartition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            valid = "LEVER=USD, such as answer=3000"
            problems.append(Problem("--cost", "is not a cost", text, valid))
    return found
