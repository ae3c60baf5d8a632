"""Calibrating histories of known truth: each by `calibrate`, or all from one set of simulations.

Comes in: a practice, laws of free values, how many histories. Goes out: a `Recovery`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from ccmsim.analyses.factors import check_level
from ccmsim.arrays import Floats
from ccmsim.calibration.calibrate import calibrate
from ccmsim.calibration.emulator import fewest_points
from ccmsim.calibration.simulator import simulate_points
from ccmsim.calibration.statistics import statistics_of
from ccmsim.calibration.synthetic import synthetic_likelihood
from ccmsim.checkpoints import Checkpoint
from ccmsim.checks import whole
from ccmsim.errors import InputError, refuse
from ccmsim.scenario.model import Scenario
from ccmsim.studies.recovery.histories import COLUMNS, FREE, MONTHS, Made, made, small_practice
from ccmsim.studies.recovery.ranks import Recovery

SIMULATIONS: Final[Mapping[str, int]] = {"synthetic": 600, "abc": 2400, "shared": 600}
"""By method, where nothing else is said: a quarter of what `calibrate` takes, so faults show."""

Report = Callable[[int, int], None]


def recovery(
    scenario: Scenario | None = None,
    free: Mapping[str, Any] = FREE,
    *,
    histories: int = 40,
    columns: Sequence[str] = COLUMNS,
    months: int = MONTHS,
    method: str = "synthetic",
    simulations: int | None = None,
    level: float = 0.9,
    seed: int = 0,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Report | None = None,
) -> Recovery:
    """Calibrate histories that the engine made at values drawn from their priors.

    Parameters
    ----------
    scenario : Scenario, optional
        Left out: `small_practice()`.
    free : mapping of str to law
        The free paths with their priors.
    histories : int
        At least 2.
    columns : sequence of str
        That are compared.
    months : int
    method : {"synthetic", "abc", "shared"}
        Of `calibrate`; or "shared": synthetic likelihood in one wave, whose simulations from the
        prior serve all histories. Cheap; it tries all but the later waves, and no check is made.
    simulations : int, optional
        For each history, or for all of them together if shared. The first wave (or pilot) of
        `calibrate` comes from the prior and is simulated once.
    level : float
        Of the intervals.
    seed, workers : int
        As in `calibrate`.
    checkpoint : str or Path, optional
        A folder in which each history's result is kept: interrupted, the same call goes on.
    progress : callable, optional
        Told after each history how many are done, of how many.

    Raises
    ------
    ccmsim.errors.InputError
        Where a setting is impossible, or a path or a law cannot be used.

    Notes
    -----
    Where the posterior is right, the truth's rank among its draws is uniform, whatever the model
    (Cook, Gelman & Rubin 2006; Talts et al. 2018).

    Examples
    --------
    >>> quick = {"contact.call_minutes": FREE["contact.call_minutes"]}
    >>> found = recovery(free=quick, histories=4, months=3, method="shared", simulations=80)
    >>> found.shares.shape
    (4, 1)
    """
    if method not in SIMULATIONS:
        raise refuse("method", "is not known", method, ", ".join(SIMULATIONS))
    problems = whole(histories, "histories", 2, 10_000, "40")
    if problems:
        raise InputError(problems)
    check_level(level)
    practice = small_practice() if scenario is None else scenario
    known = made(practice, free, histories, columns=columns, months=months, seed=seed)
    count = SIMULATIONS[method] if simulations is None else simulations
    if method == "shared":
        found = _from_one_set(known, count, progress)
    else:
        with folder_of(checkpoint) as folder:
            found = _one_by_one(known, method, count, workers, folder, progress)
    return _result(known, method, count, level, *found)


def _one_by_one(
    known: Made,
    method: str,
    count: int,
    workers: int | None,
    folder: str | Path,
    progress: Report | None,
) -> tuple[list[Floats], Floats]:
    """Return draws and the check's p-value of each history; what comes from the prior is kept."""
    kept = Checkpoint(folder, {"ranks": known.spec.fingerprint, "how": [method, count]})
    draws, p_values = [], []
    for number, history in enumerate(known.histories):
        done = kept.get(str(number))
        if done is None:
            found = calibrate(
                known.scenario, history, known.priors.paths, priors=known.laws, method=method,
                simulations=count, seed=known.spec.seed, workers=workers, checkpoint=folder,
            )  # fmt: skip
            done = {"draws": found.flat, "p_value": np.array(found.check.p_value)}
            kept.put(str(number), done)
        draws.append(done["draws"])
        p_values.append(float(done["p_value"]))
        if progress is not None:
            progress(number + 1, len(known.histories))
    return draws, np.array(p_values)


@contextmanager
def folder_of(checkpoint: str | Path | None) -> Iterator[str | Path]:
    """Give the folder to keep simulations in: one that goes away where none is named."""
    if checkpoint is not None:
        yield checkpoint
        return
    with TemporaryDirectory() as folder:
        yield folder


def _from_one_set(known: Made, count: int, progress: Report | None) -> tuple[list[Floats], Floats]:
    """Return draws of each history from simulations that all of them share."""
    dims = len(known.priors.paths)
    draws: list[Floats] = []
    kept: dict[str, Floats] = {}
    for number, history in enumerate(known.histories, start=1):
        observed = np.stack(list(history.columns.values()))
        compared = statistics_of(known.spec.series, observed)
        least = fewest_points(dims, len(compared.names))
        if count < least:
            rule = f"must be at least {least} for {dims} free values"
            raise refuse("simulations", rule, count, str(SIMULATIONS["shared"]))

        def simulate(name: str, z: Floats, compared: Any = compared) -> Floats:
            if name not in kept:  # the same points for every history: one seed
                kept[name] = simulate_points(known.spec, name, 0, known.priors.values(z))
            numbers: Floats = compared.of(kept[name])
            return numbers

        posterior = synthetic_likelihood(
            simulate, known.priors.values, compared.of(observed[None])[0], dims,
            simulations=count, generator=np.random.default_rng(known.spec.seed), waves=(1.0,),
            warm=200, steps=400,
        )  # fmt: skip
        draws.append(known.priors.values(posterior.z.reshape(-1, dims)))
        if progress is not None:
            progress(number, len(known.histories))
    return draws, np.full(len(draws), np.nan)


def _result(
    known: Made, method: str, count: int, level: float, draws: list[Floats], p_values: Floats
) -> Recovery:
    """Put together what was found."""
    ends = (0.5 - level / 2.0, 0.5 + level / 2.0)
    limits = np.array([np.quantile(one, ends, axis=0) for one in draws])
    return Recovery(
        scenario=known.scenario.name,
        method=method,
        simulations=count,
        months=known.spec.months,
        seed=known.spec.seed,
        paths=known.priors.paths,
        prior_sds=known.priors.sds,
        truths=known.truths,
        means=np.array([one.mean(axis=0) for one in draws]),
        sds=np.array([one.std(axis=0, ddof=1) for one in draws]),
        lows=limits[:, 0],
        highs=limits[:, 1],
        shares=np.array([
            ((one < truth).sum(axis=0) + 0.5) / (len(one) + 1.0)
            for one, truth in zip(draws, known.truths, strict=True)
        ]),
        level=level,
        p_values=p_values,
    )  # fmt: skip
