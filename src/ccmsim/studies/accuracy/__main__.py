"""`python -m ccmsim.studies.accuracy`: measure, and print or write what was found.

Comes in: words of the command line. Goes out: tables on the standard output, or docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ccmsim.errors import InputError
from ccmsim.studies.accuracy.page import COMMAND, page
from ccmsim.studies.accuracy.running import NAMES, accuracy


def main() -> int:
    """Measure what is asked for; return 2 where it cannot be."""
    words = argparse.ArgumentParser(
        prog=COMMAND, description="Measure how often intervals hold, and check the engines."
    )
    words.add_argument("names", nargs="*", metavar="NAME", help=f"all, or of: {', '.join(NAMES)}")
    words.add_argument("--share", type=float, default=1.0, help="of the usual effort (1)")
    words.add_argument("--processes", type=int, default=1, help="at the same time (1)")
    words.add_argument("--write", type=Path, metavar="FILE.md", help="write the page")
    words.add_argument("--json", action="store_true", help="print one JSON document")
    given = words.parse_args()
    try:
        found = accuracy(given.names or None, share=given.share, processes=given.processes)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if given.write:
        given.write.write_text(page(found), encoding="utf-8")
    else:
        sys.stdout.write(found.to_json() + "\n" if given.json else str(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
