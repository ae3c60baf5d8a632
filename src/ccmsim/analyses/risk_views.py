"""How risk looks: as text for a terminal, and as a figure.

Comes in: a `Risk`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.attribution import OBSTACLES
from ccmsim.analyses.labelling import legend_above
from ccmsim.analyses.losses import MISSED
from ccmsim.analyses.risk import MEASURES, NUMBERS, PROJECTION, Risk
from ccmsim.analyses.risk_numbers import ENOUGH_WORST
from ccmsim.estimation.tails import small_tail
from ccmsim.frozen import FrozenMapping
from ccmsim.measures import TAIL_SHARE
from ccmsim.wording import cell, columns, counted, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.estimation import Estimate

_QUANTILES: Final = {"p1": "1 in 100", "p5": "1 in 20", "p50": "half", "p95": "19 in 20"}
_HEADS: Final = {
    "frequency": "months struck",
    "severity_minutes": "in such a month",
    "minutes": "a month",
    "tail_minutes": "in the worst 5 %",
    "excess_minutes": "excess",
}
SEVERITY_HEADS: Final = {
    "years_share": "years with it",
    "severity_usd": "in such a year, USD",
    "severity_p50_usd": "half at most",
    "severity_p95_usd": "19 in 20 at most",
}
"""How often an obstacle costs something, and how much then."""

TAIL_HEADS: Final = {
    "loss_usd": "a year, USD",
    "tail_usd": "in the worst 5 %",
    "excess_usd": "excess",
    "tail_share": "part of the worst",
}
"""What it costs in all years, and in the worst."""

LABELS: Final = {**OBSTACLES, MISSED: "all of it"}
"""What a table calls obstacles."""

_YEARS: Final = ("all years", "worst 5 %")


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
    if few := few_in_tail(found):
        lines += ["", few]
    names = causes(found)
    if names:
        lines += ["", *_table("minutes lost to", _HEADS, found.causes, names)]
    else:
        lines += ["", "No cause took time from coordinators."]
    blocked = [*obstacles(found), MISSED]
    if found.losses:
        for heads in (SEVERITY_HEADS, TAIL_HEADS):
            title = "missed months, by obstacle"
            lines += ["", *_table(title, heads, found.losses, blocked, LABELS)]
    if few := few_of_causes(found):
        lines += ["", few]
    if found.losses:
        lines += ["", f"By obstacle: {WHAT_LOSSES_ARE}"]
    return "\n".join(lines)


WHAT_LOSSES_ARE: Final = (
    "the base code of missed patient-months, split by what stood in their way; it describes.\n"
    "What would be billed without an obstacle is told by ccmsim erosion."
)
"""What a reader has to know of losses."""


def _table(
    title: str,
    heads: Mapping[str, str],
    numbers: Mapping[tuple[str, str], Estimate],
    names: Sequence[str],
    labels: Mapping[str, str] = FrozenMapping({}),
) -> list[str]:
    """Return a line for each name, with the numbers that it has."""
    rows = [(title, *heads.values())]
    for name in names:
        told = (numbers.get((name, number)) for number in heads)
        rows.append((labels.get(name, name), *("" if one is None else shown(one) for one in told)))
    return columns(rows)


def few_in_tail(found: Risk) -> str:
    """Say what the mean of the worst years rests on, where these are few; else nothing."""
    few = small_tail(found.replications, TAIL_SHARE)
    return f"Worst 5 % of years: {few}." if few else ""


def few_of_causes(found: Risk) -> str:
    """Say that intervals of causes in few worst years may cover less than stated; else nothing."""
    worst = found.replications * TAIL_SHARE
    if worst >= ENOUGH_WORST or not (found.causes or found.losses):
        return ""
    enough = math.ceil(ENOUGH_WORST / TAIL_SHARE - 1e-9)
    return (
        f"With {worst:.3g} worst years the intervals of causes may cover less than stated, above\n"
        f"all where a cause strikes seldom; {counted(enough, 'replication')} would do."
    )


def causes(found: Risk) -> list[str]:
    """Return the causes that struck, the one that the worst years have most too much of first."""
    return _by_excess(found.causes, "excess_minutes")


def obstacles(found: Risk) -> list[str]:
    """Return the obstacles that cost something, in the same order."""
    return [name for name in _by_excess(found.losses, "excess_usd") if name != MISSED]


def _by_excess(numbers: Mapping[tuple[str, str], Estimate], excess: str) -> list[str]:
    names = {name for name, _ in numbers}
    return sorted(names, key=lambda name: (-numbers[name, excess].value, name))


def figure(found: Risk) -> Figure:
    """Return the figure: quantiles beside the plan, then hours and dollars of all and bad years."""
    from ccmsim.plot import NotebookFigure

    struck, lost = causes(found)[::-1], obstacles(found)[::-1]
    height = max(4.2, 1.4 + 0.36 * len(lost))
    drawn = NotebookFigure(figsize=(15.6 if lost else 9.6, height), dpi=120, layout="constrained")
    left, *others = drawn.subplots(1, 3 if lost else 2)
    _quantiles(left, found)
    hours = [
        [found.causes[cause, name].times(1.0 / 60.0) for name in ("minutes", "tail_minutes")]
        for cause in struck
    ]
    _pairs(others[0], [name.replace("_", " ") for name in struck], hours)
    others[0].set_xlabel("Hours lost a month")
    others[0].set_title("What the worst years share", loc="left")
    if lost:
        usd = [
            [found.losses[name, number].times(1e-3) for number in ("loss_usd", "tail_usd")]
            for name in lost
        ]
        _pairs(others[1], [LABELS[name] for name in lost], usd)
        others[1].set_xlabel(f"Missed in {counted(found.months, 'month')}, thousand USD")
        others[1].set_title("What stood in the way of missed months", loc="left")
    for axes in (left, *others):
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        legend_above(axes, axes.get_title(loc="left"))
    drawn.suptitle(f"{found.scenario}, {counted(found.months, 'month')}", x=0.01, ha="left")
    return drawn


def _quantiles(left: Axes, found: Risk) -> None:
    """Draw where years lie, beside the plan."""
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


def _pairs(axes: Axes, names: Sequence[str], numbers: Sequence[Sequence[Estimate]]) -> None:
    """Draw two bars for each name, of all years and of the worst, with intervals."""
    for k, pair in enumerate(numbers):
        for shift, colour, label, one in zip(
            (0.2, -0.2), ("#7fb1d8", "#08306b"), _YEARS, pair, strict=True
        ):
            arms = [[one.value - one.low], [one.high - one.value]]
            legend = label if k == 0 else None
            axes.barh(k + shift, one.value, 0.36, xerr=arms, color=colour, label=legend)
    axes.set_yticks(range(len(names)), names)
