"""A practice so simple that its months can be simulated in microseconds and its posterior computed.

Patients enroll together; each stays for another month with probability 1 − a, and is billed in a
month with probability p.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ccmsim.arrays import Floats
from ccmsim.calibration.statistics import KINDS, Statistics, statistics_of
from ccmsim.calibration.synthetic import Simulate

PATIENTS = 200
MONTHS = 24
BILLED, STOPS = (0.3, 0.9), (0.02, 0.14)
"""Ranges of the uniform priors of p and a."""

NAMES = ("p", "a")


def values(z: Floats) -> Floats:
    """Return p and a of standard normal numbers."""
    low, high = np.array([BILLED, STOPS]).T
    return np.asarray(low + (high - low) * ndtr(z), dtype=np.float64)


def months(at: Floats, generator: np.random.Generator) -> Floats:
    """Return enrolled patients and units, shape (n, 2, MONTHS), at rows of p and a."""
    found = np.empty((len(at), 2, MONTHS))
    enrolled = np.full(len(at), PATIENTS)
    for m in range(MONTHS):
        found[:, 0, m] = enrolled
        found[:, 1, m] = generator.binomial(enrolled, at[:, 0])
        enrolled = generator.binomial(enrolled, 1.0 - at[:, 1])
    return found


@dataclass(frozen=True)
class Case:
    """A history of the cohort, and what simulates others like it."""

    series: tuple[int, ...]
    observed: Floats
    compared: Statistics
    seed: int
    broken: Callable[[Floats], Floats] | None = None

    @property
    def goal(self) -> Floats:
        """The observed statistics."""
        goal: Floats = self.compared.of(self.observed[None])[0]
        return goal

    def simulate(self) -> Simulate:
        """Return the simulator that the inference takes."""

        def statistics(name: str, z: Floats) -> Floats:
            return self.compared.of(self.histories(name, z))

        return statistics

    def histories(self, name: str, z: Floats) -> Floats:
        """Return the series of points in normal numbers."""
        luck = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        return months(values(z), luck)[:, list(self.series)]


def case(
    z: Floats,
    seed: int,
    *,
    series: tuple[int, ...] = (0, 1),
    kinds: tuple[str, ...] = tuple(KINDS),
    broken: Callable[[Floats], Floats] | None = None,
) -> Case:
    """Return a history made at a point in normal numbers; `broken` changes what was seen."""
    made = months(values(z[None]), np.random.default_rng([seed, 1]))[0, list(series)]
    observed = made if broken is None else broken(made)
    names = tuple(("enrolled_patients", "99490")[k] for k in series)
    return Case(series, observed, statistics_of(names, observed, kinds), seed)
