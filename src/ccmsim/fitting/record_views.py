"""How fits of time logs and claims look.

Comes in: a `TimeFit` or a `ClaimFit`. Goes out: a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccmsim import estimation
from ccmsim.fitting.plots import FIT, bars, canvas, shares, tidy_axes
from ccmsim.fitting.time_log import DELAYS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.fitting.claims import ClaimFit
    from ccmsim.fitting.time_log import TimeFit


def time_figure(fit: TimeFit) -> Figure:
    """Return the figure: delays of entries, and the loss by week and by length of the work."""
    loss = fit.entry_loss_share
    drawn, axes = canvas(1, 1 if loss is None else 3)
    made = np.array(fit.delays, dtype=np.float64)
    bars(axes[0], [label for label, _ in DELAYS], made)
    tidy_axes(axes[0], "When work was entered", "Days after the work", "Entries")
    if loss is not None:
        weeks = [str(k + 1) for k in range(len(fit.by_week))]
        _losses(axes[1], weeks, fit.by_week, fit, loss.value)
        tidy_axes(axes[1], "Entries lost, by week", "Week of the log", "Lost, %")
        quarters = ["shortest", *[""] * (len(fit.by_length) - 2), "longest"]
        _losses(axes[2], quarters[-len(fit.by_length) :], fit.by_length, fit, loss.value)
        tidy_axes(axes[2], "Entries lost, by length", "Quarter of the work by minutes", "Lost, %")
    return drawn


def _losses(
    axes: Axes, labels: list[str], groups: tuple[tuple[int, int], ...], fit: TimeFit, share: float
) -> None:
    seen = [estimation.share(hits, of, level=fit.level) for hits, of in groups]
    shares(axes, labels, seen, np.full(len(groups), share))


def claims_figure(fit: ClaimFit) -> Figure:
    """Return the figure: denials by month and by code, and the months that payments take."""
    drawn, axes = canvas(1, 2 + bool(fit.lags))
    for axis, groups, title, x in (
        (axes[0], fit.by_month, "Denied at first, by month", "Month of service"),
        (axes[1], fit.by_code, "Denied at first, by code", "Code"),
    ):
        seen = [estimation.share(g.denied, g.decided, level=fit.level) for g in groups]
        due = np.full(len(groups), fit.denied_share.value)
        shares(axis, [g.label for g in groups], seen, due)
        axis.tick_params(axis="x", rotation=90 if len(groups) > 8 else 0, labelsize="small")
        tidy_axes(axis, title, x, "Denied, %")
    if fit.lags:
        months = dict(fit.lag_months)
        longest = max(max(found) for found in months.values() if found)
        kinds = [name for name, _ in fit.lags]
        width = 0.8 / len(kinds)
        for k, name in enumerate(kinds):
            counts = np.bincount(months[name], minlength=longest + 1)
            share = 100.0 * counts / counts.sum()
            place = np.arange(longest + 1) + (k - (len(kinds) - 1) / 2.0) * width
            color = ("#08306b", "#7fb1d8", "#c6dbef")[k]
            axes[2].bar(place, share, width, label=name, color=color)
        for name, lag in fit.lags:
            axes[2].axvline(round(lag.value), color=FIT, lw=1.2, ls="--")
            axes[2].text(round(lag.value) + 0.05, 101.0, name, color=FIT, fontsize="small")
        axes[2].set_ylim(0.0, 110.0)
        tidy_axes(axes[2], "Payment; dashed: in the scenario", "Months after the service", "%")
    return drawn
