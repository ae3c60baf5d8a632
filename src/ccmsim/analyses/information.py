"""Value of information: what it would be worth to know a value better before deciding.

Comes in: scenarios to choose from, laws for the values that are not known, the settings of
`simulate`. Goes out: a frozen `Information`. More is better in every measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.compare import named
from ccmsim.analyses.factors import check_level, check_measure, number_at, plain_estimate, table_of
from ccmsim.analyses.parameters import Parameter, Uncertain, parameters_of, seed_of_set, sets_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, whole
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import Estimate, mean, paired_difference
from ccmsim.estimation.information import no_less, value_of_knowing
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

FEWEST_SETS: Final = 50
EVERYTHING: Final = "all of them"
"""Row of the value of knowing every parameter at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Information:
    """What better knowledge is worth to a choice.

    Parameters
    ----------
    measure, first_month : str
    months, seed, warmup_months : int
    sets, inner, replications : int
        Sets of parameters, replications of each for each option, and all of them.
    level : float
        Coverage of every interval, one by one.
    parameters : tuple of Parameter
        What is not known, the most valuable first.
    means : mapping of str to Estimate
        Of each option, over what is not known and over chance.
    best : str
        The option with the highest mean: the choice without more knowledge.
    behind : mapping of str to Estimate
        Of each other option, its mean less the best one's, paired.
    knowing : mapping of str to Estimate
        By path, and for "all of them": what knowing it exactly would add to the measure's mean, as
        far as these sets teach it. "All of them" leaves out what three values or more do together.
    """

    measure: str
    first_month: str
    months: int
    sets: int
    inner: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    parameters: tuple[Parameter, ...]
    means: Mapping[str, Estimate]
    best: str
    behind: Mapping[str, Estimate]
    knowing: Mapping[str, Estimate]

    def table(self) -> pd.DataFrame:
        """Return every number as a row.

        Returns
        -------
        pandas.DataFrame
            Index (number, of): "mean" and "behind" of an option, "knowing" of a parameter; columns
            value, standard_error, low, high, level, replications and method.
        """
        numbers = {("mean", name): found for name, found in self.means.items()}
        numbers |= {("behind", name): found for name, found in self.behind.items()}
        numbers |= {("knowing", path): found for path, found in self.knowing.items()}
        return table_of(numbers, ["number", "of"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "measure", "first_month", "months", "sets", "inner", "replications", "seed",
            "warmup_months", "level", "best",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "uncertain": [item.as_dict() for item in self.parameters],
            "means": {name: plain_estimate(found) for name, found in self.means.items()},
            "behind": {name: plain_estimate(found) for name, found in self.behind.items()},
            "knowing": {path: plain_estimate(found) for path, found in self.knowing.items()},
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, most: int = 12) -> Figure:
        """Return a figure: what knowing is worth, of the parameters that are worth most.

        Parameters
        ----------
        most : int
            So many parameters at most.
        """
        from ccmsim.analyses.information_views import figure

        return figure(self, most)

    def __str__(self) -> str:
        from ccmsim.analyses.information_views import text

        return text(self)


def value_of_information(
    scenarios: Mapping[str, Scenario] | Iterable[Scenario],
    uncertain: Uncertain | Iterable[str] | None = None,
    *,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 8_000,
    inner: int = 2,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Information:
    """Say what it is worth to know a value exactly before one of several practices is chosen.

    The expected value of perfect partial information: how much the mean of the measure would rise,
    if the choice could wait until the value is known. It is 0 where no possible value would change
    the choice, however much the value itself matters. Perfect knowledge is never had. What is told
    is what these sets teach, which is less than the full value: it is no bound on what a study of
    the value may be worth.

    Parameters
    ----------
    scenarios : mapping of str to Scenario, or scenarios
        Two or more to choose from.
    uncertain : mapping of str to law, or paths, optional
        As in `ccmsim.uncertainty`, of the first scenario; the values hold for all of them.
    measure : str
        One of MEASURES: a total over the reported months.
    replications : int
        In all, at most; at least 50 sets must come of it.
    inner : int
        Replications of each set and option, at least 1.
    months, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        When a path leads to no number or is what the choice is about, a law gives an impossible
        value, or a setting is impossible.

    Notes
    -----
    By regression over sets, decided and judged on different sets; all options of a set share their
    random numbers. See `ccmsim.estimation.information.value_of_knowing`.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> dear = small.but({"staff.nurse.hours_per_week": 20})
    >>> found = value_of_information(
    ...     {"as it is": small, "more hours": dear},
    ...     ["contact.answer_probability"],
    ...     months=1,
    ...     replications=200,
    ... )
    >>> found.best, found.sets
    ('as it is', 50)
    """
    ran = simulated_sets(
        scenarios, uncertain, measure=measure, months=months, replications=replications,
        inner=inner, seed=seed, warmup_months=warmup_months, executor=executor, workers=workers,
        progress=progress, level=level,
    )  # fmt: skip
    options, parameters, draws, outcomes = ran.options, ran.parameters, ran.draws, ran.outcomes
    knowing = {
        item.path: value_of_knowing(draws[:, k], outcomes, level=level)
        for k, item in enumerate(parameters)
    }
    order = sorted(parameters, key=lambda item: -knowing[item.path].value)
    everything = no_less(value_of_knowing(draws, outcomes, level=level), knowing.values())
    best = int(outcomes.mean(axis=0).argmax())
    return Information(
        measure=measure,
        first_month=f"{next(iter(options.values())).start:%Y-%m}",
        months=months,
        sets=len(outcomes),
        inner=inner,
        replications=ran.replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        parameters=tuple(order),
        means={name: mean(outcomes[:, k], level=level) for k, name in enumerate(options)},
        best=list(options)[best],
        behind={
            name: paired_difference(outcomes[:, k], outcomes[:, best], level=level)
            for k, name in enumerate(options)
            if k != best
        },
        knowing={item.path: knowing[item.path] for item in order} | {EVERYTHING: everything},
    )


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedSets:
    """Sets of what is not known, and what each option gives in each.

    Parameters
    ----------
    options : mapping of str to Scenario
    parameters : tuple of Parameter
    draws : ndarray, shape (sets, parameters)
    outcomes : ndarray, shape (sets, options)
        Mean of the measure over a set's replications.
    replications : int
        In all.
    """

    options: Mapping[str, Scenario]
    parameters: tuple[Parameter, ...]
    draws: Floats
    outcomes: Floats
    replications: int


def simulated_sets(
    scenarios: Mapping[str, Scenario] | Iterable[Scenario],
    uncertain: Uncertain | Iterable[str] | None,
    *,
    measure: str,
    months: int,
    replications: int,
    inner: int,
    seed: int,
    warmup_months: int,
    executor: Executor | None,
    workers: int | None,
    progress: Progress | bool | None,
    level: float,
) -> SimulatedSets:
    """Return every option in every set of what is not known; see `value_of_information`."""
    from ccmsim.progress import shown

    options = named(scenarios)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    check_measure(measure)
    if problems := whole(inner, "inner", 1, 10_000, "2"):
        raise InputError(problems)
    parameters = parameters_of(next(iter(options.values())), uncertain)
    _check_common(options, parameters)
    each = inner * len(options)
    sets = replications // each
    if sets < FEWEST_SETS:
        rule = f"must be at least {FEWEST_SETS * each:,} for {len(options)} options"
        raise refuse("replications", rule, replications, "such as 8000")
    with shown(progress, sets * each) as report:
        run = Runs(months, warmup_months, executor, workers, report, sets * each)
        draws, outcomes = _outcomes(run, measure, options, parameters, seed, sets, inner)
    return SimulatedSets(options, parameters, draws, outcomes, run.done)


def _check_common(options: Mapping[str, Scenario], parameters: tuple[Parameter, ...]) -> None:
    """Raise `InputError` where an option lacks a parameter, or the choice is about it."""
    problems = []
    for item in parameters:
        values = {name: number_at(scenario, item.path) for name, scenario in options.items()}
        if len(set(values.values())) > 1:
            rule = "differs between the options, so it is decided and not unknown"
            problems.append(Problem(item.path, rule, values, "the same value in all options"))
    if problems:
        raise InputError(problems)


def _outcomes(
    run: Runs,
    measure: str,
    options: Mapping[str, Scenario],
    parameters: tuple[Parameter, ...],
    seed: int,
    sets: int,
    inner: int,
) -> tuple[Floats, Floats]:
    """Return the values of each set, and the mean of each option in it."""
    outcomes = np.empty((sets, len(options)))
    for k, scenario in enumerate(options.values()):
        draws, scenarios = sets_of(scenario, parameters, seed, range(sets))
        for number, one in enumerate(scenarios):
            outcomes[number, k] = run.values(measure, one, inner, seed_of_set(seed, number)).mean()
    return draws, outcomes
