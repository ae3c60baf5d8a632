"""The worklists: open items, the best one first, re-ranked when what is known of a patient changes.

Comes in: items with a rank. Goes out: the best open item. A heap with lazy removal: an entry that
is no longer its item's newest is skipped when it surfaces, so adding, re-ranking and taking cost
O(log n).
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import simpy

    from ccmsim.engine.people import Patient, PatientMonth

Entry = tuple[int, float, float, int, int, int, int, "Item"]


class Item:
    """One piece of work, from its release on."""

    __slots__ = (
        "action", "capture", "done", "index", "kind", "minutes", "newest", "open", "outside_logged",
        "patient", "patient_month", "release",
    )  # fmt: skip

    def __init__(
        self, patient: Patient, kind: int, action: int, release: float, done: simpy.Event
    ) -> None:
        self.patient = patient
        self.kind = kind
        self.action = action
        self.release = release
        self.index = 0
        self.open = True
        self.newest = -1
        self.minutes = 0.0
        self.capture = 0.0
        self.outside_logged = False
        self.patient_month: PatientMonth | None = None
        self.done = done  # happens at the completion; its value tells whether there was an answer


class Worklist:
    """Open items of one seat, or of the pool."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._numbers = count()

    def add(self, item: Item, rank: float, *, is_request: bool) -> None:
        """Enter an item, or enter it again with a new rank: requests come before outreach work."""
        item.newest = next(self._numbers)
        entry = (
            0 if is_request else 1,
            rank,
            item.release,
            item.patient.number,
            item.kind,
            item.index,
            item.newest,
            item,
        )
        heapq.heappush(self._heap, entry)

    def size(self) -> int:
        """Return how many items are open."""
        return sum(entry[7].open and entry[7].newest == entry[6] for entry in self._heap)

    def best(self) -> Entry | None:
        """Return the entry of the best open item, or None."""
        heap = self._heap
        while heap:
            entry = heap[0]
            item = entry[7]
            if item.open and item.newest == entry[6]:
                return entry
            heapq.heappop(heap)
        return None


def best_of(worklists: list[Worklist]) -> Item | None:
    """Return the best open item of several worklists, or None."""
    found: Any = None
    for worklist in worklists:
        entry = worklist.best()
        if entry is not None and (found is None or entry[:6] < found[:6]):
            found = entry
    return None if found is None else found[7]
