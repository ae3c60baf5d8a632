"""`ccmsim control-variates`: means with smaller errors, at little cost.

Comes in: a scenario and settings. Goes out: means with and without controls, as text, a picture or
one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Estimate means with the time lost by cause as control variates.

Who is away does not depend on the patients, and can be simulated without them at little cost.

Examples:

\b
  ccmsim control-variates two_nurses
  ccmsim control-variates two_nurses --measure net_usd --replications 1000
"""

Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="net_usd, billed_usd, finally_paid_usd, cash_net_usd, billable_patients or "
        "billable_points; may be given several times.",
        show_default=False,
    ),
]
Times = Annotated[
    int,
    typer.Option("--times", metavar="N", help="Replications of controls for each whole one."),
]


@experiment("control-variates")
def control_variates(
    asked: Asked,
    measure: Measures = None,
    times: Times = 8,
) -> Result:
    """Estimate means."""
    scenario, how = asked.checked()
    from ccmsim.analyses.control import USUAL
    from ccmsim.analyses.control import control_variates as estimate

    return estimate(scenario, measures=measure or USUAL, times=times, **how)
