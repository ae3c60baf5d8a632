"""How a warm-up looks: as text for a terminal, and as a figure.

Comes in: a `WarmUp`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.warm_up import WarmUp
from ccmsim.wording import cell, columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: WarmUp) -> str:
    """Return what to leave out, and the first year's months as a table in plain text."""
    measure, percent = MEASURES[found.measure], f"{100.0 * found.level:g} %"
    rows: list[tuple[str, ...]] = [("month", "begun with the first", "begun before", "apart")]
    rows += [
        (str(m + 1), cell(cold), cell(warm), cell(apart))
        for m, (cold, warm, apart) in enumerate(
            zip(found.cold, found.warm, found.apart, strict=True)
        )
    ]
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}; {percent} intervals"
    return "\n".join(
        [
            f"{found.scenario}: {measure} by month, also begun {found.long} months before",
            f"{how}, those of differences all at once",
            "",
            *columns(rows),
            "",
            *paragraph(" ".join(_said(found))),
            f"By the marginal standard error rule: {found.mser_months}.",
        ]
    )


def _said(found: WarmUp) -> Iterator[str]:
    """Yield the advice, or why there is none, in sentences."""
    within = f"within {found.tolerance:,.3g}"
    seen, last = found.seen_apart_months, found.warmup_months
    if seen == found.months:
        yield f"It does not settle within {counted(seen, 'month')}: the last is not {within}."
        return
    if last is not None:
        yield f"Leave out {counted(last, 'month')}: intervals of all later ones lie {within}."
        if last > seen:
            yield f"Fewer may do: {_open(found)} cannot be told."
    else:
        yield f"How many to leave out cannot be told: {_open(found)} may lie {within}, or not."
        if seen:
            yield f"At least {counted(seen, 'month')}."
    if found.replications_needed is not None:
        yield f"About {found.replications_needed:,} replications would tell."
    elif found.open_months:
        yield "More replications hardly tell: choose another tolerance."


def _open(found: WarmUp) -> str:
    """Return the months of which it cannot be told."""
    months = found.open_months
    if len(months) == 1:
        return f"month {months[0]}"
    return f"{len(months)} of the months {months[0]} to {months[-1]}"


def figure(found: WarmUp) -> Figure:
    """Return the figure: the measure by month above, differences below."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(9.0, 5.6), dpi=120, layout="constrained")
    top, bottom = drawn.subplots(2, 1, sharex=True)
    months = range(1, found.months + 1)
    for axes, estimates, colour, label in (
        (top, found.warm, "#7fb1d8", f"begun {found.long} months before"),
        (top, found.cold, "#08306b", "begun with the first month"),
        (bottom, found.apart, "#b03a00", "apart"),
    ):
        axes.plot(months, [each.value for each in estimates], "o-", color=colour, ms=3, label=label)
        axes.fill_between(
            months, [each.low for each in estimates], [each.high for each in estimates],
            color=colour, alpha=0.2, linewidth=0,
        )  # fmt: skip
    for axes in (top, bottom):
        if found.warmup_months:
            axes.axvline(found.warmup_months + 0.5, color="black", linewidth=1.0, linestyle="--")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    bottom.axhspan(-found.tolerance, found.tolerance, color="#9a9a9a", alpha=0.3, linewidth=0)
    bottom.axhline(0.0, color="black", linewidth=0.8)
    label = MEASURES[found.measure]
    top.set_ylabel(label[0].upper() + label[1:])
    top.legend(frameon=False)
    bottom.set_ylabel("Apart")
    dashed = "; dashed: the warm-up" if found.warmup_months else ""
    bottom.set_xlabel(f"Month (grey: what may be{dashed})")
    top.set_title(f"{found.scenario}: how it settles", loc="left")
    return drawn
