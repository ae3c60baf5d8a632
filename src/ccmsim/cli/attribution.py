"""`ccmsim attribution`: what stood in the way of missed months, beside what each obstacle costs.

Comes in: a scenario and settings. Goes out: both views of each obstacle, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Final

from ccmsim.cli.experiment import Asked, Result, experiment

HELP: Final = """Show what stood in the way of missed months, beside what each obstacle costs.

The first column splits the missed months as they happened: by the days on which a patient's open
call waited, and what the nurse was away for or busy with meanwhile. The second is what would be
billed besides without the obstacle, under the same random numbers. They answer different questions;
below the table it says where they differ, and why.

Examples:

\b
  ccmsim attribution two_nurses
  ccmsim attribution solo_nurse --replications 50 --plot attribution.png
"""


@experiment("attribution", replications=100)
def attribution(
    asked: Asked,
) -> Result:
    """Show what stood in the way."""
    scenario, how = asked.checked()
    from ccmsim.analyses.attribution import attribution as attributed

    return attributed(scenario, **how)
