"""Load-driven absence: the factor of each month follows from the month before, and only there."""

from __future__ import annotations

import numpy as np
import pytest

import ccmsim
from ccmsim import ideal
from ccmsim.batches import Engine

STRETCHED = ccmsim.load("stretched_team")


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_factor_is_that_of_the_month_before(engine: Engine) -> None:
    """A panel that shrinks, seats only: so the month's on-duty minutes are those of the seats."""
    scenario = STRETCHED.but({"panel.replace_leavers": False, "operations.load_absence": {
        "norm_patients_per_hour": 2.5, "elasticity": 2.0, "most_factor": 2.2,
    }})  # fmt: skip
    values = ccmsim.simulate(scenario, months=12, replications=4, seed=5, engine=engine).values
    factor = values["load_absence_factor"]
    assert (factor[:, 0] == 1.0).all()
    load = 60.0 * values["enrolled_patients"] / values["on_duty_minutes"] / 2.5
    expected = np.clip(1.0 + 2.0 * (load - 1.0), 1.0, 2.2)
    np.testing.assert_allclose(factor[:, 1:], expected[:, :-1], rtol=1e-12)
    assert {1.0, 2.2} < set(factor.ravel().tolist())  # both limits, and values between


def test_nobody_on_duty_gives_the_most() -> None:
    scenario = STRETCHED.but({"staff.nurses.desk_productive_share": 0.0})
    values = ccmsim.simulate(scenario, months=3, replications=1, seed=5).values
    assert values["load_absence_factor"].tolist() == [[1.0, 3.0, 3.0]]


def test_off_is_one_and_a_norm_that_nobody_reaches_changes_nothing() -> None:
    off = STRETCHED.but({"operations.load_absence": None})
    never = STRETCHED.but({"operations.load_absence.norm_patients_per_hour": 1e6})
    one, other = (
        ccmsim.simulate(each, months=6, replications=3, seed=5).values for each in (off, never)
    )
    assert (one["load_absence_factor"] == 1.0).all()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_load_brings_more_sickness() -> None:
    off = STRETCHED.but({"operations.load_absence": None})
    lost = [
        ccmsim.simulate(each, months=12, replications=50, seed=5).values["lost_minutes"]
        for each in (STRETCHED, off)
    ]
    sick = [minutes[:, :, 6].sum(axis=1) for minutes in lost]
    assert (sick[0] > sick[1]).any()
    assert sick[0].mean() > 1.1 * sick[1].mean()


def test_without_disruptions_there_is_no_load_driven_absence() -> None:
    calm = ideal.no_disruptions(STRETCHED.but({"disruptions.move": {
        "kind": "migration", "per_year": 1.0,
    }}))  # fmt: skip
    assert len(calm.disruptions) == 0
    assert calm.operations.load_absence is None
