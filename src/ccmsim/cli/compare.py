"""`ccmsim compare`: which of several practices is best.

Comes in: scenarios and settings. Goes out: who is best, by how much and how surely, as text, a
picture or one JSON document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ccmsim.cli.experiment import Result, give_out, problems_of
from ccmsim.cli.options import (
    Both,
    Changes,
    Inner,
    Json,
    Level,
    Measure,
    Months,
    Plot,
    Replications,
    Seed,
    Unknown,
    WarmupMonths,
    Workers,
    doubt_problems,
    settled,
)
from ccmsim.cli.shell import guarded, version
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.scenario import Scenario

HELP: Final = """Show which of several practices is best, by how much and how surely.

All are simulated with the same luck, so that differences are the practices' own. A variant is the
first scenario with changes; --set changes all of them. With --both or --of, each is compared with
the first over what is not known, too.

Examples:

\b
  ccmsim compare two_nurses structured_75 informal_200
  ccmsim compare two_nurses --variant pooled:operations.assignment=pooled
  ccmsim compare two_nurses --variant 'more hours:staff.nurses.hours_per_week=30'
  ccmsim compare two_nurses --variant pooled:operations.assignment=pooled --both
"""

Scenarios = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO...",
        help="Presets' names or paths of .toml files.",
        show_default=False,
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME:PATH=VALUE",
        help="Compare with the first scenario changed so; may be given many times, and several "
        "times under one name for several changes.",
        show_default=False,
    ),
]


@guarded
def compare(
    scenarios: Scenarios,
    variant: Variants = None,
    measure: Measure = "net_usd",
    both: Both = False,
    of: Unknown = None,
    inner: Inner = None,
    months: Months = 12,
    replications: Replications = 200,
    warmup_months: WarmupMonths = 0,
    seed: Seed = 0,
    set_: Changes = None,
    workers: Workers = "auto",
    level: Level = 0.95,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show which practice is best."""
    problems = problems_of(
        scenarios[0],
        plot,
        months=months,
        warmup_months=warmup_months,
        seed=seed,
        replications=replications,
        level=level,
    )
    problems += doubt_problems(both, of, inner)
    changes = variants_of(variant or (), problems)
    first = settled(scenarios[0], set_, workers=workers, problems=problems)
    named = loaded(scenarios, set_ or [], changes)
    settings: dict[str, Any] = {
        "measure": measure,
        "months": months,
        "replications": replications,
        "seed": seed,
        "warmup_months": warmup_months,
        "workers": first.workers,
        "level": level,
        "progress": True,
    }
    found: Result
    if both or of:
        from ccmsim.analyses.doubts import INNER, doubts

        found = doubts(named, of, inner=INNER if inner is None else inner, **settings)
    else:
        from ccmsim.analyses.compare import compare as comparison

        found = comparison(named, **settings)
    give_out(
        found, plot, json, document("compare", named, first.changes, changes) | found.as_dict()
    )


def variants_of(
    texts: Any, problems: list[Problem], option: str = "--variant"
) -> dict[str, list[str]]:
    """Return the changes of each variant by its name; add to `problems` what is wrong."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, colon, change = text.partition(":")
        if not (name and colon and "=" in change):
            valid = "NAME:PATH=VALUE, such as pooled:operations.assignment=pooled"
            problems.append(Problem(option, "is not a name with a change", text, valid))
        found.setdefault(name, []).append(change)
    return found


def loaded(
    scenarios: list[str], everywhere: list[str], variants: dict[str, list[str]]
) -> dict[str, Scenario]:
    """Return what is compared by name; a name that is there twice is refused."""
    wanted = [("", name, everywhere) for name in scenarios]
    wanted += [(name, scenarios[0], [*everywhere, *more]) for name, more in variants.items()]
    named: dict[str, Scenario] = {}
    for label, file, changes in wanted:
        scenario = settled(file, changes).scenario
        name = label or scenario.name
        if name in named:
            valid = "each name once"
            raise InputError([Problem("SCENARIO", "is there twice", name, valid)])
        named[name] = scenario
    return named


def document(
    command: str,
    named: dict[str, Scenario],
    changes: dict[str, Any],
    variants: dict[str, list[str]],
) -> dict[str, Any]:
    """Return what a document says of where its numbers come from."""
    return {
        "command": command,
        "version": version(),
        "scenarios": {name: scenario.fingerprint for name, scenario in named.items()},
        "changes": changes,
        "variants": variants,
    }
