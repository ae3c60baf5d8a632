"""What `Scenario.but` does: other values at dotted paths, all at once, checked as a whole.

Comes in: a scenario and {path: value}. Goes out: a new scenario. Never touches the old one; what no
path leads to is shared with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ccmsim.errors import InputError, Problem, refuse
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.problems import joined, shown, suggestion
from ccmsim.scenario.uncertain import at as found_at

Changes = Mapping[tuple[str, ...], Any]


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return the scenario with other values at dotted paths; see `Scenario.but`.

    Examples
    --------
    >>> from ccmsim.scenario.loading import load
    >>> changed(load("solo_nurse"), {"panel.enrolled_at_start": 50}).panel.enrolled_at_start
    50
    """
    try:
        items = dict(changes).items()
    except (TypeError, ValueError):
        valid = 'such as {"panel.enrolled_at_start": 150}'
        raise refuse(
            "changes", "must be a mapping of paths to values", shown(changes), valid
        ) from None
    split: dict[tuple[str, ...], Any] = {}
    problems: list[Problem] = []
    for path, value in items:
        names = tuple(str(path).split("."))
        if all(names):
            split[names] = value
        else:
            problems.append(Problem(str(path), "is not a dotted path", path, "such as panel.need"))
    tree = _with(scenario, split, (), problems, scenario)
    if problems:
        raise InputError(problems)
    if scenario.uncertain and ("uncertain",) not in split:
        tree["uncertain"] = {
            path: law for path, law in scenario.uncertain.items() if _still_holds(tree, path)
        }
    return Scenario(**tree)


def _still_holds(tree: dict[str, Any], path: str) -> bool:
    """Return whether a value is still there, and not uncertain in another way."""
    value = found_at(tree, path)
    return value is not None and not (isinstance(value, Mapping) and "uncertain" in value)


def paths(node: Any, prefix: str = "") -> Iterator[str]:
    """Yield every dotted path that leads to a value of the scenario, those of its tables included.

    Examples
    --------
    >>> from ccmsim.scenario.loading import load
    >>> "panel.need.cv" in set(paths(load("two_nurses")))
    True
    """
    for name, value in _entries(node).items():
        path = joined(prefix, name)
        yield path
        yield from paths(value, path)


def _entries(node: Any) -> dict[str, Any]:
    if isinstance(node, BaseModel):
        return {name: getattr(node, name) for name in type(node).model_fields}
    return dict(node) if isinstance(node, Mapping) else {}


def _with(
    node: Any, changes: Changes, at: tuple[str, ...], problems: list[Problem], root: Scenario
) -> dict[str, Any]:
    """Return the fields of a node, changed; the problems found are appended."""
    below: dict[str, dict[tuple[str, ...], Any]] = defaultdict(dict)
    for path, value in changes.items():
        below[path[0]][path[1:]] = value
    entries = _entries(node)
    for name, deeper in below.items():
        here = (*at, name)
        if not _may_set(node, name, deeper):
            problems.append(_no_such_path(here, deeper, root))
        elif deeper.get((), name) is None and isinstance(node, Mapping):
            del entries[name]
        else:
            value = deeper.pop((), entries.get(name))
            entries[name] = _with(value, deeper, here, problems, root) if deeper else value
    return entries


def _may_set(node: Any, name: str, deeper: Mapping[tuple[str, ...], Any]) -> bool:
    if isinstance(node, BaseModel):
        return name in type(node).model_fields
    if isinstance(node, FrozenMapping):
        return name in node or deeper.get(()) is not None
    # A table that this very call sets: what it may hold is checked when the scenario is built.
    return isinstance(node, Mapping) and (name in node or deeper.get((), 0) is not None)


def _no_such_path(
    here: tuple[str, ...], deeper: Mapping[tuple[str, ...], Any], root: Scenario
) -> Problem:
    rest = next(iter(deeper))
    full = ".".join((*here, *rest))
    known = list(paths(root))
    # The same last name elsewhere is likelier meant than a path that merely looks alike.
    namesakes = [path for path in known if path.split(".")[-1] == full.split(".")[-1]]
    meant = suggestion(full, namesakes) or suggestion(full, known)
    parent = ".".join(here[:-1])
    options = [path for path in known if path.rpartition(".")[0] == parent]
    if not options:
        return Problem(
            full,
            f"does not exist: {parent} is not a table{meant}",
            shown(deeper[rest]),
            f"{parent} itself",
        )
    return Problem(full, f"does not exist{meant}", shown(deeper[rest]), ", ".join(options))
