"""Absence records from a CSV file, each cell checked.

Comes in: a path. Goes out: records in the file's order, or one error that names every bad row and
column. Counts no spells and knows no business days; `spells` beside it does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ccmsim.fitting.kinds import HOURS_A_DAY
from ccmsim.fitting.reader import Names, Table, kind_of_absences, read_table


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a log; reason, day and month are None where the file has no such column."""

    worker: str
    reason: str | None
    day: date | None
    hours: float
    month: int | None = None


def read_records(path: Path, columns: Names | None = None) -> list[Record]:
    """Read a log in either format; a column `date` makes it a dated one.

    Parameters
    ----------
    path : Path
        The file.
    columns : mapping of str to str, optional
        The file's own names of the columns.

    Returns
    -------
    list of Record
        In the file's order, records of zero hours included; never empty.

    Raises
    ------
    InputError
        A file that cannot be read or is empty, missing columns, or the bad cells.
    """
    table = read_table(path, kind_of_absences(path, columns), columns)
    _check_days(table)
    return [
        Record(
            row["worker"],
            row.values.get("reason_code"),
            row.values.get("date"),
            row["hours"],
            row.values.get("month") or None,
        )
        for row in table.checked()
    ]


def _check_days(table: Table) -> None:
    """Refuse a date on which all records of a worker together exceed a day."""
    if "date" not in table.present:
        return
    booked: defaultdict[tuple[str, date], float] = defaultdict(float)
    for row in table.rows:
        key = row["worker"], row["date"]
        booked[key] += row["hours"]
        if booked[key] > HOURS_A_DAY:
            rule = f"makes {booked[key]:g} hours of worker {key[0]!r} on {key[1]}"
            valid = "at most 24 hours a worker and date"
            table.refuse(row.number, "hours", rule, row["hours"], valid)
