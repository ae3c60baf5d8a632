"""The small model in SimPy: a process for every patient-month, a resource for every coordinator.

As SimPy's manual teaches it: patients request their coordinator and wait in line; the end of a
shift is a request of higher priority, which waits for the call that runs. Calls still in line at a
month's end are withdrawn when their turn comes, which takes no time. Nothing is left out; calls
released at one instant queue in SimPy's order of events instead of the patients' order.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Generator, Iterator
from typing import Any

import simpy
from benchmarks.peers.small_model import Counts, Numbers, numbers

Process = Generator[simpy.Event, Any, None]

OFF_DUTY, CALL = 0, 1  # priorities, the smaller first


class Practice:
    """One replication."""

    def __init__(self, model: Numbers, rng: random.Random) -> None:
        self.model = model
        self.random = rng
        self.env = simpy.Environment()
        self.coordinators = [simpy.PriorityResource(self.env) for _ in range(model.coordinators)]
        self.attempts = self.billable = 0

    def run(self) -> None:
        """Simulate all months."""
        for coordinator in self.coordinators:
            self.env.process(self.shifts(coordinator))
        self.env.process(self.months())
        self.env.run(until=self.model.month_starts[-1])

    def shifts(self, coordinator: simpy.PriorityResource) -> Process:
        """Keep a coordinator away from the patients between shifts."""
        env = self.env
        start, end = self.model.shift
        away = coordinator.request(priority=OFF_DUTY)
        yield away
        for midnight in self.days_at_work():
            yield env.timeout(midnight + start - env.now)
            coordinator.release(away)
            yield env.timeout(midnight + end - env.now)
            away = coordinator.request(priority=OFF_DUTY)
            yield away

    def days_at_work(self) -> Iterator[float]:
        """Yield the midnights of a coordinator's days without sickness."""
        model, rng = self.model, self.random
        well = 0  # the first business day after the spells so far
        for day, midnight in enumerate(model.midnights):
            if rng.random() < model.sick_probabilities[day]:
                well = max(well, day + model.spell_days(rng.random()))
            if well <= day:
                yield midnight

    def months(self) -> Process:
        """Begin every patient's month."""
        for month in range(self.model.months):
            yield self.env.timeout(self.model.month_starts[month] - self.env.now)
            for coordinator in self.coordinators:
                for _ in range(self.model.patients_each):
                    self.env.process(self.patient_month(month, coordinator))

    def patient_month(self, month: int, coordinator: simpy.PriorityResource) -> Process:
        """Call a patient until the target, the last attempt or the month's end."""
        model, env, rng = self.model, self.env, self.random
        last, month_end = model.first_days[month + 1], model.month_starts[month + 1]
        day = model.outreach_day(month, rng.random())
        minutes, attempts = 0.0, 0
        while day < last and minutes < model.target_minutes and attempts < model.max_attempts:
            yield env.timeout(model.release(day) - env.now)
            with coordinator.request(priority=CALL) as turn:
                yield turn
                if env.now >= month_end:
                    break
                attempts += 1
                self.attempts += 1  # at once: who still waits at the end never gets beyond
                if rng.random() < model.answer_probability:
                    call = rng.lognormvariate(model.call_log_mean, model.call_log_sd)
                    duration, gap = call + model.notes_minutes, model.followup_days
                    minutes += duration
                else:
                    duration, gap = model.attempt_minutes, model.retry_days
                yield env.timeout(duration)
            day = bisect_right(model.midnights, env.now) - 1 + gap
        self.billable += minutes >= model.target_minutes


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
