"""`ccmsim report`: one page for a practice's owner, to open in a browser or to print.

Comes in: a scenario and settings. Goes out: a file of HTML, and the first page or one JSON
document.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ccmsim.cli.assess import Sets
from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.files import output_problems, suffix_problems
from ccmsim.cli.shell import page_width

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


@experiment("report", replications=300, without=("plot",))
def report(asked: Asked, output: Output = Path("report.html"), sets: Sets = 30) -> Shown:
    """Write the page."""
    asked.problems.extend(suffix_problems("--output", output, ".html"))
    asked.problems.extend(output_problems([("--output", output)], asked.scenarios[0]))
    scenario, how = asked.checked()
    from ccmsim.first_page import first_page
    from ccmsim.report import practice_report

    found = practice_report(scenario, sets=sets, **how)
    text = first_page(
        found.results,
        ceiling=found.ceiling,
        absence=found.absence,
        level=found.level,
        width=page_width(),
    )
    return Shown(
        found,
        text=[text],
        more={"file": str(output)},
        files=[(output, found.save)],
    )
