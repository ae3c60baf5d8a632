"""Distributions as frozen values: families that know their mean, variance, support and quantiles.

Comes in: a bare number, a table such as `{ family = "lognormal", mean = 12.0, cv = 0.61 }`, or a
frozen scipy.stats distribution. Goes out: frozen models, and `Laws`, the arrays that
`ccmsim.sampling.draw` reads. Never draws anything; imports neither scipy nor numba by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real as AnyNumber
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    model_serializer,
    model_validator,
)

from ccmsim.counting_laws import Geometric, Poisson, UniformIntegers
from ccmsim.errors import refuse
from ccmsim.external_laws import Empirical, Scipy, from_scipy, is_frozen
from ccmsim.laws import (
    Encoded,
    Family,
    Grid,
    Laws,
    Real,
    check_rising,
    compile_laws,
    open_share,
    tabulated,
)

__all__ = [
    "Beta",
    "Constant",
    "Distribution",
    "Empirical",
    "Encoded",
    "Exponential",
    "Family",
    "Gamma",
    "Geometric",
    "Grid",
    "Laws",
    "Lognormal",
    "Poisson",
    "Scipy",
    "Triangular",
    "Uniform",
    "UniformIntegers",
    "compile_laws",
    "from_scipy",
]

Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0.0, le=1e12)]


def _tabulated_cv(cv: float) -> float:
    if cv != 0.0 and not 0.001 <= cv <= 5.0:
        raise ValueError(
            "cv must be 0, or from 0.001 to 5: beyond, no quantile table is exact enough"
        )
    return cv


class Constant(Family):
    """Always the same value; written as a bare number.

    Examples
    --------
    >>> Constant(value=2.0).model_dump()
    2.0
    """

    family: Literal["constant"] = "constant"
    value: Real

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        return _number_as_constant(data)

    @model_serializer
    def _as_number(self) -> float:
        return self.value

    def expected(self) -> float:
        return self.value

    def variance(self) -> float:
        return 0.0

    def support(self) -> tuple[float, float]:
        return self.value, self.value

    def quantile(self, u: float) -> float:
        open_share(u)
        return self.value

    def encoded(self, step: float) -> Encoded:
        return Encoded("constant", (self.value,))


class Uniform(Family):
    """Equally likely from low to high."""

    family: Literal["uniform"] = "uniform"
    low: Real
    high: Real

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_rising(low=self.low, high=self.high)
        return self

    def expected(self) -> float:
        return (self.low + self.high) / 2.0

    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12.0

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def quantile(self, u: float) -> float:
        return self.low + (self.high - self.low) * open_share(u)

    def encoded(self, step: float) -> Encoded:
        return Encoded("uniform", (self.low, self.high))


class Triangular(Family):
    """Rises linearly from low to the mode and falls linearly to high."""

    family: Literal["triangular"] = "triangular"
    low: Real
    mode: Real
    high: Real

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_rising(low=self.low, mode=self.mode, high=self.high)
        return self

    def expected(self) -> float:
        return (self.low + self.mode + self.high) / 3.0

    def variance(self) -> float:
        left, right = self.mode - self.low, self.high - self.mode
        return (left * left + left * right + right * right) / 18.0

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def quantile(self, u: float) -> float:
        width, left = self.high - self.low, self.mode - self.low
        if open_share(u) * width <= left:
            return self.low + math.sqrt(u * width * left)
        return self.high - math.sqrt((1.0 - u) * width * (self.high - self.mode))

    def encoded(self, step: float) -> Encoded:
        return Encoded("triangular", (self.low, self.mode, self.high))


class Exponential(Family):
    """The wait for an event of constant rate."""

    family: Literal["exponential"] = "exponential"
    mean: Positive

    def expected(self) -> float:
        return self.mean

    def variance(self) -> float:
        return self.mean**2

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def quantile(self, u: float) -> float:
        return -self.mean * math.log1p(-open_share(u))

    def encoded(self, step: float) -> Encoded:
        return Encoded("exponential", (self.mean,))


class Lognormal(Family):
    """A normal logarithm, given by the mean and the coefficient of variation; cv = 0 is constant.

    Examples
    --------
    >>> call = Lognormal(mean=12.0, cv=0.61)
    >>> round(call.quantile(0.5), 3), round(call.variance() ** 0.5, 3)
    (10.244, 7.32)
    """

    family: Literal["lognormal"] = "lognormal"
    mean: Positive
    cv: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.0, le=100.0)]

    def expected(self) -> float:
        return self.mean

    def variance(self) -> float:
        return (self.mean * self.cv) ** 2

    def support(self) -> tuple[float, float]:
        return (0.0, math.inf) if self.cv else (self.mean, self.mean)

    def quantile(self, u: float) -> float:
        from scipy.special import ndtri

        mu, sigma = self._logarithm()
        return math.exp(mu + sigma * float(ndtri(open_share(u))))

    def encoded(self, step: float) -> Encoded:
        mu, sigma = self._logarithm()
        return Encoded("lognormal", (mu, sigma)) if sigma else Encoded("constant", (self.mean,))

    def _logarithm(self) -> tuple[float, float]:
        """Return the logarithm's mean and standard deviation, from log and sqrt alone."""
        square = self.cv * self.cv
        grown = 1.0 + square
        # Kahan's log(1 + x) without cancellation: these numbers reach facts, and log1p is not log.
        variance = math.log(grown) * (square / (grown - 1.0)) if grown > 1.0 else square
        return math.log(self.mean) - variance / 2.0, math.sqrt(variance)


class Gamma(Family):
    """A gamma law given by the mean and the coefficient of variation; cv = 0 is constant.

    The shape is 1 / cv**2 and the scale mean * cv**2.

    Examples
    --------
    >>> need = Gamma.from_shape(1.148)
    >>> need.expected(), round(need.variance() * 1.148, 12)
    (1.0, 1.0)
    """

    family: Literal["gamma"] = "gamma"
    mean: Positive
    cv: Annotated[float, AfterValidator(_tabulated_cv)] = Field(strict=True, allow_inf_nan=False)

    @classmethod
    def from_shape(cls, shape: float, *, mean: float = 1.0) -> Self:
        """Return the gamma law of a shape: cv = 1 / sqrt(shape)."""
        if not shape > 0.0:
            raise refuse("shape", "must be greater than 0", shape, "a number such as 1.148")
        return cls(mean=mean, cv=1.0 / math.sqrt(shape))

    def expected(self) -> float:
        return self.mean

    def variance(self) -> float:
        return (self.mean * self.cv) ** 2

    def support(self) -> tuple[float, float]:
        return (0.0, math.inf) if self.cv else (self.mean, self.mean)

    def quantile(self, u: float) -> float:
        from scipy.special import gammaincinv

        open_share(u)
        if not self.cv:
            return self.mean
        square = self.cv**2
        return float(gammaincinv(1.0 / square, u)) * self.mean * square

    def encoded(self, step: float) -> Encoded:
        from scipy.special import gammainccinv, gammaincinv

        if not self.cv:
            return Encoded("constant", (self.mean,))
        shape, scale = 1.0 / self.cv**2, self.mean * self.cv**2
        return tabulated(
            self,
            lambda w: gammaincinv(shape, w) * scale,
            lambda w: gammainccinv(shape, w) * scale,
            step,
        )


class Beta(Family):
    """A share between 0 and 1."""

    family: Literal["beta"] = "beta"
    a: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.05, le=1e6)]
    b: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.05, le=1e6)]

    def expected(self) -> float:
        return self.a / (self.a + self.b)

    def variance(self) -> float:
        total = self.a + self.b
        return self.a * self.b / (total * total * (total + 1.0))

    def support(self) -> tuple[float, float]:
        return 0.0, 1.0

    def quantile(self, u: float) -> float:
        from scipy.special import betaincinv

        return float(betaincinv(self.a, self.b, open_share(u)))

    def encoded(self, step: float) -> Encoded:
        from scipy.special import betaincinv

        return tabulated(
            self,
            lambda w: betaincinv(self.a, self.b, w),
            lambda w: 1.0 - betaincinv(self.b, self.a, w),
            step,
        )


def _number_as_constant(value: Any) -> Any:
    if type(value) is bool or not isinstance(value, AnyNumber):
        return value
    try:
        return {"family": "constant", "value": float(value)}
    except OverflowError:
        return {"family": "constant", "value": math.inf}


def _as_family(value: Any) -> Any:
    if is_frozen(value):
        return from_scipy(value)
    value = _number_as_constant(value)
    if not isinstance(value, Mapping | BaseModel):
        raise ValueError(
            'must be a number or a table such as { family = "exponential", mean = 10.0 }'
        )
    return value


AnyFamily = (
    Constant
    | Uniform
    | Triangular
    | Exponential
    | Lognormal
    | Gamma
    | Beta
    | Geometric
    | Poisson
    | UniformIntegers
    | Empirical
    | Scipy
)

Distribution = Annotated[
    AnyFamily,
    Field(discriminator="family"),
    BeforeValidator(_as_family),
]
"""The type of a field that holds a distribution.

A family, its table, a bare number or a frozen scipy.stats distribution are taken.

Examples
--------
>>> from pydantic import TypeAdapter
>>> TypeAdapter(Distribution).validate_python(2.0)
Constant(family='constant', value=2.0)
"""
