"""What the closed forms need to know of a law: cumulative probabilities and slices of equal weight.

Comes in: a number, a table or a distribution. Goes out: arrays of exact probabilities. Never used
by an engine, which draws from quantiles; scipy is loaded when a function needs it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.units import TICKS_PER_MINUTE

if TYPE_CHECKING:
    from ccmsim.distributions import Family

NODES: Final = 20_000
"""Slices that stand for a continuous law."""


def law_of(field: str, value: Any, *, high: float = math.inf) -> Family:
    """Return a law of values from 0 to `high`, or refuse what is none."""
    from pydantic import TypeAdapter, ValidationError

    from ccmsim.distributions import Distribution

    try:
        law: Family = TypeAdapter(Distribution).validate_python(value)
    except ValidationError:
        valid = 'a number, or a table such as { family = "exponential", mean = 10.0 }'
        raise refuse(field, "must be a law", value, valid) from None
    least, greatest = law.support()
    if least < 0.0 or greatest > high:
        limits = "0 or more" if high == math.inf else f"from 0 to {high:g}"
        raise refuse(field, f"must be {limits}", value, f"a number or a distribution {limits}")
    return law


def slices(law: Family) -> Floats:
    """Return values of equal weight that stand for a law: one, a sample, or 20,000 medians."""
    from ccmsim.distributions import Empirical

    low, high = law.support()
    if low == high:
        return np.array([low])
    if isinstance(law, Empirical):
        return np.array(law.values)
    return np.array([law.quantile((i + 0.5) / NODES) for i in range(NODES)])


def cumulative(law: Any, x: Floats) -> Floats:
    """Return P(value ≤ x) of the exact law."""
    from scipy import stats

    low, high = law.support()
    if low == high:
        return np.where(x >= low, 1.0, 0.0)
    if law.family == "empirical":
        return np.searchsorted(np.array(law.values), x, side="right") / len(law.values)
    frozen: Any
    if law.family == "lognormal":
        square = math.log1p(law.cv**2)
        frozen = stats.lognorm(math.sqrt(square), scale=law.mean * math.exp(-square / 2.0))
    elif law.family == "scipy":
        frozen = getattr(stats, law.name)(*law.args, **law.kwds)
    else:
        named: dict[str, Callable[[], Any]] = {
            "uniform": lambda: stats.uniform(low, high - low),
            "triangular": lambda: stats.triang((law.mode - low) / (high - low), low, high - low),
            "exponential": lambda: stats.expon(scale=law.mean),
            "gamma": lambda: stats.gamma(law.cv**-2, scale=law.mean * law.cv**2),
            "beta": lambda: stats.beta(law.a, law.b),
            "geometric": lambda: stats.geom(1.0 / law.mean),
            "poisson": lambda: stats.poisson(law.mean),
            "uniform_integers": lambda: stats.randint(law.low, law.high + 1),
        }
        frozen = named[law.family]()
    return np.asarray(frozen.cdf(x), np.float64)


def tick_probabilities(law: Family, ticks: int) -> Floats:
    """Return the probabilities of 0, 1, …, `ticks` − 1 ticks, as durations are rounded."""
    ends = (np.arange(ticks) + 0.5) / TICKS_PER_MINUTE
    below = cumulative(law, np.nextafter(ends, 0.0))
    below[0] = 0.0  # a duration is at least one tick
    return np.diff(below, prepend=0.0)
