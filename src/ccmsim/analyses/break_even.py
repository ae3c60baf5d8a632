"""Break-even: how many patients, or how many protected hours, make the mean net zero.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `BreakEven`. All its
simulations share their random numbers, so the net changes smoothly from value to value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import check_level
from ccmsim.analyses.runs import Runs
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.scenario.model import Scenario
from ccmsim.wording import counted

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

LABELS: Final = {
    "patients": "enrolled patients",
    "hours": "protected hours a week and seat",
}
"""What can be varied, and what tables and plots call it."""

_STEP: Final = {"patients": 1.0, "hours": 0.25}
_MOST: Final = 10
_GRID: Final = 12
_WITHOUT_GROWTH: Final = (
    "hours, or a panel that keeps its size: panel.medicare=none, enrollment=none and "
    "panel.replace_leavers=true"
)
Net = Callable[[int], Estimate]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where the mean net changes its sign.

    Parameters
    ----------
    value : float
        The last value on the side where the net is not negative, to one patient or a quarter hour.
    low, high : float
        Where the upper and the lower confidence limit of the net cross zero; infinite where they
        don't, up to the neighbouring crossings and within what was looked at.
    rising : bool
        Whether the net is not negative from the value on, rather than up to it.
    """

    value: float
    low: float
    high: float
    rising: bool


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where the mean net of a practice changes its sign.

    Parameters
    ----------
    scenario : str
        The scenario's name.
    of : str
        "patients" or "hours".
    present : float
        The scenario's own value.
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval.
    values : tuple of float
        What was simulated, ascending: from one step to ten times the present.
    nets : tuple of Estimate
        The total net of each, US dollars.
    crossings : tuple of Crossing
        In ascending order; empty where the net has one sign throughout.
    """

    scenario: str
    of: str
    present: float
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    values: tuple[float, ...]
    nets: tuple[Estimate, ...]
    crossings: tuple[Crossing, ...]

    def table(self) -> pd.DataFrame:
        """Return the total net of every simulated value: index `of`, one column a number.

        Examples
        --------
        >>> import ccmsim
        >>> found = break_even(ccmsim.load("perfect"), months=1, replications=2)
        >>> round(float(found.table().loc[75, "value"]), 2)
        2981.62
        """
        import pandas as pd

        index = pd.Index(self.values, name=self.of)
        return pd.DataFrame([net.as_dict() for net in self.nets], index=index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "of", "present", "months", "replications", "seed", "warmup_months", "level"
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "crossings": [
                {name: _plain(getattr(each, name)) for name in Crossing.__slots__}
                for each in self.crossings
            ],
            "nets": [
                {self.of: value} | {key: _plain(number) for key, number in net.as_dict().items()}
                for value, net in zip(self.values, self.nets, strict=True)
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the net by value with its interval, and where it crosses zero."""
        from ccmsim.plot import NotebookFigure

        drawn = NotebookFigure(figsize=(8.0, 4.5), dpi=120, layout="constrained")
        axes = drawn.subplots()
        low, middle, high = (
            [1e-3 * getattr(net, name) for net in self.nets] for name in ("low", "value", "high")
        )
        axes.fill_between(self.values, low, high, color="#7fb1d8", alpha=0.5, linewidth=0)
        axes.plot(self.values, middle, ".-", color="#08306b")
        axes.axhline(0.0, color="black", linewidth=0.8)
        axes.axvline(self.present, color="black", linewidth=0.8, linestyle=":", label="present")
        for each in self.crossings:
            axes.axvline(each.value, color="#b03a00", label=f"break-even: {each.value:,g}")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.set_xlabel(LABELS[self.of])
        axes.set_ylabel(f"Net in {counted(self.months, 'month')}, thousand USD")
        axes.set_title(f"{self.scenario}: break-even", loc="left")
        axes.legend(frameon=False)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        return drawn

    def __str__(self) -> str:
        head = (
            f"{self.scenario}: break-even in {counted(self.months, 'month')}, "
            f"{counted(self.replications, 'replication')}, seed {self.seed}; "
            f"{100.0 * self.level:g} % intervals"
        )
        present = f"{self.present:,g} {LABELS[self.of]} today"
        if not self.crossings:
            sign = "negative" if self.nets[0].value < 0.0 else "not negative"
            span = f"from {self.values[0]:,g} to {self.values[-1]:,g}"
            seen = f"the mean net is {sign} at all {len(self.values)} values"
            near = [
                f"{value:,g}"
                for value, net in zip(self.values, self.nets, strict=True)
                if net.low < 0.0 < net.high
            ]
            doubt = f"\nit may have the other sign at {', '.join(near)}" if near else ""
            return f"{head}\n{present}; no break-even seen:\n{seen} {span}{doubt}"
        lines = [
            f"{'from' if each.rising else 'up to'} {each.value:,g} {LABELS[self.of]} "
            f"({_end(each.low)} to {_end(each.high)}) the mean net is not negative"
            for each in self.crossings
        ]
        return "\n".join([head, present, *lines])


def break_even(
    scenario: Scenario,
    of: str = "patients",
    *,
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> BreakEven:
    """Find the panel, or the protected hours, at which the mean net is zero.

    A dozen values from one patient (a quarter hour) to ten times the present are simulated;
    wherever the mean net changes its sign between two of them, bisection goes on to one patient (a
    quarter hour). More hours can both earn and cost, so there may be several such values.

    Parameters
    ----------
    scenario : Scenario
    of : str
        "patients" (`panel.enrolled_at_start`), or "hours" (`hours_per_week` of every group).
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`, for each value; at least 2 replications. Progress is that of all
        simulations; how many the search takes shows on the way.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or the hours are no single number.

    Examples
    --------
    >>> import ccmsim
    >>> found = break_even(ccmsim.load("perfect"), months=1, replications=2)
    >>> found.crossings[0].value, found.crossings[0].rising
    (26.0, True)
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    if of not in LABELS:
        raise refuse("of", "cannot be varied", of, " or ".join(LABELS))
    if replications < 2:
        rule = "must be at least 2 for an interval"
        raise refuse("replications", rule, replications, "such as 100")
    check_level(level)

    present, most = (_patients if of == "patients" else _hours)(scenario)
    step = _STEP[of]
    grid = _grid(round(present / step), math.floor(most / step))
    with shown(progress, replications * len(grid)) as report:
        run = Runs(months, warmup_months, executor, workers, report, replications * len(grid))

        @cache
        def net(number: int) -> Estimate:
            run.whole = max(run.whole, run.done + replications)
            changed = _with(scenario, of, number * step)
            return mean(run.values("net_usd", changed, replications, seed), level=level)

        nets, crossings = tuple(map(net, grid)), crossings_of(net, grid, step)
    return BreakEven(
        scenario=scenario.name, of=of, present=present, months=months, replications=replications,
        seed=seed, warmup_months=warmup_months, level=level,
        values=tuple(number * step for number in grid), nets=nets, crossings=crossings,
    )  # fmt: skip


def _patients(scenario: Scenario) -> tuple[float, float]:
    if scenario.panel.medicare is not None:
        rule = "cannot be varied beside panel.medicare, whose patients enroll over time"
        raise refuse("panel.enrolled_at_start", rule, "patients", _WITHOUT_GROWTH)
    present = scenario.panel.enrolled_at_start
    if present < 1:
        raise refuse("panel.enrolled_at_start", "must be at least 1 here", present, "such as 75")
    return float(present), float(_MOST * present)


def _hours(scenario: Scenario) -> tuple[float, float]:
    """Return the hours of every group, and the most that fit in their days."""
    found = {group.hours_per_week for group in scenario.staff.values()}
    hours = next(iter(found))
    if len(found) > 1 or not hours:
        given = ", ".join(str(each) for each in sorted(found, key=str))
        raise refuse("staff", "must all have the same hours_per_week here", given, "such as 16")
    fits = min(24.0 * len(group.weekdays) for group in scenario.staff.values())
    return hours, min(_MOST * hours, fits)


def _with(scenario: Scenario, of: str, value: float) -> Scenario:
    if of == "patients":
        return scenario.but({"panel.enrolled_at_start": int(value)})
    return scenario.but({f"staff.{name}.hours_per_week": value for name in scenario.staff})


def _grid(present: int, most: int) -> tuple[int, ...]:
    """Return whole steps from 1 to the most, in about equal ratios, with the present."""
    numbers = np.rint(np.geomspace(1.0, most, _GRID)).astype(int).tolist()
    return tuple(sorted({*numbers, max(1, present)}))


def _sign(value: float) -> bool:
    return value >= 0.0


def crossings_of(net: Net, grid: tuple[int, ...], step: float) -> tuple[Crossing, ...]:
    """Return where the mean net of whole steps changes its sign, and where its limits do.

    Examples
    --------
    >>> def net(number):
    ...     return Estimate(number - 4.5, 1.0, number - 6.5, number - 2.5, 0.95, 20, "by hand")
    >>> crossings_of(net, (1, 4, 9), 1.0)
    (Crossing(value=5.0, low=3.0, high=7.0, rising=True),)
    """
    signs = [_sign(net(number).value) for number in grid]
    changes = [i for i in range(len(grid) - 1) if signs[i] != signs[i + 1]]
    ends = [-1, *changes, len(grid) - 1]
    return tuple(_crossing(net, grid, ends[k : k + 3], step) for k in range(len(changes)))


def _crossing(net: Net, grid: tuple[int, ...], ends: list[int], step: float) -> Crossing:
    """Return the crossing after grid value ends[1]; its neighbours are after ends[0], ends[2]."""
    before, here, after = ends
    rising = net(grid[here]).value < 0.0
    value = _bisected(lambda number: _sign(net(number).value), grid[here], grid[here + 1])
    first, second = ("high", "low") if rising else ("low", "high")
    below = _below(
        lambda number: _sign(getattr(net(number), first)), grid[before + 1 : here + 2], rising
    )
    above = _above(
        lambda number: _sign(getattr(net(number), second)), grid[here : after + 1], rising
    )
    return Crossing(value[int(rising)] * step, below * step, above * step, rising)


def _bisected(sign: Callable[[int], bool], left: int, right: int) -> tuple[int, int]:
    """Return neighbours between which the sign changes."""
    at_left = sign(left)
    while right - left > 1:
        middle = (left + right) // 2
        if sign(middle) == at_left:
            left = middle
        else:
            right = middle
    return left, right


def _below(sign: Callable[[int], bool], grid: tuple[int, ...], rising: bool) -> float:
    """Return where a limit of the net crosses zero, looking down from the last value but one."""
    for k in range(len(grid) - 2, -1, -1):
        if sign(grid[k]) != rising:
            return _bisected(sign, grid[k], grid[k + 1])[int(rising)]
    return -math.inf


def _above(sign: Callable[[int], bool], grid: tuple[int, ...], rising: bool) -> float:
    """Return where a limit of the net crosses zero, looking up from the second value."""
    for k in range(1, len(grid)):
        if sign(grid[k]) == rising:
            return _bisected(sign, grid[k - 1], grid[k])[int(rising)]
    return math.inf


def _end(value: float) -> str:
    return "no end" if math.isinf(value) else f"{value:,g}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
