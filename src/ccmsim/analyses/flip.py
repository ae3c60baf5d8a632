"""Flip maps: over two factors, where one scenario is better than another, and where that flips.

Comes in: two scenarios, two factors with ranges, the settings of `simulate`. Goes out: a frozen
`FlipMap`. Equal seeds pair the replications at every point of the grid.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal

from ccmsim.analyses.factors import (
    check_level,
    check_measure,
    difference,
    furthest,
    part_of,
    plain_estimate,
    table_of,
    values_of,
)
from ccmsim.analyses.flip_axes import AxisLike, at_point, problems_of, spread
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import InputError, refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.signs import first_crossing, share_above, share_below
from ccmsim.estimation.together import level_of_each
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.arrays import Floats
    from ccmsim.montecarlo import Progress

FIRST, SECOND, UNCERTAIN = "first", "second", "uncertain"
MOST_POINTS: Final = 101

_MOVED: Final = {"both": (FIRST, SECOND), FIRST: (FIRST,), SECOND: (SECOND,)}


@dataclass(frozen=True, slots=True)
class Axis:
    """A factor of the map and its grid."""

    factor: str
    points: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FlipMap:
    """Where the first scenario is better than the second.

    Parameters
    ----------
    first, second : str
        The scenarios' names.
    measure : str
    x, y : Axis
    months, replications, seed, warmup_months : int
    level : float
        Of the whole map: with this probability no certain point is wrong, as far as the
        replications show what happens (see `flip_map`).
    differences : tuple of tuple of Estimate
        First less second, by y and then x, each at the level that the whole map's needs.
    """

    first: str
    second: str
    measure: str
    x: Axis
    y: Axis
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    differences: tuple[tuple[Estimate, ...], ...]

    def verdicts(self) -> list[list[str]]:
        """Return who is better at each point, by y and then x: "first", "second" or "uncertain"."""
        return [[_verdict(estimate) for estimate in row] for row in self.differences]

    @property
    def shares(self) -> dict[str, Estimate]:
        """The share of the grid's points at which each is better, "first" and "second".

        It lies between the share of points where that is sure and those with the open ones; both
        intervals, and all points, hold at once at `level`.
        """
        points = [estimate for row in self.differences for estimate in row]
        return {
            FIRST: share_above(points, level=self.level),
            SECOND: share_below(points, level=self.level),
        }

    def crossings(self) -> dict[float, Estimate | None]:
        """Return where the difference is first 0 along x, by y; None where its values never are.

        Between two points of the grid it is taken to be straight. The intervals hold at once, with
        all points, at `level`; an end is infinite where the difference may have one sign.
        """
        return {
            y: first_crossing(self.x.points, row, level=self.level)
            for y, row in zip(self.y.points, self.differences, strict=True)
        }

    def table(self, of: str = "points") -> pd.DataFrame:
        """Return estimates as rows.

        Parameters
        ----------
        of : {"points", "shares", "crossings"}
            Of every point, index (y, x), named by the factors, with a column verdict before the
            others; of `shares`, index better; or of `crossings`, index y, those that there are.

        Returns
        -------
        pandas.DataFrame
            Columns value, standard_error, low, high, level, replications and method.

        Raises
        ------
        ccmsim.errors.InputError
            When there is no such table.
        """
        import pandas as pd

        if of == "shares":
            return table_of({(name,): one for name, one in self.shares.items()}, ["better"])
        if of == "crossings":
            there = {(y,): one for y, one in self.crossings().items() if one is not None}
            return table_of(there, [self.y.factor])
        if of != "points":
            raise refuse("of", "is no table here", of, "points, shares or crossings")
        keys = [(y, x) for y, x in product(self.y.points, self.x.points)]
        values = [
            {"verdict": _verdict(estimate), **estimate.as_dict()}
            for row in self.differences
            for estimate in row
        ]
        names = [self.y.factor, self.x.factor]
        return pd.DataFrame(values, index=pd.MultiIndex.from_tuples(keys, names=names))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "first", "second", "measure", "months", "replications", "seed", "warmup_months",
            "level",
        )  # fmt: skip
        axes = {
            name: {"factor": axis.factor, "points": list(axis.points)}
            for name, axis in (("x", self.x), ("y", self.y))
        }
        points = [
            [{"verdict": _verdict(e), **plain_estimate(e)} for e in row] for row in self.differences
        ]
        head = {name: getattr(self, name) for name in names}
        shares = {name: plain_estimate(one) for name, one in self.shares.items()}
        crossings = [
            {"y": y, "x": one and plain_estimate(one)} for y, one in self.crossings().items()
        ]
        return head | axes | {"shares": shares, "crossings": crossings, "differences": points}

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return the map: who is better, by how much, and where nobody can tell."""
        from ccmsim.analyses.flip_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.flip_views import text

        return text(self)


def flip_map(
    first: Scenario,
    second: Scenario,
    x: AxisLike,
    y: AxisLike,
    *,
    move: Literal["both", "first", "second"] = "both",
    points: int = 7,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 50,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> FlipMap:
    """Map over two factors where the first scenario beats the second.

    Both scenarios are simulated at every point of a grid with common random numbers. A point is
    certain if the interval of the paired difference excludes 0; intervals are widened for the
    number of points (Bonferroni), so that `level` holds for the whole map. What is left is the
    uncertain band: more replications make it narrower. Of a factor in whole numbers the grid has
    those that there are from the low to the high end.

    Where few differences are not the usual one, no spread is believed: the interval is the usual
    difference and what those seen, and those that were not, may move it, by no more than all that
    could be billed (`ccmsim.estimation.rare.allowing_difference`). What happens beneath other luck
    in fewer than about 7 / n of n replications (49 points at 0.95) may be missed.

    Parameters
    ----------
    first, second : Scenario
    x, y : tuple of (path, low, high)
        Dotted paths; of a distribution the mean is moved. `*` stands for any name, as in
        "staff.*.hours_per_week". Where both are moved, one may lack the path, and stays as it is.
    move : {"both", "first", "second"}
        Which scenario the factors belong to; the other stays as it is.
    points : int
        Of the grid along each axis, 2 to 101; fewer where there are fewer whole numbers.
    measure : str
        One of `ccmsim.analyses.factors.MEASURES`; more is better.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; progress is that of all simulations.
    level : float
        Of the whole map.

    Returns
    -------
    FlipMap

    Raises
    ------
    ccmsim.errors.InputError
        When no scenario has a factor, or a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> few = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> many = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})
    >>> found = flip_map(
    ...     many,
    ...     few,
    ...     ("staff.*.hours_per_week", 2, 8),
    ...     ("contact.answer_probability", 0.3, 0.6),
    ...     points=2,
    ...     months=1,
    ...     replications=5,
    ...     seed=7,
    ... )
    >>> len(found.verdicts()), found.x.points
    (2, (2.0, 8.0))
    """
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    for scenario in (first, second):
        check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    if move not in _MOVED:
        raise refuse("move", "is not known", move, ", ".join(_MOVED))
    moving = [
        scenario for scenario, name in ((first, FIRST), (second, SECOND)) if name in _MOVED[move]
    ]
    problems = whole(points, "points", 2, MOST_POINTS, "7")
    problems += [p for name, axis in (("x", x), ("y", y)) for p in problems_of(name, axis, *moving)]
    if problems:
        raise InputError(problems)
    if x[0] == y[0]:
        raise refuse("y", "must be another factor than x", y[0], "a second path")
    across, up = (Axis(axis[0], spread(axis, points, moving)) for axis in (x, y))
    grid = list(product(up.points, across.points))
    each, all_of_them = level_of_each(level, len(grid)), 2 * len(grid) * replications
    found: list[Estimate] = []
    known: dict[str, tuple[Floats, float]] = {}

    def values(scenario: Scenario, report: Progress, before: int) -> tuple[Floats, float]:
        """Return the measure of a scenario, simulated once, and how far it can be set apart."""
        if scenario.fingerprint not in known:
            results = simulate(
                scenario,
                months=months,
                replications=replications,
                seed=seed,
                warmup_months=warmup_months,
                executor=executor,
                workers=workers,
                progress=part_of(report, before, all_of_them),
            )
            known[scenario.fingerprint] = values_of(results, measure), furthest(results, measure)
        return known[scenario.fingerprint]

    with shown(progress, all_of_them) as report:
        for i, (up_value, across_value) in enumerate(grid):
            here = {across.factor: across_value, up.factor: up_value}
            a, b = (
                at_point(scenario, here) if name in _MOVED[move] else scenario
                for scenario, name in ((first, FIRST), (second, SECOND))
            )
            one = values(a, report, 2 * i * replications)
            other = values(b, report, (2 * i + 1) * replications)
            most = max(one[1], other[1]) or math.inf
            found.append(difference(one[0], other[0], (a, b), level=each, most=most))
    return FlipMap(
        first=first.name,
        second=second.name,
        measure=measure,
        x=across,
        y=up,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        differences=tuple(
            tuple(found[k : k + len(across.points)])
            for k in range(0, len(found), len(across.points))
        ),
    )


def _verdict(difference: Estimate) -> str:
    if difference.low > 0.0:
        return FIRST
    return SECOND if difference.high < 0.0 else UNCERTAIN
