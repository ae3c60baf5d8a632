"""The command line: `ccmsim …`.

Comes in: the words of the command line. Goes out: a command's output and an exit status: 0, 1 where
something failed, 2 on bad input, 130 when interrupted. What is heavy to import is imported by the
command that needs it, never for --help.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from ccmsim.cli.shell import Command, version
from ccmsim.garbage import seldom_collecting

HELP: Final = """What chronic care management will really pay: thousands of stochastic months of one
practice, with honest error bars.

A practice bills Medicare for a patient's month if the logged minutes reach a threshold. ccmsim
simulates the coordinators who do this work, what takes them away from it, and what that costs.

Examples:

\b
  ccmsim quick --patients 200 --nurses 2 --hours 20
  ccmsim presets
  ccmsim fit calls.csv absences.csv -o practice.toml
  ccmsim run two_nurses --plot year.png
  ccmsim run two_nurses --set disruptions.sick.spells_per_year=6
  ccmsim erosion two_nurses
  ccmsim sensitivity two_nurses
  ccmsim trace two_nurses --csv events.csv

Names say their units: _minutes, _days, _months, _usd, _per_month, _per_year; a _share is a number
from 0 to 1. Each command explains itself: ccmsim run --help.
"""


class Entry(NamedTuple):
    """A command and where it is: `module` has a function named as the command, and its help."""

    name: str
    module: str
    help_name: str = "HELP"

    def help(self) -> str:
        """Return what `ccmsim NAME --help` says."""
        return str(getattr(self._room(), self.help_name))

    def command(self) -> TyperCommand:
        """Return the command; its module is imported for it."""
        alone = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )
        function = getattr(self._room(), self.name.replace("-", "_"))
        alone.command(self.name, cls=Command, help=self.help())(function)
        made = typer.main.get_command(alone)
        assert isinstance(made, TyperCommand)
        return made

    def _room(self) -> Any:
        return import_module(f"ccmsim.cli.{self.module}")


class _Commands(Mapping[str, TyperCommand]):
    """The commands by name, each made when it is asked for: making all takes half of a start."""

    def __init__(self) -> None:
        self._entries = {entry.name: entry for entries in SECTIONS.values() for entry in entries}
        self._made: dict[str, TyperCommand] = {}

    def __getitem__(self, name: str) -> TyperCommand:
        if name not in self._made:
            self._made[name] = self._entries[name].command()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class _Sections(TyperGroup):
    """A group whose help lists its commands under titles, each with its first sentence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = _Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, entries in SECTIONS.items():
            rows = [(entry.name, entry.help().partition("\n\n")[0]) for entry in entries]
            with formatter.section(title):
                formatter.write_dl(rows)


app = typer.Typer(
    name="ccmsim",
    cls=_Sections,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ccmsim {version()}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take what stands before the command."""


SECTIONS: Final[Mapping[str, tuple[Entry, ...]]] = {
    "A practice": (
        Entry("quick", "quick"),
        Entry("presets", "presets"),
        Entry("fit", "fit"),
        Entry("calibrate", "calibrate"),
        Entry("run", "run"),
        Entry("report", "report"),
        Entry("assess", "assess"),
    ),
    "Why, and how surely": (
        Entry("erosion", "erosion"),
        Entry("attribution", "attribution"),
        Entry("shares", "shares"),
        Entry("sensitivity", "sensitivity"),
        Entry("sobol", "sobol"),
        Entry("uncertainty", "uncertainty"),
        Entry("information", "information"),
        Entry("measure", "measure"),
    ),
    "Risk": (
        Entry("risk", "risk"),
        Entry("stress", "stress"),
        Entry("smoothing", "smoothing"),
    ),
    "Choices": (
        Entry("compare", "compare"),
        Entry("flip", "flip"),
        Entry("break-even", "break_even"),
        Entry("contracts", "contracts"),
        Entry("staffing", "staffing"),
        Entry("staffing-curve", "staffing_curve"),
        Entry("staffing-panel", "staffing_panel"),
        Entry("staffing-pooling", "staffing_gains", "POOLING"),
        Entry("staffing-cover", "staffing_gains", "COVER"),
        Entry("staffing-vacancy", "staffing_gains", "VACANCY"),
        Entry("staffing-theory", "staffing_theory"),
    ),
    "A month, a leave": (
        Entry("forecast", "forecast"),
        Entry("leave", "leave"),
    ),
    "The simulation itself": (
        Entry("replications", "replications"),
        Entry("control-variates", "control_variates"),
        Entry("quasi-monte-carlo", "quasi_monte_carlo"),
        Entry("warm-up", "warm_up"),
        Entry("trace", "trace"),
        Entry("claims", "claims"),
        Entry("warm", "warm"),
        Entry("bench", "bench"),
    ),
}
"""The commands, in the order and under the titles of `ccmsim --help`."""


def main() -> None:
    """Run the command that `sys.argv` asks for, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no "±" shows "?" for it rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with seldom_collecting():
            app(prog_name="ccmsim")
    finally:
        gc.freeze()  # the process ends; to look through all that was imported takes a fifth of it
