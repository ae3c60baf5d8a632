"""What numba's compiler is made to do here: parts that are put together once, behind doors.

Comes in: a Python function. Goes out: a part, its code as compiled callers get it, neither
optimised nor translated; and a door, the code of a part and of all beneath it, optimised and
translated once, that Python can call and the disk cache can keep. Only `ccmsim.compiling` imports
it, which has told numba beforehand what it must not use.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any, Final, cast

import llvmlite.binding as llvm
import numba
from numba.core import codegen, compiler, compiler_machinery, funcdesc

OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "_nrt": False}
"""Without numba's runtime a compiled function can't allocate, and doesn't count references: that is
six times as fast where many arrays are about."""

_NO_DOORS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_INLINED = 225
"""How large a function the optimiser copies into its callers, in its own unit.

One with a single caller is copied whatever its size.
"""

_ENVIRONMENT = "_ZN08NumbaEnv"
"""How the symbols of environments begin."""

_UNUSED: Final = {
    "with_lifting",
    "inline_closure_likes",
    "make_function_op_code_to_jit_function",
    "inline_inlinables",
    "inline_overloads",
    "find_literally",
    "Rewrite dynamic raises",
    "annotate_types",
    "dump_parfor_diagnostics",
}
"""Numba's passes for what no function here has: closures, contexts, forced copies, `literally`,
exceptions; and for what nobody looks at."""

_FOR_UNROLLING: Final = {
    "ir_processing",
    "rewrite_semantic_constants",
    "dead_branch_prune",
    "literal_unroll",
    "LiteralPropagation",
    "nopython_rewrites",
}
"""Passes for functions that unroll loops over names."""

_ATTRIBUTES: dict[str, str] = {}
"""What the optimiser is told of some functions, by symbol."""

_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler
_PassManager: Any = compiler_machinery.PassManager
_mangled: Any = funcdesc.default_mangler

# Numba spells a record with all its fields anew for every event of the compiler. Its name, which
# is spelt once, says the same.
cast(Any, numba.types.Record).__repr__ = cast(Any, numba.types.Type).__repr__


class Part(_Library):  # type: ignore[misc]
    """A function's code as its callers get it, with what it calls: not optimised or translated."""

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        """Leave the code as it is."""
        self._finalized = True

    def alone(self) -> Any:
        """Return its own code, without what it calls; a module may take it twice."""
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        return self._final_module

    def _get_module_for_linking(self) -> Any:
        # What is not of this package takes a part with all that it calls.
        module = self.alone().clone()
        for library in self.beneath():
            part = isinstance(library, Part)
            code = library.alone() if part else library._get_module_for_linking()
            module.link_in(code, preserve=True)
        return module

    def beneath(self) -> list[Any]:
        """Return the libraries that this one needs, those that these need, and so on."""
        found: dict[Any, None] = {}
        waiting = list(self._linking_libraries)
        while waiting:
            library = waiting.pop()
            if library not in found:
                found[library] = None
                waiting += library._linking_libraries if isinstance(library, Part) else []
        return list(found)


class Whole(Part):
    """The code of a function for Python and of all that it calls, optimised and translated once."""

    doors: tuple[str, ...] = ()
    """The symbols that are called from outside."""

    environment: str = ""
    """The symbol that leads to the Python objects that the door needs."""

    def finalize(self) -> None:
        """Put the parts beneath together, each once, and optimise and translate them."""
        others: list[Any] = []
        for library in self.beneath():
            if isinstance(library, Part):
                self._final_module.link_in(library.alone(), preserve=True)
            else:
                others.append(library)
        self._linking_libraries = others
        _Library.finalize(self)

    def serialize_using_object_code(self) -> tuple[str, str, tuple[bytes, bytes]]:
        """Return what the disk cache keeps."""
        # Nobody is linked with a door: instead of its code for that, its symbols alone.
        symbols = "".join(f'define void @"{door}"() {{ ret void }}\n' for door in self.doors)
        self._ensure_finalized()
        kept = self._get_compiled_object(), llvm.parse_assembly(symbols).as_bitcode()
        return self.name, "object", kept

    def _optimize_final_module(self) -> None:
        # What nobody else calls need not be callable as numba's conventions say: arguments and
        # results that never change go away, and so do the checks of whether a callee has failed.
        # It needs a name of its own: the process has one table of all names, local ones too.
        mark = hashlib.sha256(self.doors[0].encode()).hexdigest()[:8]
        for function in self._final_module.functions:
            if function.name in _ATTRIBUTES:
                function.add_function_attribute(_ATTRIBUTES[function.name])
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
    full = _mangled(name, types, abi_tags=abi_tags, uid=uid)
    digest = hashlib.sha256(full.encode()).hexdigest()[:16]
    return str(_mangled(name, (), abi_tags=(*abi_tags, digest), uid=uid))


class _PartCompiler(_Compiler):  # type: ignore[misc]
    """Numba's compiler up to the optimiser."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.state.flags.no_compile = True
        self.state.targetctx = self.state.targetctx.subtarget(mangler=_short_name)
        self.state.library = Part(self.state.targetctx.codegen(), "part")

    def define_pipelines(self) -> list[Any]:
        names = self.state.func_id.func.__code__.co_names
        unused = _UNUSED if "literal_unroll" in names else _UNUSED | _FOR_UNROLLING
        return [_without(unused, pipeline) for pipeline in super().define_pipelines()]


def _without(unused: set[str], pipeline: Any) -> Any:
    """Return numba's passes without some."""
    kept = _PassManager(pipeline.pipeline_name)
    for each, described in pipeline.passes:
        if each.name() not in unused:
            kept.add_pass(each, described)
    kept.finalize()
    return kept


def _widened(kind: Any) -> Any:
    """Return one type for all signed whole numbers."""
    types = cast(Any, numba.types)
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and kind.signed else kind


def compiled_once(dispatcher: Any) -> Any:
    """Compile one version for all whole numbers: not one more for each constant or field."""
    compile_for = dispatcher.compile

    def compile_widened(signature: Any) -> Any:
        return compile_for(tuple(_widened(kind) for kind in signature))

    dispatcher.compile = compile_widened
    return dispatcher


class Late:
    """A function for compiled callers alone: what compiles it is made when one is compiled.

    To make what compiles all functions takes a tenth of a second, which is wasted where the disk
    cache has what Python calls. `attribute` is an LLVM attribute, which tells the optimiser whether
    to copy it into its callers: never, `noinline`, or always, `alwaysinline`.
    """

    def __init__(self, function: Any, attribute: str | None = None) -> None:
        functools.update_wrapper(self, function)
        self.py_func, self.attribute = function, attribute

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to be called by Python."""
        raise TypeError(f"{self.py_func.__name__} is for compiled functions only")

    @functools.cached_property
    def part(self) -> Any:
        """What compiles the function for compiled callers; numba's compiler alone knows it."""
        part: Any = compiled_once(
            numba.njit(**OPTIONS, **_NO_DOORS, pipeline_class=_PartCompiler)(self.py_func)
        )

        def add_overload(result: Any) -> None:
            result = result._replace(entry_point=object())  # a name for it: there is no entry
            part.targetctx.insert_user_function(result.entry_point, result.fndesc, [result.library])
            part.overloads[tuple(result.signature.args)] = result
            if self.attribute is not None:
                _ATTRIBUTES[result.fndesc.llvm_func_name] = self.attribute

        part.add_overload = add_overload
        return part

    @property
    def _numba_type_(self) -> Any:
        return self.part._numba_type_

    @property
    def overloads(self) -> Any:
        """The compiled versions by types of the arguments."""
        return self.part.overloads


def with_door(result: Any) -> Any:
    """Make of a compiled part what Python can call and the disk cache can keep."""
    context = result.target_context
    library = Whole(context.codegen(), result.library.name)
    library.doors = (result.fndesc.llvm_func_name, result.fndesc.llvm_cpython_wrapper_name)
    library.environment = result.fndesc.env_name
    library.enable_object_caching()
    library.add_linking_library(result.library)
    described = result.fndesc, result.environment
    context.create_cpython_wrapper(library, *described, result.call_helper, release_gil=True)
    entry = context.get_executable(library, *described)
    return result._replace(library=library, entry_point=entry, metadata={}, type_annotation="")
