"""The Monte Carlo driver: replications in batches, on any executor, always the same bits.

Comes in: a scenario and settings. Goes out: `Results`. A batch is a function of (scenario,
settings, seed, numbers of its replications) and of nothing else, so neither the executor nor the
number of workers can change a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal

from ccmsim.checks import check_run, check_scenario, check_workers
from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.batches import Arrays, Job, Keep, Prepared
    from ccmsim.results import Results

    Batches = Generator[tuple[range, Arrays], None, None]

Engine = Literal["auto", "compiled", "simpy"]
Progress = Callable[[int, int], None]

BATCH = 10
"""Replications a batch, at most: threads share few replications in smaller ones."""


def simulate(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int = 1000,
    seed: int = 0,
    engine: Engine = "auto",
    executor: Executor | None = None,
    workers: int | None = None,
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
    engine : {"auto", "compiled", "simpy"}
        The same facts, bit for bit, from compiled event loops ("auto" is "compiled") or from the
        readable SimPy model, a hundred times slower.
    executor : concurrent.futures.Executor, optional
        Where batches run, if not in threads of this process. Any of them gives the same bits.
    workers : int, optional
        Threads where there is no executor: one a core when left out. The SimPy model holds
        Python's lock, so it always has one.
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
    from ccmsim.batches import Job, prepared
    from ccmsim.progress import shown
    from ccmsim.results import Results
    from ccmsim.warming import warm_if_cold

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    if executor is not None and not hasattr(executor, "submit"):
        valid = "an executor of concurrent.futures, such as ProcessPoolExecutor(2), or None"
        raise refuse("executor", "must have a method submit", executor, valid)
    check_workers(workers, executor)
    if engine not in ("auto", "compiled", "simpy"):
        raise refuse("engine", "is not known", engine, '"auto", "compiled" or "simpy"')
    if keep not in ("months", "patient_months"):
        raise refuse("keep", "is not known", keep, '"months" or "patient_months"')
    # a month without a fee is refused here, before anything is simulated
    ready = prepared(scenario, int(months), int(warmup_months))
    chosen: Literal["compiled", "simpy"] = "simpy" if engine == "simpy" else "compiled"
    job = Job(scenario, int(months), int(warmup_months), int(seed), keep, chosen)
    warm_if_cold()
    threads = 1 if chosen == "simpy" else workers or cores()
    share = replications // (4 * threads)  # so that threads end together
    size = BATCH if executor or threads == 1 else max(1, min(BATCH, share))
    batches = [
        range(first, min(first + size, replications)) for first in range(0, replications, size)
    ]
    runs = _run(job, ready, batches, executor, threads)
    with shown(progress, int(replications)) as report, closing(runs):
        values = _collect(runs, int(replications), report)
    ready.empty()
    return Results(
        scenario=scenario,
        values=values,
        months=ready.inputs.calendar.month_labels[warmup_months:],
        warmup_months=int(warmup_months),
        seed=int(seed),
        engine=chosen,
    )


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _collect(done_batches: Batches, replications: int, report: Progress) -> Arrays:
    """Put the rows of all batches in the order of the replications."""
    import numpy as np

    from ccmsim.batches import missing

    values: Arrays = {}
    done = 0
    report(0, replications)
    for batch, arrays in done_batches:
        for name, rows in arrays.items():
            shape = (replications, *rows.shape[1:])
            whole = values.get(name)
            if whole is None:
                whole = values[name] = missing(shape, rows.dtype)
            elif whole.shape[1] < rows.shape[1] and name.startswith("patient_"):
                wider = missing(shape, rows.dtype)
                wider[:, : whole.shape[1]] = whole
                whole = values[name] = wider
            whole[batch.start : batch.stop, : rows.shape[1]] = rows
        done += len(batch)
        report(done, replications)
    return {name: np.ascontiguousarray(array) for name, array in values.items()}


def _run(
    job: Job, ready: Prepared, batches: list[range], executor: Executor | None, threads: int
) -> Batches:
    """Run batches; when the generator is closed, those that run end with their replication."""
    from ccmsim.batches import new_stop, run_batch

    stop = new_stop()
    if executor is not None:  # perhaps in other processes: what is prepared doesn't travel
        yield from _submit(job, batches, executor)
    elif job.engine == "simpy":
        for batch in batches:
            yield batch, run_batch(job, batch, stop, ready)
    else:  # a single thread, too: this one must hear an interrupt
        with ThreadPoolExecutor(min(threads, len(batches))) as pool:
            try:
                yield from _submit(job, batches, pool, stop, ready)
            finally:
                stop[0] = 1


def _submit(job: Job, batches: list[range], executor: Executor, *more: Any) -> Batches:
    from ccmsim.batches import run_batch

    futures: dict[Future[Arrays], range] = {
        executor.submit(run_batch, job, batch, *more): batch for batch in batches
    }
    try:
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    finally:
        for future in futures:
            future.cancel()
