"""The small model in Ciw: a queueing network of coordinators and homes.

A customer is a patient-month. It arrives at its coordinator's node when the first call is released,
and goes home between calls: a node without limit, where the "service" is the wait for the next
release. A coordinator's node has a schedule of shifts, drawn anew for every replication with its
sick spells; who is in service stays to the end. At a month's end those in line renege. The laws
that depend on time and customer, and the routers, are written as Ciw's guide shows. Nothing is left
out; who is first among customers who arrive at one instant is drawn.
"""

# mypy: disable-error-code="import-not-found, import-untyped, no-untyped-call"
# mypy: allow-subclassing-any
from __future__ import annotations

import math
import random
from bisect import bisect_right
from itertools import pairwise
from typing import Any

import ciw
from benchmarks.peers.small_model import Counts, Numbers, numbers


class PatientMonth(ciw.Individual):
    attempts = 0
    minutes = 0.0
    next_day = 0  # the business day of the next call
    over = False


class Call(ciw.dists.Distribution):
    """Minutes of a call; its outcome is noted with the customer."""

    def __init__(self, model: Numbers) -> None:
        self.model = model

    def sample(self, t: float, ind: PatientMonth) -> float:
        model = self.model
        ind.attempts += 1
        if random.random() < model.answer_probability:
            call = random.lognormvariate(model.call_log_mean, model.call_log_sd)
            duration, gap = call + model.notes_minutes, model.followup_days
            ind.minutes += duration
        else:
            duration, gap = model.attempt_minutes, model.retry_days
        ind.next_day = bisect_right(model.midnights, t) - 1 + gap
        enough = ind.minutes >= model.target_minutes or ind.attempts == model.max_attempts
        ind.over = enough or ind.next_day >= model.first_days[model.month(t) + 1]
        return duration


class AtHome(ciw.dists.Distribution):
    """Minutes until the next call is released."""

    def __init__(self, model: Numbers) -> None:
        self.model = model

    def sample(self, t: float, ind: PatientMonth) -> float:
        return self.model.release(ind.next_day) - t


class UntilMonthEnd(ciw.dists.Distribution):
    """Minutes for which a released call waits in line."""

    def __init__(self, model: Numbers) -> None:
        self.model = model

    def sample(self, t: float, ind: PatientMonth) -> float:
        return self.model.month_starts[self.model.month(t) + 1] - t


class HomeOrOut(ciw.routing.NodeRouting):
    """After a call, home; or out, when the month is over for this patient."""

    def __init__(self, home: int) -> None:
        self.home = home

    def next_node(self, ind: PatientMonth) -> Any:
        return self.simulation.nodes[-1 if ind.over else self.home]

    def next_node_for_jockeying(self, ind: PatientMonth) -> Any:
        return self.simulation.nodes[-1]


def releases(model: Numbers) -> Any:
    """Return the gaps between the first calls' releases of one coordinator's patients."""
    instants = sorted(
        model.release(model.outreach_day(month, random.random()))
        for month in range(model.months)
        for _ in range(model.patients_each)
    )
    gaps = [later - earlier for earlier, later in pairwise([0.0, *instants])]
    return ciw.dists.Sequential([*gaps, math.inf])


def shifts(model: Numbers) -> Any:
    """Return a coordinator's schedule of one server or none, sick spells drawn."""
    servers, ends = [0], []
    start, end = model.shift
    well = 0  # the first business day after the spells so far
    for day, midnight in enumerate(model.midnights):
        if random.random() < model.sick_probabilities[day]:
            well = max(well, day + model.spell_days(random.random()))
        if well <= day:
            servers += [1, 0]
            ends += [midnight + start, midnight + end]
    return ciw.Schedule(numbers_of_servers=servers, shift_end_dates=[*ends, model.month_starts[-1]])


def network(model: Numbers) -> Any:
    """Return the network of one replication: coordinators first, then the homes."""
    nodes = range(1, model.coordinators + 1)
    routers = [HomeOrOut(home=node + model.coordinators) for node in nodes]
    return ciw.create_network(
        arrival_distributions=[releases(model) for _ in nodes] + [None for _ in nodes],
        service_distributions=[Call(model) for _ in nodes] + [AtHome(model) for _ in nodes],
        reneging_time_distributions=[UntilMonthEnd(model) for _ in nodes] + [None for _ in nodes],
        number_of_servers=[shifts(model) for _ in nodes] + [math.inf for _ in nodes],
        routing=ciw.routing.NetworkRouting(
            routers=[*routers, *(ciw.routing.Direct(to=node) for node in nodes)]
        ),
    )


def simulate(replications: int, seed: int) -> Counts:
    """Return the counts of so many replications."""
    model = numbers()
    ciw.seed(seed)  # Ciw draws from Python's own generator
    attempts = billable = 0
    for _ in range(replications):
        simulation = ciw.Simulation(network(model), individual_class=PatientMonth)
        simulation.simulate_until_max_time(model.month_starts[-1])
        for ind in simulation.get_all_individuals():
            attempts += ind.attempts
            billable += ind.minutes >= model.target_minutes
    return Counts(replications * model.patient_months, attempts, billable)
