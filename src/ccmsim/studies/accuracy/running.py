"""Running the cases and checks, on several processes where wanted.

Comes in: names of groups and a share of the usual effort. Goes out: `Accuracy`. Every case has
random numbers of its own, so neither their order nor the number of processes changes a result.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim.errors import refuse
from ccmsim.studies.accuracy.checks import CHECKS, Checked
from ccmsim.studies.accuracy.groups import GROUPS
from ccmsim.studies.accuracy.judging import Measured, measured

if TYPE_CHECKING:
    import pandas as pd

MACHINE: Final = "machine"
"""The name under which all CHECKS are asked for."""

NAMES: Final = (*GROUPS, MACHINE)


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """What was measured.

    Parameters
    ----------
    share : float
        Of the usual effort.
    groups : mapping of str to tuple of Measured
        By name of the group.
    machine : tuple of Checked
    """

    share: float
    groups: Mapping[str, tuple[Measured, ...]]
    machine: tuple[Checked, ...]

    def table(self) -> pd.DataFrame:
        """Return a row for every number whose interval was measured.

        Returns
        -------
        pandas.DataFrame
            Index (group, what, n); columns stated, at_least, hits, sets, coverage, low, high,
            verdict, bias and bias_arm.
        """
        import pandas as pd

        rows = {}
        for name, found in self.groups.items():
            for one in found:
                low, high = one.count.ends()
                rows[name, one.what, one.n] = {
                    "stated": one.stated, "at_least": one.at_least, "hits": one.hits,
                    "sets": one.sets, "coverage": one.count.share, "low": low, "high": high,
                    "verdict": one.verdict, "bias": one.bias, "bias_arm": one.bias_arm,
                }  # fmt: skip
        index = pd.MultiIndex.from_tuples(rows, names=["group", "what", "n"])
        return pd.DataFrame(list(rows.values()), index)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN becomes None."""
        plain = {
            name: [
                {key: None if value != value else value for key, value in one.as_dict().items()}
                for one in found
            ]
            for name, found in self.groups.items()
        }
        machine = [check.as_dict() for check in self.machine]
        return {"share": self.share, "groups": plain, "machine": machine}

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        from ccmsim.studies.accuracy.page import text

        return text(self)


Job = tuple[str, str, int]
"""A kind, GROUPS or MACHINE; a name; the number of a group's case."""


def accuracy(
    names: Iterable[str] | None = None, *, share: float = 1.0, processes: int = 1
) -> Accuracy:
    """Measure how accurate intervals, estimates and engines are.

    Parameters
    ----------
    names : iterable of str, optional
        Of GROUPS, and "machine"; left out: all.
    share : float
        Of the usual effort, above 0 and at most 1: a hundredth finds gross errors in seconds.
    processes : int
        At least 1. Changes no result.

    Raises
    ------
    ccmsim.errors.InputError
        When a name is not known or a setting is impossible.

    Examples
    --------
    >>> found = accuracy(["ratios"], share=0.01)
    >>> len(found.groups["ratios"]), found.machine
    (17, ())
    """
    chosen = list(NAMES) if names is None else list(dict.fromkeys(names))
    for name in chosen:
        if name not in NAMES:
            raise refuse("names", "is not known", name, ", ".join(NAMES))
    if not 0.0 < share <= 1.0:
        raise refuse("share", "must be above 0 and at most 1", share, "1, or 0.01 for a quick look")
    if processes < 1:
        raise refuse("processes", "must be at least 1", processes, "2")
    jobs = list(_jobs(chosen))
    with _mapping(min(processes, len(jobs))) as over:
        found = list(over(_done, jobs, [share] * len(jobs)))
    groups: dict[str, list[Measured]] = {name: [] for name in chosen if name in GROUPS}
    machine: list[Checked] = []
    for (kind, name, _), rows in zip(jobs, found, strict=True):
        if kind == MACHINE:
            machine += rows
        else:
            groups[name] += rows
    return Accuracy(
        share=share,
        groups={name: tuple(rows) for name, rows in groups.items()},
        machine=tuple(machine),
    )


def _jobs(names: Iterable[str]) -> Iterator[Job]:
    """Yield what is to be done, the checks first: they take longest."""
    names = list(names)
    if MACHINE in names:
        yield from ((MACHINE, name, 0) for name in CHECKS)
    for name in names:
        if name in GROUPS:
            yield from ((name, name, number) for number, _ in enumerate(GROUPS[name].cases()))


def _done(job: Job, share: float) -> list[Any]:
    """Do a job; in a process of its own the cases are made anew, for they hold functions."""
    kind, name, number = job
    if kind == MACHINE:
        return list(CHECKS[name](share))
    case = next(case for k, case in enumerate(GROUPS[name].cases()) if k == number)
    return list(measured(case, share=share))


@contextmanager
def _mapping(processes: int) -> Iterator[Any]:
    """Give a map over that many processes; none are started for one."""
    if processes <= 1:
        yield map
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh) as executor:
        yield executor.map
