"""How well a fitted law describes what it was fitted to.

Comes in: counts with their expectations, or a sample with ways to fit and to draw. Goes out: a
`GoodnessTest`. A small p value says that the law is wrong; a large one only that the data are too
few to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats

BOOTSTRAP_SEED: Final = 20_260_101
TIMES: Final = 199
LEAST_EXPECTED: Final = 5.0
DOUBT: Final = 0.01
"""A p value below which a fit is said to describe its data badly."""


@dataclass(frozen=True, slots=True)
class GoodnessTest:
    """A test of a fit.

    Parameters
    ----------
    name : str
        What was tested.
    statistic : float
        The larger, the worse the fit.
    p_value : float
        Probability of at least that, were the fitted law right.
    n : int
        Number of observations.
    method : str
        How the p value was found.
    """

    name: str
    statistic: float
    p_value: float
    n: int
    method: str

    @property
    def doubtful(self) -> bool:
        """Whether the data speak against the fit, at one in a hundred."""
        return self.p_value < DOUBT

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in their order, as plain Python values."""
        return asdict(self)


def kolmogorov(
    name: str,
    values: Floats,
    cdf_of: Callable[[Floats], Callable[[Floats], Floats]],
    draw: Callable[[np.random.Generator], Floats],
    *,
    step: float = 0.0,
    times: int = TIMES,
) -> GoodnessTest:
    """Test a fitted law by Kolmogorov's distance, with a parametric bootstrap.

    The law is fitted anew to each drawn sample, so that the p value allows for the fitting (Stute,
    González Manteiga & Presedo Quindimil 1993, Metrika 40, 243-256). Values that are rounded to a
    step are compared at the steps' borders, and so are the drawn ones.

    Parameters
    ----------
    name : str
    values : ndarray, shape (n,)
    cdf_of : callable
        Fits the law to a sample and returns its distribution function.
    draw : callable
        Draws a sample of the fitted law of the same size, rounded alike.
    step : float
        To what the values are rounded; 0 where they are not.
    times : int
        Samples drawn.

    Returns
    -------
    GoodnessTest

    Examples
    --------
    >>> sample = np.random.default_rng(1).exponential(2.0, 100)
    >>> def cdf_of(values):
    ...     return lambda x: -np.expm1(-np.maximum(x, 0.0) / values.mean())
    >>> kolmogorov(
    ...     "waits", sample, cdf_of, lambda rng: rng.exponential(sample.mean(), 100)
    ... ).p_value > 0.01
    True
    """
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    found = _distance(values, cdf_of(values), step)
    samples = (draw(generator) for _ in range(times))
    beyond = sum(_distance(sample, cdf_of(sample), step) >= found for sample in samples)
    method = f"Kolmogorov, parametric bootstrap of {times}"
    return GoodnessTest(name, found, (1 + beyond) / (1 + times), values.size, method)


def _distance(values: Floats, cdf: Callable[[Floats], Floats], step: float) -> float:
    places, counts = np.unique(values, return_counts=True)
    after = np.cumsum(counts) / values.size
    before = after - counts / values.size
    above = np.abs(after - cdf(places + step / 2.0)).max()
    return float(max(above, np.abs(before - cdf(places - step / 2.0)).max()))


def chi_squared(
    name: str, observed: Floats, expected: Floats, *, fitted: int, total_given: bool = True
) -> GoodnessTest:
    """Test counts against their expectations, neighbours merged until each expects five.

    Parameters
    ----------
    name : str
    observed, expected : ndarray, shape (k,)
        In an order in which neighbours may be merged.
    fitted : int
        Parameters that were fitted to these counts; each takes a degree of freedom.
    total_given : bool
        Whether the expectations add up to the observed total by themselves; takes one, too.

    Returns
    -------
    GoodnessTest
        With p value 1 where too few groups are left.

    Examples
    --------
    >>> chi_squared(
    ...     "dice", np.array([9.0, 11.0, 10.0]), np.array([10.0, 10.0, 10.0]), fitted=0
    ... ).statistic
    0.2
    """
    from scipy.special import chdtrc

    left, right = merged(observed, expected)
    freedom = left.size - fitted - int(total_given)
    statistic = float(((left - right) ** 2 / right).sum())
    n = round(float(observed.sum()))
    if freedom < 1:
        return GoodnessTest(name, statistic, 1.0, n, "too few groups to test")
    method = f"chi-squared, {freedom} degrees of freedom"
    return GoodnessTest(name, statistic, float(chdtrc(freedom, statistic)), n, method)


def merged(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Return the counts with neighbours added up until each group expects at least five."""
    groups: list[list[float]] = []
    for seen, due in zip(observed.tolist(), expected.tolist(), strict=True):
        if groups and (groups[-1][1] < LEAST_EXPECTED):
            groups[-1][0] += seen
            groups[-1][1] += due
        else:
            groups.append([seen, due])
    if len(groups) > 1 and groups[-1][1] < LEAST_EXPECTED:
        seen, due = groups.pop()
        groups[-1][0] += seen
        groups[-1][1] += due
    table = np.array(groups)
    return table[:, 0], table[:, 1]


def same_share(name: str, hits: ArrayLike, of: ArrayLike, *, times: int = 1_999) -> GoodnessTest:
    """Test whether groups have one share, by Pearson's statistic under permutation.

    All hits are dealt anew among the groups, so the p value is right in small groups, too.

    Parameters
    ----------
    name : str
    hits, of : array_like of int, shape (groups,)
    times : int
        Deals.

    Examples
    --------
    >>> same_share("months", [3, 2, 4], [50, 50, 50]).p_value > 0.5
    True
    """
    seen, size = np.asarray(hits, dtype=np.int64), np.asarray(of, dtype=np.int64)
    total, n = int(seen.sum()), int(size.sum())
    if size.size < 2 or total in (0, n):
        return GoodnessTest(name, 0.0, 1.0, n, "nothing to tell apart")
    share = total / n
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    deals = generator.multivariate_hypergeometric(size, total, size=times)
    due, scale = size * share, size * share * (1.0 - share)
    found = float(((seen - due) ** 2 / scale).sum())
    beyond = int((((deals - due) ** 2 / scale).sum(axis=1) >= found - 1e-9).sum())
    method = f"Pearson, permutation of {times}"
    return GoodnessTest(name, found, (1 + beyond) / (1 + times), n, method)
