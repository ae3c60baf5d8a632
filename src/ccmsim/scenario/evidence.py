"""What each value of the presets rests on, and between which values the truth may lie.

Comes in: the presets with the reason beside each value, and the table of ranges. Goes out: the
evidence by dotted path, and a page that lists it (renewed by `python -m ccmsim.scenario.evidence
docs/evidence.md`). Judges nothing: classes and reasons are written beside the values.
"""

from __future__ import annotations

import csv
import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

from ccmsim.scenario.loading import preset_texts
from ccmsim.scenario.reference import between_marks, toml

ASSUMED: Final = "A"
DEFINITION: Final = "definition"

_SECTION: Final = re.compile(r"\[([\w.]+)\]")
_VALUE: Final = re.compile(r"(\w+) = (.*?)  # ([\w/]+): (.*)")


class Evidence(NamedTuple):
    """What one value of a preset rests on."""

    preset: str
    path: str
    value: Any
    kind: str
    """R read in a published source, D derived, V a vendor's figure, A assumed; or "definition"."""
    reason: str


class Range(NamedTuple):
    """Between which values the truth may lie; of a law, its mean."""

    low: float
    high: float
    source: str


@cache
def evidence() -> tuple[Evidence, ...]:
    """Return the evidence of every value of every preset, in the order of the files.

    Examples
    --------
    >>> next(item.kind for item in evidence() if item.path == "panel.need")
    'R'
    """
    return tuple(
        item for name, text in sorted(preset_texts().items()) for item in _of_preset(name, text)
    )


def _of_preset(name: str, text: str) -> Iterator[Evidence]:
    for line, path in written_values(text):
        if path:
            found = _VALUE.fullmatch(line)
            assert found is not None
            _, written, kind, reason = found.groups()
            yield Evidence(name, path, tomllib.loads(f"value = {written}")["value"], kind, reason)


def written_values(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield each line of a preset's text with the path of the value in it, "" without one.

    Examples
    --------
    >>> list(written_values("[panel]\nenrolled_at_start = 20  # definition: few"))[1][1]
    'panel.enrolled_at_start'
    """
    section = ""
    for line in text.splitlines():
        if found := _SECTION.fullmatch(line):
            section = f"{found[1]}."
        value = _VALUE.fullmatch(line)
        yield line, f"{section}{value[1]}" if value else ""


@cache
def ranges() -> dict[str, Range]:
    """Return the published or assumed ranges by dotted path; `*` stands for any name.

    Examples
    --------
    >>> ranges()["documentation.failure_share"][:2]
    (0.01, 0.06)
    """
    text = (files("ccmsim.scenario") / "ranges.csv").read_text("utf-8")
    return {
        row["path"]: Range(float(row["low"]), float(row["high"]), row["source"])
        for row in csv.DictReader(text.splitlines())
    }


def range_of(path: str, value: Any) -> Range | None:
    """Return the range of a value: the table's, or half to double; None where it has none.

    A value with no range is a choice, a flag, a date or 0.

    Examples
    --------
    >>> range_of("staff.nurses.wage_usd_per_hour", 30.0)[:2]
    (22.0, 45.0)
    >>> range_of("finance.recovered_share", 0.65)[:2]
    (0.325, 1.0)
    >>> range_of("contact.followup", "call") is None
    True
    """
    for pattern, known in ranges().items():
        if fnmatchcase(path, pattern) or fnmatchcase(f"{path}.mean", pattern):
            return known
    center = value.get("mean") if isinstance(value, dict) else value
    if isinstance(center, bool) or not isinstance(center, int | float) or center == 0:
        return None
    low = center / 2.0 if isinstance(center, float) else -(-center // 2)
    most = 1.0 if path.endswith("share") else float("inf")
    return Range(low, min(most, center * 2), "half to double")


def assumptions() -> dict[str, list[Evidence]]:
    """Return by path what is assumed, wholly or in part, in any preset."""
    found: dict[str, list[Evidence]] = {}
    for item in evidence():
        if ASSUMED in item.kind.split("/"):
            found.setdefault(item.path, []).append(item)
    return found


def assumed_table() -> str:
    """Return the Markdown table of everything that is assumed."""
    head = ["| value | presets use | may be | why, and how sure |", "|---|---|---|---|"]
    rows = [
        f"| `{path}` | {_used(items)} | {_may_be(path, items)} | {_reasons(items)} |"
        for path, items in sorted(assumptions().items())
    ]
    return "\n".join([*head, *rows]) + "\n"


def sourced_table() -> str:
    """Return the Markdown table of what was read, derived, or quoted by a vendor."""
    assumed = assumptions()
    found: dict[str, list[Evidence]] = {}
    for item in evidence():
        if item.kind != DEFINITION and item.path not in assumed:
            found.setdefault(item.path, []).append(item)
    head = ["| value | presets use | class | source |", "|---|---|---|---|"]
    rows = [
        f"| `{path}` | {_used(items)} | {_listed([item.kind for item in items])} "
        f"| {_listed([item.reason for item in items])} |"
        for path, items in sorted(found.items())
    ]
    return "\n".join([*head, *rows]) + "\n"


def _listed(texts: list[str]) -> str:
    return "; ".join(dict.fromkeys(texts)).replace("|", "/")


def _used(items: list[Evidence]) -> str:
    return _listed([f"`{toml(item.value)}`" for item in items])


def _reasons(items: list[Evidence]) -> str:
    return _listed([f"{item.kind}: {item.reason}" for item in items])


def _may_be(path: str, items: list[Evidence]) -> str:
    found = [range_of(path, item.value) for item in items]
    return _listed([f"{r.low:g} to {r.high:g}" for r in found if r is not None]) or "another choice"


ASSUMED_MARK: Final = "assumed"
SOURCED_MARK: Final = "sourced"


def renewed(page: str) -> str:
    """Return the page with both tables renewed, between the comments that mark their places."""
    page = between_marks(page, ASSUMED_MARK, assumed_table())
    return between_marks(page, SOURCED_MARK, sourced_table())


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        place = Path(argument)
        place.write_text(renewed(place.read_text("utf-8")), "utf-8")
