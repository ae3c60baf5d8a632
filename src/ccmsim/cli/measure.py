"""`ccmsim measure`: which numbers to record before choosing.

Comes in: scenarios to choose from, paths of values that are not known, and settings. Goes out: the
plan, as text, a picture or one JSON document, and tally sheets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.information import Inner
from ccmsim.cli.options import Measure, Unknown

HELP: Final = """Show which numbers to record for some weeks before choosing between practices.

The few that are worth most are named, with what to write down; --sheets writes the tally sheets
that ccmsim fit reads. Variants are named as in ccmsim compare.

Examples:

\b
  ccmsim measure two_nurses --variant 'more hours:staff.nurses.hours_per_week=20'
  ccmsim measure structured_75 informal_200 --weeks 8 --sheets tally
"""

_NO_SHEET: Final = "No tally sheet: nothing worth recording stands in a log that fit reads."

Weeks = Annotated[float, typer.Option("--weeks", metavar="N", help="Weeks of recording.")]
Sheets = Annotated[
    Path | None,
    typer.Option(
        "--sheets", metavar="FOLDER", help="Write the tally sheets there.", show_default=False
    ),
]


@experiment("measure", replications=8_000, several=True)
def measure(
    asked: Asked,
    of: Unknown = None,
    weeks: Weeks = 4.0,
    sheets: Sheets = None,
    measure: Measure = "net_usd",
    inner: Inner = 2,
) -> Shown:
    """Plan what to measure."""
    named, how = asked.compared()
    from ccmsim.analyses.measure import check_sheets, what_to_measure

    if sheets is not None:
        check_sheets(sheets, field="--sheets")
    found = what_to_measure(named, of, weeks=weeks, measure=measure, inner=inner, **how)
    written = () if sheets is None else found.write_sheets(sheets)
    notes = () if sheets is None or written else (_NO_SHEET,)
    return Shown(found, written=written, notes=notes)
