"""`ccmsim attribution`: what stood in the way of missed months, beside what each obstacle costs.

Comes in: a scenario and settings. Goes out: both views of each obstacle, as text, a picture or one
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

HELP: Final = """Show what stood in the way of missed months, beside what each obstacle costs.

The first column splits the missed months as they happened: by the days on which a patient's open
call waited, and what the nurse was away for or busy with meanwhile. The second is what would be
billed besides without the obstacle, under the same random numbers. They answer different questions;
below the table it says where they differ, and why.

Examples:

\b
  ccmsim attribution two_nurses
  ccmsim attribution solo_nurse --replications 50 --plot attribution.png
"""


@guarded
def attribution(
    scenario: ScenarioName,
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
    """Show what stood in the way."""
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
    from ccmsim.analyses.attribution import attribution as attributed

    found = attributed(
        settings.scenario,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        level=level,
        progress=True,
    )
    give_out(found, plot, json, document_of("attribution", found, settings))
