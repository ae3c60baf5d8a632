"""Waits and numbers of the queues whose answers are known.

Comes in: rates and moments of service. Goes out: exact means.
"""

from __future__ import annotations

from ccmsim.errors import refuse
from ccmsim.theory.checks import positive


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


def _utilisation(per_minute: float, mean_minutes: float, servers: int) -> float:
    """Return the load of each server, or refuse a queue without a steady state."""
    positive("per_minute", per_minute)
    positive("mean_minutes", mean_minutes)
    positive("servers", servers)
    load = per_minute * mean_minutes / servers
    if load >= 1.0:
        rule = "must leave the servers some rest: arrivals × mean service ÷ servers below 1"
        raise refuse("per_minute", rule, per_minute, f"below {servers / mean_minutes:g}")
    return load
