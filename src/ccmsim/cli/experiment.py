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
from ccmsim.cli.several import Scenarios, Variants, loaded, origin_of, variants_of
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
    level: float,
    replications: int | None = None,
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
    level: float,
    replications: int | None = None,
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
    *,
    written: Iterable[Path] = (),
    notes: Iterable[str] = (),
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
    written : iterable of Path
        Other files that there are now.
    notes : iterable of str
        What is said below the text.
    """
    failures = write_all([(plot, lambda path: found.plot().savefig(path))])
    if json:
        print_json(document)
    else:
        if text is None:
            typer.echo(str(found))
        else:
            show(*text)
        report_written([plot, *written], failures)
        for note in notes:
            typer.echo(note)
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

    scenarios: list[str]
    """The first is the one that --set and variants change."""
    variants: list[str] | None
    """None too where a command has only one scenario."""
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
            self.scenarios[0],
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
        return self.settings.scenario, self._how()

    def compared(self) -> tuple[dict[str, Scenario], dict[str, Any]]:
        """Return the scenarios by name, and the keywords that every analysis takes.

        Raises
        ------
        ccmsim.errors.InputError
            With everything that is wrong with options and the first scenario, or with another one.
        """
        return self._named, self._how()

    @functools.cached_property
    def _by_variant(self) -> dict[str, list[str]]:
        return variants_of(self.variants or (), self.problems)

    @functools.cached_property
    def _named(self) -> dict[str, Scenario]:
        variants = self._by_variant
        _ = self.settings  # raises what is wrong so far, variants among it
        return loaded(self.scenarios, self.changes or [], variants)

    def _how(self) -> dict[str, Any]:
        return self.numbers | {"workers": self.settings.workers, "progress": True}

    def origin(self, command: str, *, several: bool) -> dict[str, Any]:
        """Return what a document says of where its numbers come from."""
        settings = self.settings
        if several:
            return origin_of(command, self._named, settings.changes, self._by_variant)
        return provenance(command, settings.scenario, settings.changes)


@dataclass(frozen=True)
class Shown:
    """A result that a command shows in its own way."""

    result: Result
    text: Iterable[Table | str] | None = None
    """What stands for `str(result)`."""
    written: Iterable[Path] = ()
    """Files besides the picture."""
    notes: Iterable[str] = ()
    """What is said below, but not in the document."""


Experiment = Callable[..., Result | Shown]
"""From `Asked`, and options of its own, to a result."""


def experiment(
    name: str,
    *,
    months: int = 12,
    replications: int = 200,
    warmup_months: int = 0,
    without: tuple[str, ...] = (),
    several: bool = False,
) -> Callable[[Experiment], Callable[..., None]]:
    """Make a command of what returns the result of one experiment on one scenario.

    The command has the scenario (or several, and --variant) first, then the options of the
    function, and last those of every experiment; it is `guarded`, and gives the result out.

    Parameters
    ----------
    name : str
        Of the command.
    months, replications, warmup_months : int
        Where nothing is said.
    without : tuple of str
        Options of every other experiment that this one has not.
    several : bool
        Whether it takes several scenarios, and variants of the first.

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
            set_: list[str] | None,
            workers: str,
            plot: Path | None,
            json: bool,
            **given: Any,
        ) -> None:
            scenarios = given.pop("scenarios") if several else [given.pop("scenario")]
            variants = given.pop("variant", None)
            numbers: dict[str, Any] = {n: given.pop(n) for n in NUMBERS if n in given}
            asked = Asked(scenarios, variants, set_, plot, workers, numbers)
            found = function(asked, **given)
            shown = found if isinstance(found, Shown) else Shown(found)
            document = asked.origin(name, several=several) | shown.result.as_dict()
            give_out(
                shown.result, plot, json, document, shown.text,
                written=shown.written, notes=shown.notes,
            )  # fmt: skip

        options = {each: usual[each] for each in COMMON if each not in without}
        return _with_options(guarded(command), function, options, several=several)

    return command_of


def _with_options(
    command: Callable[..., None],
    function: Callable[..., Any],
    usual: dict[str, Any],
    *,
    several: bool,
) -> Callable[..., None]:
    """Give a command the signature that typer reads."""
    types = get_type_hints(function, include_extras=True)
    option, kind = inspect.Parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = list(inspect.signature(function).parameters.values())[1:]
    first = [option("scenario", kind, annotation=ScenarioName)]
    if several:
        first = [
            option("scenarios", kind, annotation=Scenarios),
            option("variant", kind, annotation=Variants, default=None),
        ]
    options = [
        *first,
        *(each.replace(annotation=types[each.name]) for each in own),
        *(
            option(name, kind, annotation=COMMON[name], default=value)
            for name, value in usual.items()
        ),
    ]
    command.__annotations__ = {each.name: each.annotation for each in options}
    vars(command)["__signature__"] = inspect.Signature(options)
    return command
