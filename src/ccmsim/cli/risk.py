"""`ccmsim risk`: how bad a year may be against a plan, and what is behind the worst years.

Comes in: a scenario and settings. Goes out: tables of numbers, causes and missed dollars, as text,
a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Show how bad a year may be against a plan, and what is behind the worst years.

The first table has the years, the next the time lost by cause. The last two tell what stood in the
way of missed patient-months, in dollars of the base code: how often, how much in a year that has
it, and how much in the worst years. This describes; 'ccmsim erosion' tells what would be gained.

Examples:

\b
  ccmsim risk two_nurses
  ccmsim risk two_nurses --plan 40000
  ccmsim risk two_nurses --measure collected_usd --floor 9000
"""

MeasureName = Annotated[
    str,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="net_usd, cash_net_usd, billed_usd, finally_paid_usd or collected_usd.",
    ),
]
Plan = Annotated[
    float | None,
    typer.Option(
        "--plan",
        metavar="USD",
        help="What is planned over all months; the projection where left out.",
        show_default=False,
    ),
]
Floor = Annotated[
    float,
    typer.Option("--floor", metavar="USD", help="A month under it is a losing one."),
]


@experiment("risk", replications=1_000)
def risk(
    asked: Asked,
    measure: MeasureName = "net_usd",
    plan: Plan = None,
    floor: Floor = 0.0,
) -> Result:
    """Show the risk."""
    scenario, how = asked.checked()
    from ccmsim.analyses.risk import risk as find

    return find(scenario, measure=measure, plan=plan, floor=floor, **how)
