"""`ccmsim compare`: which of several practices is best.

Comes in: scenarios and settings. Goes out: who is best, by how much and how surely, as text, a
picture or one JSON document.
"""

from __future__ import annotations

from typing import Final

from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import Both, Inner, Measure, Unknown, doubt_problems

HELP: Final = """Show which of several practices is best, by how much and how surely.

All are simulated with the same luck, so that differences are the practices' own. A variant is the
first scenario with changes; --set changes all of them. With --both or --of, each is compared with
the first over what is not known, too.

Examples:

\b
  ccmsim compare two_nurses structured_75 informal_200
  ccmsim compare two_nurses --variant pooled:operations.assignment=pooled
  ccmsim compare two_nurses --variant 'more hours:staff.nurses.hours_per_week=30'
  ccmsim compare two_nurses --variant pooled:operations.assignment=pooled --both
"""


@experiment("compare", several=True)
def compare(
    asked: Asked,
    measure: Measure = "net_usd",
    both: Both = False,
    of: Unknown = None,
    inner: Inner = None,
) -> Result:
    """Show which practice is best."""
    asked.problems.extend(doubt_problems(both, of, inner))
    named, how = asked.compared()
    if both or of:
        from ccmsim.analyses.doubts import INNER, doubts

        return doubts(named, of, measure=measure, inner=INNER if inner is None else inner, **how)
    from ccmsim.analyses.compare import compare as comparison

    return comparison(named, measure=measure, **how)
