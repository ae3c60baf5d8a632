"""A value of a scenario that a log has given.

Comes in: a path, a value, the estimate behind it. Goes out: `Fitted`, and the scenario's changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ccmsim.estimation import Estimate


@dataclass(frozen=True)
class Fitted:
    """A value for a scenario, and where it comes from.

    Parameters
    ----------
    path : str
        Dotted path in the scenario.
    value : object
        A number, or a law as a table.
    estimate : Estimate, optional
        Of the value; of a law, or of whole months, the mean. None for a choice.
    source : str
        File and number of observations, in words.
    """

    path: str
    value: Any
    estimate: Estimate | None
    source: str

    @property
    def of_mean(self) -> bool:
        """Whether the estimate is of a mean, and the value a law or that mean in whole months."""
        return isinstance(self.value, dict | int)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; NaN and infinite ends become None."""
        from ccmsim.analyses.factors import plain_estimate

        estimate = None if self.estimate is None else plain_estimate(self.estimate)
        return {
            "path": self.path, "value": self.value, "estimate": estimate, "source": self.source,
        }  # fmt: skip


def changes_of(values: Iterable[Fitted]) -> dict[str, Any]:
    """Return {dotted path: value}, as `Scenario.but` takes it."""
    return {fitted.path: fitted.value for fitted in values}


def tidy(number: float) -> float:
    """Return a number with four digits, which is far below its error.

    Examples
    --------
    >>> tidy(0.123456)
    0.1235
    """
    return float(f"{number:.4g}") if math.isfinite(number) else number


def counted(number: int, thing: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1204, "call"), counted(1, "call")
    ('1,204 calls', '1 call')
    """
    return f"{number:,} {thing}{'s' * (number != 1)}"
