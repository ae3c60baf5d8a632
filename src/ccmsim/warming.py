"""Compiling an engine before it is needed, where somebody can see it.

Comes in: an engine. Goes out: every compiled function of it in the disk cache, and a mark there
that says so. Later processes only read the cache.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ccmsim.garbage import seldom_collecting

if TYPE_CHECKING:
    from ccmsim.batches import Engine

Report = Callable[[int, int], None]

# Beside what the first preset needs, the SimPy engine calls rules one by one that others need.
_PRESETS: Final[dict[Engine, tuple[str, ...]]] = {
    "compiled": ("two_nurses",),
    "simpy": ("two_nurses", "mature_300", "physician_led", "apcm_switch", "multi_site"),
}
ENGINES: Final = tuple(_PRESETS)

_FUNCTIONS: Final = 300
"""About so many functions are compiled for an engine; only a progress bar needs to know."""


def is_warm(engine: Engine) -> bool:
    """Return whether a process has compiled an engine, with these sources and versions."""
    from ccmsim.compiling import warm_mark

    return warm_mark(engine).exists()


def warm(engine: Engine, report: Report | None = None) -> int:
    """Compile an engine and keep the result on disk; return how many functions took part.

    Parameters
    ----------
    engine : str
        "compiled" or "simpy".
    report : callable, optional
        Called with (functions compiled, functions in all, about).
    """
    from ccmsim.batches import Job, run_batch
    from ccmsim.compiling import warm_mark
    from ccmsim.scenario import load

    with seldom_collecting(), _counting(report or (lambda done, total: None)) as count:
        for preset in _PRESETS[engine]:
            run_batch(Job(load(preset), 2, 0, 0, "months", engine), range(1))
    warm_mark(engine).touch()
    return count[0]


def warm_if_cold(engine: Engine) -> None:
    """Compile an engine with a progress bar, unless it was done before.

    Where no bar can be shown, a line on the standard error stream says what takes so long.
    """
    if is_warm(engine):
        return
    from ccmsim.progress import can_show, shown

    if not can_show():
        sys.stderr.write("Compiling the model, once: about half a minute ...\n")
    with shown(True, _FUNCTIONS, "Compiling the model, once") as report:
        warm(engine, report)


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
