"""The page of claims, docs/claims.md, made from the studies.

Comes in: claims. Goes out: Markdown. `python -m ccmsim.studies.page docs/claims.md` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ccmsim.studies import Claim, claims
from ccmsim.studies.views import rule, section

HEAD: Final = """# The founding claims, tested

What is said about the revenue of chronic care management, put to the model. Each claim has effects
with intervals and tests whose bounds were set before the first run; the verdict follows from them
by one rule. Nothing is tuned to make a claim come out.

The first test of each is the claim itself. A test is passed if its whole interval lies where the
claim says, failed if all of it lies on the other side, and open otherwise:

{rule}

The model knows no clinical outcome: nothing here says that patients are better off. It knows that
patients to whom nobody speaks for months leave sooner, and no more. Scenarios are
[presets](evidence.md) whose values of class A are assumptions, so a verdict is about the model with
these values.

`make claims` prints all of it, `ccmsim claims NAME` one. `ccmsim.studies` has a function for each.

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


def main() -> None:
    """Write the page to the file that is named."""
    Path(sys.argv[1]).write_text(page(claims()), encoding="utf-8")


if __name__ == "__main__":
    main()
