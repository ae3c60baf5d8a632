"""A direct SimPy model of a small practice, as one would write it by hand, and the same in ccmsim.

Both draw the same keyed numbers, so they must agree on every billable patient-month; the ratio of
their times says what generality costs. Left out of the direct model, and switched off in the
scenario: disruptions, requests, leaving, losses, final push, logging, and most counters.

    python benchmarks/direct_simpy.py --rounds 7
"""

from __future__ import annotations

import argparse
import bisect
import heapq
import statistics
import time
from collections.abc import Generator
from itertools import count
from typing import Any

import numpy as np
import simpy

import ccmsim
from ccmsim import keyed, rules
from ccmsim.engine.inputs import Inputs, next_owner, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.simpy_model import simulate_one

SCENARIO = """
name = "small_model"
[panel]
enrolled_at_start = 200
death_per_month_share = 0.0
opt_out_per_month_share = 0.0
[staff.coordinators]
coordinators = 2
hours_per_week = 40.0
[operations]
order = "release"
[contact]
target_minutes = 20.0
outreach_pattern = "even"
answer_probability = 0.45
unfamiliar_factor = 1.0
followup = "call"
max_attempts = 6
final_push_days = 0
inbound_per_month = 0.0
care_tasks_per_month = 0.0
[documentation]
capture = "real_time"
real_time = { entry_loss_share = 0.0, minute_loss_share = 0.0 }
logging_minutes_per_entry = 0.0
failure_share = 0.0
not_claimable_share = 0.0
"""

OPENING = 480.0
Process = Generator[simpy.Event, Any, None]


class Direct:
    """The small model by hand: a process per patient, one per coordinator, a heap between them."""

    def __init__(self, inputs: Inputs, seed: int, replication: int) -> None:
        self.inputs, self.key = inputs, (seed, replication)
        self.env = simpy.Environment()
        self.days = inputs.calendar.business_day_minutes.tolist()
        self.first = inputs.calendar.month_first_business_day.tolist()
        seats = inputs.staffing.seats
        self.heaps: list[list[tuple[float, int, int, simpy.Event]]] = [[] for _ in range(seats)]
        self.calls: list[simpy.Event | None] = [None] * seats
        self.number = count()
        self.rows = tuple(inputs.laws.rows[name] for name in ("call", "notes", "attempt"))
        self.contacts = self.billable = 0

    def run(self) -> int:
        """Return the billable patient-months."""
        inputs = self.inputs
        patients = inputs.scenario.panel.enrolled_at_start
        counts = np.zeros(inputs.staffing.seats, np.int64)
        for patient in range(patients):
            owner = next_owner(inputs.protected_minutes, counts)
            self.env.process(self.patient(patient, owner))
        for seat in range(inputs.staffing.seats):
            self.env.process(self.coordinator(seat))
        self.env.run(until=float(inputs.calendar.month_start_minutes[-1]))
        return self.billable

    def patient(self, patient: int, owner: int) -> Process:
        """Live a patient's months: a first call, retries and follow-ups until the target."""
        inputs, contact = self.inputs, self.inputs.scenario.contact
        laws = inputs.laws
        _, answer = keyed.patient_traits(
            laws.handle, laws.rows["need"], laws.rows["answer"], *self.key, patient
        )
        for month in range(inputs.months):
            first, last = self.first[month : month + 2]
            day = first + keyed.outreach_day(
                *self.key, patient, month, inputs.pattern, last - first
            )
            minutes, attempts = 0.0, 0
            while day < last and attempts < contact.max_attempts and minutes < 20.0:
                yield self.env.timeout(self.days[day] + OPENING - self.env.now)
                done = self.env.event()
                heapq.heappush(self.heaps[owner], (self.env.now, patient, next(self.number), done))
                waiting = self.calls[owner]
                if waiting is not None and not waiting.triggered:
                    waiting.succeed()
                done.value_in = (patient, month, attempts, answer)  # type: ignore[attr-defined]
                answered, got = yield done
                minutes += got
                attempts += 1
                gap = contact.followup_gap_days if answered else contact.retry_gap_days
                day = bisect.bisect_right(self.days, self.env.now) - 1 + gap
            self.billable += minutes >= 20.0

    def coordinator(self, seat: int) -> Process:
        """Work off the heap while on duty."""
        inputs, contact, heap = self.inputs, self.inputs.scenario.contact, self.heaps[seat]
        laws, env = inputs.laws.handle, self.env
        shift = inputs.staffing.shifts[seat, 0, 0]
        starts, ends = float(shift["start"]), float(shift["duty_end"])
        for midnight in self.days:
            yield env.timeout(midnight + starts - env.now)
            while env.now < midnight + ends:
                if not heap:
                    call = self.calls[seat] = env.event()
                    yield call | env.timeout(midnight + ends - env.now)
                    continue
                done = heapq.heappop(heap)[3]
                patient, month, attempts, answer = done.value_in  # type: ignore[attr-defined]
                morning = env.now % 1440.0 < 720.0
                factor = contact.morning_factor if morning else contact.afternoon_factor
                answered, minutes, countable, _ = keyed.call(
                    laws, self.rows, *self.key, patient, month, attempts,
                    answer, factor, 1.0, 1.0, False, 0.0, 0.0,
                )  # fmt: skip
                self.contacts += 1
                yield env.timeout(minutes)
                done.succeed((answered, countable))


def one_round(inputs: Inputs, replication: int) -> tuple[float, float, int]:
    """Return seconds of the direct model and of ours for one replication, and the contacts."""
    start = time.process_time()
    direct = Direct(inputs, 7, replication)
    direct.run()
    middle = time.process_time()
    facts = simulate_one(inputs, 7, replication)
    end = time.process_time()
    billable = int((judge(facts, inputs, 7, replication).status == rules.BILLABLE).sum())
    contacts = int(facts.patient_months["attempts"].sum())
    if (billable, contacts) != (direct.billable, direct.contacts):
        raise AssertionError(f"{billable, contacts} != {direct.billable, direct.contacts}")
    return middle - start, end - middle, contacts


def main() -> None:
    """Print the medians of alternating rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    inputs = prepare(ccmsim.loads(SCENARIO), 12)
    one_round(inputs, 0)  # compiles
    times = [one_round(inputs, replication) for replication in range(1, rounds + 1)]
    ratio = statistics.median(ours / theirs for theirs, ours, _ in times)
    for name, column in (("direct SimPy", 0), ("ccmsim SimPy", 1)):
        per_contact = statistics.median(row[column] / row[2] * 1e6 for row in times)
        print(f"{name}: {per_contact:6.1f} microseconds a contact")
    print(f"ratio: {ratio:.2f} (at most 2); the same billable patient-months in both")


if __name__ == "__main__":
    main()
