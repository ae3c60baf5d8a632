"""`ccmsim sobol`: what decides a result while everything that is not known varies at once.

Comes in: a scenario, paths of values that are not known, and settings. Goes out: indices and the
ranges that lead to bad years, as text, a picture or one JSON document.
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
    Unknown,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded

HELP: Final = """Split what nobody knows by parameter, and find where bad years lie.

Values that are not known are those that the scenario says, those named by --of, with the ranges of
the evidence table, or else all of that table.

Examples:

\b
  ccmsim sobol two_nurses
  ccmsim sobol two_nurses --of 'contact.*' --limit 30000 --replications 4000
"""

Inner = Annotated[int, typer.Option("--inner", metavar="N", help="Replications of a set.")]


@guarded
def sobol(
    scenario: ScenarioName,
    of: Unknown = None,
    measure: Measure = "net_usd",
    limit: Limit = 0.0,
    inner: Inner = 2,
    months: Months = 12,
    replications: Replications = 16_000,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Split what nobody knows."""
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
    from ccmsim.analyses.sobol import sobol as split

    found = split(
        settings.scenario,
        of,
        measure=measure,
        limit=limit,
        months=months,
        replications=replications,
        inner=inner,
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
        document_of("sobol", found, settings),
    )
