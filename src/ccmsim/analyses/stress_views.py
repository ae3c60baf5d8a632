"""How a reverse stress test looks: as text for a terminal, and as a figure.

Comes in: a `Stress`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.stress import Stress, words
from ccmsim.wording import cell, columns, counted, stretch

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: Stress) -> str:
    """Return the combinations as a table in plain text."""
    percent = f"{100.0 * found.level:g} %"
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    many = stretch(found.months, many=True)
    lines = [
        f"{found.scenario}: what brings {MEASURES[found.measure]} below {found.limit:,.8g}, {span}",
        f"{counted(found.replications, 'replication')}, seed {found.seed}; {percent} intervals",
        f"Of all {many} {cell(found.misses.times(100.0))} % are below.",
    ]
    often = f"{100.0 * found.given:g} %"
    if not found.combinations:
        if found.misses.value >= found.given:
            return "\n".join([*lines, "It takes no disruption."])
        told = f"No time lost surely brings {often} or more of {many} below, as far as these tell."
        more = "More replications, or a smaller share of them, may show some."
        return "\n".join([*lines, told, more])
    rows: list[tuple[str, ...]] = [("lost, at least", f"of 100 {many}", "of these below, %")]
    rows += [
        (words(each), cell(each.likelihood.times(100.0)), cell(each.misses.times(100.0)))
        for each in found.combinations
    ]
    notes = (
        f"The mildest losses after which {often} or more of {many} are below, likeliest first;",
        f"{percent} sure of all rows at once. They are found in one half of the replications, the",
        "numbers are those of the other half; more replications may tell milder ones.",
    )
    return "\n".join([*lines, "", *columns(rows), "", *notes])


def figure(found: Stress) -> Figure:
    """Return the figure: a point for each replication, by what it lost to two causes."""
    from ccmsim.plot import NotebookFigure

    many = stretch(found.months, many=True)
    drawn = NotebookFigure(figsize=(7.6, 5.0), dpi=120, layout="constrained")
    axes = drawn.subplots()
    across, up = _causes(found)
    still = np.zeros(found.replications)
    x, y = found.hours.get(across, still), found.hours.get(up, still)
    for which, colour, label in (
        (~found.missed, "#9ecae1", "others"),
        (found.missed, "#b03a00", f"{many} below {found.limit:,.8g}"),
    ):
        axes.plot(x[which], y[which], "o", color=colour, markersize=3, alpha=0.6, label=label)
    for each in found.combinations:
        if set(each.hours) <= {across, up}:
            low_x, low_y = each.hours.get(across, 0.0), each.hours.get(up, 0.0)
            top_x, top_y = max(x.max(), low_x), max(y.max(), low_y)
            axes.plot(
                [low_x, low_x, top_x], [top_y, low_y, low_y],
                color="black", linewidth=1.2 if len(each.hours) == 2 else 0.8,
                linestyle="-" if len(each.hours) == 2 else "--",
                label=f"beyond this line {cell(each.misses.times(100.0))} % are below",
            )  # fmt: skip
    axes.set_xlabel(f"Hours lost: {across}, in {counted(found.months, 'month')}")
    axes.set_ylabel(f"Hours lost: {up}")
    axes.spines[["top", "right"]].set_visible(False)
    drawn.legend(loc="outside lower center", ncols=2, frameon=False, fontsize="small")
    axes.set_title(f"{found.scenario}: {many} by the hours that two causes took", loc="left")
    return drawn


def _causes(found: Stress) -> tuple[str, str]:
    """Return two causes: those of the likeliest combinations, and then the costliest."""
    first_ones = [cause for each in found.combinations for cause in each.hours]
    others = sorted(found.hours, key=lambda cause: -float(found.hours[cause].mean()))
    names = list(dict.fromkeys([*first_ones, *others, "nothing", "nothing else"]))
    return names[0], names[1]
