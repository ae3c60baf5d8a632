"""The Monte Carlo driver: replications in batches, on any executor, always the same bits.

Comes in: a scenario and settings. Goes out: `Results`. A batch is a function of (scenario,
settings, seed, numbers of its replications) and of nothing else, so neither the executor nor the
number of workers can change a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ccmsim.checks import check_run, check_scenario
from ccmsim.errors import CcmsimError, refuse
from ccmsim.scenario.model import Scenario
from ccmsim.variables import PATIENT_VARIABLES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccmsim.engine.inputs import Inputs
    from ccmsim.results import Results

    Arrays = dict[str, NDArray[Any]]

Engine = Literal["auto", "simpy"]
Keep = Literal["months", "patient_months"]
Progress = Callable[[int, int], None]

BATCH = 10
"""Replications a batch: a fixed number, so that looks at results never depend on the executor."""


class ReplicationError(CcmsimError):
    """A replication failed; the message says which, so that one call reproduces it."""

    def __init__(self, job: Job, replication: int, why: str) -> None:
        self.job, self.replication, self.why = job, replication, why
        super().__init__(job, replication, why)

    def __str__(self) -> str:
        job = self.job
        return (
            f"replication {self.replication} of seed {job.seed} failed (scenario "
            f"{job.scenario.fingerprint}): {self.why}; ccmsim.trace(scenario, seed={job.seed}, "
            f"replication={self.replication}, months={job.months}, "
            f"warmup_months={job.warmup_months}) repeats it"
        )


class Job(NamedTuple):
    """All that a batch depends on, except which replications it runs."""

    scenario: Scenario
    months: int
    warmup_months: int
    seed: int
    keep: Keep


def simulate(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 1000,
    seed: int = 0,
    engine: Engine = "auto",
    executor: Executor | None = None,
    warmup_months: int = 0,
    keep: Keep = "months",
    progress: Progress | bool | None = None,
) -> Results:
    """Simulate many stochastic replications of one practice.

    Parameters
    ----------
    scenario : Scenario
    months : int
        Reported months, from `scenario.start`.
    replications : int
    seed : int
        0 to 2**32 − 1. Equal seeds give common random numbers: scenarios can be compared
        replication by replication.
    engine : {"auto", "simpy"}
        Both are the SimPy model.
    executor : concurrent.futures.Executor, optional
        Where batches run; in this process when left out. Any of them gives the same bits.
    warmup_months : int
        Months simulated before `scenario.start` and left out of the result.
    keep : {"months", "patient_months"}
        Whether the result also holds every patient-month; memory then grows with replications ×
        patients.
    progress : callable or bool, optional
        Called with (replications done, replications in all); True shows a bar.

    Returns
    -------
    Results

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or a month has no fee.
    ReplicationError
        When a replication fails; it says which.

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=12, replications=2, seed=7)
    >>> results.data.billed_usd.sum("month").values.tolist()
    [59517.0, 59517.0]
    """
    from ccmsim.progress import shown
    from ccmsim.results import Results

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    if executor is not None and not hasattr(executor, "submit"):
        valid = "an executor of concurrent.futures, such as ProcessPoolExecutor(2), or None"
        raise refuse("executor", "must have a method submit", executor, valid)
    if engine not in ("auto", "simpy"):
        raise refuse("engine", "is not known", engine, '"auto" or "simpy"')
    if keep not in ("months", "patient_months"):
        raise refuse("keep", "is not known", keep, '"months" or "patient_months"')
    # a month without a fee is refused here, before anything is simulated
    calendar = _prepared(scenario, int(months), int(warmup_months))[0].calendar
    job = Job(scenario, int(months), int(warmup_months), int(seed), keep)
    batches = [
        range(first, min(first + BATCH, replications)) for first in range(0, replications, BATCH)
    ]
    with shown(progress, int(replications)) as report:
        values = _collect(job, batches, int(replications), executor, report)
    return Results(
        scenario=scenario,
        values=values,
        months=calendar.month_labels[warmup_months:],
        warmup_months=int(warmup_months),
        seed=int(seed),
        engine="simpy",
    )


def _collect(
    job: Job, batches: list[range], replications: int, executor: Executor | None, report: Progress
) -> Arrays:
    """Run all batches and put their rows in the order of the replications."""
    import numpy as np

    values: Arrays = {}
    done = 0
    report(0, replications)
    for batch, arrays in _run(job, batches, executor):
        for name, rows in arrays.items():
            shape = (replications, *rows.shape[1:])
            whole = values.get(name)
            if whole is None:
                whole = values[name] = _missing(shape, rows.dtype)
            elif whole.shape[1] < rows.shape[1] and name.startswith("patient_"):
                wider = _missing(shape, rows.dtype)
                wider[:, : whole.shape[1]] = whole
                whole = values[name] = wider
            whole[batch.start : batch.stop, : rows.shape[1]] = rows
        done += len(batch)
        report(done, replications)
    return {name: np.ascontiguousarray(array) for name, array in values.items()}


def _missing(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array of "no such patient-month": NaN, or −1 for whole numbers."""
    import numpy as np

    return np.full(shape, np.nan if dtype.kind == "f" else -1, dtype)


def _run(
    job: Job, batches: list[range], executor: Executor | None
) -> Iterator[tuple[range, Arrays]]:
    if executor is None:
        for batch in batches:
            yield batch, run_batch(job, batch)
        return
    futures: dict[Future[Arrays], range] = {
        executor.submit(run_batch, job, batch): batch for batch in batches
    }
    try:
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    finally:
        for future in futures:
            future.cancel()


@lru_cache(maxsize=4)
def _prepared(scenario: Scenario, months: int, warmup_months: int) -> tuple[Inputs, Any]:
    from ccmsim.engine.inputs import prepare
    from ccmsim.finance import month_fees, terms_of

    inputs = prepare(scenario, months, warmup_months=warmup_months)
    return inputs, terms_of(scenario, month_fees(scenario, inputs.calendar))


def run_batch(job: Job, replications: range) -> Arrays:
    """Return the variables of some replications, each of shape (replications, months, …)."""
    import numpy as np

    rows = [_replicate(job, number) for number in replications]
    if job.keep == "patient_months":
        patients = max(row["patient_status"].shape[0] for row in rows)
        for row in rows:
            for name in PATIENT_VARIABLES:
                grid = row[name]
                padded = _missing((patients, grid.shape[1]), grid.dtype)
                padded[: grid.shape[0]] = grid
                row[name] = padded
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _replicate(job: Job, number: int) -> Arrays:
    """Return every variable of one replication."""
    from ccmsim.engine.ledger import judge
    from ccmsim.engine.simpy_model import simulate_one
    from ccmsim.finance import settle
    from ccmsim.outcome import month_values

    inputs, terms = _prepared(job.scenario, job.months, job.warmup_months)
    try:
        facts = simulate_one(inputs, job.seed, number)
        status = judge(facts, inputs, job.seed, number)
        money = settle(facts, status, terms, inputs, job.seed, number)
        months = month_values(facts, status, money, inputs)[inputs.warmup_months :]
        values: Arrays = {name: months[name] for name in months.dtype.names or ()}
        if job.keep == "patient_months":
            values |= _patient_grids(facts.patient_months, status, inputs)
        return values
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise ReplicationError(job, number, why) from error


def _patient_grids(rows: Any, status: NDArray[np.int8], inputs: Inputs) -> Arrays:
    """Return the facts of patient-months as grids (patients, reported months)."""
    patients = int(rows["patient"].max(initial=-1)) + 1
    grids = {}
    for name in PATIENT_VARIABLES:
        facts = status if name == "patient_status" else rows[name.removeprefix("patient_")]
        grid = _missing((patients, inputs.months), facts.dtype)
        grid[rows["patient"], rows["month"]] = facts
        grids[name] = grid[:, inputs.warmup_months :]
    return grids
