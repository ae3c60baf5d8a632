"""Cases of quantiles, single months, expected shortfall, spread and what lies behind bad years.

Comes in: laws with known answers. Goes out: cases to measure.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from scipy import stats

from ccmsim.analyses.losses import tail_share
from ccmsim.analyses.risk_numbers import deviation, mean_of_worst, tail_values, worst_years
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, expected_shortfall, quantile
from ccmsim.estimation.months import month_quantile
from ccmsim.estimation.resampling import bootstrapped
from ccmsim.studies.accuracy.judging import Case, Generator
from ccmsim.studies.accuracy.laws import LAWS, lattice, lattice_law
from ccmsim.studies.accuracy.means import SIZES

PANEL: Final = 60
MONTHS: Final = 12
VACANT: Final = 0.3
WITH_STAFF: Final = 0.65
WITHOUT: Final = 0.25


def of_quantiles() -> Iterator[Case]:
    """Yield cases of `quantile`: at least the stated coverage, ties included."""
    for name, law in LAWS.items():
        for n in SIZES:
            yield Case(
                what=f"P5, {name}", n=n, sets=2_000, truths={"": law.p5}, at_least=True,
                trial=lambda rng, draw=law.draw, n=n: {"": quantile(draw(rng, (n,)), 0.05)},
            )  # fmt: skip
    yield Case(
        what="P99 (one end), normal", n=200, sets=2_000, at_least=True,
        truths={"": float(stats.norm.ppf(0.99))},
        trial=lambda rng: {"": quantile(rng.normal(size=200), 0.99)},
    )  # fmt: skip


def practice_months(rng: Generator, n: int) -> Floats:
    """Draw monthly billable shares: each year may have a vacancy from some month on, to its end."""
    first = np.where(rng.random(n) < VACANT, rng.integers(0, MONTHS, n), MONTHS)
    vacant = np.arange(MONTHS) >= first[:, None]
    shares: Floats = rng.binomial(PANEL, np.where(vacant, WITHOUT, WITH_STAFF)) / PANEL
    return shares


def month_truth(q: float) -> float:
    """Return a quantile of `practice_months`, exactly."""
    vacant = VACANT * (MONTHS + 1) / (2 * MONTHS)
    billed = np.arange(PANEL + 1)
    with_staff, without = (stats.binom.cdf(billed, PANEL, p) for p in (WITH_STAFF, WITHOUT))
    reached = (1.0 - vacant) * with_staff + vacant * without >= q
    return float(np.argmax(reached)) / PANEL


def of_months() -> Iterator[Case]:
    """Yield cases of `month_quantile`, whose months are no sample of their own."""
    for q in (0.05, 0.1, 0.5):
        for n in (20, 100, 200, 1_000):
            yield Case(
                what=f"P{100 * q:g} of single months", n=n, sets=1_000,
                truths={"": month_truth(q)},
                trial=lambda rng, n=n, q=q: {"": month_quantile(practice_months(rng, n), q)},
            )  # fmt: skip


def of_shortfalls() -> Iterator[Case]:
    """Yield cases of `expected_shortfall`."""
    for name, law in LAWS.items():
        for n, sets in zip(SIZES, (2_000, 800, 200), strict=True):
            yield Case(
                what=f"expected shortfall, {name}", n=n, sets=sets, truths={"": law.tail},
                trial=lambda rng, draw=law.draw, n=n: {"": expected_shortfall(draw(rng, (n,)))},
            )  # fmt: skip


def spread_of_lattice(months: int) -> tuple[float, float]:
    """Return the mean and the standard deviation of a year."""
    values, chances = lattice_law(months)
    average = float(values @ chances)
    return average, float(np.sqrt((values - average) ** 2 @ chances))


def of_spread() -> Iterator[Case]:
    """Yield cases of `deviation`, plain and relative, and of bootstrapped statistics."""
    average, spread = spread_of_lattice(900)
    for n in SIZES:
        for name, draw, truth in (
            ("normal", LAWS["normal"].draw, 1.0),
            ("a year of 900 patient-months", lattice(900), spread),
            ("lognormal losses", LAWS["lognormal losses"].draw, lognormal_spread()),
        ):
            yield Case(
                what=f"standard deviation, {name}", n=n, sets=2_000, truths={"": truth},
                trial=lambda rng, draw=draw, n=n: {"": deviation(draw(rng, (n,)))},
            )  # fmt: skip
        yield Case(
            what="coefficient of variation, a year of 900 patient-months", n=n, sets=2_000,
            truths={"": spread / average},
            trial=lambda rng, n=n: {"": deviation(lattice(900)(rng, (n,)), relative=True)},
        )  # fmt: skip
    yield Case(
        what="P90 ÷ P10, lognormal of sigma 0.3 (bootstrap)", n=100, sets=150,
        truths={"": float(np.exp(0.6 * stats.norm.ppf(0.9)))},
        trial=lambda rng: {"": bootstrapped(_p90_to_p10, rng.lognormal(0.0, 0.3, 100))},
    )  # fmt: skip


def lognormal_spread() -> float:
    """Return the standard deviation of a lognormal of sigma 1."""
    return float(np.sqrt((np.e - 1.0) * np.e))


def _p90_to_p10(values: Floats) -> float:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(high / low)


def bad_years(rng: Generator, n: int) -> tuple[Floats, Floats, Floats]:
    """Draw totals on a lattice, and the minutes lost to a heavy and to a light cause."""
    heavy = rng.exponential(300.0, n) * (rng.random(n) < 0.3)
    light = rng.exponential(300.0, n)
    total = rng.normal(40_000.0, 3_000.0, n) - 20.0 * heavy - 3.0 * light
    return total // 62.0 * 62.0, heavy, light


@cache
def tail_truths() -> dict[str, float]:
    """Return the mean minutes of the worst twentieth of years, from three million of them."""
    total, *causes = bad_years(np.random.default_rng(13), 3_000_000)
    worst = total <= np.quantile(total, 0.05, method="inverted_cdf")
    means = [float(cause[worst].mean()) for cause in causes]
    return dict(zip(("a cause that makes the tail", "one that hardly matters"), means, strict=True))


def tail_minutes(rng: Generator, n: int) -> dict[str, Estimate]:
    """Estimate what `tail_truths` tells."""
    total, *causes = bad_years(rng, n)
    worst = int(worst_years(total).sum())
    found = (mean_of_worst(tail_values(total, cause), worst) for cause in causes)
    return dict(zip(tail_truths(), found, strict=True))


def tail_part(rng: Generator, n: int) -> Estimate:
    """Estimate the part of the heavy cause in all minutes of the worst years."""
    total, heavy, light = bad_years(rng, n)
    of_heavy, of_all = tail_values(total, heavy), tail_values(total, heavy + light)
    found = tail_share(of_heavy, of_all, int(worst_years(total).sum()))
    assert found is not None  # light minutes are lost in every year
    return found


def part_truth() -> float:
    """Return what `tail_part` estimates."""
    heavy, light = tail_truths().values()
    return heavy / (heavy + light)


def of_causes() -> Iterator[Case]:
    """Yield cases of the minutes lost to a cause in the worst years, and of its part of them."""
    for n in SIZES:
        yield Case(
            what="minutes in the worst years", n=n, sets=1_000, truths=tail_truths(),
            trial=lambda rng, n=n: tail_minutes(rng, n),
        )  # fmt: skip
        yield Case(
            what="part of what the worst years lose", n=n, sets=1_000, truths={"": part_truth()},
            trial=lambda rng, n=n: {"": tail_part(rng, n)},
        )  # fmt: skip
