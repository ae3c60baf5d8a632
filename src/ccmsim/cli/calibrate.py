"""`ccmsim calibrate`: free values of a scenario, fitted to a practice's own months.

Comes in: a scenario, a CSV file of months, paths and settings. Goes out: the posterior, what the
months cannot tell apart, a scenario file, draws, pictures; or a sheet of months to fill in.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.cli.files import (
    output_problems,
    plot_problems,
    report_written,
    suffix_problems,
    write_all,
)
from ccmsim.cli.fit import column_names, sheet
from ccmsim.cli.options import (
    Changes,
    Json,
    Level,
    Seed,
    Settings,
    Workers,
    number_problems,
    ranged,
    settled,
)
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.calibration.value import Calibration

HELP: Final = """Fit free values of a scenario to a practice's own months.

HISTORY is a CSV file with a month a row: month, and any of enrolled_patients, 99490 and other
codes, billed_usd, collected_usd, worked_hours, on_duty_hours, absence_minutes, attempts, contacts.
What comes back is a posterior: what the months tell of each value, what they cannot tell apart,
and whether this model could have made them.

Examples:

\b
  ccmsim calibrate --template -o history.csv
  ccmsim calibrate practice.toml history.csv --free contact.answer_probability
  ccmsim calibrate two_nurses history.csv --free contact.call_minutes=6:20 -o fitted.toml
"""

Scenario = Annotated[
    str | None,
    typer.Argument(metavar="[SCENARIO]", help="A preset's name, or a path.", show_default=False),
]
Months = Annotated[
    Path | None,
    typer.Argument(metavar="[HISTORY]", help="A CSV file of months.", show_default=False),
]
Free = Annotated[
    list[str] | None,
    typer.Option(
        "--free", metavar="PATH[=LOW:HIGH]",
        help="A value to fit, with a uniform prior from LOW to HIGH, or with the scenario's or the "
        "evidence table's; may be repeated.", show_default=False,
    ),
]  # fmt: skip
Use = Annotated[
    list[str] | None,
    typer.Option(
        "--use", metavar="COLUMN", help="Compare this column, not all; may be repeated.",
        show_default=False,
    ),
]  # fmt: skip
ColumnNames = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="NAME=YOURS",
        help="What a column is called in your file, as enrolled_patients=Panel; may be repeated.",
        show_default=False,
    ),
]  # fmt: skip
Compared = Annotated[
    list[str] | None,
    typer.Option(
        "--statistic", metavar="KIND",
        help="Compare level, trend, spread or memory of each column, not all; may be repeated.",
        show_default=False,
    ),
]  # fmt: skip
Method = Annotated[
    str,
    typer.Option("--method", metavar="NAME", help="synthetic (likelihood), or abc."),
]
Simulations = Annotated[
    int | None,
    typer.Option(
        "--simulations", metavar="N", help="Simulated histories; 2400, or 6000 with abc.",
        show_default=False,
    ),
]  # fmt: skip
WarmUp = Annotated[
    int | None,
    typer.Option(
        "--warmup-months", metavar="N",
        help="Months simulated before the first; 6 where leavers are replaced, else 0.",
        show_default=False,
    ),
]  # fmt: skip
FalseAlarm = Annotated[
    float,
    typer.Option("--false-alarm", metavar="P", help="How often the check may accuse wrongly."),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint", metavar="FOLDER",
        help="Keep simulations there; interrupted, the same command goes on from them.",
        show_default=False,
    ),
]  # fmt: skip
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE",
        help="Write the scenario with its laws (.toml), or the sheet (.csv), there.",
        show_default=False,
    ),
]  # fmt: skip
Save = Annotated[
    Path | None,
    typer.Option(
        "--save", metavar="FILE", help="Write the draws as a file that arviz reads (.nc).",
        show_default=False,
    ),
]  # fmt: skip
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE", help="Draw the posterior against the priors into this file.",
        show_default=False,
    ),
]  # fmt: skip
PlotMonths = Annotated[
    Path | None,
    typer.Option(
        "--plot-months", metavar="FILE",
        help="Draw the months against what the fitted model makes into this file.",
        show_default=False,
    ),
]  # fmt: skip
Template = Annotated[
    bool, typer.Option("--template", help="Print a sheet of months to fill in, and fit nothing.")
]

OPTIONS: Final = {
    "free": "--free", "use": "--use", "statistics": "--statistic", "method": "--method",
    "simulations": "--simulations", "false_alarm": "--false-alarm", "checkpoint": "--checkpoint",
    "columns": "--column", "path": "HISTORY", "level": "--level",
}  # fmt: skip
"""The option behind an argument of `ccmsim.calibrate`."""


@guarded
def calibrate(
    scenario: Scenario = None,
    history: Months = None,
    free: Free = None,
    use: Use = None,
    column: ColumnNames = None,
    statistic: Compared = None,
    method: Method = "synthetic",
    simulations: Simulations = None,
    warmup_months: WarmUp = None,
    false_alarm: FalseAlarm = 0.01,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    checkpoint: Checkpoint = None,
    level: Level = 0.9,
    output: Output = None,
    save: Save = None,
    plot: Plot = None,
    plot_months: PlotMonths = None,
    template: Template = False,
    json: Json = False,
) -> None:
    """Fit free values to months."""
    if template:
        from ccmsim.calibration.history import template as months_sheet

        sheet(months_sheet(), output, scenario is not None)
        return
    files = [("-o", output), ("--save", save), ("--plot", plot), ("--plot-months", plot_months)]
    problems = number_problems(warmup_months=warmup_months, seed=seed, level=level)
    problems += output_problems(files, scenario or "")
    problems += suffix_problems("-o", output, ".toml") + suffix_problems("--save", save, ".nc")
    problems += plot_problems("--plot", plot) + plot_problems("--plot-months", plot_months)
    columns, more = column_names(column or [], "enrolled_patients=Panel")
    paths, priors, wrong = _free(free or [])
    problems += more + wrong + _missing(scenario, history, free)
    settings = settled(scenario or "two_nurses", set_, workers=workers, problems=problems)
    from ccmsim.calibration.calibrate import calibrate as fit_months
    from ccmsim.calibration.statistics import KINDS

    try:
        found = fit_months(
            settings.scenario, history, paths, priors=priors, columns=columns, use=use,
            statistics=statistic or tuple(KINDS), method=method, simulations=simulations,
            warmup_months=warmup_months, seed=seed, level=level, false_alarm=false_alarm,
            workers=settings.workers, checkpoint=checkpoint, progress=True,
        )  # fmt: skip
    except InputError as error:
        named = [Problem(_option(p.field), p.rule, p.value, p.valid) for p in error.problems]
        raise InputError(named, heading=error.heading) from None
    _give_out(found, settings, output, save, plot, plot_months, json=json)


def _give_out(
    found: Calibration,
    settings: Settings,
    output: Path | None,
    save: Path | None,
    plot: Path | None,
    plot_months: Path | None,
    *,
    json: bool,
) -> None:
    """Write the files, and print the text or one JSON document."""
    failures = write_all(
        [
            (output, lambda path: path.write_text(_toml(found, output), "utf-8")),
            (save, found.save),
            (plot, lambda path: found.plot().savefig(path)),
            (plot_months, lambda path: found.plot("predictive").savefig(path)),
        ]
    )
    if json:
        print_json(provenance("calibrate", settings.scenario, settings.changes) | found.as_dict())
    else:
        typer.echo(str(found))
        report_written([output, save, plot, plot_months], failures)
        if output is not None and str(output) not in failures:
            typer.echo(f"Look at it, then: ccmsim uncertainty {output}")
            if found.telling.ridges:
                typer.echo(
                    "Its values are drawn one by one, so the ridge above is lost in it; joint "
                    "draws keep it: Calibration.scenarios in Python."
                )
    if failures:
        raise typer.Exit(FAILED)


def _toml(found: Calibration, output: Path | None) -> str:
    return found.scenario("calibrated" if output is None else output.stem).to_toml()


def _option(field: str) -> str:
    """Return what the command line calls a field; the law of a free value came with `--free`."""
    first, _, path = field.partition(".")
    return f"--free {path}" if first == "uncertain" and path else OPTIONS.get(field, field)


def _missing(scenario: str | None, history: Path | None, free: list[str] | None) -> list[Problem]:
    names = {"SCENARIO": scenario, "HISTORY": history, "--free": free or None}
    valid = "ccmsim calibrate practice.toml history.csv --free contact.answer_probability"
    return [
        Problem(name, "is missing", None, valid) for name, given in names.items() if given is None
    ]


def _free(texts: list[str]) -> tuple[list[str], dict[str, Any], list[Problem]]:
    """Return the free paths, the priors given, and what is wrong."""
    problems: list[Problem] = []
    paths: list[str] = []
    priors: dict[str, Any] = {}
    for text in texts:
        path, ends = (text, None) if "=" not in text else ranged("--free", text, problems)
        paths.append(path)
        if ends is not None and not ends[0] < ends[1]:
            valid = "PATH=LOW:HIGH, such as contact.answer_probability=0.3:0.6"
            problems.append(Problem("--free", "must have its low end first", text, valid))
        elif ends is not None:
            priors[path] = {"family": "uniform", "low": ends[0], "high": ends[1]}
    return paths, priors, problems
