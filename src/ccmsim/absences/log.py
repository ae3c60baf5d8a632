"""An absence log as a value: what it holds, and what can be made of it.

Comes in: spells, from `reading` beside it. Goes out: an `AbsenceLog`, its fit, its lengths to
resample, its spells to replay. Fits and merges nothing itself: `fit` and `spells` do.
"""

from __future__ import annotations

import math
import operator
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from ccmsim import calendar
from ccmsim.absences.fit import fit_spells
from ccmsim.absences.season import season_of
from ccmsim.absences.spells import Days, Spell
from ccmsim.absences.value import LENGTHS, AbsenceFit
from ccmsim.errors import refuse


@dataclass(frozen=True)
class AbsenceLog:
    """The spells of a real log; made by `ccmsim.absences.read_log`.

    Parameters
    ----------
    source : str
        Name of the file.
    workers : tuple of str
        All workers named in the file, those without a counted absence included; by number where all
        names are whole numbers, else by name.
    spells : tuple of Spell
        By worker, then as they began (without dates: as the file has them).
    hours_per_day : float
        Hours of a full day of absence.
    years : float, optional
        Years that the log covers: with dates, the calendar months from the first record's to the
        last one's; without dates None, not known.
    first_month : date, optional
        First day of the month of the first record; None without dates.
    set_aside : tuple of (str, int)
        What is no spell, and how many: records of "zero hours", of other "reasons", on a "day off"
        (weekend, holiday, closed day); spells "under min_hours".
    federal_holidays : bool
        Whether the federal holidays are days off.
    closed_days : tuple of date
        Further days off.
    """

    source: str
    workers: tuple[str, ...]
    spells: tuple[Spell, ...] = field(repr=False)
    hours_per_day: float
    years: float | None
    first_month: date | None
    set_aside: tuple[tuple[str, int], ...]
    federal_holidays: bool = True
    closed_days: tuple[date, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether the spells have dates; only then can the log be replayed."""
        return self.first_month is not None

    def fit(
        self,
        *,
        years: float | None = None,
        workers: int | None = None,
        lengths: str = "geometric",
        level: float = 0.95,
    ) -> AbsenceFit:
        """Fit how often and when spells begin, how unlike workers are, how long spells last.

        Parameters
        ----------
        years : float, optional
            Years that the log covers; the log's own when left out (without dates it has none).
        workers : int, optional
            Number of people who would have been in the log, had they been absent; the workers named
            in it when left out. Those without any absence are often not named: without them the
            rate is too high and the workers are too alike.
        lengths : str
            "geometric", or "empirical": the lengths as they were recorded.
        level : float
            Level of the intervals.

        Returns
        -------
        AbsenceFit

        Raises
        ------
        InputError
            No spell, unknown or impossible years, fewer workers than are named, a bad level.

        Examples
        --------
        >>> from ccmsim.absences import COURIER_NOT_SICKNESS, example_log
        >>> fit = example_log(exclude_reasons=COURIER_NOT_SICKNESS).fit()
        >>> print(fit.spells_per_year)
        2.43 (95 %: 1.78 to 3.40)
        """
        covered = self._years(years)
        unnamed = self._unnamed(workers)
        if not (is_number(level) and 0.0 < level < 1.0):
            raise refuse("level", "must lie between 0 and 1, both excluded", level, "such as 0.95")
        if lengths not in LENGTHS:
            raise refuse("lengths", "is not a way to fit lengths", lengths, ", ".join(LENGTHS))
        self._need_spells("fit")
        counted = Counter(spell.worker for spell in self.spells)
        position = {worker: index for index, worker in enumerate(self.workers)}
        yearly = self._yearly_shares() if years is None else None
        found = fit_spells(
            [*(counted[worker] for worker in self.workers), *[0] * unnamed],
            [(position[s.worker], s.days, s.hours / self.hours_per_day) for s in self.spells],
            years=covered,
            level=level,
            yearly=None if yearly is None else [*yearly, *[0.0] * unnamed],
        )
        return replace(
            found,
            source=self.source,
            lengths=lengths,
            **season_of(self.spells, self._days(), level),
        )

    def _days(self) -> Days | None:
        """Return the business days that the log covers; None without dates."""
        if self.first_month is None or self.years is None:
            return None
        first = np.datetime64(self.first_month, "M")
        end = first + np.timedelta64(round(12.0 * self.years), "M")
        days = np.arange(
            first.astype("datetime64[D]"), end.astype("datetime64[D]"), dtype="datetime64[D]"
        )
        off = _off(self, self.first_month.year, days[-1].astype(object).year)
        return np.asarray(days[np.is_busday(days, holidays=off)], dtype="datetime64[D]")

    def resample_lengths(self) -> dict[str, Any]:
        """Return the spells' lengths in whole business days, as an empirical distribution.

        Spells with dates count their business days. Without dates the length is hours /
        `hours_per_day` to the nearest day, halves up, and one day at least.

        Examples
        --------
        >>> from ccmsim.absences import example_log
        >>> example_log(reasons=[19], min_hours=16.0).resample_lengths()["values"][:4]
        [2, 2, 2, 2]
        """
        self._need_spells("resample")
        return {"family": "empirical", "values": sorted(spell.days for spell in self.spells)}

    def replay(
        self, first_day: date | None = None, *, seats: Mapping[str, int] | None = None
    ) -> dict[str, Any]:
        """Return the spells as they were, as the fields of a scenario's `recorded` entry.

        Parameters
        ----------
        first_day : date, optional
            Where the log's first month shall begin; its own first day when left out. A spell that
            began on the n-th business day from there begins on the n-th business day from
            `first_day`: lengths and gaps in business days stay. Take the same month of the year to
            keep the season.
        seats : mapping of str to int, optional
            The seat of each worker; those who are not in it are not replayed. When left out, worker
            i of `workers` has seat i.

        Returns
        -------
        dict
            "kind" is "recorded"; "spells" is a list of dicts with "seat", "start" (an ISO date) and
            "days" (business days), by start and seat.

        Raises
        ------
        InputError
            A log without dates or spells, a `first_day` that is no date, an unknown worker, a seat
            that is no whole number from 0.
        """
        if self.first_month is None:
            rule = "cannot be replayed: its records have no dates"
            valid = "resample it, with log.fit().as_disruption() and log.resample_lengths()"
            raise refuse(self.source, rule, "a log without dates", valid)
        self._need_spells("replay")
        chosen = self._seats(seats)
        replayed = [
            {"seat": chosen[spell.worker], "start": start.isoformat(), "days": spell.days}
            for spell, start in zip(self.spells, self._starts(first_day), strict=True)
            if spell.worker in chosen
        ]
        replayed.sort(key=operator.itemgetter("start", "seat"))
        return {"kind": "recorded", "spells": replayed}

    def _starts(self, first_day: date | None) -> list[date]:
        starts = [spell.start for spell in self.spells if spell.start is not None]
        if first_day is None:
            return starts
        known = range(calendar.FIRST_YEAR, calendar.LAST_YEAR + 1)
        if not calendar.is_date(first_day) or first_day.year not in known:
            valid = f"a datetime.date, {known[0]} to {known[-1]}, such as date(2026, 1, 1)"
            raise refuse("first_day", "must be a date with known holidays", first_day, valid)
        origin, last = np.datetime64(self.first_month, "D"), max(starts)
        begun = np.busday_count(
            origin,
            np.array(starts, dtype="datetime64[D]"),
            holidays=_off(self, min(starts).year, last.year),
        )
        end = first_day.year + last.year - min(starts).year + 2
        off = _off(self, first_day.year, min(end, calendar.LAST_YEAR))
        moved = np.busday_offset(np.datetime64(first_day), begun, roll="forward", holidays=off)
        return [date.fromisoformat(str(day)) for day in moved]

    def _seats(self, seats: Mapping[str, int] | None) -> dict[str, int]:
        if seats is None:
            return {worker: seat for seat, worker in enumerate(self.workers)}
        for worker, seat in seats.items():
            if worker not in self.workers:
                valid = f"the names in the log: {', '.join(self.workers)}"
                raise refuse("seats", "names a worker who is not in the log", worker, valid)
            if not _is_whole(seat, at_least=0):
                raise refuse(f"seats[{worker!r}]", "must be a seat", seat, "a whole number from 0")
        return dict(seats)

    def _years(self, years: float | None) -> float:
        valid = "the years that the log covers, such as years=2.5"
        covered = self.years if years is None else years
        if covered is None:
            raise refuse("years", f"are needed: {self.source} has no dates", years, valid)
        if not (is_number(covered) and covered > 0.0):
            raise refuse("years", "must be a number above 0", years, valid)
        return float(covered)

    def _unnamed(self, workers: int | None) -> int:
        named = len(self.workers)
        if workers is None:
            return 0
        if not _is_whole(workers, at_least=named):
            rule = "must be a whole number, at least the workers that the log names"
            raise refuse("workers", rule, workers, f"{named} or more")
        return workers - named

    def _yearly_shares(self) -> list[float] | None:
        """Return, for each worker, the share of the log's full years in which a spell began."""
        full = int(self.years or 0.0)
        if self.first_month is None or full < 1:
            return None
        begun = defaultdict[str, set[int]](set)
        for spell in self.spells:
            if spell.start is not None:
                begun[spell.worker].add(months_between(self.first_month, spell.start) // 12)
        return [len(begun[worker] & set(range(full))) / full for worker in self.workers]

    def _need_spells(self, verb: str) -> None:
        if not self.spells:
            valid = "a log in which somebody was absent"
            raise refuse("spells", f"there are none to {verb} in {self.source}", 0, valid)


def _off(log: AbsenceLog, first_year: int, last_year: int) -> Days:
    return calendar.days_off(
        range(first_year, last_year + 1),
        closed_days=log.closed_days,
        federal_holidays=log.federal_holidays,
    )


def is_number(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def _is_whole(value: object, *, at_least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= at_least


def months_between(first: date, last: date) -> int:
    """Return how many months later the month of `last` is."""
    return (last.year - first.year) * 12 + last.month - first.month
