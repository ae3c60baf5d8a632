"""How many calls are answered, and what share of months their minutes make billable.

Comes in: laws. Goes out: exact numbers of a month without queues.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.exact_laws import law_of, slices, tick_probabilities
from ccmsim.theory.checks import count, positive
from ccmsim.units import TICKS_PER_MINUTE


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

    calls = count("attempts", attempts)
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
    ticks = math.ceil(positive("threshold_minutes", threshold_minutes) * TICKS_PER_MINUTE)
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
