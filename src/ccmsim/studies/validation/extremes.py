"""Extreme conditions: what must come out when something is nothing, everything or everybody.

Comes in: settings of simulations. Goes out: a frozen `Extremes`, each case with what was expected
and what was found.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ccmsim import ideal
from ccmsim.arrays import Floats
from ccmsim.errors import InputError
from ccmsim.rules import REASONS
from ccmsim.scenario import load
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from ccmsim.results import Results

Values = Mapping[str, Any]

REFUSED: Final = "refused"


class Case(NamedTuple):
    """A case: the scenario, what must hold, and the number that shows it."""

    words: str
    expected: str
    scenario: Callable[[], Scenario]
    shown: Callable[[Values], Floats]
    holds: Callable[[Floats], bool]


@dataclass(frozen=True, slots=True)
class Extreme:
    """A case with its outcome; `low` and `high` are the least and the most of all replications."""

    words: str
    expected: str
    low: float
    high: float
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """All extreme conditions of a run.

    Parameters
    ----------
    cases : tuple of Extreme
    months, replications, seed : int
    """

    cases: tuple[Extreme, ...]
    months: int
    replications: int
    seed: int

    @property
    def passed(self) -> bool:
        """Whether every case is."""
        return all(case.passed for case in self.cases)

    def table(self) -> pd.DataFrame:
        """Return a case as a row: columns words, expected, low, high and passed."""
        import pandas as pd

        names = Extreme.__slots__
        return pd.DataFrame([{n: getattr(case, n) for n in names} for case in self.cases])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "passed": self.passed,
            "months": self.months,
            "replications": self.replications,
            "seed": self.seed,
            "cases": self.table().to_dict(orient="records"),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        from ccmsim.wording import columns

        rows = [("case", "expected", "found", "")]
        rows += [(c.words, c.expected, found_words(c), _OUTCOME[c.passed]) for c in self.cases]
        return "\n".join(columns(rows))


_OUTCOME: Final = {True: "passed", False: "FAILED"}


def found_words(case: Extreme) -> str:
    """Return what was found, over all replications."""
    if case.expected == REFUSED and case.passed:
        return REFUSED
    if case.low == case.high:
        return f"{case.low:,.8g}"
    return f"{case.low:,.4g} to {case.high:,.4g}"


def _total(name: str) -> Callable[[Values], Floats]:
    return lambda values: np.asarray(values[name].sum(axis=1), float)


def _share(values: Values) -> Floats:
    billed, enrolled = (values[f"{n}_patients"].sum(axis=1) for n in ("billable", "enrolled"))
    return np.asarray(100.0 * billed / enrolled, float)


def _undocumented(values: Values) -> Floats:
    """Return the percentage of months with enough logged minutes whose documentation fails."""
    failed = values["missed_patients"][:, :, REASONS.index("undocumented")].sum(axis=1)
    return np.asarray(100.0 * failed / (failed + values["billable_patients"].sum(axis=1)), float)


def _nothing(values: Floats) -> bool:
    return bool((values == 0.0).all())


def _but(preset: str, **values: Any) -> Callable[[], Scenario]:
    return lambda: load(preset).but({p.replace("__", "."): v for p, v in values.items()})


def _nobody_works() -> Scenario:
    changes = {"staff.nurses.hours_per_week": 0.0, **_QUIET}
    return load("two_nurses").but(changes)


def _nothing_logged() -> Scenario:
    changes: dict[str, Any] = {"documentation.outside_capture_share": 0.0}
    for mode in CAPTURE_MODES:
        changes[f"documentation.{mode}.entry_loss_share"] = 1.0
    return load("two_nurses").but(changes)


def _everything_perfect() -> Scenario:
    everybody = {
        "contact.answer_probability": 1.0,
        "contact.morning_factor": 1.0,
        "contact.afternoon_factor": 1.0,
        "contact.outreach_pattern": "first_day",
    }
    return ideal.no_attrition(ideal.ceiling(load("two_nurses").but(everybody)))


def _always_away() -> Scenario:
    leave = {"disruptions.planned_leave.spells_per_year": 1e6, **_QUIET}
    return load("two_nurses").but(leave)


_QUIET: Final = {"contact.inbound_per_month": 0.0, "contact.care_tasks_per_month": 0.0}
_YEAR: Final = 59_517.00

CASES: Final = (
    Case("the preset perfect", "billed 59,517.00 USD a year", lambda: load("perfect"),
         _total("billed_usd"), lambda v: bool((np.round(v, 2) == _YEAR).all())),
    Case("everything perfect, staff without limit", "100 % billable", _everything_perfect, _share,
         lambda v: bool((v == 100.0).all())),
    Case("no hours, no requests", "nothing billed", _nobody_works, _total("billed_usd"), _nothing),
    Case("no hours", "no calls", _but("two_nurses", staff__nurses__hours_per_week=0.0),
         _total("attempts"), _nothing),
    Case("everybody always on leave", "no minute on duty", _always_away, _total("on_duty_minutes"),
         _nothing),
    Case("nobody answers, no requests", "nothing billed",
         lambda: load("two_nurses").but({"contact.answer_probability": 0.0, **_QUIET}),
         _total("billed_usd"), _nothing),
    Case("nothing is logged", "nothing billed", _nothing_logged, _total("billed_usd"), _nothing),
    Case("documentation fails by chance and lastingly, half and half", "1 − ½ · ½ = 75 %",
         _but("two_nurses", documentation__failure_share=1.0), _undocumented,
         lambda v: bool(abs(v.mean() - 75.0) < 2.0)),
    Case("no month may be billed", "nothing billable",
         _but("two_nurses", documentation__not_claimable_share=1.0), _total("billable_patients"),
         _nothing),
    Case("a threshold of 10,000 minutes", "nothing billable",
         _but("two_nurses", contact__threshold_minutes=1e4, contact__target_minutes=1e4),
         _total("billable_patients"), _nothing),
    Case("all claims are denied for good", "nothing paid",
         _but("two_nurses", finance__denied_share=1.0, finance__recovered_share=0.0),
         _total("finally_paid_usd"), _nothing),
    Case("everybody leaves at once, nobody follows", "nobody after the first month",
         _but("two_nurses", panel__opt_out_per_month_share=1.0, panel__replace_leavers=False),
         lambda v: np.asarray(v["enrolled_patients"][:, 1:].sum(axis=1), float), _nothing),
    Case("one patient", "at most one billed a month",
         _but("two_nurses", panel__enrolled_at_start=1),
         lambda values: np.asarray(values["billable_patients"].max(axis=1), float),
         lambda v: bool((v <= 1.0).all())),
    Case("nobody enrolled, nobody asked", REFUSED,
         _but("two_nurses", panel__enrolled_at_start=0),
         _total("billed_usd"), _nothing),
    Case("nobody enrolled yet, people are asked", "nobody in the first month",
         _but("growth_100", panel__enrolled_at_start=0),
         lambda values: np.asarray(values["enrolled_patients"][:, 0], float), _nothing),
)  # fmt: skip
"""Every case; one is a scenario that cannot be, and is refused."""


def extremes(
    *, replications: int = 40, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Extremes:
    """Run every extreme case for a year: each must hold in every replication.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`.
    level : float
        Not used: nothing here is estimated.

    Examples
    --------
    >>> extremes(replications=1).passed
    True
    """
    from ccmsim.montecarlo import simulate

    months = 12

    def outcome(case: Case) -> Extreme:
        try:
            scenario = case.scenario()
        except InputError:
            refused = case.expected == REFUSED
            return Extreme(case.words, case.expected, 0.0, 0.0, refused)
        results: Results = simulate(
            scenario, months=months, replications=replications, seed=seed, workers=workers
        )
        shown = case.shown(results.values)
        passed = case.expected != REFUSED and case.holds(shown)
        return Extreme(case.words, case.expected, float(shown.min()), float(shown.max()), passed)

    return Extremes(
        cases=tuple(outcome(case) for case in CASES),
        months=months,
        replications=replications,
        seed=seed,
    )
