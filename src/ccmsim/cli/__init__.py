"""The command line: `ccmsim …`.

Comes in: the words of the command line. Goes out: a command's output and an exit status: 0, 1 where
something failed, 2 on bad input, 130 when interrupted. What is heavy to import is imported by the
command that needs it, never for --help.
"""

from __future__ import annotations

import sys
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
from ccmsim.cli.shell import version

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


app.command("presets", help=_presets.HELP)(_presets.presets)
app.command("quasi-monte-carlo", help=_quasi_monte_carlo.HELP)(_quasi_monte_carlo.quasi_monte_carlo)
app.command("quick", help=_quick.HELP)(_quick.quick)
app.command("fit", help=_fit.HELP)(_fit.fit)
app.command("calibrate", help=_calibrate.HELP)(_calibrate.calibrate)
app.command("assess", help=_assess.HELP)(_assess.assess)
app.command("run", help=_run.HELP)(_run.run)
app.command("report", help=_report.HELP)(_report.report)
app.command("replications", help=_replications.HELP)(_replications.replications)
app.command("compare", help=_compare.HELP)(_compare.compare)
app.command("erosion", help=_erosion.HELP)(_erosion.erosion)
app.command("attribution", help=_attribution.HELP)(_attribution.attribution)
app.command("sensitivity", help=_sensitivity.HELP)(_sensitivity.sensitivity)
app.command("sobol", help=_sobol.HELP)(_sobol.sobol)
app.command("flip", help=_flip.HELP)(_flip.flip)
app.command("break-even", help=_break_even.HELP)(_break_even.break_even)
app.command("risk", help=_risk.HELP)(_risk.risk)
app.command("stress", help=_stress.HELP)(_stress.stress)
app.command("shares", help=_shares.HELP)(_shares.shares)
app.command("smoothing", help=_smoothing.HELP)(_smoothing.smoothing)
app.command("uncertainty", help=_uncertainty.HELP)(_uncertainty.uncertainty)
app.command("staffing", help=_staffing.HELP)(_staffing.staffing)
app.command("staffing-curve", help=_staffing_curve.HELP)(_staffing_curve.staffing_curve)
app.command("staffing-panel", help=_staffing_panel.HELP)(_staffing_panel.staffing_panel)
app.command("staffing-pooling", help=_staffing_gains.POOLING)(_staffing_gains.staffing_pooling)
app.command("staffing-cover", help=_staffing_gains.COVER)(_staffing_gains.staffing_cover)
app.command("staffing-vacancy", help=_staffing_gains.VACANCY)(_staffing_gains.staffing_vacancy)
app.command("staffing-theory", help=_staffing_theory.HELP)(_staffing_theory.staffing_theory)
app.command("forecast", help=_forecast.HELP)(_forecast.forecast)
app.command("contracts", help=_contracts.HELP)(_contracts.contracts)
app.command("leave", help=_leave.HELP)(_leave.leave)
app.command("information", help=_information.HELP)(_information.information)
app.command("measure", help=_measure.HELP)(_measure.measure)
app.command("control-variates", help=_control_variates.HELP)(_control_variates.control_variates)
app.command("warm-up", help=_warm_up.HELP)(_warm_up.warm_up)
app.command("claims", help=_claims.HELP)(_claims.claims)
app.command("trace", help=_trace.HELP)(_trace.trace)
app.command("warm", help=_warm.HELP)(_warm.warm)
app.command("bench", help=_bench.HELP)(_bench.bench)


def main() -> None:
    """Run the command that `sys.argv` asks for, and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no "±" shows "?" for it rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="ccmsim")
