"""`ccmsim stress`: which disruptions make a year miss its limit, and how likely they are.

Comes in: a scenario and settings. Goes out: the mildest combinations, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.files import output_problems, plot_problems, report_written, write_all
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Limit,
    Measure,
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

HELP: Final = """Find the mildest disruptions, singly and in pairs, that make a year miss its limit.

Examples:

\b
  ccmsim stress two_nurses
  ccmsim stress two_nurses --limit 20000 --given 0.8
"""

Given = Annotated[
    float,
    typer.Option("--given", metavar="P", help="So often the years of a combination have to miss."),
]


@guarded
def stress(
    scenario: ScenarioName,
    measure: Measure = "net_usd",
    limit: Limit = 0.0,
    given: Given = 0.5,
    months: Months = 12,
    replications: Replications = 4_000,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Find what it takes."""
    problems = number_problems(
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    problems += plot_problems("--plot", plot) + output_problems([("--plot", plot)], scenario)
    settings = settled(scenario, set_, workers=workers, problems=problems)
    from ccmsim.analyses.stress import stress as find

    found = find(
        settings.scenario,
        measure=measure,
        limit=limit,
        given=given,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    failures = write_all([(plot, lambda path: found.plot().savefig(path))])
    if json:
        print_json(found.as_dict() | provenance("stress", settings.scenario, settings.changes))
    else:
        typer.echo(str(found))
        report_written([plot], failures)
    if failures:
        raise typer.Exit(FAILED)
