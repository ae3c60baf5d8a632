"""`ccmsim smoothing`: whether the programme's income evens out that of visits.

Comes in: a scenario with visits and settings. Goes out: how uneven the months of each income are,
as text, a picture or one JSON document.
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

HELP: Final = """Show whether the programme makes the practice's months more even.

Simulates the scenario, which needs the part visits, without shocks to visits and with them, and
compares the months of visits alone, of the programme and of both together.

Examples:

\b
  ccmsim smoothing two_nurses --set 'visits={per_month=300}'
  ccmsim smoothing two_nurses --set 'visits={per_month=300}' --shocks 0.5
"""

Shocks = Annotated[
    float | None,
    typer.Option(
        "--shocks",
        metavar="N",
        help="How often a year a shock to visits begins; the scenario's own, or 0.25 where it has "
        "none.",
        show_default=False,
    ),
]


@guarded
def smoothing(
    scenario: ScenarioName,
    shocks: Shocks = None,
    months: Months = 24,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 6,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show whether the programme smooths."""
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
    from ccmsim.analyses.smoothing import smoothing as compare

    found = compare(
        settings.scenario,
        shock_per_year=shocks,
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
        document_of("smoothing", found, settings),
    )
