"""Times ccmsim, its peers and hand-written C++ on the small model, side by side on one core.

Comes in: `CASES` and `RATIOS`, to which rows are added. Goes out: two tables in markdown and, if
wanted, every run as JSON. Whether the models agree is asserted by benchmarks/peers/test_peers.py;
the counts are printed here beside the seconds.

    python benchmarks/race.py --rounds 6 --json race.json
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import ccmsim
from ccmsim.errors import InputError

ROUNDS = 6
AT_LEAST_SECONDS = 0.5
"""Every run takes about as long or longer; a case gets its own number of replications for it."""

PACKAGES = ("ccmsim", "numpy", "numba", "simpy", "salabim", "ciw", "cimba")
"""Whose versions are kept with the runs."""


class Run(NamedTuple):
    """What one timed run did."""

    patient_months: int
    attempts: int
    billable: int
    seconds: float


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


@dataclass(frozen=True)
class Ratio:
    """Speed of one case divided by another's, round by round, and the least that is wanted."""

    above: str
    below: str
    at_least: float | None = None


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
        return f"{figure(self.median)} ({figure(self.low)}–{figure(self.high)})"


# ---------------------------------------------------------------- what runs


def peer(module: str, function: str = "simulate") -> Runner:
    """Return a peer's runner: the whole call is timed."""
    try:
        simulate = getattr(import_module(f"benchmarks.peers.{module}"), function)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("benchmarks"):
            raise
        raise LeftOutError(f"no {error.name}; pip install 'ccmsim[peers]'") from error

    def run(replications: int, seed: int) -> Run:
        start = time.perf_counter()
        counts = simulate(replications, seed)
        seconds = time.perf_counter() - start
        return Run(counts.patient_months, counts.attempts, counts.billable, seconds)

    return run


def ours(engine: Any, preset: str | None = None) -> Runner:
    """Return ccmsim's runner with an engine, on the small model or a preset: the whole call."""
    small_model = import_module("benchmarks.peers.small_model")
    scenario = small_model.scenario() if preset is None else ccmsim.load(preset)
    simulate = partial(ccmsim.simulate, scenario, months=12, engine=engine)

    def run(replications: int, seed: int) -> Run:
        start = time.perf_counter()
        values = simulate(replications=replications, seed=seed).values
        seconds = time.perf_counter() - start
        patient_months, attempts, billable = (
            int(values[name].sum())
            for name in ("enrolled_patients", "attempts", "billable_patients")
        )
        return Run(patient_months, attempts, billable, seconds)

    try:
        run(1, 0)
    except InputError as error:
        raise LeftOutError(str(error)) from error
    return run


def program(name: str) -> Runner:
    """Return the runner of a C++ program, which times its replications itself."""
    witness = import_module("benchmarks.limit.witness")
    try:
        witness.build(name)
    except witness.BuildError as error:
        raise LeftOutError(str(error)) from error

    def run(replications: int, seed: int) -> Run:
        counts = witness.run_small(name, replications=replications, seed=seed)
        attempts, billable = int(counts.attempts.sum()), int(counts.billable.sum())
        return Run(counts.patient_months, attempts, billable, counts.seconds)

    return run


SIMPY, SIMPY_ENGINE, COMPILED = "SimPy", "ccmsim, SimPy engine", "ccmsim, compiled"
CIMBA, CIMBA_EVENTS = "cimba, processes", "cimba, events"
HEAP, LAZY = "C++, one heap", "C++, lazy queues"

_BUILT_ANEW = "each replication built anew; two counts, no ledger, no money"
_CIMBA = "an experiment set up, compiled before; two counts, no ledger, no money"
_OURS = "the whole call: keyed numbers, ledger, statuses, money, every variable by month"
_PROGRAM = "replications alone: the same keyed numbers; counts by month, no ledger, no money"

CASES = (
    Case(SIMPY, partial(peer, "simpy_peer"), _BUILT_ANEW),
    Case("salabim", partial(peer, "salabim_peer"), _BUILT_ANEW),
    Case("Ciw", partial(peer, "ciw_peer"), f"{_BUILT_ANEW}; a record of every visit"),
    Case(CIMBA, partial(peer, "cimba_peer"), _CIMBA),
    Case(CIMBA_EVENTS, partial(peer, "cimba_peer", "simulate_events"), _CIMBA),
    Case(SIMPY_ENGINE, partial(ours, "simpy"), _OURS),
    Case(COMPILED, partial(ours, "compiled"), _OURS),
    Case(HEAP, partial(program, "small_heap"), _PROGRAM),
    Case(LAZY, partial(program, "small_lazy"), _PROGRAM),
)

RATIOS = (
    Ratio(COMPILED, SIMPY, 80.0),
    Ratio(COMPILED, SIMPY_ENGINE),
    Ratio(COMPILED, CIMBA, 3.0),
    Ratio(COMPILED, CIMBA_EVENTS),
    Ratio(COMPILED, HEAP, 1.0),
    Ratio(COMPILED, LAZY, 0.7),
)


# ---------------------------------------------------------------- the race


def race(
    cases: Iterable[Case] = CASES,
    *,
    rounds: int = ROUNDS,
    at_least_seconds: float = AT_LEAST_SECONDS,
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
        runners[case.name] = runner, replications_for(runner, at_least_seconds)
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


def quotient(rows: Iterable[Row], above: str, below: str) -> Spread | None:
    """Return the speed of one case divided by another's in the same round; None without both."""
    speeds = {row.name: row.speeds for row in rows}
    if above not in speeds or below not in speeds:
        return None
    return Spread.of([a / b for a, b in zip(speeds[above], speeds[below], strict=True)])


# ---------------------------------------------------------------- tables


def figure(value: float) -> str:
    """Return three digits of a positive number, with thousands marked."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{max(0, 2 - math.floor(math.log10(rounded)))}f}"


def table(rows: Sequence[Row], *, baseline: str = SIMPY) -> str:
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


def ratio_table(rows: Sequence[Row], ratios: Iterable[Ratio] = RATIOS) -> str:
    """Return the markdown table of the ratios whose cases have both run."""
    lines = ["| ratio, round by round | median (range) | at least |", "|---|---|---|"]
    for ratio in ratios:
        found = quotient(rows, ratio.above, ratio.below)
        if found is not None:
            wanted = "" if ratio.at_least is None else f"{ratio.at_least:g}"
            lines.append(f"| {ratio.above} ÷ {ratio.below} | {found} | {wanted} |")
    return "\n".join(lines)


def as_json(rows: Iterable[Row]) -> str:
    """Return every run, with what it ran on."""
    facts = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {package: _version(package) for package in PACKAGES},
        "rows": [{**asdict(row), "runs": [run._asdict() for run in row.runs]} for row in rows],
    }
    return json.dumps(facts, indent=1, ensure_ascii=False)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def on_one_core() -> None:
    """Keep this process, its threads and its programs on one core, where the system allows it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    else:
        print("This system keeps no process on one core: compiled cases may use more.")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Time ccmsim and its peers on the small model.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=AT_LEAST_SECONDS, help="least of a run")
    parser.add_argument(
        "--only", nargs="*", default=[""], help="cases whose names hold one of these"
    )
    parser.add_argument("--json", type=Path, help="where every run is written")
    given = parser.parse_args()
    on_one_core()
    cases = [case for case in CASES if any(part in case.name for part in given.only)]
    rows = race(cases, rounds=given.rounds, at_least_seconds=given.seconds)
    print(f"{table(rows)}\n\n{ratio_table(rows)}")
    if given.json is not None:
        given.json.write_text(as_json(rows) + "\n", "utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for benchmarks.peers, .limit
    main()
