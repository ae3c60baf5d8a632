"""How a choice of staff looks: as text for a terminal, and as a figure.

Comes in: a `Staffing`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.choice import BEHIND, BREAKS, KEEPS, UNSURE, Staffing
from ccmsim.analyses.factors import MEASURES
from ccmsim.wording import cell, columns, counted, paragraph, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMED: Final = 20
"""Of more options the figure names only those on the frontier, and the choice."""

SHORT: Final = 24
"""Where a name has more letters, too."""

_COLOURS: Final = {KEEPS: "#08306b", BEHIND: "#7fb1d8", UNSURE: "#c9a227", BREAKS: "#d08770"}


def text(found: Staffing) -> str:
    """Return the options as a table in plain text, and the choice with its promise."""
    percent = f"{100.0 * found.level:g} %"
    heads = [f"limit {k}, % of months" for k in range(1, len(found.risk) + 1)]
    rows: list[tuple[str, ...]] = [
        ("option", "mean", "to today", "bad year, 1 in 20", *heads, "replications", "")
    ]
    for option in found.options:
        shares = (cell(share.times(100.0)) for share in option.limits)
        rows.append(
            (
                option.name,
                cell(option.mean),
                shown(option.to_today),
                cell(option.bad_year),
                *shares,
                f"{option.replications:,}",
                option.verdict if found.risk else "",
            )
        )
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    what = f"{found.scenario}: {MEASURES[found.objective]}, {span}, seed {found.seed}"
    lines = [f"{what}; {percent} intervals", f"today: {cell(found.today)}"]
    lines += [f"limit {k}: {limit}" for k, limit in enumerate(found.risk, start=1)]
    edge = ", ".join(option.name for option in found.frontier()) or "none"
    last = [*paragraph(choice(found)), *paragraph(f"Frontier of mean and bad year: {edge}.")]
    return "\n".join([*lines, "", *columns(rows), "", *last])


_UNITS: Final = {"billable_patients": "patient-months", "billable_points": "of 100 enrolled"}


def choice(found: Staffing) -> str:
    """Return the choice in a sentence; where it is open, in what it is."""
    if not found.decided:
        return _open(found)
    if found.best is None:
        return "Every option breaks a limit."
    sure = f"{100.0 * found.level:g} %"
    worth = f"{found.worth:,.8g} {_UNITS.get(found.objective, 'USD')}"
    best = f"is the best, or within {worth} of it."
    if found.risk:
        best = (
            f"keeps the limits, to {100.0 * found.tolerance:g} % of months, and is the best that "
            f"does, or within {worth} of it."
        )
    return f"Choose {found.best}: with a probability of at least {sure} it {best}"


def _open(found: Staffing) -> str:
    """Return what was not decided within the replications allowed."""
    said = f"Not decided within the replications allowed: {' or '.join(found.left)}."
    if found.undecided_on_limits:
        said += f" Not decided on the limits: {', '.join(found.undecided_on_limits)}."
        best = found.best or "none"
        said += f" The best that surely keeps them: {best}."
    return said


def figure(found: Staffing) -> Figure:
    """Return the figure: the frontier of mean against bad year."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(8.0, 5.2), dpi=120, layout="constrained")
    axes = drawn.subplots()
    edge = found.frontier()
    scale = 1e-3 if found.objective.endswith("_usd") else 1.0
    longest = max(len(option.name) for option in found.options)
    every = len(found.options) <= NAMED and longest <= SHORT
    years = [scale * option.bad_year.value for option in found.options]
    middle = (min(years) + max(years)) / 2.0
    for option in found.options:
        x, y = option.bad_year.times(scale), option.mean.times(scale)
        colour = _COLOURS[option.verdict if found.risk else KEEPS]
        axes.plot([x.low, x.high], [y.value] * 2, color=colour, alpha=0.5)
        axes.plot([x.value] * 2, [y.low, y.high], color=colour, alpha=0.5)
        best = option.name == found.best
        axes.plot(x.value, y.value, "o", color=colour, markersize=9 if best else 5)
        if every or best or option in edge:
            left = x.value > middle
            axes.annotate(
                textwrap.fill(option.name, 2 * SHORT), (x.value, y.value), (-6 if left else 6, 5),
                textcoords="offset points", fontsize=8, ha="right" if left else "left",
                fontweight="bold" if best else "normal",
            )  # fmt: skip
    axes.plot(
        [scale * one.bad_year.value for one in edge],
        [scale * one.mean.value for one in edge],
        "--", color="#666666", linewidth=1.0, zorder=0, label="frontier",
    )  # fmt: skip
    if found.risk:
        for verdict in dict.fromkeys(option.verdict for option in found.options):
            axes.plot([], [], "o", color=_COLOURS[verdict], label=verdict)
    axes.legend(frameon=False, loc="lower right")
    label = MEASURES[found.objective].replace("USD", "thousand USD")
    axes.set_xlabel(f"Bad year, one in twenty: {label}")
    axes.set_ylabel(f"Mean: {label}")
    axes.grid(alpha=0.3)
    axes.margins(0.12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"{counted(found.months, 'month')}; bold: the choice", loc="left")
    return drawn
