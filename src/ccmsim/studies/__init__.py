"""Studies: the founding claims about programme revenue, tested on the model.

Comes in: settings of simulations. Goes out: a `Claim` for each, with effects, tests that were
stated beforehand, and a verdict that follows from their intervals. A claim that fails is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ccmsim.studies.claim import VERDICTS, Check, Claim, Effect, Grid, verdict_of
from ccmsim.studies.factorial import drivers
from ccmsim.studies.practices import in_house, multiples, structured, without_a_system
from ccmsim.studies.revenue import execution, patients_not_visits, projections, smoothing, stages
from ccmsim.studies.running import chosen_of

__all__ = [
    "CLAIMS",
    "VERDICTS",
    "Check",
    "Claim",
    "Effect",
    "Grid",
    "claims",
    "drivers",
    "execution",
    "in_house",
    "multiples",
    "patients_not_visits",
    "projections",
    "smoothing",
    "stages",
    "structured",
    "verdict_of",
    "without_a_system",
]

CLAIMS: Final[Mapping[str, Callable[..., Claim]]] = {
    function.__name__: function
    for function in (
        patients_not_visits,
        stages,
        execution,
        multiples,
        in_house,
        without_a_system,
        smoothing,
        projections,
        drivers,
        structured,
    )
}
"""The claims by name, in their order."""


def claims(
    names: Iterable[str] | None = None,
    *,
    replications: int = 200,
    seed: int = 0,
    level: float = 0.95,
    workers: int | None = None,
) -> Iterator[Claim]:
    """Check claims, one after the other.

    Parameters
    ----------
    names : iterable of str, optional
        Of `CLAIMS`; left out: all.
    replications, seed, workers
        As in `ccmsim.simulate`; at least 20 replications.
    level : float
        Coverage of every interval, one by one.

    Yields
    ------
    Claim

    Raises
    ------
    ccmsim.errors.InputError
        When a claim is not known or a setting is impossible; before anything is simulated.

    Examples
    --------
    >>> [found.name for found in claims(["projections"], replications=20)]
    ['projections']
    """
    chosen = chosen_of("claims", names, CLAIMS, replications, seed)
    settings = {"replications": replications, "seed": seed, "level": level, "workers": workers}
    return (CLAIMS[name](**settings) for name in chosen)
