"""How two levels of uncertainty look: as text for a terminal, and as a figure.

Comes in: a `TwoLevels`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.parameters import Parameter
from ccmsim.analyses.uncertainty import ROWS, TwoLevels
from ccmsim.wording import cell, columns, counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: TwoLevels) -> str:
    """Return what is uncertain, and the numbers of both levels beside those of chance alone."""
    percent = f"{100.0 * found.level:g} %"
    sets = f"{len(found.years):,} sets of {found.inner} replications"
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    lines = [
        f"{found.scenario}: {MEASURES[found.measure]}, {span}",
        f"{sets}, {found.replications:,} in all, seed {found.seed}; {percent} intervals",
        "",
    ]
    rows: list[tuple[str, ...]] = [("", "chance alone", "with what is not known")]
    for name, label in ROWS.items():
        said = f"{label} {found.limit:,.8g}" if name == "below" else label
        alone = cell(found.today[name]) if name in found.today else ""
        rows.append((said, alone, cell(found.both[name])))
    lines += columns(rows)
    share = found.both["share_unknown"]
    lines += ["", f"Of the variance, {cell(share.times(100.0))} % is of what is not known.", ""]
    return "\n".join(lines + unknown(found.parameters))


def unknown(parameters: Iterable[Parameter]) -> list[str]:
    """Return what is not known, as the lines of a table."""
    laws: list[tuple[str, ...]] = [("not known", "today", "5 %", "95 %", "source")]
    for item in parameters:
        ends = (item.today, item.law.quantile(0.05), item.law.quantile(0.95))
        laws.append((item.path, *(f"{number:,.4g}" for number in ends), item.source))
    return columns(laws)


def figure(found: TwoLevels) -> Figure:
    """Return the figure: the share of years up to each value, by chance alone and with both."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(8.4, 4.4), dpi=120, layout="constrained")
    axes = drawn.subplots()
    scale = 1e-3 if found.measure.endswith("_usd") else 1.0
    for years, colour, label in (
        (found.today_years, "#7fb1d8", "chance alone"),
        (found.years, "#08306b", "with what is not known"),
    ):
        ordered = np.sort(years, axis=None)
        shares = np.arange(1, ordered.size + 1) / ordered.size
        axes.step(scale * ordered, 100.0 * shares, where="post", color=colour, label=label)
    for name in ("p5", "p50", "p95"):
        number = found.both[name].times(scale)
        arms = [
            [end if np.isfinite(end) else 0.0]
            for end in (number.value - number.low, number.high - number.value)
        ]
        axes.errorbar(
            number.value, {"p5": 5.0, "p50": 50.0, "p95": 95.0}[name], xerr=arms, fmt="o",
            color="#08306b", capsize=3,
        )  # fmt: skip
    axes.axvline(scale * found.limit, color="black", linewidth=0.8)
    unit = "thousand " if scale < 1.0 else ""
    label = MEASURES[found.measure].replace("USD", f"{unit}USD")
    axes.set_xlabel(label[0].upper() + label[1:])
    axes.set_ylabel("% of years up to that")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    axes.set_title(f"{found.scenario}, {counted(found.months, 'month')}", loc="left")
    return drawn
