"""A migration's days have the losses of the month's end, in both engines; other days have not."""

from __future__ import annotations

from datetime import date

import pytest

import ccmsim
from ccmsim.batches import Engine
from ccmsim.scenario.disruptions import CAUSES


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


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_lost_minutes_and_what_they_cost_are_those_worked_by_hand(engine: Engine) -> None:
    """`perfect` in March 2026: 22 business days of 120 minutes, 75 calls of 26 on the first one.

    From Saturday the 7th, so from Monday the 9th, five days lose their last 0.35: 42 minutes each.
    A usual day has five calls, the last 10 minutes as overtime. A day of the migration has 78
    minutes, three calls to the minute. So the calls end after 5 days of five, 5 days of three and
    7 days of five (25 + 15 + 35 = 75): 12 days of 10 minutes' overtime. The 5 days left are idle,
    600 minutes. Half of the lost time is paid.
    """
    scenario = ccmsim.load("perfect").but({
        "start": date(2026, 3, 1),
        "disruptions.move": {
            "kind": "migration", "first_day": "2026-03-07", "length_days": 5, "lost_share": 0.35,
            "paid_share": 0.5,
        },
    })  # fmt: skip
    values = ccmsim.simulate(scenario, months=1, replications=1, engine=engine).values
    lost = dict(zip(CAUSES, values["lost_minutes"][0, 0].tolist(), strict=True))
    assert lost.pop("outage") == 5 * 42.0
    assert not any(lost.values())
    assert values["on_duty_minutes"][0, 0] == 22 * 120.0 - 5 * 42.0
    assert values["worked_minutes"][0, 0] == 75 * 26.0
    assert values["overtime_minutes"][0, 0] == 12 * 10.0
    assert values["idle_minutes"][0, 0] == 5 * 120.0
    assert values["billable_patients"][0, 0] == 75
    loaded = 30.0 * 1.25 / 60.0
    wages = (22 * 120.0 - 5 * 42.0 * 0.5) * loaded + 12 * 10.0 * 1.5 * loaded
    assert values["staff_cost_usd"][0, 0] == pytest.approx(wages, abs=0.01)
