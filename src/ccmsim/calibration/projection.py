"""Many statistics as few: for each free value, the number that tells most of it.

Comes in: simulated points with their statistics. Goes out: a `Projection`, by which statistics
become as many numbers as there are free values. Simulates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccmsim.arrays import Floats


@dataclass(frozen=True, eq=False)
class Projection:
    """Statistics as estimates of the parameters (Fearnhead & Prangle 2012).

    Parameters
    ----------
    shift : ndarray, shape (statistics,)
    slope : ndarray, shape (statistics, numbers)
    """

    shift: Floats
    slope: Floats

    def of(self, statistics: Floats) -> Floats:
        """Return the numbers of statistics, shape (..., numbers)."""
        found: Floats = (statistics - self.shift) @ self.slope
        return found


def estimates(z: Floats, statistics: Floats) -> Projection:
    """Return the linear regression of parameters on statistics.

    Parameters
    ----------
    z : ndarray, shape (n, dims)
    statistics : ndarray, shape (n, statistics)

    Examples
    --------
    >>> z = np.array([[-1.0], [0.0], [1.0], [2.0]])
    >>> estimates(z, np.hstack([3.0 * z, 0.0 * z])).of(np.array([6.0, 0.0])).round(3).tolist()
    [1.5]
    """
    shift, size = statistics.mean(axis=0), statistics.std(axis=0)
    size = np.where(size > 1e-9, size, np.inf)
    scaled = (statistics - shift) / size
    ridge = 1e-6 * len(z) * np.eye(scaled.shape[1])
    slope = np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ (z - z.mean(axis=0)))
    return Projection(shift, slope / size[:, None])


def as_they_are(statistics: int) -> Projection:
    """Return the projection that leaves statistics alone."""
    return Projection(np.zeros(statistics), np.eye(statistics))


def white(z: Floats, statistics: Floats) -> Projection:
    """Return the estimates of parameters, turned so that their noise is white and of variance 1."""
    found = estimates(z, statistics)
    numbers = found.of(statistics)
    line = np.hstack([np.ones((len(z), 1)), z])
    rest = numbers - line @ solved(line, numbers)
    dims = z.shape[1]
    noise = np.cov(rest.T).reshape(dims, dims)
    noise += 1e-9 * max(float(np.trace(noise)), 1e-12) * np.eye(dims)
    root = np.asarray(np.linalg.inv(np.linalg.cholesky(noise)), dtype=np.float64)
    return Projection(found.shift, found.slope @ root.T)


def solved(features: Floats, numbers: Floats) -> Floats:
    """Return the coefficients of least squares."""
    return np.asarray(np.linalg.lstsq(features, numbers, rcond=None)[0], dtype=np.float64)
