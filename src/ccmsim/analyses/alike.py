"""Replications that are alike in several scenarios, so that they are simulated once.

Comes in: scenarios and the settings of `simulate`. Goes out: of each replication the first scenario
in which it is the same; the totals of all scenarios, each replication simulated once. A scenario
without a disruption, or with other values of it, is the same, bit by bit, in a replication in which
that never starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ccmsim.arrays import Bools, Ints
from ccmsim.ideal import without
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.analyses.gaps import Totals


Version = tuple[str, int]
"""A disruption's name, and which of its values in a group."""


@dataclass
class _Group:
    """Scenarios that differ by their disruptions and the values of these, and by nothing else.

    Seats in another order have other random numbers, so they are another group's.
    """

    bare: Scenario
    seats: tuple[str, ...]
    members: list[int] = field(default_factory=list)
    versions: list[frozenset[Version]] = field(default_factory=list)
    """Of each member, what it has."""
    disruptions: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, member: int, scenario: Scenario) -> None:
        """Take a scenario in."""
        there = []
        for name, each in scenario.disruptions.items():
            known = self.disruptions.setdefault(name, [])
            if each not in known:
                known.append(each)
            there.append((name, known.index(each)))
        self.members.append(member)
        self.versions.append(frozenset(there))

    def wholes(self) -> list[Scenario]:
        """Return as few scenarios as hold every version of every disruption."""
        many = max((len(known) for known in self.disruptions.values()), default=0)
        return [
            self.bare.but({
                f"disruptions.{name}": known[min(k, len(known) - 1)]
                for name, known in self.disruptions.items()
            })
            for k in range(many)
        ]  # fmt: skip


def firsts(
    scenarios: Sequence[Scenario], *, months: int, warmup_months: int, seed: int, replications: int
) -> Ints:
    """Return of each replication the first scenario in which it is the same.

    Returns
    -------
    ndarray of int64, shape (scenarios, replications)

    Examples
    --------
    >>> import ccmsim
    >>> today = ccmsim.load("two_nurses").but({"disruptions.outage.per_year": 1e-9})
    >>> never = without(today, "outage")
    >>> firsts([today, never], months=1, warmup_months=0, seed=7, replications=3).tolist()
    [[0, 0, 0], [0, 0, 0]]
    """
    found = np.tile(np.arange(len(scenarios))[:, np.newaxis], (1, replications))
    for group in _groups(scenarios):
        wholes = group.wholes() if len(group.members) > 1 else []
        if not wholes or any(_seats(whole) != group.seats for whole in wholes):
            continue
        starts: dict[Version, Bools] = {}
        for k, whole in enumerate(wholes):
            of_whole = _starts(whole, months, warmup_months, seed, replications)
            starts |= {(name, k): struck for name, struck in of_whole.items()}
        there = np.array([[each in had for each in starts] for had in group.versions])
        there = there.reshape(len(group.members), len(starts))
        struck = np.array(list(starts.values())).reshape(len(starts), replications)
        for r in range(replications):
            _, first, same = np.unique(
                there & struck[:, r], axis=0, return_index=True, return_inverse=True
            )
            found[group.members, r] = np.array(group.members)[first[same.ravel()]]
    return found


def _seats(scenario: Scenario) -> tuple[str, ...]:
    return tuple(name for name, _ in scenario.seats())


def _groups(scenarios: Sequence[Scenario]) -> list[_Group]:
    """Return the scenarios by what they are without their disruptions."""
    groups: list[_Group] = []
    for i, scenario in enumerate(scenarios):
        bare, seats = without(scenario, *scenario.disruptions), _seats(scenario)
        here = next((one for one in groups if (one.seats, one.bare) == (seats, bare)), None)
        if here is None or scenario.operations.load_absence is not None:
            here = _Group(bare, seats)
            groups.append(here)
        here.add(i, scenario)
    return groups


def _starts(
    whole: Scenario, months: int, warmup_months: int, seed: int, replications: int
) -> dict[str, Bools]:
    """Return by disruption whether it may start in a replication, shape (replications,)."""
    from ccmsim.availability.starts import starts_of
    from ccmsim.engine.inputs import prepare
    from ccmsim.engine.staffing import entry_names

    inputs = prepare(whole, months, warmup_months=warmup_months)
    found = starts_of(inputs, seed, range(replications))
    return dict(zip(entry_names(whole), found.T, strict=True))


def own(alike: Ints) -> int:
    """Return how many replications of all scenarios are to be simulated.

    Examples
    --------
    >>> own(np.array([[0, 0, 0], [1, 0, 1]]))
    5
    """
    return int((alike == np.arange(len(alike))[:, np.newaxis]).sum())


def totals_once(
    scenarios: Sequence[Scenario],
    alike: Ints,
    simulated: Callable[[Scenario, Sequence[int]], Totals],
) -> list[Totals]:
    """Return the totals of each scenario; what is alike is simulated in the first one alone.

    Parameters
    ----------
    scenarios : sequence of Scenario
    alike : ndarray of int64, shape (scenarios, replications)
        What `firsts` gives.
    simulated : callable
        Gives the totals of some replications of a scenario, in the order of their numbers.
    """
    found: list[dict[str, NDArray[Any]]] = []
    for i, scenario in enumerate(scenarios):
        new_ones = np.flatnonzero(alike[i] == i)
        new = simulated(scenario, new_ones.tolist()) if new_ones.size else {}
        values = {name: np.empty(alike.shape[1]) for name in new or found[0]}
        for j in np.unique(alike[i]):
            there = alike[i] == j
            for name, row in values.items():
                row[there] = new[name] if j == i else found[j][name][there]
        found.append(values)
    return found
