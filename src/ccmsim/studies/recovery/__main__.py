"""`python -m ccmsim.studies.recovery`: whether `calibrate` finds what made a history.

Comes in: words of the command line. Goes out: tables, one JSON document, or a picture.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ccmsim.cli.files import output_problems, plot_problems, write_all
from ccmsim.errors import InputError
from ccmsim.studies.recovery.departures import DEPARTURES, power
from ccmsim.studies.recovery.running import SIMULATIONS, recovery

COMMAND = "python -m ccmsim.studies.recovery"

_ONLY = {"ranks": ("method", "plot"), "departures": ("departure",)}
"""Options that only one of the two has."""


def main() -> int:
    """Do what is asked for; return 2 where it cannot be done."""
    words = _words()
    given = words.parse_args()
    for name in _ONLY["departures" if given.what == "ranks" else "ranks"]:
        if getattr(given, name) is not None:
            words.error(f"--{name}: is not of {given.what} (got {getattr(given, name)})")
    settings: dict[str, Any] = {
        "seed": given.seed, "workers": given.workers,
        "checkpoint": given.checkpoint, "progress": _said,
    }  # fmt: skip
    for name in ("histories", "simulations"):
        if getattr(given, name) is not None:
            settings[name] = getattr(given, name)
    problems = plot_problems("--plot", given.plot) + output_problems([("--plot", given.plot)])
    try:
        if problems:
            raise InputError(problems)
        if given.what == "ranks":
            found: Any = recovery(method=given.method or "synthetic", **settings)
        else:
            found = power(given.departure, **settings)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(found.to_json() + "\n" if given.json else str(found))
    failures = write_all([(given.plot, lambda path: found.plot().savefig(path))])
    return 1 if failures else 0


def _said(done: int, whole: int) -> None:
    sys.stderr.write(f"\r{done} of {whole}" + ("\n" if done == whole else ""))
    sys.stderr.flush()


def _words() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        prog=COMMAND,
        description="Calibrate histories that the engine made: where truths lie in their "
        "posteriors (ranks), or how often the check sees what the model lacks (departures).",
    )
    words.add_argument("what", nargs="?", choices=("ranks", "departures"), default="ranks")
    words.add_argument("--histories", type=int, help="how many (40; of each departure 10)")
    usual = ", ".join(f"{name} {count}" for name, count in SIMULATIONS.items())
    words.add_argument("--simulations", type=int, help=f"for each history ({usual})")
    words.add_argument("--method", choices=tuple(SIMULATIONS), help="of the ranks (synthetic)")
    words.add_argument(
        "--departure",
        action="append",
        choices=tuple(DEPARTURES),
        help="of the departures, only this one; repeatable",
    )
    words.add_argument("--seed", type=int, default=0, help="(0)")
    words.add_argument("--workers", type=int, help="threads (as many as cores)")
    words.add_argument(
        "--checkpoint", type=Path, metavar="FOLDER", help="keep what is done; go on from there"
    )
    words.add_argument("--plot", type=Path, metavar="FILE", help="draw the rank histograms")
    words.add_argument("--json", action="store_true", help="print one JSON document")
    return words


if __name__ == "__main__":
    sys.exit(main())
