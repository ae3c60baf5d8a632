"""`ccmsim fit`: a practice's own logs, fitted and written as a scenario.

Comes in: CSV files and settings. Goes out: the values before and after, a scenario file, pictures;
or a tally sheet to fill in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from ccmsim.cli.options import Json, Level
from ccmsim.cli.shell import FAILED, guarded, print_json, provenance
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.fitting.practice import PracticeFit

HELP: Final = """Fit a scenario to a practice's own logs.

Each FILE is a CSV file: a log of calls, absences, logged time or claims, recognised by its columns.
Columns that are not needed are not read. Every fitted value comes with its interval; what the
logs cannot tell is said, and stays as in --base.

Examples:

\b
  ccmsim fit calls.csv absences.csv -o practice.toml
  ccmsim fit phone.csv --column answered=picked_up --column minutes=length
  ccmsim fit --template calls -o calls.csv
"""

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Logs, one of each kind.", show_default=False),
]


def _file(kind: str) -> Any:
    words = f"A file that is a log of {kind}."
    return typer.Option(f"--{kind}", metavar="FILE", help=words, show_default=False)


Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE",
        help="Write the scenario (.toml) or the tally sheet (.csv) there.", show_default=False,
    ),
]  # fmt: skip
Base = Annotated[
    str,
    typer.Option("--base", metavar="SCENARIO", help="Lends what the logs do not tell."),
]
ColumnNames = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=YOURS",
        help="What a column is called in your file, as answered=picked_up or, for one kind of log, "
        "calls.minutes=length; may be repeated.",
        show_default=False,
    ),
]
Durations = Annotated[
    str,
    typer.Option(
        "--durations",
        metavar="LAW",
        help="Law of call durations: best, lognormal, gamma or empirical.",
    ),
]
Lengths = Annotated[
    str,
    typer.Option("--lengths", metavar="LAW", help="Length of absences: geometric or empirical."),
]
Years = Annotated[
    float | None,
    typer.Option(
        "--years", metavar="Y", help="Years that an absence log without dates covers.",
        show_default=False,
    ),
]  # fmt: skip
People = Annotated[
    int | None,
    typer.Option(
        "--people", metavar="N", help="Workers who could have been in the absence log.",
        show_default=False,
    ),
]  # fmt: skip
WithoutReason = Annotated[
    list[str] | None,
    typer.Option(
        "--without-reason", metavar="CODE",
        help="Reason of absence to leave out, as vacation; may be repeated.", show_default=False,
    ),
]  # fmt: skip
CompareWithCalls = Annotated[
    bool,
    typer.Option(
        "--compare-with-calls",
        help="Look for each answered call in the time log, to see what was never entered.",
    ),
]
ClosesAfter = Annotated[
    int,
    typer.Option(
        "--closes-after", metavar="DAYS",
        help="Days after a month's end from which on an entry is too late to be billed.",
    ),
]  # fmt: skip
SettledAfter = Annotated[
    int,
    typer.Option(
        "--settled-after", metavar="MONTHS",
        help="Months after which a claim's fate counts as settled.",
    ),
]  # fmt: skip
Uncertain = Annotated[
    bool,
    typer.Option(
        "--uncertain",
        help="Write the errors of the values, too, as laws for 'ccmsim uncertainty' and its kin.",
    ),
]
Plots = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE",
        help="Draw each log against its fit; of several logs into FILE-calls.png and so on.",
        show_default=False,
    ),
]  # fmt: skip
Template = Annotated[
    str | None,
    typer.Option(
        "--template", metavar="KIND",
        help="Print a tally sheet to fill in, and fit nothing: calls, absences, time or claims.",
        show_default=False,
    ),
]  # fmt: skip

OPTIONS: Final = {
    "base": "--base", "durations": "--durations", "lengths": "--lengths", "years": "--years",
    "workers": "--people", "exclude_reasons": "--without-reason", "columns": "--column",
    "closes_after_days": "--closes-after", "settled_after_months": "--settled-after",
    "compare_with_calls": "--compare-with-calls", "level": "--level", "files": "FILE",
    "scenario": "--base",
}  # fmt: skip
"""The option behind an argument of `ccmsim.fit`."""


@guarded
def fit(
    files: Files = None,
    calls: Annotated[Path | None, _file("calls")] = None,
    absences: Annotated[Path | None, _file("absences")] = None,
    time: Annotated[Path | None, _file("time")] = None,
    claims: Annotated[Path | None, _file("claims")] = None,
    output: Output = None,
    base: Base = "two_nurses",
    column: ColumnNames = None,
    durations: Durations = "best",
    lengths: Lengths = "geometric",
    years: Years = None,
    people: People = None,
    without_reason: WithoutReason = None,
    compare_with_calls: CompareWithCalls = False,
    closes_after: ClosesAfter = 5,
    settled_after: SettledAfter = 6,
    level: Level = 0.95,
    uncertain: Uncertain = False,
    plot: Plots = None,
    template: Template = None,
    json: Json = False,
) -> None:
    """Fit a scenario to logs."""
    of_kind = {"calls": calls, "absences": absences, "time": time, "claims": claims}
    given = {str(path): f"--{kind}" for kind, path in of_kind.items() if path is not None}
    if template is not None:
        _template(template, output, bool(files or given))
        return
    inputs = [*(files or ()), *map(Path, given)]
    columns, problems = column_names(column or [])
    problems += suffix_problems("--output", output, ".toml") + plot_problems("--plot", plot)
    problems += output_problems([("--output", output), ("--plot", plot)], base)
    problems += _overwritten(output, inputs)
    if problems:
        raise InputError(problems)
    from ccmsim.fitting.practice import fit as fit_logs

    try:
        found = fit_logs(
            files or (), base=base, calls=calls, absences=absences, time=time, claims=claims,
            columns=columns, durations=durations, lengths=lengths, years=years, workers=people,
            exclude_reasons=without_reason, compare_with_calls=compare_with_calls,
            closes_after_days=closes_after, settled_after_months=settled_after, level=level,
        )  # fmt: skip
    except InputError as error:
        raise _by_option(error, given) from None
    _show(found, output, plot, uncertain=uncertain, json=json)


def _show(
    found: PracticeFit, output: Path | None, plot: Path | None, *, uncertain: bool, json: bool
) -> None:
    """Write the files, and print the values or one JSON document."""
    name = "my_practice" if output is None else output.stem
    text = found.to_toml(name, uncertain=uncertain)
    pictures = _pictures(found, plot)
    failures = write_all(
        [
            (output, lambda path: path.write_text(text, "utf-8")),
            *((path, _drawer(found, kind)) for kind, path in pictures.items()),
        ]
    )
    if json:
        head = provenance("fit", found.scenario(name, uncertain=uncertain), found.changes())
        print_json(head | found.as_dict() | {"toml": text})
    else:
        typer.echo(str(found))
        report_written([output, *pictures.values()], failures)
        if output is not None and str(output) not in failures:
            typer.echo(f"Look at it, then: ccmsim run {output}")
    if failures:
        raise typer.Exit(FAILED)


def _pictures(found: PracticeFit, plot: Path | None) -> dict[str, Path]:
    if plot is None:
        return {}
    if len(found.fits) == 1:
        return dict.fromkeys(found.fits, plot)
    return {kind: plot.with_name(f"{plot.stem}-{kind}{plot.suffix}") for kind in found.fits}


def _drawer(found: PracticeFit, kind: str) -> Any:
    return lambda path: found.plot(kind).savefig(path)


def _template(kind: str, output: Path | None, with_files: bool) -> None:
    """Print a tally sheet, or write it."""
    from ccmsim.fitting.kinds import KINDS

    sheets = {item.name: item.template() for item in reversed(KINDS)}
    problems = []
    if kind not in sheets:
        valid = ", ".join(sorted(sheets))
        problems.append(Problem("--template", "is not a kind of log", kind, valid))
    sheet(sheets.get(kind, ""), output, with_files, problems)


def sheet(
    text: str, output: Path | None, with_files: bool, problems: Iterable[Problem] = ()
) -> None:
    """Print a sheet to fill in, or write it; `problems` are told with what is wrong here."""
    found = [*problems]
    if with_files:
        found.append(Problem("--template", "fits nothing", None, "no file beside it"))
    found += suffix_problems("--output", output, ".csv")
    found += output_problems([("--output", output)])
    if output is not None and output.exists():
        found.append(Problem("--output", "exists already", str(output), "a new file's name"))
    if found:
        raise InputError(found)
    if output is None:
        typer.echo(text, nl=False)
        return
    failures = write_all([(output, lambda path: path.write_text(text, "utf-8"))])
    report_written([output], failures)
    if failures:
        raise typer.Exit(FAILED)


def column_names(
    texts: list[str], example: str = "answered=picked_up"
) -> tuple[dict[str, str], list[Problem]]:
    """Return the file's own names of columns by ours, and what is wrong."""
    found: dict[str, str] = {}
    problems = []
    for text in texts:
        name, equals, own = (part.strip() for part in text.partition("="))
        if not (name and equals and own):
            valid = f"NAME=YOURS, such as {example}"
            problems.append(Problem("--column", "is not a pair of names", text, valid))
        elif name in found:
            problems.append(Problem("--column", f"gives {name} twice", text, "each name once"))
        found[name] = own
    return found, problems


def _overwritten(output: Path | None, inputs: list[Path]) -> list[Problem]:
    if output is None or output.resolve() not in {path.resolve() for path in inputs}:
        return []
    return [Problem("--output", "is one of the logs", str(output), "a file of its own")]


def _by_option(error: InputError, given: Mapping[str, str]) -> InputError:
    """Return the error with the options' names in place of the arguments'.

    A file that cannot be read is named by the option that gave it, where one did.
    """
    named = [
        Problem(
            given.get(str(p.value), "FILE") if p.field == "path" else OPTIONS.get(p.field, p.field),
            p.rule, p.value, p.valid,
        )
        for p in error.problems
    ]  # fmt: skip
    return InputError(named, heading=error.heading)
