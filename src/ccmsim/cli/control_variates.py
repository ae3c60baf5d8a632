"""`ccmsim control-variates`: means with smaller errors, at little cost.

Comes in: a scenario and settings. Goes out: means with and without controls, as text, a picture or
one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.files import output_problems, plot_problems, report_written, write_all
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
    number_problems,
    settled,
)
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance

HELP: Final = """Estimate means with the time lost by cause as control variates.

Who is away does not depend on the patients, and can be simulated without them at little cost.

Examples:

\b
  ccmsim control-variates two_nurses
  ccmsim control-variates two_nurses --measure net_usd --replications 1000
"""

Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="net_usd, billed_usd, finally_paid_usd, cash_net_usd, billable_patients or "
        "billable_points; may be given several times.",
        show_default=False,
    ),
]
Times = Annotated[
    int,
    typer.Option("--times", metavar="N", help="Replications of controls for each whole one."),
]


@guarded
def control_variates(
    scenario: ScenarioName,
    measure: Measures = None,
    times: Times = 8,
    months: Months = 12,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Estimate means."""
    problems = number_problems(
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    problems += plot_problems("--plot", plot) + output_problems([("--plot", plot)], scenario)
    settings = settled(scenario, set_, workers=workers, problems=problems)
    from ccmsim.analyses.control import USUAL
    from ccmsim.analyses.control import control_variates as estimate

    found = estimate(
        settings.scenario,
        measures=measure or USUAL,
        months=months,
        replications=replications,
        times=times,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    failures = write_all([(plot, lambda path: found.plot().savefig(path))])
    if json:
        print_json(
            found.as_dict() | provenance("control-variates", settings.scenario, settings.changes)
        )
    else:
        typer.echo(str(found))
        report_written([plot], failures)
    if failures:
        raise typer.Exit(FAILED)
