"""The race: cases side by side in alternating rounds, and what their speeds come to.

Comes in: cases, each of which times itself. Goes out: rows of runs, ratios run by run, tables in
markdown. Knows nothing of any model.
"""

from __future__ import annotations

import gc
import math
import os
import random
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple


class Run(NamedTuple):
    """What one timed run did."""

    patient_months: int
    attempts: int
    billable: int
    seconds: float
    events: int = 0
    """As docs/model.md counts them; 0 where nobody counts them."""


Runner = Callable[[int, int], Run]
"""Takes replications and a seed. It times itself, so that it decides what the time includes."""


class LeftOutError(Exception):
    """A case cannot run here; the message says why."""


@dataclass(frozen=True)
class Case:
    """A row of the table: `make` returns what runs it, or raises `LeftOutError`."""

    name: str
    make: Callable[[], Runner]
    includes: str
    replications: int | None = None
    """Of every run; where left out, as many as take long enough."""


@dataclass(frozen=True)
class Row:
    """A case's runs, one a round."""

    name: str
    includes: str
    replications: int
    runs: tuple[Run, ...]

    @property
    def speeds(self) -> list[float]:
        """Patient-months a second, by round."""
        return [run.patient_months / run.seconds for run in self.runs]

    @property
    def events_a_second(self) -> list[float]:
        """Events a second, by round; zeros where nobody counts them."""
        return [run.events / run.seconds for run in self.runs]

    def per_patient_month(self, count: str) -> float:
        """Return attempts or billable months in all rounds, divided by patient-months."""
        total = sum(getattr(run, count) for run in self.runs)
        return float(total / sum(run.patient_months for run in self.runs))


class Spread(NamedTuple):
    """The median and the range of a figure over the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.low == self.high:
            return figure(self.median)
        return f"{figure(self.median)} ({figure(self.low)}–{figure(self.high)})"


@dataclass(frozen=True)
class Target:
    """What is wanted of a figure: at least, or at most, so much."""

    name: str
    least: float | None = None
    aim: float | None = None
    """More than `least`: hoped for."""
    most: float | None = None

    def wanted(self) -> str:
        """Return the target as the table has it."""
        if self.most is not None:
            return f"at most {self.most:g}"
        if self.least is None:
            return "reported"
        return f"at least {self.least:g}" + ("" if self.aim is None else f", aim {self.aim:g}")

    def verdict(self, value: float) -> str:
        """Return whether a figure is as wanted."""
        if self.least is None and self.most is None:
            return ""
        if value < (self.least or -math.inf) or value > (self.most or math.inf):
            return "**missed**"
        if self.aim is None:
            return "met"
        return "aim reached" if value >= self.aim else "met"


# ---------------------------------------------------------------- running


def race(
    cases: Iterable[Case],
    *,
    rounds: int,
    at_least_seconds: float,
    note: Callable[[str], None] = print,
) -> list[Row]:
    """Run every case once a round, in a new order each; return a row for each that can run.

    The first run of a case, which may compile, is not counted. `note` is told what is left out.
    """
    runners: dict[str, tuple[Runner, int]] = {}
    includes = {}
    for case in cases:
        try:
            runner = case.make()
        except LeftOutError as why:
            note(f"{case.name} is left out: {why}")
            continue
        if case.replications is None:
            runners[case.name] = runner, replications_for(runner, at_least_seconds)
        else:
            runner(1, 0)
            runners[case.name] = runner, case.replications
        includes[case.name] = case.includes
    runs: dict[str, list[Run]] = {name: [] for name in runners}
    for number in range(1, rounds + 1):
        for name in random.Random(number).sample(list(runners), len(runners)):
            runner, replications = runners[name]
            gc.collect()  # nobody pays for what another left behind
            runs[name].append(runner(replications, number))
    return [
        Row(name, includes[name], replications, tuple(runs[name]))
        for name, (_, replications) in runners.items()
    ]


def replications_for(runner: Runner, at_least_seconds: float) -> int:
    """Return a number of replications that takes so long."""
    runner(1, 0)  # compiles, and fills the caches
    replications = 1
    while (seconds := runner(replications, 0).seconds) < at_least_seconds:
        missing = 1.2 * at_least_seconds / max(seconds, 1e-6)
        replications = math.ceil(replications * min(max(missing, 1.2), 50.0))
    return replications


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this process, its threads and its programs on one core, where the system allows it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# ---------------------------------------------------------------- figures and tables


def quotient(rows: Iterable[Row], above: str, below: str) -> Spread | None:
    """Return the speed of one case divided by another's in the same round; None without both."""
    speeds = {row.name: row.speeds for row in rows}
    if above not in speeds or below not in speeds:
        return None
    return Spread.of([a / b for a, b in zip(speeds[above], speeds[below], strict=True)])


def figure(value: float) -> str:
    """Return three digits of a positive number, with thousands marked."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{max(0, 2 - math.floor(math.log10(rounded)))}f}"


def table(rows: Sequence[Row], *, baseline: str) -> str:
    """Return the markdown table of all rows: medians, and ranges over the rounds in brackets."""
    counts = "billable share | attempts a patient-month"
    lines = [
        f"| model | patient-months a second | ÷ {baseline} | {counts} | a run includes |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = quotient(rows, row.name, baseline)
        cells = (
            row.name,
            Spread.of(row.speeds),
            "1" if row.name == baseline else ratio or "–",
            f"{row.per_patient_month('billable'):.4f}",
            f"{row.per_patient_month('attempts'):.3f}",
            row.includes,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def speed_table(rows: Sequence[Row]) -> str:
    """Return the markdown table of rows by patient-months and events a second."""
    lines = [
        "| case | replications | patient-months a second | events a second | each has events |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        counted = row.runs[0].events > 0
        cells = (
            row.name,
            f"{row.replications:,}",
            Spread.of(row.speeds),
            Spread.of(row.events_a_second) if counted else "–",
            f"{row.per_patient_month('events'):.1f}" if counted else "–",
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def target_table(found: Iterable[tuple[Target, Spread]]) -> str:
    """Return the markdown table of figures beside what is wanted of them."""
    lines = ["| figure | median (range) | wanted | |", "|---|---|---|---|"]
    for target, spread in found:
        verdict = target.verdict(spread.median)
        lines.append(f"| {target.name} | {spread} | {target.wanted()} | {verdict} |")
    return "\n".join(lines)
