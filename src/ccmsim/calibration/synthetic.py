"""Synthetic likelihood: waves of simulations, each where the last one says that it matters.

Comes in: a simulator as a function, priors, the observed statistics. Goes out: draws from the
posterior, and how they were come by. Knows nothing of practices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.calibration.chains import CHAINS, sampled
from ccmsim.calibration.emulator import Emulator, emulated, inside, region

WAVES: Final = (0.3, 0.3, 0.4)
"""The parts of the simulations."""

POWERS: Final = (0.25, 0.5)
"""To which the likelihood is raised where the points of the later waves come from: wider than the
posterior, so that its tails lie among points."""

GROUPS: Final = 10
"""Of points, for the error that comes from simulations."""

Simulate = Callable[[str, Floats], Floats]
"""Statistics, (n, numbers), of points in normal numbers, (n, dims); the first argument names what
is simulated, and with a point's number its luck."""

Values = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws from a posterior.

    Parameters
    ----------
    z : ndarray, shape (chains, draws, dims)
        In normal numbers, all of one weight.
    size : ndarray, shape (dims,) or None
        Effective sample sizes, where they do not follow from the chains.
    how : mapping of str to value
        Diagnostics, as plain values.
    emulator : Emulator, optional
        What the likelihood came from.
    error : ndarray, shape (dims,), optional
        Standard errors of the posterior means, in the parameters' units, that come from the
        simulations; those of the draws come on top.
    """

    z: Floats
    size: Floats | None
    how: Mapping[str, Any]
    emulator: Emulator | None = None
    error: Floats | None = None


def synthetic_likelihood(
    simulate: Simulate,
    values: Values,
    observed: Floats,
    dims: int,
    *,
    simulations: int,
    generator: np.random.Generator,
    waves: Sequence[float] = WAVES,
    warm: int = 500,
    steps: int = 1000,
) -> Posterior:
    """Return draws from the posterior by an emulated synthetic likelihood.

    Parameters
    ----------
    simulate : callable
    values : callable
        From normal numbers to the parameters' own values, row by row.
    observed : ndarray, shape (n_statistics,)
    dims : int
        Number of parameters.
    simulations : int
        In all waves.
    generator : numpy.random.Generator
        For points and chains; the simulator has its own luck.
    waves : sequence of float
        The parts of the simulations; with one wave all points come from the prior, and serve any
        history.
    warm, steps : int
        Of the last wave's chains.
    """
    counts = [round(part * simulations) for part in waves]
    powers = POWERS[: len(counts) - 1]
    z = spread_points(counts[0], dims, generator)
    found = simulate("wave 0", z)
    emulator = emulated(z, values(z), found)
    for wave, (count, power) in enumerate(zip(counts[1:], powers, strict=True), start=1):
        density = _density(emulator, values, observed, power)
        drawn = sampled(
            density, _starts(density, z), generator, warm=150, steps=100, keep_every=2
        ).reshape(-1, dims)
        fresh = drawn[generator.choice(len(drawn), count, replace=count > len(drawn))]
        fresh = fresh + 1e-6 * generator.standard_normal(fresh.shape)
        result = simulate(f"wave {wave}", fresh)
        near = inside(z, *region(fresh))
        z, found = np.vstack([z[near], fresh]), np.vstack([found[near], result])
        emulator = emulated(z, values(z), found)
    density = _density(emulator, values, observed, 1.0)
    kept = sampled(density, _starts(density, z), generator, warm=warm, steps=steps)
    how = {"simulations": sum(counts), "points": len(z)}
    error = _error_of_simulations(emulator, z, values, found, observed, kept.reshape(-1, dims))
    return Posterior(kept, None, how, emulator, error)


def _error_of_simulations(
    emulator: Emulator,
    z: Floats,
    values: Values,
    found: Floats,
    observed: Floats,
    draws: Floats,
) -> Floats:
    """Return the standard errors of the posterior means that come from few simulations.

    A jackknife over groups of points: the draws are weighted by what the likelihood would be
    without a group (Kott 2001), for each group in turn.
    """
    at, own = values(draws), values(z)
    whole = emulator.log_likelihood(at, observed)
    means = []
    for group in range(GROUPS):
        rest = np.arange(len(z)) % GROUPS != group
        without = emulated(z[rest], own[rest], found[rest], emulator)
        change = without.log_likelihood(at, observed) - whole
        weights = np.exp(change - change.max())
        means.append(weights @ at / weights.sum())
    return np.asarray(np.std(means, axis=0) * (GROUPS - 1.0) ** 0.5, dtype=np.float64)


def spread_points(count: int, dims: int, generator: np.random.Generator) -> Floats:
    """Return points of the standard normal law that fill it evenly: a scrambled Sobol sequence."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    seed = int(generator.integers(2**31))
    sequence = qmc.Sobol(dims, scramble=True, seed=np.random.default_rng(seed))
    shares = sequence.random(2 ** int(np.ceil(np.log2(count))))[:count]
    normal: Floats = ndtri(np.clip(shares, 1e-6, 1.0 - 1e-6))
    return normal


def _density(emulator: Emulator, values: Values, observed: Floats, power: float) -> Any:
    def log_density(z: Floats) -> Floats:
        likelihood = emulator.log_likelihood(values(z), observed)
        found: Floats = np.where(
            inside(z, emulator.place, emulator.metric),
            power * likelihood - 0.5 * (z**2).sum(axis=1),
            -np.inf,
        )
        return found

    return log_density


def _starts(density: Any, z: Floats) -> Floats:
    """Return the likeliest points, from which the chains start."""
    return z[np.argsort(-density(z), kind="stable")[: 2 * CHAINS : 2]]
