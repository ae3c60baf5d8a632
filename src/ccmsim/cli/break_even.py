"""`ccmsim break-even`: how many patients, or protected hours, make the mean net zero.

Comes in: a scenario and settings. Goes out: where the net changes its sign, as text, a picture or
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
from ccmsim.cli.shell import guarded, waiting

HELP: Final = """Show which panel, or which hours, make the mean net zero.

A dozen values from one patient to ten times the present are simulated with the same random numbers;
where the mean net changes its sign, the search goes on to one patient or a quarter hour. There may
be several such values: a panel can be too small to pay its staff, and too large for it.

Examples:

\b
  ccmsim break-even two_nurses
  ccmsim break-even solo_nurse --of hours --plot hours.png
"""

Of = Annotated[str, typer.Option("--of", metavar="WHAT", help="What is varied: patients or hours.")]


@guarded
def break_even(
    scenario: ScenarioName,
    of: Of = "patients",
    months: Months = 12,
    replications: Replications = 100,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show what makes the mean net zero."""
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
    from ccmsim.analyses.break_even import break_even as search

    with waiting("Break-even ..."):
        found = search(
            settings.scenario,
            of,
            months=months,
            replications=replications,
            seed=seed,
            warmup_months=warmup_months,
            workers=settings.workers,
            level=level,
        )
    give_out(
        found,
        plot,
        json,
        document_of("break-even", found, settings),
    )
