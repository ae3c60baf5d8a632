"""Teams: a grid of ways to staff one practice.

Comes in: a scenario and what to try. Goes out: scenarios by name. Simulates nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, get_args

from ccmsim.analyses.leave_dates import seat_of
from ccmsim.analyses.shift_times import shift_changes
from ccmsim.checks import check_scenario, numbers, several, texts
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.scenario.disruptions import FloorCover
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.problems import listed, suggestion
from ccmsim.scenario.staff import Cover, StaffGroup

Changes = dict[str, Any]
Template = Mapping[str, Iterable[str]]
"""Shifts by weekday, as a scenario's `staff.*.shifts`."""

BACKUP: Final = "owned_with_backup"
USUAL_SHIFT: Final = "noon"
ROLES: Final = get_args(StaffGroup.model_fields["role"].annotation)


@dataclass(frozen=True, slots=True)
class _Choice:
    """One value of one dimension of the grid: what the name says of it, and what it changes."""

    words: str
    changes: Changes


def teams(
    scenario: Scenario,
    *,
    group: str | None = None,
    roles: Iterable[str] | Mapping[str, float] | None = None,
    coordinators: Iterable[int] | None = None,
    hours: Iterable[float] | None = None,
    shifts: Iterable[str] | Mapping[str, Template] | None = None,
    assignments: Iterable[str] | None = None,
    backup_days: Iterable[int] | None = None,
    protection: Iterable[float] | None = None,
    cover: Iterable[float | Mapping[str, Any] | Cover | None] | None = None,
) -> dict[str, Scenario]:
    """Return the teams of a grid, by name: one staff group is changed, the others stay.

    What is left out stays as it is, and names say nothing of it.

    Parameters
    ----------
    scenario : Scenario
    group : str, optional
        Which staff group is changed; left out: the first. A grid over several groups is a loop: of
        each team of one group the grid of the next.
    roles : iterable of str, or mapping of str to float, optional
        Whose minutes the group's are: "clinical" or "practitioner", each with a wage, USD an hour,
        in a mapping; otherwise at the present one.
    coordinators : iterable of int, optional
    hours : iterable of float, optional
        Protected hours a week of each.
    shifts : iterable of str, or mapping, optional
        Where these hours lie: names of `ccmsim.analyses.shift_times.SHIFTS` ("noon", "morning",
        "afternoon", "split", "three_days"). Or templates by a name of one's own, as
        `{"early": {"monday": ["08:00-12:00"]}}`: they say the hours themselves.
    assignments : iterable of str, optional
        "owned", "owned_with_backup" or "pooled".
    backup_days : iterable of int, optional
        Days after which others step in (`operations.backup_after_days`); of teams with backup only.
    protection : iterable of float, optional
        Share of floor cover that no longer happens: 0 as it is, 1 never pulled to the floor.
    cover : iterable, optional
        Substitutes on call: weekly hours, fields of `operations.cover`, or None for nobody. Hours,
        wage and productive share are the present ones of the group where fields do not say them.

    Returns
    -------
    dict of str to Scenario

    Raises
    ------
    ccmsim.errors.InputError
        When a group or role is not known, a team is impossible, or a dimension means nothing: cover
        of a pooled worklist, backup days without backup, hours beside templates, protection where
        nobody is pulled.

    Examples
    --------
    >>> import ccmsim
    >>> practice = ccmsim.load("two_nurses")
    >>> list(teams(practice, coordinators=[1, 2], hours=[16]))
    ['1 x 16 h', '2 x 16 h']
    >>> list(teams(ccmsim.load("multi_site"), group="west", coordinators=[1, 2]))
    ['west: 1 x 14 h', 'west: 2 x 14 h']
    >>> list(teams(practice, shifts=["morning"], protection=[0, 1], cover=[None, 12]))[-1]
    '2 x 16 h, morning, protected from the floor, cover of 12 h after 2 days'
    """
    check_scenario(scenario)
    name, _ = seat_of(scenario, group)
    present = scenario.staff[name].coordinators
    counts = [present]
    if coordinators is not None:
        counts = several(coordinators, "coordinators", "[1, 2]")
    who, covers = _assignments(scenario, assignments, backup_days), _covers(scenario, name, cover)
    _check_cover(scenario, who, covers)
    times, protections = (
        _times(scenario, name, hours, shifts),
        _protections(scenario, name, protection),
    )
    found = {}
    others = product(times, _roles(name, roles), who, protections, covers)
    for count, chosen in product(counts, others):
        changes: Changes = {f"staff.{name}.coordinators": count}
        for choice in chosen:
            changes |= choice.changes
        words = ", ".join(choice.words for choice in chosen if choice.words)
        label = f"{count} x {words}" if group is None else f"{group}: {count} x {words}"
        if label in found:
            raise refuse("teams", "are there twice", label, "each value of a dimension once")
        found[label] = scenario.but(changes)
    return found


def _times(
    scenario: Scenario,
    name: str,
    hours: Iterable[float] | None,
    shifts: Iterable[str] | Mapping[str, Template] | None,
) -> list[_Choice]:
    """Return the hours and where they lie."""
    group = scenario.staff[name]
    path = f"staff.{name}"
    if isinstance(shifts, Mapping):
        if hours is not None:
            valid = "hours with named shifts, or templates alone"
            raise refuse("hours", "cannot be set beside templates of shifts", hours, valid)
        return [
            _Choice(label, {f"{path}.hours_per_week": None, f"{path}.shifts": _plain(template)})
            for label, template in shifts.items()
        ]
    if group.hours_per_week is None and (hours is None or shifts is None):
        valid = "a group with hours_per_week, or both hours and shifts"
        raise refuse(f"{path}.hours_per_week", "is needed here", None, valid)
    amounts = [float(group.hours_per_week or 0.0)]
    if hours is not None:
        amounts = numbers(hours, "hours", "[12, 16]")
    if shifts is None:
        return [_Choice(f"{each:g} h", {f"{path}.hours_per_week": each}) for each in amounts]
    names = texts(shifts, "shifts", '["noon", "split"]')
    return [
        _Choice(
            f"{each:g} h" if shift == USUAL_SHIFT else f"{each:g} h, {shift}",
            shift_changes(scenario, name, shift, each),
        )
        for each in amounts
        for shift in names
    ]


def _roles(name: str, roles: Iterable[str] | Mapping[str, float] | None) -> list[_Choice]:
    """Return whose minutes the group's are, and at what wage."""
    if roles is None:
        return [_Choice("", {})]
    asked = texts(roles, "roles", '["clinical", "practitioner"]')
    for role in asked:
        if role not in ROLES:
            rule = f"is no role{suggestion(str(role), ROLES)}"
            raise refuse("roles", rule, role, listed(list(ROLES)))
    path = f"staff.{name}"
    if isinstance(roles, Mapping):
        numbers(roles.values(), "roles", '{"clinical": 30}')
        return [
            _Choice(
                f"{role} at {wage:g} USD",
                {f"{path}.role": role, f"{path}.wage_usd_per_hour": wage},
            )
            for role, wage in roles.items()
        ]
    return [_Choice(role, {f"{path}.role": role}) for role in asked]


def _plain(template: Template) -> dict[str, list[str]]:
    return {day: list(spans) for day, spans in template.items()}


def _assignments(
    scenario: Scenario, assignments: Iterable[str] | None, backup_days: Iterable[int] | None
) -> list[_Choice]:
    """Return who takes whose patients, and after how many days."""
    named = assignments is not None
    asked: list[Any] = [scenario.operations.assignment]
    if assignments is not None:
        asked = texts(assignments, "assignments", '["owned", "pooled"]')
    days = None if backup_days is None else several(backup_days, "backup_days", "[1, 3]")
    if days is not None and BACKUP not in asked:
        rule = "have no meaning where nobody backs up"
        raise refuse("backup_days", rule, days, f'assignments with "{BACKUP}", or no backup_days')
    found = []
    for each in asked:
        changes: Changes = {"operations.assignment": each} if named else {}
        if named and each != BACKUP:  # nobody left who would help at a level
            changes["operations.backup_above_backlog_items"] = None
        if each != BACKUP or days is None:
            found.append(_Choice(each if named else "", changes))
            continue
        found += [
            _Choice(
                f"{each + ' ' if named else 'backup '}after {_days(day)}",
                changes | {"operations.backup_after_days": day},
            )
            for day in days
        ]
    return found


def _protections(
    scenario: Scenario, name: str, protection: Iterable[float] | None
) -> list[_Choice]:
    """Return how much floor cover no longer happens."""
    if protection is None:
        return [_Choice("", {})]
    pulls = {
        entry: each
        for entry, each in scenario.disruptions.items()
        if isinstance(each, FloorCover) and (each.staff is None or name in each.staff)
    }
    found = []
    for share in numbers(protection, "protection", "[0, 1]"):
        if not 0.0 <= share <= 1.0:
            raise refuse("protection", "must lie between 0 and 1", share, "0, 0.5 or 1")
        if share > 0.0 and not pulls:
            rule = "has nothing to protect from: nobody is pulled to the floor"
            raise refuse("protection", rule, share, "a scenario with floor_cover, or left out")
        words = "protected from the floor" if share == 1.0 else f"{share:.0%} less floor cover"
        changes = {
            f"disruptions.{entry}.per_shift_share": each.per_shift_share * (1.0 - share)
            for entry, each in pulls.items()
        }
        found.append(_Choice(words if share > 0.0 else "", changes))
    return found


def _covers(
    scenario: Scenario,
    name: str,
    cover: Iterable[float | Mapping[str, Any] | Cover | None] | None,
) -> list[_Choice]:
    """Return the substitutes on call."""
    if cover is None:
        return [_Choice("", {})]
    found = []
    for each in several(cover, "cover", "[None, 12]"):
        called = None if each is None else substitutes(scenario, name, each)
        found.append(
            _Choice("" if called is None else _called(called), {"operations.cover": called})
        )
    return found


def substitutes(scenario: Scenario, group: str, asked: Any) -> Cover:
    """Return substitutes on call for a staff group, its own schedule and wage where none is said.

    Parameters
    ----------
    scenario : Scenario
    group : str
    asked : float, mapping or Cover
        Weekly hours, or fields of `operations.cover`.

    Examples
    --------
    >>> import ccmsim
    >>> found = substitutes(ccmsim.load("two_nurses"), "nurses", 12)
    >>> found.hours_per_week, found.wage_usd_per_hour, found.after_days
    (12.0, 30.0, 2)
    """
    if isinstance(asked, Cover):
        return asked
    staff = scenario.staff[group]
    if isinstance(asked, Mapping):
        said = dict(asked)
    elif isinstance(asked, int | float) and not isinstance(asked, bool):
        said = {"hours_per_week": asked, "weekdays": staff.weekdays}
    else:
        raise refuse("cover", "is no cover", asked, 'hours such as 12, or {"hours_per_week": 12}')
    usual: Changes = {
        "desk_productive_share": staff.desk_productive_share,
        "wage_usd_per_hour": staff.wage_usd_per_hour,
    }
    if "hours_per_week" not in said and "shifts" not in said:
        usual |= {
            field: getattr(staff, field) for field in ("hours_per_week", "weekdays", "shifts")
        }
    return Cover(**(usual | said))


def _called(cover: Cover) -> str:
    hours = f"{cover.protected_minutes_per_week() / 60.0:g} h"
    who = "cover" if cover.coordinators == 1 else f"cover by {cover.coordinators}"
    return f"{who} of {hours} after {_days(cover.after_days)}"


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def _check_cover(scenario: Scenario, assignments: list[_Choice], covers: list[_Choice]) -> None:
    """Raise `InputError` for teams that are pooled and covered, all of them at once."""
    present = scenario.operations
    problems = []
    for who, called in product(assignments, covers):
        pooled = who.changes.get("operations.assignment", present.assignment) == "pooled"
        if pooled and called.changes.get("operations.cover", present.cover) is not None:
            rule = "needs patients with owners, which a pooled worklist does not have"
            valid = "pooled teams in a grid of their own with cover=[None]; join grids with |"
            problems.append(Problem("cover", rule, called.words or "as it is", valid))
    if problems:
        raise InputError(problems)
