"""The worklist against a plain search: order, ties, new ranks, items taken elsewhere."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
import simpy

from ccmsim.engine.people import Patient
from ccmsim.engine.worklist import Item, Worklist, best_of
from ccmsim.rules import CALL, CARE_TASK, FOLLOW_UP, INBOUND, OUTREACH, RETRY


def item(patient: int = 0, kind: int = OUTREACH, *, release: float = 480.0, index: int = 0) -> Item:
    made = Item(
        Patient(patient, 0, 1.0, 0.5, 22.0, 0.0), kind, CALL, release, simpy.Environment().event()
    )
    made.index = index
    return made


def emptied(worklist: Worklist) -> list[Item]:
    """Take the best item until there is none."""
    taken = []
    while (found := best_of([worklist])) is not None:
        found.open = False
        taken.append(found)
    return taken


def test_nothing_in_it() -> None:
    assert Worklist().best() is None
    assert Worklist().size() == 0
    assert best_of([]) is None
    assert best_of([Worklist(), Worklist()]) is None


def test_requests_come_before_outreach_whatever_the_rank() -> None:
    worklist = Worklist()
    outreach, request = item(release=1.0), item(5, INBOUND, release=900.0)
    worklist.add(outreach, -100.0, is_request=False)
    worklist.add(request, 0.0, is_request=True)
    assert emptied(worklist) == [request, outreach]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (item(9, release=1.0), item(0, release=2.0)),  # earlier release
        (item(1, CARE_TASK), item(2, INBOUND)),  # then the lower patient
        (item(1, RETRY), item(1, FOLLOW_UP)),  # then the kind
        (item(1, INBOUND, index=0), item(1, INBOUND, index=1)),  # then the number
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_ties(first: Item, second: Item, swapped: bool) -> None:
    worklist = Worklist()
    for entered in (second, first) if swapped else (first, second):
        worklist.add(entered, 7.0, is_request=False)
    best = worklist.best()
    assert best is not None
    assert best[7] is first


def test_a_new_rank_replaces_the_old_one() -> None:
    worklist = Worklist()
    a, b = item(0), item(1)
    worklist.add(a, 1.0, is_request=False)
    worklist.add(b, 2.0, is_request=False)
    worklist.add(a, math.inf, is_request=False)  # worse now
    assert best_of([worklist]) is b
    assert worklist.size() == 2  # each counts once
    worklist.add(a, 1.5, is_request=False)  # better again
    assert emptied(worklist) == [a, b]


def test_the_best_of_several_lists() -> None:
    lists = [Worklist() for _ in range(3)]
    late, early = item(0, release=960.0), item(8, release=480.0)
    lists[0].add(late, 0.0, is_request=False)
    lists[2].add(early, 0.0, is_request=False)
    assert best_of(lists) is early
    early.open = False
    assert best_of(lists) is late
    assert [worklist.size() for worklist in lists] == [1, 0, 0]  # what was taken is gone


@pytest.mark.parametrize("seed", range(20))
def test_random_use_against_a_plain_search(seed: int) -> None:
    chance = random.Random(seed)
    lists = [Worklist() for _ in range(2)]
    open_items: dict[Item, tuple[int, bool, float]] = {}  # home, request, rank

    def place(entry: tuple[Item, tuple[int, bool, float]]) -> tuple[Any, ...]:
        found, (_, request, rank) = entry
        return (not request, rank, found.release, found.patient.number, found.kind, found.index)

    for step in range(400):
        action = chance.random()
        if action < 0.45:
            kind = chance.choice([OUTREACH, RETRY, INBOUND, CARE_TASK])
            made = item(chance.randrange(5), kind, release=float(step // 8), index=step)
            home, request = chance.randrange(2), kind >= INBOUND
            rank = 0.0 if request else float(chance.randrange(4))
            lists[home].add(made, rank, is_request=request)
            open_items[made] = (home, request, rank)
        elif action < 0.65 and open_items:
            changed = chance.choice(list(open_items))
            home, request, rank = open_items[changed]
            if not request:
                rank = float(chance.randrange(4))
                lists[home].add(changed, rank, is_request=False)
                open_items[changed] = (home, request, rank)
        elif action < 0.75 and open_items:
            gone = chance.choice(list(open_items))
            gone.open = False
            del open_items[gone]
        else:
            best = best_of(lists)
            expected = min(open_items.items(), key=place)[0] if open_items else None
            assert best is expected
            if best is not None:
                best.open = False
                del open_items[best]
