"""Approximate Bayesian computation by sequential Monte Carlo.

Comes in: a simulator as a function, the observed statistics. Goes out: draws from the posterior,
and how they were come by. Knows nothing of practices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.calibration.projection import Projection, white
from ccmsim.calibration.synthetic import Posterior, Simulate, spread_points

PARTICLES: Final = 400
PILOT: Final = 600
"""Simulations from the prior, by which the statistics are brought to one for each parameter."""

QUANTILE: Final = 0.5
"""The next tolerance: so far away are this share of the particles, at most."""

FEWEST_ACCEPTED: Final = 0.04
"""Share of the simulations below which closer is not worth its price."""

DRAWS: Final = 4000


@dataclass
class _Run:
    """The particles of a generation, and what is counted."""

    z: Floats
    weights: Floats
    statistics: Floats
    distances: Floats
    done: int
    generations: list[dict[str, float]] = field(default_factory=list)


def abc_smc(
    simulate: Simulate,
    observed: Floats,
    dims: int,
    *,
    simulations: int,
    generator: np.random.Generator,
    particles: int = PARTICLES,
) -> Posterior:
    """Return draws from the posterior by ABC-SMC, with regression adjustment.

    Parameters
    ----------
    simulate : callable
    observed : ndarray, shape (n_statistics,)
    dims : int
        Number of parameters.
    simulations : int
        At most; generations end before they are used up.
    generator : numpy.random.Generator
        For proposals; the simulator has its own luck.
    particles : int
        Of a generation.

    Notes
    -----
    Generations as in Toni et al. (2009) and Beaumont et al. (2009); each tolerance is a quantile of
    the last distances, the kernel normal with twice the particles' covariance; the last generation
    is adjusted by a local linear regression (Beaumont, Zhang & Balding 2002). Proposals are made
    and accepted in the order of their numbers, so nothing depends on who simulated first.
    """
    z = spread_points(PILOT, dims, generator)
    statistics = simulate("pilot", z)
    project = white(z, statistics)
    goal = project.of(observed[None, :])[0]
    seen = project.of(statistics)
    distances = np.sqrt(((seen - goal) ** 2).sum(axis=1))
    nearest = np.argsort(distances, kind="stable")[:particles]
    weights = np.full(particles, 1.0 / particles)
    run = _Run(z[nearest], weights, seen[nearest], distances[nearest], PILOT)
    tolerance = float(run.distances.max())
    run.generations.append(_told(tolerance, particles / PILOT, run.weights))
    while True:
        tolerance = float(np.quantile(run.distances, QUANTILE))
        fresh = _generation(run, simulate, project, goal, tolerance, simulations, generator)
        if fresh is None:
            break
        run = fresh
        if run.generations[-1]["accepted"] < FEWEST_ACCEPTED:
            break
    found, weights = adjusted(run.z, run.weights, run.statistics - goal, run.distances)
    chosen = _resampled(weights, DRAWS, generator)
    size = np.full(dims, effective(weights))
    how: dict[str, Any] = {"simulations": run.done, "generations": run.generations}
    return Posterior(found[chosen][None], size, how)


def _generation(
    run: _Run,
    simulate: Simulate,
    project: Projection,
    goal: Floats,
    tolerance: float,
    most: int,
    generator: np.random.Generator,
) -> _Run | None:
    """Return the next particles, all within the tolerance; None where simulations run out."""
    particles, dims = run.z.shape
    spread = 2.0 * _covariance(run.z, run.weights) + 1e-10 * np.eye(dims)
    root = np.asarray(np.linalg.cholesky(spread), dtype=np.float64)
    number, done, kept = len(run.generations), run.done, 0
    z, statistics, distances = [], [], []
    proposed = 0
    while kept < particles:
        if done + particles > most:
            return None
        parents = run.z[generator.choice(particles, particles, p=run.weights)]
        proposals = parents + generator.standard_normal((particles, dims)) @ root.T
        name = f"generation {number} part {proposed // particles}"
        found = project.of(simulate(name, proposals))
        far = np.sqrt(((found - goal) ** 2).sum(axis=1))
        near = np.flatnonzero(far <= tolerance)
        z.append(proposals[near])
        statistics.append(found[near])
        distances.append(far[near])
        done, proposed, kept = done + particles, proposed + particles, kept + len(near)
    points = np.concatenate(z)[:particles]
    weights = _weights(points, run, root)
    fresh = _Run(
        points,
        weights,
        np.concatenate(statistics)[:particles],
        np.concatenate(distances)[:particles],
        done,
        run.generations,
    )
    fresh.generations.append(_told(tolerance, kept / proposed, weights))
    return fresh


def _weights(points: Floats, run: _Run, root: Floats) -> Floats:
    """Return the importance weights of new particles: prior over kernel."""
    white = np.linalg.inv(root)
    apart = ((points[:, None, :] - run.z[None, :, :]) @ white.T) ** 2
    kernel = np.exp(-0.5 * apart.sum(axis=2)) @ run.weights
    weights = np.exp(-0.5 * (points**2).sum(axis=1)) / np.maximum(kernel, 1e-300)
    found: Floats = weights / weights.sum()
    return found


def _covariance(z: Floats, weights: Floats) -> Floats:
    rest = z - weights @ z
    found: Floats = (rest * weights[:, None]).T @ rest
    return found


def adjusted(z: Floats, weights: Floats, off: Floats, distances: Floats) -> tuple[Floats, Floats]:
    """Return the particles as they would be had their statistics been those observed.

    Parameters
    ----------
    z : ndarray, shape (n, dims)
    weights : ndarray, shape (n,)
        Importance weights.
    off : ndarray, shape (n, numbers)
        Statistics less those observed.
    distances : ndarray, shape (n,)

    Returns
    -------
    tuple of ndarray
        The particles, and their weights, of sum 1: importance times Epanechnikov's kernel, by which
        the regression is local (Beaumont, Zhang & Balding 2002). They weight the draws, too.
    """
    reach = max(float(distances.max()), 1e-12)
    near = weights * (1.0 - (distances / reach) ** 2 + 1e-9)
    design = np.hstack([np.ones((len(off), 1)), off])
    weighted = design * near[:, None]
    gram = design.T @ weighted + 1e-9 * np.eye(design.shape[1])
    slope = np.linalg.solve(gram, weighted.T @ z)[1:]
    found: Floats = z - off @ slope
    return found, near / near.sum()


def effective(weights: Floats) -> float:
    """Return how many draws of one weight these weights, of sum 1, are worth (Kish 1965).

    Examples
    --------
    >>> round(effective(np.array([0.5, 0.5, 0.0, 0.0])), 6)
    2.0
    """
    return 1.0 / float((weights**2).sum())


def _resampled(weights: Floats, count: int, generator: np.random.Generator) -> Any:
    """Return the numbers of `count` particles, systematically by weight."""
    places = (np.arange(count) + generator.random()) / count
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


def _told(tolerance: float, accepted: float, weights: Floats) -> dict[str, float]:
    return {"tolerance": tolerance, "accepted": accepted, "effective": effective(weights)}
