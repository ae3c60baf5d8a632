"""Whether the fitted model could have made the months: the posterior-predictive check.

Comes in: what was observed, and months simulated at draws from the posterior. Goes out: a
`PredictiveCheck`: how far each series is from them in several ways, and one p-value for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ccmsim.arrays import Floats
from ccmsim.calibration.projection import solved

WAYS: Final = {
    "month": "a single month",
    "stretch": "three months in a row",
    "step": "a step from one month on",
    "mean": "all months together",
    "spread": "the scatter of the months",
}
"""The ways in which a series may not fit."""

STRETCH: Final = 3
SHARP: Final = 1e-3
"""Scatter that is always allowed of a series given the others, in its own standard deviations."""

FEWEST: Final = 6
"""Months of a series that a step, a stretch and its scatter need."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """How far one series is from what the model makes, in one way.

    Parameters
    ----------
    series, way : str
        Of `SERIES` and of `WAYS`.
    given : bool
        Whether the series was looked at given the columns before it, in the same month.
    p_value : float
        Share of simulated histories that are at least as far from the middle.
    months : tuple of int
        Which months are farthest, from 0: one, three, or those from a step on.
    above : bool
        Whether more was observed there than the model makes.
    """

    series: str
    way: str
    given: bool
    p_value: float
    months: tuple[int, ...]
    above: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "series": self.series,
            "way": self.way,
            "given": self.given,
            "p_value": self.p_value,
            "months": list(self.months),
            "above": self.above,
        }


@dataclass(frozen=True, slots=True)
class PredictiveCheck:
    """The check of all series.

    Parameters
    ----------
    p_value : float
        Of the largest distance among all series and ways: many looks raise no more alarms.
    false_alarm : float
        Below this the model is said not to fit; a model that is right is accused no more often.
    misfits : tuple of Misfit
        Every series and way, the worst first.
    replications : int
        Simulated histories.
    """

    p_value: float
    false_alarm: float
    misfits: tuple[Misfit, ...]
    replications: int

    @property
    def fits(self) -> bool:
        """Whether the check has nothing to say."""
        return self.p_value >= self.false_alarm

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "p_value": self.p_value,
            "false_alarm": self.false_alarm,
            "fits": self.fits,
            "replications": self.replications,
            "misfits": [item.as_dict() for item in self.misfits],
        }


def checked(
    series: tuple[str, ...], observed: Floats, simulated: Floats, false_alarm: float
) -> PredictiveCheck:
    """Return the check.

    Parameters
    ----------
    series : tuple of str
    observed : ndarray, shape (series, months)
        NaN where nothing was observed.
    simulated : ndarray, shape (n, series, months)
        At draws from the posterior.
    false_alarm : float

    Notes
    -----
    Months are standardised by mean and standard deviation, each column as it is, and once more
    given the columns before it (bills given the patients, say). Whatever is reckoned is reckoned
    from all histories, the observed one among them, so that none is special where the model is
    right, however few there are. Every distance is brought to one scale; the largest of what was
    observed is ranked among the largest of each simulated history, so that many looks are one test
    (max-T of Westfall & Young 1993). The parameters were fitted to what is checked, which brings it
    nearer to the middle: such p-values are rather too large (Meng 1994).
    """
    distances, about = [], []
    for k, given, present, rest in _standardised(observed, simulated):
        for way, (far, months) in _ways(rest).items():
            middle = rest[0].mean() if way == "step" else 0.0
            above = bool(rest[0][months].mean() > middle)
            distances.append(far)
            about.append((series[k], way, given, np.flatnonzero(present)[months], above))
    if not distances:
        return PredictiveCheck(1.0, false_alarm, (), len(simulated))
    scores = np.array([_scored(far) for far in distances])
    misfits = []
    for j in np.argsort(-scores[:, 0], kind="stable"):
        name, way, given, months, above = about[j]
        when = tuple(int(month) for month in months)
        misfits.append(Misfit(name, way, given, _share(distances[j]), when, above))
    return PredictiveCheck(_share(scores.max(axis=0)), false_alarm, tuple(misfits), len(simulated))


def _standardised(
    observed: Floats, simulated: Floats
) -> Iterator[tuple[int, bool, NDArray[np.bool_], Floats]]:
    """Yield each series as deviations, the observed row first: as it is, and given those before it.

    Given those before it means: less what the same month's deviations of the earlier series lead
    one to expect, by a regression over all histories.
    """
    filled = np.where(np.isnan(observed), simulated.mean(axis=0), observed)
    both = np.concatenate([filled[None], simulated])
    middle, sd = both.mean(axis=0), both.std(axis=0)
    floor = 1e-3 * np.maximum(np.abs(middle).mean(axis=1, keepdims=True), 1e-9)
    rest = (both - middle) / np.maximum(sd, floor)
    for k, present in enumerate(~np.isnan(observed)):
        moves = present & ((sd[k] > 0.0) | (rest[0, k] != 0.0))
        if not moves.any():
            continue
        yield k, False, present, rest[:, k, present]
        if k == 0:
            continue
        left = np.empty((len(rest), int(present.sum())))
        for place, month in enumerate(np.flatnonzero(present)):
            before = np.flatnonzero(~np.isnan(observed[:k, month]))
            known = rest[:, before, month]
            expected = known @ solved(known, rest[:, k, month])
            left[:, place] = rest[:, k, month] - expected
        yield k, True, present, left / np.maximum(left.std(axis=0), SHARP)


def _share(far: Floats) -> float:
    """Return the share of histories, the observed one among them, at least as far as that one."""
    return float((far >= far[0]).mean())


def _scored(far: Floats) -> Floats:
    """Return distances on one scale: 0 is usual, 1 is seen in one history of twenty."""
    usual, rare = np.quantile(far, [0.5, 0.95])
    found: Floats = (far - usual) / max(float(rare - usual), 1e-9)
    return found


def _ways(rest: Floats) -> dict[str, tuple[Floats, Any]]:
    """Return by way the distance of every row, and the months in which the first row's lies."""
    months = rest.shape[1]
    found: dict[str, tuple[Floats, Any]] = {
        "month": (np.abs(rest).max(axis=1), [int(np.abs(rest[0]).argmax())]),
        "mean": (np.abs(rest.mean(axis=1)), np.arange(months)),
    }
    if months < FEWEST:
        return found
    sums = np.cumsum(np.hstack([np.zeros((len(rest), 1)), rest]), axis=1)
    stretches = np.abs(sums[:, STRETCH:] - sums[:, :-STRETCH])
    worst = int(stretches[0].argmax())
    found["stretch"] = (stretches.max(axis=1), np.arange(worst, worst + STRETCH))
    cuts = np.arange(2, months - 1)
    before, after = sums[:, cuts] / cuts, (sums[:, -1:] - sums[:, cuts]) / (months - cuts)
    steps = np.abs(after - before) * np.sqrt(cuts * (months - cuts) / months)
    found["step"] = (steps.max(axis=1), np.arange(int(cuts[steps[0].argmax()]), months))
    scatter = np.log((rest - rest.mean(axis=1, keepdims=True)).var(axis=1) + 1e-6)
    found["spread"] = (np.abs(scatter - np.median(scatter)), np.arange(months))
    return found
