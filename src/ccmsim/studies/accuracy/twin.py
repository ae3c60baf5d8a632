"""Twins: the readable engine and the compiled one leave the same facts, bit for bit.

Comes in: numbers of random scenarios. Goes out: what was compared, and what differed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccmsim.engine import simpy_model
from ccmsim.engine.inputs import prepare
from ccmsim.engine.ledger import EVENT_COUNTS, Facts
from ccmsim.office import compiled_facts
from ccmsim.scenario import Scenario
from ccmsim.studies.accuracy.lively import Lively

MONTHS = 3


class Compared(NamedTuple):
    """What was compared, and how much of it differed."""

    scenarios: int
    arrays: int
    numbers: int
    events: int
    different: int


def parts(facts: Facts) -> dict[str, np.ndarray]:
    """Return every array of the facts by name, fields of records one by one."""
    found = {}
    for name, value in zip(Facts._fields, facts, strict=True):
        array = np.asarray(value)
        for field in array.dtype.names or [""]:
            found[f"{name}.{field}".rstrip(".")] = array[field] if field else array
    return found


def differences(one: Facts, other: Facts) -> list[str]:
    """Return the names of what differs in any bit."""
    left, right = parts(one), parts(other)
    return [
        name
        for name, a in left.items()
        if a.dtype != right[name].dtype
        or a.shape != right[name].shape
        or a.tobytes() != right[name].tobytes()
    ]


def twins(
    scenario: Scenario, *, months: int, warmup_months: int, key: tuple[int, int]
) -> tuple[Facts, list[str]]:
    """Return the facts of a replication, and what differs between engines and kernels."""
    inputs = prepare(scenario, months, warmup_months=warmup_months)
    expected = simpy_model.simulate_one(inputs, *key)
    found = differences(compiled_facts(inputs, *key), expected)
    return expected, found + differences(compiled_facts(inputs, *key, alone=False), expected)


def compared(scenarios: int, *, seed: int = 0) -> Compared:
    """Compare the engines on random scenarios, a replication each.

    Examples
    --------
    >>> compared(2).different
    0
    """
    lively = Lively(seed)
    arrays = numbers = events = different = 0
    for replication in range(scenarios):
        facts, found = twins(
            lively.scenario(), months=MONTHS, warmup_months=0, key=(seed, replication)
        )
        every = parts(facts)
        arrays += 2 * len(every)
        numbers += 2 * sum(array.size for array in every.values())
        events += sum(int(facts.counts[name].sum()) for name in EVENT_COUNTS)
        different += len(found)
    return Compared(scenarios, arrays, numbers, events, different)
