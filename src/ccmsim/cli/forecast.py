"""`ccmsim forecast`: how the month ends, and who can still be saved.

Comes in: a scenario, a month's log and settings. Goes out: the forecast, as text, a picture or one
JSON document; or a tally sheet to fill in.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import document_of, give_out, settings_of
from ccmsim.cli.fit import ColumnNames, column_names
from ccmsim.cli.leave import date_of
from ccmsim.cli.options import Changes, Json, Level, Plot, Replications, Seed
from ccmsim.cli.shell import guarded
from ccmsim.errors import InputError, Problem

HELP: Final = """Forecast the month's end from its log so far, and say whom to call first.

LOG is a CSV file with a line for each piece of work: patient, date, minutes, answered (yes or no
for a call, else empty) and perhaps work (chart or request). No other column is read.

Examples:

\b
  ccmsim forecast two_nurses march.csv --day 2026-03-17
  ccmsim forecast two_nurses march.csv --day 2026-03-17 --enrolled 188 --away 1=2026-03-23
  ccmsim forecast --template > march.csv
"""

ScenarioIfAny = Annotated[
    str | None,
    typer.Argument(
        metavar="SCENARIO", help="A preset's name or the path of a .toml file.", show_default=False
    ),
]
Log = Annotated[
    Path | None, typer.Argument(metavar="LOG", help="The month's log.", show_default=False)
]
Day = Annotated[
    str | None,
    typer.Option(
        "--day", metavar="DATE", help="The log is complete up to this evening.", show_default=False
    ),
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


@guarded
def forecast(
    scenario: ScenarioIfAny = None,
    log: Log = None,
    day: Day = None,
    enrolled: Enrolled = None,
    away: Away = None,
    column: ColumnNames = None,
    interval: Interval = 0.8,
    rows: Rows = 20,
    replications: Replications = 200,
    seed: Seed = 0,
    set_: Changes = None,
    level: Level = 0.95,
    plot: Plot = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print a tally sheet to fill in.")
    ] = False,
    json: Json = False,
) -> None:
    """Forecast a month's end."""
    if template:
        from ccmsim.fitting.month_log import MONTH

        typer.echo(MONTH.template(), nl=False)
        return
    if scenario is None or log is None or day is None:
        valid = "ccmsim forecast two_nurses march.csv --day 2026-03-17"
        raise InputError([Problem("--day", "is needed, with SCENARIO and LOG", day, valid)])
    columns, problems = column_names(column or [])
    evening = date_of("--day", day, problems)
    absent = _away(away or [], problems)
    settings = settings_of(
        scenario, set_, plot, "1", months=1, seed=seed, replications=replications, level=level,
        problems=problems,
    )  # fmt: skip
    from ccmsim.analyses.forecast import forecast as simulated
    from ccmsim.analyses.forecast_views import text

    assert evening is not None  # else a problem was raised
    found = simulated(
        settings.scenario,
        log,
        day=evening,
        enrolled=enrolled,
        away=absent,
        columns=columns,
        replications=replications,
        seed=seed,
        level=level,
        interval=interval,
        progress=True,
    )
    give_out(found, plot, json, document_of("forecast", found, settings), [text(found, rows)])


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
