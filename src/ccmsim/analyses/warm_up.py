"""Warm-up: how many months a practice takes to forget how it was started.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `WarmUp`: the months to
leave out, and how far each month lies from the same month after a long warm-up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import check_level, check_measure, part_of, plain_estimate, table_of
from ccmsim.arrays import Floats
from ccmsim.checks import MONTHS_MAX, check_run, check_scenario, whole
from ccmsim.errors import InputError, refuse
from ccmsim.estimation import Estimate, mean, paired_difference, rare
from ccmsim.estimation.likelihood import deviate
from ccmsim.estimation.means import SAME_DECIMALS
from ccmsim.estimation.settling import mser
from ccmsim.estimation.together import level_of_each
from ccmsim.measures import billable_shares
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

TOLERANCE: Final = 0.02
ARM: Final = 0.25
"""Of the tolerance: how far an interval reaches on either side when it tells enough."""
SERIES: Final = ("cold", "warm", "apart")
REPLICATIONS_MAX: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """How a practice settles.

    Parameters
    ----------
    scenario, measure, first_month : str
    months, long, replications, seed : int
        `long`: months of the warm-up with which is compared.
    level : float
        Coverage: of `apart` all at once, of the others one by one.
    tolerance : float
        In the measure's unit: what a month may lie apart.
    mser_months : int
        Months to leave out by the marginal standard error rule, for comparison.
    cold, warm : tuple of Estimate
        The measure's mean in each month, begun there, and begun `long` months before.
    apart : tuple of Estimate
        Cold less warm.
    needed : tuple of float
        About so many replications narrow each of `apart` to ARM of the tolerance on either side;
        infinite where none do.
    """

    scenario: str
    measure: str
    first_month: str
    months: int
    long: int
    replications: int
    seed: int
    level: float
    tolerance: float
    mser_months: int
    cold: tuple[Estimate, ...]
    warm: tuple[Estimate, ...]
    apart: tuple[Estimate, ...]
    needed: tuple[float, ...]

    @property
    def warmup_months(self) -> int | None:
        """Months to leave out: after them every month's interval lies within the tolerance.

        None where the last month's does not: it lies further apart, or it cannot be told.
        """
        months = _last(not _within(each, self.tolerance) for each in self.apart)
        return months if months < len(self.apart) else None

    @property
    def seen_apart_months(self) -> int:
        """The last month, counted from 1, that surely lies further apart; 0 where none does.

        So many are to be left out at least.
        """
        reach = self.tolerance
        return _last(each.low > reach or each.high < -reach for each in self.apart)

    @property
    def replications_needed(self) -> int | None:
        """About so many, were they like these, would tell what these cannot.

        None where nothing is open, or none would.
        """
        number = max((self.needed[m - 1] for m in self.open_months), default=0.0)
        if not self.replications < number < math.inf:
            return None
        digit = 10.0 ** (math.floor(math.log10(number)) - 1)
        return round(math.ceil(number / digit) * digit)

    @property
    def open_months(self) -> tuple[int, ...]:
        """Months, counted from 1, of which it cannot be told; those before one apart aside."""
        return tuple(
            m
            for m, each in enumerate(self.apart, start=1)
            if m > self.seen_apart_months and not _within(each, self.tolerance)
        )

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (number, month), numbers "cold", "warm" and "apart", months from 0; columns value,
            standard_error, low, high, level, replications and method.
        """
        numbers = {
            (name, m): found for name in SERIES for m, found in enumerate(getattr(self, name))
        }
        return table_of(numbers, ["number", "month"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "measure", "first_month", "months", "long", "replications", "seed", "level",
            "tolerance", "warmup_months", "seen_apart_months", "replications_needed", "mser_months",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            name: [plain_estimate(found) for found in getattr(self, name)] for name in SERIES
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the measure by month, cold and warm, and how far they lie apart."""
        from ccmsim.analyses.warm_up_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.warm_up_views import text

        return text(self)


def warm_up(
    scenario: Scenario,
    *,
    measure: str = "billable_points",
    tolerance: float | None = None,
    months: int = 24,
    long: int = 36,
    replications: int = 400,
    seed: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> WarmUp:
    """Find how many months to leave out.

    A practice starts with no backlog, no vacancy and staff who know everybody. The same calendar
    months are simulated twice: begun with the first of them, and begun `long` months before. What
    lies between is the start's doing alone, season and business days being the same.

    Parameters
    ----------
    scenario : Scenario
    measure : str
        One of MEASURES, by month.
    tolerance : float, optional
        In the measure's unit: what a month may lie apart. Left out: 2 % of the warm mean month.
    months : int
        Months that are looked at, at least 4.
    long : int
        Months of the long warm-up, at least 1.
    replications, seed, executor, workers, progress
        As in `ccmsim.simulate`; at least 20 replications, both times.
    level : float
        Coverage of all months' intervals at once.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    A month lies apart if its interval (Bonferroni) lies wholly beyond the tolerance, and has
    settled if it lies wholly within; of what lies between it cannot be told. Where few or no
    replications lie otherwise apart than usual, the interval allows for what was seen seldom or
    never (`ccmsim.estimation.rare.allowing_difference`): 100 points, or a month's projection. The
    replications that would tell are those that narrow the widest of these intervals to a quarter of
    the tolerance on either side: they surely tell what lies less than half, or more than one and a
    half times, as far apart as may be. A panel that grows never settles.

    Examples
    --------
    >>> import ccmsim
    >>> found = warm_up(ccmsim.load("perfect"), months=4, long=1, replications=400)
    >>> found.warmup_months
    0
    """
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, long, replications, seed)
    check_level(level)
    check_measure(measure)
    problems = whole(months, "months", 4, MONTHS_MAX, "24") + whole(
        long, "long", 1, MONTHS_MAX, "36"
    )
    problems += whole(replications, "replications", 20, REPLICATIONS_MAX, "400")
    if problems:
        raise InputError(problems)
    if tolerance is not None and not 0.0 <= tolerance < math.inf:
        raise refuse("tolerance", "must be 0 or more", tolerance, "in the measure's unit")
    with shown(progress, 2 * replications) as report:
        both = [
            simulate(
                scenario,
                months=months,
                replications=replications,
                seed=seed,
                warmup_months=before,
                executor=executor,
                workers=workers,
                progress=part_of(report, done, 2 * replications),
            )
            for before, done in ((0, 0), (long, replications))
        ]
    cold, warm = (_by_month(results, measure) for results in both)
    most = max(_furthest(results, measure) for results in both)
    reach = TOLERANCE * abs(float(warm.mean())) if tolerance is None else tolerance
    one_by_one = level_of_each(level, months)
    pairs = list(zip(cold.T, warm.T, strict=True))
    apart = [rare.allowing_difference(*pair, most=most, level=one_by_one) for pair in pairs]
    return WarmUp(
        scenario=scenario.name,
        measure=measure,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        long=long,
        replications=replications,
        seed=seed,
        level=level,
        tolerance=reach,
        mser_months=mser([each.value for each in apart]),
        cold=tuple(mean(month, level=level) for month in cold.T),
        warm=tuple(mean(month, level=level) for month in warm.T),
        apart=tuple(apart),
        needed=tuple(_needed(*pair, reach, most, one_by_one) for pair in pairs),
    )


def _within(each: Estimate, reach: float) -> bool:
    """Return whether an interval lies within so much on both sides of 0."""
    return -reach <= each.low and each.high <= reach


def _last(true: Iterable[bool]) -> int:
    """Return the number, from 1, of the last that is true; 0 without one."""
    return max((m for m, each in enumerate(true, start=1) if each), default=0)


def _needed(cold: Floats, warm: Floats, reach: float, most: float, level: float) -> float:
    """Return about how many replications narrow a month's interval to ARM of the tolerance.

    Where few differ from the usual, so many that enough do, or that they cannot matter; by then the
    interval is that of a normal law.
    """
    if reach == 0.0:
        return math.inf
    n, apart, wanted = cold.size, cold - warm, ARM * reach
    found = paired_difference(cold, warm, level=level)
    if rare.believed(apart):
        return n * (found.half_width / wanted) ** 2
    by_spread = n * (deviate(level) * found.standard_error / wanted) ** 2
    seen = rare.seen_in(np.round(apart, SAME_DECIMALS))
    bound = rare.Wanted(wanted, level_of_each(level, 2), most, looks=1)
    return max(by_spread, rare.takes(n, seen, 0.0, bound))


def _furthest(results: Results, measure: str) -> float:
    """Return how far a rare event may set a month apart: all that could be billed in one."""
    if measure == "billable_points":
        return 100.0
    name = "plan_usd" if measure.endswith("_usd") else "enrolled_patients"
    return float(results.values[name].max())


def _by_month(results: Results, measure: str) -> Floats:
    """Return the measure, shape (replications, months)."""
    if measure == "billable_points":
        return 100.0 * billable_shares(results)
    monthly: Floats = results.values[measure].astype(np.float64)
    return monthly
