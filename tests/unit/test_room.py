"""The engine's room: compiled code, which checks no index, writes within its arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ccmsim.engine import compiled, room
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.records import ARRAYS, DTYPES
from ccmsim.finance import terms_of
from ccmsim.memory import address
from ccmsim.office import Office, run_one
from ccmsim.scenario import load
from ccmsim.studies.accuracy.lively import Lively

GUARD = 4096
"""Bytes before and after every array."""
BYTE = 0xA5


class Canaries:
    """Makes arrays that lie between guard bytes, and watches those."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def zeros(self, shape: int | Sequence[int], dtype: Any = float) -> Any:
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        raw = np.full(size + 2 * GUARD, BYTE, np.uint8)
        raw[GUARD : GUARD + size] = 0
        self.made.append(raw)
        return raw[GUARD : GUARD + size].view(dtype).reshape(shape)

    def overruns(self) -> list[tuple[int, int]]:
        """Return (length in bytes, what of it is guard and was changed) of damaged arrays."""
        found = []
        for raw in self.made:
            guards = np.concatenate([raw[:GUARD], raw[-GUARD:]])
            if (guards != BYTE).any():
                found.append((len(raw) - 2 * GUARD, int((guards != BYTE).sum())))
        return found

    def office(self, inputs: Inputs, times: int) -> Office:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(np, "zeros", self.zeros)
            patch.setattr(room, "aligned_zeros", self.zeros)
            return Office(inputs, times=times)


def simulate_guarded(inputs: Inputs, seed: int, replications: int, *, alone: bool) -> int:
    """Simulate between guards, in a room that grows as the engine's does; return how much."""
    plan, terms, times = compiled.plan_of(inputs), terms_of(inputs), 1
    canaries = Canaries()
    office = canaries.office(inputs, times)
    for replication in range(replications):
        while True:
            done = run_one(office, plan, terms, seed, replication, alone=alone)
            assert canaries.overruns() == []
            if done:
                break
            times *= 2
            canaries = Canaries()
            office = canaries.office(inputs, times)
    return times


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "together"])
@pytest.mark.parametrize("part", range(4))
def test_nothing_is_written_beside_an_array(part: int, alone: bool) -> None:
    lively = Lively(1000 + part)
    for _ in range(15):
        simulate_guarded(prepare(lively.scenario(), 4), part, 2, alone=alone)


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "together"])
@pytest.mark.parametrize(
    "changes",
    [
        {"panel.death_per_month_share": 1.0, "panel.replace_leavers": True},
        {
            "panel.need": {"family": "empirical", "values": [0.01] * 9 + [99.0]},
            "contact.inbound_per_month": 3.0,
            "contact.care_tasks_per_month": 3.0,
        },
    ],
    ids=["patients", "requests"],
)
def test_a_room_that_is_too_small_is_not_overrun(changes: dict[str, Any], alone: bool) -> None:
    scenario = load("two_nurses").but({"panel.enrolled_at_start": 5, **changes})
    assert simulate_guarded(prepare(scenario, 24), 7, 10, alone=alone) > 1


def test_large_panels_stay_within_their_arrays() -> None:
    """So large that it is looked ahead."""
    scenario = load("two_nurses").but(
        {"panel.enrolled_at_start": room._NEAR + 1, "operations.assignment": "owned_with_backup"}
    )
    for alone in (True, False):
        simulate_guarded(prepare(scenario, 2), 7, 1, alone=alone)


def test_a_write_beside_an_array_is_seen() -> None:
    canaries = Canaries()
    inputs = prepare(load("solo_nurse"), 1)
    office = canaries.office(inputs, 1)
    assert len(canaries.made) > len(ARRAYS)
    for name in DTYPES:
        array = office.room.arrays[name]
        for offset in (-1, array.nbytes):
            place = array.ctypes.data + offset
            owner = next(
                raw for raw in canaries.made
                if 0 <= place - raw.ctypes.data < raw.nbytes
            )  # fmt: skip
            owner[place - owner.ctypes.data] ^= 1
            assert canaries.overruns() == [(owner.nbytes - 2 * GUARD, 1)], name
            owner[place - owner.ctypes.data] ^= 1
    assert canaries.overruns() == []


def test_a_room_holds_every_array_that_compiled_code_knows() -> None:
    mine = room.Room(prepare(load("two_nurses"), 2))
    assert set(mine.arrays) == set(DTYPES)
    for name, array in mine.arrays.items():
        assert int(mine.handle[name][0]) == address(name, array, DTYPES[name])
