"""`ccmsim staffing-curve`: what more protected hours bring.

Comes in: a scenario, hours and settings. Goes out: the curve, as text, a picture or one JSON
document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import document_of, give_out, settings_of
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
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded
from ccmsim.cli.staffing import Group, Hours, numbers_of
from ccmsim.errors import Problem

HELP: Final = """Show what more protected hours bring, and how many a wanted service needs.

Examples:

\b
  ccmsim staffing-curve two_nurses
  ccmsim staffing-curve two_nurses --hours 12,16,20,24,28 --share 0.75 --months-share 0.9
"""

Share = Annotated[
    float, typer.Option("--share", metavar="S", help="Wanted: this share of the enrolled billed.")
]
MonthsShare = Annotated[
    float, typer.Option("--months-share", metavar="S", help="Wanted: in this share of months.")
]


@guarded
def staffing_curve(
    scenario: ScenarioName,
    group: Group = None,
    hours: Hours = None,
    share: Share = 0.8,
    months_share: MonthsShare = 0.9,
    measure: Measure = "net_usd",
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
    """Simulate the curve."""
    problems: list[Problem] = []
    amounts = numbers_of("--hours", hours, float, problems)
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
        problems=problems,
    )
    from ccmsim.analyses.curve import staffing_curve as simulated

    found = simulated(
        settings.scenario,
        group=group,
        hours=amounts,
        share=share,
        months_share=months_share,
        measure=measure,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("staffing-curve", found, settings))
