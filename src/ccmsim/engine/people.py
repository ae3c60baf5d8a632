"""Who takes part in the SimPy model: patients with their months, and coordinators.

Comes in: numbers. Goes out: objects whose fields the model changes. They decide nothing.
"""

from __future__ import annotations

import simpy

from ccmsim import rules
from ccmsim.engine.worklist import Item


class PatientMonth:
    """One patient in one month: what was done (facts) and what staff know of it."""

    __slots__ = (
        "answered", "attempts", "calls", "captured", "charted", "charts", "contacted", "countable",
        "excess", "excess_day", "in_contact", "item", "known_captured", "known_own", "month",
        "noted", "own_captured", "own_countable", "release_day", "since", "waiting",
    )  # fmt: skip

    def __init__(self, month: int) -> None:
        self.month = month
        self.release_day = 0
        # facts, entered when a service starts
        self.attempts = 0  # outgoing calls
        self.calls = 0  # outgoing calls, the final push aside
        self.answered = 0
        self.charts = 0
        self.charted = 0.0
        self.in_contact = False  # an answered call or an inbound call taken
        self.countable = 0.0
        self.captured = 0.0
        self.own_countable = 0.0  # of these, the practitioner's
        self.own_captured = 0.0
        self.waiting = 0  # flags of the month's business days to whose end an item waited
        # knowledge, updated when a service is completed
        self.known_captured = 0.0
        self.known_own = 0.0
        self.excess = 0.0
        self.excess_day = -1
        self.contacted = False
        # the one outreach-type item: open, or noted for later
        self.item: Item | None = None
        self.since = 0  # the business day of its release
        self.noted = False


class Patient:
    """An enrolled patient, or somebody who is asked to become one."""

    __slots__ = (
        "admitted", "answer", "booked", "discharged", "enrolled", "familiar", "home_from",
        "joined", "last_seen", "need", "now", "number", "open_items", "owner", "plan_due",
        "silent", "target", "without_contact",
    )  # fmt: skip

    def __init__(
        self, number: int, owner: int, need: float, answer: float, target: float, now: float
    ) -> None:
        self.number = number
        self.owner = owner
        self.need = need
        self.answer = answer
        self.target = target  # minutes at which staff stop in a month
        self.enrolled = True
        self.home_from = 0.0  # stays in hospital, as `rules.in_hospital` takes them
        self.admitted = self.discharged = -1.0
        self.plan_due = False  # enrolled later, and without a care plan yet
        self.joined = -1  # month of the enrollment, −1: of the first day
        self.silent = 0
        self.booked = False  # the month's first call was agreed upon last month
        self.without_contact = 0
        self.last_seen = now
        self.familiar: dict[int, int] = {}  # seat -> the holder whom the patient has spoken with
        self.open_items: set[Item] = set()
        self.now = PatientMonth(-1)

    def in_hospital(self, now: float) -> bool:
        """Return whether the patient is in hospital at an instant."""
        away: bool = rules.in_hospital(now, self.home_from, self.admitted, self.discharged)
        return away

    def items_in_order(self) -> list[Item]:
        """Return the open items by kind, release and number: a set has no order of its own."""
        return sorted(self.open_items, key=lambda item: (item.kind, item.release, item.index))


class Coordinator:
    """A seat's holder, or a substitute on call."""

    __slots__ = (
        "approach_minutes", "approach_week", "called", "duty_end", "gross_end", "holder", "idle",
        "intervals", "is_practitioner", "next_gross_start", "number", "on_duty", "seat", "turn",
    )  # fmt: skip

    def __init__(self, number: int, seats: int, *, is_practitioner: bool) -> None:
        self.number = number
        self.is_practitioner = is_practitioner  # whose minutes are the billing practitioner's own
        self.seat = number if number < seats else -1  # −1: a substitute
        self.on_duty = False
        self.idle = False
        self.called = False
        self.holder = 0
        self.duty_end = self.gross_end = self.next_gross_start = 0.0
        self.intervals: list[tuple[float, float]] = []
        self.approach_week = -1  # the calendar week of these minutes
        self.approach_minutes = 0.0
        self.turn: simpy.Event
