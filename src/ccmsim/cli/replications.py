"""`ccmsim replications`: how many replications it takes to know a measure well enough.

Comes in: a scenario, targets and settings of a pilot. Goes out: the plan, as text, a picture or one
JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.checks import whole
from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.options import REPLICATIONS_MAX, PrecisionTargets, precision_targets
from ccmsim.errors import Problem
from ccmsim.precision import CAP, Precision

HELP: Final = """Plan how many replications it takes to know a measure well enough.

A pilot tells how much the measure varies. The plan is for 'ccmsim run' with the same --precision,
which looks at fixed numbers of replications and ends at the first look where every target holds.

Examples:

\b
  ccmsim replications two_nurses --measure net_usd.total --half-width 2000
  ccmsim replications two_nurses --precision net_usd.total=2000 --precision billable_share=0.005
  ccmsim replications solo_nurse --measure billable_share --half-width 0.01 --plot plan.png
"""

Measure = Annotated[
    str,
    typer.Option("--measure", metavar="NAME", help="What --half-width is of: 'ccmsim run' says."),
]
HalfWidth = Annotated[
    float | None,
    typer.Option(
        "--half-width",
        metavar="X",
        help="Half the width of the measure's interval that is wanted, in its own unit.",
        show_default=False,
    ),
]
Most = Annotated[
    int,
    typer.Option("--most", metavar="N", help="The most replications that 'ccmsim run' may take."),
]


@experiment("replications")
def replications(
    asked: Asked,
    measure: Measure = "net_usd.total",
    half_width: HalfWidth = None,
    precision: PrecisionTargets = None,
    most: Most = CAP,
) -> Shown:
    """Plan replications."""
    level, problems = asked.numbers["level"], asked.problems
    if asked.numbers["replications"] == 1:
        rule = "must be at least 2: one tells nothing of the spread"
        problems.append(Problem("--replications", rule, 1, "200"))
    problems += whole(most, "--most", 1, REPLICATIONS_MAX, str(CAP))
    targets = precision_targets(precision, level, problems)
    if half_width is not None:
        targets.append(Precision(measure, half_width, level))
    if not targets:
        valid = "such as --half-width 2000, in the measure's own unit"
        problems.append(Problem("--half-width", "is needed, or --precision", None, valid))
    scenario, how = asked.checked()
    from ccmsim.analyses.replication_plan import how_many_replications
    from ccmsim.measures import precise_names
    from ccmsim.montecarlo import simulate
    from ccmsim.precision import checked_targets

    checked_targets(targets, precise_names(scenario))
    del how["level"]  # it is the targets'
    plan = how_many_replications(simulate(scenario, **how), targets, cap=most)
    return Shown(plan, more={name: how[name] for name in ("seed", "months", "warmup_months")})
