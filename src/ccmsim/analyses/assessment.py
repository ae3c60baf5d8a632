"""What an assessment says: today, gaps, levers with their verdicts, and what to check.

Comes in: estimates. Goes out: a frozen `Assessment` as a table, plain values, text or a figure.
Simulates nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.analyses.gains import less
from ccmsim.analyses.levers import STEP, WORTH
from ccmsim.analyses.overturn import Overturn
from ccmsim.assumptions import Assumption
from ccmsim.estimation import Estimate
from ccmsim.scenario.values import plain

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TRIED: Final = 6
"""So many of the best levers are tried on what is not known."""

SURE_OF_100: Final = 80.0
"""A lever is sure where the interval of the sets in which it gains lies above so many of 100."""

INNER: Final = 16
"""Replications of each set."""

VERDICTS: Final = {
    "sure": "gains here, and surely in four of five ways that the practice may really be",
    "likely": "gains here; elsewhere not tried, or not surely",
    "open": "the replications cannot tell a gain from a loss",
    "loses": "costs more than it brings",
}

SURE_MAY_ERR: Final = (
    "where sets are of two kinds, and one loses only little, 'sure' may be told wrongly"
)
"""How luck and loss are confused in `ccmsim.estimation.levels.sets_above`; see docs/assess.md."""

LEVEL_IS: Final = {
    "today": "each",
    "gaps": "each",
    "overturns": "each",
    "levers.net_usd": "all levers at once",
    "levers.before_cost_usd": "all levers at once",
    "levers.billed_patients": "each",
    "levers.bad_net_usd": "each",
    "levers.loss_of_100": "each",
    "levers.unknown_net_usd": "all tried at once",
    "levers.gains_of_100": "all tried at once",
}
"""Whether a level is that of each interval, or of all of a kind at once (Bonferroni). A verdict
takes two of them: of net gains, and of the sets in which a lever gains."""

LIMITS: Final = {
    "": "there is nothing to compare",
    "time": "staff's time limits",
    "demand": "demand, too, limits",
    "open": "it is not decided whether staff's time alone limits, or demand, too",
}
"""What keeps more from being billed: time where ten more patients surely bring less than half of
what ten of today's do, demand where surely at least half."""

TODAY: Final = {
    "enrolled": "Enrolled patients, mean month",
    "eligible": "Eligible patients, mean month",
    "identified_of_100": "On the registry, of 100 eligible",
    "enrolled_of_100": "Enrolled, of 100 eligible",
    "desk_hours_per_week": "Hours on duty a week, all coordinators",
    "lost_of_100": "Of 100 scheduled minutes, those lost to absences",
    "busy_of_100": "Of 100 minutes on duty, those with work",
    "minutes_per_patient": "Countable minutes spent a patient-month",
    "captured_of_100": "Of 100 countable minutes, those in the log",
    "billed_of_100": "Billed, of 100 enrolled",
    "billed_usd": "Billed",
    "bad_billed_usd": "Billed in a bad {stretch}, one in ten",
    "good_billed_usd": "Billed in a good {stretch}, one in ten",
    "before_staff_usd": "Net before staff cost",
    "net_usd": "Net",
    "bad_net_usd": "Net in a bad {stretch}, one in ten",
    "loss_of_100": "Of 100 {stretches}, those with a loss",
}
"""What is told of today; money is of all months, USD; their number names a stretch."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What a change brings.

    Parameters
    ----------
    name, words, driver, kind : str
        As in `ccmsim.analyses.levers.Lever`; of a gap, `kind` is "gap".
    net_usd : Estimate
        Mean net over all months, paired, less `cost_usd`. Intervals of all levers hold at once.
        Perfect execution is told at today's staff cost: its staff are without limit.
    billed_patients : Estimate
        Patients billed in a mean month, paired.
    bad_net_usd : Estimate
        Change of the net in a bad year, less `cost_usd`; its interval is one by one.
    loss_of_100 : Estimate
        Change of the years with a loss, of 100, after `cost_usd`; its interval is one by one.
    cost_usd : float
        A cost over all months that the user has said and the model does not know.
    unknown_net_usd, gains_of_100 : Estimate or None
        Over sets of what is not known: the mean gain, and in how many of 100 sets there is one,
        chance taken out (`ccmsim.estimation.levels.sets_above`); both after `cost_usd`. Intervals
        of all that were tried hold at once: they were chosen by other replications.
    verdict : str
        One of `VERDICTS`; of a gap "".
    """

    name: str
    words: str
    driver: str
    kind: str
    net_usd: Estimate
    billed_patients: Estimate
    bad_net_usd: Estimate
    loss_of_100: Estimate
    cost_usd: float = 0.0
    unknown_net_usd: Estimate | None = None
    gains_of_100: Estimate | None = None
    verdict: str = ""

    @property
    def before_cost_usd(self) -> Estimate:
        """Mean net before `cost_usd`: of a worth, the most that one should pay for it."""
        return less(self.net_usd, -self.cost_usd)

    def estimates(self) -> dict[str, Estimate]:
        """Return the estimates by name, those that there are."""
        names = ("net_usd", "before_cost_usd", "billed_patients", "bad_net_usd", "loss_of_100",
                 "unknown_net_usd", "gains_of_100")  # fmt: skip
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True, kw_only=True, eq=False)
class Assessment:
    """Where a practice stands and what to do about it.

    Parameters
    ----------
    scenario, first_month : str
    months, replications, seed, warmup_months, sets : int
        `replications` of today; of the others as many, or where a half-width was wanted what their
        estimates say; `sets` of what is not known.
    level : float
        Coverage: `LEVEL_IS` says of which intervals one by one, and of which all at once.
    half_width : float or None
        What was wanted of billed patients, in points of the enrolled, if anything. Intervals then
        hold at whichever look was the last.
    reached : bool or None
        Whether every gap and lever is known that well; None where nothing was wanted.
    today : mapping of str to Estimate
        Keys of `TODAY`, those that there are.
    gaps : tuple of Gain
        Each driver, then each disruption: what would be regained if it were perfect.
    levers : tuple of Gain
        The largest net gain first.
    assumptions : tuple of Assumption
        What to check first with data of one's own, as it was measured once on two_nurses.
    overturns : tuple of Overturn
        The same from this scenario: the values over whose ranges its net moves most, and whether a
        conclusion flips there; empty where they were not looked for.
    """

    scenario: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    sets: int
    level: float
    half_width: float | None
    reached: bool | None
    today: Mapping[str, Estimate]
    gaps: tuple[Gain, ...]
    levers: tuple[Gain, ...]
    assumptions: tuple[Assumption, ...]
    overturns: tuple[Overturn, ...]

    @property
    def steps(self) -> tuple[Gain, ...]:
        """Decisions whose cost is known, the best first."""
        return tuple(each for each in self.levers if each.kind == STEP)

    @property
    def worths(self) -> tuple[Gain, ...]:
        """What a little more would be worth, its cost aside, the best first."""
        return tuple(each for each in self.levers if each.kind == WORTH)

    @property
    def ten_of_today_usd(self) -> Estimate:
        """What ten of today's patients bring before staff cost; their mean number has no error."""
        return self.today["before_staff_usd"].times(10.0 / self.today["enrolled"].value)

    @property
    def limited_by(self) -> str:
        """What keeps more from being billed: a key of `LIMITS`, by the intervals; "" without one.

        The interval of ten more patients holds with those of all levers, that of ten of today's by
        itself.
        """
        more = next((each for each in self.levers if each.name == "patients"), None)
        if more is None:
            return ""
        brings, half = more.before_cost_usd, self.ten_of_today_usd.times(0.5)
        if brings.high < half.low:
            return "time"
        return "demand" if brings.low >= half.high else "open"

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (part, name, number), parts "today", "gap", "step" and "worth"; columns value,
            standard_error, low, high, level, replications and method.
        """
        numbers = {("today", "", name): found for name, found in self.today.items()}
        for gain in (*self.gaps, *self.levers):
            for name, found in gain.estimates().items():
                numbers[gain.kind, gain.name, name] = found
        return table_of(numbers, ["part", "name", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "first_month", "months", "replications", "seed", "warmup_months", "sets",
            "level", "half_width", "reached",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "level_is": dict(LEVEL_IS),
            "limited_by": self.limited_by or None,
            "today": {name: plain_estimate(found) for name, found in self.today.items()},
            "gaps": [_plain(gain) for gain in self.gaps],
            "levers": [_plain(gain) for gain in self.levers],
            "assumptions": [
                {
                    "text": each.text,
                    "values": {path: plain(value) for path, value in each.values.items()},
                    "swing_usd": each.swing_usd,
                }
                for each in self.assumptions
            ],
            "overturns": [each.as_dict() for each in self.overturns],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: what the gaps cost and what the levers bring."""
        from ccmsim.analyses.assess_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.assess_views import text

        return text(self)


def _plain(gain: Gain) -> dict[str, Any]:
    head = {
        name: getattr(gain, name)
        for name in ("name", "words", "driver", "kind", "cost_usd", "verdict")
    }
    return head | {name: plain_estimate(found) for name, found in gain.estimates().items()}
