"""What could overturn an assessment: each value that is not known, moved over its range.

Comes in: a scenario, the steps that came out best, and the simulations of an assessment. Goes out:
the values over whose ranges the net moves most, and whether a conclusion flips there. All have the
same luck, and differences are paired.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Final

from ccmsim.analyses.factors import (
    difference,
    furthest,
    moved,
    number_at,
    plain_estimate,
    values_of,
)
from ccmsim.analyses.levers import Lever
from ccmsim.analyses.parameters import Uncertain, parameters_of
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.sensitivity import with_ranges
from ccmsim.arrays import Floats
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.estimate import negative
from ccmsim.estimation.together import level_of_each
from ccmsim.in_words import amount, in_words
from ccmsim.scenario.model import Scenario
from ccmsim.wording import shown

TOLD: Final = 3
"""So many values are told, those over whose ranges the net moves most."""

CHECKS: Final = 25
"""Replications of the search, where nothing else is said."""

GLANCE: Final = 8
"""Replications after which values are left out whose swing is surely not among the widest."""

_SURELY: Final = 0.99
"""Level of the swings' intervals by which values are left out, one by one."""

TIMES: Final = 4
"""So many times the replications of the search are those that tell whether a conclusion flips."""

_MIDDLE: Final = 0.95
"""Share of a law, given instead of a range, between its ends."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range.

    Parameters
    ----------
    at : float
        The value there; of a distribution, its mean.
    words : str
        The same in the unit of the sentence that tells the value.
    net_usd : Estimate
        Mean net over all months there.
    best_usd : Estimate or None
        What the best step of today gains there, paired; None where there is no step.
    second_usd : Estimate or None
        What the best step gains there beyond the second best, paired.
    """

    at: float
    words: str
    net_usd: Estimate
    best_usd: Estimate | None
    second_usd: Estimate | None


@dataclass(frozen=True, slots=True)
class Overturn:
    """A value that is not known, and what its range does to the conclusions.

    Parameters
    ----------
    path, words : str
        Where it stands in the scenario, and what it says.
    today : float
    source : str
        Where the range comes from.
    swing_usd : Estimate
        Net at the high end less that at the low one, paired, over all months.
    low, high : End
    flips : tuple of str
        What the replications are sure of: "net: … at …" where the sign of the net is another one
        than today's, "step: … at …" where the best step loses or the second best is better.
    open : tuple of str
        What they leave open at an end: the sign of the net, whether the best step gains, or which
        of the two best is better.
    """

    path: str
    words: str
    today: float
    source: str
    swing_usd: Estimate
    low: End
    high: End
    flips: tuple[str, ...]
    open: tuple[str, ...]

    def __str__(self) -> str:
        told = (
            f"{self.words} Between {self.low.words} and {self.high.words} the net moves by "
            f"{shown(self.swing_usd)}: "
        )
        told += "; ".join(self.flips) if self.flips else "nothing surely flips"
        return told + (f"; open: {', '.join(self.open)}" if self.open else "") + "."

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; NaN and infinite ends become None."""
        return {
            "path": self.path,
            "words": self.words,
            "today": self.today,
            "source": self.source,
            "swing_usd": plain_estimate(self.swing_usd),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "flips": list(self.flips),
            "open": list(self.open),
        }


def _plain(end: End) -> dict[str, Any]:
    found = {each.name: getattr(end, each.name) for each in fields(end)}
    return {
        name: plain_estimate(value) if isinstance(value, Estimate) else value
        for name, value in found.items()
    }


@dataclass(frozen=True, slots=True)
class Search:
    """The simulations of a search for what could overturn an assessment."""

    run: Runs
    scenario: Scenario
    seed: int
    replications: int
    level: float

    def overturns(
        self, uncertain: Uncertain | Iterable[str] | None, steps: Sequence[Lever]
    ) -> tuple[Overturn, ...]:
        """Return the values over whose ranges the net moves most, the one that does first.

        At the ends of the widest ones the steps, the best first, are simulated TIMES as often as
        the search says.
        """
        ends = _ends(self.scenario, uncertain)
        self.run.whole += TIMES * self.replications * 2 * TOLD * (1 + len(steps))
        there: dict[str, tuple[Scenario, Scenario]] = {}
        for path, (low, high, _) in ends.items():
            with suppress(InputError):  # an end that this scenario refuses is none of its values
                there[path] = moved(self.scenario, path, low), moved(self.scenario, path, high)
        widest = self._widest(there)
        today = mean(self._nets(self.scenario, TIMES * self.replications), level=self.level)
        return tuple(self._told(path, ends[path], steps, today) for path in widest)

    def _widest(self, ends: Mapping[str, tuple[Scenario, Scenario]]) -> list[str]:
        """Return the values over whose ranges the net moves most, TOLD of them at most.

        All are moved GLANCE times; those that may be among the widest as often as the search says.
        """
        first = min(GLANCE, self.replications)
        self.run.whole += first * 2 * len(ends)
        may_be = may_be_widest(
            [self._difference(high, low, first, _SURELY) for low, high in ends.values()]
        )
        left = [both for both, each in zip(ends.items(), may_be, strict=True) if each]
        self.run.whole += (self.replications - first) * 2 * len(left)
        swings = {}
        for path, both in left:
            nets = [self._nets(end, self.replications) for end in both]
            swings[path] = abs(float((nets[1] - nets[0]).mean()))
        moving = (path for path in swings if swings[path] > 0.0)
        return sorted(moving, key=lambda path: -swings[path])[:TOLD]

    def _difference(self, after: Scenario, before: Scenario, count: int, level: float) -> Estimate:
        """Return a difference of nets, allowing for what was seen seldom or never."""
        found = [self.run.results(one, count, self.seed) for one in (after, before)]
        nets = [values_of(results, "net_usd")[:count] for results in found]
        most = max(furthest(results, "net_usd") for results in found) or math.inf
        return difference(nets[0], nets[1], (after, before), level=level, most=most)

    def _nets(self, scenario: Scenario, count: int) -> Floats:
        return self.run.values("net_usd", scenario, count, self.seed)[:count]

    def _told(
        self, path: str, ends: tuple[float, float, str], steps: Sequence[Lever], today: Estimate
    ) -> Overturn:
        low, high, source = ends
        there = [moved(self.scenario, path, end) for end in (low, high)]
        both = [
            self._end(path, end, each, steps) for end, each in zip((low, high), there, strict=True)
        ]
        swing = self._difference(there[1], there[0], TIMES * self.replications, self.level)
        return Overturn(
            path=path,
            words=in_words(self.scenario, path),
            today=number_at(self.scenario, path),
            source=source,
            swing_usd=swing,
            low=both[0],
            high=both[1],
            flips=tuple(flip for end in both for flip in _flips(end, today, steps)),
            open=tuple(each for end in both for each in _open(end, today, steps)),
        )

    def _end(self, path: str, at: float, scenario: Scenario, steps: Sequence[Lever]) -> End:
        """Return what the conclusions are at an end of a range."""
        # two ends of each, with three conclusions: what is said to flip holds at once
        count, level = TIMES * self.replications, level_of_each(self.level, 2 * TOLD * 3)
        net, best, second = mean(self._nets(scenario, count), level=level), None, None
        with suppress(InputError):  # a step that has no place there tells nothing
            changed = [scenario.but(step.changes(scenario)) for step in steps[:2]]
            gains = [self._difference(each, scenario, count, level) for each in changed]
            best = gains[0] if gains else None
            if len(changed) == 2:
                second = self._difference(changed[0], changed[1], count, level)
        return End(at, amount(self.scenario, path, at), net, best, second)


def may_be_widest(swings: Sequence[Estimate]) -> list[bool]:
    """Return which swings may be among the TOLD widest: all that are not surely below so many.

    Examples
    --------
    >>> from ccmsim.estimation import exactly
    >>> may_be_widest([exactly(usd, level=0.99, replications=8) for usd in (9, -8, 1, 5)])
    [True, True, False, True]
    """
    surely = sorted((max(0.0, each.low, -each.high) for each in swings), reverse=True)
    least = surely[TOLD - 1] if len(surely) >= TOLD else 0.0
    return [max(-each.low, each.high) >= least for each in swings]


def _ends(
    scenario: Scenario, uncertain: Uncertain | Iterable[str] | None
) -> dict[str, tuple[float, float, str]]:
    """Return the range of each value that is not known, and its source, by path."""
    if uncertain is None and not scenario.uncertain:
        return with_ranges(scenario, None)
    tail = (1.0 - _MIDDLE) / 2.0
    return {
        each.path: (each.law.quantile(tail), each.law.quantile(1.0 - tail), each.source)
        for each in parameters_of(scenario, uncertain)
    }


def _flips(end: End, today: Estimate, steps: Sequence[Lever]) -> list[str]:
    """Return which conclusions surely flip at an end."""
    found = []
    if today.value >= 0.0 and end.net_usd.high < 0.0:
        found.append(f"net: a loss at {end.words}")
    if today.value < 0.0 and end.net_usd.low > 0.0:
        found.append(f"net: a gain at {end.words}")
    if end.best_usd is not None and end.best_usd.high < 0.0:
        found.append(f"step: {steps[0].name} loses at {end.words}")
    elif end.second_usd is not None and end.second_usd.high < 0.0:
        found.append(f"step: {steps[1].name} is better than {steps[0].name} at {end.words}")
    return found


def _open(end: End, today: Estimate, steps: Sequence[Lever]) -> list[str]:
    """Return which conclusions may flip at an end, for all that the replications tell."""
    found = []
    if _may_flip(end.net_usd if today.value >= 0.0 else negative(end.net_usd)):
        found.append(f"the sign of the net at {end.words}")
    if end.best_usd is None:
        return [*found, f"the steps at {end.words}, where they have no place"] if steps else found
    if _may_flip(end.best_usd):
        found.append(f"whether {steps[0].name} gains at {end.words}")
    elif end.best_usd.low > 0.0 and end.second_usd is not None and _may_flip(end.second_usd):
        found.append(f"{steps[0].name} or {steps[1].name} at {end.words}")
    return found


def _may_flip(found: Estimate) -> bool:
    """Whether what is above 0 today may lie below."""
    return found.low < 0.0 <= found.high
