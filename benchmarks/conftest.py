"""What pytest-benchmark keeps of this machine: nothing that names it."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Leave out the host's name."""
    machine_info.pop("node", None)
