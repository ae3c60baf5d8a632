"""What every part of a scenario is made of: a frozen model, and types of numbers.

Comes in: plain values. Goes out: values that are checked once and never change. Knows nothing of
the parts.
"""

from __future__ import annotations

import math
import numbers
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, core_schema

from ccmsim.distributions import Distribution
from ccmsim.errors import refuse
from ccmsim.scenario.problems import input_error

LARGEST_NUMBER: Final = 1_000_000_000.0
LARGEST_COUNT: Final = 1_000_000


class Part(BaseModel):
    """A frozen part of a scenario: unknown fields are refused, numbers never guessed from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise input_error(error, type(self), data) from None

    @classmethod
    def model_validate(cls, obj: Any, **settings: Any) -> Self:
        """Return the part for a mapping of values; refuses with `InputError`."""
        try:
            return super().model_validate(obj, **settings)
        except ValidationError as error:
            # `__init__` has refused with full paths already; this layer only wraps that refusal.
            raise input_error(error, cls, {}) from None


@dataclass(frozen=True, slots=True)
class Number:
    """The limits of a number: text and booleans are refused, numpy's numbers made plain."""

    low: float = 0.0
    high: float = LARGEST_NUMBER
    whole: bool = False
    above_low: bool = False

    def describe(self) -> str:
        """Return in words what is valid.

        Examples
        --------
        >>> Number(high=1.0).describe(), Number(low=1, whole=True).describe()
        ('a number from 0 to 1', 'a whole number, at least 1')
        """
        noun = "a whole number" if self.whole else "a number"
        limits = self._limits()
        return f"{noun} {limits}" if limits.startswith("from") else f"{noun}, {limits}"

    def check(self, value: object) -> float:
        """Return the number as a plain int or float, or refuse it."""
        kind = numbers.Integral if self.whole else (numbers.Real, Decimal)
        if isinstance(value, bool) or not isinstance(value, kind):
            rule = "must be a whole number" if self.whole else "must be a number"
            raise refuse("", rule, value, self.describe())
        number: Any = value
        plain: float = int(number) if self.whole else _finite(number, self.describe())
        too_low = plain <= self.low if self.above_low else plain < self.low
        if too_low:
            raise refuse("", f"must be {self._limits()}", value, self.describe())
        if plain > self.high:
            rule = (
                f"must be {self._limits()}" if self._bounded() else f"must be at most {self.high:,}"
            )
            raise refuse("", rule, value, self.describe())
        return plain

    def _bounded(self) -> bool:
        """Return whether the upper limit means something: the largest ones only keep sums exact."""
        return self.high not in (LARGEST_COUNT, LARGEST_NUMBER)

    def _limits(self) -> str:
        if self._bounded() and not self.above_low:
            return f"from {self.low:g} to {self.high:g}"
        lowest = f"above {self.low:g}" if self.above_low else f"at least {self.low:g}"
        return f"{lowest}, at most {self.high:g}" if self._bounded() else lowest

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))


def _finite(value: Any, valid: str) -> float:
    try:
        plain = float(value) + 0.0  # no negative zero: equal values are written alike
    except OverflowError:
        plain = math.inf
    if not math.isfinite(plain):
        raise refuse("", "must be a finite number", value, valid)
    return plain


Share = Annotated[float, Number(high=1.0)]
PositiveShare = Annotated[float, Number(high=1.0, above_low=True)]
NonNegative = Annotated[float, Number()]
Positive = Annotated[float, Number(above_low=True)]
Count = Annotated[int, Number(high=LARGEST_COUNT, whole=True)]
PositiveCount = Annotated[int, Number(low=1, high=LARGEST_COUNT, whole=True)]
Flag = Annotated[bool, Field(strict=True)]


def _writable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        rule = "must be text that can be written as UTF-8"
        raise refuse("", rule, ascii(text), "ordinary text") from None
    return text


Text = Annotated[str, Field(strict=True), AfterValidator(_writable)]


def _checked_day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else _no_day(value)
    except ValueError:
        return _no_day(value)


def _no_day(value: object) -> object:
    raise refuse("", "must be a date", value, "a date such as 2026-01-01")


Day = Annotated[date, BeforeValidator(_checked_day)]


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise refuse("", "is not a name", name, "a letter, then letters, digits and _")
    return name


Name = Annotated[str, Field(strict=True), AfterValidator(_checked_name)]
"""The name of a staff group or a disruption: no dot, so that dotted paths are unambiguous."""


def _never_negative(law: Distribution) -> Distribution:
    low, _ = law.support()
    if low < 0.0:
        raise refuse("", "must never be under 0", law, "a number or a distribution of 0 or more")
    return law


def _within_shares(law: Distribution) -> Distribution:
    low, high = law.support()
    if low < 0.0 or high > 1.0:
        raise refuse("", "must be from 0 to 1", law, "a number or a distribution from 0 to 1")
    return law


DurationLaw = Annotated[Distribution, AfterValidator(_never_negative)]
"""Minutes or days, or a multiplier: never negative."""

ShareLaw = Annotated[Distribution, AfterValidator(_within_shares)]
"""A probability that varies."""
