"""How long something takes: a law fitted to minutes, which are often rounded.

Comes in: minutes. Goes out: a `DurationFit`: lognormal, gamma or the sample itself. Reads no file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import GoodnessTest, kolmogorov
from ccmsim.estimation.likelihood import back, covariance
from ccmsim.fitting.units import mean_by

FAMILIES: Final = ("best", "lognormal", "gamma", "empirical")
STEPS: Final = (1.0, 0.5, 0.25, 0.1)
"""Minutes to which a log may be rounded; the first that all of them are multiples of."""

FEWEST: Final = 5
"""Durations below which no law is fitted."""

TINY: Final = 1e-300


@dataclass(frozen=True, eq=False)
class DurationFit:
    """How long something takes, in minutes.

    Parameters
    ----------
    what : str
        What takes so long.
    family : str
        "lognormal", "gamma", "empirical", or "constant" where all values are equal.
    mean : Estimate
        Mean minutes as they are, with patients as units: nothing fitted.
    law_mean, law_cv : Estimate, optional
        Mean minutes and coefficient of variation of the fitted law, by maximum likelihood; None
        for "empirical" and "constant".
    step : float
        To how many minutes the log is rounded; 0 where it isn't.
    log_likelihoods : tuple of (str, float)
        Of each family that was tried, at its maximum; both have two parameters.
    minutes : ndarray, shape (n,)
        What the fit rests on, sorted.

    Notes
    -----
    A rounded value stands for all durations that round to it: its likelihood is the probability of
    the step around it. So whole minutes bias nothing, and a call of 0 minutes is one of less than
    half a minute. The errors of the law take calls as independent; that of `mean` does not.
    """

    what: str
    family: str
    mean: Estimate
    law_mean: Estimate | None
    law_cv: Estimate | None
    step: float
    log_likelihoods: tuple[tuple[str, float], ...]
    minutes: Floats = field(repr=False)

    def law(self) -> Any:
        """Return the law as a scenario's table.

        Examples
        --------
        >>> fit_durations("calls", [2.0] * 9, range(9)).law()
        2.0
        """
        if self.law_mean is not None and self.law_cv is not None:
            mean, cv = (float(f"{e.value:.4g}") for e in (self.law_mean, self.law_cv))
            return {"family": self.family, "mean": mean, "cv": cv}
        if self.family == "constant":
            return float(self.minutes[0])
        return {"family": "empirical", "values": self.minutes.tolist()}

    def cdf(self, minutes: Floats) -> Floats:
        """Return the fitted share of durations up to so many minutes."""
        if self.law_mean is None or self.law_cv is None:
            below = np.searchsorted(self.minutes, minutes, side="right")
            return np.asarray(below / self.minutes.size, dtype=np.float64)
        return _cdf(self.family, self.law_mean.value, self.law_cv.value)(minutes)

    def test(self) -> GoodnessTest | None:
        """Return Kolmogorov's test with a parametric bootstrap; None where no law was fitted."""
        if self.law_mean is None or self.law_cv is None:
            return None
        mean, cv, n, family, step = (
            self.law_mean.value, self.law_cv.value, self.minutes.size, self.family, self.step,
        )  # fmt: skip

        def draw(generator: np.random.Generator) -> Floats:
            values = _drawn(family, mean, cv, n, generator)
            return np.round(values / step) * step if step else values

        def cdf_of(values: Floats) -> Callable[[Floats], Floats]:
            at, _ = _maximum(family, _Sample(values, step))
            return _cdf(family, *np.exp(at).tolist())

        return kolmogorov(f"{self.what}: {family}", self.minutes, cdf_of, draw, step=step)


def fit_durations(
    what: str,
    minutes: ArrayLike,
    owners: ArrayLike,
    *,
    family: str = "best",
    level: float = 0.95,
) -> DurationFit:
    """Fit a law to durations.

    Parameters
    ----------
    what : str
        What takes so long, for messages.
    minutes : array_like, shape (n,)
        At least one.
    owners : array_like, shape (n,)
        Whose each is: the unit of the mean's error.
    family : str
        One of FAMILIES. "best" is the one of lognormal and gamma with the larger likelihood.
    level : float
        Level of the intervals.

    Examples
    --------
    >>> minutes = [4.0, 7.0, 9.0, 9.0, 11.0, 12.0, 14.0, 22.0]
    >>> fit = fit_durations("calls", minutes, range(8), family="lognormal")
    >>> fit.law()["family"], fit.step, round(fit.law_mean.value, 1)
    ('lognormal', 1.0, 11.1)
    """
    values = np.sort(np.asarray(minutes, dtype=np.float64))
    mean = mean_by(np.asarray(minutes, dtype=np.float64), owners, level=level)
    step = next((s for s in STEPS if _multiples(values, s)), 0.0)
    if values[0] == values[-1]:
        return DurationFit(what, "constant", mean, None, None, step, (), values)
    if family == "empirical":
        return DurationFit(what, family, mean, None, None, step, (), values)
    sample = _Sample(values, step)
    tried = {name: _maximum(name, sample) for name in ("lognormal", "gamma")}
    heights = tuple((name, height) for name, (_, height) in tried.items())
    chosen = max(tried, key=lambda name: tried[name][1]) if family == "best" else family
    at = tried[chosen][0]
    spread = covariance(lambda x: _log_likelihood(chosen, sample, x), at.tolist())
    errors = np.sqrt(np.diag(spread))
    laws = [
        back(float(at[k]), float(errors[k]), math.exp, level=level, n=values.size) for k in range(2)
    ]
    return DurationFit(what, chosen, mean, laws[0], laws[1], step, heights, values)


class _Sample:
    """Distinct values with their numbers, and the step that each stands for."""

    def __init__(self, values: Floats, step: float) -> None:
        self.x, self.count = np.unique(values, return_counts=True)
        self.low = np.maximum(self.x - step / 2.0, 0.0)
        self.high = self.x + step / 2.0
        self.exact = self.low == self.high
        positive = self.x[self.x > 0.0]
        if not step and self.x[0] == 0.0:
            # A log to the second has no call of no time: it was shorter than the shortest one.
            self.high[0], self.exact[0] = positive[0], False
        self.start = (float(np.average(self.x, weights=self.count)), float(values.std()))


def _maximum(family: str, sample: _Sample) -> tuple[Floats, float]:
    """Return log mean and log coefficient of variation of the largest likelihood, and it."""
    from scipy.optimize import minimize

    mean, spread = sample.start
    start = [math.log(mean), math.log(max(spread / mean, 0.05))]

    def worse(at: Floats) -> float:
        return -_log_likelihood(family, sample, at)

    found = minimize(worse, np.array(start), method="Nelder-Mead", tol=1e-5)
    return np.asarray(found.x, dtype=np.float64), -float(found.fun)


def _log_likelihood(family: str, sample: _Sample, at: Floats) -> float:
    mean, cv = math.exp(at[0]), min(max(math.exp(at[1]), 1e-3), 100.0)
    cdf, survival = _cdf(family, mean, cv), _cdf(family, mean, cv, upper=True)
    # In the upper tail differences of the distribution function lose their digits.
    steps = np.where(
        sample.x > mean,
        survival(sample.low) - survival(sample.high),
        cdf(sample.high) - cdf(sample.low),
    )
    logs = np.log(np.maximum(steps, TINY))
    if sample.exact.any():
        logs = np.where(sample.exact, _log_density(family, sample.x, mean, cv), logs)
    return float(sample.count @ logs)


def _cdf(family: str, mean: float, cv: float, *, upper: bool = False) -> Callable[[Floats], Floats]:
    from scipy.special import gammainc, gammaincc, ndtr

    if family == "gamma":
        shape = 1.0 / cv**2
        incomplete = gammaincc if upper else gammainc
        return lambda x: np.asarray(
            incomplete(shape, np.maximum(x, 0.0) * shape / mean), dtype=np.float64
        )
    mu, sigma = _logarithm(mean, cv)
    sign = -1.0 if upper else 1.0

    def share(x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr(sign * (np.log(np.maximum(x, 0.0)) - mu) / sigma))

    return share


def _log_density(family: str, x: Floats, mean: float, cv: float) -> Floats:
    from scipy.special import gammaln

    safe = np.maximum(x, TINY)
    if family == "gamma":
        shape = 1.0 / cv**2
        scale = mean / shape
        return np.asarray(
            (shape - 1.0) * np.log(safe) - safe / scale - gammaln(shape) - shape * math.log(scale)
        )
    mu, sigma = _logarithm(mean, cv)
    z = (np.log(safe) - mu) / sigma
    return np.asarray(-0.5 * z * z - np.log(safe) - math.log(sigma * math.sqrt(2.0 * math.pi)))


def _drawn(family: str, mean: float, cv: float, n: int, generator: np.random.Generator) -> Floats:
    if family == "gamma":
        return generator.gamma(1.0 / cv**2, mean * cv**2, n)
    return np.exp(generator.normal(*_logarithm(mean, cv), n))


def _logarithm(mean: float, cv: float) -> tuple[float, float]:
    variance = math.log1p(cv * cv)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)


def _multiples(values: Floats, step: float) -> bool:
    return bool(np.allclose(values / step, np.round(values / step), rtol=0.0, atol=1e-6))
