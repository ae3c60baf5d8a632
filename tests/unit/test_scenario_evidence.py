"""The evidence beside the presets' values, the ranges, and the page that lists both."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from ccmsim.scenario import load, presets
from ccmsim.scenario.evidence import (
    ASSUMED,
    DEFINITION,
    assumptions,
    evidence,
    range_of,
    ranges,
    renewed,
)
from ccmsim.scenario.loading import preset_texts
from ccmsim.scenario.reference import fields
from ccmsim.scenario.values import plain

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"


def flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Return a preset's plain values by dotted path, laws as they are."""
    out: dict[str, Any] = {}
    for name, item in tree.items():
        path = f"{prefix}{name}"
        if isinstance(item, dict) and "family" not in item:
            out |= flat(item, f"{path}.")
        else:
            out[path] = item
    return out


def test_the_page_holds_the_current_tables() -> None:
    page = PAGE.read_text("utf-8")
    assert renewed(page) == page, "run: python -m ccmsim.scenario.evidence docs/evidence.md"


@pytest.mark.parametrize("name", presets())
def test_evidence_covers_every_value_of_a_preset(name: str) -> None:
    items = [item for item in evidence() if item.preset == name]
    found = {item.path: item.value for item in items}
    assert len(found) == len(items)
    written = flat(tomllib.loads(preset_texts()[name]))
    assert found == written
    assert set(found) == set(flat(plain(load(name))))
    assert all(item.reason for item in items)
    assert all(
        set(item.kind.split("/")) <= set("RDVA") or item.kind == DEFINITION for item in items
    )


OF_ANOTHER_CLASS = {
    # The figures are those of nurses; that they hold for a physician is assumed.
    ("physician_led", "disruptions.turnover.per_year"),
    ("physician_led", "disruptions.turnover.vacancy_days"),
    ("physician_led", "finance.onboarding_usd"),
    # Its answer probability is that of scheduled calls already.
    ("structured_75", "contact.scheduled_factor"),
    # Without any loss by definition; elsewhere the same is assumed of a practice.
    ("perfect", "panel.replace_leavers"),
    ("perfect", "documentation.real_time.minute_loss_share"),
    ("perfect", "documentation.end_of_day.minute_loss_share"),
    ("perfect", "operations.order"),
    ("perfect", "contact.followup"),
}
"""Values whose class differs from that of the same value elsewhere, and why."""


def test_equal_values_of_a_path_have_equal_classes() -> None:
    """But for the list, which holds no more than it must."""
    items: dict[tuple[str, str], dict[str, set[str]]] = {}
    for item in evidence():
        classes = items.setdefault((item.path, repr(item.value)), {})
        classes.setdefault(item.kind, set()).add(item.preset)
    unlike = {key: classes for key, classes in items.items() if len(classes) > 1}
    found = set()
    for (path, _), classes in unlike.items():
        others = [{p for p in of if (p, path) not in OF_ANOTHER_CLASS} for of in classes.values()]
        assert sum(map(bool, others)) <= 1, (path, classes)
        found |= {(p, path) for of in classes.values() for p in of}
    assert found >= OF_ANOTHER_CLASS


def test_the_page_names_every_assumption() -> None:
    page = PAGE.read_text("utf-8")
    assumed = {item.path for item in evidence() if ASSUMED in item.kind.split("/")}
    assert assumed == set(assumptions())
    assert assumed
    for path in assumed:
        assert f"| `{path}` |" in page


def test_every_range_is_of_a_field() -> None:
    known = {row[0].split("`")[1].replace("<name>", "*") for row in fields()}
    for path, (low, high, source) in ranges().items():
        field = path.removesuffix(".mean")
        assert any(fnmatchcase(field, pattern) for pattern in known) or field in known, path
        assert low < high
        assert source


def test_two_nurses_lies_within_the_ranges() -> None:
    for item in evidence():
        if item.preset != "two_nurses" or item.kind == DEFINITION:
            continue
        center = item.value.get("mean") if isinstance(item.value, dict) else item.value
        found = range_of(item.path, item.value)
        if found is not None and isinstance(center, float | int):
            assert found.low <= center <= found.high, item


def test_shares_stay_below_one_and_choices_have_no_range() -> None:
    assert range_of("finance.recovered_share", 0.65) == (0.325, 1.0, "half to double")
    assert range_of("contact.book_next_call", False) is None
    assert range_of("finance.qmb_share", 0.0) is None
    stay = range_of("panel.hospital_days", {"family": "geometric", "mean": 5.0})
    assert stay is not None
    assert stay[:2] == (2.5, 10.0)
