"""How a finding looks: as text for a terminal, as a section of a page, and as a figure.

Comes in: a `Finding`. Goes out: text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from ccmsim.studies.validation.finding import OUTCOMES, Finding, Published
from ccmsim.wording import cell, columns, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final = {
    "hit": "#1a7f5a", "near": "#c58a00", "miss": "#b03a00", "open": "#888888", "given": "#7fb1d8",
    "unmet": "#d08770", "the same": "#7fb1d8",
}  # fmt: skip


def how(found: Finding) -> str:
    """Return what was simulated."""
    warm = f" after {found.warmup_months} of warm-up" if found.warmup_months else ""
    names = ", ".join(found.scenarios)
    span = f"{found.months} months{warm}, " if found.months else ""
    return (
        f"{names}: {span}{found.replications:,} replications, seed "
        f"{found.seed}; {100.0 * found.level:g} % intervals"
    )


def text(found: Finding) -> str:
    """Return the verdict and the numbers as plain text."""
    lines = [f"{found.number}. {found.name}: {found.verdict}", *paragraph(found.title), ""]
    rows = [("", "model", "published", "")]
    for words, unit, number, published, _, outcome in _rows(found):
        rows.append((f"{words}, {unit}" if unit else words, number, published, outcome))
    lines += [f"  {line}" for line in columns(rows)]
    return "\n".join([*lines, "", *paragraph(found.said), *paragraph(f"{how(found)}.")])


def section(found: Finding) -> str:
    """Return the finding as a section of a Markdown page."""
    lines = [
        f"## {found.number}. {found.title}", "", f"**{found.verdict}.** {found.said}", "",
        "| figure | unit | model | published | source | |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for *rest, outcome in _rows(found):
        lines.append(f"| {' | '.join(rest)} | {f'**{outcome}**' if outcome else ''} |")
    if found.more:
        lines += ["", found.more]
    lines += ["", f"*What was set from what:* {found.calibrated}", "", f"*{how(found)}.*", ""]
    return "\n".join(lines)


def rule() -> list[str]:
    """Return how an outcome comes about, as lines of Markdown."""
    lines = [f"- **{outcome}**: {words}" for outcome, words in OUTCOMES.items()]
    direction = (
        "Of a direction (at least, at most) the whole interval has to lie on its side; it is open "
        "where the interval holds the bound."
    )
    return [*lines, "", direction]


def _rows(found: Finding) -> list[tuple[str, str, str, str, str, str]]:
    """Return words, unit, number, published figure, source and outcome of every effect."""
    beside = dict(
        zip((p.effect for p in found.published), zip(found.published, found.outcomes, strict=True),
            strict=True)
    )  # fmt: skip
    rows = []
    for name, effect in found.effects.items():
        published, source, outcome = "", "", ""
        if name in beside:
            item, outcome = beside[name]
            published, source = item.words, item.source
        rows.append((effect.words, effect.unit, cell(effect.estimate), published, source, outcome))
    return rows


def figure(found: Finding) -> Figure:
    """Return the figure: published figures on a scale on which their middle is 1, directions apart.

    What is published as 0 or as a side of 0 is drawn in its own unit, in a panel of its own.
    """
    from ccmsim.plot import NotebookFigure

    pairs = list(zip(found.published, found.outcomes, strict=True))
    panels = {
        "model (coloured, with its interval) ÷ published middle (grey: range)":
            [pair for pair in pairs if _middle(pair[0]) != 0.0],
        "in the figure's own unit; published: the grey side, or 0":
            [pair for pair in pairs if _middle(pair[0]) == 0.0],
    }  # fmt: skip
    panels = {label: kept for label, kept in panels.items() if kept}
    drawn = NotebookFigure(
        figsize=(9.5, 0.9 + 0.42 * len(pairs) + 0.7 * len(panels)), dpi=120, layout="constrained"
    )
    rows = drawn.subplots(
        len(panels), 1, squeeze=False, height_ratios=[len(kept) + 0.6 for kept in panels.values()]
    )
    for axes, (label, kept) in zip(rows[:, 0], panels.items(), strict=True):
        _draw(axes, found, kept)
        axes.set_xlabel(label, fontsize=9)
    drawn.suptitle(f"{found.number}. {found.name}: {found.verdict}", x=0.01, ha="left")
    return drawn


def _middle(item: Published) -> float:
    """Return the middle of a published range, of a direction its end."""
    ends = [end for end in (item.low, item.high) if math.isfinite(end)]
    return sum(ends) / len(ends)


def _draw(axes: Axes, found: Finding, pairs: list[tuple[Published, str]]) -> None:
    """Draw ranges and intervals, each divided by the published middle unless that is 0."""
    spans = []
    for place, (item, outcome) in enumerate(pairs):
        scale = _middle(item) or 1.0
        number = found.effects[item.effect].estimate
        axes.plot([number.low / scale, number.high / scale], [place] * 2, linewidth=3,
                  color=_COLOURS[outcome], zorder=3)  # fmt: skip
        axes.plot(number.value / scale, place, "o", color=_COLOURS[outcome], zorder=3)
        spans.append((item.low / scale, item.high / scale))
    left, right = axes.get_xlim()
    for place, (low, high) in enumerate(spans):
        ends = [max(low, left), min(max(high, low + 0.004 * (right - left)), right)]
        axes.plot(ends, [place] * 2, color="#d9d9d9", linewidth=12, solid_capstyle="butt", zorder=1)
    words = [f"{found.effects[item.effect].words}: {outcome}" for item, outcome in pairs]
    axes.set_yticks(range(len(words)), words)
    axes.tick_params(axis="y", labelsize=8)
    axes.set_ylim(len(words) - 0.5, -0.5)
    axes.axvline(1.0 if _middle(pairs[0][0]) else 0.0, color="black", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def ridge_figure(found: Finding) -> Figure:
    """Return the ridge of the nation's billed months per user, and where practices lie."""
    import numpy as np

    from ccmsim.plot import NotebookFigure
    from ccmsim.studies.validation.nation import BILLED_MONTHS, GROWING, share_on_ridge

    drawn = NotebookFigure(figsize=(8.0, 4.2), dpi=110, layout="constrained")
    axes = drawn.subplots()
    attrition = np.linspace(0.005, 0.13, 60)
    for months, style in ((BILLED_MONTHS, "-"), (6.0, "--"), (8.0, ":")):
        shares = [100.0 * share_on_ridge(float(each), months) for each in attrition]
        kept = [(a, s) for a, s in zip(100.0 * attrition, shares, strict=True) if s < 99.0]
        whose = ", the nation" if months == BILLED_MONTHS else ""
        label = f"{months:g} billed months per user{whose}"
        axes.plot(*zip(*kept, strict=True), style, color="#b03a00", label=label)
    for name in GROWING:
        across, up, billed = (
            found.effects[f"{name}.{key}"].estimate for key in ("attrition", "share", "months")
        )
        axes.errorbar(
            across.value, up.value, fmt="o", color="#08306b",
            xerr=[[across.value - across.low], [across.high - across.value]],
            yerr=[[up.value - up.low], [up.high - up.value]],
        )  # fmt: skip
        axes.annotate(
            f"{name}: {billed.value:.1f}", (across.high, up.value), xytext=(8, -3),
            textcoords="offset points", fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
    axes.set_xlabel("attrition, % of users a month")
    axes.set_ylabel("share of enrolled months billed, %")
    axes.set_xlim(0.0, 13.0)
    axes.set_ylim(0.0, 100.0)
    axes.legend(frameon=False, loc="lower right", fontsize=9)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return drawn
