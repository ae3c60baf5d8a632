"""From records to spells: which reasons count, which days belong together.

Comes in: checked records. Goes out: spells in whole business days. Reads no files, fits nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from ccmsim.absences.records import Record
from ccmsim.errors import refuse

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Spell:
    """One absence of one worker.

    Parameters
    ----------
    worker : str
        The worker's name in the log.
    days : int
        Whole business days, at least 1.
    hours : float
        Recorded hours, all days together.
    start : date, optional
        First business day; None in a log without dates.
    month : int, optional
        Month of the year in a log without dates, where it is known.
    """

    worker: str
    days: int
    hours: float
    start: date | None = None
    month: int | None = field(default=None, compare=False)


def in_order(workers: Iterable[str]) -> tuple[str, ...]:
    """Return distinct names, by number where all are whole numbers, else by name.

    Examples
    --------
    >>> in_order(["10", "9"]), in_order(["10", "9", "Bo"])
    (('9', '10'), ('10', '9', 'Bo'))
    """
    distinct = set(workers)
    if all(name.isdecimal() for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))


def keep_reasons(
    records: list[Record],
    source: str,
    *,
    include: Iterable[int | str] | None,
    exclude: Iterable[int | str] | None,
) -> list[Record]:
    """Return the records whose reason is wanted; codes are compared as text.

    Raises
    ------
    InputError
        A filter on a log without reasons, or one that leaves nothing of what there was.
    """
    wanted, unwanted = _codes("reasons", include), _codes("exclude_reasons", exclude)
    if wanted is None and unwanted is None:
        return records
    field = "exclude_reasons" if wanted is None else "reasons"
    present = {record.reason for record in records if record.reason is not None}
    if records and not present:
        valid = "no filter, or a log with the column reason_code"
        raise refuse(
            field, f"cannot be used: {source} has no reason_code", include or exclude, valid
        )
    kept = [
        record
        for record in records
        if (wanted is None or record.reason in wanted) and record.reason not in (unwanted or ())
    ]
    if records and not kept:
        valid = f"a filter that keeps some of {', '.join(in_order(present))}"
        raise refuse(field, f"leaves no record of {source}", include or exclude, valid)
    return kept


def single_spells(records: list[Record], hours_per_day: float) -> list[Spell]:
    """Return each record as a spell: whole days to the nearest, halves up, one at least.

    Examples
    --------
    >>> [single_spells([Record("1", None, None, hours)], 8.0)[0].days for hours in (2, 11, 12, 40)]
    [1, 1, 2, 5]
    """
    spells = [
        Spell(
            r.worker,
            max(1, math.floor(r.hours / hours_per_day + 0.5)),
            float(r.hours),
            month=r.month,
        )
        for r in records
    ]
    order = {worker: index for index, worker in enumerate(in_order(s.worker for s in spells))}
    return sorted(spells, key=lambda spell: order[spell.worker])


def merged_spells(records: list[Record], off: Days) -> tuple[list[Spell], int]:
    """Merge each worker's records on consecutive business days into spells.

    Parameters
    ----------
    records : list of Record
        With dates, in any order; several on one day add up.
    off : ndarray of datetime64
        Days off besides Saturdays and Sundays.

    Returns
    -------
    tuple of (list of Spell, int)
        The spells, by worker and start; and the number of records on days off, which join none.
    """
    hours: defaultdict[str, defaultdict[Any, float]] = defaultdict(lambda: defaultdict(float))
    on_days_off = 0
    for record in records:
        day = np.datetime64(record.day, "D")
        if np.is_busday(day, holidays=off):
            hours[record.worker][day] += record.hours
        else:
            on_days_off += 1
    spells = []
    for worker in in_order(hours):
        days = np.array(sorted(hours[worker]))
        # Business days counted from a fixed day: neighbours differ by one, across any day off.
        number = np.busday_count(np.datetime64("1970-01-01"), days, holidays=off)
        for part in np.split(days, np.flatnonzero(np.diff(number) > 1) + 1):
            total = sum(hours[worker][day] for day in part)
            spells.append(Spell(worker, len(part), total, date.fromisoformat(str(part[0]))))
    return spells, on_days_off


def _codes(field: str, codes: Iterable[int | str] | None) -> set[str] | None:
    if codes is None:
        return None
    if isinstance(codes, str) or not isinstance(codes, Iterable):
        raise refuse(field, "must be a list of reason codes", codes, "such as [1, 2] or ['sick']")
    return {str(code).strip() for code in codes}
