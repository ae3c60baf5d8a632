"""How differences with both uncertainties look: as text for a terminal, and as a figure.

Comes in: a `Doubts`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccmsim.analyses.doubts import Doubts
from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.uncertainty_views import unknown
from ccmsim.wording import cell, columns, counted, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: Doubts) -> str:
    """Return the differences, and what is not known."""
    percent = f"{100.0 * found.level:g} %"
    sets = f"{len(found.draws):,} sets of {found.inner} replications"
    span = counted(found.months, "month")
    measured = f"{MEASURES[found.measure]}, {span} from {found.first_month}"
    lines = [
        f"Less {found.first}, with what is not known: {measured}",
        f"{sets}, seed {found.seed}; {percent} intervals",
        "",
    ]
    rows: list[tuple[str, ...]] = [
        ("", "mean difference", "% of years ahead", "% of sets", "% not known")
    ]
    for each in found.doubts:
        shares = (each.ahead, each.holds, each.share_unknown)
        rows.append(
            (each.name, shown(each.difference), *(cell(one.times(100.0)) for one in shares))
        )
    lines += columns(rows)
    lines += [
        "",
        "% of sets: those in which more is expected than with the first, chance taken out.",
        "% not known: of the difference's variance; the rest is chance.",
        "",
    ]
    lines += unknown(found.parameters)
    for name, paths in found.own.items():
        lines.append(f"{name} keeps its own: {', '.join(paths)}.")
    return "\n".join(lines)


def figure(found: Doubts) -> Figure:
    """Return the figure: a dot for every set's mean difference, a bar for 90 % of all years."""
    from ccmsim.plot import NotebookFigure

    height = 1.4 + 0.55 * len(found.doubts)
    drawn = NotebookFigure(figsize=(8.4, height), dpi=120, layout="constrained")
    axes = drawn.subplots()
    scale = 1e-3 if found.measure.endswith("_usd") else 1.0
    for row, each in enumerate(found.doubts):
        low, high = np.quantile(each.years, (0.05, 0.95)) * scale
        axes.plot([low, high], [row, row], color="#c6dbef", linewidth=9, solid_capstyle="butt")
        means = each.years.mean(axis=1) * scale
        places = row + 0.24 * (np.arange(len(means)) % 9 - 4) / 4.0
        axes.plot(means, places, ".", color="#4292c6", markersize=3, alpha=0.6)
        number = each.difference.times(scale)
        arms = [[number.value - number.low], [number.high - number.value]]
        axes.errorbar(
            number.value, row, xerr=arms, fmt="D", color="#08306b", markersize=5, capsize=4
        )
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(found.doubts)), [each.name for each in found.doubts])
    axes.set_ylim(len(found.doubts) - 0.5, -0.5)
    unit = "thousand " if scale < 1.0 else ""
    label = MEASURES[found.measure].replace("USD", f"{unit}USD")
    axes.set_xlabel(f"Less {found.first}: {label} (bar: 90 % of years, dots: sets)")
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(f"What is not known, and chance, {counted(found.months, 'month')}", loc="left")
    return drawn
