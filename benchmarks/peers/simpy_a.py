from __future__ import annotations
import random, bisect
from collections.abc import Generator
from typing import Any
import simpy
from benchmarks.peers.small_model import Counts, Numbers, numbers
Process = Generator[simpy.Event, Any, None]
OFF_DUTY, CALL = 0, 1

class Practice:
    def __init__(self, model, rng):
        self.model, self.random, self.env = model, rng, simpy.Environment()
        self.coordinators = [simpy.PriorityResource(self.env) for _ in range(model.coordinators)]
        self.attempts = self.billable = 0
    def run(self):
        for c in self.coordinators:
            self.env.process(self.shifts(c))
        self.env.process(self.months())
        self.env.run(until=self.model.month_starts[-1])
    def months(self):
        model, env = self.model, self.env
        for month in range(model.months):
            yield env.timeout(model.month_starts[month]-env.now)
            for c in self.coordinators:
                for _ in range(model.patients_each):
                    env.process(self.patient_month(month, c))
    def patient_month(self, month, coordinator):
        model, env, rng = self.model, self.env, self.random
        last = model.first_days[month+1]
        month_end = model.month_starts[month+1]
        day = model.outreach_day(month, rng.random())
        minutes, attempts = 0.0, 0
        while day < last:
            yield env.timeout(model.release(day)-env.now)
            with coordinator.request(priority=CALL) as turn:
                yield turn
                if env.now >= month_end:
                    break
                attempts += 1
                if rng.random() < model.answer_probability:
                    call = rng.lognormvariate(model.call_log_mean, model.call_log_sd)+model.notes_minutes
                    yield env.timeout(call)
                    minutes += call
                    gap = model.followup_days
                else:
                    yield env.timeout(model.attempt_minutes)
                    gap = model.retry_days
            if minutes >= model.target_minutes or attempts == model.max_attempts:
                break
            day = bisect.bisect_right(model.midnights, env.now) - 1 + gap
        self.attempts += attempts
        self.billable += minutes >= model.target_minutes
    def shifts(self, coordinator):
        env = self.env
        start, end = self.model.shift
        off = coordinator.request(priority=OFF_DUTY)
        yield off
        for midnight in self.days_at_work():
            yield env.timeout(midnight + start - env.now)
            coordinator.release(off)
            yield env.timeout(midnight + end - env.now)
            off = coordinator.request(priority=OFF_DUTY)
            yield off
    def days_at_work(self):
        model, rng = self.model, self.random
        well = 0
        for day, midnight in enumerate(model.midnights):
            if rng.random() < model.sick_probabilities[day]:
                well = max(well, day + model.spell_days(rng.random()))
            if well <= day:
                yield midnight

def simulate(replications, seed):
    model = numbers()
    rng = random.Random(seed)
    attempts = billable = 0
    for _ in range(replications):
        p = Practice(model, rng); p.run()
        attempts += p.attempts; billable += p.billable
    return Counts(replications*model.patient_months, attempts, billable)
