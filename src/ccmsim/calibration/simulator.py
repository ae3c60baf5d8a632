"""The practice's months as the engine makes them, for any values of the free parameters.

Comes in: a scenario, a history, priors. Goes out: the history's series for points in normal
numbers, one replication each; a point's luck is a function of (seed, name, number), so that any
executor and any number of workers gives the same bits.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ccmsim.analyses.parameters import Parameter, seed_of_set, with_values
from ccmsim.arrays import Floats
from ccmsim.calibration.priors import Priors
from ccmsim.checkpoints import Checkpoint
from ccmsim.finance import CODES
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ccmsim.progress import Progress

CHUNK: Final = 25
"""Points a task: half a second or so."""

_HOUR: Final = 60.0

_VARIABLES: Final[dict[str, tuple[str, float]]] = {
    "enrolled_patients": ("enrolled_patients", 1.0),
    "billable_patients": ("billable_patients", 1.0),
    "billed_usd": ("billed_usd", 1.0),
    "collected_usd": ("collected_usd", 1.0),
    "worked_hours": ("worked_minutes", _HOUR),
    "on_duty_hours": ("on_duty_minutes", _HOUR),
    "absence_minutes": ("lost_minutes", 1.0),
    "attempts": ("attempts", 1.0),
    "contacts": ("contacts", 1.0),
}
"""The variable of a result behind each column, and by what it is divided."""


class Spec(NamedTuple):
    """All that the series of a point depend on, except the point and its luck."""

    scenario: Scenario
    parameters: tuple[Parameter, ...]
    series: tuple[str, ...]
    months: int
    warmup_months: int
    seed: int

    @property
    def fingerprint(self) -> str:
        """The same for the same simulations; another engine has another one."""
        from ccmsim.compiling import cache_key

        parts = [
            self.scenario.fingerprint, [(item.path, repr(item.law)) for item in self.parameters],
            self.series, self.months, self.warmup_months, self.seed, cache_key(),
        ]  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def series_of(arrays: dict[str, Any], name: str) -> Floats:
    """Return a column's series, (replications, months), from a result's variables."""
    if name in CODES:
        return np.asarray(arrays["claim_units"][:, :, CODES.index(name)], dtype=np.float64)
    variable, unit = _VARIABLES[name]
    values = np.asarray(arrays[variable], dtype=np.float64)
    return (values.sum(axis=2) if values.ndim == 3 else values) / unit


def simulate_points(
    spec: Spec, name: str, first: int, values: Floats, stop: NDArray[np.int8] | None = None
) -> Floats:
    """Return the series, (n, series, months), of points from number `first` on."""
    from ccmsim.batches import Job, Prepared, run_batch

    luck = (spec.seed + zlib.crc32(name.encode())) % 2**32
    found = np.empty((len(values), len(spec.series), spec.months))
    for k, row in enumerate(values):
        scenario = with_values(spec.scenario, spec.parameters, [float(value) for value in row])
        seed = seed_of_set(luck, first + k)
        job = Job(scenario, spec.months, spec.warmup_months, seed, "months", "compiled")
        ready = Prepared(scenario, spec.months, spec.warmup_months)
        arrays = run_batch(job, range(1), stop, ready)
        for s, column in enumerate(spec.series):
            found[k, s] = series_of(arrays, column)[0]
    return found


class Simulator:
    """Simulates points by name, in tasks, some of them perhaps from a checkpoint.

    Parameters
    ----------
    spec : Spec
    priors : Priors
    checkpoint : Checkpoint or None
    submit : callable
        As that of an executor.
    more : tuple
        What `simulate_points` takes besides.
    report : callable
    whole : int
        Simulations expected in all.
    """

    def __init__(
        self,
        spec: Spec,
        priors: Priors,
        checkpoint: Checkpoint | None,
        submit: Callable[..., Future[Floats]],
        more: tuple[Any, ...],
        report: Progress,
        whole: int,
    ) -> None:
        self.spec, self.priors, self.checkpoint = spec, priors, checkpoint
        self.submit, self.more = submit, more
        self.report, self.whole, self.done = report, whole, 0

    def series(self, name: str, z: Floats) -> Floats:
        """Return the series, (n, series, months), of points in normal numbers."""
        values = self.priors.values(z)
        found = np.empty((len(z), len(self.spec.series), self.spec.months))
        futures: dict[Future[Floats], slice] = {}
        for start in range(0, len(z), CHUNK):
            part = slice(start, min(start + CHUNK, len(z)))
            known = self._known(f"{name} {start}", values[part])
            if known is None:
                task = self.submit(
                    simulate_points, self.spec, name, start, values[part], *self.more
                )
                futures[task] = part
            else:
                found[part] = known
                self._advance(len(known))
        try:
            for future in as_completed(futures):
                part = futures[future]
                found[part] = future.result()
                if self.checkpoint is not None:
                    done = {"points": values[part], "found": found[part]}
                    self.checkpoint.put(f"{name} {part.start}", done)
                self._advance(part.stop - part.start)
        finally:
            for future in futures:
                future.cancel()
        return found

    def _known(self, name: str, points: Floats) -> Floats | None:
        """Return what these points gave, None where it is not known."""
        arrays = None if self.checkpoint is None else self.checkpoint.get(name)
        if arrays is None or not np.array_equal(arrays["points"], points):
            return None
        return arrays["found"]

    def _advance(self, count: int) -> None:
        self.done += count
        self.report(min(self.done, self.whole), self.whole)


@contextmanager
def tasks(
    executor: Executor | None, workers: int | None
) -> Iterator[tuple[Callable[..., Future[Floats]], tuple[Any, ...]]]:
    """Give what runs tasks; when it is left, those that run end with their replication."""
    from ccmsim.batches import new_stop
    from ccmsim.montecarlo import cores

    if executor is not None:  # perhaps in other processes: a flag doesn't travel
        yield executor.submit, ()
        return
    stop = new_stop()
    with ThreadPoolExecutor(workers or cores()) as pool:
        try:
            yield pool.submit, (stop,)
        finally:
            stop[0] = 1
