"""The simulations of a study, and effects from them.

Comes in: scenarios and the settings that all of a study's simulations share. Goes out: results, and
estimates of their differences.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.checks import check_run
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, mean, paired_difference, ratio_of_means
from ccmsim.estimation.resampling import bootstrapped
from ccmsim.measures import estimate_of, totals
from ccmsim.rules import UNCONTACTED
from ccmsim.scenario.model import Scenario
from ccmsim.studies.claim import Check, Claim, Effect, Grid

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.results import Results


@dataclass
class Study:
    """Settings of a claim's simulations; remembers which scenarios there were."""

    number: int
    name: str
    replications: int
    seed: int
    level: float
    workers: int | None = None
    executor: Executor | None = None
    months: int = 12
    warmup_months: int = 6
    effects: dict[str, Effect] = field(default_factory=dict)
    scenarios: list[str] = field(default_factory=list)
    note: str = ""

    def run(
        self, scenario: Scenario, changes: Mapping[str, Any] | None = None, **settings: Any
    ) -> Results:
        """Simulate a scenario, changed."""
        from ccmsim.montecarlo import simulate

        if scenario.name not in self.scenarios:
            self.scenarios.append(scenario.name)
        return simulate(
            scenario.but(dict(changes)) if changes else scenario,
            months=settings.get("months", self.months),
            warmup_months=settings.get("warmup_months", self.warmup_months),
            replications=settings.get("replications", self.replications),
            seed=settings.get("seed", self.seed),
            executor=self.executor,
            workers=self.workers,
            keep=settings.get("keep", "months"),
        )

    def enter(self, name: str, words: str, unit: str, estimate: Estimate) -> Estimate:
        """Enter an effect."""
        self.effects[name] = Effect(words, unit, estimate)
        return estimate

    def exact(self, name: str, words: str, unit: str, value: float) -> Estimate:
        """Enter a number without a sampling error, to four digits."""
        shown = float(f"{value:.4g}")
        exact = Estimate(shown, 0.0, shown, shown, self.level, self.replications, "exact")
        return self.enter(name, words, unit, exact)

    def average(self, name: str, words: str, unit: str, values: Floats) -> Estimate:
        """Enter a mean."""
        return self.enter(name, words, unit, mean(values, level=self.level))

    def difference(self, name: str, words: str, unit: str, a: Floats, b: Floats) -> Estimate:
        """Enter a mean difference a - b of the same replications."""
        return self.enter(name, words, unit, paired_difference(a, b, level=self.level))

    def percent(self, name: str, words: str, a: Floats, b: Floats) -> Estimate:
        """Enter by how many percent of b's mean a's mean is above it."""
        found = ratio_of_means(a - b, b, level=self.level).times(100.0)
        return self.enter(name, words, "%", found)

    def contact(self, name: str, words: str, results: Results) -> None:
        """Enter how long ago patients were last spoken with: no clinical outcome is modelled."""
        months = estimate_of(results, "months_since_contact", level=self.level)
        share = estimate_of(results, "uncontacted_share", level=self.level).times(100.0)
        self.enter(f"{name}.contact", f"Months since the last contact, {words}", "months", months)
        self.enter(
            f"{name}.uncontacted",
            f"Patients without contact for {UNCONTACTED} months or more, {words}", "%", share,
        )  # fmt: skip

    def statistic(
        self, name: str, words: str, unit: str, of: Callable[..., float], *samples: Floats
    ) -> Estimate:
        """Enter any statistic, with a bootstrap interval."""
        return self.enter(name, words, unit, bootstrapped(of, *samples, level=self.level))

    def claim(self, claim: str, holds_when: str, *tests: Check, grid: Grid | None = None) -> Claim:
        """Return the claim."""
        return Claim(
            number=self.number,
            name=self.name,
            claim=claim,
            effects=self.effects,
            tests=tests,
            holds_when=holds_when,
            scenarios=tuple(self.scenarios),
            months=self.months,
            warmup_months=self.warmup_months,
            replications=self.replications,
            seed=self.seed,
            level=self.level,
            note=self.note,
            grid=grid,
        )


_CHANCE: Final = 0.05


def beyond_chance(parameters: int, sets: int) -> float:
    """Return the rank correlation that chance alone reaches in one of twenty studies.

    That is, for any of all parameters (Bonferroni), by the normal law of a rank correlation.

    Examples
    --------
    >>> round(beyond_chance(40, 120), 3)
    0.296
    """
    from scipy.special import ndtri

    return float(ndtri(1.0 - _CHANCE / (2.0 * parameters)) / (sets - 1) ** 0.5)


FEWEST: Final = 20
"""Replications of a study, at least."""


def chosen_of(
    field: str, names: Iterable[str] | None, known: Collection[str], replications: int, seed: int
) -> list[str]:
    """Return the studies to run, all of them where none is named.

    Raises
    ------
    ccmsim.errors.InputError
        When one is not known or a setting is impossible.
    """
    chosen = list(known if names is None else names)
    for name in chosen:
        if name not in known:
            raise refuse(field, "is not known", name, ", ".join(known))
    check_run(12, 0, replications, seed)
    if replications < FEWEST:
        raise refuse("replications", f"must be at least {FEWEST} here", replications, "200")
    return chosen


def check_few(replications: int) -> None:
    """Refuse fewer replications than an interval of a difference can be told from.

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than 3.
    """
    if replications < 3:
        raise refuse("replications", "must be at least 3 here", replications, "50")


def net(results: Results) -> Floats:
    """Return the net of all months, USD."""
    return totals(results, "net_usd")


def billed(results: Results) -> Floats:
    """Return what is billed in all months, USD."""
    return totals(results, "billed_usd")


def spread(values: Floats) -> float:
    """Return the coefficient of variation."""
    return float(values.std(ddof=1) / values.mean())


def bad_to_usual(values: Floats) -> float:
    """Return the one-in-twenty bad year as a share of the usual one."""
    low, usual = np.quantile(values, [0.05, 0.5])
    return float(low / usual)


def above(effect: str, bound: float, words: str, *, later: bool = False) -> Check:
    """Return a test that an effect lies above a bound."""
    return Check(effect, True, bound, words, later)


def below(effect: str, bound: float, words: str, *, later: bool = False) -> Check:
    """Return a test that an effect lies below a bound."""
    return Check(effect, False, bound, words, later)
