"""How control variates look: as text for a terminal, and as a figure.

Comes in: a `Controlled`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.control import Controlled
from ccmsim.analyses.factors import MEASURES
from ccmsim.wording import cell, columns, counted, fold, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: Controlled) -> str:
    """Return the means as a table in plain text."""
    percent = f"{100.0 * found.level:g} %"
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{counted(found.replications, 'replication')}, controls of {found.controls:,}"
    rows: list[tuple[str, ...]] = [("mean of", "plain", "controlled", "explained, %", "saved")]
    for name, label in MEASURES.items():
        if name in found.plain:
            rows.append(
                (
                    label,
                    cell(found.plain[name]),
                    cell(found.controlled[name]),
                    shown(found.explained[name].times(100.0)),
                    fold(found.saved[name]),
                )
            )
    return "\n".join(
        [
            f"{found.scenario}: means with the time lost by cause as controls, {span}",
            f"{how}, seed {found.seed}; {percent} intervals",
            "",
            *columns(rows),
            "",
            "Saved: so many times more replications would give the plain mean this error.",
        ]
    )


def figure(found: Controlled) -> Figure:
    """Return the figure: intervals around the controlled mean, in percent of it."""
    from ccmsim.plot import NotebookFigure

    names = list(found.plain)
    drawn = NotebookFigure(figsize=(7.6, 1.6 + 0.6 * len(names)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for place, name in enumerate(names):
        centre = abs(found.controlled[name].value) or 1.0
        for shift, estimates, colour, label in (
            (-0.12, found.plain, "#7fb1d8", "plain"),
            (0.12, found.controlled, "#08306b", "controlled"),
        ):
            number = estimates[name]
            ends = [
                100.0 * (end - found.controlled[name].value) / centre
                for end in (number.low, number.value, number.high)
            ]
            axes.plot(
                [ends[0], ends[2]], [place + shift] * 2, color=colour, linewidth=3,
                label=label if place == 0 else None,
            )  # fmt: skip
            axes.plot(ends[1], place + shift, "o", color=colour)
    axes.set_yticks(range(len(names)), [MEASURES[name] for name in names])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    axes.set_xlabel(f"% of the controlled mean (with {100.0 * found.level:g} % intervals)")
    axes.set_title(f"{found.scenario}, {counted(found.months, 'month')}", loc="left")
    return drawn
