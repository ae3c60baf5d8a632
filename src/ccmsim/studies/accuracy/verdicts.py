"""Cases of verdicts that are hard to get right: what is seldom, and what is of two kinds.

Comes in: years and sets of known laws. Goes out: cases to measure. What is counted is whether
nothing wrong was said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from ccmsim.analyses.assessment import INNER, SURE_OF_100, TRIED
from ccmsim.estimation.levels import sets_above
from ccmsim.estimation.rare import allowing_difference
from ccmsim.estimation.together import level_of_each
from ccmsim.studies.accuracy.choices import POINTS
from ccmsim.studies.accuracy.judging import Case, Generator

LOSS: Final = 10.0
"""Deviations of a year's luck that a rare event costs."""

SETS: Final = 30
"""On which `assess` tries its best levers."""

OF_POINT: Final = level_of_each(0.95, POINTS)
"""Level of one point of a flip map."""

OF_LEVER: Final = level_of_each(0.95, TRIED)
"""Level of one lever among those that are tried."""


def premium_is_blamed(rng: Generator, years: int, share: float) -> bool:
    """Whether a fair premium against a rare loss beneath luck is called a loss.

    Its mean gain is 0, so neither practice is better.
    """
    gains = rng.normal(size=years) - share * LOSS + LOSS * (rng.random(years) < share)
    return allowing_difference(gains, np.zeros(years), most=math.inf, level=OF_POINT).high < 0.0


def called_sure(rng: Generator, gaining: float, lost: float, chance: float) -> bool:
    """Whether a lever is called sure that gains 1 in a share of sets, and loses in the others."""
    of_sets = np.where(rng.random((SETS, 1)) < gaining, 1.0, -lost)
    gains = of_sets + chance * rng.normal(size=(SETS, INNER))
    return 100.0 * sets_above(gains, level=OF_LEVER).low >= SURE_OF_100


def of_verdicts() -> Iterator[Case]:
    """Yield cases of flip maps and assessments; either verdict is one end of an interval."""
    for years, shares in ((50, (0.07, 0.10, 0.13)), (100, (0.03, 0.07))):
        for share in shares:
            yield Case(
                what=f"a fair premium not called a loss, {LOSS:g} deviations lost in "
                f"{100.0 * share:g} % of years",
                n=years, sets=10_000, truths={}, level=1.0 - (1.0 - OF_POINT) / 2.0, at_least=True,
                trial=lambda rng, n=years, s=share: {"": not premium_is_blamed(rng, n, s)},
            )  # fmt: skip
    for gaining in (0.70, 0.79):
        for lost in (0.05, 0.2, 1.0):
            for chance in (1.0, 2.0):
                yield Case(
                    what=f"not called sure, {100.0 * gaining:g} of 100 sets gain 1, the others "
                    f"lose {lost:g}, chance {chance:g}",
                    n=SETS, sets=1_000, truths={}, level=1.0 - (1.0 - OF_LEVER) / 2.0,
                    at_least=True,
                    trial=lambda rng, g=gaining, lost=lost, c=chance: {
                        "": not called_sure(rng, g, lost, c)
                    },
                )  # fmt: skip
