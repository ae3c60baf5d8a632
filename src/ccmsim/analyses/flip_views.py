"""How a flip map looks: as text for a terminal, and as a figure.

Comes in: a `FlipMap`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.flip import FIRST, SECOND, UNCERTAIN, FlipMap
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.together import level_of_each
from ccmsim.wording import counted, may_be_missed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGNS: Final = {FIRST: "+", SECOND: "-", UNCERTAIN: "?"}

_FEW: Final = 5
"""Points along an axis that all have a tick of their own."""

_OPEN: Final[dict[str, Any]] = {"edgecolor": "black", "hatch": "///", "linewidth": 0.0}


def text(found: FlipMap) -> str:
    """Return a map in plain text: + where the first is better, - where not, ? where open."""
    percent = f"{100.0 * found.level:g} %"
    measure, count = MEASURES[found.measure], f"{counted(found.replications, 'replication')}"
    verdicts = [verdict for row in found.verdicts() for verdict in row]
    better = {name: _of_points(share, len(verdicts)) for name, share in found.shares.items()}
    same = _equal(found)
    lines = [
        f"{found.first} against {found.second}: {measure}, {count}, seed {found.seed}",
        f"+ {found.first} is surely better ({verdicts.count(FIRST)} of {len(verdicts)} points)",
        f"- {found.second} is surely better ({verdicts.count(SECOND)})",
        f"? open ({verdicts.count(UNCERTAIN) - same})" + (f" or equal ({same})" if same else ""),
        f"No sign but ? is wrong anywhere on the map, {percent} sure, as far as {count} show.",
        may_be_missed(found.replications, level_of_each(found.level, len(verdicts))),
        f"{found.first} is better at {better[FIRST]} of {len(verdicts)} points, open ones counted,",
        f"{found.second} at {better[SECOND]}.",
        "",
        f"up: {found.y.factor}; to the right: {found.x.factor}",
        "",
    ]
    rows = list(zip(found.y.points, found.verdicts(), strict=True))
    for y, verdicts in reversed(rows):
        lines.append(f"{y:>9.4g}  " + "".join(f"{SIGNS[verdict]:>8}" for verdict in verdicts))
    lines.append(" " * 11 + "".join(f"{x:>8.4g}" for x in found.x.points))
    return "\n".join(lines)


def _equal(found: FlipMap) -> int:
    """Return at how many points the difference is surely 0: neither is better there."""
    return sum(one.low == one.high == 0.0 for row in found.differences for one in row)


def _of_points(share: Estimate, many: int) -> str:
    """Return a share as a number of points, with its interval."""
    value, low, high = (round(many * one) for one in (share.value, share.low, share.high))
    return f"{value}" if low == high else f"{value} ({low} to {high})"


def figure(found: FlipMap) -> Figure:
    """Return the map: colour says by how much, hatching where nobody can tell."""
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.patches import Patch, Rectangle

    from ccmsim.plot import NotebookFigure

    scale = 1e-3 if found.measure.endswith("_usd") else 1.0
    x, y = np.array(found.x.points), np.array(found.y.points)
    values = scale * np.array([[e.value for e in row] for row in found.differences])
    most = max(float(np.abs(values).max()), 1e-9)
    drawn = NotebookFigure(figsize=(8.5, 6.0), dpi=120, layout="constrained")
    axes = drawn.subplots()
    mesh = axes.pcolormesh(
        x, y, values, cmap="RdBu", norm=TwoSlopeNorm(0.0, -most, most), shading="nearest"
    )
    across, up = _edges(x), _edges(y)
    for j, row in enumerate(found.verdicts()):
        for i, verdict in enumerate(row):
            if verdict == UNCERTAIN:
                size = across[i + 1] - across[i], up[j + 1] - up[j]
                axes.add_patch(Rectangle((across[i], up[j]), *size, fill=False, **_OPEN))
    if values.min() < 0.0 < values.max():
        axes.contour(x, y, values, levels=[0.0], colors="black", linewidths=1.5)
    for points, name in ((found.x.points, axes.set_xticks), (found.y.points, axes.set_yticks)):
        if len(points) <= _FEW:  # round numbers would lie between fields, or beyond the factor
            name(points, [f"{each:.4g}" for each in points])
    unit = MEASURES[found.measure].replace("USD", "thousand USD")
    drawn.colorbar(mesh, ax=axes, label=f"{found.first} less {found.second}: {unit}")
    axes.set_xlabel(found.x.factor)
    axes.set_ylabel(found.y.factor)
    axes.set_title(
        f"Blue: {found.first} is better; red: {found.second} is", loc="left", fontsize=11
    )
    if any(UNCERTAIN in row for row in found.verdicts()):
        label = f"open at {100.0 * found.level:g} % for the whole map"
        label += ", or equal" if _equal(found) else ""
        handle = Patch(fill=False, **_OPEN)
        axes.legend([handle], [label], loc="upper left", bbox_to_anchor=(0.0, -0.1), frameon=False)
    return drawn


def _edges(points: Floats) -> Floats:
    """Return where the fields of points begin and end, half way to the next."""
    middles = (points[1:] + points[:-1]) / 2.0
    return np.concatenate(
        [[2.0 * points[0] - middles[0]], middles, [2.0 * points[-1] - middles[-1]]]
    )
