"""How a choice of staff looks: as text for a terminal, and as a figure.

Comes in: a `Staffing`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.choice import BEHIND, BREAKS, KEEPS, UNSURE, Option, Staffing
from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.labelling import Line, Point, name_points
from ccmsim.wording import cell, columns, counted, paragraph, shown, stretch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED: Final = 20
"""Of more options the figure names only those on the frontier, and the choice."""

SHORT: Final = 24
"""Where a name has more letters, too."""

_STUB: Final = 0.03
"""Length of an end that is not known, as a share of the way between the outermost options."""

_COLOURS: Final = {KEEPS: "#08306b", BEHIND: "#7fb1d8", UNSURE: "#c9a227", BREAKS: "#d08770"}


def text(found: Staffing) -> str:
    """Return the options as a table in plain text, and the choice with its promise."""
    percent = f"{100.0 * found.level:g} %"
    heads = [f"limit {k}, % of months" for k in range(1, len(found.risk) + 1)]
    rows: list[tuple[str, ...]] = [
        (
            "option",
            "mean",
            "to today",
            f"bad {stretch(found.months)}, 1 in 20",
            *heads,
            "replications",
            "",
        )
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
    scale = 1e-3 if found.objective.endswith("_usd") else 1.0
    places = {one.name: (scale * one.bad_year.value, scale * one.mean.value)
              for one in found.options}  # fmt: skip
    reach = _STUB * (max(x for x, _ in places.values()) - min(x for x, _ in places.values()))
    lines = [line for one in found.options for line in _cross(axes, found, one, scale, reach)]
    edge = [places[one.name] for one in found.frontier()]
    if len(edge) > 1:
        xs, ys = zip(*edge, strict=True)
        axes.plot(xs, ys, "--", color="#666666", lw=1.0, zorder=0, label="frontier")
    if found.risk:
        for verdict in dict.fromkeys(option.verdict for option in found.options):
            axes.plot([], [], "o", color=_COLOURS[verdict], label=verdict)
    if any(not math.isfinite(one.bad_year.low) for one in found.options):
        axes.plot([], [], ":", color="#666666", label="open: too few replications to tell")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, loc="lower right")
    label = MEASURES[found.objective].replace("USD", "thousand USD")
    axes.set_xlabel(f"Bad {stretch(found.months)}, one in twenty: {label}")
    axes.set_ylabel(f"Mean: {label}")
    axes.grid(alpha=0.3)
    axes.margins(0.12)
    axes.spines[["top", "right"]].set_visible(False)
    best = "no choice" if found.best is None else "bold: the choice"
    axes.set_title(f"{counted(found.months, 'month')}; {best}", loc="left")
    lines += list(pairwise(edge))
    name_points(axes, _names(found, places), lines, list(places.values()))
    return drawn


def _cross(axes: Axes, found: Staffing, option: Option, scale: float, reach: float) -> list[Line]:
    """Draw an option with its two intervals; return the lines that there are now.

    An end that so few replications cannot tell is a dotted stub.
    """
    x, y = option.bad_year.times(scale), option.mean.times(scale)
    colour = _COLOURS[option.verdict if found.risk else KEEPS]
    known = math.isfinite(x.low)
    left, right = (x.low if known else x.value), (x.high if math.isfinite(x.high) else x.value)
    lines = [((left, y.value), (right, y.value)), ((x.value, y.low), (x.value, y.high))]
    for line in lines:
        axes.plot(*zip(*line, strict=True), color=colour, alpha=0.5)
    if not known:
        lines.append(((x.value - reach, y.value), (x.value, y.value)))
        axes.plot(*zip(*lines[-1], strict=True), ":", color=colour)
    best = option.name == found.best
    axes.plot(x.value, y.value, "o", color=colour, markersize=9 if best else 5)
    return lines


def _names(found: Staffing, places: Mapping[str, Point]) -> list[tuple[Point, str, dict[str, Any]]]:
    """Return what is named where, the choice first: all, or the frontier where they are many."""
    every = len(places) <= NAMED and max(map(len, places)) <= SHORT
    edge = {option.name for option in found.frontier()}
    return [
        (
            places[name],
            textwrap.fill(name, 2 * SHORT),
            {"fontsize": 8, "fontweight": "bold" if name == found.best else "normal"},
        )
        for name in sorted(places, key=lambda name: name != found.best)
        if every or name == found.best or name in edge
    ]
