"""Families of whole numbers: trials until a success, independent events, equally likely counts.

Comes in: parameters. Goes out: frozen families, as `ccmsim.distributions` hands them on. Never
draws anything; imports scipy only for a quantile.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ccmsim.laws import Encoded, Family, check_rising, open_share

Whole = Annotated[int, Field(strict=True, ge=-(10**12), le=10**12)]


class Geometric(Family):
    """A number of trials up to the first success: 1, 2, … with p = 1 / mean; drawn from 1 − u."""

    family: Literal["geometric"] = "geometric"
    mean: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=1.0, le=1e9)]

    def expected(self) -> float:
        return self.mean

    def variance(self) -> float:
        return self.mean * (self.mean - 1.0)

    def support(self) -> tuple[float, float]:
        return 1.0, math.inf if self.mean > 1.0 else 1.0

    def quantile(self, u: float) -> float:
        return 1.0 + math.floor(math.log(1.0 - open_share(u)) / self._log_failure())

    def encoded(self, step: float) -> Encoded:
        return Encoded("geometric", (self._log_failure(),))

    def _log_failure(self) -> float:
        failure = 1.0 - 1.0 / self.mean
        return math.log(failure) if failure > 0.0 else -math.inf


class Poisson(Family):
    """A number of independent events; a mean of 0 is allowed and gives none."""

    family: Literal["poisson"] = "poisson"
    mean: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0.0, le=700.0)]

    def expected(self) -> float:
        return self.mean

    def variance(self) -> float:
        return self.mean

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf if self.mean else 0.0

    def quantile(self, u: float) -> float:
        from scipy.stats import poisson

        return float(poisson.ppf(open_share(u), self.mean))

    def encoded(self, step: float) -> Encoded:
        return Encoded("poisson", (self.mean,))


class UniformIntegers(Family):
    """Equally likely whole numbers from low to high, both included."""

    family: Literal["uniform_integers"] = "uniform_integers"
    low: Whole
    high: Whole

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_rising(low=self.low, high=self.high)
        return self

    def expected(self) -> float:
        return (self.low + self.high) / 2.0

    def variance(self) -> float:
        count = self.high - self.low + 1
        return (count * count - 1) / 12.0

    def support(self) -> tuple[float, float]:
        return float(self.low), float(self.high)

    def quantile(self, u: float) -> float:
        return float(self.low + math.floor(open_share(u) * (self.high - self.low + 1)))

    def encoded(self, step: float) -> Encoded:
        return Encoded("uniform_integers", (float(self.low), float(self.high - self.low + 1)))
