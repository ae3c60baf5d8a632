"""How global sensitivity looks: as text for a terminal, and as a figure.

Comes in: a `Sobol`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.labelling import legend_above
from ccmsim.analyses.regions import THIRDS, Box
from ccmsim.analyses.sobol import Sobol
from ccmsim.estimation import Estimate
from ccmsim.estimation.sobol import HIDDEN
from ccmsim.wording import NONE_SEEN, columns, counted, unseen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHADES = ("#c6dbef", "#6baed6", "#08306b")


def text(found: Sobol) -> str:
    """Return indices and bad years by third as tables in plain text."""
    percent = f"{100.0 * found.level:g} %"
    limit = f"{found.regions.limit:,.8g}"
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    rows: list[tuple[str, ...]] = [("% of the mean year's variance", "alone", "with others")]
    bad: list[tuple[str, ...]] = [(f"% of years below {limit}", *(f"{t} third" for t in THIRDS))]
    for item in found.parameters:
        both = (found.first[item.path], found.total[item.path])
        rows.append((item.path, *(_of_100(number) for number in both)))
    for path, thirds in found.regions.thirds.items():
        bad.append((path, *(_of_100(number) for number in thirds)))
    sets = len(found.parameters) + 2
    how = f"{found.rows:,} rows of {sets} sets of {found.inner} replications"
    lines = [
        f"{found.scenario}: what decides {MEASURES[found.measure]}, {span}",
        f"{how}, {found.replications:,} in all, seed {found.seed}; {percent} intervals",
        *_shared(found.chance, found.additive),
        "",
        *columns(rows),
        "",
        f"Below {limit}: {_of_100(found.regions.below)} % of years.",
        *columns(bad),
    ]
    if found.regions.box is not None:
        lines += ["", *_box(found.regions.box)]
    return "\n".join(lines)


def _shared(chance: Estimate, additive: Estimate) -> list[str]:
    """Say what chance makes, and what parameters explain, or why nobody can tell."""
    if additive.method == HIDDEN:
        return [
            "Chance alone may make all of this variance: it hides what parameters explain (–).",
            "More replications may tell.",
        ]
    if math.isnan(additive.value):
        return ["Nothing varies: there is nothing to explain (–)."]
    by_chance = f"Chance makes {_of_100(chance)} % of a single year's variance."
    explained = f"Parameters by themselves explain {_of_100(additive)} % of the mean's."
    return [
        "No row showed any chance." if unseen(chance) else by_chance,
        "No row showed that a parameter matters." if unseen(additive) else explained,
    ]


def _of_100(share: Estimate) -> str:
    """Return a share in percent, one decimal, with its interval; a dash where there is none."""
    if math.isnan(share.value):
        return "–"
    if unseen(share):
        return NONE_SEEN
    number = share.times(100.0)
    value, low, high = (
        f"{x + 0.0:.1f}" for x in np.round((number.value, number.low, number.high), 1)
    )
    return f"{value} ({low} to {high})"


def _box(box: Box) -> list[str]:
    """Return the box in words."""
    parts = []
    for path, (low, high) in box.ranges.items():
        if low is None:
            parts.append(f"{path} up to {high:.4g}")
        elif high is None:
            parts.append(f"{path} from {low:.4g}")
        else:
            parts.append(f"{path} from {low:.4g} to {high:.4g}")
    inside, outside = map(_of_100, (box.inside, box.outside))
    often = f"{_of_100(box.likelihood)} % of sets are such"
    return [
        f"Worst together: {', '.join(parts)}.",
        f"Of such years {inside} % are below, of all others {outside} %; {often}.",
    ]


def figure(found: Sobol, most: int) -> Figure:
    """Return the figure: indices on the left, bad years by third on the right."""
    from ccmsim.plot import NotebookFigure

    items = found.parameters[:most]
    drawn = NotebookFigure(figsize=(10.0, 1.8 + 0.42 * len(items)), dpi=120, layout="constrained")
    left, right = drawn.subplots(1, 2, sharey=True)
    for shift, indices, colour, label in (
        (-0.19, found.total, "#7fb1d8", "with others"),
        (0.19, found.first, "#08306b", "alone"),
    ):
        for place, item in enumerate(items):
            number = indices[item.path].times(100.0)
            left.barh(
                place + shift, max(number.value, 0.0), 0.36, color=colour,
                label=label if place == 0 else None,
            )  # fmt: skip
            left.plot([number.low, number.high], [place + shift] * 2, color="#b03a00", lw=1.4)
            if not math.isnan(number.value) and unseen(number):
                left.annotate(f" {NONE_SEEN}", (0.0, place + shift), va="center", fontsize=7)
    left.set_yticks(range(len(items)), [item.path for item in items])
    left.tick_params(axis="y", labelsize=8)
    left.invert_yaxis()
    if all(math.isnan(number.value) for number in found.total.values()):
        left.set_xlim(0.0, 100.0)
        left.annotate("No value: chance hides it, or nothing varies.", (0.5, 0.5), ha="center",
                      xycoords="axes fraction", fontsize=8)  # fmt: skip
    left.set_xlabel(f"% of the mean year's variance\n(with {100.0 * found.level:g} % intervals)")
    for third, colour in zip(THIRDS, _SHADES, strict=True):
        _points(right, found, [item.path for item in items], third, colour)
    right.axvline(100.0 * found.regions.below.value, color="black", linewidth=0.8)
    right.set_xlabel(f"% of years below {found.regions.limit:,.8g}\n(line: of all years)")
    for axes in (left, right):
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        legend_above(axes)
    drawn.suptitle(f"{found.scenario}: what decides {MEASURES[found.measure]}", x=0.01, ha="left")
    return drawn


def _points(axes: Axes, found: Sobol, paths: list[str], third: str, colour: str) -> None:
    """Draw the shares of one third, with their intervals."""
    k = THIRDS.index(third)
    for place, path in enumerate(paths):
        number, height = found.regions.thirds[path][k].times(100.0), place + 0.22 * (k - 1)
        axes.plot([number.low, number.high], [height] * 2, color=colour, linewidth=1.2)
        axes.plot(
            number.value, height, "o", color=colour, markersize=5,
            label=f"{third} third" if place == 0 else None,
        )  # fmt: skip
