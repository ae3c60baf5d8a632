"""Capacity check: the closed form of the billable share beside the simulation, over the load.

Comes in: a practice, panels and the settings of `simulate`. Goes out: a frozen `CapacityCheck`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim import theory
from ccmsim.analyses.factors import plain_estimate, values_of
from ccmsim.analyses.gains import Settings, Simulated
from ccmsim.analyses.panel import panels_of
from ccmsim.estimation import Estimate, mean
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

NEAR: Final = 5.0
"""Points within which the closed form counts as near."""


@dataclass(frozen=True, slots=True)
class CheckedLoad:
    """The billable share at one number of patients, in percent.

    Parameters
    ----------
    patients : int
    load : float
        Minutes that patients ask for over minutes on duty.
    fluid, random : float
        By `ccmsim.theory.Capacity`: every month alike, and months that vary.
    simulated : Estimate
    """

    patients: int
    load: float
    fluid: float
    random: float
    simulated: Estimate

    @property
    def apart(self) -> float:
        """Points by which `random` lies above the simulated mean."""
        return self.random - self.simulated.value


@dataclass(frozen=True, kw_only=True)
class CapacityCheck:
    """The closed form beside the simulation.

    Parameters
    ----------
    scenario, first_month : str
    months, replications, seed, warmup_months : int
    level : float
        Coverage of every interval by itself.
    capacity : ccmsim.theory.Capacity
    loads : tuple of CheckedLoad
        The fewest patients first.
    """

    scenario: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    capacity: theory.Capacity
    loads: tuple[CheckedLoad, ...]

    @property
    def far(self) -> tuple[CheckedLoad, ...]:
        """Loads at which the closed form surely lies more than `NEAR` points off."""
        return tuple(
            each
            for each in self.loads
            if each.random - NEAR > each.simulated.high or each.random + NEAR < each.simulated.low
        )

    def table(self) -> pd.DataFrame:
        """Return a row for each number of patients.

        Returns
        -------
        pandas.DataFrame
            Index patients; columns load, fluid and random, and value, standard_error, low, high,
            level, replications and method of the simulated share.
        """
        import pandas as pd

        names = ("load", "fluid", "random")
        rows = [
            {name: getattr(each, name) for name in names} | each.simulated.as_dict()
            for each in self.loads
        ]
        return pd.DataFrame(rows, index=pd.Index([e.patients for e in self.loads], name="patients"))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "months", "replications", "seed", "warmup_months", "level"
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "capacity": dict(vars(self.capacity)),
            "loads": [
                {name: getattr(each, name) for name in ("patients", "load", "fluid", "random")}
                | {"simulated": plain_estimate(each.simulated)}
                for each in self.loads
            ],
            "far": [each.patients for each in self.far],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: both closed forms and the simulated share over the load."""
        from ccmsim.analyses.capacity_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.capacity_views import text

        return text(self)


def capacity_check(
    scenario: Scenario,
    *,
    patients: Iterable[int] | None = None,
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> CapacityCheck:
    """Set the closed form of the billable share beside the simulation, over numbers of patients.

    Parameters
    ----------
    scenario : Scenario
        Without `panel.medicare`.
    patients : iterable of int, optional
        Enrolled patients, two numbers or more. Left out: a tenth to three times the present ones.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Examples
    --------
    >>> import ccmsim
    >>> found = capacity_check(
    ...     ccmsim.load("two_nurses"), patients=[50, 600], months=2, replications=20
    ... )
    >>> [round(each.load, 1) for each in found.loads]
    [0.3, 3.5]
    """
    settings = Settings(
        months=months, replications=replications, seed=seed, warmup_months=warmup_months,
        executor=executor, workers=workers, progress=progress, level=level,
    )  # fmt: skip
    settings.check(scenario)
    grid = panels_of(scenario, patients)
    known = theory.capacity(scenario)
    from ccmsim.progress import shown

    with shown(progress, len(grid) * replications) as report:
        simulated = Simulated(settings, report, len(grid))
        ran = [simulated(scenario.but({"panel.enrolled_at_start": number})) for number in grid]
    return CapacityCheck(
        scenario=scenario.name,
        first_month=f"{scenario.start:%Y-%m}",
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        capacity=known,
        loads=tuple(
            CheckedLoad(
                number,
                load=known.load(number),
                fluid=100.0 * known.fluid_share(number),
                random=100.0 * known.random_share(number),
                simulated=mean(values_of(results, "billable_points"), level=level),
            )
            for number, results in zip(grid, ran, strict=True)
        ),
    )
