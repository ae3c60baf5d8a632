"""Reading an absence log: records checked, filtered and merged into spells.

Comes in: the path of a CSV file. Goes out: an `AbsenceLog`. Fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Final

from ccmsim import calendar
from ccmsim.absences.log import AbsenceLog, is_number, months_between
from ccmsim.absences.records import read_records
from ccmsim.absences.spells import in_order, keep_reasons, merged_spells, single_spells
from ccmsim.errors import refuse

COURIER_NOT_SICKNESS: Final = (0, *range(22, 29))
"""Reason codes of the courier log that are no sickness: none given, consultations and the like."""

COURIER_YEARS: Final = 3.0
"""Years that the courier log covers, as its authors say: July 2007 to July 2010."""


def read_log(
    path: str | Path,
    *,
    reasons: Iterable[int | str] | None = None,
    exclude_reasons: Iterable[int | str] | None = None,
    hours_per_day: float = 8.0,
    min_hours: float = 0.0,
    federal_holidays: bool = True,
    closed_days: Sequence[date] = (),
    columns: Mapping[str, str] | None = None,
) -> AbsenceLog:
    """Read an absence log from a CSV file, with or without dates.

    With dates: columns `worker`, `date` (ISO), `hours`, perhaps `reason_code`; one record a worker
    and day. Records of one worker on consecutive business days are one spell, whatever their
    reasons; days off do not interrupt it and are no days of it. Without dates: `worker`, `hours`,
    perhaps `reason_code` and `month`; each record is a spell of hours / `hours_per_day` days.
    Records of zero hours are no absence. What is in other columns is not read.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with commas and a first line of column names.
    reasons : iterable of int or str, optional
        Reason codes to keep; all when left out.
    exclude_reasons : iterable of int or str, optional
        Reason codes to leave out; none when left out.
    hours_per_day : float
        Hours of a full day of absence.
    min_hours : float
        Spells with fewer hours are left out: a two-hour errand is no day of sickness.
    federal_holidays : bool
        Whether US federal holidays are days off (dated logs).
    closed_days : sequence of date
        The practice's own days off (dated logs).
    columns : mapping of str to str, optional
        The file's own names of columns, such as {"worker": "employee_id"}.

    Returns
    -------
    AbsenceLog
        Its `workers` are all those in the file, before any filter.

    Raises
    ------
    InputError
        Naming the file, row and column of each bad cell; a file that cannot be read or holds no
        record; reasons that match nothing; impossible settings.

    Examples
    --------
    >>> log = example_log()
    >>> len(log.workers), len(log.spells), log.dated
    (36, 696, False)
    """
    if not (is_number(hours_per_day) and 0.0 < hours_per_day <= 24.0):
        raise refuse("hours_per_day", "must be hours of a day", hours_per_day, "above 0, up to 24")
    if not (is_number(min_hours) and min_hours >= 0.0):
        raise refuse("min_hours", "must not be negative", min_hours, "hours such as 4.0")
    file = Path(path)
    records = read_records(file, columns)
    absent = [record for record in records if record.hours > 0.0]
    kept = keep_reasons(absent, file.name, include=reasons, exclude=exclude_reasons)
    dates = [record.day for record in records if record.day is not None]
    if dates:
        off = calendar.days_off(
            range(min(dates).year, max(dates).year + 1),
            closed_days=closed_days,
            federal_holidays=federal_holidays,
        )
        spells, on_days_off = merged_spells(kept, off)
    else:
        spells, on_days_off = single_spells(kept, hours_per_day), 0
    long_enough = tuple(spell for spell in spells if spell.hours >= min_hours)
    return AbsenceLog(
        source=file.name,
        workers=in_order(record.worker for record in records),
        spells=long_enough,
        hours_per_day=float(hours_per_day),
        years=(months_between(min(dates), max(dates)) + 1) / 12.0 if dates else None,
        first_month=min(dates).replace(day=1) if dates else None,
        set_aside=(
            ("zero hours", len(records) - len(absent)),
            ("reasons", len(absent) - len(kept)),
            ("day off", on_days_off),
            ("under min_hours", len(spells) - len(long_enough)),
        ),
        federal_holidays=federal_holidays,
        closed_days=tuple(closed_days),
    )


def example_log(
    *,
    reasons: Iterable[int | str] | None = None,
    exclude_reasons: Iterable[int | str] | None = None,
    min_hours: float = 0.0,
) -> AbsenceLog:
    """Read the example that is shipped: 36 workers of a Brazilian courier company over three years.

    A real log, but not of a clinic, and without dates. `COURIER_NOT_SICKNESS` as `exclude_reasons`
    leaves sickness. The settings are those of `read_log`.

    Notes
    -----
    Source: Martiniano, Ferreira & Sassi, "Absenteeism at work", UCI Machine Learning Repository,
    data set 445, CC BY 4.0; six of its columns.

    Examples
    --------
    >>> dict(example_log(exclude_reasons=COURIER_NOT_SICKNESS).set_aside)
    {'zero hours': 44, 'reasons': 434, 'day off': 0, 'under min_hours': 0}
    """
    shipped = resources.files("ccmsim") / "data" / "absences_courier_2007_2010.csv"
    with resources.as_file(shipped) as path:
        log = read_log(path, reasons=reasons, exclude_reasons=exclude_reasons, min_hours=min_hours)
    return replace(log, years=COURIER_YEARS)
