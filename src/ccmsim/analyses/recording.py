"""What some weeks of recording teach: for each value, what to write down and how well it is known.

Comes in: a scenario, a path, a number of weeks. Goes out: a `Recording`: the observations that the
practice would get, and the error of the value that they give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.distributions import Beta, Constant, Family
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import at

WEEKS_A_MONTH: Final = 365.25 / 12.0 / 7.0
WEEKS_A_YEAR: Final = 365.25 / 7.0
ASSUMED_CV: Final = 0.5
"""Spread of single durations, as a share of their mean, where the scenario has a constant."""
ASSUMED_SD: Final = 0.1
"""Spread of a part between observations, of a shift at the desk or of an entry's minutes (A)."""

Error = Callable[[Floats, float, "_Facts"], Floats]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What an error may depend on beside the value and the observations."""

    cv: float
    patients: float
    alike: float


@dataclass(frozen=True, slots=True)
class Recordable:
    """A kind of value that can be recorded.

    Parameters
    ----------
    pattern : str
        Of paths; * stands for any name.
    what : str
        What to write down.
    sheet : str
        Kind of log that `ccmsim fit` reads, "" where it reads none.
    unit : str
        What is observed, a key of `counts_of`.
    error : callable
        (values, observations, facts) -> standard errors.
    """

    pattern: str
    what: str
    sheet: str
    unit: str
    error: Error


@dataclass(frozen=True, slots=True)
class Recording:
    """A value that will be recorded: what to write down, and what that gives."""

    path: str
    what: str
    sheet: str
    observations: float
    errors: Callable[[Floats], Floats]


def _of_share(values: Floats, n: float, facts: _Facts) -> Floats:
    found: Floats = np.sqrt(np.clip(values * (1.0 - values), 0.0, None) / n)
    return found


def _of_part(values: Floats, n: float, facts: _Facts) -> Floats:
    """Parts of a whole are measured, not counted as all or nothing: they are less far apart."""
    found: Floats = np.minimum(_of_share(values, 1.0, facts), ASSUMED_SD) / np.sqrt(n)
    return found


def _of_answers(values: Floats, n: float, facts: _Facts) -> Floats:
    """Calls of one patient resemble each other: patients are observed, too."""
    variance = np.clip(values * (1.0 - values), 0.0, None)
    found: Floats = np.sqrt(variance * (facts.alike / facts.patients + (1.0 - facts.alike) / n))
    return found


def _of_rate(values: Floats, n: float, facts: _Facts) -> Floats:
    found: Floats = np.sqrt(np.clip(values, 0.0, None) / n)
    return found


def _of_mean(values: Floats, n: float, facts: _Facts) -> Floats:
    found: Floats = facts.cv * np.abs(values) / np.sqrt(n)
    return found


def _known(values: Floats, n: float, facts: _Facts) -> Floats:
    return np.zeros_like(values)


_ANSWERED: Final = "of each call that is placed, whether the patient was spoken with"
_ENTERED: Final = "of each piece of work, when it was entered, if at all"
_AWAY: Final = "every date on which somebody is away, and the hours"
_BOOKS: Final = "nothing: it stands in the books"

RECORDABLES: Final = (
    Recordable("contact.answer_probability", _ANSWERED, "calls", "attempts", _of_answers),
    Recordable("contact.call_minutes", "how long each answered call takes", "calls", "answered",
               _of_mean),
    Recordable("contact.attempt_minutes", "how long each call in vain takes", "calls",
               "unanswered", _of_mean),
    Recordable("contact.notes_minutes", "how long the notes of each call take", "", "answered",
               _of_mean),
    Recordable("contact.inbound_per_month", "every call that patients make", "",
               "patient-months", _of_rate),
    Recordable("contact.care_tasks_per_month", "every task for a patient", "", "patient-months",
               _of_rate),
    Recordable("contact.inbound_minutes", "how long each call of a patient takes", "",
               "requests", _of_mean),
    Recordable("contact.care_task_minutes", "how long each task takes", "", "requests", _of_mean),
    Recordable("contact.other_work_outside_share",
               "of each patient's call or task, whether a coordinator did it or others", "",
               "requests", _of_share),
    Recordable("documentation.outside_capture_share",
               "of what others do, whether it is in the time log", "", "outside", _of_share),
    Recordable("documentation.*.entry_loss_share", _ENTERED, "time", "entries", _of_share),
    Recordable("documentation.*.minute_loss_share", _ENTERED, "time", "entries", _of_part),
    Recordable("documentation.logging_minutes_per_entry", "how long each entry takes", "",
               "entries", _of_mean),
    Recordable("documentation.failure_share", "an audit of the month's billable records", "",
               "billable", _of_share),
    Recordable("documentation.not_claimable_share", "of each patient, whether the month may be "
               "billed", "", "patient-months", _of_share),
    Recordable("finance.denied_share", "of each claim, what becomes of it, which shows only when "
               "it is paid or denied", "claims", "billable", _of_share),
    Recordable("panel.*_per_month_share", "who leaves, or goes to hospital", "", "patient-months",
               _of_share),
    Recordable("disruptions.*.per_shift_share", "of each shift, whether it was cut short", "",
               "shifts", _of_share),
    Recordable("disruptions.*.spells_per_year", _AWAY, "absences", "seat-years", _of_rate),
    Recordable("staff.*.desk_productive_share", "of each shift, the minutes at the desk", "",
               "shifts", _of_part),
    Recordable("staff.*.wage_usd_per_hour", _BOOKS, "", "", _known),
    Recordable("finance.*_usd", _BOOKS, "", "", _known),
    Recordable("finance.wage_load", _BOOKS, "", "", _known),
)  # fmt: skip
"""The first that fits a path counts."""


def counts_of(scenario: Scenario, weeks: float) -> dict[str, float]:
    """Return how much of each the practice sees in some weeks: the mean of 50 simulated months.

    Examples
    --------
    >>> import ccmsim
    >>> counts = counts_of(ccmsim.load("perfect"), 4.0)
    >>> round(counts["attempts"]), round(counts["shifts"])
    (69, 20)
    """
    from ccmsim.montecarlo import simulate

    months = weeks / WEEKS_A_MONTH
    values = simulate(scenario, months=1, replications=50).values
    mean = {name: float(values[name].mean()) for name in (
        "attempts", "answered", "billable_patients", "enrolled_patients", "inbound_taken",
        "care_tasks_done", "chart_work_done", "outside_items",
    )}  # fmt: skip
    done = mean["inbound_taken"] + mean["care_tasks_done"]
    seats = scenario.seats()
    return {
        "attempts": months * mean["attempts"],
        "answered": months * mean["answered"],
        "unanswered": months * (mean["attempts"] - mean["answered"]),
        "patient-months": months * mean["enrolled_patients"],
        "billable": months * mean["billable_patients"],
        "requests": months * (done + mean["outside_items"]),
        "outside": months * mean["outside_items"],
        "entries": months * (done + mean["answered"] + mean["chart_work_done"]),
        "shifts": weeks * sum(sum(map(bool, group.week_minutes())) for _, group in seats),
        "seat-years": weeks / WEEKS_A_YEAR * len(seats),
    }


def recording_of(scenario: Scenario, path: str, counts: Mapping[str, float]) -> Recording | None:
    """Return what recording a value gives; None where some weeks teach nothing of it.

    Examples
    --------
    >>> import ccmsim
    >>> found = recording_of(ccmsim.load("two_nurses"), "finance.denied_share", {"billable": 100.0})
    >>> found.sheet, found.errors(np.array([0.1])).round(3)
    ('claims', array([0.03]))
    """
    name = path.removesuffix(".mean")
    kind = next((each for each in RECORDABLES if fnmatchcase(name, each.pattern)), None)
    if kind is None:
        return None
    seen = counts.get(kind.unit, 1.0)
    if not seen > 0.0:
        return None
    law = at(scenario, name)
    cv = ASSUMED_CV
    if isinstance(law, Family) and not isinstance(law, Constant) and law.expected() > 0.0:
        cv = float(law.variance()) ** 0.5 / law.expected()
    facts = _Facts(
        cv=cv,
        patients=max(float(scenario.panel.enrolled_at_start), 1.0),
        alike=1.0 / (law.a + law.b + 1.0) if isinstance(law, Beta) else 0.0,
    )
    return Recording(
        path, kind.what, kind.sheet, seen if kind.unit else 0.0,
        lambda values: kind.error(values, seen, facts),
    )  # fmt: skip
