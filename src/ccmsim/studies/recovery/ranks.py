"""Where truths lie in their posteriors: simulation-based calibration, its tests and their reach.

Comes in: truths, and what was found of them. Goes out: a frozen `Recovery`. Simulates nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.studies.accuracy.judging import Count

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BINS_MOST: Final = 10
FEWEST_IN_A_BIN: Final = 5
"""Histories expected in a part of the rank histogram, at least."""

POWER: Final = 0.9
"""Probability with which a resolution says that a fault is found."""

KINDS: Final = {
    "place": "the mean of the ranks' normal scores",
    "width": "the sum of their squares",
    "shape": "chi-squared over the rank histogram",
}
"""The tests of each free value's ranks."""


@dataclass(frozen=True, slots=True)
class Uniformity:
    """One test of the ranks of one free value.

    Parameters
    ----------
    path : str
    kind : str
        Of KINDS.
    value : float
        The statistic.
    p_value : float
        Two-sided for place and width.
    """

    path: str
    kind: str
    value: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which faults of the posteriors so many histories would show, with probability POWER.

    Parameters
    ----------
    histories : int
    false_alarm : float
        Of one test.
    shift : float
        How far off the posteriors lie, in their standard deviations.
    narrow, wide : float
        The posterior's standard deviation as a part of the right one: at most, at least.
    """

    histories: int
    false_alarm: float
    shift: float
    narrow: float
    wide: float


def resolution(histories: int, false_alarm: float) -> Resolution:
    """Return what so many histories resolve.

    Notes
    -----
    Normal scores z of the ranks are standard normal where posteriors are right. A shift of s
    standard deviations gives them mean s; a posterior r times as wide as it should be, standard
    deviation 1 / r.

    Examples
    --------
    >>> found = resolution(100, 0.01)
    >>> round(found.shift, 2), round(found.narrow, 2), round(found.wide, 2)
    (0.39, 0.77, 1.33)
    """
    from scipy.special import chdtri, ndtri

    tail, n = false_alarm / 2.0, histories
    shift = (ndtri(POWER) - ndtri(tail)) / n**0.5
    narrow = (chdtri(n, POWER) / chdtri(n, tail)) ** 0.5
    wide = (chdtri(n, 1.0 - POWER) / chdtri(n, 1.0 - tail)) ** 0.5
    return Resolution(histories, false_alarm, float(shift), float(narrow), float(wide))


@dataclass(frozen=True, eq=False, kw_only=True)
class Recovery:
    """What was found of truths that are known.

    Parameters
    ----------
    scenario, method : str
    simulations, months, seed : int
    paths : tuple of str
        The free values.
    prior_sds : ndarray, shape (parameters,)
    truths : ndarray, shape (histories, parameters)
    means, sds, lows, highs : ndarray, shape (histories, parameters)
        Of the posteriors; `lows` and `highs` are the ends of the central intervals of `level`.
    shares : ndarray, shape (histories, parameters)
        Share of the posterior's draws below the truth: its rank.
    level : float
    p_values : ndarray, shape (histories,)
        Of the predictive checks; NaN where none was made.
    """

    scenario: str
    method: str
    simulations: int
    months: int
    seed: int
    paths: tuple[str, ...]
    prior_sds: Floats
    truths: Floats
    means: Floats
    sds: Floats
    lows: Floats
    highs: Floats
    shares: Floats
    level: float
    p_values: Floats

    @property
    def histories(self) -> int:
        """How many."""
        return len(self.truths)

    @property
    def bins(self) -> int:
        """Parts of the rank histogram."""
        return max(2, min(BINS_MOST, self.histories // FEWEST_IN_A_BIN))

    def counts(self, k: int) -> Floats:
        """Return the rank histogram of a free value by its number."""
        return np.histogram(self.shares[:, k], self.bins, (0.0, 1.0))[0].astype(np.float64)

    def tests(self) -> tuple[Uniformity, ...]:
        """Return the tests of uniform ranks, three of each free value."""
        return tuple(test for k, path in enumerate(self.paths) for test in self._tests(k, path))

    def _tests(self, k: int, path: str) -> tuple[Uniformity, ...]:
        from scipy.special import chdtr, chdtrc, ndtr, ndtri

        n, scores = self.histories, ndtri(self.shares[:, k])
        place = float(scores.mean() * n**0.5)
        width = float((scores**2).sum())
        due = n / self.bins
        shape = float(((self.counts(k) - due) ** 2).sum() / due)
        sided = 2.0 * min(float(chdtr(n, width)), float(chdtrc(n, width)))
        return (
            Uniformity(path, "place", place, float(2.0 * ndtr(-abs(place)))),
            Uniformity(path, "width", width, min(sided, 1.0)),
            Uniformity(path, "shape", shape, float(chdtrc(self.bins - 1, shape))),
        )

    @property
    def p_value(self) -> float:
        """Of all tests together (Bonferroni)."""
        tests = self.tests()
        return min(1.0, len(tests) * min(test.p_value for test in tests))

    def resolution(self, false_alarm: float = 0.01) -> Resolution:
        """Return what these histories resolve, if all tests together alarm so rarely."""
        return resolution(self.histories, false_alarm / len(self.tests()))

    def alarms(self, false_alarm: float) -> Count:
        """Count the predictive checks that accuse the model, which is right."""
        made = self.p_values[~np.isnan(self.p_values)]
        return Count(int((made < false_alarm).sum()), len(made))

    def covered(self, k: int) -> Count:
        """Count the intervals of a free value, by its number, that hold the truth."""
        inside = (self.lows[:, k] <= self.truths[:, k]) & (self.truths[:, k] <= self.highs[:, k])
        return Count(int(inside.sum()), self.histories)

    def table(self) -> pd.DataFrame:
        """Return a row for each free value.

        Returns
        -------
        pandas.DataFrame
            Index parameter; columns correlation (of posterior mean and truth), error and sd (root
            mean square of mean less truth, and of the posterior's standard deviation, both as
            shares of the prior's), held (share of intervals of `level` that hold the truth), and
            the p-values place, width and shape.
        """
        import pandas as pd

        tests = {(test.path, test.kind): test.p_value for test in self.tests()}
        rows = []
        for k, path in enumerate(self.paths):
            off = self.means[:, k] - self.truths[:, k]
            rows.append({
                "correlation": float(np.corrcoef(self.means[:, k], self.truths[:, k])[0, 1]),
                "error": float((off**2).mean() ** 0.5 / self.prior_sds[k]),
                "sd": float((self.sds[:, k] ** 2).mean() ** 0.5 / self.prior_sds[k]),
                "held": self.covered(k).share,
                **{kind: tests[path, kind] for kind in KINDS},
            })  # fmt: skip
        return pd.DataFrame(rows, index=pd.Index(self.paths, name="parameter"))

    def plot(self) -> Figure:
        """Return the rank histograms, above truths against what was found of them."""
        from ccmsim.studies.recovery.views import figure

        return figure(self)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN becomes None."""
        arrays = ("truths", "means", "sds", "lows", "highs", "shares")
        return {
            "scenario": self.scenario, "method": self.method, "simulations": self.simulations,
            "months": self.months, "seed": self.seed, "level": self.level,
            "paths": list(self.paths), "prior_sds": self.prior_sds.tolist(),
            **{name: getattr(self, name).tolist() for name in arrays},
            "p_values": [None if p != p else float(p) for p in self.p_values],
            "tests": [asdict(test) for test in self.tests()], "p_value": self.p_value,
            "resolution": asdict(self.resolution()),
        }  # fmt: skip

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        from ccmsim.studies.recovery.views import text

        return text(self)
