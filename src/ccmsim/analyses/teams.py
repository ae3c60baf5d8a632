"""Teams: a grid of ways to staff one practice.

Comes in: a scenario and what to try. Goes out: scenarios by name. Simulates nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from ccmsim.checks import check_scenario
from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario


def teams(
    scenario: Scenario,
    *,
    coordinators: Iterable[int] | None = None,
    hours: Iterable[float] | None = None,
    assignments: Iterable[str] | None = None,
) -> dict[str, Scenario]:
    """Return the teams of a grid, by name; of several groups the first is changed.

    Parameters
    ----------
    scenario : Scenario
    coordinators : iterable of int, optional
    hours : iterable of float, optional
        Protected hours a week of each.
    assignments : iterable of str, optional
        "owned", "owned_with_backup" or "pooled".

    Raises
    ------
    ccmsim.errors.InputError
        When a team is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> list(teams(ccmsim.load("two_nurses"), coordinators=[1, 2], hours=[16]))
    ['1 x 16 h', '2 x 16 h']
    """
    check_scenario(scenario)
    name, group = next(iter(scenario.staff.items()))
    if group.hours_per_week is None:
        valid = "a group with hours_per_week"
        raise refuse(f"staff.{name}.hours_per_week", "is needed here", None, valid)
    grid = product(
        [group.coordinators] if coordinators is None else list(coordinators),
        [group.hours_per_week] if hours is None else list(hours),
        [""] if assignments is None else list(assignments),
    )
    found = {}
    for count, each, assignment in grid:
        changes: dict[str, Any] = {
            f"staff.{name}.coordinators": count, f"staff.{name}.hours_per_week": each,
        }  # fmt: skip
        if assignment:
            changes["operations.assignment"] = assignment
            if assignment != "owned_with_backup":  # nobody left who would help at a level
                changes["operations.backup_above_backlog_items"] = None
        label = f"{count} x {each:g} h"
        found[f"{label}, {assignment}" if assignment else label] = scenario.but(changes)
    return found
