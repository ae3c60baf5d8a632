"""`ccmsim information`: what it is worth to know a value better before deciding.

Comes in: scenarios to choose from, paths of values that are not known, and settings. Goes out: the
worth of knowing each, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Measure, Unknown

HELP: Final = """Show what it is worth to know a value before choosing between practices.

A value is worth nothing, however much it matters, if no possible value of it would change the
choice. Variants are named as in ccmsim compare, values that are not known as in ccmsim uncertainty.

Examples:

\b
  ccmsim information two_nurses --variant 'more hours:staff.nurses.hours_per_week=20'
  ccmsim information structured_75 informal_200 --of 'contact.*'
"""

Inner = Annotated[
    int, typer.Option("--inner", metavar="N", help="Replications of a set for each option.")
]


@experiment("information", replications=8_000, several=True)
def information(
    asked: Asked,
    of: Unknown = None,
    measure: Measure = "net_usd",
    inner: Inner = 2,
) -> Result:
    """Show the worth of knowing."""
    named, how = asked.compared()
    from ccmsim.analyses.information import value_of_information

    return value_of_information(named, of, measure=measure, inner=inner, **how)
