"""A fitted scenario as text: a TOML file with sources, and a table of values before and after.

Comes in: a `PracticeFit`. Goes out: text. Fits nothing and writes no file.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ccmsim.estimation import Estimate
from ccmsim.fitting.value import Fitted
from ccmsim.fitting.views import said_of
from ccmsim.scenario.reference import toml
from ccmsim.scenario.uncertain import at
from ccmsim.scenario.values import plain

if TYPE_CHECKING:
    from ccmsim.fitting.practice import PracticeFit
    from ccmsim.scenario import Scenario

_SECTION: Final = re.compile(r"\[([\w.]+)\]")
_KEY: Final = re.compile(r"(\w+) = ")
_WIDTH: Final = 98
_SHOWN: Final = 44


def annotated(fit: PracticeFit, name: str, *, uncertain: bool = False) -> str:
    """Return the scenario as TOML, with a comment above each fitted value."""
    scenario = fit.scenario(name, uncertain=uncertain)
    head = [
        "# Fitted to a practice's own logs. Above each value that was fitted stand its interval",
        f"# (at {100.0 * fit.level:g} %) and its source; all others are as in {fit.base.name}.",
        "",
    ]
    notes = {fitted.path: _note(fitted) for fitted in fit.values}
    return "\n".join(head) + commented(scenario.to_toml(), notes)


def commented(text: str, notes: Mapping[str, str]) -> str:
    r"""Return TOML text with a comment above each value that has a note.

    Examples
    --------
    >>> print(commented("[panel]\nneed = 1\n", {"panel.need": "counted"}), end="")
    [panel]
    # counted
    need = 1
    """
    section, lines = "", []
    for line in text.splitlines():
        path = ""
        if found := _SECTION.fullmatch(line):
            section = path = found[1]
        elif found := _KEY.match(line):
            path = f"{section}.{found[1]}" if section else found[1]
        if path in notes:
            lines += [f"# {part}" for part in textwrap.wrap(notes[path], _WIDTH)]
        lines.append(line)
    return "\n".join(lines) + "\n"


def _note(fitted: Fitted) -> str:
    if fitted.estimate is None:
        return f"fitted: {fitted.source}"
    what = "mean " if fitted.of_mean else ""
    return f"fitted: {what}{fitted.estimate}; {fitted.source}"


def before_of(base: Scenario, path: str) -> Any:
    """Return what the base has at a path, in plain form; None where it has nothing."""
    return plain(at(base, path))


def text(fit: PracticeFit) -> str:
    """Return the values before and after, and what each log says of its fit."""
    percent = f"{100.0 * fit.level:g} %"
    rows = [("value", f"in {fit.base.name}", "fitted", f"{percent} interval")]
    for fitted in fit.values:
        before = shown(before_of(fit.base, fitted.path))
        rows.append((fitted.path, before, shown(fitted.value), _interval(fitted)))
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    for kind, found in fit.fits.items():
        lines += ["", f"{kind}:", *_filled(said_of(found.tests(), found.warnings()))]
        lines += _filled([f"cannot tell: {words}" for words in found.cannot_tell])
    return "\n".join(lines)


def _filled(lines: list[str]) -> list[str]:
    return [
        part
        for line in lines
        for part in textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    ]


def _interval(fitted: Fitted) -> str:
    if fitted.estimate is None:
        return ""
    words = "mean " if fitted.of_mean else ""
    return words + _ends(fitted.estimate)


def _ends(estimate: Estimate) -> str:
    low, high = (f"{end:,.3g}" for end in (estimate.low, estimate.high))
    return f"{low} to {high}"


def shown(value: Any) -> str:
    """Return a value as a scenario file has it, cut short.

    Examples
    --------
    >>> shown({"family": "beta", "a": 0.7, "b": 0.75})
    'beta(a 0.7, b 0.75)'
    >>> shown({"family": "empirical", "values": [1]})
    '1 recorded value'
    """
    if isinstance(value, dict) and "family" in value:
        if value["family"] == "empirical":
            count = len(value["values"])
            return f"{count:,} recorded value{'s' * (count != 1)}"
        rest = ", ".join(f"{k} {v:.4g}" for k, v in value.items() if k != "family")
        return f"{value['family']}({rest})"
    words = f"{value:.4g}" if isinstance(value, float) else toml(value).strip('"')
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
