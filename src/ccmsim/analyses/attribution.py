"""Attribution: what stood in the way of missed patient-months, beside what removing it would bring.

Comes in: a scenario and the settings of `simulate`. Goes out: a frozen `Attribution`: missed months
split among obstacles as they were met in each replication, and the paired gain without each.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ccmsim import ideal
from ccmsim.analyses.factors import check_level, plain_estimate, table_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.rare import allowing_difference
from ccmsim.estimation.together import at_once
from ccmsim.measures import billable_points, totals
from ccmsim.rules import REASONS
from ccmsim.scenario.disruptions import CAUSES
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

OBSTACLES: Final = {
    "closure": "practice closed",
    "outage": "record system down or replaced",
    "turnover": "seat vacant, or its holder new",
    "extended_leave": "long leave",
    "planned_leave": "holidays",
    "sickness": "sickness, outbreaks included",
    "floor_cover": "pulled to the clinic floor",
    "backlog": "on duty, busy with others",
    "no_shift": "no shift that day",
    "pursued": "nothing waited: tried, or between tries",
    "capture": "worked, not logged",
    "documentation": "not documented",
    "not_claimable": "may not be billed",
}
"""What may stand in the way of a patient-month, and what a table calls it."""

_OF_CAUSES: Final = {
    "closure": ("closure",),
    "outage": ("outage",),
    "turnover": ("vacancy", "ramp"),
    "extended_leave": ("extended_leave",),
    "planned_leave": ("planned_leave",),
    "sickness": ("sick_spells",),
    "floor_cover": ("floor_cover",),
}
_OF_KINDS: Final = {
    "outage": ("outage", "migration"),
    "sickness": ("sick_spells", "outbreak"),
}
OF_REASONS: Final = {
    "capture": "lost_capture",
    "documentation": "undocumented",
    "not_claimable": "not_claimable",
}
"""Obstacles that decide a month whatever was worked, and the status that tells so."""

_EXECUTION: Final = ("short", "unreached", "no_attempt_off_duty", "no_attempt_backlog")

NUMBERS: Final = ("met", "regained", "apart")


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """One obstacle; all numbers in points: patient-months of 100 enrolled.

    Parameters
    ----------
    name, label : str
        Key and value of `OBSTACLES`.
    met : Estimate
        Missed months that fall on it, as they happened: the descriptive view.
    regained : Estimate or None
        What would be billed besides without it, paired: the counterfactual view; None where nothing
        of the scenario would take it away.
    apart : Estimate or None
        Regained less met, paired; the intervals of all obstacles hold at once (Bonferroni).
    """

    name: str
    label: str
    met: Estimate
    regained: Estimate | None
    apart: Estimate | None


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """What stood in the way, beside what each obstacle costs.

    Parameters
    ----------
    scenario, first_month : str
    months, replications, seed, warmup_months : int
    level : float
        Coverage of the intervals: one by one, of `apart` together.
    patient_months : Estimate
        Enrolled ones.
    missed : Estimate
        Missed patient-months of 100 enrolled: the sum of what was met, exactly. Where nobody is
        enrolled nothing is missed, and there are no obstacles.
    obstacles : tuple of Obstacle
        In the order of `OBSTACLES`, those that were met or that can be taken away.
    """

    scenario: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    patient_months: Estimate
    missed: Estimate
    obstacles: tuple[Obstacle, ...]

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (obstacle, number), numbers as in NUMBERS; "missed" has "met" alone. Columns
            value, standard_error, low, high, level, replications and method.
        """
        numbers = {
            (each.name, name): found
            for each in self.obstacles
            for name in NUMBERS
            if (found := getattr(each, name)) is not None
        }
        return table_of(numbers | {("missed", "met"): self.missed}, ["obstacle", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "months", "replications", "seed", "warmup_months", "level"
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "patient_months": plain_estimate(self.patient_months),
            "missed": plain_estimate(self.missed),
            "obstacles": [
                {"name": each.name, "label": each.label}
                | {
                    name: None if (found := getattr(each, name)) is None else plain_estimate(found)
                    for name in NUMBERS
                }
                for each in self.obstacles
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: both views of each obstacle, side by side."""
        from ccmsim.analyses.attribution_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.attribution_views import text

        return text(self)


def attribution(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 100,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Attribution:
    """Say what stood in the way of missed months, and beside it what each obstacle costs.

    Every missed patient-month is split among obstacles as they were met: by its status where
    capture, documentation or a bar decided, else by the business days from its outreach on. Each
    day to whose end an item of it waited is split by that day's own minutes: what the owner was off
    duty for, and the others that the owner was busy with; a day on which the owner had no shift
    falls on that. The other days fall on the pursuit itself.

    Parameters
    ----------
    scenario : Scenario
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 2 replications; progress is that of all simulations.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible.

    Notes
    -----
    Where few replications have an obstacle's gain, its interval and that of `apart` allow for what
    was seen seldom or never (`ccmsim.estimation.rare.allowing_difference`, of 100 points); `met`
    tells what the replications had.

    The two views answer different questions, and need not agree. An hour lost also delays patients
    whose items wait on a later day, on which their coordinator is there and busy: they are met as
    backlog, and regained without the absence. And a month that waited may be missed without the
    absence, too: nobody might have answered.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> found = attribution(small, months=1, replications=20)
    >>> total = sum(each.met.value for each in found.obstacles)
    >>> abs(total - found.missed.value) < 1e-9
    True
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    if replications < 2:
        raise refuse("replications", "must be at least 2 for a difference", replications, "100")
    removed = _without_each(scenario)
    whole = replications * (1 + len(removed))
    with shown(progress, whole) as report:
        run = Runs(months, warmup_months, executor, workers, report, whole)
        base = run.results(scenario, replications, seed, keep="obstacles")
        regained = {
            name: run.values("billable_points", changed, replications, seed)
            for name, changed in removed.items()
        }
    met, today = met_points(base), billable_points(base.values)
    enrolled = totals(base, "enrolled_patients")
    many = max(len(regained), 1)
    return Attribution(
        scenario=scenario.name,
        first_month=base.months[0],
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        patient_months=mean(enrolled, level=level),
        missed=mean(sum(met.values()), level=level),
        obstacles=tuple(
            _obstacle(name, met[name], regained.get(name), today, level, many)
            for name in OBSTACLES
            if enrolled.any() and (name in regained or met[name].any())
        ),
    )


def _without_each(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario without each obstacle that it can be without, by the obstacle's name."""
    found: dict[str, Scenario] = {}
    for name in _OF_CAUSES:
        kinds = _OF_KINDS.get(name, (name,))
        entries = [
            entry
            for entry, disruption in scenario.disruptions.items()
            if disruption.kind in kinds or getattr(disruption, "cause", None) in kinds
        ]
        if entries:
            found[name] = ideal.without(scenario, *entries)
    for name, apply in (
        ("capture", ideal.lossless_capture),
        ("documentation", _documented),
        ("not_claimable", _claimable),
    ):
        changed = apply(scenario)
        if changed != scenario:
            found[name] = changed
    return found


def _documented(scenario: Scenario) -> Scenario:
    """Return the scenario in which every month that may be billed is documented."""
    return ideal.perfect_documentation(scenario).but(
        {
            "documentation.not_claimable_share": scenario.documentation.not_claimable_share,
            "documentation.consent_missing_share": scenario.documentation.consent_missing_share,
        }
    )


def _claimable(scenario: Scenario) -> Scenario:
    """Return the scenario in which nothing bars a month from being billed."""
    return scenario.but(
        {
            "documentation.not_claimable_share": 0.0,
            "documentation.consent_missing_share": 0.0,
            "tail.practitioner_leaves_per_year": 0.0,
        }
    )


def met_points(results: Results) -> dict[str, Floats]:
    """Return what missed months fall on, of 100 enrolled, one number a replication.

    Parameters
    ----------
    results : Results
        With `keep="obstacles"`.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Keys of `OBSTACLES`; in each replication they add up to the missed months.
    """
    enrolled = np.maximum(results.values["enrolled_patients"].sum(axis=1), 1)
    return {name: 100.0 * met.sum(axis=1) / enrolled for name, met in met_months(results).items()}


def met_months(results: Results) -> dict[str, Floats]:
    """Return what missed patient-months fall on, by month.

    Parameters
    ----------
    results : Results
        With `keep="obstacles"`.

    Returns
    -------
    dict of str to ndarray, shape (n, months)
        Patient-months by `OBSTACLES`; in each month they add up to the missed ones.
    """
    values = results.values
    status = values["patient_status"]
    found = {
        name: (status == 1 + REASONS.index(reason)).sum(axis=1).astype(np.float64)
        for name, reason in OF_REASONS.items()
    }
    missed = np.isin(status, [1 + REASONS.index(reason) for reason in _EXECUTION])
    days = np.maximum(np.where(missed, values["patient_days"], 1), 1)

    def part(of_days: NDArray[Any]) -> Floats:
        """Return the share of each missed month that these days are, added up."""
        shared: Floats = (np.where(missed, of_days, 0) / days).sum(axis=1)
        return shared

    off_duty = values["patient_off_duty_days"]
    for name, causes in _OF_CAUSES.items():
        found[name] = part(off_duty[..., [CAUSES.index(cause) for cause in causes]].sum(axis=-1))
    found["backlog"] = part(values["patient_backlog_days"])
    found["no_shift"] = part(values["patient_no_shift_days"])
    found["pursued"] = part(days - values["patient_waiting_days"])
    return {name: found[name] for name in OBSTACLES}


def _obstacle(
    name: str, met: Floats, without: Floats | None, today: Floats, level: float, many: int
) -> Obstacle:
    """Return both views of one obstacle; `many` of them can be taken away."""
    regained = apart = None
    if without is not None:
        paired = partial(allowing_difference, most=100.0)
        regained = paired(without, today, level=level)
        apart = at_once(paired, without - today, met, many=many, level=level)
    return Obstacle(
        name=name,
        label=OBSTACLES[name],
        met=mean(met, level=level),
        regained=regained,
        apart=apart,
    )
