"""Panel: how many patients a team can have, and how many it needs.

Comes in: a practice, a wanted service and the settings of `simulate`. Goes out: a frozen
`PanelSizes`. All its simulations share their random numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.break_even import Crossing, crossings_of
from ccmsim.analyses.curve import FULL_TIME
from ccmsim.analyses.factors import (
    check_service,
    plain_estimate,
    share_of_months,
    table_of,
    values_of,
)
from ccmsim.analyses.gains import Settings, Simulated, less, plain_crossing
from ccmsim.checks import wholes
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.measures import billable_shares
from ccmsim.scenario.model import Scenario
from ccmsim.wording import NOTHING

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

_USUAL: Final = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class PanelPoint:
    """What one number of patients brings.

    Parameters
    ----------
    patients : int
    net : Estimate
        Total over the months, USD.
    points : Estimate
        Billable share, percent.
    months_met : Estimate
        Share of months with the wanted billable share.
    """

    patients: int
    net: Estimate
    points: Estimate
    months_met: Estimate


NUMBERS: Final = ("net", "points", "months_met")


@dataclass(frozen=True, kw_only=True)
class PanelSizes:
    """How many patients a team can have, and how many it needs.

    Parameters
    ----------
    scenario, first_month : str
    present : int
        Enrolled patients of the scenario.
    coordinators : int
        Of all groups.
    full_time : float
        Full-time equivalents (40 protected hours a week) of all groups.
    share, months_share : float
        The wanted service: `share` of the enrolled billed in `months_share` of the months.
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval by itself.
    points : tuple of PanelPoint
        The fewest patients first.
    break_even : Crossing or None
        From how many patients on the mean net is not negative; None: not within the points.
    largest : Crossing or None
        Up to how many patients the wanted service is given, on average over months; None: with no
        number of patients, or with the most that was tried, too (`always`).
    always : bool
        Whether the most patients that were tried still have the wanted service.
    """

    scenario: str
    first_month: str
    present: int
    coordinators: int
    full_time: float
    share: float
    months_share: float
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    points: tuple[PanelPoint, ...]
    break_even: Crossing | None
    largest: Crossing | None
    always: bool

    def per_coordinator(self, patients: float) -> float:
        """Return patients a coordinator."""
        return patients / self.coordinators

    def per_full_time(self, patients: float) -> float:
        """Return patients a full-time equivalent, 40 protected hours a week."""
        return patients / self.full_time

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (patients, number), numbers as in NUMBERS; columns value, standard_error, low,
            high, level, replications and method.
        """
        numbers = {
            (point.patients, name): getattr(point, name)
            for point in self.points
            for name in NUMBERS
        }
        return table_of(numbers, ["patients", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "present", "coordinators", "full_time", "share",
            "months_share", "months", "replications", "seed", "warmup_months", "level", "always",
        )  # fmt: skip
        crossings = {"break_even": self.break_even, "largest": self.largest}
        return (
            {name: getattr(self, name) for name in names}
            | {
                name: None if each is None else plain_crossing(each)
                for name, each in crossings.items()
            }
            | {
                "points": [
                    {"patients": point.patients}
                    | {name: plain_estimate(getattr(point, name)) for name in NUMBERS}
                    for point in self.points
                ]
            }
        )

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the months with the wanted service, and the net, by patients."""
        from ccmsim.analyses.panel_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.panel_views import text

        return text(self)


def panel_size(
    scenario: Scenario,
    *,
    patients: Iterable[int] | None = None,
    share: float = 0.6,
    months_share: float = 0.9,
    months: int = 12,
    replications: int = 200,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> PanelSizes:
    """Find how many patients pay for a team, and how many it can serve.

    Panels are simulated on a grid; where the mean net rises through zero, and where the months with
    the wanted service fall under `months_share`, bisection goes on to one patient.

    Parameters
    ----------
    scenario : Scenario
        Without `panel.medicare`.
    patients : iterable of int, optional
        Enrolled patients to begin with, two numbers or more. Left out: a tenth to three times the
        present ones.
    share, months_share : float
        The wanted service: in `months_share` of the months at least `share` of the enrolled are
        billed; both between 0 and 1.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    The ends of a break-even's interval are where the confidence limits of the mean cross zero. In a
    small panel a single patient is many percent: a wanted share near the ceiling is then missed by
    chance in months in which nobody had too much to do.

    Examples
    --------
    >>> import ccmsim
    >>> found = panel_size(
    ...     ccmsim.load("solo_nurse"),
    ...     patients=[10, 150],
    ...     share=0.5,
    ...     months_share=0.8,
    ...     months=2,
    ...     replications=20,
    ... )
    >>> found.break_even.value < found.largest.value
    True
    """
    settings = Settings(
        months=months, replications=replications, seed=seed, warmup_months=warmup_months,
        executor=executor, workers=workers, progress=progress, level=level,
    )  # fmt: skip
    settings.check(scenario)
    check_service(share, months_share)
    grid = panels_of(scenario, patients)
    from ccmsim.progress import shown

    with shown(progress, len(grid) * replications) as report:
        simulated = Simulated(settings, report, len(grid))

        @cache
        def point(number: int) -> PanelPoint:
            results = simulated(scenario.but({"panel.enrolled_at_start": number}))
            met = billable_shares(results) >= share
            return PanelPoint(
                number,
                net=mean(values_of(results, "net_usd"), level=level),
                points=mean(values_of(results, "billable_points"), level=level),
                months_met=share_of_months(met, level=level),
            )

        points = tuple(map(point, grid))
        pays = crossings_of(lambda number: point(number).net, grid, 1.0)
        served = crossings_of(
            lambda number: less(point(number).months_met, months_share - NOTHING), grid, 1.0
        )
    minutes = [group.protected_minutes_per_week() for _, group in scenario.seats()]
    return PanelSizes(
        scenario=scenario.name,
        first_month=f"{scenario.start:%Y-%m}",
        present=scenario.panel.enrolled_at_start,
        coordinators=len(minutes),
        full_time=sum(minutes) / 60.0 / FULL_TIME,
        share=share,
        months_share=months_share,
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        points=points,
        break_even=next((each for each in pays if each.rising), None),
        largest=next((each for each in reversed(served) if not each.rising), None),
        always=points[-1].months_met.value >= months_share,
    )


def panels_of(scenario: Scenario, patients: Iterable[int] | None) -> tuple[int, ...]:
    """Return the panels to look at, the smallest first; left out: around the present one.

    Examples
    --------
    >>> import ccmsim
    >>> panels_of(ccmsim.load("two_nurses"), None)
    (20, 40, 70, 100, 150, 200, 300, 400, 600)
    """
    if scenario.panel.medicare is not None:
        rule = "cannot be varied beside panel.medicare, whose patients enroll over time"
        raise refuse("panel.enrolled_at_start", rule, "patients", "no panel.medicare")
    if patients is None:
        present = max(scenario.panel.enrolled_at_start, 10)
        return tuple(int(np.rint(present * times)) for times in _USUAL)
    found = wholes(patients, "patients", 1, 1_000_000, "[50, 100, 200]")
    if len(found) < 2:
        raise refuse("patients", "must be two numbers or more", found, "[50, 100, 200]")
    return tuple(found)
