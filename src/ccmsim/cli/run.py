"""`ccmsim run`: simulate a practice and show what it earns, with errors.

Comes in: a scenario and settings. Goes out: the first page, tables, a picture, a file, or one JSON document.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.cli.files import (
    output_problems,
    plot_problems,
    report_failures,
    suffix_problems,
    write_all,
)
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    Settings,
    WarmupMonths,
    Workers,
    number_problems,
    settled,
)
from ccmsim.cli.shell import FAILED, announce_compiling, console, guarded, print_json, provenance
from ccmsim.cli.workers import pool

if TYPE_CHECKING:
    from ccmsim.estimation import Estimate
    from ccmsim.results import Results

HELP: Final = """Simulate a practice and show what it earns, with errors.

Prints what an owner asks first, then every measure with its interval, where billable months were
lost, and where the coordinators' time went. Money is in US dollars; time off is in minutes. A month
or a year is simulated many times (replications), so every number has an error: '39,810 ± 410' covers
the truth of the model in 95 of 100 cases. Four times the replications halve it.

Examples:

\b
  ccmsim run two_nurses
  ccmsim run two_nurses --months 12 --replications 500 --seed 7 --plot year.png
  ccmsim run two_nurses --set disruptions.sick.spells_per_year=6
  ccmsim run two_nurses --set disruptions.turnover=none --set operations.assignment=pooled
  ccmsim run my_practice.toml --workers auto --save year.nc
  ccmsim run solo_nurse --json > solo_nurse.json

'ccmsim presets --show two_nurses' prints the values that --set may change. Two more small
simulations belong to the first page: the ceiling that unlimited staff would reach, and a coordinator
who is out for four weeks. --quick leaves them out.
"""

EXTRA_REPLICATIONS: Final = 40
"""Most replications of the first page's own simulations; fewer where fewer are asked for."""

Save = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE.nc",
        help="Save every replication and month; ccmsim.open_results reads it.",
        show_default=False,
    ),
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick", help="Leave out what needs simulations of its own: ceiling, four weeks out."
    ),
]


@guarded
def run(
    scenario: ScenarioName,
    months: Months = 12,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "1",
    level: Level = 0.95,
    plot: Plot = None,
    save: Save = None,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Simulate a practice and show what it earns."""
    problems = number_problems(
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    problems += plot_problems("--plot", plot) + suffix_problems("--save", save, ".nc")
    problems += output_problems([("--plot", plot), ("--save", save)], scenario)
    settings = settled(scenario, set_, workers=workers, problems=problems)
    announce_compiling()
