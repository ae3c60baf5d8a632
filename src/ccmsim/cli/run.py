"""`ccmsim run`: simulate a practice and show what it earns, with errors.

Comes in: a scenario and settings. Goes out: the first page, tables, a picture, a file, or one JSON
document.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from ccmsim.cli.files import (
    output_problems,
    plot_problems,
    report_written,
    suffix_problems,
    write_all,
)
from ccmsim.cli.options import (
    Changes,
    Checkpoint,
    Json,
    Level,
    Months,
    MostReplications,
    Plot,
    PrecisionTargets,
    ScenarioName,
    Seed,
    Settings,
    WarmupMonths,
    Workers,
    number_problems,
    precision_targets,
    settled,
)
from ccmsim.cli.shell import (
    FAILED,
    guarded,
    page_width,
    print_json,
    provenance,
    show,
    waiting,
)

if TYPE_CHECKING:
    from ccmsim.estimation import Estimate
    from ccmsim.results import Results

    Measures = Mapping[str, Estimate]

HELP: Final = """Simulate a practice and show what it earns, with errors.

Prints what an owner asks first, then every measure with its interval, where billable months were
lost, and where the coordinators' time was lost. Money is in US dollars, time in minutes. The months
are simulated many times (replications), so every number has an error: intervals such as
'39,810 ± 410' hold the model's true value in 95 of 100 cases.

Examples:

\b
  ccmsim run two_nurses
  ccmsim run two_nurses --months 12 --replications 500 --seed 7 --plot year.png
  ccmsim run two_nurses --precision net_usd.total=1000 --precision billable_share=0.005
  ccmsim run two_nurses --set disruptions.sick.spells_per_year=6
  ccmsim run two_nurses --set disruptions.turnover=none --set operations.assignment=pooled
  ccmsim run my_practice.toml --save year.nc --stress-des year.md
  ccmsim run solo_nurse --json > solo_nurse.json

'ccmsim presets --show two_nurses' prints the values that --set may change. Two more small
simulations belong to the first page: the ceiling that unlimited staff would reach (at most 10
replications), and a coordinator who is out for four weeks (at most 40). --quick leaves them out.
"""

REPLICATIONS: Final = 200
"""Where nothing else is said."""

CEILING_REPLICATIONS: Final = 10
"""At most so many replications find the ceiling: it varies little, and its staff takes time."""

ABSENCE_REPLICATIONS: Final = 40
"""At most so many find the cost of an absence."""

Save = Annotated[
    Path | None,
    typer.Option(
        "--save",
        metavar="FILE.nc",
        help="Save every replication and month; ccmsim.open_results reads it.",
        show_default=False,
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--stress-des",
        metavar="FILE.md",
        help="Write what a run can of a STRESS-DES report: inputs with sources, settings, outputs.",
        show_default=False,
    ),
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick", help="Leave out what needs simulations of its own: ceiling, four weeks out."
    ),
]


class Extras(NamedTuple):
    """What the first page says beyond the results."""

    ceiling: Estimate | None = None
    absence: Estimate | None = None


@guarded
def run(
    scenario: ScenarioName,
    months: Months = 12,
    replications: MostReplications = None,
    precision: PrecisionTargets = None,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    checkpoint: Checkpoint = None,
    level: Level = 0.95,
    plot: Plot = None,
    save: Save = None,
    stress_des: Report = None,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Simulate a practice and show what it earns."""
    problems = number_problems(
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    targets = precision_targets(precision, level, problems)
    problems += plot_problems("--plot", plot) + suffix_problems("--save", save, ".nc")
    problems += suffix_problems("--stress-des", stress_des, ".md")
    outputs = [("--plot", plot), ("--save", save), ("--stress-des", stress_des)]
    problems += output_problems(outputs, scenario)
    settings = settled(scenario, set_, workers=workers, problems=problems)
    from ccmsim.measures import measures
    from ccmsim.montecarlo import simulate

    results = simulate(
        settings.scenario,
        months=months,
        replications=replications or (None if targets else REPLICATIONS),
        precision=targets or None,
        seed=seed,
        warmup_months=warmup_months,
        workers=settings.workers,
        progress=True,
        checkpoint=checkpoint,
    )
    extras = Extras() if quick else _extras(results, settings.workers, level)
    found = measures(results, level=level)

    def report(path: Path) -> None:
        path.write_text(str(results.stress_des(level=level)), encoding="utf-8")

    failures = write_all(
        [
            (plot, lambda path: results.plot().savefig(path)),
            (save, results.save),
            (stress_des, report),
        ]
    )
    if json:
        _print_json(results, settings, found, extras, level)
    else:
        _print(results, found, extras, level)
        report_written([plot, save, stress_des], failures)
    if failures:
        raise typer.Exit(FAILED)


def _extras(results: Results, workers: int, level: float) -> Extras:
    """Return the estimates of the first page that need simulations of their own."""
    from ccmsim.analyses.absence_cost import cost_of_absence
    from ccmsim.progress import shown
    from ccmsim.theory import ceiling_share

    replications = min(results.replications, CEILING_REPLICATIONS)
    with shown(True, replications, "Ceiling") as report:
        ceiling = ceiling_share(
            results.scenario,
            months=len(results.months),
            replications=replications,
            seed=results.seed,
            warmup_months=results.warmup_months,
            workers=workers,
            progress=report,
            level=level,
        )
    with waiting("Four weeks' absence ..."):
        absence = cost_of_absence(
            results.scenario,
            months=len(results.months),
            replications=min(results.replications, ABSENCE_REPLICATIONS),
            seed=results.seed,
            warmup_months=results.warmup_months,
            workers=workers,
            level=level,
            baseline=results,
        )
    return Extras(ceiling, absence)


def _print(results: Results, found: Measures, extras: Extras, level: float) -> None:
    from ccmsim.cli.tables import tables_of
    from ccmsim.first_page import first_page
    from ccmsim.wording import counted

    width = page_width()
    page = first_page(results, level=level, measures=found, width=width, **extras._asdict())
    show(page, "")
    count = counted(results.replications, "replication")
    show(f"ALL NUMBERS, with {100.0 * level:g} % intervals from {count}")
    for table in tables_of(found, len(results.months)):
        show("", table)
    if results.stopping:
        show("", str(results.stopping))


def _print_json(
    results: Results, settings: Settings, found: Measures, extras: Extras, level: float
) -> None:
    from ccmsim.first_page import first_page_data

    ended = {"stopping": results.stopping.as_dict()} if results.stopping else {}
    print_json(
        {
            **provenance("run", settings.scenario, settings.changes),
            "seed": results.seed,
            "engine": results.engine,
            "months": len(results.months),
            "first_month": results.months[0],
            "warmup_months": results.warmup_months,
            "replications": results.replications,
            **ended,
            "level": level,
            "first_page": first_page_data(results, level=level, measures=found, **extras._asdict()),
            "measures": found,
        }
    )
