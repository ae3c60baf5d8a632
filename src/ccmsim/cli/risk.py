"""`ccmsim risk`: how bad a year may be against a plan, and what is behind the worst years.

Comes in: a scenario and settings. Goes out: a table of numbers and one of causes, as text, a
picture or one JSON document.
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

HELP: Final = """Show how bad a year may be against a plan, and what is behind the worst years.

Examples:

\b
  ccmsim risk two_nurses
  ccmsim risk two_nurses --plan 40000
  ccmsim risk two_nurses --measure collected_usd --floor 9000
"""

MeasureName = Annotated[
    str,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="net_usd, cash_net_usd, billed_usd, finally_paid_usd or collected_usd.",
    ),
]
Plan = Annotated[
    float | None,
    typer.Option(
        "--plan",
        metavar="USD",
        help="What is planned over all months; the projection where left out.",
        show_default=False,
    ),
]
Floor = Annotated[
    float,
    typer.Option("--floor", metavar="USD", help="A month under it is a losing one."),
]


@guarded
def risk(
    scenario: ScenarioName,
    measure: MeasureName = "net_usd",
    plan: Plan = None,
    floor: Floor = 0.0,
    months: Months = 12,
    replications: Replications = 1_000,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show the risk."""
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
    from ccmsim.analyses.risk import risk as find

    found = find(
        settings.scenario,
        measure=measure,
        plan=plan,
        floor=floor,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("risk", found, settings))
