"""The Monte Carlo driver: replications in batches, on any executor, always the same bits.

Comes in: a scenario and settings. Goes out: `Results`. A batch is a function of (scenario,
settings, seed, numbers of its replications) and of nothing else, so neither the executor nor the
number of workers can change a result.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ccmsim.checks import check_run, check_scenario, check_workers
from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from ccmsim.availability import Design
    from ccmsim.batches import Arrays, Batches, Job, Keep, Prepared
    from ccmsim.precision import Precision, Stopping
    from ccmsim.results import Results

    Run = Callable[[list[range]], Batches]

Engine = Literal["auto", "compiled", "simpy"]
Progress = Callable[[int, int], None]

BATCH = 10
"""Replications a batch, where all have one size or there are few."""

_LARGEST = 100
"""Replications a batch, at most: threads share few replications in smaller ones."""

_PATIENT_MONTHS = 240_000
"""The same by patient-months; a quarter of it where they are kept. A single thread has at least
`BATCH` replications in a batch all the same."""

_AHEAD = 8
"""Batches that each thread has at a time: done, they take memory until this thread takes them."""

_GIVEN = 1000
"""Batches that an executor has at a time, which may be a cluster."""

REPLICATIONS = 1000
"""Where nothing else is said, and no precision is asked for."""


def simulate(
    scenario: Scenario,
    *,
    months: int = 12,
    replications: int | None = None,
    precision: Precision | Sequence[Precision] | None = None,
    seed: int = 0,
    engine: Engine = "auto",
    executor: Executor | None = None,
    workers: int | None = None,
    warmup_months: int = 0,
    keep: Keep = "months",
    progress: Progress | bool | None = None,
    checkpoint: str | Path | None = None,
) -> Results:
    """Simulate many stochastic replications of one practice.

    Parameters
    ----------
    scenario : Scenario
    months : int
        Reported months, from `scenario.start`.
    replications : int, optional
        1000 when left out. With `precision`, the most that may be needed: 10,000 when left out.
    precision : Precision or sequence of Precision, optional
        Simulate until each of these measures is known that well, or `replications` are done;
        `Results.stopping` says how it ended.
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
    keep : {"months", "patient_months", "obstacles"}
        Whether the result also holds every patient-month, and besides what stood in its way; memory
        then grows with replications × patients.
    progress : callable or bool, optional
        Called with (replications done, replications in all); True shows a bar.
    checkpoint : str or Path, optional
        A folder that keeps what is done, made where it is new. Interrupted or killed, the same call
        goes on from there, and its result is the same.

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
    from ccmsim.batches import Job
    from ccmsim.precision import CAP, checked_targets, looks_until

    check_scenario(scenario)
    most = replications
    if most is None:
        most = CAP if precision is not None else REPLICATIONS
    check_run(months, warmup_months, most, seed)
    _check_how(executor, workers, engine, keep)
    targets: tuple[Precision, ...] = ()
    looks: tuple[int, ...] = (most,)
    if precision is not None:
        from ccmsim.measures import precise_names

        targets, looks = checked_targets(precision, precise_names(scenario)), looks_until(most)
    chosen: Literal["compiled", "simpy"] = "simpy" if engine == "simpy" else "compiled"
    job = Job(scenario, int(months), int(warmup_months), int(seed), keep, chosen)
    return _driven(job, _How(executor, workers, progress, checkpoint), looks, targets)


def continued(
    before: Results,
    replications: int,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    checkpoint: str | Path | None = None,
) -> Results:
    """Simulate more replications of a result without patient-months, up to so many in all.

    Examples
    --------
    >>> import ccmsim
    >>> few = ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=2, seed=7)
    >>> continued(few, 5).replications
    5
    """
    from ccmsim.batches import Job

    engine: Literal["compiled", "simpy"] = "simpy" if before.engine == "simpy" else "compiled"
    job = Job(
        before.scenario, len(before.months), before.warmup_months, before.seed, "months", engine
    )
    how = _How(executor, workers, progress, checkpoint)
    return _driven(job, how, (replications,), before=before)


def simulated_part(
    scenario: Scenario,
    numbers: Sequence[int],
    *,
    months: int,
    seed: int,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    keep: Keep = "months",
) -> Results:
    """Simulate some replications by their numbers, which rise, as `simulate` does.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 10})
    >>> part = simulated_part(small, range(3, 5), months=1, seed=7).values["billed_usd"]
    >>> whole = ccmsim.simulate(small, months=1, replications=5, seed=7).values["billed_usd"]
    >>> part.tolist() == whole[3:].tolist()
    True
    >>> few = simulated_part(small, [1, 4], months=1, seed=7).values["billed_usd"]
    >>> whole[[1, 4]].tolist() == few.tolist()
    True
    """
    from ccmsim.batches import Job

    check_run(months, warmup_months, len(numbers), seed)
    _check_how(executor, workers, "compiled", keep)
    job = Job(scenario, months, warmup_months, seed, keep, "compiled")
    how = _How(executor, workers, progress)
    return _driven(job, how, (numbers[-1] + 1,), only=numbers)


def designed(
    scenario: Scenario,
    design: Design,
    *,
    months: int,
    replications: int,
    seed: int,
    warmup_months: int,
    executor: Executor | None,
    workers: int | None,
    progress: Progress | bool | None,
) -> Results:
    """Simulate replications whose absences are spread by a design, as `simulate` does.

    They are not independent: intervals over replications do not hold, those over groups do.
    """
    from ccmsim.batches import Job

    _check_how(executor, workers, "compiled", "months")
    job = Job(scenario, months, warmup_months, seed, "months", "compiled", design)
    return _driven(job, _How(executor, workers, progress), (replications,))


class _How(NamedTuple):
    """Settings that change no number."""

    executor: Executor | None
    workers: int | None
    progress: Progress | bool | None
    checkpoint: str | Path | None = None


def _driven(
    job: Job,
    how: _How,
    looks: tuple[int, ...],
    targets: tuple[Precision, ...] = (),
    before: Results | None = None,
    only: Sequence[int] | None = None,
) -> Results:
    """Run a job's replications, after those from before, until the last look or all targets.

    With `only` they are those of these numbers; nothing may then be from before.
    """
    from ccmsim.batches import collected, prepared
    from ccmsim.checkpoints import kept_of
    from ccmsim.precision import look
    from ccmsim.progress import shown
    from ccmsim.results import Results
    from ccmsim.warming import warm_if_cold

    # a month without a fee is refused here, before anything is simulated
    ready = prepared(job.scenario, job.months, job.warmup_months)
    kept = kept_of(how.checkpoint, job)
    warm_if_cold(job.engine)
    threads = 1 if job.engine == "simpy" else how.workers or cores()
    largest = _largest(ready, job.keep)
    one_size, most = how.executor is not None, looks[-1] if only is None else len(only)

    def results_of(values: Arrays, stopping: Stopping | None = None) -> Results:
        return Results(
            scenario=job.scenario,
            values=values,
            months=ready.inputs.calendar.month_labels[job.warmup_months :],
            warmup_months=job.warmup_months,
            seed=job.seed,
            engine=job.engine,
            stopping=stopping,
        )

    values: Arrays = {} if before is None else dict(before.values)
    stopping, done = None, 0 if before is None else before.replications
    with (
        shown(how.progress, most) as report,
        _runner(job, ready, how.executor, threads, most) as run,
    ):
        report(done, most)
        for count in looks:
            gaps = kept.missing(done, count) if only is None else _in_a_row(only)
            batches = [
                one
                for gap in gaps
                for one in _batches(gap, threads, largest=largest, one_size=one_size)
            ]
            with closing(kept.through(run(batches), done, count)) as runs:
                values = collected(runs, values, only or range(count), done, most, report)
            done = count
            if targets:
                stopping = look(results_of(values), targets, looks)
                if stopping.reached:
                    break
    ready.empty()
    return results_of(values, stopping)


def _check_how(executor: Any, workers: Any, engine: Any, keep: Any) -> None:
    """Refuse impossible settings that change no number."""
    if executor is not None and not hasattr(executor, "submit"):
        valid = "an executor of concurrent.futures, such as ProcessPoolExecutor(2), or None"
        raise refuse("executor", "must have a method submit", executor, valid)
    check_workers(workers, executor)
    if engine not in ("auto", "compiled", "simpy"):
        raise refuse("engine", "is not known", engine, '"auto", "compiled" or "simpy"')
    if keep not in ("months", "patient_months", "obstacles"):
        valid = '"months", "patient_months" or "obstacles"'
        raise refuse("keep", "is not known", keep, valid)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_a_row(numbers: Sequence[int]) -> list[range]:
    """Return rising numbers as ranges.

    Examples
    --------
    >>> _in_a_row([1, 2, 3, 7])
    [range(1, 4), range(7, 8)]
    """
    rows = itertools.groupby(enumerate(numbers), lambda found: found[1] - found[0])
    ends = [[number for _, number in row] for _, row in rows]
    return [range(row[0], row[-1] + 1) for row in ends]


def _largest(ready: Prepared, keep: Keep) -> int:
    """Return how many replications a batch may have, unless `BATCH` is more."""
    from ccmsim.engine.settings import most_enrolled, most_people

    settings, months = ready.inputs.settings[0], ready.inputs.months
    of_each = max(1, most_enrolled(settings, most_people(settings))) * months
    most = _PATIENT_MONTHS if keep == "months" else _PATIENT_MONTHS // 4
    return max(1, min(_LARGEST, most // of_each))


def _batches(replications: range, threads: int, *, largest: int, one_size: bool) -> list[range]:
    """Return the batches of some replications."""
    first, last = replications.start, replications.stop
    share = (last - first) // (4 * threads)  # so that threads end together
    least = BATCH if one_size or threads == 1 else 1
    size = least if one_size else max(least, min(largest, share))
    return [range(start, min(start + size, last)) for start in range(first, last, size)]


@contextmanager
def _runner(
    job: Job, ready: Prepared, executor: Executor | None, threads: int, most: int
) -> Iterator[Run]:
    """Give what runs batches; when it is left, those that run end with their replication."""
    from ccmsim.batches import new_stop, run_batch

    stop = new_stop()
    if executor is not None:  # perhaps in other processes: what is prepared doesn't travel
        yield lambda batches: _submit(job, batches, executor, _GIVEN)
    elif job.engine == "simpy":
        yield lambda batches: ((batch, run_batch(job, batch, stop, ready)) for batch in batches)
    else:  # a single thread, too: this one must hear an interrupt
        with ThreadPoolExecutor(min(threads, most)) as pool:
            try:
                yield lambda batches: _submit(job, batches, pool, _AHEAD * threads, stop, ready)
            finally:
                stop[0] = 1


def _submit(job: Job, batches: list[range], executor: Executor, most: int, *more: Any) -> Batches:
    """Yield batches as they are done, in whatever order; the executor has so many at a time."""
    from ccmsim.batches import run_batch

    done: SimpleQueue[Future[Arrays]] = SimpleQueue()
    given: dict[Future[Arrays], range] = {}
    waiting = iter(batches)
    try:
        while True:
            for batch in itertools.islice(waiting, most - len(given)):
                future = executor.submit(run_batch, job, batch, *more)
                given[future] = batch
                future.add_done_callback(done.put)
            if not given:
                return
            future = done.get()
            yield given.pop(future), future.result()
    finally:
        for future in given:
            future.cancel()
