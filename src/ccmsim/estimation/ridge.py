"""Ridge regression on polynomials of several numbers, and on those products that are seen.

Comes in: numbers of sets, and targets that may depend on them. Goes out: fitted targets at other
sets. Penalties are chosen by generalised cross-validation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ccmsim.arrays import Bools, Floats, Ints

DEGREES_OF_ONE: Final = 5
DEGREES_OF_MANY: Final = 2
SETS_OF_A_PRODUCT: Final = 10
"""At least so many sets are there for each product that is kept."""

_PENALTIES: Final = 10.0 ** np.arange(-4.0, 6.5, 0.5)
_FLAT: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Basis:
    """Polynomials of each column.

    Parameters
    ----------
    values : ndarray, shape (sets, polynomials)
    weights : ndarray, shape (polynomials,)
        The penalty of each: its degree to the fourth power.
    column : ndarray, shape (polynomials,)
        Of which column each is.
    """

    values: Floats
    weights: Floats
    column: Ints


def basis_of(x: Floats) -> Basis:
    """Return Legendre polynomials of each column's range: of one column more than of many.

    Examples
    --------
    >>> basis_of(np.linspace(0.0, 1.0, 9)[:, None]).values.shape
    (9, 5)
    >>> basis_of(np.ones((9, 3))).column
    array([0, 0, 1, 1, 2, 2])
    """
    count = x.shape[1]
    degrees = DEGREES_OF_ONE if count == 1 else DEGREES_OF_MANY
    low, high = x.min(axis=0), x.max(axis=0)
    scaled = 2.0 * (x - low) / np.where(high > low, high - low, 1.0) - 1.0
    powers = [np.polynomial.legendre.legvander(column, degrees)[:, 1:] for column in scaled.T]
    weights = np.tile(np.arange(1.0, degrees + 1.0) ** 4, count)
    return Basis(np.concatenate(powers, axis=1), weights, np.repeat(np.arange(count), degrees))


def fitted(basis: Basis, targets: Floats, rest: Bools) -> Floats:
    """Return targets fitted to the sets of `rest`, at the other sets.

    Polynomials of single columns come first. What they leave is then regressed on products of two
    columns' polynomials, on those alone that go with it more than the largest of as many chance
    ones would. What three or more columns do together is left out.

    Parameters
    ----------
    basis : Basis
    targets : ndarray, shape (sets, targets)
    rest : ndarray of bool, shape (sets,)

    Returns
    -------
    ndarray, shape (sets not in `rest`, targets)

    Examples
    --------
    >>> x = np.random.default_rng(1).uniform(-1.0, 1.0, (400, 3))
    >>> target, rest = x[:, :1] * x[:, 1:2], np.arange(400) < 200
    >>> bool(np.abs(fitted(basis_of(x), target, rest) - target[~rest]).max() < 0.05)
    True
    """
    values, out = basis.values, ~rest
    alone = ridge(values[rest], basis.weights, targets[rest], values)
    found = alone[out]
    if basis.column[-1] == 0:
        return found
    centred = values - values[rest].mean(axis=0)
    for k in range(targets.shape[1]):
        left = targets[rest, k] - alone[rest, k]
        first, second = products_seen(centred[rest], basis.column, left)
        if first.size:
            products = centred[:, first] * centred[:, second]
            weights = np.sqrt(basis.weights[first] * basis.weights[second])
            found[:, k] += ridge(products[rest], weights, left[:, None], products[out])[:, 0]
    return found


def products_seen(values: Floats, column: Ints, target: Floats) -> tuple[Ints, Ints]:
    """Return the pairs of polynomials, of two columns, whose products go with a target.

    A product is kept if the square of its correlation's t is above 2 ln(products): that of the
    largest of as many normal numbers (Donoho and Johnstone 1994, Ideal spatial adaptation by
    wavelet shrinkage, Biometrika 81, 425-455); of these the first ones, by t, that the sets bear.
    """
    sets, away = len(values), target - target.mean()
    pairs = np.triu(column[:, None] != column)
    spread = (values**2).T @ values**2 / sets - (values.T @ values / sets) ** 2
    pairs &= spread > _FLAT
    scale = np.sqrt(np.where(pairs, spread, 1.0) * max(float(away @ away) / sets, _FLAT))
    correlation = np.clip(values.T @ (values * away[:, None]) / sets / scale, -1.0, 1.0)
    square = np.where(pairs, correlation**2, 0.0)
    squared_t = square * (sets - 2) / np.maximum(1.0 - square, _FLAT)
    first, second = np.nonzero(pairs & (squared_t > 2.0 * np.log(max(pairs.sum(), 1))))
    best = np.argsort(-squared_t[first, second], kind="stable")[: sets // SETS_OF_A_PRODUCT]
    return first[best], second[best]


def ridge(basis: Floats, weights: Floats, targets: Floats, at: Floats) -> Floats:
    """Return ridge regressions of the targets, each with its own penalty, at new rows.

    Parameters
    ----------
    basis : ndarray, shape (sets, polynomials)
    weights : ndarray, shape (polynomials,)
        What the penalty of each is multiplied by.
    targets : ndarray, shape (sets, targets)
    at : ndarray, shape (rows, polynomials)

    Returns
    -------
    ndarray, shape (rows, targets)
        The mean of a target where no penalty makes the regression better than it.
    """
    centre, scale = basis.mean(axis=0), np.sqrt(weights)
    u, s, vt = np.linalg.svd((basis - centre) / scale, full_matrices=False)
    rows = len(basis)
    found = np.empty((len(at), targets.shape[1]))
    moved = (at - centre) / scale @ vt.T
    for k, target in enumerate(targets.T):
        along = u.T @ (target - target.mean())
        total = float(((target - target.mean()) ** 2).sum())
        best, best_score = np.zeros_like(s), total / rows * (rows / (rows - 1.0)) ** 2
        for penalty in _PENALTIES:
            shrink = s**2 / (s**2 + penalty)
            left = total - float((along**2 * (2.0 * shrink - shrink**2)).sum())
            score = left / rows / (1.0 - (1.0 + shrink.sum()) / rows) ** 2
            if score < best_score:
                best, best_score = shrink, score
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = np.where(s > 0.0, best * along / s, 0.0)
        found[:, k] = target.mean() + moved @ slopes
    return found
