"""`ccmsim uncertainty`: what nobody knows about a practice, beside what happens by chance.

Comes in: a scenario, paths of values that are not known, and settings. Goes out: the measure with
both uncertainties, as text, a picture or one JSON document.
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

HELP: Final = """Tell what is not known from what happens by chance.

Values that are not known are those that the scenario says, as
answer_probability = { uncertain = { family = "uniform", low = 0.3, high = 0.6 } },
those named by --of, with the ranges of the evidence table, or else all of that table.

Examples:

\b
  ccmsim uncertainty two_nurses
  ccmsim uncertainty two_nurses --of contact.answer_probability --limit 30000
"""

Inner = Annotated[
    int | None,
    typer.Option(
        "--inner", metavar="N", help="Replications of a set; chosen by a pilot.", show_default=False
    ),
]


@guarded
def uncertainty(
    scenario: ScenarioName,
    of: Unknown = None,
    measure: Measure = "net_usd",
    limit: Limit = 0.0,
    inner: Inner = None,
    months: Months = 12,
    replications: Replications = 2_000,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Tell both uncertainties."""
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
    from ccmsim.analyses.uncertainty import uncertainty as nested

    found = nested(
        settings.scenario,
        of,
        measure=measure,
        limit=limit,
        inner=inner,
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
        document_of("uncertainty", found, settings),
    )
