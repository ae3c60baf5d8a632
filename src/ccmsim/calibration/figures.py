"""Pictures of a calibration: the free values against their priors and in pairs, and the months.

Comes in: a `Calibration`. Goes out: a matplotlib `Figure`. Computes no estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.calibration.value import Calibration
from ccmsim.errors import refuse
from ccmsim.fitting.plots import FIT, SEEN, tidy_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS: Final = ("posterior", "predictive")

_WIDE: Final = "#c6dbef"
_NARROW: Final = "#7fb1d8"
_BINS: Final = 36
_POINTS: Final = 600

UNITS: Final = {
    "enrolled_patients": "patients", "billable_patients": "patients", "billed_usd": "USD",
    "collected_usd": "USD", "worked_hours": "hours", "on_duty_hours": "hours",
    "absence_minutes": "minutes", "attempts": "calls", "contacts": "calls",
}  # fmt: skip
"""Of the columns; those of codes are units."""


def figure(found: Calibration, what: str) -> Figure:
    """Return a picture of the free values or of the months."""
    if what == "posterior":
        return _pairs(found)
    if what == "predictive":
        return _months(found)
    raise refuse("what", "is no picture of a calibration", what, " or ".join(KINDS))


def _grid(rows: int, columns: int, width: float, height: float) -> tuple[Figure, Any]:
    from ccmsim.plot import NotebookFigure

    size = (max(width * columns, 4.2), max(height * rows, 3.2))
    drawn = NotebookFigure(figsize=size, dpi=120, layout="constrained")
    return drawn, drawn.subplots(rows, columns, squeeze=False)


def _pairs(found: Calibration) -> Figure:
    """Draw marginals on the diagonal and pairs below it; ticks of pairs stand at the edges."""
    count = len(found.parameters)
    drawn, grid = _grid(count, count, 2.7, 2.4)
    for i in range(count):
        for j in range(count):
            axes = grid[i, j]
            if j > i:
                axes.set_axis_off()
                continue
            if i == j:
                _marginal(axes, found, i)
            else:
                _pair(axes, found, j, i)
            axes.locator_params(nbins=4)
            axes.tick_params(labelbottom=i == count - 1, labelleft=j == 0 and i > 0)
            if i == count - 1 and i > j:
                axes.set_xlabel(_short(found.paths[j]), fontsize="small")
            if j == 0 and i > 0:
                axes.set_ylabel(_short(found.paths[i]), fontsize="small")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    place = {"loc": "upper right"} if count > 1 else {"loc": "outside upper right", "ncols": 2}
    drawn.legend(handles, labels, frameon=False, fontsize="small", **place)
    return drawn


def _marginal(axes: Axes, found: Calibration, k: int) -> None:
    """Draw the posterior as a histogram and the prior as a line, on the prior's range."""
    law, values = found.parameters[k].law, found.flat[:, k]
    shares = (np.arange(4000) + 0.5) / 4000
    prior = np.array([law.quantile(float(u)) for u in shares])
    span = (prior[4], prior[-5])
    axes.hist(values, _BINS, range=span, density=True, color=_NARROW, label="posterior")
    heights, edges = np.histogram(prior, _BINS, range=span, density=True)
    axes.stairs(heights, edges, color=FIT, linestyle="--", label="prior")
    tidy_axes(axes, "", "", "")
    axes.set_title(_short(found.paths[k]), fontsize="small")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(*span)
    axes.grid(visible=False)
    if (legend := axes.get_legend()) is not None:
        legend.remove()


def _pair(axes: Axes, found: Calibration, x: int, y: int) -> None:
    """Draw joint draws on the prior's ranges, under their correlation."""
    rows = np.swapaxes(found.draws, 0, 1).reshape(-1, len(found.parameters))
    chosen = rows[(np.arange(_POINTS) * len(rows)) // _POINTS]
    axes.plot(chosen[:, x], chosen[:, y], ".", color=SEEN, markersize=2.5, alpha=0.5)
    tidy_axes(axes, "", "", "")
    for k, limit in ((x, axes.set_xlim), (y, axes.set_ylim)):
        law = found.parameters[k].law
        limit(law.quantile(1e-3), law.quantile(1.0 - 1e-3))
    correlation = f"{found.telling.correlation[x, y]:+.2f}".replace("-", "−")
    axes.set_title(f"correlation {correlation}", loc="right", fontsize="small")


def _short(path: str) -> str:
    """Return a path on two lines."""
    table, _, name = path.rpartition(".")
    return f"{table}\n{name}"


def _months(found: Calibration) -> Figure:
    """Draw each column: what was observed, and the range of what the fitted model makes."""
    names = tuple(found.history.columns)
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    drawn, grid = _grid(rows, columns, 5.2, 2.5)
    ends = (0.025, 0.25, 0.5, 0.75, 0.975)
    fan = np.quantile(found.predictive, ends, axis=0)
    for k, axes in enumerate(np.ravel(grid)):
        if k >= len(names):
            axes.set_axis_off()
            continue
        _fan(axes, fan[:, k], found.observed[k])
        tidy_axes(axes, _title(names[k]), "", UNITS.get(names[k], "units"))
        axes.set_ylim(bottom=0.0)
        _name_months(axes, found.history.labels)
        if (legend := axes.get_legend()) is not None:
            legend.remove()
    handles, labels = np.ravel(grid)[0].get_legend_handles_labels()
    drawn.legend(handles, labels, frameon=False, loc="outside upper right", ncols=3)
    return drawn


def _title(name: str) -> str:
    if name in UNITS:
        return name.removesuffix("_usd").replace("_", " ").capitalize()
    return f"Units of {name}"


def _fan(axes: Axes, fan: Any, observed: Any) -> None:
    months = np.arange(fan.shape[1])
    axes.fill_between(months, fan[0], fan[4], color=_WIDE, label="19 of 20 simulated", linewidth=0)
    axes.fill_between(months, fan[1], fan[3], color=_NARROW, label="half of them", linewidth=0)
    axes.plot(months, observed, "o-", color=FIT, markersize=3.5, linewidth=1.0, label="observed")


def _name_months(axes: Axes, labels: tuple[str, ...]) -> None:
    step = max(1, -(-len(labels) // 6))
    places = list(range(0, len(labels), step))
    axes.set_xticks(places, [labels[k] for k in places], fontsize="small")
