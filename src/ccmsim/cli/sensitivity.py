"""`ccmsim sensitivity`: which assumptions matter.

Comes in: a scenario, perhaps factors with ranges, settings. Goes out: a table, a picture, or one
JSON document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from ccmsim.cli.experiment import Asked, Shown, experiment
from ccmsim.cli.options import Measure, ranged
from ccmsim.cli.tables import table
from ccmsim.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from ccmsim.analyses.sensitivity import Factors, Tornado

HELP: Final = """Show which assumptions matter: one at a time, over its range.

Each factor is set to the low and to the high end of its range, everything else and the random
numbers kept; what is shown is the paired difference to today. Ranges come from the evidence table
(docs/evidence.md) unless --factor gives one.

Examples:

\b
  ccmsim sensitivity two_nurses
  ccmsim sensitivity two_nurses --measure billable_points --plot tornado.png
  ccmsim sensitivity solo_nurse --factor contact.answer_probability=0.3:0.6
  ccmsim sensitivity two_nurses --json > sensitivity.json
"""

Factor = Annotated[
    list[str] | None,
    typer.Option(
        "--factor",
        metavar="PATH[=LOW:HIGH]",
        help="Look at this value only; may be given many times. Without a range, that of the "
        "evidence table.",
        show_default=False,
    ),
]


@experiment("sensitivity", replications=100)
def sensitivity(asked: Asked, factor: Factor = None, measure: Measure = "net_usd") -> Shown:
    """Show which assumptions matter."""
    given = _given(factor or [], asked.problems)
    scenario, how = asked.checked()
    from ccmsim.analyses.sensitivity import sensitivity as found_by

    found = found_by(scenario, given, measure=measure, **how)
    return Shown(found, text=_parts(found))


def _given(texts: list[str], problems: list[Problem]) -> Factors | list[str] | None:
    """Return the factors of the command line: all with ranges, or none of them."""
    ends: dict[str, tuple[float, float]] = {}
    alone: list[str] = []
    for text in texts:
        if "=" not in text:
            alone.append(text)
            continue
        path, span = ranged("--factor", text, problems)
        if span is not None:
            ends[path] = span
    if ends and alone:
        valid = f"a range for {', '.join(alone)}, too, or for none"
        problems.append(Problem("--factor", "is given with and without ranges", None, valid))
    return ends or alone or None


def _parts(found: Tornado) -> Iterable[Table | str]:
    from ccmsim.wording import shown

    yield from (str(found).partition("\n\n")[0], "")
    headings = ("range", "at low", "at high")
    rows = table("Change against today, the widest swing first", "", *headings, label_width=43)
    for bar in found.bars:
        span = f"{bar.low:.4g} to {bar.high:.4g}"
        rows.add_row(bar.factor, span, shown(bar.at_low), shown(bar.at_high))
    yield rows
