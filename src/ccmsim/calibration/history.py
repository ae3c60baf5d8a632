"""A practice's months: what was enrolled, billed, paid and worked in each.

Comes in: a CSV file or a pandas table with one month a row. Goes out: a frozen `History`, every
cell checked. What is in other columns is never kept. Simulates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.finance import CODES
from ccmsim.fitting import cells
from ccmsim.fitting.kinds import Column, Kind
from ccmsim.fitting.reader import Names, Row, Table, read_table, table_of
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.problems import suggestion

FEWEST: Final = 3
"""Months that a history must have."""

_MOST: Final = 1e9


def _amount(what: str) -> Any:
    return cells.number_if_any(cells.number(what, 0.0, _MOST))


def _column(name: str, what: str, meaning: str, examples: tuple[str, str]) -> Column:
    return Column(name, _amount(what), meaning, examples, needed=False)


_EXAMPLES: Final = {"99490": ("124", "131"), "99439": ("38", "41")}

HISTORY: Final = Kind(
    "history", "history", "month",
    (
        Column("month", cells.month, "the month, such as `2026-03`; every month, in order",
               ("2026-01", "2026-02")),
        _column("enrolled_patients", "number of patients",
                "patients enrolled at the month's start", ("200", "197")),
        _column("billable_patients", "number of patients",
                "patients billed for the month, whatever the code", ("124", "131")),
        *(_column(code, "number of units", f"units of {code} billed for the month",
                  _EXAMPLES.get(code, ("0", "0"))) for code in CODES),
        _column("billed_usd", "number of dollars",
                "allowed amount of the month's claims, US dollars", ("10312.40", "10950.10")),
        _column("collected_usd", "number of dollars",
                "cash that arrived in the month, US dollars", ("9120.00", "9655.20")),
        _column("worked_hours", "number of hours",
                "hours that coordinators worked on the programme", ("108.5", "104")),
        _column("on_duty_hours", "number of hours",
                "hours that coordinators were at their desks for it", ("112", "106.5")),
        _column("absence_minutes", "number of minutes",
                "scheduled minutes in which a coordinator was away, whatever the cause",
                ("1230", "1600")),
        _column("attempts", "number of calls", "calls placed to patients", ("590", "571")),
        _column("contacts", "number of calls",
                "calls answered by patients, and calls from patients that were taken",
                ("402", "390")),
    ),
)  # fmt: skip
"""The columns of a history; all but `month` may be left out, and their cells may be empty."""

SERIES: Final = HISTORY.optional
"""The columns that can be fitted to, in the order in which they are listed."""


_USUAL: Final = ("99490", "99439")


def template() -> str:
    """Return a sheet of months to fill in, with the usual columns and two rows as examples.

    Examples
    --------
    >>> template().splitlines()[0][:50]
    'month,enrolled_patients,billable_patients,99490,99'
    """
    usual = tuple(c for c in HISTORY.columns if c.name not in CODES or c.name in _USUAL)
    return replace(HISTORY, columns=usual).template()


@dataclass(frozen=True, eq=False)
class History:
    """The months of a practice.

    Parameters
    ----------
    source : str
        Where they come from: the file's name.
    months : tuple of date
        The first day of each month, without gaps.
    columns : mapping of str to ndarray, shape (months,)
        By name of `SERIES`, in that order; NaN where a cell is empty. Read-only.
    """

    source: str
    months: tuple[date, ...]
    columns: Mapping[str, Floats]

    def __post_init__(self) -> None:
        locked = {}
        for name in SERIES:
            if name in self.columns:
                locked[name] = np.array(self.columns[name], dtype=np.float64)
                locked[name].setflags(write=False)
        object.__setattr__(self, "columns", FrozenMapping(locked))

    @property
    def labels(self) -> tuple[str, ...]:
        """The months as text, such as "2026-01"."""
        return tuple(f"{month:%Y-%m}" for month in self.months)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; an empty cell is None."""
        return {
            "source": self.source,
            "months": list(self.labels),
            "columns": {
                name: [None if np.isnan(value) else float(value) for value in column]
                for name, column in self.columns.items()
            },
        }

    def only(self, names: tuple[str, ...]) -> History:
        """Return the same months with these columns alone."""
        return History(self.source, self.months, {name: self.columns[name] for name in names})


def read_history(history: Any, columns: Names | None = None) -> History:
    """Return the months of a CSV file, a pandas DataFrame or a `History`.

    Parameters
    ----------
    history : str, Path, DataFrame or History
        One row a month; the columns of `SERIES`, "month" needed, the others where there are any. Of
        a table the month may be the index.
    columns : mapping of str to str, optional
        The file's own names of columns, by the names that are used here.

    Raises
    ------
    ccmsim.errors.InputError
        With every bad cell and its row; months that are missing, doubled or out of order; no column
        to fit to.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"], "99490": [120, 131, 99]})
    >>> read_history(months).columns["99490"].tolist()
    [120.0, 131.0, 99.0]
    """
    if isinstance(history, History):
        return history
    _check_known(columns or {})
    if isinstance(history, str | Path):
        table = read_table(Path(history), HISTORY, columns)
    elif hasattr(history, "columns") and hasattr(history, "itertuples"):
        table = table_of("history", _lines_of(history), HISTORY, columns)
    else:
        valid = "a path to a CSV file, or a pandas DataFrame with one row a month"
        raise refuse("history", "is not a table of months", type(history).__name__, valid)
    if not table.problems:  # a bad row is left out, and the next would not follow
        _check_months(table)
    rows = table.checked()
    names = [name for name in SERIES if name in table.present]
    found = {name: np.array([_value(row, name) for row in rows]) for name in names}
    found = {name: column for name, column in found.items() if not np.isnan(column).all()}
    if not found:
        valid = f"at least one of {', '.join(SERIES)}"
        raise refuse(table.source, "has no column to fit to", sorted(table.present), valid)
    if len(rows) < FEWEST:
        valid = f"at least {FEWEST} months, better 12 or more"
        raise refuse(table.source, "has too few months", len(rows), valid)
    return History(table.source, tuple(row["month"] for row in rows), found)


def _value(row: Row, name: str) -> float:
    return np.nan if row[name] is None else float(row[name])


def _lines_of(frame: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a table as a spreadsheet would number them."""
    if "month" not in frame.columns and frame.index.name == "month":
        frame = frame.reset_index()
    yield 1, [str(name) for name in frame.columns]
    for number, row in enumerate(frame.itertuples(index=False, name=None), start=2):
        yield number, [_text(value) for value in row]


def _text(value: Any) -> str:
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m"))
    return "" if value is None or value != value else str(value)


def _check_known(columns: Names) -> None:
    """Refuse names for columns that no history has."""
    known = [*HISTORY.needed, *HISTORY.optional]
    problems = [
        Problem("columns", f"names no column of a history{suggestion(name, known)}", name,
                ", ".join(known))
        for name in columns
        if name not in known
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


def _check_months(table: Table) -> None:
    """Refuse months that are missing, doubled or out of order, row by row."""
    for before, row in zip(table.rows, table.rows[1:], strict=False):
        expected = _next(before["month"])
        if row["month"] != expected:
            rule, value = "does not follow the month before it", f"{row['month']:%Y-%m}"
            table.refuse(row.number, "month", rule, value, f"{expected:%Y-%m}")


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def check_named(history: History, names: Mapping[str, Any], what: str) -> None:
    """Refuse names that are no columns of the history."""
    problems = [
        Problem(what, "is not a column of the history", name, ", ".join(history.columns))
        for name in names
        if name not in history.columns
    ]
    if problems:
        raise InputError(problems)
