"""`ccmsim claims`: the founding claims, tested on the model.

Comes in: names of claims and settings. Goes out: verdicts with effects, as text or one JSON
document, and pictures into a directory.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ccmsim.cli.files import report_written, write_all
from ccmsim.cli.options import Json, Level, Replications, Seed, Workers, number_problems, threads
from ccmsim.cli.shell import FAILED, guarded, print_json, version
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.studies import Claim

HELP: Final = """Test what is said about programme revenue: effects, intervals, a verdict.

Examples:

\b
  ccmsim claims
  ccmsim claims without_a_system execution
"""

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLAIM]...", help="Names of claims; all.", show_default=False),
]
Plots = Annotated[
    Path | None,
    typer.Option(
        "--plots", metavar="DIRECTORY", help="Draw each claim into it.", show_default=False
    ),
]


@guarded
def claims(
    names: Names = None,
    replications: Replications = 200,
    seed: Seed = 0,
    workers: Workers = "auto",
    level: Level = 0.95,
    plots: Plots = None,
    json: Json = False,
) -> None:
    """Test the claims."""
    problems = number_problems(seed=seed, replications=replications, level=level)
    count = threads(workers, problems)
    if plots is not None and not plots.is_dir():
        problems.append(Problem("--plots", "is no directory", str(plots), "one that is there"))
    if problems:
        raise InputError(problems)
    from ccmsim.studies import claims as tested

    found: list[Claim] = []
    files: list[Path] = []
    failures: dict[str, str] = {}
    for claim in tested(
        names or None, replications=replications, seed=seed, level=level, workers=count
    ):
        found.append(claim)
        if plots is not None:
            files.append(plots / f"{claim.number:02}_{claim.name}.png")
            failures |= write_all([(files[-1], claim.plot().savefig)])
        if not json:
            typer.echo(f"{claim}\n")
    if json:
        print_json(
            {
                "command": "claims",
                "version": version(),
                "claims": [claim.as_dict() for claim in found],
            }
        )
    else:
        report_written(files, failures)
    if failures:
        raise typer.Exit(FAILED)
