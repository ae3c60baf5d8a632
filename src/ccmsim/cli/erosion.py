"""`ccmsim erosion`: where the projection goes, and what each disruption costs.

Comes in: a scenario and settings. Goes out: the way from the projection down to today and what
would be regained without each disruption, as tables, a picture or one JSON document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ccmsim.cli.experiment import Asked, Result, Shown, experiment
from ccmsim.cli.options import Both, HalfWidth, Inner, Unknown, doubt_problems
from ccmsim.cli.tables import table
from ccmsim.wording import counted

if TYPE_CHECKING:
    from rich.table import Table

    from ccmsim.analyses.waterfall import Erosion, Row

HELP: Final = """Show where the projection goes, and what each disruption costs.

From today up, one driver after the other is mended (visibility, enrollment, execution with each
disruption, documentation), always with the same random numbers: what is regained is a difference
between equal months. The first table goes from the projection, in which everybody is billed every
month, down to today; patients whom nobody could have reached have a row of their own. The net of
the projection is its dollars less the cost that is really paid: it knows neither add-on units nor
claims that are never paid, so these have rows, too. In the last table each disruption is taken away
alone; these gains don't add up to the gain of all together, because a minute can be lost twice: the
interaction says by how much.

Examples:

\b
  ccmsim erosion two_nurses
  ccmsim erosion solo_nurse --replications 100 --plot erosion.png
  ccmsim erosion two_nurses --set operations.assignment=pooled
  ccmsim erosion two_nurses --json > erosion.json
  ccmsim erosion two_nurses --both
  ccmsim erosion two_nurses --half-width 0.1

Every disruption is two more simulations of all replications, so this takes several times as long as
'ccmsim run'.
"""

POINTS: Final = "billable_points"
MEASURES: Final = {
    POINTS: "of 100 enrolled",
    "base_usd": "base code, USD",
    "net_usd": "net, USD",
}
BAD: Final = {
    POINTS: "of 100 enrolled",
    "billed_usd": "billed, USD",
    "net_usd": "net, USD",
}


@experiment("erosion")
def erosion(
    asked: Asked,
    both: Both = False,
    of: Unknown = None,
    inner: Inner = None,
    half_width: HalfWidth = None,
) -> Result | Shown:
    """Show what each disruption costs."""
    asked.problems.extend(doubt_problems(both, of, inner, half_width))
    scenario, how = asked.checked()
    from ccmsim.analyses.doubts import INNER
    from ccmsim.analyses.erosion import erosion as eroded
    from ccmsim.analyses.erosion import erosion_doubts

    if both or of:
        return erosion_doubts(scenario, of, inner=INNER if inner is None else inner, **how)
    found = eroded(scenario, half_width=half_width, **how)
    return Shown(found, text=_parts(found, enrolls=scenario.panel.medicare is not None))


def _parts(found: Erosion, *, enrolls: bool) -> Iterable[Table | str]:
    from ccmsim.analyses.erosion_views import BAD_YEAR, ended, signed, too_few

    def going_down(measures: Mapping[str, str]) -> Mapping[str, str]:
        wanted = found.half_width is not None
        return _going_down(measures, beside=wanted) if enrolls else measures

    span = counted(found.months, "month")
    yield (
        f"{found.scenario}: where the projection goes in {span} from {found.first_month}\n"
        f"{counted(found.replications, 'replication')}, seed {found.seed}; "
        f"± and ranges are {100.0 * found.level:g} % intervals"
    )
    yield from ended(found)
    yield ""
    yield _table("From the projection to today", signed(found), going_down(MEASURES))
    yield ""
    if few := too_few(found):
        yield few
    else:
        bad = ((label, replace(row, estimates=row.bad_year)) for label, row in signed(found))
        yield _table(BAD_YEAR, bad, going_down(BAD))
    yield ""
    rows = (*found.causes, found.summed, found.together, found.interaction)
    yield _table("Regained without one disruption", ((row.label, row) for row in rows), MEASURES)


def _going_down(measures: Mapping[str, str], *, beside: bool) -> dict[str, str]:
    """Return measures with patient-months for points, or beside them.

    Who enrolls changes what points are of, so these can rise where patient-months fall.
    """
    others = {name: title for name, title in measures.items() if beside or name != POINTS}
    return {"billable_patient_months": "patient-months"} | others


def _table(title: str, rows: Iterable[tuple[str, Row]], measures: Mapping[str, str]) -> Table:
    from ccmsim.wording import shown

    filled = table(title, "", *measures.values(), label_width=0)
    for label, row in rows:
        cells = (row.estimates.get(measure) for measure in measures)
        filled.add_row(
            label.removesuffix(f" ({row.name})"),
            *("–" if cell is None else shown(cell) for cell in cells),
        )
    return filled
