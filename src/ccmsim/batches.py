"""A batch of replications of one scenario, from random numbers to the variables of every month.

Comes in: a job and the numbers of replications. Goes out: arrays by replication and month. The
compiled engine runs, judges and settles a whole batch in one call that holds no lock; the SimPy
model goes replication by replication. A batch is a function of its job and numbers alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ccmsim import availability as av
from ccmsim.arrays import Floats, Records, Statuses
from ccmsim.engine import compiled
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.ledger import PATIENT_MONTH
from ccmsim.engine.obstacles import Obstacles, obstacles_of
from ccmsim.errors import CcmsimError
from ccmsim.finance import settle, terms_of
from ccmsim.office import Office, run
from ccmsim.outcome import month_values
from ccmsim.scenario.model import Scenario
from ccmsim.variables import PATIENT_VARIABLES, month_dtype

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]
    Batches = Generator[tuple[range, Arrays], None, None]

    Stop = NDArray[np.int8]

_Duties = tuple[Floats, Floats]
"""On-duty minutes by person and day, and lost ones by cause."""

_Batch = tuple[Records, list[Records], list[Statuses], list[_Duties]]
"""Months of all replications; of each that is kept its rows, their statuses, and the duties."""

_OF_ROWS = [name for name in PATIENT_VARIABLES if name != "patient_status"]

Engine = Literal["compiled", "simpy"]
Keep = Literal["months", "patient_months", "obstacles"]


class ReplicationError(CcmsimError):
    """A replication failed; the message says which, so that one call reproduces it.

    Where several run at once, it is one of those from `replication` to `last`.
    """

    def __init__(self, job: Job, replication: int, why: str, last: int | None = None) -> None:
        self.job, self.replication, self.why = job, replication, why
        self.last = replication if last is None else last
        super().__init__(job, replication, why, last)

    def __str__(self) -> str:
        job = self.job
        if self.last > self.replication:
            return (
                f"one of the replications {self.replication} to {self.last} of seed {job.seed} "
                f"failed (scenario {job.scenario.fingerprint}): {self.why}"
            )
        return (
            f"replication {self.replication} of seed {job.seed} failed (scenario "
            f"{job.scenario.fingerprint}): {self.why}; ccmsim.trace(scenario, seed={job.seed}, "
            f"replication={self.replication}, months={job.months}, "
            f"warmup_months={job.warmup_months}) repeats it"
        )


class StoppedError(CcmsimError):
    """A batch was told to stop, so nobody waits for its values."""


class Job(NamedTuple):
    """All that a batch depends on, except which replications it runs."""

    scenario: Scenario
    months: int
    warmup_months: int
    seed: int
    keep: Keep
    engine: Engine
    design: av.Design | None = None


class Prepared:
    """What all batches of a scenario share: inputs, terms, and rooms to work in."""

    def __init__(self, scenario: Scenario, months: int, warmup_months: int) -> None:
        self.inputs = prepare(scenario, months, warmup_months=warmup_months)
        self.terms = terms_of(self.inputs)
        self.plan = compiled.plan_of(self.inputs)
        self._leads: av.Leads | None = None
        self._rooms: deque[Office] = deque()  # its methods are atomic

    def luck(self, job: Job, replications: range) -> Records | None:
        """Return what the job's design chooses, (replications, E, S, 1 + D) of LUCK, if any."""
        if job.design is None:
            return None
        self._leads = self._leads or av.leads_of(self.inputs)
        return av.luck_of(self._leads, job.design, job.seed, replications)

    def office(self) -> Office:
        """Return a room that nobody else uses; `give_back` it."""
        try:
            return self._rooms.pop()
        except IndexError:
            return Office(self.inputs)

    def give_back(self, office: Office) -> None:
        """Let another batch use a room."""
        self._rooms.append(office)

    def empty(self) -> None:
        """Give the rooms' memory back."""
        self._rooms.clear()


@lru_cache(maxsize=4)
def prepared(scenario: Scenario, months: int, warmup_months: int) -> Prepared:
    """Return what the batches of a scenario share; a month without a fee is refused here."""
    return Prepared(scenario, months, warmup_months)


def run_batch(
    job: Job, replications: range, stop: Stop | None = None, ready: Prepared | None = None
) -> Arrays:
    """Return the variables of some replications, each of shape (replications, months, …).

    Parameters
    ----------
    stop : ndarray of int8, shape (1,), optional
        Set to 1 by another thread, it ends the batch with the present replication.
    ready : Prepared, optional
        What `prepared` gives for the job; looking it up hashes the whole scenario.

    Raises
    ------
    ReplicationError
    StoppedError
    """
    ready = ready or prepared(job.scenario, job.months, job.warmup_months)
    stop = new_stop() if stop is None else stop
    try:
        return _values(job, ready, replications, stop)
    except CcmsimError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        if isinstance(error, MemoryError):
            why = "not enough memory; fewer replications, months or workers need less"
        raise ReplicationError(job, replications.start, why, replications.stop - 1) from error


def new_stop() -> Stop:
    """Return the flag that stops batches, not set."""
    return np.zeros(1, np.int8)


def _values(job: Job, ready: Prepared, replications: range, stop: Stop) -> Arrays:
    if job.engine == "compiled":
        months, rows, statuses, duties = _compiled_batch(ready, job, replications, stop)
    else:
        months, rows, statuses, duties = _simpy_batch(ready, job, replications)
    reported = months[:, job.warmup_months :]
    values: Arrays = {name: reported[name] for name in reported.dtype.names or ()}
    if job.keep != "months":
        facts = [
            {"patient_status": status}
            | {name: of_one[name.removeprefix("patient_")] for name in _OF_ROWS}
            for of_one, status in zip(rows, statuses, strict=True)
        ]
        values |= _patient_grids(rows, facts, ready.inputs)
    if job.keep == "obstacles":
        facts = [
            {f"patient_{name}": of_all for name, of_all in found._asdict().items()}
            for found in _obstacles(rows, duties, ready.inputs)
        ]
        values |= _patient_grids(rows, facts, ready.inputs)
    return values


def _obstacles(rows: list[Records], duties: list[_Duties], inputs: Inputs) -> Iterator[Obstacles]:
    """Yield what stood in the way of the patient-months of each replication."""
    firsts, seats = inputs.calendar.month_first_business_day, inputs.staffing.seats
    for of_one, (on_duty, lost) in zip(rows, duties, strict=True):
        yield obstacles_of(of_one, on_duty, lost, firsts, seats, pooled=inputs.pooled)


def _patient_grids(rows: list[Records], facts: list[Arrays], inputs: Inputs) -> Arrays:
    """Return facts of patient-months as grids (replications, patients, reported months, …)."""
    patients = max(int(of_one["patient"].max(initial=-1)) for of_one in rows) + 1
    grids: Arrays = {}
    for name, first in facts[0].items():
        shape = (len(rows), patients, inputs.months, *first.shape[1:])
        grid = missing(shape, first.dtype)
        for of_all, of_one, of_name in zip(grid, rows, facts, strict=True):
            of_all[of_one["patient"], of_one["month"]] = of_name[name]
        grids[name] = grid[:, :, inputs.warmup_months :]
    return grids


def missing(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array of "no such patient-month": NaN, or −1 for whole numbers."""
    return np.full(shape, np.nan if dtype.kind == "f" else -1, dtype)


# ---------------------------------------------------------------- many batches


def collected(
    done_batches: Batches,
    before: Arrays,
    numbers: Sequence[int],
    done: int,
    most: int,
    report: Callable[[int, int], None],
) -> Arrays:
    """Put the rows of all batches after those from before, in the order of the replications.

    `numbers` are those of all rows; so many are `done` before the batches.
    """
    values: Arrays = {}

    def make_room(name: str, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the array for all rows, as wide as the widest so far."""
        whole, shape = values.get(name), (len(numbers), *rows.shape[1:])
        of_patients = name.startswith("patient_")  # of whom a batch may have fewer
        if whole is None or (whole.shape[1] < shape[1] and of_patients):
            values[name] = (missing if of_patients else np.empty)(shape, rows.dtype)
            if whole is not None:
                values[name][:, : whole.shape[1]] = whole
        return values[name]

    for name, rows in before.items():
        make_room(name, rows)[:done] = rows
    for batch, arrays in done_batches:
        first = bisect_left(numbers, batch.start)
        last = first + len(batch)
        for name, rows in arrays.items():
            make_room(name, rows)[first:last, : rows.shape[1]] = rows
        done += len(batch)
        report(done, most)
    return {name: np.ascontiguousarray(array) for name, array in values.items()}


# ---------------------------------------------------------------- the SimPy model


def _simpy_batch(ready: Prepared, job: Job, replications: range) -> _Batch:
    from ccmsim.engine.simpy_model import simulate_one

    inputs, months, rows, statuses, duties = ready.inputs, [], [], [], []
    luck = ready.luck(job, replications)
    for r, number in enumerate(replications):
        try:
            of_one = None if luck is None else luck[r]
            facts = simulate_one(inputs, job.seed, number, luck=of_one)
            judgement = judge(facts, inputs, job.seed, number)
            money = settle(facts, judgement, ready.terms, inputs, job.seed, number)
            months.append(month_values(facts, judgement, money, inputs))
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise ReplicationError(job, number, why) from error
        rows.append(facts.patient_months)
        statuses.append(judgement.status)
        duties.append((facts.on_duty_minutes, facts.lost_by_day))
    return np.stack(months), rows, statuses, duties


# ---------------------------------------------------------------- the compiled engine


def _compiled_batch(ready: Prepared, job: Job, replications: range, stop: Stop) -> _Batch:
    count, inputs, keep = len(replications), ready.inputs, job.keep != "months"
    luck = ready.luck(job, replications)
    office = ready.office()
    months = np.zeros((count, inputs.months), month_dtype())
    kept = (count, len(office.room.arrays["rows"])) if keep else (0, 0)
    rows, statuses = np.zeros(kept, PATIENT_MONTH), np.zeros(kept, np.int8)
    n_rows = np.zeros(count, np.int64)
    lost = office.room.facts.lost_by_day
    kept_lost = np.zeros((count if job.keep == "obstacles" else 0, *lost.shape))
    kept_duty = np.zeros(kept_lost.shape[:-1])
    done = 0
    while True:
        av.lead(office.room.roster, luck)
        done = run(
            ready.plan, ready.terms, office.room.handle[0], office.arrays, office.desk, True,
            job.seed, replications.start, done, 0 if luck is None else luck[0].nbytes, months, rows,
            statuses, kept_duty, kept_lost, n_rows, stop,
        )  # fmt: skip
        if done == count:
            break
        if stop[0]:
            ready.give_back(office)
            raise StoppedError(f"stopped before replication {replications[done]}")
        # more patients or requests than there was room for: keyed numbers repeat it exactly
        office = Office(inputs, times=2 * office.times)
    ready.give_back(office)
    each = range(count) if keep else range(0)
    of_rows = [rows[r, : n_rows[r]] for r in each]
    of_statuses = [statuses[r, : n_rows[r]] for r in each]
    return months, of_rows, of_statuses, list(zip(kept_duty, kept_lost, strict=True))
