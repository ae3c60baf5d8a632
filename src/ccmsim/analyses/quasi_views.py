"""How spread replications look: as text for a terminal, and as a figure.

Comes in: a `QuasiMonteCarlo`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.quasi import NOTHING_VARIES, WAYS, QuasiMonteCarlo
from ccmsim.wording import cell, columns, counted, fold

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: QuasiMonteCarlo) -> str:
    """Return the means as a table in plain text."""
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{found.groups:,} groups of {found.points:,} replications, seed {found.seed}"
    rows: list[tuple[str, ...]] = [("mean of", "spread", "saved")]
    for name, label in MEASURES.items():
        if name in found.means:
            saved = found.saved[name]
            said = NOTHING_VARIES if saved.method == NOTHING_VARIES else fold(saved)
            rows.append((label, cell(found.means[name]), said))
    return "\n".join(
        [
            f"{found.scenario}: means from spread absences ({WAYS[found.design]}), {span}",
            f"{how}; {100.0 * found.level:g} % intervals from the groups' means",
            "",
            *columns(rows),
            "",
            "Saved: so many times more independent replications would have this error.",
        ]
    )


def figure(found: QuasiMonteCarlo) -> Figure:
    """Return the figure: what was saved of each measure, with its interval."""
    from ccmsim.plot import NotebookFigure

    names = list(found.saved)
    drawn = NotebookFigure(figsize=(7.2, 1.6 + 0.5 * len(names)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for place, name in enumerate(names):
        saved = found.saved[name]
        axes.plot([saved.low, saved.high], [place, place], color="#7fb1d8", linewidth=4)
        axes.plot(saved.value, place, "o", color="#08306b")
    axes.axvline(1.0, color="black", linewidth=0.8)
    labels = [
        MEASURES[name]
        + (f"\n({NOTHING_VARIES})" if found.saved[name].method == NOTHING_VARIES else "")
        for name in names
    ]
    axes.set_yticks(range(len(names)), labels)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(left=0.0)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    level = f"{100.0 * found.level:g} %"
    axes.set_xlabel(f"times more independent replications for the same error ({level} intervals)")
    axes.set_title(f"{found.scenario}: {WAYS[found.design]}, groups of {found.points}", loc="left")
    return drawn
