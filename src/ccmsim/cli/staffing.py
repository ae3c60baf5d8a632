"""`ccmsim staffing`: which team to choose, within limits of risk.

Comes in: a scenario, a grid of teams, variants, limits and settings. Goes out: the choice and what
is promised of it, as text, a picture or one JSON document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, overload

import typer

from ccmsim.checks import whole
from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.options import REPLICATIONS_MAX, Checkpoint
from ccmsim.cli.several import Variants, origin_of, variants_of, varied
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.analyses.choice import RiskLimit

HELP: Final = """Choose the best team among those that keep limits of risk.

Teams are a grid of what is to be tried, and any --variant of ccmsim compare; several changes of one
variant are made together.

Examples:

\b
  ccmsim staffing two_nurses --coordinators 1,2,3 --hours 12,16,20
  ccmsim staffing two_nurses --hours 12,16 --risk net_usd:0:0.05
  ccmsim staffing two_nurses --shift noon,split --protection 0,1 --cover none,16
  ccmsim staffing two_nurses --variant pooled:operations.assignment=pooled --worth 500
"""

Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="NAME",
        help="Staff group that is changed; left out: the first.",
        show_default=False,
    ),
]
Roles = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="R,R",
        help="clinical, practitioner, to try; or each with a wage, as practitioner:110.",
        show_default=False,
    ),
]
Coordinators = Annotated[
    str | None,
    typer.Option("--coordinators", metavar="N,N", help="Numbers to try.", show_default=False),
]
Hours = Annotated[
    str | None,
    typer.Option("--hours", metavar="H,H", help="Weekly hours of each to try.", show_default=False),
]
Assignments = Annotated[
    str | None,
    typer.Option(
        "--assignment",
        metavar="A,A",
        help="owned, owned_with_backup or pooled, to try.",
        show_default=False,
    ),
]
Shift = Annotated[
    str | None,
    typer.Option(
        "--shift",
        metavar="S,S",
        help="Where the hours lie, to try: noon, morning, afternoon, split, three_days.",
        show_default=False,
    ),
]
BackupDays = Annotated[
    str | None,
    typer.Option(
        "--backup-days",
        metavar="N,N",
        help="Days after which others step in, to try, with owned_with_backup.",
        show_default=False,
    ),
]
Protection = Annotated[
    str | None,
    typer.Option(
        "--protection",
        metavar="P,P",
        help="Share of floor cover that no longer happens, to try: 0 as it is, 1 none.",
        show_default=False,
    ),
]
CoverHours = Annotated[
    str | None,
    typer.Option(
        "--cover",
        metavar="H,H",
        help="Weekly hours of a substitute on call, to try; none for nobody.",
        show_default=False,
    ),
]
Objective = Annotated[
    str,
    typer.Option(
        "--objective",
        metavar="NAME",
        help="What is to be highest: net_usd, billed_usd, finally_paid_usd, cash_net_usd, "
        "billable_patients or billable_points.",
    ),
]
Risk = Annotated[
    list[str] | None,
    typer.Option(
        "--risk",
        metavar="MEASURE:LEVEL:SHARE",
        help="At most so many months may lie below, as net_usd:0:0.05; net_usd, cash_net_usd or "
        "billable_share. May be given many times.",
        show_default=False,
    ),
]
Tolerance = Annotated[
    float,
    typer.Option(
        "--tolerance", metavar="X", help="Share of months to which the limits are judged."
    ),
]
Worth = Annotated[
    float | None,
    typer.Option(
        "--worth", metavar="X", show_default="1000 USD, 10 patients or 1 point",
        help="A difference that matters, in the objective.",
    ),
]  # fmt: skip
First = Annotated[int, typer.Option("--first", metavar="N", help="Replications to begin with.")]
Most = Annotated[int, typer.Option("--most", metavar="N", help="Replications at most.")]

T = TypeVar("T")


@experiment("staffing", without=("replications",))
def staffing(
    asked: Asked,
    group: Group = None,
    role: Roles = None,
    coordinators: Coordinators = None,
    hours: Hours = None,
    shift: Shift = None,
    assignment: Assignments = None,
    backup_days: BackupDays = None,
    protection: Protection = None,
    cover: CoverHours = None,
    variant: Variants = None,
    risk: Risk = None,
    tolerance: Tolerance = 0.01,
    worth: Worth = None,
    objective: Objective = "net_usd",
    first: First = 50,
    most: Most = 5_000,
    checkpoint: Checkpoint = None,
) -> Shown:
    """Choose a team."""
    problems = asked.problems
    grid: dict[str, Any] = {
        "group": group,
        "roles": _roles(role, problems),
        "coordinators": numbers_of("--coordinators", coordinators, int, problems),
        "hours": numbers_of("--hours", hours, float, problems),
        "shifts": None if shift is None else shift.split(","),
        "assignments": None if assignment is None else assignment.split(","),
        "backup_days": numbers_of("--backup-days", backup_days, int, problems),
        "protection": numbers_of("--protection", protection, float, problems),
        "cover": numbers_of("--cover", cover, _hours_of_cover, problems),
    }
    limits = [each for text in risk or () if (each := _limit(text, problems))]
    variants = variants_of(variant or (), problems)
    problems += whole(first, "--first", 20, REPLICATIONS_MAX, "50")
    scenario, how = asked.checked()
    from ccmsim.analyses.staffing import staffing as choose
    from ccmsim.analyses.teams import teams

    options: dict[str, Any] = teams(scenario, **grid)
    if twice := [name for name in variants if name in options]:
        raise InputError([Problem("--variant", "is there twice", twice[0], "each name once")])
    options |= varied(asked.scenarios[0], asked.changes or [], variants)
    if len(options) < 2:
        valid = "such as --hours 12,16, or --variant"
        raise InputError([Problem("--hours", "must give two teams or more", hours, valid)])
    found = choose(
        scenario,
        options,
        objective=objective,
        risk=limits,
        tolerance=tolerance,
        worth=worth,
        first=first,
        most=most,
        checkpoint=checkpoint,
        **how,
    )
    return Shown(found, more=origin_of("staffing", options, asked.settings.changes, variants))


@overload
def numbers_of(
    option: str, text: str, kind: Callable[[str], T], problems: list[Problem]
) -> list[T]: ...


@overload
def numbers_of(
    option: str, text: str | None, kind: Callable[[str], T], problems: list[Problem]
) -> list[T] | None: ...


def numbers_of(
    option: str, text: str | None, kind: Callable[[str], T], problems: list[Problem]
) -> list[T] | None:
    """Return the numbers of a list; add to `problems` what is none, and return nothing of it."""
    if text is None:
        return None
    try:
        return [kind(each) for each in text.split(",")]
    except ValueError:
        problems.append(Problem(option, "is not a list of numbers", text, "such as 1,2,3"))
        return []


def _roles(text: str | None, problems: list[Problem]) -> list[str] | dict[str, float] | None:
    """Return roles, with the wage of each where it is said; add to `problems` what is none."""
    if text is None or ":" not in text:
        return None if text is None else text.split(",")
    pairs = [each.partition(":") for each in text.split(",")]
    try:
        return {role: float(wage) for role, _, wage in pairs}
    except ValueError:
        valid = "clinical,practitioner, or clinical:30,practitioner:110"
        problems.append(Problem("--role", "is not a list of roles and wages", text, valid))
        return None


def _hours_of_cover(text: str) -> float | None:
    return None if text == "none" else float(text)


def _limit(text: str, problems: list[Problem]) -> RiskLimit | None:
    """Return a limit; add to `problems` what is none."""
    from ccmsim.analyses.choice import RiskLimit

    measure, _, rest = text.partition(":")
    level, _, share = rest.partition(":")
    try:
        return RiskLimit(measure, float(level), float(share))
    except ValueError:
        problems.append(Problem("--risk", "is not a limit", text, "such as net_usd:0:0.05"))
        return None
