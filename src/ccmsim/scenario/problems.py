"""Turns pydantic's findings into one `InputError` that names every field, rule and value.

Comes in: a ValidationError and the values that caused it. Goes out: problems in plain English with
dotted paths. Never decides what is valid; the models do.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from ccmsim.distributions import AnyFamily
from ccmsim.errors import InputError, Problem
from ccmsim.scenario.meanings import meanings

_LONGEST_VALUE: Final = 60
_SHORTEST_START: Final = 3

_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "float_type": ("must be a number", "a number such as 1.5, without quotes"),
    "int_type": ("must be a whole number", "a whole number such as 12, without quotes"),
    "int_from_float": ("must be a whole number", "a whole number such as 12"),
    "finite_number": ("must be a finite number", "a number such as 1.5"),
    "bool_type": ("must be true or false", "true or false, without quotes"),
    "string_type": ("must be text", 'text in quotes, such as "so"'),
    "tuple_type": ("must be a list", "values in square brackets, such as [1, 2]"),
    "list_type": ("must be a list", "values in square brackets, such as [1, 2]"),
    "dict_type": ("must be a table of names and values", "a table, such as { a = 1 }"),
    "model_type": ("must be a table of fields", "a table, such as { field = 1 }"),
    "model_attributes_type": ("must be a table of fields", "a table, such as { field = 1 }"),
    "too_short": ("must not be empty", "at least one value"),
    "invalid_key": ("must have text as its names", "names such as nurse_a"),
}

_FAMILIES: Final[Mapping[str, type[BaseModel]]] = {
    family.model_fields["family"].default: family for family in get_args(AnyFamily)
}

_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("under", "lt"),
    "less_than_equal": ("at most", "le"),
}


def joined(*parts: str) -> str:
    """Return a dotted path; empty parts are left out, and an index follows without a dot.

    Examples
    --------
    >>> joined("staff", "nurses", "", "weekdays", "[1]")
    'staff.nurses.weekdays[1]'
    """
    path = ""
    for part in filter(None, parts):
        path += part if not path or part.startswith("[") else f".{part}"
    return path


def shown(value: object) -> object:
    """Return the value, or a short text in place of one that is long to read.

    Examples
    --------
    >>> shown(1.5), shown(list(range(1000)))
    (1.5, 'a list of 1000 values')
    """
    text = repr(value)
    if len(text) <= _LONGEST_VALUE:
        return value
    if isinstance(value, Mapping):
        return f"a table of {len(value)} values"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)} values"
    if isinstance(value, str):
        return value[: _LONGEST_VALUE - 3] + "…"
    if isinstance(value, BaseModel):
        return f"a {type(value).__name__}"
    return text[: _LONGEST_VALUE - 3] + "…"


def suggestion(word: object, options: Iterable[str]) -> str:
    """Return "; did you mean …?" with the closest option, or nothing where none is close.

    One that begins with all of the word is closer than one that is merely as long.

    Examples
    --------
    >>> suggestion("pannel", ["panel", "staff"])
    '; did you mean panel?'
    >>> suggestion("staff.nurse.hours", ["staff.nurse.role", "staff.nurse.hours_per_week"])
    '; did you mean staff.nurse.hours_per_week?'
    """
    names, text = list(options), str(word)
    longer = [name for name in names if len(text) >= _SHORTEST_START and name.startswith(text)]
    close = longer or difflib.get_close_matches(text, names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def listed(options: Iterable[str], *, most: int = 40) -> str:
    """Return the options as one text, cut off after `most`."""
    names = list(options)
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def input_error(error: ValidationError, model: type[BaseModel] | None, data: object) -> InputError:
    """Return the `InputError` for all that pydantic found wrong with `data`.

    Parameters
    ----------
    error : pydantic.ValidationError
        The finding, by location.
    model : type
        The model that was to be built: its fields are suggested for misspelt ones.
    data : object
        The values given; they tell which parts of a location are fields and which are tags.
    """
    problems: list[Problem] = []
    for detail in error.errors(include_url=False):
        problems += _problems(detail, model, data)
    return InputError(problems)


def _problems(detail: Any, model: type[BaseModel] | None, data: object) -> list[Problem]:
    path, value = _path(detail, data), shown(detail["input"])
    if not detail["loc"] and detail["type"] in _TYPES and model is not None:
        path = model.__name__.lower()
    kind, context = detail["type"], detail.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, InputError):
        return [
            Problem(joined(path, p.field), p.rule, p.value if p.field else value, p.valid)
            for p in cause.problems
        ]
    if kind in _TYPES:
        return [Problem(path, _TYPES[kind][0], value, _TYPES[kind][1])]
    if kind in _LIMITS:
        word, key = _LIMITS[kind]
        rule = f"{word} {context[key]:g}"
        return [Problem(path, f"must be {rule}", value, f"a number {rule}")]
    if kind in _SPECIAL:
        return [_SPECIAL[kind](path, detail, model)]
    rule = str(cause) if cause is not None else _plain(detail["msg"])
    return [Problem(path, rule, value, _meaning(detail["loc"], model))]


def _path(detail: Any, data: object) -> str:
    """Return the location as a dotted path without the tags of unions and validators."""
    parts: list[str] = []
    node, last = data, len(detail["loc"]) - 1
    for position, step in enumerate(detail["loc"]):
        missing = position == last and detail["type"] == "missing"
        if isinstance(step, int) and isinstance(node, list | tuple):
            parts.append(f"[{step}]")
            node = node[step] if step < len(node) else None
        elif isinstance(node, Mapping) and step in node:
            parts.append(str(step))
            node = node[step]
        elif isinstance(node, BaseModel) and step in type(node).model_fields:
            parts.append(str(step))
            node = getattr(node, str(step))
        elif missing:
            parts.append(str(step))
    return joined(*parts)


def _plain(message: str) -> str:
    text = message.removeprefix("Input should be ").removeprefix("Value error, ")
    return f"must be {text}" if message.startswith("Input should be ") else text


def _owner(loc: Any, model: type[BaseModel] | None) -> type[BaseModel] | None:
    """Return the model whose field the last step is: a distribution's where one is on the way."""
    if len(loc) == 1:
        return model
    return next((_FAMILIES[step] for step in loc[:-1] if step in _FAMILIES), None)


def _meaning(loc: Any, model: type[BaseModel] | None) -> str:
    meant = meanings(model) if model is not None and loc else {}
    return meant.get(str(loc[0]) if loc else "", "see docs/scenarios.md")


def _unknown(path: str, detail: Any, model: type[BaseModel] | None) -> Problem:
    owner = _owner(detail["loc"], model)
    fields = list(owner.model_fields) if owner is not None else []
    rule = f"is not a known field{suggestion(detail['loc'][-1], fields)}"
    return Problem(path, rule, shown(detail["input"]), listed(fields) or "no field of this name")


_TABLES: Final[Mapping[str, str]] = {
    "panel": "a table [panel] with, for example, enrolled_at_start = 200",
    "staff": "a table for each group, such as [staff.nurses] with hours_per_week = 16.0",
}
"""What a scenario without one of its required tables lacks, as it is written."""


def _missing(path: str, detail: Any, model: type[BaseModel] | None) -> Problem:
    loc = detail["loc"]
    valid = _TABLES.get(path) or _meaning(loc[-1:], _owner(loc, model))
    return Problem(path, "is required", None, valid)


def _literal(path: str, detail: Any, model: type[BaseModel] | None) -> Problem:
    # pydantic's own list reads "'a', 'b' or 'c'".
    options = detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    rule = "is not one of the choices" if len(options) > 1 else "is not the only choice"
    return Problem(
        path, rule + suggestion(detail["input"], options), shown(detail["input"]), listed(options)
    )


def _tag(path: str, detail: Any, model: type[BaseModel] | None) -> Problem:
    context = detail["ctx"]
    field = context["discriminator"].strip("'")
    options = context["expected_tags"].replace("'", "").split(", ")
    rule = f"is not a known {field}{suggestion(context['tag'], options)}"
    return Problem(joined(path, field), rule, context["tag"], listed(options))


def _no_tag(path: str, detail: Any, model: type[BaseModel] | None) -> Problem:
    field = detail["ctx"]["discriminator"].strip("'")
    if not isinstance(detail["input"], Mapping | BaseModel):
        rule, valid = _TYPES["model_type"]
        return Problem(path, rule, shown(detail["input"]), valid)
    return Problem(joined(path, field), "is required", None, f"the {field} of this entry")


_SPECIAL: Final[Mapping[str, Callable[[str, Any, type[BaseModel] | None], Problem]]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _literal,
    "union_tag_invalid": _tag,
    "union_tag_not_found": _no_tag,
}
