"""`ccmsim staffing-pooling`, `-cover`, `-vacancy`: what a change of staff brings along a curve.

Comes in: a scenario, what is varied and settings. Goes out: gains, as text, a picture or one JSON
document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.staffing import numbers_of

POOLING: Final = """Show what small teams gain by sharing their patients, as the team grows.

Examples:

\b
  ccmsim staffing-pooling two_nurses
  ccmsim staffing-pooling two_nurses --sizes 1,2,4,8 --plot pooling.png
"""
COVER: Final = """Show what substitutes on call bring, by how many there are and how soon they come.

Examples:

\b
  ccmsim staffing-cover two_nurses
  ccmsim staffing-cover two_nurses --after-days 0,2,5 --people 1 --cover-hours 12 --cover-wage 45
"""
VACANCY: Final = """Show what a vacancy costs, and when somebody should be hired meanwhile.

Examples:

\b
  ccmsim staffing-vacancy two_nurses
  ccmsim staffing-vacancy two_nurses --lags 0,20 --fee 1500
  ccmsim staffing-vacancy two_nurses --over patients --days 48
"""

CoverHours = Annotated[
    float | None,
    typer.Option(
        "--cover-hours", metavar="H", help="Weekly hours of a substitute; left out: the group's.",
        show_default=False,
    ),
]  # fmt: skip
CoverWage = Annotated[
    float | None,
    typer.Option(
        "--cover-wage", metavar="USD", help="Wage of a substitute; left out: the group's.",
        show_default=False,
    ),
]  # fmt: skip


@experiment("staffing-pooling")
def staffing_pooling(
    asked: Asked,
    sizes: Annotated[
        str, typer.Option("--sizes", metavar="N,N", help="Coordinators of a team.")
    ] = "1,2,3,4,6",
) -> Result:
    """Simulate pooled teams and teams with patients of their own."""
    teams = numbers_of("--sizes", sizes, int, asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.pooling import pooling

    return pooling(scenario, sizes=teams, **how)


@experiment("staffing-cover")
def staffing_cover(
    asked: Asked,
    after_days: Annotated[
        str, typer.Option("--after-days", metavar="N,N", help="Days away after which they come.")
    ] = "0,1,2,3,5,10",
    people: Annotated[
        str, typer.Option("--people", metavar="N,N", help="Substitutes who come together.")
    ] = "1,2",
    cover_hours: CoverHours = None,
    cover_wage: CoverWage = None,
) -> Result:
    """Simulate substitutes."""
    days = numbers_of("--after-days", after_days, int, asked.problems)
    together = numbers_of("--people", people, int, asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.cover_pool import cover_pool

    cover = _cover(cover_hours, cover_wage)
    return cover_pool(scenario, after_days=days, people=together, cover=cover, **how)


@experiment("staffing-vacancy")
def staffing_vacancy(
    asked: Asked,
    over: Annotated[
        str, typer.Option("--over", metavar="WHAT", help="What is varied: days or patients.")
    ] = "days",
    values: Annotated[
        str | None,
        typer.Option("--values", metavar="N,N", help="Of what is varied.", show_default=False),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="The vacancy, where patients are varied.")
    ] = 48,
    lags: Annotated[
        str, typer.Option("--lags", metavar="N,N", help="Days until a substitute comes.")
    ] = "0,10,30",
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="NAME", help="Who leaves.", show_default=False),
    ] = None,
    cover_hours: CoverHours = None,
    cover_wage: CoverWage = None,
    fee: Annotated[
        float,
        typer.Option("--fee", metavar="USD", help="What an agency takes once, where one comes."),
    ] = 0.0,
) -> Result:
    """Simulate a vacancy, and who may be hired."""
    varied = numbers_of("--values", values, int, asked.problems)
    delays = numbers_of("--lags", lags, int, asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.vacancy import vacancy

    return vacancy(
        scenario,
        over=over,
        values=varied,
        days=days,
        lags=delays,
        group=group,
        cover=_cover(cover_hours, cover_wage),
        fee_usd=fee,
        **how,
    )


def _cover(hours: float | None, wage: float | None) -> dict[str, float]:
    """Return what is said of a substitute, as fields of `operations.cover`."""
    fields = {"hours_per_week": hours, "wage_usd_per_hour": wage}
    return {name: value for name, value in fields.items() if value is not None}
