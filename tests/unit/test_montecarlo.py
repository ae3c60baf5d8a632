"""The driver: the same bits on any executor, flat memory, errors that say which replication."""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import signal
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tests.facts import same_values

import ccmsim
from ccmsim import batches, montecarlo
from ccmsim.batches import Job, ReplicationError, StoppedError, prepared, run_batch
from ccmsim.errors import CcmsimError, InputError
from ccmsim.montecarlo import BATCH, cores
from ccmsim.results import Results
from ccmsim.variables import PATIENT_VARIABLES, VARIABLES

SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 12})
SETTINGS: dict[str, Any] = {"months": 2, "replications": 2 * BATCH + 3, "seed": 7}


class Later(Executor):
    """Runs nothing until it is asked for a result, the batches in the opposite order."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def work() -> None:
            future.set_result(fn(*args, **kwargs))

        self.waiting.append(work)
        if len(self.waiting) == 3:  # all batches of SETTINGS
            for job in reversed(self.waiting):
                job()
        return future


@pytest.fixture(scope="module")
def serial() -> Results:
    return ccmsim.simulate(SMALL, **SETTINGS, keep="patient_months", workers=1)


@pytest.fixture(scope="module")
def by_simpy() -> Results:
    return ccmsim.simulate(SMALL, **SETTINGS, keep="patient_months", engine="simpy")


@pytest.fixture(
    params=["one thread", "three threads", "batches backwards", "processes"], ids=lambda name: name
)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    made: Executor
    if request.param == "batches backwards":
        made = Later()
    elif request.param == "processes":
        made = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    else:
        made = ThreadPoolExecutor(1 if request.param == "one thread" else 3)
    with made:
        yield made


@pytest.mark.parametrize(
    ("engine", "keep"),
    [("compiled", "months"), ("compiled", "patient_months"), ("simpy", "patient_months")],
)
def test_any_executor_gives_the_same_bits(
    serial: Results, executor: Executor, engine: Any, keep: Any
) -> None:
    found = ccmsim.simulate(SMALL, **SETTINGS, keep=keep, executor=executor, engine=engine)
    names = [name for name in serial.values if keep == "patient_months" or name in VARIABLES]
    same_values(found.values, {name: serial.values[name] for name in names})
    assert found.engine == engine


@pytest.mark.parametrize("workers", [1, 2, 3, 64, None])
def test_any_number_of_workers_gives_the_same_bits(serial: Results, workers: int | None) -> None:
    found = ccmsim.simulate(SMALL, **SETTINGS, keep="patient_months", workers=workers)
    same_values(found.values, serial.values)


def test_engines_give_the_same_bits(serial: Results, by_simpy: Results) -> None:
    same_values(by_simpy.values, serial.values)
    assert (serial.engine, by_simpy.engine) == ("compiled", "simpy")


def test_the_compiled_engine_is_the_default(serial: Results) -> None:
    found = ccmsim.simulate(SMALL, **SETTINGS, keep="patient_months", engine="auto")
    same_values(found.values, serial.values)
    assert found.engine == "compiled"


@pytest.mark.parametrize(
    ("given", "threads"),
    [
        ({"workers": 1}, [1]),  # one more than the main thread, which hears interrupts
        ({"workers": 2}, [2]),
        ({"workers": 64}, [23]),  # no more than replications
        ({}, [min(23, cores())]),
        ({"engine": "simpy"}, []),  # it holds Python's lock
        ({"engine": "simpy", "workers": 2}, []),
        ({"executor": ThreadPoolExecutor(1)}, []),
    ],
    ids=["one", "two", "many", "default", "simpy", "simpy and two", "executor"],
)
def test_as_many_threads_as_are_asked_for(
    given: dict[str, Any], threads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def pool(workers: int) -> ThreadPoolExecutor:
        made.append(workers)
        return ThreadPoolExecutor(workers)

    monkeypatch.setattr(montecarlo, "ThreadPoolExecutor", pool)
    ccmsim.simulate(SMALL, **SETTINGS, **given)
    assert made == threads


def test_fewer_replications_are_the_first_ones(serial: Results) -> None:
    few = ccmsim.simulate(SMALL, **(SETTINGS | {"replications": 3}))
    for name in VARIABLES:
        np.testing.assert_array_equal(few.values[name], serial.values[name][:3])


def test_every_variable_has_its_shape(serial: Results) -> None:
    n = SETTINGS["replications"]
    assert set(serial.values) == set(VARIABLES) | set(PATIENT_VARIABLES)
    for name, variable in VARIABLES.items():
        assert serial.values[name].shape[:2] == (n, 2)
        assert serial.values[name].ndim == (3 if variable.extra else 2)
    assert serial.months == ("2026-01", "2026-02")
    assert (serial.seed, serial.engine, serial.warmup_months) == (7, "compiled", 0)


def test_replications_differ(serial: Results) -> None:
    worked = serial.values["worked_minutes"].sum(axis=1)
    assert len(set(worked.tolist())) > 20


def test_patient_months_add_up_to_the_months(serial: Results) -> None:
    values = serial.values
    status = values["patient_status"]
    enrolled = (status >= 0).sum(axis=1)
    np.testing.assert_array_equal(enrolled, values["enrolled_patients"])
    np.testing.assert_array_equal((status == 0).sum(axis=1), values["billable_patients"])
    for reason in range(7):
        missed = values["missed_patients"][:, :, reason]
        np.testing.assert_array_equal((status == reason + 1).sum(axis=1), missed)
    for name in ("countable_minutes", "captured_minutes"):
        minutes = values[f"patient_{name}"]
        np.testing.assert_array_equal(np.isnan(minutes), status < 0)
        np.testing.assert_array_equal(np.nansum(minutes, axis=1), values[name])
    attempts = values["patient_attempts"]
    np.testing.assert_array_equal(attempts < 0, status < 0)
    np.testing.assert_array_equal(attempts.clip(0).sum(axis=1), values["attempts"])
    # some batches know of more patients than others: the grid is as wide as the widest
    assert status.shape[1] > 12
    assert (status[:, -1] >= 0).any()


def test_months_alone_keep_no_patients() -> None:
    results = ccmsim.simulate(SMALL, months=1, replications=1)
    assert set(results.values) == set(VARIABLES)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_warm_up_is_the_head_of_a_longer_replication(engine: Any) -> None:
    settings: dict[str, Any] = {"replications": 3, "keep": "patient_months", "engine": engine}
    late = ccmsim.simulate(SMALL, months=1, warmup_months=2, **settings)
    earlier = SMALL.but({"start": "2025-11-01", "finance.fee_year": 2026})
    whole = ccmsim.simulate(earlier, months=3, **settings)
    for name, values in late.values.items():
        last = (
            whole.values[name][:, :, -1:]
            if name in PATIENT_VARIABLES
            else (whole.values[name][:, -1:])
        )
        np.testing.assert_array_equal(values, last, err_msg=name)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_warm_up_of_patient_months(engine: Any) -> None:
    results = ccmsim.simulate(
        SMALL, months=1, warmup_months=2, replications=2, keep="patient_months", engine=engine
    )
    assert results.values["patient_status"].shape[2] == 1
    enrolled = (results.values["patient_status"] >= 0).sum(axis=1)
    np.testing.assert_array_equal(enrolled, results.values["enrolled_patients"])


# ------------------------------------------------------------- progress and memory


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_progress_tells_what_is_done(engine: Any) -> None:
    seen: list[tuple[int, int]] = []

    def look(done: int, total: int) -> None:
        seen.append((done, total))

    settings: dict[str, Any] = {"months": 1, "replications": BATCH + 2, "progress": look}
    ccmsim.simulate(SMALL, **settings, engine=engine, workers=1)
    assert seen == [(0, 12), (10, 12), (12, 12)]


@pytest.mark.parametrize(
    ("threads", "largest", "sizes"),
    [
        (1, 100, [25] * 4),
        (1, 15, [15] * 6 + [10]),
        (1, 1, [BATCH] * 10),
        (2, 100, [12] * 8 + [4]),
        (2, 5, [5] * 20),
        (30, 100, [1] * 100),
    ],
)
def test_batches_are_larger_where_there_are_many_replications(
    threads: int, largest: int, sizes: list[int]
) -> None:
    batches = montecarlo._batches(range(7, 107), threads, largest=largest, one_size=False)
    assert [len(batch) for batch in batches] == sizes
    assert [number for batch in batches for number in batch] == list(range(7, 107))
    same = montecarlo._batches(range(7, 107), threads, largest=largest, one_size=True)
    assert [len(batch) for batch in same] == [BATCH] * 10


@pytest.mark.parametrize(
    ("name", "changes", "keep", "largest"),
    [
        ("solo_nurse", {"panel.enrolled_at_start": 1}, "months", 100),
        ("two_nurses", {}, "months", 100),
        ("two_nurses", {}, "obstacles", 25),
        ("two_nurses", {"panel.enrolled_at_start": 20_000}, "months", 1),
        ("early_25", {}, "months", 100),  # a Medicare panel
    ],
)
def test_batches_of_large_panels_have_few_replications(
    name: str, changes: dict[str, Any], keep: Any, largest: int
) -> None:
    ready = prepared(ccmsim.load(name).but(changes), 12, 0)
    assert montecarlo._largest(ready, keep) == largest


def test_progress_tells_what_is_done_in_whatever_order() -> None:
    seen: list[tuple[int, int]] = []

    def look(done: int, total: int) -> None:
        seen.append((done, total))

    ccmsim.simulate(SMALL, months=1, replications=BATCH + 2, progress=look, workers=2)
    assert seen == [(done, 12) for done in range(13)]  # threads share few in small batches


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_memory_is_flat_in_the_number_of_replications(engine: Any) -> None:
    """Past the first batch nothing is kept of a replication but its row of the results.

    The objects of a replication, about 0.1 megabytes here, refer to each other: they are garbage
    that is collected now and then, so it is collected before each look.
    """
    kept: list[int] = []

    def look(done: int, total: int) -> None:
        gc.collect()
        kept.append(tracemalloc.get_traced_memory()[0])

    scenario = SMALL.but({"panel.enrolled_at_start": 50})
    settings: dict[str, Any] = {"months": 1, "seed": 1, "engine": engine, "workers": 1}
    ccmsim.simulate(scenario, **settings, replications=1)  # imports and compiled rules
    tracemalloc.start()
    try:
        ccmsim.simulate(scenario, **settings, replications=4 * BATCH, progress=look)
    finally:
        tracemalloc.stop()
    assert len(kept) == 5
    assert max(kept[2:]) - kept[1] < 100_000  # thirty replications would be three megabytes


@pytest.mark.parametrize("most", [1, 3, 100])
@pytest.mark.parametrize("own", [True, False], ids=["executor", "threads"])
def test_so_many_batches_are_given_away_at_a_time(
    own: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[Any] = []
    waiting: list[int] = []

    class Counting(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            submitted.append(fn)
            return super().submit(fn, *args, **kwargs)

    def look(done: int, total: int) -> None:
        waiting.append(len(submitted) - done // BATCH)

    settings: dict[str, Any] = {"months": 1, "replications": 12 * BATCH, "seed": 7}
    whole = ccmsim.simulate(SMALL, **settings)
    monkeypatch.setattr(montecarlo, "_LARGEST", BATCH)
    monkeypatch.setattr(montecarlo, "ThreadPoolExecutor", Counting)
    monkeypatch.setattr(montecarlo, "_GIVEN" if own else "_AHEAD", most)
    with Counting(2) as pool:
        how: dict[str, Any] = {"executor": pool} if own else {"workers": 1}
        found = ccmsim.simulate(SMALL, **settings, **how, progress=look)
    same_values(found.values, whole.values)
    assert waiting[0] == waiting[-1] == 0
    # seen when a batch has come back, and before another one is given away
    assert max(waiting) == min(most, 12) - 1
    assert len(submitted) == 12


# ------------------------------------------------------------- failures


class BoomError(Exception):
    pass


def test_a_failing_replication_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    from ccmsim.engine import simpy_model

    plain = simpy_model.simulate_one

    def failing(inputs: Any, seed: int, replication: int, **more: Any) -> Any:
        if replication == 13:
            raise BoomError("no reason")
        return plain(inputs, seed, replication, **more)

    monkeypatch.setattr(simpy_model, "simulate_one", failing)
    for pool in (None, ThreadPoolExecutor(2)):
        with pytest.raises(ReplicationError) as caught:
            ccmsim.simulate(SMALL, **SETTINGS, executor=pool, engine="simpy")
        error = caught.value
        assert (error.replication, error.job.seed) == (13, 7)
        assert error.job.scenario == SMALL
        assert isinstance(error.__cause__, BoomError)
        assert str(error) == (
            f"replication 13 of seed 7 failed (scenario {SMALL.fingerprint}): "
            "BoomError: no reason; ccmsim.trace(scenario, seed=7, replication=13, "
            f"months={error.job.months}, warmup_months={error.job.warmup_months}) repeats it"
        )


def test_the_error_survives_the_way_from_a_process() -> None:
    error = ReplicationError(Job(SMALL, 14, 2, 7, "months", "simpy"), 13, "BoomError: no reason")
    assert "replication=13, months=14, warmup_months=2) repeats it" in str(error)
    several = ReplicationError(error.job, 10, "BoomError: no reason", 19)
    for each in (error, several):
        again = pickle.loads(pickle.dumps(each))
        assert str(again) == str(each)
        assert isinstance(again, CcmsimError)


@pytest.mark.parametrize("executor", [True, False])
def test_after_a_failure_waiting_batches_are_cancelled(
    monkeypatch: pytest.MonkeyPatch, executor: bool
) -> None:
    started: list[range] = []

    def failing(job: Job, batch: range, *_: Any) -> Any:
        started.append(batch)
        raise BoomError("at once")

    monkeypatch.setattr(batches, "run_batch", failing)
    pool = ThreadPoolExecutor(1)
    given: dict[str, Any] = {"executor": pool} if executor else {"workers": 2}
    with pool, pytest.raises(BoomError):
        ccmsim.simulate(SMALL, months=1, replications=100 * BATCH, **given)
    assert 1 <= len(started) < 100


def test_an_interrupt_cancels_waiting_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[range] = []

    def working(job: Job, batch: range, *more: Any) -> Any:
        started.append(batch)
        return run_batch(job, batch, *more)

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    monkeypatch.setattr(batches, "run_batch", working)
    with pytest.raises(KeyboardInterrupt):
        ccmsim.simulate(SMALL, months=1, replications=5000 * BATCH, workers=2, progress=stop)
    assert 1 <= len(started) < 5000


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Take SIGINT as a terminal's processes do; those that a shell puts aside ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_ends_batches_that_run(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    """They would run for half a minute; each ends with its replication."""
    ends: list[type[Exception] | None] = []

    def working(*arguments: Any) -> Any:
        try:
            values = run_batch(*arguments)
        except Exception as error:
            ends.append(type(error))
            raise
        ends.append(None)
        return values

    run_batch(Job(SMALL, 1, 0, 7, "months", "compiled"), range(1))
    monkeypatch.setattr(montecarlo, "BATCH", 500_000)
    monkeypatch.setattr(montecarlo, "_LARGEST", 500_000)
    monkeypatch.setattr(montecarlo, "_PATIENT_MONTHS", 10**9)
    monkeypatch.setattr(batches, "run_batch", working)
    main = threading.get_ident()
    interrupt = threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        ccmsim.simulate(SMALL, months=1, replications=500_000, workers=workers)
    assert ends
    assert set(ends) == {StoppedError}


def test_the_scenario_is_looked_up_once_a_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash is made of all its values."""
    kind, looked_up = type(SMALL), []
    plain = kind.__hash__

    def counting(scenario: Any) -> int:
        looked_up.append(scenario)
        return plain(scenario)

    monkeypatch.setattr(kind, "__hash__", counting)
    ccmsim.simulate(SMALL, months=1, replications=20 * BATCH, workers=2)
    assert len(looked_up) == 1


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("keep", ["months", "patient_months"])
def test_a_batch_is_a_function_of_its_numbers(keep: Any, engine: Any) -> None:
    job = Job(SMALL, 2, 0, 7, keep, engine)
    whole, part = run_batch(job, range(4)), run_batch(job, range(2, 4))
    for name, values in whole.items():
        patients = slice(None, part[name].shape[1])  # the others have nobody in these replications
        np.testing.assert_array_equal(values[2:][:, patients], part[name])
        if name == "patient_status":
            assert (values[2:][:, patients.stop :] == -1).all()
    assert pickle.loads(pickle.dumps(job)) == job


# ------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"months": 0}, "months: must be at least 1 (got 0)"),
        ({"replications": 0}, "replications: must be at least 1 (got 0)"),
        ({"replications": 2.5}, "replications: must be a whole number (got 2.5)"),
        ({"seed": 2**32}, "seed: must be at most 4294967295 (got 4294967296)"),
        ({"warmup_months": -1}, "warmup_months: must be at least 0 (got -1)"),
        ({"engine": "fast"}, "engine: is not known (got 'fast'); valid: "),
        ({"engine": None}, "engine: is not known (got None); valid: "),
        ({"keep": "all"}, "keep: is not known (got 'all'); valid: "),
        ({"workers": 0}, "workers: must be at least 1 (got 0)"),
        ({"workers": -1}, "workers: must be at least 1 (got -1)"),
        ({"workers": 2.5}, "workers: must be a whole number (got 2.5)"),
        ({"workers": "2"}, "workers: must be a whole number (got '2')"),
        ({"workers": True}, "workers: must be a whole number (got True)"),
        ({"workers": 10**6}, "workers: must be at most "),
        (
            {"workers": 2, "executor": ThreadPoolExecutor(1)},
            "workers: cannot be set with an executor (got 2); valid: one of the two",
        ),
        ({"executor": 2}, "executor: must have a method submit (got 2); valid: "),
    ],
)
def test_impossible_settings_are_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        ccmsim.simulate(SMALL, **setting)
    assert str(caught.value).startswith(message)
