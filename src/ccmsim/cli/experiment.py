"""What the commands of experiments share: options, settings, and how their result is given out.

Comes in: the values of options; a result. Goes out: checked settings; a page, a picture or one JSON
document. Never simulates.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, get_type_hints

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
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance, show, show_page
from ccmsim.errors import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table

    from ccmsim.scenario import Scenario


class Document(Protocol):
    """What has plain values."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""


class Result(Document, Protocol):
    """What an analysis returns."""

    def plot(self) -> Figure:
        """Return a figure."""


@dataclass(frozen=True)
class Shown:
    """A result that a command shows in its own way."""

    result: Document
    """A `Result`, unless the command is without a plot."""
    text: Iterable[Table | str] | None = None
    """What stands for `str(result)`."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What the document says besides."""
    files: Iterable[tuple[Path | None, Callable[[Path], object]]] = ()
    """Files to write besides the picture, and what writes them."""
    written: Iterable[Path] = ()
    """Files that there are already."""
    notes: Iterable[str] = ()
    """What is said below, but not in the document."""


def give_out(shown: Shown, plot: Path | None, json: bool, document: dict[str, Any]) -> None:
    """Write the picture and other files, and print the text or one JSON document."""

    def draw(path: Path) -> None:
        cast("Result", shown.result).plot().savefig(path)

    files = [(plot, draw), *shown.files]
    failures = write_all(files)
    if json:
        print_json(document)
    else:
        if shown.text is None:
            show_page(str(shown.result))
        else:
            show(*shown.text)
        report_written([*(path for path, _ in files), *shown.written], failures)
        for note in shown.notes:
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
    workers: str | None
    """None where a command has no such option."""
    numbers: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    """What a command finds wrong with options of its own, before it asks for `checked`."""

    @functools.cached_property
    def settings(self) -> Settings:
        """The checked settings."""
        first = self.scenarios[0]
        found = [*self.problems, *number_problems(**self.numbers)]
        found += plot_problems("--plot", self.plot)
        found += output_problems([("--plot", self.plot)], first)
        return settled(first, self.changes, workers=self.workers or "auto", problems=found)

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
        workers = {} if self.workers is None else {"workers": self.settings.workers}
        return self.numbers | workers | {"progress": True}

    def origin(self, command: str, *, several: bool) -> dict[str, Any]:
        """Return what a document says of where its numbers come from."""
        settings = self.settings
        if several:
            return origin_of(command, self._named, settings.changes, self._by_variant)
        return provenance(command, settings.scenario, settings.changes)


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
    scenario: Any = ScenarioName,
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
    scenario : annotation
        Of the scenario, where there is one.

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
            json: bool,
            workers: str | None = None,
            plot: Path | None = None,
            **given: Any,
        ) -> None:
            scenarios = given.pop("scenarios") if several else [given.pop("scenario")]
            variants = given.pop("variant") if several else None
            numbers: dict[str, Any] = {n: given.pop(n) for n in NUMBERS if n in given}
            asked = Asked(scenarios, variants, set_, plot, workers, numbers)
            found = function(asked, **given)
            shown = found if isinstance(found, Shown) else Shown(found)
            origin = asked.origin(name, several=several)
            give_out(shown, plot, json, origin | shown.result.as_dict() | dict(shown.more))

        options = {each: usual[each] for each in COMMON if each not in without}
        first = _SEVERAL if several else [_option("scenario", scenario)]
        return _with_options(guarded(command), function, first, options)

    return command_of


def _option(
    name: str, annotation: Any, default: Any = inspect.Parameter.empty
) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


_SEVERAL: Final = (_option("scenarios", Scenarios), _option("variant", Variants, None))


def _with_options(
    command: Callable[..., None],
    function: Callable[..., Any],
    first: Iterable[inspect.Parameter],
    usual: dict[str, Any],
) -> Callable[..., None]:
    """Give a command the signature that typer reads."""
    types = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    options = [
        *first,
        *(each.replace(annotation=types[each.name]) for each in own),
        *(_option(name, COMMON[name], value) for name, value in usual.items()),
    ]
    command.__annotations__ = {each.name: each.annotation for each in options}
    vars(command)["__signature__"] = inspect.Signature(options)
    return command
