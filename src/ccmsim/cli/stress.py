"""`ccmsim stress`: which disruptions make a year miss its limit, and how likely they are.

Comes in: a scenario and settings. Goes out: the mildest combinations, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Limit, Measure

HELP: Final = """Find the mildest disruptions, singly and in pairs, that make a year miss its limit,
or whatever --months are.

Examples:

\b
  ccmsim stress two_nurses
  ccmsim stress two_nurses --limit 20000 --given 0.8
"""

Given = Annotated[
    float,
    typer.Option("--given", metavar="P", help="How often years with a combination miss, at least."),
]


@experiment("stress", replications=4_000)
def stress(
    asked: Asked,
    measure: Measure = "net_usd",
    limit: Limit = 0.0,
    given: Given = 0.5,
) -> Result:
    """Find what it takes."""
    scenario, how = asked.checked()
    from ccmsim.analyses.stress import stress as find

    return find(scenario, measure=measure, limit=limit, given=given, **how)
