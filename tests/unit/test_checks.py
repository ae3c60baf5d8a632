"""Settings of an experiment: what is refused, with which words, and all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim.checks import (
    MONTHS_MAX,
    SEED_MAX,
    check_months,
    check_run,
    check_seed,
    numbers,
    numeric,
    several,
    table,
    texts,
    wholes,
)
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


@pytest.mark.parametrize(("value", "rule"), [
    ("a", "must be a number"), (None, "must be a number"), ([1], "must be a number"),
    (True, "must be a number"), (1j, "must be a number"), (float("nan"), "must be finite"),
    (-float("inf"), "must be finite"), (10**400, "must be finite"),
])  # fmt: skip
def test_what_is_no_finite_number(value: Any, rule: str) -> None:
    (problem,) = numeric(value, "worth", "such as 500")
    assert (problem.field, problem.rule, problem.valid) == ("worth", rule, "such as 500")


@pytest.mark.parametrize("value", [0, -1.5, np.float64(2.0), np.int64(3)])
def test_a_finite_number_has_no_problem(value: Any) -> None:
    assert numeric(value, "worth", "such as 500") == []


def test_lists_and_tables_of_settings() -> None:
    assert several(range(2), "people", "[1, 2]") == [0, 1]
    assert numbers(np.array([2.5, 1.0]), "hours", "[8, 16]") == [2.5, 1.0]
    assert texts("level", "statistics", "") == ["level"]
    assert texts(("level", "trend"), "statistics", "") == ["level", "trend"]
    assert wholes([np.int64(3), 1, 3], "sizes", 1, 9, "[1, 2]") == [1, 3]
    assert table({"share": 0.5}, "rates", "") == {"share": 0.5}


@pytest.mark.parametrize(("refused", "message"), [
    (lambda: several(8, "hours", "[8, 16]"),
     "hours: must be several values (got 8); valid: a list such as [8, 16]"),
    (lambda: several("8,16", "hours", "[8, 16]"), "hours: must be several values (got '8,16')"),
    (lambda: several(None, "hours", "[8, 16]"), "hours: must be several values (got None)"),
    (lambda: several(np.array(8), "hours", "[8, 16]"), "hours: must be several values"),
    (lambda: numbers([8, "16"], "hours", "[8, 16]"), "hours: must be a number (got '16')"),
    (lambda: texts(["level", 1], "statistics", "level"), "statistics: must be text (got 1)"),
    (lambda: wholes([1, 2.5], "sizes", 1, 9, "[1, 2]"),
     "sizes: must be a whole number (got 2.5); valid: 2"),
    (lambda: wholes([0, 10], "sizes", 1, 9, "[1, 2]"),
     "must be at least 1 (got 0); valid: 1 to 9, such as 2\nsizes: must be at most 9 (got 10)"),
    (lambda: table([("share", 0.5)], "rates", '{"share": 0.5}'),
     "rates: must be values by name (got [('share', 0.5)]); valid: such as {\"share\": 0.5}"),
])  # fmt: skip
def test_lists_and_tables_that_are_refused(refused: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        refused()
    assert message in str(caught.value)
