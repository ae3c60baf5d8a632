from __future__ import annotations
import bisect, random
import ciw
from benchmarks.peers.small_model import Counts, Numbers, numbers

class Waiting(ciw.dists.Distribution):
    """time at home"""
    def __init__(self, model): self.model = model
    def sample(self, t=None, ind=None):
        model = self.model
        if not hasattr(ind, "month"):
            ind.month = month = bisect.bisect_right(model.month_starts, t) - 1
            ind.minutes, ind.attempts = 0.0, 0
            ind.day = model.outreach_day(month, random.random())
        return model.release(ind.day) - t

class Call(ciw.dists.Distribution):
    def __init__(self, model): self.model = model
    def sample(self, t=None, ind=None):
        model = self.model
        ind.attempts += 1
        if random.random() < model.answer_probability:
            minutes = random.lognormvariate(model.call_log_mean, model.call_log_sd) + model.notes_minutes
            ind.minutes += minutes
            gap = model.followup_days
        else:
            minutes = model.attempt_minutes
            gap = model.retry_days
        ind.day = bisect.bisect_right(model.midnights, t) - 1 + gap
        return minutes

class UntilMonthEnd(ciw.dists.Distribution):
    def __init__(self, model): self.model = model
    def sample(self, t=None, ind=None):
        return self.model.month_starts[ind.month + 1] - t

class After(ciw.routing.NodeRouting):
    def __init__(self, model, home): self.model, self.home = model, home
    def next_node(self, ind):
        model = self.model
        over = ind.minutes >= model.target_minutes or ind.attempts == model.max_attempts or ind.day >= model.first_days[ind.month + 1]
        return self.simulation.nodes[-1 if over else self.home]
    def next_node_for_jockeying(self, ind):
        return self.simulation.nodes[-1]

def shifts(model):
    servers, ends = [], []
    start, end = model.shift
    well = 0
    for day, midnight in enumerate(model.midnights):
        if random.random() < model.sick_probabilities[day]:
            well = max(well, day + model.spell_days(random.random()))
        if well <= day:
            servers += [0, 1]
            ends += [midnight + start, midnight + end]
    return ciw.Schedule(numbers_of_servers=servers + [0], shift_end_dates=ends + [model.month_starts[-1]])

def network(model):
    n = model.coordinators
    gaps = [0.0] + [b - a for a, b in zip(model.month_starts, model.month_starts[1:])]
    return ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps)] * n + [None] * n,
        batching_distributions=[ciw.dists.Deterministic(model.patients_each)] * n + [ciw.dists.Deterministic(1)] * n,
        service_distributions=[Waiting(model)] * n + [Call(model)] * n,
        reneging_time_distributions=[None] * n + [UntilMonthEnd(model)] * n,
        number_of_servers=[float("inf")] * n + [shifts(model) for _ in range(n)],
        routing=ciw.routing.NetworkRouting(routers=[ciw.routing.Direct(to=n + 1 + k) for k in range(n)] + [After(model, k + 1) for k in range(n)]),
    )

def simulate(replications, seed):
    model = numbers()
    ciw.seed(seed)
    attempts = billable = 0
    for _ in range(replications):
        s = ciw.Simulation(network(model))
        s.simulate_until_max_time(model.month_starts[-1])
        months = s.get_all_individuals()
        assert len(months) == model.patient_months, len(months)
        attempts += sum(m.attempts for m in months)
        billable += sum(m.minutes >= model.target_minutes for m in months)
    return Counts(replications*model.patient_months, attempts, billable)
