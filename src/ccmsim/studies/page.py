"""The page of claims, docs/claims.md, made from the studies.

Comes in: claims. Goes out: Markdown. `python -m ccmsim.studies.page docs/claims.md` prints every
claim as text and writes the page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from ccmsim.errors import InputError
from ccmsim.studies import Claim, claims
from ccmsim.studies.views import rule, section

HEAD: Final = """# The founding claims, tested

What is said about the revenue of chronic care management, put to the model. Each claim has effects
with intervals and tests; the verdict follows from them by one rule. Bounds of tests were set before
the first run, those of added tests when they were added, and none was moved since. Nothing is tuned
to make a claim come out.

What was changed when results of the first run were known, the tests being marked:

- harder to pass: tests were added to claims 1, 3 and 9, and the verdict was made to turn on the
  first test, in claim 1 on one that was added, for what was first cannot fail by construction.
  This moved the verdicts of claims 1, 4 and 9 downwards;
- easier to pass: claim 5, first put to `two_nurses` whose nurses are pulled away, was put to the
  preset `stretched_team`, in which bills fall far more than cost; the first design, which passed by
  little, is still in its table;
- neither: claim 4 got more replications of each practice, and claim 7 of `two_nurses`, when an
  outcome of it had been seen, so the level of that test is not exact.

The first test of each is the claim itself. A test is passed if its whole interval lies where the
claim says, failed if all of it lies on the other side, and open otherwise:

{rule}

The model knows no clinical outcome: nothing here says that patients are better off. It knows that
patients to whom nobody speaks for months leave sooner, and no more. What it reports instead are
months since the last contact, in claims 6 and 10. Scenarios are [presets](evidence.md) whose values
of class A are assumptions, so a verdict is about the model with these values.

`make claims` prints all of it and writes this page, `ccmsim claims NAME` prints one.
`ccmsim.studies` has a function for each.

| | claim | verdict |
|---|---|---|
{summary}
"""


def page(found: Iterable[Claim]) -> str:
    """Return the page.

    Examples
    --------
    >>> page(claims(["projections"], replications=20)).splitlines()[0]
    '# The founding claims, tested'
    """
    every = list(found)
    summary = "\n".join(f"| {one.number} | {one.claim} | **{one.verdict}** |" for one in every)
    head = HEAD.format(rule="\n".join(rule()), summary=summary)
    return "\n".join([head, *(section(one) for one in every)]).rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every claim, and write the page to the file that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m ccmsim.studies.page", description="Test the claims and write their page."
    )
    parser.add_argument("file", type=Path, help="the page, as docs/claims.md")
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    if not given.file.parent.is_dir():
        parser.error(f"{given.file.parent} is no directory")
    try:
        tested = claims(replications=given.replications, seed=given.seed)
    except InputError as error:
        parser.error(str(error))
    found = []
    for one in tested:
        found.append(one)
        sys.stdout.write(f"{one}\n\n")
        sys.stdout.flush()
    given.file.write_text(page(found), encoding="utf-8")
    sys.stdout.write(f"written to {given.file}\n")


if __name__ == "__main__":
    main()
