"""How a claim looks: as text for a terminal, as a section of a page, and as a figure.

Comes in: a `Claim`. Goes out: text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.studies.claim import VERDICTS, Check, Claim, Effect
from ccmsim.wording import cell, columns, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OUTCOMES = {True: "passed", False: "failed", None: "open"}


def text(found: Claim) -> str:
    """Return the verdict, the tests and the effects as plain text."""
    lines = [f"{found.number}. {found.name}: {found.verdict.upper()}", *paragraph(found.claim)]
    lines += ["", "  Tests, stated beforehand unless told:"]
    for test, outcome in zip(found.tests, found.outcomes, strict=True):
        lines += paragraph(f"{_OUTCOMES[outcome]}: {_told(test)}", bullet="- ")
    rows = [(effect.words, cell(effect.estimate), effect.unit) for effect in _listed(found)]
    lines += ["", *(f"  {line}" for line in columns(rows)), ""]
    if found.grid is not None:
        lines += [*paragraph(found.grid.title), *(f"  {row}" for row in columns(_grid(found)))]
        lines.append("")
    lines += paragraph(found.holds_when)
    return "\n".join([*lines, *paragraph(how(found))])


def _listed(found: Claim, drawn: int = 0) -> list[Effect]:
    """Return the effects that stand in no grid, and those of its first rows."""
    inside = found.grid.names if found.grid else frozenset()
    first = list(found.grid.rows.values())[:drawn] if found.grid else []
    shown = {name for row in first for name in row}
    return [effect for name, effect in found.effects.items() if name not in inside or name in shown]


def _grid(found: Claim) -> list[tuple[str, ...]]:
    """Return the grid's lines, its head first."""
    grid = found.grid
    if grid is None:
        return []
    return [
        ("", *grid.columns),
        *(
            (words, *(cell(found.effects[name].estimate) for name in names))
            for words, names in grid.rows.items()
        ),
    ]


def _told(test: Check) -> str:
    return f"{test.words} (added or changed after a first run)" if test.later else test.words


def how(found: Claim) -> str:
    """Return what was simulated."""
    warm = f" after {found.warmup_months} of warm-up" if found.warmup_months else ""
    sizes = found.note or f"{found.replications:,} replications"
    return (
        f"{', '.join(found.scenarios)}: {found.months} months{warm}, {sizes}, seed {found.seed}; "
        f"{100.0 * found.level:g} % intervals."
    )


def section(found: Claim) -> str:
    """Return the claim as a section of a Markdown page."""
    lines = [
        f"## {found.number}. {found.claim}", "",
        f"**{found.verdict.capitalize()}.** {found.holds_when}", "",
        "| effect | | unit |", "|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {effect.words} | {cell(effect.estimate)} | {effect.unit} |" for effect in _listed(found)
    ]
    if found.grid is not None:
        lines += ["", f"{found.grid.title}:", ""]
        head, *rows = (f"| {' | '.join(row)} |" for row in _grid(found))
        lines += [head, "|---" * (1 + len(found.grid.columns)) + "|", *rows]
    lines += ["", "| test, stated beforehand unless told | outcome |", "|---|---|"]
    lines += [
        f"| {_told(test)} | {_OUTCOMES[outcome]} |"
        for test, outcome in zip(found.tests, found.outcomes, strict=True)
    ]
    return "\n".join([*lines, "", f"*`ccmsim claims {found.name}` – {how(found)}*", ""])


def rule() -> list[str]:
    """Return how a verdict comes about, as lines of Markdown."""
    return [f"- **{verdict}**: {words}" for verdict, words in VERDICTS.items()]


def figure(found: Claim) -> Figure:
    """Return the figure."""
    from ccmsim.plot import NotebookFigure

    shown = _listed(found, found.grid.drawn if found.grid else 0)
    units = list(dict.fromkeys(effect.unit for effect in shown))
    sizes = [sum(e.unit == unit for e in shown) for unit in units]
    drawn = NotebookFigure(
        figsize=(9.0, 0.9 + 0.42 * sum(sizes) + 0.7 * len(units)), dpi=120, layout="constrained"
    )
    panels = drawn.subplots(len(units), 1, squeeze=False, height_ratios=[s + 0.6 for s in sizes])
    for axes, unit in zip(panels[:, 0], units, strict=True):
        effects = [effect for effect in shown if effect.unit == unit]
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
