"""Chains that draw from a density, and what tells whether they have.

Comes in: the logarithm of a density of rows. Goes out: draws of several independent chains, their
effective sample size and R-hat. Knows nothing of practices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ccmsim.arrays import Floats

CHAINS: Final = 32
_LOOK: Final = 50
"""Steps of the warm-up after which the proposal is chosen anew."""

Density = Callable[[Floats], Floats]


def sampled(
    log_density: Density,
    start: Floats,
    generator: np.random.Generator,
    *,
    warm: int = 500,
    steps: int = 1000,
    keep_every: int = 8,
) -> Floats:
    """Return draws of chains side by side, by random-walk Metropolis.

    Parameters
    ----------
    log_density : callable
        Of an array (chains, dims), its rows' log-densities up to a constant; −inf is forbidden.
    start : ndarray, shape (chains, dims)
        Where the chains begin; allowed places.
    warm, steps, keep_every : int
        Steps before anything is kept, in which the proposal is fitted to the pooled chains
        (Haario, Saksman & Tamminen 2001) and then left alone; steps after; how many make a draw.

    Returns
    -------
    ndarray, shape (chains, steps // keep_every, dims)
    """
    at, dims = start.copy(), start.shape[1]
    value = log_density(at)
    shape = _shape([start])
    scale, taken, seen = 2.38 / dims**0.5, 0.0, [at.copy()]
    kept = np.empty((steps // keep_every, *start.shape))
    for step in range(warm + steps):
        jump = generator.standard_normal(at.shape) @ shape.T
        proposal = at + scale * jump
        there = log_density(proposal)
        moves = np.log(generator.random(len(at))) < there - value
        at[moves], value[moves] = proposal[moves], there[moves]
        if step < warm:
            taken += float(moves.mean()) / _LOOK
            seen.append(at.copy())
            if step % _LOOK == _LOOK - 1:
                scale *= float(np.exp(np.clip(2.0 * (taken - 0.28), -0.7, 0.7)))
                shape, taken = _shape(seen[len(seen) // 2 :]), 0.0
        elif (step - warm) % keep_every == keep_every - 1:
            kept[(step - warm) // keep_every] = at
    return np.swapaxes(kept, 0, 1)


def _shape(seen: list[Floats]) -> Floats:
    rows = np.concatenate(seen)
    dims = rows.shape[1]
    spread = np.cov(rows.T).reshape(dims, dims)
    return np.asarray(np.linalg.cholesky(spread + 1e-8 * np.eye(dims)), dtype=np.float64)


def effective_size(chains: Floats) -> float:
    """Return how many independent draws the chains of one number, (chains, draws), are worth.

    Notes
    -----
    Bulk effective sample size of Vehtari et al. (2021): chains split, ranks made normal, Geyer's
    initial monotone sequence. The number is at most that of the draws times their logarithm.

    Examples
    --------
    >>> draws = np.random.default_rng(7).normal(size=(4, 500))
    >>> 1500 < effective_size(draws) < 2600
    True
    """
    x = _normal_ranks(_split(chains))
    m, n = x.shape
    rest = x - x.mean(axis=1, keepdims=True)
    size = 2 ** int(np.ceil(np.log2(2 * n)))
    spectrum = np.abs(np.fft.rfft(rest, size)) ** 2
    lagged = np.fft.irfft(spectrum, size)[:, :n].mean(axis=0) / n
    within = lagged[0] * n / (n - 1.0)
    total = lagged[0] + (x.mean(axis=1).var(ddof=1) if m > 1 else 0.0)
    if total <= 0.0:
        return float(x.size)
    correlation = 1.0 - (within - lagged * n / (n - 1.0)) / total
    correlation[0] = 1.0
    pairs = correlation[: 2 * (n // 2)].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0.0)
    pairs = np.minimum.accumulate(pairs[: ends[0] if ends.size else len(pairs)])
    time = max(-1.0 + 2.0 * float(pairs.sum()), 1.0 / np.log10(x.size))
    return float(x.size / time)


def r_hat(chains: Floats) -> float:
    """Return split R-hat of ranks made normal (Vehtari et al. 2021); 1 where chains agree.

    The larger of two: of the draws, which sees chains in different places, and of their distances
    from the median, which sees chains of different width.

    Examples
    --------
    >>> draws = np.random.default_rng(7).normal(size=(4, 500))
    >>> r_hat(draws) < 1.01, r_hat(draws + np.arange(4.0)[:, None]) > 1.1
    (True, True)
    >>> r_hat(draws * np.array([[1.0], [1.0], [1.0], [3.0]])) > 1.1
    True
    """
    x = _split(chains)
    return max(_r_hat(x), _r_hat(np.abs(x - np.median(x))))


def _r_hat(split: Floats) -> float:
    x = _normal_ranks(split)
    n = x.shape[1]
    within = float(x.var(axis=1, ddof=1).mean())
    between = float(x.mean(axis=1).var(ddof=1))
    return float(np.sqrt((within * (n - 1.0) / n + between) / within)) if within else 1.0


def _split(chains: Floats) -> Floats:
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, chains.shape[1] - half :]])


def _normal_ranks(chains: Floats) -> Floats:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(chains).reshape(chains.shape)
    normal: Floats = ndtri((ranks - 0.375) / (chains.size + 0.25))
    return normal
