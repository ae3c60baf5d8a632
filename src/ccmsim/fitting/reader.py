"""Logs from CSV files, each cell checked, no more read than is needed.

Comes in: a path, a kind of log, the file's own names of columns. Goes out: rows in the file's
order, or one error that names every bad row and column. What is in other columns is never kept.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ccmsim.errors import InputError, Problem, refuse
from ccmsim.fitting.cells import CellError
from ccmsim.fitting.kinds import KINDS, Kind

PROBLEMS_SHOWN: Final = 20
"""A file of the wrong kind is wrong in every row: the first ones tell enough."""

COMMAS_AND_NAMES: Final = "with commas between them; or name yours (--column, columns=)"
"""What columns must be like."""

Names = Mapping[str, str]
"""A file's own name of a column by the name that is used here."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells are all valid; `number` is that of a spreadsheet."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass
class Table:
    """The rows of a log, and what is wrong with it.

    Parameters
    ----------
    source : str
        Name of the file.
    kind : Kind
        What it is read as.
    present : frozenset of str
        The columns that it has, of those that are needed.
    """

    source: str
    kind: Kind
    present: frozenset[str]
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def refuse(self, number: int, column: str, rule: str, value: object, valid: str) -> None:
        """Add a bad cell."""
        place = f"{self.source} row {number}, column {self.names.get(column, column)!r}"
        self.problems.append(Problem(place, rule, value, valid))

    def checked(self) -> list[Row]:
        """Return the rows.

        Raises
        ------
        InputError
            With the bad cells, at most `PROBLEMS_SHOWN` of them one by one.
        """
        if not self.problems:
            return self.rows
        shown = self.problems[:PROBLEMS_SHOWN]
        if rest := len(self.problems) - len(shown):
            valid = "the first ones often share one cause"
            shown.append(Problem(self.source, "has more such cells", rest, valid))
        article = "an" if self.kind.title[0] in "aeiou" else "a"
        raise InputError(
            shown, heading=f"{self.source} cannot be used as {article} {self.kind.title}:"
        )


def header(path: Path, kind: Kind | None = None) -> list[str]:
    """Return the names in a file's first line; `kind` is what it is read as, for a message."""
    return _header(path.name, _lines(path), kind)


def recognised(path: Path, names: Mapping[str, Names]) -> Kind:
    """Return the kind of log that a file's columns make it.

    Parameters
    ----------
    path : Path
        The file.
    names : mapping of str to mapping
        By kind, the file's own names of the columns.

    Raises
    ------
    InputError
        Where they fit no kind, or several.
    """
    found = header(path)
    fitting = {
        kind.name: kind
        for kind in reversed(KINDS)
        if not _lacking(kind, found, names.get(kind.name, {}))
    }
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    options = [f"--{kind.name}" for kind in KINDS]
    how = f"say which with {', '.join(dict.fromkeys(options))} FILE"
    if fitting:
        rule = f"may be a log of {' or '.join(sorted(fitting))}"
        raise refuse(path.name, rule, found, how)
    columns = "; ".join(f"{kind.name}: {', '.join(kind.needed)}" for kind in KINDS)
    valid = f"the columns of one kind ({columns}), {COMMAS_AND_NAMES}"
    rule = f"has the columns of no kind of log{_nearest(found, names)}"
    raise refuse(f"{path.name} row 1", rule, found, valid)


def _nearest(found: list[str], names: Mapping[str, Names]) -> str:
    """Return what the kind of log that lacks the least lacks, where any has a column of it."""
    lacking = {kind: _lacking(kind, found, names.get(kind.name, {})) for kind in KINDS}
    near = min(lacking, key=lambda kind: len(lacking[kind]) / len(kind.needed))
    if len(lacking[near]) >= len(near.needed):
        return ""
    return f": the nearest, {near.name}, lacks {', '.join(lacking[near])}"


def read_table(path: Path, kind: Kind, names: Names | None = None) -> Table:
    """Return the rows of a log with the needed columns; `Table.checked` raises what is wrong.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8 with commas between the cells and the column names in its first line.
    kind : Kind
        What to read it as. Columns that it does not name are not kept.
    names : mapping of str to str, optional
        The file's own names, by the kind's.

    Raises
    ------
    InputError
        A file that cannot be read or is empty, or that lacks a column.
    """
    return table_of(path.name, _lines(path), kind, names)


def table_of(
    source: str, lines: Iterator[tuple[int, list[str]]], kind: Kind, names: Names | None = None
) -> Table:
    """Return the rows of a log from its lines: (row number, cells), the column names first."""
    found = _header(source, lines, kind)
    given = _named(names)
    columns = [c for c in kind.columns if c.needed or given.get(c.name, c.name) in found]
    _check_columns(source, found, kind, given)
    places = [(c, found.index(given.get(c.name, c.name))) for c in columns]
    table = Table(source, kind, frozenset(c.name for c in columns), names=given)
    empty = True
    for number, row in lines:
        empty = False
        if len(row) != len(found):
            valid = f"{len(found)} cells ({', '.join(found)})"
            place, rule = f"{source} row {number}", "must have one cell a column"
            table.problems.append(Problem(place, rule, len(row), valid))
            continue
        values: dict[str, Any] = {}
        for column, place_in_row in places:
            text = row[place_in_row].strip()
            try:
                values[column.name] = column.parse(text)
            except CellError as error:
                table.refuse(number, column.name, error.rule, text, error.valid)
        if len(values) == len(places):
            table.rows.append(Row(number, values))
    if empty:
        valid = f"one line for each {kind.row} below the column names"
        raise refuse(source, "has no record", "column names only", valid)
    return table


def kind_of_absences(path: Path, names: Names | None = None) -> Kind:
    """Return the kind of an absence log: with dates where it has the column."""
    dated, undated = (kind for kind in KINDS if kind.name == "absences")
    return dated if _named(names).get("date", "date") in header(path, dated) else undated


def _named(names: Names | None) -> dict[str, str]:
    return dict(names or {})


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells) of each row that is not blank; row 1 is the first of the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for cells in reader:
                if any(map(str.strip, cells)):
                    yield reader.line_num, cells
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise refuse("path", f"cannot be read: {reason}", str(path), "a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        rule = f"is not a CSV file in UTF-8 ({error})"
        raise refuse("path", rule, str(path), "text with commas between the cells") from error


def _header(
    source: str, lines: Iterator[tuple[int, list[str]]], kind: Kind | None = None
) -> list[str]:
    for _, cells in lines:
        return [cell.strip() for cell in cells]
    wanted = f" {', '.join(kind.needed)}" if kind else ""
    raise refuse(source, "is empty", "no line", f"a first line with the columns{wanted}")


def _lacking(kind: Kind, found: Iterable[str], names: Names) -> list[str]:
    present = set(found)
    own = (names.get(name, name) for name in kind.needed)
    # A name that was given must be there even where the column may be left out.
    own_optional = (names[name] for name in kind.optional if name in names)
    return [name for name in (*own, *own_optional) if name not in present]


def _check_columns(source: str, found: list[str], kind: Kind, names: Names) -> None:
    optional = f" and perhaps {', '.join(kind.optional)}" if kind.optional else ""
    valid = f"{', '.join(kind.needed)}{optional}, {COMMAS_AND_NAMES}"
    used = [names.get(column.name, column.name) for column in kind.columns]
    problems = [
        Problem(f"{source} row 1", f"{rule}: {', '.join(columns)}", found, valid)
        for rule, columns in (
            ("lacks columns", _lacking(kind, found, names)),
            ("has columns twice", sorted({c for c in used if found.count(c) > 1})),
        )
        if columns
    ]
    if problems:
        raise InputError(problems)
