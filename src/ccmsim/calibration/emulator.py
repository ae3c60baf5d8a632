"""A simulation's statistics as smooth functions of the free values, and the likelihood from them.

Comes in: simulated points with their statistics. Goes out: an `Emulator`: for any values near the
points, how likely the observed statistics are. Simulates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccmsim.arrays import Floats
from ccmsim.calibration.projection import Projection, as_they_are, estimates, solved

NEW: Final = 1e-3
"""A number is used if the others leave this share of its variance unexplained."""

_LOG_CHI: Final = -1.2703628454614782
"""Mean of the logarithm of a squared standard normal number."""

_LOG_CHI_VARIANCE: Final = np.pi**2 / 8.0
"""Variance of half of that logarithm."""


@dataclass(frozen=True, eq=False)
class Emulator:
    """Quadratic means, noise with linear logarithm, one correlation matrix, of the numbers used.

    Parameters
    ----------
    projection : Projection
        From statistics to numbers: an estimate of each parameter where there are more statistics
        than parameters, else the statistics themselves.
    centre, spread : ndarray, shape (dims,)
        How values become the numbers of order 1 that the polynomials take.
    means : ndarray, shape (features, used)
    gram : ndarray, shape (features, features)
        Inverse of the features' moments: how little is known far from the points.
    noise : ndarray, shape (1 + dims, used)
        Of the logarithm of the standard deviations.
    calmest, loudest : ndarray, shape (used,)
        Between which that logarithm stays.
    root : ndarray, shape (used, used)
        Inverse of the Cholesky factor of the residuals' correlation.
    freedom : float
        Degrees of freedom that are left.
    used : ndarray of int
        Which numbers are used.
    place : ndarray, shape (dims,)
    metric : ndarray, shape (dims, dims)
        The region of the points: (z − place)' metric (z − place) ≤ 1, in normal numbers.
    """

    projection: Projection
    centre: Floats
    spread: Floats
    means: Floats
    gram: Floats
    noise: Floats
    calmest: Floats
    loudest: Floats
    root: Floats
    freedom: float
    used: NDArray[np.int64]
    place: Floats
    metric: Floats

    def numbers(self, statistics: Floats) -> Floats:
        """Return the numbers that are used of statistics, shape (..., used)."""
        found: Floats = self.projection.of(statistics)[..., self.used]
        return found

    def expected(self, values: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the numbers used, shape (n, used)."""
        x = (values - self.centre) / self.spread
        return quadratic(x) @ self.means, np.exp(self._log_sd(x))

    def log_likelihood(self, values: Floats, observed: Floats) -> Floats:
        """Return the log-likelihood of the statistics that were observed at rows of values.

        Notes
        -----
        The numbers are Gaussian (Wood 2010); mean and covariance come from a regression, whose
        own error makes them multivariate t, the wider the farther from the points: the synthetic
        likelihood of Price et al. (2018) with the predictive of a multivariate regression.
        """
        x = (values - self.centre) / self.spread
        features, log_sd = quadratic(x), self._log_sd(x)
        far = 1.0 + ((features @ self.gram) * features).sum(axis=1)
        off = (self.numbers(observed) - features @ self.means) / np.exp(log_sd)
        distance = ((off @ self.root.T) ** 2).sum(axis=1) / far
        k = len(self.used)
        tail = np.log1p(distance / self.freedom)
        found: Floats = (
            -log_sd.sum(axis=1) - 0.5 * k * np.log(far) - 0.5 * (self.freedom + k) * tail
        )
        return found

    def _log_sd(self, x: Floats) -> Floats:
        return np.clip(_linear(x) @ self.noise, self.calmest, self.loudest)


def quadratic(x: Floats) -> Floats:
    """Return 1, every number and every product of two, shape (n, features)."""
    first, second = np.triu_indices(x.shape[1])
    return np.hstack([np.ones((len(x), 1)), x, x[:, first] * x[:, second]])


def fewest_points(dims: int, statistics: int) -> int:
    """Return how many points a fit needs at least."""
    return 2 * ((dims + 1) * (dims + 2) // 2 + statistics)


def emulated(
    z: Floats, values: Floats, statistics: Floats, like: Emulator | None = None
) -> Emulator:
    """Return the emulator of simulated points.

    Parameters
    ----------
    z, values : ndarray, shape (n, dims)
        The points, in normal numbers and in their own units.
    statistics : ndarray, shape (n, numbers)
        One simulation of each.
    like : Emulator, optional
        Whose numbers to use. Left out, statistics become an estimate of each parameter if they are
        more, and those numbers are used that vary and say something new.
    """
    projection = like.projection if like else _projection(z, statistics)
    numbers = projection.of(statistics)
    used = like.used if like else None
    centre, spread = values.mean(axis=0), values.std(axis=0)
    x = (values - centre) / spread
    features = quadratic(x)
    means = solved(features, numbers)
    rest = numbers - features @ means
    left = len(x) - features.shape[1]
    size = rest.std(axis=0)
    varying = used
    if varying is None:
        varying = np.flatnonzero(size > 1e-9 * (1.0 + np.abs(numbers).max(axis=0)))
    logs = np.log(rest[:, varying] ** 2 + (1e-3 * size[varying]) ** 2)
    noise = _shrunk(solved(_linear(x), 0.5 * (logs - _LOG_CHI)), len(x))
    log_sd = _linear(x) @ noise
    scaled = rest[:, varying] * np.exp(-log_sd)
    noise[0] += (shift := 0.5 * np.log((scaled**2).sum(axis=0) / left))
    log_sd, scaled = log_sd + shift, scaled * np.exp(-shift)
    correlation = scaled.T @ scaled / left
    chosen = _telling(correlation) if used is None else list(range(len(used)))
    root = np.linalg.inv(np.linalg.cholesky(correlation[np.ix_(chosen, chosen)]))
    place, metric = region(z)
    return Emulator(
        projection=projection,
        centre=centre,
        spread=spread,
        means=means[:, varying[chosen]],
        gram=solved(features.T @ features, np.eye(features.shape[1])),
        noise=noise[:, chosen],
        calmest=log_sd.min(axis=0)[chosen],
        loudest=log_sd.max(axis=0)[chosen],
        root=root,
        freedom=float(max(left - len(chosen) + 1, 3)),
        used=varying[chosen],
        place=place,
        metric=metric,
    )


def _projection(z: Floats, statistics: Floats) -> Projection:
    """Return estimates of the parameters, where there are fewer of them than statistics.

    What is fitted to few numbers errs less than what is fitted to many.
    """
    count = statistics.shape[1]
    return estimates(z, statistics) if count > z.shape[1] else as_they_are(count)


def _shrunk(noise: Floats, points: int) -> Floats:
    """Return the noise's coefficients with slopes as large as chance makes them taken away.

    James and Stein's positive part, number by number: slopes of many numbers that are not
    there would move the posterior about.
    """
    slopes = noise[1:]
    by_chance = len(slopes) * _LOG_CHI_VARIANCE / points
    kept = np.maximum(0.0, 1.0 - by_chance / np.maximum((slopes**2).sum(axis=0), 1e-300))
    return np.vstack([noise[:1], slopes * kept])


def _linear(x: Floats) -> Floats:
    return np.hstack([np.ones((len(x), 1)), x])


def _telling(correlation: Floats) -> list[int]:
    """Return the numbers that those before them leave something of, by their order."""
    chosen: list[int] = []
    for k in range(len(correlation)):
        if not chosen:
            chosen.append(k)
            continue
        known = correlation[np.ix_(chosen, chosen)]
        with_them = correlation[chosen, k]
        explained = float(with_them @ np.linalg.solve(known, with_them))
        if correlation[k, k] - explained > NEW * correlation[k, k]:
            chosen.append(k)
    return chosen


def region(z: Floats) -> tuple[Floats, Floats]:
    """Return centre and metric of the ellipsoid that holds all points."""
    place, dims = z.mean(axis=0), z.shape[1]
    metric = np.asarray(np.linalg.inv(np.cov(z.T).reshape(dims, dims)), dtype=np.float64)
    rest = z - place
    return place, metric / float(((rest @ metric) * rest).sum(axis=1).max())


def inside(z: Floats, place: Floats, metric: Floats) -> NDArray[np.bool_]:
    """Return which rows lie in an ellipsoid."""
    rest = z - place
    near: NDArray[np.bool_] = ((rest @ metric) * rest).sum(axis=1) <= 1.0
    return near
