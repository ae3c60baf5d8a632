"""Compiling everything before it is needed, where somebody can see it.

Comes in: nothing. Goes out: every compiled function in the disk cache, and a mark there that says
so. Later processes only read the cache.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Report = Callable[[int, int], None]

_FUNCTIONS = 320
"""About so many functions are compiled; only a progress bar needs to know."""

_ALLOCATED = 100_000
"""Objects that are made before garbage is looked for; Python's own number is 700."""


def is_warm() -> bool:
    """Return whether a process has compiled everything, with these sources and versions."""
    from ccmsim.compiling import cache_directory

    return (cache_directory() / "warm").exists()


def warm(report: Report | None = None) -> int:
    """Compile both engines and keep the result on disk; return how many functions took part.

    Parameters
    ----------
    report : callable, optional
        Called with (functions compiled, functions in all, about).
    """
    from ccmsim.batches import Job, run_batch
    from ccmsim.compiling import cache_directory
    from ccmsim.scenario import load

    scenario = load("two_nurses").but({"panel.enrolled_at_start": 4})
    with _seldom_collecting(), _counting(report or (lambda done, total: None)) as count:
        run_batch(Job(scenario, 1, 0, 0, "months", "compiled"), range(1))
        run_batch(Job(scenario, 1, 0, 0, "months", "simpy"), range(1))
    (cache_directory() / "warm").touch()
    return count[0]


def warm_if_cold() -> None:
    """Compile everything with a progress bar, unless it was done before."""
    if is_warm():
        return
    from ccmsim.progress import shown

    with shown(True, _FUNCTIONS, "Compiling the model, once") as report:
        warm(report)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Let Python look for garbage seldom: the compiler makes many objects and little of that."""
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _counting(report: Report) -> Iterator[list[int]]:
    """Report every function that numba has compiled."""
    from numba.core import event

    count = [0]

    class Counter(event.Listener):
        def on_start(self, started: Any) -> None:
            pass

        def on_end(self, ended: Any) -> None:
            count[0] += 1
            report(min(count[0], _FUNCTIONS - 1), _FUNCTIONS)

    report(0, _FUNCTIONS)
    with event.install_listener("numba:compile", Counter()):
        yield count
    report(_FUNCTIONS, _FUNCTIONS)
