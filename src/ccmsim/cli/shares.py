"""`ccmsim shares`: a gap split among the four drivers, the disruptions, or other idealisations.

Comes in: a scenario, players and settings. Goes out: steps and shares, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Split what is missing among those who may mend it.

Players are the four drivers (visibility, enrollment, execution, documentation), the scenario's
disruptions, or names of idealisations. Every coalition of them is simulated with the same random
numbers: a step is what a player adds to those before, a share the mean of it over all orders. With
more than 8 players orders are drawn.

Examples:

\b
  ccmsim shares growth_100
  ccmsim shares two_nurses --players causes --replications 50
  ccmsim shares two_nurses --players no_turnover,lossless_capture,perfect_documentation
"""

Players = Annotated[
    str,
    typer.Option(
        "--players",
        metavar="NAMES",
        help="drivers, causes, or idealisations with commas, such as no_turnover,no_disruptions.",
    ),
]
Pairs = Annotated[
    int, typer.Option("--pairs", metavar="N", help="Pairs of orders, with more than 8 players.")
]


@experiment("shares", replications=100)
def shares(asked: Asked, players: Players = "drivers", pairs: Pairs = 10) -> Result:
    """Split what is missing."""
    scenario, how = asked.checked()
    from ccmsim.analyses.shares import DRIVERS, causes_of
    from ccmsim.analyses.shares import shares as split

    named = {"drivers": DRIVERS, "causes": causes_of(scenario)}
    return split(scenario, named.get(players, players.split(",")), pairs=pairs, **how)
