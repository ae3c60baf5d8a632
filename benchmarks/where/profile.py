"""Where the time of compiled replications goes: samples of the next instruction, by function.

    python benchmarks/where/profile.py mature_300 --seconds 20 [--functions 12]

Comes in: a preset or a file, how it is changed, how long to sample. Goes out: percent of the
samples by part of the engine, and the functions with the most. What the compiler puts into its
caller counts for the caller; only small functions are, here: large ones are compiled anew, each for
itself, into a cache of their own (`--whole`: as every simulation has them, most in one). One
thread, the compiled functions from the disk cache; needs a C++ compiler and a Unix with SIGPROF.
"""

from __future__ import annotations

import argparse
import ctypes
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numba.core.codegen import CodeLibrary

from ccmsim import compiling, linking

SOURCE = Path(__file__).with_name("sampler.cpp")
INTERVAL = 1_000
"""Microseconds of CPU time between samples; the system's clock may be coarser."""

PARTS = {
    "random numbers: Philox, inversion, exp and log": (
        "streams", "sampling", "laws", "keyed", "engine.draws", "libm",
    ),
    "worklists: entering, choosing, taking": ("engine.desks", "engine.heap", "engine.runs"),
    "the walk or the event loop itself": (
        "engine.lazy", "engine.general", "engine.turns", "engine.upcoming",
    ),
    "steps of an item: release, start, completion, what follows": (
        "engine.steps", "engine.coming", "engine.services", "engine.approaches",
    ),
    "a month's beginning and end: patients, their requests, the list": (
        "engine.enrolling", "engine.arrivals", "engine.leaving", "engine.prospects",
        "engine.review", "engine.compiled",
    ),
    "rules": ("rules",),
    "availability": ("availability",),
    "statuses, money, variables by month": (
        "engine.judgement", "engine.ledger", "engine.supervision", "finance", "outcome", "office",
    ),
}  # fmt: skip
REST = "the rest, Python included"

Function = tuple[int, int, str]
"""Where a function begins and ends, relative to its library, and its name."""


LARGE = 200
"""Instructions of a function, before anything is optimised, from which on it stays by itself."""


def keep_apart() -> None:
    """Compile large functions each for itself; before anything else of ccmsim is imported."""
    here = SOURCE.parent / "build" / f"kernels-{compiling.cache_key()}"
    here.mkdir(parents=True, exist_ok=True)
    compiler, whole = cast(Any, compiling), cast(Any, linking.Whole)
    optimize = whole._optimize_final_module

    def optimize_apart(library: Any) -> None:
        for function in library._final_module.functions:
            if is_large(function):
                function.add_function_attribute("noinline")
        optimize(library)

    whole._optimize_final_module = optimize_apart
    compiler.cache_directory = lambda: here


def is_large(function: Any) -> bool:
    """Return whether a function of LLVM is one of ccmsim's own, and large."""
    instructions = sum(1 for block in function.blocks for _ in block.instructions)
    return "_ZN6ccmsim" in function.name and instructions >= LARGE


def name_of(symbol: str) -> str:
    """Return a mangled symbol as module and function, without the package and the version.

    >>> name_of("_ZN6ccmsim6engine4lazy4walkB4v142B66c8tJTI")
    'engine.lazy.walk'
    """
    rest, parts = re.sub(r"^.*?_ZN", "", symbol, count=1), []
    while found := re.match(r"(\d+)", rest):
        length = int(found[1])
        begin = len(found[1])
        parts.append(rest[begin : begin + length])
        rest = rest[begin + length :]
    return ".".join(part for part in parts if part not in ("ccmsim", "cpython"))


def functions_of(elf: bytes) -> tuple[list[Function], dict[str, int]]:
    """Return the functions of a 64-bit object file in order, and where each symbol begins."""
    (headers,) = struct.unpack_from("<Q", elf, 40)
    size, count = struct.unpack_from("<HH", elf, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, headers + i * size) for i in range(count)]
    (table,) = (section for section in sections if section[1] == 2)
    names = sections[table[6]][4]
    found, places = [], {}
    for at in range(table[4], table[4] + table[5], table[9]):
        name, kind, _, _, value, length = struct.unpack_from("<IBBHQQ", elf, at)
        if kind & 15 == 2 and length:
            text = elf[names + name : elf.index(b"\0", names + name)].decode()
            found.append((value, value + length, name_of(text)))
            places[text] = value
    return sorted(found), places


def remember_objects() -> list[bytes]:
    """Keep the object code of every compiled function that is read from the cache."""
    kept: list[bytes] = []
    numbas: Any = CodeLibrary
    load = numbas._set_compiled_object

    def keep(library: Any, code: bytes) -> None:
        kept.append(bytes(code))
        load(library, code)

    numbas._set_compiled_object = keep
    return kept


def sampled(run: Any, seconds: float, library: Any) -> np.ndarray[Any, Any]:
    """Return the addresses seen while `run` is called again and again."""
    buffer = np.zeros(int(2e6 * seconds / INTERVAL) + 1_000, np.uint64)
    library.end.restype = ctypes.c_uint64
    until = time.perf_counter() + seconds
    library.begin(
        buffer.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_uint64(buffer.size),
        ctypes.c_long(INTERVAL),
    )
    while time.perf_counter() < until:
        run()
    return buffer[: library.end()]


def regions(name: str) -> Iterator[range]:
    """Yield where a shared library's code lies in this process."""
    for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
        if name in line and "x" in line.split()[1]:
            low, high = (int(end, 16) for end in line.split()[0].split("-"))
            yield range(low, high)


def counted(addresses: np.ndarray[Any, Any], kept: Sequence[bytes]) -> Counter[str] | None:
    """Return how many samples fell into each function; "libm" and "" are outside.

    None where the code was compiled in this process.
    """
    from ccmsim import office

    (result,) = office.run.overloads.values()  # type: ignore[attr-defined]
    entry = result.fndesc.llvm_func_name
    found = [each for each in map(functions_of, kept) if entry in each[1]]
    if not found:
        return None
    functions, places = found[0]
    base = result.library.get_pointer_to_function(entry) - places[entry]
    begins = np.array([function[0] for function in functions])
    libm, seen = list(regions("libm")), Counter[str]()
    for address in addresses.tolist():
        at = address - base
        i = int(np.searchsorted(begins, at, side="right")) - 1
        if at >= 0 and i >= 0 and at < functions[i][1]:
            seen[functions[i][2]] += 1
        else:
            seen["libm" if any(address in region for region in libm) else ""] += 1
    return seen


def part_of(function: str) -> str:
    """Return which part of the engine a function belongs to."""
    for part, rooms in PARTS.items():
        if any(function == room or function.startswith(f"{room}.") for room in rooms):
            return part
    return REST


def lines(seen: Counter[str], most: int) -> Iterator[str]:
    """Yield the table of parts and that of functions."""
    whole = seen.total()
    parts: Counter[str] = Counter()
    for function, samples in seen.items():
        parts[part_of(function)] += samples
    yield f"{whole:,} samples; percent by part"
    for part in (*PARTS, REST):
        yield f"{100.0 * parts[part] / whole:6.1f}  {part}"
    yield "by function"
    for function, samples in seen.most_common(most):
        yield f"{100.0 * samples / whole:6.1f}  {function or 'outside of the compiled code'}"


def main() -> None:
    """Sample one scenario and print where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--functions", type=int, default=12)
    parser.add_argument(
        "--whole", action="store_true", help="functions as every simulation has them"
    )
    arguments = parser.parse_args()
    compiler = shutil.which("g++")
    if compiler is None:
        sys.exit("no g++ on this machine: nothing is sampled")
    kept = remember_objects()
    if not arguments.whole:
        keep_apart()
    import ccmsim
    from ccmsim.scenario import parse_setting

    scenario = ccmsim.load(arguments.scenario).but(dict(map(parse_setting, arguments.set)))
    ccmsim.simulate(scenario, replications=2, workers=1)
    with tempfile.TemporaryDirectory() as room:
        built = Path(room) / "sampler.so"
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(built), str(SOURCE)]
        subprocess.run(command, check=True)
        library = ctypes.CDLL(str(built))
        addresses = sampled(
            lambda: ccmsim.simulate(scenario, replications=100, workers=1),
            arguments.seconds,
            library,
        )
    seen = counted(addresses, kept)
    if seen is None:
        sys.exit("compiled just now; run it once more, from the disk cache")
    print(f"{scenario.name}, one thread")
    print("\n".join(lines(seen, arguments.functions)))


if __name__ == "__main__":
    main()
