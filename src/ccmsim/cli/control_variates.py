"""`ccmsim control-variates`: means with smaller errors, at little cost.

Comes in: a scenario and settings. Goes out: means with and without controls, as text, a picture or
one JSON document.
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
    give_out(found, plot, json, document_of("control-variates", found, settings))
