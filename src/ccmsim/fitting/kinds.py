"""The kinds of log that can be read, column by column.

Comes in: nothing. Goes out: for each kind its columns, with what each cell may hold and examples.
Reads no file: `reader` beside it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ccmsim.fitting import cells

MINUTES_A_DAY: Final = 1440.0
HOURS_A_DAY: Final = 24.0
HOURS_A_YEAR: Final = 8784.0

STATUSES: Final = ("paid", "denied", "recovered", "appealed", "appeal_won", "appeal_lost", "open")
"""What has become of a claim line: see `CLAIMS`."""


@dataclass(frozen=True)
class Column:
    """A column: its name, how a cell is read, whether it must be there, what it holds."""

    name: str
    parse: Callable[[str], Any]
    meaning: str
    examples: tuple[str, str]
    needed: bool = True


@dataclass(frozen=True)
class Kind:
    """A kind of log."""

    name: str
    title: str
    row: str
    columns: tuple[Column, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.needed)

    @property
    def optional(self) -> tuple[str, ...]:
        """Names of the other columns."""
        return tuple(column.name for column in self.columns if not column.needed)

    def template(self) -> str:
        """Return a tally sheet: the column names and two rows as examples, as CSV text.

        Examples
        --------
        >>> print(CLAIMS.template().splitlines()[0])
        month,code,status,paid_on
        """
        lines = [",".join(column.name for column in self.columns)]
        lines += [",".join(column.examples[k] for column in self.columns) for k in range(2)]
        return "\n".join(lines) + "\n"


_minutes = cells.number("number of minutes", 0.0, MINUTES_A_DAY)

CALLS: Final = Kind(
    "calls", "call log", "call placed",
    (
        Column("patient", cells.name_of("the patient"),
               "a number for the patient, any that is always the same", ("17", "42")),
        Column("time", cells.instant,
               "when it was placed: `2026-01-05 14:30`, or the date alone",
               ("2026-01-05 09:30", "2026-01-05 14:10")),
        Column("answered", cells.yes_or_no, "whether the patient was spoken with: yes or no",
               ("no", "yes")),
        Column("minutes", _minutes, "how long it took, notes aside", ("2", "11")),
    ),
)  # fmt: skip

DATED_ABSENCES: Final = Kind(
    "absences", "absence log", "date of a worker's absence",
    (
        Column("worker", cells.name_of("the worker"), "a name or number of the worker",
               ("Ann", "Bo")),
        Column("date", cells.day, "the date, such as `2026-01-05`", ("2026-01-05", "2026-02-17")),
        Column("hours",
               cells.number("number of hours absent", 0.0, HOURS_A_DAY, " for a date"),
               "hours away on that date", ("8", "4")),
        Column("reason_code", cells.anything, "why, to leave some out", ("sick", "sick"),
               needed=False),
    ),
)  # fmt: skip

UNDATED_ABSENCES: Final = Kind(
    "absences", "absence log", "absence, in a log without dates",
    (
        DATED_ABSENCES.columns[0],
        Column("hours", cells.number("number of hours absent", 0.0, HOURS_A_YEAR, " for a record"),
               "hours away in all", ("8", "24")),
        DATED_ABSENCES.columns[3],
        Column("month", cells.whole(0, 12), "the month of the year, 0 where not known", ("1", "2"),
               needed=False),
    ),
)  # fmt: skip

TIME: Final = Kind(
    "time", "time log", "piece of work",
    (
        Column("patient", cells.name_of("the patient"),
               "a number for the patient, any that is always the same", ("17", "42")),
        Column("worked", cells.day, "the date of the work", ("2026-01-05", "2026-01-05")),
        Column("entered", cells.day_if_any,
               "the date on which it was entered; empty where it never was", ("2026-01-05", "")),
        Column("minutes", _minutes, "how long the work took", ("16", "9")),
        Column("logged_minutes", cells.number_if_any(_minutes),
               "the minutes that were entered, where they are known apart", ("15", ""),
               needed=False),
    ),
)  # fmt: skip

CLAIMS: Final = Kind(
    "claims", "list of claims", "code billed for a patient's month",
    (
        Column("month", cells.month, "the month of service, such as `2026-03`",
               ("2026-01", "2026-01")),
        Column("code", cells.name_of("the billing code"), "the billing code", ("99490", "99439")),
        Column("status", cells.one_of(*STATUSES),
               "what has become of it: `paid` at once; `denied`; `recovered` (denied, then paid); "
               "`appealed` (denied, not decided); `appeal_won`; `appeal_lost`; `open`",
               ("paid", "denied")),
        Column("paid_on", cells.day_if_any, "the date of the payment; empty where there is none",
               ("2026-02-20", ""), needed=False),
    ),
)  # fmt: skip

KINDS: Final = (CALLS, DATED_ABSENCES, UNDATED_ABSENCES, TIME, CLAIMS)
"""In the order in which a file is recognised: a log with dates before one without."""


def columns_page() -> str:
    """Return the columns of all kinds as Markdown tables.

    Examples
    --------
    >>> columns_page().splitlines()[0]
    '**calls**: one line for each call placed.'
    """
    lines = []
    for kind in KINDS:
        lines += [f"**{kind.name}**: one line for each {kind.row}.", "", "| column | holds |"]
        lines += ["|---|---|"]
        for column in kind.columns:
            may = "" if column.needed else "; may be left out"
            lines.append(f"| `{column.name}` | {column.meaning}{may} |")
        lines.append("")
    return "\n".join(lines)
