"""`ccmsim staffing-pooling`, `-cover`, `-vacancy`: what a change of staff brings along a curve.

Comes in: a scenario, what is varied and settings. Goes out: gains, as text, a picture or one JSON
document.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.cli.experiment import document_of, give_out, settings_of
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    WarmupMonths,
    Workers,
)
from ccmsim.cli.shell import guarded
from ccmsim.cli.staffing import numbers_of
from ccmsim.errors import Problem

if TYPE_CHECKING:
    from ccmsim.analyses.gains import Gains

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


@guarded
def staffing_pooling(
    scenario: ScenarioName,
    sizes: Annotated[
        str, typer.Option("--sizes", metavar="N,N", help="Coordinators of a team.")
    ] = "1,2,3,4,6",
    months: Months = 12,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Simulate pooled teams and teams with patients of their own."""
    problems: list[Problem] = []
    given = {"sizes": numbers_of("--sizes", sizes, int, problems)}
    how = _how(months, replications, warmup_months, seed, level)
    _simulated("pooling", scenario, set_, plot, workers, json, given, how, problems)


@guarded
def staffing_cover(
    scenario: ScenarioName,
    after_days: Annotated[
        str, typer.Option("--after-days", metavar="N,N", help="Days away after which they come.")
    ] = "0,1,2,3,5,10",
    people: Annotated[
        str, typer.Option("--people", metavar="N,N", help="Substitutes who come together.")
    ] = "1,2",
    cover_hours: CoverHours = None,
    cover_wage: CoverWage = None,
    months: Months = 12,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Simulate substitutes."""
    problems: list[Problem] = []
    given = {
        "after_days": numbers_of("--after-days", after_days, int, problems),
        "people": numbers_of("--people", people, int, problems),
        "cover": _cover(cover_hours, cover_wage),
    }
    how = _how(months, replications, warmup_months, seed, level)
    _simulated("cover", scenario, set_, plot, workers, json, given, how, problems)


@guarded
def staffing_vacancy(
    scenario: ScenarioName,
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
        float, typer.Option("--fee", metavar="USD", help="What a substitute costs once.")
    ] = 0.0,
    months: Months = 12,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Simulate a vacancy, and who may be hired."""
    problems: list[Problem] = []
    given = {
        "over": over,
        "values": numbers_of("--values", values, int, problems),
        "days": days,
        "lags": numbers_of("--lags", lags, int, problems),
        "group": group,
        "cover": _cover(cover_hours, cover_wage),
        "fee_usd": fee,
    }
    how = _how(months, replications, warmup_months, seed, level)
    _simulated("vacancy", scenario, set_, plot, workers, json, given, how, problems)


def _how(
    months: int, replications: int, warmup_months: int, seed: int, level: float
) -> dict[str, Any]:
    return {
        "months": months, "replications": replications, "warmup_months": warmup_months,
        "seed": seed, "level": level,
    }  # fmt: skip


def _cover(hours: float | None, wage: float | None) -> dict[str, float]:
    """Return what is said of a substitute, as fields of `operations.cover`."""
    fields = {"hours_per_week": hours, "wage_usd_per_hour": wage}
    return {name: value for name, value in fields.items() if value is not None}


def _simulated(
    name: str,
    scenario: str,
    changes: list[str] | None,
    plot: Path | None,
    workers: str,
    json: bool,
    given: dict[str, Any],
    how: dict[str, Any],
    problems: list[Problem],
) -> None:
    """Simulate one of the three analyses, and give it out."""
    settings = settings_of(scenario, changes, plot, workers, problems=problems, **how)
    from ccmsim.analyses.cover_pool import cover_pool
    from ccmsim.analyses.pooling import pooling
    from ccmsim.analyses.vacancy import vacancy

    analyses: dict[str, Callable[..., Gains]] = {
        "pooling": pooling, "cover": cover_pool, "vacancy": vacancy,
    }  # fmt: skip
    found = analyses[name](
        settings.scenario, **given, **how, workers=settings.workers, progress=True
    )
    give_out(found, plot, json, document_of(f"staffing-{name}", found, settings))
