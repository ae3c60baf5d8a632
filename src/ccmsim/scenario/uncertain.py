"""Values that nobody knows for sure: a distribution in place of a number, or beside it.

Comes in: a scenario's plain values, in which `{ uncertain = law }` may stand for a number. Goes
out: the same with a number there, and the laws by dotted path. Draws nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from ccmsim.distributions import Beta, Constant, Distribution, Family
from ccmsim.errors import InputError, Problem

_KEYS: Final = {"uncertain", "value"}
_LAW: TypeAdapter[Any] = TypeAdapter(Distribution)


def separated(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario's values with every `{ uncertain = law }` moved to the field `uncertain`.

    In its place stands `value`, or else the law's mean; of a law of whole numbers its median.

    Raises
    ------
    ccmsim.errors.InputError
        Where a law is not one, or a path is uncertain in two places.

    Examples
    --------
    >>> law = {"family": "uniform", "low": 1.0, "high": 2.0}
    >>> plain = separated({"contact": {"notes_minutes": {"uncertain": law}}})
    >>> plain["contact"], plain["uncertain"] == {"contact.notes_minutes": law}
    ({'notes_minutes': 1.5}, True)
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    values = {
        name: _without(part, (name,), found, problems) if isinstance(part, Mapping) else part
        for name, part in data.items()
        if name != "uncertain"
    }
    beside = data.get("uncertain")
    if isinstance(beside, Mapping):
        for path in sorted(set(beside) & set(found)):
            valid = "one of the two"
            problems.append(Problem(path, "is uncertain both here and in uncertain", path, valid))
    if problems:
        raise InputError(problems)
    if beside is None or isinstance(beside, Mapping):
        beside = {**(beside or {}), **found} or None
    return values if beside is None else values | {"uncertain": beside}


def _without(
    node: Mapping[str, Any], at: tuple[str, ...], found: dict[str, Any], problems: list[Problem]
) -> Any:
    """Return the table, or the number in its place; what is uncertain goes to `found`."""
    if len(at) > 1 and "uncertain" in node and set(node) <= _KEYS:
        path = ".".join(at)
        try:
            law = _LAW.validate_python(node["uncertain"])
        except (ValidationError, InputError):
            valid = 'a distribution such as { family = "uniform", low = 0.3, high = 0.6 }'
            rule = "is not a distribution"
            problems.append(Problem(f"{path}.uncertain", rule, node["uncertain"], valid))
            return node
        found[path] = node["uncertain"]
        return node["value"] if "value" in node else _centre(law)
    return {
        name: _without(value, (*at, name), found, problems) if isinstance(value, Mapping) else value
        for name, value in node.items()
    }


def _centre(law: Family) -> float:
    whole = getattr(law, "family", "") in ("geometric", "poisson", "uniform_integers")
    return int(law.quantile(0.5)) if whole else law.expected()


def at(node: Any, path: str) -> Any:
    """Return what stands at a dotted path, None where nothing does."""
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else getattr(node, name, None)
    return node


def mean_at(node: BaseModel, path: str) -> float | None:
    """Return the number at a path, of a distribution its mean; None where neither is.

    Examples
    --------
    >>> import ccmsim
    >>> mean_at(ccmsim.load("perfect"), "finance.wage_load")
    1.25
    """
    found = at(node, path)
    if isinstance(found, Family):
        movable = isinstance(found, Beta | Constant) or "mean" in type(found).model_fields
        return float(found.expected()) if movable else None
    if isinstance(found, int | float) and not isinstance(found, bool):
        return float(found)
    return None
