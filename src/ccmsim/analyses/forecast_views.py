"""How a forecast looks: as text for a terminal, and as a figure.

Comes in: a `Forecast`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ccmsim.analyses.month_end import LOST, OPEN, REACHED, Forecast, PatientForecast
from ccmsim.wording import columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROWS: Final = 20
_NAMES: Final = {
    "billable_patients": "billable patients",
    "billed_usd": "billed, USD",
    "finally_paid_usd": "finally paid, USD",
}


def text(found: Forecast, rows: int = ROWS) -> str:
    """Return the month's end and whom to call first, as tables in plain text."""
    span = f"{100.0 * found.interval:g} % range"
    month: list[tuple[str, ...]] = [("at the month's end", "median", span, "mean")]
    for name, label in _NAMES.items():
        numbers = found.numbers[name]
        low, high = found.range_of(name)
        month.append(
            (
                label, f"{numbers['median'].value:,.0f}", f"{low:,.0f} to {high:,.0f}",
                f"{numbers['mean'].value:,.0f}",
            )
        )  # fmt: skip
    open_ones = [each for each in found.patients if each.verdict == OPEN]
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    reached = f"{found.reached} with {found.threshold:g} minutes in {found.log}"
    gone = f"{found.past_days} of {found.days} business days are over"
    lines = [
        f"{found.scenario}: {found.day:%B %Y}, evening of {found.day:%a %d %b}; {gone}",
        f"{found.enrolled} patients, {reached}; {how}",
        "",
        *columns(month),
        "",
        "Who can still be saved, by dollars a minute of a coordinator",
        "",
        *columns([_HEAD, *(_row(each) for each in open_ones[:rows])]),
    ]
    if (more := len(open_ones) - rows) > 0:
        lines.append(f"... and {more} more")
    return "\n".join([*lines, "", *paragraph(_rest(found))])


_HEAD: Final = (
    "patient", "minutes", "calls", "answered", "billed, %", "gain, points", "takes, min", "USD/min"
)  # fmt: skip


def _row(each: PatientForecast) -> tuple[str, ...]:
    label = each.label if each.patients == 1 else f"{each.patients} patients {each.label}"
    worth = "" if each.usd_per_minute is None else f"{each.usd_per_minute.value:.2f}"
    return (
        label, f"{each.minutes:.1f}", f"{each.calls}", f"{each.answered}",
        f"{100.0 * each.billable.value:.0f}", f"{100.0 * each.gain.value:.0f}",
        f"{each.coordinator_minutes.value:.0f}", worth,
    )  # fmt: skip


def _rest(found: Forecast) -> str:
    lost = sum(each.patients for each in found.patients if each.verdict == LOST)
    return (
        f"'billed' is as the practice is staffed; 'gain' is what full time for the patient adds to "
        f"none, and 'takes' the minutes for it. Have the minutes: {found.reached} patients; "
        f"who can hardly be saved: {lost}."
    )


def figure(found: Forecast) -> Figure:
    """Return the figure: the month's end above, whom to call first below."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(8.6, 6.6), dpi=120, layout="constrained")
    above, below = drawn.subplots(2, 1, height_ratios=[2, 3])
    _draw_end(above, found)
    _draw_patients(below, found)
    drawn.suptitle(
        f"{found.scenario}: the month on the evening of {found.day.day} {found.day:%B %Y}",
        x=0.01, ha="left",
    )  # fmt: skip
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
    return drawn


def _draw_end(axes: Axes, found: Forecast) -> None:
    from matplotlib.ticker import MaxNLocator

    low, high = found.range_of("billable_patients")
    values = found.billable
    bins = np.arange(values.min() - 0.5, values.max() + 1.5)
    axes.hist(values, bins=bins.tolist(), color="#7fb1d8")
    axes.axvspan(low, high, color="#08306b", alpha=0.12, linewidth=0)
    axes.axvline(float(found.reached), color="#b03a00", linestyle="--")
    axes.annotate(
        "have the minutes today", (found.reached, 1.0), xycoords=("data", "axes fraction"),
        xytext=(4, -12), textcoords="offset points", color="#b03a00", fontsize=8,
    )  # fmt: skip
    axes.set_xlabel(f"billable patients at the month's end ({100.0 * found.interval:g} % shaded)")
    axes.set_ylabel("replications")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _draw_patients(axes: Axes, found: Forecast) -> None:
    from matplotlib.collections import PathCollection

    for verdict, colour in ((OPEN, "#08306b"), (REACHED, "#1a7f5a"), (LOST, "#b03a00")):
        shown = [each for each in found.patients if each.verdict == verdict]
        if shown:
            axes.scatter(
                [each.minutes for each in shown],
                [0.0 if each.usd_per_minute is None else each.usd_per_minute.value
                 for each in shown],
                s=[14.0 + 2.0 * each.patients for each in shown],
                color=colour, alpha=0.7, linewidths=0, label=verdict,
            )  # fmt: skip
    axes.axvline(
        found.threshold, color="black", linewidth=0.8, linestyle=":",
        label=f"{found.threshold:g} minutes: billable",
    )  # fmt: skip
    alike = any(each.patients > 1 for each in found.patients)
    axes.set_xlabel(f"minutes logged so far{' (a large point: patients who are alike)' * alike}")
    axes.set_ylabel("USD gained by a coordinator's minute")
    for handle in axes.legend(frameon=False, fontsize=8).legend_handles:
        if isinstance(handle, PathCollection):
            handle.set_sizes([20.0])
