"""Worker processes for a command.

Comes in: how many. Goes out: an executor, or none where this process does the work. Ends its
processes, and no others, when the command is interrupted.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from ccmsim.errors import CcmsimError


class WorkerError(CcmsimError):
    """A worker process died."""


@contextmanager
def pool(workers: int, replications: int) -> Iterator[Executor | None]:
    """Give an executor with no more processes than there are batches; None for one worker.

    Processes start afresh (spawn), so that they hold no copy of this one's threads and locks.

    Examples
    --------
    >>> with pool(1, 1000) as executor:
    ...     print(executor)
    None
    """
    from ccmsim.montecarlo import BATCH

    useful = min(workers, -(-replications // BATCH))
    if useful == 1:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(useful, mp_context=context, initializer=_end_with_parent)
    try:
        _start(executor)
        yield executor
    except BaseException as error:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            why = "a worker process was killed, perhaps for want of memory; try --workers 1"
            raise WorkerError(why) from error
        raise
    executor.shutdown()


def _end_with_parent() -> None:
    """Make this worker process end when its parent is gone, however that was killed."""
    import multiprocessing
    import os
    import threading

    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _start(executor: Executor) -> None:
    """Start the processes deaf to an interrupt: only this one answers it, and ends them."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread: an interrupt doesn't come here
        return
    try:
        executor.submit(int)
    finally:
        signal.signal(signal.SIGINT, before)
