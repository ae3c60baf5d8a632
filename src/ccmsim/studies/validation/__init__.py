"""Validation: what the model says beside what was published, hits and misses alike.

Comes in: settings of simulations. Goes out: a `Finding` for each target, and the extreme
conditions. Nothing is tuned, and what was set from a figure is not tested by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ccmsim.studies.running import chosen_of
from ccmsim.studies.validation.call_centre import call_centre
from ccmsim.studies.validation.costs import cost_study
from ccmsim.studies.validation.extremes import Extremes, extremes
from ccmsim.studies.validation.finding import OUTCOMES, Finding, Published
from ccmsim.studies.validation.nation import national
from ccmsim.studies.validation.people import absence, reach, teams
from ccmsim.studies.validation.qualities import qualities

__all__ = [
    "OUTCOMES",
    "TARGETS",
    "Extremes",
    "Finding",
    "Published",
    "absence",
    "call_centre",
    "cost_study",
    "extremes",
    "national",
    "qualities",
    "reach",
    "targets",
    "teams",
]

TARGETS: Final[Mapping[str, Callable[..., Finding]]] = {
    function.__name__: function
    for function in (national, cost_study, absence, reach, teams, call_centre, qualities)
}
"""The targets by name, in their order."""


def targets(
    names: Iterable[str] | None = None,
    *,
    replications: int = 200,
    seed: int = 0,
    level: float = 0.95,
    workers: int | None = None,
) -> Iterator[Finding]:
    """Compare the model with what was published, target by target.

    Parameters
    ----------
    names : iterable of str, optional
        Of `TARGETS`; left out: all.
    replications, seed, workers
        As in `ccmsim.simulate`; at least 20 replications.
    level : float
        Coverage of every interval, one by one.

    Yields
    ------
    Finding

    Raises
    ------
    ccmsim.errors.InputError
        When a target is not known or a setting is impossible; before anything is simulated.

    Examples
    --------
    >>> [found.name for found in targets(["absence"], replications=20)]
    ['absence']
    """
    chosen = chosen_of("targets", names, TARGETS, replications, seed)
    settings = {"replications": replications, "seed": seed, "level": level, "workers": workers}
    return (TARGETS[name](**settings) for name in chosen)
