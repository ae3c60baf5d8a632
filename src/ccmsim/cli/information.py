"""`ccmsim information`: what it is worth to know a value better before deciding.

Comes in: scenarios to choose from, paths of values that are not known, and settings. Goes out: the
worth of knowing each, as text, a picture or one JSON document.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ccmsim.cli.compare import Scenarios, Variants, document, loaded, variants_of
from ccmsim.cli.experiment import give_out, problems_of
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Measure,
    Months,
    Plot,
    Replications,
    Seed,
    Unknown,
    WarmupMonths,
    Workers,
    settled,
)
from ccmsim.cli.shell import guarded

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


@guarded
def information(
    scenarios: Scenarios,
    variant: Variants = None,
    of: Unknown = None,
    measure: Measure = "net_usd",
    inner: Inner = 2,
    months: Months = 12,
    replications: Replications = 8_000,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show the worth of knowing."""
    problems = problems_of(
        scenarios[0],
        plot,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    changes = variants_of(variant or (), problems)
    first = settled(scenarios[0], set_, workers=workers, problems=problems)
    options = loaded(scenarios, set_ or [], changes)
    from ccmsim.analyses.information import value_of_information

    found = value_of_information(
        options,
        of,
        measure=measure,
        months=months,
        replications=replications,
        inner=inner,
        seed=seed,
        warmup_months=warmup_months,
        workers=first.workers,
        level=level,
        progress=True,
    )
    give_out(
        found,
        plot,
        json,
        document("information", options, first.changes, changes) | found.as_dict(),
    )
