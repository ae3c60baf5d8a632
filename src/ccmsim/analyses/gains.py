"""Gains: what a change brings over one parameter, as paired differences along a curve.

Comes in: for each value of the parameter, scenarios with weights that add up to 0. Goes out: a
frozen `Gains`, its table, figure and text. All simulations share their random numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.break_even import Crossing, crossings_of
from ccmsim.analyses.factors import check_level, plain_estimate, table_of, values_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import EXACT, Estimate, mean, ratio_of_means
from ccmsim.estimation.shapley import quantile_contrasts
from ccmsim.finance import ITEMS
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

BAD_SHARE: Final = 0.05
"""The bad year is this quantile."""

_COVER: Final = ITEMS.index("cover")


@dataclass(frozen=True, slots=True)
class Contrast:
    """Scenarios whose weighted sum is what a change brings.

    Parameters
    ----------
    terms : tuple of (float, Scenario)
        The weights add up to 0: 1 with the change and -1 without it, say; the change comes first.
    usd_scale : float
        Multiplies what is in dollars, so as to speak of one coordinator.
    beside_usd : float
        What the change costs beside what the model knows.
    cover_usd_per_hour : float
        What a substitute's hour costs; 0 where nobody is called.
    fee_usd : float
        Of an agency, once in every replication in which a substitute comes.
    """

    terms: tuple[tuple[float, Scenario], ...]
    usd_scale: float = 1.0
    beside_usd: float = 0.0
    cover_usd_per_hour: float = 0.0
    fee_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Gain:
    """What a change brings at one value of the parameter, over all months.

    Parameters
    ----------
    series : str
        Which change.
    at : float
        The parameter's value.
    net : Estimate
        Of the net, USD.
    points : Estimate
        Of the billable share, percent of enrolled.
    bad_year : Estimate
        Of the one-in-twenty bad year's net, USD.
    bad_months : Estimate
        Of the share of months with a negative net, percent; below 0 is less risk.
    cover_hours : Estimate or None
        Paid hours of substitutes; None where the change calls nobody.
    worth_of_an_hour : Estimate or None
        What such an hour brings before it is paid, USD.
    """

    series: str
    at: float
    net: Estimate
    points: Estimate
    bad_year: Estimate
    bad_months: Estimate
    cover_hours: Estimate | None = None
    worth_of_an_hour: Estimate | None = None


NUMBERS: Final = ("net", "points", "bad_year", "bad_months", "cover_hours", "worth_of_an_hour")


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What changes bring over one parameter.

    Parameters
    ----------
    scenario, first_month : str
    title, of : str
        What is looked at, and over what.
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval by itself.
    gains : tuple of Gain
        Series by series, the smallest value of the parameter first.
    crossings : tuple of (str, Crossing)
        Where a series' net gain changes its sign; to the parameter's whole step.
    answers : tuple of str
        What the numbers say, in sentences.
    """

    scenario: str
    first_month: str
    title: str
    of: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    gains: tuple[Gain, ...]
    crossings: tuple[tuple[str, Crossing], ...]
    answers: tuple[str, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the changes."""
        return tuple(dict.fromkeys(gain.series for gain in self.gains))

    def of_series(self, series: str) -> tuple[Gain, ...]:
        """Return what one change brings, by value of the parameter."""
        return tuple(gain for gain in self.gains if gain.series == series)

    def crossings_of(self, series: str) -> tuple[Crossing, ...]:
        """Return where the net gain of a change is zero."""
        return tuple(crossing for name, crossing in self.crossings if name == series)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (series, at, number), numbers as in NUMBERS; columns value, standard_error, low,
            high, level, replications and method.
        """
        numbers = {
            (gain.series, gain.at, name): found
            for gain in self.gains
            for name in NUMBERS
            if (found := getattr(gain, name)) is not None
        }
        return table_of(numbers, ["series", "at", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "title", "of", "months", "replications", "seed",
            "warmup_months", "level",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "gains": [
                {"series": gain.series, "at": gain.at}
                | {
                    name: None if (found := getattr(gain, name)) is None else plain_estimate(found)
                    for name in NUMBERS
                }
                for gain in self.gains
            ],
            "crossings": [{"series": name} | plain_crossing(each) for name, each in self.crossings],
            "answers": list(self.answers),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: net gain and change of the billable share over the parameter."""
        from ccmsim.analyses.gains_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.gains_views import text

        return text(self)


def plain_crossing(crossing: Crossing) -> dict[str, Any]:
    """Return a crossing as plain values; infinite ends become None."""
    found = {name: getattr(crossing, name) for name in Crossing.__slots__}
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in found.items()
    }


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How every simulation of an experiment is run: as in `ccmsim.simulate`."""

    months: int
    replications: int
    seed: int
    warmup_months: int
    executor: Executor | None
    workers: int | None
    progress: Progress | bool | None
    level: float

    def check(self, scenario: Scenario) -> None:
        """Raise `InputError` for what is impossible."""
        check_scenario(scenario)
        check_run(self.months, self.warmup_months, self.replications, self.seed)
        check_level(self.level)
        if self.replications < 2:
            rule = "must be at least 2 for a difference"
            raise refuse("replications", rule, self.replications, "200")


class Simulated:
    """The results of an experiment's scenarios, each simulated once."""

    def __init__(self, settings: Settings, report: Progress, planned: int) -> None:
        self.settings = settings
        self.runs = Runs(
            settings.months, settings.warmup_months, settings.executor,
            settings.workers, report, planned * settings.replications, remember=True,
        )  # fmt: skip

    def __call__(self, scenario: Scenario) -> Results:
        """Return the results of one scenario."""
        runs, settings = self.runs, self.settings
        if runs.done + settings.replications > runs.whole:
            runs.expect([scenario], settings.replications, settings.seed)
        return runs.results(scenario, settings.replications, settings.seed)


Curve = Callable[[int], Contrast]
"""From the parameter's value to what is compared there."""


def gains_over(
    scenario: Scenario,
    curves: Mapping[str, Curve],
    values: Iterable[int],
    settings: Settings,
    *,
    title: str,
    of: str,
    crossed: Iterable[str] = (),
) -> Gains:
    """Simulate what changes bring over one parameter.

    Parameters
    ----------
    scenario : Scenario
    curves : mapping of str to callable
        Each change by name: what is compared at a value.
    values : iterable of int
        Of the parameter, two or more.
    settings : Settings
    title, of : str
    crossed : iterable of str
        Changes whose break-even is wanted, by bisection to whole steps of the parameter.
    """
    from ccmsim.progress import shown

    grid = tuple(sorted(set(values)))
    planned = {
        one.fingerprint for curve in curves.values() for at in grid for _, one in curve(at).terms
    }
    with shown(settings.progress, len(planned) * settings.replications) as report:
        simulated = Simulated(settings, report, len(planned))

        @cache
        def gain(series: str, at: int) -> Gain:
            return gain_of(simulated, curves[series](at), series, at, settings.level)

        gains = tuple(gain(series, at) for series in curves for at in grid)
        crossings = tuple(
            (series, crossing)
            for series in crossed
            for crossing in crossings_of(
                lambda at, series=series: gain(series, at).net,  # type: ignore[misc]
                grid,
                1.0,
            )
        )
    return Gains(
        scenario=scenario.name,
        first_month=f"{scenario.start:%Y-%m}",
        title=title,
        of=of,
        months=settings.months,
        replications=settings.replications,
        seed=settings.seed,
        warmup_months=settings.warmup_months,
        level=settings.level,
        gains=gains,
        crossings=crossings,
    )


def gain_of(
    simulated: Callable[[Scenario], Results],
    contrast: Contrast,
    series: str,
    at: float,
    level: float,
) -> Gain:
    """Return what a change brings at one value of the parameter."""
    ran = [(weight, simulated(one)) for weight, one in contrast.terms]

    def over(values: Callable[[Results], Floats]) -> Floats:
        total: Floats = np.sum([weight * values(results) for weight, results in ran], axis=0)
        return total

    paid = over(lambda results: results.values["cost_usd"][:, :, _COVER].sum(axis=1))
    fee = contrast.fee_usd * (paid > 0.0)
    net = over(lambda results: values_of(results, "net_usd")) - fee
    scale, beside = contrast.usd_scale, contrast.beside_usd
    nets = np.array([values_of(results, "net_usd") for _, results in ran])
    nets[0] -= fee / contrast.terms[0][0]
    weights = np.array([[weight] for weight, _ in ran])
    (bad,) = quantile_contrasts(nets, weights, BAD_SHARE, level=level)
    lost = over(lambda results: 100.0 * (results.values["net_usd"] < 0.0).mean(axis=1))
    found = Gain(
        series,
        float(at),
        net=mean(scale * (net - beside), level=level),
        points=mean(over(lambda results: values_of(results, "billable_points")), level=level),
        bad_year=less(bad, beside).times(scale),
        bad_months=mean(lost, level=level),
    )
    if len({one.fingerprint for _, one in contrast.terms}) == 1:  # nothing is changed
        return replace(
            found, net=_known(found.net), points=_known(found.points),
            bad_year=_known(found.bad_year), bad_months=_known(found.bad_months),
        )  # fmt: skip
    if contrast.cover_usd_per_hour == 0.0:
        return found
    hours = np.maximum(paid, 0.0) / contrast.cover_usd_per_hour
    worth = ratio_of_means(net + fee + paid, hours, level=level) if hours.any() else None
    return replace(found, cover_hours=mean(hours, level=level), worth_of_an_hour=worth)


def _known(estimate: Estimate) -> Estimate:
    return replace(estimate, method=EXACT)


def less(estimate: Estimate, cost: float) -> Estimate:
    """Return an estimate moved down by a known amount.

    Examples
    --------
    >>> less(Estimate(5.0, 1.0, 3.0, 7.0, 0.95, 20, "t"), 1.0).low
    2.0
    """
    ends = {name: getattr(estimate, name) - cost for name in ("value", "low", "high")}
    return replace(estimate, **ends)
