"""`ccmsim trace`: every event of one replication.

Comes in: a scenario, a seed and a replication's number. Goes out: the first events as a table, or
all of them as CSV or JSON.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from ccmsim.checks import SEED_MAX, whole
from ccmsim.cli.files import output_problems, suffix_problems, write_all
from ccmsim.cli.options import (
    Changes,
    Json,
    Months,
    ScenarioName,
    Seed,
    WarmupMonths,
    number_problems,
    settled,
)
from ccmsim.cli.shell import FAILED, WIDTH, console, guarded, print_json, provenance, show
from ccmsim.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

HELP: Final = """Show what happens in one replication, event by event.

An event is the release, start, completion, drop or expiry of a piece of work, a coordinator who
comes on duty or goes off, or a patient who enrolls or leaves. It happens in 'ccmsim run' with the
same seed, too: replication 0 here is replication 0 there. Patients and coordinators are numbered
from 0. The minutes of a started piece of work are what it takes with its notes and logging, those
of a completed one are what counts towards the month's threshold.

Examples:

\b
  ccmsim trace two_nurses
  ccmsim trace two_nurses --replication 3 --seed 7 --csv events.csv
  ccmsim trace two_nurses --months 12 --json > events.json
"""

ROWS: Final = 25

Replication = Annotated[
    int, typer.Option("--replication", metavar="N", help="Which replication, from 0.")
]
Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Write all events to this file (name ending in .csv) instead of showing some.",
        show_default=False,
    ),
]
Rows = Annotated[
    int | None,
    typer.Option(
        "--rows",
        metavar="N",
        help=f"Show so many of the events.  [default: {ROWS}]",
        show_default=False,
    ),
]


HEADINGS: Final = {
    "Time": "Time",
    "Event": "Event",
    "Patient": "Patient",
    "Coordinator": "Seat",
    "Work": "Work",
    "Minutes": "Minutes",
    "Logged": "Logged",
    "Answered": "Answer",
}
"""Of each column, its heading in a narrow terminal."""


@guarded
def trace(
    scenario: ScenarioName,
    replication: Replication = 0,
    months: Months = 1,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    rows: Rows = None,
    csv: Csv = None,
    json: Json = False,
) -> None:
    """Show the events of one replication."""
    problems = number_problems(
        months=months, warmup_months=warmup_months, seed=seed, replication=replication
    )
    problems += _table_problems(rows, csv, as_json=json)
    problems += suffix_problems("--csv", csv, ".csv") + output_problems([("--csv", csv)], scenario)
    settings = settled(scenario, set_, problems=problems)
    from ccmsim.tracing import trace as traced

    log = traced(
        settings.scenario,
        seed=seed,
        replication=replication,
        months=months,
        warmup_months=warmup_months,
    )
    failures = write_all([(csv, lambda path: log.to_csv(path, index=False))])
    if json:
        print_json(
            {
                **provenance("trace", settings.scenario, settings.changes),
                "seed": seed,
                "replication": replication,
                "months": months,
                "warmup_months": warmup_months,
                "events": _records(log),
            }
        )
    elif csv is None:
        _print(log, ROWS if rows is None else rows)
    elif not failures:
        typer.echo(f"Wrote {csv}: {len(log):,} events.")
    if failures:
        raise typer.Exit(FAILED)


def _table_problems(rows: int | None, csv: Path | None, *, as_json: bool) -> list[Problem]:
    if rows is None:
        return []
    if as_json or csv is not None:
        other = "--json" if as_json else "--csv"
        return [
            Problem(
                "--rows", f"is for the table, and {other} shows none", rows, f"--rows or {other}"
            )
        ]
    return whole(rows, "--rows", 1, SEED_MAX, str(ROWS))


def _records(log: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return [
        {name: value.isoformat() if name == "time" else value for name, value in record.items()}
        for record in log.to_dict("records")
    ]


def _print(log: pd.DataFrame, rows: int) -> None:
    from rich.table import Table

    narrow = console().width < WIDTH
    table = Table(box=None, pad_edge=False, padding=(0, 1 if narrow else 2, 0, 0))
    for heading, short in HEADINGS.items():
        number = heading in ("Patient", "Coordinator", "Minutes", "Logged")
        justify: Literal["right", "left"] = "right" if number else "left"
        table.add_column(short if narrow else heading, justify=justify, no_wrap=True)
    for event in log.head(rows).to_dict("records"):
        table.add_row(
            event["time"].strftime("%Y-%m-%d %H:%M:%S" if narrow else "%a %Y-%m-%d %H:%M:%S"),
            str(event["event"]),
            _who(event["patient"]),
            _who(event["coordinator"]),
            str(event["item"]),
            _minutes(event["minutes"]),
            _minutes(event["captured_minutes"]),
            {True: "yes", False: "no"}.get(event["answered"], ""),
        )
    count = min(rows, len(log))
    more = " --rows N shows more, --csv FILE writes all." if count < len(log) else ""
    show(table, f"\n{count:,} of {len(log):,} events.{more}")


def _who(number: int) -> str:
    return str(number) if number >= 0 else ""


def _minutes(number: float) -> str:
    return f"{number:.2f}" if number == number else ""
