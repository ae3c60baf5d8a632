"""Replications that are alike in several scenarios, so that they are simulated once.

Comes in: scenarios and the settings of `simulate`. Goes out: of each replication the first scenario
in which it is the same; the totals of all scenarios, each replication simulated once. A scenario
without a disruption is the same, bit by bit, in a replication in which that never starts.
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


@dataclass
class _Group:
    """Scenarios that differ by which disruptions they have, and by nothing else."""

    bare: Scenario
    seats: tuple[str, ...]
    members: list[int] = field(default_factory=list)
    disruptions: dict[str, Any] = field(default_factory=dict)

    def takes(self, bare: Scenario, seats: tuple[str, ...], scenario: Scenario) -> bool:
        """Whether a scenario belongs here; seats in another order have other random numbers."""
        return (seats, bare) == (self.seats, self.bare) and all(
            self.disruptions.get(name, each) == each for name, each in scenario.disruptions.items()
        )


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
        whole = group.bare.but(
            {f"disruptions.{name}": each for name, each in group.disruptions.items()}
        )
        if len(group.members) < 2 or _seats(whole) != group.seats:
            continue
        starts = _starts(whole, months, warmup_months, seed, replications)
        there = np.array(
            [[name in scenarios[i].disruptions for name in starts] for i in group.members]
        ).reshape(len(group.members), len(starts))
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
        here = next((one for one in groups if one.takes(bare, seats, scenario)), None)
        if here is None or scenario.operations.load_absence is not None:
            here = _Group(bare, seats)
            groups.append(here)
        here.members.append(i)
        here.disruptions |= scenario.disruptions
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
        own = np.flatnonzero(alike[i] == i)
        new = simulated(scenario, own.tolist()) if own.size else {}
        values = {name: np.empty(alike.shape[1]) for name in new or found[0]}
        for j in np.unique(alike[i]):
            there = alike[i] == j
            for name, row in values.items():
                row[there] = new[name] if j == i else found[j][name][there]
        found.append(values)
    return found
