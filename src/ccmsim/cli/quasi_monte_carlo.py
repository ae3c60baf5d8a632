"""`ccmsim quasi-monte-carlo`: means from spread replications.

Comes in: a scenario and settings. Goes out: means with the error between groups, as text, a picture
or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, cast

import typer

from ccmsim.checks import whole
from ccmsim.cli.control_variates import Measures
from ccmsim.cli.experiment import document_of, give_out, settings_of
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Plot,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded

HELP: Final = """Estimate means from replications whose absences are spread evenly.

Groups of replications are spread by a Latin hypercube, by scrambled Sobol points or as pairs of
opposite numbers; the error is that between independent groups.

Examples:

\b
  ccmsim quasi-monte-carlo two_nurses
  ccmsim quasi-monte-carlo two_nurses --design sobol --points 128
"""

DesignName = Annotated[
    str, typer.Option("--design", metavar="NAME", help="latin, sobol or antithetic.")
]
Points = Annotated[
    int | None,
    typer.Option(
        "--points",
        metavar="N",
        help="Replications of a group: 32 when left out, 2 if antithetic.",
        show_default=False,
    ),
]
Groups = Annotated[
    int, typer.Option("--groups", metavar="N", help="Independent groups, at least 10.")
]


@guarded
def quasi_monte_carlo(
    scenario: ScenarioName,
    design: DesignName = "latin",
    points: Points = None,
    groups: Groups = 32,
    measure: Measures = None,
    months: Months = 12,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Estimate means."""
    settings = settings_of(
        scenario,
        set_,
        plot,
        workers,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=groups,
        level=level,
        problems=whole(points, "points", 2, 2**20, "32") if points is not None else (),
    )
    from ccmsim.analyses.quasi import USUAL
    from ccmsim.analyses.quasi import quasi_monte_carlo as estimate

    found = estimate(
        settings.scenario,
        design=cast("Any", design),
        points=points,
        groups=groups,
        measures=measure or USUAL,
        months=months,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("quasi-monte-carlo", found, settings))
