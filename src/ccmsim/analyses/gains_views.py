"""How gains over a parameter look: as text for a terminal, and as a figure.

Comes in: `Gains`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.gains import Gain, Gains
from ccmsim.wording import columns, counted, paragraph, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final = ("#08306b", "#b03a00", "#4a8fc1", "#6a8f3a", "#8a6bb0")


def text(found: Gains) -> str:
    """Return the gains as a table in plain text, and what they say in sentences."""
    covered = any(gain.cover_hours is not None for gain in found.gains)
    more = ("cover, hours", "worth of an hour, USD") if covered else ()
    head = (
        found.of, "net, USD", "billed, of 100", "bad year, USD", "loss months, of 100", *more
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [head]
    for series in found.series:
        rows.append((series, *[""] * (len(head) - 1)))
        rows += [_row(gain, covered) for gain in found.of_series(series)]
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    return "\n".join(
        [
            f"{found.scenario}: {found.title}, {span}",
            f"{how}; {100.0 * found.level:g} % intervals, each by itself",
            "",
            *columns(rows),
            "",
            *(line for answer in found.answers for line in paragraph(answer)),
        ]
    )


def _row(gain: Gain, covered: bool) -> tuple[str, ...]:
    row = (
        f"  {gain.at:g}", shown(gain.net), shown(gain.points), _bad_year(gain),
        shown(gain.bad_months),
    )  # fmt: skip
    if not covered:
        return row
    hours, worth = gain.cover_hours, gain.worth_of_an_hour
    return (*row, "" if hours is None else shown(hours), "" if worth is None else shown(worth))


def _bad_year(gain: Gain) -> str:
    """Return the change of the bad year; replications may be too few for its interval."""
    found = gain.bad_year
    return shown(found) if math.isfinite(found.low) else f"{found.value:,.0f} (no interval)"


def figure(found: Gains) -> Figure:
    """Return the figure: net gain above, change of the billable share below."""
    from matplotlib.ticker import MaxNLocator

    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(7.6, 6.4), dpi=120, layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    for series, colour in zip(found.series, _COLOURS * len(found.series), strict=False):
        _draw(above, found, series, "net", 1e-3, colour)
        _draw(below, found, series, "points", 1.0, colour)
        for crossing in found.crossings_of(series):
            above.axvline(
                crossing.value, color=colour, linewidth=0.9, linestyle="--",
                label=f"zero at {crossing.value:g}",
            )  # fmt: skip
    above.set_ylabel("net gain, thousand USD")
    handles = above.get_legend_handles_labels()[0]
    drawn.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    below.set_ylabel("billed more, of 100")
    below.set_xlabel(found.of)
    for axes in (above, below):
        axes.axhline(0.0, color="black", linewidth=0.8)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    if all(float(gain.at).is_integer() for gain in found.gains):
        below.xaxis.set_major_locator(MaxNLocator(integer=True))
    above.set_title(
        f"{found.scenario}: {found.title}, {counted(found.months, 'month')}\n"
        f"bands: {100.0 * found.level:g} % intervals",
        loc="left", fontsize=11,
    )  # fmt: skip
    return drawn


def _draw(axes: Axes, found: Gains, series: str, number: str, scale: float, colour: str) -> None:
    gains = found.of_series(series)
    at = [gain.at for gain in gains]
    values = [getattr(gain, number).times(scale) for gain in gains]
    axes.plot(at, [each.value for each in values], "o-", color=colour, label=series)
    axes.fill_between(
        at, [each.low for each in values], [each.high for each in values],
        color=colour, alpha=0.15, linewidth=0,
    )  # fmt: skip
