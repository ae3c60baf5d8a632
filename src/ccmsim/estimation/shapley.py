"""Shapley values: what each player of a game adds, over all orders in which they may join.

Comes in: a number of players, orders, values of coalitions. Goes out: weights of coalitions, and
estimates of weighted sums. A coalition is a whole number whose bit i says whether player i joined.
Never simulates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ccmsim.arrays import Floats, Ints
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.estimation.estimate import Estimate, are_too_few
from ccmsim.estimation.means import SAME_DECIMALS, mean
from ccmsim.estimation.rare import allowing_difference, believed, seen_in
from ccmsim.estimation.tails import quantiles

RESAMPLES: Final = 999

ROOM: Final = 4_000_000
"""Counts of replications that a bootstrap holds at once: 32 MB."""

BOOTSTRAP_SEED: Final = 20_261_124

Orders = Sequence[tuple[int, ...]]
Weights = dict[int, Floats]
"""For each coalition, the weight of its value in each player's share; other coalitions weigh 0."""


def exact_weights(players: int) -> Weights:
    """Return the weights of Shapley's formula, those of all 2^d coalitions.

    A player's share is the mean of what he adds over all d! orders: v(S with i) less v(S) weighs
    |S|! (d − |S| − 1)! / d!. All shares add up to v(all) − v(none).

    Examples
    --------
    >>> {mask: row.tolist() for mask, row in exact_weights(2).items()}
    {0: [-0.5, -0.5], 1: [0.5, -0.5], 2: [-0.5, 0.5], 3: [0.5, 0.5]}
    """
    weights = {}
    for mask in range(2**players):
        size = mask.bit_count()
        row = np.empty(players)
        for i in range(players):
            inside = bool(mask >> i & 1)
            others = size - inside
            weight = 1.0 / (players * math.comb(players - 1, others))
            row[i] = weight if inside else -weight
        weights[mask] = row
    return weights


def order_weights(orders: Orders) -> Weights:
    """Return the weights of the mean over some orders; the shares add up as in the exact formula.

    Examples
    --------
    >>> {mask: row.tolist() for mask, row in order_weights([(0, 1)]).items()}
    {0: [-1.0, 0.0], 1: [1.0, -1.0], 3: [0.0, 1.0]}
    """
    players = len(orders[0])
    weights: Weights = {0: np.zeros(players)}
    for order in orders:
        mask = 0
        for player in order:
            weights[mask][player] -= 1.0 / len(orders)
            mask |= 1 << player
            weights.setdefault(mask, np.zeros(players))[player] += 1.0 / len(orders)
    return weights


def drawn_orders(players: int, count: int, seed: int) -> list[tuple[int, ...]]:
    """Return random orders, each followed by its reverse; what is odd in one is even in the other.

    Examples
    --------
    >>> first, second = drawn_orders(4, 2, seed=7)
    >>> first == second[::-1]
    True
    """
    rng = np.random.default_rng([seed, players, 0x5AAB])
    orders: list[tuple[int, ...]] = []
    while len(orders) < count:
        order = tuple(int(i) for i in rng.permutation(players))
        orders += [order, order[::-1]]
    return orders[:count]


def mean_contrasts(
    values: Floats, weights: Floats, *, level: float, most: float | None = None
) -> list[Estimate]:
    """Estimate weighted sums of means; each replication gives a value, so errors are paired.

    Parameters
    ----------
    values : ndarray, shape (coalitions, replications)
    weights : ndarray, shape (coalitions, sums)
    level : float
    most : float, optional
        How far a rare event may move a sum. Where it is given, no spread is believed of which only
        few replications tell (`ccmsim.estimation.rare.allowing_difference`). A player's share is a
        mean of what he adds to coalitions, so it moves by no more than two coalitions lie apart.
    """
    sums = weights.T @ values
    if most is None:
        return [mean(row, level=level) for row in sums]
    none = np.zeros(values.shape[1])
    return [allowing_difference(row, none, most=most, level=level) for row in sums]


def quantile_contrasts(
    values: Floats, weights: Floats, q: float, *, level: float
) -> list[Estimate]:
    """Estimate weighted sums of quantiles, one quantile a coalition.

    Replications are resampled as a whole, the same ones for all coalitions, so that what they share
    cancels. Intervals are percentiles of 999 resamples.

    Parameters
    ----------
    values : ndarray, shape (coalitions, replications)
    weights : ndarray, shape (coalitions, sums)
    q : float
        Probability: 0.05 for the one-in-twenty bad year.

    Returns
    -------
    list of Estimate
        `value` is that of `quantiles`, summed. Fewer than 5 replications beyond q give no interval.
    """
    q, level = between_0_and_1("q", q), between_0_and_1("level", level)
    n = values.shape[1]
    found = weights.T @ quantiles(values.T, [q])[0]
    if n * min(q, 1.0 - q) < 5.0 - 1e-9:
        method = f"no interval: {are_too_few(n)} for a quantile of {q:g}"
        return [Estimate(float(v), math.nan, math.nan, math.nan, level, n, method) for v in found]
    sums = weights.T @ _resampled(values, q)
    ends = quantiles(sums.T, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    method = "bootstrap of replications"
    errors = sums.std(axis=1, ddof=1)
    return [
        Estimate(float(v), float(error), min(float(low), v), max(float(high), v), level, n, method)
        for v, error, low, high in zip(found, errors, *ends, strict=True)
    ]


def where_believed(found: Sequence[Estimate], values: Floats, weights: Floats) -> list[Estimate]:
    """Return sums of quantiles, without an interval those that few replications show anything of.

    Resamples of a sum that nearly all replications leave at its usual value tell nothing of what
    the others may do (`ccmsim.estimation.rare.believed`).

    Parameters
    ----------
    found : sequence of Estimate
        Of `quantile_contrasts`, for these values and weights.
    values : ndarray, shape (coalitions, replications)
    weights : ndarray, shape (coalitions, sums)

    Examples
    --------
    >>> years = np.arange(200.0)
    >>> values = np.array([years, years + (years == 7.0)])
    >>> weights = np.array([[-1.0], [1.0]])
    >>> (told,) = quantile_contrasts(values, weights, 0.05, level=0.95)
    >>> where_believed([told], values, weights)[0].method
    'no interval: 1 of 200 differ from the usual'
    """
    nan = math.nan
    told = []
    for one, adds in zip(found, weights.T @ values, strict=True):
        if believed(adds) or math.isnan(one.low):
            told.append(one)
            continue
        differ = seen_in(np.round(adds, SAME_DECIMALS)).differ
        method = f"no interval: {differ} of {adds.size:,} differ from the usual"
        told.append(replace(one, standard_error=nan, low=nan, high=nan, method=method))
    return told


def _resampled(values: Floats, q: float) -> Floats:
    """Return the quantiles of resampled replications, shape (coalitions, resamples).

    A resample is how often each replication counts; its quantile is where the counts, added up in
    the order of the values, reach n · q. As many resamples are held at once as have ROOM counts.
    """
    coalitions, n = values.shape
    rng, even = np.random.default_rng(BOOTSTRAP_SEED), np.full(n, 1.0 / n)
    rank = max(math.ceil(n * q - 1e-9), 1)
    orders = np.argsort(values, axis=1, kind="stable")
    found = np.empty((coalitions, RESAMPLES))
    at_once = max(1, ROOM // n)
    for first in range(0, RESAMPLES, at_once):
        part = slice(first, min(first + at_once, RESAMPLES))
        counts = rng.multinomial(n, even, size=part.stop - first)
        for row, order, out in zip(values, orders, found, strict=True):
            out[part] = row[order[_reached(counts, order, rank)]]
    return found


def _reached(counts: Ints, order: Ints, rank: int) -> Ints:
    """Return where the counts of each resample, added up in order, reach the rank."""
    few = order[: 2 * rank + 30]  # enough but for a resample in millions
    reached = counts[:, few].cumsum(axis=1)
    if reached[:, -1].min() < rank:
        reached = counts[:, order].cumsum(axis=1)
    where: Ints = (reached >= rank).argmax(axis=1)
    return where


def widened(estimate: Estimate, by_pair: Floats, level: float) -> Estimate:
    """Return the estimate with the error of sampled orders in its interval, too.

    Parameters
    ----------
    estimate : Estimate
        Its interval is that of the replications, the orders given.
    by_pair : ndarray, shape (pairs,)
        The same value from each pair of orders alone; independent, and their mean is the value.

    Returns
    -------
    Estimate
        Each arm is the root of the sum of two squares: its own, and Student's of the pairs. With
        one pair the error of the orders is unknown, and so is that of the estimate.
    """
    pairs = len(by_pair)
    method = f"{estimate.method}, and of {pairs} pairs of orders"
    if pairs < 2:
        error = low = high = math.nan
    else:
        from scipy.special import stdtrit

        of_orders = float(by_pair.std(ddof=1)) / math.sqrt(pairs)
        arm = of_orders * float(stdtrit(pairs - 1, (1.0 + level) / 2.0))
        error = math.hypot(estimate.standard_error, of_orders)
        low = estimate.value - math.hypot(estimate.value - estimate.low, arm)
        high = estimate.value + math.hypot(estimate.high - estimate.value, arm)
    return Estimate(estimate.value, error, low, high, level, estimate.replications, method)
