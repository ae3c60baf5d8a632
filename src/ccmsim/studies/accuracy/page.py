"""The page of accuracy, docs/accuracy.md, made from what was measured.

Comes in: an `Accuracy`. Goes out: Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ccmsim.studies.accuracy.checks import Checked
from ccmsim.studies.accuracy.groups import GROUPS
from ccmsim.studies.accuracy.judging import SURE, Measured
from ccmsim.studies.accuracy.running import Accuracy

COMMAND: Final = "python -m ccmsim.studies.accuracy"
WORST: Final = 0.02
"""Shortfalls of the coverage that the head of the page names."""

HEAD: Final = """# Accuracy of the machine itself

How well the library's own promises hold, measured. Whether the *model* is right is another
question: see [Validation](validation.md) and [The founding claims](claims.md).

Every kind of interval below was made again and again from data whose truth is known: how often it
held the truth stands beside what it states. Each row tells from how many data sets; where an
interval takes long to make they are some hundreds or dozens only, and its coverage is known less
well. Credible intervals are tested in a way of their own: see [Calibration](calibration.md).
`make accuracy` measures all of it anew and writes this page (some minutes on two cores);
`{command} NAME` does one section. Seeds follow from the names of the cases, so the same numbers
come out again.

- *measured*: share of data sets whose interval held the truth, with its own {sure:g} % interval
  (Clopper and Pearson).
- *verdict*: **holds** where that interval holds the stated value, or lies above it and only a lower
  bound is stated; otherwise by how much it is short, or wider than it need be. Of a hundred
  verdicts about one is wrong by chance.
- *bias*: mean of the estimates less the truth, in standard deviations of one estimate, ± half of
  its {sure:g} % interval; in bold where it is certain. A tenth of a standard deviation hardly costs
  coverage.

"""

ENGINES: Final = """## The machine

Random scenarios are small practices in which a lot happens; every array that a replication leaves
is compared in every bit. A queue's row holds if the {sure:g} % interval of what the engine finds
holds what theory says; mean waits follow from how many calls wait when a day ends (Little's law).
The model beside a published call centre is in [Validation](validation.md).

*`{command} machine`*

| what | against | compared | known | found | verdict |
|---|---|---|---|---|---|
"""


def page(found: Accuracy) -> str:
    """Return the page.

    Examples
    --------
    >>> from ccmsim.studies.accuracy.running import accuracy
    >>> page(accuracy(["ratios"], share=0.01)).splitlines()[0]
    '# Accuracy of the machine itself'
    """
    head = HEAD.format(command=COMMAND, sure=100.0 * SURE)
    if found.share < 1.0:
        head += f"Made with `--share {found.share:g}`: that part of the usual data sets.\n\n"
    return head + text(found)


def text(found: Accuracy) -> str:
    """Return all tables, the worst first."""
    parts = [*_summary(found), *_sections(found)]
    if found.machine:
        parts.append(ENGINES.format(command=COMMAND, sure=100.0 * SURE) + _rows(found.machine))
    return "\n".join(parts).rstrip() + "\n"


def _summary(found: Accuracy) -> Iterator[str]:
    """Yield what holds by section, and what is short."""
    if not found.groups:
        return
    yield "| section | numbers | hold | short | wide | lowest and highest measured |"
    yield "|---|---|---|---|---|---|"
    for name, rows in found.groups.items():
        kinds = [one.verdict.split()[0] for one in rows]
        counts = " | ".join(str(kinds.count(kind)) for kind in ("holds", "short", "wide"))
        shares = [one.count.share for one in rows]
        title = GROUPS[name].title
        yield f"| {title} | {len(rows)} | {counts} | {min(shares):.3f} to {max(shares):.3f} |"
    if found.machine:
        good = sum(check.good for check in found.machine)
        bad = len(found.machine) - good
        yield f"| The machine | {len(found.machine)} | {good} | {bad} fail | – | – |"
    yield ""
    worst = [
        (name, one)
        for name, rows in found.groups.items()
        for one in rows
        if one.count.ends()[1] < one.stated - WORST
    ]
    yield "## Where intervals are clearly short\n"
    if not worst:
        yield f"Nowhere by more than {100 * WORST:g} points for certain.\n"
        return
    yield f"More than {100 * WORST:g} points for certain, the worst first:\n"
    yield "| what | size | stated | measured |"
    yield "|---|---|---|---|"
    for name, one in sorted(worst, key=lambda item: item[1].count.share - item[1].stated):
        yield f"| {one.what} | {one.n:,} {GROUPS[name].n} | {_stated(one)} | {_share(one)} |"
    yield ""


def _sections(found: Accuracy) -> Iterator[str]:
    for name, rows in found.groups.items():
        group = GROUPS[name]
        yield f"## {group.title}\n\n{group.about}\n\n*`{COMMAND} {name}`*\n"
        yield f"| what | {group.n} | stated | measured | data sets | verdict | bias |"
        yield "|---|---|---|---|---|---|---|"
        for one in rows:
            yield (
                f"| {one.what} | {one.n:,} | {_stated(one)} | {_share(one)} | {one.sets:,} "
                f"| {one.verdict} | {_bias(one)} |"
            )
        yield ""


def _rows(checks: Iterable[Checked]) -> str:
    return "\n".join(
        f"| {one.what} | {one.against} | {one.rests_on} | {one.known} | {one.found} "
        f"| {one.verdict} |"
        for one in checks
    )


def _stated(one: Measured) -> str:
    return f"{'≥ ' if one.at_least else ''}{one.stated:g}"


def _share(one: Measured) -> str:
    low, high = one.count.ends()
    return f"{one.count.share:.3f} ({low:.3f} to {high:.3f})"


def _bias(one: Measured) -> str:
    if one.bias != one.bias:
        return "–"
    number = f"{one.bias:+.2f} ± {one.bias_arm:.2f}".replace("-", "−")
    return f"**{number}**" if one.leans else number
