"""The small model in cimba: compiled Python on a C engine, in two styles.

`simulate` has a process for every patient, as cimba's tutorial would: it acquires its coordinator's
desk, whose capacity follows the shifts, and a timer calls it off at the month's end.
`simulate_events` is the quickest found: a process for every coordinator, a store as its worklist,
and an event for every release; a call whose month is over is dropped as it comes out of the store.
Nothing is left out; calls released at one instant queue in cimba's order of events.
"""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator, attr-defined"
# mypy: allow-subclassing-any
from __future__ import annotations

from math import floor
from typing import Any

import cimba as cb
from benchmarks.peers.small_model import Counts, Numbers, numbers
from cimba import random

MONTH_OVER = 1  # the timer's signal


class Coordinator(cb.Model):
    """One coordinator: the model's numbers, and what the patients' months came to."""

    midnights: cb.Array[float]
    first_days: cb.Array[int]
    month_starts: cb.Array[float]
    sick_probabilities: cb.Array[float]
    sick_mean_days: cb.Param[float]
    opening: cb.Param[float]
    shift_start: cb.Param[float]
    shift_end: cb.Param[float]
    patients_each: cb.Param[int]
    answer_probability: cb.Param[float]
    max_attempts: cb.Param[int]
    retry_days: cb.Param[int]
    followup_days: cb.Param[int]
    target_minutes: cb.Param[float]
    call_log_mean: cb.Param[float]
    call_log_sd: cb.Param[float]
    notes_minutes: cb.Param[float]
    attempt_minutes: cb.Param[float]
    today: int = 0
    attempts: cb.Output[int]
    billable: cb.Output[int]


class Desk(Coordinator):
    """The style of processes: a coordinator is a resource, there during shifts."""

    desk: cb.Resource

    @cb.on_start
    def enroll(self) -> None:
        for _ in range(self.patients_each):
            cb.spawn(Patient, at=self)

    @cb.process
    def shifts(self) -> None:
        well = 0  # the first business day after the spells so far
        for day in range(len(self.midnights)):
            cb.hold(self.midnights[day] - cb.now())
            self.today = day
            if random.bernoulli(self.sick_probabilities[day]):
                well = max(well, day + random.geometric(1.0 / self.sick_mean_days))
            if well <= day:
                cb.hold(self.shift_start)
                self.desk.set_capacity(1)
                cb.hold(self.shift_end - self.shift_start)
                self.desk.set_capacity(0)  # who is at the desk may finish


class Patient(cb.Model):
    at: cb.Ref[Desk]

    @cb.process
    def live(self) -> None:
        at = self.at
        for month in range(len(at.first_days) - 1):
            first, last = at.first_days[month], at.first_days[month + 1]
            day = first + floor((last - first) * random.uniform(0.0, 1.0) ** 2)
            minutes, attempts = 0.0, 0
            while day < last and minutes < at.target_minutes and attempts < at.max_attempts:
                cb.hold(at.midnights[day] + at.opening - cb.now())
                cb.this_process().timer_set(at.month_starts[month + 1] - cb.now(), MONTH_OVER)
                if at.desk.acquire() == MONTH_OVER:
                    break
                cb.this_process().timers_clear()
                attempts += 1
                at.attempts += 1
                if random.bernoulli(at.answer_probability):
                    call = random.lognormal(at.call_log_mean, at.call_log_sd)
                    duration, gap = call + at.notes_minutes, at.followup_days
                    minutes += duration
                else:
                    duration, gap = at.attempt_minutes, at.retry_days
                cb.hold(duration)
                at.desk.release()
                day = at.today + gap
            if minutes >= at.target_minutes:
                at.billable += 1


class PatientMonth(cb.Model):
    of: cb.Ref[Caller]
    month: int
    minutes: float = 0.0
    attempts: int = 0

    @cb.event
    def release(self) -> None:
        self.of.worklist.put(self)


class Caller(Coordinator):
    """The style of events: a coordinator is a process that takes calls from a worklist."""

    worklist: cb.Store[PatientMonth]
    well: int = 0  # the first business day after the spells so far
    duty_end: float = 0.0

    @cb.process
    def months(self) -> None:
        for month in range(len(self.first_days) - 1):
            cb.hold(self.month_starts[month] - cb.now())
            first, last = self.first_days[month], self.first_days[month + 1]
            for _ in range(self.patients_each):
                day = first + floor((last - first) * random.uniform(0.0, 1.0) ** 2)
                patient = cb.spawn(PatientMonth, of=self, month=month)
                cb.schedule(patient.release, self.midnights[day] + self.opening - cb.now())

    @cb.process
    def work(self) -> None:
        self.today = -1
        while True:
            patient = self.worklist.get()
            while cb.now() >= self.duty_end:  # the first call waits in hand for the next shift
                self.today += 1
                day = self.today
                if day == len(self.midnights):
                    return
                if random.bernoulli(self.sick_probabilities[day]):
                    spell = random.geometric(1.0 / self.sick_mean_days)
                    self.well = max(self.well, day + spell)
                if self.well <= day:
                    self.duty_end = self.midnights[day] + self.shift_end
                    cb.hold(max(0.0, self.midnights[day] + self.shift_start - cb.now()))
            if cb.now() >= self.month_starts[patient.month + 1]:
                continue
            patient.attempts += 1
            self.attempts += 1
            if random.bernoulli(self.answer_probability):
                call = random.lognormal(self.call_log_mean, self.call_log_sd)
                duration, gap = call + self.notes_minutes, self.followup_days
                patient.minutes += duration
            else:
                duration, gap = self.attempt_minutes, self.retry_days
            cb.hold(duration)
            day = self.today + gap
            if patient.minutes >= self.target_minutes:
                self.billable += 1
            elif patient.attempts < self.max_attempts and day < self.first_days[patient.month + 1]:
                cb.schedule(patient.release, self.midnights[day] + self.opening - cb.now())


class Practice(cb.Model):
    coordinators: list[Coordinator]


def simulate(replications: int, seed: int) -> Counts:
    """Return the counts of so many replications, a process for every patient."""
    desks = [Desk() for _ in range(numbers().coordinators)]
    for desk in desks:
        desk.desk = cb.Resource(capacity=0)
    return _run(desks, replications, seed)


def simulate_events(replications: int, seed: int) -> Counts:
    """Return the counts of so many replications, an event for every release."""
    callers = [Caller() for _ in range(numbers().coordinators)]
    for caller in callers:
        caller.worklist = cb.Store()
    return _run(callers, replications, seed)


def _run(coordinators: list[Any], replications: int, seed: int) -> Counts:
    model = numbers()
    for coordinator in coordinators:
        _configure(coordinator, model)
    practice = Practice()
    practice.coordinators = coordinators
    window = cb.Window(duration=model.month_starts[-1])
    experiment = cb.Experiment(practice, replications=replications, window=window, seed=seed)
    results = experiment.run(workers=1)
    if results.failed.any():
        raise RuntimeError(f"cimba: {set(results.failure_reasons.flat)}")
    attempts, billable = (
        int(sum(getattr(results[one], name).values.sum() for one in coordinators))
        for name in ("attempts", "billable")
    )
    return Counts(replications * model.patient_months, attempts, billable)


def _configure(coordinator: Any, model: Numbers) -> None:
    """Give a coordinator the model's numbers: its fields have their names."""
    coordinator.shift_start, coordinator.shift_end = model.shift
    for name, value in vars(model).items():
        if isinstance(value, tuple) and name != "shift":
            setattr(coordinator, name, cb.Array(value))
        elif name not in ("shift", "coordinators"):
            setattr(coordinator, name, value)
