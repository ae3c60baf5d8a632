"""The one way in which ccmsim compiles a function: `jit`.

Comes in: a Python function of scalars and arrays. Goes out: the same function compiled by numba,
holding no lock, cached on disk. Never uses fast-math, fused operations or vector math: a fact has
the same bits everywhere.

The disk cache lies in a directory named by a hash of every kernel source and of the versions
involved, so that an edited rule can never run stale: numba itself doesn't see a change in a
function that is called.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import llvmlite
import llvmlite.binding as llvm
import numba

from ccmsim.errors import CompilerError
from ccmsim.linking import OPTIONS, Late, compiled_once, with_door

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent

_NEVER_COMPILED = (
    "absences",
    "analyses",
    "calibration",
    "cli",
    "estimation",
    "fitting",
    "report",
    "studies",
    "theory",
)

_UNUSED_DAYS = 30
"""A cache that nobody has used for so many days is removed when another is made."""

_WARM = "warm-{}"
"""The mark of an engine that is compiled."""


def _check_numba() -> None:
    """Refuse a numba that compiles nothing, or with vector math of other bits."""
    config: Any = numba.config
    if config.DISABLE_JIT:
        raise CompilerError(
            "NUMBA_DISABLE_JIT is set, and the model runs compiled only, with either engine; unset "
            "it before Python starts"
        )
    if getattr(config, "USING_SVML", False):
        raise CompilerError(
            "numba was imported before ccmsim and uses Intel's vector math (SVML), whose results "
            "differ in their last bits; set NUMBA_DISABLE_INTEL_SVML=1 before Python starts, or "
            "import ccmsim.compiling before numba"
        )


_check_numba()


def kernel_sources() -> tuple[Path, ...]:
    """Return the source files on which compiled code may depend, in a fixed order.

    Compiled functions bake in the constants and record layouts of whatever they import, so these
    are all modules but those of rooms that no compiled function imports.
    """
    return tuple(
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in _NEVER_COMPILED
    )


@cache
def cache_key() -> str:
    """Return a short hash of the kernel sources, what compiles them, and the processor."""
    digest = hashlib.sha256()
    config: Any = numba.config
    target = (config.CPU_NAME or llvm.get_host_cpu_name(), config.CPU_FEATURES)
    features = llvm.get_host_cpu_features().flatten()
    for part in (sys.version, numba.__version__, llvmlite.__version__, repr(target), features):
        digest.update(part.encode())
    for path in kernel_sources():
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ccmsim"


def _last_used(directory: Path) -> float:
    return max(path.stat().st_mtime for path in (directory, *directory.rglob("*")))


def _remove_unused(new: Path) -> None:
    """Remove the caches beside a new one that nobody has used for long."""
    oldest = time.time() - 86_400.0 * _UNUSED_DAYS
    for other in new.parent.glob("kernels-*"):
        with suppress(OSError):
            if other != new and _last_used(other) < oldest:
                shutil.rmtree(other)


def _copy(compiled: Path, to: Path) -> None:
    """Copy a cache that has an engine, at once or not at all."""
    with suppress(OSError, shutil.Error):
        if to.exists() or not any(compiled.glob(_WARM.format("*"))):
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix="copy-") as room:
            # into the place, unless another process was faster
            shutil.copytree(compiled, Path(room) / "kernels").rename(to)


def _usable(directory: Path) -> bool:
    """Return whether a cache can be written to; mark that it is used."""
    new = not directory.exists()
    if not _writable(directory):
        return False
    with suppress(OSError):
        (directory / "used").touch()
    if new:
        _remove_unused(directory)
    return True


@cache
def cache_directory() -> Path:
    """Return where compiled functions are kept: beside the package, else in the user's cache.

    Numba wants to write there. What somebody else has compiled for an installation that is
    read-only for this user is copied to the user's cache once.
    """
    beside = PACKAGE / "__pycache__" / f"kernels-{cache_key()}"
    if _usable(beside):
        return beside
    with suppress(RuntimeError):  # a user without a home
        own = _user_cache() / f"kernels-{cache_key()}"
        _copy(beside, own)
        if _usable(own):
            return own
    return Path(tempfile.mkdtemp(prefix="ccmsim-kernels-"))


def warm_mark(engine: str) -> Path:
    """Return the file that says that an engine is compiled."""
    return cache_directory() / _WARM.format(engine)


def _keep_on_disk(door: Any) -> None:
    """Have a function's versions read from the disk cache, and written to it."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_directory())
    try:
        door.enable_caching()
    finally:
        config.CACHE_DIR = before
    cache = door._cache

    def load(signature: Any, context: Any) -> Any:
        # As numba's own, without what only compiling needs, a tenth of numba. The compiler asks
        # for it itself, as soon as something is compiled.
        with cache._guard_against_spurious_io_errors():
            return cache._load_overload(signature, context)

    cache.load_overload = load


def jit(function: F) -> F:
    """Compile a function at its first call; later processes read it from the disk cache.

    Compiled callers get it as they get an `inner` one: what they call is optimised and translated
    with them, once, and not on its own at every step of the way.

    Examples
    --------
    >>> @jit
    ... def twice(x):
    ...     return 2.0 * x
    >>> twice(21.0)
    42.0
    """
    door: Any = compiled_once(numba.njit(**OPTIONS)(function))
    late = Late(function)
    compile_for = door.compile

    def compile_door(args: Any, return_type: Any) -> Any:
        late.part.compile(args)
        return with_door(late.part.overloads[tuple(args)])

    @cache
    def keep() -> None:
        if Path(function.__code__.co_filename).is_file():  # a notebook cell has no file to key
            _keep_on_disk(door)

    def compile_or_read(signature: Any) -> Any:
        keep()
        return compile_for(signature)

    door.compile = compile_or_read
    door._compiler.compile = compile_door
    door.get_call_template = lambda args, kws: late.part.get_call_template(args, kws)
    door.get_overload = lambda signature: late.part.get_overload(signature)
    return cast(F, door)


def inner(function: F) -> F:
    """Compile a function that only compiled functions call.

    It has neither a door for Python nor a file of its own; it lives in the files of its callers.

    Examples
    --------
    >>> @inner
    ... def half(x):
    ...     return 0.5 * x
    >>> @jit
    ... def quarter(x):
    ...     return half(half(x))
    >>> quarter(10.0)
    2.5
    >>> half(10.0)
    Traceback (most recent call last):
    TypeError: half is for compiled functions only
    """
    return cast(F, Late(function))


def apart(function: F) -> F:
    """Compile a function as `inner` does, but never copy it into a caller.

    For what is large and seldom needed: its caller stays small enough to be copied itself.
    """
    return cast(F, Late(function, "noinline"))


def copied(function: F) -> F:
    """Compile a function as `inner` does, and copy it into every caller, however large it is.

    For what every item of work goes through and few functions call: measure that it helps.
    """
    return cast(F, Late(function, "alwaysinline"))
