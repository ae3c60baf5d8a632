"""Replications that are alike in several scenarios: the same bits as if each were simulated."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim.analyses.alike import firsts, own, totals_once
from ccmsim.analyses.gaps import Totals, totals_of
from ccmsim.availability import month_availability, new_state
from ccmsim.availability.starts import starts_of
from ccmsim.engine.inputs import prepare
from ccmsim.engine.staffing import entry_names
from ccmsim.ideal import without
from ccmsim.montecarlo import simulated_part
from ccmsim.scenario import Scenario

SPAN: dict[str, Any] = {"months": 3, "warmup_months": 1, "seed": 11}
N = 12

SMALL = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 30})
MANY_KINDS = SMALL.but({
    "disruptions.planned_leave": None, "disruptions.extended_leave.spells_per_year": 0.4,
    "disruptions.move": {"kind": "migration", "per_year": 0.7},
    "disruptions.restless": {"kind": "turnover", "per_year": 1.0, "early_rate_ratio": 3.0,
                             "early_days": 60},
    "disruptions.turnover.early_rate_ratio": 1.0,
})  # fmt: skip
TWO_GROUPS = SMALL.but({
    "staff.nurses.coordinators": 1,
    "staff.others": SMALL.staff["nurses"].model_dump() | {"coordinators": 1},
    "disruptions.outbreak.per_year": 1.0,
    "disruptions.extended_leave.staff": ["others"],
})  # fmt: skip


def coalitions(scenario: Scenario, most: int) -> list[Scenario]:
    """Return the scenario without so many of its disruptions at most, and without all."""
    names = list(scenario.disruptions)
    sets = [some for size in range(most + 1) for some in combinations(names, size)]
    return [without(scenario, *some) for some in (*sets, tuple(names))]


def simulated(changed: Scenario, numbers: Sequence[int]) -> Totals:
    return totals_of(simulated_part(changed, numbers, **SPAN).values)


@pytest.mark.parametrize("scenario", [MANY_KINDS, TWO_GROUPS], ids=["many kinds", "two groups"])
def test_the_bits_are_those_of_simulating_each(scenario: Scenario) -> None:
    practices = coalitions(scenario, most=1)
    alike = firsts(practices, replications=N, **SPAN)
    own = alike == np.arange(len(practices))[:, np.newaxis]
    assert own[0].all()
    assert own.mean() < 0.8  # else nothing was shared, and nothing tested
    once = totals_once(practices, alike, simulated)
    for practice, found in zip(practices, once, strict=True):
        each = simulated(practice, range(N))
        assert {name: row.tobytes() for name, row in found.items()} == {
            name: row.tobytes() for name, row in each.items()
        }


def test_what_starts_is_what_the_month_by_month_state_tells() -> None:
    """Starts drawn without shifts are those of availability itself, and of its kinds alone."""
    inputs = prepare(MANY_KINDS, SPAN["months"], warmup_months=SPAN["warmup_months"])
    names, found = entry_names(MANY_KINDS), starts_of(inputs, SPAN["seed"], range(3, 3 + N))
    surely = {"sick", "floor_cover", "restless"}  # start with others, or are not looked into
    assert all(found[:, names.index(name)].all() for name in surely)
    seen: list[list[bool]] = []
    for r in range(N):
        state = new_state(inputs, SPAN["seed"], 3 + r)
        for month in range(inputs.months):
            month_availability(inputs, state, SPAN["seed"], 3 + r, month)
        struck = (state.spells["until"] > 0) | (state.spells["outage_until"] > 0.0)
        seen.append([bool(one.any()) for one in struck])
    for e, name in enumerate(names):
        if name not in surely:
            assert found[:, e].tolist() == [row[e] for row in seen]
    assert 0 < np.sum(seen) < np.size(seen)


def test_absence_that_depends_on_patients_shares_nothing() -> None:
    scenario = ccmsim.load("stretched_team")
    assert scenario.operations.load_absence is not None
    practices = [scenario, *(without(scenario, name) for name in scenario.disruptions)]
    alike = firsts(practices, replications=2, **SPAN)
    assert (alike == np.arange(len(practices))[:, np.newaxis]).all()


def test_seats_in_another_order_are_not_alike() -> None:
    """Without the leave that names them, the second group's seat stands first: other numbers."""
    never = TWO_GROUPS.but({
        "disruptions.extended_leave.spells_per_year": 0.0,
        "disruptions.extended_leave.staff": ["nurses"],
    })  # fmt: skip
    other = without(never, "extended_leave")
    order = [[name for name, _ in each.seats()] for each in (never, other)]
    alike = firsts([never, other], replications=3, **SPAN)
    assert (alike[1] == (0 if order[0] == order[1] else 1)).all()
    assert order[0] != order[1]


def test_other_values_of_a_disruption_are_not_alike() -> None:
    longer = SMALL.but({"disruptions.outage.per_year": 40.0})
    alike = firsts([SMALL, longer, without(SMALL, "outage")], replications=20, **SPAN)
    assert (alike[1] == 1).all()
    assert (alike[2] == 0).any()


def test_a_disruption_with_other_values_is_the_same_where_neither_starts() -> None:
    """The same bits as simulating each; two of a kind differ, and share what neither strikes."""
    practices = [
        SMALL,
        SMALL.but({"disruptions.turnover.per_year": 0.1}),
        SMALL.but({"disruptions.turnover.vacancy_days": 40.0, "disruptions.outage.per_year": 9.0}),
        without(SMALL, "turnover"),
    ]
    alike = firsts(practices, replications=N, **SPAN)
    assert (alike[1] == 0).any()
    assert own(alike) < 3 * N
    once = totals_once(practices, alike, simulated)
    for practice, found in zip(practices, once, strict=True):
        each = simulated(practice, range(N))
        assert {name: row.tobytes() for name, row in found.items()} == {
            name: row.tobytes() for name, row in each.items()
        }
