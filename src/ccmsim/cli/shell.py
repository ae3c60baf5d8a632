"""What every command shares: consoles, JSON, notes, and how an error ends the program.

Comes in: what a command computes or raises. Goes out: text or one JSON document on the standard
output, everything else on the standard error stream, and an exit status. Never computes anything
of the model.
"""

from __future__ import annotations

import copy
import functools
import json
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NoReturn, ParamSpec

import typer
from typer.core import TyperCommand

from ccmsim.cli.refusal import by_option, no_number, refusal
from ccmsim.errors import CcmsimError, InputError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from ccmsim.scenario import Scenario

P = ParamSpec("P")

WIDTH: Final = 100
"""Columns where the output is no terminal, and the most that is used in one."""

ROOMY: Final = 300
"""Columns in which no table of numbers has to break a cell."""

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


def console(*, stderr: bool = False) -> Console:
    """Return where to print: plain text, no more than `WIDTH` columns, nothing read as markup."""
    from rich.console import Console

    screen = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    screen.width = min(screen.width, WIDTH) if screen.is_terminal else WIDTH
    return screen


def show(*parts: RenderableType) -> None:
    """Print texts and tables to the standard output, without blanks at the ends of lines."""
    width = console().width
    typer.echo("\n".join(line for part in parts for line in _lines(part, width)))


def _lines(part: RenderableType, width: int) -> list[str]:
    """Return the lines of a text or table; those of a table of numbers that is too wide, folded."""
    from rich.table import Table

    folded = _folded(part, width) if isinstance(part, Table) else []
    return folded or _printed(part, width)


def _folded(part: Table, width: int) -> list[str]:
    """Return the lines of a table of numbers, no cell broken; none where that cannot be.

    In `WIDTH` columns labels go on below, where a row is too long; in a narrow terminal its numbers
    stand there.
    """
    from rich.text import Text

    from ccmsim.cli.narrow import labels_wrapped, narrowed

    if any(column.justify != "right" for column in part.columns[1:]):
        return []
    untitled = copy.copy(part)
    untitled.title = None
    page = "\n".join(_printed(untitled, ROOMY))
    labels = max(len(str(label)) for label in (part.columns[0].header, *part.columns[0].cells))
    rows = labels_wrapped(page, labels, width) if width == WIDTH else narrowed(page, width, width)
    broadest = max(map(len, rows.splitlines()), default=0)
    untouched = rows == page and width == WIDTH
    if broadest > width or (untouched and len(str(part.title or "")) > broadest):
        return []
    title = _printed(Text(str(part.title), style="bold"), width) if part.title else []
    return [*title, *rows.splitlines()]


def _printed(part: RenderableType, width: int) -> list[str]:
    screen = console()
    screen.width = width
    with screen.capture() as captured:
        screen.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


def show_page(page: str) -> None:
    """Print a page of text to the standard output, folded where a terminal is narrower."""
    from rich.console import Console

    from ccmsim import wording
    from ccmsim.cli.narrow import narrowed

    screen = Console()
    typer.echo(narrowed(page, screen.width, wording.WIDTH) if screen.is_terminal else page)


def page_width() -> int:
    """Return the columns of a page of text: fewer where a terminal has no more."""
    from ccmsim import wording

    return min(wording.WIDTH, max(60, console().width))


def on_terminal() -> bool:
    """Whether somebody sees the standard error stream."""
    return sys.stderr.isatty()


def say(text: str) -> None:
    """Print a line to the standard error stream."""
    console(stderr=True).print(text, soft_wrap=not on_terminal())


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Return the command with every foreseeable failure turned into a message and an exit status.

    Bad input ends with 2, a failed simulation or a full disk with 1, an interrupt with 130. A
    reader that has seen enough (`| head`) ends it quietly. Anything else is a defect and keeps
    its traceback.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with _notes():
                command(*args, **kwargs)
            sys.stdout.flush()
        except InputError as error:
            _stop(BAD_INPUT, refusal(by_option(error, run), WIDTH))
        except CcmsimError as error:
            _stop(FAILED, f"Failed: {error}")
        except KeyboardInterrupt:
            _stop(INTERRUPTED, _interrupted(kwargs.get("checkpoint")))
        except MemoryError:
            _stop(
                FAILED, "Failed: not enough memory; ask for fewer replications, months or workers."
            )
        except BrokenPipeError:
            # What is left in the buffer would complain once more when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None

    return run


def _interrupted(checkpoint: object) -> str:
    """Return what is said after an interrupt, and how to go on where that is possible."""
    kept = f" What is done is kept in {checkpoint}: the same command goes on from there."
    return f"Interrupted.{'' if checkpoint is None else kept}"


def _stop(status: int, message: str) -> NoReturn:
    say(message)
    raise typer.Exit(status) from None


class Command(TyperCommand):
    """A command that refuses what is no number as everything else is refused."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read the words of the command line."""
        words = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except typer.BadParameter as error:
            told = error.param
            if told is None or self.callback is None or told.name is None:
                raise
            problem = no_number(self.callback, told.name, told.opts, words)
            if problem is None:
                raise
            _stop(BAD_INPUT, refusal(InputError([problem]), WIDTH))


@contextmanager
def _notes() -> Iterator[None]:
    """Show the warnings of the package once each, as notes; others as Python shows them."""
    from ccmsim.estimation import PrecisionWarning

    seen: set[str] = set()
    show = warnings.showwarning

    def note(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if not issubclass(category, PrecisionWarning):
            show(message, category, *rest, **more)
        elif str(message) not in seen:
            seen.add(str(message))
            say(f"Note: {message}.")

    with warnings.catch_warnings():
        warnings.simplefilter("always", PrecisionWarning)
        warnings.showwarning = note
        yield


def version() -> str:
    """Return the version that is installed, or "unknown" in a source tree that is not.

    Examples
    --------
    >>> isinstance(version(), str)
    True
    """
    from importlib import metadata

    try:
        return metadata.version("ccmsim")
    except metadata.PackageNotFoundError:
        return "unknown"


def provenance(command: str, scenario: Scenario, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a JSON document says first: which version did what to which scenario."""
    return {
        "command": command,
        "version": version(),
        "scenario": scenario.name,
        "fingerprint": scenario.fingerprint,
        "changes": dict(changes),
    }


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document to the standard output, and nothing else."""
    typer.echo(json.dumps(jsonable(document), indent=2, allow_nan=False))


def jsonable(value: Any) -> Any:
    """Return the value as JSON can hold it: no NaN and no infinity, estimates as objects.

    Examples
    --------
    >>> from datetime import date
    >>> jsonable({"low": -math.inf, "share": 0.5, "start": date(2026, 1, 1), "codes": ("99490",)})
    {'low': None, 'share': 0.5, 'start': '2026-01-01', 'codes': ['99490']}
    """
    if hasattr(value, "as_dict"):
        value = value.as_dict()
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return jsonable(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return str(value)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show on a terminal that something without a bar of its own goes on."""
    if not on_terminal():
        yield
        return
    with console(stderr=True).status(text):
        yield
