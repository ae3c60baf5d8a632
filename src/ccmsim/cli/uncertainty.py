"""`ccmsim uncertainty`: what nobody knows about a practice, beside what happens by chance.

Comes in: a scenario, paths of values that are not known, and settings. Goes out: the measure with
both uncertainties, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Limit, Measure, Unknown

HELP: Final = """Tell what is not known from what happens by chance.

Values that are not known are those that the scenario says, as
answer_probability = { uncertain = { family = "uniform", low = 0.3, high = 0.6 } },
those named by --of, with the ranges of the evidence table, or else all of that table.

Examples:

\b
  ccmsim uncertainty two_nurses
  ccmsim uncertainty two_nurses --of contact.answer_probability --limit 30000
"""

Inner = Annotated[
    int | None,
    typer.Option(
        "--inner", metavar="N", help="Replications of a set; chosen by a pilot.", show_default=False
    ),
]


@experiment("uncertainty", replications=2_000)
def uncertainty(
    asked: Asked,
    of: Unknown = None,
    measure: Measure = "net_usd",
    limit: Limit = 0.0,
    inner: Inner = None,
) -> Result:
    """Tell both uncertainties."""
    scenario, how = asked.checked()
    from ccmsim.analyses.uncertainty import uncertainty as nested

    return nested(scenario, of, measure=measure, limit=limit, inner=inner, **how)
