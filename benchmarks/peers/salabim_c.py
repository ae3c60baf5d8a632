from __future__ import annotations
import bisect, random
import salabim as sim
from benchmarks.peers.small_model import Counts, Numbers, numbers
sim.yieldless(False)

class Patient(sim.Component):
    def setup(self, practice, worklist):
        self.practice, self.worklist = practice, worklist
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
                self.enter(self.worklist)
                self.call = None
                if self.worklist.coordinator.ispassive():
                    self.worklist.coordinator.activate()
                yield self.passivate()
                if self.call is None:
                    break
                attempts += 1
                minutes += self.call
                if minutes >= model.target_minutes or attempts == model.max_attempts:
                    break
                gap = model.followup_days if self.call else model.retry_days
                day = bisect.bisect_right(model.midnights, env.now()) - 1 + gap
            practice.attempts += attempts
            practice.billable += minutes >= model.target_minutes

class Coordinator(sim.Component):
    def setup(self, practice, worklist):
        self.practice, self.worklist = practice, worklist
    def process(self):
        practice, env, worklist = self.practice, self.env, self.worklist
        model, rng = practice.model, practice.random
        start, end = model.shift
        for midnight in self.practice.days_at_work():
            yield self.hold(till=midnight + start)
            while env.now() < midnight + end:
                if not worklist:
                    yield self.hold(till=midnight + end)
                    break
                patient = worklist.pop()
                if rng.random() < model.answer_probability:
                    call = rng.lognormvariate(model.call_log_mean, model.call_log_sd) + model.notes_minutes
                    yield self.hold(call)
                    patient.call = call
                else:
                    yield self.hold(model.attempt_minutes)
                    patient.call = 0.0
                patient.activate()

class MonthEnds(sim.Component):
    def setup(self, practice, worklists):
        self.practice, self.worklists = practice, worklists
    def process(self):
        model = self.practice.model
        for t in model.month_starts[1:]:
            yield self.hold(till=t)
            for w in self.worklists:
                while w:
                    w.pop().activate()

class Practice:
    def __init__(self, model, rng):
        self.model, self.random = model, rng
        self.attempts = self.billable = 0
        self.env = sim.Environment(trace=False, random_seed=None)
    def run(self):
        ws=[]
        for _ in range(self.model.coordinators):
            w = sim.Queue("worklist", monitor=False)
            ws.append(w)
            w.coordinator = Coordinator(practice=self, worklist=w)
            for _ in range(self.model.patients_each):
                Patient(practice=self, worklist=w)
        MonthEnds(practice=self, worklists=ws)
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
