"""Scenarios from and to TOML: presets, files, texts, and the fingerprint.

Comes in: a preset's name, a path or a text. Goes out: a checked `Scenario`, or its text. Never
mends what a file got wrong: everything that is wrong is refused at once.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ccmsim.errors import InputError, refuse
from ccmsim.scenario.problems import listed, shown, suggestion
from ccmsim.scenario.values import canonical, plain

if TYPE_CHECKING:
    from ccmsim.scenario.model import Scenario

FINGERPRINT_DIGITS = 16


@cache
def preset_texts() -> Mapping[str, str]:
    """Return the presets' TOML texts by name, the evidence beside each value."""
    folder = files("ccmsim.scenario") / "presets"
    found = [item for item in folder.iterdir() if item.name.endswith(".toml")]
    texts = {item.name.removesuffix(".toml"): item.read_text("utf-8") for item in found}
    return MappingProxyType(dict(sorted(texts.items())))


def presets() -> dict[str, str]:
    """Return the descriptions of the presets by name.

    Examples
    --------
    >>> list(presets())[:3]
    ['apcm_switch', 'early_25', 'growth_100']
    """
    return {name: tomllib.loads(text)["description"] for name, text in preset_texts().items()}


def load(name_or_path: str | Path) -> Scenario:
    """Return a preset, or the scenario in a TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        A preset's name, or the path of a TOML file. A file of recorded values that the scenario
        names with a relative path is looked for beside it.

    Raises
    ------
    ccmsim.errors.InputError
        For a name that is neither, a file that cannot be read, and everything wrong in it.

    Examples
    --------
    >>> load("solo_nurse").panel.enrolled_at_start
    100
    """
    if isinstance(name_or_path, str) and name_or_path in preset_texts():
        return _preset(name_or_path)
    try:
        path = Path(name_or_path)
    except TypeError:
        valid = "a preset's name or the path of a .toml file"
        raise refuse("scenario", "must be text or a path", shown(name_or_path), valid) from None
    if not path.is_file():
        rule = f"is neither a preset nor a file{suggestion(name_or_path, preset_texts())}"
        valid = f"{listed(preset_texts())}, or the path of a .toml file"
        raise refuse("scenario", rule, str(name_or_path), valid)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("scenario", f"cannot be read: {error}", str(path), "a text file") from None
    return loads(text, source=str(path), directory=path.parent)


@cache
def _preset(name: str) -> Scenario:
    """Return a preset, read once: as it never changes, all may have the same one."""
    return loads(preset_texts()[name], source=name)


def loads(text: str, *, source: str = "text", directory: str | Path | None = None) -> Scenario:
    """Return the scenario that a TOML text describes.

    Parameters
    ----------
    text : str
        TOML, as `dumps` writes it; what has a default may be left out.
    source : str
        Where the text comes from, for messages.
    directory : path
        Where files of recorded values with a relative path are looked for; by default the
        current directory.

    Raises
    ------
    ccmsim.errors.InputError
        With line and column where the text is not TOML; else with every problem found.

    Examples
    --------
    >>> small = loads('''
    ... [panel]
    ... enrolled_at_start = 3
    ... [staff.nurse]
    ... hours_per_week = 4.0
    ... ''')
    >>> small.staff["nurse"].wage_usd_per_hour
    30.0
    """
    from ccmsim.scenario.model import Scenario

    tree = _parsed(text, source)
    if directory is not None:
        tree = _anchored(tree, Path(directory))
    try:
        return Scenario(**tree)
    except InputError as error:
        raise InputError(error.problems, heading=f"{source} is not a valid scenario:") from None


def dumps(scenario: Scenario) -> str:
    """Return the scenario as TOML text with every value written out; `loads` gives an equal one.

    Examples
    --------
    >>> scenario = load("perfect")
    >>> loads(dumps(scenario)) == scenario
    True
    """
    import tomli_w

    return tomli_w.dumps(plain(scenario))


def fingerprint(scenario: Scenario) -> str:
    """Return sixteen hex digits of the SHA-256 of all values but name and description.

    Defaults are filled in first, and the order of a file's tables does not matter.

    Examples
    --------
    >>> scenario = load("perfect")
    >>> fingerprint(scenario) == fingerprint(scenario.but({"name": "flawless"}))
    True
    """
    values = {k: v for k, v in plain(scenario).items() if k not in {"name", "description"}}
    return hashlib.sha256(canonical(values).encode()).hexdigest()[:FINGERPRINT_DIGITS]


def parse_setting(text: str) -> tuple[str, Any]:
    """Return path and value of a "path=value" from the command line.

    The value is read as TOML (`6`, `true`, `[1, 2]`, `{ family = "exponential", mean = 10 }`);
    the bare word `none` takes away; anything else is text.

    Raises
    ------
    ccmsim.errors.InputError
        Without "=" or without a path.

    Examples
    --------
    >>> parse_setting("disruptions.sick.spells_per_year=6")
    ('disruptions.sick.spells_per_year', 6)
    >>> parse_setting("operations.assignment = pooled")
    ('operations.assignment', 'pooled')
    """
    path, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not path:
        example = "path=value, such as panel.enrolled_at_start=150"
        raise refuse("setting", "is not of the form path=value", text, example)
    if value == "none":
        return path, None
    try:
        tree = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return path, value
    return path, tree["value"] if set(tree) == {"value"} else value


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Python says where in the message only: "(at line 3, column 5)" or "(at end of document)".
        message = str(error)
        place = re.search(r"\(at (?:line (\d+), column \d+|end of document)\)$", message)
        lines = text.splitlines() or [""]
        line = lines[int(place[1]) - 1] if place and place[1] else lines[-1]
        where = place[0].strip("()") if place else "somewhere"
        reason = re.sub(r" \(at .*\)$", "", message)
        raise refuse(
            source,
            f"is not TOML {where}: {reason}",
            shown(line),
            'lines such as capture = "real_time"',
        ) from None


def _anchored(tree: Any, directory: Path) -> Any:
    """Return the tree with the relative paths of recorded values set beside the scenario's file."""
    if isinstance(tree, dict):
        held = {key: _anchored(value, directory) for key, value in tree.items()}
        if held.get("family") == "empirical" and isinstance(held.get("csv"), str):
            held["csv"] = str(directory / held["csv"])
        return held
    return [_anchored(item, directory) for item in tree] if isinstance(tree, list) else tree
