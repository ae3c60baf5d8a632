"""What importing loads, and what an installation holds: what a user meets before any simulation."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest

from ccmsim.warming import warm

pytestmark = pytest.mark.smoke

# Each of these takes 0.3 to 1.3 s to import; they are loaded when a result first needs them.
HEAVY = ("matplotlib", "numba", "pandas", "scipy.stats", "xarray")

REPORT = f"""
import sys
loaded = [name for name in {HEAVY!r} if name in sys.modules]
print("loaded:", ",".join(loaded), file=sys.stderr)
"""

IMPORT = "import ccmsim\n" + REPORT

COMMAND = (
    """
import sys
from ccmsim.cli import main
sys.argv = ["ccmsim", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    assert stop.code in (0, None), stop.code
"""
    + REPORT
)


def heavy_modules_after(code: str, *arguments: str) -> list[str]:
    """Run code in a fresh interpreter and return the heavy modules it has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    last_line = done.stderr.splitlines()[-1]
    assert last_line.startswith("loaded:"), done.stderr
    return [name for name in last_line.removeprefix("loaded:").strip().split(",") if name]


@pytest.mark.parametrize("module", HEAVY)
def test_probe_sees_a_heavy_module(module: str) -> None:
    """The probe can fail: it reports each module when that module is there."""
    assert module in heavy_modules_after(f"import {module}\n" + REPORT)


def test_import_loads_no_heavy_module() -> None:
    assert heavy_modules_after(IMPORT) == []


@pytest.mark.parametrize("words", [("--help",), ("run", "--help")], ids=" ".join)
def test_help_loads_no_heavy_module(words: tuple[str, ...]) -> None:
    assert heavy_modules_after(COMMAND, *words) == []


RUN_NEVER_LOADS = (
    *(name for name in HEAVY if name != "numba"),
    "numba.np.linalg",
    "scipy.linalg",
    "ccmsim.cli.erosion",
    "ccmsim.engine.simpy_model",
    "rich.progress",
)


def test_a_run_loads_no_more_than_it_needs() -> None:
    """Beside numba: its compiler's libraries, too, are loaded only where something is compiled."""
    warm("compiled")
    code = COMMAND.replace(repr(HEAVY), repr(RUN_NEVER_LOADS))
    assert heavy_modules_after(code, "run", "two_nurses", "--replications", "2") == []


def test_python_m_runs_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ccmsim", "--help"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "run" in done.stdout


def test_script_is_installed() -> None:
    try:
        metadata.distribution("ccmsim")
    except metadata.PackageNotFoundError:
        pytest.skip("ccmsim is imported from its source tree, without being installed")
    script = Path(sys.executable).with_name("ccmsim")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_types_are_shipped() -> None:
    assert resources.files("ccmsim").joinpath("py.typed").is_file()
