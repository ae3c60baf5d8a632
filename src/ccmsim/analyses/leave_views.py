"""How a leave plan looks: as text for a terminal, and as a figure.

Comes in: a `LeavePlan`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.factors import MEASURES
from ccmsim.analyses.leave_plan import Help, LeavePlan, LeaveStart
from ccmsim.wording import columns, counted, paragraph, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SAID: Final = {True: "pays", False: "does not pay", None: "cannot be told"}


def text(found: LeavePlan) -> str:
    """Return dates, help and work pulled forward as tables in plain text."""
    label = MEASURES[found.measure]
    rows: list[tuple[str, ...]] = [("from", "to", f"costs: {label}", "patient-months", "")]
    rows += [
        (
            f"{each.start:%a %d %b %Y}",
            f"{each.end:%d %b}",
            shown(each.cost),
            shown(each.patient_months),
            _verdict(found, each),
        )
        for each in found.starts
    ]
    span = f"{counted(found.months, 'month')} from {found.first_month}"
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    team = "" if found.long_absences else "; nobody quits or is away for long"
    lines = [
        f"{found.scenario}: a leave of {found.days} business days, group {found.group}, {span}",
        f"{how}; {100.0 * found.level:g} % intervals{team}",
        "",
        *columns(rows),
        "",
        *paragraph(answer(found)),
        "",
        f"While on leave from {found.best.start:%d %b %Y} (other random numbers)",
        "",
        *columns(_help_rows(found)),
        "",
        f"In {' and '.join(found.leave_months)}, against today's way",
        "",
        *columns(_forward_rows(found)),
        "",
        "This cannot say:",
    ]
    for words in found.cannot_say:
        lines += paragraph(words, bullet="- ")
    return "\n".join(lines)


def _verdict(found: LeavePlan, each: LeaveStart) -> str:
    if each is found.best:
        return "lowest mean"
    return "dearer" if each.surely_dearer else "not surely dearer"


def _help_rows(found: LeavePlan) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("help", "the leave costs", "less than today", "")]
    return rows + [
        (way.name, shown(way.cost), "", "")
        if way.saves is None
        else (way.name, shown(way.cost), shown(way.saves), _says(way))
        for way in found.help
    ]


def _says(way: Help) -> str:
    if way.name == "nobody helps":
        return {True: "help does not pay", False: "help pays", None: _SAID[None]}[way.pays]
    return _SAID[way.pays]


def _forward_rows(found: LeavePlan) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("pulled forward", "gains on leave", "gains without leave")]
    return rows + [
        (work.name, shown(work.gain), shown(work.without_leave)) for work in found.pulled_forward
    ]


def answer(found: LeavePlan) -> str:
    """Return what the dates say."""
    near = found.not_surely_dearer
    lowest = f"The lowest mean cost is that of {found.best.start:%d %b %Y}."
    if len(near) == len(found.starts):
        return f"{lowest} No date is surely dearer than the cheapest; more replications would tell."
    sure = f"With {100.0 * found.level:g} % the cheapest is one of these"
    return f"{lowest} {sure}: {', '.join(_runs(found))}."


def _runs(found: LeavePlan) -> list[str]:
    """Return the dates that are not surely dearer, those of weeks in a row in one phrase."""
    groups = groupby(found.starts, key=lambda each: each.surely_dearer)
    near = [list(run) for dear, run in groups if not dear]
    return [
        f"{run[0].start:%d %b}" + (f" to {run[-1].start:%d %b}" if len(run) > 1 else "")
        for run in near
    ]


def figure(found: LeavePlan) -> Figure:
    """Return the figure: cost by the date of the start, the cheap ones marked."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(8.6, 4.4), dpi=120, layout="constrained")
    axes = drawn.subplots()
    near = {each.start for each in found.not_surely_dearer}
    for dear, colour, label in (
        (True, "#b03a00", "surely dearer than the best"),
        (False, "#08306b", "not surely dearer"),
    ):
        shown = [each for each in found.starts if (each.start not in near) == dear]
        if shown:
            axes.errorbar(
                [each.start for each in shown],  # type: ignore[arg-type]
                [each.cost.value for each in shown],
                yerr=[
                    [each.cost.value - each.cost.low for each in shown],
                    [each.cost.high - each.cost.value for each in shown],
                ],
                fmt="o", color=colour, markersize=4, linewidth=1.0, label=label,
            )  # fmt: skip
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    )
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_ylabel(f"cost of the leave: {MEASURES[found.measure]}")
    years = sorted({each.start.year for each in found.starts})
    axes.set_xlabel(f"first day of the leave, {' and '.join(map(str, years))}")
    intervals = f"bars: {100.0 * found.level:g} % intervals"
    axes.set_title(f"{found.scenario}: {found.days} business days off; {intervals}", loc="left")
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return drawn
