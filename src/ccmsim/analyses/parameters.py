"""Sets of parameters: what is uncertain about a scenario, drawn anew for each set.

Comes in: a scenario, laws by dotted path, a seed and a set's number. Goes out: the drawn values and
the scenario that has them. A set is a function of (scenario, laws, seed, number). Never simulates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import change, number_at
from ccmsim.analyses.sensitivity import with_ranges
from ccmsim.arrays import Floats
from ccmsim.checks import texts
from ccmsim.distributions import Family, Triangular
from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

Uncertain = Mapping[str, Any]

_SPREAD: Final = 0x9E3779B9
_SEEDS: Final = 2**32
PILOT: Final = 2**31
"""Number of a pilot's first set."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that is not known: its path, the scenario's number, its law and the law's source."""

    path: str
    today: float
    law: Family
    source: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain values: path, today, law, source, and 5 % and 95 % quantiles."""
        return {
            "path": self.path,
            "today": self.today,
            "law": self.law.model_dump(mode="json"),
            "source": self.source,
            "low": self.law.quantile(0.05),
            "high": self.law.quantile(0.95),
        }


def parameters_of(
    scenario: Scenario, uncertain: Uncertain | Iterable[str] | None
) -> tuple[Parameter, ...]:
    """Return what is uncertain: what is given, or the scenario's own, or the evidence table's.

    A range of the evidence table becomes a triangular law with its peak at the scenario's value.

    Raises
    ------
    ccmsim.errors.InputError
        When a path leads to no number, has no range, or a law is not one; or where nothing is
        uncertain.

    Examples
    --------
    >>> import ccmsim
    >>> found = parameters_of(ccmsim.load("two_nurses"), ["staff.*.wage_usd_per_hour"])
    >>> found[0].path, found[0].law.support()
    ('staff.nurses.wage_usd_per_hour', (22.0, 45.0))
    """
    if isinstance(uncertain, Mapping):
        scenario = scenario.but({"uncertain": dict(uncertain)})
    if isinstance(uncertain, Mapping) or (uncertain is None and scenario.uncertain):
        laws = {path: (law, "given") for path, law in (scenario.uncertain or {}).items()}
    else:
        valid = '["contact.answer_probability"]'
        wanted = None if uncertain is None else texts(uncertain, "uncertain", valid)
        laws = {
            path: (_peaked(low, number_at(scenario, path), high), source)
            for path, (low, high, source) in with_ranges(scenario, wanted).items()
        }
    if not laws:
        valid = 'such as {"contact.answer_probability": {"family": "uniform", ...}}, or None'
        raise refuse("uncertain", "must not be empty", None, valid)
    return tuple(
        Parameter(path, number_at(scenario, path), law, source)
        for path, (law, source) in laws.items()
    )


def _peaked(low: float, mode: float, high: float) -> Triangular:
    return Triangular(low=low, mode=mode, high=high)


def drawn(parameters: Sequence[Parameter], seed: int, number: int) -> list[float]:
    """Return a set's values: each parameter has its own stream, named by its path."""
    from ccmsim.streams import NO_MONTH, PRACTICE, entry_stream, uniforms

    return [
        item.law.quantile(uniforms(seed, number, entry_stream(item.path), PRACTICE, NO_MONTH, 0)[0])
        for item in parameters
    ]


def sets_of(
    scenario: Scenario, parameters: Sequence[Parameter], seed: int, numbers: range
) -> tuple[Floats, list[Scenario]]:
    """Return sets of parameters: their values, a row each, and the scenarios that have them.

    Raises
    ------
    ccmsim.errors.InputError
        When a law gives a value that the scenario refuses.
    """
    plain = scenario.but({"uncertain": None})
    rows = [drawn(parameters, seed, number) for number in numbers]
    return np.array(rows), [with_values(plain, parameters, row) for row in rows]


def with_values(
    scenario: Scenario, parameters: Sequence[Parameter], values: Iterable[float]
) -> Scenario:
    """Return the scenario with the parameters at these values, shapes of laws kept."""
    changes: dict[str, Any] = {}
    for item, value in zip(parameters, values, strict=True):
        changes |= change(scenario, item.path, value)
    return scenario.but(changes)


def seed_of_set(seed: int, number: int) -> int:
    """Return the seed with which a set is simulated: no two sets share random numbers.

    Examples
    --------
    >>> len({seed_of_set(7, number) for number in range(1000)} | {7})
    1001
    """
    return (seed + (number + 1) * _SPREAD) % _SEEDS
