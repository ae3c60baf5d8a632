"""`python -m ccmsim.studies.validation DIRECTORY`: write validation.md, doubt.md and pictures.

Comes in: a directory of documentation. Goes out: both pages and images/*.png in it; progress on the
terminal. The same settings give the same pages.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from ccmsim.studies import doubt
from ccmsim.studies.doubt.page import Doubt
from ccmsim.studies.doubt.page import page as doubt_page
from ccmsim.studies.validation import extremes, targets
from ccmsim.studies.validation.page import page
from ccmsim.studies.validation.views import ridge_figure


class Effort(NamedTuple):
    """Replications of every part."""

    targets: int = 200
    extremes: int = 20
    mechanisms: int = 80
    structure: int = 50
    assumptions: int = 50
    sets: int = 200
    inner: int = 8


USUAL: Final = Effort()


def write(directory: Path, effort: Effort = USUAL, *, workers: int | None = None) -> None:
    """Write both pages and their pictures."""
    images = directory / "images"
    images.mkdir(exist_ok=True)
    begin = time.perf_counter()

    def say(what: str) -> None:
        sys.stdout.write(f"{time.perf_counter() - begin:5.0f} s  {what}\n")
        sys.stdout.flush()

    settings: dict[str, Any] = {"workers": workers}
    findings = []
    for found in targets(replications=effort.targets, **settings):
        findings.append(found)
        say(f"{found.number}. {found.name}: {found.verdict}")
    extreme = extremes(replications=effort.extremes, **settings)
    say(f"extreme conditions: {'all passed' if extreme.passed else 'NOT all passed'}")
    ridge_figure(findings[0]).savefig(images / "validation_national.png")
    (directory / "validation.md").write_text(page(findings, extreme), "utf-8")

    found_mechanisms = doubt.mechanisms(replications=effort.mechanisms, **settings)
    say("mechanisms")
    found_assumptions = doubt.one_at_a_time(replications=effort.assumptions, **settings)
    say("each assumption alone")
    found_structure = doubt.structure(replications=effort.structure, **settings)
    say("other rules")

    def sets_done(done: int, whole: int) -> None:
        if done % 40 == 0:
            say(f"sets of assumptions: {done} of {whole}")

    found_space = doubt.space(
        sets=effort.sets, replications=effort.inner, progress=sets_done, **settings
    )
    for name, study in (
        ("space", found_space),
        ("rules", found_structure),
        ("mechanisms", found_mechanisms),
        ("assumptions", found_assumptions),
    ):
        study.plot().savefig(images / f"doubt_{name}.png")
    whole = Doubt(found_space, found_structure, found_mechanisms, found_assumptions)
    (directory / "doubt.md").write_text(doubt_page(whole), "utf-8")
    say(f"written to {directory}")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
