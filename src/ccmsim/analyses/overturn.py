"""What could overturn an assessment: each value that is not known, moved over its range.

Comes in: a scenario, the steps that came out best, and the simulations of an assessment. Goes out:
the values over whose ranges the net moves most, and whether a conclusion flips there. All have the
same luck, and differences are paired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Final

from ccmsim.analyses.factors import moved, number_at, plain_estimate
from ccmsim.analyses.levers import Lever
from ccmsim.analyses.parameters import Uncertain, parameters_of
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.sensitivity import with_ranges
from ccmsim.arrays import Floats
from ccmsim.assumptions import LEVERS
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, mean, paired_difference
from ccmsim.estimation.estimate import negative
from ccmsim.scenario.model import Scenario
from ccmsim.wording import shown

TOLD: Final = 3
"""So many values are told, those over whose ranges the net moves most."""

CHECKS: Final = 25
"""Replications of the search, where nothing else is said."""

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
    net_usd : Estimate
        Mean net over all months there.
    best_usd : Estimate or None
        What the best step of today gains there, paired; None where there is no step.
    second_usd : Estimate or None
        What the best step gains there beyond the second best, paired.
    """

    at: float
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
            f"{self.words} Between {self.low.at:.3g} and {self.high.at:.3g} the net moves by "
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

        Every value is moved to both ends with few replications; of the widest ones the steps, the
        best first, are simulated there with TIMES as many.
        """
        ends = _ends(self.scenario, uncertain)
        self.run.whole += self.replications * 2 * len(ends)
        self.run.whole += TIMES * self.replications * 2 * TOLD * (1 + len(steps))
        swings: dict[str, float] = {}
        for path, (low, high, _) in ends.items():
            with suppress(InputError):  # an end that this scenario refuses is none of its values
                nets = [self._nets(moved(self.scenario, path, end), 1) for end in (low, high)]
                swings[path] = abs(float((nets[1] - nets[0]).mean()))
        widest = sorted((path for path in swings if swings[path] > 0.0), key=lambda p: -swings[p])
        today = mean(self._nets(self.scenario, TIMES), level=self.level)
        return tuple(self._told(path, ends[path], steps, today) for path in widest[:TOLD])

    def _nets(self, scenario: Scenario, times: int) -> Floats:
        count = times * self.replications
        return self.run.values("net_usd", scenario, count, self.seed)[:count]

    def _told(
        self, path: str, ends: tuple[float, float, str], steps: Sequence[Lever], today: Estimate
    ) -> Overturn:
        low, high, source = ends
        there = [moved(self.scenario, path, end) for end in (low, high)]
        nets = [self._nets(each, TIMES) for each in there]
        both = [
            self._end(end, each, net, steps)
            for end, each, net in zip((low, high), there, nets, strict=True)
        ]
        return Overturn(
            path=path,
            words=_words(self.scenario, path),
            today=number_at(self.scenario, path),
            source=source,
            swing_usd=paired_difference(nets[1], nets[0], level=self.level),
            low=both[0],
            high=both[1],
            flips=tuple(flip for end in both for flip in _flips(end, today, steps)),
            open=tuple(each for end in both for each in _open(end, today, steps)),
        )

    def _end(self, at: float, scenario: Scenario, net: Floats, steps: Sequence[Lever]) -> End:
        """Return what the conclusions are at an end of a range."""
        after: list[Floats] = []
        with suppress(InputError):  # a step that has no place there tells nothing
            changed = [scenario.but(step.changes(scenario)) for step in steps[:2]]
            after = [self._nets(each, TIMES) for each in changed]
        best = paired_difference(after[0], net, level=self.level) if after else None
        second = paired_difference(*after, level=self.level) if len(after) == 2 else None
        return End(at, mean(net, level=self.level), best, second)


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


def _words(scenario: Scenario, path: str) -> str:
    """Return what is assumed, in words where there are some."""
    for lever in LEVERS:
        found = lever(scenario)
        if path in found.values:
            return found.text
    return f"{path} is {number_at(scenario, path):.3g}."


def _flips(end: End, today: Estimate, steps: Sequence[Lever]) -> list[str]:
    """Return which conclusions surely flip at an end."""
    found = []
    if today.value >= 0.0 and end.net_usd.high < 0.0:
        found.append(f"net: a loss at {end.at:.3g}")
    if today.value < 0.0 and end.net_usd.low > 0.0:
        found.append(f"net: a gain at {end.at:.3g}")
    if end.best_usd is not None and end.best_usd.high < 0.0:
        found.append(f"step: {steps[0].name} loses at {end.at:.3g}")
    elif end.second_usd is not None and end.second_usd.high < 0.0:
        found.append(f"step: {steps[1].name} is better than {steps[0].name} at {end.at:.3g}")
    return found


def _open(end: End, today: Estimate, steps: Sequence[Lever]) -> list[str]:
    """Return which conclusions may flip at an end, for all that the replications tell."""
    found = []
    if _may_flip(end.net_usd if today.value >= 0.0 else negative(end.net_usd)):
        found.append(f"the sign of the net at {end.at:.3g}")
    if end.best_usd is None:
        return [*found, f"the steps at {end.at:.3g}, where they have no place"] if steps else found
    if _may_flip(end.best_usd):
        found.append(f"whether {steps[0].name} gains at {end.at:.3g}")
    elif end.best_usd.low > 0.0 and end.second_usd is not None and _may_flip(end.second_usd):
        found.append(f"{steps[0].name} or {steps[1].name} at {end.at:.3g}")
    return found


def _may_flip(found: Estimate) -> bool:
    """Whether what is above 0 today may lie below."""
    return found.low < 0.0 <= found.high
