"""What the commands of experiments share: their settings, and how their result is given out.

Comes in: the values of options; a result. Goes out: checked settings; a page, a picture or one JSON
document. Never simulates.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from ccmsim.cli.files import output_problems, plot_problems, report_written, write_all
from ccmsim.cli.options import Settings, number_problems, settled
from ccmsim.cli.shell import FAILED, print_json, provenance, show
from ccmsim.errors import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table


class Result(Protocol):
    """What an analysis returns."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""

    def plot(self) -> Figure:
        """Return a figure."""


def problems_of(
    scenario: str,
    plot: Path | None,
    *,
    months: int,
    seed: int,
    replications: int,
    level: float,
    warmup_months: int = 0,
) -> list[Problem]:
    """Return what is wrong with an experiment's numbers and with the file of its picture."""
    found = number_problems(
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    return found + plot_problems("--plot", plot) + output_problems([("--plot", plot)], scenario)


def settings_of(
    scenario: str,
    changes: list[str] | None,
    plot: Path | None,
    workers: str,
    *,
    months: int,
    seed: int,
    replications: int,
    level: float,
    warmup_months: int = 0,
    problems: Iterable[Problem] = (),
) -> Settings:
    """Return the settings of an experiment on one scenario.

    Raises
    ------
    ccmsim.errors.InputError
        With everything that is wrong: `problems`, and what is found here.
    """
    found = [*problems]
    found += problems_of(
        scenario,
        plot,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    return settled(scenario, changes, workers=workers, problems=found)


def document_of(command: str, found: Result, settings: Settings) -> dict[str, Any]:
    """Return a result and where its numbers come from, as plain values."""
    return provenance(command, settings.scenario, settings.changes) | found.as_dict()


def give_out(
    found: Result,
    plot: Path | None,
    json: bool,
    document: dict[str, Any],
    text: Iterable[Table | str] | None = None,
) -> None:
    """Draw a result if a file is named, and print it as text or as one JSON document.

    Parameters
    ----------
    found : Result
    plot : Path or None
    json : bool
    document : dict
    text : iterable of tables and lines, optional
        What stands for `str(found)`.
    """
    failures = write_all([(plot, lambda path: found.plot().savefig(path))])
    if json:
        print_json(document)
    else:
        if text is None:
            typer.echo(str(found))
        else:
            show(*text)
        report_written([plot], failures)
    if failures:
        raise typer.Exit(FAILED)
