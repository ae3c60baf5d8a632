"""Shares: a gap split among those who may close it, in a stated order and free of any order.

Comes in: a scenario and players, each of whom idealises something. Goes out: a frozen `Shares`.
Every coalition of players is one scenario; all share their random numbers, and equal ones are
simulated once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ccmsim import ideal
from ccmsim.analyses.alike import firsts, own, totals_once
from ccmsim.analyses.factors import check_level, plain_estimate, table_of
from ccmsim.analyses.gaps import at_cost_of, limitless, totals_of
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.shares_numbers import BEYOND, MEASURES, Split, beyond, levels_of
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.shapley import drawn_orders, exact_weights, order_weights
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

Player: TypeAlias = Callable[[Scenario], Scenario]

MOST_EXACT: Final = 8
"""Players up to which all coalitions are simulated."""


def _documentation(scenario: Scenario) -> Scenario:
    return ideal.perfect_documentation(ideal.lossless_capture(scenario))


def _execution(scenario: Scenario) -> Scenario:
    return ideal.unlimited_staff(ideal.no_disruptions(scenario))


DRIVERS: Final[Mapping[str, Player]] = {
    "visibility": ideal.full_visibility,
    "enrollment": ideal.full_enrollment,
    "execution": _execution,
    "documentation": _documentation,
}
"""The four drivers as players: `full_visibility`; `full_enrollment`; nobody away and nobody waits
for a coordinator; every minute logged and every month documented."""


def causes_of(scenario: Scenario) -> dict[str, Player]:
    """Return a player for each disruption of a scenario: the one who takes it away.

    Examples
    --------
    >>> import ccmsim
    >>> list(causes_of(ccmsim.load("structured_75")))[:2]
    ['sick', 'outbreak']
    """

    def player(name: str) -> Player:
        return lambda given: ideal.without(given, name)

    return {name: player(name) for name in scenario.disruptions}


@dataclass(frozen=True, kw_only=True)
class Shares:
    """A gap between today and an idealised practice, split among players.

    Parameters
    ----------
    scenario : str
    players : tuple of str
        In their order.
    idle : tuple of str
        Those of them who change nothing here, whoever went before; their shares are 0.
    simulated : int
        Different scenarios that were simulated.
    pairs : int
        Pairs of orders drawn; 0 where all coalitions were simulated.
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval.
    limitless : bool
        Whether a player makes the staff one without limit.
    today, ideal : mapping of (measure, statistic) to Estimate
        With no player and with all of them. Net dollars of staff without limit are told at today's
        cost of staff and training: what such a staff would cost means nothing.
    projection, unreachable, addons, unpaid : mapping of (measure, statistic) to Estimate
        What the projection promises; what of it even all players together leave; add-on units,
        which it leaves out; and what of their claims is never paid, with what else costs more than
        today, a part of net alone: projection − unreachable + addons − unpaid = ideal, exactly. As
        in `ccmsim.erosion`.
    numbers : mapping of (player, measure, statistic, way) to Estimate
        Over the players, the shares and the steps each add up to `ideal` less `today`.
    """

    scenario: str
    players: tuple[str, ...]
    idle: tuple[str, ...]
    simulated: int
    pairs: int
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    limitless: bool
    today: Mapping[tuple[str, str], Estimate]
    ideal: Mapping[tuple[str, str], Estimate]
    projection: Mapping[tuple[str, str], Estimate]
    unreachable: Mapping[tuple[str, str], Estimate]
    addons: Mapping[tuple[str, str], Estimate]
    unpaid: Mapping[tuple[str, str], Estimate]
    numbers: Mapping[tuple[str, str, str, str], Estimate]

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (row, measure, statistic, way): rows are "today", the players, "ideal",
            "projection", "unreachable", "addons" and "unpaid"; `way` is "share", "step" or "level".
            Columns value, standard_error, low, high, level, replications and method.
        """
        rows = {
            (name, *key, "level"): number
            for name in ("today", "ideal", *BEYOND)
            for key, number in getattr(self, name).items()
        }
        rows |= self.numbers
        return table_of(rows, ["row", "measure", "statistic", "way"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "players", "idle", "simulated", "pairs", "months", "replications", "seed",
            "warmup_months", "level", "limitless",
        )  # fmt: skip
        found: dict[str, Any] = {name: getattr(self, name) for name in names}
        for name in ("today", "ideal", *BEYOND):
            found[name] = {}
            for (measure, statistic), number in getattr(self, name).items():
                found[name].setdefault(measure, {})[statistic] = plain_estimate(number)
        found["numbers"] = {player: {} for player in self.players}
        for (player, measure, statistic, way), number in self.numbers.items():
            of_measure = found["numbers"][player].setdefault(measure, {})
            of_measure.setdefault(statistic, {})[way] = plain_estimate(number)
        return found

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, measure: str = "billed_usd") -> Figure:
        """Return a figure: the waterfall from today to the ideal, and the shares beside it.

        Raises
        ------
        ccmsim.errors.InputError
            When the measure is not known.
        """
        if measure not in MEASURES:
            raise refuse("measure", "cannot be plotted", measure, ", ".join(MEASURES))
        from ccmsim.analyses.shares_views import figure

        return figure(self, measure)

    def __str__(self) -> str:
        from ccmsim.analyses.shares_views import text

        return text(self)


def shares(
    scenario: Scenario,
    players: Mapping[str, Player] | Sequence[str] | None = None,
    *,
    pairs: int = 10,
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    level: float = 0.95,
    progress: Progress | bool | None = None,
) -> Shares:
    """Split what is missing among those who may mend it.

    A coalition is the scenario with some players applied, in their order. The *step* of a player is
    what he adds to those before him; his *share* is the mean of what he adds over all orders
    (Shapley). With up to 8 players all coalitions are simulated, and shares are exact but for the
    replications' chance; with more, random orders are drawn in pairs, one the reverse of the other.

    Parameters
    ----------
    scenario : Scenario
    players : mapping of str to callable, or sequence of str, optional
        Each takes a scenario and returns the idealised one; names are those of
        `ccmsim.ideal.ideals_of`. The four `DRIVERS` where left out; `causes_of(scenario)` gives the
        disruptions.
    pairs : int
        Pairs of orders, at least 2; only with more than 8 players.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; progress is that of all simulations.
    level : float
        Coverage of every interval.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible or a name is not known.

    Notes
    -----
    Source: Shapley (1953), A value for n-person games; Castro, Gómez & Tejada (2009), Computers &
    Operations Research 36, 1726-1730; Mitchell et al. (2022), JMLR 23(43), for pairs of orders.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = shares(small, ["no_sick", "lossless_capture"], months=1, replications=3)
    >>> found.players, found.simulated
    (('no_sick', 'lossless_capture'), 4)
    """
    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    if pairs < 2:
        raise refuse("pairs", "must be at least 2 for an error", pairs, "such as 10")
    named = _players(scenario, players)
    orders = drawn_orders(len(named), 2 * pairs, seed) if len(named) > MOST_EXACT else []
    weights = order_weights(orders) if orders else exact_weights(len(named))
    steps = order_weights([tuple(range(len(named)))])
    coalitions = {mask: _joined(scenario, named, mask) for mask in sorted({*weights, *steps})}
    prints = {mask: found.fingerprint for mask, found in coalitions.items()}
    distinct = {prints[mask]: found for mask, found in coalitions.items()}
    from ccmsim.progress import shown

    scenarios = list(distinct.values())
    alike = firsts(
        scenarios, months=months, warmup_months=warmup_months, seed=seed, replications=replications
    )
    whole = own(alike)
    with shown(progress, whole) as report:
        runs = Runs(months, warmup_months, executor, workers, report, whole)
        once = totals_once(
            scenarios,
            alike,
            lambda one, numbers: runs.totals_at(
                one, numbers, seed, lambda results: totals_of(results.values)
            ),
        )
    totals = dict(zip(distinct, once, strict=True))
    today = totals[prints[0]]
    without_limit = [key for key, changed in distinct.items() if limitless(changed, scenario)]
    totals |= {key: at_cost_of(totals[key], today) for key in without_limit}
    found = {mask: totals[key] for mask, key in prints.items()}
    last, idle = 2 ** len(named) - 1, _idle(tuple(named), prints)
    split = Split(tuple(named), idle, weights, steps, orders, level)
    return Shares(
        scenario=scenario.name, players=tuple(named),
        idle=idle,
        simulated=len(distinct), pairs=pairs if orders else 0, months=months,
        replications=replications, seed=seed, warmup_months=warmup_months, level=level,
        limitless=bool(without_limit),
        today=levels_of(found[0], level), ideal=levels_of(found[last], level),
        **beyond(found[last], found[0], level),
        numbers=split.numbers(found),
    )  # fmt: skip


def _players(
    scenario: Scenario, players: Mapping[str, Player] | Sequence[str] | None
) -> Mapping[str, Player]:
    """Return the players by name."""
    if players is None:
        return DRIVERS
    if not isinstance(players, Mapping):
        known = ideal.ideals_of(scenario)
        if wrong := [str(name) for name in players if name not in known]:
            rule = f"{'is' if len(wrong) == 1 else 'are'} not known"
            raise refuse("players", rule, ", ".join(wrong), ", ".join(known))
        players = {name: known[name].apply for name in players}
    if len(players) < 2:
        rule = "must be at least two to share"
        raise refuse("players", rule, len(players), "such as lossless_capture, no_disruptions")
    return players


def _joined(scenario: Scenario, players: Mapping[str, Player], mask: int) -> Scenario:
    """Return the scenario with a coalition's players applied, in their order."""
    for i, player in enumerate(players.values()):
        if mask >> i & 1:
            scenario = player(scenario)
    return scenario


def _idle(players: tuple[str, ...], prints: Mapping[int, str]) -> tuple[str, ...]:
    """Return who changes none of the coalitions that are simulated both with and without him."""
    return tuple(
        name
        for i, name in enumerate(players)
        if all(prints.get(mask ^ 1 << i, own) == own for mask, own in prints.items())
    )
