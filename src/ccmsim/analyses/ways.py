"""Ways to change a practice: simulated with the same luck, and what each gains.

Comes in: today's results and the changed scenarios. Goes out: a `Gain` for each. Memory holds the
totals of replications, not their months.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from ccmsim.analyses.assessment import Gain
from ccmsim.analyses.away import Away, more_watched
from ccmsim.analyses.factors import difference
from ccmsim.analyses.gains import less
from ccmsim.analyses.gaps import SEATS, at_cost_of, seats_of
from ccmsim.analyses.levers import Lever
from ccmsim.analyses.narrowing import LOOKS, Look, at_any_look, narrowed, wanted_at_looks
from ccmsim.analyses.runs import Runs, Totals
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, sum_of_means
from ccmsim.estimation.rare import Wanted, allowing_difference, allowing_shift, believed
from ccmsim.estimation.shapley import quantile_contrasts
from ccmsim.estimation.together import level_of_each
from ccmsim.measures import totals
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.results import Results

BAD_SHARE: Final = 0.10
"""A bad year is the one in ten."""

EXECUTION: Final = "execution"

TOLD: Final = 20_000
"""Replications, at most, whose months are kept to tell of today; gains keep totals alone."""

_TOTALS: Final = ("net_usd", "billable_patients", "enrolled_patients", "plan_usd")


@dataclass(frozen=True, slots=True)
class Gap:
    """A driver or a disruption that is idealised by itself."""

    name: str
    words: str
    driver: str
    kind: ClassVar[str] = "gap"


@dataclass(frozen=True, slots=True)
class Way:
    """What is changed, the scenario that is so, and how sure its net gain must be."""

    what: Lever | Gap
    scenario: Scenario
    level: float


@dataclass(slots=True)
class Found:
    """The totals of today and of each way, whose replications are the first of today's."""

    base: Results
    today: Totals
    ways: list[Totals]
    half_width: float | None
    away: Away
    reached: bool | None = None

    @property
    def most_usd(self) -> float:
        """How far a rare event may set two replications apart: the largest projection."""
        return max(float(each["plan_usd"].max()) for each in (self.today, *self.ways)) or math.inf

    @property
    def most_billed(self) -> float:
        """The same of patients billed in a mean month: all that are enrolled."""
        most = max(float(each["enrolled_patients"].max()) for each in (self.today, *self.ways))
        return max(most / len(self.base.months), 1.0)


def at_look(level: float, found: Found) -> float:
    """Return the level of an interval, so that it holds at whichever look was the last."""
    return level if found.half_width is None else level_of_each(level, LOOKS)


def totals_of(results: Results) -> Totals:
    """Return what is kept of each replication."""
    found = {name: totals(results, name) for name in _TOTALS}
    return found | {SEATS: seats_of(results.values)}


def until_narrow(
    found: Found,
    run: Runs,
    scenario: Scenario,
    ways: Sequence[Way],
    level: float,
) -> bool:
    """Simulate as many replications of each way as it needs; say whether that did it."""
    seed, needed = found.base.seed, 0

    def looks() -> dict[str, Look]:
        nonlocal needed
        billed = {str(i): _billed(found, way) for i, way in enumerate(found.ways)}
        seen, needed = found.away.looks(billed, _wanted(found, level))
        return seen

    def add(sizes: Mapping[str, int]) -> None:
        longest, there = max(sizes.values()), len(found.today["net_usd"])
        more = sum(max(0, sizes[str(i)] - len(way["net_usd"])) for i, way in enumerate(found.ways))
        run.whole += more + max(0, longest - there)
        months_kept = max(found.base.replications, min(longest, TOLD))
        found.base = run.results(scenario, months_kept, seed)
        known_now = max(totals_of(found.base), found.today, key=lambda each: len(each["net_usd"]))
        found.today = run.totals(scenario, longest, seed, totals_of, known_now)
        for i, way in enumerate(ways):
            found.ways[i] = run.totals(way.scenario, sizes[str(i)], seed, totals_of, found.ways[i])
        found.away = more_watched(run, scenario, found.away, seed, longest, needed)

    return narrowed(looks, add)


def _wanted(found: Found, level: float) -> Wanted:
    """Return what is wanted of patients billed in a mean month."""
    months, half_width = len(found.base.months), found.half_width or math.inf
    patients = max(float(found.today["enrolled_patients"].mean()) / months, 1.0)
    return wanted_at_looks(half_width * patients / 100.0, level, found.most_billed)


def _billed(found: Found, after: Totals) -> Floats:
    """Return the patients that are billed more, in a mean month."""
    values = after["billable_patients"]
    more: Floats = values - found.today["billable_patients"][: values.size]
    return more / len(found.base.months)


def gains_of(
    found: Found, ways: Sequence[Way], costs: Mapping[str, float], level: float
) -> list[Gain]:
    """Return what each way brings; the cost of a lever is taken off."""
    nets = [_net(way, found, after) for way, after in zip(ways, found.ways, strict=True)]
    bad_years = _bad_years(found.today["net_usd"], nets, at_look(level, found))
    gains = []
    for way, net, bad, after in zip(ways, nets, bad_years, found.ways, strict=True):
        cost = costs.get(way.what.name, 0.0) if isinstance(way.what, Lever) else 0.0
        gains.append(_gain(way, found, net, bad, _billed(found, after), cost, level))
    return gains


def _net(way: Way, found: Found, after: Totals) -> Floats:
    """Return the net of a way; of perfect execution, without limit to staff, at today's cost."""
    if isinstance(way.what, Gap) and way.what.name == EXECUTION:
        after = at_cost_of(after, found.today)
    return after["net_usd"]


def _bad_years(today: Floats, nets: Sequence[Floats], level: float) -> list[Estimate]:
    """Return changes of a bad year; those of equally many replications are resampled together."""
    of_size: dict[int, list[int]] = {}
    for i, net in enumerate(nets):
        of_size.setdefault(net.size, []).append(i)
    changes: dict[int, Estimate] = {}
    for size, numbers in of_size.items():
        years = np.array([today[:size], *(nets[i] for i in numbers)])
        contrasts = np.vstack([-np.ones(len(numbers)), np.eye(len(numbers))])
        told = quantile_contrasts(years, contrasts, BAD_SHARE, level=level)
        changes |= dict(zip(numbers, told, strict=True))
    return [changes[i] for i in range(len(nets))]


def _difference(
    way: Way, found: Found, after: Floats, before: Floats, most: float, level: float
) -> Estimate:
    """Return what a way changes, less what it owes to who happened to be away.

    Where few replications differ it is what is certain: see `rare.allowing_difference`.
    """
    parts = found.away.parts(after - before)
    if len(parts) > 1 and believed(after - before):
        return sum_of_means(*parts, level=level)
    pair = (way.scenario, found.base.scenario)
    return difference(after, before, pair, level=level, most=most)


def _gain(
    way: Way,
    found: Found,
    net: Floats,
    bad: Estimate,
    billed: Floats,
    cost: float,
    level: float,
) -> Gain:
    """Return what a way brings."""
    what, at, before = way.what, at_look(level, found), found.today["net_usd"][: net.size]
    lost, lost_before = (np.where(values < 0.0, 100.0, 0.0) for values in (net - cost, before))
    numbers = {
        "net_usd": _difference(way, found, net, before, found.most_usd, at_look(way.level, found)),
        "billed_patients": _difference(
            way, found, billed, np.zeros_like(billed), found.most_billed, level
        ),
        "bad_net_usd": allowing_shift(bad, net, before, BAD_SHARE, most=found.most_usd, level=at),
        "loss_of_100": allowing_difference(lost, lost_before, most=100.0, level=at),
    }
    if found.half_width is not None:
        numbers["billed_patients"] = found.away.known(billed, _wanted(found, level))
        levels = {name: way.level if name == "net_usd" else level for name in numbers}
        numbers = {name: at_any_look(each, levels[name]) for name, each in numbers.items()}
    return Gain(
        name=what.name,
        words=what.words,
        driver=what.driver,
        kind=what.kind,
        net_usd=less(numbers["net_usd"], cost),
        billed_patients=numbers["billed_patients"],
        bad_net_usd=less(numbers["bad_net_usd"], cost),
        loss_of_100=numbers["loss_of_100"],
        cost_usd=cost,
    )
