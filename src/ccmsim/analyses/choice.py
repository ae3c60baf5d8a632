"""A choice of staff as a value: limits of risk, options, and which is the best.

Comes in: estimates of every option. Goes out: a frozen `Staffing`, its table, figure and text.
Simulates nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import plain_estimate
from ccmsim.arrays import Floats
from ccmsim.checks import numeric
from ccmsim.errors import Problem
from ccmsim.estimation import Estimate
from ccmsim.measures import billable_shares

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.results import Results

KEEPS: Final = "keeps the limits"
BREAKS: Final = "breaks a limit"
UNSURE: Final = "not decided on the limits"
BEHIND: Final = "behind one that keeps them"
LIMITED: Final = {"net_usd": "net", "cash_net_usd": "net by cash", "billable_share": "billed share"}
"""What a limit may be of, month by month."""

NUMBERS: Final = ("mean", "to_today", "bad_year")
"""Estimates of every option."""

ANSWERS: Final = {True: "kept", False: "broken", None: "undecided"}
"""What is said of an option and one limit."""


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """At most a share of months may lie below a level.

    Parameters
    ----------
    measure : str
        "net_usd" or "cash_net_usd" of a month, or "billable_share" (0 to 1).
    level : float
        In the measure's unit.
    months_share : float
        So many of all months may lie below it, 0 to 1.

    Examples
    --------
    >>> RiskLimit("net_usd", 0.0, 0.05)
    RiskLimit(measure='net_usd', level=0.0, months_share=0.05)
    """

    measure: str
    level: float
    months_share: float

    def problems(self) -> list[Problem]:
        """Return what is wrong with it."""
        found = []
        measure: Any = self.measure
        if not isinstance(measure, str) or measure not in LIMITED:
            rule = "is not of a known measure"
            found.append(Problem("risk.measure", rule, measure, ", ".join(LIMITED)))
        found += numeric(self.level, "risk.level", "a number in the measure's unit, such as 0")
        share = numeric(self.months_share, "risk.months_share", "a share such as 0.05")
        if not share and not 0.0 <= self.months_share < 1.0:
            rule = "must be at least 0 and below 1"
            share = [Problem("risk.months_share", rule, self.months_share, "a share such as 0.05")]
        return found + share

    def __str__(self) -> str:
        percent = f"{100.0 * self.months_share:g} %"
        return f"{LIMITED[self.measure]} below {self.level:,.8g} in at most {percent} of months"

    def below(self, results: Results) -> Floats:
        """Return the share of months below the level, one a replication."""
        monthly = (
            billable_shares(results)
            if self.measure == "billable_share"
            else results.values[self.measure]
        )
        shares: Floats = (monthly < self.level).mean(axis=1)
        return shares


@dataclass(frozen=True, slots=True)
class Option:
    """One team.

    Parameters
    ----------
    name : str
    mean : Estimate
        Of the objective; its interval holds by itself.
    to_today : Estimate
        Its mean less that of the scenario as it is, paired; the interval holds by itself.
    bad_year : Estimate
        The one-in-twenty bad year.
    limits : tuple of Estimate
        Share of months below each limit's level; these hold for all options at once, at every look.
    kept : tuple of bool or None
        Whether each limit is kept, to the tolerance; None where that is open.
    verdict : str
        "keeps the limits", "breaks a limit", "not decided on the limits", or "behind one that keeps
        them", which need not be judged.
    replications : int
        When it was last looked at.
    """

    name: str
    mean: Estimate
    to_today: Estimate
    bad_year: Estimate
    limits: tuple[Estimate, ...]
    kept: tuple[bool | None, ...]
    verdict: str
    replications: int


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """Which team to choose.

    Parameters
    ----------
    scenario, objective, first_month : str
    months, seed, warmup_months : int
    worth : float
        A difference that matters, in the objective's unit.
    level : float
        Probability of a correct selection, and coverage of intervals.
    risk : tuple of RiskLimit
    tolerance : float
        Share of months to which the limits are judged.
    today : Estimate
        Mean of the objective as it is.
    options : tuple of Option
        The highest mean first.
    best : str or None
        Of those that surely keep the limits; None where none does.
    decided : bool
        Whether the selection came to its end before the cap.
    left : tuple of str
        Those that may still be the best, where it did not.
    undecided_on_limits : tuple of str
        Those of them of which it is open whether they keep the limits.
    """

    scenario: str
    objective: str
    first_month: str
    months: int
    seed: int
    warmup_months: int
    worth: float
    level: float
    risk: tuple[RiskLimit, ...]
    tolerance: float
    today: Estimate
    options: tuple[Option, ...]
    best: str | None
    decided: bool
    left: tuple[str, ...]
    undecided_on_limits: tuple[str, ...]

    def frontier(self) -> tuple[Option, ...]:
        """Return the options that do not break a limit for certain, and are the best in their way.

        None of the others that do has both as high a mean and as good a bad year, by the estimates.
        The highest mean first; the bad years rise from one to the next.
        """
        found: list[Option] = []
        for option in sorted(self.options, key=lambda one: (-one.mean.value, -one.bad_year.value)):
            if option.verdict != BREAKS and all(
                option.bad_year.value > better.bad_year.value for better in found
            ):
                found.append(option)
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (option, number): "mean", "to_today", "bad_year" and "limit 1", …; columns
            verdict, value, standard_error, low, high, level, replications and method.
        """
        import pandas as pd

        rows = {}
        for option in self.options:
            for name, number in _numbers(option).items():
                rows[option.name, name] = {"verdict": option.verdict, **number.as_dict()}
        index = pd.MultiIndex.from_tuples(list(rows), names=["option", "number"])
        return pd.DataFrame(list(rows.values()), index=index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "objective", "first_month", "months", "seed", "warmup_months", "worth",
            "level", "tolerance", "best", "decided",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names} | {
            "left": list(self.left),
            "undecided_on_limits": list(self.undecided_on_limits),
            "frontier": [option.name for option in self.frontier()],
        }
        return head | {
            "risk": [self._plain(limit) for limit in self.risk],
            "today": plain_estimate(self.today),
            "options": [
                {
                    "name": option.name,
                    "verdict": option.verdict,
                    "replications": option.replications,
                    **{name: plain_estimate(getattr(option, name)) for name in NUMBERS},
                    "limits": [
                        self._plain(limit) | {"share": plain_estimate(share), "kept": ANSWERS[kept]}
                        for limit, share, kept in zip(
                            self.risk, option.limits, option.kept, strict=True
                        )
                    ],
                }
                for option in self.options
            ],
        }

    def _plain(self, limit: RiskLimit) -> dict[str, Any]:
        """Return a limit, in words and as fields."""
        return {"words": str(limit)} | asdict(limit) | {"tolerance": self.tolerance}

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: the mean of each option against its bad year."""
        from ccmsim.analyses.staffing_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.staffing_views import text

        return text(self)


def _numbers(option: Option) -> dict[str, Estimate]:
    limits = {f"limit {k}": found for k, found in enumerate(option.limits, start=1)}
    return {name: getattr(option, name) for name in NUMBERS} | limits
