"""How a plan of replications and an end by precision look: text, and figures.

Comes in: a `ReplicationPlan` or a `Stopping`. Goes out: lines of text, or a matplotlib `Figure`.
Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccmsim.analyses.labelling import legend_above
from ccmsim.wording import cell, columns, counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.analyses.replication_plan import ReplicationPlan
    from ccmsim.estimation import Estimate
    from ccmsim.precision import Precision, Stopping

_NARROW, _LINE, _ACCENT = "#7fb1d8", "#08306b", "#b03a00"


def plan_text(plan: ReplicationPlan) -> str:
    """Return how many replications each target takes, and where the simulation will end."""
    rows: list[tuple[str, ...]] = [("target", "within", "level", "replications")]
    for target, number in zip(plan.targets, plan.replications, strict=True):
        rows.append((target.measure, f"{target.half_width:,g}", f"{target.level:g}", _many(number)))
    pilot = f"Planned from {counted(plan.pilot, 'replication')}"
    return "\n".join([pilot, "", *columns(rows), "", _end(plan)])


def _many(number: Estimate) -> str:
    """Return a number of replications with its interval; no part of one is told."""
    if not math.isfinite(number.value):
        return "more than the pilot can tell"
    if 0.0 < number.high - number.low < 20.0:
        return f"{number.value:,.0f} ({number.low:,.0f} to {number.high:,.0f})"
    return cell(number)


def _end(plan: ReplicationPlan) -> str:
    """Return in words where the simulation will end."""
    if plan.ends is not None:
        return f"It will end at the look after {counted(plan.ends, 'replication')}."
    if math.isinf(plan.needed):
        return "Too few to tell for every target: plan from a larger pilot."
    cap = counted(plan.looks[-1], "replication")
    return f"It will end at the cap, {cap}, before every target holds."


def plan_figure(plan: ReplicationPlan) -> Figure:
    """Return the figure: a dot and an interval a target, with the pilot and the end."""
    from matplotlib.ticker import FuncFormatter

    from ccmsim.plot import NotebookFigure

    count = len(plan.targets)
    drawn = NotebookFigure(figsize=(8.4, 1.9 + 0.45 * count), dpi=120, layout="constrained")
    axes = drawn.subplots()
    axes.set_xscale("log")
    for place, number in enumerate(plan.replications):
        if not math.isfinite(number.value):
            axes.text(plan.pilot, place, "  more than the pilot can tell", va="center")
            continue
        arms = [[number.value - number.low], [number.high - number.value]]
        known = math.isfinite(number.low)
        axes.errorbar(
            number.value, place, xerr=arms if known else None, fmt="o", color=_LINE, capsize=4
        )
    cap = plan.looks[-1]
    lines = [(plan.pilot, ":", "black", "pilot"), (cap, "--", _ACCENT, "cap")]
    if plan.ends is not None and plan.ends < cap:
        lines.append((plan.ends, "-", _NARROW, "ends at this look"))
    for value, style, colour, words in lines:
        label = f"{words}: {value:,}"
        axes.axvline(value, color=colour, linestyle=style, linewidth=1.6, label=label, zorder=0)
    _rows(axes, plan.targets)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    axes.set_xlabel("Replications (with intervals)")
    legend_above(axes, "How many replications each target takes")
    return drawn


def stopping_figure(ended: Stopping) -> Figure:
    """Return the figure: the half-width reached of each target, of 100 wanted."""
    from ccmsim.plot import NotebookFigure

    count = len(ended.targets)
    drawn = NotebookFigure(figsize=(8.4, 1.7 + 0.45 * count), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for place, (target, estimate) in enumerate(zip(ended.targets, ended.estimates, strict=True)):
        reached = 100.0 * estimate.half_width / target.half_width
        if math.isfinite(reached):
            colour = _NARROW if reached <= 100.0 else _ACCENT
            axes.barh(place, reached, height=0.6, color=colour)
        else:
            axes.text(2.0, place, "no interval", va="center")
    axes.axvline(100.0, color=_LINE, linewidth=1.6)
    _rows(axes, ended.targets)
    axes.set_xlabel("Half-width reached, of 100 wanted")
    how = "every target holds" if ended.reached else "ended by the cap"
    axes.set_title(f"After {counted(ended.replications, 'replication')}: {how}", loc="left")
    return drawn


def _rows(axes: Axes, targets: Sequence[Precision]) -> None:
    """Name the rows of a figure by their targets."""
    labels = [f"{target.measure}\nwithin {target.half_width:,g}" for target in targets]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
