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
from typing import Any, Final, TypeVar, cast

os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import llvmlite
import llvmlite.binding as llvm
import numba
from numba.core import caching, codegen, compiler, funcdesc

from ccmsim.errors import CompilerError

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

_NO_DOORS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_INLINED = 225
"""How large a function the optimiser copies into its callers, in its own unit.

One with a single caller is copied whatever its size.
"""

_UNUSED_DAYS = 30
"""A cache that nobody has used for so many days is removed when another is made."""

_ENVIRONMENT = "_ZN08NumbaEnv"
"""How the symbols of environments begin."""

_NOT_NEEDED: Final = {
    "with_lifting",
    "inline_closure_likes",
    "make_function_op_code_to_jit_function",
    "inline_inlinables",
    "inline_overloads",
    "find_literally",
    "dump_parfor_diagnostics",
}
"""Numba's passes for what no function here has: closures, contexts, forced copies, `literally`."""

_WARM = "warm-{}"
"""The mark of an engine that is compiled."""

# Without numba's runtime a compiled function can't allocate, and doesn't count references: that is
# six times as fast where many arrays are about.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


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


_KEPT_APART: set[str] = set()
"""Symbols of the functions that the optimiser never copies into a caller."""

_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler


class _Part(_Library):  # type: ignore[misc]
    """A function's code as its callers get it, with what it calls: not optimised or translated."""

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        # Its own code alone, which may be in a module twice: on the way up every caller would
        # copy that of everything beneath it.
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        return self._final_module

    def beneath(self, found: dict[Any, None]) -> None:
        """Enter the libraries that this one needs, those that these need, and so on."""
        for library in self._linking_libraries:
            if library not in found:
                found[library] = None
                if isinstance(library, _Part):
                    library.beneath(found)


class _Whole(_Part):
    """The code of a function for Python and of all that it calls, optimised and translated once."""

    doors: tuple[str, ...] = ()
    """The symbols that are called from outside."""

    environment: str = ""
    """The symbol that leads to the Python objects that the door needs."""

    def finalize(self) -> None:
        needed: dict[Any, None] = {}
        self.beneath(needed)
        self._linking_libraries = list(needed)
        _Library.finalize(self)

    def serialize_using_object_code(self) -> tuple[str, str, tuple[bytes, bytes]]:
        # Nobody is linked with a door: instead of its code for that, its symbols alone.
        symbols = "".join(f'define void @"{door}"() {{ ret void }}\n' for door in self.doors)
        self._ensure_finalized()
        return self.name, "object", (
            self._get_compiled_object(),
            llvm.parse_assembly(symbols).as_bitcode(),
        )

    def _optimize_final_module(self) -> None:
        # What nobody else calls need not be callable as numba's conventions say: arguments and
        # results that never change go away, and so do the checks of whether a callee has failed.
        # It needs a name of its own: the process has one table of all names, local ones too.
        mark = hashlib.sha256(self.doors[0].encode()).hexdigest()[:8]
        for function in self._final_module.functions:
            if function.name in _KEPT_APART:
                function.add_function_attribute("noinline")
            if not function.is_declaration and function.name not in self.doors:
                function.linkage, function.name = "internal", f"{function.name}.{mark}"
        # Only the door looks at its environment, what Python objects it needs. The others' would
        # be kept in the cache, and numba's own among them import much of it when they are read.
        for variable in self._final_module.global_variables:
            if variable.name.startswith(_ENVIRONMENT) and variable.name != self.environment:
                variable.linkage = "internal"
        options: Any = llvm.create_pipeline_tuning_options()
        options.speed_level, options.loop_vectorization = 3, True
        options.slp_vectorization = False
        options.inlining_threshold = _INLINED
        builder = llvm.create_pass_builder(_machine(self._codegen), options)
        builder.getModulePassManager().run(self._final_module, builder)


def _machine(codegen: Any) -> Any:
    """Return the machine that loops are made vector loops for: as wide as its vectors are.

    LLVM prefers half the width on some processors, for the sake of code with few such loops.
    """
    options: dict[str, Any] = {"opt": 3}
    codegen._customize_tm_options(options)
    if "+avx512f" in options["features"]:
        options["features"] += ",-prefer-256-bit"
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(**options)


def _short_name(name: str, types: Any, *, abi_tags: Any = (), uid: Any = None) -> str:
    """Return a function's symbol with a hash of its types, which numba spells: 20,000 letters."""
    full = funcdesc.default_mangler(name, types, abi_tags=abi_tags, uid=uid)
    digest = hashlib.sha256(full.encode()).hexdigest()[:16]
    return str(funcdesc.default_mangler(name, (), abi_tags=(*abi_tags, digest), uid=uid))


class _PartCompiler(_Compiler):  # type: ignore[misc]
    """Numba's compiler up to the optimiser."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.state.flags.no_compile = True
        self.state.targetctx = self.state.targetctx.subtarget(mangler=_short_name)
        self.state.library = _Part(self.state.targetctx.codegen(), "part")

    def define_pipelines(self) -> list[Any]:
        return [_without_unused(pipeline) for pipeline in super().define_pipelines()]


def _without_unused(pipeline: Any) -> Any:
    """Return numba's passes without those for what no function here has."""
    kept = compiler.PassManager(pipeline.pipeline_name)
    for each, described in pipeline.passes:
        if each.name() not in _NOT_NEEDED:
            kept.add_pass(each, described)
    kept.finalize()
    return kept


def _widened(kind: Any) -> Any:
    """Return one type for all signed whole numbers."""
    types = cast(Any, numba.types)
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and kind.signed else kind


def _once(dispatcher: Any) -> Any:
    """Compile one version for all whole numbers: not one more for each constant or field."""
    compile_for = dispatcher.compile

    def compile_once(signature: Any) -> Any:
        return compile_for(tuple(_widened(kind) for kind in signature))

    dispatcher.compile = compile_once
    return dispatcher


def _part_of(function: Any, *, apart: bool = False) -> Any:
    """Return what compiles a function for compiled callers; numba's compiler alone knows it."""
    part: Any = _once(numba.njit(**_OPTIONS, **_NO_DOORS, pipeline_class=_PartCompiler)(function))

    def add_overload(result: Any) -> None:
        result = result._replace(entry_point=object())  # a name for it: there is no entry
        part.targetctx.insert_user_function(result.entry_point, result.fndesc, [result.library])
        part.overloads[tuple(result.signature.args)] = result
        if apart:
            _KEPT_APART.add(result.fndesc.llvm_func_name)

    part.add_overload = add_overload
    return part


def _add_door(result: Any) -> Any:
    """Make of a compiled part what Python can call and the disk cache can keep."""
    context = result.target_context
    library = _Whole(context.codegen(), result.library.name)
    library.doors = (result.fndesc.llvm_func_name, result.fndesc.llvm_cpython_wrapper_name)
    library.environment = result.fndesc.env_name
    library.enable_object_caching()
    library.add_linking_library(result.library)
    described = result.fndesc, result.environment
    context.create_cpython_wrapper(library, *described, result.call_helper, release_gil=True)
    entry = context.get_executable(library, *described)
    return result._replace(
        library=library, entry_point=entry, metadata={}, type_annotation=""
    )


def _read_alone(cache: Any) -> None:
    """Read from the disk cache without what only compiling needs: it imports a tenth of numba.

    The compiler itself asks for it, as soon as something is compiled.
    """

    def load(signature: Any, context: Any) -> Any:
        with cache._guard_against_spurious_io_errors():
            return cache._load_overload(signature, context)
        return None  # where the error was such a one

    if isinstance(cache, caching.FunctionCache):  # a function without a file has none
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
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_directory())
    try:
        keep = Path(function.__code__.co_filename).is_file()  # a notebook cell has no file to key
        door: Any = _once(numba.njit(**_OPTIONS, cache=keep)(function))
    finally:
        config.CACHE_DIR = before
    _read_alone(door._cache)
    part = _part_of(function)

    def compile_door(args: Any, return_type: Any) -> Any:
        part.compile(args)
        return _add_door(part.overloads[tuple(args)])

    door._compiler.compile = compile_door
    door.get_call_template, door.get_overload = part.get_call_template, part.get_overload
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
    return cast(F, _without_door(_part_of(function)))


def apart(function: F) -> F:
    """Compile a function as `inner` does, but never copy it into a caller.

    For what is large and seldom needed: its caller stays small enough to be copied itself.
    """
    return cast(F, _without_door(_part_of(function, apart=True)))


def _without_door(part: Any) -> Any:
    """Refuse to be called by Python."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise TypeError(f"{part.py_func.__name__} is for compiled functions only")

    part._compile_for_args = refuse
    return part
