"""`ccmsim sobol`: what decides a result while everything that is not known varies at once.

Comes in: a scenario, paths of values that are not known, and settings. Goes out: indices and the
ranges that lead to bad years, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Limit, Measure, Unknown

HELP: Final = """Split what nobody knows by parameter, and find where bad years lie.

Values that are not known are those that the scenario says, those named by --of, with the ranges of
the evidence table, or else all of that table.

Examples:

\b
  ccmsim sobol two_nurses
  ccmsim sobol two_nurses --of 'contact.*' --limit 30000 --replications 4000
"""

Inner = Annotated[int, typer.Option("--inner", metavar="N", help="Replications of a set.")]


@experiment("sobol", replications=16_000)
def sobol(
    asked: Asked,
    of: Unknown = None,
    measure: Measure = "net_usd",
    limit: Limit = 0.0,
    inner: Inner = 2,
) -> Result:
    """Split what nobody knows."""
    scenario, how = asked.checked()
    from ccmsim.analyses.sobol import sobol as split

    return split(scenario, of, measure=measure, limit=limit, inner=inner, **how)
