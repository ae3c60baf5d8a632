"""`ccmsim stress`: which disruptions make a year miss its limit, and how likely they are.

Comes in: a scenario and settings. Goes out: the mildest combinations, as text, a picture or one
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
    Limit,
    Measure,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded

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
    give_out(
        found,
        plot,
        json,
        document_of("stress", found, settings),
    )
