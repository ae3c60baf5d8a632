"""What the months tell of the free values, and what they cannot tell apart, in words.

Comes in: draws from the posterior as normal numbers, in which every prior has standard deviation 1
and nothing to do with the others. Goes out: a frozen `Telling`. Never simulates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats

NOTHING: Final = 0.85
"""Share of a prior's standard deviation that is left where the months say next to nothing."""

WELL: Final = 0.5
"""Share that is left at most where they say much."""

TIED: Final = 0.5
"""Correlation from which on two values are said to be tied to each other."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """Two values of which the months fix a combination, but not each.

    Parameters
    ----------
    first, second : str
        Paths.
    correlation : float
        In the posterior.
    along, across : float
        Share of the prior's standard deviation left along the ridge, and across it.
    """

    first: str
    second: str
    correlation: float
    along: float
    across: float


@dataclass(frozen=True, eq=False)
class Telling:
    """What the months tell.

    Parameters
    ----------
    paths : tuple of str
    left : ndarray, shape (parameters,)
        Share of each prior's standard deviation that is left.
    left_alone : ndarray, shape (parameters,)
        The same, if all other values were known.
    correlation : ndarray, shape (parameters, parameters)
    directions : ndarray, shape (parameters, parameters)
        Combinations of the values, a row each, the least known first.
    left_of_directions : ndarray, shape (parameters,)
    ridges : tuple of Ridge
        The strongest first.
    """

    paths: tuple[str, ...]
    left: Floats
    left_alone: Floats
    correlation: Floats
    directions: Floats
    left_of_directions: Floats
    ridges: tuple[Ridge, ...]

    def sentences(self) -> list[str]:
        """Return what is told, what is not, and what cannot be told apart."""
        found = [_of_ridge(ridge) for ridge in self.ridges]
        tied = {path for ridge in self.ridges for path in (ridge.first, ridge.second)}
        for path, left, alone in zip(self.paths, self.left, self.left_alone, strict=True):
            share = f"{100.0 * left:.0f} % of the prior's standard deviation is left"
            if left >= NOTHING and path not in tied:
                others = "" if alone >= NOTHING else ", unless the other values were known"
                found.append(f"The months say next to nothing about {path}: {share}{others}.")
            elif left <= WELL and path not in tied:
                found.append(f"The months tell {path}: {share}.")
            elif path not in tied:
                found.append(f"The months say something about {path}: {share}.")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "left": dict(zip(self.paths, self.left.tolist(), strict=True)),
            "left_if_others_were_known": dict(
                zip(self.paths, self.left_alone.tolist(), strict=True)
            ),
            "correlation": self.correlation.tolist(),
            "directions": [
                {"left": float(left), "weights": dict(zip(self.paths, row.tolist(), strict=True))}
                for left, row in zip(self.left_of_directions, self.directions, strict=True)
            ],
            "cannot_be_told_apart": [
                {
                    "paths": [ridge.first, ridge.second],
                    "correlation": ridge.correlation,
                    "along": ridge.along,
                    "across": ridge.across,
                }
                for ridge in self.ridges
            ],
            "sentences": self.sentences(),
        }


def told(paths: tuple[str, ...], z: Floats) -> Telling:
    """Return what draws from the posterior, (n, parameters) in normal numbers, tell.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> sum_known = rng.normal(size=2000) * np.array([[1.0], [-1.0]]) * 0.9
    >>> found = told(("a", "b"), sum_known.T + 0.1 * rng.normal(size=(2000, 2)))
    >>> [(ridge.first, ridge.second, ridge.correlation < -0.9) for ridge in found.ridges]
    [('a', 'b', True)]
    """
    dims = len(paths)
    covariance = np.cov(z.T).reshape(dims, dims)
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    values, vectors = np.linalg.eigh(covariance)
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(dims)])
    alone = 1.0 / np.sqrt(np.diag(np.linalg.inv(covariance)))
    ridges = []
    for i, j in combinations(range(dims), 2):
        across, along = np.sqrt(np.linalg.eigvalsh(covariance[np.ix_([i, j], [i, j])]))
        if abs(correlation[i, j]) >= TIED and along > WELL:
            ridges.append(
                Ridge(paths[i], paths[j], float(correlation[i, j]), float(along), float(across))
            )
    ridges.sort(key=lambda ridge: -abs(ridge.correlation))
    return Telling(
        paths=paths,
        left=np.minimum(sd, 1.0),
        left_alone=np.minimum(alone, 1.0),
        correlation=correlation,
        directions=(vectors * signs).T[::-1],
        left_of_directions=np.sqrt(values)[::-1],
        ridges=tuple(ridges),
    )


def _of_ridge(ridge: Ridge) -> str:
    way = "more" if ridge.correlation > 0.0 else "less"
    return (
        f"The months cannot tell {ridge.first} and {ridge.second} apart: more of the one with "
        f"{way} of the other fits as well (correlation {ridge.correlation:+.2f}). Along that ridge "
        f"{100.0 * min(ridge.along, 1.0):.0f} % of the prior's standard deviation is left, across "
        f"it {100.0 * min(ridge.across, 1.0):.0f} %."
    )
