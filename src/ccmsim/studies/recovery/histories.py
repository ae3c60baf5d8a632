"""Histories whose truth is known: values drawn from their priors, months made by the engine.

Comes in: a practice, laws of free values, columns. Goes out: a `Made`: histories as `calibrate`
reads them, each beside the values that made it. Infers nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.calibration.history import FEWEST, History
from ccmsim.calibration.matching import matched
from ccmsim.calibration.priors import Priors, priors_of
from ccmsim.calibration.simulator import Spec, simulate_points
from ccmsim.checks import MONTHS_MAX, check_scenario, check_seed, whole
from ccmsim.errors import InputError
from ccmsim.scenario.model import Scenario

FREE: Final[Mapping[str, Any]] = {
    "contact.answer_probability": {"family": "uniform", "low": 0.25, "high": 0.70},
    "contact.call_minutes": {"family": "uniform", "low": 8.0, "high": 18.0},
    "panel.opt_out_per_month_share": {"family": "uniform", "low": 0.005, "high": 0.05},
}
"""Wider than the evidence, so that the months have something to tell."""

COLUMNS: Final = (
    "enrolled_patients", "99490", "99439", "billed_usd", "worked_hours", "attempts",
)  # fmt: skip

MONTHS: Final = 12
PATIENTS: Final = 60
HISTORIES_MAX: Final = 10_000


@dataclass(frozen=True, eq=False)
class Made:
    """Histories and the values that made them.

    Parameters
    ----------
    scenario : Scenario
        As they were simulated, but for the free values.
    priors : Priors
    spec : Spec
        What the engine makes of values.
    z, truths : ndarray, shape (histories, parameters)
        The values as normal numbers, and in their own units.
    histories : tuple of History
    """

    scenario: Scenario
    priors: Priors
    spec: Spec
    z: Floats
    truths: Floats
    histories: tuple[History, ...]

    @property
    def laws(self) -> dict[str, Any]:
        """The priors by path."""
        return {item.path: item.law for item in self.priors.parameters}


def small_practice() -> Scenario:
    """Return the practice of the shipped history with 60 patients: leavers are not replaced.

    Examples
    --------
    >>> small_practice().panel.enrolled_at_start, small_practice().panel.replace_leavers
    (60, False)
    """
    from ccmsim.calibration.examples import practice

    return practice().but({"panel.enrolled_at_start": PATIENTS})


def made(
    scenario: Scenario,
    free: Mapping[str, Any],
    histories: int,
    *,
    columns: Sequence[str] = COLUMNS,
    months: int = MONTHS,
    seed: int = 0,
) -> Made:
    """Return histories that the engine made at values drawn from their priors.

    Parameters
    ----------
    scenario : Scenario
    free : mapping of str to law
        The free paths with their priors.
    histories : int
        How many, each of one replication.
    columns : sequence of str
        Of `ccmsim.calibration.history.SERIES`.
    months : int
    seed : int

    Raises
    ------
    ccmsim.errors.InputError
        Where a setting is impossible, or a path or a law cannot be used.

    Examples
    --------
    >>> found = made(small_practice(), FREE, 2, months=3)
    >>> found.truths.shape, list(found.histories[0].columns)[:2]
    ((2, 3), ['enrolled_patients', '99490'])
    """
    check_scenario(scenario)
    problems = whole(histories, "histories", 1, HISTORIES_MAX, "40")
    problems += whole(months, "months", FEWEST, MONTHS_MAX, str(MONTHS))
    if problems:
        raise InputError(problems)
    check_seed(seed)
    laws = priors_of(scenario, list(free), free)
    match = matched(scenario, _sheet(scenario, columns, months), None)
    names = tuple(match.columns)
    spec = Spec(match.scenario, laws.parameters, names, months, match.warmup_months, seed)
    z = np.random.default_rng([seed, zlib.crc32(b"truths")]).normal(size=(histories, len(free)))
    values = laws.values(z)
    series = simulate_points(spec, "histories of known truth", 0, values)
    tables = tuple(
        History(f"history {number + 1}", match.history.months, dict(zip(names, one, strict=True)))
        for number, one in enumerate(series)
    )
    return Made(scenario, laws, spec, z, values, tables)


def _sheet(scenario: Scenario, columns: Sequence[str], months: int) -> History:
    """Return a history of the practice's own first months, to be filled."""
    first = scenario.start.year * 12 + scenario.start.month - 1
    dates = tuple(date(m // 12, m % 12 + 1, 1) for m in range(first, first + months))
    filled = {name: np.ones(months) for name in columns}
    if scenario.panel.replace_leavers:  # a panel that is held tells nothing
        filled.pop("enrolled_patients", None)
    elif "enrolled_patients" in filled:
        filled["enrolled_patients"] *= scenario.panel.enrolled_at_start
    return History("sheet", dates, filled)
