"""The small model in salabim: patients and coordinators are components, with a queue between them.

As in salabim's first example of a bank: a patient enters the queue, wakes an idle coordinator and
passivates; the coordinator takes the first of the queue and activates the patient after the call.
The processes use `yield` (salabim's `yieldless(False)`), and the queues have no monitors, because
both are quicker. Nothing is left out; calls released at one instant queue in the order of events.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# mypy: allow-subclassing-any
from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Generator, Iterator
from typing import Any

import salabim as sim
from benchmarks.peers.small_model import Counts, Numbers, numbers

Process = Generator[Any, Any, None]

WAITING = -1.0  # minutes of a call that has not come


class Patient(sim.Component):
    practice: Practice
    coordinator: Coordinator
    minutes: float

    def setup(self, practice: Practice, coordinator: Coordinator) -> None:
        self.practice = practice
        self.coordinator = coordinator

    def process(self) -> Process:
        """Live all months: each has calls until the target, the last attempt or its end."""
        practice, model, rng = self.practice, self.practice.model, self.practice.random
        for month in range(model.months):
            last = model.first_days[month + 1]
            day = model.outreach_day(month, rng.random())
            minutes, attempts = 0.0, 0
            while day < last and minutes < model.target_minutes and attempts < model.max_attempts:
                yield self.hold(till=model.release(day))
                self.minutes = WAITING
                self.enter(self.coordinator.worklist)
                if self.coordinator.idle:
                    self.coordinator.activate()
                yield self.passivate()
                if self.minutes == WAITING:  # the month is over
                    break
                attempts += 1
                minutes += self.minutes
                gap = model.followup_days if self.minutes else model.retry_days
                day = bisect_right(model.midnights, self.env.now()) - 1 + gap
            practice.attempts += attempts
            practice.billable += minutes >= model.target_minutes


class Coordinator(sim.Component):
    practice: Practice
    worklist: Any
    idle: bool

    def setup(self, practice: Practice) -> None:
        self.practice = practice
        self.worklist = sim.Queue("worklist.", monitor=False)
        self.idle = False

    def process(self) -> Process:
        """Call the first of the queue during shifts; the last call may last longer."""
        model, rng, env = self.practice.model, self.practice.random, self.env
        start, end = model.shift
        for midnight in self.practice.days_at_work():
            yield self.hold(till=midnight + start)
            while env.now() < midnight + end:
                if not self.worklist:
                    self.idle = True
                    yield self.hold(till=midnight + end)
                    self.idle = False
                    continue
                patient = self.worklist.pop()
                if rng.random() < model.answer_probability:
                    call = rng.lognormvariate(model.call_log_mean, model.call_log_sd)
                    yield self.hold(call + model.notes_minutes)
                    patient.minutes = call + model.notes_minutes
                else:
                    yield self.hold(model.attempt_minutes)
                    patient.minutes = 0.0
                patient.activate()


class MonthEnds(sim.Component):
    practice: Practice

    def setup(self, practice: Practice) -> None:
        self.practice = practice

    def process(self) -> Process:
        """Send home whoever still waits at a month's end."""
        for month_end in self.practice.model.month_starts[1:]:
            yield self.hold(till=month_end)
            for coordinator in self.practice.coordinators:
                while coordinator.worklist:
                    coordinator.worklist.pop().activate()


class Practice:
    """One replication."""

    def __init__(self, model: Numbers, rng: random.Random) -> None:
        self.model = model
        self.random = rng
        self.attempts = self.billable = 0
        self.env = sim.Environment(trace=False, yieldless=False)
        self.coordinators = [Coordinator(practice=self) for _ in range(model.coordinators)]

    def run(self) -> None:
        """Simulate all months."""
        MonthEnds(practice=self)
        for coordinator in self.coordinators:
            for _ in range(self.model.patients_each):
                Patient(practice=self, coordinator=coordinator)
        # a moment longer, so that the last month ends too
        self.env.run(till=self.model.month_starts[-1] + 1.0)

    def days_at_work(self) -> Iterator[float]:
        """Yield the midnights of a coordinator's days without sickness."""
        model, rng = self.model, self.random
        well = 0  # the first business day after the spells so far
        for day, midnight in enumerate(model.midnights):
            if rng.random() < model.sick_probabilities[day]:
                well = max(well, day + model.spell_days(rng.random()))
            if well <= day:
                yield midnight


def simulate(replications: int, seed: int) -> Counts:
    """Return the counts of so many replications."""
    model, rng = numbers(), random.Random(seed)
    attempts = billable = 0
    for _ in range(replications):
        practice = Practice(model, rng)
        practice.run()
        attempts += practice.attempts
        billable += practice.billable
    return Counts(replications * model.patient_months, attempts, billable)
