"""How a comparison looks: as text for a terminal, and as a figure.

Comes in: a `Comparison`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.compare import Comparison, Contender
from ccmsim.analyses.factors import MEASURES
from ccmsim.estimation.together import level_of_each
from ccmsim.wording import cell, counted, may_be_missed, of_100, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.estimation import Estimate

_COLOURS: Final = {"best": "#1a7f5a", "may be best": "#7fb1d8", "not best": "#c9c9c9"}


def text(found: Comparison) -> str:
    """Return a table in plain text, and a sentence on who is best."""
    span = counted(found.months, "month")
    percent = f"{100.0 * found.level:g} %"
    rows = [("scenario", "mean", "to the leader", "ahead of it, of 100", "verdict")]
    rows += [
        (each.name, cell(each.mean), *_to_leader(found, each), each.verdict)
        for each in found.contenders
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    how = f"{counted(found.replications, 'replication')} with the same luck, seed {found.seed}"
    lines = [
        f"{MEASURES[found.measure]}, in {span} from {found.first_month}",
        f"{how}; {percent} intervals, those to the leader all at once",
        "",
    ]
    for row in rows:
        middle = (text.rjust(width) for text, width in zip(row[1:4], widths[1:4], strict=True))
        lines.append("  ".join([row[0].ljust(widths[0]), *middle, row[4]]).rstrip())
    each = level_of_each(found.level, len(found.duels))
    missed = may_be_missed(found.replications, each)
    return "\n".join([*lines, "", _sentence(found), _saving(found), missed])


def _to_leader(found: Comparison, each: Contender) -> tuple[str, str]:
    against = found.against_leader(each.name)
    if against is None:
        return "leader", "-"
    return shown(against[0]), of_100(against[1].times(100.0))


def _sentence(found: Comparison) -> str:
    best = [each.name for each in found.contenders if each.verdict == "best"]
    if best:
        return f"{best[0]} is best."
    open_ones = [each.name for each in found.contenders if each.verdict == "may be best"]
    names, pairs = ", ".join(open_ones), math.comb(len(open_ones), 2)
    equal = [
        f"{duel.first} = {duel.second}"
        for duel in found.duels
        if {duel.first, duel.second} <= {*open_ones} and _no_difference(duel.difference)
    ]
    if len(equal) == pairs:
        return f"Equal: {names}. More replications do not tell them apart."
    but = f", but not {', '.join(equal)}" if equal else ""
    return f"Open: {names} may be best. More replications tell them apart{but}."


def _no_difference(difference: Estimate) -> bool:
    return difference.low == difference.high == 0.0


def _saving(found: Comparison) -> str:
    factors = [
        duel.variance_saved for duel in found.duels if math.isfinite(duel.variance_saved.value)
    ]
    if not factors:
        return "No difference varies."
    ends = [end(factors, key=lambda factor: factor.value) for end in (min, max)]
    times = " to ".join(dict.fromkeys(map(shown, ends)))
    return f"With the same luck, differences take {times} times fewer replications."


def figure(found: Comparison) -> Figure:
    """Return the figure: means on the left, differences to the leader on the right."""
    from ccmsim.plot import NotebookFigure

    height = 1.9 + 0.55 * len(found.contenders)
    drawn = NotebookFigure(figsize=(9.6, height), dpi=120, layout="constrained")
    left, right = drawn.subplots(1, 2, sharey=True)
    dollars = "USD" in MEASURES[found.measure]
    unit = 1e-3 if dollars else 1.0
    shown = list(reversed(found.contenders))
    for at, each in enumerate(shown):
        _bar(left, at, each, unit)
        _difference(right, at, found, each, unit)
    left.set_yticks(range(len(shown)), [f"{each.name}\n{each.verdict}" for each in shown])
    label = MEASURES[found.measure].replace("USD", "thousand USD")
    left.set_xlabel(f"{label[0].upper()}{label[1:]}")
    left.set_title(f"Mean total, {counted(found.months, 'month')}", loc="left")
    right.set_xlabel("Thousand USD" if dollars else label)
    right.set_title(f"Difference to {found.leader.name}", loc="left")
    for axes in (left, right):
        axes.axvline(0.0, color="black", linewidth=0.8)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    right.margins(x=0.3, y=0.15)
    return drawn


def _bar(axes: Axes, at: int, each: Contender, unit: float) -> None:
    estimate = each.mean.times(unit)
    axes.barh(at, estimate.value, 0.6, xerr=_arms(estimate), color=_COLOURS[each.verdict])


def _difference(axes: Axes, at: int, found: Comparison, each: Contender, unit: float) -> None:
    against = found.against_leader(each.name)
    if against is None:
        axes.plot([0.0], [at], "D", color=_COLOURS[each.verdict])
        return
    difference, wins = against[0].times(unit), against[1]
    colour = _COLOURS[each.verdict]
    axes.errorbar(
        [difference.value], [at], xerr=_arms(difference), fmt="o", color="black", ecolor=colour,
        elinewidth=6, markersize=4,
    )  # fmt: skip
    axes.annotate(f"ahead in {100.0 * wins.value:.0f} of 100", (difference.value, at), (0, 9),
                  textcoords="offset points", ha="center", fontsize=8)  # fmt: skip


def _arms(estimate: Estimate) -> list[list[float]]:
    """Return the lengths of an interval's arms, as error bars want them; NaN without an end."""
    arms = (estimate.value - estimate.low, estimate.high - estimate.value)
    return [[max(arm, 0.0) if math.isfinite(arm) else math.nan] for arm in arms]
