"""How risk looks: as text for a terminal, and as a figure.

Comes in: a `Risk`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.risk import MEASURES, NUMBERS, PROJECTION, Risk
from ccmsim.analyses.risk_numbers import ENOUGH_WORST
from ccmsim.estimation.tails import small_tail
from ccmsim.measures import TAIL_SHARE
from ccmsim.wording import cell, columns, counted, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_QUANTILES: Final = {"p1": "1 in 100", "p5": "1 in 20", "p50": "half", "p95": "19 in 20"}
_HEADS: Final = {
    "frequency": "months struck",
    "severity_minutes": "in such a month",
    "minutes": "a month",
    "tail_minutes": "in the worst 5 %",
    "excess_minutes": "excess",
}
_YEARS: Final = {"minutes": "all years", "tail_minutes": "worst 5 %"}


def text(found: Risk) -> str:
    """Return the numbers and the causes as tables in plain text."""
    percent = f"{100.0 * found.level:g} %"
    plan = "the projection" if found.plan == PROJECTION else f"{found.plan:,.0f} USD"
    span = counted(found.months, "month")
    lines = [
        f"{found.scenario}: risk of {MEASURES[found.measure]} over {span}",
        f"{counted(found.replications, 'replication')}, seed {found.seed}; {percent} intervals",
        f"Plan: {plan}; level of a month: {found.floor:,.0f} USD",
        "",
    ]
    width = max(map(len, NUMBERS.values()))
    lines += [
        f"{NUMBERS[name].ljust(width)}  {cell(number)}" for name, number in found.numbers.items()
    ]
    if few := small_tail(found.replications, TAIL_SHARE):
        lines += ["", f"Worst 5 % of years: {few}."]
    names = causes(found)
    if not names:
        return "\n".join([*lines, "", "No cause took time from coordinators."])
    rows = [("minutes lost to", *_HEADS.values())]
    rows += [(cause, *(shown(found.causes[cause, name]) for name in _HEADS)) for cause in names]
    return "\n".join([*lines, "", *columns(rows), *_of_few(found)])


def _of_few(found: Risk) -> list[str]:
    """Say that intervals of causes in few worst years may cover less than stated."""
    worst = found.replications * TAIL_SHARE
    if worst >= ENOUGH_WORST:
        return []
    enough = math.ceil(ENOUGH_WORST / TAIL_SHARE - 1e-9)
    return [
        "",
        f"With {worst:.3g} worst years the intervals of causes may cover less than stated, above",
        f"all where a cause strikes seldom; {counted(enough, 'replication')} would do.",
    ]


def causes(found: Risk) -> list[str]:
    """Return the causes that struck, the one that the worst years have most too much of first."""
    names = {cause for cause, _ in found.causes}
    return sorted(names, key=lambda cause: (-found.causes[cause, "excess_minutes"].value, cause))


def figure(found: Risk) -> Figure:
    """Return the figure: quantiles beside the plan, and lost minutes of all and of bad years."""
    from ccmsim.plot import NotebookFigure

    drawn = NotebookFigure(figsize=(9.6, 4.2), dpi=120, layout="constrained")
    left, right = drawn.subplots(1, 2)
    for k, name in enumerate(_QUANTILES):
        number = found.numbers[name]
        ends = [1e-3 * (number.value - number.low), 1e-3 * (number.high - number.value)]
        arms = [[end] if end < float("inf") else [0.0] for end in ends]
        left.errorbar(1e-3 * number.value, k, xerr=arms, fmt="o", color="#08306b", capsize=3)
    for name, colour, label in (
        ("plan", "#b03a00", "plan"),
        ("mean", "#7fb1d8", "mean"),
        ("expected_shortfall", "black", "mean of the worst 5 %"),
    ):
        left.axvline(1e-3 * found.numbers[name].value, color=colour, linestyle="--", label=label)
    left.set_yticks(range(len(_QUANTILES)), list(_QUANTILES.values()))
    left.set_xlabel(f"{MEASURES[found.measure].capitalize()}, thousand USD")
    left.set_title("So many years are at most", loc="left")
    names = causes(found)[::-1]
    for k, cause in enumerate(names):
        for shift, name, colour in ((0.2, "minutes", "#7fb1d8"), (-0.2, "tail_minutes", "#08306b")):
            hours = found.causes[cause, name].times(1.0 / 60.0)
            arms = [[hours.value - hours.low], [hours.high - hours.value]]
            legend = _YEARS[name] if k == 0 else None
            right.barh(k + shift, hours.value, 0.36, xerr=arms, color=colour, label=legend)
    right.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    right.set_xlabel("Hours lost a month")
    right.set_title("What the worst years share", loc="left")
    for axes in (left, right):
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize="small")
    drawn.suptitle(f"{found.scenario}, {counted(found.months, 'month')}", x=0.01, ha="left")
    return drawn
