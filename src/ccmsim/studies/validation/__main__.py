"""`python -m ccmsim.studies.validation`: write validation.md and doubt.md, or print parts of them.

Comes in: a directory of documentation, or names of parts. Goes out: both pages and images/*.png in
it, with progress on the terminal; or each part as text. The same settings give the same numbers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ccmsim.errors import InputError
from ccmsim.studies import doubt
from ccmsim.studies.doubt.page import Doubt
from ccmsim.studies.doubt.page import page as doubt_page
from ccmsim.studies.validation import TARGETS, extremes, targets
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

OTHERS: Final[Mapping[str, tuple[Callable[..., Any], Mapping[str, int]]]] = {
    "extremes": (extremes, {"replications": USUAL.extremes}),
    "space": (doubt.space, {"sets": USUAL.sets, "replications": USUAL.inner}),
    "structure": (doubt.structure, {"replications": USUAL.structure}),
    "mechanisms": (doubt.mechanisms, {"replications": USUAL.mechanisms}),
    "assumptions": (doubt.one_at_a_time, {"replications": USUAL.assumptions}),
}
"""What the pages hold beside the targets: the function, and its effort there."""


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


def printed(name: str, replications: int | None, seed: int) -> str:
    """Return one part of the pages as text.

    Parameters
    ----------
    name : str
        Of `TARGETS` or `OTHERS`.
    replications : int or None
        None: as on the page.
    seed : int
    """
    given = {} if replications is None else {"replications": replications}
    if name in TARGETS:
        found = next(targets([name], seed=seed, **given))
        return "\n\n".join([str(found), *([found.more] if found.more else [])])
    study, effort = OTHERS[name]
    return str(study(**{**effort, **given}, seed=seed))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pages into a directory, or print the parts that are named."""
    known = [*TARGETS, *OTHERS]
    parser = argparse.ArgumentParser(
        prog="python -m ccmsim.studies.validation",
        description="Write docs/validation.md and docs/doubt.md, or print parts of them.",
    )
    parser.add_argument(
        "what", nargs="+", help=f"a directory for the pages, or parts: {', '.join(known)}"
    )
    parser.add_argument("--replications", type=int, help="of a part; left out: as on the page")
    parser.add_argument("--seed", type=int, default=0, help="of a part")
    given = parser.parse_args(arguments)
    if len(given.what) == 1 and given.what[0] not in known and Path(given.what[0]).is_dir():
        write(Path(given.what[0]))
        return
    for name in given.what:
        if name not in known:
            parser.error(f"{name!r} is no directory and no part; parts are {', '.join(known)}")
    try:
        for name in given.what:
            sys.stdout.write(f"{printed(name, given.replications, given.seed)}\n\n")
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
