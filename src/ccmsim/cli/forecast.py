"""`ccmsim forecast`: how the month ends, and who can still be saved.

Comes in: a scenario, a month's log and settings. Goes out: the forecast, as text, a picture or one
JSON document; or a tally sheet to fill in.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.fit import ColumnNames, column_names
from ccmsim.cli.leave import date_of
from ccmsim.errors import Problem

HELP: Final = """Forecast the month's end from its log so far, and say whom to call first.

LOG is a CSV file with a line for each piece of work: patient, date, minutes, answered (yes or no
for a call, else empty) and perhaps work (chart or request). No other column is read.

Examples:

\b
  ccmsim forecast two_nurses march.csv --day 2026-03-17
  ccmsim forecast two_nurses march.csv --day 2026-03-17 --enrolled 188 --away 1=2026-03-23
  ccmsim forecast --template > march.csv
"""

Log = Annotated[Path, typer.Argument(metavar="LOG", help="The month's log.")]
Day = Annotated[
    str,
    typer.Option("--day", metavar="DATE", help="The log is complete up to this evening."),
]
Enrolled = Annotated[
    int | None,
    typer.Option(
        "--enrolled", metavar="N", help="Patients enrolled; left out: the scenario's.",
        show_default=False,
    ),
]  # fmt: skip
Away = Annotated[
    list[str] | None,
    typer.Option(
        "--away", metavar="SEAT=DATE", help="Who is away now, and when they are back; may be "
        "repeated. Seats count from 0.", show_default=False,
    ),
]  # fmt: skip
Interval = Annotated[
    float, typer.Option("--interval", metavar="P", help="Probability of the forecast's range.")
]
Rows = Annotated[int, typer.Option("--rows", metavar="N", help="Patients to print, at most.")]


def _print_template(wanted: bool) -> None:
    if wanted:
        from ccmsim.fitting.month_log import MONTH

        typer.echo(MONTH.template(), nl=False)
        raise typer.Exit


Template = Annotated[
    bool,
    typer.Option(
        "--template", help="Print a tally sheet to fill in.",
        callback=_print_template, is_eager=True,
    ),
]  # fmt: skip


@experiment("forecast", without=("months", "warmup_months", "workers"))
def forecast(
    asked: Asked,
    log: Log,
    day: Day,
    enrolled: Enrolled = None,
    away: Away = None,
    column: ColumnNames = None,
    interval: Interval = 0.8,
    rows: Rows = 20,
    template: Template = False,
) -> Shown:
    """Forecast a month's end."""
    columns, wrong = column_names(column or [])
    asked.problems.extend(wrong)
    evening = date_of("--day", day, asked.problems)
    absent = _away(away or [], asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.forecast import forecast as simulated
    from ccmsim.analyses.forecast_views import text

    assert evening is not None  # else a problem was raised
    found = simulated(
        scenario,
        log,
        day=evening,
        enrolled=enrolled,
        away=absent,
        columns=columns,
        interval=interval,
        **how,
    )
    return Shown(found, text=[text(found, rows)])


def _away(texts: list[str], problems: list[Problem]) -> dict[int, date]:
    found = {}
    for text in texts:
        seat, _, back = text.partition("=")
        returns = date_of("--away", back, problems)
        if not seat.isdecimal():
            valid = "SEAT=DATE, such as 1=2026-03-23"
            problems.append(Problem("--away", "is no seat with a date", text, valid))
        elif returns is not None:
            found[int(seat)] = returns
    return found
