"""A month's log so far: who has how many minutes, and who was called how often.

Comes in: a CSV file with one piece of work a line. Goes out: a `MonthLog`: entries by patient, in
the order of the work. Patients' labels stay in it. Simulates nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ccmsim.fitting import cells
from ccmsim.fitting.kinds import MINUTES_A_DAY, Column, Kind
from ccmsim.fitting.reader import Names, read_table

ANSWERED: Final = "answered"
UNANSWERED: Final = "unanswered"
CHART: Final = "chart"
REQUEST: Final = "request"


def _answered(text: str) -> bool | None:
    return cells.yes_or_no(text) if text else None


def _work(text: str) -> str:
    return cells.one_of(CHART, REQUEST)(text) if text else REQUEST


MONTH: Final = Kind(
    "month", "month's log", "piece of work",
    (
        Column("patient", cells.name_of("the patient"),
               "a number for the patient, any that is always the same", ("17", "42")),
        Column("date", cells.day, "the date of the work", ("2026-03-02", "2026-03-02")),
        Column("minutes", cells.number("number of minutes", 0.0, MINUTES_A_DAY),
               "the minutes that were logged for it; of an unanswered call, how long it took",
               ("2", "16")),
        Column("answered", _answered,
               "for a call that was placed: yes or no; empty for any other work", ("no", "yes")),
        Column("work", _work,
               "what other work was: `chart` (on the practice's own account) or `request` (a "
               "patient's call or a task); empty counts as a request", ("", ""), needed=False),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of work: its day, its minutes, and ANSWERED, UNANSWERED, CHART or REQUEST."""

    day: date
    minutes: float
    what: str


@dataclass(frozen=True, eq=False)
class MonthLog:
    """The entries of each patient, in the order of the work."""

    source: str
    entries: Mapping[str, tuple[Entry, ...]]

    def until(self, day: date) -> MonthLog:
        """Return the log as it was on the evening of a day."""
        kept = {
            patient: tuple(entry for entry in entries if entry.day <= day)
            for patient, entries in self.entries.items()
        }
        return MonthLog(self.source, {patient: found for patient, found in kept.items() if found})

    def save(self, path: str | Path) -> None:
        """Write a CSV file that `read_month_log` reads."""
        said = {ANSWERED: "yes", UNANSWERED: "no"}
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column.name for column in MONTH.columns])
            for patient, entries in self.entries.items():
                for day, minutes, what in ((e.day, e.minutes, e.what) for e in entries):
                    answered = said.get(what, "")
                    writer.writerow([patient, day, minutes, answered, "" if answered else what])


def read_month_log(path: str | Path, names: Names | None = None) -> MonthLog:
    """Return a month's log from a CSV file with the columns of `MONTH`.

    Parameters
    ----------
    path : str or Path
    names : mapping of str to str, optional
        The file's own names of columns, by the names used here.

    Raises
    ------
    ccmsim.errors.InputError
        For a file that cannot be read, lacks a column, or has a bad cell.
    """
    table = read_table(Path(path), MONTH, names)
    found: dict[str, list[Entry]] = {}
    for row in table.checked():
        answered = row["answered"]
        what = row.values.get("work", REQUEST)
        if answered is not None:
            what = ANSWERED if answered else UNANSWERED
        found.setdefault(row["patient"], []).append(Entry(row["date"], row["minutes"], what))
    return MonthLog(
        table.source,
        {
            patient: tuple(sorted(entries, key=lambda entry: entry.day))
            for patient, entries in found.items()
        },
    )
