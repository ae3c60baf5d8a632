from __future__ import annotations
import bisect, random
import salabim as sim
from benchmarks.peers.small_model import Counts, Numbers, numbers
sim.yieldless(YL if (YL:=False) else False)

class Patient(sim.Component):
    def setup(self, practice, coordinator):
        self.practice, self.coordinator = practice, coordinator
    def process(self):
        practice, env = self.practice, self.env
        model, rng = practice.model, practice.random
        for month in range(model.months):
            last = model.first_days[month + 1]
            month_end = model.month_starts[month + 1]
            day = model.outreach_day(month, rng.random())
            minutes, attempts = 0.0, 0
            while day < last:
                yield self.hold(till=model.release(day))
                yield self.request(self.coordinator, fail_at=month_end)
                if self.failed():
                    break
                attempts += 1
                if rng.random() < model.answer_probability:
                    call = rng.lognormvariate(model.call_log_mean, model.call_log_sd) + model.notes_minutes
                    minutes += call
                    gap = model.followup_days
                else:
                    call = model.attempt_minutes
                    gap = model.retry_days
                yield self.hold(call)
                self.release()
                if minutes >= model.target_minutes or attempts == model.max_attempts:
                    break
                day = bisect.bisect_right(model.midnights, env.now()) - 1 + gap
            practice.attempts += attempts
            practice.billable += minutes >= model.target_minutes
class Shifts(sim.Component):
    def setup(self, practice, coordinator):
        self.practice, self.coordinator = practice, coordinator
    def process(self):
        start, end = self.practice.model.shift
        for midnight in self.practice.days_at_work():
            yield self.hold(till=midnight + start)
            self.coordinator.set_capacity(1)
            yield self.hold(till=midnight + end)
            self.coordinator.set_capacity(0)

class Practice:
    def __init__(self, model, rng):
        self.model, self.random = model, rng
        self.attempts = self.billable = 0
        self.env = sim.Environment(trace=False, random_seed=None)
    def run(self):
        coordinators = [sim.Resource(capacity=0, monitor=False) for _ in range(self.model.coordinators)]
        for c in coordinators: Shifts(practice=self, coordinator=c)
        for c in coordinators:
            for _ in range(self.model.patients_each):
                Patient(practice=self, coordinator=c)
        self.env.run(till=self.model.month_starts[-1])
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
