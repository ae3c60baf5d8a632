"""The compiled cache: an edited rule never runs stale, and an unwritable package is no obstacle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from ccmsim import compiling
from ccmsim.compiling import cache_directory, cache_key, inner, jit, kernel_sources

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
    shutil.copy(Path(compiling.__file__), directory)
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


def test_one_version_is_compiled_for_all_whole_numbers() -> None:
    @inner
    def double(x: int) -> int:
        return 2 * x

    @jit
    def doubled() -> int:
        return double(1) + double(2) + double(3)

    assert doubled() == 12
    assert len(double.overloads) == 1  # type: ignore[attr-defined]


def test_a_compiled_function_cannot_allocate() -> None:
    @jit
    def fresh(n: int) -> Any:
        return np.zeros(n)

    with pytest.raises(numba.errors.NumbaError):
        fresh(3)


COLD = """
import time
began = time.process_time()
from ccmsim.compiling import cache_directory
from ccmsim.warming import is_warm, warm
assert not is_warm()
functions = warm()
print(cache_directory(), functions, time.process_time() - began)
import ccmsim
results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=1)
assert (results.values["billable_patients"] == 75).all()
"""


@pytest.mark.slow
def test_everything_compiles_cold_and_soon(tmp_path: Path) -> None:
    """Half a minute of CPU is wanted, and timed by .ci/run; here others may be at work."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(compiling.__file__).parent, tmp_path / "ccmsim", ignore=ignored)
    environment = {
        **os.environ, "PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "xdg")
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", COLD],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    directory, functions, seconds = done.stdout.split()
    assert Path(directory).is_relative_to(tmp_path)
    assert list(Path(directory).rglob("*.nbc")), "nothing was kept"
    assert int(functions) > 100
    assert float(seconds) < 90.0
