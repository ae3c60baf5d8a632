"""Cases of ends by precision: the interval at whichever look was the last, and planned ends.

Comes in: years of known laws. Goes out: cases to measure. Replications are added as `simulate` adds
them until its targets hold; a pilot plans them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

import numpy as np
from scipy import stats

from ccmsim.analyses.replication_plan import how_many_replications
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.samples import MeanOf, ProbabilityOf, QuantileOf, Sample
from ccmsim.estimation.together import level_of_each
from ccmsim.montecarlo import simulate
from ccmsim.precision import Precision, holds, looks_until, wanted_of
from ccmsim.results import Results
from ccmsim.scenario import load
from ccmsim.studies.accuracy.judging import Case, Generator

CAP: Final = 2_000


def normal_years(rng: Generator, n: int) -> Floats:
    """Draw normal years."""
    return rng.normal(size=n)


def skewed_years(rng: Generator, n: int) -> Floats:
    """Draw left-skewed years, as a revenue with rare long vacancies; mean 0."""
    return 1.0 - rng.exponential(size=n)


def years_with_vacancies(rng: Generator, n: int) -> Floats:
    """Draw years of which one in twenty loses about a half: mean 0.975.

    Few replications do not know of such a year.
    """
    lost = rng.random(n) < 0.05
    return 1.0 - lost * rng.uniform(0.4, 0.6, size=n)


def years_with_ties(rng: Generator, n: int) -> Floats:
    """Draw whole patient-months: ties everywhere; mean 24."""
    return rng.binomial(40, 0.6, size=n).astype(float)


def years_with_a_loss(rng: Generator, n: int, p: float, noise: float = 0.0) -> Floats:
    """Draw years of 0 that lose 1 with probability p, beneath noise; mean -p."""
    years: Floats = noise * rng.normal(size=n) - (rng.random(n) < p)
    return years


@dataclass(frozen=True, slots=True)
class Stopped:
    """What is drawn until it is known well enough.

    Parameters
    ----------
    draw : callable
        From a generator and a number of years.
    sample : callable
        What is asked of the years.
    truth : float
    half_width : float
        That is wanted.
    cap : int
        The most years.
    """

    draw: Callable[[Generator, int], Floats]
    sample: Callable[[Floats], Sample]
    truth: float
    half_width: float
    cap: int = CAP

    def ended(self, rng: Generator) -> tuple[Estimate, int]:
        """Return the interval at the first look that is narrow enough, or the last; and years."""
        years, looks = self.draw(rng, self.cap), looks_until(self.cap)
        target = Precision("", self.half_width)
        for count in looks:
            sample = self.sample(years[:count])
            found = sample.known(wanted_of(target, sample, looks, [target]))
            if holds(target, found):
                break
        return found, count


def of_bad_year(values: Floats) -> Sample:
    """Ask for the one-in-twenty bad year."""
    return QuantileOf(values, 0.05)


def of_loss(values: Floats) -> Sample:
    """Ask for the probability of a loss."""
    return ProbabilityOf(values, 0.0)


def of_bounded(values: Floats) -> Sample:
    """Ask for the mean of years of which none can lie more than 1 from another."""
    return MeanOf(values, most=1.0)


RARE: Final = (0.005, 0.01, 0.02)
"""Probabilities of what a first look at 100 years often does not see."""


def rare(p: float) -> dict[str, Stopped]:
    """Return what is asked of years that lose 1 with a small probability."""
    clear, beneath = (partial(years_with_a_loss, p=p, noise=noise) for noise in (0.0, 0.002))
    return {
        f"probability of a loss of {p:g}": Stopped(clear, of_loss, p, 0.01, 10_000),
        f"mean, loss in {p:g}": Stopped(clear, MeanOf, -p, 0.01, 10_000),
        f"mean, loss in {p:g}, known to be at most 1": Stopped(clear, of_bounded, -p, 0.01, 10_000),
        f"mean, loss in {p:g} beneath noise, at most 1": Stopped(
            beneath, of_bounded, -p, 0.01, 10_000
        ),
    }


STOPPED: Final[dict[str, Stopped]] = {
    "mean, normal": Stopped(normal_years, MeanOf, 0.0, 0.12),
    "mean, skewed": Stopped(skewed_years, MeanOf, 0.0, 0.12),
    "mean, a bad year in twenty": Stopped(years_with_vacancies, MeanOf, 0.975, 0.02),
    "mean, ties": Stopped(years_with_ties, MeanOf, 24.0, 0.4),
    "P5, normal": Stopped(normal_years, of_bad_year, float(stats.norm.ppf(0.05)), 0.3),
    "P5, ties": Stopped(years_with_ties, of_bad_year, float(stats.binom.ppf(0.05, 40, 0.6)), 1.0),
    "probability of a loss": Stopped(skewed_years, of_loss, math.exp(-1.0), 0.05),
    **{name: case for p in RARE for name, case in rare(p).items()},
}
"""By name."""


def of_stopping() -> Iterator[Case]:
    """Yield cases of `Precision`: the last interval, at whichever look it was."""
    for name, case in STOPPED.items():
        yield Case(
            what=f"{name}, until within {case.half_width:g}", n=case.cap, sets=1_000,
            truths={"": case.truth}, at_least=True,
            trial=lambda rng, case=case: {"": case.ended(rng)[0]},
        )  # fmt: skip
    for half_width in (200.0, 50.0):
        yield Case(
            what=f"replications planned for a mean within {half_width:g}", n=PILOT, sets=50,
            truths={"": planned_truth(half_width)},
            trial=lambda rng, h=half_width: {"": planned(rng, h)},
        )  # fmt: skip


PILOT: Final = 100
DEVIATION: Final = 1_000.0


@cache
def _pilot() -> Results:
    return simulate(load("perfect"), months=1, replications=PILOT)


def planned(rng: Generator, half_width: float) -> Estimate:
    """Plan the replications of a mean from a pilot of normal years."""
    years = np.rint(rng.normal(5_000.0, DEVIATION, (PILOT, 1)) * 100.0) / 100.0
    pilot = replace(_pilot(), values={**_pilot().values, "net_usd": years})
    plan = how_many_replications(pilot, Precision("net_usd.total", half_width))
    return plan.replications[0]


def planned_truth(half_width: float) -> float:
    """Return the plan of a pilot that knows the deviation."""
    level = level_of_each(0.95, len(looks_until(10_000)))
    arm = float(stats.t.ppf((1.0 + level) / 2.0, PILOT - 1)) * DEVIATION
    return math.ceil((arm / half_width) ** 2)
