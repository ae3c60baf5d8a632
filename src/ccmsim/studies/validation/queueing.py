"""A call centre of operators and nurses, served from the project's worklists and by a recursion.

Comes in: random numbers, ours or those of a published program. Goes out: waits and use of staff,
from SimPy processes in front of `Worklist` and from a recursion without events.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim.arrays import Bools, Floats

GAP_MINUTES: Final = 0.6
CALL_MINUTES: Final = (5.0, 7.0, 10.0)
CALL_BACK_SHARE: Final = 0.4
MINUTES: Final = 1000.0

Four = tuple[float, float, float, float]


class Centre(NamedTuple):
    """Settings of a call centre: staff, how long a nurse speaks, minutes before anything counts."""

    operators: int = 13
    nurses: int = 10
    nurse_minutes: tuple[float, float] = (10.0, 20.0)
    warm_up: float = 0.0

    @property
    def end(self) -> float:
        """When it closes."""
        return self.warm_up + MINUTES


BASE: Final = Centre()


class Callers(NamedTuple):
    """Everything that chance decides of one replication, a value a caller."""

    arrival: Floats
    call: Floats
    called_back: Bools
    nurse: Floats


class Services(NamedTuple):
    """Services by operators or nurses: when callers came and were served, and for how long."""

    came: Floats
    began: Floats
    minutes: Floats

    def wait(self, centre: Centre) -> float:
        """Return the mean wait of those whose service began after the warm-up."""
        kept = (self.began >= centre.warm_up) & (self.began < centre.end)
        return float((self.began - self.came)[kept].mean()) if kept.any() else 0.0

    def use(self, servers: int, centre: Centre) -> float:
        """Return the percentage of time in use: whole services, counted when they are over."""
        over = self.began + self.minutes
        kept = (over >= centre.warm_up) & (over < centre.end)
        return float(100.0 * self.minutes[kept].sum() / (servers * MINUTES))


@dataclass(frozen=True, slots=True)
class Served:
    """What a centre did with its callers."""

    centre: Centre
    operators: Services
    nurses: Services

    def numbers(self) -> Four:
        """Return the four numbers of `NUMBERS`, counted as the published program counts."""
        centre = self.centre
        return (
            self.operators.wait(centre),
            self.operators.use(centre.operators, centre),
            self.nurses.wait(centre),
            self.nurses.use(centre.nurses, centre),
        )


def drawn(seed: int, replication: int, centre: Centre = BASE) -> Callers:
    """Return the callers of one replication, with random numbers of our own."""
    rng = np.random.default_rng([seed, replication])
    arrival = _arrivals(rng, centre)
    n = len(arrival)
    return Callers(
        arrival,
        rng.triangular(*CALL_MINUTES, n),
        rng.uniform(size=n) < CALL_BACK_SHARE,
        rng.uniform(*centre.nurse_minutes, n),
    )


def drawn_as_published(replication: int, centre: Centre = BASE) -> Callers:
    """Return the callers of one replication, with the published program's own random numbers.

    It has four generators, and draws a call's length when it begins, the wish for a nurse when the
    call ends, and a nurse's minutes when they begin: in the order of arrival, of ends, and of ends.
    """
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(replication).spawn(4)]
    arrival = _arrivals(streams[0], centre)
    n = len(arrival)
    call = streams[1].triangular(*CALL_MINUTES, n)
    order = np.argsort(_starts(arrival, call, centre.operators) + call, kind="stable")
    called_back, nurse = np.zeros(n, bool), np.zeros(n)
    called_back[order] = streams[2].binomial(n=1, p=CALL_BACK_SHARE, size=n) == 1
    back = order[called_back[order]]
    nurse[back] = streams[3].uniform(*centre.nurse_minutes, len(back))
    return Callers(arrival, call, called_back, nurse)


def _arrivals(rng: np.random.Generator, centre: Centre) -> Floats:
    """Return the instants of arrival until the centre closes."""
    gaps = rng.exponential(GAP_MINUTES, int(1.5 * centre.end / GAP_MINUTES))
    arrival = np.cumsum(gaps)
    return arrival[: int(np.searchsorted(arrival, centre.end))]


def by_worklist(callers: Callers, centre: Centre = BASE) -> Served:
    """Serve them from two of the project's worklists, by SimPy processes.

    Examples
    --------
    >>> a, b = by_worklist(drawn(0, 0)), by_recursion(drawn(0, 0))
    >>> a.numbers() == b.numbers()
    True
    """
    return _Processes(callers, centre).served()


class _Processes:
    """Operators and nurses, each in front of a worklist, as SimPy processes."""

    def __init__(self, callers: Callers, centre: Centre) -> None:
        import simpy

        from ccmsim.engine.worklist import Worklist

        self.env = simpy.Environment()
        self.callers = callers
        self.centre = centre
        self.minutes = callers.call, callers.nurse
        self.lists = Worklist(), Worklist()
        self.free = [centre.operators, centre.nurses]
        self.begun: list[dict[int, tuple[float, float]]] = [{}, {}]
        self.env.process(self.arrive())

    def arrive(self) -> Generator[Any, Any, None]:
        """Process of the callers, one after the other."""
        for number, instant in enumerate(self.callers.arrival.tolist()):
            yield self.env.timeout(instant - self.env.now)
            self.release(0, number)

    def release(self, place: int, number: int) -> None:
        """Put a caller on the worklist of the operators (0) or the nurses (1)."""
        from ccmsim.engine.people import Patient
        from ccmsim.engine.worklist import Item

        patient = Patient(number, 0, 1.0, 1.0, 0.0, 0.0)
        item = Item(patient, 0, 0, self.env.now, self.env.event())
        self.lists[place].add(item, 0.0, is_request=False)
        self.dispatch(place)

    def dispatch(self, place: int) -> None:
        """Let whoever is free take the best callers."""
        while self.free[place] and (entry := self.lists[place].best()) is not None:
            item = entry[7]
            item.open = False
            self.free[place] -= 1
            self.begun[place][item.patient.number] = (item.release, self.env.now)
            self.env.process(self.serve(place, item.patient.number))

    def serve(self, place: int, number: int) -> Generator[Any, Any, None]:
        """Process of one service."""
        yield self.env.timeout(self.minutes[place][number])
        self.free[place] += 1
        if place == 0 and self.callers.called_back[number]:
            self.release(1, number)
        self.dispatch(place)

    def served(self) -> Served:
        """Run until the end and return what was served."""
        self.env.run(until=self.centre.end)
        parts = []
        for place in (0, 1):
            begun = self.begun[place]
            numbers = sorted(begun)
            came, began = (np.array([begun[n][k] for n in numbers], float) for k in (0, 1))
            parts.append(Services(came, began, self.minutes[place][numbers]))
        return Served(self.centre, *parts)


def by_recursion(callers: Callers, centre: Centre = BASE) -> Served:
    """Serve them by the recursion of Kiefer and Wolfowitz (1955): the first who is free serves.

    No event list, no worklist: the independent check of `by_worklist`.
    """
    start = _starts(callers.arrival, callers.call, centre.operators)
    back = np.flatnonzero(callers.called_back)
    asked = (start + callers.call)[back]
    order = np.argsort(asked, kind="stable")
    nurse_start = np.empty(len(back))
    nurse_start[order] = _starts(asked[order], callers.nurse[back][order], centre.nurses)
    return Served(
        centre,
        _in_time(callers.arrival, start, callers.call, centre),
        _in_time(asked, nurse_start, callers.nurse[back], centre),
    )


def _in_time(came: Floats, began: Floats, minutes: Floats, centre: Centre) -> Services:
    kept = began < centre.end
    return Services(came[kept], began[kept], minutes[kept])


def _starts(arrival: Floats, service: Floats, servers: int) -> Floats:
    free_at = [0.0] * servers
    start = np.empty(len(arrival))
    for k, (came, minutes) in enumerate(zip(arrival.tolist(), service.tolist(), strict=True)):
        start[k] = max(came, heapq.heappop(free_at))
        heapq.heappush(free_at, start[k] + minutes)
    return start
