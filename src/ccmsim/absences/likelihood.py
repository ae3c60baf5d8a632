"""The negative binomial likelihood of spell counts, one count a worker.

Comes in: counts of one common window. Goes out: log-likelihoods, the best shape, profiles. Makes no
intervals: `fit` beside it does. scipy is loaded at the first maximisation.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

SHAPE_RANGE: Final = (1e-8, 1e6)
"""Frailty shapes that are told apart: above, the counts are Poisson to any practical purpose."""


class Counts:
    """Counts as the likelihood needs them: how many workers have more than j spells, for each j."""

    def __init__(self, counts: npt.NDArray[np.int64]) -> None:
        self.workers = int(counts.size)
        self.mean = float(counts.mean())
        self.with_any = int(np.count_nonzero(counts))
        self._j = np.arange(int(counts.max()), dtype=np.float64)
        self._beyond = np.array([(counts > j).sum() for j in self._j], dtype=np.float64)
        self.best_shape = self._maximise()

    def log_likelihood(self, mean: float, shape: float) -> float:
        """Return the log-likelihood up to a constant; an infinite shape is the Poisson law.

        The ratio Γ(c + k) / Γ(k) is a product over j < c, so that nothing cancels at large shapes.
        """
        total = float(self._beyond.sum())
        if math.isinf(shape):
            return total * math.log(mean) - self.workers * mean
        growth = float(self._beyond @ np.log1p((self._j - mean) / (shape + mean)))
        zero = shape * math.log1p(mean / shape)
        return growth + total * math.log(mean) - self.workers * zero

    def log_shape_information(self) -> float:
        """Return minus the second derivative of the log-likelihood in log(shape) at its maximum."""
        k, m = self.best_shape, self.mean
        second = self.workers * m / (k * (k + m)) - float(self._beyond @ (k + self._j) ** -2.0)
        return -k * k * second

    def _score(self, log_shape: float) -> float:
        k = math.exp(log_shape)
        return float(self._beyond @ (1.0 / (k + self._j))) - self.workers * math.log1p(
            self.mean / k
        )

    def _maximise(self) -> float:
        from scipy.optimize import brentq

        low, high = (math.log(shape) for shape in SHAPE_RANGE)
        if self._spread() <= self.mean or self._score(high) >= 0.0:
            return math.inf
        return math.exp(brentq(self._score, low, high, xtol=1e-12))

    def _spread(self) -> float:
        # Sum of c (c - 1) = 2 · sum of j · N(counts > j): the variance is above the mean
        # exactly where the likelihood has its maximum at a finite shape (Anscombe 1950).
        factorial = 2.0 * float(self._beyond @ self._j) / self.workers
        return factorial + self.mean - self.mean**2

    def profile(self, mean: float) -> float:
        """Return the log-likelihood at `mean`, maximised over the shape."""
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(
            lambda log_shape: -self.log_likelihood(mean, math.exp(log_shape)),
            bounds=(math.log(SHAPE_RANGE[0]), math.log(SHAPE_RANGE[1])),
            method="bounded",
            options={"xatol": 1e-6},
        )
        return max(-float(found.fun), self.log_likelihood(mean, math.inf))
