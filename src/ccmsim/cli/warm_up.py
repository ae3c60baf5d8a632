"""`ccmsim warm-up`: how many months to leave out of results.

Comes in: a scenario and settings. Goes out: the months, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import document_of, give_out, settings_of
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Measure,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    Workers,
)
from ccmsim.cli.shell import guarded

HELP: Final = """Find how many months a practice takes to forget how it was started.

The same months are simulated twice, begun with the first of them and long before.

Examples:

\b
  ccmsim warm-up two_nurses
  ccmsim warm-up two_nurses --measure net_usd --replications 2000
"""

Tolerance = Annotated[
    float | None,
    typer.Option(
        "--tolerance",
        metavar="X",
        help="What a month may lie apart, in the measure's unit; 2 % where left out.",
        show_default=False,
    ),
]
Long = Annotated[int, typer.Option("--long", metavar="N", help="Months of the long warm-up.")]


@guarded
def warm_up(
    scenario: ScenarioName,
    measure: Measure = "billable_points",
    tolerance: Tolerance = None,
    months: Months = 24,
    long: Long = 36,
    replications: Replications = 400,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Find the warm-up."""
    settings = settings_of(
        scenario,
        set_,
        plot,
        workers,
        months=months,
        seed=seed,
        replications=replications,
        level=level,
    )
    from ccmsim.analyses.warm_up import warm_up as find

    found = find(
        settings.scenario,
        measure=measure,
        tolerance=tolerance,
        months=months,
        long=long,
        replications=replications,
        seed=seed,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(
        found,
        plot,
        json,
        document_of("warm-up", found, settings),
    )
