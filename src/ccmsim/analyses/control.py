"""Control variates: the same precision of a mean with fewer whole replications.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `Controlled`. What takes
coordinators away decides most of a year, and can be simulated without its patients.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import (
    MEASURES,
    check_level,
    check_measure,
    part_of,
    plain_estimate,
    table_of,
    values_of,
)
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario, whole
from ccmsim.errors import CcmsimError, InputError, refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.controls import controlled_mean
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

FEWEST: Final = 50
USUAL: Final = ("net_usd", "billed_usd", "billable_patients")
NUMBERS: Final = ("plain", "controlled", "explained", "saved")
"""What is told of each measure."""


@dataclass(frozen=True, kw_only=True)
class Controlled:
    """Means with and without controls.

    Parameters
    ----------
    scenario, first_month : str
    months, replications, controls, seed, warmup_months : int
        `controls`: replications without patients, the first of which are those of `replications`.
    level : float
        Coverage of every interval, one by one.
    plain, controlled : mapping of str to Estimate
        By measure.
    explained : mapping of str to Estimate
        Share of each measure's variance that goes with the time lost by cause, 0 to 1.
    saved : mapping of str to Estimate
        How many times more replications the plain mean would need for the controlled one's error.
    """

    scenario: str
    first_month: str
    months: int
    replications: int
    controls: int
    seed: int
    warmup_months: int
    level: float
    plain: Mapping[str, Estimate]
    controlled: Mapping[str, Estimate]
    explained: Mapping[str, Estimate]
    saved: Mapping[str, Estimate]

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (measure, number), numbers as in NUMBERS; columns value, standard_error, low,
            high, level, replications and method.
        """
        numbers = {
            (measure, name): getattr(self, name)[measure]
            for measure in self.plain
            for name in NUMBERS
        }
        return table_of(numbers, ["measure", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "months", "replications", "controls", "seed",
            "warmup_months", "level",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            name: {of: plain_estimate(found) for of, found in getattr(self, name).items()}
            for name in NUMBERS
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: each mean's interval, plain and controlled."""
        from ccmsim.analyses.control_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.control_views import text

        return text(self)


def control_variates(
    scenario: Scenario,
    *,
    measures: Iterable[str] = USUAL,
    months: int = 12,
    replications: int = 200,
    times: int = 8,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Controlled:
    """Estimate means with the time lost by cause as control variates.

    Who is away does not depend on the patients. So the minutes that each cause takes are simulated
    `times` as often, with one patient, which costs little, and the means are moved by what these
    many replications tell of them.

    Parameters
    ----------
    scenario : Scenario
        Without `operations.load_absence`, which makes absence depend on the patients.
    measures : iterable of str
        Of MEASURES: totals over the reported months.
    replications : int
        Whole ones, at least 50.
    times : int
        Replications of the controls for each of them, at least 2.
    months, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When absence depends on the patients, or a setting is impossible.

    Notes
    -----
    See `ccmsim.estimation.controls.controlled_mean`. What is saved on each preset, time and all, is
    measured by `benchmarks/variance.py`.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})
    >>> found = control_variates(small, replications=100, times=4)
    >>> found.saved["net_usd"].low > 1.0
    True
    """
    from ccmsim.montecarlo import simulate
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    names = list(measures)
    for name in names:
        check_measure(name)
    if not names:
        raise refuse("measures", "must not be empty", names, ", ".join(MEASURES))
    if replications < FEWEST:
        raise refuse("replications", f"must be at least {FEWEST} here", replications, "200")
    if problems := whole(times, "times", 2, 1_000, "8"):
        raise InputError(problems)
    if scenario.operations.load_absence is not None:
        rule = "makes absence depend on the patients, so it cannot be simulated without them"
        valid = "a scenario without it"
        raise refuse("operations.load_absence", rule, scenario.operations.load_absence, valid)
    total = replications * (1 + times)
    with shown(progress, total) as report:
        ran = [
            simulate(
                one,
                months=months,
                replications=count,
                seed=seed,
                warmup_months=warmup_months,
                executor=executor,
                workers=workers,
                progress=part_of(report, before, total),
            )
            for one, count, before in (
                (scenario, replications, 0),
                (without_patients(scenario), replications * times, replications),
            )
        ]
    same, more = map(lost_by_cause, ran)
    if not np.array_equal(same, more[:replications]):
        raise CcmsimError("absence depends on the patients here: no control is known")
    found = {
        name: controlled_mean(values_of(ran[0], name), same, more, level=level) for name in names
    }
    return Controlled(
        scenario=scenario.name,
        first_month=ran[0].months[0],
        months=months,
        replications=replications,
        controls=replications * times,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        plain={name: mean(values_of(ran[0], name), level=level) for name in names},
        controlled={name: each.mean for name, each in found.items()},
        explained={name: each.explained for name, each in found.items()},
        saved={name: each.saved for name, each in found.items()},
    )


def without_patients(scenario: Scenario) -> Scenario:
    """Return the scenario with one patient, who changes nobody's absence."""
    return scenario.but({
        "panel.enrolled_at_start": 1,
        "panel.medicare": None,
        "enrollment": None,
        "visits": None,
        "uncertain": None,
    })  # fmt: skip


def lost_by_cause(results: Results) -> Floats:
    """Return lost minutes, shape (replications, causes that strike)."""
    lost: Floats = results.values["lost_minutes"].astype(np.float64).sum(axis=1)
    return lost
