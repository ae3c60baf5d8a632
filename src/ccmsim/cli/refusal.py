"""How bad input is told: option or field, rule, value, and what would be valid.

Comes in: an `InputError`, or what the command line could not read; the command that met it. Goes
out: lines of text, in which what an option gave has the option's name. Prints nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, get_args, get_type_hints

from typer.models import OptionInfo

from ccmsim.errors import InputError, Problem

_KINDS: Final = {
    int: ("is not a whole number", "a whole number, such as 10"),
    float: ("is not a number", "a number, such as 0.1"),
}


def refusal(error: InputError, width: int) -> str:
    """Return every problem: field, rule and value, and what is valid on lines of their own."""
    count = len(error.problems)
    heading = error.heading or (f"{count} things are wrong:" if count > 1 else "")
    lines = [f"Error: {heading}" if heading else "Error:"]
    for problem in error.problems:
        given = "" if problem.value is None else f" (got {problem.value!r})"
        found = (
            f"{problem.field}: {problem.rule}{given}" if problem.field else f"{problem.rule}{given}"
        )
        lines += _wrapped(found, "  ", width) + _wrapped(f"valid: {problem.valid}", "      ", width)
    return "\n".join(lines)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def by_option(error: InputError, command: Callable[..., Any]) -> InputError:
    """Return the error with the names of a command's options for those of their settings.

    A setting is that of an option that has its name, or its name without the plural's s; the names
    of a scenario's parts stay what they are.

    Examples
    --------
    >>> import typer
    >>> from typing import Annotated
    >>> def command(cost: Annotated[list[str], typer.Option("--cost")]) -> None: ...
    >>> error = InputError([Problem("costs", "is no lever here", "answr", "answer")])
    >>> print(by_option(error, command))
    --cost: is no lever here (got 'answr'); valid: answer
    """
    options = _options(command)
    problems = [replace(one, field=_named(one.field, options)) for one in error.problems]
    return InputError(problems, heading=error.heading)


def _options(command: Callable[..., Any]) -> dict[str, str]:
    """Return the options of a command by the names of its parameters."""
    found = {}
    for name, hint in get_type_hints(command, include_extras=True).items():
        for told in getattr(hint, "__metadata__", ()):
            if isinstance(told, OptionInfo):
                long = [each for each in told.param_decls or () if each.startswith("--")]
                found[name] = long[0] if long else f"--{name.replace('_', '-')}"
    return found


def _named(field: str, options: Mapping[str, str]) -> str:
    """Return what the command line calls a setting."""
    from ccmsim.scenario.model import Scenario

    root, _, of_it = field.partition(".")
    option = options.get(root) or options.get(root.removesuffix("s"))
    if option is None or root in Scenario.model_fields:
        return field
    return f"{option} {of_it}".rstrip()


def no_number(
    command: Callable[..., Any], name: str, opts: Sequence[str], words: Sequence[str]
) -> Problem | None:
    """Return the problem of an option that should have been a number; None of any other.

    Parameters
    ----------
    command : callable
    name : str
        Of the command's parameter.
    opts : sequence of str
        What the command line calls it.
    words : sequence of str
        Those of the command line.
    """
    hint = get_type_hints(command).get(name)
    kind = next((each for each in (float, int) if each in (hint, *get_args(hint))), None)
    if kind is None or not opts:
        return None
    rule, valid = _KINDS[kind]
    return Problem(max(opts, key=len), rule, _given(opts, words), valid)


def _given(opts: Sequence[str], words: Sequence[str]) -> str | None:
    """Return what stood after an option, where it was given last."""
    found = None
    for i, word in enumerate(words):
        start, _, rest = word.partition("=")
        if word in opts and i + 1 < len(words):
            found = words[i + 1]
        elif start in opts and rest:
            found = rest
    return found
