"""Losses: dollars of missed patient-months by what stood in their way, how often and how much.

Comes in: a scenario, or results that keep obstacles. Goes out: dollars, one value a replication and
obstacle, and estimates of them. This describes; what would be gained is the question of `erosion`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.attribution import met_months
from ccmsim.analyses.risk_numbers import mean_of_worst, tail_values, worst_years
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, mean, quantile, share
from ccmsim.estimation.estimate import without_ends
from ccmsim.estimation.rare import allowing_difference
from ccmsim.variables import OBSTACLES as OF_OBSTACLES
from ccmsim.variables import PATIENT_VARIABLES

if TYPE_CHECKING:
    from ccmsim.results import Results
    from ccmsim.scenario.model import Scenario

MISSED: Final = "missed"
"""All obstacles together."""

_ROOM: Final = 60_000_000
"""Bytes of patient-months that are held at once."""

_FIRST: Final = 20
"""Replications of the first part: they tell how much room one takes."""


def missed_usd(results: Results) -> dict[str, Floats]:
    """Return the base-code dollars of missed patient-months, split among what they fall on.

    Each missed patient-month is worth the month's mean first code, and is split as `attribution`
    does: by its status where capture, documentation or a bar decided, else by its days.

    Parameters
    ----------
    results : Results
        With `keep="obstacles"`.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        Keys of `attribution.OBSTACLES`, USD over the reported months; in each replication they add
        up to the projection less the base code of what is billed.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 10})
    >>> results = ccmsim.simulate(small, months=1, replications=2, keep="obstacles")
    >>> missed = results.values["missed_patients"].sum(axis=(1, 2))
    >>> bool(np.allclose(sum(missed_usd(results).values()), missed * 66.13))
    True
    """
    fee = results.values["plan_usd"] / np.maximum(results.values["enrolled_patients"], 1)
    return {name: (met * fee).sum(axis=1) for name, met in met_months(results).items()}


def with_losses(
    scenario: Scenario, *, replications: int, seed: int, progress: Any = None, **span: Any
) -> tuple[Results, dict[str, Floats]]:
    """Simulate as `simulate` does, and tell what missed patient-months fall on, in dollars.

    Patient-months are held a part of the replications at a time, so that memory does not grow with
    their number.

    Parameters
    ----------
    scenario : Scenario
    replications, seed, progress
        As in `ccmsim.simulate`.
    **span
        `months`, `warmup_months`, `executor` and `workers`.

    Returns
    -------
    results : Results
        Months alone, those of `simulate`.
    losses : dict of str to ndarray, shape (replications,)
        As `missed_usd` returns them.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 10})
    >>> results, losses = with_losses(
    ...     small, replications=3, seed=7, months=1, warmup_months=0, executor=None, workers=1
    ... )
    >>> results.replications, losses["backlog"].shape
    (3, (3,))
    """
    from ccmsim.progress import shown

    parts: list[dict[str, Any]] = []
    found: list[dict[str, Floats]] = []
    with shown(progress, replications) as report:
        run = Runs(**span, report=report, whole=replications)
        first, size = 0, _FIRST
        while first < replications:
            end = min(first + size, replications)
            results = run.part(scenario, range(first, end), seed, keep="obstacles")
            size = max(1, int(_ROOM * (end - first) / _of_patients(results)))
            parts.append({
                name: array for name, array in results.values.items() if not _kept_beside(name)
            })  # fmt: skip
            found.append(missed_usd(results))
            first = end
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    losses = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    return replace(results, values=values), losses


def _kept_beside(name: str) -> bool:
    return name in PATIENT_VARIABLES or name in OF_OBSTACLES


def _of_patients(results: Results) -> int:
    """Return the bytes of patient-months, at least one."""
    return max(1, sum(a.nbytes for name, a in results.values.items() if _kept_beside(name)))


def loss_numbers(
    losses: Mapping[str, Floats], total: Floats, most: float, level: float
) -> dict[tuple[str, str], Estimate]:
    """Return how often and how much each obstacle costs, and its part of the worst years.

    Parameters
    ----------
    losses : mapping of str to ndarray, shape (n,)
        USD, not negative.
    total : ndarray, shape (n,)
        By which years are the worst.
    most : float
        What a year can lose at most, USD: its projection.
    level : float
        Coverage of the intervals.

    Returns
    -------
    dict of (obstacle, number) to Estimate
        The names of `risk.LOSS_NUMBERS`, of each that ever cost something and of `MISSED`, all of
        them. The mean of all years is the share of years times the mean of such a year.

    Notes
    -----
    The severity is that of the years that are struck, which are independent too: their mean and
    order statistics, at their number; too few of them have no interval. A mean of all years allows
    for what was seen seldom or never (`estimation.rare.allowing_difference`).

    Examples
    --------
    >>> found = loss_numbers({"a": np.array([0.0, 8.0] * 50)}, np.arange(100.0), 9.0, 0.95)
    >>> found["a", "years_share"].value, found["a", "severity_usd"].value
    (0.5, 8.0)
    >>> found["a", "loss_usd"].value
    4.0
    """
    everything: Floats = np.sum([np.zeros_like(total), *losses.values()], axis=0)
    worst, of_all = int(worst_years(total).sum()), tail_values(total, everything)
    found: dict[tuple[str, str], Estimate] = {}
    for name, usd in {**losses, MISSED: everything}.items():
        struck = usd > 0.0
        if not struck.any():
            continue
        hit, of_tail = usd[struck], tail_values(total, usd)
        numbers = {
            "years_share": share(int(struck.sum()), usd.size, level=level),
            "severity_usd": mean(hit, level=level),
            "severity_p50_usd": without_ends(quantile(hit, 0.50, level=level)),
            "severity_p95_usd": without_ends(quantile(hit, 0.95, level=level)),
            "loss_usd": _within(
                allowing_difference(usd, np.zeros_like(usd), most=most, level=level), 0.0, most
            ),
            "tail_usd": _within(mean_of_worst(of_tail, worst, level=level), 0.0, most),
            "excess_usd": mean_of_worst(of_tail - usd, worst, level=level),
        }
        if name != MISSED and (part := tail_share(of_tail, of_all, worst, level=level)):
            numbers["tail_share"] = part
        found |= {(name, number): one for number, one in numbers.items()}
    return found


def tail_share(
    of_tail: Floats, of_all: Floats, worst: int, *, level: float = 0.95
) -> Estimate | None:
    """Estimate what part of the loss of the worst years falls on one obstacle.

    The ratio of two means over the same worst years, linearised as in `ratio_of_means`: the mean of
    of_tail − ratio × of_all is 0, and its spread, that of which years are the worst included, is
    that of the ratio. The interval is made on the logit, with Student's quantile for as many values
    as there are worst years.

    Parameters
    ----------
    of_tail, of_all : ndarray, shape (n,)
        `risk_numbers.tail_values` of one obstacle's loss, and of all of them together.
    worst : int
        How many worst years there are.
    level : float
        Nominal coverage.

    Returns
    -------
    Estimate or None
        A share, 0 to 1; None where the worst years lose nothing. A part that is none or all of it
        in these years has no interval.

    Notes
    -----
    Measured coverage at level 0.95 and n = 100, 200, 400, 1,000, 5,000: .967, .948, .946, .945,
    .960 of a cause that makes the tail; .929 and .926 at 200 and 1,000 of one that strikes in a
    tenth of the years. With the skew-adjusted interval of the ratio itself the first are .828,
    .868, .900, .934, .955.

    Examples
    --------
    >>> years = np.arange(200.0)
    >>> one, all_of_them = 400.0 - 1.1 * years, 800.0 - 2.0 * years
    >>> print(tail_share(tail_values(years, one), tail_values(years, all_of_them), 10))
    0.49943 ± 0.00056 (95 %)
    """
    whole = float(of_all.mean())
    if whole <= 0.0:
        return None
    ratio, n = float(of_tail.mean()) / whole, of_all.size
    if not 0.0 < ratio < 1.0 - 1e-12:
        nothing = "no interval: none of these years' loss" if ratio <= 0.0 else "no interval: all"
        return Estimate(min(ratio, 1.0), math.nan, math.nan, math.nan, level, n, nothing)
    from scipy.special import expit, logit, stdtrit

    error = mean((of_tail - ratio * of_all) / whole, level=level).standard_error
    arm = float(stdtrit(worst - 1, (1.0 + level) / 2.0)) * error / (ratio * (1.0 - ratio))
    low, high = (float(expit(logit(ratio) + end)) for end in (-arm, arm))
    method = "ratio of tail means: delta method on the logit, t of the worst years"
    return Estimate(ratio, error, low, high, level, n, method)


def _within(found: Estimate, least: float, most: float) -> Estimate:
    """Return an estimate whose ends are within what is possible."""
    low, high = max(found.low, least), min(found.high, most)
    return replace(found, low=min(low, found.value), high=max(high, found.value))
