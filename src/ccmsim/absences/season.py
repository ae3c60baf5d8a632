"""The season of sickness, fitted to the days on which spells began.

Comes in: the cosine of the season at each start, and of all days at risk. Goes out: the amplitude
with its interval, and starts by month, observed and expected. Knows no worker: given how many
spells each has, their dates do not depend on how prone they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.likelihood import crossing, cut

if TYPE_CHECKING:
    from ccmsim.absences.spells import Spell

MOST: Final = 1.0 - 1e-9
METHOD: Final = "profile likelihood of the amplitude, 0 to 1"

Months = tuple[tuple[int, float], ...]


class Calendar:
    """The days at risk: their cosines and months of the year.

    Parameters
    ----------
    days : ndarray of datetime64, optional
        The business days of a log; without them each month of the year counts alike.
    """

    def __init__(self, days: npt.NDArray[np.datetime64] | None = None) -> None:
        if days is None:
            days = np.arange(np.datetime64("2025-01-01"), np.datetime64("2026-01-01"))
        self.cosine = cosine_of(days)
        self.month = (days.astype("datetime64[M]").astype(np.int64)) % 12 + 1

    def of_months(self) -> Floats:
        """Return the mean cosine of each month of the year."""
        total = np.bincount(self.month, weights=self.cosine, minlength=13)[1:]
        number = np.maximum(np.bincount(self.month, minlength=13)[1:], 1)
        return np.asarray(total / number, dtype=np.float64)

    def expected(self, amplitude: float, spells: int) -> Floats:
        """Return the expected starts of each month of the year."""
        weight = 1.0 + amplitude * self.cosine
        due = np.bincount(self.month, weights=weight, minlength=13)[1:]
        return np.asarray(spells * due / due.sum(), dtype=np.float64)


def cosine_of(days: npt.NDArray[np.datetime64]) -> Floats:
    """Return cos(2π(day of the year − 15)/365) of each day, as the model has it.

    Examples
    --------
    >>> cosine_of(np.array(["2026-01-15"], dtype="datetime64[D]"))
    array([1.])
    """
    from ccmsim.availability.spells import season_cosine

    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64) + 1
    return season_cosine(of_year)


def season_of(
    spells: Iterable[Spell], at_risk: npt.NDArray[np.datetime64] | None, level: float
) -> dict[str, Any]:
    """Return `season_amplitude` and `by_month` of an `AbsenceFit`; nothing where no start is known.

    Parameters
    ----------
    spells : iterable of Spell
        With their first days, or else the month of the year where it is known.
    at_risk : ndarray of datetime64, optional
        The business days of a log with dates.
    level : float
    """
    starts = [(spell.start, spell.start.month if spell.start else spell.month) for spell in spells]
    months = np.array([month for _, month in starts if month is not None])
    if not months.size:
        return {}
    days = Calendar(at_risk)
    dates = np.array([start for start, _ in starts if start is not None], dtype="datetime64[D]")
    cosines = cosine_of(dates) if dates.size else days.of_months()[months - 1]
    season = amplitude(cosines, days, level)
    return {"season_amplitude": season, "by_month": by_month(months, days, season.value)}


def amplitude(cosines: Floats, days: Calendar, level: float) -> Estimate:
    """Return the amplitude a of 1 + a·cos, by maximum likelihood within 0 to 1.

    Parameters
    ----------
    cosines : ndarray, shape (spells,)
        At least one.
    days : Calendar
    level : float

    Notes
    -----
    The likelihood of the starts, given how many there are, is the product of (1 + a·cosine of the
    day) ÷ its mean over the days at risk. The estimate is 0 where there are more in summer.

    Examples
    --------
    >>> days = Calendar()
    >>> winter = np.repeat([1.0, -1.0], [13, 7])
    >>> print(amplitude(winter, days, 0.95))
    0.30 ± 0.33 (95 %)
    """
    from scipy.optimize import minimize_scalar

    centre = float(days.cosine.mean())

    def height(a: float) -> float:
        return float(np.log1p(a * cosines).sum()) - cosines.size * math.log1p(a * centre)

    found = minimize_scalar(
        lambda a: -height(a), bounds=(0.0, MOST), method="bounded", options={"xatol": 1e-9}
    )
    best = float(found.x)
    best = max((0.0, best, MOST), key=height)
    top = height(best)

    def above(a: float) -> float:
        return 2.0 * (top - height(min(max(a, 0.0), MOST))) - cut(level)

    low = crossing(above, best, -0.05) if above(0.0) > 0.0 else 0.0
    high = crossing(above, best, 0.05) if above(MOST) > 0.0 else 1.0
    curvature = float(((cosines / (1.0 + best * cosines)) ** 2).sum())
    curvature -= cosines.size * (centre / (1.0 + best * centre)) ** 2
    inside = 0.0 < best < MOST and curvature > 0.0
    error = 1.0 / math.sqrt(curvature) if inside else math.nan
    return Estimate(best, error, low, high, level, cosines.size, METHOD)


def by_month(months: npt.NDArray[np.int64], days: Calendar, best: float) -> Months:
    """Return starts observed and expected in each month of the year."""
    seen = np.bincount(months, minlength=13)[1:]
    due = days.expected(best, months.size)
    return tuple(zip(seen.tolist(), due.tolist(), strict=True))
