"""The table of every field of a scenario, for the manual.

Comes in: the models and their docstrings. Goes out: a Markdown table, or a page that holds it:
`python -m ccmsim.scenario.reference docs/scenarios.md`. Describes nothing by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from ccmsim.distributions import Family
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.base import Number, ShareLaw
from ccmsim.scenario.finance import Code, Fee
from ccmsim.scenario.meanings import meanings
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.staff import ClockTime, DayShifts
from ccmsim.scenario.values import plain

MARK: Final = "fields"

_WORDS: Final[tuple[tuple[Any, str], ...]] = (
    (ClockTime, 'a time of day such as "08:00"'),
    (DayShifts, 'a list of shifts such as "09:00-12:30"'),
    (Code, "a code"),
    (Fee, "US dollars, whole cents"),
    (ShareLaw, "a number or a distribution, from 0 to 1"),
    (date, "a date"),
    (bool, "true or false"),
    (str, "text"),
    (int, "a whole number"),
)


def table() -> str:
    """Return the Markdown table: path, valid values, default and meaning of every field.

    Examples
    --------
    >>> print(table().splitlines()[0])
    | field | values | default | meaning |
    """
    head = ["| field | values | default | meaning |", "|---|---|---|---|"]
    rows = (f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in fields())
    return "\n".join([*head, *rows]) + "\n"


def fields() -> Iterator[tuple[str, str, str, str]]:
    """Yield path, valid values, default and meaning of every field."""
    yield from _rows(Scenario, "", None)


def renewed(page: str) -> str:
    """Return the page with its table renewed."""
    return between_marks(page, MARK, table())


def between_marks(page: str, mark: str, text: str) -> str:
    """Return the page with another text between the two comments that mark a place.

    Examples
    --------
    >>> between_marks("<!-- x: begin -->old<!-- x: end -->.", "x", "new").split()
    ['<!--', 'x:', 'begin', '-->', 'new', '<!--', 'x:', 'end', '-->.']
    """
    before, begin, rest = page.partition(f"<!-- {mark}: begin -->")
    _, end, after = rest.partition(f"<!-- {mark}: end -->")
    return f"{before}{begin}\n\n{text}\n{end}{after}"


def _rows(
    model: type[BaseModel], prefix: str, instance: BaseModel | None, *, note: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        parts = list(_parts(hints[name]))
        if not parts:
            given = getattr(instance, name) if instance is not None else None
            required = instance is None and field.is_required()
            default = given if instance is not None else _default(field)
            text = "required" if required else toml(plain(default))
            yield f"`{path}`{note}", _words(hints[name]), text, meanings(model).get(name, "")
            continue
        mapping = any(get_origin(hint) is FrozenMapping for hint in _flat(hints[name]))
        for part in parts:
            kind = part.model_fields.get("kind")
            label = f" ({kind.default})" if kind is not None else ""
            default = None if field.is_required() else _default(field)
            inner = default if isinstance(default, part) else None
            below = f"{path}.<name>." if mapping else f"{path}."
            yield from _rows(part, below, inner, note=label or note)


def _default(field: Any) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _flat(hint: Any) -> Iterator[Any]:
    """Yield the hint and what its annotations, unions, lists and tables hold."""
    yield hint
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:
        arguments = arguments[:1]
    for argument in () if get_origin(hint) is Literal else arguments:
        yield from _flat(argument)


def _parts(hint: Any) -> Iterator[type[BaseModel]]:
    for item in _flat(hint):
        if isinstance(item, type) and issubclass(item, BaseModel) and not issubclass(item, Family):
            yield item


def _words(hint: Any) -> str:
    for known, words in _WORDS:
        if hint == known:
            return words
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limits = [item.describe() for item in arguments[1:] if isinstance(item, Number)]
        law = any(isinstance(item, type) and issubclass(item, Family) for item in _flat(hint))
        if law:
            return "a number or a distribution, at least 0"
        return limits[0] if limits else _words(arguments[0])
    if origin is Literal:
        return ", ".join(f'"{choice}"' for choice in arguments)
    if origin in (Union, UnionType):
        return ", or ".join(
            "left out" if item is NoneType else _words(item)
            for item in sorted(arguments, key=lambda item: item is NoneType)
        )
    if origin is tuple:
        return f"a list of: {_words(arguments[0])}"
    return f"a table of: {_words(arguments[1])}, by {_words(arguments[0])}"


def toml(value: Any) -> str:
    """Return a plain value as TOML writes it."""
    if value is None:
        return "left out"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        inner = ", ".join(f"{name} = {toml(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        place = Path(argument)
        place.write_text(renewed(place.read_text("utf-8")), "utf-8")
