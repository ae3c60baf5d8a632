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
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import llvmlite
import numba

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent

_NEVER_COMPILED = ("absences", "analyses", "cli", "estimation")

_NO_DOORS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# Without numba's runtime a compiled function can't allocate, and doesn't count references: that is
# six times as fast where many arrays are about.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


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
    """Return a short hash of the kernel sources and of everything that compiles them."""
    digest = hashlib.sha256()
    for part in (sys.version, numba.__version__, llvmlite.__version__):
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


@cache
def cache_directory() -> Path:
    """Return where compiled functions are kept: beside the package, else in the user's cache."""
    beside = PACKAGE / "__pycache__" / f"kernels-{cache_key()}"
    if _writable(beside):
        return beside
    with suppress(RuntimeError):  # a user without a home
        own = _user_cache() / f"kernels-{cache_key()}"
        if _writable(own):
            return own
    return Path(tempfile.mkdtemp(prefix="ccmsim-kernels-"))


def _once(dispatcher: Any) -> Any:
    """Compile one version for all whole numbers: not one more for each constant in a call."""
    compile_for, types = dispatcher.compile, cast(Any, numba.types)

    def compile_once(signature: Any) -> Any:
        if isinstance(signature, tuple):
            signature = tuple(types.unliteral(kind) for kind in signature)
        return compile_for(signature)

    dispatcher.compile = compile_once
    return dispatcher


def jit(function: F) -> F:
    """Compile a function at its first call; later processes read it from the disk cache.

    Examples
    --------
    >>> @jit
    ... def twice(x):
    ...     return 2.0 * x
    >>> twice(21.0)
    42.0
    """
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_directory())
    try:
        keep = Path(function.__code__.co_filename).is_file()  # a notebook cell has no file to key
        return cast(F, _once(numba.njit(**_OPTIONS, cache=keep)(function)))
    finally:
        config.CACHE_DIR = before


def inner(function: F) -> F:
    """Compile a function that only compiled functions call.

    It has neither a door for Python nor a file of its own, which a third of the compile time would
    go to; it lives in the files of its callers.

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
    dispatcher: Any = _once(numba.njit(**_OPTIONS, **_NO_DOORS)(function))

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise TypeError(f"{function.__name__} is for compiled functions only")

    def add_overload(result: Any) -> None:  # known to numba's compiler, not to Python's calls
        dispatcher.overloads[tuple(result.signature.args)] = result

    dispatcher.add_overload, dispatcher._compile_for_args = add_overload, refuse
    return cast(F, dispatcher)
