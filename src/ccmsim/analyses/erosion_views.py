"""How an erosion looks: as text for a terminal, and as a figure.

Comes in: an `Erosion`. Goes out: lines of text, or a matplotlib `Figure`. Never computes anything.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ccmsim.analyses.gaps import MEASURES
from ccmsim.analyses.narrowing import ending
from ccmsim.analyses.waterfall import Erosion, Row
from ccmsim.estimation import EXACT
from ccmsim.wording import are_too_few, counted, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAD_YEAR: Final = "The same of a bad year, one in twenty; billed is told with add-on units"

Line = tuple[str, Row, tuple[str, ...]]
"""A label, its row and the measures that stand in the columns."""

_SIGNS: Final = {"level": "= ", "gap": "− ", "gain": "+ ", "part": "    "}
_STEPS: Final = ("billable_patient_months", "billable_points", "base_usd", "net_usd")
_GAINS: Final = ("billable_patient_months", "billable_points", "billed_usd", "net_usd")
_BAD: Final = ("billable_patient_months", "billed_usd", "net_usd")
_OF_TODAY: Final = (("  + add-on units", "addon_usd"), ("  = billed", "billed_usd"))


def text(found: Erosion) -> str:
    """Return an erosion as a table in plain text.

    Examples
    --------
    >>> import ccmsim
    >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
    >>> print(text(found).splitlines()[0])
    perfect: where the projection goes
    """
    steps: list[Line] = [(label, row, _STEPS) for label, row in signed(found)]
    today = found.steps[-1]
    steps += [(label, today, ("", "", measure, "")) for label, measure in _OF_TODAY]
    gains: list[Line] = [(row.label, row, _GAINS) for row in found.causes]
    gains += [(row.label, row, _GAINS) for row in (found.summed, found.together, found.interaction)]
    return "\n".join([
        *_head(found),
        *_block("", _STEPS, steps),
        *_bad_years(found),
        *_block(_HEADING, _GAINS, gains),
    ])  # fmt: skip


def signed(found: Erosion) -> list[tuple[str, Row]]:
    """Return the steps with labels that say what is a level, a gap, or a part of the gap above.

    Examples
    --------
    >>> import ccmsim
    >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
    >>> [label for label, _ in signed(found)][1:4]
    ['− nobody could have reached them', '+ add-on units on top', '− never paid, and further costs']
    """
    first, *others = found.steps
    return [(first.label, first), *((_SIGNS[row.kind] + row.label, row) for row in others)]


def ended(found: Erosion) -> list[str]:
    """Return a line that says how it ended where a half-width was wanted; else none.

    Examples
    --------
    >>> import ccmsim
    >>> ended(ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2))
    []
    """
    if found.half_width is None:
        return []
    return [ending(found.half_width, "step and disruption", reached=bool(found.reached))]


def too_few(found: Erosion) -> str:
    """Return a sentence where replications are too few to tell of a bad year; else nothing.

    Examples
    --------
    >>> import ccmsim
    >>> too_few(ccmsim.erosion(ccmsim.load("solo_nurse"), months=1, replications=2))
    '2 replications are too few to tell of a bad year.'
    """
    told = found.step("execution").bad_year["net_usd"]
    if not math.isnan(told.low):
        return ""
    return f"{are_too_few(found.replications)} to tell of a bad year."


def _bad_years(found: Erosion) -> list[str]:
    """Return the table of the bad year, or why there is none."""
    if few := too_few(found):
        return ["", few]
    lines: list[Line] = [
        (label, replace(row, estimates=row.bad_year), _BAD) for label, row in signed(found)
    ]
    return _block(BAD_YEAR, _BAD, lines)


_HEADING: Final = "Regained without one disruption, under the same random numbers"


def _head(found: Erosion) -> list[str]:
    warmup = f" after {found.warmup_months} of warm-up" if found.warmup_months else ""
    span = f"{counted(found.months, 'month')} from {found.first_month}{warmup}"
    intervals = f"{100.0 * found.level:g} % intervals"
    head = [
        f"{found.scenario}: where the projection goes",
        f"{span}, {counted(found.replications, 'replication')}, seed {found.seed}; {intervals}",
    ]
    return [*head, *ended(found)]


def _block(heading: str, measures: tuple[str, ...], lines: list[Line]) -> list[str]:
    cells = [[_cell(row, measure) for measure in shown] for _, row, shown in lines]
    titles = [MEASURES[measure] for measure in measures]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    first = max(len(label) for label, _, _ in lines)

    def joined(label: str, texts: list[str]) -> str:
        aligned = [f"{text:>{width}}" for text, width in zip(texts, widths, strict=True)]
        return "  ".join([f"{label:<{first}}", *aligned]).rstrip()

    body = [joined(label, row) for (label, _, _), row in zip(lines, cells, strict=True)]
    return ["", *([heading] if heading else []), joined("", titles), *body]


def _cell(row: Row, measure: str) -> str:
    """Return an estimate without its level, which the head tells."""
    if not measure:
        return ""
    estimate = row.estimates.get(measure)
    return "–" if estimate is None else shown(estimate)


def figure(found: Erosion, measure: str) -> Figure:
    """Return a figure of what would be regained without each disruption.

    Examples
    --------
    >>> import ccmsim
    >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
    >>> [label.get_text() for label in figure(found, "net_usd").axes[0].get_yticklabels()]
    ['all disruptions together']
    """
    from ccmsim.plot import NotebookFigure

    rows = [*found.causes, found.together]
    scale = 1e-3 if measure.endswith("_usd") else 1.0
    estimates = [row.estimates[measure] for row in rows]
    arms = [
        [scale * max(0.0, estimate.value - estimate.low) for estimate in estimates],
        [scale * max(0.0, estimate.high - estimate.value) for estimate in estimates],
    ]
    drawn = NotebookFigure(figsize=(8.0, 1.5 + 0.42 * len(rows)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    axes.barh(
        [*range(len(found.causes)), len(found.causes) + 0.5],
        [scale * estimate.value for estimate in estimates],
        tick_label=[row.label for row in rows],
        color=["#7fb1d8"] * len(found.causes) + ["#08306b"],
        xerr=np.nan_to_num(arms),  # an error is unknown with one replication
        ecolor="#b03a00",
        capsize=3,
    )
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    title = MEASURES[measure].replace("USD", "thousand USD")
    axes.set_xlabel(
        f"Regained in {counted(found.months, 'month')}: {title} "
        f"(with {100.0 * found.level:g} % intervals)"
    )
    axes.set_title(f"{found.scenario}: what each disruption costs", loc="left")
    return drawn


def steps_figure(found: Erosion, measure: str = "billable_points") -> Figure:
    """Return a figure of the way from the projection down to today: levels, and gaps between.

    Examples
    --------
    >>> import ccmsim
    >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
    >>> [label.get_text() for label in steps_figure(found).axes[0].get_yticklabels()][3:6]
    ['− documentation', '− hours: patients wait', '− enrollment']
    >>> len(steps_figure(found, "net_usd").axes[0].get_yticklabels())
    10
    """
    from ccmsim.plot import NotebookFigure

    scale = 1e-3 if measure.endswith("_usd") else 1.0
    shown = _drawn(found, measure)
    drawn = NotebookFigure(figsize=(8.0, 1.2 + 0.36 * len(shown)), dpi=120, layout="constrained")
    axes = drawn.subplots()
    level = 0.0
    for place, (_, row) in enumerate(shown):
        number = row.estimates[measure].times(scale)
        gap, start = row.kind in ("gap", "part"), 0.0 if row.kind == "level" else level
        edge = start - number.value if gap else start + number.value
        axes.barh(place, abs(number.value), left=min(start, edge), color=_BARS[row.kind])
        arms = np.nan_to_num([number.value - number.low, number.high - number.value])
        both = arms[::-1] if gap else arms  # a larger gap ends farther to the left
        if arms.any():
            axes.errorbar(
                edge, place, xerr=both[:, np.newaxis], fmt="none", ecolor="#b03a00", capsize=3
            )
        axes.annotate(
            f"{number.value:,.1f}", (max(level, edge + both[1]), place), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize="small",
        )  # fmt: skip
        level = edge
    axes.set_yticks(range(len(shown)), [label for label, _ in shown])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    title = MEASURES[measure].replace("USD", "thousand USD")
    axes.set_xlabel(f"{title[0].upper()}{title[1:]} (with {100.0 * found.level:g} % intervals)")
    axes.set_title(f"{found.scenario}: from the projection to today", loc="left")
    return drawn


_BARS: Final = {"level": "#7fb1d8", "gap": "#d08770", "gain": "#a3be8c", "part": "#e3b7a0"}


def _drawn(found: Erosion, measure: str) -> list[tuple[str, Row]]:
    """Return the steps, of execution the parts alone: each begins where the one above ends.

    What dollars alone have is left out of other measures, in which it is 0 by definition.
    """
    beside = ("addons", "unpaid")
    return [
        (f"− {row.label}" if row.kind == "part" else label, row)
        for label, row in signed(found)
        if row.name != "execution"
        and not (row.name in beside and row.estimates[measure].method == EXACT)
    ]
