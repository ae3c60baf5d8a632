"""The event log of one replication, as a table.

Comes in: a scenario, a seed and the number of a replication. Goes out: every event in order, a row
each. Shows exactly what `simulate` did in that replication; changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccmsim.checks import check_months, check_scenario, check_seed
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "minute", "event", "patient", "coordinator", "item", "minutes", "captured_minutes", "answered"
)  # fmt: skip


def trace(
    scenario: Scenario,
    *,
    seed: int = 0,
    replication: int = 0,
    months: int = 12,
    warmup_months: int = 0,
) -> pd.DataFrame:
    """Return the event log of one replication.

    Parameters
    ----------
    scenario : Scenario
    seed, replication : int
        As in `ccmsim.simulate`: the same pair is the same replication.
    months, warmup_months : int

    Returns
    -------
    pandas.DataFrame
        One row an event, in order. `minute` is the clock, minutes since midnight of the first
        simulated day, and `time` the same as a local date and time; `event` is released, started,
        completed, dropped, expired,
        done_outside, enrolled, died, opted_out, disenrolled, on_duty or off_duty; `patient` and
        `coordinator` are numbers (substitutes after the seats), −1 where there is none; `item` is
        the kind of work; `minutes` what a service takes with its logging (started) or counts
        (completed, done_outside); `captured_minutes` what of it is logged; `answered` whether a
        call was.

    Examples
    --------
    >>> import ccmsim
    >>> log = ccmsim.trace(ccmsim.load("perfect"), seed=7, months=1)
    >>> first = log[log.event == "completed"].iloc[0]
    >>> first["item"], float(first["minutes"]), first["answered"]
    ('outreach', 25.0, True)
    """
    import pandas as pd

    from ccmsim.engine.inputs import prepare
    from ccmsim.engine.recorder import TraceEvent
    from ccmsim.engine.simpy_model import SimpyModel
    from ccmsim.warming import warm_if_cold

    check_scenario(scenario)
    check_months(months, warmup_months)
    check_seed(seed, "seed")
    check_seed(replication, "replication")
    warm_if_cold("simpy")
    inputs = prepare(scenario, months, warmup_months=warmup_months)
    events: list[TraceEvent] = []
    SimpyModel(inputs, seed, replication, events.append).run()
    log = pd.DataFrame(events, columns=list(COLUMNS))
    midnight = pd.Timestamp(inputs.calendar.first_day)
    log.insert(1, "time", midnight + pd.to_timedelta(log["minute"] * 60.0, unit="s"))
    return log
