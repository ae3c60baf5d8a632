"""How a check of capacity looks: as text for a terminal, and as a figure.

Comes in: a `CapacityCheck`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.analyses.capacity_check import NEAR, CapacityCheck
from ccmsim.wording import cell, columns, counted, paragraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text(found: CapacityCheck) -> str:
    """Return the loads as a table in plain text, and where the closed form fails."""
    rows: list[tuple[str, ...]] = [
        ("patients", "load", "months alike, %", "months vary, %", "simulated, %", "apart, points")
    ]
    rows += [
        (
            f"{each.patients:,}", f"{each.load:.2f}", f"{each.fluid:.1f}", f"{each.random:.1f}",
            cell(each.simulated), f"{each.apart:+.1f}",
        )
        for each in found.loads
    ]  # fmt: skip
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    return "\n".join(
        [
            f"{found.scenario}: the billable share in closed form and simulated, {span}",
            f"{how}; {100.0 * found.level:g} % intervals, each by itself",
            "",
            *columns(rows),
            "",
            *(line for answer in answers(found) for line in paragraph(answer)),
        ]
    )


def answers(found: CapacityCheck) -> tuple[str, str]:
    """Return what the closed form knows, and where it fails."""
    known = found.capacity
    asked = known.request_minutes + known.outreach_minutes
    what = (
        f"A patient asks for {asked:.1f} minutes of coordinators a month; they have "
        f"{known.on_duty_minutes:,.0f}: enough for {known.on_duty_minutes / asked:.0f} patients."
    )
    if not found.far:
        return what, f"Nowhere here does the closed form surely lie more than {NEAR:g} points off."
    where = ", ".join(f"{each.patients:,} ({each.apart:+.1f})" for each in found.far)
    return what, f"It surely lies more than {NEAR:g} points off at these patients: {where}."


def figure(found: CapacityCheck) -> Figure:
    """Return the figure: both closed forms and the simulated share over the load."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(7.6, 4.6), dpi=120, layout="constrained")
    axes = drawn.subplots()
    fewest, most = (found.loads[end].patients for end in (0, -1))
    many = [fewest + (most - fewest) * step / 200.0 for step in range(201)]
    for name, style, label in (
        ("fluid_share", ":", "closed form, months alike"),
        ("random_share", "-", "closed form, months vary"),
    ):
        share = getattr(found.capacity, name)
        axes.plot(
            [found.capacity.load(number) for number in many],
            [100.0 * share(number) for number in many],
            style, color="#b03a00", label=label,
        )  # fmt: skip
    middle = [each.simulated.value for each in found.loads]
    axes.errorbar(
        [each.load for each in found.loads],
        middle,
        yerr=[
            [each.simulated.value - each.simulated.low for each in found.loads],
            [each.simulated.high - each.simulated.value for each in found.loads],
        ],
        fmt="o", color="#08306b", label="simulated",
    )  # fmt: skip
    axes.set_ylim(0.0, 100.0)
    axes.set_xlabel("load: minutes asked for over minutes on duty")
    axes.set_ylabel("billable share, %")
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    bars = f"bars: {100.0 * found.level:g} % intervals"
    axes.set_title(f"{found.scenario}, {counted(found.months, 'month')}; {bars}", loc="left")
    return drawn
