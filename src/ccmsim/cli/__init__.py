"""The command line: `ccmsim …`.

Comes in: the words of the command line. Goes out: a command's output and an exit status: 0, 1 where
something failed, 2 on bad input, 130 when interrupted. What is heavy to import is imported by the
command that needs it, never for --help.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Final

import typer

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

app = typer.Typer(
    name="ccmsim",
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


def _add(name: str, told: str, command: Callable[..., None]) -> None:
    app.command(name, cls=Command, help=told)(command)


_add("presets", _presets.HELP, _presets.presets)
_add("quasi-monte-carlo", _quasi_monte_carlo.HELP, _quasi_monte_carlo.quasi_monte_carlo)
_add("quick", _quick.HELP, _quick.quick)
_add("fit", _fit.HELP, _fit.fit)
_add("calibrate", _calibrate.HELP, _calibrate.calibrate)
_add("assess", _assess.HELP, _assess.assess)
_add("run", _run.HELP, _run.run)
_add("report", _report.HELP, _report.report)
_add("replications", _replications.HELP, _replications.replications)
_add("compare", _compare.HELP, _compare.compare)
_add("erosion", _erosion.HELP, _erosion.erosion)
_add("attribution", _attribution.HELP, _attribution.attribution)
_add("sensitivity", _sensitivity.HELP, _sensitivity.sensitivity)
_add("sobol", _sobol.HELP, _sobol.sobol)
_add("flip", _flip.HELP, _flip.flip)
_add("break-even", _break_even.HELP, _break_even.break_even)
_add("risk", _risk.HELP, _risk.risk)
_add("stress", _stress.HELP, _stress.stress)
_add("shares", _shares.HELP, _shares.shares)
_add("smoothing", _smoothing.HELP, _smoothing.smoothing)
_add("uncertainty", _uncertainty.HELP, _uncertainty.uncertainty)
_add("staffing", _staffing.HELP, _staffing.staffing)
_add("staffing-curve", _staffing_curve.HELP, _staffing_curve.staffing_curve)
_add("staffing-panel", _staffing_panel.HELP, _staffing_panel.staffing_panel)
_add("staffing-pooling", _staffing_gains.POOLING, _staffing_gains.staffing_pooling)
_add("staffing-cover", _staffing_gains.COVER, _staffing_gains.staffing_cover)
_add("staffing-vacancy", _staffing_gains.VACANCY, _staffing_gains.staffing_vacancy)
_add("staffing-theory", _staffing_theory.HELP, _staffing_theory.staffing_theory)
_add("forecast", _forecast.HELP, _forecast.forecast)
_add("contracts", _contracts.HELP, _contracts.contracts)
_add("leave", _leave.HELP, _leave.leave)
_add("information", _information.HELP, _information.information)
_add("measure", _measure.HELP, _measure.measure)
_add("control-variates", _control_variates.HELP, _control_variates.control_variates)
_add("warm-up", _warm_up.HELP, _warm_up.warm_up)
_add("claims", _claims.HELP, _claims.claims)
_add("trace", _trace.HELP, _trace.trace)
_add("warm", _warm.HELP, _warm.warm)
_add("bench", _bench.HELP, _bench.bench)


def main() -> None:
    """Run the command that `sys.argv` asks for, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no "±" shows "?" for it rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="ccmsim")
