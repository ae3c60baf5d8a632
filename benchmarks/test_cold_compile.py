"""What compiling cold is judged by, and which package is compiled; .ci/run does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks import cold_compile
from benchmarks.cold_compile import ALLOWANCE, REFERENCE_SECONDS, WANTED_SECONDS, Timed

from ccmsim import compiling, warming

LIMIT = WANTED_SECONDS * ALLOWANCE


@pytest.mark.parametrize(
    ("seconds", "verdict", "met"),
    [
        (0.99 * WANTED_SECONDS, "s: met", True),
        (1.01 * WANTED_SECONDS, "s: missed, but allowed", True),
        (0.99 * LIMIT, "s: missed, but allowed", True),
        (1.01 * LIMIT, "s: TOO LONG", False),
    ],
)
@pytest.mark.parametrize("slower", [0.5, 1.0, 3.0])
def test_seconds_count_as_on_one_machine(
    seconds: float, verdict: str, met: bool, slower: float
) -> None:
    before, after = slower * REFERENCE_SECONDS, 1.7 * slower * REFERENCE_SECONDS
    found = Timed(357, slower * seconds, before, after)
    assert found.slower == pytest.approx(slower)
    assert found.there == pytest.approx(seconds)
    assert found.met is met
    assert verdict in str(found)
    assert f"{slower * seconds:.1f} s of the processor" in str(found)


def test_the_fixed_work_takes_longer_where_there_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_compile, "_ROUNDS", 4)
    monkeypatch.setattr(cold_compile, "_NODES", 20)
    little = cold_compile.reference()
    monkeypatch.setattr(cold_compile, "_NODES", 20_000)
    assert cold_compile.reference() > 10.0 * little > 0.0


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("seconds", [10.0, 100.0])
def test_a_package_that_is_compiled_is_copied(
    before: bool, seconds: float, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    packages: list[Path] = []

    def timed(package: Path) -> Timed:
        packages.append(package)
        assert (package / "rules" / "__init__.py").is_file()
        assert before != (package == compiling.PACKAGE)
        assert not before or not list(package.rglob("__pycache__"))
        return Timed(357, seconds, REFERENCE_SECONDS, REFERENCE_SECONDS)

    monkeypatch.setattr(cold_compile, "timed", timed)
    monkeypatch.setattr(warming, "is_warm", lambda engine: before)
    monkeypatch.setattr(warming, "warm", lambda engine: {"simpy": 42}[engine])
    monkeypatch.setattr("sys.argv", ["cold_compile.py"])
    with pytest.raises(SystemExit) as stopped:
        cold_compile.main()
    assert stopped.value.code == (seconds > LIMIT)
    out = capsys.readouterr().out
    assert ("a copy is timed" in out) is before
    assert "42 functions of the other engine" in out
    [package] = packages
    assert package.exists() is not before
