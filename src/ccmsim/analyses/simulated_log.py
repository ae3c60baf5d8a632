"""The log that a simulated practice would have: to try a forecast where the end is known.

Comes in: a scenario, a day, the key of a replication. Goes out: a `MonthLog`, as coordinators
would have written it by that evening.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ccmsim.checks import check_scenario
from ccmsim.errors import refuse
from ccmsim.fitting.month_log import ANSWERED, CHART, REQUEST, UNANSWERED, Entry, MonthLog
from ccmsim.rules import INBOUND, ITEM_KINDS
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd

_OWN_WORK: Final = ITEM_KINDS[:INBOUND]


def simulated_log(
    scenario: Scenario, *, day: date, seed: int = 0, replication: int = 0
) -> MonthLog:
    """Return a month's log by the evening of a day, of one replication.

    What was lost is not in it, unanswered calls are. `ccmsim.simulate` with the same scenario, seed
    and replication says how that month ended.

    Parameters
    ----------
    scenario : Scenario
    day : date
        In the scenario's first month.
    seed, replication : int

    Raises
    ------
    ccmsim.errors.InputError
        When the day lies in another month.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("perfect").but({"panel.enrolled_at_start": 5})
    >>> log = simulated_log(small, day=date(2026, 1, 2))
    >>> len(log.entries), log.entries["0"][0].minutes
    (5, 25.0)
    """
    from ccmsim.tracing import trace

    check_scenario(scenario)
    if day.replace(day=1) != scenario.start:
        valid = f"a day of {scenario.start:%B %Y}"
        raise refuse("day", "is not in the scenario's first month", day.isoformat(), valid)
    events = trace(scenario, seed=seed, replication=replication, months=1)
    done = events[events["event"].isin(["completed", "done_outside"])]
    entries: dict[str, list[Entry]] = {}
    for event in done.to_dict("records"):
        found = _entry(event)
        if found is not None and found.day <= day:
            entries.setdefault(str(event["patient"]), []).append(found)
    name = f"{scenario.name}, replication {replication} of seed {seed}"
    return MonthLog(name, {patient: tuple(of_one) for patient, of_one in entries.items()})


def _entry(event: dict[Any, Any]) -> Entry | None:
    """Return what is written of a completed service or of work by others; None where nothing is."""
    when: pd.Timestamp = event["time"]
    what, minutes = REQUEST, float(event["captured_minutes"])
    if event["item"] in _OWN_WORK:
        what = CHART if event["answered"] is None else UNANSWERED
        what = ANSWERED if event["answered"] is True else what
    if what == UNANSWERED:
        return Entry(when.date(), float(event["minutes"]), what)
    if minutes == 0.0 and what != ANSWERED:
        return None
    return Entry(when.date(), minutes, what)
