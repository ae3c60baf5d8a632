"""The likelihood of calls answered and not, when patients differ and the time of day matters.

Comes in: for each patient the calls in order, each before or after noon. Goes out: log-likelihoods,
the best parameters, profiles, and what each call was expected to give after those before it.
Makes no estimates: `calls` beside it does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from ccmsim.arrays import Floats

CONCENTRATION: Final = (0.12, 200.0)
"""Least and most a + b of the Beta law: beyond, patients are two kinds, or all alike."""

RATIO: Final = (1.0 / 8.0, 8.0)
"""Least and most ratio of afternoon to morning."""

_T: Final = np.linspace(-5.6, 5.6, 240)
_STEP: Final = float(_T[1] - _T[0])

Ints = npt.NDArray[np.int64]


class Nodes:
    """A quadrature over a patient's probability p, for one ratio of afternoon to morning.

    Notes
    -----
    Before noon a call is answered with probability min(1, p · 2/(1 + r)), from noon on with min(1,
    p · 2r/(1 + r)): the factors' mean is 1. The kink at the probability 1 is a border of two double
    exponential rules, which bear the singular ends of a Beta law (Takahasi & Mori 1974).
    """

    def __init__(self, ratio: float) -> None:
        factors = np.array([2.0 / (1.0 + ratio), 2.0 * ratio / (1.0 + ratio)])
        kink = 1.0 / float(factors.max())
        z = math.pi * np.sinh(_T)
        u, rest = 1.0 / (1.0 + np.exp(-z)), 1.0 / (1.0 + np.exp(z))
        log_u, log_rest = -np.log1p(np.exp(-z)), -np.log1p(np.exp(z))
        width = math.log(_STEP * math.pi) + np.log(np.cosh(_T)) + log_u + log_rest
        pieces = [(math.log(kink) + log_u, np.log((1.0 - kink) + kink * rest), kink, kink * rest)]
        if kink < 1.0:
            above = 1.0 - kink
            p = kink + above * u
            pieces.append((np.log(p), math.log(above) + log_rest, above, 0.0 * rest))
        else:
            pieces[0] = (log_u, log_rest, 1.0, rest)
        self.log_p = np.concatenate([piece[0] for piece in pieces])
        self.log_q = np.concatenate([piece[1] for piece in pieces])
        self.log_width = np.concatenate([math.log(piece[2]) + width for piece in pieces])
        self.log_yes, self.log_no = np.empty((2, self.log_p.size)), np.empty((2, self.log_p.size))
        short = np.concatenate([piece[3] for piece in pieces])  # how far p is below the kink
        for k, factor in enumerate(factors):
            self.log_yes[k] = np.minimum(self.log_p + math.log(factor), 0.0)
            exact = factor * short if factor == factors.max() else -np.expm1(self.log_yes[k])
            with np.errstate(divide="ignore"):
                self.log_no[k] = np.maximum(np.log(exact), -1e6)

    def log_prior(self, mean: float, concentration: float) -> Floats:
        """Return the logarithm of each node's weight under a Beta law."""
        from scipy.special import betaln

        a, b = mean * concentration, (1.0 - mean) * concentration
        return np.asarray(
            (a - 1.0) * self.log_p + (b - 1.0) * self.log_q + self.log_width - betaln(a, b)
        )


class Answers:
    """The calls of a log, as the likelihood needs them.

    Parameters
    ----------
    patient : ndarray of int, shape (calls,)
        Numbers from 0; the calls of a patient in the order in which they were placed.
    afternoon, answered : ndarray of bool, shape (calls,)
    timed : bool
        Whether the time of day is known; else all calls are alike.

    Notes
    -----
    Calls stop when a patient answers, so their number is no fixed n. The rule of stopping looks at
    the outcomes so far alone, never at the patient's unknown probability; hence it drops out, and
    the likelihood of a patient with s answers and f misses is E[p^s (1 − p)^f], up to a constant:
    that of the beta-binomial, of the beta-geometric (Weinberg & Gladen 1986, Biometrics 42,
    547-560) and of any mixture of them (Berger & Wolpert 1988, The Likelihood Principle, ch. 4).
    """

    def __init__(
        self,
        patient: Ints,
        afternoon: npt.NDArray[np.bool_],
        answered: npt.NDArray[np.bool_],
        *,
        timed: bool,
    ) -> None:
        order = np.argsort(patient, kind="stable")
        self.patient, self.answered = patient[order], answered[order]
        self.part = (afternoon[order] if timed else np.zeros(order.size, bool)).astype(np.int64)
        self.timed = timed
        self.patients = int(patient.max()) + 1
        column = 2 * self.part + np.where(self.answered, 0, 1)
        table = np.zeros((self.patients, 4))
        np.add.at(table, (self.patient, column), 1.0)
        self._patterns, self._weights = np.unique(table, axis=0, return_counts=True)
        self.repeated = bool((table.sum(axis=1) > 1.0).any())
        self._cached: tuple[float, Nodes, Floats] | None = None

    def log_likelihood(self, at: Floats) -> float:
        """Return the log-likelihood at (logit of the mean, log a + b, log ratio)."""
        mean, concentration, ratio = _values(at)
        nodes, kernel = self._kernel(ratio)
        total = kernel @ np.exp(nodes.log_prior(mean, concentration))
        return float(self._weights @ np.log(np.maximum(total, 1e-300)))

    def _kernel(self, ratio: float) -> tuple[Nodes, Floats]:
        """Return the nodes and, by pattern, the probability of its outcomes at each of them."""
        if self._cached is None or self._cached[0] != ratio:
            nodes = Nodes(ratio)
            logs = np.stack([nodes.log_yes[0], nodes.log_no[0], nodes.log_yes[1], nodes.log_no[1]])
            self._cached = (ratio, nodes, np.exp(self._patterns @ logs))
        return self._cached[1], self._cached[2]

    def maximised(
        self, start: Floats, fixed: dict[int, float] | None = None
    ) -> tuple[Floats, float]:
        """Return the best parameters, some of them fixed, and the log-likelihood there."""
        from scipy.optimize import minimize

        fixed = fixed or {}
        free = [k for k in range(3 if self.timed else 2) if k not in fixed]
        at = start.copy()
        for k, value in fixed.items():
            at[k] = value

        def worse(x: Floats) -> float:
            at[free] = x
            return -self.log_likelihood(at)

        bounds = [((-7.0, 7.0), _logs(CONCENTRATION), _logs(RATIO))[k] for k in free]
        found = minimize(worse, at[free], method="L-BFGS-B", bounds=bounds)
        at[free] = found.x
        return at, -float(found.fun)

    def expected(self, at: Floats) -> Iterator[tuple[Ints, Floats]]:
        """Yield, for first calls, second calls and so on, which they are and what was expected.

        What was expected of a call is the probability of an answer given all calls before it to
        this patient: the observed answers less these are martingale differences, whatever the
        rule by which calls stop.
        """
        mean, concentration, ratio = _values(at)
        nodes = Nodes(ratio)
        yes, no = np.exp(nodes.log_yes), np.exp(nodes.log_no)
        prior = np.exp(nodes.log_prior(mean, concentration))
        weights = np.tile(prior / prior.sum(), (self.patients, 1))
        starts = np.searchsorted(self.patient, np.arange(self.patients))
        counts = np.bincount(self.patient, minlength=self.patients)
        for j in range(int(counts.max())):
            who = np.flatnonzero(counts > j)
            calls = starts[who] + j
            chance = yes[self.part[calls]]
            yield calls, (weights[who] * chance).sum(axis=1)
            weights[who] *= np.where(self.answered[calls, None], chance, no[self.part[calls]])
            weights[who] /= weights[who].sum(axis=1, keepdims=True)


def _values(at: Floats) -> tuple[float, float, float]:
    return 1.0 / (1.0 + math.exp(-at[0])), math.exp(at[1]), math.exp(at[2])


def _logs(ends: tuple[float, float]) -> tuple[float, float]:
    return math.log(ends[0]), math.log(ends[1])
