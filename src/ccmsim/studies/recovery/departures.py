"""What the predictive check finds: histories with something in them that the model lacks.

Comes in: histories of known truth, a departure and its size. Goes out: a frozen `Power`: how often
`calibrate` then says that the model does not fit, and how far the posterior was led astray.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.calibration.calibrate import calibrate
from ccmsim.calibration.history import History
from ccmsim.checkpoints import Checkpoint
from ccmsim.checks import whole
from ccmsim.errors import InputError, Problem
from ccmsim.finance import CODES
from ccmsim.scenario.model import Scenario
from ccmsim.studies.accuracy.judging import Count
from ccmsim.studies.recovery.histories import COLUMNS, FREE, MONTHS, Made, made, small_practice
from ccmsim.studies.recovery.running import SIMULATIONS, Report, folder_of

if TYPE_CHECKING:
    import pandas as pd

BILLS: Final = ("billable_patients", *CODES, "billed_usd")
"""Columns that claims make."""

Factors = Callable[[int, float, np.random.Generator], Floats]


@dataclass(frozen=True, slots=True)
class Departure:
    """Something that the model lacks.

    Parameters
    ----------
    title : str
        With a place for the size in percent.
    columns : tuple of str
        Which are changed, where they are there.
    factors : callable
        By what each month is multiplied, from the number of months, the size and a generator.
    sizes : tuple of float
        That are tried.
    """

    title: str
    columns: tuple[str, ...]
    factors: Factors
    sizes: tuple[float, ...]

    def of(self, history: History, size: float, generator: np.random.Generator) -> History:
        """Return the history as it would be seen; counts stay whole."""
        factors = self.factors(len(history.months), size, generator)
        changed = {
            name: np.round(values * factors, 2 if name.endswith("_usd") else 0)
            if name in self.columns
            else values
            for name, values in history.columns.items()
        }
        return History(history.source, history.months, changed)


def _less(first: float, last: float) -> Factors:
    """Return factors 1 − size from one share of the months to another."""

    def factors(months: int, size: float, generator: np.random.Generator) -> Floats:
        found = np.ones(months)
        found[round(first * months) : max(round(last * months), round(first * months) + 1)] -= size
        return found

    return factors


def _scattered(months: int, size: float, generator: np.random.Generator) -> Floats:
    """Return lognormal factors of mean 1 and that coefficient of variation."""
    sigma = float(np.log1p(size**2)) ** 0.5
    return np.exp(generator.normal(-(sigma**2) / 2.0, sigma, months))


DEPARTURES: Final[Mapping[str, Departure]] = {
    "month": Departure("{} of one month's bills are missing", BILLS, _less(0.5, 0.5), (0.5, 1.0)),
    "quarter": Departure(
        "{} of a quarter of the months' bills are missing", BILLS, _less(0.5, 0.75),
        (0.25, 0.5, 0.75),
    ),
    "step": Departure(
        "{} of the bills are missing from the middle on", BILLS, _less(0.5, 1.0), (0.2, 0.4, 0.6)
    ),
    "scatter": Departure(
        "bills vary by {} more from month to month", BILLS, _scattered, (0.25, 0.5)
    ),
    "always": Departure(
        "{} of the bills are missing in every month", BILLS, _less(0.0, 1.0), (0.2, 0.4)
    ),
    "hours": Departure(
        "{} of the hours are not recorded, in every month", ("worked_hours",), _less(0.0, 1.0),
        (0.2, 0.4),
    ),
}  # fmt: skip
"""Departures by name."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One departure at one size.

    Parameters
    ----------
    name : str
        Of DEPARTURES.
    size : float
    found : int
        Histories of which the check says that the model does not fit.
    held : int
        Of all intervals of all free values, those that hold the truth all the same.
    of, intervals : int
        Histories, and intervals.
    """

    name: str
    size: float
    found: int
    held: int
    of: int
    intervals: int

    @property
    def title(self) -> str:
        """In words."""
        return DEPARTURES[self.name].title.format(f"{100.0 * self.size:g} %")


@dataclass(frozen=True, eq=False, kw_only=True)
class Power:
    """How often departures are found.

    Parameters
    ----------
    scenario : str
    months, simulations, seed : int
    false_alarm, level : float
        Of the check, and of the intervals.
    tried : tuple of Tried
    """

    scenario: str
    months: int
    simulations: int
    seed: int
    false_alarm: float
    level: float
    tried: tuple[Tried, ...]

    def table(self) -> pd.DataFrame:
        """Return a row for each departure and size.

        Returns
        -------
        pandas.DataFrame
            Index (departure, size); columns found (share), low and high (Clopper and Pearson, 99
            %), held (share of the intervals that hold the truth) and histories.
        """
        import pandas as pd

        rows = []
        for one in self.tried:
            low, high = Count(one.found, one.of).ends()
            rows.append({
                "found": one.found / one.of, "low": low, "high": high,
                "held": one.held / one.intervals, "histories": one.of,
            })  # fmt: skip
        names = [(one.name, one.size) for one in self.tried]
        return pd.DataFrame(rows, pd.MultiIndex.from_tuples(names, names=["departure", "size"]))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "scenario": self.scenario, "months": self.months, "simulations": self.simulations,
            "seed": self.seed, "false_alarm": self.false_alarm, "level": self.level,
            "tried": [
                {"departure": one.name, "size": one.size, "title": one.title, "found": one.found,
                 "histories": one.of, "held": one.held, "intervals": one.intervals}
                for one in self.tried
            ],
        }  # fmt: skip

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2)

    def __str__(self) -> str:
        from ccmsim.studies.recovery.views import power_text

        return power_text(self)


def power(
    names: Iterable[str] | None = None,
    scenario: Scenario | None = None,
    free: Mapping[str, Any] = FREE,
    *,
    histories: int = 10,
    months: int = MONTHS,
    simulations: int = SIMULATIONS["synthetic"],
    false_alarm: float = 0.01,
    level: float = 0.9,
    seed: int = 0,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Report | None = None,
) -> Power:
    """Calibrate histories with something in them that the model lacks, and ask the check.

    Parameters
    ----------
    names : iterable of str, optional
        Of DEPARTURES; left out: all.
    scenario, free, months, simulations, level, seed, workers, checkpoint, progress
        As in `recovery`, by synthetic likelihood.
    histories : int
        For each departure and size: the same ones.
    false_alarm : float
        Of the check.

    Raises
    ------
    ccmsim.errors.InputError
        Where a name is not known or a setting is impossible.
    """
    chosen = list(DEPARTURES) if names is None else list(names)
    known = ", ".join(DEPARTURES)
    problems = [Problem("names", "is not known", n, known) for n in chosen if n not in DEPARTURES]
    problems += whole(histories, "histories", 1, 10_000, "10")
    if problems:
        raise InputError(problems)
    practice = small_practice() if scenario is None else scenario
    all_made = made(practice, free, histories, columns=COLUMNS, months=months, seed=seed)
    settings = {
        "simulations": simulations, "false_alarm": false_alarm, "level": level, "seed": seed,
        "workers": workers,
    }  # fmt: skip
    pairs = [(name, size) for name in chosen for size in DEPARTURES[name].sizes]
    tried = []
    with folder_of(checkpoint) as folder:
        for number, (name, size) in enumerate(pairs, start=1):
            tried.append(_tried(all_made, name, size, settings, folder))
            if progress is not None:
                progress(number, len(pairs))
    return Power(
        scenario=practice.name, months=months, simulations=simulations, seed=seed,
        false_alarm=false_alarm, level=level, tried=tuple(tried),
    )  # fmt: skip


def _tried(
    known: Made, name: str, size: float, settings: dict[str, Any], folder: str | Path
) -> Tried:
    """Return one departure at one size, over all histories."""
    how = {key: settings[key] for key in ("simulations", "false_alarm", "level")}
    kept = Checkpoint(folder, {"departures": known.spec.fingerprint, "how": how})
    found, held = 0, 0
    for number, (history, truth) in enumerate(zip(known.histories, known.truths, strict=True)):
        done = kept.get(f"{name} {size:g} {number}")
        if done is None:
            seen = DEPARTURES[name].of(history, size, np.random.default_rng([number, 7]))
            one = calibrate(
                known.scenario, seen, known.priors.paths, priors=known.laws, checkpoint=folder,
                **settings,
            )  # fmt: skip
            ends = one.table()
            inside = (ends["low"] <= truth) & (truth <= ends["high"])
            done = {"found": np.array(not one.check.fits), "held": inside.to_numpy()}
            kept.put(f"{name} {size:g} {number}", done)
        found += int(done["found"])
        held += int(done["held"].sum())
    return Tried(name, size, found, held, len(known.histories), known.truths.size)
