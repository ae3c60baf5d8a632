"""Settings of an experiment: what is refused, with which words, and all at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim.checks import MONTHS_MAX, SEED_MAX, check_months, check_run, check_seed
from ccmsim.errors import InputError

GOOD = {"months": 12, "warmup_months": 0, "replications": 1000, "seed": 7}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"months": 1, "replications": 1, "seed": 0},
        {"months": MONTHS_MAX, "warmup_months": MONTHS_MAX, "seed": SEED_MAX},
        {"months": np.int64(3), "replications": np.uint32(2)},
    ],
)
def test_what_is_valid(changes: dict[str, Any]) -> None:
    check_run(**(GOOD | changes))


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("months", 0, "must be at least 1 (got 0)"),
        ("months", MONTHS_MAX + 1, f"must be at most {MONTHS_MAX}"),
        ("months", 12.0, "must be a whole number (got 12.0)"),
        ("months", True, "must be a whole number (got True)"),
        ("months", "12", "must be a whole number (got '12')"),
        ("months", None, "must be a whole number (got None)"),
        ("warmup_months", -1, "must be at least 0 (got -1)"),
        ("replications", 0, "must be at least 1"),
        ("seed", -1, "must be at least 0"),
        ("seed", SEED_MAX + 1, f"must be at most {SEED_MAX}"),
        ("seed", float("nan"), "must be a whole number"),
    ],
)
def test_what_is_refused(field: str, value: Any, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        check_run(**(GOOD | {field: value}))
    message = str(caught.value)
    assert message.startswith(f"{field}: ")
    assert rule in message
    assert "; valid: " in message


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        check_run(0, -1, 0, -1)
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["months", "warmup_months", "replications", "seed"]


def test_months_and_seed_alone() -> None:
    check_months(12)
    check_seed(7)
    with pytest.raises(InputError, match="months: must be at least 1"):
        check_months(0)
    with pytest.raises(InputError, match="replication: must be at least 0"):
        check_seed(-1, "replication")


@pytest.mark.parametrize("verb", ["simulate", "trace", "erosion"])
def test_what_is_not_a_scenario_is_refused(verb: str) -> None:
    with pytest.raises(InputError, match=r"scenario: must be a Scenario \(got 'two_nurses'\)"):
        getattr(ccmsim, verb)("two_nurses")


def test_what_is_not_an_executor_is_refused() -> None:
    with pytest.raises(InputError, match=r"executor: must have a method submit \(got 4\)"):
        ccmsim.simulate(ccmsim.load("perfect"), executor=4)  # type: ignore[arg-type]
