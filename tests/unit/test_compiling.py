"""The compiled cache: an edited rule never runs stale, and an unwritable package is no obstacle."""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest
from numba.core.compiler import DefaultPassBuilder, Flags, StateDict

from ccmsim import compiling, garbage, linking, warming
from ccmsim.compiling import (
    apart,
    cache_directory,
    cache_key,
    copied,
    inner,
    jit,
    kernel_sources,
)
from ccmsim.streams import uniforms

RULE = '''"""A rule that another module's kernel calls."""
from ccmsim.compiling import inner, jit

@{decorator}
def rule(x):
    return x + {constant}
'''

CALLER = '''"""A kernel that calls the rule."""
from ccmsim.compiling import jit
from ccmsim.rule import rule

@jit
def caller(x):
    return 10.0 * rule(x)
'''

RUN = """
from ccmsim.caller import caller
value = caller(1.0)
print(value, sum(caller.stats.cache_hits.values()))
"""


def rule(constant: float, decorator: str = "jit") -> str:
    return RULE.format(constant=constant, decorator=decorator)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a small package that compiles in the way ccmsim does."""
    directory = tmp_path / "ccmsim"
    directory.mkdir()
    (directory / "__init__.py").write_text("")
    for name in ("compiling.py", "errors.py", "linking.py"):
        shutil.copy(Path(compiling.__file__).with_name(name), directory)
    (directory / "rule.py").write_text(rule(1.0))
    (directory / "caller.py").write_text(CALLER)
    return directory


def run(package: Path) -> tuple[float, int]:
    """Call the kernel in a new process; return its value and how often the disk cache served."""
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        env=environment,
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    value, hits = done.stdout.split()
    return float(value), int(hits)


@pytest.mark.parametrize("decorator", ["jit", "inner"])
def test_an_edited_rule_runs_at_once_and_an_unedited_one_from_the_cache(
    package: Path, decorator: str
) -> None:
    (package / "rule.py").write_text(rule(1.0, decorator))
    assert run(package) == (20.0, 0)
    assert run(package) == (20.0, 1)
    (package / "rule.py").write_text(rule(2.0, decorator))
    assert run(package) == (30.0, 0)  # with one cache for both, numba would say 20.0
    assert len(list((package / "__pycache__").glob("kernels-*"))) == 2


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Let the key and the directory be worked out anew, before and after."""
    cache_key.cache_clear()
    cache_directory.cache_clear()
    yield
    cache_key.cache_clear()
    cache_directory.cache_clear()


@pytest.mark.usefixtures("forgetful")
def test_the_key_follows_kernel_sources_and_nothing_else(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key() -> str:
        cache_key.cache_clear()
        return cache_key()

    monkeypatch.setattr(compiling, "PACKAGE", package)
    before = key()
    assert key() == before
    (package / "rule.py").write_text(rule(3.0))
    edited = key()
    assert edited != before
    (package / "rule.py").rename(package / "renamed.py")
    assert key() not in {before, edited}
    monkeypatch.setattr("numba.__version__", "0.0")
    assert key() not in {before, edited}


def test_whatever_compiled_code_imports_is_a_source() -> None:
    """Constants and record layouts are baked in, so a file that is left out could run stale."""
    code = (
        "import sys, ccmsim.batches, ccmsim.engine.simpy_model\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'ccmsim'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported = {Path(name).resolve() for name in ran.stdout.split()}
    assert len(imported) > 40
    assert imported - {path.resolve() for path in kernel_sources()} == set()


@pytest.mark.usefixtures("forgetful")
def test_a_user_without_a_home_gets_a_temporary_cache(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_directory().is_relative_to(package)
    cache_directory.cache_clear()
    deny(monkeypatch, package)
    assert cache_directory().parent == tmp_path


@pytest.mark.usefixtures("forgetful")
def test_the_cache_lies_beside_a_writable_package(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "PACKAGE", package)
    assert cache_directory() == package / "__pycache__" / f"kernels-{cache_key()}"
    assert cache_directory().is_dir()


def deny(monkeypatch: pytest.MonkeyPatch, *rooms: Path) -> None:
    """Refuse to write under some directories, as a read-only disk does; root may write anywhere."""
    make = Path.mkdir

    def mkdir(self: Path, *args: object, **kwargs: object) -> None:
        if any(self.is_relative_to(room) for room in rooms):
            raise PermissionError(13, "Permission denied", str(self))
        make(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", mkdir)


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("named", [True, False])
def test_a_read_only_package_falls_back_to_the_users_cache(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    home = tmp_path / "home"
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg") if named else "")
    monkeypatch.setattr(Path, "home", lambda: home)
    deny(monkeypatch, package)
    room = tmp_path / "xdg" if named else home / ".cache"
    assert cache_directory() == room / "ccmsim" / f"kernels-{cache_key()}"
    assert cache_directory().is_dir()


@pytest.mark.usefixtures("forgetful")
def test_a_machine_without_any_cache_gets_a_temporary_one(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    deny(monkeypatch, package, tmp_path / "xdg")
    assert cache_directory().parent == temporary
    assert cache_directory().name.startswith("ccmsim-kernels-")


@pytest.mark.usefixtures("forgetful")
def test_a_directory_that_exists_but_takes_no_file_is_passed_over(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make: Any = tempfile.TemporaryFile

    def refuse_package(**place: Path) -> object:
        if place["dir"].is_relative_to(package):
            raise OSError(30, "Read-only file system")
        return make(**place)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse_package)
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory().is_relative_to(tmp_path / "xdg")


# ------------------------------------------------------------- caches that are shared, or old


@pytest.fixture
def homes(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful: None
) -> tuple[Path, Path]:
    """Return (the package's cache, with a compiled function; the user's), the first read-only."""
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    beside = cache_directory()
    (beside / "rule_1").mkdir()
    (beside / "rule_1" / "rule.nbc").write_bytes(b"compiled")
    (beside / "warm-compiled").touch()
    cache_directory.cache_clear()
    writable = compiling._writable
    monkeypatch.setattr(compiling, "_writable", lambda place: place != beside and writable(place))
    return beside, tmp_path / "xdg" / "ccmsim" / beside.name


def test_what_an_administrator_has_compiled_is_copied_once(homes: tuple[Path, Path]) -> None:
    beside, own = homes
    assert cache_directory() == own
    assert (own / "rule_1" / "rule.nbc").read_bytes() == b"compiled"
    assert (own / "warm-compiled").exists()
    assert [path.name for path in own.parent.iterdir()] == [own.name]
    (own / "rule_1" / "rule.nbc").write_bytes(b"the user's")
    cache_directory.cache_clear()
    assert cache_directory() == own
    assert (own / "rule_1" / "rule.nbc").read_bytes() == b"the user's"
    assert (beside / "rule_1" / "rule.nbc").read_bytes() == b"compiled"


def test_a_cache_that_is_not_complete_is_not_copied(homes: tuple[Path, Path]) -> None:
    beside, own = homes
    (beside / "warm-compiled").unlink()
    assert cache_directory() == own
    assert not (own / "rule_1").exists()


def test_a_copy_that_fails_leaves_an_empty_cache(
    homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, own = homes

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    assert cache_directory() == own
    assert not (own / "warm-compiled").exists()
    assert [path.name for path in own.parent.iterdir()] == [own.name]


def old_cache(room: Path, name: str, days: float) -> Path:
    """Make a cache that was last used so many days ago."""
    directory = room / name
    (directory / "rule_1").mkdir(parents=True)
    then = time.time() - 86_400.0 * days
    for path in (directory / "rule_1" / "rule.nbc", directory / "used"):
        path.touch()
    for path in (*directory.rglob("*"), directory):
        os.utime(path, (then, then))
    return directory


@pytest.mark.usefixtures("forgetful")
def test_caches_that_nobody_uses_go_when_a_new_one_is_made(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "PACKAGE", package)
    room = package / "__pycache__"
    unused = old_cache(room, "kernels-a", 31.0)
    recent = old_cache(room, "kernels-b", 29.0)
    used = old_cache(room, "kernels-c", 31.0)
    (used / "used").touch()
    other = old_cache(room, "mine", 31.0)
    made = cache_directory()
    assert set(room.iterdir()) == {recent, used, other, made}
    # and only then
    again = old_cache(room, unused.name, 31.0)
    cache_directory.cache_clear()
    assert cache_directory() == made
    assert again.exists()


@pytest.mark.usefixtures("forgetful")
def test_use_is_marked(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PACKAGE", package)
    directory = cache_directory()
    for path in (*directory.rglob("*"), directory):
        os.utime(path, (0.0, 0.0))
    cache_directory.cache_clear()
    cache_directory()
    assert compiling._last_used(directory) > time.time() - 3600.0


@pytest.mark.usefixtures("forgetful")
def test_a_cache_that_cannot_be_removed_is_no_obstacle(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setattr(shutil, "rmtree", refuse)
    old = old_cache(package / "__pycache__", "kernels-a", 31.0)
    assert cache_directory().is_relative_to(package)
    assert old.exists()


# ------------------------------------------------------------- how numba is set up


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("import os; os.environ['NUMBA_DISABLE_JIT'] = '1'", "NUMBA_DISABLE_JIT is set"),
        ("import numba; numba.config.USING_SVML = True", "NUMBA_DISABLE_INTEL_SVML=1"),
    ],
)
def test_a_numba_that_would_compile_otherwise_is_refused(before: str, said: str) -> None:
    code = f"{before}\nimport ccmsim\nccmsim.simulate(ccmsim.load('perfect'), replications=1)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 1
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("ccmsim.errors.CompilerError: ")
    assert said in last


def test_a_numba_that_was_imported_before_is_no_obstacle() -> None:
    code = "import numba, ccmsim.compiling"
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_INTEL_SVML"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_a_function_without_a_file_is_compiled_and_not_cached() -> None:
    space: dict[str, object] = {}
    exec(compile("def triple(x):\n    return 3.0 * x\n", "<cell>", "exec"), space)
    triple = jit(space["triple"])  # type: ignore[type-var]
    assert triple(2.0) == 6.0  # type: ignore[operator]
    assert sum(triple.stats.cache_hits.values()) == 0  # type: ignore[attr-defined]


def test_the_vector_math_library_is_off_and_fast_math_too() -> None:
    assert os.environ["NUMBA_DISABLE_INTEL_SVML"] == "1"

    @jit
    def same(x: float) -> float:
        return x

    assert not same.targetoptions.get("fastmath")  # type: ignore[attr-defined]
    assert same.targetoptions["nogil"]  # type: ignore[attr-defined]


def test_a_function_for_compiled_callers_is_refused_to_python() -> None:
    @inner
    def half(x: float) -> float:
        return 0.5 * x

    @jit
    def quarter(x: float) -> float:
        return half(half(x))

    for _ in range(2):  # also once it is compiled
        with pytest.raises(TypeError, match="half is for compiled functions only"):
            half(10.0)
        assert quarter(10.0) == 2.5


@pytest.fixture
def uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile anew: what the disk cache has from the last run can't be looked into."""
    monkeypatch.setattr(compiling, "_keep_on_disk", lambda door: None)


def functions_in(door: Any) -> list[str]:
    """Return the last names of the functions that are left of a door's code, optimised."""
    (result,) = door.overloads.values()
    symbols = re.findall(r'^define .*?@"?([^"(]+)', result.library.get_llvm_str(), re.M)
    return [str(re.split(r"B\d*v\d+", symbol)[0]) for symbol in symbols]


@pytest.mark.parametrize(("decorator", "is_copied"), [(inner, True), (apart, False)])
def test_a_function_kept_apart_is_not_copied_into_its_callers(
    decorator: Any, is_copied: bool
) -> None:
    def third(x: float) -> float:
        return x / 3.0

    third = decorator(third)

    @jit
    def ninth(x: float) -> Any:
        return third(third(x))

    assert ninth(18.0) == 2.0
    assert any(name.endswith("third") for name in functions_in(ninth)) != is_copied
    with pytest.raises(TypeError, match="third is for compiled functions only"):
        third(18.0)


@pytest.mark.parametrize(("decorator", "is_copied"), [(inner, False), (copied, True)])
def test_a_large_function_is_copied_into_its_callers_where_it_is_told_to(
    decorator: Any, is_copied: bool
) -> None:
    large = decorator(cast(Any, uniforms).py_func)  # ten rounds of Philox

    @jit
    def both(month: int) -> Any:
        return large(7, 0, 14, 3, month, 0), large(7, 0, 14, 3, month, 1)

    assert both(5) == (uniforms(7, 0, 14, 3, 5, 0), uniforms(7, 0, 14, 3, 5, 1))
    assert any(name.endswith("uniforms") for name in functions_in(both)) != is_copied
    with pytest.raises(TypeError, match="uniforms is for compiled functions only"):
        large(7, 0, 14, 3, 5, 0)


@pytest.mark.usefixtures("uncached")
def test_a_door_and_its_copies_in_other_doors_do_not_meet() -> None:
    """Local functions have conventions of their own; the process has one table of names."""

    @jit
    def both(month: int) -> tuple[tuple[float, float], tuple[float, float]]:
        return uniforms(7, 0, 14, 3, month, 0), uniforms(7, 0, 14, 3, month, 1)

    @jit
    def other(month: int) -> tuple[tuple[float, float], tuple[float, float]]:
        return uniforms(7, 0, 14, 3, month, 1), uniforms(7, 0, 14, 3, month, 2)

    first, second = both(5)
    assert any(name.endswith("uniforms") for name in functions_in(both))  # too large to be copied
    assert first == uniforms(7, 0, 14, 3, 5, 0)
    assert second == uniforms(7, 0, 14, 3, 5, 1) == other(5)[0]
    assert both(5) == (first, second)


def test_a_door_keeps_its_own_environment_alone_and_no_code_to_link_with() -> None:
    """Those of numba's functions would import much of numba when they are read."""

    @inner
    def half(x: float) -> float:
        return 0.5 * x

    @jit
    def quarter(x: float) -> float:
        return half(half(x))

    assert quarter(10.0) == 2.5
    (result,) = quarter.overloads.values()  # type: ignore[attr-defined]
    assert [each.env_name for each in result._find_referenced_environments()] == [
        result.fndesc.env_name
    ]
    _, kind, (code, symbols) = result.library.serialize_using_object_code()
    assert kind == "object"
    assert len(symbols) < len(code)
    kept = llvm.parse_bitcode(symbols)
    assert [function.name for function in kept.functions] == list(result.library.doors)


def test_what_compiles_an_inner_function_is_made_when_one_is_compiled() -> None:
    @inner
    def half(x: float) -> float:
        return 0.5 * x

    @jit
    def quarter(x: float) -> float:
        return half(half(x))

    assert "part" not in vars(half)
    assert quarter(10.0) == 2.5
    assert "part" in vars(half)
    assert half.__name__ == "half"


def test_what_is_left_out_of_the_compiler_is_part_of_it() -> None:
    """A pass that numba has renamed would run again, in silence."""
    builder, flags, state = cast(tuple[Any, Any, Any], (DefaultPassBuilder, Flags, StateDict()))
    state.flags, state.func_ir = flags(), None
    passes = {each.name() for each, _ in builder.define_nopython_pipeline(state).passes}
    left_out = linking._UNUSED | linking._FOR_UNROLLING
    assert left_out < passes
    assert len(passes - left_out) >= 8


def test_a_record_type_is_spelt_once() -> None:
    """Numba spells its type for every pass of the compiler over every function."""
    kind: Any = numba.from_dtype(np.dtype([("a", np.float64), ("b", np.int8)]))
    assert repr(kind) is kind.name
    assert "a[type=float64;offset=0]" in kind.name


def test_functions_of_large_records_have_short_symbols() -> None:
    @jit
    def first(rows: Any) -> Any:
        return rows[0].a_long_name_of_a_field_0

    names = [f"a_long_name_of_a_field_{i}" for i in range(100)]
    rows = np.zeros(1, [(name, np.float64) for name in names])
    others = np.zeros(1, [(name, np.float64) for name in [*names[:-1], "another"]])
    assert first(rows) == first(others) == 0.0
    symbols = [
        result.fndesc.mangled_name
        for result in first.overloads.values()  # type: ignore[attr-defined]
    ]
    assert len({*symbols}) == 2
    assert max(map(len, symbols)) < 300


@pytest.mark.usefixtures("uncached")
def test_loops_are_as_wide_as_the_vectors() -> None:
    @jit
    def doubled(values: Any, results: Any) -> None:
        for i in range(len(values)):
            results[i] = 2 * values[i]

    values, results = np.arange(100, dtype=np.uint64), np.zeros(100, np.uint64)
    doubled(values, results)
    assert (results == 2 * values).all()
    features = llvm.get_host_cpu_features()
    (result,) = doubled.overloads.values()  # type: ignore[attr-defined]
    assert ("zmm" in result.library.get_asm_str()) == bool(features.get("avx512f"))


def test_one_version_is_compiled_for_all_whole_numbers() -> None:
    @inner
    def double(x: int) -> int:
        return 2 * x

    @jit
    def doubled() -> int:
        return double(1) + double(2) + double(3)

    assert doubled() == 12
    assert len(double.overloads) == 1  # type: ignore[attr-defined]


def test_only_what_python_calls_is_translated() -> None:
    @jit
    def square(x: float) -> float:
        return x * x

    @jit
    def cube(x: float) -> float:
        return x * square(x)

    assert cube(3.0) == 27.0
    assert not square.overloads  # type: ignore[attr-defined]
    assert square(3.0) == 9.0
    assert len(square.overloads) == len(cube.overloads) == 1  # type: ignore[attr-defined]


def test_small_whole_numbers_find_the_one_version() -> None:
    @jit
    def after(n: Any) -> Any:
        return n + 1

    assert [after(n) for n in (np.int8(127), np.int32(1), 2)] == [128, 2, 3]
    assert len(after.overloads) == 1  # type: ignore[attr-defined]


def test_a_compiled_function_cannot_allocate() -> None:
    @jit
    def fresh(n: int) -> Any:
        return np.zeros(n)

    with pytest.raises(numba.errors.NumbaError):
        fresh(3)


LATE = """
from numba.core import event

class Late(event.Listener):
    def on_start(self, started):
        raise AssertionError("compiled after all was warm")
    def on_end(self, ended):
        pass

import ccmsim
"""

WARM = """
from ccmsim.warming import warm
print(warm("simpy"))
with event.install_listener("numba:compile", Late()):
    for preset in ("early_25", "growth_100", "rural_clinic", "stretched_team"):
        ccmsim.simulate(ccmsim.load(preset), months=1, replications=1, engine="simpy")
"""


def test_who_compiles_first_is_told_what_takes_so_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That all is compiled and kept then, and how long it takes: benchmarks/cold_compile.py."""
    compiled: list[str] = []
    monkeypatch.setattr(warming, "is_warm", lambda engine: engine in compiled)
    monkeypatch.setattr(warming, "warm", lambda engine, report: compiled.append(engine))
    warming.warm_if_cold("compiled")
    told = "Compiling the model, once: about half a minute ...\n"
    assert capsys.readouterr() == ("", told)
    warming.warm_if_cold("compiled")
    assert capsys.readouterr() == ("", "")
    assert compiled == ["compiled"]


@pytest.mark.slow
def test_what_warms_an_engine_is_all_that_presets_need() -> None:
    """Of the other engine, wherever it was compiled: rules that Python calls one by one."""
    command = [sys.executable, "-c", LATE + WARM]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 0


def test_garbage_is_looked_for_seldom_until_the_work_is_done() -> None:
    def compile_badly() -> None:
        with garbage.seldom_collecting():
            assert gc.get_threshold() == (garbage.ALLOCATED, *before[1:])
            raise KeyError

    before = gc.get_threshold()
    with pytest.raises(KeyError):
        compile_badly()
    assert gc.get_threshold() == before
