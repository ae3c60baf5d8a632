"""The axes of a flip map: which values of a scenario they move, over which points.

Comes in: a path or a pattern with two ends, the scenarios that it moves. Goes out: points,
scenarios at a point, or what is wrong with an axis. Simulates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np

from ccmsim.analyses.factors import moved, number_at
from ccmsim.errors import InputError, Problem
from ccmsim.scenario.changing import paths
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import at

AxisLike = tuple[str, float, float]
"""A dotted path (`*` stands for any name), the low and the high end."""


def _matching(scenario: Scenario, pattern: str) -> list[str]:
    """Return the paths of a scenario that a pattern means."""
    return [path for path in paths(scenario) if fnmatchcase(path, pattern)]


def at_point(scenario: Scenario, values: dict[str, float]) -> Scenario:
    """Return the scenario with the factors that it has moved."""
    for pattern, value in values.items():
        for path in _matching(scenario, pattern):
            scenario = moved(scenario, path, value)
    return scenario


def spread(axis: AxisLike, points: int, moving: list[Scenario]) -> tuple[float, ...]:
    """Return the points of an axis, evenly spread; of whole numbers those that are there, once."""
    even = np.linspace(*_ends(axis, moving), points)
    if _is_whole(axis[0], moving):
        even = np.unique(np.rint(even))
    return tuple(even.tolist())


def _ends(axis: AxisLike, moving: Sequence[Scenario]) -> tuple[float, float]:
    """Return the ends of an axis; of whole numbers the first and the last that lie within it."""
    path, low, high = axis
    if _is_whole(path, moving):
        return float(np.ceil(low)), float(np.floor(high))
    return float(low), float(high)


def _is_whole(pattern: str, scenarios: Sequence[Scenario]) -> bool:
    """Return whether all that a pattern means are whole numbers."""
    return all(isinstance(at(s, path), int) for s in scenarios for path in _matching(s, pattern))


def problems_of(name: str, axis: AxisLike, *scenarios: Scenario) -> list[Problem]:
    """Return what is wrong with an axis; both its ends are tried."""
    try:
        path, low, high = str(axis[0]), float(axis[1]), float(axis[2])
    except (TypeError, ValueError, IndexError):
        valid = 'such as ("contact.answer_probability", 0.3, 0.6)'
        return [Problem(name, "must be a path, a low and a high value", axis, valid)]
    if not -math.inf < low < high < math.inf:
        return [Problem(path, "must have low below high, both finite", (low, high), "(low, high)")]
    matching = [(scenario, found) for scenario in scenarios for found in _matching(scenario, path)]
    if not matching:
        valid = "a dotted path such as contact.answer_probability"
        return [Problem(name, "is not in the scenario that it moves", path, valid)]
    try:
        for scenario, found in matching:
            number_at(scenario, found)
        ends = _ends((path, low, high), scenarios)
        if not ends[0] < ends[1]:
            rule = "is a whole number: two or more must lie within the range"
            return [Problem(path, rule, (low, high), "such as (2, 4)")]
        for scenario, found in matching:
            for end in ends:
                moved(scenario, found, end)
    except InputError as error:
        return list(error.problems)
    return []
