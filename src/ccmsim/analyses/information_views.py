"""How the value of information looks: as text for a terminal, and as a figure.

Comes in: an `Information`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.information import EVERYTHING, Information
from ccmsim.estimation import Estimate
from ccmsim.wording import cell, columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: Information) -> str:
    """Return the options and what knowing is worth, as tables in plain text."""
    percent = f"{100.0 * found.level:g} %"
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    options: list[tuple[str, ...]] = [("option", "mean", "to the best")]
    for name, number in found.means.items():
        behind = found.behind.get(name)
        options.append((name, cell(number), "best" if behind is None else cell(behind)))
    laws = {item.path: item for item in found.parameters}
    rows: list[tuple[str, ...]] = [("knowing", "is worth", "today", "5 %", "95 %")]
    for path, number in found.knowing.items():
        item = laws.get(path)
        ends = (item.today, item.law.quantile(0.05), item.law.quantile(0.95)) if item else ()
        said = [f"{end:,.4g}" for end in ends] or ["", "", ""]
        if number.value > 0.0 or item is None:
            rows.append((path, cell(number), *said))
    how = f"{found.sets:,} sets of {found.inner} replications for each option"
    lines = [
        f"{MEASURES[found.measure]}, {span}, while values are not known",
        f"{how}, {found.replications:,} in all, seed {found.seed}; {percent} intervals",
        "",
        *columns(options),
        "",
        *columns(rows),
    ]
    single = {item.path: found.knowing[item.path] for item in found.parameters}
    return "\n".join([*lines, *without_worth(single)])


def without_worth(knowing: Mapping[str, Estimate]) -> list[str]:
    """Return a sentence on what showed no worth, and how much of it may be there nevertheless."""
    idle = {path: number.high for path, number in knowing.items() if number.value <= 0.0}
    if not idle:
        return []
    most = max(idle.values())
    may_be = f"; each may be worth {most:,.3g} at most" if most > 0.0 else ""
    return paragraph(f"No worth seen{may_be}: {', '.join(idle)}.")


def figure(found: Information, most: int) -> Figure:
    """Return the figure: bars of what knowing is worth."""
    from ccmsim.plot import NotebookFigure

    worth = [item.path for item in found.parameters if found.knowing[item.path].value > 0.0]
    paths = [EVERYTHING, *worth[:most]]
    scale = 1e-3 if found.measure.endswith("_usd") else 1.0
    drawn = NotebookFigure(figsize=(8.6, 1.7 + 0.36 * len(paths)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for place, path in enumerate(paths):
        number = found.knowing[path].times(scale)
        colour = "#9a9a9a" if path == EVERYTHING else "#7fb1d8"
        axes.barh(place, number.value, 0.7, color=colour)
        axes.plot([number.low, number.high], [place] * 2, color="#b03a00", linewidth=1.6)
    axes.set_yticks(range(len(paths)), paths)
    axes.tick_params(axis="y", labelsize=8)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    unit = MEASURES[found.measure].replace("USD", "thousand USD")
    axes.set_xlabel(
        f"Worth of knowing it before choosing: {unit}, in {counted(found.months, 'month')}"
    )
    axes.set_title(f"Without it the choice is: {found.best}", loc="left")
    return drawn
