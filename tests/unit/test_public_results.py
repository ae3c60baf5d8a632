"""Every public experiment has what its users are promised: views, progress, command, page, part.

Reads the program itself: a new experiment without one of them fails here.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import typer

import ccmsim
from ccmsim.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [path.read_text("utf-8") for path in ROOT.glob("docs/*.md") if path.stem != "reference"]
NOTEBOOKS = [path.read_text("utf-8") for path in ROOT.glob("notebooks/*.ipynb")]
COMMANDS: Mapping[str, Any] = vars(typer.main.get_command(app))["commands"]

VIEWS: Final = ("table", "plot", "to_json", "as_dict")

CALLED: Final = {
    "capacity_check": "staffing-theory",
    "cover_pool": "staffing-cover",
    "doubts": "compare",
    "erosion_doubts": "erosion",
    "flip_map": "flip",
    "how_many_replications": "replications",
    "leave_plan": "leave",
    "panel_size": "staffing-panel",
    "pooling": "staffing-pooling",
    "vacancy": "staffing-vacancy",
    "value_of_information": "information",
    "what_to_measure": "measure",
}
"""Commands that have another name; that of doubts is an option, --both."""

WITHOUT_PROGRESS: Final = {
    "how_many_replications": "plans from results that are there",
    "erosion_doubts": "hands its settings on to doubts",
}


def experiments() -> dict[str, Any]:
    """Return the public functions of the analyses that give a result."""
    found = {}
    for name in ccmsim.__all__:
        value = getattr(ccmsim, name)
        inside = getattr(value, "__module__", "").startswith("ccmsim.analyses")
        if inspect.isfunction(value) and inside and name != "teams":  # it gives scenarios
            found[name] = value
    return found


EXPERIMENTS = experiments()


def result_of(function: Any) -> type:
    """Return the class of what a function gives."""
    name = function.__annotations__["return"]
    for module in (function.__module__, "ccmsim.analyses.doubts"):
        found = getattr(importlib.import_module(module), name, None)
        if isinstance(found, type):
            return found
    raise AssertionError(f"{function.__name__} gives {name}, which is no class of its module")


def test_all_of_them_are_looked_at() -> None:
    assert len(EXPERIMENTS) >= 30
    for lists in (CALLED, WITHOUT_PROGRESS):
        assert set(lists) <= set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_it_has_all_views(name: str) -> None:
    result = result_of(EXPERIMENTS[name])
    assert [view for view in VIEWS if not callable(getattr(result, view, None))] == []
    assert "__str__" in vars(result)
    assert vars(result)["__dataclass_params__"].frozen


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_it_shows_progress_and_has_an_example(name: str) -> None:
    function = EXPERIMENTS[name]
    assert (name in WITHOUT_PROGRESS) == ("progress" not in inspect.signature(function).parameters)
    assert ">>> " in str(inspect.getdoc(function))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_it_has_a_command_a_page_and_a_part(name: str) -> None:
    assert CALLED.get(name, name.replace("_", "-")) in COMMANDS
    told = re.compile(rf"ccmsim\.{name}\b")
    assert any(told.search(page) for page in PAGES)
    assert any(told.search(book) for book in NOTEBOOKS)
