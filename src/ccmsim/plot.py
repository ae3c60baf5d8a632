"""Pictures of results.

Comes in: `Results`. Goes out: a matplotlib `Figure`. Never touches pyplot, so no figure is left
open and no screen is needed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation import mean, quantile, quantiles
from ccmsim.measures import FLOWS, totals
from ccmsim.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from ccmsim.results import Results

LABELS: Final = {
    "plan_usd": "Projection",
    "billed_usd": "Billed",
    "finally_paid_usd": "Finally paid",
    "collected_usd": "Cash collected",
    "staff_cost_usd": "Staff cost",
    "nominal_staff_cost_usd": "Nominal staff cost",
    "other_cost_usd": "Other cost",
    "net_usd": "Net",
    "cash_net_usd": "Cash net",
    "billable_patients": "Patient-months billed",
}
"""What a variable is called in a plot."""

REVENUES: Final = ("billed_usd", "finally_paid_usd", "collected_usd")
"""Variables that the projection is compared with."""

# Told apart by lightness and by the kind of line, so a grey print reads the same.
_WIDE, _NARROW, _LINE, _ACCENT = "#c6dbef", "#7fb1d8", "#08306b", "#b03a00"
_BANDS = ((0.05, 0.95, _WIDE, "9 of 10 months"), (0.25, 0.75, _NARROW, "half of the months"))
_MOST_BINS = 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class NotebookFigure(Figure):
    """A figure that a notebook shows as a picture, though pyplot knows nothing of it."""

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


def fan_and_total(results: Results, variable: str = "billed_usd") -> Figure:
    """Return a figure of the months as a fan chart, beside the distribution of their total.

    Parameters
    ----------
    results : Results
    variable : str
        One of `LABELS`.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=3)
    >>> figure = fan_and_total(results, "net_usd")
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['Net a month, thousand USD', 'Replications']
    """
    if variable not in LABELS:
        raise refuse("variable", "cannot be plotted", variable, ", ".join(FLOWS))
    # layout="constrained" keeps labels apart whatever their length
    figure = NotebookFigure(figsize=(11.0, 4.6), dpi=120, layout="constrained")
    months, total = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_months(months, results, variable)
    _draw_total(total, results, variable)
    count, n = results.replications, len(results.months)
    figure.suptitle(
        f"{results.scenario.name}: {count:,} replication{'s' * (count != 1)} "
        f"of {counted(n, 'month')} from {results.months[0]}",
        fontweight="bold",
    )
    return figure


def _draw_months(axes: Axes, results: Results, variable: str) -> None:
    """Draw the fan: bands and median of each month, with the projection or the zero line."""
    scale, unit = _scale(variable)
    values = results.values[variable] * scale
    x = np.arange(len(results.months))
    edges = quantiles(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    bands = dict(zip((0.05, 0.25, 0.5, 0.75, 0.95), edges, strict=True))
    # One month has no width of its own to fill.
    reach = x if len(x) > 1 else np.array([-0.3, 0.3])
    wide = np.ones(len(reach)) if len(x) == 1 else 1.0
    if results.replications > 1:
        for low, high, color, label in _BANDS:
            axes.fill_between(
                reach, bands[low] * wide, bands[high] * wide, color=color, lw=0, label=label
            )
    label = "median" if results.replications > 1 else "the one replication"
    axes.plot(reach, bands[0.5] * wide, color=_LINE, lw=2.0, label=label)
    if variable in REVENUES:
        plan = results.values["plan_usd"].mean(axis=0) * scale
        axes.plot(reach, plan * wide, color=_ACCENT, lw=1.6, ls="--", label="projection")
        axes.set_ylim(bottom=min(0.0, float(edges.min())))
    elif float(edges.min()) < 0.0:
        axes.axhline(0.0, color="black", lw=0.8)
    every = max(1, -(-len(x) // 12))
    axes.set_xticks(x[::every], _month_names(results.months[::every]))
    axes.set_xlabel("Month")
    axes.set_ylabel(f"{LABELS[variable]} a month{unit}")
    axes.margins(x=0.02)
    _tidy(axes, axes.yaxis)
    _explain(axes)


def _draw_total(axes: Axes, results: Results, variable: str) -> None:
    """Draw the distribution of the total, with its mean, its bad end and the projection."""
    scale, unit = _scale(variable)
    total = totals(results, variable) * scale
    _draw_histogram(axes, total)
    center = mean(total)
    lines = [(center.value, "-", _LINE, f"mean {_amount(center.value)}{_error(center.half_width)}")]
    if total.size > 1:
        median, bad = quantile(total, 0.5), quantile(total, 0.05)
        lines += [
            (median.value, "-.", _LINE, f"median {_amount(median.value)}"),
            (bad.value, ":", "black", f"1 in 20 below {_amount(bad.value)}"),
        ]
    if variable in REVENUES:
        plan = float(totals(results, "plan_usd").mean()) * scale
        lines.append((plan, "--", _ACCENT, f"projection {_amount(plan)}"))
    for value, style, color, label in lines:
        axes.axvline(value, color=color, ls=style, lw=1.8, label=label)
    n = len(results.months)
    axes.set_xlabel(f"{LABELS[variable]} in {counted(n, 'month')}{unit}")
    axes.set_ylabel("Replications")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _tidy(axes, axes.xaxis)
    _explain(axes)


def _explain(axes: Axes) -> None:
    """Put the legend above the axes: inside, it would hide something."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False, fontsize="small"
    )


def _draw_histogram(axes: Axes, total: Floats) -> None:
    """Draw a histogram; a single bar where all values are equal."""
    low, high = float(total.min()), float(total.max())
    if low == high:
        half = max(abs(low) * 0.02, 1e-3)
        axes.bar([low], [total.size], width=2.0 * half, color=_NARROW)
        axes.set_xlim(low - 10.0 * half, high + 10.0 * half)
        return
    wanted = np.histogram_bin_edges(total, bins="fd").size - 1
    bins = int(np.clip(wanted, min(5, total.size), _MOST_BINS))
    axes.hist(total, bins=bins, color=_NARROW, edgecolor="white", lw=0.4)


def _scale(variable: str) -> tuple[float, str]:
    """Return the factor with which a variable is drawn, and its unit for the label."""
    return (1e-3, ", thousand USD") if variable.endswith("_usd") else (1.0, "")


def _month_names(labels: Sequence[str]) -> list[str]:
    r"""Return short names of months, with the year below the first one and where it changes.

    Examples
    --------
    >>> _month_names(["2026-11", "2026-12", "2027-01"])
    ['Nov\n2026', 'Dec', 'Jan\n2027']
    """
    names, shown = [], ""
    for label in labels:
        year, month = label.split("-")
        name = _MONTHS[int(month) - 1]
        names.append(name if year == shown else f"{name}\n{year}")
        shown = year
    return names


def _tidy(axes: Axes, amounts: Axis) -> None:
    """Write the amounts with commas, and leave out lines that say nothing."""
    amounts.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    amounts.grid(visible=True, color="0.9", lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _amount(value: float) -> str:
    """Return a number with one decimal where it has one.

    Examples
    --------
    >>> _amount(1234.04), _amount(59.517)
    ('1,234', '59.5')
    """
    return f"{value:,.1f}".removesuffix(".0")


def _error(half_width: float) -> str:
    return f" ± {_amount(half_width)}" if half_width > 0.0 else ""
