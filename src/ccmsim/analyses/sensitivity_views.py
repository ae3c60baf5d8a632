"""How a tornado looks: as text for a terminal, and as a figure.

Comes in: a `Tornado`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.labelling import legend_above
from ccmsim.analyses.sensitivity import Bar, Tornado
from ccmsim.wording import cell, columns, counted, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: Tornado) -> str:
    """Return a tornado as a table in plain text.

    Examples
    --------
    >>> import ccmsim
    >>> found = ccmsim.sensitivity(
    ...     ccmsim.load("perfect"), {"finance.wage_load": (1.2, 1.4)}, months=1, replications=2
    ... )
    >>> print(text(found).splitlines()[0])
    perfect: what moves net, USD, in 1 month from 2026-01
    """
    span = counted(found.months, "month")
    measure, percent = MEASURES[found.measure], f"{100.0 * found.level:g} %"
    head = [
        f"{found.scenario}: what moves {measure}, in {span} from {found.first_month}",
        f"{counted(found.replications, 'replication')}, seed {found.seed}; {percent} intervals",
        f"Today: {cell(found.today)}",
    ]
    titles = ("factor", "today", "low", "high", "at low", "at high")
    rows = [titles, *(_cells(bar) for bar in found.bars)]
    return "\n".join([*head, "", *columns(rows)])


def _cells(bar: Bar) -> tuple[str, ...]:
    numbers = (f"{value:.4g}" for value in (bar.today, bar.low, bar.high))
    return (bar.factor, *numbers, shown(bar.at_low), shown(bar.at_high))


def figure(found: Tornado, most: int) -> Figure:
    """Return a tornado: of each factor two bars from today, and their intervals."""
    from ccmsim.plot import NotebookFigure

    bars = found.bars[:most]
    scale = 1e-3 if found.measure.endswith("_usd") else 1.0
    drawn = NotebookFigure(figsize=(9.0, 1.6 + 0.42 * len(bars)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for name, color, end in (("low", "#7fb1d8", "at_low"), ("high", "#08306b", "at_high")):
        estimates = [getattr(bar, end) for bar in bars]
        axes.barh(
            range(len(bars)),
            [scale * estimate.value for estimate in estimates],
            color=color,
            height=0.7,
            label=f"at the {name} end",
        )
        for place, estimate in enumerate(estimates):
            axes.plot(
                [scale * estimate.low, scale * estimate.high], [place, place],
                color="#b03a00", linewidth=1.6, solid_capstyle="butt",
            )  # fmt: skip
    axes.set_yticks(
        range(len(bars)), [f"{bar.factor}\n{bar.low:.3g} to {bar.high:.3g}" for bar in bars]
    )
    axes.tick_params(axis="y", labelsize=8)
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    unit = MEASURES[found.measure].replace("USD", "thousand USD")
    axes.set_xlabel(
        f"Change against today: {unit}, in {counted(found.months, 'month')} "
        f"(with {100.0 * found.level:g} % intervals)"
    )
    legend_above(axes, f"{found.scenario}: which assumptions matter")
    return drawn
