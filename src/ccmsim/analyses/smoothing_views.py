"""How smoothing looks: as text for a terminal, and as a figure.

Comes in: a `Smoothing`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ccmsim.analyses.smoothing import CASES, SOURCES, Smoothing
from ccmsim.wording import cell, columns, counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS: Final = {
    "month_usd": "mean month, USD",
    "sd_usd": "sd over months, USD",
    "cv": "sd / mean",
    "lowest_usd": "lowest month, USD",
}
_COLOURS: Final = {"visits": "#7fb1d8", "programme": "#f2a65a", "together": "#08306b"}


def text(found: Smoothing) -> str:
    """Return a table for each case in plain text, and a sentence on what they say."""
    percent = f"{100.0 * found.level:g} %"
    lines = [
        f"{found.scenario}: how even {found.months} months are",
        f"{counted(found.replications, 'replication')}, seed {found.seed}; {percent} intervals",
        "Each number is the mean over replications of what one replication's months give.",
    ]
    for case, label in CASES.items():
        often = f", {found.shock_per_year:g} a year" if case == "shocks" else ""
        rows = [(f"{label}{often}", *_COLUMNS.values())]
        rows += [(SOURCES[source], *_cells(found, case, source)) for source in SOURCES]
        lines += ["", *columns(rows)]
        lines.append(_verdict(found, case))
    return "\n".join(lines)


def _cells(found: Smoothing, case: str, source: str) -> list[str]:
    return [_cell(found, (case, source, measure)) for measure in _COLUMNS]


def _cell(found: Smoothing, key: tuple[str, str, str]) -> str:
    return cell(found.numbers[key]) if key in found.numbers else "-"


def _verdict(found: Smoothing, case: str) -> str:
    correlation = f"correlation {_cell(found, (case, 'pair', 'correlation'))}"
    change = found.numbers.get((case, "pair", "change"))
    if change is None:
        return f"no sd / mean, as a replication's mean month is not positive; {correlation}"
    if not change.excludes(0.0):
        says = "whether the programme smooths is open"
    elif change.value < 0.0:
        says = "the programme smooths"
    else:
        says = "the programme makes months less even"
    return f"{says}: sd / mean changes by {cell(change)}; {correlation}"


def figure(found: Smoothing) -> Figure:
    """Return the figure: relative unevenness, and the lowest month beside the mean."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(9.0, 4.4), dpi=120, layout="constrained")
    left, right = drawn.subplots(1, 2)
    for k, case in enumerate(CASES):
        for j, (source, label) in enumerate(SOURCES.items()):
            at = k + 0.27 * (j - 1)
            legend = label if k == 0 else None
            cv = found.numbers.get((case, source, "cv"))
            if cv is not None:
                arms = [[100.0 * (cv.value - cv.low)], [100.0 * (cv.high - cv.value)]]
                left.bar(at, 100.0 * cv.value, 0.25, yerr=arms, color=_COLOURS[source])
            month, lowest = (
                found.numbers[case, source, measure] for measure in ("month_usd", "lowest_usd")
            )
            arms = [[1e-3 * (lowest.value - lowest.low)], [1e-3 * (lowest.high - lowest.value)]]
            right.bar(
                at, 1e-3 * lowest.value, 0.25, yerr=arms, color=_COLOURS[source], label=legend
            )
            right.plot([at - 0.125, at + 0.125], [1e-3 * month.value] * 2, color="black")
    left.set_ylabel("Standard deviation, % of the mean")
    left.set_title("How uneven months are", loc="left")
    right.set_ylabel("Thousand USD")
    right.set_title("Lowest month (bar) and mean month (line)", loc="left")
    drawn.legend(loc="outside lower center", ncols=len(SOURCES), frameon=False)
    right.axhline(0.0, color="black", linewidth=0.8)
    for axes in (left, right):
        axes.set_xticks(range(len(CASES)), list(CASES.values()))
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    drawn.suptitle(f"{found.scenario}, {counted(found.months, 'month')}", x=0.01, ha="left")
    return drawn
