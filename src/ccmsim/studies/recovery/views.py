"""How recovery looks: text for a terminal, and a figure.

Comes in: a `Recovery` or a `Power`. Goes out: text, or a matplotlib `Figure`. Computes no estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ccmsim.fitting.plots import BAR, FIT, SEEN, tidy_axes
from ccmsim.studies.accuracy.judging import SURE, Count
from ccmsim.studies.recovery.departures import Power
from ccmsim.studies.recovery.ranks import KINDS, POWER, Recovery
from ccmsim.wording import columns, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METHODS: Final = {
    "synthetic": "calibrate, synthetic likelihood",
    "abc": "calibrate, ABC-SMC",
    "shared": "synthetic likelihood in one wave that all share",
}

ALARM: Final = 0.01
"""Of all tests of ranks together."""

ALARMS: Final = (0.05, 0.01)
"""Of the check, at which it is counted how often it accuses the right model."""


def text(found: Recovery) -> str:
    """Return the table of free values, what the ranks say, and what they could say."""
    each = "for all" if found.method == "shared" else "for each"
    lines = [
        f"{found.scenario}: {found.histories} histories of {found.months} months",
        f"{METHODS[found.method]}, {found.simulations:,} simulations {each}, seed {found.seed}",
        "",
    ]
    held = f"{100.0 * found.level:g} % hold"
    rows = [("", "correlation", "error", "sd", held, *(f"p, {kind}" for kind in KINDS))]
    for k, (path, row) in enumerate(found.table().iterrows()):
        numbers = (f"{row[name]:.2f}" for name in ("correlation", "error", "sd"))
        p_values = (f"{row[kind]:.2g}" for kind in KINDS)
        rows.append((str(path), *numbers, _share(found.covered(k)), *p_values))
    lines += [*columns(rows), ""]
    lines += paragraph(
        "error and sd: of the posterior's mean, and what the posterior says of it, as shares of "
        "the prior's standard deviation. p: of the truths' ranks, by place, width and shape."
    )
    return "\n".join([*lines, "", *paragraph(verdict(found)), *_checks(found)]) + "\n"


def verdict(found: Recovery) -> str:
    """Return what the ranks say, and what so many of them could."""
    reach = found.resolution(ALARM)
    p = f"p = {found.p_value:.2g} over all tests"
    said = (
        f"Nothing speaks against uniform ranks: {p}."
        if found.p_value >= ALARM
        else f"The ranks are not uniform: {p}."
    )
    return (
        f"{said} With a false alarm of {100.0 * ALARM:g} % in all, {found.histories} histories "
        f"find with {100.0 * POWER:g} % probability a posterior that is {reach.shift:.2f} of its "
        f"standard deviations off, at most {reach.narrow:.2f} or at least {reach.wide:.2f} times "
        f"as wide as it should be."
    )


def _checks(found: Recovery) -> list[str]:
    """Return how often the predictive check accused the right model."""
    if np.isnan(found.p_values).all():
        return []
    counts = ", ".join(f"{found.alarms(alarm).hits} at {100.0 * alarm:g} %" for alarm in ALARMS)
    made = found.alarms(ALARM).sets
    return ["", *paragraph(f"False alarms of the predictive check, of {made}: {counts}.")]


def _share(count: Count) -> str:
    return f"{count.hits} of {count.sets}"


def power_text(found: Power) -> str:
    """Return how often each departure is found."""
    alarm, sure = f"{100.0 * found.false_alarm:g} %", f"{100.0 * SURE:g} %"
    lines = [
        f"{found.scenario}: {found.months} months",
        f"{found.simulations:,} simulations for each history, seed {found.seed}",
        "",
    ]
    rows = [("what the model lacks", f"found at {alarm}", f"{sure} interval", "intervals hold")]
    for one in found.tried:
        low, high = Count(one.found, one.of).ends()
        rows.append((
            one.title, f"{one.found} of {one.of}", f"{low:.2f} to {high:.2f}",
            f"{100.0 * one.held / one.intervals:.0f} %",
        ))  # fmt: skip
    lines += [*columns(rows), ""]
    lines += paragraph(
        f"intervals hold: of all {100.0 * found.level:g} % intervals of the free values, those "
        f"that hold the truth all the same."
    )
    return "\n".join(lines) + "\n"


def figure(found: Recovery) -> Figure:
    """Return rank histograms, above truths against what was found of them."""
    from ccmsim.plot import NotebookFigure

    count = len(found.paths)
    drawn = NotebookFigure(figsize=(4.0 * count, 6.2), dpi=120, layout="constrained")
    grid = drawn.subplots(2, count, squeeze=False)
    for k in range(count):
        _ranks(grid[0, k], found, k)
        _truths(grid[1, k], found, k)
    return drawn


def _ranks(axes: Axes, found: Recovery, k: int) -> None:
    """Draw how many truths lie in each part of their posterior, and how many may."""
    from scipy.special import bdtr

    counts, bins, n = found.counts(k), found.bins, found.histories
    edges = np.linspace(0.0, 1.0, bins + 1)
    below = bdtr(np.arange(n + 1), n, 1.0 / bins)
    low, high = (int(np.searchsorted(below, tail)) for tail in ((1 - SURE) / 2, (1 + SURE) / 2))
    axes.bar(edges[:-1], counts, 1.0 / bins, align="edge", color=BAR, edgecolor="white")
    axes.axhspan(
        low, high, color=FIT, alpha=0.12, linewidth=0, zorder=0, label=f"{100 * SURE:g} % of parts"
    )
    axes.axhline(n / bins, color=FIT, linestyle="--", linewidth=1.0, label="expected")
    axes.set_ylim(0.0, max(high, counts.max()) * 1.35)
    axes.set_xlim(0.0, 1.0)
    axes.locator_params(axis="y", integer=True)
    tidy_axes(axes, found.paths[k], "rank of the truth in its posterior", "histories")


def _truths(axes: Axes, found: Recovery, k: int) -> None:
    """Draw the truths against posterior means with their intervals."""
    truth, mean = found.truths[:, k], found.means[:, k]
    arms = np.maximum([mean - found.lows[:, k], found.highs[:, k] - mean], 0.0)
    label = f"mean, {100 * found.level:g} % interval"
    axes.errorbar(
        truth, mean, yerr=arms, fmt="o", color=SEEN, markersize=3, linewidth=0.8, label=label
    )
    ends = [float(truth.min()), float(truth.max())]
    axes.plot(ends, ends, color=FIT, linestyle="--", linewidth=1.0, label="as it is")
    tidy_axes(axes, "", "truth", "found")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.3 * (high - low))  # room for the legend
    axes.legend(frameon=False, fontsize="small", loc="upper left")
