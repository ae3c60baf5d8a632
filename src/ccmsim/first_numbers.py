"""What the first page tells: a practice's numbers, estimated, before they are put into words.

Comes in: `Results`, and what else was estimated. Goes out: `FirstNumbers`. Never simulates, and
never words anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.smoothing import statistics
from ccmsim.assumptions import Assumption, assumptions_that_matter
from ccmsim.estimation import Estimate, mean, quantile
from ccmsim.estimation.estimate import rest
from ccmsim.estimation.months import month_quantile
from ccmsim.measures import billable_shares, measures_and_warning, totals
from ccmsim.variables import coordinates
from ccmsim.wording import period

if TYPE_CHECKING:
    from ccmsim.results import Results

BAD_SHARE: Final = 0.10
"""A bad year, and a bad month, is the one in ten."""


@dataclass(frozen=True)
class FirstNumbers:
    """Everything that the page tells; shares are of 100."""

    results: Results
    level: float
    projection: Estimate
    billed: Estimate
    net: Estimate
    bad_net: Estimate
    loss: Estimate
    usual: Estimate
    bad: Estimate
    share: Estimate
    missed: Estimate
    reasons: dict[str, Estimate]
    unreachable: Estimate | None
    lost: Estimate
    causes: dict[str, Estimate]
    absence: Estimate | None
    absence_weeks: int
    assumptions: list[Assumption]
    visits: dict[str, Estimate]

    @property
    def staff(self) -> str:
        """What a coordinator is called: "nurse", "practitioner" or "coordinator"."""
        return self.results.scenario.called()

    @property
    def period(self) -> str:
        """What the reported months are called: "year", "month" or "6 months"."""
        return period(len(self.results.months))


def first_numbers(
    results: Results,
    *,
    ceiling: Estimate | None = None,
    absence: Estimate | None = None,
    absence_weeks: int = 4,
    level: float = 0.95,
    measures: Mapping[str, Estimate] | None = None,
) -> FirstNumbers:
    """Return what the page tells of results, a ceiling's share and an absence's cost.

    Parameters are those of `ccmsim.first_page.first_page`.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=2)
    >>> first_numbers(results).usual.value
    100.0
    """
    found = measures
    if found is None:
        found, _ = measures_and_warning(results, level=level)  # its shortfalls are not on the page
    shares, labels = billable_shares(results), coordinates()
    return FirstNumbers(
        results=results,
        level=level,
        projection=found["plan_usd.total"],
        billed=found["billed_usd.total"],
        net=found["net_usd.total"],
        bad_net=quantile(totals(results, "net_usd"), BAD_SHARE, level=level),
        loss=found["net_usd.total.loss_probability"].times(100.0),
        usual=month_quantile(shares, 0.5, level=level).times(100.0),
        bad=month_quantile(shares, BAD_SHARE, level=level).times(100.0),
        share=found["billable_share"].times(100.0),
        missed=found["missed_share"].times(100.0),
        reasons={name: found[f"missed_share.{name}"].times(100.0) for name in labels["reason"]},
        unreachable=None if ceiling is None else rest(ceiling.times(100.0), 100.0),
        lost=found["lost_share"].times(100.0),
        causes={name: found[f"lost_share.{name}"].times(100.0) for name in labels["cause"]},
        absence=absence,
        absence_weeks=absence_weeks,
        assumptions=assumptions_that_matter(results.scenario),
        visits=_beside(results, found, level),
    )


def _beside(results: Results, found: Mapping[str, Estimate], level: float) -> dict[str, Estimate]:
    """Return what visits bring beside the programme, and how far the months of both vary."""
    if "visit_usd.total" not in found:
        return {}
    beside = {"usd": found["visit_usd.total"]}
    if len(results.months) > 1:
        numbers = statistics(results.values["visit_usd"], results.values["billed_usd"])
        wanted = {
            "cv": ("visits", "cv"),
            "billed_cv": ("programme", "cv"),
            "together_cv": ("together", "cv"),
            "correlation": ("pair", "correlation"),
        }
        beside |= {
            name: mean(numbers[key], level=level) for name, key in wanted.items() if key in numbers
        }
    return beside
