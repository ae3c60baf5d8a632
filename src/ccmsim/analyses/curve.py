"""Staffing curve: what more protected hours bring, with and without anybody away.

Comes in: a scenario and weekly hours. Goes out: a frozen `StaffingCurve`. All its simulations share
their random numbers, so what lies between two amounts of hours is those hours' doing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim import ideal
from ccmsim.analyses.factors import (
    check_level,
    check_measure,
    check_service,
    plain_estimate,
    share_of_months,
    table_of,
    values_of,
)
from ccmsim.analyses.leave_dates import seat_of
from ccmsim.analyses.runs import Runs
from ccmsim.analyses.teams import teams
from ccmsim.checks import check_run, check_scenario, numbers
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean, paired_difference
from ccmsim.estimation.together import level_of_each
from ccmsim.measures import billable_shares
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

FULL_TIME: Final = 40.0
"""Hours a week of one full-time equivalent."""

_USUAL: Final = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What one amount of protected hours brings.

    Parameters
    ----------
    hours : float
        Protected hours a week of each coordinator.
    points : Estimate
        Mean billable share, percent.
    undisturbed : Estimate
        The same with nobody ever away.
    months_met : Estimate
        Share of months with at least the wanted billable share.
    measure : Estimate
        Mean of the measure over all months.
    worth_of_an_hour : Estimate or None
        What one more hour a week of each coordinator brings of the measure between the last amount
        and this one; None at the first.
    """

    hours: float
    points: Estimate
    undisturbed: Estimate
    months_met: Estimate
    measure: Estimate
    worth_of_an_hour: Estimate | None


NUMBERS: Final = ("points", "undisturbed", "months_met", "measure", "worth_of_an_hour")


@dataclass(frozen=True, kw_only=True)
class StaffingCurve:
    """What more protected hours bring.

    Parameters
    ----------
    scenario, group, measure, first_month : str
        `group`: the staff group whose hours change.
    coordinators : int
        Of the group.
    other_hours : float
        Protected hours a week of all other groups together.
    patients : float
        Mean enrolled patients, at the scenario's own hours or the nearest of the curve.
    share, months_share : float
        The wanted service: `share` of the enrolled billed in `months_share` of the months.
    months, replications, seed, warmup_months : int
    level : float
        Coverage: of `months_met` for the whole curve at once, of the others one by one.
    curve : tuple of CurvePoint
        The fewest hours first.
    """

    scenario: str
    group: str
    measure: str
    first_month: str
    coordinators: int
    other_hours: float
    patients: float
    share: float
    months_share: float
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    curve: tuple[CurvePoint, ...]

    @property
    def hours_needed(self) -> float | None:
        """Fewest hours of the curve that give the wanted service for certain; None: not seen."""
        enough = [p.hours for p in self.curve if p.months_met.low >= self.months_share]
        return min(enough, default=None)

    @property
    def best_hours(self) -> float:
        """Hours of the curve with the highest mean of the measure."""
        return max(self.curve, key=lambda point: point.measure.value).hours

    def patients_per_full_time(self, hours: float) -> float:
        """Return patients per full-time equivalent (40 hours a week) of all groups together."""
        return self.patients / ((self.coordinators * hours + self.other_hours) / FULL_TIME)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (hours, number), numbers as in NUMBERS; columns value, standard_error, low, high,
            level, replications and method.
        """
        numbers = {
            (point.hours, name): found
            for point in self.curve
            for name in NUMBERS
            if (found := getattr(point, name)) is not None
        }
        return table_of(numbers, ["hours", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "group", "measure", "first_month", "coordinators", "other_hours",
            "patients", "share", "months_share", "months", "replications", "seed",
            "warmup_months", "level", "hours_needed", "best_hours",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "curve": [
                {"hours": point.hours}
                | {
                    name: None if (found := getattr(point, name)) is None else plain_estimate(found)
                    for name in NUMBERS
                }
                for point in self.curve
            ]
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: billable share and measure against hours."""
        from ccmsim.analyses.curve_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.curve_views import text

        return text(self)


def staffing_curve(
    scenario: Scenario,
    *,
    group: str | None = None,
    hours: Iterable[float] | None = None,
    share: float = 0.8,
    months_share: float = 0.9,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> StaffingCurve:
    """Find what more protected hours bring, and how many a wanted service needs.

    Parameters
    ----------
    scenario : Scenario
    group : str, optional
        The staff group whose hours are changed; left out: the one with the most hours.
    hours : iterable of float, optional
        Protected hours a week of each coordinator, two amounts or more. Left out: a half to
        seven quarters of the present ones.
    share, months_share : float
        The wanted service: in `months_share` of the months at least `share` of the enrolled are
        billed; both between 0 and 1.
    measure : str
        One of MEASURES, a total over the reported months, whose hourly worth is asked for.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals; those of the months that meet `share` hold for all hours at once
        (Bonferroni).

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    The worth of an hour is a paired difference of neighbours on the curve, by the hours between
    them. `undisturbed` idealises disruptions alone (`ccmsim.ideal.no_disruptions`): unanswered
    calls, lost minutes and missing documentation stay.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = staffing_curve(small, hours=[2, 8], months=3, replications=30)
    >>> found.curve[1].points.value > found.curve[0].points.value
    True
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    check_service(share, months_share)
    name, _ = seat_of(scenario, group)
    staff = scenario.staff[name]
    amounts = _amounts(hours, staff.hours_per_week)
    options = list(teams(scenario, group=name, hours=amounts).values())
    with shown(progress, 2 * len(options) * replications) as report:
        runs = Runs(
            months, warmup_months, executor, workers, report, 2 * len(options) * replications,
        )  # fmt: skip
        ran = [
            tuple(
                runs.results(one, replications, seed)
                for one in (team, ideal.no_disruptions(team))
            )
            for team in options
        ]  # fmt: skip
    at_once = level_of_each(level, len(amounts))
    values = [values_of(results, measure) for results, _ in ran]
    curve = [
        CurvePoint(
            hours=each,
            points=mean(values_of(results, "billable_points"), level=level),
            undisturbed=mean(values_of(undisturbed, "billable_points"), level=level),
            months_met=share_of_months(billable_shares(results) >= share, level=at_once),
            measure=mean(values[i], level=level),
            worth_of_an_hour=None
            if i == 0
            else paired_difference(values[i], values[i - 1], level=level).times(
                1.0 / (each - amounts[i - 1])
            ),
        )
        for i, (each, (results, undisturbed)) in enumerate(zip(amounts, ran, strict=True))
    ]
    others = [group for key, group in scenario.staff.items() if key != name]
    own = int(np.argmin(np.abs(np.array(amounts) - float(staff.hours_per_week or 0.0))))
    return StaffingCurve(
        scenario=scenario.name,
        group=name,
        measure=measure,
        first_month=ran[0][0].months[0],
        coordinators=staff.coordinators,
        other_hours=sum(g.coordinators * g.protected_minutes_per_week() for g in others) / 60.0,
        patients=float(ran[own][0].values["enrolled_patients"].mean()),
        share=share,
        months_share=months_share,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        curve=tuple(curve),
    )


def _amounts(hours: Iterable[float] | None, present: float | None) -> list[float]:
    """Return the hours of the curve, rising."""
    if hours is None:
        return [round(2.0 * times * (present or 0.0)) / 2.0 for times in _USUAL]
    amounts = sorted({float(each) for each in numbers(hours, "hours", "[8, 16, 24]")})
    if len(amounts) < 2:
        raise refuse("hours", "must be two different amounts or more", amounts, "[8, 16, 24]")
    return amounts
