"""How a warm-up looks: as text for a terminal, and as a figure.

Comes in: a `WarmUp`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.warm_up import WarmUp
from ccmsim.wording import cell, columns, counted

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
    if found.warmup_months is None:
        said = f"It does not settle within {counted(found.months, 'month')}."
    else:
        said = (
            f"Leave out {counted(found.warmup_months, 'month')}: from there on none is seen to lie "
            f"more than {found.tolerance:,.3g} apart."
        )
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}; {percent} intervals"
    return "\n".join(
        [
            f"{found.scenario}: {measure} by month, also begun {found.long} months before",
            f"{how}, those of differences all at once",
            "",
            *columns(rows),
            "",
            said,
            f"By the marginal standard error rule: {found.mser_months}.",
        ]
    )


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
    bottom.set_xlabel("Month (grey: what may be; dashed: the warm-up)")
    top.set_title(f"{found.scenario}: how it settles", loc="left")
    return drawn
