"""What a plan for a leave gives back: the cost of each date, ways to help, work pulled forward.

Comes in: estimates, from `leave`. Goes out: a frozen `LeavePlan`. Never simulates.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.estimation import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

CANNOT_SAY: Final = (
    (
        "extra hours in the weeks before or after: hours are the same all year (staffing_curve "
        "tells what an hour is worth)"
    ),
    "another pattern in the leave's months alone: all months have it, and only those are compared",
    "what falls later than a month after the last date that was looked at",
)


@dataclass(frozen=True, slots=True)
class LeaveStart:
    """One date on which the leave may begin.

    Parameters
    ----------
    start, end : date
        First and last business day of the leave.
    cost : Estimate
        Of the measure, lost by the leave: paired with the same months without it.
    patient_months : Estimate
        Billable patient-months lost.
    to_best : Estimate
        Its cost less the lowest of the other dates; the intervals of all dates hold at once. An end
        is 0 where more cannot be said.
    """

    start: date
    end: date
    cost: Estimate
    patient_months: Estimate
    to_best: Estimate

    @property
    def surely_dearer(self) -> bool:
        """Whether some other date is surely cheaper."""
        return self.to_best.low == 0.0 and self.to_best.high > 0.0


@dataclass(frozen=True, slots=True)
class Help:
    """A way of helping while somebody is on leave.

    Parameters
    ----------
    name : str
    changes : mapping of str to object
        What `Scenario.but` takes to have it.
    cost : Estimate
        What the leave costs then.
    saves : Estimate or None
        What the leave costs less than today, paired; None for today.
    """

    name: str
    changes: Mapping[str, Any]
    cost: Estimate
    saves: Estimate | None

    @property
    def pays(self) -> bool | None:
        """Whether it saves more than it costs while the leave lasts; None where not known."""
        if self.saves is None or not self.saves.excludes(0.0):
            return None
        return self.saves.value > 0.0


@dataclass(frozen=True, slots=True)
class PulledForward:
    """Other dates of work in the leave's months.

    Parameters
    ----------
    name : str
    changes : mapping of str to object
    gain : Estimate
        Of the measure in the leave's months, with the leave, against today's way; paired.
    without_leave : Estimate
        The same without the leave.
    """

    name: str
    changes: Mapping[str, Any]
    gain: Estimate
    without_leave: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class LeavePlan:
    """When a planned leave costs least, and what helps.

    Parameters
    ----------
    scenario, group, measure, first_month : str
        `group`: whose first coordinator is on leave.
    days : int
        Business days.
    long_absences : bool
        Whether turnover and extended leave are simulated.
    months, replications, seed, warmup_months : int
        `months`: those in which the leave may lie.
    level : float
        Coverage: of `to_best` for all dates at once, of the others one by one.
    starts : tuple of LeaveStart
        By date.
    help : tuple of Help
        At the best date, today's first; simulated with other random numbers than the dates, so that
        having been chosen does not flatter it.
    leave_months : tuple of str
        The months in which a leave at the best date lies.
    pulled_forward : tuple of PulledForward
        In these months.
    """

    scenario: str
    group: str
    measure: str
    first_month: str
    days: int
    long_absences: bool
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    starts: tuple[LeaveStart, ...]
    help: tuple[Help, ...]
    leave_months: tuple[str, ...]
    pulled_forward: tuple[PulledForward, ...]

    cannot_say = CANNOT_SAY

    @property
    def best(self) -> LeaveStart:
        """The date with the lowest mean cost."""
        return min(self.starts, key=lambda each: each.cost.value)

    @property
    def not_surely_dearer(self) -> tuple[LeaveStart, ...]:
        """The dates of which the cheapest is one, with probability `level`."""
        return tuple(each for each in self.starts if not each.surely_dearer)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (number, of): "cost", "patient_months" and "to_best" of a date, "cost" and "saves"
            of a way to help, "gain" and "without_leave" of work pulled forward; columns value,
            standard_error, low, high, level, replications and method.
        """
        numbers: dict[tuple[str, str], Estimate] = {}
        for each in self.starts:
            for name in ("cost", "patient_months", "to_best"):
                numbers[name, each.start.isoformat()] = getattr(each, name)
        for way in self.help:
            numbers["cost", way.name] = way.cost
            if way.saves is not None:
                numbers["saves", way.name] = way.saves
        for work in self.pulled_forward:
            numbers["gain", work.name] = work.gain
            numbers["without_leave", work.name] = work.without_leave
        return table_of(numbers, ["number", "of"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "group", "measure", "first_month", "days", "long_absences", "months",
            "replications", "seed", "warmup_months", "level",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "best": self.best.start.isoformat(),
            "not_surely_dearer": [each.start.isoformat() for each in self.not_surely_dearer],
            "starts": [_plain(each) for each in self.starts],
            "leave_months": list(self.leave_months),
            "help": [_plain(way) | {"pays": way.pays} for way in self.help],
            "pulled_forward": [_plain(work) for work in self.pulled_forward],
            "cannot_say": list(self.cannot_say),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the cost by the date of the start."""
        from ccmsim.analyses.leave_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.leave_views import text

        return text(self)


def _plain(item: LeaveStart | Help | PulledForward) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in item.__slots__:
        value = getattr(item, name)
        if isinstance(value, Estimate):
            value = plain_estimate(value)
        found[name] = value.isoformat() if isinstance(value, date) else value
    return found
