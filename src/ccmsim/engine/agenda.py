"""The SimPy model's clock: instants on the grid, days, and what happens first at one instant.

Comes in: the calendar. Goes out: SimPy's environment with a stated order among simultaneous events
(section 5 of docs/model.md). Knows nothing of patients or coordinators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from heapq import heappush
from typing import Any, Final, TypeAlias

import simpy

from ccmsim.calendar import Calendar
from ccmsim.units import MINUTES_PER_DAY

Process: TypeAlias = Generator[simpy.Event, Any, None]

# What happens first at one instant; within a class the smaller number goes first.
MONTH, DUTY, EXPIRY, COMPLETION, DEATH, RELEASE, LOOK, DISPATCH = (n << 60 for n in range(1, 9))
_PATIENT: Final = 24  # bits of (kind, index) within a patient's releases
_KIND: Final = 20  # bits of the index within a kind


def release_order(patient: int, kind: int, index: int) -> int:
    """Return the order of a release among simultaneous events: by patient, then item."""
    return RELEASE | patient << _PATIENT | kind << _KIND | index


class Agenda(simpy.Environment):
    """SimPy's environment on the time grid.

    SimPy's own `schedule` takes delays; instants on the time grid are exact, and quicker.

    Parameters
    ----------
    calendar : Calendar
    opens : float
        Minute of the day at which the practice opens.
    """

    def __init__(self, calendar: Calendar, opens: float) -> None:
        super().__init__()
        self.business_days: list[float] = calendar.business_day_minutes.tolist()
        self.month_start: list[float] = calendar.month_start_minutes.tolist()
        self.first_day: list[int] = calendar.month_first_business_day.tolist()
        self.month = 0
        self._opens = opens
        self._day_index = calendar.day_index
        self._day = -1  # the latest business day found, and when its midnight is 24 hours ago
        self._day_ends = -math.inf

    def pending(self) -> simpy.Event:
        """Return an event that has its (empty) value and waits for its instant."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        return event

    def put(self, event: simpy.Event, time: float, order: int) -> simpy.Event:
        """Let a pending event happen at an instant; `order` is its class plus its number there."""
        heappush(self._queue, (time, order, next(self._eid), event))  # type: ignore[misc]
        return event

    def at(self, time: float, order: int) -> simpy.Event:
        """Return an event of an instant."""
        return self.put(self.pending(), time, order)

    def when(self, time: float, order: int, action: Callable[..., None], *arguments: Any) -> None:
        """Do something at an instant."""
        self.at(time, order).callbacks.append(lambda _: action(*arguments))

    def today(self) -> int:
        """Return the days since the first simulated day."""
        return int(self.now // MINUTES_PER_DAY)

    def business_day(self) -> int:
        """Return the index of the latest business day that has begun, −1 before the first."""
        now = self.now
        if not self._day_ends - MINUTES_PER_DAY <= now < self._day_ends:
            self._day = self._day_index(now)
            begun = self.business_days[self._day] if self._day >= 0 else -math.inf
            self._day_ends = begun + MINUTES_PER_DAY
        return self._day

    def day_of_month(self) -> int:
        """Return the position of the present business day in the present month."""
        return self.business_day() - self.first_day[self.month]

    def opening(self, day: int) -> float:
        """Return when the practice opens on a business day."""
        return self.business_days[day] + self._opens
