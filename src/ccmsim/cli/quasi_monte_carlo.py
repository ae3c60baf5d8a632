"""`ccmsim quasi-monte-carlo`: means from spread replications.

Comes in: a scenario and settings. Goes out: means with the error between groups, as text, a picture
or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from ccmsim.checks import whole
from ccmsim.cli.control_variates import Measures
from ccmsim.cli.experiment import Asked, Result, experiment
from ccmsim.cli.options import REPLICATIONS_MAX

HELP: Final = """Estimate means from replications whose absences are spread evenly.

Groups of replications are spread by a Latin hypercube, by scrambled Sobol points or as pairs of
opposite numbers; the error is that between independent groups.

Examples:

\b
  ccmsim quasi-monte-carlo two_nurses
  ccmsim quasi-monte-carlo two_nurses --design sobol --points 128
"""

DesignName = Annotated[
    str, typer.Option("--design", metavar="NAME", help="latin, sobol or antithetic.")
]
Points = Annotated[
    int | None,
    typer.Option(
        "--points",
        metavar="N",
        help="Replications of a group: 32 when left out, 2 if antithetic.",
        show_default=False,
    ),
]
Groups = Annotated[
    int, typer.Option("--groups", metavar="N", help="Independent groups, at least 10.")
]


@experiment("quasi-monte-carlo", without=("replications",))
def quasi_monte_carlo(
    asked: Asked,
    design: DesignName = "latin",
    points: Points = None,
    groups: Groups = 32,
    measure: Measures = None,
) -> Result:
    """Estimate means."""
    if points is not None:
        asked.problems.extend(whole(points, "--points", 2, 2**20, "32"))
    asked.problems.extend(whole(groups, "--groups", 10, REPLICATIONS_MAX, "32"))
    scenario, how = asked.checked()
    from ccmsim.analyses.quasi import USUAL
    from ccmsim.analyses.quasi import quasi_monte_carlo as estimate

    spread: Any = {"design": design, "points": points, "groups": groups}
    return estimate(scenario, measures=measure or USUAL, **spread, **how)
