"""`ccmsim break-even`: how many patients, or protected hours, make the mean net zero.

Comes in: a scenario and settings. Goes out: where the net changes its sign, as text, a picture or
one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Show which panel, or which hours, make the mean net zero.

A dozen values from one patient to ten times the present are simulated with the same random numbers;
where the mean net changes its sign, the search goes on to one patient or a quarter hour. There may
be several such values: a panel can be too small to pay its staff, and too large for it.

Examples:

\b
  ccmsim break-even two_nurses
  ccmsim break-even solo_nurse --of hours --plot hours.png
"""

Of = Annotated[str, typer.Option("--of", metavar="WHAT", help="What is varied: patients or hours.")]


@experiment("break-even", replications=100)
def break_even(asked: Asked, of: Of = "patients") -> Result:
    """Show what makes the mean net zero."""
    scenario, how = asked.checked()
    from ccmsim.analyses.break_even import break_even as search

    return search(scenario, of, **how)
