"""`ccmsim report`: one page for a practice's owner, to open in a browser or to print.

Comes in: a scenario and settings. Goes out: a file of HTML, and the first page or one JSON
document.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ccmsim.cli.assess import Sets
from ccmsim.cli.experiment import settings_of
from ccmsim.cli.files import output_problems, report_written, suffix_problems, write_all
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Replications,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance, show

HELP: Final = """Write one page for a practice's owner, to open in a browser or to print.

It holds the first page, the distribution of months and year, where the projection goes, the risk,
the next steps, the assumptions that could overturn them, and how the numbers were made. The file
needs nothing else: pictures and style lie in it.

Examples:

\b
  ccmsim report two_nurses -o two_nurses.html
  ccmsim report my_practice.toml --replications 500
  ccmsim report two_nurses --set disruptions.sick.spells_per_year=6 -o sick.html

It simulates as often as 'ccmsim run', 'ccmsim erosion' and 'ccmsim assess' together.
"""

Output = Annotated[
    Path,
    typer.Option("--output", "-o", metavar="FILE.html", help="Where to write the page."),
]


@guarded
def report(
    scenario: ScenarioName,
    output: Output = Path("report.html"),
    sets: Sets = 30,
    months: Months = 12,
    replications: Replications = 300,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Write the page."""
    problems = suffix_problems("--output", output, ".html")
    problems += output_problems([("--output", output)], scenario)
    settings = settings_of(
        scenario,
        set_,
        None,
        workers,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
        problems=problems,
    )
    from ccmsim.first_page import first_page
    from ccmsim.report import practice_report

    found = practice_report(
        settings.scenario,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        sets=sets,
        workers=settings.workers,
        progress=True,
        level=level,
    )
    failures = write_all([(output, found.save)])
    if json:
        where = provenance("report", settings.scenario, settings.changes)
        print_json(where | {"file": str(output)} | found.as_dict())
    else:
        text = first_page(found.results, ceiling=found.ceiling, absence=found.absence, level=level)
        show(text)
        report_written([output], failures)
    if failures:
        raise typer.Exit(FAILED)
