"""`ccmsim warm-up`: how many months to leave out of results.

Comes in: a scenario and settings. Goes out: the months, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Measure

HELP: Final = """Find how many months a practice takes to forget how it was started.

The same months are simulated twice, begun with the first of them and long before.

Examples:

\b
  ccmsim warm-up two_nurses
  ccmsim warm-up two_nurses --measure net_usd --replications 2000
"""

Tolerance = Annotated[
    float | None,
    typer.Option(
        "--tolerance",
        metavar="X",
        help="What a month may lie apart, in the measure's unit; 2 % where left out.",
        show_default=False,
    ),
]
Long = Annotated[int, typer.Option("--long", metavar="N", help="Months of the long warm-up.")]


@experiment("warm-up", months=24, replications=400, without=("warmup_months",))
def warm_up(
    asked: Asked,
    measure: Measure = "billable_points",
    tolerance: Tolerance = None,
    long: Long = 36,
) -> Result:
    """Find the warm-up."""
    scenario, how = asked.checked()
    from ccmsim.analyses.warm_up import warm_up as find

    return find(scenario, measure=measure, tolerance=tolerance, long=long, **how)
