"""`ccmsim leave`: when a planned leave costs least, and what helps.

Comes in: a scenario, a number of days and settings. Goes out: the plan, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Measure
from ccmsim.errors import Problem

HELP: Final = """Find the cheapest dates for a planned leave, and what helps meanwhile.

Examples:

\b
  ccmsim leave two_nurses
  ccmsim leave two_nurses --days 5 --from 2026-06-01 --to 2026-09-30
"""

Days = Annotated[int, typer.Option("--days", metavar="N", help="Business days of the leave.")]
Group = Annotated[
    str | None,
    typer.Option(
        "--group", metavar="NAME", help="Staff group whose first coordinator is on leave.",
        show_default=False,
    ),
]  # fmt: skip
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DATE", help="The leave begins on this date or later.",
        show_default=False,
    ),
]  # fmt: skip
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="DATE", help="The leave begins on this date or before.",
        show_default=False,
    ),
]  # fmt: skip
LongAbsences = Annotated[
    bool, typer.Option("--long-absences", help="Simulate turnover and extended leave, too.")
]


@experiment("leave", replications=100)
def leave(
    asked: Asked,
    days: Days = 10,
    group: Group = None,
    from_: From = None,
    to: To = None,
    long_absences: LongAbsences = False,
    measure: Measure = "net_usd",
) -> Result:
    """Plan a leave."""
    first, last = (
        date_of(option, text, asked.problems) for option, text in (("--from", from_), ("--to", to))
    )
    scenario, how = asked.checked()
    from ccmsim.analyses.leave import leave_plan

    return leave_plan(
        scenario,
        days=days,
        group=group,
        window=None if first is last is None else (first or date.min, last or date.max),
        long_absences=long_absences,
        measure=measure,
        **how,
    )


def date_of(option: str, text: str | None, problems: list[Problem]) -> date | None:
    """Return a date; add to `problems` what is wrong.

    Examples
    --------
    >>> date_of("--from", "2026-07-06", [])
    datetime.date(2026, 7, 6)
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem(option, "is not a date", text, "such as 2026-07-06"))
        return None
