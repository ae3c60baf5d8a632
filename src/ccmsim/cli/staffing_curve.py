"""`ccmsim staffing-curve`: what more protected hours bring.

Comes in: a scenario, hours and settings. Goes out: the curve, as text, a picture or one JSON
document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Measure
from ccmsim.cli.staffing import Group, Hours, numbers_of

HELP: Final = """Show what more protected hours bring, and how many a wanted service needs.

Examples:

\b
  ccmsim staffing-curve two_nurses
  ccmsim staffing-curve two_nurses --hours 12,16,20,24,28 --share 0.75 --months-share 0.9
"""

Share = Annotated[
    float, typer.Option("--share", metavar="S", help="Wanted: this share of the enrolled billed.")
]
MonthsShare = Annotated[
    float, typer.Option("--months-share", metavar="S", help="Wanted: in this share of months.")
]


@experiment("staffing-curve")
def staffing_curve(
    asked: Asked,
    group: Group = None,
    hours: Hours = None,
    share: Share = 0.8,
    months_share: MonthsShare = 0.9,
    measure: Measure = "net_usd",
) -> Result:
    """Simulate the curve."""
    amounts = numbers_of("--hours", hours, float, asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.curve import staffing_curve as simulated

    return simulated(
        scenario,
        group=group,
        hours=amounts,
        share=share,
        months_share=months_share,
        measure=measure,
        **how,
    )
