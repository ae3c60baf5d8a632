"""`ccmsim quick`: six answers, a distribution beside the calculator's number, a file to refine.

Comes in: answers, as options or at a prompt. Goes out: the first page, the year as a distribution,
a scenario file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.cli.files import output_problems, report_written, suffix_problems, write_all
from ccmsim.cli.options import Json, Replications, Seed, Workers, number_problems, threads
from ccmsim.cli.shell import FAILED, guarded, page_width, print_json, provenance, show
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.estimation import Estimate
    from ccmsim.results import Results
    from ccmsim.scenario.questions import Answers

HELP: Final = """Answer six questions, see a year as a distribution.

It also writes a scenario file to refine. The questions are those of the usual revenue calculators.
What was not asked is as in the preset two_nurses. Without --patients, --nurses and --hours it asks
for what is missing.

Examples:

\b
  ccmsim quick
  ccmsim quick --patients 200 --nurses 2 --hours 20
  ccmsim quick --patients 80 --nurses 1 --hours 12 --logging month_end --to small.toml
"""

MONTHS: Final = 12
BARS: Final = 12
_BAR_WIDTH: Final = 40

Patients = Annotated[
    int | None,
    typer.Option("--patients", metavar="N", help="Enrolled patients.", show_default=False),
]
Nurses = Annotated[
    int | None,
    typer.Option("--nurses", metavar="N", help="Coordinators.", show_default=False),
]
Hours = Annotated[
    float | None,
    typer.Option(
        "--hours",
        metavar="H",
        help="Hours a week that each nurse has for nothing else.",
        show_default=False,
    ),
]
Wage = Annotated[float, typer.Option("--wage", metavar="USD", help="US dollars an hour.")]
Logging = Annotated[
    str,
    typer.Option(
        "--logging",
        metavar="WHEN",
        help="When minutes are logged: at_once, same_day or month_end.",
    ),
]
Covered = Annotated[
    bool,
    typer.Option(
        "--covered/--alone", help="Whether nurses take each other's patients when one is away."
    ),
]
To = Annotated[
    Path,
    typer.Option("--to", metavar="FILE.toml", help="Where to write the scenario; a new file."),
]


@guarded
def quick(
    patients: Patients = None,
    nurses: Nurses = None,
    hours: Hours = None,
    wage: Wage = 30.0,
    logging: Logging = "same_day",
    covered: Covered = True,
    to: To = Path("my_practice.toml"),
    replications: Replications = 500,
    seed: Seed = 0,
    workers: Workers = "auto",
    json: Json = False,
) -> None:
    """Simulate a year from six answers."""
    given = {"patients": patients, "nurses": nurses, "hours": hours}
    missing = [name for name, value in given.items() if value is None]
    problems = number_problems(seed=seed, replications=replications)
    problems += suffix_problems("--to", to, ".toml") + output_problems([("--to", to)])
    if to.exists():
        problems.append(Problem("--to", "exists already", str(to), "the name of a new file"))
    asked = _at_terminal() and not json
    if missing and not asked:
        valid = "such as --patients 200 --nurses 2 --hours 20"
        problems += [Problem(f"--{name}", "is needed", None, valid) for name in missing]
    number = threads(workers, problems)
    if problems:
        raise InputError(problems)
    if missing:
        given, wage, logging, covered = _ask(given, wage, logging, covered)
    _answer(_checked(given, wage, logging, covered), to, replications, seed, number, json)


def _at_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty()


def _ask(
    given: dict[str, Any], wage: float, logging: str, covered: bool
) -> tuple[dict[str, Any], float, str, bool]:
    """Ask at the terminal for what the options left open."""
    from ccmsim.scenario.questions import LOGGING

    questions = {
        "patients": ("How many patients are enrolled?", 200, int),
        "nurses": ("How many nurses coordinate their care?", 2, int),
        "hours": ("Hours a week that each nurse has for nothing else?", 16.0, float),
    }
    for name, (text, default, kind) in questions.items():
        if given[name] is None:
            given[name] = typer.prompt(text, default=default, type=kind)
    wage = typer.prompt("Their wage, US dollars an hour?", default=wage, type=float)
    words = ", ".join(LOGGING)
    logging = typer.prompt(f"When do they log their minutes ({words})?", default=logging)
    if given["nurses"] > 1:
        covered = typer.confirm("Do they take each other's patients when away?", default=covered)
    return given, wage, logging, covered


def _checked(given: dict[str, Any], wage: float, logging: str, covered: bool) -> Answers:
    """Return the answers, or refuse them by the names of the options."""
    from ccmsim.scenario.questions import OPTIONS, Answers, scenario_of

    answers = Answers(**given, wage=wage, logging=logging, covered=covered)
    try:
        scenario_of(answers)
    except InputError as error:
        raise InputError(
            [
                Problem(f"--{OPTIONS.get(p.field, p.field)}", p.rule, p.value, p.valid)
                for p in error.problems
            ]
        ) from None
    return answers


def _answer(
    answers: Answers, to: Path, replications: int, seed: int, workers: int, json: bool
) -> None:
    """Simulate, print, and write the file."""
    from ccmsim.analyses.factors import plain_estimate
    from ccmsim.first_page import first_page, first_page_data
    from ccmsim.montecarlo import simulate
    from ccmsim.scenario.questions import scenario_of, scenario_text

    scenario = scenario_of(answers, to.stem)
    results = simulate(
        scenario, months=MONTHS, replications=replications, seed=seed, workers=workers,
        progress=True,
    )  # fmt: skip
    text = scenario_text(answers, to.stem)
    failures = write_all([(to, lambda path: path.write_text(text, "utf-8"))])
    if json:
        page = first_page_data(results)
        document = {"seed": seed, "replications": replications, "first_page": page}
        years = {"billed_usd": _years(results), "answers": answers._asdict(), "file": str(to)}
        calculator, reach = _reaching(results)
        beside = {"calculator_usd": calculator, "reach_calculator": plain_estimate(reach)}
        print_json({**provenance("quick", scenario, {}), **document, **years, **beside})
    else:
        show(
            first_page(results, width=page_width()), "", "THE YEAR, not one number", *_bars(results)
        )
        report_written([to], failures)
        typer.echo(f"Refine it, then: ccmsim run {to}")
    if failures:
        raise typer.Exit(FAILED)


def _years(results: Results) -> dict[str, dict[str, Any]]:
    """Return quantiles of the year's billed dollars, with their intervals."""
    from ccmsim.analyses.factors import plain_estimate
    from ccmsim.estimation import quantile
    from ccmsim.measures import totals

    billed = totals(results, "billed_usd")
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    return {f"p{100.0 * share:g}": plain_estimate(quantile(billed, share)) for share in shares}


def _bars(results: Results) -> Iterator[str]:
    """Yield the billed year as bars, and the calculator's number below them."""
    import numpy as np

    from ccmsim.measures import totals
    from ccmsim.wording import hundredths

    billed = totals(results, "billed_usd")
    step = _step((float(billed.max()) - float(billed.min())) / BARS)
    first = np.floor(billed.min() / step)
    counts = np.bincount((np.floor(billed / step) - first).astype(np.int64))
    yield ""
    for place, count in enumerate(counts.tolist()):
        start = (first + place) * step
        bar = "#" * round(_BAR_WIDTH * count / counts.max())
        share = 100.0 * count / len(billed)
        yield f"  ${start:>9,.0f} to {start + step:>9,.0f}  {share:4.0f} %  {bar}".rstrip()
    yield ""
    calculator, reach = _reaching(results)
    told = hundredths(reach.times(100.0)).strip()
    yield f"  A calculator says ${calculator:,.0f}: {told} of 100 years reach it."


def _reaching(results: Results) -> tuple[float, Estimate]:
    """Return the calculator's number, and the share of years that bill as much."""
    from ccmsim.estimation import share
    from ccmsim.measures import totals

    calculator = float(totals(results, "plan_usd").mean())
    reach = int((totals(results, "billed_usd") >= calculator).sum())
    return calculator, share(reach, results.replications)


def _step(width: float) -> float:
    """Return the next larger of 1, 2, 5, 10, 20, 50 and so on.

    Examples
    --------
    >>> [_step(width) for width in (0.0, 3.0, 4_321.0)]
    [1.0, 5.0, 5000.0]
    """
    step = 1.0
    while step < width:
        step *= 2.5 if f"{step:.0f}"[0] == "2" else 2.0
    return step
