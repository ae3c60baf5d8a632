"""What `Scenario.but` does: other values at dotted paths, all at once, checked as a whole.

Comes in: a scenario and {path: value}. Goes out: a new scenario. Never touches the old one; what no
path leads to is shared with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from ccmsim.errors import InputError, Problem, refuse
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.problems import joined, listed, shown, suggestion
from ccmsim.scenario.uncertain import at as found_at
from ccmsim.scenario.values import plain

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


def _left_out(root: Scenario, at: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the part that could stand at a path of the scenario, where none does."""
    node: Any = root
    for name in at[:-1]:
        node = _entries(node).get(name)
    if not at or not isinstance(node, BaseModel) or getattr(node, at[-1], node) is not None:
        return None
    hint = type(node).model_fields[at[-1]].annotation
    parts = [item for item in get_args(hint) if isinstance(item, type)]
    return next((item for item in parts if issubclass(item, BaseModel)), None)


def _in_left_out(root: Scenario, name: str) -> list[str]:
    """Return the paths that would end in a name if the scenario had every part."""
    parts = {key: _left_out(root, (key,)) for key in type(root).model_fields}
    return [f"{key}.{name}" for key, part in parts.items() if part and name in part.model_fields]


def _of_left_out(part: type[BaseModel], here: tuple[str, ...], full: str, value: object) -> Problem:
    """Return what is wrong with a path into a part that the scenario leaves out."""
    from ccmsim.scenario.reference import toml

    parent, name = ".".join(here[:-1]), here[-1]
    if name not in part.model_fields:
        rule = f"does not exist{suggestion(name, part.model_fields)}"
        return Problem(full, rule, shown(value), listed(part.model_fields))
    needed = [key for key, field in part.model_fields.items() if field.is_required()]
    whole = ", ".join(f"{key} = …" for key in needed if key != name)
    given = f"{name} = {toml(plain(value))}" + (f", {whole}" if whole else "")
    rule = f"is a field of {parent}, which is left out here: it must be given whole"
    return Problem(full, rule, shown(value), f"{parent} = {{ {given} }}, and what else differs")


def _no_such_path(
    here: tuple[str, ...], deeper: Mapping[tuple[str, ...], Any], root: Scenario
) -> Problem:
    rest = next(iter(deeper))
    full = ".".join((*here, *rest))
    part = _left_out(root, here[:-1])
    if part is not None:
        return _of_left_out(part, here, full, deeper[rest])
    known = list(paths(root))
    # The same last name elsewhere is likelier meant than a path that merely looks alike.
    last = full.split(".")[-1]
    namesakes = [path for path in known if path.split(".")[-1] == last]
    namesakes += _in_left_out(root, last)
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
