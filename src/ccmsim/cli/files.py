"""Files that a command writes: checked before anything is simulated, written whole or not at all.

Comes in: paths from the command line, and functions that write to a path. Goes out: the files, or
the reason why not. Never replaces anything but a regular file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import typer

from ccmsim.cli.shell import say
from ccmsim.errors import InputError, Problem

Output = tuple[str, Path | None]
"""The option that names a file, as "--plot", and the file; None where the option is not given."""

PICTURES: Final = ("png", "svg", "pdf", "eps", "jpg", "jpeg", "ps", "tif", "tiff", "webp")
"""What matplotlib draws everywhere, without another program."""


def output_problems(outputs: Iterable[Output], scenario: str = "") -> list[Problem]:
    """Return what stands in the way of writing the files, each by its option.

    Examples
    --------
    >>> [problem.rule for problem in output_problems([("--csv", Path("no/where.csv"))])]
    ['is in a folder that does not exist']
    """
    problems: list[Problem] = []
    taken = {Path(scenario).resolve(): "the scenario's own file"} if scenario else {}
    for option, path in outputs:
        if path is None:
            continue
        rule, valid = _obstacle(path.resolve())
        if path.resolve() in taken:
            rule, valid = f"is {taken[path.resolve()]}", "a file of its own"
        if rule:
            problems.append(Problem(option, rule, str(path), valid))
        taken[path.resolve()] = f"the file of {option}"
    return problems


def _obstacle(path: Path) -> tuple[str, str]:
    """Return the rule that a path breaks and what would be valid; empty where nothing is wrong."""
    if path.is_dir():
        return "is a folder", f"a file in it, such as {path.name}/name"
    if path.exists() and not path.is_file():
        return "is not a regular file", "a new file, or one to replace"
    if path.exists() and not os.access(path, os.W_OK):
        return "is write-protected", "a file that may be replaced"
    if not path.parent.is_dir():
        return "is in a folder that does not exist", "a file in an existing folder"
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return "", ""
    except OSError as error:
        return (
            f"cannot be written: {error.strerror or error}",
            "a file in a folder that you may write to",
        )


def plot_problems(option: str, path: Path | None) -> list[Problem]:
    """Return what is wrong with the suffix of a picture's file.

    Examples
    --------
    >>> plot_problems("--plot", Path("out.png"))
    []
    """
    if path is None:
        return []
    if path.suffix.removeprefix(".").lower() in PICTURES:
        return []
    valid = "a name that ends in " + ", ".join(f".{name}" for name in PICTURES)
    return [Problem(option, "does not end in a picture's format", str(path), valid)]


def suffix_problems(option: str, path: Path | None, suffix: str) -> list[Problem]:
    """Return what is wrong with a file's name that must end in `suffix`.

    Examples
    --------
    >>> [problem.valid for problem in suffix_problems("--save", Path("out"), ".nc")]
    ['a name that ends in .nc, such as out.nc']
    """
    if path is None or path.suffix.lower() == suffix:
        return []
    valid = f"a name that ends in {suffix}, such as {path.stem}{suffix}"
    return [Problem(option, f"does not end in {suffix}", str(path), valid)]


def write_all(writers: Iterable[tuple[Path | None, Callable[[Path], object]]]) -> dict[str, str]:
    """Write each file, say which could not be written, and return why by path.

    A writer gets a temporary name beside the file; what it has written takes the file's place.
    """
    failures: dict[str, str] = {}
    for path, write in writers:
        if path is None:
            continue
        target = path.resolve()
        draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
        try:
            write(draft)
            draft.replace(target)
        except (OSError, InputError) as error:
            failures[str(path)] = getattr(error, "strerror", None) or str(error)
            say(f"Failed: {path} could not be written: {failures[str(path)]}")
        finally:
            draft.unlink(missing_ok=True)
    return failures


def report_written(paths: Iterable[Path | None], failures: Mapping[str, str]) -> None:
    """Say which files were written, below a blank line."""
    lines = [f"Wrote {path}" for path in paths if path is not None and str(path) not in failures]
    if lines:
        typer.echo("\n".join(["", *lines]))
