"""The value that every estimate is: a number with its error.

Comes in: numbers that an estimator has computed. Goes out: a frozen `Estimate` and its printed
form. Never computes a statistic.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Final

EXACT: Final = "exact: by definition, or of equal scenarios"
"""The method of what has no error, however seldom things happen."""


def counted(number: int, thing: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "month"), counted(1200, "replication")
    ('1 month', '1,200 replications')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def are_too_few(replications: int) -> str:
    """Return that so many replications are too few.

    Examples
    --------
    >>> are_too_few(1), are_too_few(30)
    ('1 replication is too few', '30 replications are too few')
    """
    return f"{counted(replications, 'replication')} {'is' if replications == 1 else 'are'} too few"


class PrecisionWarning(UserWarning):
    """An estimate rests on too few replications; the message says how many would do."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and what is known of its Monte Carlo error.

    Parameters
    ----------
    value : float
        The point estimate.
    standard_error : float
        Its standard error; NaN where none is known (quantiles; a share of exactly 0 or 1).
    low, high : float
        Ends of the confidence interval; infinite where an end does not exist, NaN where there is no
        interval.
    level : float
        Nominal coverage of the interval, as 0.95.
    replications : int
        Number of replications that it rests on.
    method : str
        How the interval was made, and what is wrong with it if anything is.

    Notes
    -----
    Printed with two significant digits of the error. ``±`` is half of the interval's width, shown
    where the two arms differ by less than a fifth of it; the two ends are shown otherwise. A format
    specification is used for every number instead: ``f"{estimate:,.2f}"``.

    Examples
    --------
    >>> print(Estimate(39812.3, 209.0, 39402.0, 40222.0, 0.95, 1000, "t"))
    39,810 ± 410 (95 %)
    >>> print(Estimate(31204.0, math.nan, 30410.0, 31480.0, 0.95, 1000, "order statistics"))
    31,200 (95 %: 30,410 to 31,480)
    """

    value: float
    standard_error: float
    low: float
    high: float
    level: float
    replications: int
    method: str

    @property
    def half_width(self) -> float:
        """Half of the interval's width; infinite where an end is missing, NaN without any."""
        return (self.high - self.low) / 2.0

    def excludes(self, value: float) -> bool:
        """Whether the interval exists and `value` lies outside of it."""
        return value < self.low or value > self.high

    def times(self, factor: float) -> Estimate:
        """Return the estimate in other units; `factor` is positive.

        Examples
        --------
        >>> share = Estimate(0.62, 0.01, 0.60, 0.64, 0.95, 200, "by hand")
        >>> share.times(100.0).value
        62.0
        """
        return replace(
            self,
            value=factor * self.value,
            standard_error=factor * self.standard_error,
            low=factor * self.low,
            high=factor * self.high,
        )

    def as_dict(self) -> dict[str, float | int | str]:
        """Return the fields in their order, as plain Python values."""
        return asdict(self)

    def __str__(self) -> str:
        return format(self, "")

    def __format__(self, spec: str) -> str:
        both_arms = (self.value - self.low, self.high - self.value)
        arms = [arm for arm in both_arms if math.isfinite(arm)]
        error = sum(map(abs, arms)) / len(arms) if arms else 0.0

        def show(number: float) -> str:
            return format(number, spec) if spec else _rounded(number, error)

        if not arms or error == 0.0:
            return f"{show(self.value)} ({self.method})"
        percent = f"{100.0 * self.level:g} %"
        if len(arms) == 1:
            bounded_below = math.isfinite(self.low)
            end = f"above {show(self.low)}" if bounded_below else f"below {show(self.high)}"
            return f"{show(self.value)} ({percent}: {end})"
        if abs(arms[0] - arms[1]) < 0.2 * error and not math.isnan(self.standard_error):
            return f"{show(self.value)} ± {show(error)} ({percent})"
        return f"{show(self.value)} ({percent}: {show(self.low)} to {show(self.high)})"


def arm(estimate: Estimate) -> float:
    """Return the longer arm of an interval."""
    return max(estimate.high - estimate.value, estimate.value - estimate.low)


def rest(estimate: Estimate, whole: float) -> Estimate:
    """Return what is missing to a whole; its error is that of the estimate.

    Examples
    --------
    >>> billed = Estimate(62.0, 1.0, 60.0, 64.5, 0.95, 200, "by hand")
    >>> print(rest(billed, 100.0))
    38.0 (95 %: 35.5 to 40.0)
    """
    return replace(
        estimate,
        value=whole - estimate.value,
        low=whole - estimate.high,
        high=whole - estimate.low,
    )


def negative(estimate: Estimate) -> Estimate:
    """Return the estimate of the negative; no zero becomes −0."""
    return rest(estimate, 0.0)


def without_ends(estimate: Estimate) -> Estimate:
    """Return the estimate; where its lower end is nowhere, as one that has no interval at all.

    Examples
    --------
    >>> few = Estimate(4.0, math.nan, -math.inf, math.inf, 0.95, 3, "no interval")
    >>> without_ends(few).low, without_ends(few).high
    (nan, nan)
    """
    if not math.isinf(estimate.low):
        return estimate
    return replace(estimate, low=math.nan, high=math.nan)


def _rounded(number: float, error: float) -> str:
    """Return the number with thousands commas, rounded to two significant digits of its error."""
    if not math.isfinite(number) or not error > 0.0:
        return f"{number:,.0f}" if abs(number) >= 1e8 else f"{number:,.8g}"
    decimals = min(1 - math.floor(math.log10(error)), 12)
    return f"{round(number, decimals) + 0.0:,.{max(decimals, 0)}f}"


def exactly(value: float, *, level: float, replications: int) -> Estimate:
    """Return a number without error: one by definition, or of equal scenarios.

    Examples
    --------
    >>> exactly(0.0, level=0.95, replications=100).method
    'exact: by definition, or of equal scenarios'
    """
    return Estimate(value, 0.0, value, value, level, replications, EXACT)
