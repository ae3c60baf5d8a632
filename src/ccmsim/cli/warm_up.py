"""`ccmsim warm-up`: how many months to leave out of results.

Comes in: a scenario and settings. Goes out: the months, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.files import output_problems, plot_problems, report_written, write_all
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
    number_problems,
    settled,
)
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance

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
    problems = number_problems(
        months=months, warmup_months=0, seed=seed, replications=replications, level=level
    )
    problems += plot_problems("--plot", plot) + output_problems([("--plot", plot)], scenario)
    settings = settled(scenario, set_, workers=workers, problems=problems)
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
    failures = write_all([(plot, lambda path: found.plot().savefig(path))])
    if json:
        print_json(found.as_dict() | provenance("warm-up", settings.scenario, settings.changes))
    else:
        typer.echo(str(found))
        report_written([plot], failures)
    if failures:
        raise typer.Exit(FAILED)
