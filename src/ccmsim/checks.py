"""Checks of the settings that every experiment takes: months, replications, seed.

Comes in: what the user gave. Goes out: nothing, or an `InputError` that lists every problem.
"""

from __future__ import annotations

from typing import Any

from ccmsim.errors import InputError, Problem

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
