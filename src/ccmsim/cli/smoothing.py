"""`ccmsim smoothing`: whether the programme's income evens out that of visits.

Comes in: a scenario with visits and settings. Goes out: how uneven the months of each income are,
as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Show whether the programme makes the practice's months more even.

Simulates the scenario, which needs the part visits, without shocks to visits and with them, and
compares the months of visits alone, of the programme and of both together.

Examples:

\b
  ccmsim smoothing two_nurses --set 'visits={per_month=300}'
  ccmsim smoothing two_nurses --set 'visits={per_month=300}' --shocks 0.5
"""

Shocks = Annotated[
    float | None,
    typer.Option(
        "--shocks",
        metavar="N",
        help="How often a year a shock to visits begins; the scenario's own, or 0.25 where it has "
        "none.",
        show_default=False,
    ),
]


@experiment("smoothing", months=24, warmup_months=6)
def smoothing(
    asked: Asked,
    shocks: Shocks = None,
) -> Result:
    """Show whether the programme smooths."""
    scenario, how = asked.checked()
    from ccmsim.analyses.smoothing import smoothing as compare

    return compare(scenario, shock_per_year=shocks, **how)
