"""What is compared of a history and of a simulation: a few numbers of each series of months.

Comes in: series by month. Goes out: their statistics, the same for what happened and for what is
simulated. Knows no practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccmsim.arrays import Floats

KINDS: Final = {
    "level": "mean of the months",
    "trend": "change from the first month to the last along a straight line",
    "spread": "logarithm of the scatter around that line",
    "memory": "how far a month resembles the one before it",
}
"""The statistics of a series, in the order in which they are preferred."""

FEWEST_MONTHS: Final = {"level": 1, "trend": 4, "spread": 6, "memory": 12}
"""Months of a series that each needs."""

_SMALL: Final = 0.01
"""Scatter below this share of the series' size is no news."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """The statistics of series of months.

    Parameters
    ----------
    series : tuple of str
        Names of the series.
    present : ndarray of bool, shape (series, months)
        Which months of each are compared.
    size : ndarray, shape (series,)
        By what each series is divided, so that its statistics are of order 1.
    kinds : tuple of str
        Of `KINDS`.
    """

    series: tuple[str, ...]
    present: NDArray[np.bool_]
    size: Floats
    kinds: tuple[str, ...]

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Series and kind of each number that `of` returns."""
        return tuple(
            (name, kind)
            for kind in KINDS
            for name, months in zip(self.series, self.present, strict=True)
            if kind in self.kinds and months.sum() >= FEWEST_MONTHS[kind]
        )

    def of(self, series: Floats) -> Floats:
        """Return the statistics of series of shape (n, series, months) as (n, numbers).

        Examples
        --------
        >>> one = statistics_of(("units",), np.array([[4.0, 5.0, 6.0, 9.0]]), ("level", "trend"))
        >>> one.of(np.array([[[4.0, 5.0, 6.0, 9.0]]])).round(3).tolist()
        [[1.0, 0.8]]
        """
        found = {
            (name, kind): values
            for k, name in enumerate(self.series)
            for kind, values in _of_one(
                series[:, k, self.present[k]] / self.size[k], np.flatnonzero(self.present[k])
            ).items()
        }
        return np.stack([found[name] for name in self.names], axis=1)


def statistics_of(
    series: Sequence[str], observed: Floats, kinds: Sequence[str] = tuple(KINDS)
) -> Statistics:
    """Return the statistics of what was observed, shape (series, months), NaN where it was not."""
    present = ~np.isnan(observed)
    size = np.array([max(abs(float(np.nanmean(row))), 1.0) for row in observed])
    return Statistics(tuple(series), present, size, tuple(kinds))


def _of_one(values: Floats, months: NDArray[np.int64]) -> dict[str, Floats]:
    """Return every statistic of one series: shape (n, months present), and which they are."""
    when = months - months.mean()
    slope = values @ when / max(float(when @ when), 1.0)
    level = values.mean(axis=1)
    rest = values - level[:, None] - slope[:, None] * when
    variance = (rest**2).mean(axis=1)
    neighbours = np.flatnonzero(np.diff(months) == 1)
    product = (rest[:, neighbours] * rest[:, neighbours + 1]).sum(axis=1) / max(len(neighbours), 1)
    return {
        "level": level,
        "trend": slope * (months[-1] - months[0]),
        "spread": 0.5 * np.log(variance + _SMALL**2),
        "memory": product / (variance + _SMALL**2),
    }
