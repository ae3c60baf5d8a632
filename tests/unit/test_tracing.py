"""The trace is the same replication as in `simulate`, event by event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim.errors import InputError
from ccmsim.tracing import COLUMNS

BUSY = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 60})
COUNTED = {
    "released_items": "released",
    "started_items": "started",
    "done_items": "completed",
    "dropped_items": "dropped",
    "expired_items": "expired",
    "outside_items": "done_outside",
    "new_patients": "enrolled",
}


@pytest.fixture(scope="module")
def log() -> Any:
    return ccmsim.trace(BUSY, seed=7, replication=2, months=3)


def test_columns(log: Any) -> None:
    assert [name for name in log.columns if name != "time"] == list(COLUMNS)
    assert log.minute.is_monotonic_increasing
    assert str(log.time.iloc[0])[:7] == "2026-01"
    minutes = (log.time - log.time.dt.normalize().iloc[0]).dt.total_seconds() / 60.0
    first = log.minute // 1440 * 1440
    assert np.abs(minutes - log.minute + first.iloc[0]).max() < 1e-6


def test_counts_are_those_of_simulate(log: Any) -> None:
    results = ccmsim.simulate(BUSY, months=3, replications=3, seed=7)
    months = log.time.dt.month - 1
    for name, event in COUNTED.items():
        by_month = np.bincount(months[log.event == event], minlength=4)
        # what happens at the very end of the last month is the last month's
        by_month[2] += by_month[3]
        if name in ("expired_items", "dropped_items"):
            # at a month's end, items of the month before expire at the first instant of the next
            assert by_month[:3].sum() == results.values[name][2].sum()
        else:
            assert by_month[:3].tolist() == results.values[name][2].tolist(), name
    duty = log.event.isin(["on_duty", "off_duty"]).sum()
    assert duty == results.values["duty_changes"][2].sum()
    answered = log[(log.event == "completed") & log.item.isin(["outreach", "retry"])]
    assert answered.answered.isin([True, False]).all()


def test_another_replication_is_another_log(log: Any) -> None:
    other = ccmsim.trace(BUSY, seed=7, replication=3, months=3)
    assert not other.equals(log)
    assert ccmsim.trace(BUSY, seed=7, replication=2, months=3).equals(log)


def test_warm_up_is_part_of_the_log() -> None:
    warmed = ccmsim.trace(BUSY, seed=7, months=1, warmup_months=1)
    assert str(warmed.time.iloc[0])[:7] == "2025-12"


@pytest.mark.parametrize(
    ("setting", "field"),
    [({"months": 0}, "months"), ({"seed": -1}, "seed"), ({"replication": -1}, "replication")],
)
def test_impossible_settings_are_refused(setting: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError, match=f"^{field}: must be at least"):
        ccmsim.trace(BUSY, **setting)
