"""The manual's table of fields: complete, current, and every field explained."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccmsim.scenario import Scenario, load, loads, presets
from ccmsim.scenario.base import Part
from ccmsim.scenario.meanings import meanings
from ccmsim.scenario.panel import Panel
from ccmsim.scenario.reference import MARK, fields, renewed, table

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
BEGIN, END = f"<!-- {MARK}: begin -->", f"<!-- {MARK}: end -->"


def parts(kind: type[Part] = Part) -> Iterator[type[Part]]:
    for part in kind.__subclasses__():
        yield part
        yield from parts(part)


def test_the_manual_holds_the_current_table() -> None:
    page = PAGE.read_text("utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert renewed(page) == page, "run: python -m ccmsim.scenario.reference docs/scenarios.md"


def test_the_module_renews_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    subprocess.run(
        [sys.executable, "-m", "ccmsim.scenario.reference", str(page)],
        check=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    assert page.read_text("utf-8") == f"before\n{BEGIN}\n\n{table()}\n{END}\nafter\n"


@pytest.mark.parametrize("part", sorted(parts(), key=str))
def test_every_field_is_explained(part: type[Part]) -> None:
    assert meanings(part).keys() == part.model_fields.keys()
    assert all(meanings(part).values())
    assert part.__doc__


def test_without_sources_no_field_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr(inspect, "getsource", none)
    assert meanings.__wrapped__(Panel) == {}


def test_the_table_names_every_field_of_every_part() -> None:
    rows = list(fields())
    named = {re.sub(r"`", "", row[0]).split(" ")[0].split(".")[-1] for row in rows}
    known = {name for part in parts() for name in part.model_fields}
    tables = {"panel", "staff", "disruptions", "operations", "contact", "documentation", "finance"}
    assert known - named <= tables | {
        "billing",
        "tail",
        "practitioner",
        "visits",
        "medicare",
        "enrollment",
        "cover",
        "elements",
        "owner",
        "load_absence",
        "spells",
        "real_time",
        "end_of_day",
        "end_of_month",
    }
    assert len({row[0] for row in rows}) == len(rows)
    assert all(cell for row in rows for cell in row)


_OPTIONAL = {
    "elements", "owner", "cover", "load_absence", "visits", "medicare", "enrollment",
    "practitioner",
}  # fmt: skip


def test_the_table_covers_every_value_of_the_presets() -> None:
    named = {row[0].split("`")[1] for row in fields()}
    for name in presets():
        for path in leaves(load(name)):
            generic = re.sub(r"^(staff|disruptions)\.\w+", r"\1.<name>", path)
            assert generic in named, path


def leaves(node: Any, prefix: str = "") -> Iterator[str]:
    items = (
        [(field, getattr(node, field)) for field in type(node).model_fields]
        if isinstance(node, Part)
        else list(node.items())
    )
    for name, item in items:
        path = f"{prefix}.{name}" if prefix else name
        held = isinstance(item, Part) or (prefix == "" and name in {"staff", "disruptions"})
        if held:
            yield from leaves(item, path)
        elif not (item is None and name in _OPTIONAL):
            yield path


@pytest.mark.parametrize(
    ("path", "values", "default"),
    [
        ("`panel.enrolled_at_start`", "a whole number, at least 0", "required"),
        ("`contact.answer_probability`", "a number or a distribution, from 0 to 1",
         '{ family = "beta", a = 0.7, b = 0.75 }'),
        ("`contact.followup`", '"call", "chart", "call_then_chart"', '"call_then_chart"'),
        ("`disruptions.<name>.paid_share` (extended_leave)", "a number from 0 to 1", "0.3"),
        ("`documentation.end_of_month.entry_loss_share`", "a number from 0 to 1", "0.12"),
        ("`operations.closed_days`", "a list of: a date", "[]"),
        ("`panel.replace_leavers`", "true or false", "true"),
        ("`finance.fee_year`", '"calendar", or a whole number, or left out', "left out"),
    ],
)  # fmt: skip
def test_rows_say_what_is_valid(path: str, values: str, default: str) -> None:
    (row,) = [row for row in fields() if row[0] == path]
    assert row[1:3] == (values, default)


def test_the_manual_lists_the_presets() -> None:
    page = PAGE.read_text("utf-8")
    for name, description in presets().items():
        assert f"| `{name}` | {description} |" in page


def test_the_example_file_of_the_manual_is_a_scenario() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    scenario = loads(block)
    assert isinstance(scenario, Scenario)
    assert [name for name, _ in scenario.seats()] == ["nurses", "nurses", "assistant"]
