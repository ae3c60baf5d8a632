"""What is thought of the free values before the months are looked at.

Comes in: parameters with their laws. Goes out: values for standard normal numbers, one number a
parameter: in these numbers every prior is the standard normal, and a posterior that has learnt
nothing of a parameter still is. Draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ccmsim.analyses.parameters import Parameter, parameters_of
from ccmsim.arrays import Floats
from ccmsim.checks import table, texts
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.scenario.changing import paths
from ccmsim.scenario.evidence import range_of
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.problems import suggestion
from ccmsim.scenario.uncertain import at
from ccmsim.scenario.values import plain

_Z: Final = np.linspace(-6.0, 6.0, 1201)
"""Beyond, a prior is cut off: two draws in a thousand million."""

DISCRETE: Final = ("constant", "geometric", "poisson", "uniform_integers")
MOST: Final = 10
"""Free values, at most: more need more simulations than anybody waits for."""


@dataclass(frozen=True, eq=False)
class Priors:
    """The laws of the free values.

    Parameters
    ----------
    parameters : tuple of Parameter
    """

    parameters: tuple[Parameter, ...]
    _tables: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        from scipy.special import ndtr

        shares = ndtr(_Z)
        tables = [[item.law.quantile(float(u)) for u in shares] for item in self.parameters]
        object.__setattr__(self, "_tables", np.array(tables))

    def values(self, z: Floats) -> Floats:
        """Return the values, shape (n, parameters), of standard normal numbers of that shape.

        Examples
        --------
        >>> import ccmsim
        >>> law = {"family": "uniform", "low": 0.2, "high": 0.6}
        >>> free = {"contact.answer_probability": law}
        >>> priors = Priors(parameters_of(ccmsim.load("perfect"), free))
        >>> priors.values(np.array([[0.0]])).round(12).tolist()
        [[0.4]]
        """
        columns = [np.interp(z[:, k], _Z, table) for k, table in enumerate(self._tables)]
        return np.stack(columns, axis=1)

    @property
    def paths(self) -> tuple[str, ...]:
        """The free paths."""
        return tuple(item.path for item in self.parameters)

    @property
    def means(self) -> Floats:
        """The priors' means."""
        return np.array([item.law.expected() for item in self.parameters])

    @property
    def sds(self) -> Floats:
        """The priors' standard deviations."""
        return np.array([item.law.variance() ** 0.5 for item in self.parameters])


def priors_of(scenario: Scenario, free: Iterable[str], given: Mapping[str, Any] | None) -> Priors:
    """Return the prior of each free path: given, the scenario's own, or the evidence table's.

    Raises
    ------
    ccmsim.errors.InputError
        Where a path leads to no number, is free twice, or has no range and no law; where a law is
        none, discrete, or gives values that the scenario refuses.
    """
    wanted = texts(free, "free", '["contact.answer_probability"]')
    law = '{"contact.answer_probability": {"family": "uniform", "low": 0.2, "high": 0.8}}'
    told = {} if given is None else table(given, "priors", law)
    _check_free(scenario, wanted, told)
    laws = {**(scenario.uncertain or {}), **told}
    bare = scenario.but({"uncertain": None})
    found: dict[str, Parameter] = {}
    for path in wanted:
        if path in laws:
            found[path] = parameters_of(bare, {path: laws[path]})[0]
        else:
            _check_range(bare, path)
            found |= {item.path: item for item in parameters_of(bare, [path])}
    if len(found) > MOST:
        raise refuse("free", f"must not be more than {MOST}", list(found), f"up to {MOST} paths")
    _check_laws(bare, found.values())
    return Priors(tuple(found.values()))


def _check_free(scenario: Scenario, wanted: list[str], given: Mapping[str, Any]) -> None:
    valid = 'such as ["contact.answer_probability", "panel.opt_out_per_month_share"]'
    if not wanted:
        raise refuse("free", "must not be empty", wanted, valid)
    problems = [
        Problem("free", "names a path twice", path, "each path once")
        for path in sorted({path for path in wanted if wanted.count(path) > 1})
    ]
    problems += [
        Problem("priors", "gives a law for what is not free", path, ", ".join(wanted))
        for path in given
        if path not in wanted
    ]
    problems += [
        Problem(path, "is a whole number", at(scenario, path), "a number with decimals, or a mean")
        for path in wanted
        if isinstance(at(scenario, path), int) and not isinstance(at(scenario, path), bool)
    ]
    if problems:
        raise InputError(problems)


def _check_range(scenario: Scenario, path: str) -> None:
    """Refuse a path without a range of its own in the evidence table."""
    if "*" in path:
        return
    known = set(paths(scenario))
    if path not in known:
        valid = "a path of the scenario, such as contact.answer_probability"
        rule = f"names no value of the scenario{suggestion(path, sorted(known))}"
        raise refuse("free", rule, path, valid)
    found = range_of(path, plain(at(scenario, path)))
    if found is None or found.source == "half to double":
        rule = "has no range in the evidence table, so it needs a prior"
        valid = f'priors={{"{path}": {{"family": "uniform", "low": ..., "high": ...}}}}'
        raise refuse(path, rule, plain(at(scenario, path)), valid)


def _check_laws(scenario: Scenario, parameters: Iterable[Parameter]) -> None:
    """Refuse laws that are discrete or of no width, or whose ends the scenario refuses."""
    from ccmsim.analyses.factors import moved

    problems: list[Problem] = []
    for item in parameters:
        family = getattr(item.law, "family", "")
        low, high = item.law.quantile(1e-4), item.law.quantile(1.0 - 1e-4)
        if family in DISCRETE or not low < high:
            rule = "has a prior that is not spread over an interval"
            valid = 'such as {"family": "uniform", "low": 0.3, "high": 0.6}'
            problems.append(Problem(item.path, rule, plain(item.law), valid))
            continue
        for value in (low, high):
            try:
                moved(scenario, item.path, value)
            except InputError as error:
                problems += [_out_of_reach(item, value, one) for one in error.problems]
    if problems:
        raise InputError(problems)


def _out_of_reach(item: Parameter, value: float, found: Problem) -> Problem:
    """Return what is wrong with a law that reaches a value which the scenario refuses."""
    rule = f"has a prior that reaches {value:.4g}, where {found.field} {found.rule}"
    return Problem(item.path, rule, plain(item.law), "a prior that stays where the value may lie")
