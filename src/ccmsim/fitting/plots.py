"""Pictures that several fits share: shares against expectations, a sample against its law.

Comes in: axes and numbers. Goes out: nothing; the axes are drawn on. Computes no estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEEN: Final = "#08306b"
FIT: Final = "#b03a00"
BAR: Final = "#9ecae1"


def canvas(rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    """Return a figure and its axes in order."""
    from ccmsim.plot import NotebookFigure

    figure = NotebookFigure(figsize=(5.4 * columns, 3.7 * rows), dpi=120, layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns, squeeze=False)))


def tidy_axes(axes: Axes, title: str, x: str, y: str) -> None:
    """Label the axes and leave out lines that say nothing."""
    axes.set_title(title, loc="left", fontsize="medium")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize="small")


def shares(axes: Axes, labels: Sequence[str], seen: Sequence[Estimate], due: Floats) -> None:
    """Draw observed shares with intervals beside those of the fit, in percent."""
    x = np.arange(len(labels))
    values = np.array([e.value for e in seen])
    arms = [values - [e.low for e in seen], np.array([e.high for e in seen]) - values]
    axes.errorbar(
        x, 100.0 * values, yerr=100.0 * np.maximum(arms, 0.0), fmt="o", color=SEEN, capsize=3,
        label="log",
    )  # fmt: skip
    axes.plot(x, 100.0 * due, "_", ms=16, mew=2.5, color=FIT, label="fit")
    axes.set_xticks(x, list(labels))
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_ylim(0.0, None)


def sample(
    axes: Axes, values: Floats, cdf: Callable[[Floats], Floats], law: str, *, step: float = 0.0
) -> None:
    """Draw the shares of values up to each, and the law's.

    A rounded value stands for a step around it, and is drawn at its end.
    """
    ordered = np.sort(values) + step / 2.0
    seen = 100.0 * np.arange(1, ordered.size + 1) / ordered.size
    label = f"log, rounded to {step:g}" if step else "log"
    axes.step(ordered, seen, where="post", color=SEEN, label=label)
    if law:
        x = np.linspace(0.0, ordered[-1] * 1.05, 400)
        axes.plot(x, 100.0 * cdf(x), color=FIT, label=law)
    axes.set_ylim(0.0, 102.0)


def bars(axes: Axes, labels: Sequence[str], seen: ArrayLike, due: ArrayLike | None = None) -> None:
    """Draw counts as bars, and those of the fit."""
    x = np.arange(len(labels))
    axes.bar(x, seen, color=BAR, label="log")
    if due is not None:
        axes.plot(x, due, "o-", color=FIT, ms=4, label="fit")
    axes.set_xticks(x, list(labels))
