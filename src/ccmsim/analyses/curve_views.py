"""How a staffing curve looks: as text for a terminal, and as a figure.

Comes in: a `StaffingCurve`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.curve import StaffingCurve
from ccmsim.analyses.factors import MEASURES
from ccmsim.wording import cell, columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: StaffingCurve) -> str:
    """Return the curve as a table in plain text, and what it says in sentences."""
    label = MEASURES[found.measure]
    wanted = f"months with {100.0 * found.share:g} %, %"
    rows: list[tuple[str, ...]] = [
        ("hours", "patients/FTE", "billed, %", "nobody away, %", wanted, label, "worth of an hour")
    ]
    for point in found.curve:
        worth = point.worth_of_an_hour
        rows.append(
            (
                f"{point.hours:g}",
                f"{found.patients_per_full_time(point.hours):.0f}",
                cell(point.points),
                cell(point.undisturbed),
                cell(point.months_met.times(100.0)),
                cell(point.measure),
                "" if worth is None else cell(worth),
            )
        )
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    who = f"each of {found.coordinators} ({found.group})"
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    return "\n".join(
        [
            f"{found.scenario}: hours a week of {who}, {span}",
            f"{how}; {100.0 * found.level:g} % intervals",
            "",
            *columns(rows),
            "",
            *paragraph(answer(found)),
        ]
    )


def answer(found: StaffingCurve) -> str:
    """Return what the curve says."""
    service = f"{100.0 * found.share:g} % billed in {100.0 * found.months_share:g} % of the months"
    label = MEASURES[found.measure]
    best = f"The highest mean ({label}) of these is at {found.best_hours:g} hours each."
    if (needed := found.hours_needed) is None:
        return f"None of these amounts surely gives {service}. {best}"
    patients = found.patients_per_full_time(needed)
    return (
        f"{needed:g} hours each give {service}: {patients:.0f} patients per full-time equivalent. "
        f"{best}"
    )


def figure(found: StaffingCurve) -> Figure:
    """Return the figure: billable share above, the measure below, against hours."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(7.6, 6.4), dpi=120, layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    hours = [point.hours for point in found.curve]
    for name, label, colour in (
        ("undisturbed", "nobody ever away", "#7fb1d8"),
        ("points", "as it is", "#08306b"),
    ):
        shown = [getattr(point, name) for point in found.curve]
        above.plot(hours, [each.value for each in shown], "o-", color=colour, label=label)
        above.fill_between(
            hours, [each.low for each in shown], [each.high for each in shown],
            color=colour, alpha=0.2, linewidth=0,
        )  # fmt: skip
    above.axhline(100.0 * found.share, color="black", linewidth=0.8, linestyle=":")
    above.set_ylabel("billable share, %")
    above.set_ylim(0.0, 100.0)
    above.legend(frameon=False, loc="lower right")
    scale = 1e-3 if found.measure.endswith("_usd") else 1.0
    measured = [point.measure.times(scale) for point in found.curve]
    below.plot(hours, [each.value for each in measured], "o-", color="#08306b")
    below.fill_between(
        hours, [each.low for each in measured], [each.high for each in measured],
        color="#08306b", alpha=0.2, linewidth=0,
    )  # fmt: skip
    below.set_ylabel(MEASURES[found.measure].replace("USD", "thousand USD"))
    below.set_xlabel("protected hours a week of each coordinator")
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    bands = f"bands: {100.0 * found.level:g} % intervals"
    above.set_title(f"{found.scenario}, {counted(found.months, 'month')}; {bands}", loc="left")
    return drawn
