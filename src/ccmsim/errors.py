"""The errors that users meet.

Comes in: what was wrong, as (field, rule, value, what would be valid). Goes out: one exception that
names all of it at once. Never prints and never exits; the command line does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CcmsimError(Exception):
    """Base of every error that ccmsim raises on purpose."""


class CompilerError(CcmsimError, RuntimeError):
    """Numba is set up so that it can't compile the model, or would give it other bits."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    field : str
        Dotted path of the field, or the name of the argument.
    rule : str
        The rule that is broken, in words.
    value : object
        The value that was given.
    valid : str
        What would be valid.

    Examples
    --------
    >>> print(Problem("months", "must be at least 1", 0, "a whole number such as 12"))
    months: must be at least 1 (got 0); valid: a whole number such as 12
    """

    field: str
    rule: str
    value: object
    valid: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule} (got {self.value!r}); valid: {self.valid}"


class InputError(CcmsimError, ValueError):
    """A value that the user gave is refused; `problems` lists every reason found.

    Examples
    --------
    >>> error = InputError([Problem("seed", "must not be negative", -1, "0 to 4294967295")])
    >>> print(error)
    seed: must not be negative (got -1); valid: 0 to 4294967295
    """

    def __init__(self, problems: Sequence[Problem], *, heading: str = "") -> None:
        self.problems = tuple(problems)
        self.heading = heading
        super().__init__(self.problems, heading)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        if self.heading:
            return "\n".join([self.heading, *(f"  {line}" for line in lines)])
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.problems, self.heading))


def _rebuild(problems: Sequence[Problem], heading: str) -> InputError:
    return InputError(problems, heading=heading)


def refuse(field: str, rule: str, value: object, valid: str) -> InputError:
    """Return (not raise) an `InputError` with a single problem."""
    return InputError([Problem(field, rule, value, valid)])
