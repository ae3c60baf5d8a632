"""`ccmsim shares`: a gap split among the four drivers, the disruptions, or other idealisations.

Comes in: a scenario, players and settings. Goes out: steps and shares, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import document_of, give_out, settings_of
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded

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


@guarded
def shares(
    scenario: ScenarioName,
    players: Players = "drivers",
    pairs: Pairs = 10,
    months: Months = 12,
    replications: Replications = 100,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Split what is missing."""
    settings = settings_of(
        scenario,
        set_,
        plot,
        workers,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    from ccmsim.analyses.shares import DRIVERS, causes_of
    from ccmsim.analyses.shares import shares as split

    named = {"drivers": DRIVERS, "causes": causes_of(settings.scenario)}
    found = split(
        settings.scenario,
        named.get(players, players.split(",")),
        pairs=pairs,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(
        found,
        plot,
        json,
        document_of("shares", found, settings),
    )
