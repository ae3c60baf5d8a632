"""Tables of docs/verification.md that no benchmark prints: time lost, and 75 against 200 patients.

Comes in: settings of simulations. Goes out: Markdown. `python -m ccmsim.studies.verification
docs/verification.md` renews them in the page; without a page it prints them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ccmsim.arrays import Floats
from ccmsim.estimation import (
    Estimate,
    mean,
    paired_difference,
    quantile,
    ratio_of_means,
    share,
)
from ccmsim.estimation.resampling import bootstrapped
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.reference import between_marks
from ccmsim.studies.practices import by
from ccmsim.studies.running import Study, net
from ccmsim.wording import cell

MARKS: Final = ("time-lost", "seventy-five")
"""The tables' marks in the page."""

TIME: Final[Mapping[str, tuple[str, dict[str, Any], str]]] = {
    "`two_nurses`": ("two_nurses", {}, "0.19"),
    "`solo_nurse`": ("solo_nurse", {}, "0.19"),
    "`structured_75`, substitutes in the template on days on which they are called":
        ("structured_75", {}, "0.15"),
    "`structured_75`, the owner's own template":
        ("structured_75", {"operations.cover": None}, "0.15"),
    "`informal_200`": ("informal_200", {}, "0.32"),
}  # fmt: skip
"""Whose time is lost: the preset, what is changed, and the independent implementation's figure."""

PRACTICES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "`structured_75`": ("structured_75", {}),
    "`informal_200`": ("informal_200", {}),
    "… own minutes logged at once": ("informal_200", by("logged")),
    "… never pulled": ("informal_200", by("protected")),
    "… own minutes logged at once, never pulled": ("informal_200", by("logged", "protected")),
    "… own minutes logged at once, others' work logged, too":
        ("informal_200", by("logged", "others")),
    "… own minutes logged at once, others' work logged, too, never pulled":
        ("informal_200", by("logged", "others", "protected")),
    "`structured_75`, logged as `informal_200` logs": (
        "structured_75",
        {"documentation.capture": "end_of_month", "documentation.outside_capture_share": 0.4},
    ),
}  # fmt: skip
"""The practices that are compared, the first with all others."""


_HEADS: Final = (
    "billable share", "net a year", "sd", "one-in-twenty bad year", "P(net < 0)", "difference",
    "at nominal cost",
)  # fmt: skip


def time_lost(*, replications: int = 3000, seed: int = 1) -> str:
    """Return the table of template minutes lost, from availability alone: a panel of one patient.

    Examples
    --------
    >>> time_lost(replications=20).splitlines()[0]
    '| template minutes lost | theirs | here |'
    """
    study = Study(0, "time_lost", replications, seed, 0.95)
    lines = ["| template minutes lost | theirs | here |", "|---|---|---|"]
    for words, (preset, changes, theirs) in TIME.items():
        alone = load(preset).but({"panel.enrolled_at_start": 1} | changes)
        values = study.run(alone).values
        lost, template = (
            values[name].reshape(replications, -1).sum(axis=1, dtype=float)
            for name in ("lost_minutes", "template_minutes")
        )
        lines.append(f"| {words} | {theirs} | {cell(ratio_of_means(lost, template))} |")
    return "\n".join([*lines, "", f"*{_how(study)}*"])


def seventy_five(*, replications: int = 200, seed: int = 8) -> str:
    """Return the table of 75 managed patients against 200 unmanaged ones.

    Examples
    --------
    >>> len(seventy_five(replications=20).splitlines()) == len(PRACTICES) + 4
    True
    """
    study = Study(0, "seventy_five", replications, seed, 0.95)
    rows = {
        words: _year(study, load(preset).but(changes))
        for words, (preset, changes) in PRACTICES.items()
    }
    first = next(iter(rows.values()))
    lines = [
        f"| | {' | '.join(_HEADS)} |",
        "|---" * (1 + len(_HEADS)) + "|",
    ]
    for words, year in rows.items():
        points, dollars, _ = year
        below = share(int((dollars < 0.0).sum()), dollars.size)
        cells = [
            cell(mean(points)), cell(mean(dollars)), cell(bootstrapped(_deviation, dollars)),
            cell(quantile(dollars, 0.05)), cell(below), *_against(year, first),
        ]  # fmt: skip
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"*{_how(study)}*"])


def _deviation(values: Floats) -> float:
    return float(values.std(ddof=1))


def _year(study: Study, scenario: Scenario) -> tuple[Floats, Floats, Floats]:
    """Return billable share, net, and net with the clinic's hours charged, thousand dollars."""
    results = study.run(scenario)
    billed, enrolled = (totals(results, f"{name}_patients") for name in ("billable", "enrolled"))
    pulled = totals(results, "nominal_staff_cost_usd") - totals(results, "staff_cost_usd")
    dollars = net(results) / 1e3
    return billed / enrolled, dollars, dollars - pulled / 1e3


def _against(
    year: tuple[Floats, Floats, Floats], first: tuple[Floats, Floats, Floats]
) -> tuple[str, str]:
    """Return the differences of net to the first practice, as charged and at nominal cost."""
    if year is first:
        return "", ""
    charged, nominal = (paired_difference(year[k], first[k]) for k in (1, 2))
    return cell(charged), "the same" if _same(charged, nominal) else cell(nominal)


def _same(a: Estimate, b: Estimate) -> bool:
    return (a.low, a.high) == (b.low, b.high)


def _how(study: Study) -> str:
    return (
        f"`python -m ccmsim.studies.verification` – {study.months} months after "
        f"{study.warmup_months} of warm-up, {study.replications:,} replications, seed "
        f"{study.seed}; 95 % intervals."
    )


def renewed(text: str, tables: Mapping[str, str]) -> str:
    """Return a page with its tables renewed, between the comments that mark their places."""
    for mark, table in tables.items():
        text = between_marks(text, mark, f"{table}\n")
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables, and renew them in the page that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m ccmsim.studies.verification", description="Tables of docs/verification.md."
    )
    parser.add_argument("page", nargs="?", type=Path, help="the page to renew")
    given = parser.parse_args(arguments)
    if given.page is not None and not given.page.is_file():
        parser.error(f"{given.page} is no file")
    tables = dict(zip(MARKS, (time_lost(), seventy_five()), strict=True))
    sys.stdout.write("\n\n".join(tables.values()) + "\n")
    if given.page is not None:
        given.page.write_text(renewed(given.page.read_text("utf-8"), tables), "utf-8")


if __name__ == "__main__":
    main()
