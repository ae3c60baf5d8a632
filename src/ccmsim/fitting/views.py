"""What every fit of a log can show of itself: tables, words, plain values.

Comes in: the estimates, tests and words of a fit. Goes out: the same as a table, as text, as JSON.
Fits nothing; `plots` draws.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import GoodnessTest
from ccmsim.fitting.value import Fitted, changes_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit(ABC):
    """A fit of one log: an interface.

    Parameters
    ----------
    level : float
        Level of all intervals.
    """

    cannot_tell: ClassVar[tuple[str, ...]] = ()
    """What no such log can tell."""

    level: float

    @abstractmethod
    def estimates(self) -> dict[str, Estimate]:
        """Return every number by name."""

    @abstractmethod
    def tests(self) -> tuple[GoodnessTest, ...]:
        """Return the tests of how well the fit describes the log."""

    @abstractmethod
    def warnings(self) -> tuple[str, ...]:
        """Return in words what this log can't tell well."""

    @abstractmethod
    def fitted(self, base: Scenario | None = None) -> tuple[Fitted, ...]:
        """Return the values for a scenario; `base` lends what the log cannot tell."""

    @abstractmethod
    def plot(self) -> Figure:
        """Return a figure of the data against the fit."""

    def changes(self, base: Scenario | None = None) -> dict[str, Any]:
        """Return {dotted path: value}, for `Scenario.but`."""
        return changes_of(self.fitted(base))

    def table(self) -> pd.DataFrame:
        """Return one row a number; columns are the fields of `Estimate`."""
        return table_of(self.estimates())

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; NaN and infinite ends become None."""
        from ccmsim.analyses.factors import plain_estimate

        return {
            "estimates": {name: plain_estimate(e) for name, e in self.estimates().items()},
            "tests": [test.as_dict() for test in self.tests()],
            "warnings": list(self.warnings()),
            "cannot_tell": list(self.cannot_tell),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        return text_of(self)


def table_of(estimates: dict[str, Estimate]) -> pd.DataFrame:
    """Return one row a number."""
    import pandas as pd

    rows = {name: estimate.as_dict() for name, estimate in estimates.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def text_of(fit: Fit) -> str:
    """Return numbers, tests and warnings as text."""
    found = fit.estimates()
    width = max(map(len, found))
    lines = [f"{name.ljust(width)}  {estimate}" for name, estimate in found.items()]
    return "\n".join([*lines, *said_of(fit.tests(), fit.warnings())])


def said_of(tests: tuple[GoodnessTest, ...], warnings: tuple[str, ...]) -> list[str]:
    """Return the tests and warnings as lines.

    Examples
    --------
    >>> said_of((GoodnessTest("calls: gamma", 0.2, 0.005, 90, "by hand"),), ())
    ['fit of calls: gamma: p = 0.005 (by hand): the log speaks against it']
    """
    lines = [
        f"fit of {test.name}: p = {test.p_value:.2g} ({test.method})"
        + (": the log speaks against it" if test.doubtful else "")
        for test in tests
    ]
    return lines + [f"note: {warning}" for warning in warnings]
