from __future__ import annotations
import random, bisect, sys
import simpy
from benchmarks.peers.small_model import Counts, Numbers, numbers

class Practice:
    def __init__(self, model, rng, store):
        self.model, self.random, self.env = model, rng, simpy.Environment()
        self.worklists = [store(self.env) for _ in range(model.coordinators)]
        self.attempts = self.billable = 0
    def run(self):
        for w in self.worklists:
            self.env.process(self.coordinator(w))
        self.env.process(self.months())
        self.env.run(until=self.model.month_starts[-1])
    def months(self):
        model, env = self.model, self.env
        for month in range(model.months):
            yield env.timeout(model.month_starts[month]-env.now)
            for w in self.worklists:
                for n in range(model.patients_each):
                    env.process(self.patient_month(n, month, w))
    def patient_month(self, number, month, worklist):
        model, env, rng = self.model, self.env, self.random
        last = model.first_days[month+1]
        month_end = model.month_starts[month+1]
        day = model.outreach_day(month, rng.random())
        minutes, attempts = 0.0, 0
        while day < last:
            yield env.timeout(model.release(day)-env.now)
            done = env.event()
            worklist.put(simpy.PriorityItem((env.now, number), (month_end, done))) if PRIO else worklist.put((month_end, done))
            got = yield done
            attempts += 1
            minutes += got
            if minutes >= model.target_minutes:
                self.billable += 1
                return
            if attempts == model.max_attempts:
                return
            gap = model.followup_days if got else model.retry_days
            day = bisect.bisect_right(model.midnights, env.now) - 1 + gap
    def coordinator(self, worklist):
        model, env, rng = self.model, self.env, self.random
        start, end = model.shift
        well = 0
        for day, midnight in enumerate(model.midnights):
            yield env.timeout(midnight+start-env.now)
            if rng.random() < model.sick_probabilities[day]:
                well = max(well, day + model.spell_days(rng.random()))
            if well > day:
                continue
            duty_end = midnight+end
            while env.now < duty_end:
                get = worklist.get()
                if not get.triggered:
                    yield get | env.timeout(duty_end-env.now)
                    if not get.triggered:
                        get.cancel(); break
                else:
                    yield get
                month_end, done = get.value.item if PRIO else get.value
                if env.now >= month_end:
                    continue
                self.attempts += 1
                if rng.random() < model.answer_probability:
                    call = rng.lognormvariate(model.call_log_mean, model.call_log_sd)+model.notes_minutes
                    yield env.timeout(call)
                    done.succeed(call)
                else:
                    yield env.timeout(model.attempt_minutes)
                    done.succeed(0.0)
PRIO = True
def simulate(replications, seed):
    model = numbers()
    rng = random.Random(seed)
    attempts = billable = 0
    for _ in range(replications):
        p = Practice(model, rng, simpy.PriorityStore if PRIO else simpy.Store); p.run()
        attempts += p.attempts; billable += p.billable
    return Counts(replications*model.patient_months, attempts, billable)
