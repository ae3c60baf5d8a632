"""How long the default engine takes to compile cold, beside a fixed piece of work.

Comes in: nothing but the interpreter that runs this. Goes out: processor time, with what it would
be on the machine of docs/performance.md, and a status: 1 where that is too long. Where the engine
is compiled already, a copy of the package is; else the cache that it fills is everybody's.

    python benchmarks/cold_compile.py
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

WANTED_SECONDS: Final = 30.0
"""Of a processor, imports included: less is wanted."""

ALLOWANCE: Final = 1.3
"""How much longer it may take before that is a failure: what the work beside it leaves of noise."""

REFERENCE_SECONDS: Final = 0.043
"""What `reference` returns on the machine for which they are wanted, docs/performance.md's."""

_ROUNDS, _NODES = 60, 20_000


class Timed(NamedTuple):
    """A cold compilation, and the fixed work before and after it; seconds of the processor."""

    functions: int
    seconds: float
    before: float
    after: float

    @property
    def slower(self) -> float:
        """How many times as long this machine took for the fixed work, at its better moment."""
        return min(self.before, self.after) / REFERENCE_SECONDS

    @property
    def there(self) -> float:
        """Seconds on the machine for which `WANTED_SECONDS` are meant."""
        return self.seconds / self.slower

    @property
    def met(self) -> bool:
        """Whether it is no longer than is allowed."""
        return self.there <= WANTED_SECONDS * ALLOWANCE

    def __str__(self) -> str:
        verdict = "met" if self.there < WANTED_SECONDS else "missed, but allowed"
        return (
            f"{self.functions} functions, {self.seconds:.1f} s of the processor, imports included\n"
            f"fixed work before and after: {1e3 * self.before:.0f} and {1e3 * self.after:.0f} ms, "
            f"{self.slower:.2f} times those of the machine of docs/performance.md\n"
            f"there it would be {self.there:.1f} s: {verdict if self.met else 'TOO LONG'} "
            f"(wanted: below {WANTED_SECONDS:g}, allowed: {WANTED_SECONDS * ALLOWANCE:g})"
        )


class _Node:
    """A small object, as a compiler has many of."""

    def __init__(self, kind: str, beneath: list[_Node]) -> None:
        self.kind, self.beneath = kind, beneath


def reference() -> float:
    """Return the processor time of a fixed piece of a compiler's sort of work.

    Objects are made, named, looked up and walked through, in memory that does not fit a cache. A
    quarter of the rounds take no longer: neighbours come and go within them.
    """
    took = []
    for each in range(_ROUNDS):
        start = time.process_time()
        _work(each)
        took.append(time.process_time() - start)
    return statistics.quantiles(took, n=4)[0]


def _work(each: int) -> None:
    nodes = [_Node("leaf", [])]
    for number in range(1, _NODES):
        beneath = [nodes[number // 2], nodes[number * 7919 % len(nodes)]]
        nodes.append(_Node(f"kind{number % 97}", beneath))
    names: dict[str, list[_Node]] = {}
    for number, node in enumerate(nodes):
        names.setdefault(f"{node.kind}.{number % 4096}.{each}", []).append(node)
    depth: dict[_Node, int] = {}
    for node in nodes:
        depth[node] = 1 + max((depth[one] for one in node.beneath), default=0)
    assert sum(map(len, names.values())) == _NODES == len(depth)


def compiled_cold() -> tuple[int, float]:
    """Compile the engine, of which nothing was compiled, once; return functions and seconds."""
    import ccmsim
    from ccmsim.compiling import cache_directory
    from ccmsim.warming import is_warm, warm

    assert not is_warm("compiled"), "compiled before"
    functions, seconds = warm("compiled"), time.process_time()
    assert is_warm("compiled")
    assert not is_warm("simpy")
    from numba.core import event

    assert any(cache_directory().rglob("*.nbc")), "nothing was kept"
    with event.install_listener("numba:compile", _refusing(event)):
        results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=1)
    assert (results.values["billable_patients"] == 75).all()
    return functions, seconds


def _refusing(event: Any) -> Any:
    """Return what fails when a function is compiled."""

    class Late(event.Listener):  # type: ignore[misc]
        def on_start(self, started: object) -> None:
            raise AssertionError("compiled after all was warm")

        def on_end(self, ended: object) -> None:
            pass

    return Late()


def timed(package: Path) -> Timed:
    """Compile a package, with the fixed work before and after; each in a process of its own.

    In one that has compiled, the same work takes half as long again.
    """
    before = _apart("reference", package)
    functions, seconds = _apart("compiled_cold", package)
    return Timed(functions, seconds, before, _apart("reference", package))


def _apart(name: str, package: Path) -> Any:
    """Return what a function of this file returns in a fresh process that imports a package."""
    done = subprocess.run(
        [sys.executable, __file__, name],
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def main() -> None:
    """Compile cold, in the checkout's cache or beside a copy, and say how long it took."""
    if sys.argv[1:]:  # one of the processes of `timed`
        [chosen] = [each for each in (reference, compiled_cold) if each.__name__ == sys.argv[1]]
        print(json.dumps(chosen()))
        return
    from ccmsim.compiling import PACKAGE
    from ccmsim.warming import is_warm, warm

    if is_warm("compiled"):
        with tempfile.TemporaryDirectory() as room:
            copy = Path(room) / PACKAGE.name
            shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
            print("compiled before: a copy is timed", flush=True)
            found = timed(copy)
    else:
        found = timed(PACKAGE)
    print(found)
    print(f"{warm('simpy')} functions of the other engine")  # else several tests would at once
    sys.exit(not found.met)


if __name__ == "__main__":
    main()
