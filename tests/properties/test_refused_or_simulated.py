"""Whatever value a field is given: refused with a clear error, or simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import ccmsim
from ccmsim.errors import InputError
from ccmsim.scenario.changing import paths

BASE = ccmsim.load("two_nurses").but(
    {"panel.enrolled_at_start": 6, "operations.cover": {"hours_per_week": 5.0}}
)
# A million patients or seats are valid, and no test for a laptop.
TOO_MANY = {"panel.enrolled_at_start", "staff.nurses.coordinators", "operations.cover.coordinators"}
FIELDS = sorted(set(paths(BASE)) - TOO_MANY - {"name", "description"})


def at(scenario: ccmsim.Scenario, path: str) -> Any:
    """Return the value at a dotted path."""
    value: Any = scenario
    for name in path.split("."):
        value = value[name] if isinstance(value, Mapping) else getattr(value, name)
    return value


NUMBERS = (-1, 0, 0.25, 1, 3, 7.5, 60.0, 1e3, 1e9, float("nan"), float("inf"))
LAWS: tuple[dict[str, Any], ...] = (
    {"family": "uniform", "low": 0.0, "high": 1.0},
    {"family": "exponential", "mean": 40.0},
    {"family": "uniform_integers", "low": 0, "high": 9},
    {"family": "beta", "a": 2.0, "b": 0.0},
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    "x",
    "pooled",
    "end_of_month",
    "12:00",
    "calendar",
    [],
    [1],
    {},
)


WILD = st.dictionaries(
    st.sampled_from(FIELDS), st.sampled_from((*NUMBERS, *LAWS, *OTHERS)), min_size=1, max_size=2
)
MILD = st.dictionaries(
    st.sampled_from([path for path in FIELDS if isinstance(at(BASE, path), int | float)]),
    st.sampled_from((0, 0.25, 1, 3, 60, 60.0, 1e3)),
    min_size=1,
    max_size=2,
)


@settings(max_examples=300)
@given(WILD | MILD)
def test_every_scenario_is_refused_or_simulated(changes: dict[str, Any]) -> None:
    try:
        results = ccmsim.simulate(BASE.but(changes), months=2, replications=1, seed=3)
    except InputError as error:
        refused = error
    else:
        check(results.values)
        return
    assert refused.problems
    assert all(problem.field and problem.rule and problem.valid for problem in refused.problems)


def check(values: Mapping[str, Any]) -> None:
    """Check what holds in every result."""
    np.testing.assert_array_equal(
        values["enrolled_patients"],
        values["billable_patients"] + values["missed_patients"].sum(axis=-1),
    )
    np.testing.assert_allclose(
        values["template_minutes"],
        values["on_duty_minutes"] + values["lost_minutes"].sum(axis=-1),
        rtol=1e-12,
    )
    assert (values["captured_minutes"] <= values["countable_minutes"]).all()
    assert (values["idle_minutes"] >= 0.0).all()
    for name, array in values.items():
        assert np.isfinite(array).all(), name
