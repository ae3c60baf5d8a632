"""`ccmsim measure`: which numbers to record before choosing.

Comes in: scenarios to choose from, paths of values that are not known, and settings. Goes out: the
plan, as text, a picture or one JSON document, and tally sheets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ccmsim.cli.compare import Scenarios, Variants, document, loaded, variants_of
from ccmsim.cli.experiment import give_out, problems_of
from ccmsim.cli.information import Inner
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Measure,
    Months,
    Plot,
    Replications,
    Seed,
    Unknown,
    WarmupMonths,
    Workers,
    settled,
)
from ccmsim.cli.shell import guarded

HELP: Final = """Show which numbers to record for some weeks before choosing between practices.

The few that are worth most are named, with what to write down; --sheets writes the tally sheets
that ccmsim fit reads. Variants are named as in ccmsim compare.

Examples:

\b
  ccmsim measure two_nurses --variant 'more hours:staff.nurses.hours_per_week=20'
  ccmsim measure structured_75 informal_200 --weeks 8 --sheets tally
"""

Weeks = Annotated[float, typer.Option("--weeks", metavar="N", help="Weeks of recording.")]
Sheets = Annotated[
    Path | None,
    typer.Option(
        "--sheets", metavar="FOLDER", help="Write the tally sheets there.", show_default=False
    ),
]


@guarded
def measure(
    scenarios: Scenarios,
    variant: Variants = None,
    of: Unknown = None,
    weeks: Weeks = 4.0,
    sheets: Sheets = None,
    measure: Measure = "net_usd",
    inner: Inner = 2,
    months: Months = 12,
    replications: Replications = 8_000,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Plan what to measure."""
    problems = problems_of(
        scenarios[0],
        plot,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    changes = variants_of(variant or (), problems)
    first = settled(scenarios[0], set_, workers=workers, problems=problems)
    options = loaded(scenarios, set_ or [], changes)
    from ccmsim.analyses.measure import check_sheets, what_to_measure

    if sheets is not None:
        check_sheets(sheets, field="--sheets")
    found = what_to_measure(
        options,
        of,
        weeks=weeks,
        measure=measure,
        months=months,
        replications=replications,
        inner=inner,
        seed=seed,
        warmup_months=warmup_months,
        workers=first.workers,
        level=level,
        progress=True,
    )
    written = () if sheets is None else found.write_sheets(sheets)
    give_out(
        found, plot, json, document("measure", options, first.changes, changes) | found.as_dict()
    )
    if not json:
        for path in written:
            typer.echo(f"Wrote {path}.")
        if sheets is not None and not written:
            typer.echo("No tally sheet: nothing worth recording stands in a log that fit reads.")
