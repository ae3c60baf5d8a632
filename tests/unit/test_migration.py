"""A migration's days have the losses of the month's end, in both engines; other days have not."""

from __future__ import annotations

import pytest

import ccmsim
from ccmsim.batches import Engine


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_entries_are_lost_on_the_days_of_a_migration_only(engine: Engine) -> None:
    """The twenty business days of January 2026, no time lost, all entries at a month's end."""
    scenario = ccmsim.load("perfect").but({
        "disruptions.move": {
            "kind": "migration", "first_day": "2026-01-01", "length_days": 20, "lost_share": 0.0,
        },
        "documentation.end_of_month.entry_loss_share": 1.0,
    })  # fmt: skip
    values = ccmsim.simulate(scenario, months=2, replications=1, engine=engine).values
    assert (values["countable_minutes"] > 0.0).all()
    assert values["captured_minutes"].tolist() == [[0.0, values["countable_minutes"][0, 1]]]
    assert (values["lost_minutes"] == 0.0).all()
