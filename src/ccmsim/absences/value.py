"""What an absence log says, as a value: estimates, tests, a scenario's entry.

Comes in: the estimates, from `fit` beside it. Goes out: an `AbsenceFit`. Fits nothing itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import GoodnessTest
from ccmsim.fitting.value import Fitted, counted, tidy
from ccmsim.fitting.views import Fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario

CLUSTERS_NEEDED: Final = 10
"""Workers with a spell from which on the worker, not the spell, is the unit of a length's error."""

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
