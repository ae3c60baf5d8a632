"""`ccmsim staffing-panel`: how many patients a team can have, and how many it needs.

Comes in: a scenario, a wanted service and settings. Goes out: panels, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.staffing import numbers_of
from ccmsim.cli.staffing_curve import MonthsShare, Share

HELP: Final = """Show how many patients pay for a team, and how many it can serve.

Examples:

\b
  ccmsim staffing-panel two_nurses
  ccmsim staffing-panel two_nurses --share 0.65 --months-share 0.9 --patients 50,100,150,200
"""

Patients = Annotated[
    str | None,
    typer.Option(
        "--patients", metavar="N,N", help="Panels to begin with.", show_default=False
    ),
]  # fmt: skip


@experiment("staffing-panel")
def staffing_panel(
    asked: Asked,
    patients: Patients = None,
    share: Share = 0.6,
    months_share: MonthsShare = 0.9,
) -> Result:
    """Simulate panels."""
    panels = numbers_of("--patients", patients, int, asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.panel import panel_size

    return panel_size(scenario, patients=panels, share=share, months_share=months_share, **how)
