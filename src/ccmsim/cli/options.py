"""Arguments and options that commands share, and the settings that follow from them.

Comes in: words of the command line. Goes out: checked `Settings`, or one `InputError` that lists
everything that is wrong with options, files and scenario. Never simulates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.checks import MONTHS_MAX, SEED_MAX, WORKERS_MAX, whole
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.precision import Precision
    from ccmsim.scenario import Scenario

REPLICATIONS_MAX: Final = 1_000_000

ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A preset's name ('ccmsim presets' lists them) or the path of a .toml file.",
        show_default=False,
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value of the scenario, by its dotted path; may be given many times. "
        "The value none takes an entry away.",
        show_default=False,
    ),
]
Months = Annotated[
    int, typer.Option("--months", metavar="N", help="Months to report, from the scenario's start.")
]
WarmupMonths = Annotated[
    int,
    typer.Option(
        "--warmup-months",
        metavar="N",
        help="Months simulated before these and left out of the results.",
    ),
]
Replications = Annotated[
    int,
    typer.Option(
        "--replications",
        metavar="N",
        help="Independent repetitions of the whole time. Four times as many halve every error.",
    ),
]
MostReplications = Annotated[
    int | None,
    typer.Option(
        "--replications",
        metavar="N",
        help="Independent repetitions of the whole time; 200 if left out. Four times as many halve "
        "every error. With --precision, the most that may be needed; 10,000 if left out.",
        show_default=False,
    ),
]
PrecisionTargets = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="MEASURE=HALF_WIDTH",
        help="Simulate until a measure's interval is so narrow, as net_usd.total=2000; may be "
        "given several times. Measures are named as in the table of all numbers.",
        show_default=False,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="Start of the random numbers, 0 to 4294967295. The same seed gives the same results "
        "to the bit; two scenarios with the same seed share their luck and compare well.",
    ),
]
Workers = Annotated[
    str,
    typer.Option(
        "--workers",
        metavar="N",
        help="Threads that simulate at the same time; auto or 0 takes every core. "
        "Changes no result.",
    ),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint",
        metavar="FOLDER",
        help="Keep what is done in this folder; interrupted, the same command goes on from there.",
        show_default=False,
    ),
]
Level = Annotated[
    float,
    typer.Option(
        "--level", metavar="P", help="Coverage of every interval that is shown, such as 0.95."
    ),
]
Measure = Annotated[
    str,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="What to look at: net_usd, billed_usd, finally_paid_usd, cash_net_usd, "
        "billable_patients or billable_points.",
    ),
]
Limit = Annotated[
    float, typer.Option("--limit", metavar="X", help="Tell the share of years below it.")
]
HalfWidth = Annotated[
    float | None,
    typer.Option(
        "--half-width",
        metavar="POINTS",
        help="Know billable points of every row to within this; --replications are the pilot.",
        show_default=False,
    ),
]
Both = Annotated[
    bool,
    typer.Option(
        "--both",
        help="Tell what is not known from chance, too: sets of values are drawn from their laws "
        "(see 'ccmsim uncertainty'), each with --inner replications.",
    ),
]
Unknown = Annotated[
    list[str] | None,
    typer.Option(
        "--of",
        metavar="PATH",
        help="A value that is not known; may be repeated, and * stands for any name.",
        show_default=False,
    ),
]
Inner = Annotated[
    int | None,
    typer.Option(
        "--inner",
        metavar="N",
        help="With --both or --of: replications of each set; 4 if left out.",
        show_default=False,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Draw the results into this file: .png, .svg, .pdf and others.",
        show_default=False,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON document, and nothing else, on the standard output."
    ),
]


@dataclass(frozen=True)
class Settings:
    """What a command is to simulate, checked."""

    scenario: Scenario
    changes: dict[str, Any]
    workers: int


def settled(
    name: str,
    changes: Sequence[str] | None,
    *,
    workers: str = "auto",
    problems: Iterable[Problem] = (),
) -> Settings:
    """Return the scenario to simulate and the number of workers.

    Parameters
    ----------
    name : str
        A preset's name, or a path.
    changes : sequence of str
        What stood after each --set.
    workers : str
        What stood after --workers.
    problems : iterable of Problem
        What is wrong with other options, to be reported together.

    Raises
    ------
    InputError
        With everything that is wrong.

    Examples
    --------
    >>> settled("two_nurses", ["panel.enrolled_at_start=150"]).scenario.panel.enrolled_at_start
    150
    """
    found = list(problems)
    number = threads(workers, found)
    values = _changes(changes or (), found)
    heading = ""
    try:
        scenario = _changed(name, values)
    except InputError as error:
        heading = "" if found else error.heading
        found += error.problems
    if found:
        raise InputError(found, heading=heading)
    return Settings(scenario, values, number)


def _changed(name: str, values: dict[str, Any]) -> Scenario:
    from ccmsim.scenario import load

    scenario = load(name)
    return scenario.but(values) if values else scenario


def _changes(texts: Iterable[str], found: list[Problem]) -> dict[str, Any]:
    from ccmsim.scenario import parse_setting

    values: dict[str, Any] = {}
    for text in texts:
        try:
            path, value = parse_setting(text)
        except InputError as error:
            found += [Problem("--set", p.rule, p.value, p.valid) for p in error.problems]
            continue
        if path in values:
            found.append(Problem("--set", f"gives {path} twice", text, "each path once"))
        values[path] = value
    return values


def threads(text: str, found: list[Problem]) -> int:
    """Return the number of threads, every core for "auto" and 0; add to `found` what is wrong."""
    try:
        number = 0 if text == "auto" else int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= WORKERS_MAX:
        valid = f"auto, or a whole number from 0 to {WORKERS_MAX}; 0 is every core"
        found.append(Problem("--workers", "is not a number of threads", text, valid))
    from ccmsim.montecarlo import cores

    return number or cores()


def number_problems(
    *,
    seed: int,
    months: int | None = None,
    warmup_months: int | None = None,
    replications: int | None = None,
    replication: int | None = None,
    level: float | None = None,
) -> list[Problem]:
    """Return what is wrong with the numbers of a command, each by its option.

    Examples
    --------
    >>> [str(problem) for problem in number_problems(months=0, seed=7)]
    ['--months: must be at least 1 (got 0); valid: 1 to 1200, such as 12']
    """
    found: list[Problem] = []
    for option, number, least, most, example in (
        ("--months", months, 1, MONTHS_MAX, "12"),
        ("--warmup-months", warmup_months, 0, MONTHS_MAX, "6"),
        ("--seed", seed, 0, SEED_MAX, "7"),
        ("--replications", replications, 1, REPLICATIONS_MAX, "1000"),
        ("--replication", replication, 0, SEED_MAX, "0"),
    ):
        if number is not None:
            found += whole(number, option, least, most, example)
    if level is not None:
        found += _level_problems(level)
    return found


def _level_problems(level: float) -> list[Problem]:
    from ccmsim.estimation import MAX_BOOTSTRAP_LEVEL

    if 0.0 < level <= MAX_BOOTSTRAP_LEVEL:
        return []
    rule = f"must be above 0 and at most {MAX_BOOTSTRAP_LEVEL}"
    percent = (
        f"; did you mean {level / 100.0:g}?" if 1.0 < level <= 100.0 * MAX_BOOTSTRAP_LEVEL else ""
    )
    return [Problem("--level", rule + percent, level, "a share such as 0.95")]


def doubt_problems(
    both: bool, of: Sequence[str] | None, inner: int | None, half_width: float | None = None
) -> list[Problem]:
    """Return what does not go with --both or --of, and what goes with nothing else.

    Examples
    --------
    >>> [problem.rule for problem in doubt_problems(True, None, None, 0.1)]
    ['does not go with --both or --of, where --replications say how many sets there are']
    """
    found = []
    if half_width is not None and (both or of):
        rule = "does not go with --both or --of, where --replications say how many sets there are"
        found.append(Problem("--half-width", rule, half_width, "one or the other"))
    if inner is not None and not (both or of):
        found.append(Problem("--inner", "goes with --both or --of only", inner, "--both besides"))
    return found


def precision_targets(
    texts: Iterable[str] | None, level: float, problems: list[Problem]
) -> list[Precision]:
    """Return the targets of --precision; add to `problems` what is wrong.

    Examples
    --------
    >>> precision_targets(["net_usd.total=2000"], 0.95, [])
    [Precision(measure='net_usd.total', half_width=2000.0, level=0.95)]
    """
    from ccmsim.precision import Precision

    targets = []
    for text in texts or ():
        measure, _, width = text.partition("=")
        try:
            targets.append(Precision(measure, float(width), level))
        except ValueError:
            valid = "MEASURE=HALF_WIDTH, such as net_usd.total=2000"
            problems.append(Problem("--precision", "has no half-width", text, valid))
    return targets


def ranged(
    option: str, text: str, problems: list[Problem]
) -> tuple[str, tuple[float, float] | None]:
    """Return a path and its range, None without one; add to `problems` what is wrong.

    Examples
    --------
    >>> ranged("--x", "contact.answer_probability=0.3:0.6", [])
    ('contact.answer_probability', (0.3, 0.6))
    """
    path, _, span = text.partition("=")
    try:
        low, high = (float(end) for end in span.split(":"))
    except ValueError:
        valid = "PATH=LOW:HIGH, such as contact.answer_probability=0.3:0.6"
        problems.append(Problem(option, "is not a path with a range", text, valid))
        return path, None
    return path, (low, high)
