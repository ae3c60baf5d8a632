"""The worklist as a queue: who loses patience, mean waits, Little's law on the trace.

FALSE_ALARM is 1e-6 (see chance.py); each test names the difference that it resolves.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from tests.verification.chance import assert_mean

import ccmsim
from ccmsim import theory
from ccmsim.engine.inputs import prepare
from ccmsim.studies.accuracy.queues import (
    MEAN,
    PATIENCE,
    SERVICES,
    impatient_share,
    loss_excess,
    wait_excess,
)


@pytest.mark.parametrize(("name", "replications", "resolves"), [
    ("M/D/1", 5000, 0.04), ("M/G/1", 5000, 0.035), ("M/M/2", 2000, 0.046),
])  # fmt: skip
def test_mean_wait(name: str, replications: int, resolves: float) -> None:
    """18 million calls at a load of a third, or 21 at a half; resolves shares of the wait."""
    found = wait_excess(name, replications=replications)
    assert found.calls > 15_000_000
    assert_mean(found.groups, 0.0, resolves=resolves * found.expected, comparisons=3)


def test_impatience_has_the_closed_form_of_exponential_service() -> None:
    """At load r it is (1 − r) r e / (1 − r² e) with e = exp(−(1 − r) patience / mean)."""
    for rate in (0.05, 0.2, 0.24):
        load = rate * MEAN
        decay = math.exp(-(1.0 - load) * PATIENCE / MEAN)
        exact = (1.0 - load) * load * decay / (1.0 - load**2 * decay)
        found = impatient_share(rate, SERVICES["M/M/1"][1], PATIENCE)
        assert found == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(
    ("patients", "per_month", "resolves"),
    [(30, 80.0, 0.0015), (70, 90.0, 0.0022)],
    ids=["light", "heavy"],
)
@pytest.mark.parametrize("name", SERVICES)
def test_share_of_calls_that_lose_patience(
    name: str, patients: int, per_month: float, resolves: float
) -> None:
    """5.7 and 15 million calls at loads of a third and 0.85; resolves 0.15 and 0.22 points.

    Between 0.6 and 19 % of the calls are lost.
    """
    found = loss_excess(name, patients, per_month, replications=200)
    assert found.calls > 5_700_000
    assert_mean(found.groups, 0.0, resolves=resolves, comparisons=6)


def queue_of(log: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of the number of open items: +1 a release, −1 whatever ends the wait."""
    step = log["event"].map({"released": 1, "started": -1, "dropped": -1, "expired": -1})
    return log.assign(step=step)[step.notna()]


@pytest.mark.parametrize("preset", ["two_nurses", "structured_75", "informal_200"])
def test_littles_law_holds_exactly(preset: str) -> None:
    """Area under the number of open items = sum of the items' waits, to the tick."""
    months = 3
    scenario = ccmsim.load(preset).but({"panel.enrolled_at_start": 60})
    horizon = float(prepare(scenario, months).calendar.month_start_minutes[-1])
    log = queue_of(ccmsim.trace(scenario, seed=4, months=months))
    length = log["step"].cumsum().to_numpy()
    minutes = np.append(log["minute"].to_numpy(), horizon)
    area = float((length * np.diff(minutes)).sum())
    assert length.min() >= 0
    assert length.max() > 10
    # each item's own wait: a release with what ends it, first in first out within patient and kind
    total = 0.0
    for _, own in log.groupby(["patient", "item"]):
        began = own.loc[own["step"] > 0, "minute"].to_numpy()
        ended = own.loc[own["step"] < 0, "minute"].to_numpy()
        ended = np.append(ended, np.full(len(began) - len(ended), horizon))
        assert (ended >= began).all()
        total += float((ended - began).sum())
    assert area == total
    released = int((log["step"] > 0).sum())
    assert area / horizon == pytest.approx(theory.little(released / horizon, total / released))
