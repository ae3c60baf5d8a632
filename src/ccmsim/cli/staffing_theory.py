"""`ccmsim staffing-theory`: the closed form of the billable share beside the simulation.

Comes in: a scenario, panels and settings. Goes out: both over the load, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Final

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.staffing import numbers_of
from ccmsim.cli.staffing_panel import Patients

HELP: Final = """Show the billable share in closed form beside the simulation, over the load.

Examples:

\b
  ccmsim staffing-theory two_nurses
  ccmsim staffing-theory informal_200 --patients 50,100,200,400 --plot theory.png
"""


@experiment("staffing-theory", replications=100)
def staffing_theory(
    asked: Asked,
    patients: Patients = None,
) -> Result:
    """Compare the closed form with the simulation."""
    panels = numbers_of("--patients", patients, int, asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.capacity_check import capacity_check

    return capacity_check(scenario, patients=panels, **how)
