"""The calls of a log as arrays, and groups of them: observed answers beside expected ones.

Comes in: a table of checked rows. Goes out: a `CallLog`, and `Group`s. Fits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ccmsim import estimation
from ccmsim.arrays import Floats
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import LEAST_EXPECTED, GoodnessTest
from ccmsim.fitting.answering import Answers
from ccmsim.fitting.reader import Table

NOON: Final = 720.0
MOST_MISSES: Final = 3


@dataclass(frozen=True)
class Group:
    """Calls with something in common: how many were answered, and how many the fit expected."""

    label: str
    calls: int
    answered: int
    expected: float
    variance: float

    def share(self, level: float) -> Estimate:
        """Return the observed share, each call on its own."""
        return estimation.share(self.answered, self.calls, level=level)


def groups_test(name: str, groups: tuple[Group, ...], fitted: int) -> GoodnessTest:
    """Return chi-squared of the groups' sums of martingale differences.

    Parameters
    ----------
    name : str
    groups : tuple of Group
        Those with a variance below five are left out.
    fitted : int
        Parameters that were fitted to these groups; each takes a degree of freedom.
    """
    from scipy.special import chdtrc

    large = [group for group in groups if group.variance >= LEAST_EXPECTED]
    statistic = sum((g.answered - g.expected) ** 2 / g.variance for g in large)
    freedom, n = len(large) - fitted, sum(group.calls for group in groups)
    if freedom < 1:
        return GoodnessTest(name, statistic, 1.0, n, "too few groups to test")
    method = f"chi-squared of martingale differences, {freedom} degrees of freedom"
    return GoodnessTest(name, statistic, float(chdtrc(freedom, statistic)), n, method)


class CallLog:
    """The columns as arrays, the calls of each patient in the order of their times."""

    def __init__(self, table: Table) -> None:
        timed = {row["time"].minute is not None for row in table.rows}
        if len(timed) > 1:
            for row in table.rows:
                if row["time"].minute is None:
                    table.refuse(
                        row.number, "time", "has no time of day, and other rows have one",
                        str(row["time"].day), "times in all rows, or in none",
                    )  # fmt: skip
        rows = sorted(table.checked(), key=lambda row: (row["time"].day, row["time"].minute or 0.0))
        _, patient = np.unique([row["patient"] for row in rows], return_inverse=True)
        order = np.argsort(patient, kind="stable")
        self.patient = patient[order].astype(np.int64)
        self.answered = np.array([row["answered"] for row in rows], dtype=bool)[order]
        self.minutes = np.array([row["minutes"] for row in rows])[order]
        minute = [row["time"].minute for row in rows]
        self.minute = np.array([0.0 if m is None else m for m in minute])[order]
        self.timed = minute[0] is not None
        hits = int(self.answered.sum())
        if hits in (0, self.answered.size):
            which = "answered" if hits else "unanswered"
            valid = "a log with answered and unanswered calls"
            raise refuse(table.source, f"cannot be fitted: all calls are {which}", hits, valid)


def groups_of(
    log: CallLog, answers: Answers, best: list[float]
) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Return observed and expected answers by what went before, and by hour."""
    expected = np.empty(log.answered.size)
    for calls, chances in answers.expected(np.array(best)):
        expected[calls] = chances
    before, misses = _history(log)
    labels = [f"{word}: {m}{'+' * (m == MOST_MISSES)} misses" for word in ("never yet", "before")
              for m in range(MOST_MISSES + 1)]  # fmt: skip
    history = _grouped(log, expected, before * (MOST_MISSES + 1) + misses, labels)
    if not log.timed:
        return history, ()
    hour = (log.minute // 60.0).astype(np.int64)
    return history, _grouped(log, expected, hour, [f"{h:02d}" for h in range(24)])


def _history(log: CallLog) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each call whether the patient had answered before, and misses since."""
    before, misses = np.zeros(log.answered.size, np.int64), np.zeros(log.answered.size, np.int64)
    for k in range(1, log.answered.size):
        if log.patient[k] == log.patient[k - 1]:
            before[k] = before[k - 1] or log.answered[k - 1]
            misses[k] = 0 if log.answered[k - 1] else misses[k - 1] + 1
    return before, np.minimum(misses, MOST_MISSES)


def _grouped(
    log: CallLog, expected: Floats, key: npt.NDArray[np.int64], labels: list[str]
) -> tuple[Group, ...]:
    found = []
    for number, label in enumerate(labels):
        chosen = key == number
        if chosen.any():
            chances = expected[chosen]
            hits = int(log.answered[chosen].sum())
            variance = float((chances * (1.0 - chances)).sum())
            found.append(Group(label, int(chosen.sum()), hits, float(chances.sum()), variance))
    return tuple(found)
