"""`ccmsim staffing-panel`: how many patients a team can have, and how many it needs.

Comes in: a scenario, a wanted service and settings. Goes out: panels, as text, a picture or one
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
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded
from ccmsim.cli.staffing import numbers_of
from ccmsim.cli.staffing_curve import MonthsShare, Share
from ccmsim.errors import Problem

HELP: Final = """Show how many patients pay for a team, and how many it can serve.

Examples:

\b
  ccmsim staffing-panel two_nurses
  ccmsim staffing-panel two_nurses --share 0.65 --months-share 0.9 --patients 50,100,150,200
"""

Patients = Annotated[
    str | None,
    typer.Option(
        "--patients", metavar="N,N", help="Panels to begin with.", show_default=False
    ),
]  # fmt: skip


@guarded
def staffing_panel(
    scenario: ScenarioName,
    patients: Patients = None,
    share: Share = 0.6,
    months_share: MonthsShare = 0.9,
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
    """Simulate panels."""
    problems: list[Problem] = []
    panels = numbers_of("--patients", patients, int, problems)
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
    from ccmsim.analyses.panel import panel_size

    found = panel_size(
        settings.scenario,
        patients=panels,
        share=share,
        months_share=months_share,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("staffing-panel", found, settings))
