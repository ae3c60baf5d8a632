"""Compiled worklists against plain lists and plain searches, with hardly any room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doors import door

import ccmsim
from ccmsim import rules
from ccmsim.engine import desks
from ccmsim.engine.inputs import prepare
from ccmsim.engine.records import DESK, DTYPES, HANDLE, IDLE, OPEN
from ccmsim.units import MINUTES_PER_DAY

append, unlink = door(desks.append), door(desks.unlink)
new_arrivals, keep_requests = door(desks.new_arrivals), door(desks.keep_requests)
open_item, settle = door(desks.open_item), door(desks.settle)
best, take = door(desks.best), door(desks.take)
learn, reorder, let_fall = door(desks.learn), door(desks.reorder), door(desks.let_fall)


class Desk:
    """One desk with its patients, which are not the first of their arrays.

    There is room for so many arrivals in each of two months.
    """

    BEFORE = 3

    def __init__(self, *, patients: int = 0, room: int = 0, arrivals: int = 0) -> None:
        before = self.BEFORE
        lengths = {
            "patients": before + patients,
            "members": before + patients,
            "falling": before + patients,
            "entries": before + 2 * room,
            "arrivals": 2 * arrivals,
            "buckets": room + 1,
        }
        self.arrays = {name: np.zeros(size, DTYPES[name]) for name, size in lengths.items()}
        self.handle = np.zeros(1, HANDLE)
        for name, array in self.arrays.items():
            self.handle[name] = array.ctypes.data
        self.patients, self.arrivals = self.arrays["patients"], self.arrays["arrivals"]
        self.patients["enrolled"] = True
        self.arrays["members"]["value"] = np.arange(before + patients)
        self.handle["n_arrivals"] = arrivals
        self.desks = np.zeros(1, DESK)
        self.desks["first"], self.desks["last"] = before, before + patients
        self.desks["first_entry"], self.desks["room"] = before, room
        self.desks["head"] = self.desks["tail"] = -1

    @property
    def room(self) -> Any:
        return self.handle[0]

    @property
    def desk(self) -> Any:
        return self.desks[0]


# ------------------------------------------------------------- requests


def listed(mine: Desk) -> list[int]:
    """Return the open requests from the first on, which backwards are the same."""
    found: dict[str, list[int]] = {}
    for begin, link in (("head", "next"), ("tail", "before")):
        i, found[begin] = int(mine.desk[begin]), []
        while i >= 0:
            found[begin].append(i)
            i = int(mine.arrivals[link][i])
    assert found["head"] == found["tail"][::-1]
    whose = mine.arrivals["patient"][found["head"]]
    assert mine.patients["requests"].tolist() == counts(whose, len(mine.patients))
    return found["head"]


def counts(whose: Any, patients: int) -> list[int]:
    found: list[int] = np.bincount(whose, minlength=patients).tolist()
    return found


@pytest.mark.parametrize("month", [0, 1, 2, 7])
def test_records_are_given_in_turn_from_the_months_own_half(month: int) -> None:
    mine, begin = Desk(arrivals=5), 5 * (month % 2)
    mine.handle["month"], mine.handle["next_arrival"] = month, begin
    assert new_arrivals(mine.room, 2) == begin
    assert new_arrivals(mine.room, 0) == begin + 2
    assert new_arrivals(mine.room, 3) == begin + 2
    assert new_arrivals(mine.room, 0) == begin + 5
    assert not mine.room["full"]
    assert new_arrivals(mine.room, 1) == -1
    assert mine.room["full"]


@pytest.mark.parametrize("month", [0, 1])
def test_more_records_than_are_left_are_refused_at_once(month: int) -> None:
    mine = Desk(arrivals=5)
    mine.handle["month"], mine.handle["next_arrival"] = month, 5 * month
    assert new_arrivals(mine.room, 6) == -1
    assert mine.room["full"]


STEPS = st.lists(st.one_of(st.just("new"), st.integers(0, 20)), max_size=60)


@given(steps=STEPS)
def test_requests_keep_their_order(steps: list[Any]) -> None:
    """A number takes out the request at that place, as service, expiry and death do."""
    mine, plain = Desk(patients=2, arrivals=60), list[int]()
    mine.arrivals["patient"] = np.arange(120) % 5
    for step in steps:
        if step == "new":
            i = new_arrivals(mine.room, 1)
            append(mine.room, mine.desk, i)
            plain.append(i)
        elif plain:
            unlink(mine.room, mine.desk, plain.pop(step % len(plain)))
        assert listed(mine) == plain


def random_requests(mine: Desk, open_ones: list[int]) -> Any:
    """Fill all records with different numbers, open some of them, and return copies of these."""
    rng = np.random.default_rng(len(open_ones))
    for name, (dtype, *_) in (mine.arrivals.dtype.fields or {}).items():
        if name not in ("next", "before"):
            mine.arrivals[name] = rng.integers(
                0, 2 if dtype == np.bool_ else 100, mine.arrivals.size
            )
    for i in open_ones:
        append(mine.room, mine.desk, i)
    return mine.arrivals[open_ones].copy()


@pytest.mark.parametrize("month", [1, 2])
@pytest.mark.parametrize("places", [[], [4], [2, 0, 3], [5, 1, 4, 2, 3, 0]])
def test_open_requests_are_kept_in_the_next_months_records(month: int, places: list[int]) -> None:
    size = 6
    mine = Desk(patients=100, arrivals=size)
    before, now = size * ((month - 1) % 2), size * (month % 2)
    old = random_requests(mine, [before + place for place in places])
    mine.handle["month"], mine.handle["next_arrival"] = month, now
    keep_requests(mine.room, mine.desk)
    kept = listed(mine)
    assert kept == list(range(now, now + len(places)))
    assert mine.room["next_arrival"] == now + len(places)
    assert not mine.room["full"]
    for name in set(mine.arrivals.dtype.names or ()) - {"next", "before"}:
        assert mine.arrivals[name][kept].tolist() == old[name].tolist(), name


def test_more_open_requests_than_records_are_noticed() -> None:
    mine = Desk(patients=100, arrivals=4)
    random_requests(mine, [0, 1, 2, 3])
    mine.handle["month"], mine.handle["next_arrival"] = 1, 5  # another desk has kept one
    keep_requests(mine.room, mine.desk)
    assert mine.room["full"]


# ------------------------------------------------------------- outreach-type items

ORDERS = {
    "release": rules.BY_RELEASE,
    "closest_to_threshold": rules.CLOSEST_TO_THRESHOLD,
    "longest_unseen": rules.LONGEST_UNSEEN,
}
MODES = {
    "real_time": rules.REAL_TIME,
    "end_of_day": rules.END_OF_DAY,
    "end_of_month": rules.END_OF_MONTH,
}


class Month(Desk):
    """A desk that releases, serves and drops items at random.

    There is an entry for each patient and not one more, so it is tidied again and again.
    """

    def __init__(self, order: str, mode: str, patients: int, seed: int) -> None:
        super().__init__(patients=patients, room=patients)
        scenario = ccmsim.load("solo_nurse").but(
            {"operations.order": order, "documentation.capture": mode}
        )
        self.settings = prepare(scenario, 1).settings[0]
        self.order, self.mode = ORDERS[order], MODES[mode]
        assert (self.settings["order"], self.settings["mode"]) == (self.order, self.mode)
        self.random = np.random.default_rng(seed)
        self.mine = range(self.BEFORE, self.BEFORE + patients)
        self.tidied = 0

    def rank(self, number: int, day: int) -> tuple[float, int, int]:
        """Return an open item's place, from what is known on a day."""
        patient = self.patients[number]
        known = rules.known_minutes(
            self.mode, float(patient["known_captured"]), float(patient["known_own"]),
            float(patient["excess"]), int(patient["excess_day"]), day,
        )  # fmt: skip
        target = float(self.settings["target"])
        goal = rules.current_target(
            known, target, int(self.settings["addon_steps"]), float(self.settings["addon_within"]),
            float(self.settings["addon_minutes"]),
        )  # fmt: skip
        rank = rules.request_order(self.order, known, target, goal, float(patient["last_seen"]))
        return rank, int(patient["order"]) >> 32, number

    def check(self, day: int) -> int:
        """Compare the desk's choice with a search through all open items; return it."""
        ranks = [self.rank(n, day) for n in self.mine if self.patients["item"][n] == OPEN]
        found: int = best(self.room, self.desk)
        assert found == (min(ranks)[2] if ranks else -1)
        return found

    def release(self, day: int, now: float) -> None:
        for number in self.mine:
            if self.patients["item"][number] == IDLE and self.random.random() < 0.7:
                self.tidied += self.desk["size"] == self.desk["room"]
                open_item(self.settings, self.room, self.desk, number, day, now)
        self.tidied += self.desk["run"] + self.desk["size"] > self.desk["room"]
        settle(self.room, self.desk)
        assert self.desk["size"] == 0

    def event(self, day: int, now: float) -> None:
        """Let a service end that told something of somebody; or somebody die; or a call start."""
        number, kind = int(self.random.choice(self.mine)), self.random.random()
        if kind < 0.4:
            own = float(self.random.integers(0, 12))
            learn(
                self.settings,
                self.patients[number],
                own,
                own * float(self.random.integers(0, 2)),
                now,
            )
            self.patients["last_seen"][number] = now
            full = self.patients["item"][number] == OPEN and self.desk["size"] == self.desk["room"]
            reorder(self.settings, self.room, self.desk, number, now)
            self.tidied += full and self.order != rules.BY_RELEASE
        elif kind < 0.6:
            self.patients["item"][number] = IDLE
        elif (number := self.check(day)) >= 0:
            take(self.room, self.desk)
            self.patients["item"][number] = IDLE


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("patients", "seed"), [(1, 0), (2, 1), (7, 2), (40, 3)])
def test_the_best_item_is_that_of_a_plain_search(
    order: str, mode: str, patients: int, seed: int
) -> None:
    month = Month(order, mode, patients, seed)
    for day in range(100):
        midnight = day * MINUTES_PER_DAY
        let_fall(month.settings, month.room, month.desk, midnight)
        month.check(day)
        month.release(day, midnight)
        for minute in range(max(2, patients // 3)):
            month.event(day, midnight + minute)
            month.check(day)
    if patients > 2:
        assert month.tidied > 3, "the room was hardly ever full"
    # nothing was written before the desk's own part
    assert not month.arrays["entries"][: month.BEFORE]["order"].any()
    assert not month.arrays["falling"][: month.BEFORE]["value"].any()


@pytest.mark.parametrize("order", ORDERS)
def test_a_full_run_leaves_out_what_is_stale(order: str) -> None:
    """Three of four items are dropped; the next release finds no room, and leaves those out."""
    month = Month(order, "real_time", 4, 0)
    for number in month.mine:
        month.patients["last_seen"][number] = -number
        open_item(month.settings, month.room, month.desk, number, 0, 0.0)
    settle(month.room, month.desk)
    assert month.desk["run"] == month.desk["room"] == 4
    first, second, third, last = month.mine
    for number in (first, third, last):
        month.patients["item"][number] = IDLE
    open_item(month.settings, month.room, month.desk, first, 1, 1440.0)
    settle(month.room, month.desk)
    assert (month.desk["front"], month.desk["run"], month.desk["size"]) == (0, 2, 0)
    # longest unseen: whose last_seen is the least, and that is second's
    assert taken(month, 1) == [second, first]


def taken(month: Month, day: int) -> list[int]:
    """Take everything, and return it in order."""
    found = []
    while (number := month.check(day)) >= 0:
        found.append(number)
        take(month.room, month.desk)
        month.patients["item"][number] = IDLE
    assert (month.desk["front"], month.desk["run"], month.desk["size"]) == (0, 0, 0)
    return found


def test_a_run_moves_to_the_front_where_room_is_short() -> None:
    month = Month("release", "real_time", 4, 0)
    first, second, third, last = month.mine
    for number in (first, second, third):
        open_item(month.settings, month.room, month.desk, number, 0, 0.0)
    settle(month.room, month.desk)
    for number in (first, second):
        assert month.check(0) == number
        take(month.room, month.desk)
        month.patients["item"][number] = IDLE
    assert (month.desk["front"], month.desk["run"]) == (2, 1)
    for number in (first, last):
        open_item(month.settings, month.room, month.desk, number, 1, 1440.0)
    settle(month.room, month.desk)
    assert (month.desk["front"], month.desk["run"]) == (0, 3)
    assert taken(month, 1) == [third, first, last]
