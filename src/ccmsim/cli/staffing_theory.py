"""`ccmsim staffing-theory`: the closed form of the billable share beside the simulation.

Comes in: a scenario, panels and settings. Goes out: both over the load, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Final

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
from ccmsim.cli.staffing_panel import Patients
from ccmsim.errors import Problem

HELP: Final = """Show the billable share in closed form beside the simulation, over the load.

Examples:

\b
  ccmsim staffing-theory two_nurses
  ccmsim staffing-theory informal_200 --patients 50,100,200,400 --plot theory.png
"""


@guarded
def staffing_theory(
    scenario: ScenarioName,
    patients: Patients = None,
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
    """Compare the closed form with the simulation."""
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
    from ccmsim.analyses.capacity_check import capacity_check

    found = capacity_check(
        settings.scenario,
        patients=panels,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("staffing-theory", found, settings))
