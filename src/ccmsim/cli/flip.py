"""`ccmsim flip`: over two factors, where one practice beats another, and where that flips.

Comes in: two scenarios, two factors with ranges, settings. Goes out: a map as text, a picture, or
one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.options import Measure, ranged, settled
from ccmsim.errors import Problem

HELP: Final = """Map where one practice beats another, over two factors.

Both are simulated at every point of a grid with the same random numbers. A point is open where the
interval of the difference holds 0; intervals are widened for the number of points, so that the
level holds for the whole map.

Examples:

\b
  ccmsim flip structured_75 informal_200 --move second \\
      --x disruptions.floor_cover.per_shift_share=0:0.6 \\
      --y documentation.outside_capture_share=0.2:0.9
  ccmsim flip solo_nurse two_nurses --x contact.answer_probability=0.3:0.6 \\
      --y staff.*.wage_usd_per_hour=22:45 --plot map.png
"""

First = Annotated[str, typer.Argument(metavar="FIRST", help="A preset's name or a .toml file.")]
Second = Annotated[str, typer.Argument(metavar="SECOND", help="The one to compare it with.")]
X = Annotated[
    str,
    typer.Option("--x", metavar="PATH=LOW:HIGH", help="The factor to the right; * is any name."),
]
Y = Annotated[str, typer.Option("--y", metavar="PATH=LOW:HIGH", help="The factor upwards.")]
Move = Annotated[
    str,
    typer.Option("--move", metavar="WHICH", help="Whose factors are moved: both, first or second."),
]
Points = Annotated[int, typer.Option("--points", metavar="N", help="Of the grid, along each axis.")]


@experiment("flip", replications=50, scenario=First)
def flip(
    asked: Asked,
    second: Second,
    x: X,
    y: Y,
    move: Move = "both",
    points: Points = 7,
    measure: Measure = "net_usd",
) -> Shown:
    """Map where one practice beats another."""
    axes = [_axis(option, text, asked.problems) for option, text in (("--x", x), ("--y", y))]
    first, how = asked.checked()
    other = settled(second, asked.changes).scenario
    from ccmsim.analyses.flip import flip_map

    choice: Any = move
    found = flip_map(first, other, *axes, move=choice, points=points, measure=measure, **how)
    return Shown(found, more={"against": other.fingerprint})


def _axis(option: str, text: str, problems: list[Problem]) -> tuple[str, float, float]:
    """Return a path and its ends."""
    path, ends = ranged(option, text, problems)
    return (path, *(ends or (0.0, 1.0)))
