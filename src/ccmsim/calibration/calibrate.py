"""Fitting free values of a scenario to a practice's own months: `ccmsim.calibrate`.

Comes in: a scenario, months, the paths that are free, settings. Goes out: a `Calibration`. The
parts are elsewhere: the reading, the priors, the simulator, two methods of inference, the check.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import check_level
from ccmsim.analyses.parameters import Parameter
from ccmsim.arrays import Floats
from ccmsim.calibration.chains import effective_size
from ccmsim.calibration.emulator import fewest_points
from ccmsim.calibration.history import History, check_named, read_history
from ccmsim.calibration.matching import Matched, matched
from ccmsim.calibration.predictive import checked
from ccmsim.calibration.priors import Priors, priors_of
from ccmsim.calibration.simulator import Simulator, Spec, tasks
from ccmsim.calibration.smc import PARTICLES, PILOT, abc_smc
from ccmsim.calibration.statistics import KINDS, Statistics, statistics_of
from ccmsim.calibration.synthetic import WAVES, Posterior, synthetic_likelihood
from ccmsim.calibration.telling import told
from ccmsim.calibration.value import Calibration
from ccmsim.checkpoints import Checkpoint
from ccmsim.checks import (
    MONTHS_MAX,
    check_scenario,
    check_seed,
    check_workers,
    numeric,
    table,
    texts,
    whole,
)
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation.estimate import counted
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from ccmsim.montecarlo import Progress

SIMULATIONS: Final = {"synthetic": 2400, "abc": 6000}
"""Where nothing else is said."""

PREDICTIVE: Final = (120, 800)
"""Histories simulated at draws from the posterior, for the check: a third of the simulations, but
at least and at most so many."""

SIMULATIONS_MAX: Final = 10**6


def calibrate(
    scenario: Scenario,
    history: Any,
    free: Iterable[str],
    *,
    priors: Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
    use: Iterable[str] | None = None,
    statistics: Iterable[str] = tuple(KINDS),
    method: str = "synthetic",
    simulations: int | None = None,
    warmup_months: int | None = None,
    seed: int = 0,
    level: float = 0.9,
    false_alarm: float = 0.01,
    executor: Executor | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress | bool | None = None,
) -> Calibration:
    """Fit free values of a scenario to a practice's months: a posterior, and what it rests on.

    Parameters
    ----------
    scenario : Scenario
        The practice, as far as it is known. Its start becomes the history's first month, and its
        panel that of the history, where `enrolled_patients` are in it.
    history : str, Path or DataFrame
        One row a month; see `ccmsim.calibration.history.HISTORY` for the columns.
    free : sequence of str
        Dotted paths of numbers, or of distributions, whose mean is then free.
    priors : mapping of str to law, optional
        Laws of free paths. Where none is given: the scenario's own `{ uncertain = … }`, or else the
        range of the evidence table, triangular with its peak at the scenario's value.
    columns : mapping of str to str, optional
        The file's own names of columns.
    use : sequence of str, optional
        Columns to compare; left out: all that are there.
    statistics : sequence of {"level", "trend", "spread", "memory"}
        What is compared of each column.
    method : {"synthetic", "abc"}
        Synthetic likelihood with an emulator, or approximate Bayesian computation.
    simulations : int, optional
        Simulated histories; 2400, or at most 6000 with "abc". The predictive check takes a third of
        that more, 120 to 800.
    warmup_months : int, optional
        Simulated before the first month. Left out: 6 where leavers are replaced, else 0, so that
        the first month has the patients that the history has.
    seed, executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Of the central intervals.
    false_alarm : float
        How often the check may accuse a model that is right, at most.
    checkpoint : str or Path, optional
        A folder in which simulations are kept: interrupted, the same call goes on from there.

    Returns
    -------
    Calibration

    Raises
    ------
    ccmsim.errors.InputError
        When the history, a path, a law or a setting cannot be used.

    Examples
    --------
    >>> import ccmsim
    >>> import pandas as pd
    >>> months = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-03"], "99490": [11, 13, 9]})
    >>> found = ccmsim.calibrate(
    ...     ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20}),
    ...     months,
    ...     ["contact.answer_probability"],
    ...     simulations=80,
    ...     warmup_months=0,
    ... )
    >>> found.paths, found.draws.shape[2]
    (('contact.answer_probability',), 1)
    """
    from ccmsim.progress import shown
    from ccmsim.warming import warm_if_cold

    check_scenario(scenario)
    kinds = texts(statistics, "statistics", '["level", "trend"]')
    _check(method, kinds, simulations, warmup_months, seed, level, false_alarm)
    check_workers(workers, executor)
    laws = priors_of(scenario, free, priors)
    own = None if columns is None else table(columns, "columns", '{"enrolled_patients": "Panel"}')
    months = _chosen(read_history(history, own), use)
    match = matched(scenario, months, warmup_months)
    compared = statistics_of(tuple(match.columns), match.observed, tuple(kinds))
    count = SIMULATIONS[method] if simulations is None else int(simulations)
    _check_count(method, count, len(laws.paths), len(compared.names))
    spec = _spec(match, laws, seed)
    kept = None if checkpoint is None else Checkpoint(checkpoint, {"histories": spec.fingerprint})
    warm_if_cold("compiled")
    histories = min(max(count // 3, PREDICTIVE[0]), PREDICTIVE[1])
    whole_count = count + histories
    with (
        shown(progress, whole_count, "Simulations") as report,
        tasks(executor, workers) as (submit, more),
    ):
        report(0, whole_count)
        simulator = Simulator(spec, laws, kept, submit, more, report, whole_count)
        posterior = _inferred(method, simulator, compared, match, count)
        z = _spread(posterior.z, histories)
        predictive = simulator.series("predictive", z)
        report(whole_count, whole_count)
    check = checked(tuple(match.columns), match.observed, predictive, false_alarm)
    return _result(match, laws, posterior, compared, predictive, check, method, seed, level)


def _result(
    match: Matched,
    laws: Priors,
    posterior: Posterior,
    compared: Statistics,
    predictive: Floats,
    check: Any,
    method: str,
    seed: int,
    level: float,
) -> Calibration:
    """Put the parts together."""
    chains, draws, dims = posterior.z.shape
    flat = posterior.z.reshape(-1, dims)
    sizes = posterior.size
    if sizes is None:
        sizes = np.array([effective_size(posterior.z[:, :, k]) for k in range(dims)])
    return Calibration(
        base=match.scenario,
        history=match.history,
        method=method,
        parameters=laws.parameters,
        draws=laws.values(flat).reshape(chains, draws, dims),
        sizes=sizes,
        errors=np.full(dims, np.nan) if posterior.error is None else posterior.error,
        level=level,
        statistics=compared.names,
        observed=match.observed,
        predictive=predictive,
        check=check,
        telling=told(laws.paths, flat),
        seed=seed,
        warmup_months=match.warmup_months,
        diagnostics={**posterior.how, **_emulated(posterior, compared, laws, predictive)},
        notes=match.notes,
    )


def _emulated(
    posterior: Posterior, compared: Statistics, laws: Priors, predictive: Floats
) -> dict[str, float]:
    """Return how far the emulator is from fresh simulations at draws from the posterior."""
    if posterior.emulator is None:
        return {}
    values = laws.values(_spread(posterior.z, len(predictive)))
    mean, sd = posterior.emulator.expected(values)
    off = (posterior.emulator.numbers(compared.of(predictive)) - mean) / sd
    return {
        "emulator_bias": float(np.abs(off.mean(axis=0)).max()),
        "emulator_noise_low": float(off.std(axis=0).min()),
        "emulator_noise_high": float(off.std(axis=0).max()),
    }


def _inferred(
    method: str, simulator: Simulator, compared: Statistics, match: Matched, count: int
) -> Posterior:
    """Return the posterior by the method that is asked for."""
    observed = compared.of(match.observed[None])[0]
    key = (simulator.spec.seed, zlib.crc32(method.encode()))
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))
    dims = len(simulator.priors.paths)

    def simulate(name: str, z: Floats) -> Floats:
        return compared.of(simulator.series(f"{method} {name}", z))

    if method == "abc":
        return abc_smc(
            simulate,
            observed,
            dims,
            simulations=count,
            generator=generator,
            particles=PARTICLES,
        )
    return synthetic_likelihood(
        simulate,
        simulator.priors.values,
        observed,
        dims,
        simulations=count,
        generator=generator,
    )


def _spread(z: Floats, count: int) -> Floats:
    """Return draws of all chains, evenly."""
    rows = np.swapaxes(z, 0, 1).reshape(-1, z.shape[2])
    return rows[(np.arange(count) * len(rows)) // count]


def _spec(match: Matched, laws: Priors, seed: int) -> Spec:
    parameters: tuple[Parameter, ...] = laws.parameters
    columns, months = tuple(match.columns), len(match.history.months)
    return Spec(match.scenario, parameters, columns, months, match.warmup_months, int(seed))


def _chosen(history: History, use: Iterable[str] | None) -> History:
    if use is None:
        return history
    names = texts(use, "use", '["enrolled_patients", "99490"]')
    check_named(history, dict.fromkeys(names), "use")
    if not names:
        raise refuse("use", "must not be empty", names, ", ".join(history.columns))
    return history.only(tuple(name for name in history.columns if name in names))


def _check(
    method: Any,
    kinds: list[str],
    simulations: Any,
    warmup_months: Any,
    seed: Any,
    level: float,
    false_alarm: float,
) -> None:
    """Refuse impossible settings, all at once."""
    problems: list[Problem] = []
    if not isinstance(method, str) or method not in SIMULATIONS:
        problems.append(Problem("method", "is not known", method, ", ".join(SIMULATIONS)))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or "level" not in kinds:
        rule = "must be known, level among them"
        problems.append(Problem("statistics", rule, kinds, ", ".join(KINDS)))
    if simulations is not None:
        problems += whole(simulations, "simulations", 1, SIMULATIONS_MAX, "2400")
    if warmup_months is not None:
        problems += whole(warmup_months, "warmup_months", 0, MONTHS_MAX, "6")
    least = 1.0 / PREDICTIVE[0]
    valid = "a share such as 0.01"
    if found := numeric(false_alarm, "false_alarm", valid):
        problems += found
    elif not least < false_alarm < 1.0:
        rule = f"must lie between {least:g} and 1"
        problems.append(Problem("false_alarm", rule, false_alarm, valid))
    if problems:
        raise InputError(problems)
    check_seed(seed)
    check_level(level)


def _check_count(method: str, count: int, dims: int, statistics: int) -> None:
    """Refuse too few simulations for the number of values and statistics."""
    if method == "abc":
        least = 2 * PILOT
    else:
        least = math.ceil(fewest_points(dims, statistics) / min(WAVES))
    if count < least:
        what = f"{counted(dims, 'free value')} and {counted(statistics, 'statistic')}"
        rule = f"must be at least {least} for {what}"
        raise refuse("simulations", rule, count, str(max(least, SIMULATIONS[method])))
