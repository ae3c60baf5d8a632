"""A time log: when work is entered, and what never is.

Comes in: a CSV file with one piece of work a line, and perhaps the call log of the same weeks. Goes
out: a `TimeFit`, and from it the capture fields of a scenario. Simulates nothing.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, ratio_of_means
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.estimation.goodness import GoodnessTest, same_share
from ccmsim.fitting.kinds import CALLS, TIME
from ccmsim.fitting.reader import Names, Row, read_table
from ccmsim.fitting.units import FEWEST, mean_by
from ccmsim.fitting.value import Fitted, counted, tidy
from ccmsim.fitting.views import Fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario

CLOSES_AFTER_DAYS: Final = 5
DELAYS: Final = (("same day", 0), ("1 day", 1), ("2 to 7", 7), ("8 to 30", 30), ("later", 10**6))
"""Classes of delay and the last day of each."""

CANNOT_TELL: Final = (
    (
        "logging at once from logging in the evening: a date is the same for both "
        "(documentation.capture)"
    ),
    "how long logging takes (documentation.logging_minutes_per_entry)",
    "what is logged of others' work (documentation.outside_capture_share)",
    "whether the documentation stands (documentation.failure_share): an audit would",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeFit(Fit):
    """What a time log says about capture, each number with its error.

    Parameters
    ----------
    source : str
        Name of the file.
    entries, days : int
        Pieces of work, and days of work: the units of all errors.
    same_day_share : Estimate
        Entries made on the day of the work, as a share of all that were made.
    late_share : Estimate
        Work that was entered after its month was closed, as a share of what was entered.
    never_share : Estimate, optional
        Work that was never entered. None where the log cannot show any.
    entry_loss_share : Estimate, optional
        Never entered, or too late. None where `never_share` is.
    minute_loss_share : Estimate, optional
        Part of the minutes that entries in time lack. None without logged_minutes.
    compared_with : str
        Name of the call log, "" without one.
    closes_after_days : int
        Days after a month's end from which on an entry is too late.
    delays : tuple of int
        How many entries there are in each class of DELAYS.
    by_week, by_length : tuple of (int, int)
        Lost, and all, by week of the work and by quarter of its minutes. Empty where
        `entry_loss_share` is None.
    """

    source: str
    entries: int
    days: int
    same_day_share: Estimate
    late_share: Estimate
    never_share: Estimate | None
    entry_loss_share: Estimate | None
    minute_loss_share: Estimate | None
    compared_with: str
    closes_after_days: int
    delays: tuple[int, ...]
    by_week: tuple[tuple[int, int], ...] = field(repr=False)
    by_length: tuple[tuple[int, int], ...] = field(repr=False)

    cannot_tell = CANNOT_TELL

    def estimates(self) -> dict[str, Estimate]:
        """Return every number by name."""
        named = {
            "same_day_share": self.same_day_share,
            "late_share": self.late_share,
            "never_share": self.never_share,
            "entry_loss_share": self.entry_loss_share,
            "minute_loss_share": self.minute_loss_share,
        }
        return {name: found for name, found in named.items() if found is not None}

    def tests(self) -> tuple[GoodnessTest, ...]:
        """Return whether losses are alike from week to week, and for short and long work.

        The model loses every entry with the same probability, independently.
        """
        parts = (("the same loss every week", self.by_week),
                 ("the same loss of short and long work", self.by_length))  # fmt: skip
        return tuple(same_share(name, *_columns(part)) for name, part in parts if part)

    def warnings(self) -> tuple[str, ...]:
        """Return in words what this log can't tell well."""
        found = []
        if self.entry_loss_share is None:
            found.append(
                "all work in the log was entered, so it cannot show what never was: list the work "
                "itself, with `entered` empty where it is missing, or give the call log of the "
                "same weeks; the scenario's losses are kept"
            )
        if self.compared_with:
            found.append(
                "calls are looked for among the patient's entries of the day: an entry of other "
                "work hides a lost call, so the loss may be larger"
            )
        if self.days < FEWEST:
            found.append(f"there are only {self.days} days of work: errors take entries as units")
        loss = self.minute_loss_share
        if loss is not None and loss.value < 0.0:
            found.append("more minutes were entered than worked; the scenario takes no loss")
        return tuple(found)

    def fitted(self, base: Scenario | None = None) -> tuple[Fitted, ...]:
        """Return the values for a scenario; `base` says whether work is logged at once."""
        source = f"{self.source}, {counted(self.entries, 'entry').replace('entrys', 'entries')}"
        if self.compared_with:
            source += f", against the answered calls of {self.compared_with}"
        mode = self.capture(base)
        found = [Fitted("documentation.capture", mode, None, source)]
        if self.entry_loss_share is not None:
            for name in ("entry_loss_share", "minute_loss_share"):
                estimate = getattr(self, name)
                if estimate is not None:
                    value = tidy(max(0.0, estimate.value))
                    found.append(Fitted(f"documentation.{mode}.{name}", value, estimate, source))
        return tuple(found)

    def capture(self, base: Scenario | None = None) -> str:
        """Return the way of logging: that of the day where most entries are made on it."""
        if self.same_day_share.value < 0.5:
            return "end_of_month"
        at_once = base is not None and base.documentation.capture == "real_time"
        return "real_time" if at_once else "end_of_day"

    def plot(self) -> Figure:
        """Return a figure: delays of entries, and the loss by week and by length."""
        from ccmsim.fitting.record_views import time_figure

        return time_figure(self)


def fit_time(
    path: str | Path,
    *,
    calls: str | Path | None = None,
    columns: Names | None = None,
    call_columns: Names | None = None,
    closes_after_days: int = CLOSES_AFTER_DAYS,
    level: float = 0.95,
) -> TimeFit:
    """Fit when work is entered, and what is lost, to a time log.

    Losses can be seen in two ways: the file lists the work, whether or not it was entered (an empty
    `entered`); or each answered call of a call log is looked for among the patient's entries of
    that day. A log of entries alone shows when they are made, and nothing of what never was.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns patient, worked, entered, minutes, and perhaps logged_minutes.
    calls : str or Path, optional
        The call log; its calls within the time log's dates are used.
    columns, call_columns : mapping of str to str, optional
        The files' own names, such as {"worked": "service_date"}.
    closes_after_days : int
        Days after the end of a month from which on an entry of its work is too late to be billed.
    level : float
        Level of all intervals.

    Returns
    -------
    TimeFit

    Raises
    ------
    InputError
        Naming the file, row and column of each bad cell; a log without any entry; no answered call
        in the log's dates; impossible settings.

    Examples
    --------
    >>> from ccmsim.fitting.examples import example
    >>> fit = fit_time(example("time"))
    >>> print(fit.entry_loss_share)
    0.086 ± 0.020 (95 %)
    """
    if not 0 <= closes_after_days <= 365:
        rule = "must be days after a month's end"
        raise refuse("closes_after_days", rule, closes_after_days, "0 to 365, such as 5")
    level = between_0_and_1("level", level)
    rows = _checked_rows(Path(path), columns)
    made = [row for row in rows if row["entered"] is not None]
    if not made:
        valid = "a log with entries"
        raise refuse(Path(path).name, "has no entry at all", 0, valid)
    worked = [row["worked"] for row in made]
    late = np.array([_too_late(row, closes_after_days) for row in made])
    delay = np.array([(row["entered"] - row["worked"]).days for row in made])
    never, lost, weeks, minutes = _losses(rows, calls, call_columns, closes_after_days, level)
    edges = [-1, *(last for _, last in DELAYS)]
    in_time = [row for row, too_late in zip(made, late, strict=True) if not too_late]
    return TimeFit(
        source=Path(path).name,
        entries=len(rows),
        days=len({row["worked"] for row in rows}),
        same_day_share=mean_by(delay == 0, worked, level=level),
        late_share=mean_by(late, worked, level=level),
        never_share=never,
        entry_loss_share=lost[1] if lost else None,
        minute_loss_share=_minute_loss(in_time, level) if lost else None,
        compared_with="" if calls is None else Path(calls).name,
        closes_after_days=closes_after_days,
        delays=tuple(np.histogram(delay, bins=np.array(edges) + 0.5)[0].tolist()),
        by_week=_counts(lost[0], weeks) if lost else (),
        by_length=_counts(lost[0], _quarters(minutes)) if lost else (),
        level=level,
    )


def _checked_rows(path: Path, columns: Names | None) -> list[Row]:
    table = read_table(path, TIME, columns)
    for row in table.rows:
        entered = row["entered"]
        if entered is not None and entered < row["worked"]:
            valid = f"{row['worked']} or later, or empty where it never was entered"
            table.refuse(row.number, "entered", "is before the work", str(entered), valid)
    return table.checked()


def _too_late(row: Row, days: int) -> bool:
    worked: date = row["worked"]
    last = worked.replace(day=calendar.monthrange(worked.year, worked.month)[1])
    return bool((row["entered"] - last).days > days)


Lost = tuple[npt.NDArray[np.bool_], Estimate]


def _losses(
    rows: list[Row], calls: str | Path | None, names: Names | None, closes: int, level: float
) -> tuple[Estimate | None, Lost | None, npt.NDArray[np.int64], Floats]:
    """Return never_share, what is lost with its share, and each one's week and minutes."""
    if calls is None:
        days = [row["worked"] for row in rows]
        minutes = np.array([row["minutes"] for row in rows])
        missing = np.array([row["entered"] is None for row in rows])
        lost = np.array([row["entered"] is None or _too_late(row, closes) for row in rows])
        if not missing.any():
            return None, None, _weeks(days), minutes
    else:
        days, minutes, missing, lost = _compared(rows, Path(calls), names, closes)
    never = mean_by(missing, days, level=level)
    return never, (lost, mean_by(lost, days, level=level)), _weeks(days), minutes


def _compared(rows: list[Row], calls: Path, names: Names | None, closes: int) -> tuple[Any, ...]:
    """Look for each answered call among the patient's entries of the day."""
    entries: defaultdict[tuple[str, date], list[bool]] = defaultdict(list)
    for row in rows:
        if row["entered"] is not None:
            entries[row["patient"], row["worked"]].append(not _too_late(row, closes))
    first, last = min(row["worked"] for row in rows), max(row["worked"] for row in rows)
    answered = [
        row for row in read_table(calls, CALLS, names).checked()
        if row["answered"] and first <= row["time"].day <= last
    ]  # fmt: skip
    if not answered:
        valid = "the call log of the same weeks"
        rule = f"has no answered call from {first} to {last}, the time log's dates"
        raise refuse(calls.name, rule, 0, valid)
    found = [entries.get((row["patient"], row["time"].day), []) for row in answered]
    return (
        [row["time"].day for row in answered],
        np.array([row["minutes"] for row in answered]),
        np.array([not made for made in found]),
        np.array([not any(made) for made in found]),
    )


def _minute_loss(rows: list[Row], level: float) -> Estimate | None:
    known = [row for row in rows if row.values.get("logged_minutes") is not None]
    worked = np.array([row["minutes"] for row in known])
    if not known or worked.sum() == 0.0:
        return None
    gone = worked - np.array([row["logged_minutes"] for row in known])
    _, day = np.unique([row["worked"].toordinal() for row in known], return_inverse=True)
    if int(day.max()) + 1 < FEWEST:
        return ratio_of_means(gone, worked, level=level)
    return ratio_of_means(
        np.bincount(day, weights=gone), np.bincount(day, weights=worked), level=level
    )


def _weeks(days: list[date]) -> npt.NDArray[np.int64]:
    """Return the number of each day's week, from Monday on."""
    return np.array([(day.toordinal() - 1) // 7 for day in days])


def _quarters(minutes: Floats) -> npt.NDArray[np.int64]:
    edges = np.unique(np.quantile(minutes, (0.25, 0.5, 0.75)))
    return np.searchsorted(edges, minutes, side="left")


def _counts(lost: npt.NDArray[np.bool_], key: npt.NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    groups = (lost[key == number] for number in np.unique(key))
    return tuple((int(group.sum()), group.size) for group in groups)


def _columns(part: tuple[tuple[int, int], ...]) -> tuple[Floats, Floats]:
    table = np.array(part)
    return table[:, 0], table[:, 1]
