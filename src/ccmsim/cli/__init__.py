"""The command line: `ccmsim …`.

Comes in: the words of the command line. Goes out: a command's output and an exit status: 0, 1 where
something failed, 2 on bad input, 130 when interrupted. What is heavy to import is imported by the
command that needs it, never for --help.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from ccmsim.cli import assess as _assess
from ccmsim.cli import attribution as _attribution
from ccmsim.cli import bench as _bench
from ccmsim.cli import break_even as _break_even
from ccmsim.cli import calibrate as _calibrate
from ccmsim.cli import claims as _claims
from ccmsim.cli import compare as _compare
from ccmsim.cli import contracts as _contracts
from ccmsim.cli import control_variates as _control_variates
from ccmsim.cli import erosion as _erosion
from ccmsim.cli import fit as _fit
from ccmsim.cli import flip as _flip
from ccmsim.cli import forecast as _forecast
from ccmsim.cli import information as _information
from ccmsim.cli import leave as _leave
from ccmsim.cli import measure as _measure
from ccmsim.cli import presets as _presets
from ccmsim.cli import quasi_monte_carlo as _quasi_monte_carlo
from ccmsim.cli import quick as _quick
from ccmsim.cli import replications as _replications
from ccmsim.cli import report as _report
from ccmsim.cli import risk as _risk
from ccmsim.cli import run as _run
from ccmsim.cli import sensitivity as _sensitivity
from ccmsim.cli import shares as _shares
from ccmsim.cli import smoothing as _smoothing
from ccmsim.cli import sobol as _sobol
from ccmsim.cli import staffing as _staffing
from ccmsim.cli import staffing_curve as _staffing_curve
from ccmsim.cli import staffing_gains as _staffing_gains
from ccmsim.cli import staffing_panel as _staffing_panel
from ccmsim.cli import staffing_theory as _staffing_theory
from ccmsim.cli import stress as _stress
from ccmsim.cli import trace as _trace
from ccmsim.cli import uncertainty as _uncertainty
from ccmsim.cli import warm as _warm
from ccmsim.cli import warm_up as _warm_up
from ccmsim.cli.shell import Command, version

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


class _Sections(TyperGroup):
    """A group whose help lists its commands under titles, each with its first sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, commands in SECTIONS.items():
            rows = [(name, help_.partition("\n\n")[0]) for name, _, help_ in commands]
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


SECTIONS: Final[Mapping[str, tuple[tuple[str, Callable[..., None], str], ...]]] = {
    "A practice": (
        ("quick", _quick.quick, _quick.HELP),
        ("presets", _presets.presets, _presets.HELP),
        ("fit", _fit.fit, _fit.HELP),
        ("calibrate", _calibrate.calibrate, _calibrate.HELP),
        ("run", _run.run, _run.HELP),
        ("report", _report.report, _report.HELP),
        ("assess", _assess.assess, _assess.HELP),
    ),
    "Why, and how surely": (
        ("erosion", _erosion.erosion, _erosion.HELP),
        ("attribution", _attribution.attribution, _attribution.HELP),
        ("shares", _shares.shares, _shares.HELP),
        ("sensitivity", _sensitivity.sensitivity, _sensitivity.HELP),
        ("sobol", _sobol.sobol, _sobol.HELP),
        ("uncertainty", _uncertainty.uncertainty, _uncertainty.HELP),
        ("information", _information.information, _information.HELP),
        ("measure", _measure.measure, _measure.HELP),
    ),
    "Risk": (
        ("risk", _risk.risk, _risk.HELP),
        ("stress", _stress.stress, _stress.HELP),
        ("smoothing", _smoothing.smoothing, _smoothing.HELP),
    ),
    "Choices": (
        ("compare", _compare.compare, _compare.HELP),
        ("flip", _flip.flip, _flip.HELP),
        ("break-even", _break_even.break_even, _break_even.HELP),
        ("contracts", _contracts.contracts, _contracts.HELP),
        ("staffing", _staffing.staffing, _staffing.HELP),
        ("staffing-curve", _staffing_curve.staffing_curve, _staffing_curve.HELP),
        ("staffing-panel", _staffing_panel.staffing_panel, _staffing_panel.HELP),
        ("staffing-pooling", _staffing_gains.staffing_pooling, _staffing_gains.POOLING),
        ("staffing-cover", _staffing_gains.staffing_cover, _staffing_gains.COVER),
        ("staffing-vacancy", _staffing_gains.staffing_vacancy, _staffing_gains.VACANCY),
        ("staffing-theory", _staffing_theory.staffing_theory, _staffing_theory.HELP),
    ),
    "A month, a leave": (
        ("forecast", _forecast.forecast, _forecast.HELP),
        ("leave", _leave.leave, _leave.HELP),
    ),
    "The simulation itself": (
        ("replications", _replications.replications, _replications.HELP),
        ("control-variates", _control_variates.control_variates, _control_variates.HELP),
        ("quasi-monte-carlo", _quasi_monte_carlo.quasi_monte_carlo, _quasi_monte_carlo.HELP),
        ("warm-up", _warm_up.warm_up, _warm_up.HELP),
        ("trace", _trace.trace, _trace.HELP),
        ("claims", _claims.claims, _claims.HELP),
        ("warm", _warm.warm, _warm.HELP),
        ("bench", _bench.bench, _bench.HELP),
    ),
}
"""The commands with their help, in the order and under the titles of `ccmsim --help`."""

for _commands in SECTIONS.values():
    for _name, _command, _help in _commands:
        app.command(_name, cls=Command, help=_help)(_command)


def main() -> None:
    """Run the command that `sys.argv` asks for, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no "±" shows "?" for it rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="ccmsim")
