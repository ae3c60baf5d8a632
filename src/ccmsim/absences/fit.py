"""Spell frequency with worker frailty, and spell length, fitted to a real absence log.

Comes in: spells counted by worker, their lengths, the years that the log covers. Goes out: an
`AbsenceFit` of estimates. Reads no files; `log` beside it does. scipy is loaded at the first fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ccmsim import estimation
from ccmsim.absences.chances import any_absence_of
from ccmsim.absences.likelihood import SHAPE_RANGE, Counts
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import GoodnessTest
from ccmsim.estimation.likelihood import crossing, cut
from ccmsim.fitting.value import Fitted, counted, tidy
from ccmsim.fitting.views import Fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario

CLUSTERS_NEEDED: Final = 10
"""Workers with a spell from which on the worker, not the spell, is the unit of a length's error."""

Floats = npt.NDArray[np.float64]


MOST_SPELLS_A_YEAR: Final = 366.0
"""An upper end of the rate beyond this is reported as missing."""

LEAST_SHAPE: Final = 0.04
"""The least frailty shape that a scenario may have."""

LENGTHS: Final = ("geometric", "empirical")
"""How the length of a spell may be given to a scenario."""

CANNOT_TELL: Final = (
    "whether somebody who is never away is missing from it: say how many workers there are",
    (
        "outbreaks apart from other sickness: beside an `outbreak` entry a log from such a year "
        "counts it twice"
    ),
    "whether sickness rises with the load (operations.load_absence)",
)

PROFILE: Final = "negative binomial, profile likelihood"


@dataclass(frozen=True, kw_only=True)
class AbsenceFit(Fit):
    """What a log says about absence, each number with its error.

    Parameters
    ----------
    spells_per_year : Estimate
        Spells a worker and year. Profile-likelihood interval of the negative binomial.
    frailty_shape : Estimate
        Shape of the gamma multiplier (mean 1) between workers; infinite in the Poisson limit, where
        the counts show no more spread than chance. Profile-likelihood interval; the upper end is
        infinite where the Poisson limit is compatible with the data.
    mean_spell_days : Estimate
        Mean of the spells' whole business days, a ratio with workers as units (with spells as units
        below ten workers who have any).
    geometric_probability : Estimate
        p of the geometric length (1, 2, ... days), 1 / mean days. The interval is exact if lengths
        are geometric.
    lognormal_median_days, lognormal_sigma : Estimate
        The lognormal fit of the unrounded lengths (recorded hours / hours of a day). Student's t
        and chi-squared intervals: exact if lengths are lognormal.
    lost_days_per_year : Estimate
        Recorded hours in days, a worker and year; nothing rounded, nothing fitted.
    any_absence : tuple of (str, str, Estimate)
        Window, source and P(at least one spell begins in the window), as `goodness` shows them.
    workers : int
        Workers that the fit rests on, those without a spell included.
    years : float
        Years that the log covers.
    spells : int
        Number of spells.
    source : str
        Name of the file.
    season_amplitude : Estimate, optional
        a of 1 + a·cos(2π(day of the year − 15)/365), by which spells begin. Profile-likelihood
        interval within 0 to 1. None where the log has neither dates nor months.
    lengths : str
        Which length `as_disruption` gives: one of LENGTHS.
    counts, days : tuple of int
        Spells of each worker; business days of each spell.
    by_month : tuple of (int, float)
        Spells that began in each month of the year, observed and expected; empty without a season.

    Notes
    -----
    The number of spells of a worker in T years is Poisson with mean T · rate · Z, Z gamma with
    mean 1 and the frailty shape: negative binomial (Greenwood & Yule 1920). Both parameters are
    maximum likelihood estimates; the rate's is spells / (workers · years), exactly.

    Measured coverage at level 0.95 (1,000 logs of 3 years a cell, rate 1 and shape 0.55, the last
    line rate 1 and shape 20); "any" is the fitted P(any absence in a year):

    =======  ====  =====  ====
    workers  rate  shape  any
    =======  ====  =====  ====
    3        .955  .920   .894
    5        .915  .912   .925
    10       .939  .932   .923
    36       .950  .942   .954
    200      .963  .946   .952
    36       .959  .981   .948
    =======  ====  =====  ====

    The shape's estimate leans upwards in small logs (median 1.0 with 5 workers, 0.60 with 36).

    Examples
    --------
    >>> from ccmsim import absences
    >>> fit = absences.example_log(exclude_reasons=absences.COURIER_NOT_SICKNESS).fit()
    >>> print(fit.frailty_shape)
    1.26 (95 %: 0.72 to 2.17)
    """

    spells_per_year: Estimate
    frailty_shape: Estimate
    mean_spell_days: Estimate
    geometric_probability: Estimate
    lognormal_median_days: Estimate
    lognormal_sigma: Estimate
    lost_days_per_year: Estimate
    any_absence: tuple[tuple[str, str, Estimate], ...]
    workers: int
    years: float
    spells: int
    source: str = ""
    season_amplitude: Estimate | None = None
    lengths: str = "geometric"
    counts: tuple[int, ...] = field(default=(), repr=False)
    days: tuple[int, ...] = field(default=(), repr=False)
    by_month: tuple[tuple[int, float], ...] = field(default=(), repr=False)

    cannot_tell = CANNOT_TELL

    def estimates(self) -> dict[str, Estimate]:
        """Return every number by name."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: found for name, found in named.items() if isinstance(found, Estimate)}

    def tests(self) -> tuple[GoodnessTest, ...]:
        """Return tests of the counts, the geometric lengths and the season.

        Kolmogorov's with a parametric bootstrap, and chi-squared over months; see
        `ccmsim.estimation.goodness`.
        """
        from ccmsim.absences.goodness import tests_of

        return tests_of(self)

    def warnings(self) -> tuple[str, ...]:
        """Return in words what this log can't tell well."""
        found = []
        if self.workers < CLUSTERS_NEEDED:
            found.append(
                f"there are only {self.workers} workers: how unlike they are is hardly known, and "
                "the errors of lengths take spells as independent"
            )
        if math.isinf(self.frailty_shape.high):
            found.append("workers who differ are not told from workers who are all alike")
        season = self.season_amplitude
        if season is None:
            found.append("the log has no dates: the scenario's season is kept")
        elif season.low == 0.0:
            found.append("a season is not told from none")
        return tuple(found)

    def fitted(self, base: Scenario | None = None) -> tuple[Fitted, ...]:
        """Return the values for a scenario's entry of kind `sick_spells`, which `base` names.

        Raises
        ------
        InputError
            Where `base` has several such entries.
        """
        at = f"disruptions.{_entry(base)}"
        there = base is not None and _entry(base) in base.disruptions
        people = counted(self.workers, "worker")
        source = f"{self.source}, {counted(self.spells, 'spell')} of {people}"
        entry: dict[str, Any] = {
            k: tidy(v) if isinstance(v, float) else v for k, v in self.as_disruption().items()
        }
        estimates = {
            "spells_per_year": self.spells_per_year,
            "length_days": self.mean_spell_days,
            "frailty_shape": self.frailty_shape,
        }
        if self.season_amplitude is not None:
            entry["season_amplitude"] = tidy(self.season_amplitude.value)
            estimates["season_amplitude"] = self.season_amplitude
        if entry["length_days"]["family"] == "geometric":
            entry["length_days"] = {"family": "geometric", "mean": tidy(self.mean_spell_days.value)}
        if not there:
            return (Fitted(at, entry, None, source),)
        del entry["kind"]
        entry.setdefault("frailty_shape", None)
        return tuple(Fitted(f"{at}.{k}", entry[k], e, source) for k, e in estimates.items())

    def plot(self) -> Figure:
        """Return a figure of the log against the fit: counts, lengths, season."""
        from ccmsim.absences.goodness import figure

        return figure(self)

    def goodness(self) -> pd.DataFrame:
        """Return P(at least one spell begins in a window of time), fitted and observed.

        Returns
        -------
        pandas.DataFrame
            Rows: window ("one year", "whole log") and source ("fitted", "poisson": the same rate
            without frailty, "observed"). Columns as in `table`. "one year" has no observed row
            where the log has no dates, covers less than a year, or `years` was given.
        """
        import pandas as pd

        table = pd.DataFrame([estimate.as_dict() for _, _, estimate in self.any_absence])
        labels = [(window, source) for window, source, _ in self.any_absence]
        table.index = pd.MultiIndex.from_tuples(labels, names=["window", "source"])
        return table

    def as_disruption(self) -> dict[str, Any]:
        """Return the fields of a scenario's `sick_spells` entry.

        In the Poisson limit `frailty_shape` is left out: all seats are alike. The season is not
        among them.

        Examples
        --------
        >>> from ccmsim import absences
        >>> fit = absences.example_log(exclude_reasons=absences.COURIER_NOT_SICKNESS).fit()
        >>> sorted(fit.as_disruption())
        ['frailty_shape', 'kind', 'length_days', 'spells_per_year']
        """
        entry: dict[str, Any] = {
            "kind": "sick_spells",
            "spells_per_year": self.spells_per_year.value,
            "length_days": {"family": "geometric", "mean": self.mean_spell_days.value},
        }
        if self.lengths == "empirical":
            entry["length_days"] = {"family": "empirical", "values": sorted(self.days)}
        if math.isfinite(self.frailty_shape.value):
            entry["frailty_shape"] = max(LEAST_SHAPE, self.frailty_shape.value)
        return entry


def _entry(base: Scenario | None) -> str:
    """Return the name of the scenario's entry of short sickness, "sick" where there is none."""
    found = [] if base is None else [
        name for name, entry in base.disruptions.items() if entry.kind == "sick_spells"
    ]  # fmt: skip
    if len(found) > 1:
        valid = "a scenario with one such entry"
        raise refuse("disruptions", "has several entries of kind sick_spells", found, valid)
    return found[0] if found else "sick"


def fit_spells(
    counts: Sequence[int],
    lengths: Sequence[tuple[int, int, float]],
    *,
    years: float,
    level: float,
    yearly: Sequence[float] | None = None,
) -> AbsenceFit:
    """Fit frequency and length; the arguments are checked by `AbsenceLog.fit`.

    Parameters
    ----------
    counts : sequence of int
        Spells of each worker, zeros included; at least one is positive.
    lengths : sequence of (int, int, float)
        For each spell the position of its worker in `counts`, its whole business days, and its
        recorded length in days.
    years : float
        Years that the log covers, the same for every worker.
    level : float
        Level of all intervals.
    yearly : sequence of float, optional
        For each worker, the share of the log's full years in which a spell began.

    Returns
    -------
    AbsenceFit
    """
    numbers = np.asarray(counts, dtype=np.int64)
    owner = np.array([row[0] for row in lengths], dtype=np.int64)
    days = np.array([row[1] for row in lengths], dtype=np.float64)
    recorded = np.array([row[2] for row in lengths], dtype=np.float64)
    frequency = Counts(numbers)
    rate, shape = _rate(frequency, years, level), _shape(frequency, level)
    lost = np.bincount(owner, weights=recorded, minlength=numbers.size) / years
    median, sigma = _lognormal(np.log(recorded), level)
    return AbsenceFit(
        spells_per_year=rate,
        frailty_shape=shape,
        mean_spell_days=_mean_length(owner, days, numbers, level),
        geometric_probability=_geometric(days, level),
        lognormal_median_days=median,
        lognormal_sigma=sigma,
        lost_days_per_year=estimation.mean(lost, level=level),
        any_absence=any_absence_of(frequency, rate, shape, years, yearly),
        workers=int(numbers.size),
        years=years,
        spells=int(numbers.sum()),
        counts=tuple(numbers.tolist()),
        days=tuple(days.astype(np.int64).tolist()),
        level=level,
    )


def _rate(counts: Counts, years: float, level: float) -> Estimate:
    top = counts.log_likelihood(counts.mean, counts.best_shape)

    def above_cut(log_mean: float) -> float:
        return 2.0 * (top - counts.profile(math.exp(log_mean))) - cut(level)

    center, limit = math.log(counts.mean), math.log(MOST_SPELLS_A_YEAR * years)
    low = math.exp(crossing(above_cut, center, -0.5)) / years
    high, method = math.inf, PROFILE
    if above_cut(limit) > 0.0:
        high = math.exp(crossing(above_cut, center, 0.5)) / years
    else:
        # A few workers, most without a spell: rare workers with endless spells fit as well.
        method += "; no upper end: too few workers with a spell"
    variance = (counts.mean + counts.mean**2 / counts.best_shape) / counts.workers
    return Estimate(
        counts.mean / years, math.sqrt(variance) / years, low, high, level, counts.workers, method
    )


def _shape(counts: Counts, level: float) -> Estimate:
    best = counts.best_shape
    top = counts.log_likelihood(counts.mean, best)

    def above_cut(log_shape: float) -> float:
        return 2.0 * (top - counts.log_likelihood(counts.mean, math.exp(log_shape))) - cut(level)

    limit = math.log(SHAPE_RANGE[1])
    start = min(math.log(best), limit)
    low = math.exp(crossing(above_cut, start, -0.5))
    high = math.exp(crossing(above_cut, start, 0.5)) if above_cut(limit) > 0.0 else math.inf
    error, method = math.nan, PROFILE
    if math.isinf(best):
        method += "; Poisson limit: the counts show no over-dispersion"
    else:
        error = best / math.sqrt(counts.log_shape_information())
    return Estimate(best, error, low, high, level, counts.workers, method)


def _mean_length(
    owner: npt.NDArray[np.int64], days: Floats, counts: npt.NDArray[np.int64], level: float
) -> Estimate:
    if np.count_nonzero(counts) < CLUSTERS_NEEDED:
        return estimation.mean(days, level=level)
    total = np.bincount(owner, weights=days, minlength=counts.size)
    return estimation.ratio_of_means(total, counts.astype(np.float64), level=level)


def _geometric(days: Floats, level: float) -> Estimate:
    """Return p = spells / days; the interval of inverse binomial sampling."""
    from scipy.special import betaincinv

    spells, total = float(days.size), float(days.sum())
    p, tail = spells / total, (1.0 - level) / 2.0
    low = float(betaincinv(spells, total - spells + 1.0, tail))
    high = float(betaincinv(spells, total - spells, 1.0 - tail)) if total > spells else 1.0
    error = p * math.sqrt((1.0 - p) / spells) if p < 1.0 else math.nan
    return Estimate(p, error, low, high, level, days.size, "geometric, exact")


def _lognormal(logs: Floats, level: float) -> tuple[Estimate, Estimate]:
    from scipy.special import chdtri, stdtrit

    n = logs.size
    median = math.exp(float(logs.mean()))
    if n == 1:
        unknown = (math.nan, math.nan, math.nan, level, 1, "one spell")
        return Estimate(median, *unknown), Estimate(math.nan, *unknown)
    sigma, tail = float(logs.std(ddof=1)), (1.0 - level) / 2.0
    error = sigma / math.sqrt(n)
    arm = math.exp(float(stdtrit(n - 1, 1.0 - tail)) * error)
    low, high = (sigma * math.sqrt((n - 1) / float(chdtri(n - 1, q))) for q in (tail, 1.0 - tail))
    return (
        Estimate(median, median * error, median / arm, median * arm, level, n, "lognormal, t"),
        Estimate(sigma, sigma / math.sqrt(2 * (n - 1)), low, high, level, n, "lognormal, χ²"),
    )
