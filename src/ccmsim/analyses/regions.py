"""Regions: over which ranges of what is not known a year comes out below a limit.

Comes in: sets of parameters with the replications of each. Goes out: the share of years below the
limit by thirds of each parameter, and a box of few ranges in which such years lie. Never simulates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import plain_estimate
from ccmsim.arrays import Bools, Floats
from ccmsim.estimation import Estimate, share
from ccmsim.estimation.levels import share_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ccmsim.analyses.parameters import Parameter

THIRDS: Final = ("low", "middle", "high")
_PEELED: Final = 0.1
_LEAST: Final = 0.15
_MOST_RANGES: Final = 3


@dataclass(frozen=True, slots=True)
class Box:
    """Ranges that hold together, and the years within them.

    Parameters
    ----------
    ranges : mapping of str to (low, high)
        By path, at most three; None for an end that is open.
    likelihood : Estimate
        Share of sets within.
    inside, outside : Estimate
        Share of years below the limit; both from the sets that did not choose the ranges.
    """

    ranges: Mapping[str, tuple[float | None, float | None]]
    likelihood: Estimate
    inside: Estimate
    outside: Estimate


@dataclass(frozen=True, slots=True)
class Regions:
    """Where years come out below a limit.

    Parameters
    ----------
    limit : float
    below : Estimate
        Share of all years below it.
    thirds : mapping of str to three Estimates
        By path, the widest spread first: the share of years below the limit while the parameter
        lies in the low, middle and high third of its law.
    box : Box or None
        None where no range makes years worse, or too few sets are left to say so.
    """

    limit: float
    below: Estimate
    thirds: Mapping[str, tuple[Estimate, Estimate, Estimate]]
    box: Box | None

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        box = self.box
        return {
            "limit": self.limit,
            "below": plain_estimate(self.below),
            "thirds": {
                path: dict(zip(THIRDS, map(plain_estimate, found), strict=True))
                for path, found in self.thirds.items()
            },
            "box": box
            and {
                "ranges": {path: list(ends) for path, ends in box.ranges.items()},
                "likelihood": plain_estimate(box.likelihood),
                "inside": plain_estimate(box.inside),
                "outside": plain_estimate(box.outside),
            },
        }


def regions_of(
    parameters: Sequence[Parameter], draws: Floats, years: Floats, limit: float, *, level: float
) -> Regions:
    """Return where years come out below a limit.

    Parameters
    ----------
    parameters : sequence of Parameter
    draws : ndarray, shape (sets, parameters)
        Independent sets.
    years : ndarray, shape (sets, replications)
    limit : float
    level : float
        Coverage of every interval, one by one.

    Notes
    -----
    Thirds are of equal probability. The box is found in every other set by patient rule induction
    and told from the rest, so that its shares are not those of a search: Friedman and Fisher
    (1999), Bump hunting in high-dimensional data, Statistics and Computing 9, 123-143; used so by
    Bryant and Lempert (2010), Technological Forecasting and Social Change 77, 34-49.
    """
    ranks = np.column_stack([np.argsort(np.argsort(column)) for column in draws.T]) / len(draws)
    thirds = {}
    for k, item in enumerate(parameters):
        third = np.minimum((3.0 * ranks[:, k]).astype(int), 2)
        low, middle, high = (share_below(years[third == t], limit, level=level) for t in range(3))
        thirds[item.path] = (low, middle, high)
    ordered = sorted(thirds, key=lambda path: -abs(thirds[path][2].value - thirds[path][0].value))
    return Regions(
        limit=float(limit),
        below=share_below(years, limit, level=level),
        thirds={path: thirds[path] for path in ordered},
        box=_box(parameters, draws, years, limit, level),
    )


def _box(
    parameters: Sequence[Parameter], draws: Floats, years: Floats, limit: float, level: float
) -> Box | None:
    """Return the box of the even sets, as the odd ones tell it."""
    low, high = peeled(draws[::2], (years[::2] < limit).mean(axis=1))
    bounded = [k for k in range(len(parameters)) if np.isfinite([low[k], high[k]]).any()]
    inside = within(draws[1::2], low, high)
    if not bounded or inside.sum() < 10 or (~inside).sum() < 10:
        return None
    rest = years[1::2]
    box = Box(
        ranges={parameters[k].path: (_end(low[k]), _end(high[k])) for k in bounded},
        likelihood=share(int(inside.sum()), inside.size, level=level),
        inside=share_below(rest[inside], limit, level=level),
        outside=share_below(rest[~inside], limit, level=level),
    )
    return box if box.inside.value > box.outside.value else None


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def within(draws: Floats, low: Floats, high: Floats) -> Bools:
    """Return which sets lie between the ends, both included."""
    return np.asarray(((draws >= low) & (draws <= high)).all(axis=1), dtype=np.bool_)


def peeled(draws: Floats, badness: Floats) -> tuple[Floats, Floats]:
    """Return a box in which the mean badness is high: its low and high ends, infinite where open.

    A tenth of what is left is cut off at the end whose loss raises the mean most, until the box
    holds less than 15 % of the sets or nothing raises it; at most three parameters are cut. Then
    ends that the box does not need are opened again.

    Examples
    --------
    >>> x = np.random.default_rng(2).uniform(size=(400, 3))
    >>> low, high = peeled(x, (x[:, 1] > 0.7).astype(float))
    >>> np.isfinite(low).tolist(), bool(0.65 < low[1] < 0.75)
    ([False, True, False], True)
    """
    k = draws.shape[1]
    low, high = np.full(k, -np.inf), np.full(k, np.inf)
    while True:
        inside = within(draws, low, high)
        best: tuple[float, int, Floats, Floats] = (float(badness[inside].mean()), -1, low, high)
        cut = np.isfinite(low) | np.isfinite(high)
        for j in range(k):
            if cut.sum() >= _MOST_RANGES and not cut[j]:
                continue
            for end, q in ((0, _PEELED), (1, 1.0 - _PEELED)):
                ends = (low.copy(), high.copy())
                ends[end][j] = np.quantile(draws[inside, j], q)
                left = within(draws, *ends)
                if left.sum() >= max(_LEAST * len(draws), 5) and left.sum() < inside.sum():
                    mean = float(badness[left].mean())
                    if mean > best[0] + 1e-12:
                        best = (mean, j, *ends)
        if best[1] < 0:
            return _opened(draws, badness, low, high)
        low, high = best[2], best[3]


def _opened(draws: Floats, badness: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Open ends without which the box is hardly less bad: by less than one standard error."""
    for j in np.flatnonzero(np.isfinite(low) | np.isfinite(high)):
        inside = badness[within(draws, low, high)]
        open_low, open_high = low.copy(), high.copy()
        open_low[j], open_high[j] = -np.inf, np.inf
        more = badness[within(draws, open_low, open_high)]
        if more.mean() > inside.mean() - inside.std() / np.sqrt(inside.size):
            low, high = open_low, open_high
    return low, high
