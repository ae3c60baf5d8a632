"""How panel sizes look: as text for a terminal, and as a figure.

Comes in: `PanelSizes`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.panel import PanelSizes
from ccmsim.wording import cell, columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ccmsim.analyses.break_even import Crossing


def text(found: PanelSizes) -> str:
    """Return the panels as a table in plain text, and what they say in sentences."""
    wanted = f"months with {100.0 * found.share:g} %, %"
    rows: list[tuple[str, ...]] = [
        ("patients", "a coordinator", "a full-time", "net, USD", "billed, %", wanted)
    ]
    rows += [
        (
            f"{point.patients:,}",
            f"{found.per_coordinator(point.patients):.0f}",
            f"{found.per_full_time(point.patients):.0f}",
            cell(point.net),
            cell(point.points),
            cell(point.months_met.times(100.0)),
        )
        for point in found.points
    ]
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    who = f"{found.coordinators} coordinators, {found.full_time:g} full-time equivalents"
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    return "\n".join(
        [
            f"{found.scenario}: how many patients, {span}; {who}",
            f"{how}; {100.0 * found.level:g} % intervals, each by itself",
            "",
            *columns(rows),
            "",
            *(line for answer in answers(found) for line in paragraph(answer)),
        ]
    )


def answers(found: PanelSizes) -> tuple[str, str]:
    """Return what the panels say: who pays for the team, and whom it can serve."""
    pays = "The mean net has one sign, or falls, over all of these panels."
    if (even := found.break_even) is not None:
        pays = (
            f"The team pays for itself from {even.value:g} patients ({_ends(even)}): "
            f"{found.per_coordinator(even.value):.0f} a coordinator."
        )
    service = f"{100.0 * found.share:g} % billed in {100.0 * found.months_share:g} % of the months"
    if (most := found.largest) is not None:
        return pays, (
            f"It gives {service} up to {most.value:g} patients ({_ends(most)}): "
            f"{found.per_coordinator(most.value):.0f} a coordinator, "
            f"{found.per_full_time(most.value):.0f} a full-time equivalent."
        )
    if found.always:
        return pays, f"It gives {service} at the most patients that were tried, too."
    return pays, f"None of these panels has {service}."


def _ends(crossing: Crossing) -> str:
    return " to ".join(
        "no end" if abs(end) == float("inf") else f"{end:g}"
        for end in (crossing.low, crossing.high)
    )


def figure(found: PanelSizes) -> Figure:
    """Return the figure: months with the wanted service above, the net below."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(7.6, 6.4), dpi=120, layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True)
    patients = [point.patients for point in found.points]
    for axes, name, scale, crossing in (
        (above, "months_met", 100.0, found.largest), (below, "net", 1e-3, found.break_even),
    ):  # fmt: skip
        values = [getattr(point, name).times(scale) for point in found.points]
        axes.plot(patients, [each.value for each in values], "o-", color="#08306b")
        axes.fill_between(
            patients, [each.low for each in values], [each.high for each in values],
            color="#08306b", alpha=0.2, linewidth=0,
        )  # fmt: skip
        if crossing is not None:
            axes.axvline(crossing.value, color="#b03a00", label=f"{crossing.value:g} patients")
            axes.axvspan(
                max(crossing.low, patients[0]), min(crossing.high, patients[-1]),
                color="#b03a00", alpha=0.15, linewidth=0,
            )  # fmt: skip
            axes.legend(frameon=False)
        axes.axvline(found.present, color="black", linewidth=0.8, linestyle=":")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    above.axhline(100.0 * found.months_share, color="black", linewidth=0.8)
    above.set_ylabel(f"months with {100.0 * found.share:g} % billed, %")
    below.axhline(0.0, color="black", linewidth=0.8)
    below.set_ylabel("net, thousand USD")
    below.set_xlabel("patients enrolled (dotted: today)")
    bands = f"bands: {100.0 * found.level:g} % intervals"
    above.set_title(
        f"{found.scenario}: how many patients, {counted(found.months, 'month')}; {bands}",
        loc="left",
    )
    return drawn
