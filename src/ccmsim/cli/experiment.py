"""What the commands of experiments share: options, settings, and how their result is given out.

Comes in: the values of options; a result. Goes out: checked settings; a page, a picture or one JSON
document. Never simulates.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, get_type_hints

import typer

from ccmsim.cli.files import output_problems, plot_problems, report_written, write_all
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Months,
    Plot,
    Replications,
    ScenarioName,
    Seed,
    Settings,
    WarmupMonths,
    Workers,
    number_problems,
    settled,
)
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance, show
from ccmsim.errors import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

    from ccmsim.scenario import Scenario


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


NUMBERS: Final = ("months", "replications", "warmup_months", "seed", "level")

COMMON: Final[dict[str, Any]] = {
    "months": Months,
    "replications": Replications,
    "warmup_months": WarmupMonths,
    "seed": Seed,
    "set_": Changes,
    "workers": Workers,
    "level": Level,
    "plot": Plot,
    "json": Json,
}
"""Of each option of every experiment, in their order, its type."""


@dataclass(frozen=True)
class Asked:
    """What was asked of every experiment, not yet checked."""

    scenario: str
    changes: list[str] | None
    plot: Path | None
    workers: str
    numbers: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    """What a command finds wrong with options of its own, before it asks for `checked`."""

    @functools.cached_property
    def settings(self) -> Settings:
        """The checked settings."""
        return settings_of(
            self.scenario,
            self.changes,
            self.plot,
            self.workers,
            problems=self.problems,
            **self.numbers,
        )

    def checked(self) -> tuple[Scenario, dict[str, Any]]:
        """Return the scenario, and the keywords that every analysis takes.

        Raises
        ------
        ccmsim.errors.InputError
            With everything that is wrong.
        """
        settings = self.settings
        return settings.scenario, self.numbers | {"workers": settings.workers, "progress": True}


Experiment = Callable[..., Result]
"""From `Asked`, and options of its own, to a result."""


def experiment(
    name: str, *, months: int = 12, replications: int = 200, warmup_months: int = 0
) -> Callable[[Experiment], Callable[..., None]]:
    """Make a command of what returns the result of one experiment on one scenario.

    The command has the scenario first, then the options of the function, and last those of every
    experiment; it is `guarded`, and gives the result out.

    Parameters
    ----------
    name : str
        Of the command.
    months, replications, warmup_months : int
        Where nothing is said.

    Notes
    -----
    typer reads a command's signature; this one is put together from the function's and COMMON.
    """
    usual = {
        "months": months, "replications": replications, "warmup_months": warmup_months,
        "seed": 0, "set_": None, "workers": "auto", "level": 0.95, "plot": None, "json": False,
    }  # fmt: skip

    def command_of(function: Experiment) -> Callable[..., None]:
        @functools.wraps(function)
        def command(
            scenario: str,
            set_: list[str] | None,
            workers: str,
            plot: Path | None,
            json: bool,
            **given: Any,
        ) -> None:
            numbers = {number: given.pop(number) for number in NUMBERS}
            asked = Asked(scenario, set_, plot, workers, numbers)
            found = function(asked, **given)
            give_out(found, plot, json, document_of(name, found, asked.settings))

        return _with_options(guarded(command), function, usual)

    return command_of


def _with_options(
    command: Callable[..., None], function: Callable[..., Any], usual: dict[str, Any]
) -> Callable[..., None]:
    """Give a command the signature that typer reads."""
    types = get_type_hints(function, include_extras=True)
    option, kind = inspect.Parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = list(inspect.signature(function).parameters.values())[1:]
    options = [
        option("scenario", kind, annotation=ScenarioName),
        *(each.replace(annotation=types[each.name]) for each in own),
        *(
            option(name, kind, annotation=type_, default=usual[name])
            for name, type_ in COMMON.items()
        ),
    ]
    command.__annotations__ = {each.name: each.annotation for each in options}
    vars(command)["__signature__"] = inspect.Signature(options)
    return command
