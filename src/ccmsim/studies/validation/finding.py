"""A finding of the validation: what the model says beside what was published, and a verdict.

Comes in: effects with intervals, and published figures. Goes out: a frozen `Finding`. Verdicts
follow from intervals by one rule and from nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.estimation import Estimate
from ccmsim.studies.claim import Effect

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.studies.running import Study

GIVEN: Final = "given"
UNMET: Final = "unmet"
SAME: Final = "the same"
HIT: Final = "hit"
NEAR: Final = "near"
MISS: Final = "miss"
OPEN: Final = "open"
OUTCOMES: Final = {
    HIT: "the model's interval and the published range meet",
    NEAR: "they do not meet, and the gap is at most a tenth of the published figure",
    MISS: "the gap is wider than that",
    OPEN: "the model's interval is wider than the published figure: it can tell nothing",
    GIVEN: "the model's input was set from this figure, so it tests nothing",
    UNMET: "an input was set from it, and still the model misses it",
    SAME: "an identity: two programs agree on the same random numbers, which tests the machine",
}
_NEAR: Final = 0.1


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure beside one of the model's effects.

    Parameters
    ----------
    effect : str
        Name of the effect.
    low, high : float
        The published range; equal ends stand for a single figure, infinite ones for none.
    source : str
    given : bool
        Whether the model's input was set from it.
    identity : bool
        Whether both sides are the same calculation on the same random numbers: a hit is told
        apart, as the same.
    """

    effect: str
    low: float
    high: float
    source: str
    given: bool = False
    identity: bool = False

    @property
    def words(self) -> str:
        """The published range in words."""
        if self.low == self.high:
            return f"{self.low:,.4g}"
        if math.isinf(self.low):
            return f"at most {self.high:,.4g}"
        if math.isinf(self.high):
            return f"at least {self.low:,.4g}"
        return f"{self.low:,.4g} to {self.high:,.4g}"

    def outcome(self, estimate: Estimate) -> str:
        """Return one of `OUTCOMES`; of a direction a hit takes the whole interval on its side.

        Examples
        --------
        >>> found = Estimate(4.9, 0.1, 4.7, 5.1, 0.95, 100, "t")
        >>> Published("x", 5.0, 5.0, "").outcome(found), Published("x", 6.0, 7.0, "").outcome(found)
        ('hit', 'miss')
        """
        found = self._of_test(estimate)
        if self.given:
            return UNMET if found == MISS else GIVEN
        if self.identity and found == HIT:
            return SAME
        return found

    def _of_test(self, estimate: Estimate) -> str:
        """Return the outcome as if nothing had been set from the figure."""
        if math.isinf(self.low) or math.isinf(self.high):
            inside = self.low < estimate.low and estimate.high < self.high
            outside = estimate.high < self.low or estimate.low > self.high
            return HIT if inside else MISS if outside else OPEN
        size = max(abs(self.low), abs(self.high))
        if size > 0.0 and estimate.high - estimate.low > size:
            return OPEN
        gap = max(self.low - estimate.high, estimate.low - self.high)
        if gap <= 0.0:
            return HIT
        return NEAR if gap <= _NEAR * size else MISS


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One target of the validation.

    Parameters
    ----------
    number : int
    name, title : str
    effects : mapping of str to Effect
        What the model gives; those without a published figure are there to explain.
    published : tuple of Published
    said : str
        What follows, in words.
    calibrated : str
        Which inputs were set from what.
    scenarios : tuple of str
    months, warmup_months, replications, seed : int
    level : float
        Coverage of every interval, one by one.
    more : str
        A table in Markdown that goes with it.
    """

    number: int
    name: str
    title: str
    effects: Mapping[str, Effect]
    published: tuple[Published, ...]
    said: str
    calibrated: str
    scenarios: tuple[str, ...]
    months: int
    warmup_months: int
    replications: int
    seed: int
    level: float
    more: str = ""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Of each published figure, one of `OUTCOMES`."""
        return tuple(item.outcome(self.effects[item.effect].estimate) for item in self.published)

    @property
    def verdict(self) -> str:
        """How many figures were hit, near, missed, open or given."""
        return verdict_of(self.outcomes)

    def table(self) -> pd.DataFrame:
        """Return every effect as a row.

        Returns
        -------
        pandas.DataFrame
            Index effect; columns value, standard_error, low, high, level, replications, method,
            words, unit, published_low, published_high, source and outcome; NaN or empty where
            nothing was published.
        """
        found = table_of({(name,): e.estimate for name, e in self.effects.items()}, ["effect"])
        found.index = found.index.get_level_values("effect")
        found["words"] = [effect.words for effect in self.effects.values()]
        found["unit"] = [effect.unit for effect in self.effects.values()]
        beside = {item.effect: (item, outcome) for item, outcome in self._pairs()}
        for end in ("low", "high"):
            found[f"published_{end}"] = [
                getattr(beside[n][0], end) if n in beside else math.nan for n in self.effects
            ]
        found["source"] = [beside[n][0].source if n in beside else "" for n in self.effects]
        found["outcome"] = [beside[n][1] if n in beside else "" for n in self.effects]
        return found

    def _pairs(self) -> list[tuple[Published, str]]:
        return list(zip(self.published, self.outcomes, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "number", "name", "title", "verdict", "said", "calibrated", "months", "warmup_months",
            "replications", "seed", "level",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "scenarios": list(self.scenarios),
            "effects": {
                name: {"words": e.words, "unit": e.unit, **plain_estimate(e.estimate)}
                for name, e in self.effects.items()
            },
            "published": [
                {
                    "effect": item.effect,
                    "low": item.low if math.isfinite(item.low) else None,
                    "high": item.high if math.isfinite(item.high) else None,
                    "source": item.source,
                    "outcome": outcome,
                }
                for item, outcome in self._pairs()
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the model's intervals beside the published ranges, 1 being published."""
        from ccmsim.studies.validation.views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.studies.validation.views import text

        return text(self)


def finding(
    study: Study,
    title: str,
    published: Iterable[Published],
    *,
    said: str,
    calibrated: str,
    scenarios: Iterable[str] | None = None,
    more: str = "",
) -> Finding:
    """Return the finding of a study; left out, its scenarios are those that it ran."""
    return Finding(
        number=study.number,
        name=study.name,
        title=title,
        effects=study.effects,
        published=tuple(published),
        said=said,
        calibrated=calibrated,
        scenarios=tuple(study.scenarios if scenarios is None else scenarios),
        months=study.months,
        warmup_months=study.warmup_months,
        replications=study.replications,
        seed=study.seed,
        level=study.level,
        more=more,
    )


def verdict_of(outcomes: tuple[str, ...]) -> str:
    """Return how many outcomes there are of each kind, in words.

    Examples
    --------
    >>> verdict_of(("hit", "miss", "hit", "given"))
    '2 hit, 1 miss, 1 given'
    """
    counts = {kind: outcomes.count(kind) for kind in OUTCOMES}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
