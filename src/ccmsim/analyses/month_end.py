"""A month's end as a value: what is to be expected of the month and of each patient.

Comes in: numbers by replication, estimates by patient. Goes out: a frozen `Forecast`, its table,
figure and text. Simulates nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, mean, quantile

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

REACHED: Final = "has the minutes"
OPEN: Final = "can be saved"
LOST: Final = "can hardly be saved"
WITHOUT_ENTRY: Final = "(no entry yet)"


@dataclass(frozen=True, slots=True)
class PatientForecast:
    """What is to be expected of one patient, or of each of those without an entry.

    Parameters
    ----------
    label : str
        As the log has it.
    patients : int
        1, or how many have no entry.
    minutes : float
        Logged so far, those that count.
    calls, answered : int
        This month.
    billable : Estimate
        Probability of a billable month, as the practice is staffed.
    gain : Estimate
        How much likelier it is billable if coordinators have time for everything than if nobody
        does anything for it.
    coordinator_minutes : Estimate
        What that takes, logging included.
    usd_per_minute : Estimate or None
        Allowed amount gained for each of these minutes; None where it takes none.
    verdict : str
        REACHED, OPEN or LOST.
    """

    label: str
    patients: int
    minutes: float
    calls: int
    answered: int
    billable: Estimate
    gain: Estimate
    coordinator_minutes: Estimate
    usd_per_minute: Estimate | None
    verdict: str


NUMBERS: Final = ("billable", "gain", "coordinator_minutes", "usd_per_minute")


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """How the month ends, and who can still be saved.

    Parameters
    ----------
    scenario, log : str
        `log`: name of the file.
    day : date
        Its evening is where the forecast begins.
    past_days, days : int
        Business days gone, and of the month.
    enrolled : int
    threshold : float
        Minutes.
    reached : int
        Patients who have them.
    fee_usd : float
        Allowed amount of the first code, mean over the panel.
    replications, seed : int
    level : float
        Coverage of the estimates.
    interval : float
        Probability with which the month ends within `range_of`.
    billable, billed_usd, finally_paid_usd : ndarray, shape (replications,)
        Of the month, one a replication.
    patients : tuple of PatientForecast
        Those who can be saved first, by dollars a minute.
    """

    scenario: str
    log: str
    day: date
    past_days: int
    days: int
    enrolled: int
    threshold: float
    reached: int
    fee_usd: float
    replications: int
    seed: int
    level: float
    interval: float
    billable: Floats
    billed_usd: Floats
    finally_paid_usd: Floats
    patients: tuple[PatientForecast, ...]

    @property
    def numbers(self) -> dict[str, dict[str, Estimate]]:
        """Mean, median and the two ends of the forecast's range, of each variable."""
        low, high = (1.0 - self.interval) / 2.0, (1.0 + self.interval) / 2.0
        named = {
            "billable_patients": self.billable, "billed_usd": self.billed_usd,
            "finally_paid_usd": self.finally_paid_usd,
        }  # fmt: skip
        return {
            name: {
                "mean": mean(values, level=self.level),
                "low": quantile(values, low, level=self.level),
                "median": quantile(values, 0.5, level=self.level),
                "high": quantile(values, high, level=self.level),
            }
            for name, values in named.items()
        }

    def range_of(self, name: str) -> tuple[float, float]:
        """Return the range in which a variable ends with probability `interval`."""
        found = self.numbers[name]
        return found["low"].value, found["high"].value

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (of, number): "mean", "low", "median" and "high" of a variable, NUMBERS of a
            patient by label; columns value, standard_error, low, high, level, replications and
            method.
        """
        rows = {(of, name): e for of, found in self.numbers.items() for name, e in found.items()}
        for each in self.patients:
            for name in NUMBERS:
                if (number := getattr(each, name)) is not None:
                    rows[each.label, name] = number
        return table_of(rows, ["of", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "log", "past_days", "days", "enrolled", "threshold", "reached", "fee_usd",
            "replications", "seed", "level", "interval",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "day": self.day.isoformat(),
            "month": {
                of: {name: plain_estimate(e) for name, e in found.items()}
                for of, found in self.numbers.items()
            },
            "patients": [
                {
                    name: plain_estimate(value) if isinstance(value, Estimate) else value
                    for name in each.__slots__
                    for value in (getattr(each, name),)
                }
                for each in self.patients
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the month's end as a distribution, and whom to call first."""
        from ccmsim.analyses.forecast_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.forecast_views import text

        return text(self)
