"""How shares look: as text for a terminal, and as a figure.

Comes in: a `Shares`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.labelling import legend_above
from ccmsim.analyses.shares import Shares
from ccmsim.analyses.shares_numbers import MEASURES, STATISTICS, WAYS
from ccmsim.estimation import EXACT, Estimate
from ccmsim.wording import are_too_few, bare, columns, counted, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STEP, _SHARE, _LEVEL = "#7fb1d8", "#08306b", "#9a9a9a"
_COLUMNS: Final = tuple((statistic, way) for statistic in STATISTICS for way in WAYS)


def text(found: Shares) -> str:
    """Return a table for each measure in plain text."""
    percent = f"{100.0 * found.level:g} %"
    orders = f"{found.pairs} pairs of orders" if found.pairs else "all orders"
    settings = f"{counted(found.replications, 'replication')} of {found.simulated} scenarios"
    lines = [
        f"{found.scenario}: who would regain how much in {counted(found.months, 'month')}",
        f"{settings}, seed {found.seed}; {orders}; {percent} intervals",
    ]
    if found.idle:
        lines.append(f"Nothing to mend here, so 0 everywhere: {', '.join(found.idle)}")
    if any(map(_untold, (*found.numbers.values(), *found.today.values()))):
        lines.append(f"(–): {are_too_few(found.replications)} for an interval")
    if found.limitless:
        lines.append("Net with staff without limit is told at today's cost of staff and training.")
    for measure in MEASURES:
        lines.append("")
        lines += _table(found, measure)
    return "\n".join(lines)


def _table(found: Shares, measure: str) -> list[str]:
    heads = [f"{STATISTICS[statistic]}, {WAYS[way]}" for statistic, way in _COLUMNS]
    rows = [(MEASURES[measure], *heads)]
    rows.append(("today", *_levels(found.today, measure)))
    rows += [
        (f"+ {player}", *(_cell(found.numbers[player, measure, *column]) for column in _COLUMNS))
        for player in found.players
        if player not in found.idle
    ]
    rows.append(("= all of them", *_levels(found.ideal, measure)))
    for label, levels in (
        ("+ never paid, and further costs", found.unpaid),
        ("− add-on units on top", found.addons),
        ("+ left of the projection", found.unreachable),
        ("= the projection", found.projection),
    ):
        if levels[measure, "mean"].method != EXACT:
            rows.append((label, *_levels(levels, measure)))
    return columns(rows)


def _untold(number: Estimate) -> bool:
    """Whether an estimate has no interval, or one end that tells nothing."""
    without = math.isnan(number.low) and math.isnan(number.high)
    return without or (math.isinf(number.low) and number.high <= number.value)


def _cell(number: Estimate) -> str:
    """Return an estimate; why it has no interval is said once, above."""
    return f"{bare(number.value)} (–)" if _untold(number) else shown(number)


def _levels(levels: Mapping[tuple[str, str], Estimate], measure: str) -> list[str]:
    return [
        _cell(levels[measure, statistic]) if way == "share" else "" for statistic, way in _COLUMNS
    ]


def figure(found: Shares, measure: str) -> Figure:
    """Return the figure: a waterfall of the mean, and shares of the mean and of the bad year."""
    from ccmsim.plot import NotebookFigure

    scale = 1e-3 if measure.endswith("_usd") else 1.0
    unit = f"Thousand USD {measure.split('_')[0]}" if measure.endswith("_usd") else "Patient-months"
    drawn = NotebookFigure(
        figsize=(10.4, 2.2 + 0.45 * len(found.players)), dpi=120, layout="constrained"
    )
    left, right = drawn.subplots(1, 2)
    names = ["today", *found.players, "all of them"]
    level = scale * found.today[measure, "mean"].value
    left.barh(0, level, color=_LEVEL)
    for k, player in enumerate(found.players, 1):
        step = found.numbers[player, measure, "mean", "step"].times(scale)
        arms = [[step.value - step.low], [step.high - step.value]]
        left.barh(k, step.value, left=level, color=_STEP)
        level += step.value
        left.errorbar(level, k, xerr=arms, color="black", capsize=2)
    left.barh(len(names) - 1, scale * found.ideal[measure, "mean"].value, color=_LEVEL)
    left.set_yticks(range(len(names)), names)
    legend_above(left, "In this order")
    left.set_xlabel(unit)
    for k, player in enumerate(found.players):
        for shift, statistic, colour in ((-0.2, "mean", _STEP), (0.2, "p5", _SHARE)):
            share = found.numbers[player, measure, statistic, "share"].times(scale)
            arms = [[share.value - share.low], [share.high - share.value]]
            label = STATISTICS[statistic] if k == 0 else None
            right.barh(k + shift, share.value, 0.36, xerr=arms, color=colour, label=label)
    right.set_yticks(range(len(found.players)), found.players)
    legend_above(right, "Free of order")
    right.set_xlabel(f"{unit} regained")
    for axes in (left, right):
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    drawn.suptitle(f"{found.scenario}, {counted(found.months, 'month')}", x=0.01, ha="left")
    return drawn
