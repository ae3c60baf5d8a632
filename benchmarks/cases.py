"""What races: ccmsim on the small model and on presets, its peers, hand-written C++.

Comes in: names of peers, presets, engines, programs. Goes out: lists of cases for
`benchmarks.harness`, and what their ratios are to reach.
"""

from __future__ import annotations

import time
from functools import partial
from importlib import import_module
from typing import Any

from benchmarks.harness import Case, LeftOutError, Run, Runner, Target

import ccmsim
from ccmsim.errors import InputError
from ccmsim.montecarlo import cores
from ccmsim.scenario.model import Scenario

MONTHS = 12


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


def small_model() -> Scenario:
    """Return the small model's scenario."""
    scenario: Scenario = import_module("benchmarks.peers.small_model").scenario()
    return scenario


def ours(engine: Any, scenario: Scenario | None = None, *, workers: int = 1) -> Runner:
    """Return ccmsim's runner with an engine, on the small model or another: the whole call."""
    if workers > cores():
        raise LeftOutError(f"{cores()} core here")
    simulate = partial(
        ccmsim.simulate,
        scenario or small_model(),
        months=MONTHS,
        engine=engine,
        workers=workers,
    )

    def run(replications: int, seed: int) -> Run:
        start = time.perf_counter()
        values = simulate(replications=replications, seed=seed).values
        seconds = time.perf_counter() - start
        patient_months, attempts, billable, events = (
            int(values[name].sum())
            for name in ("enrolled_patients", "attempts", "billable_patients", "events")
        )
        return Run(patient_months, attempts, billable, seconds, events)

    try:
        run(1, 0)
    except InputError as error:
        raise LeftOutError(str(error)) from error
    return run


def program(name: str, scenario: Scenario | None = None) -> Runner:
    """Return the runner of a C++ program, which times its replications itself."""
    witness = import_module("benchmarks.limit.witness")
    try:
        witness.build(name)
    except witness.BuildError as error:
        raise LeftOutError(str(error)) from error
    execute = witness.run_two_nurses if name == "two_nurses" else partial(witness.run_small, name)

    def run(replications: int, seed: int) -> Run:
        counts = execute(scenario, replications=replications, seed=seed)
        attempts, billable, events = (
            int(getattr(counts, count).sum()) for count in ("attempts", "billable", "events")
        )
        return Run(counts.patient_months, attempts, billable, counts.seconds, events)

    return run


# ---------------------------------------------------------------- the small model

SIMPY, SIMPY_ENGINE, COMPILED = "SimPy", "ccmsim, SimPy engine", "ccmsim, compiled"
CIMBA, CIMBA_EVENTS = "cimba, processes", "cimba, events"
HEAP, LAZY = "C++, one heap", "C++, lazy queues"

_BUILT_ANEW = "each replication built anew; two counts, no ledger, no money"
_CIMBA = "an experiment set up, compiled before; two counts, no ledger, no money"
_OURS = "the whole call: keyed numbers, ledger, statuses, money, every variable by month"
_PROGRAM = "replications alone: the same keyed numbers; counts by month, no ledger, no money"

REPLICATIONS = 2000
"""Of the compiled engine and of the small model's C++ programs in every run."""

SMALL = (
    Case(SIMPY, partial(peer, "simpy_peer"), _BUILT_ANEW),
    Case("salabim", partial(peer, "salabim_peer"), _BUILT_ANEW),
    Case("Ciw", partial(peer, "ciw_peer"), f"{_BUILT_ANEW}; a record of every visit"),
    Case(CIMBA, partial(peer, "cimba_peer"), _CIMBA),
    Case(CIMBA_EVENTS, partial(peer, "cimba_peer", "simulate_events"), _CIMBA),
    Case(SIMPY_ENGINE, partial(ours, "simpy"), _OURS),
    Case(COMPILED, partial(ours, "compiled"), _OURS, REPLICATIONS),
    Case(HEAP, partial(program, "small_heap"), _PROGRAM, REPLICATIONS),
    Case(LAZY, partial(program, "small_lazy"), _PROGRAM, REPLICATIONS),
)

# ---------------------------------------------------------------- presets

OWNED, AS_IT_IS, POOLED = "two_nurses, owned", "two_nurses as it is", "two_nurses, pooled"
MOST = "mature_300, most of the model"
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "solo_nurse": ("solo_nurse", {}),
    OWNED: ("two_nurses", {"operations.assignment": "owned"}),
    AS_IT_IS: ("two_nurses", {}),
    POOLED: ("two_nurses", {"operations.assignment": "pooled"}),
    MOST: ("mature_300", {}),
}

SIMPY_REPLICATIONS = 6


def preset(label: str) -> Scenario:
    """Return the scenario behind a label of `PRESETS`."""
    name, changes = PRESETS[label]
    return ccmsim.load(name).but(changes)


def preset_cases(replications: int = REPLICATIONS) -> list[Case]:
    """Return both engines on the presets, and C++ where there is a program."""
    cases = []
    for label in PRESETS:
        compiled, simpy = partial(ours, "compiled"), partial(ours, "simpy")
        scenario = preset(label)
        cases += [
            Case(f"{label}: compiled", partial(compiled, scenario), _OURS, replications),
            Case(f"{label}: SimPy engine", partial(simpy, scenario), _OURS, SIMPY_REPLICATIONS),
        ]
        if label in (OWNED, AS_IT_IS):
            cpp = partial(program, "two_nurses", scenario)
            cases.append(Case(f"{label}: C++, one heap", cpp, _PROGRAM))
    return cases


# ---------------------------------------------------------------- threads

ONE_THREAD, TWO_THREADS = "two_nurses as it is, one thread", "two_nurses as it is, two threads"


def thread_cases(replications: int = REPLICATIONS) -> list[Case]:
    """Return the same replications on one thread and on two."""
    scenario = preset(AS_IT_IS)
    return [
        Case(name, partial(ours, "compiled", scenario, workers=workers), _OURS, replications)
        for name, workers in ((ONE_THREAD, 1), (TWO_THREADS, 2))
    ]


# ---------------------------------------------------------------- growth

SIZES = (1, 10, 100)
"""How many times the panel and the staff of two_nurses."""


def sized(label: str, times: int) -> Scenario:
    """Return a preset with so many times its patients and its coordinators."""
    scenario = preset(label)
    changes: dict[str, Any] = {"panel.enrolled_at_start": times * scenario.panel.enrolled_at_start}
    for group, staff in scenario.staff.items():
        changes[f"staff.{group}.coordinators"] = times * staff.coordinators
    return scenario.but(changes)


def growth_name(label: str, times: int) -> str:
    """Return the name of a case of growth."""
    return f"{label}: {200 * times:,} patients"


def growth_cases(replications: int = 500) -> list[Case]:
    """Return panels of three sizes; every run simulates as many patient-months."""
    return [
        Case(
            growth_name(label, times),
            partial(ours, "compiled", sized(label, times)),
            _OURS,
            max(1, replications // times),
        )
        for label in (OWNED, AS_IT_IS, POOLED)
        for times in SIZES
    ]


# ---------------------------------------------------------------- what is wanted

RATIOS: tuple[tuple[Target, str, str], ...] = (
    *(
        (
            Target(f"{label}: compiled ÷ our SimPy engine", least, aim),
            f"{label}: compiled",
            f"{label}: SimPy engine",
        )
        for label, least, aim in (
            ("solo_nurse", 120.0, 200.0),
            (OWNED, 120.0, 200.0),
            (AS_IT_IS, 70.0, 120.0),
            (POOLED, 70.0, 120.0),
            (MOST, 80.0, 120.0),
        )
    ),
    (Target("small model: compiled ÷ SimPy peer", 80.0, 150.0), COMPILED, SIMPY),
    (Target("small model: compiled ÷ C++, one heap", 1.0), COMPILED, HEAP),
    (Target("small model: compiled ÷ C++, lazy queues", 0.7, 0.9), COMPILED, LAZY),
    (Target("small model: compiled ÷ cimba, processes", 3.0, 5.0), COMPILED, CIMBA),
    (Target("small model: compiled ÷ cimba, events", 3.0, 5.0), COMPILED, CIMBA_EVENTS),
    (Target("small model: compiled ÷ our SimPy engine"), COMPILED, SIMPY_ENGINE),
    *(
        (
            Target(f"{label}: compiled ÷ C++, one heap"),
            f"{label}: compiled",
            f"{label}: C++, one heap",
        )
        for label in (OWNED, AS_IT_IS)
    ),
    (Target("two threads ÷ one", 1.8), TWO_THREADS, ONE_THREAD),
    *(
        (
            Target(f"{label}: cost of a patient-month, {200 * times:,} ÷ 200 patients", most=1.3),
            growth_name(label, 1),
            growth_name(label, times),
        )
        for label in (OWNED, AS_IT_IS, POOLED)
        for times in SIZES[1:]
    ),
)
"""What is wanted of a ratio, and the names of the cases above and below the line."""

SMALL_SPEED = Target("small model: compiled, million patient-months a second", 2.0)
