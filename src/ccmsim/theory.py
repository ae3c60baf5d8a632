"""Closed forms that the simulation is compared with, and the ceiling that no staffing can pass.

Comes in: laws, rates, a scenario. Goes out: exact numbers of simpler models, and one Estimate.
Never used by an engine; scipy is loaded when a function needs it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.exact_laws import cumulative, law_of, slices, tick_probabilities
from ccmsim.units import MINUTES_PER_DAY, TICKS_PER_MINUTE

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ccmsim.estimation import Estimate
    from ccmsim.montecarlo import Progress
    from ccmsim.scenario.model import Scenario

_LONGEST_DAYS = 100_000
_BUSINESS_DAYS_A_WEEK = 5.0
_WEEK_MINUTES = 7.0 * MINUTES_PER_DAY


def answered_calls(answer: Any, attempts: int) -> Floats:
    """Return the probabilities that 0, 1, …, `attempts` calls to one patient are answered.

    Calls are independent given the patient's own answer probability, which varies between patients
    by the law `answer`: the count is binomial, mixed over that law (beta-binomial for a beta law;
    Skellam 1948, JRSS B 10, 257-261).

    Parameters
    ----------
    answer : number, table or distribution
        Law of the answer probability.
    attempts : int
        Calls placed, at least 0.

    Returns
    -------
    ndarray of float64, shape (attempts + 1,)

    Notes
    -----
    Exact for a number, a beta law and a sample; for another law the mean over its 20,000
    equally likely slices, to about 1e-8 where its quantiles are smooth.

    Examples
    --------
    >>> answered_calls(0.5, 2).tolist()
    [0.25, 0.5, 0.25]
    """
    from scipy import special

    from ccmsim.distributions import Beta

    calls = _count("attempts", attempts)
    law = law_of("answer", answer, high=1.0)
    k = np.arange(calls + 1)
    ways = special.comb(calls, k)
    if isinstance(law, Beta):
        log_weight = special.betaln(law.a + k, law.b + calls - k) - special.betaln(law.a, law.b)
        return np.asarray(ways * np.exp(log_weight))
    p = slices(law)[:, None]
    return np.asarray((ways * p**k * (1.0 - p) ** (calls - k)).mean(axis=0))


def ceiling_share_closed_form(answer: Any, attempts: int) -> float:
    """Return 1 − E(1 − p)ⁿ: the share of patients who answer at least one of n calls.

    It is the ceiling of the billable share where an answered call is enough for the month, where
    there is time for all n calls, and where nothing else counts: no other work and no final push.

    Parameters
    ----------
    answer : number, table or distribution
        Law of the answer probability between patients.
    attempts : int

    Examples
    --------
    >>> reached = {"family": "beta", "a": 0.70, "b": 0.75}
    >>> [round(ceiling_share_closed_form(reached, n), 2) for n in (1, 2, 3, 4)]
    [0.48, 0.63, 0.71, 0.75]
    """
    return 1.0 - float(answered_calls(answer, attempts)[0])


def threshold_share(
    answer: Any, attempts: int, minutes: Any, *, threshold_minutes: float = 20.0
) -> float:
    """Return the probability that the answered calls of a month reach the threshold.

    Σₖ P(k of n calls answered) · P(S₁ + … + Sₖ ≥ threshold), with independent, equally
    distributed minutes S: an exact convolution on the model's grid of 1/1024 minute. It holds where
    staff call until the threshold is reached or n calls are made, and nothing is lost.

    Parameters
    ----------
    answer : number, table or distribution
        Law of the answer probability between patients.
    attempts : int
        Most calls of a month.
    minutes : number, table, distribution, or a list of them
        Minutes of an answered call; a list is a sum of independent parts, such as call and notes.
    threshold_minutes : float

    Examples
    --------
    >>> threshold_share(0.5, 2, 25.0), threshold_share(0.5, 2, [7.0, 5.0])
    (0.75, 0.25)
    """
    from scipy.signal import fftconvolve

    counts = answered_calls(answer, attempts)
    ticks = math.ceil(_positive("threshold_minutes", threshold_minutes) * TICKS_PER_MINUTE)
    parts = minutes if isinstance(minutes, list | tuple) else [minutes]
    one = tick_probabilities(law_of("minutes", parts[0]), ticks)
    for part in parts[1:]:
        one = fftconvolve(one, tick_probabilities(law_of("minutes", part), ticks))[:ticks]
    total, reached = np.zeros(ticks), 0.0
    total[0] = 1.0
    for probability in counts:
        reached += probability * (1.0 - min(1.0, float(total.sum())))
        total = np.maximum(fftconvolve(total, one)[:ticks], 0.0)
    # Transforms leave errors of about 1e-16, so a share of exactly 0 or 1 is set right.
    return float(np.clip(np.round(reached, 12), 0.0, 1.0))


def absence_by_day(daily_probability: ArrayLike, length_days: Any) -> Floats:
    """Return for each business day the probability that a seat is away, none being away before.

    A spell starts on day d with probability p(d), whatever else goes on, and lasts L business days;
    overlapping spells merge. The seat is there on day t unless some spell of day t − k has L > k,
    so P(away on t) = 1 − Πₖ (1 − p(t − k) · P(L > k)): the discrete M/G/∞ queue (Takács 1962,
    Introduction to the Theory of Queues, ch. 3).

    Parameters
    ----------
    daily_probability : array_like, shape (days,)
        Probability that a spell starts on each day.
    length_days : number, table or distribution
        Law of the length, rounded to whole business days, at least 1.

    Returns
    -------
    ndarray of float64, shape (days,)

    Examples
    --------
    >>> absence_by_day([0.1, 0.1, 0.1], 2).round(3).tolist()
    [0.1, 0.19, 0.19]
    """
    p = _probabilities(daily_probability)
    longer = survival(length_days, days=len(p))
    there = np.ones(len(p))
    for k in range(len(p)):
        there[k:] *= 1.0 - p[: len(p) - k] * longer[k]
    return 1.0 - there


def absence_fraction(daily_probability: float, length_days: Any) -> float:
    """Return the long-run share of business days on which a seat is away.

    `absence_by_day` long after the start, with one probability for all days.

    Examples
    --------
    >>> planned = {"family": "uniform_integers", "low": 1, "high": 5}
    >>> round(absence_fraction(13 / 3 / 250, planned), 4)
    0.051
    """
    p = float(_probabilities([daily_probability])[0])
    return float(-np.expm1(np.log1p(-p * survival(length_days)).sum())) if p < 1.0 else 1.0


def survival(length_days: Any, *, days: int | None = None) -> Floats:
    """Return P(L > k) for k = 0, 1, … of a spell's length in whole business days, at least 1.

    Parameters
    ----------
    length_days : number, table or distribution
        Rounded half up to whole days.
    days : int, optional
        How many values; left out: all above 1e-16, at most 100,000.

    Examples
    --------
    >>> survival(2.4).tolist(), survival({"family": "geometric", "mean": 2.0}, days=3).tolist()
    ([1.0, 1.0], [1.0, 0.5, 0.25])
    """
    law = law_of("length_days", length_days)
    k = np.arange(_LONGEST_DAYS if days is None else days)
    longer = 1.0 - cumulative(law, np.nextafter(k + 0.5, 0.0))
    longer[:1] = 1.0
    return longer if days is not None else longer[longer > 1e-16]


def ramp_by_day(
    daily_probability: ArrayLike,
    vacancy_days: Any,
    duty_start_minutes: ArrayLike,
    *,
    start_share: float = 0.2,
    ramp_weeks: float = 8.0,
) -> Floats:
    """Return for each business day the expected share of a shift that new holders lose in learning.

    Somebody is hired on day t, when the merged vacancies end, with probability
    P(there on t) − (1 − p(t)) · P(there on t − 1), and still holds the seat on day u if nobody has
    quit from t + 1 to u; meanwhile (1 − start_share) · exp(−weeks / ramp_weeks) of the shift is
    lost. The first holder does not learn.

    Parameters
    ----------
    daily_probability : array_like, shape (days,)
        Probability of a departure on each business day.
    vacancy_days : number, table or distribution
    duty_start_minutes : array_like, shape (days,)
        When each day's shift begins, minutes of the clock, weekends included.
    start_share, ramp_weeks : float
        As in the scenario's turnover entry.

    Examples
    --------
    >>> ramp_by_day([0.5, 0.0, 0.0], 1, [720.0, 2160.0, 3600.0]).round(3).tolist()
    [0.0, 0.396, 0.389]
    """
    p = _probabilities(daily_probability)
    start = np.asarray(duty_start_minutes, np.float64)
    there = 1.0 - absence_by_day(p, vacancy_days)
    hired = np.zeros(len(p))
    hired[1:] = there[1:] - (1.0 - p[1:]) * there[:-1]
    loss = np.zeros(len(p))
    stays = hired.copy()  # P(hired on t, and still there k days later)
    scale = _positive("ramp_weeks", ramp_weeks) * _WEEK_MINUTES
    midnight = np.floor(start / MINUTES_PER_DAY) * MINUTES_PER_DAY
    for k in range(len(p)):
        until = len(p) - k
        if k:
            stays[:until] *= 1.0 - p[k:]
        learning = np.exp(-(start[k:] - midnight[:until]) / scale)
        loss[k:] += stays[:until] * (1.0 - start_share) * learning
    return loss


def ramp_loss(
    daily_probability: float,
    vacancy_days: Any,
    *,
    start_share: float = 0.2,
    ramp_weeks: float = 8.0,
) -> float:
    """Return the long-run share of duty lost in learning; a business day is a fifth of a week.

    `ramp_by_day` long after the start: Σ_w p · P(there) · (1 − p)^w · (1 − start_share) ·
    exp(−w / (5 ramp_weeks)).

    Examples
    --------
    >>> vacancy = {"family": "lognormal", "mean": 48.0, "cv": 0.53294}
    >>> round(ramp_loss(0.25 / 250, vacancy), 4)
    0.0297
    """
    there = 1.0 - absence_fraction(daily_probability, vacancy_days)
    weeks = _positive("ramp_weeks", ramp_weeks)
    learning = math.exp(-1.0 / (_BUSINESS_DAYS_A_WEEK * weeks))
    p = float(daily_probability)
    return p * there * (1.0 - start_share) / (1.0 - (1.0 - p) * learning)


def mg1_wait(per_minute: float, mean_minutes: float, variance: float) -> float:
    """Return the mean wait before service, minutes, of the queue M/G/1, first come first served.

    λ · E[S²] / (2 (1 − λ E[S])): Pollaczek and Khinchine (Kleinrock 1975, Queueing Systems I, 5.6).

    Parameters
    ----------
    per_minute : float
        Rate λ of the Poisson arrivals.
    mean_minutes, variance : float
        Mean and variance of the service, minutes and square minutes.

    Examples
    --------
    >>> mg1_wait(0.1, 5.0, 25.0), mg1_wait(0.1, 5.0, 0.0)
    (5.0, 2.5)
    """
    load = _utilisation(per_minute, mean_minutes, 1)
    return per_minute * (variance + mean_minutes**2) / (2.0 * (1.0 - load))


def mmc_wait(per_minute: float, mean_minutes: float, servers: int) -> float:
    """Return the mean wait before service, minutes, of the queue M/M/c.

    Erlang's C over (c / E[S] − λ) (Kleinrock 1975, Queueing Systems I, 3.5).

    Parameters
    ----------
    per_minute : float
        Rate λ of the Poisson arrivals.
    mean_minutes : float
        Mean of the exponential service.
    servers : int

    Examples
    --------
    >>> mmc_wait(0.1, 5.0, 1), round(mmc_wait(0.2, 5.0, 2), 3)
    (5.0, 1.667)
    """
    load = _utilisation(per_minute, mean_minutes, servers)
    offered = per_minute * mean_minutes
    blocked = 1.0  # Erlang's B, by its recursion in the number of servers
    for c in range(1, servers + 1):
        blocked = offered * blocked / (c + offered * blocked)
    delayed = blocked / (1.0 - load * (1.0 - blocked))
    return delayed / (servers / mean_minutes - per_minute)


def little(per_minute: float, sojourn_minutes: float) -> float:
    """Return how many there are on average, λ · W (Little 1961, Operations Research 9, 383-387).

    Examples
    --------
    >>> little(0.1, 5.0)
    0.5
    """
    return per_minute * sojourn_minutes


def ceiling_share(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 50,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the share of patient-months that unlimited, undisturbed staff would bill.

    A simulation of `ccmsim.ideal.ceiling`: the scenario's own patients, release of calls, retries,
    follow-ups, push and other work, but nobody ever waits for a coordinator, nothing is lost in
    the log, and every documented month may be billed. What is missing to 1 nobody could have
    reached. Its closed form, without other work and push, is `ceiling_share_closed_form`.

    Parameters
    ----------
    scenario : Scenario
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        Billable ÷ enrolled patient-months.

    Examples
    --------
    >>> import ccmsim
    >>> ceiling_share(ccmsim.load("perfect"), months=1, replications=2).value
    1.0
    """
    from ccmsim.estimation import ratio_of_means
    from ccmsim.ideal import ceiling
    from ccmsim.montecarlo import simulate

    results = simulate(
        ceiling(scenario),
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        executor=executor,
        workers=workers,
        progress=progress,
    )
    billable = results.values["billable_patients"].sum(axis=1)
    enrolled = results.values["enrolled_patients"].sum(axis=1)
    return ratio_of_means(billable, enrolled, level=level)


def _probabilities(values: ArrayLike) -> Floats:
    p = np.asarray(values, np.float64)
    if p.ndim != 1 or p.size == 0 or not np.all((p >= 0.0) & (p <= 1.0)):
        valid = "one probability a day, each from 0 to 1"
        raise refuse("daily_probability", "must be probabilities", values, valid)
    return p


def _count(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise refuse(field, "must be a whole number, at least 0", value, "such as 4")
    return int(value)


def _positive(field: str, value: float) -> float:
    if not value > 0.0:
        raise refuse(field, "must be above 0", value, "a number such as 20")
    return float(value)


def _utilisation(per_minute: float, mean_minutes: float, servers: int) -> float:
    """Return the load of each server, or refuse a queue without a steady state."""
    _positive("per_minute", per_minute)
    _positive("mean_minutes", mean_minutes)
    _positive("servers", servers)
    load = per_minute * mean_minutes / servers
    if load >= 1.0:
        rule = "must leave the servers some rest: arrivals × mean service ÷ servers below 1"
        raise refuse("per_minute", rule, per_minute, f"below {servers / mean_minutes:g}")
    return load
