"""How a plan of what to measure looks: as text for a terminal, and as a figure.

Comes in: a `MeasurePlan`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.information_views import without_worth
from ccmsim.analyses.measure import MeasurePlan, Number
from ccmsim.wording import cell, columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: MeasurePlan) -> str:
    """Return the numbers and what recording them is worth, and what to write down."""
    rows: list[tuple[str, ...]] = [
        ("number", "recorded", "known exactly", "seen", "error", "today's doubt")
    ]
    worth = [each for each in found.numbers if _seen(each)]
    rows += [_row(each) for each in worth]
    rows.append(("the chosen, together", cell(found.together), "", "", "", ""))
    rows.append(("all of them", "", cell(found.everything), "", "", ""))
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{found.sets:,} sets of {found.inner} replications for each option, seed {found.seed}"
    idle = {each.path: each.known for each in found.numbers if each not in worth}
    lines = [
        f"What {found.weeks:g} weeks of recording are worth: {MEASURES[found.measure]}, {span}",
        f"{how}; {100.0 * found.level:g} % intervals; without it the choice is: {found.best}",
        "",
        *columns(rows),
        "",
        *answer(found),
    ]
    return "\n".join([*lines, *without_worth(idle)])


def _seen(each: Number) -> bool:
    """Return whether knowing a number, or its record, would have gained anything in these sets."""
    return each.known.value > 0.0 or each.recorded.value > 0.0


def _row(each: Number) -> tuple[str, ...]:
    seen = f"{each.observations:,.3g}" if each.observations else "books" if each.what else "never"
    error = "" if each.standard_error != each.standard_error else f"{each.standard_error:.2g}"
    return (
        each.path, cell(each.recorded), cell(each.known), seen, error, f"{each.spread:.2g}"
    )  # fmt: skip


def answer(found: MeasurePlan) -> list[str]:
    """Return what to write down."""
    if not found.record:
        return paragraph("No record of these weeks would change the choice: choose now.")
    lines = ["Write down:"]
    for each in found.chosen:
        sheet = f" (ccmsim fit --template {each.sheet})" if each.sheet else ""
        perhaps = "; it may be worth nothing" if each.recorded.low <= 0.0 else ""
        lines += paragraph(f"{each.what}{sheet}: {each.path}{perhaps}", bullet="- ")
    return lines


def figure(found: MeasurePlan, most: int) -> Figure:
    """Return the figure: bars of what a record is worth, within those of perfect knowledge."""
    from ccmsim.plot import NotebookFigure

    shown = [each for each in found.numbers if _seen(each)][:most]
    drawn = NotebookFigure(figsize=(8.6, 2.0 + 0.36 * len(shown)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for place, each in enumerate(shown):
        axes.barh(
            place, each.known.value, 0.75, color="#d4e4f0",
            label="known exactly" if place == 0 else None,
        )  # fmt: skip
        axes.barh(
            place, each.recorded.value, 0.45, color="#08306b",
            label=f"recorded for {found.weeks:g} weeks" if place == 0 else None,
        )  # fmt: skip
        axes.plot(
            [each.recorded.low, each.recorded.high], [place] * 2, color="#b03a00",
            label=f"{100.0 * each.recorded.level:g} % interval of it" if place == 0 else None,
        )  # fmt: skip
    axes.set_yticks(range(len(shown)), [each.path for each in shown])
    axes.tick_params(axis="y", labelsize=8)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(
        f"worth before choosing: {MEASURES[found.measure]}, in {counted(found.months, 'month')}"
    )
    axes.set_title(f"Without a record the choice is: {found.best}", loc="left")
    if shown:
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    else:
        axes.annotate(
            "No record of these weeks would change the choice.", (0.5, 0.5),
            xycoords="axes fraction", ha="center", va="center",
        )  # fmt: skip
    return drawn
