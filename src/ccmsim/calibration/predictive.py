"""Whether the fitted model could have made the months: the posterior-predictive check.

Comes in: what was observed, and months simulated at draws from the posterior. Goes out: a
`PredictiveCheck`: how far each series is from them in several ways, and one p-value for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats

WAYS: Final = {
    "month": "a single month",
    "stretch": "three months in a row",
    "step": "a step from one month on",
    "mean": "all months together",
    "spread": "the scatter of the months",
}
"""The ways in which a series may not fit."""

STRETCH: Final = 3
FEWEST: Final = 6
"""Months of a series that a step, a stretch and its scatter need."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """How far one series is from what the model makes, in one way.

    Parameters
    ----------
    series, way : str
        Of `SERIES` and of `WAYS`.
    p_value : float
        Share of simulated histories that are at least as far from the middle.
    months : tuple of int
        Which months are farthest, from 0: one, three, or those from a step on.
    above : bool
        Whether more was observed there than the model makes.
    """

    series: str
    way: str
    p_value: float
    months: tuple[int, ...]
    above: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "series": self.series,
            "way": self.way,
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
        Of the least p-value among all series and ways, so that many looks raise no more alarms.
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
    Months are standardised by mean and standard deviation of the simulated ones. A distance is
    ranked among those of the simulated histories, and the least rank of what was observed among
    the least ranks of each of them (Westfall & Young 1993). The parameters were fitted to what is
    checked, which brings it nearer to the middle: such p-values are rather too large (Meng 1994).
    """
    distances, about = [], []
    for k, name in enumerate(series):
        present = ~np.isnan(observed[k])
        both = np.vstack([observed[k][present], simulated[:, k, present]])
        sd = both[1:].std(axis=0)
        if not (sd > 0.0).any() and not np.any(both[0] != both[1]):
            continue
        floor = 1e-3 * max(float(np.abs(both[1:]).mean()), 1e-9)
        rest = (both - both[1:].mean(axis=0)) / np.maximum(sd, floor)
        for way, (far, months) in _ways(rest).items():
            distances.append(far)
            about.append((name, way, np.flatnonzero(present)[months], rest[0][months].sum() > 0.0))
    if not distances:
        return PredictiveCheck(1.0, false_alarm, (), len(simulated))
    shares = np.array([_shares(far) for far in distances])
    least = shares.min(axis=0)
    overall = float((1 + (least[1:] <= least[0]).sum()) / least.size)
    misfits = [
        Misfit(name, way, float(share), tuple(int(m) for m in months), bool(above))
        for (name, way, months, above), share in zip(about, shares[:, 0], strict=True)
    ]
    misfits.sort(key=lambda item: item.p_value)
    return PredictiveCheck(overall, false_alarm, tuple(misfits), len(simulated))


def _shares(far: Floats) -> Floats:
    """Return for each history the share of all that are at least as far."""
    ordered = np.sort(far)
    found: Floats = (far.size - np.searchsorted(ordered, far, side="left")) / far.size
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
    found["spread"] = (np.abs(scatter - np.median(scatter[1:])), np.arange(months))
    return found
