"""Checks of the settings that every experiment takes: months, replications, seed.

Comes in: what the user gave. Goes out: nothing, or an `InputError` that lists every problem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

from ccmsim.errors import InputError, Problem, refuse

SEED_MAX = 2**32 - 1
MONTHS_MAX = 1200
WORKERS_MAX = 1024


def whole(value: Any, field: str, low: int, high: int, example: str) -> list[Problem]:
    """Return the problems of a value that should be a whole number from `low` to `high`."""
    try:
        number = value.__index__() if not isinstance(value, bool) else None
    except (AttributeError, TypeError):
        number = None
    if number is None:
        return [Problem(field, "must be a whole number", value, example)]
    if not low <= number <= high:
        rule = f"must be at least {low}" if number < low else f"must be at most {high}"
        return [Problem(field, rule, value, f"{low} to {high}, such as {example}")]
    return []


def numeric(value: Any, field: str, example: str) -> list[Problem]:
    """Return the problems of a value that should be a finite number: text and True are none."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    try:
        finite = number and math.isfinite(value)
    except OverflowError:
        finite = False
    rule = "must be finite" if number else "must be a number"
    return [] if finite else [Problem(field, rule, value, example)]


def several(values: Any, field: str, example: str) -> list[Any]:
    """Return what should be several values as a list; a lone one is refused, and so is text."""
    try:
        found = None if isinstance(values, str | bytes) else list(values)
    except TypeError:
        found = None
    if found is None:
        raise refuse(field, "must be several values", values, f"a list such as {example}")
    return found


def numbers(values: Any, field: str, example: str) -> list[float]:
    """Return what should be several finite numbers as a list."""
    found = several(values, field, example)
    _raise([problem for each in found for problem in numeric(each, field, example)])
    return found


def texts(values: Any, field: str, example: str) -> list[str]:
    """Return what should be one text, or several, as a list."""
    found = [values] if isinstance(values, str) else several(values, field, example)
    _raise([
        Problem(field, "must be text", each, example) for each in found if not isinstance(each, str)
    ])  # fmt: skip
    return found


def wholes(values: Any, field: str, low: int, high: int, example: str) -> list[int]:
    """Return what should be several whole numbers from `low` to `high`: each once, rising."""
    found = several(values, field, example)
    one = example.strip("[]").split(", ")[-1]
    _raise([problem for each in found for problem in whole(each, field, low, high, one)])
    return sorted({int(each) for each in found})


def table(values: Any, field: str, example: str) -> dict[Any, Any]:
    """Return what should be values by name as a dict."""
    if not isinstance(values, Mapping):
        raise refuse(field, "must be values by name", values, f"such as {example}")
    return dict(values)


def check_scenario(scenario: Any) -> None:
    """Refuse what is not a scenario, such as a preset's bare name."""
    from ccmsim.scenario.model import Scenario

    if not isinstance(scenario, Scenario):
        valid = 'ccmsim.load("two_nurses"), or of a path to your own file'
        raise InputError([Problem("scenario", "must be a Scenario", scenario, valid)])


def check_seed(seed: Any, field: str = "seed") -> None:
    """Refuse a seed (or a replication's number) that is not a whole number of 32 bits."""
    _raise(whole(seed, field, 0, SEED_MAX, "7"))


def check_months(months: Any, warmup_months: Any = 0) -> None:
    """Refuse fewer than one month, or negative warm-up."""
    _raise(
        whole(months, "months", 1, MONTHS_MAX, "12")
        + whole(warmup_months, "warmup_months", 0, MONTHS_MAX, "6")
    )


def check_run(months: Any, warmup_months: Any, replications: Any, seed: Any) -> None:
    """Refuse impossible settings of an experiment, all at once."""
    _raise(
        whole(months, "months", 1, MONTHS_MAX, "12")
        + whole(warmup_months, "warmup_months", 0, MONTHS_MAX, "6")
        + whole(replications, "replications", 1, SEED_MAX, "1000")
        + whole(seed, "seed", 0, SEED_MAX, "7")
    )


def check_workers(workers: Any, executor: Any) -> None:
    """Refuse an impossible number of threads, or threads beside an executor."""
    if workers is None:
        return
    _raise(whole(workers, "workers", 1, WORKERS_MAX, "2"))
    if executor is not None:
        valid = "one of the two: an executor brings its own workers"
        raise InputError([Problem("workers", "cannot be set with an executor", workers, valid)])


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)
