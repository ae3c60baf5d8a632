"""How a claim looks: as text for a terminal, as a section of a page, and as a figure.

Comes in: a `Claim`. Goes out: text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.studies.claim import VERDICTS, Claim
from ccmsim.wording import cell, columns, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OUTCOMES = {True: "passed", False: "failed", None: "open"}


def text(found: Claim) -> str:
    """Return the verdict, the tests and the effects as plain text."""
    lines = [f"{found.number}. {found.name}: {found.verdict.upper()}", *paragraph(found.claim)]
    lines += ["", "  Tests, stated beforehand:"]
    for test, outcome in zip(found.tests, found.outcomes, strict=True):
        lines += paragraph(f"{_OUTCOMES[outcome]}: {test.words}", bullet="- ")
    rows = [(effect.words, cell(effect.estimate), effect.unit) for effect in found.effects.values()]
    lines += ["", *(f"  {line}" for line in columns(rows)), ""]
    lines += paragraph(found.holds_when)
    return "\n".join([*lines, *paragraph(how(found))])


def how(found: Claim) -> str:
    """Return what was simulated."""
    warm = f" after {found.warmup_months} of warm-up" if found.warmup_months else ""
    return (
        f"{', '.join(found.scenarios)}: {found.months} months{warm}, {found.replications:,} "
        f"replications, seed {found.seed}; {100.0 * found.level:g} % intervals."
    )


def section(found: Claim) -> str:
    """Return the claim as a section of a Markdown page."""
    lines = [
        f"## {found.number}. {found.claim}", "",
        f"**{found.verdict.capitalize()}.** {found.holds_when}", "",
        "| effect | | unit |", "|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {effect.words} | {cell(effect.estimate)} | {effect.unit} |"
        for effect in found.effects.values()
    ]
    lines += ["", "| test, stated beforehand | outcome |", "|---|---|"]
    lines += [
        f"| {test.words} | {_OUTCOMES[outcome]} |"
        for test, outcome in zip(found.tests, found.outcomes, strict=True)
    ]
    return "\n".join([*lines, "", f"*`ccmsim claims {found.name}` – {how(found)}*", ""])


def rule() -> list[str]:
    """Return how a verdict comes about, as lines of Markdown."""
    return [f"- **{verdict}**: {words}" for verdict, words in VERDICTS.items()]


def figure(found: Claim) -> Figure:
    """Return the figure."""
    from ccmsim.plot import NotebookFigure

    units = list(dict.fromkeys(effect.unit for effect in found.effects.values()))
    sizes = [sum(e.unit == unit for e in found.effects.values()) for unit in units]
    drawn = NotebookFigure(
        figsize=(9.0, 0.9 + 0.42 * sum(sizes) + 0.7 * len(units)), dpi=120, layout="constrained"
    )
    panels = drawn.subplots(len(units), 1, squeeze=False, height_ratios=[s + 0.6 for s in sizes])
    for axes, unit in zip(panels[:, 0], units, strict=True):
        effects = [effect for effect in found.effects.values() if effect.unit == unit]
        for place, effect in enumerate(effects):
            number = effect.estimate
            axes.plot([number.low, number.high], [place] * 2, color="#7fb1d8", linewidth=5)
            axes.plot(number.value, place, "o", color="#08306b")
        axes.set_yticks(range(len(effects)), [effect.words for effect in effects])
        axes.tick_params(axis="y", labelsize=8)
        axes.set_ylim(len(effects) - 0.5, -0.5)
        axes.axvline(0.0, color="black", linewidth=0.8)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel(unit, fontsize=9)
    drawn.suptitle(f"{found.number}. {found.name}: {found.verdict}", x=0.01, ha="left")
    return drawn
