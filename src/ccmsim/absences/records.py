"""Absence records from a CSV file, each cell checked.

Comes in: a path. Goes out: records in the file's order, or one error that names every bad row and
column. Counts no spells and knows no business days; `spells` beside it does.
"""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ccmsim.calendar import FIRST_YEAR, LAST_YEAR
from ccmsim.errors import InputError, Problem, refuse

DATED: Final = ("worker", "date", "hours")
"""Columns that a log with dates must have; `reason_code` may be there too."""

UNDATED: Final = ("worker", "hours")
"""Columns that a log without dates must have; `reason_code` and RANGES may be there too."""

RANGES: Final = {"month": (0, 12), "weekday": (1, 7), "season": (1, 4)}
"""Checked and otherwise unused columns of a log without dates; month 0 is an unknown one."""

HOURS_A_DAY: Final = 24.0
HOURS_A_YEAR: Final = 8784.0

PROBLEMS_SHOWN: Final = 20
"""A file of the wrong kind is wrong in every row: the first ones tell enough."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a log; the reason and the day are None where the file has no such column."""

    worker: str
    reason: str | None
    day: date | None
    hours: float


def read_records(path: Path) -> list[Record]:
    """Read a log in either format; a column `date` makes it a dated one.

    Returns
    -------
    list of Record
        In the file's order, records of zero hours included; never empty.

    Raises
    ------
    InputError
        A file that cannot be read or is empty, unknown or missing columns, or the bad cells.
    """
    rows = _rows(path)
    if not rows:
        valid = f"a first line with the columns {', '.join(DATED)}"
        raise refuse(path.name, "is empty", "no line", valid)
    header = [name.strip() for name in rows.pop(0)[1]]
    _check_columns(path.name, header)
    if not rows:
        valid = "one line an absence below the column names"
        raise refuse(path.name, "has no record", "column names only", valid)
    problems: list[Problem] = []
    records, booked = [], defaultdict[tuple[str, date | None], float](float)
    for number, cells in rows:
        row = _Row(f"{path.name} row {number}", header, cells, problems)
        if row.complete():
            records.append(row.record())
            row.check_day(records[-1], booked)
    if problems:
        heading = f"{path.name} cannot be used as an absence log:"
        raise InputError(_shortened(problems, path.name), heading=heading)
    return records


class _Row:
    """One row being read; what is wrong with it joins the file's list of problems."""

    def __init__(
        self, place: str, header: list[str], cells: list[str], problems: list[Problem]
    ) -> None:
        self._place = place
        self._header = header
        self._cells = cells
        self._problems = problems

    def complete(self) -> bool:
        """Whether there is a cell for each column."""
        if len(self._cells) == len(self._header):
            return True
        valid = f"{len(self._header)} cells ({', '.join(self._header)})"
        self._problems.append(
            Problem(self._place, "must have one cell a column", len(self._cells), valid)
        )
        return False

    def record(self) -> Record:
        """Return the row as a record, with stand-ins for bad cells."""
        dated = "date" in self._header
        for column, (low, high) in RANGES.items():
            text = self._cell(column)
            if text is not None and not (text.isdecimal() and low <= int(text) <= high):
                self._refuse(column, "is not a known number", f"a whole number, {low} to {high}")
        worker = self._cell("worker") or ""
        if not worker:
            self._refuse("worker", "must not be empty", "a name or number of the worker")
        return Record(
            worker,
            self._cell("reason_code"),
            self._day() if dated else None,
            self._hours(HOURS_A_DAY if dated else HOURS_A_YEAR),
        )

    def check_day(
        self, record: Record, booked: defaultdict[tuple[str, date | None], float]
    ) -> None:
        """Refuse a date on which all records of a worker together exceed a day."""
        if record.day is None:
            return
        total = booked[record.worker, record.day] + record.hours
        booked[record.worker, record.day] = total
        if total > HOURS_A_DAY >= record.hours:
            rule = f"makes {total:g} hours of worker {record.worker!r} on {record.day}"
            self._refuse("hours", rule, "at most 24 hours a worker and date")

    def _day(self) -> date:
        text = self._cell("date") or ""
        valid = f"an ISO date such as 2026-01-05, {FIRST_YEAR} to {LAST_YEAR}"
        try:
            # fromisoformat also takes week dates and dates without dashes: too easily a mistake.
            day = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else "")
        except ValueError:
            self._refuse("date", "is not a date", valid)
            return date.min
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self._refuse("date", "is in a year whose holidays are not known", valid)
        return day

    def _hours(self, most: float) -> float:
        text = self._cell("hours") or ""
        try:
            hours = float(text)
        except ValueError:
            hours = math.nan
        if not 0.0 <= hours <= most:
            span = "a date" if most == HOURS_A_DAY else "a record"
            valid = f"a number, 0 to {most:g} for {span}, with a point for decimals"
            self._refuse("hours", "is not a number of hours absent", valid)
        return hours

    def _cell(self, column: str) -> str | None:
        if column not in self._header:
            return None
        return self._cells[self._header.index(column)].strip()

    def _refuse(self, column: str, rule: str, valid: str) -> None:
        field = f"{self._place}, column {column!r}"
        self._problems.append(Problem(field, rule, self._cell(column), valid))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return (row number, cells) of each row that is not blank; row 1 is the first of the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            return [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise refuse("path", f"cannot be read: {reason}", str(path), "a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        rule = f"is not a CSV file in UTF-8 ({error})"
        raise refuse("path", rule, str(path), "text with commas between the cells") from error


def _check_columns(name: str, header: list[str]) -> None:
    dated = "date" in header
    needed = DATED if dated else UNDATED
    known = {*needed, "reason_code", *(() if dated else RANGES)}
    valid = (
        f"{', '.join(DATED)} and perhaps reason_code; or, without dates, {', '.join(UNDATED)} and "
        f"perhaps reason_code, {', '.join(RANGES)}; with commas between them"
    )
    problems = [
        Problem(f"{name} row 1", rule, columns, valid)
        for rule, columns in (
            ("has unknown columns", [column for column in header if column not in known]),
            ("lacks columns", [column for column in needed if column not in header]),
            ("has columns twice", sorted({c for c in header if header.count(c) > 1})),
        )
        if columns
    ]
    if problems:
        raise InputError(problems)


def _shortened(problems: list[Problem], name: str) -> list[Problem]:
    if len(problems) <= PROBLEMS_SHOWN:
        return problems
    rest = len(problems) - PROBLEMS_SHOWN
    valid = "the first ones often share one cause"
    return [*problems[:PROBLEMS_SHOWN], Problem(name, "has more such cells", rest, valid)]
