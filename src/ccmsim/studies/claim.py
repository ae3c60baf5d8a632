"""A claim, as an experiment: effects with intervals, tests stated beforehand, a verdict.

Comes in: effects and tests. Goes out: a frozen `Claim`. Verdicts follow from intervals by one rule
and from nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import plain_estimate
from ccmsim.estimation import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

HOLDS: Final = "holds"
PART: Final = "holds in part"
LOST: Final = "fails in part"
FAILS: Final = "fails"
OPEN: Final = "open"
VERDICTS: Final = {
    HOLDS: "every test is passed",
    PART: "the first test, the claim itself, is passed; others are failed or open",
    LOST: "the first test is failed; others are passed",
    FAILS: "the first test is failed, and none is passed",
    OPEN: "the replications cannot tell whether the first test is passed",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """A number that a claim is about: what it is, its unit, and its estimate."""

    words: str
    unit: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Check:
    """What has to be true of an effect: that it lies above a bound, or below.

    Passed if the whole interval lies there, failed if the whole interval lies on the other side.
    `later` marks a test that was added, or put to another scenario, after results had been
    seen.
    """

    effect: str
    above: bool
    bound: float
    words: str
    later: bool = False

    def outcome(self, estimate: Estimate) -> bool | None:
        """Return whether it is passed; None where the interval holds the bound."""
        if estimate.low > self.bound or (estimate.low == self.bound == estimate.high):
            return self.above and estimate.low > self.bound
        if estimate.high < self.bound:
            return not self.above
        return None


@dataclass(frozen=True, slots=True)
class Grid:
    """Effects that are shown as a table of their own: a row of names for each of its lines.

    Parameters
    ----------
    title : str
    columns : tuple of str
    rows : mapping of str to tuple of str
        By words, the names of effects, one a column.
    drawn : int
        Rows that a figure shows, from the first.
    """

    title: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]
    drawn: int

    @property
    def names(self) -> frozenset[str]:
        """The effects in it."""
        return frozenset(name for row in self.rows.values() for name in row)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a claim says and what the model says to it.

    Parameters
    ----------
    number : int
    name : str
    claim : str
        In our own words.
    effects : mapping of str to Effect
    tests : tuple of Check
        The first is the claim itself.
    holds_when : str
        The condition, from the effects.
    scenarios : tuple of str
    months, warmup_months, replications, seed : int
    level : float
        Coverage of every interval, one by one.
    note : str
        How many replications each scenario had, where not all had as many.
    grid : Grid or None
        Effects that are shown as a table.
    """

    number: int
    name: str
    claim: str
    effects: Mapping[str, Effect]
    tests: tuple[Check, ...]
    holds_when: str
    scenarios: tuple[str, ...]
    months: int
    warmup_months: int
    replications: int
    seed: int
    level: float
    note: str = ""
    grid: Grid | None = None

    @property
    def outcomes(self) -> tuple[bool | None, ...]:
        """Of each test: passed, failed, or None for open."""
        return tuple(test.outcome(self.effects[test.effect].estimate) for test in self.tests)

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        return verdict_of(self.outcomes)

    def table(self) -> pd.DataFrame:
        """Return every effect as a row.

        Returns
        -------
        pandas.DataFrame
            Index effect; columns words, unit, value, standard_error, low, high, level, replications
            and method.
        """
        import pandas as pd

        rows = {
            name: {"words": effect.words, "unit": effect.unit, **effect.estimate.as_dict()}
            for name, effect in self.effects.items()
        }
        found = pd.DataFrame.from_dict(rows, orient="index")
        found.index.name = "effect"
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "number", "name", "claim", "verdict", "holds_when", "months", "warmup_months",
            "replications", "seed", "level", "note",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "scenarios": list(self.scenarios),
            "effects": {
                name: {
                    "words": effect.words,
                    "unit": effect.unit,
                    **plain_estimate(effect.estimate),
                }
                for name, effect in self.effects.items()
            },
            "tests": [
                {
                    "effect": test.effect,
                    "words": test.words,
                    "later": test.later,
                    "passed": outcome,
                }
                for test, outcome in zip(self.tests, self.outcomes, strict=True)
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the effects with their intervals, a panel for each unit."""
        from ccmsim.studies.views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.studies.views import text

        return text(self)


def verdict_of(outcomes: tuple[bool | None, ...]) -> str:
    """Return the verdict of a claim's tests.

    Examples
    --------
    >>> verdict_of((True, True)), verdict_of((True, None)), verdict_of((None, False))
    ('holds', 'holds in part', 'open')
    """
    if outcomes[0] is None:
        return OPEN
    if outcomes[0]:
        return HOLDS if all(outcomes) else PART
    return LOST if any(outcomes) else FAILS
