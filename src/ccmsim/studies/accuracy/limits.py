"""Cases of limits of risk: shares of months that hang together, and the best within a limit.

Comes in: months of known laws. Goes out: cases to measure, whether each share holds its truth, and
whether the whole promise of a choice within limits came true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ccmsim.analyses.factors import share_of_months
from ccmsim.arrays import Bools
from ccmsim.estimation.bounded import bounded_mean, is_below
from ccmsim.estimation.selection import Selection, select_best
from ccmsim.studies.accuracy.judging import Case, Generator

MONTHS: Final = 12
LOOKS: Final = (50, 80, 120, 200, 320, 500)
LIMIT: Final = 0.10
WORTH: Final = 100.0
ERROR: Final = 0.025
"""Of the limits, and of the selection beside them."""


def vacancies(rng: Generator, n: int, often: float) -> Bools:
    """Draw the months of years, shape (n, MONTHS): vacancies of 1 to 11 months, or none.

    They are bad in half of `often` of all months.
    """
    length = np.where(rng.random(n) < often, rng.integers(1, MONTHS, n), 0)
    bad: Bools = np.arange(MONTHS) < length[:, None]
    return bad


def ever_missed(rng: Generator, often: float) -> bool:
    """Whether any look's interval misses the share of bad months."""
    shares = vacancies(rng, LOOKS[-1], often).mean(axis=1)
    return any(bounded_mean(shares[:n]).excludes(often / 2.0) for n in LOOKS)


def within_limit(
    rng: Generator,
    nets: Sequence[float],
    shares: Sequence[float],
    *,
    tolerance: float,
    limit: float = LIMIT,
    most: int = 3_000,
) -> Selection:
    """Select the best of teams with known mean years, and known shares of bad months.

    Bad months come together: of each year its own share, on average the stated one.
    """
    common, k = rng.normal(size=most), len(nets)
    years = [net + 300.0 * (0.9 * common + 0.5 * rng.normal(size=most)) for net in nets]
    of_year = np.where(rng.random((k, most)) < 0.5, 0.5, 1.5) * np.array(shares)[:, None]
    bad = rng.binomial(MONTHS, of_year) / MONTHS
    return select_best(
        lambda i, n: years[i][:n], k, worth=WORTH, level=1.0 - ERROR, first=50, most=most,
        keeps=lambda i, n: is_below(bad[i, :n], limit, tolerance, error=ERROR / k),
    )  # fmt: skip


def chosen_within(rng: Generator, place: int, *, tolerance: float) -> Selection:
    """Select among four, in the hardest case.

    The best is ahead by just what matters and keeps the limit by just the tolerance; the next one
    nets most, and breaks it by just as much.
    """
    nets, shares = [0.0] * 4, [0.02] * 4
    nets[place], shares[place] = WORTH, LIMIT - tolerance
    breaks = (place + 1) % 4
    nets[breaks], shares[breaks] = 5.0 * WORTH, LIMIT + tolerance
    return within_limit(rng, nets, shares, tolerance=tolerance)


def of_limits() -> Iterator[Case]:
    """Yield cases of shares of months, and of the best that keeps a limit."""
    for often in (0.02, 0.1, 0.4):
        for n in (50, 200, 1_000):
            yield Case(
                what=f"bad months, {50.0 * often:g} % of all", n=n, sets=1_000,
                truths={"": often / 2.0}, at_least=True,
                trial=lambda rng, n=n, o=often: {
                    "": share_of_months(vacancies(rng, n, o), level=0.95)
                },
            )  # fmt: skip
        yield Case(
            what=f"bad months, {50.0 * often:g} % of all, at {len(LOOKS)} looks together",
            n=LOOKS[0], sets=300, truths={}, at_least=True,
            trial=lambda rng, o=often: {"": not ever_missed(rng, o)},
        )  # fmt: skip
    for tolerance in (0.03, 0.01):
        for place in (0, 3):
            yield Case(
                what=f"best of four within {100.0 * LIMIT:g} ± {100.0 * tolerance:g} % of months, "
                f"at place {place + 1}",
                n=50, sets=300, truths={}, at_least=True,
                trial=lambda rng, p=place, t=tolerance: {
                    "": chosen_within(rng, p, tolerance=t).best == p
                },
            )  # fmt: skip
